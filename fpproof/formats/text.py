"""Numbers as text: decimals and C99 hex floats to exact rationals and floats, and back.

Reading is exact: a text that is no float of the format is an error unless rounding is asked for. Lengths and exponents
are bounded before any large integer is made.
"""

import re
from fractions import Fraction

from fpproof.errors import FormatError, NumberError
from fpproof.formats.arithmetic import negate
from fpproof.formats.format import INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, ZERO, Datum, Format
from fpproof.formats.rounding import NEAREST_EVEN, Mode, round_datum, round_dyadic, round_ratio

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
        try:
            return F.decode(int(match[1], 16)), True
        except FormatError as error:
            raise NumberError(error.message) from None
    bare = text.lstrip("+-").lower()
    if bare in _SPECIALS and len(text) - len(bare) <= 1:
        x = NEGATIVE_INFINITY if text.startswith("-") and bare != "nan" else _SPECIALS[bare]
        rounded = round_datum(F, x)
        return rounded, rounded == x and (x != NAN or F.has_nan)
    if _RATIO.fullmatch(text):
        r = parse_rational(text)
        numerator, denominator, base, e = r.numerator, r.denominator, 10, 0
        negative = text.startswith("-")
    else:
        negative, numerator, base, e = _scan(text)
        numerator, denominator = (-numerator if negative else numerator), 1
    if numerator == 0:
        return (NEGATIVE_ZERO if negative else ZERO), True
    outside = _far_outside(F, numerator, denominator, e)
    if outside is not None:
        return round_dyadic(F, -1 if negative else 1, outside, mode), False
    numerator, denominator = numerator * base ** max(e, 0), denominator * base ** max(-e, 0)
    x = round_ratio(F, numerator, denominator, 0, mode)
    return x, _is_ratio(x, numerator, denominator)


def _far_outside(F: Format, numerator: int, denominator: int, e: int) -> int | None:
    """The exponent of a power of two that rounds like |numerator / denominator| * base^e, if that is far beyond F on either side.

    Lets no exponent make an integer much longer than the format's. As 2 <= base <= 2^4, the binary exponent of the
    number lies between size - 1 + min(e, 4e) and size + max(e, 4e).
    """
    size = numerator.bit_length() - denominator.bit_length()
    above, below = F.emax + 2, F.quanta[0] - 2
    if size - 1 + min(e, 4 * e) > above:
        return above
    if size + max(e, 4 * e) < below:
        return below
    return None


def _is_ratio(x: Datum, numerator: int, denominator: int) -> bool:
    """Whether a datum is numerator / denominator; by products, since reducing long fractions is slow."""
    m, e = x
    if e is None:
        return False
    return (m << max(e, 0)) * denominator == numerator << max(-e, 0)


def read_float(F: Format, text: str, rounding: bool = False, mode: Mode = NEAREST_EVEN) -> Datum:
    """The datum a text says, exactly; with `rounding` its fl.

    Raises NumberError, which names the floats next to it, if the text is no float of F.
    """
    x, exact = round_text(F, text, mode)
    if exact or rounding:
        return x
    raise NumberError(f"{text.strip()[:60]!r} is no float of {F.name}: {_surroundings(F, text)}", hint="write a float, or round with --round")


def _surroundings(F: Format, text: str) -> str:
    """What there is near a text that is no float: two neighbours, the end of the format, or no such special."""
    special = _SPECIALS.get(text.strip().lstrip("+-").lower())
    if special is not None:
        return f"the format has no {'NaN' if special == NAN else 'infinities'}"
    below, above = round_text(F, text, Mode.DOWN)[0], round_text(F, text, Mode.UP)[0]
    if above == NAN or below == above == F.largest:
        return f"the largest number is {both(F, F.largest)}"
    if below in (NAN, above):
        return f"the least number is {both(F, negate(F.largest))}"
    return f"its neighbours are {both(F, below)} and {both(F, above)}"


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

    Rounds as if the exponent had no upper bound, so that Omega of a saturating format is not written as a greater number.
    """
    m, e = x
    if e is None:
        return "nan" if m == 0 else ("inf" if m > 0 else "-inf")
    if m == 0:
        return "-0.0" if e else "0.0"
    return ("-" if m < 0 else "") + _positional(*_shortest(F, abs(m), e))


def _shortest(F: Format, m: int, e: int) -> tuple[int, int]:
    """n and k of the shortest decimal n * 10^k that rounds to m * 2^e, m > 0.

    In units of 2^(e - 2) the number is 4m, and what rounds to it reaches from 4m - 2 to 4m + 2 (below a power of two
    the floats are denser: from 4m - 1), with the ends iff m is even. Shortest means the largest k with a multiple of 10^k
    in there; if there is one for k, there is one for k - 1.
    """
    low, high = 4 * m - (1 if m == 1 << F.p and e > F.quanta[0] else 2), 4 * m + 2
    ends_out = m & 1

    def multiple(k: int) -> int | None:
        scale, unit = 10 ** max(-k, 0) << max(e - 2, 0), 10 ** max(k, 0) << max(2 - e, 0)
        exact = 4 * m * scale
        floor = exact // unit
        inside = [n for n in (floor, floor + 1) if low * scale + ends_out <= n * unit <= high * scale - ends_out]
        return min(inside, key=lambda n: (abs(n * unit - exact), n & 1), default=None)

    k = (e - 2) * 30103 // 100000 - 1  # 10^k < 2^(e - 2), as log10(2) = 0.30102999...
    n = multiple(k)
    while (shorter := multiple(k + 1)) is not None:
        n, k = shorter, k + 1
    assert n is not None, "an interval longer than 10^k has a multiple of it"
    return n, k


def _exact(m: int, e: int) -> tuple[int, int] | None:
    """n and k with m * 2^e = n * 10^k, m > 0, if n takes at most 17 digits."""
    zeros = (m & -m).bit_length() - 1
    m, e = m >> zeros, e + zeros
    if e < 0:
        n, k = m * 5 ** min(-e, 25), e  # 5^25 has 18 digits
    else:
        n, k = m << e, 0
    while n % 10 == 0:
        n, k = n // 10, k + 1
    return (n, k) if n < 10**17 else None


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


def readable(F: Format, x: Datum) -> str:
    """The exact decimal if it takes at most 17 digits, else the shortest that rounds to x."""
    m, e = x
    if not m or e is None or (exact := _exact(abs(m), e)) is None:
        return decimal(F, x)
    return ("-" if m < 0 else "") + _positional(*exact)


def both(F: Format, x: Datum) -> str:
    """Decimal and hex, as messages show floats; the hex is exact, the decimal if it takes at most 17 digits."""
    return readable(F, x) if x[1] is None else f"{readable(F, x)} ({hexadecimal(x)})"


def code_text(F: Format, x: Datum) -> str:
    """The bits as hexadecimal digits of the format's width, "none" for a NaN without a code."""
    if x[1] is None and not (F.has_infinities if x[0] else F.has_nan):
        return "none"
    return f"{F.encode(x):0{F.code_digits}x}"
