"""The smallest network by an objective: each one that is found is asked to be beaten, until none is."""

from collections.abc import Callable
from dataclasses import replace

from fpproof.search.answer import Answer, Outcome
from fpproof.search.finding import Weights
from fpproof.search.spec import Objective, Place, Spec


def improved(spec: Spec, first: Answer, answer: Callable[[Spec], Answer]) -> Answer:
    """The best answer, `optimal` if it is known that nothing is better.

    Counts go down one by one; magnitudes, of which there are many, by bisection.
    """
    best, low = first, 0
    measure = spec.measure(weights_of(spec, first))
    optimal = True
    while low < measure:
        step = (low + measure) // 2 if spec.objective is Objective.MAGNITUDE else measure - 1
        found = answer(replace(spec, at_most=step))
        if found.outcome is Outcome.FOUND:
            best, measure = found, spec.measure(weights_of(spec, found))
        elif found.outcome is Outcome.IMPOSSIBLE and spec.objective is Objective.MAGNITUDE:
            low = step + 1
        else:
            optimal = found.outcome is Outcome.IMPOSSIBLE
            break
    return replace(best, optimal=optimal, objective=measure)


def weights_of(spec: Spec, answer: Answer) -> Weights:
    """The weights of the network that was found."""
    assert answer.certificate is not None
    layers = answer.certificate.network.layers
    found = {}
    for place in spec.places():
        layer = layers[place.layer]
        w = layer.bias[place.neuron] if place.input is None else dict(layer.weights[place.neuron])[place.input]
        assert w is not None
        found[Place(place.layer, place.neuron, place.input)] = w
    return found
