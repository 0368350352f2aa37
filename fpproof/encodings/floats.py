"""Floats of a format as terms: the code of a datum, and what it says.

A format without a NaN code still has an *error value* (docs/semantics.md, section 1). So a FloatTerm is a code and an error flag; the flag is
false in formats with a NaN. Where it holds, the code means nothing. All NaN codes are one value; operations give
the one of `Format.encode`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fpproof.encodings.interpret import evaluate
from fpproof.encodings.numbers import Comparison, Number, compare, integer, signed_comparison
from fpproof.encodings.shifts import fit, is_zero, normalise, width_of
from fpproof.encodings.terms import FALSE, TRUE, Term, as_bit, bit, concat, constant, equal, extract, ite, less, less_equal, truth, variable
from fpproof.formats import NAN, Datum, Format


@dataclass(frozen=True, slots=True)
class FloatTerm:
    """A value of a format as terms."""

    format: Format
    code: Term
    error: Term = FALSE

    @property
    def sign(self) -> Term:
        """The sign bit; of NaN it means nothing."""
        return bit(self.code, self.format.width - 1)

    @property
    def magnitude(self) -> Term:
        """The code without the sign: of finite floats, the ordinal of |x|."""
        return extract(self.code, self.format.width - 2, 0)

    @property
    def nan(self) -> Term:
        """NaN, or the error value."""
        match self.format.specials:
            case "ieee":
                return less(constant(infinity_code(self.format), self.format.width - 1), self.magnitude)
            case "nan":
                return equal(self.magnitude, (1 << (self.format.width - 1)) - 1)
            case _:
                return self.error

    @property
    def infinite(self) -> Term:
        return equal(self.magnitude, infinity_code(self.format)) if self.format.has_infinities else FALSE

    @property
    def finite(self) -> Term:
        """A finite float; also says that the code is used."""
        return ~self.error & less_equal(self.magnitude, self.format.largest_ordinal)

    @property
    def valid(self) -> Term:
        """The code is one that the format uses: to be assumed of a variable that ranges over all data."""
        return self.finite | self.nan | self.infinite

    @property
    def zero(self) -> Term:
        return ~self.error & is_zero(self.magnitude)


def infinity_code(F: Format) -> int:
    """The magnitude's code of infinity: the exponent field all ones."""
    return ((1 << F.exponent_bits) - 1) << F.p


def float_variable(F: Format, name: str) -> FloatTerm:
    """A variable; assume `.finite` of it, or `.valid` and, in formats without NaN, take the errors as no values."""
    return FloatTerm(F, variable(name, F.width))


def float_constant(F: Format, x: Datum) -> FloatTerm:
    """A constant; a NaN that has no code is the error value."""
    if x == NAN and not F.has_nan:
        return FloatTerm(F, constant(0, F.width), TRUE)
    return FloatTerm(F, constant(F.encode(x), F.width))


def decode(x: FloatTerm) -> Number:
    """The exact value of a float.

    Offset and significand come from the fields: a field of 0 is subnormal, of exponent emin like field 1.
    """
    F = x.format
    lowest, highest = F.quanta
    exponent = extract(x.code, F.width - 2, F.p)
    normal = ~is_zero(exponent)
    significand = concat(as_bit(normal), extract(x.code, F.p - 1, 0))
    wide = width_of(highest - lowest)
    offset = fit(ite(normal, exponent - constant(1, exponent.width), constant(0, exponent.width)), wide)
    return Number(x.sign, significand, offset, lowest, highest - lowest, x.nan, x.infinite, canonical=True)


def datum(x: FloatTerm, model: Mapping[str, int]) -> Datum:
    """The datum that a float is in a model (values of the variables; those left out are 0)."""
    code, error = evaluate([x.code, x.error], model)
    return NAN if error else x.format.decode(code)


# Comparisons, choice and sign, without decoding


def same(x: FloatTerm, y: FloatTerm) -> Term:
    """Bitwise equality of two floats of one format; all NaNs are one value."""
    _need_one_format(x, y)
    return (x.nan & y.nan) | (~x.nan & ~y.nan & equal(x.code, y.code))


def compare_floats(x: FloatTerm, y: FloatTerm) -> Comparison:
    """Numeric comparison, also across formats: -0 = 0, NaN compares with nothing."""
    if x.format != y.format:
        return compare(decode(x), decode(y))
    return signed_comparison(x.sign, x.magnitude, y.sign, y.magnitude, x.nan | y.nan)


def negate_float(x: FloatTerm) -> FloatTerm:
    """-x; NaN stays NaN."""
    return with_sign(x, ~x.sign)


def absolute_float(x: FloatTerm) -> FloatTerm:
    """|x|."""
    return with_sign(x, FALSE)


def with_sign(x: FloatTerm, sign: Term) -> FloatTerm:
    """x with another sign bit."""
    return FloatTerm(x.format, concat(as_bit(sign), x.magnitude), x.error)


def select_float(condition: Term, x: FloatTerm, y: FloatTerm) -> FloatTerm:
    """x where the condition holds, else y; of one format."""
    _need_one_format(x, y)
    return FloatTerm(x.format, ite(condition, x.code, y.code), ite(condition, x.error, y.error))


def _need_one_format(x: FloatTerm, y: FloatTerm) -> None:
    if x.format != y.format:
        raise TypeError(f"floats of {x.format} and of {y.format}")


# Neighbours and places


def successor(x: FloatTerm) -> FloatTerm:
    """The next greater value; after Omega infinity, or Omega where there is none (docs/semantics.md, section 1)."""
    F = x.format
    wide = F.width - 1
    top = constant(F.largest_ordinal, wide)
    after_top = constant(infinity_code(F), wide) if F.has_infinities else top
    one = constant(1, wide)
    upward = ite(equal(x.magnitude, top), after_top, x.magnitude + one)
    downward = ite(x.infinite, top, x.magnitude - one)
    zero = is_zero(x.magnitude)
    magnitude = ite(zero, one, ite(x.sign, downward, upward))
    stays = x.nan | (x.infinite & ~x.sign)
    return FloatTerm(F, ite(stays, x.code, concat(as_bit(x.sign & ~zero), magnitude)), x.error)


def predecessor(x: FloatTerm) -> FloatTerm:
    """-successor(-x)."""
    return negate_float(successor(negate_float(x)))


def gap(x: FloatTerm, y: FloatTerm, down: bool = False) -> Number:
    """x - y of two values of one format that are neighbours, or one value: the unit of the one nearer to 0, a power of two.

    An infinity is beside Omega, or beside itself. The zero of equal values is +0, or -0 if `down`, as in `numbers.add`.
    """
    order = compare_floats(x, y)
    nearer = decode(select_float(less(x.magnitude, y.magnitude), x, y))
    equals = equal(x.code, y.code)
    return Number(
        ite(equals, truth(down), order.less),
        as_bit(~equals),
        ite(equals, constant(0, nearer.offset.width), nearer.offset),
        nearer.lowest,
        nearer.span,
        x.nan | y.nan | (equals & x.infinite),
        x.infinite ^ y.infinite,
        canonical=True,
    )


def flush_subnormal(x: FloatTerm) -> FloatTerm:
    """Zero of the same sign for a subnormal float, else x."""
    subnormal = less(x.magnitude, 1 << x.format.p)
    flushed = concat(as_bit(x.sign), constant(0, x.format.width - 1))
    return FloatTerm(x.format, ite(subnormal & ~x.nan, flushed, x.code), x.error)


def ulp(x: FloatTerm) -> Number:
    """2^(max(exponent(x), emin) - p) of a finite float: the unit of its significand; NaN for others."""
    number = decode(x)
    return Number(FALSE, constant(1, 1), number.offset, number.lowest, number.span, ~x.finite)


def exponent(x: FloatTerm) -> Number:
    """floor(log2 |x|) of a finite float, an integer; emin for 0, NaN for what is not finite.

    It is emin + offset, less the leading zeros of a subnormal significand.
    """
    F = x.format
    number = decode(x)
    _, zeros = normalise(number.significand)
    wide = width_of(max(F.emax, F.p - F.emin, -F.emin)) + 2
    place = fit(number.offset, wide) + F.emin - fit(ite(x.zero, constant(0, zeros.width), zeros), wide)
    return replace(integer(place), nan=~x.finite)


def significand(x: FloatTerm) -> Number:
    """x / 2^exponent(x) of a finite float: the normalised significand; 0 for 0, NaN for what is not finite."""
    shifted, _ = normalise(decode(x).significand)
    return Number(x.sign, shifted, constant(0, 1), -x.format.p, 0, ~x.finite)
