"""Limits: derivatives at 0, growth, and neighbours that are false.

Source: any course of analysis.
"""
from fpproof.lang import atan, cos, exp, infinity, is_nan, lemma, limit, log, log1p, show, sigmoid, sin, softplus, sqrt, tanh


@lemma
def slopes_at_zero():
    show(
        limit(lambda x: sin(x) / x, 0) == 1,
        limit(lambda x: tanh(x) / x, 0) == 1,
        limit(lambda x: (exp(x) - 1) / x, 0) == 1,
        limit(lambda x: (sigmoid(x) - 1 / 2) / x, 0) == 1 / 4,
    )


@lemma
def curvatures_at_zero():
    show(
        limit(lambda x: (1 - cos(x)) / x**2, 0) == 1 / 2,
        limit(lambda x: (x - tanh(x)) / x**3, 0) == 1 / 3,
        limit(lambda x: (x - atan(x)) / x**3, 0) == 1 / 3,
    )


@lemma(expect="refuted")
def curvature_of_tanh_is_that_of_the_sine():
    show(limit(lambda x: (x - tanh(x)) / x**3, 0) == limit(lambda x: (x - sin(x)) / x**3, 0))


@lemma
def tanh_saturates():
    """1 - tanh(x) falls faster than any power of x; softplus is x up to that."""
    show(limit(lambda x: x**9 * (1 - tanh(x)), infinity) == 0, limit(lambda x: x**9 * (softplus(x) - x), infinity) == 0)


@lemma(expect="refuted")
def softplus_is_less_than_its_argument_at_last():
    show(limit(lambda x: softplus(x) - x, infinity) < 0)


@lemma
def roots_at_infinity():
    show(limit(lambda x: sqrt(x**2 + x) - x, infinity) == 1 / 2, limit(lambda x: sqrt(x**2 + x) + x, -infinity) == -1 / 2)


@lemma
def sides():
    """A limit has one value from both sides."""
    show(
        limit(lambda x: abs(x) / x, 0, side="above") == 1,
        limit(lambda x: abs(x) / x, 0, side="below") == -1,
        is_nan(limit(lambda x: abs(x) / x, 0)),
        is_nan(limit(lambda x: log(x), -1)),
    )


@lemma(expect="refuted")
def a_quotient_has_a_limit_at_its_pole():
    show(limit(lambda x: 1 / x, 0) == infinity)


@lemma
def compound_interest():
    show(limit(lambda x: exp(x * log(1 + 1 / x)), infinity) == exp(1))


@lemma
def logarithms_grow_slowly():
    show(limit(lambda x: x * log(x), 0, side="above") == 0, limit(lambda x: log1p(x) / sqrt(x), infinity) == 0)
