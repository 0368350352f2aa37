"""From where to where values and gradients can be, whatever the weights: intervals through the network, forward and backward.

Rounding is monotone, so a product of two intervals goes from the least to the greatest product of their ends, and a sum from end to end (lemmas
`products_are_monotone` and `sums_are_monotone` of theories/search). An end may be infinite. What comes to NaN is left out, since a NaN reaches every
value, or every component of the gradient, and these must be finite; where overflow itself gives NaN, what has not overflown ends at Omega.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpproof.activations import tables
from fpproof.activations.enclosure import InFormat
from fpproof.activations.function import RealFunction
from fpproof.activations.registry import activation
from fpproof.formats import INFINITY, NEGATIVE_INFINITY, ZERO, Datum, Format, rational
from fpproof.formats.arithmetic import add, compare, is_finite, is_nan, multiply, negate
from fpproof.formats.text import hexadecimal
from fpproof.networks import RELU
from fpproof.search.spec import Kind, Objective, Place, Point, Spec, Wanted

LARGEST_TABLE = 16
"""Bits of a format up to which an activation that turns is looked at everywhere."""


@dataclass(frozen=True, slots=True)
class Range:
    """All numbers from `low` to `high`; neither is NaN."""

    low: Datum
    high: Datum

    @property
    def symmetric(self) -> bool:
        return self.high == negate(self.low)

    def with_zero(self) -> "Range":
        return Range(_least((self.low, ZERO)), _greatest((self.high, ZERO)))


ANYTHING = Range(NEGATIVE_INFINITY, INFINITY)
NOTHING = Range(ZERO, ZERO)


def out_of_range(spec: Spec) -> Iterator[str]:
    """A value, or a component of a gradient, that no weights that are allowed can bring about."""
    weights = {place: _of_weight(spec, place) for place in spec.places()}
    for point in spec.points:
        passes = _Pass(spec, weights, point)
        yield from _beyond(point, "value", passes.value, point.value)
        if point.gradient is not None:
            yield from _beyond(point, "gradient", passes.gradient(), point.gradient)


def _beyond(point: Point, what: str, ranges: Sequence[Range], wanted: Sequence[Wanted]) -> Iterator[str]:
    for found, wish in zip(ranges, wanted, strict=True):
        if _excluded(found, wish):
            at = f"with these layers and weights the {what} at x = {hexadecimal(point.x[0])} is"
            if found.symmetric:
                yield f"{at} at most {hexadecimal(found.high)} in magnitude"
            elif found.low == NEGATIVE_INFINITY:
                yield f"{at} at most {hexadecimal(found.high)}"
            else:
                yield f"{at} at least {hexadecimal(found.low)}" + ("" if found.high == INFINITY else f" and at most {hexadecimal(found.high)}")


def _excluded(found: Range, wanted: Wanted) -> bool:
    """Whether no number in the range is what is wanted."""
    match wanted.kind:
        case Kind.FREE:
            return False
        case Kind.NOT:
            return compare(found.low, wanted.low) == 0 == compare(found.high, wanted.low)
        case _:
            high = wanted.low if wanted.kind is Kind.IS else wanted.high
            return compare(high, found.low) == -1 or compare(wanted.low, found.high) == 1


def _of_weight(spec: Spec, place: Place) -> Range:
    choice = spec.choice(spec.choice(place).same_as or place)
    if choice.among is not None:
        among = sorted((w for w in choice.among if choice.allows(w)), key=rational) or [ZERO]
        return Range(among[0], among[-1])
    F, capped = spec.format, spec.objective is Objective.MAGNITUDE and spec.at_most is not None
    largest = F.from_ordinal(spec.at_most) if capped and spec.at_most is not None else F.largest
    largest = largest if choice.bound is None else min(largest, choice.bound, key=rational)
    return Range(negate(largest), largest)


def _least(numbers: Sequence[Datum]) -> Datum:
    return reduce(lambda a, b: b if compare(b, a) == -1 else a, numbers)


def _greatest(numbers: Sequence[Datum]) -> Datum:
    return reduce(lambda a, b: b if compare(b, a) == 1 else a, numbers)


def _product(F: Format, x: Range, y: Range) -> Range:
    if y.symmetric:
        x, y = y, x
    if x.symmetric:  # the most frequent case: any weight
        high = _corner(F, x.high, _greatest((y.high, negate(y.low))))
        return NOTHING if high is None else Range(negate(high), high)
    corners = [corner for a in (x.low, x.high) for b in (y.low, y.high) if (corner := _corner(F, a, b)) is not None]
    return Range(_least(corners), _greatest(corners)) if corners else ANYTHING


def _corner(F: Format, x: Datum, y: Datum) -> Datum | None:
    """A product of ends; None for 0 times infinity. What would be NaN by overflow counts as Omega; infinity is an end in any format."""
    if is_finite(x) and is_finite(y):
        return _signed(F.largest, x[0] * y[0]) if is_nan(found := multiply(F, x, y)) else found
    return None if x[0] == 0 or y[0] == 0 else _signed(INFINITY, x[0] * y[0])


def _signed(x: Datum, sign: int) -> Datum:
    return x if sign > 0 else negate(x)


def _sum(F: Format, x: Range, y: Range) -> Range:
    return Range(_end(F, x.low, y.low, NEGATIVE_INFINITY), _end(F, x.high, y.high, INFINITY))


def _end(F: Format, x: Datum, y: Datum, otherwise: Datum) -> Datum:
    """A sum of ends, likewise; `otherwise` is the sum of infinities of both signs."""
    if is_finite(x) and is_finite(y):
        return _signed(F.largest, x[0]) if is_nan(found := add(F, x, y)) else found
    infinite = {end for end in (x, y) if not is_finite(end)}
    return infinite.pop() if len(infinite) == 1 else otherwise


class _Pass:
    """One pass at a point: `value`, and what the gradient needs."""

    def __init__(self, spec: Spec, weights: Mapping[Place, Range], point: Point) -> None:
        self.spec, self.F, self.weights, self.point = spec, spec.format, weights, point
        self.pre_activations: list[list[Range]] = []
        a = [Range(x, x) for x in point.x]
        for number, layer in enumerate(spec.layers):
            z = [self._neuron(Place(number, i), a, layer.bias) for i in range(layer.width)]
            self.pre_activations.append(z)
            a = [_image(self.F, layer.activation, one) for one in z]
        self.value = a

    def _neuron(self, neuron: Place, inputs: Sequence[Range], bias: bool) -> Range:
        terms = [_product(self.F, self.weights[Place(neuron.layer, neuron.neuron, j)], x) for j, x in enumerate(inputs)]
        return reduce(lambda s, t: _sum(self.F, s, t), [*terms, self.weights[neuron]] if bias else terms)

    def gradient(self) -> list[Range]:
        delta = [Range(h, h) for h in self.point.upstream]
        for number in range(self.spec.depth - 1, -1, -1):
            layer = self.spec.layers[number]
            delta = [self._masked(layer.activation, d, z) for d, z in zip(delta, self.pre_activations[number], strict=True)]
            inputs = self.spec.inputs if number == 0 else self.spec.layers[number - 1].width
            delta = [self._transposed(number, j, delta) for j in range(inputs)]
        return delta

    def _masked(self, sigma: str | None, delta: Range, z: Range) -> Range:
        if sigma is None or (sigma == RELU and compare(z.low, ZERO) == 1):
            return delta
        if sigma == RELU:
            return delta.with_zero() if compare(z.high, ZERO) == 1 else NOTHING
        return _product(self.F, delta, _between(self.F, sigma, True, z))

    def _transposed(self, layer: int, input: int, delta: Sequence[Range]) -> Range:
        terms = [_product(self.F, d, self.weights[Place(layer, i, input)]) for i, d in enumerate(delta)]
        return reduce(lambda s, t: _sum(self.F, s, t), terms)


def _image(F: Format, sigma: str | None, z: Range) -> Range:
    """Where activations are."""
    if sigma is None:
        return z
    if sigma == RELU:
        return Range(_greatest((z.low, ZERO)), _greatest((z.high, ZERO)))
    return _between(F, sigma, False, z)


@lru_cache(4096)
def _between(F: Format, sigma: str, derivative: bool, z: Range) -> Range:
    """The values of an activation, or of its derivative, on a range: those at its ends if there is no turn between, else all, in small formats."""
    exact = InFormat(F, activation(sigma))
    f, real = (exact.derivative, exact.activation.derivative) if derivative else (exact.value, exact.activation.value)
    if _turns(real, z):
        return _everywhere(F, sigma, derivative, z) if F.width <= LARGEST_TABLE else ANYTHING
    found = [f(z.low), f(z.high)]
    return ANYTHING if any(map(is_nan, found)) else Range(_least(found), _greatest(found))


def _turns(f: RealFunction, z: Range) -> bool:
    """Whether a function may turn on a range."""
    ends = [None if not is_finite(x) else rational(x) for x in (z.low, z.high)]
    return f.turns is None or any((ends[0] is None or high >= ends[0]) and (ends[1] is None or low <= ends[1]) for low, high in f.turns)


def _everywhere(F: Format, sigma: str, derivative: bool, z: Range) -> Range:
    """By the table of the activation."""
    column = tables.table(F, activation(sigma))[derivative]
    at, found = (_ordinals(F, codes) for codes in (np.arange(1 << F.width), column))
    low = F.ordinal(z.low) if is_finite(z.low) else -F.largest_ordinal
    high = F.ordinal(z.high) if is_finite(z.high) else F.largest_ordinal
    among = found[(at >= low) & (at <= high)]
    if not len(among) or abs(among).max() > F.largest_ordinal:
        return ANYTHING
    return Range(F.from_ordinal(int(among.min())), F.from_ordinal(int(among.max())))


def _ordinals(F: Format, codes: NDArray[Any]) -> NDArray[np.int64]:
    """Of codes; beyond those of finite floats for the others."""
    half = 1 << (F.width - 1)
    magnitude = codes.astype(np.int64) & (half - 1)
    return np.where(codes & half, -magnitude, magnitude)
