"""What a first layer of sigmoids with finite pre-activations can tell apart.

Adjacent floats x < x' are *separable* on X = [-M, M] if some finite w, b give sigma_F(w x + b) != sigma_F(w x' + b), rounded in F, with w x + b
finite on all of X. As later layers see only the first, a network with finite pre-activations has f(x) = f(x') where x, x' are not.

*The largest domain.* A *break* is a pair y < y+ of adjacent floats at which sigma_F differs. 0 and omega are separable by w, b iff b and fl(b + u)
lie on different sides of a break, for u = fl(w omega). fl(b + u) is monotone in u, so the smallest |u| decides: it is at least half the gap of the
break, since b is a float. Gaps grow with |y|, and sigma_F is monotone; so the breaks next to 0 on either side have the smallest gap, and where one of
them is crossed by half of it (a tie that goes to the even neighbour), no other does better. That gives the smallest |w|, and the largest M with w M
finite.
It is (2 - 2^-p) 2^(p+3), unless fl(w omega) is subnormal and smaller w round to it, as in binary16, F(2,4) and F(3,4).
That all other pairs are separable on that domain is shown by w and b, pair by pair: `separator`.

Source: derivation above; the question is that of Park, Park, Hwang, "Floating-Point Networks with Automatic Differentiation Can Represent Almost All
Floating-Point Functions and Their Gradients" (2026), Theorem 3.1 for Sigmoid, whose domain is |x| <= 2^(emax-1).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from fpproof.activations import Activation, InFormat
from fpproof.errors import ConstructionError
from fpproof.formats import ZERO, Datum, Format, Mode, rational, round_rational
from fpproof.formats.arithmetic import add, equal, exponent, multiply, negate, predecessor, successor

Break = tuple[Datum, Datum]
NEXT_WEIGHTS = 24
"""Floats below the largest weight that are tried."""


@dataclass(frozen=True, slots=True)
class Domain:
    """The largest M, and the least weight that separates 0 and omega: w M is finite, w succ(M) is not."""

    largest: Datum
    weight: Datum


def _least(F: Format, holds: Callable[[Datum], bool]) -> Datum:
    """The least positive float of which a monotone condition holds; it holds of Omega."""
    low, high = 1, F.largest_ordinal
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(F.from_ordinal(middle)) else (middle + 1, high)
    return F.from_ordinal(low)


@lru_cache
def breaks(F: Format, sigma: Activation) -> tuple[Break, Break]:
    """The breaks next to 0, below and above it."""
    value = InFormat(F, sigma).value
    middle = value(ZERO)
    above = _least(F, lambda y: not equal(value(y), middle))
    below = negate(_least(F, lambda y: not equal(value(negate(y)), middle)))
    return (below, successor(F, below)), (predecessor(F, above), above)


@lru_cache
def strict_domain(F: Format, sigma: Activation) -> Domain:
    """The largest domain on which 0 and omega are separable; raises ConstructionError where the derivation does not apply."""
    found = breaks(F, sigma)
    half = min(rational(high) - rational(low) for low, high in found) / 2

    def crosses(u: Datum) -> bool:
        ends = [(add(F, low, u), high) for low, high in found] + [(negate(add(F, high, negate(u))), negate(low)) for low, high in found]
        return any(sum_[1] is None or rational(sum_) >= rational(beyond) for sum_, beyond in ends)

    u = _least(F, crosses)
    if rational(u) != half:
        raise ConstructionError(f"{F.name}: no break of {sigma.name} next to 0 is crossed by half its gap")
    weight = _least(F, lambda w: rational(multiply(F, w, F.smallest)) >= half)
    too_large = _least(F, lambda x: equal(x, F.largest) or multiply(F, weight, x)[1] is None)
    largest = too_large if multiply(F, weight, too_large)[1] is not None else predecessor(F, too_large)
    return Domain(largest, weight)


def separates(F: Format, value: Callable[[Datum], Datum], M: Datum, pair: Break, w: Datum, b: Datum) -> bool:
    """Whether w, b separate the pair on [-M, M]."""

    def pre(x: Datum) -> Datum:
        return add(F, multiply(F, w, x), b)

    if pre(M)[1] is None or pre(negate(M))[1] is None:
        return False
    return not equal(value(pre(pair[0])), value(pre(pair[1])))


def separator(F: Format, sigma: Activation, M: Datum, pair: Break, value: Callable[[Datum], Datum] | None = None) -> tuple[Datum, Datum] | None:
    """w and b that separate adjacent floats, low < high, on [-M, M]; None if none of those that are tried does."""
    value = value or InFormat(F, sigma).value
    for size in _weights(F, M):
        for w in (size, negate(size)):
            for b in _biases(F, breaks(F, sigma), pair, w):
                if separates(F, value, M, pair, w, b):
                    return w, b
    return None


def _weights(F: Format, M: Datum) -> Iterator[Datum]:
    """The largest w with w M finite, powers of two below it, floats next to it."""
    top = round_rational(F, F.Omega / rational(M), Mode.UP)
    while multiply(F, top, M)[1] is None:
        top = predecessor(F, top)
    ordinal = F.ordinal(top)
    yield top
    for n in range(4):
        yield F.power_of_two(max(F.emin - F.p, exponent(F, top) - n))
    for n in range(1, min(NEXT_WEIGHTS, ordinal)):
        yield F.from_ordinal(ordinal - n)


def _biases(F: Format, found: tuple[Break, Break], pair: Break, w: Datum) -> Iterator[Datum]:
    """Biases that take one of the pair to 0 or next to a break."""
    ends = [multiply(F, w, x) for x in pair]
    goals = [ZERO, *(y for one in found for y in one)]
    for goal in goals:
        for end in ends:
            for mode in (Mode.DOWN, Mode.UP):
                yield round_rational(F, rational(goal) - rational(end), mode)
