"""The construction on complete domains: every row, and 0 at every other x; where it works, and what it says where it does not."""

from random import Random

import pytest

from fpproof.certificates import Certificate, ClaimedPoint, Elsewhere, check
from fpproof.constructions import Point, build
from fpproof.constructions.seven_layers import LEAST_DEPTH
from fpproof.errors import ConstructionError, TableError
from fpproof.formats import ATLAS, NEGATIVE_ZERO, ZERO, Datum, Format, ieee_like, parse_format
from fpproof.networks import Network, evaluate


def extreme(F: Format, random: Random) -> Datum:
    """Zeros of both signs, omega, subnormals, powers of two, Omega, anything."""
    N = F.largest_ordinal
    power = F.ordinal(F.power_of_two(random.randint(F.emin - F.p, F.emax)))
    n = random.choice([0, 1, N, N - 1, power, random.randint(1, min(N, 1 << F.p)), random.randint(1, N)])
    if n == 0:
        return random.choice([ZERO, NEGATIVE_ZERO])
    return F.from_ordinal(n * random.choice([1, -1]))


def row(F: Format, x: tuple[Datum, ...], random: Random) -> Point:
    upstream = random.choice([F.largest, (-F.largest[0], F.largest[1]), extreme(F, random), extreme(F, random)])
    gradient = tuple(extreme(F, random) if upstream[0] else ZERO for _ in x)
    return Point(x, extreme(F, random), upstream, gradient)


def everything(F: Format) -> list[Datum]:
    return [F.from_ordinal(n) for n in range(-F.largest_ordinal, F.largest_ordinal + 1)]


def verify(F: Format, points: list[Point], depth: int = LEAST_DEPTH, upstreams: int | None = 0) -> Network:
    """Every row's value, gradient and finiteness; 0 elsewhere for so many upstreams (None: all; 0: not looked at)."""
    network = build(F, points, depth)
    claimed = tuple(ClaimedPoint(p.x, (p.upstream,), (p.value,), p.gradient) for p in points)
    some = [F.largest, F.smallest, (-F.largest[0], F.largest[1]), F.from_ordinal(F.largest_ordinal // 2)]
    listed = None if upstreams is None else tuple((h,) for h in some[:upstreams])
    elsewhere = None if upstreams == 0 else Elsewhere((ZERO,), (ZERO,) * network.inputs, listed)
    report = check(Certificate(network, claimed, elsewhere=elsewhere), jobs=1)
    assert report.accepted, report.failure
    assert report.complete
    assert report.counters.activations == report.counters.adjoints == report.densely == 0
    return network


@pytest.mark.parametrize("F", [ieee_like(1, 3), ieee_like(2, 3), ieee_like(3, 3), ieee_like(2, 4), ieee_like(3, 4), ATLAS["E5M2"]], ids=str)
@pytest.mark.parametrize("depth", [7, 8, 12])
def test_whole_domains(F: Format, depth: int) -> None:
    """A table of every x, and one of half of them with every upstream everywhere else."""
    random = Random(f"{F} {depth}")
    xs = everything(F)
    whole = verify(F, [row(F, (x,), random) for x in xs], depth)
    assert len(whole.layers) == depth
    verify(F, [row(F, (x,), random) for x in xs if random.random() < 0.5], depth, None if depth == 7 else 2)


@pytest.mark.parametrize("name", ["E4M3FN", "E4M3FN-sat", "E3M2", "E2M3"])
def test_formats_without_infinities(name: str) -> None:
    F, random = ATLAS[name], Random(name)
    xs = everything(F)
    verify(F, [row(F, (x,), random) for x in xs])
    verify(F, [row(F, (x,), random) for x in xs if random.random() < 0.3], upstreams=3 if name == "E4M3FN-sat" else None)


@pytest.mark.parametrize(
    "name",
    [
        "(p=3,emin=-5,emax=4,Omega=26,specials=ieee,overflow=saturate)",
        "(p=1,emin=-4,emax=4,Omega=16,specials=none,overflow=saturate)",
        "(p=2,emin=-4,emax=4,Omega=20,specials=nan,overflow=nan)",
        "(p=2,emin=-5,emax=6,Omega=64,specials=ieee,overflow=nan)",
    ],
)
def test_formats_of_ones_own(name: str) -> None:
    F, random = parse_format(name), Random(name)
    verify(F, [row(F, (x,), random) for x in everything(F)])
    verify(F, [row(F, (x,), random) for x in everything(F) if random.random() < 0.4], upstreams=None if F.width < 7 else 3)


GATE = r"needs the gate weight 0x1(\.[0-9a-f]+)?p\+[0-9]+, which is no float of it; every table works in IEEE-like formats with 3 <= q"
WORKS: dict[tuple[int, int], str | None] = {
    **{(p, 2): GATE for p in (3, 4, 5, 6)},
    **{(p, 3): None for p in (1, 2, 3, 4)},
    **{(p, 3): GATE for p in (5, 6)},
    **{(p, 4): None for p in (1, 2, 3, 4, 5, 6, 8)},
    (9, 4): GATE,
}
"""F(p, q): None where every x works, else what is said. The rule is p <= 2^(q-1) for q >= 3."""


@pytest.mark.parametrize(("pq", "said"), WORKS.items(), ids=str)
def test_where_it_works(pq: tuple[int, int], said: str | None) -> None:
    F, random = ieee_like(*pq), Random(str(pq))
    assert (said is None) == (pq[1] >= 3 and pq[0] <= 2 ** (pq[1] - 1))
    N = F.largest_ordinal
    xs = everything(F) if N < 130 else [F.from_ordinal(n) for n in sorted({0, 1, -1, N, -N, *(random.randint(-N, N) for _ in range(100))})]
    points = [row(F, (x,), random) for x in xs]
    if said is None:
        verify(F, points)
    else:
        with pytest.raises(ConstructionError, match=said):
            build(F, points)


@pytest.mark.parametrize("p", [1, 2])
def test_two_exponent_bits(p: int) -> None:
    """In F(1,2) and F(2,2) Omega + omega overflows, which only z = 0 computes: the network is wrong there, and right without 0."""
    F, random = ieee_like(p, 2), Random(p)
    points = [row(F, (x,), random) for x in everything(F)]
    verify(F, [point for point in points if point.x[0][0]])
    report = check(Certificate(build(F, points), tuple(ClaimedPoint(q.x, (q.upstream,), (q.value,), q.gradient) for q in points)), jobs=1)
    assert not report.accepted
    assert report.failure is not None
    assert report.failure.first_non_finite is not None
    assert (report.failure.first_non_finite.layer, report.failure.first_non_finite.kind) == (1, "pre-activation")


def test_e2m1_but_for_two_pairs() -> None:
    """E2M1 works unless the upstream is +-6 and the gradient +-0.5."""
    F, random = ATLAS["E2M1"], Random(0)
    for _ in range(3):
        points = [row(F, (x,), random) for x in everything(F)]
        verify(F, [point for point in points if (abs(point.upstream[0]), abs(point.gradient[0][0])) != (F.largest[0], F.smallest[0])])
    with pytest.raises(ConstructionError, match="no three multiplications carry upstream"):
        build(F, [Point((F.one,), F.one, F.largest, (F.smallest,))])


def test_two_inputs() -> None:
    F, random = ieee_like(2, 3), Random(2)
    xs = everything(F)
    points = {(a, b): row(F, (a, b), random) for a, b in ((random.choice(xs), random.choice(xs)) for _ in range(25))}
    points |= {(a, b): row(F, (a, b), random) for a in (F.largest, ZERO) for b in (F.smallest, (-F.largest[0], F.largest[1]))}
    verify(F, list(points.values()), upstreams=4)


def test_three_inputs() -> None:
    F, random = ieee_like(1, 3), Random(3)
    xs = everything(F)
    points = {x: row(F, x, random) for x in (tuple(random.choice(xs) for _ in range(3)) for _ in range(12))}
    verify(F, list(points.values()), depth=8, upstreams=2)


@pytest.mark.parametrize("name", ["F(2,3)", "F(3,4)", "E5M2", "bfloat16", "binary32"])
def test_neurons_and_weights_a_point(name: str) -> None:
    """At most 14 hidden neurons and 24 weights a point, and the three constants that all points share."""
    F, random = parse_format(name), Random(name)
    N = F.largest_ordinal
    for count in (1, 2, 20):
        xs = {F.from_ordinal(random.randint(-N, N)) for _ in range(count)}
        network = build(F, [row(F, (x,), random) for x in xs])
        assert network.hidden_neurons <= 14 * len(xs) + 3
        assert network.weight_count <= 24 * len(xs)


def test_neighbours_share_neurons() -> None:
    F = ieee_like(3, 4)
    points = [Point((F.from_ordinal(n),), F.one, F.one, (F.one,)) for n in range(20, 30)]
    together = build(F, points)
    assert together.hidden_neurons < sum(build(F, [point]).hidden_neurons for point in points) - 30


def test_rows_that_ask_for_nothing_cost_nothing() -> None:
    F = ieee_like(2, 3)
    network = build(F, [Point((F.one,), NEGATIVE_ZERO, F.largest, (ZERO,)), Point((F.largest,), ZERO, ZERO, (NEGATIVE_ZERO,))])
    assert len(network.layers) == 7
    assert evaluate(network, [F.one], [F.largest]).value[0][0] == 0


@pytest.mark.parametrize("depth", [6, 0, -1])
def test_least_depth(depth: int) -> None:
    with pytest.raises(ConstructionError, match=f"depth {depth}: the construction needs at least 7 layers"):
        build(ieee_like(2, 3), [Point((ZERO,), ZERO, ZERO, (ZERO,))], depth)


def test_impossible_points() -> None:
    F = ieee_like(2, 3)
    with pytest.raises(TableError, match="upstream 0 with a gradient that is not 0"):
        build(F, [Point((ZERO,), ZERO, NEGATIVE_ZERO, (F.one,))])
    with pytest.raises(TableError, match="the same x twice with different data"):
        build(F, [Point((ZERO,), ZERO, F.one, (F.one,)), Point((NEGATIVE_ZERO,), F.one, F.one, (F.one,))])
    with pytest.raises(TableError, match="value is inf"):
        build(F, [Point((ZERO,), (1, None), F.one, (F.one,))])
    with pytest.raises(TableError, match="no rows"):
        build(F, [])
    with pytest.raises(TableError, match="expected 1 inputs and as many gradients, found 2 and 1"):
        build(F, [Point((ZERO,), ZERO, F.one, (F.one,)), Point((ZERO, ZERO), ZERO, F.one, (F.one,))])
