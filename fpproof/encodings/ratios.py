"""Exact quotients as terms: a numerator and a denominator that is a finite positive number.

A Number has no form for x / y. Where a quotient is compared, or added to something before it is rounded, it is kept as a Ratio instead,
and comparisons multiply crosswise. Sign, infinities and NaN are the numerator's, so that the rules of IEEE 754 are those of `numbers`.
"""

from dataclasses import dataclass, replace

from fpproof.encodings import numbers
from fpproof.encodings.numbers import Comparison, Number
from fpproof.encodings.terms import FALSE, Term, constant, ite

ONE = numbers.rational(1)


@dataclass(frozen=True, slots=True)
class Ratio:
    """numerator / denominator; the denominator is exact, finite and positive."""

    numerator: Number
    denominator: Number = ONE


def _times(x: Number, y: Number) -> Number:
    if x is ONE:
        return y
    return x if y is ONE else numbers.multiply(x, y)


def negate(x: Ratio) -> Ratio:
    return replace(x, numerator=numbers.negate(x.numerator))


def absolute(x: Ratio) -> Ratio:
    return replace(x, numerator=numbers.absolute(x.numerator))


def add(x: Ratio, y: Ratio, down: bool = False) -> Ratio:
    """x + y; a sum that cancels is +0, or -0 if `down`."""
    if x.denominator == y.denominator:
        return Ratio(numbers.add(x.numerator, y.numerator, None, down), x.denominator)
    left, right = _times(x.numerator, y.denominator), _times(y.numerator, x.denominator)
    return Ratio(numbers.add(left, right, None, down), _times(x.denominator, y.denominator))


def multiply(x: Ratio, y: Ratio) -> Ratio:
    """x * y."""
    return Ratio(numbers.multiply(x.numerator, y.numerator), _times(x.denominator, y.denominator))


def divide(x: Ratio, y: Ratio) -> Ratio:
    """x / y; x / 0 is an infinity, 0 / 0 and infinity / infinity are NaN, x / infinity is a zero."""
    a, b = x.numerator, y.numerator
    top = _times(a, y.denominator)
    numerator = replace(
        top,
        sign=a.sign ^ b.sign,
        significand=ite(b.infinite, constant(0, top.bits), top.significand),
        nan=a.nan | b.nan | (a.zero & b.zero) | (a.infinite & b.infinite),
        infinite=a.infinite | b.zero,
        canonical=False,
    )
    usable = b.finite & ~b.zero
    bottom = numbers.select(usable, replace(_times(x.denominator, b), sign=FALSE), ONE)
    return Ratio(numerator, replace(bottom, nan=FALSE, infinite=FALSE))


def select(condition: Term, x: Ratio, y: Ratio) -> Ratio:
    """x where the condition holds, else y."""
    numerator = numbers.select(condition, x.numerator, y.numerator)
    if x.denominator == y.denominator:
        return Ratio(numerator, x.denominator)
    return Ratio(numerator, numbers.select(condition, x.denominator, y.denominator))


def compare(x: Ratio, y: Ratio) -> Comparison:
    """How x and y compare, exactly."""
    if x.denominator == y.denominator:
        return numbers.compare(x.numerator, y.numerator)
    return numbers.compare(_times(x.numerator, y.denominator), _times(y.numerator, x.denominator))


def to_odd(x: Ratio, precision: int) -> Number:
    """x rounded to odd at a precision."""
    return numbers.divide(x.numerator, x.denominator, precision)
