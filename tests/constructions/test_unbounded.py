"""ELU, GELU and Swish: tables become networks that both checkers accept; the rules whose breach fails; what is computed."""

from collections.abc import Sequence
from fractions import Fraction
from random import Random

import pytest

from fpproof import checker
from fpproof.activations import activation, derivative, value
from fpproof.constructions import Point, Table, build_with, represent_with
from fpproof.constructions.assembly import Name, Rank
from fpproof.constructions.unbounded import UNBOUNDED, Planner, Unbounded, amplitude, ramp
from fpproof.errors import ConstructionError, Place
from fpproof.formats import ATLAS, ZERO, Datum, Format, ieee_like, parse_format, rational
from fpproof.formats.arithmetic import equal, negate
from fpproof.networks import Network
from tests.constructions.test_bounded import last_first, right_at
from tests.constructions.test_seven_layers import everything, row

KINDS = [(name, strict) for name in UNBOUNDED for strict in (False, True)]


def some_table(F: Format, rows: int, seed: int) -> Table:
    """Rows at 0, omega, the ends and where signs and sizes of layer 1 change, with extreme values, upstreams and gradients."""
    random, N = Random(seed), F.largest_ordinal
    edge = F.ordinal(F.power_of_two(F.emax - F.p - 2))
    ordinals = {0, 1, -1, N, -N, edge, edge - 1, *(random.randint(-N, N) for _ in range(rows))}
    return Table(F, tuple(row(F, (F.from_ordinal(n),), random) for n in sorted(ordinals)))


@pytest.mark.parametrize(("name", "strict"), KINDS)
def test_zero_at_every_other_x_for_every_upstream(name: str, strict: bool) -> None:
    F = ieee_like(2, 4)
    certificate, report = represent_with(some_table(F, 3, 1), name, strict, elsewhere=True)
    assert (report.accepted, report.complete, report.counters.activations, report.counters.adjoints) == (True, True, 0, 0)
    assert (report.counters.pre_activations == 0) == strict
    assert certificate.elsewhere is not None
    assert certificate.elsewhere.upstreams is None
    assert report.elsewhere == (119 - len(certificate.points)) * 119


@pytest.mark.parametrize(("name", "strict"), KINDS)
def test_a_whole_domain(name: str, strict: bool) -> None:
    """Every sixth x of F(3,4), in one table."""
    F = ieee_like(3, 4)
    random = Random(f"{name} {strict}")
    table = Table(F, tuple(row(F, (x,), random) for x in everything(F)[::6]))
    assert represent_with(table, name, strict)[1].accepted


@pytest.mark.parametrize(("name", "strict"), KINDS)
@pytest.mark.parametrize("format_name", ["F(3,4)", "F(3,6)", "binary16", "bfloat16", "binary32"])
def test_both_checkers_accept(format_name: str, name: str, strict: bool) -> None:
    table = some_table(parse_format(format_name), 3, 2)
    certificate, report = represent_with(table, name, strict)
    assert (report.accepted, report.counters.activations, report.counters.adjoints, report.densely) == (True, 0, 0, 0)
    assert len(certificate.network.layers) == (12 if strict else 9)
    verdict = checker.check_bytes(certificate.to_bytes())
    assert (verdict.verdict, verdict.points, verdict.activations, verdict.adjoints) == ("accepted", len(table.points), 0, 0)


@pytest.mark.parametrize("name", UNBOUNDED)
def test_small_values(name: str) -> None:
    """All values of E5M2 below 1, among them those of which a c-th is no float."""
    F = ATLAS["E5M2"]
    construction = Unbounded(F, name, [Point((F.one,), F.one, F.one, (F.one,))])
    for n in range(1, F.ordinal(F.one)):
        terms = construction._terms(F.from_ordinal(n))
        assert len(terms) <= 2
        assert all(rational(b) * rational(derivative(F, activation(name), tau)) <= 1 for tau, b in terms)


def test_small_values_of_bfloat16() -> None:
    """The threshold of GELU is 7/2 there: not every value is a multiple of it and few ulps more, but all are with the power of two above it."""
    F = ATLAS["bfloat16"]
    construction = Unbounded(F, "gelu", [Point((F.one,), F.one, F.one, (F.one,))])
    assert construction.ramp.start == Fraction(7, 2)
    found = [construction._terms(F.from_ordinal(n)) for n in range(1, F.ordinal(F.one), 17)]
    assert any(rational(terms[0][0]) == Fraction(7, 2) for terms in found)
    assert any(rational(terms[0][0]) == 4 for terms in found)
    value = F.from_ordinal(13 * 128 + 0x58)
    assert represent_with(Table(F, (Point((F.one,), value, F.one, (F.one,)),)), "gelu")[1].accepted


# What is computed


@pytest.mark.parametrize("name", UNBOUNDED)
@pytest.mark.parametrize("format_name", ["F(2,4)", "F(3,4)", "E5M2"])
def test_ramps(format_name: str, name: str) -> None:
    F, sigma = parse_format(format_name), activation(name)
    found = ramp(F, name)
    for x in F.finite():
        if rational(x) <= -found.bound:
            assert rational(value(F, sigma, x)) == found.low
            assert derivative(F, sigma, x)[0] == 0
        if rational(x) >= found.start:
            assert (value(F, sigma, x), derivative(F, sigma, x)) == (x, F.one)
        assert rational(value(F, sigma, x)) >= found.least
        assert (rational(value(F, sigma, x)) > 0) == (rational(x) > 0)


@pytest.mark.parametrize(("format_name", "name", "strict", "stages"), [
    ("F(4,4)", "swish", False, 3), ("F(4,4)", "elu", True, 5), ("F(4,4)", "swish", True, 4), ("binary16", "swish", False, 2),
    ("binary64", "gelu", True, 4),
])  # fmt: skip
def test_stages(format_name: str, name: str, strict: bool, stages: int) -> None:
    F = parse_format(format_name)
    assert len(Planner(F, ramp(F, name), strict).plan().stages) == stages


# Wrong variants

F24 = ieee_like(2, 4)
Z = F24.from_ordinal(20)


def one_point(variant: type[Unbounded], name: str, gradient: Datum, value: Datum, strict: bool = False) -> Network:
    return variant(F24, name, [Point((Z,), value, F24.largest, (gradient,))], strict).network()


def fails(network: Network, gradient: Datum, value: Datum) -> bool:
    """Somewhere, for upstream Omega at z or elsewhere, value or gradient is wrong, or an adjoint or an activation is infinite."""
    others = all(right_at(network, x, F24.largest, ZERO, ZERO)[0] for x in everything(F24) if not equal(x, Z))
    return not others or not right_at(network, Z, F24.largest, value, gradient)[0]


class SharedGates(Unbounded):
    """The terms of a value take the same copies of the signals."""

    def _signal(self, number: int, side: int, index: int, rank: Rank) -> Name:
        return super()._signal(number, side, index, (*rank[:2], 0, *rank[3:]))


class WeakGates(Unbounded):
    """Gates with one copy, whatever they switch off."""

    def __init__(self, F: Format, name: str, points: Sequence[Point], strict: bool = False) -> None:
        super().__init__(F, name, points, strict)
        self.whole = False

    def _shuts(self, start: Datum) -> bool:
        return True


class SteepValues(Unbounded):
    """A value with an output weight above 1."""

    def _terms(self, size: Datum) -> list[tuple[Datum, Datum]]:
        return [(F24.power_of_two(2), F24.from_ordinal(F24.ordinal(F24.one) + 4))]


@pytest.mark.parametrize("name", UNBOUNDED)
@pytest.mark.parametrize("strict", [False, True])
def test_the_right_ones_are_right(name: str, strict: bool) -> None:
    for v in (F24.largest, F24.smallest, negate(F24.power_of_two(3))):
        assert not fails(one_point(Unbounded, name, F24.largest, v, strict), F24.largest, v)


def test_shared_gates_add_up_adjoints() -> None:
    """Omega in two halves, each with the upstream Omega: in a copy that they share, the adjoint is infinite, and its mask makes NaN of that."""
    assert fails(one_point(SharedGates, "gelu", F24.one, F24.largest, strict=True), F24.one, F24.largest)
    assert not fails(one_point(Unbounded, "gelu", F24.one, F24.largest, strict=True), F24.one, F24.largest)


def test_weak_gates_leave_the_value_on() -> None:
    assert fails(one_point(WeakGates, "gelu", ZERO, F24.largest), ZERO, F24.largest)


def test_steep_values_overflow() -> None:
    assert fails(one_point(SteepValues, "gelu", F24.one, F24.power_of_two(3)), F24.one, F24.power_of_two(3))


def test_values_before_pairs_absorb_them() -> None:
    value = F24.power_of_two(-6)
    network = one_point(Unbounded, "gelu", F24.one, value)
    assert not fails(network, F24.one, value)
    assert fails(last_first(network), F24.one, value)


def test_the_amplitude_exceeds_half_of_omega() -> None:
    for F in (F24, ATLAS["bfloat16"]):
        assert Fraction(1, 2) * F.Omega < amplitude(F) < F.Omega


# What is refused


def test_refusals() -> None:
    points = [Point((ZERO,), F24.one, F24.one, (F24.one,), Place("t.csv", 2))]
    with pytest.raises(ConstructionError, match=r"F\(2,3\): the levels of gelu lie beyond an eighth"):
        build_with(ieee_like(2, 3), "gelu", points)
    with pytest.raises(ConstructionError, match=r"F\(1,5\): the construction for elu needs an IEEE-like format with two"):
        build_with(ieee_like(1, 5), "elu", points)
    assert build_with(F24, "SiLU", points).activations.keys() == {"swish"}
