"""Rounding as a term: from an exact number to a float of a format, in the six modes.

The result is found as an ordinal, the place among the positive floats: with the significand's first p + 1 bits and the exponent's field
it is significand + field * 2^p, for subnormal numbers too, and a last bit that is rounded up carries into the next binade by
itself. Overflow is an ordinal beyond that of Omega.
"""

from dataclasses import dataclass

from fpproof.encodings.errors import EncodingError
from fpproof.encodings.floats import FloatTerm, infinity_code
from fpproof.encodings.numbers import Number, dyadic
from fpproof.encodings.shifts import fit, is_zero, left, normalise, pad_right, right_jammed, width_of
from fpproof.encodings.terms import FALSE, Term, as_bit, bit, concat, constant, extract, ite, less, zero_extend
from fpproof.formats import NEAREST_EVEN, Format, Mode


@dataclass(frozen=True, slots=True)
class Rounded:
    """A float, and how it differs from what was rounded."""

    value: FloatTerm
    inexact: Term
    """The number was finite and is no float of the format; so is every overflow."""
    overflow: Term
    """The number was finite and rounds beyond Omega."""


def fl(F: Format, x: Number, mode: Mode = NEAREST_EVEN) -> Rounded:
    """x rounded to a format: infinities and NaN as docs/semantics.md, sections 1 and 2, have them, zeros keep their sign.

    Raises EncodingError if x was rounded to odd for less than the precision of F.
    """
    if x.precision is not None and x.precision < F.precision:
        raise EncodingError(f"rounding to {F} of a number that is good for {x.precision} bits", hint=f"form it with a precision of {F.precision}")
    x = dyadic(x, F.precision)
    cut, field = _cut_to_quantum(F, x)
    kept, rest = extract(cut, cut.width - 1, cut.width - F.precision), extract(cut, cut.width - F.precision - 1, 0)
    lost = ~is_zero(rest)
    wide = width_of(((1 << field.width) + 1) << F.p)
    ordinal = zero_extend(kept, wide) + fit(pad_right(field, F.p), wide)
    if mode is Mode.TO_ODD:
        ordinal = ordinal | zero_extend(as_bit(lost), wide)
    else:
        ordinal = ordinal + zero_extend(as_bit(_upward(mode, x.sign, kept, rest)), wide)
    overflow = x.finite & less(constant(F.largest_ordinal, max(wide, F.width)), fit(ordinal, max(wide, F.width)))
    return Rounded(_encoded(F, x, ordinal, overflow, mode), x.finite & (lost | overflow), overflow)


def is_float(F: Format, x: Number) -> Term:
    """x is a finite float of the format."""
    return x.finite & ~fl(F, x, Mode.TOWARD_ZERO).inexact


def _cut_to_quantum(F: Format, x: Number) -> tuple[Term, Term]:
    """The significand with the unit of the result at bit width - precision, jammed, and the exponent's field less 1 (0 if subnormal).

    Let t = exponent of that bit, less the lowest quantum. Shifting left by s lowers it: s = min(leading zeros, t) makes the number normal, or
    stops at the lowest quantum; t < 0 means a shift to the right.
    """
    spare = max(0, F.precision + 2 - x.bits)
    significand = pad_right(x.significand, spare)
    lowest = x.lowest - spare + significand.width - F.precision - F.quanta[0]
    highest = lowest + x.span
    if highest <= 0:
        far = width_of(-lowest)
        return right_jammed(significand, constant(-lowest, far) - fit(x.offset, far)), constant(0, 1)
    wide = width_of(max(highest, -lowest)) + 1
    t = fit(x.offset, wide) + lowest
    below = bit(t, wide - 1) if lowest < 0 else FALSE
    if below is not FALSE:
        far = width_of(-lowest)
        significand = right_jammed(significand, ite(below, fit(-t, far), constant(0, far)))
    room = fit(ite(below, constant(0, wide), t), width_of(highest))
    _, zeros = normalise(significand)
    both = max(room.width, zeros.width)
    room, zeros = zero_extend(room, both), zero_extend(zeros, both)
    shift = ite(less(zeros, room), zeros, room)
    field = ite(is_zero(significand), constant(0, both), room - shift)
    return left(significand, shift), fit(field, width_of(highest))


def _upward(mode: Mode, sign: Term, kept: Term, rest: Term) -> Term:
    """Whether the magnitude is rounded up."""
    lost = ~is_zero(rest)
    half = bit(rest, rest.width - 1)
    match mode:
        case Mode.NEAREST_EVEN:
            beyond = ~is_zero(extract(rest, rest.width - 2, 0))
            return half & (beyond | bit(kept, 0))
        case Mode.NEAREST_AWAY:
            return half
        case Mode.UP:
            return ~sign & lost
        case Mode.DOWN:
            return sign & lost
        case Mode.TOWARD_ZERO:
            return FALSE
        case _:
            raise TypeError(f"{mode!r} is no rounding mode: it must be a Mode")


def _encoded(F: Format, x: Number, ordinal: Term, overflow: Term, mode: Mode) -> FloatTerm:
    """The code of the result, with overflows, infinities and NaN in place."""
    wide = F.width - 1
    top = constant(F.largest_ordinal, wide)
    inward = {Mode.TOWARD_ZERO: ~FALSE, Mode.TO_ODD: ~FALSE, Mode.UP: x.sign, Mode.DOWN: ~x.sign}.get(mode, FALSE)
    invalid = x.nan
    magnitude = fit(ordinal, wide)
    if F.overflow == "saturate":
        magnitude = ite(overflow, top, magnitude)
    else:
        magnitude = ite(overflow, ite(inward, top, constant(infinity_code(F), wide)), magnitude)
        if F.overflow == "nan":
            invalid = invalid | (overflow & ~inward)
    if F.has_infinities:
        magnitude = ite(x.infinite, constant(infinity_code(F), wide), magnitude)
    else:
        invalid = invalid | x.infinite
    code = concat(as_bit(x.sign), magnitude)
    if not F.has_nan:
        return FloatTerm(F, code, invalid)
    return FloatTerm(F, ite(invalid, constant(F.encode((0, None)), F.width), code))
