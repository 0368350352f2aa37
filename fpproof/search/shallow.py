"""Shallow networks as an oracle for yes in deep shapes, where a random network is mostly dead.

A network of two or three layers is looked for, as narrow as the narrowest hidden layer, and embedded in the spec's shape: its last hidden layer is
copied by unit layers, which change nothing behind a ReLU (`a_unit_layer_changes_nothing` of theories/search). It is evaluated at every point before
it counts.
"""

from dataclasses import replace

from fpproof.networks import RELU
from fpproof.search.constructed import embedded
from fpproof.search.finding import Weights, first_violated, network_of
from fpproof.search.limits import Effort
from fpproof.search.local import local_search
from fpproof.search.spec import Spec

DEPTHS = (2, 3)


def embedded_from_shallow(spec: Spec, effort: Effort, jobs: int = 1) -> tuple[Weights, int] | None:
    """Weights, and the depth that they come from; None where weights are constrained or hidden layers have no ReLU, and where none was found."""
    if spec.choices or spec.at_most is not None or any(layer.activation != RELU for layer in spec.layers[:-1]):
        return None
    narrowest = min((layer.width for layer in spec.layers[:-1]), default=0)
    for depth in DEPTHS:
        if depth >= spec.depth:
            break
        hidden = tuple(replace(layer, width=narrowest) for layer in spec.layers[: depth - 1])
        shallow = replace(spec, layers=(*hidden, spec.layers[-1]))
        weights = local_search(shallow, spec.points, effort, jobs)
        grown = None if weights is None else embedded(spec, network_of(shallow, weights))
        if grown is not None and first_violated(spec, network_of(spec, grown), spec.points) is None:
            return grown, depth
    return None
