"""More reasons why no network does what a spec wants: which grid numbers stay on, and what products reach.

They count where weights are constrained, or the network is a chain of single neurons. Their steps are lemmas of theories/search/bounds.py.
"""

from collections.abc import Callable, Iterator, Sequence

from fpproof.formats import ZERO, Datum, Format, rational
from fpproof.formats.arithmetic import absolute, divide, is_finite, multiply, negate
from fpproof.formats.text import hexadecimal
from fpproof.networks import RELU
from fpproof.search.spec import Choice, Kind, Place, Point, Spec, Wanted

MOST_PRODUCTS = 8
"""Bits of a format up to which all products are formed."""
MOST_STEPS = 1 << 19
"""Products that are formed with one weight of a chain."""


def largest_magnitude(spec: Spec, place: Place) -> Datum:
    """The largest magnitude that a weight may have."""
    choice = spec.choice(spec.choice(place).same_as or place)
    among = [absolute(w) for w in choice.among or () if choice.allows(w)]
    candidates = among if choice.among is not None else [spec.format.from_ordinal(spec.format.largest_ordinal)]
    largest = max(candidates, key=rational, default=ZERO)
    return min(largest, choice.bound, key=rational) if choice.bound is not None else largest


def off_the_grid(spec: Spec) -> Iterator[str]:
    """Multiples of 2^a times multiples of 2^b are multiples of 2^(a + b); so are sums, and what they round to (from omega on)."""
    if any(layer.activation not in (None, RELU) for layer in spec.layers) or all(choice.among is None for _, choice in spec.choices):
        return
    F = spec.format
    grids = {place: _grid(F, spec.choice(spec.choice(place).same_as or place)) for place in spec.places()}
    for point in spec.points:
        exponents = [two_power(v) for v in point.x]
        for number, layer in enumerate(spec.layers):
            exponents = [
                _rounded(
                    F, min([*(grids[Place(number, i, j)] + e for j, e in enumerate(exponents)), *([grids[Place(number, i)]] if layer.bias else [])])
                )
                for i in range(layer.width)
            ]
        yield from _beside(point, "value", exponents, point.value)
        exponents = [two_power(h) for h in point.upstream]
        for number in range(spec.depth - 1, -1, -1):
            inputs = spec.inputs if number == 0 else spec.layers[number - 1].width
            exponents = [_rounded(F, min(grids[Place(number, i, j)] + e for i, e in enumerate(exponents))) for j in range(inputs)]
        if point.gradient is not None:
            yield from _beside(point, "gradient", exponents, point.gradient)


INFINITE = 1 << 40
"""The exponent of the grid that holds 0 alone."""


def two_power(x: Datum) -> int:
    """The largest e such that x is a multiple of 2^e."""
    m, e = x
    if m == 0:
        return INFINITE
    return int(e or 0) + (abs(m) & -abs(m)).bit_length() - 1


def _grid(F: Format, choice: Choice) -> int:
    if choice.among is None:
        return F.emin - F.p
    return min((two_power(w) for w in choice.among if choice.allows(w)), default=INFINITE)


def _rounded(F: Format, exponent: int) -> int:
    """Below omega rounding goes to multiples of omega; what saturates becomes Omega, a multiple of 2^(emax - p)."""
    if F.overflow == "saturate" and exponent < INFINITE // 2:
        exponent = min(exponent, F.emax - F.p)
    return max(exponent, F.emin - F.p)


def _beside(point: Point, what: str, exponents: Sequence[int], wanted: Sequence[Wanted]) -> Iterator[str]:
    for e, wish in zip(exponents, wanted, strict=True):
        if wish.kind is Kind.IS and two_power(wish.low) < e:
            grid = "0" if e >= INFINITE // 2 else f"a multiple of 2^{e}"
            yield f"with these weights the {what} at x = {hexadecimal(point.x[0])} is {grid}"


def out_of_reach(spec: Spec) -> Iterator[str]:
    """Through a chain of single neurons the gradient is the upstream times one weight after the other, each product rounded, or 0.

    So is the value, of x, where there are no biases.
    """
    if spec.inputs != 1 or any(layer.width != 1 or layer.activation not in (None, RELU) for layer in spec.layers):
        return
    choices = [spec.choice(spec.choice(place).same_as or place) for place in spec.places() if place.input is not None]
    biased = any(layer.bias for layer in spec.layers)
    for point in spec.points:
        if point.gradient is not None and _unreachable(spec.format, point.upstream[0], point.gradient[0], choices[::-1]):
            g = hexadecimal(point.gradient[0].low)
            yield f"no {len(choices)} factors carry the upstream {hexadecimal(point.upstream[0])} to the gradient {g}"
        if not biased and _unreachable(spec.format, point.x[0], point.value[0], choices):
            yield f"no {len(choices)} factors carry x = {hexadecimal(point.x[0])} to the value {hexadecimal(point.value[0].low)}"


def _unreachable(F: Format, h: Datum, wanted: Wanted, choices: Sequence[Choice]) -> bool:
    return wanted.kind is Kind.IS and wanted.low[0] != 0 and not _reaches(F, h, wanted.low, choices)


def _reaches(F: Format, h: Datum, g: Datum, choices: Sequence[Choice]) -> bool:
    """Whether products with weights that are allowed, one after the other, make g of h; also where these are too many to tell."""
    reached = {h}
    for number, choice in enumerate(choices):
        factors = _listed(F, choice)
        if factors is None:
            last = number + 1 == len(choices)
            return not last or any(choice.allows(w) and multiply(F, y, w) == g for y in reached for w in _factors(F, g, y, choice))
        if len(reached) * len(factors) > MOST_STEPS:
            return True
        reached = {product for y in reached for w in factors if is_finite(product := multiply(F, y, w)) and product[0]}
    return g in reached


def _listed(F: Format, choice: Choice) -> list[Datum] | None:
    """All weights that are allowed, where these are few."""
    if F.width <= MOST_PRODUCTS:
        return [w for w in F.finite() if choice.allows(w)]
    if choice.among is not None:
        return [w for w in choice.among if choice.allows(w)]
    if choice.powers:
        powers = (F.power_of_two(n) for n in range(F.emin - F.p, F.emax + 1))
        return [w for m, e in powers for w in ((m, e), (-m, e)) if choice.allows(w)]
    return None


def _factors(F: Format, g: Datum, h: Datum, choice: Choice) -> Iterator[Datum]:
    """Of the floats up to a bound, at least one with fl(h w) = g, if there are any.

    Those with fl(h w) = g are all in an interval about g / h, which is long where products are subnormal: if one of magnitude at most the
    bound is among them, so is a neighbour of g / h or the bound itself.
    """
    yield from _quotients(F, g, h)
    if choice.bound is not None:
        yield from (choice.bound, negate(choice.bound))


def _quotients(F: Format, g: Datum, h: Datum) -> list[Datum]:
    """The floats w that may have fl(h w) = g: if one has, so has one within a float of fl(g / h), for products grow with w."""
    quotient = divide(F, g, h)
    if not is_finite(quotient):
        return [F.from_ordinal(sign * F.largest_ordinal) for sign in (-1, 1)]
    n = F.ordinal(quotient)
    return [F.from_ordinal(k) for k in range(max(-F.largest_ordinal, n - 2), min(F.largest_ordinal, n + 2) + 1)]


BOUNDS: tuple[Callable[[Spec], Iterator[str]], ...] = (off_the_grid, out_of_reach)
