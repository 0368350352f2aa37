"""Sigmoid and tanh in five and six layers: whole tables in every format of the theorems, the edges of domains and upstreams, wrong variants."""

from collections.abc import Mapping
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof import checker
from fpproof.activations import activation
from fpproof.constructions import Point, Table, build_with, represent_with, strict_domain
from fpproof.constructions.assembly import Name
from fpproof.constructions.open_heads import OpenHeads, edge, shares
from fpproof.constructions.signals import largest_upstream
from fpproof.errors import ConstructionError
from fpproof.formats import ZERO, Datum, Format, ieee_like, parse_format, rational, round_rational
from fpproof.formats.arithmetic import add, equal, exponent, multiply, negate
from fpproof.networks import Network, evaluate

KINDS = [("sigmoid", False), ("tanh", False), ("tanh", True), ("sigmoid", True)]
THEOREMS = ["F(2,4)", "F(3,4)", "E5M2", "F(2,6)", "F(3,6)", "binary16", "bfloat16"]
F24 = ieee_like(2, 4)


def largest_x(F: Format, name: str, strict: bool) -> Datum:
    return strict_domain(F, activation(name)).largest if strict and name == "sigmoid" else F.largest


def floats(F: Format, most: Datum) -> list[Datum]:
    n = F.ordinal(most)
    return [F.from_ordinal(i) for i in range(-n, n + 1)]


def extreme_row(F: Format, x: Datum, random: Random, most_value: Datum) -> Point:
    """Upstreams up to H, H and omega among them; the largest and least gradients and values among them."""
    H = F.ordinal(round_rational(F, Fraction(largest_upstream(F))))
    N, V = F.largest_ordinal, F.ordinal(most_value)

    def some(most: int) -> Datum:
        return F.from_ordinal(random.choice((-1, 1)) * random.choice((0, 1, most, most - 1, random.randint(0, most), random.randint(0, most))))

    upstream = some(H)
    return Point((x,), some(V), upstream, (some(N) if upstream[0] else ZERO,))


@pytest.mark.parametrize(("name", "strict"), KINDS)
def test_a_whole_domain(name: str, strict: bool) -> None:
    """Every x of F(2,4) is a row."""
    random = Random(f"{name} {strict}")
    xs = floats(F24, largest_x(F24, name, strict))
    certificate, report = represent_with(Table(F24, tuple(extreme_row(F24, x, random, F24.largest) for x in xs)), name, strict)
    assert (report.accepted, report.listed, report.counters.activations, report.counters.adjoints) == (True, len(xs), 0, 0)
    assert (report.counters.pre_activations == 0) == (strict or name == "tanh")
    assert ("pre-activations" in certificate.finite) == strict


@pytest.mark.parametrize(("name", "strict"), KINDS)
@pytest.mark.parametrize("format_name", ["F(2,4)", "F(3,4)", "E5M2"])
def test_zero_at_every_other_x(format_name: str, name: str, strict: bool) -> None:
    F, random = parse_format(format_name), Random(f"{format_name} {name}")
    N = F.ordinal(largest_x(F, name, strict))
    points = [extreme_row(F, F.from_ordinal(n), random, F.power_of_two(3)) for n in (-N, -7, 0, 1, N - 1)]
    report = represent_with(Table(F, tuple(points)), name, strict, elsewhere=True)[1]
    assert (report.accepted, report.complete) == (True, True)
    assert report.listed + report.elsewhere > 2 * N


@pytest.mark.parametrize(("name", "strict"), KINDS)
@pytest.mark.parametrize("format_name", [*THEOREMS, "F(4,5)", "binary32", "binary64"])
def test_both_checkers_accept(format_name: str, name: str, strict: bool) -> None:
    """With the points that are hardest to tell from their neighbours; values whose terms are few."""
    F, random = parse_format(format_name), Random(f"{format_name} {name}")
    N = F.ordinal(largest_x(F, name, strict))
    ordinals = {0, 1, -2, (1 << F.p) - 1, 1 << F.p, -(2 << F.p), N, -N, random.randint(-N, N)}
    points = [extreme_row(F, F.from_ordinal(n), random, F.power_of_two(min(3, F.emax))) for n in sorted(ordinals)]
    certificate, report = represent_with(Table(F, tuple(points)), name, strict)
    assert (report.accepted, report.counters.activations, report.counters.adjoints) == (True, 0, 0)
    layers = 6 if strict and name == "sigmoid" else 5
    assert certificate.provenance["construction"] == f"{name}, {'strict' if strict else 'tolerant'}, depth {layers}"
    verdict = checker.check_bytes(certificate.to_bytes())
    assert (verdict.verdict, verdict.points, verdict.activations, verdict.adjoints) == ("accepted", len(points), 0, 0)


@pytest.mark.parametrize(("name", "strict"), KINDS)
@pytest.mark.parametrize("F", [F24, ieee_like(3, 4)])
def test_the_bound_of_upstreams_is_reached(F: Format, name: str, strict: bool) -> None:
    """Omega and -Omega, with the upstream 2^(p+2) - 6; beyond, another construction finds that terms stand still."""
    H = F.ordinal(round_rational(F, Fraction(largest_upstream(F))))
    for n, accepted in ((H, True), (H + 1, False)):
        h = F.from_ordinal(n)
        points = (Point((F.one,), F.largest, h, (F.largest,)), Point((ZERO,), negate(F.largest), negate(h), (F.smallest,)))
        if accepted:
            assert represent_with(Table(F, points), name, strict)[1].accepted
        else:
            with pytest.raises(ConstructionError, match="more than can be added up"):
                build_with(F, name, points, strict)


@pytest.mark.parametrize(("name", "strict"), KINDS)
def test_any_row_has_its_network(name: str, strict: bool) -> None:
    """Rows of F(2,4) and F(3,4), at random."""

    @settings(max_examples=25, deadline=None)
    @given(st.sampled_from([F24, ieee_like(3, 4)]), st.data())
    def right(F: Format, data: st.DataObject) -> None:
        N, H, X = F.largest_ordinal, F.ordinal(round_rational(F, Fraction(largest_upstream(F)))), F.ordinal(largest_x(F, name, strict))
        x, v, h, g = (F.from_ordinal(data.draw(st.integers(-most, most))) for most in (X, N, H, N))
        found = evaluate(build_with(F, name, [Point((x,), v, h, (g if h[0] else ZERO,))], strict), [x], [h])
        assert (equal(found.value[0], v), equal(found.gradient[0], g if h[0] else ZERO)) == (True, True)
        assert found.counters.activations == found.counters.adjoints == 0
        assert not strict or found.counters.pre_activations == 0

    right()


@given(st.sampled_from([F24, ieee_like(3, 4)]), st.data())
@settings(max_examples=60)
def test_shares_add_up(F: Format, data: st.DataObject) -> None:
    g = F.from_ordinal(data.draw(st.integers(-F.largest_ordinal, F.largest_ordinal)))
    unit = F.power_of_two(min(F.emax, max(F.emin - F.p, exponent(F, g) - data.draw(st.integers(-1, F.p)))))
    total = ZERO
    for share in shares(rational(g), rational(unit)):
        assert abs(share) <= rational(unit)
        term = round_rational(F, share)
        assert rational(term) == share
        total = add(F, total, term)
    assert equal(total, g)


# Other formats and upstreams


@pytest.mark.parametrize(("format_name", "name", "layers"), [
    ("F(4,4)", "sigmoid", 8), ("F(4,4)", "tanh", 7), ("F(11,5)", "tanh", 7), ("F(11,5)", "sigmoid", 5),
])  # fmt: skip
def test_formats_that_need_more_layers(format_name: str, name: str, layers: int) -> None:
    F = parse_format(format_name)
    table = Table(F, (Point((ZERO,), F.one, F.one, (F.one,)), Point((F.smallest,), F.one, F.one, (F.largest,))))
    certificate, report = represent_with(table, name)
    assert (report.accepted, len(certificate.network.layers)) == (True, layers)


def test_larger_upstreams_need_more_layers() -> None:
    table = Table(F24, (Point((F24.one,), F24.one, F24.largest, (F24.one,)),))
    certificate, report = represent_with(table, "tanh")
    assert (report.accepted, len(certificate.network.layers)) == (True, 7)


# Wrong variants

Z = F24.from_ordinal(-20)


def right_everywhere(network: Network, v: Datum, h: Datum, g: Datum, upstreams: list[Datum]) -> bool:
    """One point at Z; every x of F(2,4)."""
    for x in floats(F24, F24.largest):
        at = equal(x, Z)
        for y in [h] if at else upstreams:
            found = evaluate(network, [x], [y])
            if not (equal(found.value[0], v if at else ZERO) and equal(found.gradient[0], g if at else ZERO)):
                return False
    return True


class WeakGates(OpenHeads):
    """Gates of the weight B close a path that is 0, and no larger one."""

    def _add_top(self, number: int, part: int, path: Mapping[Name, Datum], w7: Datum, copies: int, gate: Fraction) -> None:
        super()._add_top(number, part, path, w7, copies, self.levels.bound)


class Uncorrected(OpenHeads):
    """w5 as if w6 made the power of two exactly."""

    def _bring(self, upstream: Datum) -> tuple[Datum, Datum, Datum]:
        w7, w6, w5 = super()._bring(upstream)
        return w7, w6, round_rational(self.F, Fraction(2) ** (rational(w5).numerator.bit_length() - rational(w5).denominator.bit_length()))


class LargeOutputs(OpenHeads):
    """w7 brings every upstream into [1, 2), whatever it makes of others."""

    def _bring(self, upstream: Datum) -> tuple[Datum, Datum, Datum]:
        w7, w6, w5 = super()._bring(upstream)
        return multiply(self.F, w7, self.F.power_of_two(1)), w6, multiply(self.F, w5, self.F.power_of_two(-1))


class HalfSaturated(OpenHeads):
    """Signals with a quarter of B."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]  # the same arguments
        object.__setattr__(self.levels, "bound", edge(self.F) / 4)


class SharedSignals(OpenHeads):
    """The terms of a value share their signals."""

    def _pairs(self, number: int, rank: tuple[int, ...], copies: int, weight: Fraction) -> dict[Name, Datum]:
        return super()._pairs(number, (5, 0) if rank[0] == 5 else rank, copies, weight)


class Lonely(OpenHeads):
    """A without A'."""

    def _add_top(self, number: int, part: int, path: Mapping[Name, Datum], w7: Datum, copies: int, gate: Fraction) -> None:
        super()._add_top(number, part, path, w7, copies, gate)
        del self.output["A", number, part, 1]


H24 = round_rational(F24, Fraction(largest_upstream(F24)))


@pytest.mark.parametrize(("variant", "name", "v", "h", "g"), [
    (WeakGates, "sigmoid", ZERO, F24.smallest, F24.largest),
    (LargeOutputs, "sigmoid", ZERO, F24.smallest, F24.one), (LargeOutputs, "tanh", ZERO, F24.smallest, F24.one),
    (Lonely, "sigmoid", F24.one, F24.one, F24.one), (Lonely, "tanh", F24.one, F24.one, F24.one),
    (HalfSaturated, "sigmoid", F24.one, F24.one, F24.one), (SharedSignals, "tanh", F24.largest, H24, F24.one),
])  # fmt: skip
def test_wrong_variants(variant: type[OpenHeads], name: str, v: Datum, h: Datum, g: Datum) -> None:
    points, upstreams = [Point((Z,), v, h, (g,))], [h, H24]
    assert right_everywhere(OpenHeads(F24, name, points).network(), v, h, g, upstreams)
    assert not right_everywhere(variant(F24, name, points).network(), v, h, g, upstreams)


def test_the_last_factor_corrects_the_one_before() -> None:
    """In bfloat16 w6 makes the float below the power of two for some upstreams."""
    F = parse_format("bfloat16")
    wrong = 0
    for n in range(F.ordinal(F.one), F.ordinal(F.one) + 128, 5):
        points = [Point((F.one,), ZERO, F.from_ordinal(n), (F.one,))]
        for variant, right in ((OpenHeads, True), (Uncorrected, False)):
            found = evaluate(variant(F, "tanh", points).network(), [F.one], [F.from_ordinal(n)])
            correct = equal(found.gradient[0], F.one)
            assert correct or not right
            wrong += not correct
    assert wrong > 0
