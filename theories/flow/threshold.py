"""The toy c log(cosh(w x)) for x^2 at x = 1 and 2: every flow that starts below 4/5 has loss -> 0, w -> 0, c -> infinity. Steps of a proof.

docs/dynamics.md puts them together. a = psi(w), b = psi(2w), t = tanh(w), u = tanh(2w), psi = log cosh, R = b/a; residuals x = c a - 1
and y = c b - 4; the loss is x^2 + y^2, its slopes are 2 (a x + b y) and 2 c (t x + 2 u y).

Source: Kranz, Gallon, Dereich and Jentzen, SAD Neural Networks (2025), theorem 2.8 (v); the toy: docs/dynamics.md.
"""
from fpproof.lang import Real, assume, cosh, define, derivative, lemma, log, show, tanh


@define
def excess(s: Real):
    """Of the convex function z log z around 1."""
    return (1 + s) * log(1 + s) + (1 - s) * log(1 - s)


@lemma
def the_start_has_a_positive_factor(a: Real, b: Real, c: Real):
    assume(a >= 0, b >= 0, (c * a - 1)**2 + (c * b - 4)**2 < 17)
    show(c > 0, a > 0 or b > 0)


@lemma(expect="refuted")
def the_start_has_a_positive_factor_up_to_more(a: Real, b: Real, c: Real):
    assume(a >= 0, b >= 0, (c * a - 1)**2 + (c * b - 4)**2 <= 17)
    show(c > 0)


@lemma
def the_excess_grows(s: Real):
    """From excess(0) = 0; so it is positive for 0 < s < 1."""
    assume(0 < s < 1)
    show(derivative(excess(s), s) == log(1 + s) - log(1 - s), log(1 + s) > log(1 - s), excess(0) == 0)


@lemma
def both_functions_by_the_square_of_tanh(w: Real):
    """s = tanh(w)^2: R = 2 (1 - log(1 + s)/log(1 - s))."""
    s = tanh(w)**2
    show(log(cosh(w)) == -log(1 - s) / 2, log(cosh(2 * w)) == log(1 + s) - log(1 - s))


@lemma
def the_ratio_falls_by_the_excess(s: Real):
    assume(0 < s < 1)
    show(derivative(2 * (1 - log(1 + s) / log(1 - s)), s) == -2 * excess(s) / ((1 - s**2) * log(1 - s)**2))


@lemma(expect="refuted")
def the_ratio_falls_by_half_the_excess(s: Real):
    assume(0 < s < 1)
    show(derivative(2 * (1 - log(1 + s) / log(1 - s)), s) == -excess(s) / ((1 - s**2) * log(1 - s)**2))


@lemma
def the_slope_of_the_ratio(w: Real):
    """R' a^2 = 2 u a - b t: R falls where this is negative, which is where rho = 2 u/t < R."""
    assume(w > 0)
    show(derivative(log(cosh(w)), w) == tanh(w), derivative(log(cosh(2 * w)), w) == 2 * tanh(2 * w))


@lemma
def the_determinant_is_negative(a: Real, b: Real, t: Real, v: Real):
    """v = 2 u: v a - b t < 0 says rho < R."""
    assume(a > 0, t > 0, v / t < b / a)
    show(v * a - b * t < 0)


@lemma
def residuals_solve_for_slopes(a: Real, b: Real, t: Real, v: Real, x: Real, y: Real):
    p = a * x + b * y
    q = t * x + v * y
    show((v * a - b * t) * x == v * p - b * q, (v * a - b * t) * y == a * q - t * p)


@lemma
def slopes_bound_residuals(a: Real, b: Real, t: Real, v: Real, p: Real, q: Real):
    """By Cauchy: so (v a - b t)^2 L <= (a^2 + b^2 + t^2 + v^2) ((dL/dc)^2 + (dL/dw)^2/c^2)/4, and between two w > 0 L falls at a rate."""
    show((v * p - b * q)**2 + (a * q - t * p)**2 <= (a**2 + b**2 + t**2 + v**2) * (p**2 + q**2))


@lemma(expect="refuted")
def slopes_bound_residuals_better(a: Real, b: Real, t: Real, v: Real, p: Real, q: Real):
    show((v * p - b * q)**2 + (a * q - t * p)**2 <= 0.9 * (a**2 + b**2 + t**2 + v**2) * (p**2 + q**2))


@lemma
def the_second_residual_by_the_first(a: Real, b: Real, c: Real):
    """y = R x - (4 - R)."""
    assume(a > 0)
    R = b / a
    show(c * b - 4 == R * (c * a - 1) - (4 - R))


@lemma
def the_slope_where_w_is_small(x: Real, R: Real, rho: Real, loss: Real):
    """As R is near 4: x + rho y is not small where the loss is at least something."""
    assume(2 < rho < R, R < 4, loss > 0, loss >= 100 * (4 - R)**2, x**2 + (R * x - (4 - R))**2 >= loss)
    show((x + rho * (R * x - (4 - R)))**2 >= loss / 4)


@lemma(expect="refuted")
def the_slope_where_w_is_small_is_large(x: Real, R: Real, rho: Real, loss: Real):
    assume(2 < rho < R, R < 4, loss > 0, loss >= 100 * (4 - R)**2, x**2 + (R * x - (4 - R))**2 >= loss)
    show((x + rho * (R * x - (4 - R)))**2 >= 20 * loss)


@lemma
def the_first_residual_is_not_minus_one(x: Real, y: Real):
    """c a = 1 + x > 1/10 below 4/5."""
    assume(x**2 + y**2 < 4 / 5)
    show(1 + x > 1 / 10)


@lemma(expect="refuted")
def the_first_residual_is_not_minus_one_with_more(x: Real, y: Real):
    assume(x**2 + y**2 < 4 / 5)
    show(1 + x > 0.11)


@lemma
def tanh_is_above_psi():
    """tanh(w) - psi(w) grows while 1 - t - t^2 > 0, for t up to 3/5, so up to w = 1/2: there c t >= c a > 1/10."""
    show(tanh(1 / 2) < 3 / 5, tanh(0) - log(cosh(0)) == 0)


@lemma
def tanh_grows_faster(t: Real):
    assume(0 <= t <= 3 / 5)
    show(1 - t**2 - t > 0)


@lemma(expect="refuted")
def tanh_grows_faster_for_long(t: Real):
    assume(0 <= t <= 5 / 8)
    show(1 - t**2 - t > 0)


@lemma
def the_slope_in_w_where_it_is_small(c: Real, t: Real, z: Real, loss: Real):
    """z = x + rho y; dL/dw = 2 c t z."""
    assume(c * t > 1 / 10, z**2 >= loss / 4, loss > 0)
    show((2 * c * t * z)**2 >= loss / 100)
