"""The bound on expected pieces over the real numbers: what S1-D2 to S1-D7 need, for one, two and three cells, neurons, steps and outcomes.

A cell's values run from u to v. The level is uniform in [c - r, c + r], or has a density of at most m. Numbers that docs/pieces.md
writes with an index are few here: what the general statements add is induction over cells and linearity of finite sums.

Source: Karner, Kazeev, Petersen, Limitations of neural network training due to numerical instability of backpropagation (2024), Lemma 3.1 and
Theorem 3.4, in the form S1-D2 to S1-D7 that docs/pieces.md derives.
"""
from fpproof.lang import F, Float, Real, assume, define, fl, lemma, show, ulp


@define
def covered(u: Real, v: Real, low: Real, high: Real):
    """The length of the part of the values between u and v that lies between low and high."""
    return max(min(max(u, v), high) - max(min(u, v), low), 0)


@lemma(source="S1-D2")
def a_neuron_without_a_sign_change_is_affine(p: Real, q: Real, t: Real):
    """ReLU of an affine function with the values p and q at the ends of a cell, at 0 <= t <= 1 from one end to the other."""
    assume(0 <= t <= 1, p * q >= 0)
    show(max((1 - t) * p + t * q, 0) == (1 - t) * max(p, 0) + t * max(q, 0))


@lemma(source="S1-D2", expect="refuted")
def a_neuron_is_affine_on_every_cell(p: Real, q: Real, t: Real):
    """Between the zeros of all neurons, and not beyond."""
    assume(0 <= t <= 1)
    show(max((1 - t) * p + t * q, 0) == (1 - t) * max(p, 0) + t * max(q, 0))


@lemma(source="S1-D3")
def crossings_of_one_cell(u: Real, v: Real, c: Real, r: Real):
    """The chance that the level is among the cell's values is at most |dh| / (2r)."""
    assume(r > 0)
    show(0 <= covered(u, v, c - r, c + r) / (2 * r) <= abs(v - u) / (2 * r), covered(u, v, c - r, c + r) / (2 * r) <= 1)


@lemma(source="S1-D3", expect="refuted")
def crossings_of_one_cell_at_twice_the_radius(u: Real, v: Real, c: Real, r: Real):
    """2r is the length of [c - r, c + r]: half of the bound is false."""
    assume(r > 0)
    show(covered(u, v, c - r, c + r) / (2 * r) <= abs(v - u) / (4 * r))


@lemma(source="S1-D3")
def the_bound_is_attained_inside(u: Real, v: Real, c: Real, r: Real):
    """A cell whose values are all levels attains the bound."""
    assume(r > 0, c - r <= u <= c + r, c - r <= v <= c + r)
    show(covered(u, v, c - r, c + r) / (2 * r) == abs(v - u) / (2 * r))


@lemma(source="S1-D3", expect="refuted")
def the_bound_is_attained(u: Real, v: Real, c: Real, r: Real):
    assume(r > 0)
    show(covered(u, v, c - r, c + r) / (2 * r) == abs(v - u) / (2 * r))


@lemma(source="S1-D3")
def crossings_of_two_cells(t: Real, u: Real, v: Real, low: Real, high: Real):
    """E #h^-1(B) <= TV(h) / (high - low) for two cells."""
    assume(low < high)
    show((covered(t, u, low, high) + covered(u, v, low, high)) / (high - low) <= (abs(u - t) + abs(v - u)) / (high - low))


@lemma(source="S1-D3", expect="refuted")
def crossings_of_two_cells_by_their_ends(t: Real, u: Real, v: Real, low: Real, high: Real):
    """It is the variation that counts, not how far apart the ends are."""
    assume(low < high)
    show((covered(t, u, low, high) + covered(u, v, low, high)) / (high - low) <= abs(v - t) / (high - low))


@lemma(source="S1-D3")
def expectations_add_up_to_the_variation(p: Real, q: Real, s: Real, h: Real, i: Real, j: Real, k: Real, m: Real):
    """Three cells: p, q, s are the chances of a level in each, at most m times its length by the density; E #h^-1(B) is their sum."""
    assume(m >= 0, p <= m * abs(i - h), q <= m * abs(j - i), s <= m * abs(k - j))
    show(p + q + s <= m * (abs(i - h) + abs(j - i) + abs(k - j)))


@lemma(source="S1-D3", expect="refuted")
def expectations_add_up_to_the_rise(p: Real, q: Real, s: Real, h: Real, i: Real, j: Real, k: Real, m: Real):
    assume(m >= 0, p <= m * abs(i - h), q <= m * abs(j - i), s <= m * abs(k - j))
    show(p + q + s <= m * abs(k - h))


@lemma(source="S1-D4")
def variation_by_slope_times_length(a: Real, x: Real, b: Real, s: Real, t: Real, C: Real):
    """TV <= C_B (b - a), for the slopes s on [a, x] and t on [x, b]."""
    assume(a <= x <= b, abs(s) <= C, abs(t) <= C)
    show(abs(s * (x - a)) + abs(t * (b - x)) <= C * (b - a))


@lemma(source="S1-D4", expect="refuted")
def variation_by_one_slope(a: Real, x: Real, b: Real, s: Real, t: Real, C: Real):
    """Every slope must be bounded (S1-B)."""
    assume(a <= x <= b, abs(s) <= C)
    show(abs(s * (x - a)) + abs(t * (b - x)) <= C * (b - a))


@lemma(source="S1-D4")
def bound_for_two_neurons(E1: Real, E2: Real, V1: Real, V2: Real, D1: Real, D2: Real, K: Real, C: Real, T: Real, delta: Real):
    """E pieces <= 1 + E1 + E2 <= 1 + (K T C / delta) (1/|D1| + 1/|D2|), from E_i <= K V_i / (delta |D_i|) and V_i <= C T."""
    assume(K > 0, T > 0, delta > 0, D1 != 0, D2 != 0, V1 <= C * T, V2 <= C * T)
    assume(K * V1 / (delta * abs(D1)) >= E1, K * V2 / (delta * abs(D2)) >= E2)
    show(1 + K * T * C / delta * (1 / abs(D1) + 1 / abs(D2)) >= 1 + E1 + E2)


@lemma(source="S1-D4", expect="refuted")
def bound_that_leaves_out_a_neuron(E1: Real, E2: Real, D1: Real, D2: Real, K: Real, C: Real, T: Real, delta: Real):
    """A neuron whose zeros are not counted must have none."""
    assume(K > 0, T > 0, delta > 0, C > 0, D1 != 0, D2 != 0, E1 >= 0, E2 >= 0)
    assume(K * C * T / (delta * abs(D1)) >= E1, K * C * T / (delta * abs(D2)) >= E2)
    show(1 + K * T * C / delta * (1 / abs(D1)) >= 1 + E1 + E2)


@lemma(source="S1-D4")
def bound_by_the_mean_reciprocal(S: Real, n: Real, q: Real, N: Real, H: Real, K: Real, C: Real, T: Real, delta: Real):
    """The sum S of n <= N H reciprocals, H = L - 1, whose mean is at most q (S1-A): the bound is 1 + K T C q N (L - 1) / delta."""
    assume(K > 0, T > 0, C >= 0, delta > 0, 0 < n <= N * H, q >= 0, S / n <= q)
    show(1 + K * T * C / delta * S <= 1 + K * T * C * q * N * H / delta)


@lemma(source="S1-D4", expect="refuted")
def bound_without_the_number_of_neurons(S: Real, n: Real, q: Real, N: Real, H: Real, K: Real, C: Real, T: Real, delta: Real):
    """A bound on the mean is none on the sum."""
    assume(K > 0, T > 0, C >= 0, delta > 0, 0 < n <= N * H, q >= 0, S / n <= q)
    show(1 + K * T * C / delta * S <= 1 + K * T * C * q / delta)


@lemma(source="S1-D5")
def markov_for_three_weights(p: Real, q: Real, s: Real, x: Real, y: Real, z: Real, a: Real):
    """P(X >= a) <= E X / a for X >= 0 with the values x, y, z of chances p, q, s."""
    assume(p >= 0, q >= 0, s >= 0, p + q + s == 1, x >= 0, y >= 0, z >= 0, a > 0)
    show((p if x >= a else 0) + (q if y >= a else 0) + (s if z >= a else 0) <= (p * x + q * y + s * z) / a)


@lemma(source="S1-D5", expect="refuted")
def markov_for_three_weights_of_any_variable(p: Real, q: Real, s: Real, x: Real, y: Real, z: Real, a: Real):
    """It needs X >= 0."""
    assume(p >= 0, q >= 0, s >= 0, p + q + s == 1, a > 0)
    show((p if x >= a else 0) + (q if y >= a else 0) + (s if z >= a else 0) <= (p * x + q * y + s * z) / a)


@lemma(source="S1-D5")
def union_of_two_steps(p: Real, q: Real, x: Real, y: Real, u: Real, v: Real, a: Real):
    """P(max(X, Y) >= a) <= P(X >= a) + P(Y >= a): X is x or u, Y is y or v, with chances p and q."""
    assume(p >= 0, q >= 0, p + q == 1)
    both = (p if max(x, y) >= a else 0) + (q if max(u, v) >= a else 0)
    show(both <= (p if x >= a else 0) + (q if u >= a else 0) + (p if y >= a else 0) + (q if v >= a else 0))


@lemma(source="S1-D5", expect="refuted")
def union_as_the_greater_chance(p: Real, q: Real, x: Real, y: Real, u: Real, v: Real, a: Real):
    """The chances add: the greatest of the two is not enough."""
    assume(p >= 0, q >= 0, p + q == 1)
    both = (p if max(x, y) >= a else 0) + (q if max(u, v) >= a else 0)
    show(both <= max((p if x >= a else 0) + (q if u >= a else 0), (p if y >= a else 0) + (q if v >= a else 0)))


@lemma(source="S1-D5")
def means_and_maxima_of_three_steps(P: Real, Q: Real, R: Real, U: Real, E: Real, M: Real, N: Real, C: Real, a: Real):
    """E_k <= 1 + C for three steps: their mean is at most 1 + C, and the chance U of the union at most 3 (1 + C) / a."""
    assume(a > 0, E <= 1 + C, M <= 1 + C, N <= 1 + C, E / a >= P, M / a >= Q, N / a >= R, U <= P + Q + R)
    show((E + M + N) / 3 <= 1 + C, 3 * (1 + C) / a >= U)


@lemma(source="S1-D5", expect="refuted")
def maxima_as_one_step(P: Real, Q: Real, R: Real, U: Real, E: Real, M: Real, N: Real, C: Real, a: Real):
    """The bound for the greatest of K steps has the factor K."""
    assume(a > 0, E <= 1 + C, M <= 1 + C, N <= 1 + C, E / a >= P, M / a >= Q, N / a >= R, U <= P + Q + R)
    show((1 + C) / a >= U)


@lemma(source="S1-D6")
def an_affine_function_has_one_zero(s: Real, b: Real, x: Real, y: Real):
    """So a neuron cuts a cell at most once, and w neurons cut it into at most w + 1."""
    assume(s != 0, s * x + b == 0, s * y + b == 0)
    show(x == y)


@lemma(source="S1-D6", expect="refuted")
def a_constant_function_has_one_zero(s: Real, b: Real, x: Real, y: Real):
    assume(s * x + b == 0, s * y + b == 0)
    show(x == y)


@lemma(source="S1-D6")
def regions_grow_by_a_factor_a_layer(c: Real, n: Real, w: Real, P: Real):
    """The step of the induction, P = (w + 1)^(H - 1): c <= P cells, each cut into at most w + 1, are at most (w + 1) P."""
    assume(w >= 0, 1 <= c <= P, n <= c * (w + 1))
    show(n <= (w + 1) * P)


@lemma(source="S1-D6", expect="refuted")
def regions_grow_by_the_width(c: Real, n: Real, w: Real, P: Real):
    """w cuts make w + 1 cells."""
    assume(w >= 0, 1 <= c <= P, n <= c * (w + 1))
    show(n <= w * P)


@lemma(source="S1-D6")
def regions_of_three_layers(w: Real, a: Real, b: Real, c: Real):
    assume(w >= 0, 0 <= a <= w + 1, 0 <= b <= a * (w + 1), 0 <= c <= b * (w + 1))
    show(c <= (w + 1)**3)


@lemma(source="S1-D6", expect="refuted")
def regions_of_three_layers_grow_like_a_square(w: Real, a: Real, b: Real, c: Real):
    assume(w >= 0, 0 <= a <= w + 1, 0 <= b <= a * (w + 1), 0 <= c <= b * (w + 1))
    show(c <= 4 * (w + 1)**2)


@lemma(source="S1-D7", formats="E2M1, E2M3, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def a_stored_bias_is_off_by_half_an_ulp(b: Float, u: Float):
    """The radius of the noise that rounding b - u can be said to have; u is the rounded step."""
    assume(abs(b - u) <= F.Omega)
    show(abs(fl(b - u) - (b - u)) <= ulp(fl(b - u)) / 2)


@lemma(source="S1-D7", formats="E2M1, E2M3, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)", expect="refuted")
def a_stored_bias_is_off_by_half_an_ulp_of_the_old_one(b: Float, u: Float):
    """The step can take the bias to a binade with larger gaps."""
    assume(abs(b - u) <= F.Omega)
    show(abs(fl(b - u) - (b - u)) <= ulp(b) / 2)


@lemma(source="S1-D7", formats="E2M1, E2M3, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)", expect="refuted")
def a_stored_bias_is_off_by_less_than_half_an_ulp(b: Float, u: Float):
    """Ties are off by exactly half an ulp."""
    assume(abs(b - u) <= F.Omega)
    show(abs(fl(b - u) - (b - u)) < ulp(fl(b - u)) / 2)


@lemma(source="S1-D7")
def the_whole_error_of_a_bias_update(b: Real, g: Real, eta: Real, h: Real, e: Real, s: Real):
    """The step eta h instead of eta g, off by at most e, and a rounding by at most s: together at most e + s."""
    result = b - eta * h
    assume(abs(eta * h - eta * g) <= e)
    show(abs(result + s - (b - eta * g)) <= e + abs(s))


@lemma(source="S1-D7", expect="refuted")
def the_error_of_a_bias_update_is_that_of_its_rounding(b: Real, g: Real, eta: Real, h: Real, e: Real, s: Real):
    """The error of the gradient is multiplied by eta and stays."""
    result = b - eta * h
    assume(abs(eta * h - eta * g) <= e)
    show(abs(result + s - (b - eta * g)) <= abs(s))
