"""Theorem 3.1 for Sigmoid, in five layers, for every finite float and upstreams up to 2^(p+2) - 6; pre-activations may be infinite.

As for ReLU (theorem_3_1.py), the lemma speaks of one point and of every other x, and is concluded by the layer rule and the order rule, here from
the lemmas of levels.py and heads.py with k = 0. A value is a sum of terms, each of which has a unit like the one here. docs/representation.md has
the proofs.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.1.
"""
from fpproof.lang import F, Float, affine, assume, fl, gradient, implies, layer, layers, lemma, network, require, show, succ, uses, value
from theories.representation.gate import side
from theories.representation.heads import fifth, fourth, head, last, sixth, the_heads_give_the_gradient, the_upstream_reaches_a_power
from theories.representation.levels import (
    cap,
    edge,
    fits,
    gates_close_at_their_corners,
    half,
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


@network
def point_sigmoid(z: Float, c: Float, h: Float, g: Float):
    """(r, K, eight heads, each before a K of its own); (q, K, the path); (the path, K, two signals of each of A, A', u); (A, A', u); the output."""
    w, a, G, B = steep(0, z), top(), half(), edge()
    w7, w6, w5, w4 = last(h), sixth(0, h), fifth(0, h), fourth(0, g)
    return layers(
        layer(
            [[w * side(z) if i == 0 else (head(0, g, i // 2 - 1) if i >= 2 and i % 2 == 0 else 0)] for i in range(18)],
            bias=[-w * abs(z) if i == 0 else (-fl(head(0, g, i // 2 - 1) * z) if i >= 2 and i % 2 == 0 else 0) for i in range(18)],
            activation="sigmoid",
        ),
        layer(
            [
                [a if j == 0 else (-a if j == 1 else 0) for j in range(18)],
                [0 for j in range(18)],
                [0 if j < 2 else (w4 if j % 2 == 0 else -w4) for j in range(18)],
            ],
            bias=[0, 0, 0],
            activation="sigmoid",
        ),
        layer(
            [[0, -w5, w5] if i == 0 else ([0, 0, 0] if i == 1 else ([a, -a, 0] if i % 2 == 0 else [-a, a, 0])) for i in range(8)],
            bias=[0 if i < 2 else -B for i in range(8)],
            activation="sigmoid",
        ),
        layer(
            [[w6, -w6, -G, -G, 0, 0, 0, 0], [0, 0, 0, 0, -G, -G, 0, 0], [0, 0, 0, 0, 0, 0, -2 * B, -2 * B]],
            bias=[0, 0, B],
            activation="sigmoid",
        ),
        affine([[w7, -w7, c]]),
    )


@lemma
def one_point_sigmoid(z: Float, c: Float, h: Float, g: Float, x: Float, y: Float):
    """The value is c at z and 0 elsewhere; the gradient at z is g for the upstream h; elsewhere it is 0 for every upstream y."""
    require(fits())
    uses(the_levels, the_levels_at_their_ends, the_constants_are_floats, the_first_layers_at_the_neighbours, the_signals_compare)
    uses(gates_close_at_their_corners, the_values_are_chosen, the_upstream_reaches_a_power, the_heads_give_the_gradient)
    uses(a_pair_vanishes_in_an_empty_sum, a_mask_lets_nothing_pass, zero_adjoints_stay_zero, zeros_keep_a_value)
    assume(abs(c) <= cap(), abs(h) <= most(), abs(y) <= most(), h != 0 or g == 0)
    f = point_sigmoid(z, c, h, g)
    show(value(f, x) == (c if x == z else 0), gradient(f, z, h) == g, implies(x != z, gradient(f, x, y) == 0))


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), binary16, bfloat16")
def theorem_3_1_sigmoid(z: Float, v: Float, c: Float, h: Float, g: Float, x: Float, y: Float):
    """The network has a term c of the value and the gradient g at z for the upstream h, and 0 elsewhere; terms add up to every v."""
    require(fits())
    uses(one_point_sigmoid, terms_take_every_step, a_pair_vanishes_in_an_empty_sum, zeros_keep_a_value)
    assume(0 <= v < F.Omega, abs(c) <= cap(), abs(h) <= most(), abs(y) <= most(), h != 0 or g == 0)
    f = point_sigmoid(z, c, h, g)
    show(fl(v + step(v)) == succ(v), step(v) <= cap(), fl(-v - step(v)) == -succ(v))
    show(value(f, x) == (c if x == z else 0), gradient(f, z, h) == g, implies(x != z, gradient(f, x, y) == 0))


@lemma(expect="refuted")
def without_the_twin_of_sigmoid(z: Float, c: Float):
    """Wrong variant: A without A', whose value 1/2 stays in the sum."""
    require(fits())
    assume(abs(c) <= cap())
    show(value(layers(layer([[0], [0]], bias=[0, edge()], activation="sigmoid"), affine([[1, c]])), z) == c)
