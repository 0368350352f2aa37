"""Numbers as text: decimals and C99 hex floats to exact rationals and floats, and back.

Reading is exact: a text that is no float of the format is an error unless rounding is asked for. Lengths and exponents
are bounded before any large integer is made.
"""

import re
from fractions import Fraction

from fpproof.errors import NumberError
from fpproof.formats.arithmetic import predecessor, successor
from fpproof.formats.format import INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, ZERO, Datum, Format
from fpproof.formats.rounding import NEAREST_EVEN, Mode, rational, round_datum, round_dyadic, round_rational, round_ratio

LONGEST_NUMBER = 2000
"""Characters in a number; the longest exact binary64 takes fewer than 1100."""
_EXPONENT_LIMIT = 10**6
"""Exponents beyond it are cut back to it: every format ends far below (at 2^±(2^18))."""

_DECIMAL = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?", re.ASCII)
_HEX = re.compile(r"([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?\d+))?", re.ASCII)
_CODE = re.compile(r"bits\(\s*0[xX]([0-9a-fA-F]{1,130})\s*\)", re.ASCII)
_RATIO = re.compile(r"([+-]?\d+)\s*/\s*(\d+)", re.ASCII)
_SPECIALS = {"inf": INFINITY, "infinity": INFINITY, "nan": NAN}


def _digits(text: str) -> int:
    """int() of decimal digits in bounded pieces, so that no limit of the interpreter on long digit strings is met."""
    value = 0
    for start in range(0, len(text), 1000):
        piece = text[start : start + 1000]
        value = value * 10 ** len(piece) + int(piece)
    return value


def _clamped(exponent: str | None) -> int:
    if exponent is None:
        return 0
    digits = exponent.lstrip("+-").lstrip("0")
    size = min(int(digits[:8] or "0"), _EXPONENT_LIMIT) if len(digits) <= 8 else _EXPONENT_LIMIT
    return -size if exponent.startswith("-") else size


def _scan(text: str) -> tuple[bool, int, int, int]:
    """Sign, integer, base (2 or 10) and exponent of a decimal or hex text: (-1)^sign * integer * base^exponent."""
    if len(text) > LONGEST_NUMBER:
        raise NumberError(f"a number of {len(text)} characters, at most {LONGEST_NUMBER} are read")
    if match := _HEX.fullmatch(text):
        sign, whole, fraction, exponent = match[1], match[2], match[3] or "", match[4]
        if whole or fraction:
            return sign == "-", int(whole + fraction, 16), 2, _clamped(exponent) - 4 * len(fraction)
    elif match := _DECIMAL.fullmatch(text):
        sign, whole, fraction, exponent = match[1], match[2], match[3] or "", match[4]
        if whole or fraction:
            return sign == "-", _digits(whole + fraction), 10, _clamped(exponent) - len(fraction)
    raise NumberError(f"{text[:60]!r} is no number", hint="write a decimal (0.125, 1e-3) or a C99 hex float (0x1p-3)")


def parse_rational(text: str) -> Fraction:
    """The exact value of a finite decimal, a C99 hex float or a ratio of integers.

    Raises NumberError; magnitudes outside 2^±300000 are refused, since they could fill the memory.
    """
    text = text.strip()
    if len(text) <= LONGEST_NUMBER and (match := _RATIO.fullmatch(text)) and match[2].strip("0"):
        numerator = _digits(match[1].lstrip("+-"))
        return Fraction(-numerator if match[1].startswith("-") else numerator, _digits(match[2]))
    negative, m, base, e = _scan(text)
    if m and abs(e) > (300_000 if base == 2 else 90_000):
        raise NumberError(f"{text[:60]!r} is too large or too small")
    value = m * Fraction(base) ** e
    return -value if negative else value


def round_text(F: Format, text: str, mode: Mode = NEAREST_EVEN) -> tuple[Datum, bool]:
    """fl of the number a text says, and whether it was exact; "inf", "nan" and "bits(0x3c)" are read too.

    A zero keeps the sign that is written. Raises NumberError for a text that is no number or a code that F lacks.
    """
    text = text.strip()
    if match := _CODE.fullmatch(text):
        return F.decode(int(match[1], 16)), True
    bare = text.lstrip("+-").lower()
    if bare in _SPECIALS and len(text) - len(bare) <= 1:
        x = NEGATIVE_INFINITY if text.startswith("-") and bare != "nan" else _SPECIALS[bare]
        rounded = round_datum(F, x)
        return rounded, rounded == x and (x != NAN or F.has_nan)
    if _RATIO.fullmatch(text):
        r = parse_rational(text)
        x = round_rational(F, r, mode)
        return x, x[1] is not None and rational(x) == r
    negative, m, base, e = _scan(text)
    if m == 0:
        return (NEGATIVE_ZERO if negative else ZERO), True
    m = -m if negative else m
    beyond = 4 * (abs(F.emin) + abs(F.emax) + F.p + 8 * LONGEST_NUMBER)
    if abs(e) > beyond:  # far outside the format on either side, whatever the digits are
        return round_dyadic(F, m, beyond if e > 0 else -2 * beyond, mode), False
    if base == 2:
        x = round_dyadic(F, m, e, mode)
        return x, x[1] is not None and rational(x) == m * Fraction(2) ** e
    numerator, denominator = (m * 10**e, 1) if e >= 0 else (m, 10**-e)
    x = round_ratio(F, numerator, denominator, 0, mode)
    return x, x[1] is not None and rational(x) == Fraction(numerator, denominator)


def read_float(F: Format, text: str, rounding: bool = False, mode: Mode = NEAREST_EVEN) -> Datum:
    """The datum a text says, exactly; with `rounding` its fl.

    Raises NumberError, which names the two neighbouring floats, if the text is no float of F.
    """
    x, exact = round_text(F, text, mode)
    if exact or rounding:
        return x
    below = round_text(F, text, Mode.DOWN)[0]
    above = round_text(F, text, Mode.UP)[0]
    if below == above and below[1] is not None:  # saturated, or inf in a format without: name the finite end
        below = predecessor(F, above) if above[0] > 0 else below
        above = above if above[0] > 0 else successor(F, above)
    raise NumberError(
        f"{text.strip()[:60]!r} is no float of {F.name}: its neighbours are {both(F, below)} and {both(F, above)}",
        hint="write one of them, or round with --round",
    )


def hexadecimal(x: Datum) -> str:
    """C99 hex float with one bit before the point and no trailing zeros; exact."""
    m, e = x
    if e is None:
        return "nan" if m == 0 else ("inf" if m > 0 else "-inf")
    if m == 0:
        return "-0x0p+0" if e else "0x0p+0"
    magnitude = abs(m)
    bits = magnitude.bit_length() - 1
    fraction = magnitude - (1 << bits)
    digits = -(-bits // 4)
    tail = f"{fraction << (4 * digits - bits):0{digits}x}".rstrip("0") if digits else ""
    return f"{'-' if m < 0 else ''}0x1{'.' + tail if tail else ''}p{e + bits:+d}"


def decimal(F: Format, x: Datum) -> str:
    """The shortest decimal that rounds to x in F (nearest-even), the closest to x among those (a tie goes to the even digit).

    Of a length n, the two n-digit decimals around x are candidates: any n-digit decimal
    that rounds to x has one of these two between itself and x, or is one.
    """
    m, e = x
    if e is None:
        return "nan" if m == 0 else ("inf" if m > 0 else "-inf")
    if m == 0:
        return "-0.0" if e else "0.0"
    r = abs(rational(x))
    magnitude = (abs(m), e)
    lead = _decimal_exponent(r)
    for count in range(1, LONGEST_NUMBER):
        scale = count - 1 - lead
        scaled = r * 10**scale if scale >= 0 else r / 10**-scale
        low = scaled.numerator // scaled.denominator
        candidates = sorted({low, low + (scaled.denominator != 1)}, key=lambda n: (abs(n - scaled), n & 1))
        for n in candidates:
            numerator, denominator = (n, 10**scale) if scale >= 0 else (n * 10**-scale, 1)
            if n and round_ratio(F, numerator, denominator) == magnitude:
                return ("-" if m < 0 else "") + _positional(n, -scale)
    raise AssertionError("every float has an exact decimal")


def _decimal_exponent(r: Fraction) -> int:
    """floor(log10 r) for r > 0, exactly, from an estimate by bit lengths."""
    estimate = (r.numerator.bit_length() - r.denominator.bit_length()) * 30103 // 100000 - 1
    while (r >= 10 ** (estimate + 1)) if estimate + 1 >= 0 else (r * 10 ** -(estimate + 1) >= 1):
        estimate += 1
    return estimate


def _positional(n: int, exponent: int) -> str:
    """n * 10^exponent as Python prints floats: plain from 1e-4 to 1e16, else with an exponent."""
    while n % 10 == 0:
        n //= 10
        exponent += 1
    digits = str(n)
    point = len(digits) + exponent
    if -4 < point <= 16:
        if exponent >= 0:
            return digits + "0" * exponent + ".0"
        return digits[:point] + "." + digits[point:] if point > 0 else "0." + "0" * -point + digits
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{mantissa}e{point - 1:+03d}"


def both(F: Format, x: Datum) -> str:
    """Decimal and hex, as messages show floats."""
    if x[1] is None:
        return decimal(F, x)
    return f"{decimal(F, x)} ({hexadecimal(x)})"


def code_text(F: Format, x: Datum) -> str:
    """The bits as hexadecimal digits of the format's width, "none" for a NaN without a code."""
    if x[1] is None and not (F.has_infinities if x[0] else F.has_nan):
        return "none"
    return f"{F.encode(x):0{F.code_digits}x}"
