"""[E-Limit] Limits, exactly: expansions in powers of t > 0, t -> 0, with rational coefficients.

A function is written as c t^v + ... + O(t^n), with x = a + t, a - t, 1/t or -1/t. Sums, products, quotients, roots and compositions with convergent
series keep such an expansion true, and its first term tells the limit. exp(s) with s -> -infinity is O(t^n) for all n, since s <= -c/t. What has no
such expansion, or one with irrational coefficients, has no exact form here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import factorial, isqrt
from typing import TYPE_CHECKING, Any

from gmpy2 import mpq

from fpproof.theory.numbers import INFINITY, NAN, NEGATIVE_INFINITY, ZERO, Inexpressible, Number, Rational

if TYPE_CHECKING:
    from fpproof.theory.losses import Loss

TERMS = 24
"""Terms that are kept; what cancels to more is not decided."""
LARGEST = 1 << 14
"""Bits of a coefficient."""


class Undefined(Exception):
    """A function that is no real number anywhere near the point."""


@dataclass(frozen=True, slots=True)
class Series:
    """c[0] t^v + c[1] t^(v+1) + ... + O(t^(v + len(c))); c[0] != 0, or there is none."""

    v: int
    c: tuple[Rational, ...]

    @property
    def order(self) -> int:
        return self.v + len(self.c)

    @property
    def sign(self) -> int:
        """The sign for small t; 0 if nothing but the order is known."""
        return 0 if not self.c else (1 if self.c[0] > 0 else -1)

    @property
    def limit(self) -> Number:
        if not self.c and self.v <= 0:
            raise Inexpressible(f"an expansion to more than {TERMS} terms")
        if not self.c or self.v > 0:
            return ZERO
        return self.c[0] if self.v == 0 else (INFINITY if self.c[0] > 0 else NEGATIVE_INFINITY)


def series(v: int, coefficients: Sequence[Rational]) -> Series:
    """Without zeros in front, and no longer than is kept."""
    zeros = next((i for i, x in enumerate(coefficients) if x), len(coefficients))
    kept = tuple(coefficients[zeros : zeros + TERMS])
    if any(x.numerator.bit_length() + x.denominator.bit_length() > LARGEST for x in kept):
        raise Inexpressible(f"coefficients of more than {LARGEST} bits")
    return Series(v + zeros, kept)


def constant(value: Rational) -> Series:
    return series(0, [value, *[ZERO] * (TERMS - 1)])


def negate(s: Series) -> Series:
    return Series(s.v, tuple(-x for x in s.c))


def add(s: Series, r: Series) -> Series:
    v, order = min(s.v, r.v), min(s.order, r.order)
    total = [ZERO] * max(0, order - v)
    for one in (s, r):
        for i, x in enumerate(one.c[: max(0, order - one.v)]):
            total[one.v - v + i] += x
    return series(min(v, order), total)


def multiply(s: Series, r: Series) -> Series:
    n = min(len(s.c), len(r.c))
    return series(s.v + r.v, [sum((s.c[j] * r.c[i - j] for j in range(i + 1)), ZERO) for i in range(n)])


def divide(s: Series, r: Series) -> Series:
    if not r.c:
        raise Inexpressible("a quotient by what may be 0 near the point")
    inverse = [1 / r.c[0]]
    for i in range(1, len(r.c)):
        inverse.append(-sum((r.c[j] * inverse[i - j] for j in range(1, i + 1)), ZERO) / r.c[0])
    return multiply(s, Series(-r.v, tuple(inverse)))


def power(s: Series, n: int) -> Series:
    result = constant(mpq(1))
    for bit in f"{abs(n):b}":
        result = multiply(result, result)
        if bit == "1":
            result = multiply(result, s)
    return result if n >= 0 else divide(constant(mpq(1)), result)


def composed(coefficients: Callable[[int], Fraction | int], u: Series) -> Series:
    """The sum of a[k] u^k, for u -> 0."""
    result = constant(ZERO)
    for k in range(TERMS - 1, -1, -1):
        a = Fraction(coefficients(k))
        result = add(multiply(result, u), constant(mpq(a.numerator, a.denominator)))
    return Series(result.v, result.c[: max(0, TERMS * u.v - result.v)])


def root(s: Series) -> Series:
    """sqrt(c t^v (1 + w)) = sqrt(c) t^(v/2) (1 + w)^(1/2)."""
    if s.sign < 0:
        raise Undefined
    if not s.c or s.v % 2 or any(isqrt(int(n)) ** 2 != n for n in (s.c[0].numerator, s.c[0].denominator)):
        raise Inexpressible("a root that is no series in powers of t with rational coefficients")
    binomial = [Fraction(1)]
    for k in range(TERMS):
        binomial.append(binomial[-1] * (Fraction(1, 2) - k) / (k + 1))
    first = mpq(isqrt(int(s.c[0].numerator)), isqrt(int(s.c[0].denominator)))
    w = add(Series(0, tuple(x / s.c[0] for x in s.c)), constant(mpq(-1)))
    return multiply(series(s.v // 2, [first, *[ZERO] * (TERMS - 1)]), composed(lambda k: binomial[k], w))


def _exp(k: int) -> Fraction:
    return Fraction(1, factorial(k))


def _sine(k: int) -> Fraction:
    return Fraction((-1) ** (k // 2) * (k % 2), factorial(k))


def _cosine(k: int) -> Fraction:
    return Fraction((-1) ** (k // 2) * (1 - k % 2), factorial(k))


_AT_ZERO: dict[str, Callable[[int], Fraction | int]] = {
    "exp": _exp,
    "expm1": lambda k: _exp(k) if k else 0,
    "log1p": lambda k: Fraction((-1) ** (k + 1), k) if k else 0,
    "sin": _sine,
    "cos": _cosine,
    "sinh": lambda k: abs(_sine(k)),
    "cosh": lambda k: abs(_cosine(k)),
    "atan": lambda k: Fraction((-1) ** (k // 2), k) if k % 2 else 0,
}
_AT_INFINITIES = {"tanh": (1, -1), "erf": (1, -1), "sigmoid": (1, 0), "exp": (None, 0), "expm1": (None, -1), "softplus": (None, 0)}
"""What functions tend to at +infinity and -infinity, faster than any power; None if they grow."""


def function(name: str, s: Series) -> Series:
    if s.c and s.v < 0 and name in _AT_INFINITIES:
        end = _AT_INFINITIES[name][s.sign < 0]
        if name == "softplus" and s.sign > 0:  # s + softplus(-s)
            return s
        if end is not None:
            return constant(mpq(end))
    if name == "log":
        if s.sign < 0:
            raise Undefined
        name, s = "log1p", add(s, constant(mpq(-1)))
    if s.v > 0 and name in _AT_ZERO:
        return composed(_AT_ZERO[name], s)
    if s.v > 0 and name == "tanh":
        return divide(composed(_AT_ZERO["sinh"], s), composed(_AT_ZERO["cosh"], s))
    if s.v > 0 and name == "sigmoid":
        return divide(constant(mpq(1)), add(constant(mpq(1)), composed(_exp, negate(s))))
    if name == "log1p" and s.c and s.v == 0 and s.c[0] < -1:
        raise Undefined
    raise Inexpressible(f"an expansion of {name} that has irrational coefficients, or none in powers of t")


def along(f: "Loss", x: Series) -> Series:
    """The function along a path to the point."""

    def make(name: str, args: list[Series], data: Any) -> Series:
        match name:
            case "variable":
                return x
            case "constant":
                return constant(data)
            case "power":
                return power(args[0], int(data))
            case "function":
                return function(data, args[0])
            case "absolute":
                return negate(args[0]) if args[0].sign < 0 else args[0]
            case "minimum" | "maximum":
                return extreme(args[0], args[1], 1 if name == "maximum" else -1)
        return _OPERATIONS[name](*args)

    return f.through(make)


def extreme(s: Series, r: Series, sign: int) -> Series:
    """The greater of two, or the smaller one (sign -1). Where their difference is an O only, either is known as far as that."""
    difference = add(s, negate(r))
    if not difference.c:
        return add(s, difference)
    return s if difference.sign == sign else r


_OPERATIONS: dict[str, Callable[..., Series]] = {
    "negate": negate,
    "add": add,
    "subtract": lambda s, r: add(s, negate(r)),
    "multiply": multiply,
    "divide": divide,
    "sqrt": root,
}


def paths(at: Number, side: str) -> list[Series]:
    """x near a point, from above and below unless one side is meant; near an infinity from its one side."""
    if at in (INFINITY, NEGATIVE_INFINITY):
        return [series(-1, [mpq(1 if at is INFINITY else -1), *[ZERO] * (TERMS - 1)])]
    signs = {"above": (1,), "below": (-1,)}.get(side, (1, -1))
    return [series(0, [at, mpq(sign), *[ZERO] * (TERMS - 2)]) for sign in signs]


def limit(f: "Loss", at: Number, side: str) -> Number:
    """NaN where f has no limit, or is no real number near the point; raises Inexpressible where this method does not tell."""
    found = _limit(f, at, side)
    if isinstance(found, str):
        raise Inexpressible(found)
    return found


@lru_cache(256)
def _limit(f: "Loss", at: Number, side: str) -> Number | str:
    """The limit, or what it would need; once, since nothing changes it."""
    try:
        ends = [along(f, x).limit for x in paths(at, side)]
    except Undefined:
        return NAN
    except Inexpressible as reason:
        return str(reason)
    return ends[0] if all(end == ends[0] for end in ends) else NAN
