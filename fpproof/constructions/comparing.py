"""How a first layer of sigmoids or tanh tells a point from its neighbours, and what the layers above make of it.

For a point z, s is its sign (+1 for 0) and t = |z|. Each side has a neuron r = sigma(w s x + b), monotone in s x, which differs between t and the
float beside it, t+ or t-; r at z is sigma of its pre-activation there, a constant K. In mode tolerant one neuron serves both sides: w = 2^k as large
as w t allows, b = -w t, K = sigma(0). So in mode strict for tanh, with w = 1, or 1/2 where the sum could overflow. Strict sigmoids need not differ
near K = 1/2: w and b are found by `separation.separator`, side by side, on the largest domain on which there are any.

Layers above: r = sigma(a r - a K), a = 2^emax, farther from sigma(0), as often as it takes; then D = sigma(+-a (r - K) - B), two levels.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from fpproof.activations import activation
from fpproof.constructions.entries import Entries
from fpproof.constructions.gated import exact
from fpproof.constructions.separation import separator, strict_domain
from fpproof.constructions.table import Point
from fpproof.errors import ConstructionError
from fpproof.formats import ZERO, Datum, Format, rational
from fpproof.formats.arithmetic import absolute, add, equal, exponent, multiply, negate
from fpproof.formats.text import both


@dataclass(frozen=True, slots=True)
class Levels:
    """What the construction uses of sigma_F; computed, never assumed."""

    sigma: Entries
    low: int
    """lam"""
    middle: Datum
    """sigma(0)"""
    shift: int
    """kappa = 2^-shift"""
    bound: Fraction
    """B"""


def levels(F: Format, name: str) -> Levels:
    """The levels of a bounded activation in F; raises ConstructionError where sigma_F does not have them."""
    sigma = Entries(F, activation(name))
    low, shift = (0, 2) if name == "sigmoid" else (-1, 0)
    if not equal(sigma.derivative(ZERO), exact(F, Fraction(1, 2**shift))):
        raise ConstructionError(f"{F.name}: the derivative of {name} at 0 is no float of it")
    for n in range(F.emax - 1):
        B = F.power_of_two(n)
        ends = [(negate(B), low), (B, 1)]
        if all(rational(sigma.value(x)) == level and sigma.derivative(x)[0] == 0 for x, level in ends):
            return Levels(sigma, low, sigma.value(ZERO), shift, Fraction(2) ** n)
    raise ConstructionError(f"{F.name}: {name} does not reach its levels with derivative 0 below a quarter of the largest float")


@dataclass(frozen=True, slots=True)
class Side:
    """The neuron r of a side: weight and bias of x, pre-activation at z; its values at z and beside z (None: there is no float)."""

    weight: Datum
    bias: Datum
    center: Datum
    middle: Datum
    beside: Datum | None
    rises: bool
    """Whether r beside z is larger than at z."""

    @property
    def jump(self) -> Fraction | None:
        return None if self.beside is None else abs(rational(self.beside) - rational(self.middle))


@dataclass(frozen=True, slots=True)
class Compared:
    """A point's comparator: s, t, and its two sides, above and below."""

    sign: int
    threshold: Datum
    sides: tuple[Side, Side]

    def side(self, which: int) -> Side:
        """1: above, -1: below."""
        return self.sides[which < 0]

    def jump(self) -> Fraction:
        return min((side.jump for side in self.sides if side.jump is not None), default=Fraction(1))


class Comparators:
    """Finds the comparators of a format, an activation and a mode."""

    def __init__(self, F: Format, levels: Levels, strict: bool) -> None:
        self.F, self.levels, self.strict = F, levels, strict
        self.searched = strict and levels.low == 0
        self.sigma = activation(levels.sigma.name)
        self.largest = strict_domain(F, self.sigma).largest if self.searched else F.largest
        """Inputs lie between this number and its negative."""

    def compared(self, points: Iterable[Point], stages: range) -> tuple[list[Compared], int]:
        """A comparator for each point, and the number of their layers, the last of which has two levels: the least of `stages`."""
        found = [self._first(point) for point in points]
        for number in range(2, stages.stop):
            if number >= stages.start and all(self.amplitude(c) is not None for c in found):
                return found, number
            found = [self._amplified(c) for c in found]
        raise ConstructionError(f"{self.F.name}: {self.levels.sigma.name} does not tell adjacent floats apart in {stages.stop - 1} layers")

    def amplitude(self, c: Compared) -> Fraction | None:
        """a = 2 B / d, d a power of two at most the jump of r on either side; None if that is beyond 2^emax."""
        jump = c.jump()
        if jump == 0:
            return None
        d = Fraction(2) ** (jump.numerator.bit_length() - jump.denominator.bit_length())
        a = max(Fraction(1), 2 * self.levels.bound / (d if d <= jump else d / 2))
        return a if a <= Fraction(2) ** self.F.emax else None

    def _first(self, point: Point) -> Compared:
        F, x, t = self.F, point.x[0], absolute(point.x[0])
        if rational(t) > rational(self.largest):
            raise ConstructionError(
                f"{F.name}: x = {both(F, x)} lies outside of |x| <= {both(F, self.largest)}, the largest domain on which {self.sigma.name} "
                "with finite pre-activations tells 0 from the next float",
                point.place,
                "--mode tolerant lets pre-activations be infinite",
            )
        sign = -1 if x[0] < 0 else 1
        if not self.searched:
            weight = self._weight(t)
            first = (multiply(F, exact(F, weight), F.one), negate(exact(F, weight * rational(t))))
            return Compared(sign, t, (self._side(sign, t, 1, first), self._side(sign, t, -1, first)))
        above, below = self._separator(t, 1), self._separator(t, -1)
        one = above or below
        assert one is not None
        return Compared(sign, t, (self._side(sign, t, 1, above or one), self._side(sign, t, -1, below or one)))

    def _weight(self, t: Datum) -> Fraction:
        """Tolerant: the largest power of two with w t finite. Strict: with w x - w t finite for all x."""
        F = self.F
        if self.strict:
            return half_if_large(F, t)
        return Fraction(2) ** (F.emax if t[0] == 0 else min(F.emax, F.emax - exponent(F, t)))

    def _beside(self, t: Datum, which: int) -> Datum | None:
        n = self.F.ordinal(t) + which
        return self.F.from_ordinal(n) if n <= self.F.ordinal(self.largest) else None

    def _separator(self, t: Datum, which: int) -> tuple[Datum, Datum] | None:
        """Weight of s x and bias of the neuron of a side; None if no float of the domain is there."""
        F, other = self.F, self._beside(t, which)
        if other is None:
            return None
        pair = (t, other) if which > 0 else (other, t)
        found = separator(F, self.sigma, self.largest, pair, self.levels.sigma.value)
        if found is None:
            raise ConstructionError(f"{F.name}: no first layer of {self.sigma.name} was found that tells {both(F, pair[0])} from {both(F, pair[1])}")
        return found

    def _side(self, sign: int, t: Datum, which: int, first: tuple[Datum, Datum]) -> Side:
        F, (w, b) = self.F, first
        value = self.levels.sigma.value
        center, other = add(F, multiply(F, w, t), b), self._beside(t, which)
        beside = None if other is None else value(add(F, multiply(F, w, other), b))
        return Side(w if sign > 0 else negate(w), b, center, value(center), beside, (w[0] > 0) == (which > 0))

    def _amplified(self, c: Compared) -> Compared:
        F, a = self.F, self.F.power_of_two(self.F.emax)

        def after(side: Side) -> Side:
            drop = negate(multiply(F, a, side.middle))
            beside = None if side.beside is None else self.levels.sigma.value(add(F, multiply(F, a, side.beside), drop))
            return Side(side.weight, side.bias, side.center, self.levels.middle, beside, side.rises)

        return Compared(c.sign, c.threshold, (after(c.sides[0]), after(c.sides[1])))


def half_if_large(F: Format, t: Datum) -> Fraction:
    """A weight w, 1 or 1/2, with w x - w t finite for all x; where it is 1/2, t is normal and t/2 exact."""
    return Fraction(1, 2) if rational(t) >= Fraction(2) ** (F.emax - F.p - 1) else Fraction(1)
