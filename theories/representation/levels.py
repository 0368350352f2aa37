"""Lemmas for networks of sigmoids and of hyperbolic tangents, in five layers: one point z, every input x.

k says which activation: 0 is sigmoid, 1 tanh. What is used of it is `the_levels`, looked at for every float: up to -B it is lam with derivative 0,
from B on 1 with derivative 0, and it does not decrease. Layer 1 has a neuron r that is sigma(0) at z, and heads, whose pre-activation is 0 at z;
layer 2 takes r farther from sigma(0), and layer 3 makes two signals of that, [s x > t] and [s x < t] in the levels 1 and lam. Layer 4 has the neuron
A that carries the path from x, closed by gates wherever a signal is loud, its twin A' and the values. So at z all pre-activations of the path are 0;
elsewhere A's derivative is 0, and nothing below A matters. Of tanh, the first layer is that of mode strict: it serves both modes.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.1 for Sigmoid and tanh, with another construction.
"""
from fpproof.lang import (
    Bool,
    F,
    Float,
    Int,
    activation,
    assume,
    define,
    derivative,
    exponent,
    fl,
    implies,
    infinity,
    is_float,
    lemma,
    pow2,
    pred,
    require,
    show,
    succ,
    up,
    uses,
)
from theories.representation.gate import side


@define
def fits():
    """Infinities, and exponents enough for the weights."""
    return succ(F.Omega) > F.Omega and F.emin == 1 - F.emax and F.p >= 2 and F.p + 4 <= F.emax


@define
def act(k: Int, x: Float):
    return activation("sigmoid", x) if k == 0 else activation("tanh", x)


@define
def slope(k: Int, x: Float):
    return derivative("sigmoid", x) if k == 0 else derivative("tanh", x)


@define
def low(k: Int):
    """lam, the lower level."""
    return 0 if k == 0 else -1


@define
def middle(k: Int):
    """K, the value at 0."""
    return 1 / 2 if k == 0 else 0


@define
def kappa(k: Int):
    """The slope at 0."""
    return 1 / 4 if k == 0 else 1


@define
def edge():
    """B: from there on, both are constant."""
    return fl(3 * (F.p + 1 - F.emin) / 4 + 4, to=up)


@define
def most():
    """H, the largest upstream."""
    return pow2(F.p + 2) - 6


@define
def cap():
    """The largest weight of an output: times H, it is finite."""
    return succ(pow2(F.emax - F.p - 1))


# Comparing


@define
def top():
    """a"""
    return pow2(F.emax)


@define
def steep(k: Int, z: Float):
    """The weight of s x in layer 1: as large as w t allows; for tanh so small that no sum overflows."""
    return pow2(min(F.emax, F.emax - exponent(z))) if k == 0 else (1 / 2 if abs(z) >= pow2(F.emax - F.p - 1) else 1)


@define
def before(k: Int, z: Float, x: Float):
    return fl(fl(steep(k, z) * side(z) * x) - steep(k, z) * abs(z))


@define
def farther(k: Int, r: Float):
    return fl(fl(top() * r) - top() * middle(k))


@define
def told(k: Int, z: Float, x: Float):
    """What layer 2 makes of x."""
    return act(k, farther(k, act(k, before(k, z, x))))


@define
def beyond(k: Int, q: Float):
    """Positive iff s x > t."""
    return fl(fl(fl(top() * q) - top() * middle(k)) - edge())


@define
def short(k: Int, q: Float):
    """Positive iff s x < t."""
    return fl(fl(fl(-top() * q) + top() * middle(k)) - edge())


# Gates and values


@define
def half():
    """G, the weight of a signal in a gate."""
    return pow2(F.emax - 1)


@define
def limit():
    """What the path may have before its gates."""
    return pow2(F.emax - 2)


@define
def gated(k: Int, s: Float, d: Float, e: Float):
    """A path's sum s, closed by two signals."""
    return fl(fl(fl(s - fl(half() * d)) - fl(half() * e)) + 2 * half() * low(k))


@define
def chosen(d: Float, e: Float):
    """u of sigmoid."""
    return fl(fl(-2 * edge() * d - 2 * edge() * e) + edge())


@define
def counted(d: Float, e: Float):
    """u of tanh: four copies of each signal."""
    return fl(fl(fl(fl(fl(fl(fl(-d - e) - d) - e) - d) - e) - d) - e)


@define
def step(v: Float):
    """A term that takes the sum v to succ(v)."""
    return min(succ(v) - v, cap())


# Lemmas


@lemma
def the_levels(k: Int, x: Float):
    """All that is used of the activations."""
    require(fits())
    assume(0 <= k <= 1)
    show(low(k) <= act(k, x) <= 1, implies(x < F.Omega, act(k, x) <= act(k, succ(x))), 0 <= slope(k, x) <= 1)
    show(implies(x <= -edge(), act(k, x) == low(k) and slope(k, x) == 0), implies(x >= edge(), act(k, x) == 1 and slope(k, x) == 0))


@lemma
def the_levels_at_their_ends(k: Int):
    """At infinities the limits; K and kappa at 0."""
    require(fits())
    assume(0 <= k <= 1)
    show(act(k, -infinity) == low(k), act(k, infinity) == 1, slope(k, -infinity) == 0, slope(k, infinity) == 0)
    show(act(k, 0) == middle(k), slope(k, 0) == kappa(k), act(1, 8) == 1)


@lemma
def the_constants_are_floats(k: Int):
    require(fits())
    assume(0 <= k <= 1)
    show(is_float(edge()), is_float(2 * edge()), is_float(most()), is_float(cap()), is_float(top() * middle(k)), is_float(half()))
    show(fl(cap() * most()) <= F.Omega, fl(pow2(F.emax - F.p - 1) * most()) <= F.Omega)


@lemma
def the_first_layers_at_the_neighbours(k: Int, z: Float):
    """At z, r is K, and both signals are low; at the next float each is high on its side. For tanh no pre-activation overflows."""
    require(fits())
    assume(0 <= k <= 1)
    s, t, w = side(z), abs(z), steep(k, z)
    show(is_float(w), is_float(w * t), before(k, z, z) == 0, beyond(k, told(k, z, z)) == -edge(), short(k, told(k, z, z)) == -edge())
    show(t == F.Omega or beyond(k, told(k, z, s * succ(t))) >= edge(), short(k, told(k, z, s * pred(t))) >= edge())
    show(k == 0 or (abs(before(k, z, F.Omega)) <= F.Omega and abs(before(k, z, -F.Omega)) <= F.Omega))


@lemma
def the_signals_compare(k: Int, z: Float, x: Float):
    """[s x > t] and [s x < t], in the levels 1 and lam, with derivative 0 in both states."""
    require(fits())
    uses(the_levels, the_levels_at_their_ends, the_first_layers_at_the_neighbours)
    assume(0 <= k <= 1)
    at, q = side(z) * x, told(k, z, x)
    show(act(k, beyond(k, q)) == (1 if at > abs(z) else low(k)), act(k, short(k, q)) == (1 if at < abs(z) else low(k)))
    show(slope(k, beyond(k, q)) == 0, slope(k, short(k, q)) == 0)


@lemma
def gates_close_at_their_corners(k: Int, first: Bool):
    """One signal that is loud takes the limit to -B or below, and nothing overflows; with both quiet, 0 stays 0."""
    require(fits())
    assume(0 <= k <= 1)
    d, e = 1 if first else low(k), low(k) if first else 1
    show(gated(k, limit(), d, e) <= -edge(), gated(k, -limit(), d, e) >= -F.Omega, gated(k, 0, d, e) <= -edge(), gated(k, 0, low(k), low(k)) == 0)


@lemma
def the_values_are_chosen(first: Bool):
    """u is 1 if both signals are quiet, else 0. For sigmoid with derivative 0 in both states."""
    require(fits())
    d, e = 1 if first else 0, 0 if first else 1
    show(chosen(0, 0) == edge(), chosen(d, e) == -edge(), counted(-1, -1) == 8, counted(2 * d - 1, 2 * e - 1) == 0)


@lemma
def terms_take_every_step(v: Float):
    """From 0, terms of at most the cap reach every value one float after the other; fewer and larger ones do it faster."""
    require(fits())
    assume(0 <= v < F.Omega)
    show(is_float(step(v)), 0 < step(v) <= cap(), fl(v + step(v)) == succ(v))


# Negative controls


@lemma(expect="refuted")
def a_gate_of_the_levels_closes(k: Int):
    """Gate amplitude: with the weight 2B, which saturates a sum of 0, the path's limit stays open."""
    require(fits())
    assume(0 <= k <= 1)
    show(fl(limit() - 2 * edge()) <= -edge())


@lemma(expect="refuted")
def units_may_share_a_signal(c: Float, y: Float):
    """Own gate copies: the units of tanh have slope 1 where they are off; two adjoints add up to infinity, and a mask makes NaN of that."""
    require(fits())
    assume(abs(c) <= cap(), abs(y) <= most())
    show(fl(fl(fl(-c * y) - fl(c * y)) * 0) == 0)


@lemma(expect="refuted")
def a_value_is_one_term(v: Float, y: Float):
    """Bounded terms: an output weight v makes an infinite adjoint of a large upstream."""
    require(fits())
    assume(abs(y) <= most())
    show(fl(fl(v * y) * 0) == 0)


@lemma(expect="refuted")
def half_saturated_levels_mask(k: Int):
    """Slope bound: signals from -B/4 on have a derivative."""
    require(fits())
    assume(0 <= k <= 1)
    show(slope(k, -edge() / 4) == 0)


@lemma(expect="refuted")
def values_stand_before_the_twins(c: Float, w: Float):
    """Pairs before values: c is absorbed."""
    require(fits())
    assume(abs(c) <= cap(), 0 < w <= cap())
    show(fl(fl(c + w / 2) - w / 2) == c)


@lemma(expect="refuted", formats="F(2,4), F(3,4), binary16")
def two_layers_compare(z: Float):
    """Without layer 2 the signals of sigmoid are not saturated beside small z, in formats of few exponents."""
    require(fits(), F.emax <= F.p + 6)
    r = act(0, before(0, z, side(z) * succ(abs(z))))
    show(abs(z) == F.Omega or beyond(0, r) >= edge())
