"""The constructions of Theorems 3.1 and 3.2, and that of five layers, as an oracle for yes: in shapes that are deep and wide enough for them.

What the construction gives is embedded in the spec's shape, and evaluated at every point before it counts.
"""

from collections.abc import Iterator
from contextlib import suppress

from fpproof.constructions import FIVE_DEPTH, LEAST_DEPTH, ODD_DEPTH, Point, build, build_five, build_odd
from fpproof.errors import FpproofError
from fpproof.formats import ZERO, Datum
from fpproof.formats.arithmetic import absolute
from fpproof.networks import RELU, Layer, Network
from fpproof.search.finding import Weights, first_violated, fits, network_of
from fpproof.search.spec import Kind, Place, Spec, Wanted

MOST_ROWS = 256


def constructed(spec: Spec) -> tuple[Weights, str] | None:
    """Weights and the construction that they come from; None where the shape is too small for it, or it does not do what is wanted."""
    if spec.depth < FIVE_DEPTH or spec.layers[-1].width != 1 or any(layer.activation != RELU for layer in spec.layers[:-1]):
        return None
    if spec.layers[-1].activation is not None or spec.at_most is not None:
        return None
    for name, network in _candidates(spec):
        weights = embedded(spec, network)
        if weights is not None and fits(spec, weights) and first_violated(spec, network_of(spec, weights), spec.points) is None:
            return weights, name
    return None


def _candidates(spec: Spec) -> Iterator[tuple[str, Network]]:
    """Networks that may do, for the rows that are not 0 anyway."""
    rows = _rows(spec)
    if not 1 <= len(rows) <= MOST_ROWS:
        return
    singles = tuple({row.x: row for row in rows}.values())
    if spec.depth >= LEAST_DEPTH:
        with suppress(FpproofError):
            yield "seven layers", build(spec.format, singles, spec.depth)
    with suppress(FpproofError):
        yield "five layers", build_five(spec.format, singles, spec.depth)
    if spec.depth >= ODD_DEPTH and spec.inputs == 1:
        distinct = tuple({(row.x, absolute(row.upstream)): row for row in rows}.values())
        with suppress(FpproofError):
            yield "odd responses", build_odd(spec.format, distinct)


def _rows(spec: Spec) -> list[Point]:
    """What is asked for, with a number for each wish; rows that are 0 throughout are left out, since the construction is 0 there."""
    found = []
    for point in spec.points:
        value = _chosen(spec, point.value[0])
        gradient = tuple(_chosen(spec, w) for w in point.gradient or (Wanted(),) * spec.inputs)
        if value[0] or any(m for m, _ in gradient):
            x = tuple(ZERO if v[0] == 0 else v for v in point.x)
            found.append(Point(x, value, point.upstream[0], gradient))
    return found


def _chosen(spec: Spec, wanted: Wanted) -> Datum:
    """A number that is as wanted: 0 where it may be."""
    if wanted.holds(ZERO):
        return ZERO
    return spec.format.from_ordinal(1) if wanted.kind is Kind.NOT else wanted.low


def embedded(spec: Spec, network: Network) -> Weights | None:
    """The network's weights in the spec's larger shape: silent neurons beside its own, unit layers below its last; None if it is not larger."""
    missing = spec.depth - len(network.layers)
    if missing < 0:
        return None
    layers = [*network.layers[:-1], *[_unit(spec, network.layers[-1].inputs)] * missing, network.layers[-1]]
    found: dict[Place, Datum] = dict.fromkeys(spec.places(), ZERO)
    for number, (layer, shape) in enumerate(zip(layers, spec.layers, strict=True)):
        if layer.neurons > shape.width or layer.activation != shape.activation:
            return None
        for i, row in enumerate(layer.weights):
            found |= {Place(number, i, j): w for j, w in row}
            bias = layer.bias[i]
            if bias is not None and bias[0]:
                if not shape.bias:
                    return None
                found[Place(number, i)] = bias
    return found


def _unit(spec: Spec, width: int) -> Layer:
    rows = tuple(((i, spec.format.one),) for i in range(width))
    return Layer(width, rows, (None,) * width)
