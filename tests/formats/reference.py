"""Rounding by definition, a second time: search among the values, no bit tricks, no code of fpproof.formats.

Slow and obvious. A result is a pair (sign, value): sign is 1 or -1, value an exact Fraction, "infinity" or "NaN" (then
sign is 1), so that both zeros are told apart.
"""

from collections.abc import Callable
from fractions import Fraction

from fpproof.formats import Datum, Format, Mode

Result = tuple[int, Fraction | str]
NAN_RESULT: Result = (1, "NaN")


def result(x: Datum) -> Result:
    """What a datum means, by the definition in docs/semantics.md."""
    m, e = x
    if e is None:
        return NAN_RESULT if m == 0 else (m, "infinity")
    if m == 0:
        return (1 if e == 0 else -1), Fraction(0)
    return (1 if m > 0 else -1), Fraction(m) * Fraction(2) ** e


def is_datum_of(F: Format, x: Datum) -> bool:
    """Whether a pair is a datum of F in its normal form."""
    m, e = x
    if e is None:
        return (m == 0 and F.specials != "none") or (m in (1, -1) and F.specials == "ieee")
    if m == 0:
        return e in (0, -1)
    normal = 2**F.p <= abs(m) < 2 ** (F.p + 1) and F.emin - F.p <= e <= F.emax - F.p
    subnormal = abs(m) < 2**F.p and e == F.emin - F.p
    return (normal or subnormal) and abs(m) * Fraction(2) ** e <= F.Omega


def value(F: Format, n: int) -> int:
    """The n-th number from 0 upwards, as if there were no greatest exponent, in units of omega/2."""
    binade, fraction = divmod(n, 1 << F.p)
    return 2 * fraction if binade == 0 else ((1 << F.p) + fraction) << binade


Side = Callable[[int], int]
"""The sign of t - r, where t and r count in units of omega/2, for a number r > 0 that need not be rational."""


def floor_place(F: Format, side: Side) -> int:
    """The largest n with value(n) <= r, by doubling and bisection."""
    high = 1
    while side(value(F, high)) <= 0:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        if side(value(F, middle)) <= 0:
            low = middle
        else:
            high = middle
    return low


def rounded_place(F: Format, negative: bool, side: Side, mode: Mode) -> int:
    """The place of the rounded magnitude."""
    low = floor_place(F, side)
    if side(value(F, low)) == 0:
        return low
    middle = side((value(F, low) + value(F, low + 1)) // 2)
    even = low if low % 2 == 0 else low + 1
    if mode is Mode.NEAREST_EVEN:
        return even if middle == 0 else (low if middle > 0 else low + 1)
    if mode is Mode.NEAREST_AWAY:
        return low if middle > 0 else low + 1
    if mode is Mode.TO_ODD:
        return low if low % 2 == 1 else low + 1
    outward = {Mode.TOWARD_ZERO: False, Mode.UP: not negative, Mode.DOWN: negative}[mode]
    return low + 1 if outward else low


def half_omega(F: Format) -> Fraction:
    return Fraction(2) ** (F.emin - F.p - 1)


def round_side(F: Format, negative: bool, side: Side, mode: Mode) -> Result:
    """fl of a number != 0 that is given by its sign and the side of any number."""
    sign = -1 if negative else 1
    magnitude = value(F, rounded_place(F, negative, side, mode)) * half_omega(F)
    if magnitude <= F.Omega:
        return sign, sign * magnitude
    nearest = mode in (Mode.NEAREST_EVEN, Mode.NEAREST_AWAY)
    outward = nearest or (mode is Mode.UP and not negative) or (mode is Mode.DOWN and negative)
    if not outward or F.overflow == "saturate":
        return sign, sign * F.Omega
    return (sign, "infinity") if F.overflow == "infinity" else NAN_RESULT


def sign_of(n: int) -> int:
    return (n > 0) - (n < 0)


def round_fraction(F: Format, r: Fraction, mode: Mode) -> Result:
    """fl(r) for r != 0."""
    scaled = abs(r) / half_omega(F)
    numerator, denominator = scaled.numerator, scaled.denominator
    return round_side(F, r < 0, lambda t: sign_of(t * denominator - numerator), mode)


def round_root(F: Format, r: Fraction, mode: Mode) -> Result:
    """fl(sqrt(r)) for r > 0."""
    scaled = r / half_omega(F) ** 2
    numerator, denominator = scaled.numerator, scaled.denominator
    return round_side(F, False, lambda t: sign_of(t * t * denominator - numerator), mode)
