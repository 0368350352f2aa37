"""Floats by brute force: a second opinion on lemmas, in plain Python with fractions. Nothing of fpproof is imported.

Written from docs/semantics.md, section 1: a format is a sorted list of its numbers, and rounding looks for the neighbours in it.
"""

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property


@dataclass(frozen=True)
class X:
    """An extended real: finite with a sign of zero, infinite, or NaN. Operators are exact; == is numeric, never true of NaN."""

    r: Fraction = Fraction(0)
    negative: bool = False
    kind: str = "finite"

    def __add__(self, other: "X") -> "X":
        return add(self, other, down=False)

    def __sub__(self, other: "X") -> "X":
        return add(self, -other, down=False)

    def __neg__(self) -> "X":
        return self if self.kind == "nan" else X(-self.r, not self.negative, self.kind)

    def __abs__(self) -> "X":
        return -self if self.negative else self

    def __mul__(self, other: "X") -> "X":
        negative = self.negative != other.negative
        if "nan" in (self.kind, other.kind):
            return NAN
        if "infinite" in (self.kind, other.kind):
            return NAN if self.zero or other.zero else X(negative=negative, kind="infinite")
        return X(self.r * other.r, negative)

    def __truediv__(self, other: "X") -> "X":
        negative = self.negative != other.negative
        if "nan" in (self.kind, other.kind) or (self.zero and other.zero) or self.kind == other.kind == "infinite":
            return NAN
        if other.zero or self.kind == "infinite":
            return X(negative=negative, kind="infinite")
        return X(Fraction(0) if other.kind == "infinite" else self.r / other.r, negative)

    @property
    def zero(self) -> bool:
        return self.kind == "finite" and self.r == 0

    @property
    def finite(self) -> bool:
        return self.kind == "finite"

    def _order(self, other: "X") -> int | None:
        if "nan" in (self.kind, other.kind):
            return None
        a, b = ((0 if v.finite else (-1 if v.negative else 1), v.r) for v in (self, other))
        return (a > b) - (a < b)

    def __eq__(self, other: object) -> bool:
        return self._order(x(other)) == 0

    def __lt__(self, other: "X") -> bool:
        return self._order(x(other)) == -1

    def __le__(self, other: "X") -> bool:
        return self._order(x(other)) in (-1, 0)

    def __gt__(self, other: "X") -> bool:
        return self._order(x(other)) == 1

    def __ge__(self, other: "X") -> bool:
        return self._order(x(other)) in (0, 1)

    __hash__ = None  # type: ignore[assignment]  # -0 == 0: no keys of dictionaries

    def same(self, other: "X") -> bool:
        return (self.r, self.negative, self.kind) == (other.r, other.negative, other.kind) or self.kind == other.kind == "nan"


NAN = X(kind="nan")
INFINITY = X(kind="infinite")


def x(value: object) -> X:
    if isinstance(value, X):
        return value
    assert isinstance(value, int | float | Fraction | str)
    r = Fraction(value)
    return X(r, r < 0)


def add(a: X, b: X, down: bool) -> X:
    """The exact sum; one that cancels is +0, or -0 where it is rounded down at once."""
    if "nan" in (a.kind, b.kind) or (a.kind == b.kind == "infinite" and a.negative != b.negative):
        return NAN
    if not a.finite or not b.finite:
        return b if a.finite else a
    total = a.r + b.r
    if total:
        return X(total, total < 0)
    return X(negative=a.negative) if a.zero and b.zero and a.negative == b.negative else X(negative=down)


@dataclass(frozen=True)
class Floats:
    """A format; `top` is Omega, `overflow` what lies beyond: "infinity", "nan" or "saturate"."""

    name: str
    p: int
    emin: int
    emax: int
    top: Fraction
    overflow: str
    nan: bool = True

    @cached_property
    def grid(self) -> list[Fraction]:
        """All magnitudes, and those that there would be above Omega, for a binade."""
        found = {Fraction(m) * Fraction(2) ** (self.emin - self.p) for m in range(2**self.p)}
        for e in range(self.emin, self.emax + 2):
            found |= {(2**self.p + m) * Fraction(2) ** (e - self.p) for m in range(2**self.p)}
        return sorted(found)

    @cached_property
    def floats(self) -> list[X]:
        magnitudes = [m for m in self.grid if m <= self.top]
        return [X(-m if negative else m, negative) for m in magnitudes for negative in (False, True)]

    @cached_property
    def data(self) -> list[X]:
        return [*self.floats, *([INFINITY, -INFINITY] if self.overflow == "infinity" else []), *([NAN] if self.nan else [])]

    def fl(self, v: X, mode: str = "nearest") -> X:
        if not v.finite:
            return v if v.kind == "nan" or self.overflow == "infinity" else NAN
        magnitude, negative = abs(v.r), v.negative
        if magnitude > self.grid[-1]:
            return self._overflowed(negative, mode)
        i = bisect_left(self.grid, magnitude)
        if self.grid[i] == magnitude:
            found = magnitude
        else:
            found = self._chosen(self.grid[i - 1], self.grid[i], i, magnitude, negative, mode)
        if found > self.top:
            return self._overflowed(negative, mode)
        return X(-found if negative else found, negative)

    def _chosen(self, low: Fraction, high: Fraction, i: int, magnitude: Fraction, negative: bool, mode: str) -> Fraction:
        """Between two neighbours; places in the grid alternate between even and odd significands."""
        odd, even = (high, low) if i % 2 else (low, high)
        if mode == "odd":
            return odd
        if mode in ("up", "down", "zero"):
            return high if mode != "zero" and (mode == "up") != negative else low
        if magnitude - low == high - magnitude:
            return high if mode == "away" else even
        return low if magnitude - low < high - magnitude else high

    def _overflowed(self, negative: bool, mode: str) -> X:
        inward = mode in ("zero", "odd") or (mode == "up" and negative) or (mode == "down" and not negative)
        if inward or self.overflow == "saturate":
            return X(-self.top if negative else self.top, negative)
        return X(negative=negative, kind="infinite") if self.overflow == "infinity" else NAN

    def exponent(self, v: X) -> int:
        if v.zero:
            return self.emin
        e, r = 0, abs(v.r)
        while r >= 2:
            r, e = r / 2, e + 1
        while r < 1:
            r, e = r * 2, e - 1
        return e

    def ulp(self, v: X) -> X:
        return x(Fraction(2) ** (max(self.exponent(v), self.emin) - self.p))

    def succ(self, v: X) -> X:
        """Of a finite float."""
        if v.r == self.top:
            return INFINITY if self.overflow == "infinity" else v
        i = self.grid.index(abs(v.r))
        if v.r >= 0:
            return X(self.grid[i + 1])
        return X(-self.grid[i - 1], True)

    def pred(self, v: X) -> X:
        return -self.succ(-v)

    def is_float(self, v: X) -> bool:
        return v.finite and abs(v.r) <= self.top and abs(v.r) in self.grid


FORMATS = {
    f.name: f
    for f in (
        Floats("E2M1", 1, 0, 2, Fraction(6), "saturate", nan=False),
        Floats("F(1,2)", 1, 0, 1, Fraction(3), "infinity"),
        Floats("F(2,3)", 2, -2, 3, Fraction(14), "infinity"),
        Floats("E3M2", 2, -2, 4, Fraction(28), "saturate", nan=False),
        Floats("E4M3FN", 3, -6, 8, Fraction(448), "nan"),
        Floats("E4M3FN-sat", 3, -6, 8, Fraction(448), "saturate"),
        Floats("E5M2", 2, -14, 15, Fraction(57344), "infinity"),
    )
}
