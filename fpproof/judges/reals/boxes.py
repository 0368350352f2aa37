"""Boxes: a range of reals for each variable, with rational ends, cut from the assumptions and split at simple numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gmpy2 import mpfr, mpq

from fpproof.formats import Format, Mode
from fpproof.judges.reals.intervals import ZERO_INTERVAL, Arithmetic, Enclosed, Interval
from fpproof.theory import Claim, Domain, Op, Term
from fpproof.theory.numbers import NEGATIVE_ZERO, ZERO, Number, Special, fl

Rational = Any
"""gmpy2.mpq."""


@dataclass(frozen=True, slots=True)
class Range:
    """The reals from `low` to `high`; None is an infinity, an open end does not belong to it."""

    low: Rational | None = None
    high: Rational | None = None
    low_open: bool = False
    high_open: bool = False

    @property
    def empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return bool(self.low > self.high or (self.low == self.high and (self.low_open or self.high_open)))

    @property
    def point(self) -> bool:
        return self.low is not None and self.low == self.high

    @property
    def width(self) -> Rational | None:
        """None if it has no end."""
        return None if self.low is None or self.high is None else self.high - self.low

    @property
    def closed(self) -> "Range":
        return Range(self.low, self.high)

    def at(self, point: Rational) -> "Range":
        return Range(point, point)

    def middle(self) -> Rational:
        """A simple number that lies well inside; powers of two on the way to an infinity."""
        if self.low is None:
            return ZERO if self.high is None else -Range(-self.high).middle()
        if self.high is None:
            return mpq(1) if self.low < 1 else mpq(1 << (int(self.low).bit_length() + 1))
        quarter = (self.high - self.low) / 4
        return simplest(self.low + quarter, self.high - quarter)

    def split(self, point: Rational) -> tuple["Range", "Range"]:
        """Both parts, to which the point belongs."""
        return Range(self.low, point, self.low_open, False), Range(point, self.high, False, self.high_open)

    def __str__(self) -> str:
        left = "(-infinity" if self.low is None else f"{'(' if self.low_open else '['}{short(self.low)}"
        right = "infinity)" if self.high is None else f"{short(self.high)}{')' if self.high_open else ']'}"
        return short(self.low) if self.point else f"{left}, {right}"


Box = tuple[Range, ...]
"""A range for each variable of a claim."""


def short(q: Rational) -> str:
    """A rational in a few characters, rounded if it is long."""
    text = str(q)
    return text if len(text) <= 24 else f"{mpfr(q):.12g}"


def simplest(low: Rational, high: Rational) -> Rational:
    """The rational number between two others that has the least denominator, and the least size among these."""
    if low <= 0 <= high:
        return ZERO
    if high < 0:
        return -simplest(-high, -low)
    whole = -(-low.numerator // low.denominator)
    if whole <= high:
        return mpq(whole)
    floor = whole - 1
    return floor + 1 / simplest(1 / (high - floor), 1 / (low - floor))


def whole_box(claim: Claim) -> Box:
    """What the assumptions leave to each variable where they say so outright: x < 1/2, abs(x) <= 3; floats are between -Omega and Omega."""
    ranges = {variable: _domain(variable) for variable in claim.variables}
    for condition in claim.assumptions:
        if condition.op not in (Op.LESS, Op.LESS_EQUAL, Op.EQUAL):
            continue
        for side, other, upper in ((0, 1, True), (1, 0, False)):
            bound = condition.args[other]
            if bound.op is not Op.CONSTANT or (isinstance(bound.data, Special) and bound.data is not NEGATIVE_ZERO):
                continue
            value = ZERO if bound.data is NEGATIVE_ZERO else bound.data
            _cut(ranges, condition.args[side], value, upper, condition.op)
    return tuple(integral(variable, ranges[variable]) for variable in claim.variables)


def _cut(ranges: dict[Term, Range], term: Term, bound: Rational, upper: bool, op: Op) -> None:
    is_open = op is Op.LESS
    if term.op is Op.ABSOLUTE and term.args[0] in ranges and upper:
        ranges[term.args[0]] = both(ranges[term.args[0]], Range(-bound, bound, is_open, is_open))
    elif term in ranges:
        below, above = Range(None, bound, False, is_open), Range(bound, None, is_open, False)
        cut = Range(bound, bound) if op is Op.EQUAL else (below if upper else above)
        ranges[term] = both(ranges[term], cut)


def both(x: Range, y: Range) -> Range:
    """What lies in both."""
    low, low_open = _inner([(r.low, r.low_open) for r in (x, y)], 1)
    high, high_open = _inner([(r.high, r.high_open) for r in (x, y)], -1)
    return Range(low, high, low_open, high_open)


def _inner(ends: Sequence[tuple[Rational | None, bool]], sign: int) -> tuple[Rational | None, bool]:
    given = [(sign * end, is_open) for end, is_open in ends if end is not None]
    if not given:
        return None, False
    end = max(end for end, _ in given)
    return sign * end, any(is_open for other, is_open in given if other == end)


def _domain(variable: Term) -> Range:
    if variable.variable.domain is Domain.FLOAT:
        F: Format = variable.args[0].data
        return Range(-mpq(F.Omega), mpq(F.Omega))
    return Range()


def integral(variable: Term, r: Range) -> Range:
    """A range of an integer variable from integer to integer."""
    if variable.variable.domain is not Domain.INT:
        return r
    low = None if r.low is None else mpq(r.low.numerator // r.low.denominator + 1 if r.low_open else -(-r.low.numerator // r.low.denominator))
    high = None if r.high is None else mpq(-(-r.high.numerator // r.high.denominator) - 1 if r.high_open else r.high.numerator // r.high.denominator)
    return Range(low, high)


def halves(variable: Term, r: Range) -> tuple[Range, ...]:
    """The parts of a range that is split; of an integer's, those that are not empty."""
    point = r.middle()
    if variable.variable.domain is not Domain.INT:
        return r.split(point)
    floor = mpq(point.numerator // point.denominator)
    parts = Range(r.low, floor), Range(floor + 1, r.high)
    return tuple(part for part in parts if not part.empty)


def in_domain(variable: Term, q: Rational) -> Number:
    """The number that a variable can have next to a rational one."""
    match variable.variable.domain:
        case Domain.INT:
            return mpq(q.numerator // q.denominator)
        case Domain.FLOAT:
            return fl(q, variable.args[0].data, Mode.NEAREST_EVEN)
    return q


def enclosed(claim: Claim, box: Box, arithmetic: Arithmetic) -> Mapping[Term, Enclosed]:
    """The box as the values of variables. A Float has two zeros."""
    return {variable: _enclosed(variable, r, arithmetic) for variable, r in zip(claim.variables, box, strict=True)}


def _enclosed(variable: Term, r: Range, arithmetic: Arithmetic) -> Enclosed:
    if r.point:
        return ZERO_INTERVAL if variable.variable.domain is Domain.FLOAT and r.low == 0 else r.low
    low = arithmetic.low_end(r.low)
    high = arithmetic.high_end(r.high)
    return Interval(low, high, r.low is None or r.low_open, r.high is None or r.high_open)
