"""Exact extended reals: the numbers that terms stand for, and the rules of the exact operations on them.

A number is a rational (gmpy2.mpq; 0 is +0), one of four special values, or a surd a + b sqrt(c). Operations follow
IEEE 754 for infinities, NaN, x/0 and zero signs, and round nothing. Functions are named after the rules of
docs/theory-language.md: [E-Add] is `add`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from math import isqrt
from typing import Any, TypeAlias

from gmpy2 import mpq, mpz

from fpproof.formats import INFINITY as INFINITE_DATUM
from fpproof.formats import NAN as NAN_DATUM
from fpproof.formats import NEGATIVE_INFINITY as NEGATIVE_INFINITE_DATUM
from fpproof.formats import NEGATIVE_ZERO as NEGATIVE_ZERO_DATUM
from fpproof.formats import Datum, Format, Mode, round_datum, round_dyadic, round_rational
from fpproof.formats.arithmetic import predecessor, successor


class Special(Enum):
    """The numbers that are no rationals: IEEE 754's."""

    NEGATIVE_ZERO = "-0"
    INFINITY = "infinity"
    NEGATIVE_INFINITY = "-infinity"
    NAN = "nan"

    def __str__(self) -> str:
        return self.value


NEGATIVE_ZERO, INFINITY, NEGATIVE_INFINITY, NAN = Special

Rational: TypeAlias = Any
"""gmpy2.mpq, which has no type stubs."""


@dataclass(frozen=True, slots=True)
class Surd:
    """The irrational number a + b sqrt(c), b != 0 rational, c > 0 an integer that is no square."""

    a: Rational
    b: Rational
    c: int


Number: TypeAlias = Any
"""Rational | Special | Surd."""

ZERO: Rational = mpq(0)
ONE: Rational = mpq(1)

LARGEST_SIZE = 1 << 20
"""Bits of numerator and denominator together that a rational may have: statements from strangers must not fill the memory."""


class Inexpressible(Exception):
    """A number that the exact evaluator has no form for: too long, or not a surd; the text says which."""


def _sized(r: Rational) -> Rational:
    if r.numerator.bit_length() + r.denominator.bit_length() > LARGEST_SIZE:
        raise Inexpressible(f"a rational of more than {LARGEST_SIZE} bits")
    return r


def from_datum(x: Datum) -> Number:
    """The number of a datum."""
    m, e = x
    if e is None:
        return NAN if m == 0 else (INFINITY if m > 0 else NEGATIVE_INFINITY)
    if m == 0:
        return NEGATIVE_ZERO if e else ZERO
    return mpq(m << e) if e >= 0 else mpq(m, 1 << -e)


_SPECIAL_DATA = {
    NEGATIVE_ZERO: NEGATIVE_ZERO_DATUM,
    INFINITY: INFINITE_DATUM,
    NEGATIVE_INFINITY: NEGATIVE_INFINITE_DATUM,
    NAN: NAN_DATUM,
}


def to_datum(F: Format, x: Number) -> Datum | None:
    """The datum of F whose number is x; None if there is none. NaN is a datum of every format: some have an error value in its place."""
    if isinstance(x, Surd):
        return None
    if isinstance(x, Special):
        datum = _SPECIAL_DATA[x]
        return datum if round_datum(F, datum) == datum else None
    datum = round_rational(F, x)
    return datum if datum[1] is not None and from_datum(datum) == x else None


def is_zero(x: Number) -> bool:
    return x is NEGATIVE_ZERO or (not isinstance(x, Special | Surd) and x == 0)


def sign_bit(x: Number) -> bool:
    """Whether x has a minus sign, as -0 has; NaN has none."""
    if isinstance(x, Special):
        return x in (NEGATIVE_ZERO, NEGATIVE_INFINITY)
    return sign(x) < 0


def sign(x: Number) -> int:
    """-1, 0 or 1 of a number other than NaN.

    a + b sqrt(c) has the common sign of a and b, else the sign of the one with the greater square, a^2 or b^2 c.
    """
    if isinstance(x, Surd):
        left, right = _cmp(x.a, 0), _cmp(x.b, 0)
        if left in (0, right):
            return right
        return left if x.a * x.a > x.b * x.b * x.c else right
    if isinstance(x, Special):
        return {INFINITY: 1, NEGATIVE_INFINITY: -1}.get(x, 0)
    return _cmp(x, 0)


def _cmp(x: Any, y: Any) -> int:
    return int(x > y) - int(x < y)


def finite(x: Number) -> bool:
    """[E-Finite]"""
    return not isinstance(x, Special) or x is NEGATIVE_ZERO


# Exact operations


def negate(x: Number) -> Number:
    """[E-Negate]"""
    if isinstance(x, Special):
        return {NEGATIVE_ZERO: ZERO, INFINITY: NEGATIVE_INFINITY, NEGATIVE_INFINITY: INFINITY, NAN: NAN}[x]
    if isinstance(x, Surd):
        return Surd(-x.a, -x.b, x.c)
    return -x if x else NEGATIVE_ZERO


def absolute(x: Number) -> Number:
    """[E-Absolute]"""
    return negate(x) if sign_bit(x) else x


def add(x: Number, y: Number, mode: Mode | None = None) -> Number:
    """[E-Add] A sum that cancels is +0, under fl down -0."""
    if isinstance(x, Special) or isinstance(y, Special):
        return _add_special(x, y, mode)
    if isinstance(x, Surd) or isinstance(y, Surd):
        return _add_surds(x, y, mode)
    total = x + y
    if total:
        return _sized(total)
    if x == 0 and y == 0:
        return ZERO
    return _cancelled(mode)


def _cancelled(mode: Mode | None) -> Number:
    return NEGATIVE_ZERO if mode is Mode.DOWN else ZERO


def _add_special(x: Number, y: Number, mode: Mode | None) -> Number:
    if x is NAN or y is NAN:
        return NAN
    if not finite(x) or not finite(y):
        if not finite(x) and not finite(y) and x is not y:
            return NAN
        return y if finite(x) else x
    if is_zero(x) and is_zero(y):
        return NEGATIVE_ZERO if x is y else _cancelled(mode)
    return y if is_zero(x) else x


def subtract(x: Number, y: Number, mode: Mode | None = None) -> Number:
    """[E-Subtract]"""
    return add(x, negate(y), mode)


def multiply(x: Number, y: Number) -> Number:
    """[E-Multiply]"""
    if isinstance(x, Special) or isinstance(y, Special):
        if x is NAN or y is NAN:
            return NAN
        if is_zero(x) or is_zero(y):
            return (NEGATIVE_ZERO if sign_bit(x) != sign_bit(y) else ZERO) if finite(x) and finite(y) else NAN
        return NEGATIVE_INFINITY if sign_bit(x) != sign_bit(y) else INFINITY
    if isinstance(x, Surd) or isinstance(y, Surd):
        return _multiply_surds(x, y)
    product = x * y
    return _sized(product) if product else (NEGATIVE_ZERO if sign_bit(x) != sign_bit(y) else ZERO)


def divide(x: Number, y: Number) -> Number:
    """[E-Divide]"""
    if x is NAN or y is NAN or (is_zero(x) and is_zero(y)) or not (finite(x) or finite(y)):
        return NAN
    negative = sign_bit(x) != sign_bit(y)
    if is_zero(y) or not finite(x):
        return NEGATIVE_INFINITY if negative else INFINITY
    if is_zero(x) or not finite(y):
        return NEGATIVE_ZERO if negative else ZERO
    return multiply(x, _reciprocal(y))


def _reciprocal(y: Any) -> Number:
    """1/y of a nonzero finite number; 1/(a + b sqrt(c)) = (a - b sqrt(c)) / (a^2 - b^2 c)."""
    if not isinstance(y, Surd):
        return 1 / y
    norm = y.a * y.a - y.b * y.b * y.c
    return Surd(y.a / norm, -y.b / norm, y.c)


def sqrt(x: Number) -> Number:
    """[E-Sqrt] Of a rational n/d: sqrt(n d)/d. Roots of surds have no form here."""
    if is_zero(x) or x in (NAN, INFINITY):
        return x
    if sign_bit(x):
        return NAN
    if isinstance(x, Surd):
        raise Inexpressible("the root of an irrational number")
    return _sqrt_integer(int(x.numerator) * int(x.denominator), mpq(1, x.denominator))


def _sqrt_integer(n: int, factor: Rational) -> Number:
    """factor * sqrt(n), n > 0."""
    root = isqrt(n)
    return factor * root if root * root == n else Surd(ZERO, factor, n)


def power(x: Number, n: Number) -> Number:
    """[E-Power] x multiplied n times with itself, by repeated squaring; x^-n = 1/x^n."""
    if not isinstance(n, type(ZERO)):
        return NAN
    exponent = abs(int(n))
    base_size = LARGEST_SIZE if isinstance(x, Surd) else (0 if isinstance(x, Special) else x.numerator.bit_length() + x.denominator.bit_length())
    if exponent > LARGEST_SIZE or (not isinstance(x, Special | Surd) and abs(x) != 1 and base_size * exponent > 4 * LARGEST_SIZE):
        raise Inexpressible(f"a power of more than {LARGEST_SIZE} bits")
    result: Number = ONE
    for bit in f"{exponent:b}":
        result = multiply(result, result)
        if bit == "1":
            result = multiply(result, x)
    return result if n >= 0 else divide(ONE, result)


def pow2(n: Number) -> Number:
    """[E-Pow2] As 2**n says, by a shift."""
    if not isinstance(n, type(ZERO)) or abs(n) > LARGEST_SIZE:
        return power(mpq(2), n)
    two = _sized(mpq(mpz(1) << abs(int(n))))
    return two if n >= 0 else 1 / two


def floor_divide(x: Number, y: Number) -> Number:
    """[E-Floor-Divide] Of integers; NaN for y = 0."""
    if isinstance(x, Special) or isinstance(y, Special) or y == 0:
        return NAN
    return mpq(x // y)


def remainder(x: Number, y: Number) -> Number:
    """[E-Remainder] x - y * floor(x/y) of integers; NaN for y = 0."""
    if isinstance(x, Special) or isinstance(y, Special) or y == 0:
        return NAN
    return x - y * (x // y)


def minimum(x: Number, y: Number) -> Number:
    """[E-Minimum] NaN if one is NaN; -0 is less than +0."""
    return negate(maximum(negate(x), negate(y)))


def maximum(x: Number, y: Number) -> Number:
    """[E-Maximum] NaN if one is NaN; +0 is greater than -0."""
    order = compare(x, y)
    if order is None:
        return NAN
    if order == 0:
        return y if sign_bit(x) else x
    return x if order > 0 else y


# Comparisons


def compare(x: Number, y: Number) -> int | None:
    """[E-Compare] The sign of x - y, numerically (-0 = 0); None if one of them is NaN."""
    if isinstance(x, Special) or isinstance(y, Special):
        if x is NAN or y is NAN:
            return None
        if not finite(x) or not finite(y):
            return _cmp(sign(x) * (not finite(x)), sign(y) * (not finite(y)))
        return -sign(y) if is_zero(x) else sign(x)
    if not isinstance(x, Surd) and not isinstance(y, Surd):
        return _cmp(x, y)
    return _compare_surds(x, y)


def same(x: Number, y: Number) -> bool:
    """[E-Same] One number, signs of zeros told apart; NaN is the same as NaN."""
    if isinstance(x, Special) or isinstance(y, Special):
        return x is y
    return compare(x, y) == 0


# Surds


def _common(x: Any, y: Any) -> tuple[Any, Any, Any, Any, int] | None:
    """a, b, d, e, c with x = a + b sqrt(c) and y = d + e sqrt(c); None if they lie in no one such field.

    sqrt(d) = sqrt(c d)/c * sqrt(c), so that it lies in the field of sqrt(c) iff c d is a square.
    """
    if not isinstance(x, Surd):
        return x, ZERO, y.a, y.b, y.c
    if not isinstance(y, Surd):
        return x.a, x.b, y, ZERO, x.c
    root = isqrt(x.c * y.c)
    if root * root != x.c * y.c:
        return None
    return x.a, x.b, y.a, y.b * root / x.c, x.c


def _surd(a: Rational, b: Rational, c: int) -> Number:
    return Surd(_sized(a), _sized(b), c) if b else _sized(a)


def _add_surds(x: Any, y: Any, mode: Mode | None) -> Number:
    common = _common(x, y)
    if common is None:
        raise Inexpressible("a sum of two different roots")
    a, b, d, e, c = common
    total = _surd(a + d, b + e, c)
    return _cancelled(mode) if is_zero(total) else total


def _multiply_surds(x: Any, y: Any) -> Number:
    if is_zero(x) or is_zero(y):
        return NEGATIVE_ZERO if sign_bit(x) != sign_bit(y) else ZERO
    common = _common(x, y)
    if common is not None:
        a, b, d, e, c = common
        return _surd(a * d + b * e * c, a * e + b * d, c)
    if x.a or y.a:
        raise Inexpressible("a product of two different roots")
    return _sqrt_integer(x.c * y.c, x.b * y.b)


def _compare_surds(x: Any, y: Any) -> int:
    """The sign of x - y; of two different roots, by squares: A > B > 0 iff A^2 > B^2 with A = x - d and B = e sqrt(f)."""
    common = _common(x, y)
    if common is not None:
        a, b, d, e, c = common
        return sign(_surd(a - d, b - e, c))
    left, right = Surd(x.a - y.a, x.b, x.c), Surd(ZERO, y.b, y.c)
    if sign(left) != sign(right):
        return sign(left)
    return sign(left) * sign(add(multiply(left, left), -(right.b * right.b * right.c)))


def floor_scaled(x: Any, k: int) -> int:
    """floor(x * 2^k) of a rational or a surd."""
    scale, shift = (1 << k, 0) if k >= 0 else (1, -k)
    if not isinstance(x, Surd):
        return int((x.numerator * scale) // (x.denominator << shift))
    denominator = int(x.a.denominator) * int(x.b.denominator)
    a, b = int(x.a * denominator) * scale, int(x.b * denominator) * scale
    root = isqrt(b * b * x.c)
    return (a + (root if b > 0 else -root - 1)) // (denominator << shift)


# Operations of a format


def round_number(F: Format, x: Number, mode: Mode) -> Datum:
    """fl(x) as a datum: fl of a rational; a surd is cut after p + 6 bits and sticky, since it is no float and no midpoint."""
    if isinstance(x, Special):
        return round_datum(F, _SPECIAL_DATA[x], mode)
    if not isinstance(x, Surd):
        return round_rational(F, x, mode)
    magnitude, k = absolute(x), F.precision + 6
    while (m := floor_scaled(magnitude, k)).bit_length() < F.precision + 6:
        k += max(F.precision + 6, abs(k))
    return round_dyadic(F, (-1 if sign_bit(x) else 1) * ((m << 1) | 1), -k - 1, mode)


def fl(x: Number, F: Format, mode: Mode) -> Number:
    """[E-Round]"""
    return from_datum(round_number(F, x, mode))


def binade(x: Any) -> int:
    """floor(log2 |x|) of a finite number x != 0."""
    magnitude = absolute(x)
    if isinstance(magnitude, Surd):
        k = 0
        while (m := floor_scaled(magnitude, k)) == 0:
            k = 2 * k + 16
        return m.bit_length() - 1 - k
    n, d = magnitude.numerator, magnitude.denominator
    guess = int(n.bit_length() - d.bit_length())
    below = n < d << guess if guess >= 0 else n << -guess < d
    return guess - 1 if below else guess


def exponent(x: Number, F: Format) -> Number:
    """[E-Exponent]"""
    if not finite(x):
        return NAN
    return mpq(F.emin if is_zero(x) else binade(x))


def significand(x: Number, F: Format) -> Number:
    """[E-Significand]"""
    return divide(x, pow2(exponent(x, F))) if finite(x) else NAN


def ulp(x: Number, F: Format) -> Number:
    """[E-Ulp]"""
    if not finite(x):
        return NAN
    return pow2(mpq(max(F.emin if is_zero(x) else binade(x), F.emin) - F.p))


def succ(x: Number, F: Format) -> Number:
    """[E-Succ] The next greater datum of F; of a number that is no datum, fl up."""
    return _neighbour(x, F, Mode.UP, successor)


def pred(x: Number, F: Format) -> Number:
    """[E-Pred]"""
    return _neighbour(x, F, Mode.DOWN, predecessor)


def _neighbour(x: Number, F: Format, mode: Mode, step: Callable[[Format, Datum], Datum]) -> Number:
    datum = to_datum(F, x)
    return fl(x, F, mode) if datum is None else from_datum(step(F, datum))


def is_float(x: Number, F: Format) -> bool:
    """[E-Is-Float]"""
    return finite(x) and to_datum(F, x) is not None
