"""Theorem 3.1 for Swish with nothing infinite, in twelve layers, for every finite float and every finite upstream.

As theorem_3_1_swish.py, with the layers of rows_strict.py, from the lemmas of ramps_strict.py with k = 2. No weight is left to a search: each is a
formula in z, v, h and g. docs/representation.md has the proofs.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.1.
"""
from fpproof.lang import F, Float, affine, assume, finite, gradient, implies, layer, layers, lemma, network, pow2, require, show, uses, value
from theories.representation.order import (
    a_mask_lets_nothing_pass,
    a_pair_vanishes_in_an_empty_sum,
    zero_adjoints_stay_zero,
    zeros_keep_a_value,
)
from theories.representation.ramps import (
    fits,
    low,
    reach,
    the_ramp,
    the_ramp_at_its_ends,
    the_sign_layer_at_the_neighbours,
    the_sign_layer_compares,
    top,
    values_are_sums,
)
from theories.representation.ramps_strict import (
    a_value_has_two_halves,
    heads_of_a_quarter_give_the_gradient,
    kill,
    link,
    one_copy_shuts_half_of_the_range,
    press,
    raised,
    sixth,
    spark,
    the_carriers_and_gates_have_two_levels,
    the_pressed_signals_have_two_values,
    the_pressing_stages_at_their_corners,
    the_quartered_head_is_the_identity_at_the_point,
    the_ramp_dips,
    the_sign_layer_stays_finite,
    two_formulas_reach_a_power,
    two_quiet_gates_open,
)
from theories.representation.rows_strict import (
    all_layers,
    biases_1,
    biases_7,
    biases_8,
    biases_9,
    biases_10,
    biases_11,
    lower_layers,
    outputs,
    rows_1,
    rows_7,
    rows_8,
    rows_9,
    rows_10,
    rows_11,
    stage_biases,
    staged,
)


@network
def point_swish_strict(z: Float, v: Float, h: Float, g: Float):
    """(r, r', four heads); pressed; amplified; pressed; killed; carriers; (heads, their V, gates, carriers); (gated heads and twins, carriers);
    (C1, carriers); (C2, gates); (A, A', three terms); the output."""
    p, q, e = pow2(1 - F.p), press(2) * raised(2), reach() + link(2) * low(2)
    return layers(
        layer(rows_1(z), bias=biases_1(z), activation="swish"),
        layer(staged(1), bias=stage_biases(F.omega), activation="swish"),
        layer(staged(top()), bias=stage_biases(p), activation="swish"),
        layer(staged(press(2)), bias=stage_biases(q), activation="swish"),
        layer(staged(kill(2)), bias=stage_biases(spark(2)), activation="swish"),
        layer(staged(link(2)), bias=stage_biases(e), activation="swish"),
        layer(rows_7(), bias=biases_7(z), activation="swish"),
        layer(rows_8(), bias=biases_8(2), activation="swish"),
        layer(rows_9(z, g), bias=biases_9(), activation="swish"),
        layer(rows_10(2, h, g), bias=biases_10(), activation="swish"),
        layer(rows_11(sixth(h)), bias=biases_11(abs(v)), activation="swish"),
        affine([outputs(2, v)]),
    )


@lemma(plan="assembly")
def one_point_swish_strict(z: Float, v: Float, h: Float, g: Float, x: Float, y: Float):
    """The value is v at z and 0 elsewhere; the gradient at z is g for the upstream h; elsewhere it is 0 for every upstream y."""
    require(fits())
    uses(the_ramp, the_ramp_at_its_ends, the_sign_layer_at_the_neighbours, the_sign_layer_compares, the_sign_layer_stays_finite)
    uses(the_ramp_dips, the_pressing_stages_at_their_corners, the_carriers_and_gates_have_two_levels, the_pressed_signals_have_two_values)
    uses(the_quartered_head_is_the_identity_at_the_point, one_copy_shuts_half_of_the_range, two_quiet_gates_open, a_value_has_two_halves)
    uses(two_formulas_reach_a_power, heads_of_a_quarter_give_the_gradient, values_are_sums)
    uses(a_pair_vanishes_in_an_empty_sum, a_mask_lets_nothing_pass, zero_adjoints_stay_zero, zeros_keep_a_value)
    assume(h != 0 or g == 0)
    f = point_swish_strict(z, v, h, g)
    show(value(f, x) == (v if x == z else 0), gradient(f, z, h) == g, implies(x != z, gradient(f, x, y) == 0))


@lemma(plan="assembly")
def pre_activations_of_swish_are_finite(z: Float, v: Float, h: Float, g: Float, x: Float):
    """In every layer, for every x."""
    require(fits())
    uses(the_ramp, the_ramp_at_its_ends, the_sign_layer_at_the_neighbours, the_sign_layer_compares, the_sign_layer_stays_finite)
    uses(the_ramp_dips, the_pressing_stages_at_their_corners, the_carriers_and_gates_have_two_levels, the_pressed_signals_have_two_values)
    uses(the_quartered_head_is_the_identity_at_the_point, one_copy_shuts_half_of_the_range, two_quiet_gates_open, a_value_has_two_halves)
    uses(two_formulas_reach_a_power, heads_of_a_quarter_give_the_gradient, values_are_sums)
    assume(h != 0 or g == 0)
    show(all(all(finite(t) for t in a) for a in all_layers(2, z, v, h, g, x)))


@lemma(plan="assembly", formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), binary16, bfloat16")
def theorem_3_1_swish_strict(z: Float, v: Float, h: Float, g: Float, x: Float, y: Float):
    """The network has value v and gradient g at z for the upstream h, and 0 elsewhere; all pre-activations are finite for every x."""
    require(fits())
    uses(one_point_swish_strict, pre_activations_of_swish_are_finite, a_pair_vanishes_in_an_empty_sum, zeros_keep_a_value)
    assume(h != 0 or g == 0)
    f = point_swish_strict(z, v, h, g)
    show(value(f, x) == (v if x == z else 0), gradient(f, z, h) == g, implies(x != z, gradient(f, x, y) == 0))
    show(all(all(finite(t) for t in a) for a in all_layers(2, z, v, h, g, x)))


@lemma(expect="refuted", formats="F(2,4), F(3,4), E5M2")
def the_tolerant_signals_of_swish_are_finite(z: Float, x: Float):
    """Wrong variant: the sign layer of theorem_3_1_swish.py, amplified at once."""
    require(fits())
    a = lower_layers(2, z, x)[0]
    show(finite(value(layers(layer([[1]], activation="swish"), affine([[-top()]], bias=[pow2(1 - F.p)])), a[0])))
