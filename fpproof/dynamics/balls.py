"""Balls (python-flint's arb): real ones, complex ones, and power series of real ones, as arithmetics of graphs.

A complex evaluation stands for a holomorphic one: where a ball meets a branch cut, a pole, or a kink of a piecewise function, the result is
not finite (or DomainError is raised), so a finite result says that the function is holomorphic on the ball.
"""

import operator
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from typing import Any

from gmpy2 import mpq

from fpproof.dynamics.graph import Arithmetic, DynamicsError

Ball = Any
"""flint.arb."""


class DomainError(DynamicsError):
    """A point, or a set of points, at which a function is not defined or not smooth."""


@cache
def flint() -> Any:
    """The module flint; raises DynamicsError with the way to install it."""
    try:
        import flint as module
    except ImportError:
        raise DynamicsError("flows are enclosed in balls by python-flint, which is not installed", hint="pip install 'fpproof[balls]'") from None
    return module


@contextmanager
def working(bits: int, length: int | None = None) -> Iterator[None]:
    """Balls of a precision, and series of a length, in a block."""
    context = flint().ctx
    saved = context.prec, context.cap
    context.prec = bits
    if length is not None:
        context.cap = length
    try:
        yield
    finally:
        context.prec, context.cap = saved


def ball(value: mpq | Fraction | int) -> Ball:
    """The ball around a rational at the working precision."""
    return flint().arb(flint().fmpq(int(value.numerator), int(value.denominator)))


def rational(x: Ball) -> mpq:
    """The exact value of a ball without radius."""
    m, e = x.man_exp()
    return mpq(int(m)) * mpq(2) ** int(e)


def upper(x: Ball) -> Ball:
    """An upper bound, as an exact ball."""
    return flint().arb(x.upper())


def magnitude(x: Ball) -> Ball:
    """An upper bound of |x|, exact."""
    return flint().arb(x.abs_upper())


def around(center: Ball, radius: Ball) -> Ball:
    """The ball with the same center and a radius that is greater by a number >= 0."""
    return center + flint().arb(0, magnitude(radius))


def norm(vector: Any) -> Ball:
    """The Euclidean norm."""
    arb = flint().arb
    return sum((x * x for x in vector), arb(0)).nonnegative_part().sqrt()


def ends(x: Ball) -> tuple[mpq, mpq]:
    """The exact ends of a finite ball, rounded outward at the working precision."""
    return rational(x.lower()), rational(x.upper())


def decimals(x: Ball, digits: int) -> tuple[str, str]:
    """Decimal texts of a lower and an upper bound, rounded outward to a number of significant digits; DynamicsError if a ball is not finite."""
    if not x.is_finite():
        raise DynamicsError("a value is not finite here, or too wide to be seen so", hint="the loss may leave its domain")
    low, high = ends(x)
    return _decimal(low, digits, up=False), _decimal(high, digits, up=True)


def _decimal(value: mpq, digits: int, up: bool) -> str:
    """The nearest decimal with so many significant digits that is not below (up) or not above the value."""
    if value == 0:
        return "0"
    sign, size = ("-", -value) if value < 0 else ("", value)
    exponent = _floor_log10(size)
    scaled = size / mpq(10) ** (exponent - digits + 1)
    whole = int(scaled.numerator // scaled.denominator)
    if (sign == "") == up and scaled.denominator != 1:
        whole += 1
    return sign + _positional(whole, exponent - digits + 1)


def _floor_log10(size: mpq) -> int:
    guess = int((size.numerator.bit_length() - size.denominator.bit_length()) * 0.30102999566)
    while mpq(10) ** guess > size:
        guess -= 1
    while mpq(10) ** (guess + 1) <= size:
        guess += 1
    return guess


def _positional(whole: int, exponent: int) -> str:
    """whole * 10^exponent, without an exponent where that is short."""
    text = str(whole)
    point = len(text) + exponent
    if 0 < point <= 25:
        padded = text.ljust(point, "0")
        return (padded[:point] + "." + padded[point:].rstrip("0")).rstrip(".")
    if -6 <= point <= 0:
        return "0." + "0" * -point + (text.rstrip("0") or "0")
    mantissa = (text[0] + "." + text[1:].rstrip("0")).rstrip(".")
    return f"{mantissa}e{point - 1}"


# Arithmetics


def _real_step(x: Ball) -> Ball:
    if x > 0:
        return flint().arb(1)
    if x < 0:
        return flint().arb(0)
    raise DomainError("a kink: the argument of a piecewise function may be 0, where it has no derivative")


def _real_power(x: Ball, n: int) -> Ball:
    """Not negative for even n, also where the ball reaches over 0."""
    result = _power(x, n)
    return result.nonnegative_part() if n % 2 == 0 and x.contains(0) else result


def _power(x: Any, n: int) -> Any:
    """By squaring; n >= 2."""
    result = None
    while n:
        if n & 1:
            result = x if result is None else result * x
        n >>= 1
        if n:
            x = x * x
    return result


def _softplus(x: Ball) -> Ball:
    return x + (-x).exp().log1p() if x > 0 else x.exp().log1p()


@cache
def real_balls() -> Arithmetic:
    """Balls. Of a function with a kink, the value at the kink is enclosed; a derivative there raises DomainError."""
    arb = flint().arb
    return Arithmetic(
        "balls",
        ball,
        {
            "add": operator.add,
            "subtract": operator.sub,
            "multiply": operator.mul,
            "divide": operator.truediv,
            "negate": operator.neg,
            "power": _real_power,
            "pi": arb.pi,
            "sigmoid": lambda x: 1 / (1 + (-x).exp()),
            "softplus": _softplus,
            "relu": lambda x: x.nonnegative_part() if not x > 0 else x,
            "step": _real_step,
            **{name: getattr(arb, name) for name in ("exp", "log", "sqrt", "sin", "cos", "sinh", "cosh", "tanh", "log1p", "expm1", "erf", "atan")},
        },
    )


def _side(z: Any) -> bool:
    """Whether a complex ball lies on the right of the imaginary axis; DomainError if it meets it."""
    if z.real > 0:
        return True
    if z.real < 0:
        return False
    raise DomainError("a kink: a pre-activation, or another argument of a piecewise function, may be 0")


def _defined(z: Any, condition: bool) -> Any:
    if not condition:
        raise DomainError("a function may leave its domain")
    return z


@cache
def complex_balls() -> Arithmetic:
    """Complex balls, on which everything is holomorphic or refused."""
    acb = flint().acb
    return Arithmetic(
        "complex balls",
        lambda value: acb(ball(value)),
        {
            "add": operator.add,
            "subtract": operator.sub,
            "multiply": operator.mul,
            "divide": operator.truediv,
            "negate": operator.neg,
            "power": _power,
            "pi": acb.pi,
            "log": lambda z: z.log(analytic=True),
            "log1p": lambda z: (1 + z).log(analytic=True),
            "sqrt": lambda z: z.sqrt(analytic=True),
            "sigmoid": lambda z: 1 / (1 + (-z).exp()),
            "softplus": lambda z: (1 + z.exp()).log(analytic=True),
            "atan": lambda z: _defined(z, bool(abs(z.imag) < 1)).atan(),
            "relu": lambda z: z if _side(z) else acb(0),
            "step": lambda z: acb(1 if _side(z) else 0),
            **{name: getattr(acb, name) for name in ("exp", "sin", "cos", "sinh", "cosh", "tanh", "expm1", "erf")},
        },
    )


def _exponentials(x: Any) -> tuple[Any, Any]:
    e = x.exp()
    return e, e.inv()


def _first(x: Any) -> Any:
    return x[0]


@cache
def series() -> Arithmetic:
    """Power series with balls for coefficients, cut at the working length. A kink is seen at the constant coefficient only."""
    arb_series, arb = flint().arb_series, flint().arb

    def relu(x: Any) -> Any:
        return x if _real_step(_first(x)) == 1 else arb_series([0])

    def cosh(x: Any) -> Any:
        e, f = _exponentials(x)
        return (e + f) * arb("0.5")

    def sinh(x: Any) -> Any:
        e, f = _exponentials(x)
        return (e - f) * arb("0.5")

    return Arithmetic(
        "series",
        lambda value: arb_series([ball(value)]),
        {
            "add": operator.add,
            "subtract": operator.sub,
            "multiply": operator.mul,
            "divide": lambda x, y: x * y.inv(),
            "negate": operator.neg,
            "power": _power,
            "pi": lambda: arb_series([arb.pi()]),
            "sigmoid": lambda x: (1 + (-x).exp()).inv(),
            "softplus": lambda x: (1 + x.exp()).log(),
            "tanh": lambda x: 1 - 2 * ((2 * x).exp() + 1).inv(),
            "cosh": cosh,
            "sinh": sinh,
            "log1p": lambda x: (1 + x).log(),
            "expm1": lambda x: x.exp() - 1,
            "relu": relu,
            "step": lambda x: arb_series([_real_step(_first(x))]),
            **{name: getattr(arb_series, name) for name in ("exp", "log", "sqrt", "sin", "cos", "erf", "atan")},
        },
    )
