"""Upstreams of sigmoid and tanh: beyond H = 2^(p+2) - 6 no network reaches both Omega and -Omega, whatever its depth and width.

Activations are at most 1 in magnitude. Let some point have an upstream above H, that is, of at least H' = 2^(p+2) - 4, the next float. The adjoints
of the last hidden layer are H' times the output's weights, and finite, since in a dense network infinities never become a finite gradient; so the
weights are at most 2^(emax-p-1) (`output_weights_are_small`), and so are the terms of the output's sum (`terms_are_small`). A sum from left to
right of such terms, which starts with one of them, never passes 2^emax (`sums_of_small_terms_stand_still`), however many are added. No bias takes
two such sums to Omega and to -Omega (`no_bias_reaches_both`). Up to H, levels.py has terms that reach every value: `terms_take_every_step`.

Source: the notes on Park, Park, Hwang (2026), whose Theorem 3.1 has H = 2^(p-1) for Sigmoid and 2^(p-2) for tanh; derivation above.
"""
from fpproof.lang import F, Float, assume, define, finite, fl, lemma, pow2, require, show, succ
from theories.representation.levels import cap, fits, most


@define
def small():
    """The largest weight of an output, beyond H."""
    return pow2(F.emax - F.p - 1)


@lemma
def the_next_upstream():
    """H and H' are floats, and there is none between them."""
    require(fits())
    show(succ(most()) == pow2(F.p + 2) - 4)


@lemma
def output_weights_are_small(w: Float):
    """A weight that makes a finite adjoint of H' is at most 2^(emax-p-1)."""
    require(fits())
    assume(finite(fl(w * succ(most()))))
    show(abs(w) <= small())


@lemma
def terms_are_small(w: Float, a: Float):
    require(fits())
    assume(abs(w) <= small(), abs(a) <= 1)
    show(abs(fl(w * a)) <= small())


@lemma
def sums_of_small_terms_stand_still(s: Float, t: Float):
    """One step of a sum."""
    require(fits())
    assume(abs(t) <= small(), abs(s) <= pow2(F.emax))
    show(abs(fl(s + t)) <= pow2(F.emax))


@lemma
def no_bias_reaches_both(s: Float, t: Float, b: Float):
    """Two sums, and one bias."""
    require(fits())
    assume(abs(s) <= pow2(F.emax), abs(t) <= pow2(F.emax))
    show(not (fl(s + b) == F.Omega and fl(t + b) == -F.Omega))


# Negative controls


@lemma(expect="refuted")
def output_weights_are_small_at_the_bound(w: Float):
    """At H itself the cap is one float more."""
    require(fits())
    assume(finite(fl(w * most())))
    show(abs(w) <= small())


@lemma(expect="refuted")
def sums_of_capped_terms_stand_still(t: Float):
    """With the cap, sums pass 2^emax."""
    require(fits())
    assume(0 <= t <= cap())
    show(fl(pow2(F.emax) + t) <= pow2(F.emax))


@lemma(expect="refuted")
def no_bias_reaches_one(s: Float, b: Float):
    """Omega alone is reached, with a bias."""
    require(fits())
    assume(abs(s) <= pow2(F.emax))
    show(fl(s + b) < F.Omega)
