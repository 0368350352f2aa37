"""Exact extended reals as terms: a record of sign, significand and exponent, with infinities, NaN and a sign of zero.

A Number stands for (-1)^sign * significand * 2^(lowest + offset) / denominator, where `lowest` and `denominator` are Python
integers and `offset` is unsigned and at most `span`. So the value of a float of any format, an integer (span 0, lowest 0), a
fixed-point number (span 0) and an exact product are one thing. Operations are exact and follow IEEE 754 for infinities,
NaN and zeros, without rounding.

A sum, quotient or root whose exact form would be too wide can be *rounded to odd* at some precision instead: if inexact, its last
bit is set, and it has at least precision + 2 bits. The real number then lies between the two even neighbours, and so on the
same side as the record of every number of at most precision + 1 bits: floats of that precision, and midpoints between them. Hence
rounding to `precision` bits in any mode, and comparing with numbers of at most `precision` bits, give the right answer. The field
`precision` remembers the bound; what needs more is refused.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from fpproof.encodings.errors import EncodingError
from fpproof.encodings.shifts import fit, is_zero, left, normalise, pad_right, quotient, right_jammed, square_root, width_of
from fpproof.encodings.terms import FALSE, TRUE, Op, Term, as_bit, bit, concat, constant, equal, extract, ite, less, truth, zero_extend

WIDEST = 1 << 14
"""Bits of a significand; sums of products of binary64 take 8400."""


@dataclass(frozen=True, slots=True)
class Number:
    """An extended real as terms; where `nan` or `infinite` holds, significand and offset mean nothing."""

    sign: Term
    significand: Term
    offset: Term
    lowest: int
    span: int
    nan: Term = FALSE
    infinite: Term = FALSE
    denominator: int = 1
    canonical: bool = False
    """The highest bit of the significand is set wherever the offset is not 0; zero has offset 0. So are all floats."""
    precision: int | None = None
    """None: exact. Else rounded to odd, good for this many bits."""

    def __post_init__(self) -> None:
        if self.significand.width > WIDEST:
            raise EncodingError(
                f"an exact number of {self.significand.width} bits, at most {WIDEST} are encoded", hint="round more often, or take a smaller format"
            )

    @property
    def bits(self) -> int:
        """Bits of the significand."""
        return self.significand.width

    @property
    def highest(self) -> int:
        return self.lowest + self.span

    @property
    def finite(self) -> Term:
        return ~(self.nan | self.infinite)

    @property
    def zero(self) -> Term:
        return self.finite & is_zero(self.significand)


class Comparison(NamedTuple):
    """How two numbers compare, as IEEE 754 has it: NaN is neither less, equal nor greater; -0 = 0."""

    less: Term
    equal: Term
    greater: Term


# Making numbers


def rational(value: Fraction | int, negative_zero: bool = False) -> Number:
    """A rational constant."""
    value = Fraction(value)
    twos = (value.denominator & -value.denominator).bit_length() - 1
    m = abs(value.numerator)
    zeros = (m & -m).bit_length() - 1 if m else 0
    m >>= zeros
    return Number(
        truth(value < 0 or negative_zero),
        constant(m, width_of(m)),
        constant(0, 1),
        zeros - twos,
        0,
        denominator=value.denominator >> twos,
    )


def infinity(negative: bool = False) -> Number:
    """An infinite constant."""
    return replace(rational(0), sign=truth(negative), infinite=TRUE)


def nan() -> Number:
    """NaN as a constant."""
    return replace(rational(0), nan=TRUE)


def integer(x: Term) -> Number:
    """An integer variable or other term in two's complement as a number."""
    negative = bit(x, x.width - 1)
    return Number(negative, ite(negative, -x, x), constant(0, 1), 0, 0)


_LARGEST_EXPONENT_BITS = 20


def power_of_two(n: Number) -> Number:
    """2^n of an integer number (a fixed-point one without fraction); NaN where n is not finite."""
    _need_exact("a power", n)
    bits = n.bits + n.lowest + 1
    if n.span or n.denominator != 1 or n.lowest < 0 or bits > _LARGEST_EXPONENT_BITS:
        raise EncodingError(f"2^n has an encoding for integers n of at most {_LARGEST_EXPONENT_BITS} bits only")
    magnitude = pad_right(zero_extend(n.significand, n.bits + 1), n.lowest)
    half = 1 << (bits - 1)
    return Number(FALSE, constant(1, 1), ite(n.sign, -magnitude, magnitude) + half, -half, 2 * half - 1, ~n.finite)


# Exact operations


def negate(x: Number) -> Number:
    return replace(x, sign=~x.sign)


def absolute(x: Number) -> Number:
    return replace(x, sign=FALSE)


def scale(x: Number, n: int) -> Number:
    """x * 2^n."""
    return replace(x, lowest=x.lowest + n)


def select(condition: Term, x: Number, y: Number) -> Number:
    """x where the condition holds, else y."""
    if x.precision != y.precision and None not in (x.precision, y.precision):
        raise EncodingError("a choice between numbers rounded to odd at two precisions")
    x, y = _common_denominator(x, y)
    lowest, highest = min(x.lowest, y.lowest), max(x.highest, y.highest)
    canonical = x.canonical and y.canonical and (x.lowest, x.bits) == (y.lowest, y.bits)
    bits = max(x.bits, y.bits)
    return Number(
        ite(condition, x.sign, y.sign),
        ite(condition, zero_extend(x.significand, bits), zero_extend(y.significand, bits)),
        ite(condition, _offset_from(x, lowest, highest), _offset_from(y, lowest, highest)),
        lowest,
        highest - lowest,
        ite(condition, x.nan, y.nan),
        ite(condition, x.infinite, y.infinite),
        x.denominator,
        canonical,
        y.precision if x.precision is None else x.precision,
    )


def multiply(x: Number, y: Number) -> Number:
    """x * y; infinity times 0 is NaN. The operands are ordered, so that x * y and y * x are one term."""
    _need_exact("a product", x, y)
    if y.significand.digest < x.significand.digest:
        x, y = y, x
    bits = x.bits + y.bits
    span = x.span + y.span
    return Number(
        x.sign ^ y.sign,
        zero_extend(x.significand, bits) * zero_extend(y.significand, bits),
        fit(x.offset, width_of(span)) + fit(y.offset, width_of(span)),
        x.lowest + y.lowest,
        span,
        x.nan | y.nan | (x.infinite & y.zero) | (x.zero & y.infinite),
        x.infinite | y.infinite,
        x.denominator * y.denominator,
    )


def add(x: Number, y: Number, precision: int | None = None, down: bool = False) -> Number:
    """x + y: exact, or with a precision rounded to odd where that is less wide.

    x + (-x) is +0, or -0 if `down`: the sign belongs to the rounding that follows (IEEE 754-2019, section 6.3).
    """
    _need_exact("a sum", x, y)
    x, y = _common_denominator(x, y)
    if y.significand.digest < x.significand.digest:
        x, y = y, x
    if precision is not None and x.denominator == 1 and _fixed_bits(x, y) + 1 > _window_bits(x, y, precision):
        total = _sum_in_window(x, y, precision)
    else:
        total = _sum_in_fixed_point(x, y)
    return replace(
        total,
        sign=ite(
            x.infinite | y.infinite,
            ite(x.infinite, x.sign, y.sign),
            ite(is_zero(total.significand) & (x.sign ^ y.sign), truth(down), total.sign),
        ),
        nan=x.nan | y.nan | (x.infinite & y.infinite & (x.sign ^ y.sign)),
        infinite=x.infinite | y.infinite,
        denominator=x.denominator,
    )


def subtract(x: Number, y: Number, precision: int | None = None, down: bool = False) -> Number:
    """x - y."""
    return add(x, negate(y), precision, down)


def divide(x: Number, y: Number, precision: int) -> Number:
    """x / y rounded to odd at a precision; x / 0 is an infinity, 0 / 0 and infinity / infinity are NaN.

    With both significands normalised, 1/2 < x/y < 2; of the quotient's precision + 2 binary digits, the first may be 0.
    """
    _need_exact("a quotient", x, y)
    bits = max(x.bits + y.denominator.bit_length(), y.bits + x.denominator.bit_length())
    x, y = _normalised(_widened(_times(x, y.denominator), bits)), _normalised(_widened(_times(y, x.denominator), bits))
    digits = precision + 2
    ratio, inexact = quotient(x.significand, y.significand, digits)
    span = x.span + y.span
    zero = is_zero(x.significand)
    return Number(
        x.sign ^ y.sign,
        ite(zero | y.infinite, constant(0, digits + 1), concat(ratio, as_bit(inexact))),
        fit(x.offset, width_of(span)) + constant(y.span, width_of(span)) - fit(y.offset, width_of(span)),
        x.lowest - y.highest - digits,
        span,
        x.nan | y.nan | (x.zero & y.zero) | (x.infinite & y.infinite),
        ~y.infinite & (x.infinite | y.zero),
        precision=precision,
    )


def root(x: Number, precision: int) -> Number:
    """sqrt(x) rounded to odd at a precision; sqrt(-0) is -0, of other negative numbers NaN."""
    _need_exact("a root", x)
    if x.denominator != 1:
        raise EncodingError(f"the root of a number with the denominator {x.denominator} has no encoding")
    x = _normalised(x)
    digits = max(precision + 1, (x.bits + 2) // 2)
    # The radicand has 2 * digits bits and the same parity of the exponent as x.lowest - pad + offset, which is made even.
    pad = 2 * digits - x.bits - 1
    parity = bit(x.offset, 0) if (x.lowest - pad) % 2 == 0 else ~bit(x.offset, 0)
    radicand = pad_right(zero_extend(x.significand, x.bits + 1), pad)
    found, inexact = square_root(ite(parity, pad_right(fit(radicand, 2 * digits - 1), 1), radicand))
    # exponent = lowest - pad + offset - parity is even; half of it, counted from the least one.
    base = (x.lowest - pad) // 2 * 2
    span = x.highest - pad - base
    wide = width_of(span)
    half = fit(x.offset, wide) + constant(x.lowest - pad - base, wide) if span else constant(0, 1)
    return Number(
        x.sign,
        concat(found, as_bit(inexact)),
        fit(extract(half, wide - 1, 1), width_of(span // 2)) if wide > 1 else constant(0, 1),
        base // 2 - 1,
        span // 2,
        x.nan | (x.sign & ~x.zero),
        x.infinite,
        precision=precision,
    )


def dyadic(x: Number, precision: int) -> Number:
    """x without a denominator: itself if it has none, else rounded to odd at a precision."""
    if x.denominator == 1:
        return x
    return divide(replace(x, denominator=1), rational(x.denominator), precision)


def compare(x: Number, y: Number) -> Comparison:
    """How x and y compare, exactly.

    A number that is rounded to odd compares with exact numbers of at most its precision; else EncodingError.
    """
    _need_comparable(x, y)
    x, y = _common_denominator(x, y)
    x_key, y_key = _keys(x, y)
    # The bit in front is set for infinities, whose other bits are cleared.
    x_key = concat(as_bit(x.infinite), ite(x.infinite, constant(0, x_key.width), x_key))
    y_key = concat(as_bit(y.infinite), ite(y.infinite, constant(0, y_key.width), y_key))
    return signed_comparison(x.sign, x_key, y.sign, y_key, x.nan | y.nan)


def signed_comparison(x_sign: Term, x_key: Term, y_sign: Term, y_key: Term, unordered: Term) -> Comparison:
    """Numbers given as a sign and a magnitude's place in the order, compared; both zeros have the place 0."""
    nearer, alike = less(x_key, y_key), equal(x_key, y_key)
    equals = alike & (is_zero(x_key) | ~(x_sign ^ y_sign))
    below = ite(x_sign, ite(y_sign, ~nearer & ~alike, ~(is_zero(x_key) & is_zero(y_key))), ~y_sign & nearer)
    return Comparison(~unordered & below, ~unordered & equals, ~unordered & ~below & ~equals)


def fixed_point(x: Number) -> Number:
    """The same number with offset 0 and no unit greater than 1, as integers have it."""
    if not x.span and x.lowest <= 0:
        return x
    lowest = min(x.lowest, 0)
    return replace(x, significand=_fixed(x, lowest, x.bits + x.highest - lowest), offset=constant(0, 1), lowest=lowest, span=0, canonical=False)


# What the operations share


def _need_exact(what: str, *numbers: Number) -> None:
    if any(x.precision is not None for x in numbers):
        raise EncodingError(f"{what} of a number that was rounded to odd", hint="form the number without a precision first")


def _need_comparable(x: Number, y: Number) -> None:
    for one, other in ((x, y), (y, x)):
        if one.precision is not None and (other.precision is not None or other.denominator != 1 or other.bits > one.precision):
            raise EncodingError(
                f"a comparison of a number rounded to odd at {one.precision} bits with one of {other.bits}", hint="form it with a higher precision"
            )


def _times(x: Number, factor: int) -> Number:
    """The numerator of x times an integer, as a number without a denominator."""
    if factor == 1:
        return replace(x, denominator=1)
    bits = x.bits + factor.bit_length()
    return replace(x, significand=zero_extend(x.significand, bits) * factor, denominator=1, canonical=False)


def _common_denominator(x: Number, y: Number) -> tuple[Number, Number]:
    if x.denominator == y.denominator:
        return x, y
    common = lcm(x.denominator, y.denominator)
    return tuple(replace(_times(z, common // z.denominator), denominator=common) for z in (x, y))  # type: ignore[return-value]  # two


def _offset_from(x: Number, lowest: int, highest: int) -> Term:
    """The offset counted from another lowest exponent."""
    wide = width_of(highest - lowest)
    return fit(x.offset, wide) + (x.lowest - lowest)


def _widened(x: Number, bits: int) -> Number:
    """The same number with zeros appended to its significand, up to `bits`."""
    zeros = max(0, bits - x.bits)
    return replace(x, significand=pad_right(x.significand, zeros), lowest=x.lowest - zeros)


def _normalised(x: Number) -> Number:
    """The same number with the highest bit of the significand set; a zero has offset 0."""
    if x.bits == 1:
        return replace(x, offset=ite(is_zero(x.significand), constant(0, x.offset.width), x.offset), canonical=True)
    significand, zeros = normalise(x.significand)
    room = x.bits - 1
    wide = width_of(x.span + room)
    offset = fit(x.offset, wide) + constant(room, wide) - fit(zeros, wide)
    offset = ite(is_zero(x.significand), constant(0, wide), offset)
    return replace(x, significand=significand, offset=offset, lowest=x.lowest - room, span=x.span + room, canonical=True)


def _comparable(x: Number, y: Number) -> tuple[Number, Number]:
    """Both with one width and one lowest exponent, and canonical.

    Then offset and significand, read as one integer, order the magnitudes; and where offsets differ, the larger number is normalised.
    """
    x, y = _recast(x, y), _recast(y, x)
    bits = max(x.bits, y.bits)
    x, y = _widened(x, bits), _widened(y, bits)
    lowest, highest = min(x.lowest, y.lowest), max(x.highest, y.highest)
    return _canonical(x, lowest, highest), _canonical(y, lowest, highest)


_SINGLE_STEPS = 4
"""Up to so many places, single steps make a smaller circuit than counting zeros."""


def _canonical(x: Number, lowest: int, highest: int) -> Number:
    """The same number in canonical form, with exponents from `lowest` (at most x.lowest) to `highest`.

    The significand is shifted left until its highest bit is set or the offset is 0.
    """
    offset = _offset_from(x, lowest, highest)
    significand, lowered = x.significand, x.lowest - lowest
    if x.canonical and lowered <= _SINGLE_STEPS:
        for _ in range(lowered):
            # An offset of 0 from x.lowest is `lowered` from the new one: zeros in front mean that it is not 0 yet.
            clear = ~bit(significand, x.bits - 1)
            significand = ite(clear, left(significand, constant(1, 1)), significand)
            offset = offset - fit(as_bit(clear), offset.width)
    else:
        _, zeros = normalise(significand)
        wide = max(offset.width, zeros.width)
        offset, zeros = zero_extend(offset, wide), zero_extend(zeros, wide)
        shift = ite(less(offset, zeros) | is_zero(significand), offset, zeros)
        significand, offset = left(significand, shift), fit(offset - shift, width_of(highest - lowest))
    return replace(x, significand=significand, offset=offset, lowest=lowest, span=highest - lowest, canonical=True)


def _recast(x: Number, other: Number) -> Number:
    """A constant in the shape of a canonical number, where it has one: nothing needs to be normalised then."""
    if x.significand.op is not Op.CONSTANT or x.offset.op is not Op.CONSTANT or not other.canonical:
        return x
    m, e = int(x.significand.data), x.lowest + int(x.offset.data)
    shift = e - other.lowest if m else 0
    if shift < 0 and m & ((1 << -shift) - 1):
        return x
    m = m << shift if shift >= 0 else m >> -shift
    offset = max(0, m.bit_length() - other.bits)
    if m & ((1 << offset) - 1):
        return x
    return replace(
        x,
        significand=constant(m >> offset, other.bits),
        offset=constant(offset, width_of(offset)),
        lowest=other.lowest,
        span=offset,
        canonical=True,
    )


def _keys(x: Number, y: Number) -> tuple[Term, Term]:
    """Unsigned integers of one width in the order of the magnitudes of finite x and y."""
    if x.span == y.span == 0 or _fixed_bits(x, y) <= 2 * max(x.bits, y.bits):
        lowest, bits = min(x.lowest, y.lowest), _fixed_bits(x, y)
        return _fixed(x, lowest, bits), _fixed(y, lowest, bits)
    x, y = _comparable(x, y)
    return concat(x.offset, x.significand), concat(y.offset, y.significand)


def _fixed_bits(x: Number, y: Number) -> int:
    """Bits of a fixed-point number that holds either magnitude."""
    return max(x.bits + x.highest, y.bits + y.highest) - min(x.lowest, y.lowest)


def _fixed(x: Number, lowest: int, bits: int) -> Term:
    """The magnitude as an integer times 2^lowest."""
    if bits > WIDEST:
        raise EncodingError(f"an exact sum of {bits} bits, at most {WIDEST} are encoded", hint="round more often, or take a smaller format")
    padded = pad_right(x.significand, x.lowest - lowest)
    return left(zero_extend(padded, bits), x.offset)


def _sum_in_fixed_point(x: Number, y: Number) -> Number:
    """The magnitude and the sign of a sum of finite numbers; the sign of a zero is not settled here."""
    lowest, bits = min(x.lowest, y.lowest), _fixed_bits(x, y) + 1
    a, b = _fixed(x, lowest, bits), _fixed(y, lowest, bits)
    swap = less(a, b)
    larger, smaller = ite(swap, b, a), ite(swap, a, b)
    significand = ite(x.sign ^ y.sign, larger - smaller, larger + smaller)
    return Number(ite(swap, y.sign, x.sign), significand, constant(0, 1), lowest, 0)


def _room(x: Number, y: Number, precision: int) -> int:
    """Bits kept to the right of the larger operand of a sum in a window, the last one jammed.

    Let W be the operands' bits and g + 1 >= 2 this room. Bits are lost only if the offsets differ by d > g + 1; then the larger operand is
    normalised, at least 2^(W + g), the smaller one below 2^(W + g + 1 - d) <= 2^(W + g - 2), and the sum or difference has at least W + g
    bits. The result is good for `precision` if W + g >= precision + 2.
    """
    return max(2, precision + 3 - max(x.bits, y.bits))


def _window_bits(x: Number, y: Number, precision: int) -> int:
    return max(x.bits, y.bits) + _room(x, y, precision) + 1


def _sum_in_window(x: Number, y: Number, precision: int) -> Number:
    """As `_sum_in_fixed_point`, but the smaller operand is cut to a window, and jammed: the sum is rounded to odd."""
    x, y = _comparable(x, y)
    room = _room(x, y, precision)
    swap = less(concat(x.offset, x.significand), concat(y.offset, y.significand))
    offset = ite(swap, y.offset, x.offset)
    distance = offset - ite(swap, x.offset, y.offset)
    larger = pad_right(ite(swap, y.significand, x.significand), room)
    smaller = right_jammed(pad_right(ite(swap, x.significand, y.significand), room), distance)
    bits = larger.width + 1
    larger, smaller = zero_extend(larger, bits), zero_extend(smaller, bits)
    significand = ite(x.sign ^ y.sign, larger - smaller, larger + smaller)
    return Number(ite(swap, y.sign, x.sign), significand, offset, x.lowest - room, x.span, precision=precision)
