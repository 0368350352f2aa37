"""Gradient descent on deep linear networks with one neuron a layer, loss (w_1 ... w_n - y)^2 / 2: exact inequalities and identities.

Source: Elkabetz and Cohen, Continuous vs. Discrete Optimization of Deep Neural Networks (2021), the scalar cases.
"""
from fpproof.lang import Real, assume, define, lemma, show


@define
def step(w: Real, eta: Real):
    """One step of gradient descent from (w, w), n = 2 and y = 1."""
    return w + eta * (1 - w**2) * w


@define
def cubic_step(w: Real, eta: Real):
    """The same for n = 3."""
    return w + eta * (1 - w**3) * w**2


@lemma
def hessian_bound(w: Real, v: Real, y: Real, a: Real, b: Real):
    """The least eigenvalue is not below -|w v - y|; here for n = 2, H = [[v^2, 2 w v - y], [2 w v - y, w^2]]."""
    show(v**2 * a**2 + 2 * (2 * w * v - y) * a * b + w**2 * b**2 + abs(w * v - y) * (a**2 + b**2) >= 0)


@lemma(expect="refuted")
def hessian_bound_with_half_the_residual(w: Real, v: Real, y: Real, a: Real, b: Real):
    show(v**2 * a**2 + 2 * (2 * w * v - y) * a * b + w**2 * b**2 + abs(w * v - y) / 2 * (a**2 + b**2) >= 0)


@lemma
def no_overshoot(w: Real, eta: Real):
    assume(0 < w <= 1, 0 < eta <= 1 / 2)
    show(w <= step(w, eta) <= 1)


@lemma(expect="refuted")
def no_overshoot_with_larger_steps(w: Real, eta: Real):
    """1/2 is sharp."""
    assume(0 < w <= 1, 0 < eta <= 0.51)
    show(step(w, eta) <= 1)


@lemma
def contraction(w: Real, eta: Real):
    assume(0 < w <= 1, 0 < eta <= 1 / 2)
    show(1 - step(w, eta)**2 <= (1 - 2 * eta * w**2) * (1 - w**2))


@lemma(expect="refuted")
def faster_contraction(w: Real, eta: Real):
    assume(0 < w <= 1, 0 < eta <= 1 / 2)
    show(1 - step(w, eta)**2 <= (1 - 3 * eta * w**2) * (1 - w**2))


@lemma
def no_overshoot_of_three_layers(w: Real, eta: Real):
    assume(0 < w <= 1, 0 < eta <= 1 / 3)
    show(w <= cubic_step(w, eta) <= 1, 1 - cubic_step(w, eta)**3 <= (1 - 3 * eta * w**4) * (1 - w**3))


@lemma(expect="refuted")
def no_overshoot_of_three_layers_with_larger_steps(w: Real, eta: Real):
    assume(0 < w <= 1, 0 < eta <= 0.34)
    show(cubic_step(w, eta) <= 1)


@lemma
def hessian_of_two_layers(w: Real, v: Real, y: Real, a: Real, b: Real):
    """v^T H v = (sum_i v_i prod_(j != i) w_j)^2 + 2 r sum_(i < j) v_i v_j prod_(k != i, j) w_k, r = prod w - y."""
    r = w * v - y
    show(v**2 * a**2 + 2 * (2 * w * v - y) * a * b + w**2 * b**2 == (a * v + b * w)**2 + 2 * r * a * b)


@lemma
def hessian_of_three_layers(u: Real, v: Real, w: Real, y: Real, a: Real, b: Real, c: Real):
    r = u * v * w - y
    diagonal = (a * v * w)**2 + (b * u * w)**2 + (c * u * v)**2
    off = a * b * (u * v * w**2 + r * w) + a * c * (u * v**2 * w + r * v) + b * c * (u**2 * v * w + r * u)
    show(diagonal + 2 * off == (a * v * w + b * u * w + c * u * v)**2 + 2 * r * (a * b * w + a * c * v + b * c * u))


@lemma
def hessian_of_four_layers(s: Real, u: Real, v: Real, w: Real, y: Real, a: Real, b: Real, c: Real, d: Real):
    r = s * u * v * w - y
    g1, g2, g3, g4 = [u * v * w, s * v * w, s * u * w, s * u * v]
    diagonal = (a * g1)**2 + (b * g2)**2 + (c * g3)**2 + (d * g4)**2
    mixed = a * b * v * w + a * c * u * w + a * d * u * v + b * c * s * w + b * d * s * v + c * d * s * u
    products = a * b * g1 * g2 + a * c * g1 * g3 + a * d * g1 * g4 + b * c * g2 * g3 + b * d * g2 * g4 + c * d * g3 * g4
    show(diagonal + 2 * (products + r * mixed) == (a * g1 + b * g2 + c * g3 + d * g4)**2 + 2 * r * mixed)


@lemma(expect="refuted")
def hessian_of_two_layers_without_the_residual(w: Real, v: Real, y: Real, a: Real, b: Real):
    show(v**2 * a**2 + 2 * (2 * w * v - y) * a * b + w**2 * b**2 == (a * v + b * w)**2)


@lemma(expect="refuted")
def faster_contraction_of_three_layers(w: Real, eta: Real):
    assume(0 < w <= 1, 0 < eta <= 1 / 3)
    show(1 - cubic_step(w, eta)**3 <= (1 - 4 * eta * w**4) * (1 - w**3))


@lemma(expect="refuted")
def hessian_of_three_layers_with_one_residual(u: Real, v: Real, w: Real, y: Real, a: Real, b: Real, c: Real):
    """The factor of the residual is 2."""
    r = u * v * w - y
    diagonal = (a * v * w)**2 + (b * u * w)**2 + (c * u * v)**2
    off = a * b * (u * v * w**2 + r * w) + a * c * (u * v**2 * w + r * v) + b * c * (u**2 * v * w + r * u)
    show(diagonal + 2 * off == (a * v * w + b * u * w + c * u * v)**2 + r * (a * b * w + a * c * v + b * c * u))
