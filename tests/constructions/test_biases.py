"""Bias-first networks: the same numbers as the left-to-right ones that they come from, at every x; and what the repair is for."""

import numpy as np
import pytest

from fpproof import checker
from fpproof.constructions import Table, build, build_odd, represent, represent_odd
from fpproof.constructions.biases import with_last_biases
from fpproof.errors import ConstructionError
from fpproof.formats import Format, ieee_like, parse_format
from fpproof.networks import Layer, Network, parse_semantics
from fpproof.networks.kernel import Batch, Kernel, to_float64
from tests.constructions.test_odd import random_points
from tests.constructions.test_represent import random_table

BIAS_FIRST = parse_semantics("bias-first")


def everywhere(F: Format, network: Network, semantics: str) -> Batch:
    """All finite x with some upstreams."""
    floats = [to_float64(v) for v in F.finite()]
    pairs = [(x, y) for x in floats for y in (floats[0], floats[-5], 1.0, to_float64(F.smallest))]
    return Kernel(network, parse_semantics(semantics)).run(np.array([[x] for x, _ in pairs]), np.array([[y] for _, y in pairs]))


@pytest.mark.parametrize("odd", [False, True])
def test_the_same_numbers(odd: bool) -> None:
    F = ieee_like(2, 4)
    network = build_odd(F, random_points(F, 5, 3, 3)) if odd else build(F, random_table(F, 20, 5).points)
    before, after = everywhere(F, network, "left-to-right"), everywhere(F, with_last_biases(network), "bias-first")
    assert np.array_equal(before.values, after.values)
    assert np.array_equal(before.gradients, after.gradients, equal_nan=True)  # an upstream that no row has may overflow on its way
    assert np.array_equal(before.counters[:, 1] > 0, after.counters[:, 1] > 0)
    unrepaired = everywhere(F, network, "bias-first")
    assert not np.array_equal(before.gradients, unrepaired.gradients, equal_nan=True)


@pytest.mark.parametrize("name", ["F(3,4)", "binary32"])
def test_represented(name: str) -> None:
    F = parse_format(name)
    certificate, _ = represent(random_table(F, 8, 6), semantics=BIAS_FIRST)
    assert certificate.semantics == BIAS_FIRST
    assert checker.check_bytes(certificate.to_bytes()).verdict == "accepted"
    odd, _ = represent_odd(Table(F, tuple(random_points(F, 6, 1, 1))), BIAS_FIRST)
    assert checker.check_bytes(odd.to_bytes()).verdict == "accepted"


def test_a_first_layer_that_cannot_be_repaired() -> None:
    F = ieee_like(3, 4)
    one = F.power_of_two(0)
    with pytest.raises(ConstructionError, match="first layer"):
        with_last_biases(Network(F, (Layer(2, (((0, one), (1, one)),), (one,)),)))
