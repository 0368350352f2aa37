"""IEEE 754 operations on data, correctly rounded into a format.

Operands are data of any format (a datum is an exact number), the result is one of F: fl of the exact result,
with infinities, NaN, x/0 and signs of zeros as IEEE 754-2019, section 6, has them. Nothing raises.
An exact infinity (x/0) is NaN in a format without infinities.
"""

from math import isqrt

from fpproof.formats.format import INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, ZERO, Datum, Format
from fpproof.formats.rounding import NEAREST_EVEN, Mode, round_datum, round_dyadic, round_ratio


def is_finite(x: Datum) -> bool:
    return x[1] is not None


def is_nan(x: Datum) -> bool:
    return x[1] is None and x[0] == 0


def is_negative(x: Datum) -> bool:
    """The sign bit; NaN counts as positive."""
    m, e = x
    return m < 0 or (m == 0 and e == -1)


def negate(x: Datum) -> Datum:
    """-x, exact; -0 and 0 change places, NaN stays."""
    m, e = x
    if m == 0:
        return x if e is None else (ZERO if e else NEGATIVE_ZERO)
    return (-m, e)


def absolute(x: Datum) -> Datum:
    """|x|, exact."""
    return negate(x) if is_negative(x) else x


def _signed_zero(negative: bool) -> Datum:
    return NEGATIVE_ZERO if negative else ZERO


def _infinity(F: Format, negative: bool) -> Datum:
    return round_datum(F, NEGATIVE_INFINITY if negative else INFINITY)


def add(F: Format, x: Datum, y: Datum, mode: Mode = NEAREST_EVEN) -> Datum:
    """x (+) y; x + (-x) is +0, in mode down -0."""
    mx, ex = x
    my, ey = y
    if ex is None or ey is None:
        return _add_special(F, x, y)
    if not mx or not my:
        if mx:
            return round_dyadic(F, mx, ex, mode)
        if my:
            return round_dyadic(F, my, ey, mode)
        return x if ex == ey else _signed_zero(mode == Mode.DOWN)
    if ex >= ey:
        m = (mx << (ex - ey)) + my
        e = ey
    else:
        m = mx + (my << (ey - ex))
        e = ex
    if m == 0:
        return _signed_zero(mode == Mode.DOWN)
    return round_dyadic(F, m, e, mode)


def _add_special(F: Format, x: Datum, y: Datum) -> Datum:
    """The sum of numbers of which one is infinite or NaN."""
    if is_nan(x) or is_nan(y) or (not is_finite(x) and not is_finite(y) and x != y):
        return NAN
    return round_datum(F, y if is_finite(x) else x)


def subtract(F: Format, x: Datum, y: Datum, mode: Mode = NEAREST_EVEN) -> Datum:
    """x (-) y."""
    return add(F, x, negate(y), mode)


def multiply(F: Format, x: Datum, y: Datum, mode: Mode = NEAREST_EVEN) -> Datum:
    """x (*) y; infinity times 0 is NaN."""
    mx, ex = x
    my, ey = y
    if ex is not None and ey is not None:
        if mx and my:
            return round_dyadic(F, mx * my, ex + ey, mode)
        return ZERO if (mx < 0 or (not mx and ex == -1)) == (my < 0 or (not my and ey == -1)) else NEGATIVE_ZERO
    return round_datum(F, _multiply_special(x, y), mode)


def _multiply_special(x: Datum, y: Datum) -> Datum:
    """The exact product where one factor is zero, infinite or NaN."""
    if is_nan(x) or is_nan(y):
        return NAN
    negative = is_negative(x) != is_negative(y)
    if not is_finite(x) or not is_finite(y):
        if x[0] == 0 or y[0] == 0:
            return NAN
        return NEGATIVE_INFINITY if negative else INFINITY
    return _signed_zero(negative)


def divide(F: Format, x: Datum, y: Datum, mode: Mode = NEAREST_EVEN) -> Datum:
    """x (/) y; x/0 is an infinity (NaN in formats without), 0/0 is NaN."""
    (mx, ex), (my, ey) = x, y
    if mx and my and ex is not None and ey is not None:
        return round_ratio(F, mx if my > 0 else -mx, abs(my), ex - ey, mode)
    if is_nan(x) or is_nan(y):
        return NAN
    negative = is_negative(x) != is_negative(y)
    if not is_finite(x):
        return _infinity(F, negative) if is_finite(y) else NAN
    if not is_finite(y):
        return _signed_zero(negative)
    if my == 0:
        return _infinity(F, negative) if mx else NAN
    return _signed_zero(negative)


def sqrt(F: Format, x: Datum, mode: Mode = NEAREST_EVEN) -> Datum:
    """The square root; sqrt(-0) is -0, of other negative numbers NaN.

    With an even exponent, sqrt(m * 2^e) = isqrt(m) * 2^(e/2), cut after at least p + 3 bits, and sticky.
    """
    m, e = x
    if m < 0:
        return NAN
    if m == 0 or e is None:
        return round_datum(F, x, mode)
    shift = max(0, 2 * (F.p + 4) - m.bit_length())
    shift += (e - shift) & 1
    radicand = m << shift
    root = isqrt(radicand)
    return round_dyadic(F, (root << 1) | (root * root != radicand), (e - shift) // 2 - 1, mode)


def fma(F: Format, x: Datum, y: Datum, z: Datum, mode: Mode = NEAREST_EVEN) -> Datum:
    """fl(x * y + z), rounded once; infinity * 0 + z is NaN."""
    (mx, ex), (my, ey) = x, y
    if mx and my and ex is not None and ey is not None:
        return add(F, (mx * my, ex + ey), z, mode)
    return add(F, _multiply_special(x, y), z, mode)


def compare(x: Datum, y: Datum) -> int | None:
    """The sign of x - y, numerically (-0 = 0); None if one of them is NaN."""
    if is_nan(x) or is_nan(y):
        return None
    (mx, ex), (my, ey) = x, y
    if ex is None or ey is None:
        left, right = (mx if ex is None else 0), (my if ey is None else 0)
    else:
        left, right = (mx << max(0, ex - ey) if mx else 0), (my << max(0, ey - ex) if my else 0)
    return (left > right) - (left < right)


def equal(x: Datum, y: Datum) -> bool:
    """Numeric equality: -0 = 0, NaN equals nothing."""
    return compare(x, y) == 0


def exponent(F: Format, x: Datum) -> int:
    """floor(log2 |x|) of a finite datum, also of subnormal ones; emin for 0."""
    m, e = x
    assert e is not None
    return e + abs(m).bit_length() - 1 if m else F.emin


def ulp(F: Format, x: Datum) -> Datum:
    """2^(max(exponent(x), emin) - p) of a finite datum; omega for 0."""
    return F.power_of_two(max(exponent(F, x), F.emin) - F.p)


def successor(F: Format, x: Datum) -> Datum:
    """The next greater value: omega after both zeros, -0 after -omega; after Omega infinity, or Omega where there is none."""
    m, e = x
    if e is None:
        if m >= 0:
            return x
        return negate(F.largest)
    if x == F.largest:
        return INFINITY if F.has_infinities else x
    if x == negate(F.smallest):
        return NEGATIVE_ZERO
    return F.from_ordinal(F.ordinal(x) + 1)


def predecessor(F: Format, x: Datum) -> Datum:
    """-successor(-x)."""
    return negate(successor(F, negate(x)))


def flush_subnormal(F: Format, x: Datum) -> Datum:
    """Zero of the same sign for a subnormal datum, else the datum."""
    m, e = x
    if m and e is not None and abs(m).bit_length() + e - 1 < F.emin:
        return _signed_zero(m < 0)
    return x
