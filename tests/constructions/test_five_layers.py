"""Five layers: every row of complete domains and 0 elsewhere, extreme chains, several inputs, and variants that are wrong."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest

from fpproof import checker
from fpproof.certificates import Certificate, ClaimedPoint, Elsewhere, check
from fpproof.constructions import FIVE_DEPTH, Point, Table, build, build_five, represent
from fpproof.constructions.five_layers import path_of
from fpproof.errors import ConstructionError
from fpproof.formats import ATLAS, ZERO, Datum, Format, ieee_like, parse_format
from fpproof.formats.arithmetic import multiply, negate
from fpproof.networks import Network, evaluate
from tests.constructions.test_seven_layers import everything, row


def claims(points: list[Point]) -> tuple[ClaimedPoint, ...]:
    return tuple(ClaimedPoint(p.x, (p.upstream,), (p.value,), p.gradient) for p in points)


def verify(F: Format, points: list[Point], depth: int = FIVE_DEPTH, upstreams: tuple[tuple[Datum, ...], ...] | None = None) -> Network:
    """Every row, and 0 at every other x for the upstreams given, or all; activations and adjoints finite."""
    network = build_five(F, points, depth)
    assert len(network.layers) == depth
    elsewhere = Elsewhere((ZERO,), (ZERO,) * network.inputs, upstreams)
    report = check(Certificate(network, claims(points), elsewhere=elsewhere), jobs=1)
    assert report.accepted, report.failure
    assert report.complete
    assert report.counters.activations == report.counters.adjoints == report.densely == 0
    return network


@pytest.mark.parametrize("pq", [(1, 3), (2, 3), (3, 3), (1, 4), (2, 4), (3, 4), (2, 5)], ids=str)
@pytest.mark.parametrize("depth", [5, 6])
def test_whole_domains(pq: tuple[int, int], depth: int) -> None:
    F, random = ieee_like(*pq), Random(f"{pq} {depth}")
    xs = everything(F)
    verify(F, [row(F, (x,), random) for x in xs], depth)
    verify(F, [row(F, (x,), random) for x in xs if random.random() < 0.5], depth)


@pytest.mark.parametrize("name", ["F(4,3)", "E2M3"])
def test_where_small_gaps_need_numbers_that_are_no_floats(name: str) -> None:
    """p > emax, or succ(1/2) is no float: five layers are refused at small gaps, with what works; not at large ones."""
    F = parse_format(name)
    near, far = (Point((x,), F.one, F.one, (F.one,)) for x in (F.smallest, F.largest))
    with pytest.raises(ConstructionError, match=r"no float of it; in five layers every table works .* p <= emax and emin < 0; --depth 7"):
        build_five(F, [near])
    assert represent(Table(F, (near,)))[1].accepted
    verify(F, [far])


def test_fewer_neurons_than_in_seven_layers() -> None:
    F, random = ieee_like(3, 4), Random(0)
    points = [row(F, (x,), random) for x in everything(F)]
    assert build_five(F, points).hidden_neurons < 0.8 * build(F, points).hidden_neurons


@pytest.mark.parametrize("name", ["F(1,3)", "F(2,3)", "F(3,3)", "F(2,4)"])
def test_every_chain_of_tiny_formats(name: str) -> None:
    """Every upstream and gradient, at the least and the greatest gap, where little of B fits."""
    F = parse_format(name)
    N = F.largest_ordinal
    for mu in (F.omega, Fraction(2) ** (F.emax - F.p)):
        for h in range(1, N + 1):
            for g in range(1, N + 1):
                path_of(F, F.from_ordinal(h), F.from_ordinal(g), 1, mu)  # replays its chain


@pytest.mark.parametrize("name", ["F(3,6)", "E5M2", "binary16", "bfloat16", "binary32", "binary64"])
def test_extremes(name: str) -> None:
    """The hardest points, upstreams and gradients of large formats; what is written is checked by the stand-alone checker too."""
    F, random = parse_format(name), Random(name)
    N, normal = F.largest_ordinal, 1 << F.p
    places = sorted({0, 1, 2, normal - 1, normal, normal + 1, F.ordinal(F.one), N - 1, N, random.randint(1, N)})
    hard = [F.from_ordinal(n) for n in (1, 3, normal - 1, N - 1, N)]
    signed = [*(-n for n in places[1:]), *places] if F.width <= 32 else [-N, 1]
    points = [
        Point((F.from_ordinal(n),), random.choice([F.largest, negate(F.largest), F.smallest, ZERO]), random.choice(hard), (random.choice(hard),))
        for n in signed
    ]
    certificate, report = represent(Table(F, tuple(points)), depth=5)
    assert report.accepted
    verdict = checker.check_bytes(certificate.to_bytes())
    assert (verdict.verdict, verdict.points, verdict.activations, verdict.adjoints) == ("accepted", len(points), 0, 0)


def test_two_inputs() -> None:
    F, random = ieee_like(2, 3), Random(2)
    xs = everything(F)
    points = {(a, b): row(F, (a, b), random) for a, b in ((random.choice(xs), random.choice(xs)) for _ in range(25))}
    points |= {(a, b): row(F, (a, b), random) for a in (F.largest, ZERO) for b in (F.smallest, negate(F.largest))}
    verify(F, list(points.values()), upstreams=((F.largest,), (F.smallest,)))


def test_three_inputs() -> None:
    F, random = ieee_like(1, 3), Random(3)
    xs = everything(F)
    points = {x: row(F, x, random) for x in (tuple(random.choice(xs) for _ in range(3)) for _ in range(12))}
    verify(F, list(points.values()), 6, ((F.largest,), (F.one,)))


@pytest.mark.parametrize("name", ["E4M3FN-sat", "E3M2"])
def test_overflow_that_saturates(name: str) -> None:
    """A saturated pre-activation is as negative as is needed."""
    F, random = ATLAS[name], Random(name)
    verify(F, [row(F, (x,), random) for x in everything(F) if random.random() < 0.5], upstreams=((F.largest,), (F.smallest,)))


def test_what_is_refused() -> None:
    point = [Point((ATLAS["E4M3FN"].one,), ZERO, ATLAS["E4M3FN"].one, (ATLAS["E4M3FN"].one,))]
    with pytest.raises(ConstructionError, match="overflow is NaN here"):
        build_five(ATLAS["E4M3FN"], point)
    with pytest.raises(ConstructionError, match="depth 4: the construction needs at least 5 layers"):
        build_five(ieee_like(2, 3), [Point((ZERO,), ZERO, ZERO, (ZERO,))], 4)


# Wrong variants: what stands in one layer is changed, and the checker finds a point


F = ieee_like(2, 4)
TINY, BIG = F.from_ordinal(1), F.largest
POINTS = [
    Point((TINY,), BIG, F.smallest, (BIG,)),
    Point((negate(BIG),), F.smallest, F.smallest, (BIG,)),
    Point((BIG,), negate(BIG), BIG, (F.smallest,)),
    Point((F.one,), ZERO, F.smallest, (negate(BIG),)),
]


def rejected(layer: int, change: Callable[[Datum, bool], Datum]) -> str:
    """What is wrong once the weights and biases of a layer are changed; the second argument says which is a bias."""
    network = build_five(F, POINTS)
    old = network.layers[layer - 1]
    weights = tuple(tuple((j, change(w, False)) for j, w in each) for each in old.weights)
    biases = tuple(None if b is None else change(b, True) for b in old.bias)
    layers = list(network.layers)
    layers[layer - 1] = replace(old, weights=weights, bias=biases)
    report = check(Certificate(Network(F, tuple(layers)), claims(POINTS), elsewhere=Elsewhere((ZERO,), (ZERO,), None)), jobs=1)
    assert report.failure is not None
    return report.failure.what


def test_the_right_one_is_accepted() -> None:
    verify(F, POINTS)


def test_a_step_without_amplification() -> None:
    """2^p + 1/2 instead of 2^p + succ(1/2): the tie rounds to even, and e is 0 below z as well."""
    half, above = F.power_of_two(-1), (5, -3)
    assert rejected(2, lambda w, bias: half if w == above else w)


def test_a_gate_as_large_as_the_value_only() -> None:
    """Without S >= 2 |w4| q, C beyond the point opens A."""
    assert rejected(3, lambda w, bias: w if abs(w[0]) == 1 and w[1] == F.emin - F.p else (w[0], w[1] - 6) if w[1] is not None and w[1] > 1 else w)


def test_a_head_without_its_constant() -> None:
    """c = ReLU(-B r + w) is off at z."""
    constants = {place for place, each in enumerate(build_five(F, POINTS).layers[0].weights) if not each}
    network = build_five(F, POINTS)
    second = network.layers[1]
    rows = zip(second.weights, second.bias, strict=True)
    weights = tuple(tuple((j, w) for j, w in each if j not in constants or b != F.smallest) for each, b in rows)
    layers = (network.layers[0], replace(second, weights=weights), *network.layers[2:])
    assert evaluate(Network(F, layers), (F.one,), (F.smallest,)).gradient[0][0] == 0
    assert evaluate(network, (F.one,), (F.smallest,)).gradient == (negate(BIG),)


def test_a_constant_of_one_with_the_product_as_weight() -> None:
    """K = 1 with weight B mu instead of K_mu = mu with weight B: its adjoint overflows for large mu."""
    network = build_five(F, [Point((BIG,), ZERO, F.one, (BIG,))])
    first, second = network.layers[:2]
    place = next(j for j, each in enumerate(first.weights) if not each)
    mu = first.bias[place]
    assert mu is not None
    weights = tuple(tuple((j, multiply(F, w, mu) if j == place else w) for j, w in each) for each in second.weights)
    biases = tuple(F.one if j == place else b for j, b in enumerate(first.bias))
    wrong = Network(F, (replace(first, bias=biases), replace(second, weights=weights), *network.layers[2:]))
    assert evaluate(network, (BIG,), (F.one,)).first_non_finite is None
    found = evaluate(wrong, (BIG,), (F.one,)).first_non_finite
    assert found is not None
