"""One thing is changed and the digest made anew: rejected exactly when a listed value, gradient or finiteness changes.

The exact evaluator decides; `check` (array kernel) and the stand-alone checker must both agree with it.
"""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from fpproof import checker
from fpproof.certificates import Certificate, ClaimedPoint, Elsewhere, check
from fpproof.constructions import Table, build, represent
from fpproof.errors import ConstructionError
from fpproof.formats import ATLAS, Datum, Format, ieee_like
from fpproof.formats.arithmetic import equal, negate
from fpproof.formats.text import code_text
from fpproof.networks import Layer, Network, evaluate
from tests.constructions.test_seven_layers import row
from tests.network_strategies import semantics, vectors


def base(F: Format, rows: int, seed: int, depth: int = 7) -> Certificate:
    random, N = Random(seed), F.largest_ordinal
    ordinals = random.sample(range(-N, N + 1), rows)
    certificate, _ = represent(Table(F, tuple(row(F, (F.from_ordinal(n),), random) for n in ordinals)), depth)
    return certificate


BASES = [base(ieee_like(2, 3), 5, 1), base(ieee_like(3, 4), 4, 2, 8), base(ATLAS["E4M3FN"], 4, 3), base(ATLAS["bfloat16"], 3, 4)]


def so(certificate: Certificate) -> bool:
    """Whether every claim is so, by the exact evaluator."""
    for point in certificate.points:
        found = evaluate(certificate.network, point.x, point.upstream, certificate.semantics)
        if not all(map(equal, (*found.value, *found.gradient), (*point.value, *point.gradient))):
            return False
        if found.counters.activations or found.counters.adjoints:
            return False
    return True


def judged(certificate: Certificate) -> bool:
    """The verdict, once all three agree."""
    expected = so(certificate)
    report, verdict = check(certificate, jobs=1), checker.check_bytes(certificate.to_bytes())
    assert report.accepted == expected
    assert verdict.verdict == ("accepted" if expected else "rejected")
    if report.failure is not None:
        assert verdict.place == f"claims.points[{(report.failure.listed or 0) - 1}]"
        what = (verdict.failing or {})["what"]
        assert what.startswith("non-finite" if report.failure.what == "finite" else report.failure.what)
    return expected


def another(source: st.DataObject, F: Format, x: Datum) -> Datum:
    """A neighbour, the negative, or an edge."""
    N, n = F.largest_ordinal, F.ordinal(x)
    return source.draw(
        st.sampled_from([F.from_ordinal(max(-N, min(N, k))) for k in (n + 1, n - 1, 0, 1, N)] + [negate(x)]).filter(lambda y: not equal(x, y))
    )


def with_layer(certificate: Certificate, index: int, layer: Layer) -> Certificate:
    layers = list(certificate.network.layers)
    layers[index] = layer
    return replace(certificate, network=Network(certificate.network.format, tuple(layers)))


def permuted(layer: Layer, order: list[int]) -> Layer:
    return replace(layer, weights=tuple(layer.weights[i] for i in order), bias=tuple(layer.bias[i] for i in order))


def renamed(layer: Layer, order: list[int]) -> Layer:
    """The layer above, reading the neurons in their new places."""
    place = {old: new for new, old in enumerate(order)}
    return replace(layer, weights=tuple(tuple(sorted((place[j], w) for j, w in row)) for row in layer.weights))


MUTATIONS = ["weight", "bias", "value", "gradient", "upstream", "order", "order below only", "semantics"]


def mutated(source: st.DataObject, certificate: Certificate, kind: str) -> Certificate:
    F, layers = certificate.network.format, certificate.network.layers
    if kind in ("value", "gradient", "upstream"):
        number = source.draw(st.integers(0, len(certificate.points) - 1))
        point = certificate.points[number]
        (x,) = getattr(point, kind)
        changed = replace(point, **{kind: (another(source, F, x),)})
        return replace(certificate, points=(*certificate.points[:number], changed, *certificate.points[number + 1 :]))
    if kind == "semantics":
        return replace(certificate, semantics=replace(certificate.semantics, flush=True))
    index = source.draw(st.integers(0, len(layers) - 2))
    layer = layers[index]
    if kind.startswith("order"):
        i, j = (source.draw(st.integers(0, layer.neurons - 1)) for _ in range(2))
        order = list(range(layer.neurons))
        order[i], order[j] = order[j], order[i]
        certificate = with_layer(certificate, index, permuted(layer, order))
        return with_layer(certificate, index + 1, renamed(layers[index + 1], order)) if kind == "order" else certificate
    if kind == "bias":
        i = source.draw(st.sampled_from([i for i, b in enumerate(layer.bias) if b is not None] or [0]))
        old = layer.bias[i]
        bias = another(source, F, old) if old is not None else F.smallest
        return with_layer(certificate, index, replace(layer, bias=(*layer.bias[:i], bias, *layer.bias[i + 1 :])))
    i = source.draw(st.sampled_from([i for i, row in enumerate(layer.weights) if row]))
    k = source.draw(st.integers(0, len(layer.weights[i]) - 1))
    weights = list(layer.weights[i])
    weights[k] = (weights[k][0], another(source, F, weights[k][1]))
    return with_layer(certificate, index, replace(layer, weights=(*layer.weights[:i], tuple(weights), *layer.weights[i + 1 :])))


@pytest.mark.parametrize("kind", MUTATIONS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_rejected_exactly_when_something_claimed_changes(kind: str, source: st.DataObject) -> None:
    certificate = source.draw(st.sampled_from(BASES))
    accepted = judged(mutated(source, certificate, kind))
    if kind in ("value", "gradient"):
        assert not accepted


@pytest.mark.parametrize("certificate", BASES, ids=lambda certificate: certificate.network.format.name)
def test_the_unchanged_ones_are_accepted(certificate: Certificate) -> None:
    assert judged(certificate)


def test_mutations_are_accepted_and_rejected() -> None:
    """Both verdicts occur for changed networks: the property above is no empty one."""
    certificate = BASES[0]
    verdicts = set()
    for index in range(len(certificate.network.layers) - 1):
        neurons = certificate.network.layers[index].neurons
        for order in ([1, 0, *range(2, neurons)], list(reversed(range(neurons)))):
            changed = with_layer(certificate, index, permuted(certificate.network.layers[index], order))
            verdicts.add(judged(with_layer(changed, index + 1, renamed(certificate.network.layers[index + 1], order))))
    assert verdicts == {True, False}


def test_claims_of_finiteness() -> None:
    """A pre-activation of -infinity is harmless to value and gradient: rejected only where its finiteness is claimed."""
    F = ieee_like(2, 3)
    network = Network(F, (Layer(1, (((0, F.largest),),), (None,)),))
    claim = ClaimedPoint((negate(F.largest),), (F.one,), ((0, 0),), ((0, 0),))
    for finite, accepted in ((("activations", "adjoints"), True), (("activations", "adjoints", "pre-activations"), False)):
        certificate = Certificate(network, (claim,), finite=finite)
        report = check(certificate, jobs=1)
        assert report.accepted == accepted == (checker.check_bytes(certificate.to_bytes()).verdict == "accepted")
        assert report.counters.pre_activations == 1
        if report.failure is not None:
            assert (report.failure.what, report.failure.expected, report.failure.found) == ("finite", "finite pre-activations", "1 that are not")


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_claims_about_elsewhere(source: st.DataObject) -> None:
    """Any meaning of sums, any kinds of finiteness: the same verdict, and the same counters or the same first failing claim."""
    F = source.draw(st.sampled_from([ATLAS["E2M1"], ieee_like(1, 2), ieee_like(1, 3)]))
    random = Random(source.draw(st.integers(0, 10**6)))
    points = [row(F, (F.from_ordinal(n),), random) for n in random.sample(range(-5, 6), 3)]
    try:
        network = build(F, points)
    except ConstructionError:  # E2M1 has a pair without transport
        reject()
    upstreams = source.draw(st.one_of(st.none(), st.lists(vectors(F, 1), min_size=1, max_size=2).map(tuple)))
    elsewhere = Elsewhere(((0, 0),), ((0, 0),), upstreams)
    finite = source.draw(st.sampled_from([(), ("activations", "adjoints"), ("activations", "adjoints", "pre-activations")]))
    certificate = Certificate(network, (), source.draw(semantics()), elsewhere, finite)
    if source.draw(st.booleans()):
        certificate = replace(certificate, points=tuple(ClaimedPoint(p.x, (p.upstream,), (p.value,), p.gradient) for p in points))
    report, verdict = check(certificate, jobs=1), checker.check_bytes(certificate.to_bytes())
    assert verdict.verdict == ("accepted" if report.accepted else "rejected")
    if report.failure is None:
        assert (report.listed, report.elsewhere, report.densely) == (verdict.points, verdict.elsewhere, verdict.dense)
        counters = report.counters
        assert (counters.pre_activations, counters.activations, counters.adjoints) == (verdict.preactivations, verdict.activations, verdict.adjoints)
    else:
        assert (report.failure.listed is None) == (verdict.place == "claims.elsewhere")
        what = (verdict.failing or {})["what"]
        assert what.startswith("non-finite" if report.failure.what == "finite" else report.failure.what)
        ((x,), (shown,)) = report.failure.x, (verdict.failing or {})["x"]
        assert x[0] == 0 or f"({code_text(F, x)})" in shown
