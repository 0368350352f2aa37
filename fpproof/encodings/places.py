"""Where numbers lie: exponent, ulp and significand of any number, neighbours in a format, integers.

Rounding to odd cuts towards zero and keeps at least three bits of what is not zero. So exponents, and with them ulps, of a
number that was rounded to odd are those of the exact one.
"""

from dataclasses import replace

from fpproof.encodings.errors import EncodingError
from fpproof.encodings.floats import FloatTerm, predecessor, select_float, successor
from fpproof.encodings.numbers import Number, dyadic, fixed_point, integer
from fpproof.encodings.rounding import fl
from fpproof.encodings.shifts import fit, is_zero, normalise, width_of
from fpproof.encodings.terms import FALSE, Term, constant, divide, ite, less, remainder, zero_extend
from fpproof.formats import Format, Mode


def _height(x: Number) -> tuple[Term, int]:
    """Of a nonzero number, floor(log2 |x|) less `lowest`, and the most that can be; for zero the term is 0."""
    _, zeros = normalise(x.significand)
    most = x.span + x.bits - 1
    wide = width_of(most)
    height = fit(x.offset, wide) + (x.bits - 1) - fit(zeros, wide)
    return ite(is_zero(x.significand), constant(0, wide), height), most


def exponent(x: Number, F: Format) -> Number:
    """floor(log2 |x|), emin of F for zero; NaN where x is not finite."""
    x = dyadic(x, 1)
    height, _ = _height(x)
    wide = max(height.width, abs(x.lowest).bit_length(), abs(F.emin).bit_length()) + 2
    return replace(integer(ite(x.zero, constant(F.emin, wide), zero_extend(height, wide) + x.lowest)), nan=~x.finite)


def ulp(x: Number, F: Format) -> Number:
    """2^(max(exponent(x), emin) - p); NaN where x is not finite."""
    x = dyadic(x, 1)
    height, most = _height(x)
    lift = x.lowest - F.emin
    wide = width_of(most + abs(lift)) + 1
    above = zero_extend(height, wide) + lift  # exponent(x) - emin
    subnormal = x.zero | (less(zero_extend(height, wide), -lift) if lift < 0 else FALSE)
    span = max(0, most + lift)
    return Number(FALSE, constant(1, 1), fit(ite(subnormal, constant(0, wide), above), width_of(span)), F.emin - F.p, span, ~x.finite)


def significand(x: Number) -> Number:
    """x / 2^floor(log2 |x|); zeros stay, NaN where x is not finite."""
    x = dyadic(x, x.bits) if x.denominator != 1 else x
    shifted, _ = normalise(x.significand)
    return Number(x.sign, shifted, constant(0, 1), 1 - x.bits, 0, ~x.finite, precision=x.precision)


def succ(F: Format, x: Number) -> FloatTerm:
    """The next greater value of F; of a number that is none, fl up."""
    rounded = fl(F, x, Mode.UP)
    return select_float(rounded.inexact, rounded.value, successor(rounded.value))


def pred(F: Format, x: Number) -> FloatTerm:
    """The next smaller value of F; of a number that is none, fl down."""
    rounded = fl(F, x, Mode.DOWN)
    return select_float(rounded.inexact, rounded.value, predecessor(rounded.value))


# Integers


def _integers(x: Number, y: Number) -> tuple[Number, Number, Term, Term]:
    """Both in fixed point without fraction, and their magnitudes with one bit to spare."""
    x, y = fixed_point(x), fixed_point(y)
    for n in (x, y):
        if n.lowest != 0 or n.denominator != 1:
            raise EncodingError("an integer quotient of numbers that are not known to be integers")
    wide = max(x.bits, y.bits) + 1
    return x, y, zero_extend(x.significand, wide), zero_extend(y.significand, wide)


def floor_quotient(x: Number, y: Number) -> Number:
    """floor(x / y) of integers; NaN for y = 0 or where one is not finite."""
    x, y, a, b = _integers(x, y)
    inexact = ~is_zero(remainder(a, b))
    negative = x.sign ^ y.sign
    magnitude = divide(a, b) + zero_extend(ite(negative & inexact, constant(1, 1), constant(0, 1)), a.width)
    return Number(negative, magnitude, constant(0, 1), 0, 0, ~x.finite | ~y.finite | is_zero(b))


def floor_remainder(x: Number, y: Number) -> Number:
    """x - y * floor(x / y) of integers, of the sign of y; NaN for y = 0 or where one is not finite."""
    x, y, a, b = _integers(x, y)
    rest = remainder(a, b)
    other = (x.sign ^ y.sign) & ~is_zero(rest)
    return Number(y.sign, ite(other, b - rest, rest), constant(0, 1), 0, 0, ~x.finite | ~y.finite | is_zero(b))


def without_zero_sign(x: Number) -> Number:
    """The same number, -0 taken for 0: integers have one zero."""
    return replace(x, sign=x.sign & ~is_zero(x.significand))
