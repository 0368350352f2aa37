"""From weights to a certificate: every network that a method finds comes through here, is evaluated exactly, and only then counts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fpproof.activations.enclosure import InFormat
from fpproof.activations.registry import activation
from fpproof.certificates import Certificate, ClaimedPoint, check, provenance
from fpproof.encodings import FloatTerm, datum
from fpproof.errors import FpproofError
from fpproof.formats import ZERO, Datum
from fpproof.formats.arithmetic import is_finite, is_nan
from fpproof.networks import RELU, Evaluation, Layer, Network, TableActivation, dense, evaluate
from fpproof.search.spec import Place, Point, Spec, violated

Weights = Mapping[Place, Datum]


def network_of(spec: Spec, weights: Weights) -> Network:
    """The network with these weights."""
    layers: list[Layer] = []
    inputs = spec.inputs
    for number, shape in enumerate(spec.layers):
        rows = [[weights[Place(number, i, j)] for j in range(inputs)] for i in range(shape.width)]
        bias = [weights[Place(number, i)] if shape.bias else None for i in range(shape.width)]
        layers.append(dense(rows, bias, shape.activation))
        inputs = shape.width
    names = {shape.activation for shape in spec.layers} - {None, RELU}
    return Network(spec.format, tuple(layers), {str(name): InFormat(spec.format, activation(str(name))) for name in names})


def decoded(spec: Spec, terms: Mapping[Place, FloatTerm], model: Mapping[str, int]) -> dict[Place, Datum]:
    """The weights of a model; -0 is read as 0."""
    found = {place: datum(terms[place], model) for place in spec.places()}
    return {place: ZERO if w[0] == 0 else w for place, w in found.items()}


def first_violated(spec: Spec, network: Network, points: Sequence[Point]) -> tuple[Point, str] | None:
    """The first point at which the network does not do what is wanted, evaluated exactly."""
    for point in points:
        evaluation = evaluate(network, point.x, point.upstream)
        reason = violated(point, evaluation.value, evaluation.gradient)
        if reason:
            return point, reason
    return None


def fits(spec: Spec, weights: Weights) -> bool:
    """Whether every weight is what is asked of it."""
    return all(c.allows(weights[p]) and (c.same_as is None or weights[p] == weights[c.same_as]) for p, c in spec.choices)


def certificate_of(spec: Spec, weights: Weights, /, **how: object) -> Certificate:
    """The certificate of a network that does what is wanted at all points; checked before it is returned.

    Where nothing is asked of a gradient and it is not finite, the upstream 0 stands in the certificate: it can claim finite numbers only.
    """
    network = network_of(spec, weights)
    evaluations: list[Evaluation] = []
    points: list[ClaimedPoint] = []
    for point in spec.points:
        evaluation = evaluate(network, point.x, point.upstream)
        upstream = point.upstream
        if point.gradient is None and not all(map(is_finite, evaluation.gradient)):
            upstream = (ZERO,) * len(upstream)
            evaluation = evaluate(network, point.x, upstream)
        evaluations.append(evaluation)
        points.append(ClaimedPoint(point.x, upstream, evaluation.value, evaluation.gradient))
    finite = [kind for kind, all_finite in _finite(evaluations).items() if all_finite]
    tables = {name: _table(network, name, evaluations) for name in network.activations}
    network = replace(network, activations=tables)
    certificate = Certificate(network, tuple(dict.fromkeys(points)), finite=tuple(finite), provenance=provenance(**how))
    report = check(certificate)
    if not report.accepted:
        raise FpproofError(f"the certificate of a network that was found is rejected: a bug in fpproof ({report.failure})")
    return certificate


def _finite(evaluations: Sequence[Evaluation]) -> dict[str, bool]:
    counters = [e.counters for e in evaluations]
    return {
        "activations": not any(c.activations for c in counters),
        "adjoints": not any(c.adjoints for c in counters),
        "pre-activations": not any(c.pre_activations for c in counters),
    }


def _table(network: Network, name: str, evaluations: Sequence[Evaluation]) -> TableActivation:
    """The entries of an activation that are met."""
    sigma = network.activations[name]
    entries: dict[Datum, tuple[Datum, Datum]] = {}
    for number, layer in enumerate(network.layers):
        if layer.activation == name:
            for evaluation in evaluations:
                for z in evaluation.pre_activations[number]:
                    if not is_nan(z):
                        key = ZERO if z[0] == 0 and z[1] is not None else z
                        entries[key] = (sigma.value(key), sigma.derivative(key))
    return TableActivation(name, entries)
