"""Many points against their claims: the kernel and the exact evaluator, in this process and in others, say the same."""

from dataclasses import astuple

import numpy as np
import pytest

from fpproof.formats import ATLAS, INFINITY, ZERO, Datum, Format
from fpproof.formats.arithmetic import equal
from fpproof.networks import Layer, Network, Semantics, TableActivation, dense, evaluate
from fpproof.networks.batch import Agreement, Claim, Comparer, Pair


def case(F: Format) -> tuple[Network, list[Pair], list[Claim]]:
    """A sparse network that overflows at large x, and claims that are right, or wrong in value or gradient, in turn."""
    top = F.largest
    layers = (Layer(1, (((0, top),), ((0, F.one),)), (None, F.smallest)), Layer(2, (((0, F.one),), ((1, F.one),)), (None, F.one), None))
    network = Network(F, layers)
    xs: list[Datum] = [ZERO, F.one, top, F.smallest, (-top[0], top[1]), F.from_ordinal(7)]
    pairs: list[Pair] = [((x,), (F.one, h)) for x in xs for h in (F.one, top)]
    claims: list[Claim] = []
    for number, pair in enumerate(pairs):
        found = evaluate(network, *pair)
        finite = [tuple(v if v[1] is not None else ZERO for v in vector) for vector in (found.value, found.gradient)]
        value, gradient = finite
        claims.append((value if number % 3 != 1 else (top, *value[1:]), gradient if number % 3 != 2 else (F.from_ordinal(3),)))
    return network, pairs, claims


def same(left: Agreement, right: Agreement) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(astuple(left), astuple(right), strict=True))


@pytest.mark.parametrize("name", ["E5M2", "E4M3FN", "binary64", "binary128"])
def test_agreement_is_what_the_exact_evaluator_finds(name: str) -> None:
    network, pairs, claims = case(ATLAS[name])
    done: list[int] = []
    comparer = Comparer(network, Semantics(), jobs=1)
    agreement = comparer.compare(pairs, claims, done.append)
    assert comparer.method == ("exact" if name == "binary128" else "kernel")
    assert sum(done) == len(pairs)
    for i, (pair, (value, gradient)) in enumerate(zip(pairs, claims, strict=True)):
        found = evaluate(network, *pair)
        assert agreement.values[i] == all(map(equal, found.value, value))
        assert agreement.gradients[i] == all(map(equal, found.gradient, gradient))
        counters = found.counters
        assert tuple(agreement.counters[i]) == (counters.pre_activations, counters.activations, counters.adjoints)
        assert agreement.densely[i] == found.densely
    assert not agreement.incomplete.any()
    for part in (agreement.values, agreement.gradients, agreement.densely):
        assert part.any()
        assert not part.all()


def test_other_processes() -> None:
    network, pairs, claims = case(ATLAS["binary128"])
    one, two = (Comparer(network, Semantics(), jobs).compare(pairs, claims) for jobs in (1, 2))
    assert same(one, two)


@pytest.mark.parametrize("name", ["E5M2", "binary128"])
def test_a_table_that_lacks_an_entry(name: str) -> None:
    F = ATLAS[name]
    network = Network(F, (dense([[F.one]], activation="t"),), {"t": TableActivation("t", {F.one: (F.one, ZERO)})})
    pairs: list[Pair] = [((F.one,), (F.one,)), ((F.largest,), (F.one,))]
    agreement = Comparer(network, Semantics(), 1).compare(pairs, [((F.one,), (ZERO,))] * 2)
    assert agreement.incomplete.tolist() == [False, True]
    assert (agreement.values[0], agreement.gradients[0]) == (True, True)


def test_nan_and_infinity_agree_with_no_claim_of_a_number() -> None:
    F = ATLAS["binary64"]
    network = Network(F, (dense([[F.largest]], activation=None),))
    agreement = Comparer(network, Semantics(), 1).compare([((F.largest,), (F.one,))], [((F.largest,), (F.largest,))])
    assert (agreement.values.tolist(), agreement.gradients.tolist()) == ([False], [True])
    assert evaluate(network, [F.largest], [F.one]).value == (INFINITY,)
