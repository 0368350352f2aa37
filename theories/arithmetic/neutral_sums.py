"""Neutral sums: which terms of a left-to-right sum can be left out.

A pair t, -t that begins a sum is as good as nothing. Anywhere else it is not.
"""
from fpproof.lang import Float, assume, fl, lemma, show


@lemma(rocq="Fpproof.Order.neutral_sum")
def neutral_sum(t: Float):
    """A pair at the beginning leaves zero."""
    show(fl(fl(0 + t) - t) == 0)


@lemma(rocq="Fpproof.Order.neutral_sum_before")
def neutral_sum_before(t: Float, v: Float):
    """What comes after a pair at the beginning is added as if the pair were not there."""
    show(fl(fl(fl(0 + t) - t) + v) == v)


@lemma(rocq="Fpproof.Order.difference_of_equals")
def difference_of_equals(x: Float):
    show(fl(x - x) == 0)


@lemma(expect="refuted")
def pairs_vanish_anywhere(v: Float, t: Float):
    """Not after a value: t may absorb it."""
    show(fl(fl(v + t) - t) == v)


@lemma(expect="refuted")
def pairs_vanish_around_values(v: Float, t: Float):
    assume(v != 0)
    show(fl(fl(fl(0 + t) + v) - t) == v)
