"""An activation as data: the real function and its derivative, as balls and as the facts that balls cannot find.

Balls (midpoint and radius, python-flint's `arb`) enclose sigma(x) as narrowly as one likes, and an enclosure whose ends round to one float
rounds sigma(x) correctly. Two things they cannot do: see that sigma(x) is *exactly* a float or half-way between two (`exact`), and come
close enough where sigma(x) differs from such a number by less than anyone can compute, like tanh(2^16383) from 1 (`Bracket`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from gmpy2 import mpq

from fpproof.errors import FpproofError
from fpproof.formats import Datum

Ball = Any
"""flint.arb: not named as a type, so that exact activations work without python-flint."""

Limit: TypeAlias = "mpq | Datum"
"""A limit at an infinity: a rational, a signed zero, an infinity, or NaN for none."""

Number: TypeAlias = "int | str | mpq"
"""What `line` and `constant` take for an exact rational; a text may be a decimal or a ratio."""


class ActivationError(FpproofError):
    """An activation that is unknown, needs python-flint, or cannot be rounded by its definition."""


@dataclass(frozen=True, slots=True)
class Line:
    """The function slope * x + offset."""

    slope: mpq
    offset: mpq

    def __call__(self, x: mpq) -> mpq:
        return self.slope * x + self.offset


def line(slope: Number, offset: Number = 0) -> Line:
    return Line(mpq(slope), mpq(offset))


def constant(value: Number) -> Line:
    return line(0, value)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Where a function is exactly a line: below zero, at zero, above zero; None where it is not."""

    below: Line | None = None
    at_zero: mpq | None = None
    above: Line | None = None

    def __call__(self, x: mpq) -> mpq | None:
        piece = self.above if x > 0 else self.below
        if x == 0:
            return self.at_zero
        return None if piece is None else piece(x)


@dataclass(frozen=True, slots=True)
class Bracket:
    """f lies strictly between a line and a parallel one, on the given side of it, with a gap that vanishes at one end of a half-line.

    Near zero, 0 < |x| < 1/4:    0 < side * (f(x) - line(x)) < 2 |x| for a constant line, < 2 x^2 for any other.
    In a tail, |x| >= 8:         0 < side * (f(x) - line(x)) < 2^-(|x| / 2).
    """

    line: Line
    side: Literal[-1, 1]


Brackets = tuple[Bracket | None, Bracket | None]
"""For negative and for positive x."""


@dataclass(frozen=True, slots=True)
class Reflection:
    """f(x) = line(x) + sign * f(-x) for x > 0, where |f(-x)| <= 2 |f(x)|: half of a table gives the other half."""

    line: Line
    sign: Literal[-1, 1]


@dataclass(frozen=True, slots=True)
class RealFunction:
    """A real function, in the form that correct rounding needs.

    `ball` maps a ball to a ball that encloses the image and shrinks with the precision (None if `exact` knows every value).
    `limits` are those at -infinity and +infinity. `exact` gives the rational value where one is known: it must know every x where
    f(x) is a float or half-way between floats, else rounding there ends in an error. `near_zero` and `tails` are needed for formats
    whose exponents are so long that balls would need millions of bits; `reflection` saves time. `turns` encloses the points where f
    changes between growing and falling, one in each interval, from left to right; None if that is not known. Rationals are gmpy2.mpq.
    """

    ball: Callable[[Ball], Ball] | None
    limits: tuple[Limit, Limit]
    exact: Callable[[mpq], mpq | None] = Pieces()
    near_zero: Brackets = (None, None)
    tails: Brackets = (None, None)
    reflection: Reflection | None = None
    turns: tuple[tuple[mpq, mpq], ...] | None = None


@dataclass(frozen=True, slots=True)
class Activation:
    """A named activation: sigma and sigma'.

    `negative_zero`: sigma(-0) = -0 where sigma(0) = 0. `version` names the definition: tables of an activation
    that has one are kept on disk and must not outlive a change of it; without one they are computed in each process.
    """

    name: str
    formula: str
    value: RealFunction
    derivative: RealFunction
    negative_zero: bool = True
    version: str = ""
