"""Theorem 3.2 for GELU, in 19 layers, for every finite float and every finite upstream; pre-activations may be infinite.

The lemma speaks of one point z, one T > 0 and of every other x and upstream; tables are sums, by the order rule. It is concluded from the lemmas of
ramps.py with k = 1, which are those of Theorem 3.1, and of indicator.py and responses.py. docs/representation.md has the proofs.

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
    large,
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
    values_are_sums,
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
def response_gelu(z: Float, v: Float, T: Float, g: Float):
    """(r, r', C); the amplifier; the kill; (C, V, four gates of C, four of C', K, K'), gates in turn of either side, which K and K' carry; (C, C', K,
    K'); stages 12 to 1, each neuron from stage 10 on with its companion, and K, K', instead of which stage 1 has four gates of each of A, A', u, u';
    (A, A', u, u'); the output."""
    s, c, P, t, w = side(z), start(), reach(), top(), side(z) * g / height(g)
    G, D, H, k = gain(), carrier(), half(), scale(z)
    a, q, n, j = absorption(), inhibition(), times(T), grid(T)
    return layers(
        layer([[-k * s], [k * s], [s]], bias=[above(z), -below(z), c], activation="gelu"),
        layer([[-t, 0, 0], [0, -t, 0], [0, 0, 1]], bias=[pow2(1 - F.p), pow2(1 - F.p), 0], activation="gelu"),
        layer([[-t, 0, 0], [0, -t, 0], [0, 0, 1]], bias=[4, 4, 0], activation="gelu"),
        layer(
            [
                [((-D if i >= 10 else -H) if i % 2 == m else 0) if i >= 2 and m < 2 else (1 if i == 0 and m == 2 else 0) for m in range(3)]
                for i in range(12)
            ],
            bias=[(0 if i == 0 else fl(abs(z) + c)) if i < 2 else (P if i >= 10 else loud()) for i in range(12)],
            activation="gelu",
        ),
        layer(
            [
                [1 if m == 0 else (-1 if m < 6 else 0) for m in range(12)],
                [-1 if 6 <= m < 10 else 0 for m in range(12)],
                [2 if m == 10 else 0 for m in range(12)],
                [2 if m == 11 else 0 for m in range(12)],
            ],
            bias=[c, c, -P, -P],
            activation="gelu",
        ),
        layer([[w, -w, 0, 0], [0, 0, 2, 0], [0, 0, 0, 2]], bias=[0, -P, -P], activation="gelu"),
        layer([[rise(1, g), 0, 0], [0, 2, 0], [0, 0, 2]], bias=[0, -P, -P], activation="gelu"),
        layer([[t, 0, 0], [0, 0, 0], [0, 2, 0], [0, 0, 2]], bias=[c, c, -P, -P], activation="gelu"),
        layer(
            [
                [1, -1, 0, 0],
                [0, 0, 0, 0],
                [a, -a, 0, 0],
                [0, 0, 0, 0],
                [-a, a, 0, 0],
                [0, 0, 0, 0],
                [0, 0, 2, 0],
                [0, 0, 0, 2],
            ],
            bias=[c, c, c, c, c, c, -P, -P],
            activation="gelu",
        ),
        layer(
            [
                [0, 0, 1, -1, 1, -1, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [1, -1, -n, n, -n, n, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 2, 0],
                [0, 0, 0, 0, 0, 0, 0, 2],
            ],
            bias=[c, c, c, c, -P, -P],
            activation="gelu",
        ),
        layer([[1, -1, 2 / j, -2 / j, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 2, 0], [0, 0, 0, 0, 0, 2]], bias=[c, c, -P, -P], activation="gelu"),
        layer(
            [
                [1, -1, 0, 0],
                [0, 0, 0, 0],
                [q, -q, 0, 0],
                [0, 0, 0, 0],
                [-q, q, 0, 0],
                [0, 0, 0, 0],
                [0, 0, 2, 0],
                [0, 0, 0, 2],
            ],
            bias=[c, c, c, c, c, c, -P, -P],
            activation="gelu",
        ),
        layer(
            [
                [1, -1, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 1, -1, 1, -1, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, -j, j, -j, j, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 2, 0],
                [0, 0, 0, 0, 0, 0, 0, 2],
            ],
            bias=[c, c, c, c, c, c, -P, -P],
            activation="gelu",
        ),
        layer(
            [
                [1, -1, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [-1, 1, 1, -1, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, q, -q, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 2, 0],
                [0, 0, 0, 0, 0, 0, 0, 2],
            ],
            bias=[c, c, c, c, c, c, -P, -P],
            activation="gelu",
        ),
        layer(
            [
                [1, -1, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, j, -j, 1 / q, -1 / q, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 2, 0],
                [0, 0, 0, 0, 0, 0, 0, 2],
            ],
            bias=[c, c, c, c, -P, -P],
            activation="gelu",
        ),
        layer([[1, -1, 1 / j, -1 / j, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 2, 0], [0, 0, 0, 0, 0, 2]], bias=[c, c, -P, -P], activation="gelu"),
        layer(
            [[(again(T) * (1 - 2 * m) if m < 2 else 0) if i == 0 else (G if i > 1 and m == 2 + i % 2 else 0) for m in range(4)] for i in range(18)],
            bias=[c if i < 2 else -P for i in range(18)],
            activation="gelu",
        ),
        layer(
            [[(once(T) * (1 - 2 * m) if i == 0 else 0) if m < 2 else (-1 if 4 * i + 2 <= m < 4 * i + 6 else 0) for m in range(18)] for i in range(4)],
            bias=[c, c, max(abs(v), c), 1],
            activation="gelu",
        ),
        affine([[1, -1, sign(v) * large(abs(v)), sign(v) * small(1, abs(v))]]),
    )


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), binary16, bfloat16")
def theorem_3_2_gelu(z: Float, v: Float, T: Float, g: Float, x: Float, y: Float):
    """The value is v at z and 0 elsewhere; an upstream y arrives at z as g for y = T, as -g for y = -T, and as 0 otherwise; elsewhere always as 0."""
    require(ample())
    uses(the_indicator_is_exact, the_stages_have_weights, omega_reaches_a_height, the_last_weight_reaches_the_gradient)
    uses(the_ramp, the_ramp_at_its_ends, the_sign_layer_at_the_neighbours, the_sign_layer_compares, the_stages_at_their_corners)
    uses(the_weights_are_floats, the_signals_have_two_values, the_head_is_the_identity_at_the_point, gates_shut_what_is_largest)
    uses(quiet_gates_open, values_are_sums, a_pair_vanishes_in_an_empty_sum)
    uses(a_mask_lets_nothing_pass, zero_adjoints_stay_zero, zeros_keep_a_value)
    assume(T > 0)
    f = response_gelu(z, v, T, g)
    show(value(f, x) == (v if x == z else 0), gradient(f, z, y) == (g * sign(y) if abs(y) == T else 0), implies(x != z, gradient(f, x, y) == 0))
