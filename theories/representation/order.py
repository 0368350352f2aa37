"""The order rule: what may stand beside what in a sum from left to right.

A network for a table is a sum of networks for its points. At every x at most one of them has something to say; the others must leave the sum as it
is, forward and backward. A pair t, -t does so where the sum before it is 0, and there only. So pairs stand before values.

Source: docs/representation.md, "The order rule".
"""
from fpproof.lang import Float, assume, finite, fl, lemma, show


@lemma
def a_pair_vanishes_in_an_empty_sum(t: Float):
    """0 + t - t is 0."""
    show(fl(fl(0 + t) - t) == 0)


@lemma
def zeros_keep_a_value(v: Float):
    """Terms that are zero, of either sign, change nothing."""
    show(fl(v + 0) == v, fl(v + -0.0) == v, fl(0 + v) == v)


@lemma
def a_mask_lets_nothing_pass(y: Float):
    """A finite adjoint times the slope 0 is a zero."""
    show(fl(y * 0) == 0)


@lemma
def zero_adjoints_stay_zero(w: Float):
    """A zero times a finite weight, or a finite slope, is a zero."""
    show(fl(0 * w) == 0, fl(-0.0 * w) == 0)


@lemma(expect="refuted")
def a_pair_vanishes_in_every_sum(s: Float, t: Float):
    """Value terms before pairs: s is absorbed."""
    assume(finite(fl(s + t)))
    show(fl(fl(s + t) - t) == s)


@lemma(expect="refuted", formats="F(3,4), E4M3FN, E5M2, F(2,4), binary16, bfloat16, binary32")
def a_mask_stops_an_overflow(y: Float, w: Float):
    """An adjoint that overflows before its mask becomes NaN. In other formats it does stop it: where overflow saturates."""
    show(fl(fl(y * w) * 0) == 0)
