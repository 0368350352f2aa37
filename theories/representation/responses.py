"""Lemmas on the stages of Theorem 3.2 in networks of ELU, GELU and Swish: their weights, and what carries omega to a gradient.

Between the gated heads C, C' and the gated top A of a point (ramps.py), layers of neurons pass an upstream down through the stages of indicator.py.
A neuron of GELU or Swish has the pre-activation c, value c and derivative 1 for every x, and a companion that takes the c away again; one of ELU has
the pre-activation 0, value 0 and derivative 1. Stages 11 and 12 have the pre-activation 0 and derivative kappa.

Source: fpproof/constructions/odd_others.py, for Theorem 3.2 of Park, Park, Hwang (2026).
"""
from fpproof.lang import F, Float, Int, assume, define, fl, is_float, layer, layers, lemma, pow2, require, show, value
from theories.representation.indicator import lower_exponent, roomy, scale
from theories.representation.ramps import fits, height, kappa, start


@define
def ample():
    """The format fits the gates, is roomy enough for the stages, and their largest weight times c is finite."""
    return fits() and roomy() and pow2(F.p + 2) * start() <= F.Omega


@define
def step(T: Float):
    """i: T scaled is between 2^i omega and 2^(i+1) omega."""
    return lower_exponent(T) - scale(T) - F.emin + F.p


@define
def times(T: Float):
    """kT, how many omega that is."""
    return T * pow2(-scale(T)) / F.omega


@define
def once(T: Float):
    """2^-k1, the weight of stage 1 in the top's row."""
    return pow2(-min(scale(T), F.emax - 1))


@define
def again(T: Float):
    """2^-k2, the weight of stage 2 in that of stage 1."""
    return pow2(min(scale(T), F.emax - 1) - scale(T))


@define
def inhibition():
    return pow2(F.p + 1)


@define
def absorption():
    return pow2(F.p + 2)


@define
def grid(T: Float):
    """2^j"""
    return pow2(step(T) + 2)


@define
def rise(k: Int, g: Float):
    """The weight of stage 12 in the row of stage 11."""
    return height(g) * pow2(F.p - 1) / kappa(k)**2


@lemma
def the_stages_have_weights(T: Float):
    """Every weight of the stages is a float, and so is the largest times c: no neuron's terms overflow."""
    require(ample())
    assume(T > 0)
    show(is_float(once(T)), is_float(again(T)), is_float(1 / grid(T)), is_float(2 / grid(T)), is_float(1 / inhibition()))
    show(is_float(times(T)), 1 <= times(T) <= 2 * inhibition(), 1 <= 2 * grid(T) <= 2 * absorption(), fl(absorption() * start()) <= F.Omega)


@lemma
def omega_reaches_a_height(k: Int, g: Float):
    """Stages 10 to 12: omega becomes 2^n, which the last weight carries to g."""
    require(ample())
    assume(0 <= k <= 2)
    y = fl(fl(F.omega * pow2(F.emax)) * kappa(k))
    show(is_float(rise(k, g)), is_float(y), y > 0, fl(fl(y * rise(k, g)) * kappa(k)) == height(g))


@lemma(expect="refuted")
def omega_reaches_a_height_without_slopes(k: Int, g: Float):
    """Wrong variant: a weight that forgets the slopes at 0."""
    require(ample())
    assume(0 <= k <= 2)
    y = fl(fl(F.omega * pow2(F.emax)) * kappa(k))
    show(fl(fl(y * height(g) * pow2(F.p - 1)) * kappa(k)) == height(g))


@lemma(expect="refuted")
def stages_need_no_companions(w: Float):
    """Wrong variant: a neuron that takes w c of the one below, and not -w c of its companion, is not at c."""
    require(ample())
    show(value(layers(layer([[w]], bias=[start()], activation="gelu")), start()) == start())
