"""The gradient flow and gradient descent of (u v - 1)^2 / 2 as objects: points in closed form, what is conserved, and how far one is from the other.

Source: Elkabetz and Cohen, Continuous vs. Discrete Optimization of Deep Neural Networks (2021); the closed forms are worked out in docs/dynamics.md.
"""
from fpproof.lang import Real, define, descent, exp, flow, lemma, loss, show, sqrt

half = [1 / 2, 1 / 2]
unbalanced = [1 / 2, 1]


@loss(start=[1 / 2, 1 / 2])
def product(u: Real, v: Real):
    """Two layers of one neuron each, target 1."""
    return (u * v - 1)**2 / 2


@define
def apart(t: Real, u: Real, v: Real):
    """From a point of descent to the flow from (1/2, 1/2) at t."""
    w = flow(product, half, t)
    return sqrt((w[0] - u)**2 + (w[1] - v)**2)


@lemma
def the_flow_in_closed_form():
    """w' = (1 - w^2) w, so 1/w^2 - 1 = 3 exp(-2t)."""
    w = flow(product, half, 2)
    show(abs(w[0] - 1 / sqrt(1 + 3 * exp(-4))) < 1e-60, abs(w[1] - 1 / sqrt(1 + 3 * exp(-4))) < 1e-60)


@lemma(expect="refuted")
def the_flow_with_another_constant():
    w = flow(product, half, 2)
    show(abs(w[0] - 1 / sqrt(1 + 3.000000000001 * exp(-4))) < 1e-15)


@lemma
def the_norm_at_a_time():
    """|w| = sqrt(2) w, with 13 digits; it grows to sqrt(2)."""
    w = flow(product, half, 3)
    show(1.4089844805440 < sqrt(sum(x * x for x in w)) < 1.4089844805441)


@lemma(expect="refuted")
def the_norm_is_a_hair_more():
    w = flow(product, half, 3)
    show(sqrt(sum(x * x for x in w)) > 1.4089844805441)


@lemma
def the_flow_conserves_at_a_time():
    w = flow(product, unbalanced, 3)
    show(abs(w[0]**2 - w[1]**2 + 3 / 4) < 1e-60)


@lemma(expect="refuted")
def the_flow_conserves_a_little_less():
    w = flow(product, unbalanced, 3)
    show(abs(w[0]**2 - w[1]**2 + 0.750000000001) < 1e-15)


@lemma
def the_loss_falls_by_at_least_the_way_squared():
    """|theta(t) - theta(0)|^2 <= t (f(theta(0)) - f(theta(t))) for every gradient flow; here there is a factor of 2.495 between them."""
    w = flow(product, unbalanced, 3)
    show(2.495 * ((w[0] - 1 / 2)**2 + (w[1] - 1)**2) <= 3 * (product(1 / 2, 1) - product(w[0], w[1])))


@lemma(expect="refuted")
def the_loss_falls_by_a_hair_more():
    w = flow(product, unbalanced, 3)
    show(2.496 * ((w[0] - 1 / 2)**2 + (w[1] - 1)**2) <= 3 * (product(1 / 2, 1) - product(w[0], w[1])))


@lemma
def two_steps_of_descent_exactly():
    show(descent(product, half, 1 / 4, 1) == [19 / 32, 19 / 32], descent(product, half, 1 / 4, 2) == [90421 / 131072, 90421 / 131072])


@lemma(expect="refuted")
def two_steps_of_descent_a_hair_off():
    show(descent(product, half, 1 / 4, 2) == [90421 / 131072, 90422 / 131072])


@lemma
def a_step_of_descent_from_anywhere(u: Real, v: Real, eta: Real):
    """It multiplies u^2 - v^2 by 1 - eta^2 (u v - 1)^2."""
    w = descent(product, [u, v], eta, 1)
    show(w[0]**2 - w[1]**2 == (u**2 - v**2) * (1 - eta**2 * (u * v - 1)**2))


@lemma(expect="refuted")
def a_step_of_descent_conserves(u: Real, v: Real, eta: Real):
    w = descent(product, [u, v], eta, 1)
    show(w[0]**2 - w[1]**2 == u**2 - v**2)


@lemma
def descent_keeps_the_balance(w: Real, eta: Real):
    """From w_0 = w_1 both stay equal, for two steps."""
    later = descent(product, [w, w], eta, 2)
    show(later[0] == later[1])


@lemma(expect="refuted")
def descent_brings_the_balance(w: Real, eta: Real):
    later = descent(product, [w, 2 * w], eta, 2)
    show(later[0] == later[1])


@define
def certified(eta: Real, t: Real):
    """Theorem S3-T1 (docs/dynamics.md): eta beta gamma I, I <= t exp(m t), with bounds of beta, gamma and m in the tube of 1/16 around the flow."""
    return eta * 2.31 * 0.61 * t * exp(0.43 * t)


@lemma
def descent_stays_near_the_flow():
    w = descent(product, half, 1 / 128, 4)
    show(22.9 * apart(1 / 32, w[0], w[1]) < certified(1 / 128, 1 / 32))


@lemma(expect="refuted")
def descent_stays_a_hair_nearer():
    w = descent(product, half, 1 / 128, 4)
    show(22.91 * apart(1 / 32, w[0], w[1]) < certified(1 / 128, 1 / 32))


@lemma
def two_long_steps_from_the_flow():
    """eta = 1/4: at t = 1/2."""
    w = descent(product, half, 1 / 4, 2)
    show(0.000550029089437 < apart(1 / 2, w[0], w[1]) < 0.000550029089438)


@lemma(expect="refuted")
def two_long_steps_are_a_hair_nearer():
    w = descent(product, half, 1 / 4, 2)
    show(apart(1 / 2, w[0], w[1]) < 0.000550029089437)
