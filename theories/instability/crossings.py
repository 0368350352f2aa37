"""Crossings of a level by a piecewise affine function: the crossing lemma on grids, and the steps of the bound on expected pieces.

A function is given by its values at the ends of its cells. In a cell from u to v the level b is crossed iff b lies between them; a sum over
the levels of a grid with spacing s, times s, is the grid's integral of #h^-1(b).

Source: Karner, Kazeev, Petersen, Limitations of neural network training due to numerical instability of backpropagation (2024), Lemma 3.1 and
Theorem 3.4, in the form S1-D2 to S1-D6 that docs/pieces.md derives.
"""
from fpproof.lang import Float, Real, assume, define, lemma, show


@define
def crossed(u: Real, v: Real, b: Real):
    """1 if the level b lies between u and v, the smaller one counted in and the greater one not: a level at a bend is counted once."""
    return 1 if min(u, v) <= b < max(u, v) else 0


@define
def covered(u: Real, v: Real, low: Real, high: Real):
    """The length of the part of the values between u and v that lies between low and high."""
    return max(min(max(u, v), high) - max(min(u, v), low), 0)


@lemma(source="S1-M7")
def three_exact_expectations():
    """h through 0, 3/4, 1/4, 1 has total variation 2. For B uniform in [c - r, c + r], E #h^-1(B) is the covered length over 2r."""
    a = covered(0, 0.75, 0.375, 0.625) + covered(0.75, 0.25, 0.375, 0.625) + covered(0.25, 1, 0.375, 0.625)
    b = covered(0, 0.75, 0, 1) + covered(0.75, 0.25, 0, 1) + covered(0.25, 1, 0, 1)
    c = covered(0, 0.75, 0, 0.5) + covered(0.75, 0.25, 0, 0.5) + covered(0.25, 1, 0, 0.5)
    show(a / 0.25 == 3, b / 1 == 2, c / 0.5 == 2)
    show(2 / 0.25 == 8, 2 / 1 == 2, 2 / 0.5 == 4)


@lemma(source="S1-D3", formats="E2M1, E2M3, F(1,3)")
def covered_lengths_add_up_to_no_more_than_the_variation(t: Float, u: Float, v: Float):
    """E #h^-1(B) <= TV(h) / (2r), for every h of two cells over the format, and B uniform in [-1/2, 1]."""
    show(covered(t, u, -0.5, 1) + covered(u, v, -0.5, 1) <= abs(u - t) + abs(v - u))


@lemma(source="S1-D3", formats="E2M1, E2M3, F(1,3)", expect="refuted")
def covered_lengths_add_up_to_no_more_than_the_rise(t: Float, u: Float, v: Float):
    """It is the variation that counts, not how far apart the ends are."""
    show(covered(t, u, -0.5, 1) + covered(u, v, -0.5, 1) <= abs(v - t))


@lemma(source="S1-M8", formats="E2M1, E2M3, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def levels_of_a_grid_in_one_cell(u: Float, v: Float):
    """At most |dh| / s + 1 of the levels i/4, -8 <= i < 8, lie in a cell, its ends included."""
    show(sum(1 if min(u, v) <= i / 4 <= max(u, v) else 0 for i in range(-8, 8)) <= 4 * abs(v - u) + 1)


@lemma(source="S1-M8", formats="E2M1, E2M3, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)", expect="refuted")
def levels_of_a_grid_in_one_cell_without_the_one(u: Float, v: Float):
    """A cell on one level has one crossing and no variation: noise on a grid needs the added 1 a cell."""
    show(sum(1 if min(u, v) <= i / 4 <= max(u, v) else 0 for i in range(-8, 8)) <= 4 * abs(v - u))


@lemma(source="S1-M8", formats="E2M1, E2M3, F(1,3)")
def levels_of_a_grid_in_two_cells(t: Float, u: Float, v: Float):
    """The sum over a grid of #h^-1(b) is at most sum (|dh| / s + 1) over the cells."""
    show(sum(crossed(t, u, i / 4) + crossed(u, v, i / 4) for i in range(-8, 8)) <= 4 * (abs(u - t) + abs(v - u)) + 2)


@lemma(source="S1-D2", formats="E2M1, F(1,2)")
def without_a_zero_between_a_neuron_is_affine(w: Float, b: Float, x: Float, y: Float):
    """ReLU of an affine function is affine on [x, y] if that has no sign change there."""
    p, q, middle = w * x + b, w * y + b, w * (x + y) / 2 + b
    assume(p * q >= 0)
    show(max(middle, 0) == (max(p, 0) + max(q, 0)) / 2)


@lemma(source="S1-D2", formats="E2M1, F(1,2)", expect="refuted")
def a_neuron_is_affine(w: Float, b: Float, x: Float, y: Float):
    p, q, middle = w * x + b, w * y + b, w * (x + y) / 2 + b
    show(max(middle, 0) == (max(p, 0) + max(q, 0)) / 2)


@lemma(source="S1-D6", formats="E2M1, F(1,2)")
def a_neuron_cuts_a_cell_once(w: Float, b: Float, x: Float, y: Float):
    """An affine function that is not constant has one zero: w neurons make at most w + 1 cells of one, and H layers (w + 1)^H."""
    assume(w != 0, w * x + b == 0, w * y + b == 0)
    show(x == y)


@lemma(source="S1-D6", formats="E2M1, F(1,2)", expect="refuted")
def a_constant_neuron_cuts_a_cell_once(w: Float, b: Float, x: Float, y: Float):
    """The case that is excluded: a pre-activation that is 0 on an interval."""
    assume(w * x + b == 0, w * y + b == 0)
    show(x == y)


@lemma(source="S1-D4", formats="E2M1, F(1,2)")
def steep_neurons_vary_by_slope_times_length(s: Float, c: Float, low: Float, high: Float):
    """TV <= C_B (beta - alpha), for one cell: with slopes bounded by c."""
    assume(low <= high, abs(s) <= c)
    show(abs(s * high - s * low) <= c * (high - low))


@lemma(source="S1-D4", formats="E2M1, F(1,2)", expect="refuted")
def steep_neurons_vary_by_their_length(s: Float, c: Float, low: Float, high: Float):
    """Without S1-B there is no bound."""
    assume(low <= high)
    show(abs(s * high - s * low) <= c * (high - low))


@lemma(source="S1-D4", formats="E2M1, E2M3, F(1,3)")
def the_density_of_a_scaled_uniform_update(d: Float, u: Float, v: Float):
    """For b + d (1 + xi), xi uniform in [-1, 1]: the chance of values between u and v is at most (1/2) |v - u| / |d|; here b = 0."""
    assume(d != 0)
    show(covered(u, v, min(0, 2 * d), max(0, 2 * d)) / (2 * abs(d)) <= abs(v - u) / (2 * abs(d)))


@lemma(source="S1-D4", formats="E2M1, E2M3, F(1,3)", expect="refuted")
def the_density_does_not_depend_on_the_update(d: Float, u: Float, v: Float):
    """Small updates make large densities: the reciprocals of S1-A."""
    assume(d != 0)
    show(covered(u, v, min(0, 2 * d), max(0, 2 * d)) / (2 * abs(d)) <= abs(v - u) / 2)


@lemma(source="S1-D5", formats="E2M1, F(1,2)")
def markov(x: Float, y: Float, z: Float, a: Float):
    """For a variable with three equally likely values: P(X >= a) <= E X / a."""
    assume(x >= 0, y >= 0, z >= 0, a > 0)
    show(a * ((1 if x >= a else 0) + (1 if y >= a else 0) + (1 if z >= a else 0)) <= x + y + z)


@lemma(source="S1-D5", formats="E2M1, F(1,2)", expect="refuted")
def markov_for_any_variable(x: Float, y: Float, z: Float, a: Float):
    """It needs X >= 0."""
    assume(a > 0)
    show(a * ((1 if x >= a else 0) + (1 if y >= a else 0) + (1 if z >= a else 0)) <= x + y + z)


@lemma(source="S1-D5", formats="E2M1, F(1,2)")
def the_greatest_of_two_steps(x: Float, y: Float, c: Float, a: Float):
    """P(max >= a) <= 2 (1 + C) / a from the two means: for one draw, by the union."""
    assume(x >= 0, y >= 0, a > 0)
    show(a * (1 if max(x, y) >= a else 0) <= x + y)
