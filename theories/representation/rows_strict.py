"""Rows of the networks of ramps_strict.py: one point z of ELU, GELU and Swish, with nothing infinite, and the pre-activations of their layers.

What all three have in common are the layers 1 to 8 and, but for ELU, those above. `all_layers` is what their neurons
have before sigma, layer by layer, for every x.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.1, with another construction; fpproof/constructions/unbounded.py.
"""
from fpproof.lang import F, Float, Int, affine, define, layers, network, pow2, value
from theories.representation.gate import side
from theories.representation.ramps import above, act, below, gain, large, low, reach, scale, small, start, top
from theories.representation.ramps_strict import ajar, fifth, fourth, halves, kill, link, press, quartered, raised, sixth, spark
from theories.representation.top import sign


@define
def mirrored(z: Float, g: Float):
    """The gradient with respect to s x."""
    return side(z) * g


@define
def rows_1(z: Float):
    """r of either side; four heads."""
    s, k = side(z), scale(z)
    return [[-k * s], [k * s], [s / 4], [s / 4], [s / 4], [s / 4]]


@define
def biases_1(z: Float):
    return [(above(z) if i == 0 else -below(z)) if i < 2 else start() for i in range(6)]


@define
def staged(w: Float):
    """A stage of either side, between wires."""
    return [[-w, 0, 0, 0, 0, 0], [0, -w, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 1]]


@define
def stage_biases(b: Float):
    return [b, b, 0, 0, 0, 0]


@define
def rows_7():
    """Four heads, and V for each; for each head two gates, and two for its twin; carriers."""
    G = gain()
    a, b, o = [G, 0, 0, 0, 0, 0], [0, G, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]
    wires = [[0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 1]]
    T, S = [2, 0, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0]
    return [wires[0], wires[1], wires[2], wires[3], o, o, o, o, a, b, a, b, a, b, a, b, a, b, a, b, a, b, a, b, T, S]


@define
def biases_7(z: Float):
    V, P = quartered(z, z), reach()
    return [(0 if i < 4 else V) if i < 8 else -P for i in range(26)]


@define
def rows_8():
    """Four gated heads, each before its twin; carriers."""
    return [
        [1, 0, 0, 0, -1, 0, 0, 0, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
    ]


@define
def biases_8(k: Int):
    return [ajar(k) if i < 8 else -reach() for i in range(10)]


@define
def joined(g: Float):
    """The row of C1: heads minus twins."""
    return [(fourth(g, j // 2) if j % 2 == 0 else -fourth(g, j // 2)) if j < 8 else 0 for j in range(10)]


# Above them, of GELU and Swish


@define
def rows_9(z: Float, g: Float):
    """C1, carriers."""
    return [joined(mirrored(z, g)), [0, 0, 0, 0, 0, 0, 0, 0, 2, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 2]]


@define
def biases_9():
    return [0, -reach(), -reach()]


@define
def rows_10(k: Int, h: Float, g: Float):
    """C2; two gates for each of A, A' and three terms of the value."""
    a, b = [0, gain(), 0], [0, 0, gain()]
    return [[fifth(k, h, g), 0, 0], a, b, a, b, a, b, a, b, a, b]


@define
def biases_10():
    return [0 if i == 0 else -reach() for i in range(11)]


@define
def rows_11(w: Float):
    """A, for the weight w of what carries the gradient; A'; the terms."""
    return [[(w if i == 0 else 0) if j == 0 else (-1 if 2 * i < j <= 2 * i + 2 else 0) for j in range(11)] for i in range(5)]


@define
def biases_11(v: Float):
    """Of |v| = v: two halves, or the terms of values_are_sums."""
    return [start(), start(), v / 2 if halves(v) else max(v, start()), v / 2 if halves(v) else 1, 1]


@define
def outputs(k: Int, v: Float):
    a = abs(v)
    return [1, -1, sign(v) * large(a), sign(v) if halves(a) else 0, sign(v) * small(k, a)]


# Sums


@network
def sums_1(z: Float):
    """The sums of layer 1, as a network of its own; likewise below."""
    return layers(affine(rows_1(z), bias=biases_1(z)))


@network
def sums_of_a_stage(w: Float, b: Float):
    return layers(affine(staged(w), bias=stage_biases(b)))


@network
def sums_7(z: Float):
    return layers(affine(rows_7(), bias=biases_7(z)))


@network
def sums_8(k: Int):
    return layers(affine(rows_8(), bias=biases_8(k)))


@define
def lower_layers(k: Int, z: Float, x: Float):
    """The pre-activations of layers 1 to 8."""
    a = value(sums_1(z), x)
    b = value(sums_of_a_stage(1, F.omega), [act(k, t) for t in a])
    c = value(sums_of_a_stage(top(), pow2(1 - F.p)), [act(k, t) for t in b])
    d = value(sums_of_a_stage(press(k), press(k) * raised(k)), [act(k, t) for t in c])
    e = value(sums_of_a_stage(kill(k), spark(k)), [act(k, t) for t in d])
    f = value(sums_of_a_stage(link(k), reach() + link(k) * low(k)), [act(k, t) for t in e])
    g = value(sums_7(z), [act(k, t) for t in f])
    return [a, b, c, d, e, f, g, value(sums_8(k), [act(k, t) for t in g])]


@network
def sums_9(z: Float, g: Float):
    return layers(affine(rows_9(z, g), bias=biases_9()))


@network
def sums_10(k: Int, h: Float, g: Float):
    return layers(affine(rows_10(k, h, g), bias=biases_10()))


@network
def sums_11(w: Float, v: Float):
    return layers(affine(rows_11(w), bias=biases_11(v)))


@define
def all_layers(k: Int, z: Float, v: Float, h: Float, g: Float, x: Float):
    """And those of layers 9 to 11, of GELU and Swish."""
    p = lower_layers(k, z, x)
    a = value(sums_9(z, g), [act(k, t) for t in p[7]])
    b = value(sums_10(k, h, g), [act(k, t) for t in a])
    c = value(sums_11(sixth(h), abs(v)), [act(k, t) for t in b])
    return [p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], a, b, c]
