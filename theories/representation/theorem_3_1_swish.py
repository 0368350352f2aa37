"""Theorem 3.1 for Swish, in nine layers, for every finite float and every finite upstream; pre-activations may be infinite.

As for ReLU (theorem_3_1.py), the lemma speaks of one point and of every other x, and is concluded by the layer rule and the order rule, here from the
lemmas of ramps.py with k = 2. docs/representation.md has the proofs.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.1.
"""
from fpproof.lang import F, Float, affine, assume, exists, fl, gradient, implies, layer, layers, lemma, network, pow2, require, show, uses, value
from theories.representation.gate import side
from theories.representation.order import (
    a_mask_lets_nothing_pass,
    a_pair_vanishes_in_an_empty_sum,
    zero_adjoints_stay_zero,
    zeros_keep_a_value,
)
from theories.representation.ramps import (
    above,
    arrives,
    below,
    carrier,
    fits,
    gain,
    gates_shut_what_is_largest,
    half,
    height,
    large,
    lifted,
    loud,
    quiet_gates_open,
    reach,
    scale,
    small,
    start,
    the_head_is_the_identity_at_the_point,
    the_last_weight_reaches_the_gradient,
    the_ramp,
    the_ramp_at_its_ends,
    the_sign_layer_at_the_neighbours,
    the_sign_layer_compares,
    the_signals_have_two_values,
    the_stages_at_their_corners,
    the_weights_are_floats,
    top,
    two_weights_reach_a_power,
    values_are_sums,
)
from theories.representation.top import sign
from theories.representation.transport import first


@network
def point_swish(z: Float, v: Float, w6: Float, w5: Float, w4: Float):
    """(r, r', C); the amplifier; the kill; (C, V, four gates of C, four of C', T, T'), gates in turn of either side; (C, C', T, T'); (C1, T, T');
    (C2, four gates of each of A, A', u, u'); (A, A', u, u'); the output."""
    s, c, P, t, a = side(z), start(), reach(), top(), abs(v)
    G, T, H, k = gain(), carrier(), half(), scale(z)
    return layers(
        layer([[-k * s], [k * s], [s]], bias=[above(z), -below(z), c], activation="swish"),
        layer([[-t, 0, 0], [0, -t, 0], [0, 0, 1]], bias=[pow2(1 - F.p), pow2(1 - F.p), 0], activation="swish"),
        layer([[-t, 0, 0], [0, -t, 0], [0, 0, 1]], bias=[4, 4, 0], activation="swish"),
        layer(
            [
                [
                    ((-T if i >= 10 else -H) if i % 2 == j else 0) if i >= 2 and j < 2 else (1 if i == 0 and j == 2 else 0)
                    for j in range(3)
                ]
                for i in range(12)
            ],
            bias=[(0 if i == 0 else fl(abs(z) + c)) if i < 2 else (P if i >= 10 else loud()) for i in range(12)],
            activation="swish",
        ),
        layer(
            [
                [1 if j == 0 else (-1 if j < 6 else 0) for j in range(12)],
                [-1 if 6 <= j < 10 else 0 for j in range(12)],
                [2 if j == 10 else 0 for j in range(12)],
                [2 if j == 11 else 0 for j in range(12)],
            ],
            bias=[c, c, -P, -P],
            activation="swish",
        ),
        layer([[w4, -w4, 0, 0], [0, 0, 2, 0], [0, 0, 0, 2]], bias=[0, -P, -P], activation="swish"),
        layer(
            [[w5 if i == 0 and j == 0 else (G if i > 0 and j == 2 - i % 2 else 0) for j in range(3)] for i in range(17)],
            bias=[0 if i == 0 else -P for i in range(17)],
            activation="swish",
        ),
        layer(
            [[w6 if i == 0 and j == 0 else (-1 if 4 * i < j <= 4 * i + 4 else 0) for j in range(17)] for i in range(4)],
            bias=[c, c, max(a, c), 1],
            activation="swish",
        ),
        affine([[1, -1, sign(v) * large(a), sign(v) * small(2, a)]]),
    )


@lemma
def one_point_swish(z: Float, v: Float, w6: Float, w5: Float, w4: Float, h: Float, x: Float, y: Float):
    """The value is v at z and 0 elsewhere; the gradient at z is what the weights carry h to; elsewhere it is 0 for every upstream y."""
    require(fits())
    uses(the_ramp, the_ramp_at_its_ends, the_sign_layer_at_the_neighbours, the_sign_layer_compares, the_stages_at_their_corners)
    uses(the_weights_are_floats, the_signals_have_two_values, the_head_is_the_identity_at_the_point, gates_shut_what_is_largest)
    uses(quiet_gates_open, values_are_sums, a_pair_vanishes_in_an_empty_sum)
    uses(a_mask_lets_nothing_pass, zero_adjoints_stay_zero, zeros_keep_a_value)
    b = arrives(2, h, w6, w5)
    assume(abs(fl(w4 * start())) <= F.Omega, abs(fl(h * w6)) <= F.Omega, abs(b) <= F.Omega, abs(fl(b * w4)) <= F.Omega)
    f = point_swish(z, v, w6, w5, w4)
    show(value(f, x) == (v if x == z else 0), gradient(f, z, h) == side(z) * fl(b * w4), implies(x != z, gradient(f, x, y) == 0))


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), binary16, bfloat16")
def theorem_3_1_swish(z: Float, v: Float, h: Float, g: Float, w6: Float, w5: Float, w4: Float, x: Float, y: Float):
    """Some weights carry h to s g; with any that do, the network has value v and gradient g at z for upstream h, and 0 elsewhere."""
    require(fits())
    uses(one_point_swish, two_weights_reach_a_power, the_last_weight_reaches_the_gradient, a_pair_vanishes_in_an_empty_sum, zeros_keep_a_value)
    assume(h != 0 or g == 0)
    found = exists(Float, lambda a: arrives(2, h, a, lifted(2, h, g, fl(h * a))) == height(g), witness=first(h))
    goal, b = side(z) * g, arrives(2, h, w6, w5)
    show(implies(h != 0, found), fl(height(g) * (goal / height(g))) == goal)
    reached = abs(fl(w4 * start())) <= F.Omega and abs(fl(h * w6)) <= F.Omega and abs(b) <= F.Omega and fl(b * w4) == goal
    f = point_swish(z, v, w6, w5, w4)
    show(implies(reached, value(f, x) == (v if x == z else 0)), implies(reached, gradient(f, z, h) == g))
    show(implies(reached and x != z, gradient(f, x, y) == 0))


@lemma(expect="refuted")
def without_the_twin_of_swish(z: Float):
    """Wrong variant: A without A', whose constant stays in the value."""
    require(fits())
    f = layers(layer([[-1], [-1]], bias=[start(), start()], activation="swish"), affine([[1, 0]]))
    show(value(f, 0) == 0, z == z)
