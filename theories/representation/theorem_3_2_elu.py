"""Theorem 3.2 for ELU, in 19 layers, for every finite float and every finite upstream; pre-activations may be infinite.

The lemma speaks of one point z, one T > 0 and of every other x and upstream; tables are sums, by the order rule. It is concluded from the lemmas of
ramps.py with k = 0, which are those of Theorem 3.1, and of indicator.py and responses.py. docs/representation.md has the proofs.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.2, whose depth is 2^(q+1) + 2p + 9 or more.
"""
from fpproof.lang import F, Float, affine, assume, fl, gradient, implies, layer, layers, lemma, network, pow2, require, show, uses, value
from theories.representation.gate import side
from theories.representation.indicator import sign, the_indicator_is_exact
from theories.representation.order import (
    a_mask_lets_nothing_pass,
    a_pair_vanishes_in_an_empty_sum,
    zero_adjoints_stay_zero,
    zeros_keep_a_value,
)
from theories.representation.ramps import (
    above,
    below,
    carrier,
    gain,
    gates_shut_what_is_largest,
    half,
    height,
    loud,
    quiet_gates_open,
    reach,
    scale,
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
)
from theories.representation.responses import (
    absorption,
    again,
    ample,
    grid,
    inhibition,
    omega_reaches_a_height,
    once,
    rise,
    the_stages_have_weights,
    times,
)


@network
def response_elu(z: Float, v: Float, T: Float, g: Float):
    """(r, r', C); the amplifier; the kill; (C, V, four gates of C, four of C', K, K'), gates in turn of either side, which K and K' carry; (C, C', K,
    K'); stages 12 to 3 with K, K'; stage 2 with four gates of each of u and u', a constant 4, K and K'; stage 1 with four gates of each of A and A',
    and with u and u'; (A, A', U); the output."""
    s, c, P, t, w = side(z), start(), reach(), top(), side(z) * g / height(g)
    G, D, H, k = gain(), carrier(), half(), scale(z)
    a, q, n, j = absorption(), inhibition(), times(T), grid(T)
    return layers(
        layer([[-k * s], [k * s], [s]], bias=[above(z), -below(z), c], activation="elu"),
        layer([[-t, 0, 0], [0, -t, 0], [0, 0, 1]], bias=[pow2(1 - F.p), pow2(1 - F.p), 0], activation="elu"),
        layer([[-t, 0, 0], [0, -t, 0], [0, 0, 1]], bias=[4, 4, 0], activation="elu"),
        layer(
            [
                [((-D if i >= 10 else -H) if i % 2 == m else 0) if i >= 2 and m < 2 else (1 if i == 0 and m == 2 else 0) for m in range(3)]
                for i in range(12)
            ],
            bias=[(0 if i == 0 else fl(abs(z) + c)) if i < 2 else (P - D if i >= 10 else loud() - H) for i in range(12)],
            activation="elu",
        ),
        layer(
            [
                [1 if m == 0 else (-1 if m < 6 else 0) for m in range(12)],
                [-1 if 6 <= m < 10 else 0 for m in range(12)],
                [2 if m == 10 else 0 for m in range(12)],
                [2 if m == 11 else 0 for m in range(12)],
            ],
            bias=[c - 4, c - 4, -P, -P],
            activation="elu",
        ),
        layer([[w, -w, 0, 0], [0, 0, 2, 0], [0, 0, 0, 2]], bias=[0, -P, -P], activation="elu"),
        layer([[rise(0, g), 0, 0], [0, 2, 0], [0, 0, 2]], bias=[0, -P, -P], activation="elu"),
        layer([[t, 0, 0], [0, 2, 0], [0, 0, 2]], bias=[0, -P, -P], activation="elu"),
        layer([[1, 0, 0], [a, 0, 0], [-a, 0, 0], [0, 2, 0], [0, 0, 2]], bias=[0, 0, 0, -P, -P], activation="elu"),
        layer([[0, 1, 1, 0, 0], [1, -n, -n, 0, 0], [0, 0, 0, 2, 0], [0, 0, 0, 0, 2]], bias=[0, 0, -P, -P], activation="elu"),
        layer([[1, 2 / j, 0, 0], [0, 0, 2, 0], [0, 0, 0, 2]], bias=[0, -P, -P], activation="elu"),
        layer([[1, 0, 0], [q, 0, 0], [-q, 0, 0], [0, 2, 0], [0, 0, 2]], bias=[0, 0, 0, -P, -P], activation="elu"),
        layer([[1, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, -j, -j, 0, 0], [0, 0, 0, 2, 0], [0, 0, 0, 0, 2]], bias=[0, 0, 0, -P, -P], activation="elu"),
        layer([[1, 0, 0, 0, 0], [-1, 1, 0, 0, 0], [0, 0, q, 0, 0], [0, 0, 0, 2, 0], [0, 0, 0, 0, 2]], bias=[0, 0, 0, -P, -P], activation="elu"),
        layer([[1, 0, 0, 0, 0], [0, j, 1 / q, 0, 0], [0, 0, 0, 2, 0], [0, 0, 0, 0, 2]], bias=[0, 0, -P, -P], activation="elu"),
        layer(
            [
                [
                    (1 if m == 0 else (1 / j if m == 1 else 0)) if i == 0 else (
                        (G if m == 3 - i % 2 else 0) if i < 9 else (2 if i > 9 and m == i - 8 else 0)
                    )
                    for m in range(4)
                ]
                for i in range(12)
            ],
            bias=[0 if i == 0 else (4 if i == 9 else -P) for i in range(12)],
            activation="elu",
        ),
        layer(
            [
                [
                    (again(T) if m == 0 else 0) if i == 0 else (
                        (G if m == 11 - i % 2 else 0) if i < 9 else (-1 if 4 * i - 35 <= m < 4 * i - 31 or m == 9 else 0)
                    )
                    for m in range(12)
                ]
                for i in range(11)
            ],
            bias=[0 if i == 0 else (-P if i < 9 else (abs(v) if i == 9 else 0)) for i in range(11)],
            activation="elu",
        ),
        layer(
            [
                [once(T) if m == 0 else (-1 if m < 5 else 0) for m in range(11)],
                [-1 if 5 <= m < 9 else 0 for m in range(11)],
                [1 if m == 9 else (-1 if m == 10 else 0) for m in range(11)],
            ],
            bias=[c - 4, c - 4, 0],
            activation="elu",
        ),
        affine([[1, -1, sign(v)]]),
    )


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), binary16, bfloat16")
def theorem_3_2_elu(z: Float, v: Float, T: Float, g: Float, x: Float, y: Float):
    """The value is v at z and 0 elsewhere; an upstream y arrives at z as g for y = T, as -g for y = -T, and as 0 otherwise; elsewhere always as 0."""
    require(ample())
    uses(the_indicator_is_exact, the_stages_have_weights, omega_reaches_a_height, the_last_weight_reaches_the_gradient)
    uses(the_ramp, the_ramp_at_its_ends, the_sign_layer_at_the_neighbours, the_sign_layer_compares, the_stages_at_their_corners)
    uses(the_weights_are_floats, the_signals_have_two_values, the_head_is_the_identity_at_the_point, gates_shut_what_is_largest)
    uses(quiet_gates_open, a_pair_vanishes_in_an_empty_sum)
    uses(a_mask_lets_nothing_pass, zero_adjoints_stay_zero, zeros_keep_a_value)
    assume(T > 0)
    f = response_elu(z, v, T, g)
    show(value(f, x) == (v if x == z else 0), gradient(f, z, y) == (g * sign(y) if abs(y) == T else 0), implies(x != z, gradient(f, x, y) == 0))
