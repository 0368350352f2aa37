"""Numbers that a statement gives outright: constants, powers, and the bounds of integers."""

from fractions import Fraction
from typing import Any

from fpproof.encodings import EncodingError, Number, numbers, ratios
from fpproof.judges.exact import bounds
from fpproof.theory import Claim, Term
from fpproof.theory.numbers import INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO


def integer_bounds(claim: Claim, term: Term) -> tuple[int, int]:
    """The least and the greatest value that the assumptions leave to an Int; raises EncodingError if they do not say."""
    low, high = bounds(claim, term)
    if low is None or high is None:
        name = term.variable.name
        raise EncodingError(f"{name} is an Int without bounds: assume(low <= {name} <= high)")
    return low, high


def constant(term: Term) -> Number:
    value = term.data
    if value is NAN:
        return numbers.nan()
    if value in (INFINITY, NEGATIVE_INFINITY):
        return numbers.infinity(value is NEGATIVE_INFINITY)
    return numbers.rational(0, negative_zero=True) if value is NEGATIVE_ZERO else rational(value)


def rational(value: Any) -> Number:
    """A constant from gmpy2's rational, whose integers are not Python's."""
    return numbers.rational(Fraction(int(value.numerator), int(value.denominator)))


def power_of_two(n: Number) -> Number:
    return numbers.power_of_two(numbers.fixed_point(n))


def power(x: Number, n: int) -> Number:
    """x multiplied n >= 0 times."""
    result = ratios.ONE
    for _ in range(n):
        result = x if result is ratios.ONE else numbers.multiply(result, x)
    return result
