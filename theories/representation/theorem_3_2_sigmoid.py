"""Theorem 3.2 for Sigmoid, in 15 layers, for every finite float and upstreams up to 2^(p+2) - 6; pre-activations may be infinite.

The lemma speaks of one point z, one T > 0 and of every other x and upstream; tables are sums, by the order rule. It is concluded from the lemmas of
levels.py, heads.py and answers.py with k = 0, and of quarters.py. docs/representation.md has the proofs.

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
from theories.representation.gate import side
from theories.representation.heads import fourth, head, the_heads_give_the_gradient
from theories.representation.indicator import sign
from theories.representation.levels import (
    cap,
    edge,
    most,
    steep,
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
from theories.representation.quarters import the_indicator_of_quarters_is_exact


@network
def response_sigmoid(z: Float, c: Float, T: Float, g: Float):
    """(r, K, eight heads, each before a K of its own); (q, K, stage 12 with its companion); (stage 11 with its companion, S, S'), S and S' being the
    signals; stages 10 to 2, each neuron with its companion, and S, S'; stage 1, eight copies of S and S' in turn for each of A and A', two for u;
    (A, A', u); the output."""
    B, t, G, w, w4 = edge(), top(), soft(), steep(0, z), fourth(0, g)
    a, q, n, j = pow2(F.p + 4), pow2(F.p + 3), times(0, T), 4 * grid(0, T)
    e, f, m = 32 / j, 16 / j, pow2(1 - F.p)
    return layers(
        layer(
            [[w * side(z) if i == 0 else (head(0, g, i // 2 - 1) if i >= 2 and i % 2 == 0 else 0)] for i in range(18)],
            bias=[-w * abs(z) if i == 0 else (-fl(head(0, g, i // 2 - 1) * z) if i >= 2 and i % 2 == 0 else 0) for i in range(18)],
            activation="sigmoid",
        ),
        layer(
            [
                [(t if k == 0 else (-t if k == 1 else 0)) if i == 0 else ((w4 if k % 2 == 0 else -w4) if i == 2 and k >= 2 else 0) for k in range(18)]
                for i in range(4)
            ],
            bias=[0, 0, 0, 0],
            activation="sigmoid",
        ),
        layer([[0, 0, lift(0), -lift(0)], [0, 0, 0, 0], [t, -t, 0, 0], [-t, t, 0, 0]], bias=[0, 0, -B, -B], activation="sigmoid"),
        layer([[t, -t, 0, 0], [0, 0, 0, 0], [0, 0, 2 * B, 0], [0, 0, 0, 2 * B]], bias=[0, 0, -B, -B], activation="sigmoid"),
        layer(
            [
                [4, -4, 0, 0],
                [0, 0, 0, 0],
                [a, -a, 0, 0],
                [0, 0, 0, 0],
                [-a, a, 0, 0],
                [0, 0, 0, 0],
                [0, 0, 2 * B, 0],
                [0, 0, 0, 2 * B],
            ],
            bias=[0, 0, 0, 0, 0, 0, -B, -B],
            activation="sigmoid",
        ),
        layer(
            [
                [0, 0, 4, -4, 4, -4, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [4, -4, -n, n, -n, n, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 2 * B, 0],
                [0, 0, 0, 0, 0, 0, 0, 2 * B],
            ],
            bias=[0, 0, 0, 0, -B, -B],
            activation="sigmoid",
        ),
        layer([[4, -4, e, -e, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 2 * B, 0], [0, 0, 0, 0, 0, 2 * B]], bias=[0, 0, -B, -B], activation="sigmoid"),
        layer(
            [
                [4, -4, 0, 0],
                [0, 0, 0, 0],
                [q, -q, 0, 0],
                [0, 0, 0, 0],
                [-q, q, 0, 0],
                [0, 0, 0, 0],
                [0, 0, 2 * B, 0],
                [0, 0, 0, 2 * B],
            ],
            bias=[0, 0, 0, 0, 0, 0, -B, -B],
            activation="sigmoid",
        ),
        layer(
            [
                [4, -4, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 4, -4, 4, -4, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, -j, j, -j, j, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 2 * B, 0],
                [0, 0, 0, 0, 0, 0, 0, 2 * B],
            ],
            bias=[0, 0, 0, 0, 0, 0, -B, -B],
            activation="sigmoid",
        ),
        layer(
            [
                [4, -4, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [-4, 4, 4, -4, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, q, -q, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 2 * B, 0],
                [0, 0, 0, 0, 0, 0, 0, 2 * B],
            ],
            bias=[0, 0, 0, 0, 0, 0, -B, -B],
            activation="sigmoid",
        ),
        layer(
            [
                [4, -4, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, j, -j, m, -m, 0, 0],
                [0, 0, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 0, 0, 0, 2 * B, 0],
                [0, 0, 0, 0, 0, 0, 0, 2 * B],
            ],
            bias=[0, 0, 0, 0, -B, -B],
            activation="sigmoid",
        ),
        layer([[4, -4, f, -f, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 2 * B, 0], [0, 0, 0, 0, 0, 2 * B]], bias=[0, 0, -B, -B], activation="sigmoid"),
        layer(
            [
                [(again(0, T) * (1 - 2 * k) if k < 2 else 0) if i == 0 else (2 * B if i > 1 and k == 2 + i % 2 else 0) for k in range(4)]
                for i in range(20)
            ],
            bias=[0 if i < 2 else -B for i in range(20)],
            activation="sigmoid",
        ),
        layer(
            [
                [
                    (once(0, T) * (1 - 2 * k) if i == 0 else 0) if k < 2 else ((-2 * B if i == 2 else -G) if 8 * i + 2 <= k < 8 * i + 10 else 0)
                    for k in range(20)
                ]
                for i in range(3)
            ],
            bias=[0, 0, B],
            activation="sigmoid",
        ),
        affine([[4, -4, c]]),
    )


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), binary16, bfloat16")
def theorem_3_2_sigmoid(z: Float, v: Float, c: Float, T: Float, g: Float, x: Float, y: Float):
    """A term c of the value, at z only; an upstream y arrives there as g for y = T, as -g for y = -T, and as 0 otherwise; elsewhere always as 0."""
    require(spacious())
    uses(the_indicator_of_quarters_is_exact, the_paths_have_weights, omega_reaches_the_heads, the_top_passes_every_upstream)
    uses(the_levels, the_levels_at_their_ends, the_constants_are_floats, the_first_layers_at_the_neighbours, the_signals_compare)
    uses(soft_gates_close_at_their_corners, the_values_are_chosen, the_heads_give_the_gradient, terms_take_every_step)
    uses(a_pair_vanishes_in_an_empty_sum, a_mask_lets_nothing_pass, zero_adjoints_stay_zero, zeros_keep_a_value)
    assume(0 <= v < F.Omega, abs(c) <= cap(), 0 < T <= most(), abs(y) <= most())
    f = response_sigmoid(z, c, T, g)
    show(fl(v + step(v)) == succ(v), step(v) <= cap(), fl(-v - step(v)) == -succ(v))
    show(value(f, x) == (c if x == z else 0), gradient(f, z, y) == (g * sign(y) if abs(y) == T else 0), implies(x != z, gradient(f, x, y) == 0))
