"""Lemmas for networks of sigmoids and of hyperbolic tangents: how an upstream passes five layers, and what heads make of it.

An upstream h passes w7, kappa, w6, kappa, w5, kappa, w4, kappa, and one weight for each head; k says which activation (levels.py). w7 is a power of
two, w6 makes 2^n of what arrives, or the float below, w5 a power, and w4 what the heads need. With the largest |x| among the inputs a head can have
the weight 1 and no more, and an adjoint above it is at most 2^emax: so large gradients take eight of them. Their terms add up without rounding.

Source: Park, Park, Hwang, Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients (2026), Theorem 3.1 for Sigmoid and tanh, with another construction.
"""
from fpproof.lang import F, Float, Int, assume, define, exponent, fl, is_float, lemma, pow2, require, show, succ
from theories.representation.levels import fits, half, kappa, limit, most
from theories.representation.top import sign


@define
def some(h: Float):
    return h if h != 0 else 1


@define
def last(h: Float):
    """w7, the output's weight: w7 h is in [1, 2), or smaller where w7 would be too large for other upstreams."""
    return pow2(min(-exponent(some(h)), F.emax - F.p - 1))


@define
def arrived(k: Int, h: Float):
    """At A, below its slope."""
    return fl(fl(some(h) * last(h)) * kappa(k))


@define
def shift(k: Int, h: Float):
    """n: w6 makes 2^n of it, or the float below."""
    return min(0, F.emax - 2 + exponent(arrived(k, h)))


@define
def sixth(k: Int, h: Float):
    """w6"""
    return fl(pow2(shift(k, h)) / arrived(k, h))


@define
def power(k: Int):
    """What arrives at layer 2, below its slope."""
    return 1 if k == 0 else 8


@define
def fifth(k: Int, h: Float):
    """w5, which makes the power exact."""
    w = power(k) / kappa(k)**2 * pow2(-shift(k, h))
    return w if fl(arrived(k, h) * sixth(k, h)) == pow2(shift(k, h)) else succ(w)


@define
def carried(k: Int, h: Float):
    """What h becomes on its way to layer 2."""
    return fl(fl(fl(fl(arrived(k, h) * sixth(k, h)) * kappa(k)) * fifth(k, h)) * kappa(k))


@define
def unit(g: Float):
    """The most that a head gives to the gradient."""
    return limit() if abs(g) >= 1 else 1


@define
def share(g: Float, i: Int):
    """What head i gives."""
    return min(max(abs(g) - i * unit(g), 0), unit(g))


@define
def handed(k: Int, g: Float):
    """What arrives at a head, below its slope; for tanh large enough for weights of at most 1/2."""
    return unit(g) if k == 0 else (half() if abs(g) >= 1 else (2 if abs(g) >= 1 / 2 else 1))


@define
def fourth(k: Int, g: Float):
    """w4"""
    return handed(k, g) / kappa(k) / power(k)


@define
def head(k: Int, g: Float, i: Int):
    """The weight of x in head i."""
    return sign(g) * share(g, i) / handed(k, g)


@define
def given(k: Int, g: Float, i: Int):
    """What head i gives to the gradient."""
    return fl(fl(fl(power(k) * fourth(k, g)) * kappa(k)) * head(k, g, i))


# Lemmas


@lemma
def the_upstream_reaches_a_power(k: Int, h: Float):
    """For every upstream: the weights are floats, small enough for gates and for other upstreams, and make 1 of it, for tanh 8."""
    require(fits())
    assume(0 <= k <= 1, h != 0, abs(h) <= most())
    b = arrived(k, h)
    show(is_float(last(h)), last(h) <= pow2(F.emax - F.p - 1), is_float(fifth(k, h)), abs(fl(h * last(h))) < 2)
    show(abs(sixth(k, h)) <= limit(), abs(fl(b * sixth(k, h))) <= 1, abs(fl(fl(fl(b * sixth(k, h)) * kappa(k)) * fifth(k, h))) <= 8)
    show(carried(k, h) == power(k))


@lemma
def the_heads_give_the_gradient(k: Int, g: Float):
    """Every gradient is the sum of what eight heads give, exactly, and their weights are at most 1, for tanh 1/2."""
    require(fits())
    assume(0 <= k <= 1)
    show(is_float(fourth(k, g)), fl(power(k) * fourth(k, g)) <= F.Omega, all(is_float(head(k, g, i)) for i in range(8)))
    show(all(abs(head(k, g, i)) <= 1 / (1 + k) for i in range(8)))
    three = fl(fl(given(k, g, 0) + given(k, g, 1)) + given(k, g, 2))
    show(fl(fl(fl(fl(fl(three + given(k, g, 3)) + given(k, g, 4)) + given(k, g, 5)) + given(k, g, 6)) + given(k, g, 7)) == g)
    show(k == 0 or 8 * fourth(k, g) <= half())


# Negative controls


@lemma(expect="refuted")
def one_head_gives_every_gradient(g: Float):
    """The adjoint g / kappa overflows for sigmoid."""
    require(fits())
    show(abs(fl(g / kappa(0))) <= F.Omega)


@lemma(expect="refuted")
def equal_heads_give_every_gradient(g: Float):
    """Eight equal terms do not add up exactly."""
    require(fits())
    t = g / 8
    show(fl(fl(fl(fl(fl(fl(fl(t + t) + t) + t) + t) + t) + t) + t) == g)


@lemma(expect="refuted")
def a_larger_output_weight_serves_every_upstream(h: Float, y: Float):
    """w7 = 2^-exponent(h): for small h it makes an infinite adjoint of other upstreams."""
    require(fits())
    assume(h != 0, exponent(h) >= -F.emax, abs(y) <= most())
    show(abs(fl(y * pow2(-exponent(h)))) <= F.Omega)


@lemma(expect="refuted", formats="binary16, bfloat16")
def one_factor_makes_the_power(k: Int, h: Float):
    """w6 alone, without the correction in w5; with few fraction bits it does."""
    require(fits(), F.p >= 7)
    assume(0 <= k <= 1, h != 0, abs(h) <= most())
    show(fl(arrived(k, h) * sixth(k, h)) == pow2(shift(k, h)))
