"""Arithmetics that round every operation: of a format, by its exact arithmetic, and those of numpy and torch as they are.

In a format each instruction of a graph is one operation of docs/semantics.md, section 2: + - * / and the square root correctly rounded, a square
x**2 as x (*) x, higher powers multiplied from left to right, constants rounded where they stand, and every function correctly rounded.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

from gmpy2 import mpq

from fpproof.activations import Activation, ActivationError, activation, value
from fpproof.activations.function import Pieces, RealFunction, constant
from fpproof.dynamics.graph import Arithmetic, DynamicsError
from fpproof.formats import INFINITY, NAN, NEGATIVE_INFINITY, ZERO, Datum, Format, rational, round_rational
from fpproof.formats import arithmetic as ieee

_SMOOTH: Mapping[str, RealFunction] = {
    "exp": RealFunction(lambda x: x.exp(), (mpq(0), INFINITY), Pieces(at_zero=mpq(1))),
    "expm1": RealFunction(lambda x: x.expm1(), (mpq(-1), INFINITY), Pieces(at_zero=mpq(0))),
    "log": RealFunction(lambda x: x.log(), (NAN, INFINITY), lambda x: mpq(0) if x == 1 else None),
    "log1p": RealFunction(lambda x: x.log1p(), (NAN, INFINITY), Pieces(at_zero=mpq(0))),
    "cos": RealFunction(lambda x: x.cos(), (NAN, NAN), Pieces(at_zero=mpq(1))),
    "sinh": RealFunction(lambda x: x.sinh(), (NEGATIVE_INFINITY, INFINITY), Pieces(at_zero=mpq(0))),
    "cosh": RealFunction(lambda x: x.cosh(), (INFINITY, INFINITY), Pieces(at_zero=mpq(1))),
    "erf": RealFunction(lambda x: x.erf(), (mpq(-1), mpq(1)), Pieces(at_zero=mpq(0))),
    "atan": RealFunction(lambda x: x.atan(), (NAN, NAN), Pieces(at_zero=mpq(0))),
}
"""Exact cases: by Lindemann's theorem the values at other rationals are transcendental; that erf has none is seen, input by input.

atan's limits, +-pi/2, are irrational, and are given by `_of` itself.
"""

_LOWEST = {"log": Fraction(0), "log1p": Fraction(-1)}


class IrrationalError(DynamicsError):
    """A function whose value at a rational point is not rational, in exact arithmetic."""


def _of(F: Format, name: str) -> Callable[[Datum], Datum]:
    """A correctly rounded function of a format, which remembers."""
    if name in ("tanh", "sigmoid", "softplus", "sin"):
        sigma = activation(name)
    else:
        sigma = Activation(name, name, _SMOOTH[name], RealFunction(None, (NAN, NAN), constant(0)))
    lowest = _LOWEST.get(name)

    @lru_cache(maxsize=2**16)
    def function(x: Datum) -> Datum:
        if lowest is not None and x[1] is not None and rational(x) <= lowest:
            return ieee.divide(F, (-1, 0), ZERO) if rational(x) == lowest else NAN
        if name == "atan" and x[1] is None and x != NAN:
            return ieee.negate(_half_pi(F)) if x == NEGATIVE_INFINITY else _half_pi(F)
        try:
            return value(F, sigma, x)
        except ActivationError as error:
            raise DynamicsError(f"{name} in {F.name}: {error.message}") from None

    return function


def _half_pi(F: Format) -> Datum:
    return round_rational(F, pi_rational() / 2)


@cache
def pi_rational() -> mpq:
    """pi to 4000 bits: no format here is so fine that it would round otherwise, since pi is no float and no half-way point to 200 bits."""
    from fpproof.dynamics.balls import flint, working
    from fpproof.dynamics.balls import rational as exact

    with working(4000):
        return exact(flint().arb.pi().mid())


def in_format(F: Format) -> Arithmetic:
    """Data of a format; each operation is rounded to nearest-even."""

    def power(x: Datum, n: int) -> Datum:
        result = x
        for _ in range(n - 1):
            result = ieee.multiply(F, result, x)
        return result

    def relu(x: Datum) -> Datum:
        return x if ieee.is_nan(x) or x[0] > 0 else ZERO

    def step(x: Datum) -> Datum:
        return NAN if ieee.is_nan(x) else (1, 0) if x[0] > 0 else ZERO

    return Arithmetic(
        F.name,
        lambda r: round_rational(F, r),
        {
            "add": lambda x, y: ieee.add(F, x, y),
            "subtract": lambda x, y: ieee.subtract(F, x, y),
            "multiply": lambda x, y: ieee.multiply(F, x, y),
            "divide": lambda x, y: ieee.divide(F, x, y),
            "negate": ieee.negate,
            "power": power,
            "sqrt": lambda x: ieee.sqrt(F, x),
            "pi": lambda: round_rational(F, pi_rational()),
            "relu": relu,
            "step": step,
            **{name: _of(F, name) for name in (*_SMOOTH, "tanh", "sigmoid", "softplus", "sin")},
        },
    )


def exactly() -> Arithmetic:
    """Rationals: + - * / and whole powers, ReLU with derivative 0 at 0. Other functions raise DynamicsError."""
    import operator

    def refuse(name: str) -> Callable[[mpq], mpq]:
        def function(x: mpq) -> mpq:
            raise IrrationalError(f"exact arithmetic: {name} of a rational is irrational", hint="use 'enclosed', or a format")

        return function

    def divide(x: mpq, y: mpq) -> mpq:
        if y == 0:
            raise DynamicsError("exact arithmetic: a division by 0")
        return x / y

    irrational = ("sqrt", "pi", *_SMOOTH, "tanh", "sigmoid", "softplus", "sin")
    return Arithmetic(
        "exact",
        mpq,
        {
            "add": operator.add,
            "subtract": operator.sub,
            "multiply": operator.mul,
            "divide": divide,
            "negate": operator.neg,
            "power": operator.pow,
            "relu": lambda x: max(x, mpq(0)),
            "step": lambda x: mpq(1) if x > 0 else mpq(0),
            **{name: refuse(name) for name in irrational},
        },
    )


def on_numpy(dtype: str) -> Arithmetic:
    """numpy's own scalars and functions, of float16, float32 or float64."""
    import numpy as np

    from fpproof.training.numbers import MACHINE, machine_dtype

    kind = MACHINE[machine_dtype(dtype)]
    one = kind(1)
    functions: dict[str, Callable[..., Any]] = {
        name: getattr(np, name) for name in ("add", "subtract", "multiply", "divide", "exp", "log", "sqrt", "sin", "cos", "sinh", "cosh", "tanh")
    }
    functions.update({name: getattr(np, name) for name in ("log1p", "expm1")}, negate=np.negative, atan=np.arctan)
    return Arithmetic(
        f"numpy:{dtype}",
        lambda r: kind(float(Fraction(int(r.numerator), int(r.denominator)))) if dtype == "float64" else _machine(kind, dtype, r),
        {
            **functions,
            "power": lambda x, n: _repeated(np.multiply, x, n),
            "pi": lambda: _machine(kind, dtype, pi_rational()),
            "sigmoid": lambda x: one / (one + np.exp(-x)),
            "softplus": lambda x: np.log1p(np.exp(x)),
            "relu": lambda x: x if not x <= 0 else kind(0),
            "step": lambda x: kind(np.nan) if x != x else kind(x > 0),
            "erf": _no_erf,
        },
    )


def _no_erf(x: Any) -> Any:
    raise DynamicsError("numpy has no error function", hint="use a format, or torch")


def _repeated(multiply: Callable[[Any, Any], Any], x: Any, n: int) -> Any:
    result = x
    for _ in range(n - 1):
        result = multiply(result, x)
    return result


def _machine(kind: Any, dtype: str, r: mpq) -> Any:
    """A rational, rounded once."""
    from fpproof.formats import parse_format
    from fpproof.networks.kernel import to_float64

    return kind(to_float64(round_rational(parse_format(dtype), r)))


def on_torch(dtype: str) -> Arithmetic:
    """torch's own operations on tensors without dimensions: float16, bfloat16, float32 or float64."""
    try:
        import torch
    except ImportError:
        raise DynamicsError("arithmetic torch: torch is not installed", hint="pip install 'fpproof[machines]'") from None

    from fpproof.formats import parse_format
    from fpproof.networks.kernel import to_float64

    if dtype not in ("float16", "bfloat16", "float32", "float64"):
        raise DynamicsError(f"torch has no {dtype[:40]!r} here", hint="there are float16, bfloat16, float32, float64")
    kind = getattr(torch, dtype)

    def read(r: mpq) -> Any:
        return torch.tensor(to_float64(round_rational(parse_format(dtype), r)), dtype=kind)

    names = ("add", "subtract", "multiply", "divide", "exp", "log", "sqrt", "sin", "cos", "sinh", "cosh", "tanh", "sigmoid", "log1p", "expm1", "erf")
    return Arithmetic(
        f"torch:{dtype}",
        read,
        {
            **{name: getattr(torch, name) for name in names},
            "negate": torch.neg,
            "atan": torch.atan,
            "relu": torch.relu,
            "softplus": torch.nn.functional.softplus,
            "power": lambda x, n: _repeated(torch.multiply, x, n),
            "pi": lambda: read(pi_rational()),
            "step": lambda x: (x > 0).to(kind),
        },
    )
