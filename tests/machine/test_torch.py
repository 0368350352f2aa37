"""torch on the CPU: what its networks compute, and what reproduces it.

Exact counts depend on the processor (which instructions torch chooses); the tests hold what must be so on any, docs/machines.md has the counts.
"""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from fpproof.certificates import Certificate, ClaimedPoint
from fpproof.formats import ZERO, Format, parse_format, round_rational
from fpproof.machine import crosscheck, machine
from fpproof.networks import Network, dense, parse_semantics
from fpproof.networks.kernel import to_float64
from tests.machine_cases import certificate_of, random_network


@pytest.mark.parametrize("F", machine("torch").formats(), ids=str)
def test_where_no_order_matters_torch_agrees(F: Format) -> None:
    """One weight a neuron and no bias: nothing is added."""
    agreement = crosscheck(certificate_of(random_network(F, [1, 1, 1, 1], seed=3, bias=False), 50), machine("torch"))
    assert (agreement.values, agreement.gradients, agreement.points) == (50, 50, 50)


def test_a_bfloat16_network_of_ten_layers_is_not_the_left_to_right_one() -> None:
    """The share of values and gradients that differ, and what is nearest; the counts of one machine are in docs/machines.md."""
    network = random_network(parse_format("bfloat16"), [1] + [64] * 9 + [1])
    agreement = crosscheck(certificate_of(network, 1024), machine("torch"))
    assert agreement.gradients is not None
    assert agreement.values < 512
    assert agreement.gradients < 512
    found = agreement.explanation
    for reproduction in (found.values, found.gradients, found.sums_forward, found.sums_backward):
        assert reproduction is not None
        assert "binary32" in reproduction.variant
        assert reproduction.agreeing >= 0.9 * reproduction.total
    assert found.causes == ()


def test_the_semantics_that_reproduces_it_makes_a_certificate_that_torch_meets() -> None:
    """Short sums have few orders: with binary32 sums, torch's small bfloat16 network is certified as it computes."""
    network = random_network(parse_format("bfloat16"), [3, 4, 4, 2])
    certificate = certificate_of(network, 200, semantics=parse_semantics("wide(binary32)"))
    agreement = crosscheck(certificate, machine("torch"))
    assert (agreement.values, agreement.gradients) == (200, 200)


def test_activations_that_are_not_correctly_rounded_are_named() -> None:
    F = parse_format("binary32")
    from fpproof.errors import Place
    from fpproof.exchange import certify
    from fpproof.exchange.points import Evaluated
    from fpproof.exchange.rounded import CorrectlyRounded

    generator = np.random.default_rng(0)
    layers = (dense([[F.one]], None, "gelu"), dense([[F.one]], None, None))
    network = Network(F, layers, {"gelu": CorrectlyRounded(F, "gelu")})
    points = [Evaluated((round_rational(F, Fraction(v)),), (F.one,), Place("made", 1)) for v in generator.normal(size=300).tolist()]
    agreement = crosscheck(certify(network, points), machine("torch"))
    assert agreement.values < 300
    assert any("values of gelu are not correctly rounded" in cause for cause in agreement.explanation.causes)
    assert agreement.explanation.sums_forward is not None
    assert agreement.explanation.sums_forward.complete
    assert agreement.place is not None
    # Which of the two comes first depends on the processor: torch has other code for gelu and its derivative on each.
    assert (agreement.place.kind, agreement.place.layer) in {("activation", 1), ("adjoint", 0)}


def test_the_derivative_of_relu_at_zero() -> None:
    F = parse_format("bfloat16")
    network = Network(F, (dense([[F.one]], None), dense([[F.one]], None, None)))
    point = ClaimedPoint((ZERO,), (F.one,), (ZERO,), (F.one,))
    agreement = crosscheck(Certificate(network, (point,), parse_semantics("relu-slope(1)")), machine("torch"))
    assert (agreement.values, agreement.gradients) == (1, 0)
    assert agreement.explanation.causes == ("layer 1: the derivative of relu at 0 is another one (1 masks)",)
    plain = replace(point, gradient=(ZERO,))
    assert crosscheck(Certificate(network, (plain,)), machine("torch")).agrees


def test_tables_that_torch_has_no_function_for_are_looked_up() -> None:
    from fpproof.networks import TableActivation

    F = parse_format("bfloat16")
    two = round_rational(F, 2)
    layers = (dense([[F.one]], None, "steps"), dense([[F.one]], None, None))
    network = Network(F, layers, {"steps": TableActivation("steps", {F.one: (two, F.one), ZERO: (F.one, two)})})
    points = (ClaimedPoint((F.one,), (F.one,), (two,), (F.one,)), ClaimedPoint((ZERO,), (F.one,), (F.one,), (two,)))
    agreement = crosscheck(Certificate(network, points), machine("torch"))
    assert (agreement.values, agreement.gradients) == (2, 2)


def test_casts_from_binary64_round_twice() -> None:
    """1 + 2^-8 + 2^-30 is above half-way between 1 and 1 + 2^-7, 1 + 2^-11 + 2^-30 between 1 and 1 + 2^-10; both go through binary32."""
    for name, dtype, halfway in (("bfloat16", torch.bfloat16, 2.0**-8), ("binary16", torch.float16, 2.0**-11)):
        x = 1 + halfway + 2.0**-30
        assert float(torch.tensor(x, dtype=torch.float64).to(dtype)) == 1.0
        assert to_float64(round_rational(parse_format(name), Fraction(x))) == 1 + 2 * halfway


def test_the_sine_formats_of_eight_bits_are_no_torch_formats() -> None:
    agreement = crosscheck(certificate_of(random_network(parse_format("F(3,4)"), [1, 2, 1]), 3), machine("torch"))
    assert agreement.unable == "torch has no F(3,4); it has bfloat16, binary16, binary32, binary64"
