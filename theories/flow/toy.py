"""The toy network c log(cosh(w x)) for x^2 at x = 1 and 2: its loss is positive, and its infimum over c rises from 0 to 4/5.

Source: Kranz, Gallon, Dereich and Jentzen, SAD Neural Networks (2025), theorems 3.4 and 3.5; the toy: docs/dynamics.md.
"""
from fpproof.lang import Real, assume, cosh, define, exp, lemma, log, loss, show, tanh


@loss(start=[1, 5 / 2])
def toy(w: Real, c: Real):
    return (c * log(cosh(w)) - 1)**2 + (c * log(cosh(2 * w)) - 4)**2


@define
def reduced(R: Real):
    """The least loss over c, for the ratio R = psi(2w)/psi(w)."""
    return (4 - R)**2 / (1 + R**2)


@lemma
def the_least_loss_over_c(a: Real, b: Real, c: Real):
    """With a = psi(w) and b = psi(2w): a parabola in c, least at (a + 4b)/(a^2 + b^2)."""
    assume(a > 0, b > 0)
    show((c * a - 1)**2 + (c * b - 4)**2 >= (4 * a - b)**2 / (a**2 + b**2))


@lemma
def the_minimum_is_attained(a: Real, b: Real):
    assume(a > 0, b > 0)
    c = (a + 4 * b) / (a**2 + b**2)
    show((c * a - 1)**2 + (c * b - 4)**2 == (4 * a - b)**2 / (a**2 + b**2))


@lemma(expect="refuted")
def the_least_loss_is_a_little_more(a: Real, b: Real, c: Real):
    assume(a > 0, b > 0)
    show((c * a - 1)**2 + (c * b - 4)**2 >= 1.01 * (4 * a - b)**2 / (a**2 + b**2))


@lemma
def the_difference_grows(t: Real):
    """The derivative of 4 psi(w) - psi(2w), 4 t - 2 tanh(2w) with t = tanh(w), is 4 t^3/(1 + t^2) > 0."""
    assume(0 < t < 1)
    show(4 * t - 2 * (2 * t / (1 + t**2)) == 4 * t**3 / (1 + t**2), 4 * t**3 / (1 + t**2) > 0)


@lemma
def the_reduced_loss_falls_in_the_ratio(R: Real, S: Real):
    """So it rises in |w|, as the ratio falls from 4 to 2."""
    assume(2 <= R < S <= 4)
    show(reduced(S) < reduced(R))


@lemma(expect="refuted")
def the_reduced_loss_falls_beyond_four(R: Real, S: Real):
    assume(2 <= R < S <= 5)
    show(reduced(S) < reduced(R))


@lemma
def the_threshold_is_four_fifths(R: Real):
    assume(2 < R < 4)
    show(0 < reduced(R) < 4 / 5)


@lemma(expect="refuted")
def the_threshold_is_less(R: Real):
    assume(2 < R < 4)
    show(reduced(R) < 0.79)


@lemma
def the_ratio_falls(s: Real):
    """R = 2 (1 - log(1+s)/log(1-s)) with s = tanh(w)^2; R' has the sign of minus this, a strictly convex function's excess."""
    assume(1 / 64 <= s <= 63 / 64)
    show((1 + s) * log(1 + s) + (1 - s) * log(1 - s) > 0)


@lemma(expect="refuted")
def the_ratio_falls_with_a_margin(s: Real):
    assume(1 / 64 <= s <= 63 / 64)
    show((1 + s) * log(1 + s) + (1 - s) * log(1 - s) > 1.01 * s**2)


@lemma
def tanh_is_between_its_bounds(z: Real):
    """z - z^3/3 <= tanh z <= z: integrated, z^2/2 - z^4/12 <= log cosh z <= z^2/2, the two-sided bound of the square by two softplus neurons."""
    assume(1 / 16 <= z <= 8)
    show(z - z**3 / 3 <= tanh(z) <= z)


@lemma(expect="refuted")
def tanh_is_closer_than_that(z: Real):
    assume(1 / 16 <= z <= 8)
    show(z - z**3 / 4 <= tanh(z))


@lemma
def a_target_of_degree_one_is_met(x: Real):
    """softplus(x) - softplus(-x) = x: degrees of 2 and more are needed."""
    show(log(1 + exp(x)) - log(1 + exp(-x)) == x)


@lemma(expect="refuted")
def a_target_of_degree_two_is_not(x: Real):
    show(log(1 + exp(x)) + log(1 + exp(-x)) == 2 * log(2) + x**2 / 4)


@lemma
def values_at_infinity_for_small_w(r: Real):
    """w -> 0, r = c w^2/2: L -> 17 (r - 1)^2 and c dL/dc -> 34 r (r - 1), which must tend to 0: the values 17 and 0."""
    assume(r * (r - 1) == 0)
    show(17 * (r - 1)**2 == 0 or 17 * (r - 1)**2 == 17)


@lemma(expect="refuted")
def values_at_infinity_for_small_w_are_small(r: Real):
    assume(r * (r - 1) == 0)
    show(17 * (r - 1)**2 == 0)


@lemma
def values_at_infinity_for_large_w(a: Real):
    """|w| -> infinity, a = c psi(w), psi(2w)/psi(w) -> 2: L -> (a - 1)^2 + (2a - 4)^2, c dL/dc -> 2 a (a - 1) + 4 a (2a - 4): 17 and 4/5."""
    assume(a * (a - 1) + 2 * a * (2 * a - 4) == 0)
    show((a - 1)**2 + (2 * a - 4)**2 == 17 or (a - 1)**2 + (2 * a - 4)**2 == 4 / 5)


@lemma(expect="refuted")
def values_at_infinity_for_large_w_are_large(a: Real):
    assume(a * (a - 1) + 2 * a * (2 * a - 4) == 0)
    show((a - 1)**2 + (2 * a - 4)**2 == 17)


@lemma
def the_slow_curve(a: Real, b: Real, t: Real, u: Real):
    """dL/dw = 2 c ((c a - 1) t + 2 (c b - 4) u) is 0 on it; a = psi(w), b = psi(2w), t = tanh(w), u = tanh(2w)."""
    assume(a > 0, b > 0, t > 0, u > 0)
    c = (t + 8 * u) / (a * t + 2 * b * u)
    show((c * a - 1) * t + 2 * (c * b - 4) * u == 0)


@lemma(expect="refuted")
def another_slow_curve(a: Real, b: Real, t: Real, u: Real):
    """The best c for fixed w is not on it."""
    assume(a > 0, b > 0, t > 0, u > 0)
    c = (a + 4 * b) / (a**2 + b**2)
    show((c * a - 1) * t + 2 * (c * b - 4) * u == 0)
