"""Deep linear networks with one neuron a layer, loss (w_1 ... w_n - y)^2 / 2: what the flow conserves, what descent breaks, and its guaranteed rate.

Source: Elkabetz and Cohen, Continuous vs. Discrete Optimization of Deep Neural Networks (2021); the closed forms are worked out in docs/dynamics.md.
"""
from fpproof.lang import Real, assume, define, lemma, log, show


@define
def residual(u: Real, v: Real, y: Real):
    return u * v - y


@lemma
def the_flow_conserves(u: Real, v: Real, y: Real):
    """u^2 - v^2 along u' = -r v, v' = -r u: its derivative 2 u u' - 2 v v' is 0."""
    show(2 * u * (-residual(u, v, y) * v) - 2 * v * (-residual(u, v, y) * u) == 0)


@lemma
def descent_does_not(u: Real, v: Real, y: Real, eta: Real):
    """One step multiplies u^2 - v^2 by 1 - eta^2 r^2, exactly."""
    r = residual(u, v, y)
    show((u - eta * r * v)**2 - (v - eta * r * u)**2 == (u**2 - v**2) * (1 - eta**2 * r**2))


@lemma(expect="refuted")
def descent_conserves(u: Real, v: Real, y: Real, eta: Real):
    r = residual(u, v, y)
    show((u - eta * r * v)**2 - (v - eta * r * u)**2 == u**2 - v**2)


@lemma
def eigenvalues_of_depth_two(w: Real, y: Real):
    """At w_1 = w_2 = w: H (1, 1) = (3 w^2 - y) (1, 1) and H (1, -1) = (y - w^2) (1, -1)."""
    off = 2 * w**2 - y
    show(w**2 + off == 3 * w**2 - y, w**2 - off == y - w**2)


@lemma
def eigenvalues_of_depth_three(w: Real, y: Real):
    """(2n - 1) w^(2n-2) - (n - 1) y w^(n-2) on (1, 1, 1), and (y - w^n) w^(n-2) across."""
    off = 2 * w**4 - y * w
    show(w**4 + 2 * off == 5 * w**4 - 2 * y * w, w**4 - off == (y - w**3) * w)


@lemma
def the_most_negative_curvature_is_the_residual(y: Real, a: Real, b: Real):
    """Equality in the bound at w = 0: the form is -2 y a b, least at -|y| (a^2 + b^2)."""
    show(-2 * y * a * b >= -abs(y) * (a**2 + b**2))


@lemma
def descent_approaches_at_the_guaranteed_rate(w: Real, start: Real, eta: Real):
    """n = 2, y = 1, one step from w >= w_0: 1 - F^2 <= (1 - 2 eta w_0^2) (1 - w^2)."""
    assume(0 < start <= w, w <= 1, 0 < eta <= 1 / 2)
    show(1 - (w + eta * (1 - w**2) * w)**2 <= (1 - 2 * eta * start**2) * (1 - w**2))


@lemma
def the_logarithm_of_a_step(z: Real):
    """log(1 + z) <= z - z^2/6 on [0, 1]: why steps must be exponentially small on -x^2/2."""
    assume(0 <= z <= 1)
    show(log(1 + z) <= z - z**2 / 6)


@lemma(expect="refuted")
def the_logarithm_of_a_longer_step(z: Real):
    assume(0 <= z <= 4)
    show(log(1 + z) <= z - z**2 / 6)


@lemma
def the_angle_never_falls(nu: Real, L: Real, rho: Real):
    """End-to-end flow of a balanced network with one output: nu' = rho^(1-2/n) L (1 - nu^2), here with the power as a positive number."""
    assume(-1 <= nu <= 1, L > 0, rho > 0)
    show(rho * L * (1 - nu**2) >= 0)


@lemma
def the_exceptional_ray_is_invariant(L: Real, rho: Real):
    """nu = -1 stays, and rho' = n rho^(2-2/n) (L nu - rho) < 0 there: the end-to-end vector goes to 0 and not to the target."""
    assume(L > 0, rho > 0)
    show(rho * L * (1 - (-1)**2) == 0, rho * (L * -1 - rho) < 0)


@define
def unbalance(a: Real, b: Real, c: Real, d: Real, u: Real, v: Real):
    """W_2^T W_2 - W_1 W_1^T for W_1 = [[a, b], [c, d]] and W_2 = [u, v]: its three different entries."""
    return [u * u - a * a - b * b, u * v - a * c - b * d, v * v - c * c - d * d]


@lemma
def matrices_are_conserved(a: Real, b: Real, c: Real, d: Real, u: Real, v: Real, g: Real, h: Real):
    """Along W_1' = -W_2^T G, W_2' = -G W_1^T for any gradient G = (g, h) of a loss of W_2 W_1: W_2^T W_2 - W_1 W_1^T has the derivative 0."""
    u1, v1 = [-(g * a + h * b), -(g * c + h * d)]
    a1, b1, c1, d1 = [-u * g, -u * h, -v * g, -v * h]
    show(
        2 * u * u1 - 2 * a * a1 - 2 * b * b1 == 0,
        u1 * v + u * v1 - a1 * c - a * c1 - b1 * d - b * d1 == 0,
        2 * v * v1 - 2 * c * c1 - 2 * d * d1 == 0,
    )


@lemma(expect="refuted")
def matrices_without_order_are_conserved(a: Real, b: Real, c: Real, d: Real, u: Real, v: Real, g: Real, h: Real):
    """W_2^T W_2 - W_1^T W_1 is not."""
    u1 = -(g * a + h * b)
    a1, c1 = [-u * g, -v * g]
    show(2 * u * u1 - 2 * a * a1 - 2 * c * c1 == 0)


@lemma
def a_step_of_descent_unbalances(a: Real, b: Real, c: Real, d: Real, u: Real, v: Real, g: Real, h: Real, eta: Real):
    """By eta^2 times the same form of the gradients, exactly."""
    gu, gv = [g * a + h * b, g * c + h * d]
    ga, gb, gc, gd = [u * g, u * h, v * g, v * h]
    before = unbalance(a, b, c, d, u, v)
    after = unbalance(a - eta * ga, b - eta * gb, c - eta * gc, d - eta * gd, u - eta * gu, v - eta * gv)
    by = unbalance(ga, gb, gc, gd, gu, gv)
    show(after[0] - before[0] == eta**2 * by[0], after[1] - before[1] == eta**2 * by[1], after[2] - before[2] == eta**2 * by[2])


@lemma(expect="refuted")
def a_step_of_descent_keeps_matrices_balanced(a: Real, b: Real, c: Real, d: Real, u: Real, v: Real, g: Real, h: Real, eta: Real):
    before = unbalance(a, b, c, d, u, v)
    after = unbalance(a - eta * u * g, b - eta * u * h, c - eta * v * g, d - eta * v * h, u - eta * (g * a + h * b), v - eta * (g * c + h * d))
    show(after[0] == before[0])


@lemma
def the_product_moves_by_both_layers(a: Real, b: Real, c: Real, d: Real, u: Real, v: Real, g: Real, h: Real):
    """w = W_2 W_1: w' = -(W_2 W_2^T G + G W_1^T W_1), the end-to-end dynamics before balance is used."""
    u1, v1 = [-(g * a + h * b), -(g * c + h * d)]
    a1, b1, c1, d1 = [-u * g, -u * h, -v * g, -v * h]
    s = u * u + v * v
    show(
        u1 * a + u * a1 + v1 * c + v * c1 == -(s * g + g * (a * a + c * c) + h * (a * b + c * d)),
        u1 * b + u * b1 + v1 * d + v * d1 == -(s * h + g * (a * b + c * d) + h * (b * b + d * d)),
    )


@lemma
def balanced_layers_have_one_norm(a: Real, b: Real, c: Real, d: Real, u: Real, v: Real):
    """W_2^T W_2 = W_1 W_1^T: then |w|^2 = |W_2|^4, which closes the flow of w for two layers."""
    assume(u * u == a * a + b * b, u * v == a * c + b * d, v * v == c * c + d * d)
    x, y = [u * a + v * c, u * b + v * d]
    show(x * x + y * y == (u * u + v * v)**2)


@lemma(expect="refuted")
def layers_with_equal_norms_have_one_norm(a: Real, b: Real, c: Real, d: Real, u: Real, v: Real):
    """Traces alone do not do it."""
    assume(u * u + v * v == a * a + b * b + c * c + d * d)
    x, y = [u * a + v * c, u * b + v * d]
    show(x * x + y * y == (u * u + v * v)**2)


@lemma(expect="refuted")
def the_flow_conserves_the_sum(u: Real, v: Real, y: Real):
    """u^2 + v^2 is not conserved."""
    show(2 * u * (-residual(u, v, y) * v) + 2 * v * (-residual(u, v, y) * u) == 0)


@lemma(expect="refuted")
def eigenvalues_of_depth_three_as_of_two(w: Real, y: Real):
    off = 2 * w**4 - y * w
    show(w**4 + 2 * off == 3 * w**4 - y * w)


@lemma(expect="refuted")
def the_most_negative_curvature_is_less_than_the_residual(y: Real, a: Real, b: Real):
    show(-2 * y * a * b >= -0.999 * abs(y) * (a**2 + b**2))


@lemma(expect="refuted")
def descent_approaches_at_a_better_rate(w: Real, start: Real, eta: Real):
    assume(0 < start <= w, w <= 1, 0 < eta <= 1 / 2)
    show(1 - (w + eta * (1 - w**2) * w)**2 <= (1 - 2.1 * eta * start**2) * (1 - w**2))


@lemma(expect="refuted")
def the_angle_always_grows(nu: Real, L: Real, rho: Real):
    """Not on the exceptional ray."""
    assume(-1 <= nu < 1, L > 0, rho > 0)
    show(rho * L * (1 - nu**2) > 0)
