"""Taylor models at 0: functions on [0, S] as polynomials with exact coefficients and a ball times the next power, and an arithmetic of them.

    f(s) = f_0 + f_1 s + ... + f_(N-1) s^(N-1) + r s^N        for every s in [0, S], f_k rational, r in a ball

Coefficients that are 0 are exactly 0, so a removable singularity can be divided out: (f/s)(s) = f_1 + f_2 s + ... if f_0 = 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gmpy2 import mpq

from fpproof.dynamics.balls import Ball, DomainError, around, ball, flint
from fpproof.dynamics.graph import Arithmetic

PARTS = 32


@dataclass(frozen=True)
class Model:
    """The coefficients below s^N, and the ball that stands before s^N, on [0, S]."""

    coefficients: tuple[mpq, ...]
    rest: Ball
    reach: Fraction

    @property
    def order(self) -> int:
        return len(self.coefficients)

    def over(self, low: Fraction, high: Fraction) -> Ball:
        """All values for s between two numbers of [0, S], by the mean value theorem."""
        if not 0 <= low <= high <= self.reach:
            raise ValueError(f"a model on [0, {self.reach}] says nothing on [{low}, {high}]")
        s, middle, half = ball(low).union(ball(high)), ball((low + high) / 2), ball((high - low) / 2)
        slope = _horner([k * c for k, c in enumerate(self.coefficients)][1:], s)
        return around(_horner(self.coefficients, middle), slope * half) + self.rest * s**self.order

    def everywhere(self) -> Ball:
        """All values on [0, S], part by part."""
        parts = [self.over(self.reach * k / PARTS, self.reach * (k + 1) / PARTS) for k in range(PARTS)]
        hull = parts[0]
        for part in parts[1:]:
            hull = hull.union(part)
        return hull

    def cut(self, order: int) -> "Model":
        """The same function with fewer coefficients."""
        if order >= self.order:
            return self
        rest = Model(self.coefficients[order:], self.rest, self.reach).everywhere()
        return Model(self.coefficients[:order], rest, self.reach)

    def __add__(self, other: "Model") -> "Model":
        x, y = _alike(self, other)
        return Model(tuple(a + b for a, b in zip(x.coefficients, y.coefficients, strict=True)), x.rest + y.rest, x.reach)

    def __neg__(self) -> "Model":
        return Model(tuple(-c for c in self.coefficients), -self.rest, self.reach)

    def __sub__(self, other: "Model") -> "Model":
        return self + -other

    def __mul__(self, other: "Model") -> "Model":
        x, y = _alike(self, other)
        n, s = x.order, _all(x.reach)
        exact = _product(x.coefficients, y.coefficients)
        rest = _horner(exact[n:], s) + _horner(x.coefficients, s) * y.rest + _horner(y.coefficients, s) * x.rest + x.rest * y.rest * s**n
        return Model(exact[:n], rest, x.reach)

    def __truediv__(self, other: "Model") -> "Model":
        """Raises DomainError if the quotient may have a pole on [0, S]."""
        zeros = next((k for k, c in enumerate(other.coefficients) if c), other.order)
        if zeros == other.order or any(self.coefficients[:zeros]) or zeros >= self.order:
            raise DomainError("a quotient of models that may have a pole at 0")
        x = Model(self.coefficients[zeros:], self.rest, self.reach)
        y = Model(other.coefficients[zeros:], other.rest, other.reach)
        x, y = _alike(x, y)
        quotient: list[mpq] = []
        for k in range(x.order):
            quotient.append((x.coefficients[k] - sum((quotient[i] * y.coefficients[k - i] for i in range(k)), mpq(0))) / y.coefficients[0])
        # x - quotient y has no coefficients below s^N, and the rest of the quotient is its rest over y
        divisor = y.everywhere()
        if divisor.contains(0):
            raise DomainError("a quotient of models whose divisor may be 0")
        gap = x - Model(tuple(quotient), flint().arb(0), x.reach) * y
        return Model(tuple(quotient), gap.rest / divisor, x.reach)


def variable(order: int, reach: Fraction) -> Model:
    """s itself."""
    return Model((mpq(0), mpq(1), *[mpq(0)] * (order - 2)), flint().arb(0), reach)


def _alike(x: Model, y: Model) -> tuple[Model, Model]:
    order = min(x.order, y.order)
    return x.cut(order), y.cut(order)


def _all(reach: Fraction) -> Ball:
    return flint().arb(0).union(ball(reach))


def _product(x: Sequence[mpq], y: Sequence[mpq]) -> tuple[mpq, ...]:
    result = [mpq(0)] * (len(x) + len(y) - 1)
    for i, a in enumerate(x):
        if a:
            for j, b in enumerate(y):
                result[i + j] += a * b
    return tuple(result)


def _horner(coefficients: Sequence[mpq], s: Ball) -> Ball:
    value = flint().arb(0)
    for c in reversed(coefficients):
        value = value * s + ball(c)
    return value


def arithmetic(order: int, reach: Fraction) -> Arithmetic:
    """Models of an order on [0, reach]: the rational operations."""

    def constant(value: mpq) -> Model:
        return Model((mpq(value), *[mpq(0)] * (order - 1)), flint().arb(0), reach)

    def power(x: Model, n: int) -> Model:
        result = x
        for _ in range(n - 1):
            result = result * x
        return result

    operations: dict[str, Callable[..., Any]] = {
        "add": lambda x, y: x + y,
        "subtract": lambda x, y: x - y,
        "multiply": lambda x, y: x * y,
        "divide": lambda x, y: x / y,
        "negate": lambda x: -x,
        "power": power,
    }
    return Arithmetic("models", constant, operations)
