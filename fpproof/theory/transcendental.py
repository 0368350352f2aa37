"""Real functions by name: the one table of those that theory files know.

Of each: where it is rational, which is all that the exact evaluator can say of it, and where it is NaN. By the theorem of Lindemann and Weierstrass
(for erf, Siegel and Shidlovskii) these are the only algebraic arguments with algebraic values. Enclosures and identities are the business of judges.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gmpy2 import mpq

from fpproof.theory.numbers import INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, ONE, ZERO, Number, compare


@dataclass(frozen=True, slots=True)
class RealFunction:
    """A function of one real number: its rational values, its limits among them, and whether it is defined at a number other than NaN."""

    values: Mapping[Number, Number]
    defined: Callable[[Number], bool] = lambda _: True


_ODD = {ZERO: ZERO, NEGATIVE_ZERO: NEGATIVE_ZERO}
_TO_INFINITIES = {INFINITY: INFINITY, NEGATIVE_INFINITY: NEGATIVE_INFINITY}
_TO_ONES = {INFINITY: ONE, NEGATIVE_INFINITY: -ONE}
_NO_LIMITS = {INFINITY: NAN, NEGATIVE_INFINITY: NAN}


def _from(least: Number) -> Callable[[Number], bool]:
    return lambda x: compare(x, least) in (0, 1)


REAL_FUNCTIONS: Mapping[str, RealFunction] = {
    "exp": RealFunction({ZERO: ONE, NEGATIVE_ZERO: ONE, INFINITY: INFINITY, NEGATIVE_INFINITY: ZERO}),
    "expm1": RealFunction({**_ODD, INFINITY: INFINITY, NEGATIVE_INFINITY: -ONE}),
    "log": RealFunction({ZERO: NEGATIVE_INFINITY, NEGATIVE_ZERO: NEGATIVE_INFINITY, ONE: ZERO, INFINITY: INFINITY}, _from(ZERO)),
    "log1p": RealFunction({**_ODD, -ONE: NEGATIVE_INFINITY, INFINITY: INFINITY}, _from(-ONE)),
    "sinh": RealFunction({**_ODD, **_TO_INFINITIES}),
    "cosh": RealFunction({ZERO: ONE, NEGATIVE_ZERO: ONE, INFINITY: INFINITY, NEGATIVE_INFINITY: INFINITY}),
    "tanh": RealFunction({**_ODD, **_TO_ONES}),
    "sin": RealFunction({**_ODD, **_NO_LIMITS}),
    "cos": RealFunction({ZERO: ONE, NEGATIVE_ZERO: ONE, **_NO_LIMITS}),
    "atan": RealFunction(_ODD),
    "erf": RealFunction({**_ODD, **_TO_ONES}),
    "sigmoid": RealFunction({ZERO: mpq(1, 2), NEGATIVE_ZERO: mpq(1, 2), INFINITY: ONE, NEGATIVE_INFINITY: ZERO}),
    "softplus": RealFunction({INFINITY: INFINITY, NEGATIVE_INFINITY: ZERO}),
}
"""sigmoid(x) = 1/(1 + exp(-x)), softplus(x) = log(1 + exp(x)), expm1(x) = exp(x) - 1, log1p(x) = log(1 + x)."""
