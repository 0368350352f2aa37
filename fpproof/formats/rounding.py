"""Rounding of exact numbers: the one place where a real number becomes a float.

Integers only. A number to be rounded is m * 2^e with integers m and e; a quotient or a root, which is no such
number, is given truncated with its last bit set if anything was cut off ("sticky"): as long as that bit
lies below half a unit of the result, every mode rounds both alike.
"""

from enum import StrEnum
from fractions import Fraction
from typing import Any, Protocol

from fpproof.errors import FpproofError
from fpproof.formats.format import INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, ZERO, Datum, Format


class Mode(StrEnum):
    """The six rounding modes. Source: IEEE 754-2019, section 4.3; to-odd: Boldo, Melquiond (2008)."""

    NEAREST_EVEN = "nearest-even"
    NEAREST_AWAY = "nearest-away"
    TOWARD_ZERO = "toward-zero"
    UP = "up"
    DOWN = "down"
    TO_ODD = "to-odd"


NEAREST_EVEN = Mode.NEAREST_EVEN


class Rational(Protocol):
    """An exact rational: int, Fraction, gmpy2.mpz and mpq."""

    @property
    def numerator(self) -> Any: ...

    @property
    def denominator(self) -> Any: ...


def round_dyadic(F: Format, m: int, e: int, mode: Mode = NEAREST_EVEN) -> Datum:
    """fl(m * 2^e) for m != 0, exactly; a zero result has the sign of m.

    Rounds as if the exponent had no upper bound, then compares with Omega. Source: docs/semantics.md, section 1.
    """
    lowest, highest = F.quanta
    quantum = e + m.bit_length() - F.precision
    if quantum < lowest:
        quantum = lowest
    cut = quantum - e
    if cut <= 0:
        n = m << -cut
    else:
        if mode is NEAREST_EVEN:
            # Just below half a unit, and a last bit more where the floor is odd: a tie carries into odd floors only.
            # Shifts are floors, so that this holds for both signs.
            n = (m + (1 << (cut - 1)) - 1 + ((m >> cut) & 1)) >> cut
        else:
            n = _round_off(mode, m, cut)
        if n.bit_length() > F.precision:  # |n| = 2^(p+1): the next binade begins
            n >>= 1
            quantum += 1
        elif n == 0:
            return NEGATIVE_ZERO if m < 0 else ZERO
    if quantum >= highest and (quantum > highest or abs(n) > F.largest[0]):
        return _overflow(F, mode, m < 0)
    return n, quantum


def _round_off(mode: Mode, m: int, cut: int) -> int:
    """m / 2^cut, cut > 0, rounded to an integer in a mode other than nearest-even."""
    floor = m >> cut
    rest = m - (floor << cut)
    if rest == 0:
        return floor
    match mode:
        case Mode.NEAREST_AWAY:
            half = 1 << (cut - 1)
            return floor + (rest > half or (rest == half and m > 0))
        case Mode.TOWARD_ZERO:
            return floor + (m < 0)
        case Mode.UP:
            return floor + 1
        case Mode.TO_ODD:
            return floor | 1
        case Mode.DOWN:
            return floor
        case _:
            raise TypeError(f"{mode!r} is no rounding mode: it must be a Mode")


_INWARD = {(Mode.TOWARD_ZERO, False), (Mode.TOWARD_ZERO, True), (Mode.TO_ODD, False), (Mode.TO_ODD, True), (Mode.UP, True), (Mode.DOWN, False)}
"""Mode and sign of the overflows that end at Omega."""


def _overflow(F: Format, mode: Mode, negative: bool) -> Datum:
    """What a magnitude beyond Omega becomes: Omega where the mode points inward, else what the format says."""
    inward = mode is not NEAREST_EVEN and (mode, negative) in _INWARD
    if inward or F.overflow == "saturate":
        m, e = F.largest
        return (-m if negative else m, e)
    if F.overflow == "nan":
        return NAN
    return NEGATIVE_INFINITY if negative else INFINITY


def round_datum(F: Format, x: Datum, mode: Mode = NEAREST_EVEN) -> Datum:
    """A datum of any format rounded to F: signs of zeros and NaN stay, an infinity is NaN where F has none."""
    m, e = x
    if e is None:
        return x if m == 0 or F.has_infinities else NAN
    return round_dyadic(F, m, e, mode) if m else x


def round_ratio(F: Format, numerator: int, denominator: int, scale: int = 0, mode: Mode = NEAREST_EVEN) -> Datum:
    """fl(numerator / denominator * 2^scale) for a numerator != 0 and a denominator > 0.

    The quotient is cut after at least p + 3 bits; what is left makes the sticky bit.
    """
    magnitude = abs(numerator)
    extra = max(0, F.p + 4 - magnitude.bit_length() + denominator.bit_length())
    quotient, rest = divmod(magnitude << extra, denominator)
    m = (quotient << 1) | (rest != 0)
    return round_dyadic(F, -m if numerator < 0 else m, scale - extra - 1, mode)


def round_rational(F: Format, r: Rational, mode: Mode = NEAREST_EVEN) -> Datum:
    """fl(r) of an exact rational (int, Fraction, gmpy2.mpq); 0 gives +0."""
    numerator, denominator = int(r.numerator), int(r.denominator)
    return round_ratio(F, numerator, denominator, 0, mode) if numerator else ZERO


def rational(x: Datum) -> Fraction:
    """The exact value of a finite datum."""
    m, e = x
    if e is None:
        raise FpproofError(f"{'an infinity' if m else 'NaN'} has no rational value")
    if m == 0:
        return Fraction(0)
    return Fraction(m << e) if e >= 0 else Fraction(m, 1 << -e)
