"""Sums of floats commute, and do not associate."""

from fpproof.lang import Float, fl, lemma, same, show


@lemma
def sums_commute(x: Float, y: Float):
    show(same(fl(x + y), fl(y + x)))


@lemma
def sums_associate(x: Float, y: Float, z: Float):
    show(fl(fl(x + y) + z) == fl(x + fl(y + z)))
