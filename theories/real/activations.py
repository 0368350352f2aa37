"""Activations as real functions: identities, ranges, derivatives. None of this rounds, and none of it depends on a format."""
from fpproof.lang import Real, assume, cos, cosh, define, derivative, erf, exp, lemma, log, max, show, sin, sinh, sqrt, tanh


@define
def logistic(x: Real):
    return 1 / (1 + exp(-x))


@define
def softplus(x: Real):
    return log(1 + exp(x))


@define
def swish(x: Real):
    return x / (1 + exp(-x))


@define
def gelu(x: Real):
    return x * (1 + erf(x / sqrt(2))) / 2


@lemma
def logistic_is_a_shifted_tanh(x: Real):
    show(logistic(x) == (1 + tanh(x / 2)) / 2, tanh(x) == 2 * logistic(2 * x) - 1)


@lemma(expect="refuted")
def logistic_is_a_shifted_tanh_of_x(x: Real):
    """The argument is halved."""
    show(logistic(x) == (1 + tanh(x)) / 2)


@lemma
def logistic_is_symmetric_about_one_half(x: Real):
    show(logistic(-x) == 1 - logistic(x), 0 < logistic(x) < 1)


@lemma
def slope_of_the_logistic_function(x: Real):
    """It is s (1 - s), and at most 1/4."""
    show(derivative(logistic(x), x) == logistic(x) * (1 - logistic(x)), derivative(logistic(x), x) <= 1 / 4)


@lemma(expect="refuted")
def slope_of_the_logistic_function_is_below_a_quarter(x: Real):
    """It is attained at 0."""
    show(derivative(logistic(x), x) < 1 / 4)


@lemma
def softplus_is_the_integral_of_the_logistic_function(x: Real):
    show(derivative(softplus(x), x) == logistic(x), softplus(x) - softplus(-x) == x)


@lemma
def softplus_is_above_relu(x: Real):
    """Everywhere, and by no more than log 2."""
    show(softplus(x) > max(x, 0), softplus(x) <= max(x, 0) + log(2))


@lemma(expect="refuted")
def softplus_is_within_a_hundredth_less(x: Real):
    show(softplus(x) <= max(x, 0) + log(2) - 1 / 100)


@lemma
def addition_of_tanh(x: Real, y: Real):
    show(tanh(x + y) == (tanh(x) + tanh(y)) / (1 + tanh(x) * tanh(y)), derivative(tanh(x), x) == 1 - tanh(x)**2)


@lemma
def addition_of_sin_and_cos(x: Real, y: Real):
    show(sin(x + y) == sin(x) * cos(y) + cos(x) * sin(y), cos(x + y) == cos(x) * cos(y) - sin(x) * sin(y))


@lemma(expect="refuted")
def sin_is_additive(x: Real, y: Real):
    show(sin(x + y) == sin(x) + sin(y))


@lemma
def hyperbola(x: Real):
    show(cosh(x)**2 - sinh(x)**2 == 1, cosh(x) >= 1 + x**2 / 2)


@lemma
def swish_has_a_least_value(x: Real):
    """It is about -0.27846."""
    show(swish(x) > -0.27847)


@lemma(expect="refuted")
def swish_is_above_its_least_value_cut(x: Real):
    show(swish(x) > -0.27846)


@lemma
def gelu_has_a_least_value(x: Real):
    """It is about -0.16997; beyond 9 GELU is nearly its asymptotes, and left to their bounds."""
    assume(-9 <= x <= 9)
    show(gelu(x) > -0.16998, gelu(x) <= max(x, 0))


@lemma(expect="refuted")
def gelu_is_above_its_least_value_cut(x: Real):
    show(gelu(x) > -0.16997)


@lemma(expect="refuted")
def everything_is_one_when_divided_by_itself(x: Real):
    """Not 0: 0/0 is NaN, and NaN is equal to nothing."""
    show(x / x == 1)


@lemma
def everything_but_zero_is_one_when_divided_by_itself(x: Real):
    assume(x != 0)
    show(x / x == 1)
