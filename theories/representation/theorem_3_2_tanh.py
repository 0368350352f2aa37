"""Theorem 3.2 for tanh, in 15 layers, for every finite float and upstreams up to 2^(p+2) - 6.

The lemma speaks of one point z, one T > 0 and of every other x and upstream; tables are sums, by the order rule. It is concluded from the lemmas of
levels.py, heads.py and answers.py with k = 1, and of indicator.py. docs/representation.md has the proofs.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.2, whose depth is 2^(q+1) + 2p + 9 or more.
"""
from fpproof.lang import F, Float, affine, assume, fl, gradient, implies, layer, layers, lemma, network, pow2, require, show, succ, uses, value
from theories.representation.answers import (
    again,
    grid,
    lift,
    omega_reaches_the_heads,
    once,
    soft,
    soft_gates_close_at_their_corners,
    spacious,
    the_paths_have_weights,
    the_top_passes_every_upstream,
    times,
)
from theories.representation.heads import the_heads_give_the_gradient
from theories.representation.indicator import sign, the_indicator_is_exact
from theories.representation.levels import (
    cap,
    edge,
    most,
    step,
    terms_take_every_step,
    the_constants_are_floats,
    the_first_layers_at_the_neighbours,
    the_levels,
    the_levels_at_their_ends,
    the_signals_compare,
    the_values_are_chosen,
    top,
)
from theories.representation.order import (
    a_mask_lets_nothing_pass,
    a_pair_vanishes_in_an_empty_sum,
    zero_adjoints_stay_zero,
    zeros_keep_a_value,
)
from theories.representation.theorem_3_1_tanh import inputs, path, thresholds


@network
def response_tanh(z: Float, c: Float, T: Float, g: Float):
    """(r, eight heads); (q, stage 12); (stage 11, S, S'), S and S' being the signals; stages 10 to 2 with S and S'; stage 1, eight copies of S and S'
    in turn for each of A, A' and u; (A, A', u); the output."""
    B, t, G = edge(), top(), soft()
    a, q, n, j = pow2(F.p + 2), pow2(F.p + 1), times(1, T), grid(1, T)
    e, f, m = 2 / j, 1 / j, 1 / q
    return layers(
        layer(inputs(z, g), bias=thresholds(z, g), activation="tanh"),
        layer(path(g), activation="tanh"),
        layer([[0, lift(1)], [t, 0], [-t, 0]], bias=[0, -B, -B], activation="tanh"),
        layer([[t, 0, 0], [0, B, 0], [0, 0, B]], bias=[0, 0, 0], activation="tanh"),
        layer([[1, 0, 0], [a, 0, 0], [-a, 0, 0], [0, B, 0], [0, 0, B]], bias=[0, 0, 0, 0, 0], activation="tanh"),
        layer([[0, 1, 1, 0, 0], [1, -n, -n, 0, 0], [0, 0, 0, B, 0], [0, 0, 0, 0, B]], bias=[0, 0, 0, 0], activation="tanh"),
        layer([[1, e, 0, 0], [0, 0, B, 0], [0, 0, 0, B]], bias=[0, 0, 0], activation="tanh"),
        layer([[1, 0, 0], [q, 0, 0], [-q, 0, 0], [0, B, 0], [0, 0, B]], bias=[0, 0, 0, 0, 0], activation="tanh"),
        layer([[1, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, -j, -j, 0, 0], [0, 0, 0, B, 0], [0, 0, 0, 0, B]], bias=[0, 0, 0, 0, 0], activation="tanh"),
        layer([[1, 0, 0, 0, 0], [-1, 1, 0, 0, 0], [0, 0, q, 0, 0], [0, 0, 0, B, 0], [0, 0, 0, 0, B]], bias=[0, 0, 0, 0, 0], activation="tanh"),
        layer([[1, 0, 0, 0, 0], [0, j, m, 0, 0], [0, 0, 0, B, 0], [0, 0, 0, 0, B]], bias=[0, 0, 0, 0], activation="tanh"),
        layer([[1, f, 0, 0], [0, 0, B, 0], [0, 0, 0, B]], bias=[0, 0, 0], activation="tanh"),
        layer(
            [[again(1, T) if i == 0 and k == 0 else (B if i > 0 and k == 2 - i % 2 else 0) for k in range(3)] for i in range(25)],
            bias=[0 for i in range(25)],
            activation="tanh",
        ),
        layer(
            [[once(1, T) if i == 0 and k == 0 else ((-1 if i == 2 else -G) if 8 * i < k <= 8 * i + 8 else 0) for k in range(25)] for i in range(3)],
            bias=[-8 * G, -8 * G, 0],
            activation="tanh",
        ),
        affine([[1, -1, c]]),
    )


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), binary16, bfloat16")
def theorem_3_2_tanh(z: Float, v: Float, c: Float, T: Float, g: Float, x: Float, y: Float):
    """A term c of the value, at z only; an upstream y arrives there as g for y = T, as -g for y = -T, and as 0 otherwise; elsewhere always as 0."""
    require(spacious())
    uses(the_indicator_is_exact, the_paths_have_weights, omega_reaches_the_heads, the_top_passes_every_upstream)
    uses(the_levels, the_levels_at_their_ends, the_constants_are_floats, the_first_layers_at_the_neighbours, the_signals_compare)
    uses(soft_gates_close_at_their_corners, the_values_are_chosen, the_heads_give_the_gradient, terms_take_every_step)
    uses(a_pair_vanishes_in_an_empty_sum, a_mask_lets_nothing_pass, zero_adjoints_stay_zero, zeros_keep_a_value)
    assume(0 <= v < F.Omega, abs(c) <= cap(), 0 < T <= most(), abs(y) <= most())
    f = response_tanh(z, c, T, g)
    show(fl(v + step(v)) == succ(v), step(v) <= cap(), fl(-v - step(v)) == -succ(v))
    show(value(f, x) == (c if x == z else 0), gradient(f, z, y) == (g * sign(y) if abs(y) == T else 0), implies(x != z, gradient(f, x, y) == 0))
