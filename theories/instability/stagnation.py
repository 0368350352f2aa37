"""Steps that leave a weight where it is, and what rounding adds to a step.

Source: Karner, Kazeev, Petersen, Limitations of neural network training due to numerical instability of backpropagation (2024), section 4; the
statements are derived in docs/training.md.
"""
from fpproof.lang import F, Float, Real, assume, define, exponent, finite, fl, is_float, lemma, pow2, same, show, significand, ulp


@define
def half_gap(w: Real):
    """Half the distance from |w| to the next float away from 0."""
    return ulp(w) / 2


@define
def half_gap_inward(w: Real):
    """Half the distance from |w| to the next float towards 0: a power of two has it closer there, but for the least normal one."""
    return ulp(w) / 4 if abs(significand(w)) == 1 and exponent(w) > F.emin else ulp(w) / 2


@define
def even(w: Real):
    """Whether the last bit of the significand is 0."""
    return is_float(w / ulp(w) / 2) if abs(w) < 2 * ulp(w) else same(fl(fl(abs(w) + ulp(w) / 2) - abs(w)), 0.0)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def outward_steps_up_to_half_a_gap_are_lost(w: Float, u: Float):
    assume(w > 0, w < F.Omega, 0 <= u < half_gap(w))
    show(fl(w + u) == w)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def inward_steps_up_to_half_a_gap_are_lost(w: Float, u: Float):
    assume(w > 0, 0 <= u < half_gap_inward(w))
    show(fl(w - u) == w)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def longer_outward_steps_move(w: Float, u: Float):
    assume(w > 0, w < F.Omega, u > half_gap(w))
    show(fl(w + u) != w)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def longer_inward_steps_move(w: Float, u: Float):
    assume(w > 0, u > half_gap_inward(w))
    show(fl(w - u) != w)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def ties_move_odd_weights_only(w: Float, u: Float):
    """At exactly half a gap the last bit decides."""
    assume(w > 0, w < F.Omega, u == half_gap(w))
    show((fl(w + u) == w) == even(w))


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)", expect="refuted")
def ties_never_move(w: Float, u: Float):
    assume(w > 0, w < F.Omega, u == half_gap(w))
    show(fl(w + u) == w)


@lemma(formats="E3M2, F(3,4), E4M3FN, E5M2, F(2,4)", expect="refuted")
def inward_steps_are_lost_like_outward_ones(w: Float, u: Float):
    """Not below a power of two. (E2M1 is too coarse to show it.)"""
    assume(w > 0, 0 <= u < half_gap(w))
    show(fl(w - u) == w)


@lemma(formats="binary16")
def half_of_binary16_stays(u: Float):
    """S1-M9: no step of magnitude up to 2^-13 moves -1/2."""
    assume(abs(u) <= pow2(-13))
    show(fl(-0.5 + u) == -0.5, fl(-0.5 - u) == -0.5)


@lemma(formats="binary16", expect="refuted")
def half_of_binary16_stays_for_twice_the_step(u: Float):
    """The witness is +2^-12."""
    assume(abs(u) <= pow2(-12))
    show(fl(-0.5 + u) == -0.5)


@lemma(formats="binary16")
def what_becomes_of_one_half():
    """S1-M9, the four numbers."""
    show(fl(-0.5 - pow2(-12)) == -0.5, fl(-0.5 + pow2(-13)) == -0.5)
    show(fl(-0.5 + pow2(-12)) == -0.499755859375, fl(-0.5 - pow2(-11)) == -0.50048828125)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def a_stored_bias_is_wrong_by_half_an_ulp_at_most(b: Float, u: Float):
    """S1-D7: what rounding adds to b - u, where nothing overflows."""
    assume(finite(fl(b - u)), abs(b - u) <= F.Omega)
    show(abs(fl(b - u) - (b - u)) <= ulp(b - u) / 2)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)", expect="refuted")
def a_stored_bias_is_wrong_by_less(b: Float, u: Float):
    assume(finite(fl(b - u)), abs(b - u) <= F.Omega)
    show(abs(fl(b - u) - (b - u)) < ulp(b - u) / 2)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)")
def a_descent_step_that_is_lost_is_lost_for_ever(w: Float, g: Float, eta: Float):
    """Gradient descent is a map of the weight: where one step does not move it, with the same gradient no step does."""
    v = fl(w - fl(eta * g))
    assume(v == w)
    show(fl(v - fl(eta * g)) == v)


@lemma(formats="E2M1, E3M2, F(3,4), E4M3FN, E5M2, F(2,4)", expect="refuted")
def descent_moves_whenever_the_gradient_is_not_zero(w: Float, g: Float, eta: Float):
    assume(g != 0, eta > 0)
    show(fl(w - fl(eta * g)) != w)
