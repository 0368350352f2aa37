"""The least curvature of deep networks: lemmas S3-L1 and S3-L2 for three and four layers, for all weights.

v^T H v = S^2 + 2 r X with X = sum_(i < j) v_i v_j prod_(k != i, j) w_k (`hessian_of_three_layers` in theories/real/descent.py); S is
arbitrary here, so that what is shown holds for its value too. For a general convex loss of the output, S^2 has the factor phi'' >= 0, and r is phi'.

Source: Elkabetz and Cohen, Continuous vs. Discrete Optimization of Deep Neural Networks (2021), lemmas 3 and 5; docs/dynamics.md.
"""
from fpproof.lang import Real, assume, define, lemma, show


@define
def mixed(u: Real, v: Real, w: Real, a: Real, b: Real, c: Real):
    """X for three layers."""
    return a * b * w + a * c * v + b * c * u


@lemma
def hessian_bound_of_three_layers(S: Real, r: Real, m: Real, u: Real, v: Real, w: Real, a: Real, b: Real, c: Real):
    """S3-L1, n = 3: v^T H v >= -(n - 1) |r| max |w_j| |v|^2."""
    assume(-m <= u <= m, -m <= v <= m, -m <= w <= m)
    show(S**2 + 2 * r * mixed(u, v, w, a, b, c) >= -2 * abs(r) * m * (a**2 + b**2 + c**2))


@lemma(expect="refuted")
def hessian_bound_of_three_layers_with_less(r: Real, m: Real, u: Real, v: Real, w: Real, a: Real, b: Real, c: Real):
    """Not with 1.9: near 0 the bound is approached. With the true S."""
    assume(-m <= u <= m, -m <= v <= m, -m <= w <= m)
    square = (a * v * w + b * u * w + c * u * v)**2
    show(square + 2 * r * mixed(u, v, w, a, b, c) >= -1.9 * abs(r) * m * (a**2 + b**2 + c**2))


@lemma
def the_bound_of_three_layers_is_approached(s: Real):
    """Weights (s, s, s), target 1, direction (1, 1, 1): v^T H v = 9 s^4 - 6 s (1 - s^3) is -6 (1 - s^3) s, the bound, up to 9 s^4."""
    show((3 * s**2)**2 + 2 * (s**3 - 1) * mixed(s, s, s, 1, 1, 1) == -6 * (1 - s**3) * s + 9 * s**4)


@lemma
def hessian_bound_of_three_layers_of_any_convex_loss(p: Real, S: Real, g: Real, m: Real, u: Real, v: Real, w: Real, a: Real, b: Real, c: Real):
    """phi'' = p >= 0, phi' = g."""
    assume(p >= 0, -m <= u <= m, -m <= v <= m, -m <= w <= m)
    show(p * S**2 + 2 * g * mixed(u, v, w, a, b, c) >= -2 * abs(g) * m * (a**2 + b**2 + c**2))


@lemma
def hessian_bound_of_three_layers_with_slopes(k: Real, m: Real, u: Real, v: Real, w: Real, a: Real, b: Real, c: Real):
    """S3-L2, one sample: ReLU and leaky ReLU multiply X by the slopes of the neurons, at most 1 in magnitude; then as above."""
    assume(-m <= u <= m, -m <= v <= m, -m <= w <= m, -1 <= k <= 1)
    show(abs(k * mixed(u, v, w, a, b, c)) <= m * (a**2 + b**2 + c**2))


@lemma(expect="refuted")
def hessian_bound_of_three_layers_with_steep_slopes(k: Real, m: Real, u: Real, v: Real, w: Real, a: Real, b: Real, c: Real):
    assume(-m <= u <= m, -m <= v <= m, -m <= w <= m, -1.1 <= k <= 1.1)
    show(abs(k * mixed(u, v, w, a, b, c)) <= m * (a**2 + b**2 + c**2))


@lemma
def a_square_and_what_is_bounded(p: Real, S: Real, g: Real, X: Real, B: Real):
    """How a bound of |X| becomes one of the form, for any number of layers."""
    assume(p >= 0, abs(X) <= B)
    show(p * S**2 + 2 * g * X >= -2 * abs(g) * B)


@lemma
def the_mixed_form_of_four_layers(
    M: Real, p: Real, q: Real, r: Real, s: Real, t: Real, u: Real, a: Real, b: Real, c: Real, d: Real
):
    """n = 4: the products of two weights are at most M in magnitude; 2 |X| <= (n - 1) M |v|^2."""
    assume(-M <= p <= M, -M <= q <= M, -M <= r <= M, -M <= s <= M, -M <= t <= M, -M <= u <= M)
    show(2 * (a * b * p + a * c * q + a * d * r + b * c * s + b * d * t + c * d * u) <= 3 * M * (a**2 + b**2 + c**2 + d**2))


@lemma(expect="refuted")
def the_mixed_form_of_four_layers_as_of_three(
    M: Real, p: Real, q: Real, r: Real, s: Real, t: Real, u: Real, a: Real, b: Real, c: Real, d: Real
):
    assume(-M <= p <= M, -M <= q <= M, -M <= r <= M, -M <= s <= M, -M <= t <= M, -M <= u <= M)
    show(2 * (a * b * p + a * c * q + a * d * r + b * c * s + b * d * t + c * d * u) <= 2 * M * (a**2 + b**2 + c**2 + d**2))
