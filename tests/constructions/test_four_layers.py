"""Four layers: every row of complete domains and 0 elsewhere, every chain of a tiny format, extremes, and variants that are wrong."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest

from fpproof import checker
from fpproof.certificates import Certificate, ClaimedPoint, Elsewhere, check
from fpproof.constructions import FOUR_DEPTH, Point, Table, build_four, represent
from fpproof.constructions.four_layers import amplitude, parts, path_of, step
from fpproof.errors import ConstructionError
from fpproof.formats import ZERO, Datum, Format, ieee_like, parse_format, rational, round_rational
from fpproof.formats.arithmetic import add, equal, multiply, negate
from fpproof.networks import Network
from tests.constructions.test_seven_layers import everything, row


def claims(points: list[Point]) -> tuple[ClaimedPoint, ...]:
    return tuple(ClaimedPoint(p.x, (p.upstream,), (p.value,), p.gradient) for p in points)


def verify(F: Format, points: list[Point], upstreams: tuple[tuple[Datum, ...], ...] | None = None) -> Network:
    """Every row, and 0 at every other x for the upstreams given, or all; activations and adjoints finite."""
    network = build_four(F, points)
    assert len(network.layers) == FOUR_DEPTH
    elsewhere = Elsewhere((ZERO,), (ZERO,) * network.inputs, upstreams)
    report = check(Certificate(network, claims(points), elsewhere=elsewhere), jobs=1)
    assert report.accepted, report.failure
    assert report.complete
    assert report.counters.activations == report.counters.adjoints == report.densely == 0
    return network


@pytest.mark.parametrize("pq", [(1, 3), (2, 4), (3, 4), (4, 4)], ids=str)
def test_whole_domains(pq: tuple[int, int]) -> None:
    F, random = ieee_like(*pq), Random(f"{pq} 4")
    xs = everything(F)
    verify(F, [row(F, (x,), random) for x in xs])
    verify(F, [row(F, (x,), random) for x in xs if random.random() < 0.2], None if F.width < 8 else ((F.largest,), (F.smallest,)))


@pytest.mark.parametrize("pq", [(2, 4), (3, 4)], ids=str)
def test_every_upstream_and_gradient_of_a_kind(pq: tuple[int, int]) -> None:
    """Extreme upstreams to all gradients, all upstreams to extreme gradients, at the least and the greatest gap: sums as the network has them."""
    F = ieee_like(*pq)
    N = F.largest_ordinal
    some = {1, 3, (1 << F.p) - 1, 1 << F.p, N - 1, N}
    for mu in (F.omega, Fraction(2) ** (F.emax - F.p)):
        for h in range(1, N + 1):
            for g in range(1, N + 1) if h in some else some:
                upstream, gradient = F.from_ordinal(h), F.from_ordinal(g)
                path = path_of(F, upstream, gradient, mu)
                total: Datum = ZERO
                for copy in path.by_copy():
                    at_r: Datum = ZERO
                    for B in copy:
                        at_c: Datum = ZERO
                        for _ in range(path.copies):
                            at_c = add(F, at_c, multiply(F, multiply(F, upstream, path.y), path.b))
                        at_r = add(F, at_r, multiply(F, at_c, round_rational(F, B)))
                        assert multiply(F, round_rational(F, B), round_rational(F, mu))[1] is not None
                    total = add(F, total, at_r)
                assert equal(total, gradient)


@pytest.mark.parametrize("name", ["F(1,3)", "F(2,4)", "F(3,4)", "F(4,4)", "E5M2", "binary16"])
def test_steps_and_values(name: str) -> None:
    """For each gap: E of the distance 0, nothing of the gap and more. For each value, or some: the parts add up from left to right."""
    F = parse_format(name)
    for n in range(F.emin - F.p, F.emax - F.p + 1):
        mu = Fraction(2) ** n
        slope, *summands = step(F, mu)
        for distance in (Fraction(0), mu, 2 * mu, F.Omega):
            total = negate(multiply(F, round_rational(F, slope), round_rational(F, distance)))
            for summand in summands:
                assert rational(round_rational(F, summand)) == summand
                total = add(F, total, round_rational(F, summand))
            if distance == 0:
                assert equal(total, round_rational(F, amplitude(F, mu)))
            else:
                assert total[0] <= 0  # 0, a negative number or -infinity
    N = F.largest_ordinal
    for place in range(1, N + 1, 1 if F.width <= 8 else N // 20):
        value, total = F.from_ordinal(place), ZERO
        level = amplitude(F, F.omega)
        for d, taken in parts(F, value, level):
            assert taken <= level
            assert d <= level
            total = add(F, add(F, total, negate(round_rational(F, taken))), round_rational(F, d))
        assert equal(total, value)


def test_extremes_of_binary16() -> None:
    """omega to Omega and Omega to omega at the hardest points, checked by the stand-alone checker too."""
    F = parse_format("binary16")
    big, small = F.largest, F.smallest
    points = (
        Point((big,), F.one, small, (big,)),
        Point((ZERO,), negate(F.power_of_two(9)), big, (small,)),
        Point((negate(F.power_of_two(14)),), F.from_ordinal(3), F.from_ordinal(3), (F.from_ordinal(F.largest_ordinal - 1),)),
    )
    certificate, report = represent(Table(F, points), depth=4)
    assert report.accepted
    verdict = checker.check_bytes(certificate.to_bytes())
    assert (verdict.verdict, verdict.points, verdict.activations, verdict.adjoints) == ("accepted", 3, 0, 0)


def test_two_inputs() -> None:
    F, random = ieee_like(1, 3), Random(2)
    xs = everything(F)
    points = {(a, b): row(F, (a, b), random) for a, b in ((random.choice(xs), random.choice(xs)) for _ in range(12))}
    verify(F, list(points.values()), ((F.largest,), (F.smallest,)))


def test_what_is_refused() -> None:
    """Among them what theories/representation/depth.py proves impossible."""
    F = parse_format("E5M2")
    with pytest.raises(ConstructionError, match="no weights found to carry"):
        build_four(F, [Point((F.power_of_two(F.emax - 2),), ZERO, F.smallest, (F.largest,))])
    G = parse_format("binary32")
    with pytest.raises(ConstructionError, match="too many parts"):
        build_four(G, [Point((G.smallest,), G.largest, G.one, (ZERO,))])
    for name in ("E4M3FN", "F(2,3)"):
        H = parse_format(name)
        with pytest.raises(ConstructionError, match="IEEE-like formats with emax >= p"):
            build_four(H, [Point((H.one,), ZERO, H.one, (H.one,))])


# Wrong variants


F = ieee_like(2, 4)
POINTS = [
    Point((F.from_ordinal(1),), F.largest, F.largest, (F.largest,)),
    Point((F.largest,), negate(F.largest), F.smallest, (F.largest,)),
    Point((F.one,), F.from_ordinal(5), F.largest, (F.smallest,)),
]


def rejected(layer: int, change: Callable[[int, Datum], Datum]) -> bool:
    """Whether the checker finds a point once the biases of a layer are changed; `change` takes the neuron's place and its bias."""
    network = build_four(F, POINTS)
    layers = list(network.layers)
    biases = tuple(None if b is None else change(place, b) for place, b in enumerate(layers[layer - 1].bias))
    layers[layer - 1] = replace(layers[layer - 1], bias=biases)
    upstreams = ((F.largest,), (negate(F.largest),), (F.smallest,))
    return not check(Certificate(Network(F, tuple(layers)), claims(POINTS), elsewhere=Elsewhere((ZERO,), (ZERO,), upstreams)), jobs=1).accepted


def test_the_right_one_is_accepted() -> None:
    verify(F, POINTS)
    assert not rejected(3, lambda place, bias: bias)


def test_a_value_without_its_opposite() -> None:
    """V masked: the adjoint of e' is not 0 any more, overflows on the way to a, and a mask makes NaN of it."""
    network = build_four(F, POINTS)
    values = [place for place, each in enumerate(network.layers[3].weights[0]) if network.layers[2].bias[each[0]] == F.smallest]
    assert values
    last = max(values)  # V of the last part of the last point has the level omega
    assert rejected(3, lambda place, bias: ZERO if place == last else bias)


def test_a_gate_of_half_the_amplitude() -> None:
    """K_E or the step at half of E leaves something on elsewhere."""
    level = round_rational(F, amplitude(F, F.omega))
    half = round_rational(F, amplitude(F, F.omega) / 2)
    assert rejected(2, lambda place, bias: half if bias == level else bias)
