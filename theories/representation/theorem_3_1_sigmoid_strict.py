"""Theorem 3.1 for Sigmoid with finite pre-activations, in six layers, on the largest domain |x| <= M and for upstreams up to 2^(p+2) - 6.

As theorem_3_1_sigmoid.py, with another first layer, of two neurons for a point, and one layer more (strict.py). i and j say which of forty candidates
these neurons are; some serve, and any that do will do. That no larger domain is possible is said by separable.py.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.1.
"""
from fpproof.lang import (
    F,
    Float,
    Int,
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
    pred,
    require,
    show,
    succ,
    uses,
    value,
)
from theories.representation.gate import side
from theories.representation.heads import fifth, last, sixth, the_upstream_reaches_a_power
from theories.representation.levels import (
    cap,
    edge,
    gates_close_at_their_corners,
    half,
    most,
    step,
    terms_take_every_step,
    the_constants_are_floats,
    the_levels,
    the_levels_at_their_ends,
    the_values_are_chosen,
    top,
)
from theories.representation.order import (
    a_mask_lets_nothing_pass,
    a_pair_vanishes_in_an_empty_sum,
    zero_adjoints_stay_zero,
    zeros_keep_a_value,
)
from theories.representation.separable import heaviest, largest
from theories.representation.strict import (
    bias,
    compares_above,
    compares_below,
    known,
    narrow,
    part,
    sigma,
    sixteen_heads_give_the_gradient,
    some_neuron_compares_above,
    some_neuron_compares_below,
    sum_at,
    the_signals_compare_strictly,
    third,
    unit_of,
    weight,
)


@define
def inputs(w: Float, e: Float, g: Float):
    """Layer 1 on x: r of either side, each before its value at z; sixteen heads, each before K."""
    a, p, q = abs(g), part(g), unit_of(g)
    return [[(w if n == 0 else (e if n == 2 else 0)) if n < 4 else (narrow(n // 2 - 2, a, p, q) if n % 2 == 0 else 0)] for n in range(36)]


@define
def thresholds(z: Float, b: Float, k: Float, d: Float, m: Float, g: Float):
    a, p, q = abs(g), part(g), unit_of(g)
    return [
        ((b if n == 0 else k) if n < 2 else (d if n == 2 else m)) if n < 4 else (-fl(narrow(n // 2 - 2, a, p, q) * z) if n % 2 == 0 else 0)
        for n in range(36)
    ]


@define
def farther_once(t: Float):
    """Layer 2: r minus its value at z, of either side; K; the path."""
    a = top()
    return [
        [(a if n == 0 else -a) if n < 2 else 0 for n in range(36)],
        [(a if n == 2 else -a) if 2 <= n < 4 else 0 for n in range(36)],
        [0 for n in range(36)],
        [0 if n < 4 else (t if n % 2 == 0 else -t) for n in range(36)],
    ]


@define
def farther_twice():
    """Layer 3: q of either side, K, the path."""
    a = top()
    return [[a, 0, -a, 0], [0, a, -a, 0], [0, 0, 0, 0], [0, 0, -32, 32]]


@define
def signals(u: Float, v: Float, w: Float):
    """Layer 4: the path, K, two signals for each of A, A', u."""
    d, e = top() if u > 0 else -top(), top() if v < 0 else -top()
    return [([0, 0, -w, w] if n == 0 else [0, 0, 0, 0]) if n < 2 else ([d, 0, -d, 0] if n % 2 == 0 else [0, e, -e, 0]) for n in range(8)]


@define
def edges():
    return [0 if n < 2 else -edge() for n in range(8)]


@define
def gates(w: Float):
    """Layer 5: A, A', u."""
    G, B = half(), edge()
    return [[w, -w, -G, -G, 0, 0, 0, 0], [0, 0, 0, 0, -G, -G, 0, 0], [0, 0, 0, 0, 0, 0, -2 * B, -2 * B]]


@network
def point_strict(z: Float, w: Float, b: Float, e: Float, d: Float, c: Float, h: Float, g: Float):
    """w, b: of the neuron that tells z from what is beyond; e, d: from what is before."""
    s, t = side(z), abs(z)
    return layers(
        layer(inputs(w * s, e * s, g), bias=thresholds(z, b, sum_at(w, b, t), d, sum_at(e, d, t), g), activation="sigmoid"),
        layer(farther_once(third(g)), activation="sigmoid"),
        layer(farther_twice(), activation="sigmoid"),
        layer(signals(w, e, fifth(0, h)), bias=edges(), activation="sigmoid"),
        layer(gates(sixth(0, h)), bias=[0, 0, edge()], activation="sigmoid"),
        affine([[last(h), -last(h), c]]),
    )


@network
def sums_1(z: Float, w: Float, b: Float, e: Float, d: Float, g: Float):
    """The sums of layer 1, as a network of its own; likewise below."""
    s, t = side(z), abs(z)
    return layers(affine(inputs(w * s, e * s, g), bias=thresholds(z, b, sum_at(w, b, t), d, sum_at(e, d, t), g)))


@network
def sums_2(g: Float):
    return layers(affine(farther_once(third(g))))


@network
def sums_3():
    return layers(affine(farther_twice()))


@network
def sums_4(w: Float, e: Float, h: Float):
    return layers(affine(signals(w, e, fifth(0, h)), bias=edges()))


@network
def sums_5(h: Float):
    return layers(affine(gates(sixth(0, h)), bias=[0, 0, edge()]))


@lemma
def one_point_strict(z: Float, i: Int, j: Int, c: Float, h: Float, g: Float, x: Float, y: Float):
    """The value is c at z and 0 elsewhere; the gradient at z is g for the upstream h; elsewhere it is 0 for every upstream y."""
    require(known())
    uses(the_levels, the_levels_at_their_ends, the_constants_are_floats, the_signals_compare_strictly, gates_close_at_their_corners)
    uses(the_values_are_chosen, the_upstream_reaches_a_power, sixteen_heads_give_the_gradient)
    uses(a_pair_vanishes_in_an_empty_sum, a_mask_lets_nothing_pass, zero_adjoints_stay_zero, zeros_keep_a_value)
    t, w, e = abs(z), weight(i, heaviest(largest())), weight(j, heaviest(largest()))
    b, d = bias(i, w, t, succ(t)), bias(j, e, pred(t), t)
    assume(t <= largest(), abs(x) <= largest(), 0 <= i < 40, 0 <= j < 40, compares_above(t, w, b), compares_below(t, e, d))
    assume(abs(c) <= cap(), abs(h) <= most(), abs(y) <= most(), h != 0 or g == 0)
    f = point_strict(z, w, b, e, d, c, h, g)
    show(value(f, x) == (c if x == z else 0), gradient(f, z, h) == g, implies(x != z, gradient(f, x, y) == 0))


@lemma
def pre_activations_of_sigmoid_are_finite(z: Float, i: Int, j: Int, h: Float, g: Float, x: Float):
    """In every layer, for every x of the domain."""
    require(known())
    uses(the_levels, the_levels_at_their_ends, the_constants_are_floats, the_signals_compare_strictly, gates_close_at_their_corners)
    uses(the_values_are_chosen, the_upstream_reaches_a_power, sixteen_heads_give_the_gradient)
    t, w, e = abs(z), weight(i, heaviest(largest())), weight(j, heaviest(largest()))
    b, d = bias(i, w, t, succ(t)), bias(j, e, pred(t), t)
    assume(t <= largest(), abs(x) <= largest(), 0 <= i < 40, 0 <= j < 40, compares_above(t, w, b), compares_below(t, e, d))
    assume(abs(h) <= most(), h != 0 or g == 0)
    a = value(sums_1(z, w, b, e, d, g), x)
    m = value(sums_2(g), [sigma(a[n]) for n in range(36)])
    q = value(sums_3(), [sigma(m[n]) for n in range(4)])
    r = value(sums_4(w, e, h), [sigma(q[n]) for n in range(4)])
    o = value(sums_5(h), [sigma(r[n]) for n in range(8)])
    show(all(finite(n) for n in a), all(finite(n) for n in m), all(finite(n) for n in q), all(finite(n) for n in r), all(finite(n) for n in o))


@lemma(formats="F(2,4), F(3,4), E5M2, F(2,6), F(3,6), binary16, bfloat16")
def theorem_3_1_sigmoid_strict(z: Float, i: Int, j: Int, v: Float, c: Float, h: Float, g: Float, x: Float, y: Float):
    """With neurons that compare, the network has a term c of the value and the gradient g at z for the upstream h, and 0 elsewhere in the domain."""
    require(known())
    uses(one_point_strict, pre_activations_of_sigmoid_are_finite, some_neuron_compares_above, some_neuron_compares_below, terms_take_every_step)
    uses(a_pair_vanishes_in_an_empty_sum, zeros_keep_a_value)
    t, w, e = abs(z), weight(i, heaviest(largest())), weight(j, heaviest(largest()))
    b, d = bias(i, w, t, succ(t)), bias(j, e, pred(t), t)
    assume(t <= largest(), abs(x) <= largest(), 0 <= i < 40, 0 <= j < 40, compares_above(t, w, b), compares_below(t, e, d))
    assume(abs(c) <= cap(), abs(h) <= most(), abs(y) <= most(), h != 0 or g == 0)
    assume(0 <= v < F.Omega)
    f = point_strict(z, w, b, e, d, c, h, g)
    show(fl(v + step(v)) == succ(v), step(v) <= cap(), fl(-v - step(v)) == -succ(v))
    show(value(f, x) == (c if x == z else 0), gradient(f, z, h) == g, implies(x != z, gradient(f, x, y) == 0))


@lemma(expect="refuted")
def any_neuron_serves(z: Float, x: Float):
    """Wrong variant: a candidate that does not compare."""
    require(known())
    t, w = abs(z), weight(0, heaviest(largest()))
    b = bias(0, w, t, succ(t))
    assume(t <= largest(), abs(x) <= largest(), z != x)
    show(sum_at(w, b, side(z) * x) != sum_at(w, b, t))
