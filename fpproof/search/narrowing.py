"""A spec with fewer choices, which solvers answer sooner: what is found for it is an answer, that nothing is found says nothing.

Over the reals a ReLU neuron with weights (w, b) before and v behind it does the same as with (c w, c b) and v / c, for any c > 0. So the weight that
multiplies x may be 1, -1 or 0, and its products are constants. Where gradients are far from 1, a power of two is as good, and nearer to both
factors of the gradient. In floats something is lost (docs/search.md), as when factors must round; so this comes first and is not the end.
"""

from dataclasses import replace

from fpproof.formats import ZERO, Datum, rational
from fpproof.formats.arithmetic import negate
from fpproof.networks import RELU
from fpproof.search.spec import Choice, Kind, Place, Spec


def narrowed(spec: Spec) -> Spec | None:
    """The spec whose free weights of the first input are 0, 1, a power of two, or their opposites; None where there are none, or no ReLU is first."""
    places = [place for i in range(spec.layers[0].width) if spec.choice(place := Place(0, i, 0)).free]
    if spec.depth < 2 or spec.layers[0].activation != RELU or not places:
        return None
    few = _few(spec)
    return replace(spec, choices=(*spec.choices, *((place, few) for place in places)))


def simplest(spec: Spec) -> Spec | None:
    """The spec whose free weights, biases aside, are 0, 1, a power of two, or their opposites: for what is wanted at very many points."""
    places = [place for place in spec.places() if place.input is not None and spec.choice(place).free]
    if not places:
        return None
    few = _few(spec)
    return replace(spec, choices=(*spec.choices, *((place, few) for place in places)))


def _few(spec: Spec) -> Choice:
    return Choice(among=(ZERO, *(w for size in _sizes(spec) for w in (size, negate(size)))))


def _sizes(spec: Spec) -> list[Datum]:
    """1, and about the square root of the largest gradient that is asked for."""
    F = spec.format
    asked = [abs(rational(w.low)) for p in spec.points for w in p.gradient or () if w.kind is Kind.IS]
    largest = max(asked, default=rational(F.one))
    half = (largest.numerator.bit_length() - largest.denominator.bit_length()) // 2 if largest else 0
    return list(dict.fromkeys([F.one, F.power_of_two(max(F.emin, min(F.emax, half)))]))
