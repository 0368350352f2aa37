"""Gradients that are odd in the upstream, with activations other than ReLU: complete in small formats; what is needed; what is refused."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof import checker
from fpproof.constructions import OTHERS, Point, Table, build_odd_with, check_odd_points, odd_others, represent_odd_with, responses
from fpproof.constructions.assembly import Name
from fpproof.constructions.entries import Entries
from fpproof.constructions.odd_others import Kind, _Stages
from fpproof.constructions.open_heads import OpenHeads
from fpproof.constructions.responses import by_class
from fpproof.constructions.signals import BOUNDED
from fpproof.errors import ConstructionError, TableError
from fpproof.formats import ZERO, Datum, Format, ieee_like, parse_format, rational, round_rational
from fpproof.formats.arithmetic import absolute, negate
from fpproof.networks import Network
from fpproof.networks.kernel import Kernel, to_float64

F24 = ieee_like(2, 4)
KINDS = [(name, strict) for name in OTHERS for strict in (False, True)]


def largest_upstream(F: Format, name: str) -> Datum:
    """2^(p+2) - 6 where activations are bounded."""
    return round_rational(F, Fraction(2) ** (F.p + 2) - 6) if name in BOUNDED else F.largest


def largest_x(F: Format, name: str, strict: bool) -> int:
    """The ordinal of a float in the domain of strict sigmoids."""
    return F.ordinal(F.power_of_two(4)) if name == "sigmoid" and strict else F.largest_ordinal


def some_points(F: Format, name: str, strict: bool, seed: int, inputs: int, upstreams: int, few: bool = False) -> list[Point]:
    """Values are any floats, or up to 2^6: what is large asks for many terms of a bounded activation."""
    random, N = Random(seed), F.largest_ordinal
    most, far = F.ordinal(largest_upstream(F, name)), largest_x(F, name, strict)
    V = F.ordinal(F.power_of_two(6)) if few and name in BOUNDED else N
    points = []
    for x in sorted({-1, far, *(random.randint(-far, far) for _ in range(inputs))}):
        value = F.from_ordinal(random.randint(-V, V))
        for T in {1, most, *(random.randint(1, most) for _ in range(upstreams))}:
            upstream = F.from_ordinal(random.choice((T, -T)))
            points.append(Point((F.from_ordinal(x),), value, upstream, (F.from_ordinal(random.randint(-N, N)),)))
    return points


def with_tables(network: Network) -> Network:
    """The network with its activations' whole tables."""
    return Network(network.format, network.layers, {name: s.whole_table() for name, s in network.activations.items() if isinstance(s, Entries)})


def wrong(F: Format, points: Sequence[Point], name: str, strict: bool = False) -> tuple[int, int]:
    """Over all x and all upstreams up to the table's largest: how often value or gradient is not the table's; how many numbers are not finite.

    All x are those of the domain for strict sigmoids; numbers are activations and adjoints, in mode strict pre-activations too.
    """
    table: dict[tuple[float, float], float] = {}
    values: dict[float, float] = {}
    for p in points:
        x, h, g = (to_float64(v) for v in (p.x[0], p.upstream, p.gradient[0]))
        table[x, h], table[x, -h], values[x] = g, -g, to_float64(p.value)
    H, far = max(to_float64(absolute(p.upstream)) for p in points), to_float64(F.from_ordinal(largest_x(F, name, strict)))
    floats = [to_float64(v) for v in F.finite()]
    pairs = [(x, y) for x in floats for y in floats if abs(x) <= far and (name not in BOUNDED or abs(y) <= H)]
    network = with_tables(build_odd_with(F, name, points, strict))
    batch = Kernel(network).run(np.array([[x] for x, _ in pairs]), np.array([[y] for _, y in pairs]))
    right = (batch.values[:, 0] == [values.get(x, 0.0) for x, _ in pairs]) & (batch.gradients[:, 0] == [table.get(pair, 0.0) for pair in pairs])
    return int((~right).sum()), int(batch.counters[:, 0 if strict else 1 :].sum())


@pytest.mark.parametrize(("name", "strict"), KINDS)
def test_complete_domains(name: str, strict: bool) -> None:
    assert wrong(F24, some_points(F24, name, strict, 1, 1, 4), name, strict) == (0, 0)


@pytest.mark.parametrize(("name", "strict", "layers"), [("sigmoid", False, 15), ("tanh", True, 15), ("sigmoid", True, 18)])
def test_complete_domains_of_three_fraction_bits(name: str, strict: bool, layers: int) -> None:
    F = ieee_like(3, 4)
    points = some_points(F, name, strict, 2, 0, 3)
    assert wrong(F, points, name, strict) == (0, 0)
    assert len(build_odd_with(F, name, points, strict).layers) == layers


@pytest.mark.parametrize(("name", "strict"), [(name, strict) for name in BOUNDED for strict in (False, True)])
def test_complete_domains_with_closed_heads(monkeypatch: pytest.MonkeyPatch, name: str, strict: bool) -> None:
    """The construction of 17 or 18 layers, which serves where that of 15 does not."""
    monkeypatch.setattr(odd_others, "_OddOpenHeads", odd_others._OddBounded)
    points = some_points(F24, name, strict, 1, 1, 4)
    assert wrong(F24, points, name, strict) == (0, 0)
    assert len(build_odd_with(F24, name, points, strict).layers) in (17, 18)


def test_light_gates_need_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong variant: gates of one copy, as light as they must be for large upstreams, leave something on."""
    original = OpenHeads._add_top

    def one_copy(owner: OpenHeads, number: int, part: int, path: Mapping[Name, Datum], w7: Datum, copies: int, gate: Fraction) -> None:
        original(owner, number, part, path, w7, 1, gate)

    monkeypatch.setattr(OpenHeads, "_add_top", one_copy)
    F = ieee_like(3, 4)
    assert wrong(F, some_points(F, "sigmoid", False, 2, 0, 3), "sigmoid") != (0, 0)


@pytest.mark.parametrize("name", OTHERS)
def test_every_upstream_at_once(name: str) -> None:
    random, N = Random(2), F24.largest_ordinal
    x, value = F24.from_ordinal(-5), F24.largest
    most = F24.ordinal(largest_upstream(F24, name))
    points = [Point((x,), value, F24.from_ordinal(T), (F24.from_ordinal(random.randint(-N, N)),)) for T in range(1, most + 1)]
    assert wrong(F24, points, name) == (0, 0)


@pytest.mark.parametrize(("format_name", "name", "strict"), [
    *((format_name, *kind) for format_name in ("bfloat16", "binary32") for kind in KINDS),
    *((format_name, name, False) for format_name in ("F(3,6)", "binary16") for name in OTHERS), ("E5M2", "sigmoid", True), ("E5M2", "gelu", False),
])  # fmt: skip
def test_both_checkers_accept(format_name: str, name: str, strict: bool) -> None:
    F = parse_format(format_name)
    points = tuple(some_points(F, name, strict, 3, 1, 2, few=True))
    certificate, report = represent_odd_with(Table(F, check_odd_points(F, points)), name, strict)
    assert report.accepted
    assert len(certificate.network.layers) == (15 if name in BOUNDED else 22 if strict else 19)
    assert ("pre-activations" in certificate.finite) == strict
    verdict = checker.check_bytes(certificate.to_bytes())
    assert (verdict.verdict, verdict.activations, verdict.adjoints) == ("accepted", 0, 0)
    most = F.ordinal(largest_upstream(F, name))
    assert all(abs(F.ordinal(c.upstream[0])) <= most for c in certificate.points)
    assert len({(c.x, c.upstream[0]) for c in certificate.points}) > 2 * len(points)


@st.composite
def odd_tables(draw: st.DrawFn, name: str) -> list[Point]:
    """Tables over F(2,4): up to two x, up to four upstreams each, any gradients."""
    N, most = F24.largest_ordinal, F24.ordinal(largest_upstream(F24, name))
    points = []
    for x in draw(st.sets(st.integers(-N, N), min_size=1, max_size=2)):
        value = F24.from_ordinal(draw(st.integers(-N, N)))
        for T in draw(st.sets(st.integers(0, most), min_size=1, max_size=4)):
            g = draw(st.integers(-N, N)) if T else 0
            points.append(Point((F24.from_ordinal(x),), value, F24.from_ordinal(T), (F24.from_ordinal(g),)))
    return points


@pytest.mark.parametrize("name", OTHERS)
def test_any_table_becomes_a_network(name: str) -> None:
    @settings(max_examples=3, deadline=None)
    @given(odd_tables(name))
    def accepted(points: list[Point]) -> None:
        certificate, report = represent_odd_with(Table(F24, tuple(points)), name)
        assert report.accepted
        assert checker.check_bytes(certificate.to_bytes()).verdict == "accepted"

    accepted()


# What is needed


def one_point(name: str, upstreams: Iterator[int], value: Datum = F24.one) -> list[Point]:
    return [Point((F24.one,), value, F24.from_ordinal(T), (F24.from_ordinal(T),)) for T in upstreams]


def all_up_to(name: str, step: int = 1) -> Iterator[int]:
    return iter(range(1, F24.ordinal(largest_upstream(F24, name)) + 1, step))


@pytest.mark.parametrize("name", ["gelu", "sigmoid"])
@pytest.mark.parametrize(("constant", "less"), [("INHIBITION", -2), ("ABSORPTION", -2)])
def test_weaker_absorption_fails(monkeypatch: pytest.MonkeyPatch, constant: str, less: int, name: str) -> None:
    points = one_point(name, all_up_to(name, 4))
    monkeypatch.setattr(responses, constant, less)
    assert wrong(F24, points, name) != (0, 0)


def test_sigmoid_needs_other_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter rounds a second time: with classes that begin at powers of two, some T of them are not found."""
    points = one_point("sigmoid", all_up_to("sigmoid", 2))
    monkeypatch.setitem(responses.EDGE, 2, Fraction(1))
    assert wrong(F24, points, "sigmoid") != (0, 0)


def test_classes_hold_their_upstreams() -> None:
    """Each T lies where its class says, and the stages' integers are floats."""
    for F in (F24, ieee_like(3, 4), parse_format("E5M2")):
        for r, edge in responses.EDGE.items():
            found = by_class(F, [F.from_ordinal(n) for n in range(1, F.largest_ordinal + 1)], r)
            assert sum(map(len, found.values())) == F.largest_ordinal
            for kind, members in found.items():
                assert kind.i == F.p if kind.k1 else -1 <= kind.i <= F.p
                for T in members:
                    kT = rational(T) / (Fraction(2) ** (kind.k1 + kind.k2) * F.omega)
                    assert kT.denominator == 1
                    assert edge * Fraction(2) ** kind.i < kT <= 2 * edge * Fraction(2) ** kind.i


class WithoutCompanions(_Stages):
    """Neurons of value c, which nothing takes away again."""

    def _terms(self, place: int, below: tuple[int, str], weight: Fraction) -> dict[Name, Datum]:
        return dict([next(iter(super()._terms(place, below, weight).items()))])


class SlopesForgotten(_Stages):
    """Weights as for neurons of slope 1, whatever the slope is."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]  # the same arguments
        self.kind = Kind(self.kind.bias, self.kind.value, 0)


@pytest.mark.parametrize(("name", "variant"), [("gelu", WithoutCompanions), ("sigmoid", WithoutCompanions), ("sigmoid", SlopesForgotten)])
def test_wrong_variants(monkeypatch: pytest.MonkeyPatch, name: str, variant: type[_Stages]) -> None:
    points = one_point(name, iter((1, 7, 30)))
    monkeypatch.setattr(odd_others, "_Stages", variant)
    assert wrong(F24, points, name) != (0, 0)


# What is refused


def test_upstreams_beyond_the_sharp_bound() -> None:
    """Omega needs terms c with c H finite, and beyond H = 2^(p+2) - 6 their sum stands still below it; smaller values have terms."""
    beyond = F24.ordinal(largest_upstream(F24, "tanh")) + 1
    points = one_point("tanh", iter((3, beyond)), F24.largest)
    with pytest.raises(ConstructionError, match="would need terms of at most"):
        build_odd_with(F24, "tanh", points)
    for most in (beyond, F24.largest_ordinal):
        assert wrong(F24, one_point("tanh", iter((3, most)), ZERO if most > beyond else F24.power_of_two(3)), "tanh") == (0, 0)


def test_where_it_does_not_work() -> None:
    point = Point((ZERO,), F24.one, F24.one, (F24.one,))
    for format_name, name, said in [
        ("F(4,4)", "sigmoid", r"need p \+ 4 <= emax, 2p \+ 5 \+ emin <= emax and 0.5"),
        ("F(11,5)", "swish", r"odd responses of swish need p.* and 1\d\.0 .* <= Omega"),
        ("E4M3FN", "elu", "needs an IEEE-like format with two"), ("F(2,3)", "gelu", "lie beyond an eighth"),
    ]:  # fmt: skip
        F = parse_format(format_name)
        one = F.power_of_two(0)
        with pytest.raises(ConstructionError, match=said):
            build_odd_with(F, name, [Point((ZERO,), one, one, (one,))])
    with pytest.raises(ConstructionError, match="is more than the stages of sigmoid can take, 4 times which overflows"):
        build_odd_with(F24, "sigmoid", [Point((ZERO,), ZERO, F24.largest, (F24.one,))])
    with pytest.raises(ConstructionError, match="another construction"):
        build_odd_with(F24, "relu", [point])
    with pytest.raises(TableError, match="another gradient"):
        build_odd_with(F24, "gelu", [point, Point((ZERO,), F24.one, negate(F24.one), (F24.one,))])
