"""What compiled kernels compute with: exact transforms, pairs with an error bound, roundings. Kernels take it from a copy beside them.

An exact number is carried as hi + lo, two binary64 numbers with hi = RN(hi + lo), and a bound err: |number - (hi + lo)| <= err. So err = 0
means equality, signs of zeros included (that of hi), and an err that is infinite or NaN means that nothing is known. Infinities and NaN have lo = 0.
If err > 0 and the interval contains 0, nothing is known of the sign of a zero. docs/enumeration.md argues for what stands here.

Parts of a pair are zero or of magnitude between 2^-500 and 2^450, |hi| >= 2^-450, and err is zero or at least 2^-500 (`tidy`): so no
product of two parts underflows, and error-free transforms are error-free.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

inf = float("inf")
nan = float("nan")

SIGN = -0x8000000000000000
EXPONENT_FIELD = 0x7FF0000000000000
TWICE_BIAS = 0x7FE0000000000000
UPWARD = 1.0 + 2.0**-46
"""More than all roundings of an error bound's few additions and multiplications together."""
LARGEST, LEAST, LEAST_PART = 2.0**450, 2.0**-450, 2.0**-500

Pair = tuple[float, float, float]


def _bits_code(typing_context: Any, x: Any) -> Any:
    """The code of a binary64 number as an integer."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


def _number_code(typing_context: Any, code: Any) -> Any:
    """The binary64 number of a code."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


def _fma_code(typing_context: Any, x: Any, y: Any, z: Any) -> Any:
    """x * y + z in binary64, rounded once."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


def _choose_code(typing_context: Any, condition: Any, x: Any, y: Any) -> Any:
    """x if the condition holds, else y: without a branch, of which numba makes blocks and variables of many versions."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(*arguments)

    return x(types.boolean, x, x), generate


machine: Any = intrinsic
"""Its types say that nothing calls what it makes, which is so outside of compiled code."""
bits: Callable[[float], int] = machine(_bits_code)
number: Callable[[int], float] = machine(_number_code)
fma: Callable[[float, float, float], float] = machine(_fma_code)
choose: Callable[[bool, float, float], float] = machine(_choose_code)

Function = TypeVar("Function", bound=Callable[..., Any])


def inline(function: Function) -> Function:
    """A function that is copied into those that call it."""
    options = {"cache": True, "forceinline": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return njit(**options)(function)  # type: ignore[no-any-return, call-overload]  # numba's types do not know all options


# Parts of numbers


@inline
def power(x: float) -> float:
    """2^floor(log2 |x|) of a normal number; 0 for zero, infinity for infinities and NaN."""
    return number(bits(x) & EXPONENT_FIELD)


@inline
def signed(magnitude: float, x: float) -> float:
    """A magnitude with the sign of x."""
    return number(bits(magnitude) | (bits(x) & SIGN))


@inline
def same(x: float, y: float) -> bool:
    """[E-Same]"""
    return (x == y and (bits(x) ^ bits(y)) >= 0) or (x != x and y != y)


@inline
def maximum(x: float, y: float) -> float:
    """[E-Maximum]"""
    greater = x if x > y else y
    greater = (y if bits(x) < 0 else x) if x == y else greater
    return nan if x != x or y != y else greater


@inline
def exponent_of(power: float) -> float:
    """n of 2^n: the exponent field put behind the binary point of 2^52, which is then taken away."""
    return number((bits(power) >> 52) | 0x4330000000000000) - (4503599627370496.0 + 1023.0)


@inline
def inverse(power: float) -> float:
    """2^-n of 2^n; something finite of 0."""
    return number(TWICE_BIAS - bits(power))


@inline
def pow2(n: float) -> float:
    """2^n of an integer of magnitude at most 1000: its bits are the last of 2^52 + 1023 + n. NaN of NaN."""
    power: float = number(bits(n + (4503599627370496.0 + 1023.0)) << 52)
    return power if n == n else nan


@inline
def floor_quotient(x: float, y: float) -> float:
    """[E-Floor-Divide] For |x| < 2^51: a quotient that is not an integer is at least 1/|y| away from the next, and rounds to none."""
    floor: float = np.floor(x / y)
    return floor + 0.0 if y != 0.0 else nan


@inline
def float_at(index: int, largest: int, shift: int, scale: float) -> float:
    """The float of a format at a place of its finite data in order: the code's fields are those of a binary64 number, apart from their bias."""
    negative = index <= largest
    magnitude = largest - index if negative else index - largest - 1
    x = number(magnitude << shift) * scale
    return -x if negative else x


@inline
def place_of(x: float, largest: int, shift: int, scale: float) -> int:
    """The place of a float in a table: -infinity, the finite data in order, infinity. What is no float gets the place of some float."""
    magnitude = min(bits(abs(x) * scale) >> shift, largest + 1)
    place: int = largest + 1 - magnitude if np.signbit(x) else largest + 2 + magnitude
    return place


# Error-free transforms


@inline
def two_sum(x: float, y: float) -> tuple[float, float]:
    """x + y as a pair, for finite numbers without overflow. Source: Knuth (1969)."""
    s = x + y
    t = s - x
    return s, (x - (s - t)) + (y - t)


@inline
def two_sum_special(x: float, y: float) -> tuple[float, float]:
    """The same where infinities and NaN may occur."""
    s, e = two_sum(x, y)
    return s, (e if abs(s) < inf else 0.0)


@inline
def two_product(x: float, y: float) -> tuple[float, float]:
    """x * y as a pair, where neither it nor its last bit leaves the exponents of binary64."""
    p = x * y
    return p, fma(x, y, -p)


@inline
def two_product_special(x: float, y: float) -> tuple[float, float]:
    """The same where infinities and NaN may occur."""
    p, e = two_product(x, y)
    return p, (e if abs(p) < inf else 0.0)


# Pairs with error bounds


@inline
def tidy(hi: float, lo: float, err: float) -> Pair:
    """A pair whose parts lie in the exponents agreed on: small low parts go to the bound, other outsiders are unknown."""
    tiny = lo != 0.0 and abs(lo) < LEAST_PART
    bound = err + (2.0 * LEAST_PART if tiny or err != 0.0 else 0.0)
    outside = hi != 0.0 and (abs(hi) < LEAST or LARGEST < abs(hi) < inf)
    return hi, (0.0 if tiny else lo), (inf if outside else bound)


@inline
def away_from_zero(hi: float, err: float) -> bool:
    """Whether the sign is known: an exact number, or one whose interval does not contain 0 (|lo| <= |hi| / 2^53)."""
    return err == 0.0 or abs(hi) > err * UPWARD * UPWARD


@inline
def add(xh: float, xl: float, xe: float, yh: float, yl: float, ye: float) -> Pair:
    """The sum; the zero of an exact cancellation is +0."""
    s, e = two_sum(xh, yh)
    t, f = two_sum(xl, yl)
    u, g = two_sum(e, t)
    a, w = two_sum(s, u)
    x, y = two_sum(g, f)
    b, r = two_sum(w, x)
    hi, lo = two_sum(a, b)
    hi = s if u == 0.0 and x == 0.0 else hi
    err = (xe + ye + (abs(r) + abs(y))) * UPWARD
    special = not abs(s) < inf
    return tidy(s if special else hi, 0.0 if special else lo, (xe + ye) * 0.0 if special else err)


@inline
def multiply(xh: float, xl: float, xe: float, yh: float, yl: float, ye: float) -> Pair:
    p, e = two_product(xh, yh)
    c, d = two_product(xh, yl)
    g, h = two_product(xl, yh)
    k, m = two_product(xl, yl)
    u, r1 = two_sum(c, g)
    v, r2 = two_sum(e, u)
    a, w = two_sum(p, v)
    q1, f1 = two_sum(d, h)
    q2, f2 = two_sum(r1, r2)
    q3, f3 = two_sum(q1, q2)
    q4, f4 = two_sum(q3, k)
    b, r3 = two_sum(w, q4)
    hi, lo = two_sum(a, b)
    rest = abs(f1) + abs(f2) + abs(f3) + abs(f4) + abs(m) + abs(r3)
    err = (rest + (xe * abs(yh) + ye * abs(xh) + xe * ye) * UPWARD) * UPWARD
    known = away_from_zero(xh, xe) and away_from_zero(yh, ye)
    special = not abs(p) < inf
    hi, lo, err = tidy(p if special or p == 0.0 else hi, 0.0 if special or p == 0.0 else lo, err)
    return hi, lo, ((0.0 if known else inf) if special else err)


@inline
def divide(xh: float, xl: float, xe: float, yh: float, yl: float, ye: float) -> Pair:
    """q + r/y with q = RN(xh / yh), whose remainder r is exact for xl = yl = 0, and then lo has the sign of r: |lo| > err or err = 0."""
    q = xh / yh
    remainder = fma(-q, yh, xh)
    t = q * yl
    r = (remainder + xl) - t
    q2 = r / yh
    hi, lo = two_sum(q, q2)
    inexact = xl != 0.0 or yl != 0.0
    lost = (abs(remainder) + abs(xl) + abs(t)) * 2.0**-50 if inexact else 0.0
    below = (abs(yh) - ye * UPWARD) * (1.0 - 2.0**-46)
    err = (abs(q2) * 2.0**-50 + (lost + xe + abs(q) * ye * UPWARD) / below) * UPWARD + (LEAST_PART if inexact else 0.0)
    special = xh == 0.0 or yh == 0.0 or not abs(xh) < inf or not abs(yh) < inf
    known = away_from_zero(yh, ye) and (not special or away_from_zero(xh, xe))
    hi, lo, err = tidy(q if special else hi, 0.0 if special else lo, err)
    return hi, lo, (0.0 if special else err) if known else inf


@inline
def sqrt(xh: float, xl: float, xe: float) -> Pair:
    """s + r / (2 s) with s = RN(sqrt(xh)), r = x - s^2; the root of zero is itself."""
    s = np.sqrt(xh)
    r = fma(-s, s, xh) + xl
    q = r / (2.0 * s)
    hi, lo = two_sum(s, q)
    err = (abs(q) * 2.0**-50 + xe / s) * UPWARD
    known = away_from_zero(xh, xe)
    special = xh == 0.0 or not abs(s) < inf
    hi, lo, err = tidy((xh if xh == 0.0 else s) if special else hi, 0.0 if special else lo, err)
    return hi, lo, (0.0 if special else err) if known else inf


@inline
def pair_maximum(xh: float, xl: float, xe: float, yh: float, yl: float, ye: float) -> Pair:
    """The maximum of the centres: it moves no further than they do. Of two zeros +0."""
    first = xh > yh or (xh == yh and xl > yl)
    hi, lo = (xh, xl) if first else (yh, yl)
    hi = maximum(xh, yh) if xh == yh and xl == yl else hi
    undefined = xh != xh or yh != yh
    err = xe if xe > ye else ye
    err = nan if xe != xe or ye != ye else err
    return nan if undefined else hi, 0.0 if undefined else lo, err


# Comparisons of pairs


@inline
def pair_less(xh: float, xl: float, yh: float, yl: float) -> bool:
    """x < y for exact pairs: rounding to nearest is monotone, hence hi first, then lo."""
    return xh < yh or (xh == yh and xl < yl)


@inline
def pair_equal(xh: float, xl: float, yh: float, yl: float) -> bool:
    return xh == yh and xl == yl


@inline
def separated(xh: float, xl: float, xe: float, yh: float, yl: float, ye: float) -> bool:
    """Whether comparing the centres compares the numbers: both are exact, or the centres lie further apart than the bounds reach."""
    e = xe + ye
    s, t = two_sum(xh, -yh)
    d = s + (t + (xl - yl))
    bound = (e + (abs(t) + abs(xl) + abs(yl) + abs(s)) * 2.0**-50) * UPWARD
    return e == 0.0 or abs(d) > bound or (abs(s) == inf and e < inf)


# Rounding


@inline
def odd(hi: float, lo: float) -> float:
    """hi + lo rounded to odd in binary64, where hi = RN(hi + lo): an even hi moves one step towards the number. Source: Boldo, Melquiond (2008)."""
    code = bits(hi)
    step = 1 if (lo > 0.0) == (hi > 0.0) else -1
    moves = lo != 0.0 and (code & 1) == 0 and abs(hi) < inf
    return number(code + step) if moves else hi


@inline
def odd_quotient(x: float, y: float) -> float:
    """x / y rounded to odd, by the sign of the exact remainder; the quotient is 0 just for x = 0 or infinite y."""
    q = x / y
    remainder = fma(-q, y, x) if q != 0.0 else 0.0
    return odd(q, remainder if y > 0.0 else -remainder)


@inline
def odd_root(x: float) -> float:
    """The root of x rounded to odd, by the sign of the exact remainder."""
    s = np.sqrt(x)
    return odd(s, fma(-s, s, x))


@inline
def lower(hi: float, lo: float, err: float) -> float:
    """A number rounded to odd that is at most what the pair with its bound rounds to; that itself if err = 0."""
    s, e = two_sum(hi, lo - (err + abs(lo) * 2.0**-50) * UPWARD)
    return odd(hi, lo) if err == 0.0 else odd(s, e)


@inline
def upper(hi: float, lo: float, err: float) -> float:
    return -lower(-hi, -lo, err)


@inline
def settled(x: float, y: float, err: float) -> bool:
    """Whether a monotone function that gives x and y at the ends of an interval has one value on it."""
    return err == 0.0 or (x == y and (bits(x) ^ bits(y)) >= 0)


@inline
def bound_of(doubtful: bool, err: float) -> float:
    return inf if doubtful else err


# The formats' roundings take |v|'s power of two between `least` = 2^emin and `most` = 2^(emax + 1); `scale` = 1.5 * 2^(52 - p), `unit` = 2^-p.
# Adding and subtracting k = power * scale rounds to the grid of the binade, power * unit: fpproof.kernels.carriers.


@inline
def clipped(v: float, least: float, most: float) -> float:
    p = power(v)
    p = p if p > least else least
    return p if p < most else most


@inline
def nearest_even(v: float, least: float, most: float, scale: float, unit: float, omega: float, beyond: float) -> float:
    k = clipped(v, least, most) * scale
    r = (abs(v) + k) - k
    return signed(beyond if r > omega else r, v)


@inline
def nearest_away(v: float, least: float, most: float, scale: float, unit: float, omega: float, beyond: float) -> float:
    """A tie that went down goes up."""
    p = clipped(v, least, most)
    r = (abs(v) + p * scale) - p * scale
    r = r + p * unit if abs(v) - r == p * unit * 0.5 else r
    return signed(beyond if r > omega else r, v)


@inline
def inward(v: float, p: float, scale: float, unit: float, omega: float) -> float:
    """The magnitude rounded down, at most Omega."""
    r = (abs(v) + p * scale) - p * scale
    r = r - p * unit if r > abs(v) else r
    return omega if r > omega else r


@inline
def outward(v: float, p: float, scale: float, unit: float, omega: float, beyond: float) -> float:
    """The magnitude rounded up."""
    r = (abs(v) + p * scale) - p * scale
    r = r + p * unit if r < abs(v) else r
    return beyond if r > omega else r


@inline
def toward_zero(v: float, least: float, most: float, scale: float, unit: float, omega: float, beyond: float) -> float:
    return signed(inward(v, clipped(v, least, most), scale, unit, omega), v)


@inline
def up(v: float, least: float, most: float, scale: float, unit: float, omega: float, beyond: float) -> float:
    p = clipped(v, least, most)
    away = outward(v, p, scale, unit, omega, beyond)
    return signed(away if v > 0.0 else inward(v, p, scale, unit, omega), v)


@inline
def down(v: float, least: float, most: float, scale: float, unit: float, omega: float, beyond: float) -> float:
    return -up(-v, least, most, scale, unit, omega, beyond)


@inline
def to_odd(v: float, least: float, most: float, scale: float, unit: float, omega: float, beyond: float) -> float:
    """Of the two neighbours of what is no float, the one that is an odd multiple of the grid."""
    p = clipped(v, least, most)
    r = (abs(v) + p * scale) - p * scale
    floor = r - p * unit if r > abs(v) else r
    half = floor / (p * unit) * 0.5
    r = floor + p * unit if floor != abs(v) and half == np.floor(half) else floor
    return signed(omega if r > omega else r, v)


@inline
def with_infinities(v: float, rounded: float, infinity: float) -> float:
    """What a rounding gives, but an infinity stays one, or is NaN in a format without (`infinity` is NaN)."""
    return v * infinity if abs(v) == inf else rounded


@inline
def is_datum(v: float, least: float, most: float, scale: float, unit: float, omega: float, infinite: bool) -> bool:
    """Whether v is a finite float of the format, or an infinity where it has them, or NaN."""
    return inward(v, clipped(v, least, most), scale, unit, omega) == abs(v) if abs(v) < inf else infinite or v != v


@inline
def succ(v: float, least: float, most: float, scale: float, unit: float, omega: float, beyond: float, after: float, infinity: float) -> float:
    """[E-Succ] The next greater float; fl up of what is no float. `after` follows Omega.

    Above |v| >= 2^emin a float lies one quantum away; so does one below, or half a quantum if |v| is a normal power of two above 2^emin.
    """
    p = clipped(v, least, most)
    magnitude, floor, quantum = abs(v), inward(v, p, scale, unit, omega), p * unit
    exact = floor == magnitude
    raised = floor + quantum
    raised = (after if exact else beyond) if raised > omega else raised
    lowered = magnitude - (quantum * 0.5 if magnitude == p and p > least else quantum)
    r = raised if v >= 0.0 else signed(lowered if exact else floor, v)
    special = v * infinity if v > 0.0 else (-omega if infinity == inf else nan)
    r = special if abs(v) == inf else r
    return v if v != v else r


@inline
def pred(v: float, least: float, most: float, scale: float, unit: float, omega: float, beyond: float, after: float, infinity: float) -> float:
    return -succ(-v, least, most, scale, unit, omega, beyond, after, infinity)


# What a format's exponents say of a number; NaN where it is not finite


@inline
def exponent(v: float, emin: float) -> float:
    return (emin if v == 0.0 else exponent_of(power(v))) + (v - v)


@inline
def ulp(v: float, least: float, unit: float) -> float:
    p = power(v)
    return (p if p > least else least) * unit + (v - v)


@inline
def to_significand(v: float) -> float:
    """What scales a number of v's binade to [1, 2)."""
    return inverse(power(v)) if abs(v) < inf else nan
