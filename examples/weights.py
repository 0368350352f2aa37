"""Two positive numbers, divided by their rounded sum: docs/cross-checking.md.

Source: Lemma 3 of a manuscript.
"""
from fpproof.lang import F, Float, assume, define, fl, lemma, pow2, require, show


@define
def weight(x: Float, y: Float):
    return fl(x / fl(x + y))


@lemma
def weights_sum_to_one(x: Float, y: Float):
    assume(x > 0, y > 0)
    show(fl(weight(x, y) + weight(y, x)) == 1)


@lemma
def weights_sum_to_nearly_one(x: Float, y: Float):
    assume(x > 0, y > 0, x + y <= F.Omega)
    show(abs(fl(weight(x, y) + weight(y, x)) - 1) <= pow2(-F.p))


@lemma(expect="refuted")
def weights_sum_to_nearly_one_if_the_sum_overflows(x: Float, y: Float):
    assume(x > 0, y > 0)
    show(abs(fl(weight(x, y) + weight(y, x)) - 1) <= pow2(-F.p))


@lemma(expect="refuted")
def weights_sum_closer_to_one(x: Float, y: Float):
    require(F.p >= 4)
    assume(x > 0, y > 0, x + y <= F.Omega)
    show(abs(fl(weight(x, y) + weight(y, x)) - 1) < pow2(-F.p))
