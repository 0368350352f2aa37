"""Sigmoid and tanh: tables become networks that both checkers accept; rules of the construction whose breach fails; what is refused, and how."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fpproof import checker
from fpproof.activations import activation, derivative, value
from fpproof.constructions import Point, Table, build_with, others, represent_with
from fpproof.constructions import bounded as module
from fpproof.constructions.bounded import Bounded, Gate
from fpproof.constructions.comparing import levels
from fpproof.constructions.entries import Entries
from fpproof.constructions.signals import parts
from fpproof.errors import ConstructionError
from fpproof.formats import ATLAS, NAN, NEGATIVE_ZERO, ZERO, Datum, Format, ieee_like, parse_format, rational
from fpproof.formats.arithmetic import add, equal, exponent
from fpproof.networks import Evaluation, Network, evaluate
from tests.constructions.test_seven_layers import everything, extreme


@pytest.fixture(scope="module", autouse=True)
def closed_heads() -> Iterator[None]:
    """These tests are about the construction of more layers, which serves where the other one does not: test_open_heads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(others, "OpenHeads", Bounded)
        yield


KINDS = [("sigmoid", False), ("tanh", False), ("tanh", True)]
"""Strict sigmoids have a domain of their own, and a file: test_separation."""


def sharp(F: Format) -> int:
    """2^(p+2) - 6, the largest upstream for which values up to Omega are reached."""
    return (4 << F.p) - 6


def row(F: Format, x: Datum, random: Random, bound: int) -> Point:
    upstream = extreme(F, random)
    while abs(rational(upstream)) > bound:
        upstream = extreme(F, random)
    return Point((x,), extreme(F, random), upstream, (extreme(F, random) if upstream[0] else ZERO,))


def some_table(F: Format, rows: int, seed: int, bound: int) -> Table:
    random, N = Random(seed), F.largest_ordinal
    ordinals = {0, 1, -1, N, -N}
    while len(ordinals) < rows:
        ordinals.add(random.choice([random.randint(-N, N), random.randint(-N, N), random.choice([-1, 1]) * (random.randint(1, 4))]))
    return Table(F, tuple(row(F, F.from_ordinal(n), random, bound) for n in sorted(ordinals)[:rows]))


@pytest.mark.parametrize(("name", "strict"), KINDS)
@pytest.mark.parametrize("bound", [1, 4, None])
def test_a_whole_domain(name: str, strict: bool, bound: int | None) -> None:
    """Every x of F(2,4), with upstreams up to the sharp bound."""
    F = ieee_like(2, 4)
    random = Random(f"{name} {strict} {bound}")
    table = Table(F, tuple(row(F, x, random, bound or sharp(F)) for x in everything(F)))
    certificate, report = represent_with(table, name, strict)
    assert (report.accepted, report.listed) == (True, 119)
    assert (report.counters.pre_activations == 0) == strict
    assert ("pre-activations" in certificate.finite) == strict


@pytest.mark.parametrize(("name", "strict"), KINDS)
@pytest.mark.parametrize("format_name", ["F(2,4)", "F(3,4)", "E5M2"])
def test_zero_at_every_other_x(format_name: str, name: str, strict: bool) -> None:
    """For every upstream up to the largest of the table."""
    F = parse_format(format_name)
    table = some_table(F, 6, 1, 2)
    certificate, report = represent_with(table, name, strict, elsewhere=True)
    assert (report.accepted, report.complete) == (True, True)
    assert certificate.elsewhere is not None
    assert certificate.elsewhere.upstreams is not None
    most = max(abs(F.ordinal(p.upstream)) for p in table.points)
    assert len(certificate.elsewhere.upstreams) == 2 * most + 1
    assert report.elsewhere == (2 * F.largest_ordinal + 1 - len(table.points)) * (2 * most + 1)


def test_zero_at_every_other_x_for_a_sample_of_upstreams() -> None:
    """In formats of more than 8 bits."""
    F = ieee_like(4, 4)
    certificate, report = represent_with(some_table(F, 5, 1, 2), "tanh", True, elsewhere=True)
    assert (report.accepted, report.complete) == (True, True)
    assert certificate.elsewhere is not None
    assert certificate.elsewhere.upstreams is not None
    assert len(certificate.elsewhere.upstreams) <= 8


@pytest.mark.parametrize(("name", "strict"), KINDS)
@pytest.mark.parametrize("format_name", ["F(3,4)", "F(3,6)", "binary16", "bfloat16", "binary32"])
def test_both_checkers_accept(format_name: str, name: str, strict: bool) -> None:
    F = parse_format(format_name)
    table = some_table(F, 5 if F.width <= 16 else 2, 2, 4)
    certificate, report = represent_with(table, name, strict)
    assert (report.accepted, report.counters.activations, report.counters.adjoints, report.densely) == (True, 0, 0, 0)
    verdict = checker.check_bytes(certificate.to_bytes())
    assert (verdict.verdict, verdict.points, verdict.activations, verdict.adjoints) == ("accepted", len(table.points), 0, 0)
    assert certificate.provenance["construction"] == f"{name}, {'strict' if strict else 'tolerant'}, depth {len(certificate.network.layers)}"


@pytest.mark.parametrize(("name", "strict", "format_name", "depth"), [
    ("sigmoid", False, "bfloat16", 7), ("sigmoid", False, "binary32", 7), ("sigmoid", False, "binary16", 8), ("sigmoid", False, "F(3,4)", 8),
    ("tanh", False, "bfloat16", 7), ("tanh", False, "binary32", 7), ("tanh", False, "binary16", 7), ("tanh", False, "F(3,4)", 7),
    ("tanh", True, "bfloat16", 8), ("tanh", True, "binary32", 8), ("tanh", True, "binary16", 8), ("tanh", True, "F(3,4)", 8),
])  # fmt: skip
def test_depth(name: str, strict: bool, format_name: str, depth: int) -> None:
    """The points that are hardest to tell from their neighbours are among these."""
    F = parse_format(format_name)
    points = [Point((F.from_ordinal(n),), ZERO, ZERO, (ZERO,)) for n in (0, 1, 2, 1 << F.p, 2 << F.p, F.largest_ordinal)]
    assert len(build_with(F, name, points, strict).layers) == depth


# What is computed


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
@pytest.mark.parametrize("format_name", ["F(2,4)", "F(3,4)", "E5M2"])
def test_levels_hold_beyond_the_bound(name: str, format_name: str) -> None:
    F, sigma = parse_format(format_name), activation(name)
    found = levels(F, name)
    for x in F.finite():
        if abs(rational(x)) >= found.bound:
            assert rational(value(F, sigma, x)) == (1 if x[0] > 0 else found.low)
            assert derivative(F, sigma, x)[0] == 0


@given(st.data())
@settings(max_examples=60)
def test_parts_add_up(source: st.DataObject) -> None:
    """From left to right, each addition rounded; or the sum stands still."""
    F = source.draw(st.sampled_from([ieee_like(2, 4), ieee_like(3, 4), ATLAS["E5M2"]]))
    target, cap = (F.from_ordinal(source.draw(st.integers(low, F.largest_ordinal))) for low in (-F.largest_ordinal, 1))
    half_ulp = Fraction(2) ** (exponent(F, target) - F.p - 1)
    if abs(rational(target)) > rational(cap) and rational(cap) <= half_ulp / 2:
        with pytest.raises(ConstructionError, match="would need terms of at most"):
            parts(F, target, cap)
        return
    assume(rational(cap) > half_ulp)
    total = ZERO
    for term in parts(F, target, cap):
        assert abs(rational(term)) <= rational(cap)
        total = add(F, total, term)
    assert equal(total, target)


def test_the_bound_of_upstreams_is_sharp() -> None:
    """Both Omega and -Omega are reached up to 2^(p+2) - 6, not at the next float."""
    for F in (ieee_like(2, 4), ieee_like(3, 4)):
        H = next(x for x in F.finite() if rational(x) == sharp(F))
        for h, reached in ((H, True), (F.from_ordinal(F.ordinal(H) + 1), False)):
            points = [Point((F.from_ordinal(n),), v, h, (ZERO,)) for n, v in ((3, F.largest), (5, (-F.largest[0], F.largest[1])))]
            if reached:
                assert represent_with(Table(F, tuple(points)), "sigmoid")[1].accepted
            else:
                with pytest.raises(ConstructionError, match=f"more than can be added up; .* upstreams of at most {sharp(F)}$"):
                    build_with(F, "sigmoid", points)


def test_entries() -> None:
    F = ieee_like(3, 4)
    entries = Entries(F, activation("tanh"))
    assert not entries.table().entries
    whole = entries.whole_table()
    assert len(whole.entries) == 2 * F.largest_ordinal + 3  # both infinities, one zero
    assert all(whole.value(x) == entries.value(x) and whole.derivative(x) == entries.derivative(x) for x in F.data())
    assert entries.value(NEGATIVE_ZERO) == ZERO
    assert (entries.value(NAN), entries.derivative(NAN)) == (NAN, NAN)


# Wrong variants

F24 = ieee_like(2, 4)
Z, OTHER = F24.from_ordinal(20), F24.from_ordinal(25)


def one_point(
    variant: type[Bounded], gradient: Datum = F24.largest, upstream: Datum = F24.one, value: Datum = ZERO, name: str = "sigmoid"
) -> Network:
    return variant(F24, name, [Point((Z,), value, upstream, (gradient,))]).network()


def right_at(network: Network, x: Datum, upstream: Datum, value: Datum, gradient: Datum) -> tuple[bool, Evaluation]:
    found = evaluate(network, [x], [upstream])
    finite = found.counters.activations == found.counters.adjoints == 0
    return equal(found.value[0], value) and equal(found.gradient[0], gradient) and finite, found


class TwinsBehind(Bounded):
    """All twins stand behind all heads of a point, instead of each beside its own."""

    def _add_gradient(self, number: int, point: Point) -> None:
        super()._add_gradient(number, point)
        neurons = self.layers[self.stages].neurons
        for name, neuron in neurons.items():
            if isinstance(name, tuple) and name[0] == "H'":
                neurons[name] = replace(neuron, rank=(number, 7, name[2]))


class WeakGates(Bounded):
    """Each signal is subtracted once, with weight 1."""

    def _gate_of(self, adjoint: Fraction, start: Fraction) -> Gate:
        return Gate(Fraction(1), 1)


class StrongGates(Bounded):
    """Gates as strong as they need be, whatever adjoint they meet."""

    def _gate_of(self, adjoint: Fraction, start: Fraction) -> Gate | None:
        return super()._gate_of(Fraction(0), start)


class UnboundedTerms(Bounded):
    """A value is one term, whatever the upstream."""

    def _cap(self) -> Datum:
        return self.F.largest


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_the_right_ones_are_right(name: str) -> None:
    network = one_point(Bounded, name=name, value=F24.largest)
    assert right_at(network, Z, F24.one, F24.largest, F24.largest)[0]
    for x in everything(F24):
        assert equal(x, Z) or right_at(network, x, F24.one, ZERO, ZERO)[0]


def test_twins_cancel_beside_their_heads_only() -> None:
    assert not right_at(one_point(TwinsBehind), Z, F24.one, ZERO, F24.largest)[0]


def test_weak_gates_leave_a_gradient_elsewhere() -> None:
    network = one_point(WeakGates)
    assert not all(right_at(network, x, F24.one, ZERO, ZERO)[0] for x in everything(F24) if not equal(x, Z))


def test_strong_gates_overflow() -> None:
    right, found = right_at(one_point(StrongGates), Z, F24.one, ZERO, F24.largest)
    assert not right
    assert found.counters.adjoints > 0


def test_one_term_a_value_overflows_for_large_upstreams() -> None:
    H = F24.from_ordinal(F24.ordinal(F24.one) + 1)
    right, found = right_at(one_point(UnboundedTerms, ZERO, H, F24.largest), OTHER, H, ZERO, ZERO)
    assert not right
    assert found.counters.adjoints > 0
    assert right_at(one_point(Bounded, ZERO, H, F24.largest), OTHER, H, ZERO, ZERO)[0]


def test_levels_below_the_bound_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """With half of B a saturated neuron has a derivative."""
    found = levels(F24, "sigmoid")
    monkeypatch.setattr(module, "levels", lambda F, name: replace(found, bound=found.bound / 4))
    network = one_point(Bounded)
    assert not all(right_at(network, x, F24.one, ZERO, ZERO)[0] for x in everything(F24) if not equal(x, Z))


def last_first(network: Network) -> Network:
    """The network with the neurons below the output, and so the output's terms, in the opposite order."""
    *others, below, out = network.layers
    places: Sequence[int] = range(below.neurons - 1, -1, -1)
    turned = replace(below, weights=tuple(below.weights[i] for i in places), bias=tuple(below.bias[i] for i in places))
    columns = tuple(sorted((below.neurons - 1 - j, w) for j, w in out.weights[0]))
    return Network(network.format, (*others, turned, replace(out, weights=(columns,))), network.activations)


def test_values_before_pairs_absorb_them() -> None:
    """v + t - t is not v: with the terms of the output in the opposite order the value is another one."""
    value = F24.from_ordinal(F24.ordinal(F24.one) + 1)
    upstream = F24.power_of_two(-4)  # its pair has the weights 2^4 and -2^4
    network = one_point(Bounded, F24.one, upstream, value)
    assert right_at(network, Z, upstream, value, F24.one)[0]
    assert not right_at(last_first(network), Z, upstream, value, F24.one)[0]


# What is refused


def test_refusals() -> None:
    F = ieee_like(3, 4)
    points = [Point((F.one,), F.one, F.one, (F.one,))]
    with pytest.raises(ConstructionError, match="activation mish: there is no construction for it"):
        build_with(F, "mish", points)
    with pytest.raises(ConstructionError, match="activation relu: its networks are another construction"):
        build_with(F, "relu", points)
    with pytest.raises(ConstructionError, match="E4M3FN: the construction for tanh needs an IEEE-like format"):
        build_with(ATLAS["E4M3FN"], "tanh", points)
    with pytest.raises(ConstructionError, match=r"F\(2,3\): tanh does not reach its levels"):
        build_with(ieee_like(2, 3), "tanh", points)
    with pytest.raises(ConstructionError, match="for one input, found 2"):
        build_with(F, "tanh", [Point((F.one, F.one), F.one, F.one, (F.one, F.one))])


def test_a_table_whose_gradients_are_all_zero() -> None:
    F = ieee_like(3, 4)
    table = Table(F, (Point((F.one,), ZERO, F.one, (ZERO,)), Point((ZERO,), F.one, ZERO, (ZERO,))))
    assert represent_with(table, "tanh", elsewhere=True)[1].complete
    assert represent_with(Table(F, table.points[:1]), "sigmoid", elsewhere=True)[1].complete
