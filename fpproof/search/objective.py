"""The smallest network by an objective: each one that is found is asked to be beaten, until none is.

Counts are first tried by guess: one weight more is 0, or two values are one, in a spec that a local search understands.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import reduce
from itertools import combinations

from fpproof.formats import ZERO, Datum, rational
from fpproof.search.answer import Answer, Outcome
from fpproof.search.finding import Weights
from fpproof.search.spec import Choice, Objective, Place, Spec


def improved(spec: Spec, first: Answer, answer: Callable[[Spec], Answer], guess: Callable[[Spec], Answer | None]) -> Answer:
    """The best answer, `optimal` if it is known that nothing is better; `guess` finds a network for a stricter spec, or not.

    Counts go down one by one; magnitudes, of which there are many, by bisection.
    """
    best, low = first, 0
    measure = spec.measure(weights_of(spec, first))
    optimal = True
    while low < measure:
        guessed = next(filter(None, map(guess, stricter(spec, weights_of(spec, best)))), None)
        if guessed is not None:
            best, measure = guessed, spec.measure(weights_of(spec, guessed))
            continue
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


def stricter(spec: Spec, weights: Weights) -> Iterator[Spec]:
    """Specs whose networks count less than these weights, each without an objective; none for magnitudes."""
    match spec.objective:
        case Objective.NONZERO:
            zeros = [place for place, w in weights.items() if not w[0]]
            for place in sorted((p for p, w in weights.items() if w[0]), key=lambda p: abs(rational(weights[p]))):
                yield _zero(spec, [*zeros, place])
        case Objective.DISTINCT:
            by_value: dict[Datum, list[Place]] = {}
            for place, w in weights.items():
                by_value.setdefault(w if w[0] else ZERO, []).append(place)
            for first, second in combinations(by_value, 2):
                others = [places for w, places in by_value.items() if w not in (first, second)]
                yield _tied(spec, [by_value[first] + by_value[second], *others])


def _zero(spec: Spec, places: Sequence[Place]) -> Spec:
    """These weights are 0, and so are those that they share."""
    asked = dict(spec.choices)
    for place in places:
        root = spec.choice(place).same_as or place
        asked[root] = asked.get(root, Choice()).both(Choice(among=(ZERO,)))
    return _with(spec, asked)


def _tied(spec: Spec, groups: Sequence[Sequence[Place]]) -> Spec:
    """The weights of a group are the same, and what is asked of each is asked of the first."""
    asked: dict[Place, Choice] = {}
    for first, *others in groups:
        asked[first] = reduce(Choice.both, (spec.choice(place) for place in others), replace(spec.choice(first), same_as=None))
        asked |= dict.fromkeys(others, Choice(same_as=first))
    return _with(spec, asked)


def _with(spec: Spec, asked: dict[Place, Choice]) -> Spec:
    choices = sorted(((place, choice) for place, choice in asked.items() if not choice.free), key=lambda entry: entry[0].sort_key)
    return replace(spec, choices=tuple(choices), objective=None)


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
