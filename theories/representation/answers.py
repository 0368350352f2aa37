"""Lemmas on the stages of Theorem 3.2 in networks of sigmoids and hyperbolic tangents: gates for every upstream, and the weights of the stages.

As in levels.py, k is 0 for sigmoid and 1 for tanh, and only the top A of a path has gates: at z all pre-activations of the path are 0, so the slopes
are kappa; elsewhere A's derivative is 0, and what is below does not matter. The stages are those of indicator.py for tanh, whose kappa is 1, and of
quarters.py for sigmoid. An upstream of up to H arrives at A as it is. So gates have small weights, and four copies of each signal.

Source: fpproof/constructions/odd_others.py, for Theorem 3.2 of Park, Park, Hwang (2026), with fewer layers.
"""
from fpproof.lang import Bool, F, Float, Int, assume, define, fl, is_float, lemma, pow2, require, show
from theories.representation.heads import power
from theories.representation.indicator import lower_exponent, scale
from theories.representation.levels import edge, kappa, low, most, top
from theories.representation.quarters import class_of, halvings, wide


@define
def spacious():
    """Wide enough for the stages; and gates that meet adjoints of up to H close what a path may have."""
    return wide() and pow2(F.emax - F.p) >= edge() + 4


@define
def soft():
    """The weight of a signal in a gate."""
    return pow2(F.emax - F.p - 2)


@define
def slack():
    """What a path may have before its gates."""
    return 4


@define
def shut(k: Int, s: Float, d: Float, e: Float):
    """A path's sum s, closed by four copies of each of two signals."""
    a, b = fl(soft() * d), fl(soft() * e)
    return fl(fl(fl(fl(fl(fl(fl(fl(fl(s - a) - b) - a) - b) - a) - b) - a) - b) + 8 * soft() * low(k))


@define
def halved(k: Int, T: Float):
    """s"""
    return halvings(T) if k == 0 else scale(T)


@define
def once(k: Int, T: Float):
    """2^-k1 / kappa, the weight of stage 1 in the top's row."""
    return pow2(-min(halved(k, T), F.emax - 1)) / kappa(k)


@define
def again(k: Int, T: Float):
    """2^-k2 / kappa, the weight of stage 2 in that of stage 1."""
    return pow2(min(halved(k, T), F.emax - 1) - halved(k, T)) / kappa(k)


@define
def times(k: Int, T: Float):
    """kT / kappa"""
    return T * pow2(-halved(k, T)) / F.omega / kappa(k)


@define
def grid(k: Int, T: Float):
    """2^j"""
    return pow2((class_of(T) if k == 0 else lower_exponent(T) - scale(T) - F.emin + F.p) + 2)


@define
def lift(k: Int):
    """The weight of stage 12 in the row of stage 11."""
    return power(k) * pow2(F.p - 1) / kappa(k)**2


@lemma
def soft_gates_close_at_their_corners(k: Int, first: Bool):
    """One signal that is loud takes what a path may have to -B or below, and nothing overflows; with both quiet, 0 stays 0."""
    require(spacious())
    assume(0 <= k <= 1)
    d, e = 1 if first else low(k), low(k) if first else 1
    show(shut(k, slack(), d, e) <= -edge(), shut(k, 0, d, e) <= -edge(), shut(k, -slack(), d, e) >= -F.Omega, shut(k, 0, low(k), low(k)) == 0)


@lemma
def the_top_passes_every_upstream(k: Int, y: Float):
    """A passes y, and its gates' adjoints are finite."""
    require(spacious())
    assume(0 <= k <= 1, abs(y) <= most())
    show(is_float(soft()), is_float(8 * soft()), fl(fl(y / kappa(k)) * kappa(k)) == y, abs(fl(y / kappa(k))) <= F.Omega)
    show(abs(fl(soft() * y)) <= F.Omega)


@lemma
def omega_reaches_the_heads(k: Int):
    """Stages 10 to 12: omega becomes what the heads make a gradient of."""
    require(spacious())
    assume(0 <= k <= 1)
    y = fl(fl(F.omega * top()) * kappa(k))
    show(is_float(lift(k)), is_float(y), y > 0, fl(y * lift(k)) <= F.Omega, fl(fl(y * lift(k)) * kappa(k)) == power(k))


@lemma
def the_paths_have_weights(k: Int, T: Float):
    """Every weight of the stages is a float, and A's is at most what its gates close."""
    require(spacious())
    assume(0 <= k <= 1, 0 < T <= most())
    c, j = 1 / kappa(k), grid(k, T)
    show(is_float(once(k, T)), is_float(again(k, T)), is_float(times(k, T)), is_float(c * j), is_float(c / j), is_float(2 * c / j))
    show(is_float(c * pow2(-F.p - 1)), is_float(c * pow2(F.p + 2)), 0 < once(k, T) <= slack(), 0 < times(k, T) <= top())


# Negative controls


@lemma(expect="refuted")
def gates_of_theorem_3_1_meet_every_upstream(y: Float):
    """Gates of the weight 2^(emax-1) make an infinite adjoint of a large upstream, and the mask below makes NaN of that."""
    require(spacious())
    assume(abs(y) <= most())
    show(fl(fl(pow2(F.emax - 1) * y) * 0) == 0)


@lemma(expect="refuted", formats="F(2,4), F(3,4), binary16")
def one_soft_copy_closes(k: Int):
    """In formats of few exponents."""
    require(spacious())
    assume(0 <= k <= 1)
    show(fl(slack() - soft()) <= -edge())
