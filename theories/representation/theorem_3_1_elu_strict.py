"""Theorem 3.1 for ELU with nothing infinite, in twelve layers, for every finite float and every finite upstream.

As theorem_3_1_elu.py, with the layers of rows_strict.py, from the lemmas of ramps_strict.py with k = 0. No weight is left to a search: each is a
formula in z, v, h and g. docs/representation.md has the proofs.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.1.
"""
from fpproof.lang import F, Float, affine, assume, define, finite, gradient, implies, layer, layers, lemma, network, pow2, require, show, uses, value
from theories.representation.order import (
    a_mask_lets_nothing_pass,
    a_pair_vanishes_in_an_empty_sum,
    zero_adjoints_stay_zero,
    zeros_keep_a_value,
)
from theories.representation.ramps import (
    act,
    fits,
    gain,
    low,
    reach,
    the_ramp,
    the_ramp_at_its_ends,
    the_sign_layer_at_the_neighbours,
    the_sign_layer_compares,
    top,
)
from theories.representation.ramps_strict import (
    a_value_has_two_halves,
    ajar,
    fifth,
    halves,
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
    biases_1,
    biases_7,
    biases_8,
    joined,
    lower_layers,
    mirrored,
    rows_1,
    rows_7,
    rows_8,
    stage_biases,
    staged,
)
from theories.representation.top import sign


@define
def rows_9(z: Float, g: Float):
    """C1; two gates for each of u, its twin, and those of the other half; a constant 2; carriers."""
    o, a, b = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, gain(), 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, gain()]
    return [joined(mirrored(z, g)), a, b, a, b, a, b, a, b, o, [0, 0, 0, 0, 0, 0, 0, 0, 2, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 2]]


@define
def biases_9():
    P = reach()
    return [0 if i == 0 else (2 if i == 9 else -P) for i in range(12)]


@define
def rows_10(h: Float, g: Float):
    """C2; two gates for each of A and A'; u, its twin, and those of the other half."""
    a, b = [gain() if j == 10 else 0 for j in range(12)], [gain() if j == 11 else 0 for j in range(12)]
    return [
        [fifth(0, h, g) if j == 0 else 0 for j in range(12)],
        a, b, a, b,
        [0, -1, -1, 0, 0, 0, 0, 0, 0, -1, 0, 0],
        [0, 0, 0, -1, -1, 0, 0, 0, 0, -1, 0, 0],
        [0, 0, 0, 0, 0, -1, -1, 0, 0, -1, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, -1, -1, -1, 0, 0],
    ]


@define
def biases_10(v: Float):
    P = reach()
    return [0, -P, -P, -P, -P, v / 2 if halves(v) else v, 0, v / 2 if halves(v) else 0, 0]


@define
def rows_11(w: Float):
    """A, for the weight w of what carries the gradient; A'; both halves, each minus its twin."""
    return [[w, -1, -1, 0, 0, 0, 0, 0, 0], [0, 0, 0, -1, -1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, -1, 1, -1]]


@define
def biases_11():
    return [ajar(0), ajar(0), 0]


@network
def sums_9(z: Float, g: Float):
    """The sums of layer 9, as a network of its own; likewise below."""
    return layers(affine(rows_9(z, g), bias=biases_9()))


@network
def sums_10(v: Float, h: Float, g: Float):
    return layers(affine(rows_10(h, g), bias=biases_10(v)))


@network
def sums_11(w: Float):
    return layers(affine(rows_11(w), bias=biases_11()))


@define
def all_layers(z: Float, v: Float, h: Float, g: Float, x: Float):
    """The pre-activations of layers 1 to 11."""
    p = lower_layers(0, z, x)
    a = value(sums_9(z, g), [act(0, t) for t in p[7]])
    b = value(sums_10(abs(v), h, g), [act(0, t) for t in a])
    c = value(sums_11(sixth(h)), [act(0, t) for t in b])
    return [p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], a, b, c]


@network
def point_elu_strict(z: Float, v: Float, h: Float, g: Float):
    """(r, r', four heads); pressed; amplified; pressed; killed; carriers; (heads, their V, gates, carriers); (gated heads and twins, carriers);
    (C1, gates, 2, carriers); (C2, gates, u, u', and those of the other half); (A, A', the value); the output."""
    p, q, e = pow2(1 - F.p), press(0) * raised(0), reach() + link(0) * low(0)
    return layers(
        layer(rows_1(z), bias=biases_1(z), activation="elu"),
        layer(staged(1), bias=stage_biases(F.omega), activation="elu"),
        layer(staged(top()), bias=stage_biases(p), activation="elu"),
        layer(staged(press(0)), bias=stage_biases(q), activation="elu"),
        layer(staged(kill(0)), bias=stage_biases(spark(0)), activation="elu"),
        layer(staged(link(0)), bias=stage_biases(e), activation="elu"),
        layer(rows_7(), bias=biases_7(z), activation="elu"),
        layer(rows_8(), bias=biases_8(0), activation="elu"),
        layer(rows_9(z, g), bias=biases_9(), activation="elu"),
        layer(rows_10(h, g), bias=biases_10(abs(v)), activation="elu"),
        layer(rows_11(sixth(h)), bias=biases_11(), activation="elu"),
        affine([[1, -1, sign(v)]]),
    )


@lemma(plan="assembly")
def one_point_elu_strict(z: Float, v: Float, h: Float, g: Float, x: Float, y: Float):
    """The value is v at z and 0 elsewhere; the gradient at z is g for the upstream h; elsewhere it is 0 for every upstream y."""
    require(fits())
    uses(the_ramp, the_ramp_at_its_ends, the_sign_layer_at_the_neighbours, the_sign_layer_compares, the_sign_layer_stays_finite)
    uses(the_ramp_dips, the_pressing_stages_at_their_corners, the_carriers_and_gates_have_two_levels, the_pressed_signals_have_two_values)
    uses(the_quartered_head_is_the_identity_at_the_point, one_copy_shuts_half_of_the_range, two_quiet_gates_open, a_value_has_two_halves)
    uses(two_formulas_reach_a_power, heads_of_a_quarter_give_the_gradient)
    uses(a_pair_vanishes_in_an_empty_sum, a_mask_lets_nothing_pass, zero_adjoints_stay_zero, zeros_keep_a_value)
    assume(h != 0 or g == 0)
    f = point_elu_strict(z, v, h, g)
    show(value(f, x) == (v if x == z else 0), gradient(f, z, h) == g, implies(x != z, gradient(f, x, y) == 0))


@lemma(plan="assembly")
def pre_activations_of_elu_are_finite(z: Float, v: Float, h: Float, g: Float, x: Float):
    """In every layer, for every x."""
    require(fits())
    uses(the_ramp, the_ramp_at_its_ends, the_sign_layer_at_the_neighbours, the_sign_layer_compares, the_sign_layer_stays_finite)
    uses(the_ramp_dips, the_pressing_stages_at_their_corners, the_carriers_and_gates_have_two_levels, the_pressed_signals_have_two_values)
    uses(the_quartered_head_is_the_identity_at_the_point, one_copy_shuts_half_of_the_range, two_quiet_gates_open, a_value_has_two_halves)
    uses(two_formulas_reach_a_power, heads_of_a_quarter_give_the_gradient)
    assume(h != 0 or g == 0)
    show(all(all(finite(t) for t in a) for a in all_layers(z, v, h, g, x)))


@lemma(plan="assembly", formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), binary16, bfloat16")
def theorem_3_1_elu_strict(z: Float, v: Float, h: Float, g: Float, x: Float, y: Float):
    """The network has value v and gradient g at z for the upstream h, and 0 elsewhere; all pre-activations are finite for every x."""
    require(fits())
    uses(one_point_elu_strict, pre_activations_of_elu_are_finite, a_pair_vanishes_in_an_empty_sum, zeros_keep_a_value)
    assume(h != 0 or g == 0)
    f = point_elu_strict(z, v, h, g)
    show(value(f, x) == (v if x == z else 0), gradient(f, z, h) == g, implies(x != z, gradient(f, x, y) == 0))
    show(all(all(finite(t) for t in a) for a in all_layers(z, v, h, g, x)))


@lemma(expect="refuted", formats="F(2,4), F(3,4), E5M2")
def the_tolerant_signals_of_elu_are_finite(z: Float, x: Float):
    """Wrong variant: the sign layer of theorem_3_1_elu.py, amplified at once."""
    require(fits())
    a = lower_layers(0, z, x)[0]
    show(finite(value(layers(layer([[1]], activation="elu"), affine([[-top()]], bias=[pow2(1 - F.p)])), a[0])))
