"""Sets of extended reals between two ends, and what the exact operations make of them.

Ends are MPFR numbers; each operation computes the lower end rounded down and the upper end rounded up, so that an interval holds every
value that its operation has on its arguments. An end is open where it is known not to be attained: so e^x > 0 and tanh x < 1 are seen on
unbounded intervals too. An infinite end is closed iff the value may be infinite.

MPFR rounds these functions correctly in the direction that is asked. Python's operators on its numbers round to another precision, so
that none of them is used here: `minus` of a context is exact.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

import gmpy2
from gmpy2 import mpfr

from fpproof.theory.numbers import INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, Number, Special, Surd

Mpfr: TypeAlias = Any
"""gmpy2.mpfr, which has no type stubs."""

_INF, _ZERO, _ONE = mpfr("inf"), mpfr(0), mpfr(1)


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from `low` to `high`, and NaN if `nan`. Zeros have no sign here."""

    low: Mpfr
    high: Mpfr
    low_open: bool = False
    high_open: bool = False
    nan: bool = False

    @property
    def infinite(self) -> bool:
        """Whether a value may be infinite."""
        return (self.low == -_INF and not self.low_open) or (self.high == _INF and not self.high_open)

    @property
    def real(self) -> bool:
        """Whether every value is a real number."""
        return not self.nan and not self.infinite

    @property
    def positive(self) -> bool:
        """Whether every number in it is greater than 0; says nothing of NaN."""
        return bool(self.low > 0 or (self.low == 0 and self.low_open))

    @property
    def negative(self) -> bool:
        return bool(self.high < 0 or (self.high == 0 and self.high_open))

    @property
    def zero(self) -> bool:
        """Whether the value is 0 and nothing else."""
        return bool(self.low == 0 and self.high == 0 and not self.nan)

    @property
    def point(self) -> bool:
        """Whether there is one number in it."""
        return bool(self.low == self.high)

    @property
    def has_zero(self) -> bool:
        return not self.positive and not self.negative


ANYTHING = Interval(-_INF, _INF, nan=True)
ZERO_INTERVAL = Interval(_ZERO, _ZERO)

Enclosed: TypeAlias = Any
"""A Number, which is exact, or an Interval."""

MOST_REMEMBERED = 1000
"""Constants whose intervals are kept."""

_Monotone = Callable[[Any, Mpfr], Mpfr]

INCREASING: dict[str, _Monotone] = {
    "exp": lambda context, x: context.exp(x),
    "tanh": lambda context, x: context.tanh(x),
    "sinh": lambda context, x: context.sinh(x),
    "erf": lambda context, x: context.erf(x),
    "atan": lambda context, x: context.atan(x),
}
"""Functions that increase on the whole line, with their limits at infinities."""


@lru_cache(maxsize=64)
def arithmetic(bits: int) -> "Arithmetic":
    return Arithmetic(bits)


class Arithmetic:
    """The operations on intervals, with ends of so many bits."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.down = gmpy2.context(precision=bits, round=gmpy2.RoundDown)
        self.up = gmpy2.context(precision=bits, round=gmpy2.RoundUp)
        self._rationals: dict[Number, Interval] = {}

    # Conversions

    def interval(self, x: Enclosed) -> Interval:
        """The least interval around an exact number other than NaN."""
        if isinstance(x, Interval):
            return x
        if isinstance(x, Surd):
            root = self.sqrt(self._rational(gmpy2.mpq(x.c)))
            return self.add(self._rational(x.a), self.multiply(self._rational(x.b), root))
        if isinstance(x, Special):
            return {INFINITY: Interval(_INF, _INF), NEGATIVE_INFINITY: Interval(-_INF, -_INF), NEGATIVE_ZERO: ZERO_INTERVAL}.get(x, ANYTHING)
        return self._rational(x)

    def _rational(self, q: Number) -> Interval:
        found = self._rationals.get(q)
        if found is None:
            low, high = self.low_end(q), self.high_end(q)
            found = Interval(low, high, low != high, low != high)
            if len(self._rationals) < MOST_REMEMBERED:
                self._rationals[q] = found
        return found

    def low_end(self, q: Number | None) -> Mpfr:
        """A rational lower end, None for -infinity."""
        return -_INF if q is None else self.down.add(_ZERO, q)

    def high_end(self, q: Number | None) -> Mpfr:
        return _INF if q is None else self.up.add(_ZERO, q)

    # Arithmetic

    def negate(self, x: Interval) -> Interval:
        return Interval(self.down.minus(x.high), self.down.minus(x.low), x.high_open, x.low_open, x.nan)

    def add(self, x: Interval, y: Interval) -> Interval:
        """Infinities of different signs make NaN."""
        low, low_open = _sum(self.down, x.low, x.low_open, y.low, y.low_open, -_INF)
        high, high_open = _sum(self.up, x.high, x.high_open, y.high, y.high_open, _INF)
        nan = x.nan or y.nan or (x.infinite and y.infinite)
        return Interval(low, high, low_open, high_open, nan)

    def subtract(self, x: Interval, y: Interval) -> Interval:
        return self.add(x, self.negate(y))

    def multiply(self, x: Interval, y: Interval) -> Interval:
        """The ends are products of ends; 0 times an end that is infinite is 0, and NaN if it is attained."""
        nan = x.nan or y.nan or (x.infinite and y.has_zero) or (y.infinite and x.has_zero)
        if x.low >= 0 and y.low >= 0:
            low, low_open = _product(self.down, x.low, x.low_open, y.low, y.low_open)
            high, high_open = _product(self.up, x.high, x.high_open, y.high, y.high_open)
            return Interval(low, high, low_open, high_open, nan)
        ends_x, ends_y = ((x.low, x.low_open), (x.high, x.high_open)), ((y.low, y.low_open), (y.high, y.high_open))
        pairs = [(a, b) for a in ends_x for b in ends_y]
        low, low_open = _extreme([_product(self.down, *a, *b) for a, b in pairs], least=True)
        high, high_open = _extreme([_product(self.up, *a, *b) for a, b in pairs], least=False)
        return Interval(low, high, low_open, high_open, nan)

    def divide(self, x: Interval, y: Interval) -> Interval:
        """Anything if y may be 0: the sign of that zero is not known."""
        if y.has_zero:
            return ANYTHING
        quotient = self.multiply(x, self._reciprocal(y))
        return Interval(quotient.low, quotient.high, quotient.low_open, quotient.high_open, quotient.nan or (x.infinite and y.infinite))

    def _reciprocal(self, y: Interval) -> Interval:
        """1/y of an interval without 0: decreasing on either side of it; an end 0 is open."""
        if y.negative:
            return self.negate(self._reciprocal(self.negate(y)))
        high = _INF if y.low == 0 else self.up.div(1, y.low)
        return Interval(self.down.div(1, y.high), high, y.high_open, y.low_open or high == _INF, y.nan)

    def power(self, x: Interval, n: int) -> Interval:
        """x multiplied n times with itself; 1 for n = 0."""
        if n == 0:
            return Interval(_ONE, _ONE)
        if n < 0:
            return self.divide(Interval(_ONE, _ONE), self.power(x, -n))
        if n % 2 == 0:
            x = self.absolute(x)
        return self._increasing(lambda context, end: context.pow(end, n), x)

    def sqrt(self, x: Interval) -> Enclosed:
        """NaN below 0."""
        if x.negative:
            return NAN
        below = x.low < 0
        clipped = Interval(_ZERO, x.high, False, x.high_open, True) if below else x
        return self._increasing(lambda context, end: context.sqrt(end), clipped)

    # Order

    def absolute(self, x: Interval) -> Interval:
        if x.low >= 0:
            return x
        if x.high <= 0:
            return self.negate(x)
        high, high_open = _extreme([(self.down.minus(x.low), x.low_open), (x.high, x.high_open)], least=False)
        return Interval(_ZERO, high, False, high_open, x.nan)

    def maximum(self, x: Interval, y: Interval) -> Interval:
        """The ends are the greater ends, open if those are (if both attain one number, it is enough that one does not reach it from above)."""
        high, high_open = _extreme([(x.high, x.high_open), (y.high, y.high_open)], least=False)
        low = max(x.low, y.low)
        low_open = (x.low == low and x.low_open) or (y.low == low and y.low_open)
        return Interval(low, high, low_open, high_open, x.nan or y.nan)

    def minimum(self, x: Interval, y: Interval) -> Interval:
        return self.negate(self.maximum(self.negate(x), self.negate(y)))

    # Functions

    def function(self, name: str, x: Interval) -> Enclosed:
        """Of a function that the judge knows; see `known`."""
        if name in INCREASING:
            return self._increasing(INCREASING[name], x, None if name == "erf" else _ZERO)
        if name == "cosh":
            return self._increasing(lambda context, end: context.cosh(end), self.absolute(x), _ZERO)
        assert name in ("log", "sin", "cos"), name
        return self._log(x) if name == "log" else self._wave(name, x)

    def _increasing(self, f: _Monotone, x: Interval, rational_at: Mpfr | None = None) -> Interval:
        """The images of the ends. Ends that overflow are not attained.

        Nor are the ends of a transcendental function: they are rational numbers, which it has at rational arguments only at
        `rational_at` (Lindemann).
        """
        low, high = f(self.down, x.low), f(self.up, x.high)
        never_low, never_high = (rational_at is not None and gmpy2.is_finite(end) and end != rational_at for end in (x.low, x.high))
        low_open = x.low_open or never_low or (low == -_INF and x.low != -_INF)
        high_open = x.high_open or never_high or (high == _INF and x.high != _INF)
        return Interval(low, high, low_open, high_open, x.nan)

    def _log(self, x: Interval) -> Enclosed:
        """-infinity at 0, NaN below."""
        if x.negative:
            return NAN
        if x.positive:
            return self._increasing(lambda context, end: context.log(end), x, _ONE)
        return Interval(-_INF, self.up.log(x.high), False, x.high_open, x.nan or x.low < 0)

    def x_log_x(self, x: Interval) -> Interval:
        """Of positive numbers: falls from 0 to -1/e at 1/e, then grows; beyond 0 it is negative up to 1."""
        least = self._reciprocal(Interval(self.down.exp(1), self.up.exp(1), True, True))
        points = [Interval(end, end) for end in (x.low, x.high) if end and gmpy2.is_finite(end)]
        ends = [self.multiply(point, self._log(point)) for point in points]
        if x.low == 0:
            ends.append(Interval(_ZERO, _ZERO, True, True))
        if x.high == _INF:
            ends.append(Interval(_INF, _INF, x.high_open, x.high_open))
        if x.low < least.high and x.high > least.low:
            ends.append(self.negate(least))
        low, low_open = _extreme([(end.low, end.low_open) for end in ends], least=True)
        high, high_open = _extreme([(end.high, end.high_open) for end in ends], least=False)
        return Interval(low, high, low_open, high_open, x.nan)

    def _wave(self, name: str, x: Interval) -> Interval:
        """Between turns sin and cos are monotone: their extremes are at ends, or 1 and -1 at turns that may lie inside."""
        nan = x.nan or x.infinite
        if x.infinite or x.low == -_INF or x.high == _INF:
            return Interval(-_ONE, _ONE, nan=nan)
        f: _Monotone = (lambda context, end: context.sin(end)) if name == "sin" else (lambda context, end: context.cos(end))
        top = gmpy2.mpq(1, 4) if name == "sin" else gmpy2.mpq(0)
        high = _ONE if self._turns(x, top) else max(f(self.up, x.low), f(self.up, x.high))
        low = -_ONE if self._turns(x, top + gmpy2.mpq(1, 2)) else min(f(self.down, x.low), f(self.down, x.high))
        return Interval(low, high, nan=nan)

    def _turns(self, x: Interval, phase: Number) -> bool:
        """Whether 2 pi (phase + k) may lie in x for an integer k."""
        turns = self.subtract(self.divide(x, self.two_pi), self._rational(phase))
        return bool(self.down.floor(turns.high) >= turns.low)

    @cached_property
    def two_pi(self) -> Interval:
        return Interval(self.down.mul(self.down.const_pi(), 2), self.up.mul(self.up.const_pi(), 2), True, True)

    @cached_property
    def two_over_root_pi(self) -> Interval:
        root = self._increasing(lambda context, end: context.sqrt(end), Interval(self.down.const_pi(), self.up.const_pi(), True, True))
        return self.divide(Interval(mpfr(2), mpfr(2)), root)


def _sum(context: Any, x: Mpfr, x_open: bool, y: Mpfr, y_open: bool, outer: Mpfr) -> tuple[Mpfr, bool]:
    """An end of a sum; `outer` is the infinity on its side, which is attained only if a summand attains it."""
    total = context.add(x, y)
    if gmpy2.is_nan(total):
        return outer, False
    if gmpy2.is_infinite(total):
        return total, not any(gmpy2.is_infinite(end) and not is_open for end, is_open in ((x, x_open), (y, y_open)))
    return total, x_open or y_open


def _product(context: Any, x: Mpfr, x_open: bool, y: Mpfr, y_open: bool) -> tuple[Mpfr, bool]:
    """A product of ends: 0 is attained if a factor attains it, an infinity if a factor does, anything else if both factors do."""
    if x == 0 or y == 0:
        return _ZERO, not ((x == 0 and not x_open) or (y == 0 and not y_open))
    product = context.mul(x, y)
    if gmpy2.is_infinite(product):
        return product, not any(gmpy2.is_infinite(end) and not is_open for end, is_open in ((x, x_open), (y, y_open)))
    return product, x_open or y_open


def _extreme(ends: list[tuple[Mpfr, bool]], least: bool) -> tuple[Mpfr, bool]:
    """The least or greatest of candidates for an end; open if all that are equal to it are."""
    value = min(end for end, _ in ends) if least else max(end for end, _ in ends)
    return value, all(is_open for end, is_open in ends if end == value)


# Comparisons


def less(x: Interval, y: Interval) -> bool | None:
    """x < y for all values, for none, or None. NaN is not less."""
    if x.low >= y.high:
        return False
    below = x.high < y.low or (x.high == y.low and (x.high_open or y.low_open))
    return True if below and not x.nan and not y.nan else None


def less_equal(x: Interval, y: Interval) -> bool | None:
    if x.low > y.high or (x.low == y.high and (x.low_open or y.high_open)):
        return False
    return True if x.high <= y.low and not x.nan and not y.nan else None


def equal(x: Interval, y: Interval) -> bool | None:
    if less_equal(x, y) is False or less_equal(y, x) is False:
        return False
    return True if less_equal(x, y) and less_equal(y, x) else None


def known(name: str) -> bool:
    """Whether intervals have the function."""
    return name in INCREASING or name in ("log", "sin", "cos", "cosh")
