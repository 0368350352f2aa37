"""Whole tables: sigma_F and sigma'_F of every code of a format of 16 bits and less.

Every entry rests on an enclosure, by balls, brackets or an exact line; binary64 is used for what it does exactly or with a bounded error:

    a ball of relative radius at most 2^-48, its midpoint rounded to binary64      within 2^-47 of it, relatively
    a line without slope or without offset                                        exactly (x, x/2, dyadic constants), or within 2^-50, relatively
    the other end of a bracket's gap                                              moved outward by one more binary64 number

No library function is trusted to be accurate. The enclosures of all floats are rounded at once (`Positions`); where one
does not decide, `value` or `derivative` does, in its loop. `paranoid` uses that loop alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from fpproof.activations import cache
from fpproof.activations.enclosure import derivative, flint, value
from fpproof.activations.function import Activation, ActivationError, Bracket, Line, Pieces, RealFunction, Reflection
from fpproof.formats import NEAREST_EVEN, Datum, Format, Mode, round_dyadic

Codes = NDArray[np.uint16]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

WIDEST = 16
_BALL_PRECISION = 64
_BALL_BITS = 48
_BALL_MARGIN = 2.0**-47
_LINE_MARGIN = 2.0**-50


def table(F: Format, sigma: Activation, mode: Mode = NEAREST_EVEN, paranoid: bool = False) -> tuple[Codes, Codes]:
    """The codes of fl(sigma(x)) and of fl(sigma'(x)), indexed by the code of x; a code that F does not use stays itself.

    Computed once and kept on disk (`cache`) if the activation has a version. With `paranoid` every entry is computed afresh,
    one by one. Raises ActivationError for a format of more than 16 bits. The arrays are read-only.
    """
    if F.width > WIDEST:
        raise ActivationError(f"activation {sigma.name}: a table of {F.name} has 2^{F.width} entries, at most 2^{WIDEST} are made")
    if paranoid:
        return _frozen(_one_by_one(F, sigma, mode))
    return _remembered(F, sigma, mode)


@lru_cache(maxsize=64)
def _remembered(F: Format, sigma: Activation, mode: Mode) -> tuple[Codes, Codes]:
    key = cache.key(F, sigma, mode)
    stored = cache.read(key, 1 << F.width) if key else None
    if stored is None:
        stored = compute(F, sigma, mode)
        if key:
            cache.write(key, stored)
    return _frozen(stored)


def _frozen(columns: tuple[Codes, Codes]) -> tuple[Codes, Codes]:
    for column in columns:
        column.setflags(write=False)
    return columns


def _one_by_one(F: Format, sigma: Activation, mode: Mode) -> tuple[Codes, Codes]:
    values, slopes = _blank(F), _blank(F)
    for code in np.flatnonzero(_used(F)).tolist():
        x = F.decode(code)
        values[code] = F.encode(value(F, sigma, x, mode))
        slopes[code] = F.encode(derivative(F, sigma, x, mode))
    return values, slopes


def compute(F: Format, sigma: Activation, mode: Mode = NEAREST_EVEN) -> tuple[Codes, Codes]:
    """What `table` gives, computed."""
    return (
        _column(F, sigma.name, sigma.value, partial(value, F, sigma, mode=mode), mode),
        _column(F, f"{sigma.name}'", sigma.derivative, partial(derivative, F, sigma, mode=mode), mode),
    )


def _blank(F: Format) -> Codes:
    return np.arange(1 << F.width, dtype=np.uint32).astype(np.uint16)


@lru_cache(maxsize=8)
def _used(F: Format) -> NDArray[np.bool_]:
    """Which codes mean something."""
    magnitude = np.arange(1 << F.width) & ((1 << (F.width - 1)) - 1)
    used = magnitude <= F.largest_ordinal
    if F.specials == "ieee":
        used |= magnitude >> F.p == (1 << F.exponent_bits) - 1
    elif F.specials == "nan":
        used |= magnitude == (1 << (F.width - 1)) - 1
    return used


def _column(F: Format, name: str, f: RealFunction, one: Callable[[Datum], Datum], mode: Mode) -> Codes:
    """The table of one function: finite floats other than zero at once where that decides, the rest one by one."""
    result = _blank(F)
    remaining = _used(F).copy()
    if isinstance(f.exact, Pieces) and F.emin - F.p - 1 >= -1074 and F.emax <= 1023:
        positions = positions_of(F)
        for half in _half_lines(name, f, f.exact, positions):
            codes = np.arange(1, F.largest_ordinal + 1) | (half.negative << (F.width - 1))
            result[codes[half.known]] = positions.rounded(half.position[half.known], mode)
            remaining[codes[half.known]] = False
    for code in np.flatnonzero(remaining).tolist():
        x = F.decode(code)
        result[code] = F.encode(one(x))
    return result


@dataclass(frozen=True)
class Positions:
    """Where numbers stand among the breakpoints b_0 = 0, b_1 = omega/2, b_2 = omega, ... of a format, beyond Omega by one float.

    The position of b_j is 2j, of a number between b_j and b_(j+1) 2j + 1, of a negative number that of its magnitude, negated: growing along
    the line. All breakpoints are binary64 numbers, so a position is found without any rounding.
    """

    format: Format
    breakpoints: Floats

    @property
    def floats(self) -> Floats:
        """The positive floats, in order."""
        return self.breakpoints[2:-2:2]

    def of(self, x: Floats) -> Integers:
        magnitude = np.abs(x)
        left, right = np.searchsorted(self.breakpoints, magnitude), np.searchsorted(self.breakpoints, magnitude, "right")
        return np.where(x < 0, -1, 1) * np.asarray(left + right - 1, dtype=np.int64)

    def beside(self, x: Floats, side: Integers | int) -> Integers:
        """Of x + side * epsilon, for every small enough epsilon > 0."""
        sign = np.where(x == 0, side, np.sign(x)).astype(np.int64)
        magnitude = np.abs(x)
        outward = 2 * np.searchsorted(self.breakpoints, magnitude, "right") - 1
        inward = 2 * np.searchsorted(self.breakpoints, magnitude) - 1
        return sign * np.where(sign * side > 0, outward, inward)

    def rounded(self, position: Integers, mode: Mode) -> Codes:
        """The codes that the numbers at (non-zero) positions round to; the table of `fpproof.formats.rounding`, for all at once."""
        F = self.format
        j = np.abs(position)
        below, rest = j >> 2, j & 3  # rest: 0 a float, 1 under half-way, 2 half-way, 3 over it
        negative = position < 0
        odd = below & 1
        up: NDArray[np.bool_]
        match mode:
            case Mode.NEAREST_EVEN:
                up = (rest == 3) | ((rest == 2) & (odd == 1))
            case Mode.NEAREST_AWAY:
                up = rest >= 2
            case Mode.UP:
                up = (rest > 0) & ~negative
            case Mode.DOWN:
                up = (rest > 0) & negative
            case Mode.TO_ODD:
                up = (rest > 0) & (odd == 0)
            case _:
                up = np.zeros(j.shape, dtype=bool)
        ordinal = below + up
        sign = 1 << (F.width - 1)
        codes = np.where(negative, ordinal | sign, ordinal)
        for direction in (1, -1):
            over = (ordinal > F.largest_ordinal) & (negative == (direction < 0))
            if over.any():
                codes[over] = F.encode(round_dyadic(F, direction, F.emax + 2, mode))
        return codes.astype(np.uint16)


@lru_cache(maxsize=8)
def positions_of(F: Format) -> Positions:
    """The breakpoints of a format whose exponents are inside those of binary64."""
    half_ordinals = np.arange(2 * F.largest_ordinal + 3)
    field, fraction = half_ordinals >> (F.p + 1), half_ordinals & ((2 << F.p) - 1)
    significand = np.where(field > 0, fraction | (2 << F.p), fraction).astype(np.float64)
    with np.errstate(over="ignore"):  # the float beyond Omega may be 2^1024, for which infinity does as well
        breakpoints = np.ldexp(significand, np.maximum(field, 1) - 1 + F.emin - F.p - 1)
    breakpoints.setflags(write=False)
    return Positions(F, breakpoints)


class _Half:
    """The positions of f on all positive or all negative floats, as far as they are known."""

    def __init__(self, positions: Positions, x: Floats) -> None:
        self.positions, self.x, self.negative = positions, x, bool(x[0] < 0)
        self.low, self.high = np.full(len(x), -np.inf), np.full(len(x), np.inf)
        """f is strictly between: the intersection of all enclosures so far."""
        self.position = np.zeros(len(x), dtype=np.int64)
        self.known = np.zeros(len(x), dtype=bool)
        self.approximation = np.full(len(x), np.nan)
        """f within _BALL_MARGIN, where a ball was computed."""

    def _settle(self, where: Integers, low: Floats, high: Floats) -> None:
        """f is strictly between low and high at the floats `where`: known if all numbers there have one position."""
        self.low[where], self.high[where] = np.maximum(self.low[where], low), np.minimum(self.high[where], high)
        first, last = self.positions.beside(self.low[where], 1), self.positions.beside(self.high[where], -1)
        same = first == last
        self.position[where[same]] = first[same]
        self.known[where[same]] = True

    def _settle_near(self, where: Integers, y: Floats, margin: float) -> None:
        """f is within a relative margin of y; where binary64 may have lost y's last bits, f is as small as y."""
        safe = np.abs(y) < 2.0**1000
        where, y = where[safe], y[safe]
        gap = np.maximum(np.abs(y) * margin, np.where(np.abs(y) < 2.0**-1000, 2.0**-999, 0.0))
        self._settle(where, y - gap, y + gap)

    def settle_line(self, piece: Line) -> None:
        if piece.slope and piece.offset:
            return
        with np.errstate(over="ignore"):
            y = self.x * float(piece.slope) + float(piece.offset)
        if _is_exact(piece):
            self.position, self.known[:] = self.positions.of(y), True
        else:
            self._settle_near(np.arange(len(y)), y, _LINE_MARGIN)

    def settle_brackets(self, f: RealFunction) -> None:
        magnitude = np.abs(self.x)
        near, far = np.flatnonzero(magnitude < 0.25), np.flatnonzero(magnitude >= 8)
        if (bracket := f.near_zero[not self.negative]) is not None:
            length = np.frexp(self.x[near])[1].astype(np.int64)
            self._settle_bracket(near, bracket, length * (2 if bracket.line.slope else 1) + 1)
        if (bracket := f.tails[not self.negative]) is not None:
            self._settle_bracket(far, bracket, -np.floor(np.minimum(magnitude[far], 2.0**20) / 2).astype(np.int64))

    def _settle_bracket(self, where: Integers, bracket: Bracket, exponent: Integers) -> None:
        """f is strictly between the line and line + side * 2^exponent."""
        if bracket.line.slope and bracket.line.offset:
            return
        with np.errstate(under="ignore", over="ignore"):
            start = self.x[where] * float(bracket.line.slope) + float(bracket.line.offset)
            end = np.nextafter(start + bracket.side * np.ldexp(1.0, exponent), bracket.side * np.inf)
        if not _is_exact(bracket.line):
            safe = (np.abs(start) > 2.0**-1000) & (np.abs(start) < 2.0**1000)
            where, start, end = where[safe], start[safe], end[safe]
            margin = bracket.side * np.abs(start) * _LINE_MARGIN
            start, end = start - margin, end + margin
        self._settle(where, *((start, end) if bracket.side > 0 else (end, start)))

    def settle_balls(self, name: str, f: RealFunction) -> None:
        """The margin is wider than the ball and the midpoint's rounding, so the ball is inside the open interval."""
        arb, context = flint(name)
        assert f.ball is not None, name
        where = np.flatnonzero(~self.known)
        saved = context.prec
        context.prec = _BALL_PRECISION
        try:
            balls = [f.ball(arb(x)) for x in self.x[where].tolist()]
            accurate = np.array([ball.is_finite() and ball.rel_accuracy_bits() >= _BALL_BITS for ball in balls], dtype=bool)
            y = np.array([float(ball) for ball in balls], dtype=np.float64)
        finally:
            context.prec = saved
        where, y = where[accurate], y[accurate]
        self.approximation[where] = y
        self._settle_near(where, y, _BALL_MARGIN)

    def settle_reflected(self, reflection: Reflection, other: "_Half") -> None:
        """The line is exact (x, 1 or 0), and |f(-x)| <= 2 |f(x)|: two margins of a ball, and the rounding of one sum."""
        line = self.x * float(reflection.line.slope) + float(reflection.line.offset)
        where = np.flatnonzero(~self.known & (np.abs(other.approximation) > 2.0**-1000))
        self._settle_near(where, line[where] + reflection.sign * other.approximation[where], 4 * _BALL_MARGIN)


def _is_exact(line: Line) -> bool:
    """Whether slope * x + offset is a binary64 number for every float x of 16 bits and fewer."""
    if line.slope:
        return line.offset == 0 and line.slope in (1, mpq(1, 2))
    return bool(line.offset == mpq(float(line.offset)))


def _half_lines(name: str, f: RealFunction, exact: Pieces, positions: Positions) -> tuple[_Half, _Half]:
    """Of the negative and of the positive floats."""
    halves = negative, positive = _Half(positions, -positions.floats), _Half(positions, positions.floats)
    for half, piece in zip(halves, (exact.below, exact.above), strict=True):
        if piece is not None:
            half.settle_line(piece)
            continue
        half.settle_brackets(f)
        if half is positive and f.reflection is not None:
            half.settle_reflected(f.reflection, negative)
        half.settle_balls(name, f)
    return halves
