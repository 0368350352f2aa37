"""Theorem 3.1 for tanh, in five layers, for every finite float and upstreams up to 2^(p+2) - 6; in mode strict: no pre-activation is infinite.

As for ReLU (theorem_3_1.py), the lemma speaks of one point and of every other x, and is concluded by the layer rule and the order rule, here from
the lemmas of levels.py and heads.py with k = 1. As tanh(0) = 0, it needs no constants. A value is a sum of terms, each of which has a unit like the
one here. docs/representation.md has the proofs.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.1.
"""
from fpproof.lang import (
    F,
    Float,
    affine,
    assume,
    define,
    finite,
    fl,
    gradient,
    implies,
    layer,
    layers,
    lemma,
    network,
    require,
    show,
    succ,
    uses,
    value,
)
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


@define
def inputs(z: Float, g: Float):
    """Layer 1 on x: r and eight heads."""
    return [[steep(1, z) * side(z) if i == 0 else head(1, g, i - 1)] for i in range(9)]


@define
def thresholds(z: Float, g: Float):
    return [-steep(1, z) * abs(z) if i == 0 else -fl(head(1, g, i - 1) * z) for i in range(9)]


@define
def path(g: Float):
    """Layer 2: q, and the heads' sum."""
    return [[top() if j == 0 else 0 for j in range(9)], [0 if j == 0 else fourth(1, g) for j in range(9)]]


@define
def signals(h: Float):
    """Layer 3: the path, two signals for each of A and A', eight for u."""
    return [[0, fifth(1, h)] if i == 0 else [top() if i % 2 == 1 else -top(), 0] for i in range(13)]


@define
def edges():
    return [0 if i == 0 else -edge() for i in range(13)]


@define
def gates(h: Float):
    """Layer 4: A, A', u."""
    return [
        [(sixth(1, h) if j == 0 else (-half() if j < 3 else 0)) for j in range(13)],
        [-half() if 3 <= j < 5 else 0 for j in range(13)],
        [-1 if j >= 5 else 0 for j in range(13)],
    ]


@network
def point_tanh(z: Float, c: Float, h: Float, g: Float):
    return layers(
        layer(inputs(z, g), bias=thresholds(z, g), activation="tanh"),
        layer(path(g), activation="tanh"),
        layer(signals(h), bias=edges(), activation="tanh"),
        layer(gates(h), bias=[-top(), -top(), 0], activation="tanh"),
        affine([[last(h), -last(h), c]]),
    )


@network
def before_layer_1(z: Float, g: Float):
    return layers(affine(inputs(z, g), bias=thresholds(z, g)))


@network
def before_layer_2(z: Float, g: Float):
    return layers(layer(inputs(z, g), bias=thresholds(z, g), activation="tanh"), affine(path(g)))


@network
def before_layer_3(z: Float, h: Float, g: Float):
    return layers(
        layer(inputs(z, g), bias=thresholds(z, g), activation="tanh"), layer(path(g), activation="tanh"), affine(signals(h), bias=edges())
    )


@network
def before_layer_4(z: Float, h: Float, g: Float):
    return layers(
        layer(inputs(z, g), bias=thresholds(z, g), activation="tanh"),
        layer(path(g), activation="tanh"),
        layer(signals(h), bias=edges(), activation="tanh"),
        affine(gates(h), bias=[-top(), -top(), 0]),
    )


@lemma
def one_point_tanh(z: Float, c: Float, h: Float, g: Float, x: Float, y: Float):
    """The value is c at z and 0 elsewhere; the gradient at z is g for the upstream h; elsewhere it is 0 for every upstream y."""
    require(fits())
    uses(the_levels, the_levels_at_their_ends, the_constants_are_floats, the_first_layers_at_the_neighbours, the_signals_compare)
    uses(gates_close_at_their_corners, the_values_are_chosen, the_upstream_reaches_a_power, the_heads_give_the_gradient)
    uses(a_pair_vanishes_in_an_empty_sum, a_mask_lets_nothing_pass, zero_adjoints_stay_zero, zeros_keep_a_value)
    assume(abs(c) <= cap(), abs(h) <= most(), abs(y) <= most(), h != 0 or g == 0)
    f = point_tanh(z, c, h, g)
    show(value(f, x) == (c if x == z else 0), gradient(f, z, h) == g, implies(x != z, gradient(f, x, y) == 0))


@lemma(plan={"F(2,4)": "assembly", "F(3,4)": "assembly"})
def pre_activations_of_tanh_are_finite(z: Float, h: Float, g: Float, x: Float):
    """Mode strict: for every x, in every layer."""
    require(fits())
    uses(the_levels, the_levels_at_their_ends, the_constants_are_floats, the_first_layers_at_the_neighbours, the_signals_compare)
    uses(gates_close_at_their_corners, the_values_are_chosen, the_upstream_reaches_a_power, the_heads_give_the_gradient)
    assume(abs(h) <= most(), h != 0 or g == 0)
    a, b, d, e = value(before_layer_1(z, g), x), value(before_layer_2(z, g), x), value(before_layer_3(z, h, g), x), value(before_layer_4(z, h, g), x)
    show(all(finite(t) for t in a), all(finite(t) for t in b), all(finite(t) for t in d), all(finite(t) for t in e))


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), binary16, bfloat16")
def theorem_3_1_tanh(z: Float, v: Float, c: Float, h: Float, g: Float, x: Float, y: Float):
    """The network has a term c of the value and the gradient g at z for the upstream h, and 0 elsewhere; terms add up to every v."""
    require(fits())
    uses(one_point_tanh, terms_take_every_step, a_pair_vanishes_in_an_empty_sum, zeros_keep_a_value)
    assume(0 <= v < F.Omega, abs(c) <= cap(), abs(h) <= most(), abs(y) <= most(), h != 0 or g == 0)
    f = point_tanh(z, c, h, g)
    show(fl(v + step(v)) == succ(v), step(v) <= cap(), fl(-v - step(v)) == -succ(v))
    show(value(f, x) == (c if x == z else 0), gradient(f, z, h) == g, implies(x != z, gradient(f, x, y) == 0))


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), binary16, bfloat16")
def theorem_3_1_tanh_strict(z: Float, v: Float, c: Float, h: Float, g: Float, x: Float, y: Float):
    """The same, and the sums of all neurons are finite for every x."""
    require(fits())
    uses(theorem_3_1_tanh, pre_activations_of_tanh_are_finite)
    assume(0 <= v < F.Omega, abs(c) <= cap(), abs(h) <= most(), abs(y) <= most(), h != 0 or g == 0)
    a, b, d, e = value(before_layer_1(z, g), x), value(before_layer_2(z, g), x), value(before_layer_3(z, h, g), x), value(before_layer_4(z, h, g), x)
    show(all(finite(t) for t in a), all(finite(t) for t in b), all(finite(t) for t in d), all(finite(t) for t in e))
    f = point_tanh(z, c, h, g)
    show(value(f, x) == (c if x == z else 0), gradient(f, z, h) == g, implies(x != z, gradient(f, x, y) == 0))


@lemma(expect="refuted")
def values_in_the_levels_of_tanh(z: Float, c: Float):
    """Wrong variant: a unit that is 1 at z and -1 elsewhere leaves -c there."""
    require(fits())
    assume(abs(c) <= cap())
    show(value(layers(layer([[-1]], bias=[-edge()], activation="tanh"), affine([[c]])), abs(z)) == 0)
