"""Rounding.

Source: Muller et al., Handbook of Floating-Point Arithmetic (2018), chapter 2.
"""
from fpproof.lang import F, Mode, Real, assume, define, down, fl, is_float, lemma, nearest_away, pow2, same, show, to_odd, toward_zero, ulp, up


@define
def unit():
    """u, half the distance from 1 to the next float."""
    return pow2(-F.p - 1)


@lemma
def rounding_is_monotone(x: Real, y: Real, mode: Mode):
    """Where neither overflows to NaN."""
    assume(x <= y, fl(x, to=mode) == fl(x, to=mode), fl(y, to=mode) == fl(y, to=mode))
    show(fl(x, to=mode) <= fl(y, to=mode))


@lemma(expect="refuted")
def rounding_is_strictly_monotone(x: Real, y: Real):
    assume(x < y)
    show(fl(x) < fl(y))


@lemma
def rounding_is_idempotent(x: Real, mode: Mode):
    """Also where the first rounding overflows, to an infinity or to Omega."""
    assume(fl(x, to=mode) == fl(x, to=mode))
    show(same(fl(fl(x, to=mode), to=mode), fl(x, to=mode)))


@lemma
def floats_stay(x: Real, mode: Mode):
    assume(is_float(x))
    show(fl(x, to=mode) == x)


@lemma
def rounding_is_faithful(x: Real, mode: Mode):
    """The result is one of the two neighbours."""
    assume(abs(x) <= F.Omega)
    show(fl(x, to=mode) == fl(x, to=down) or fl(x, to=mode) == fl(x, to=up))


@lemma
def rounding_is_odd(x: Real):
    """In the symmetric modes, bit for bit."""
    show(all(same(fl(-x, to=m), -fl(x, to=m)) for m in (nearest_away, toward_zero, to_odd)), same(fl(-x), -fl(x)))


@lemma
def up_and_down_mirror_each_other(x: Real):
    show(same(fl(-x, to=up), -fl(x, to=down)) or x == 0)


@lemma(expect="refuted")
def rounding_up_is_odd(x: Real):
    show(fl(-x, to=up) == -fl(x, to=up))


@lemma(source="Theorem 2.3")
def relative_error(x: Real):
    """At most u/(1 + u) in the normal range."""
    u = unit()
    assume(pow2(F.emin) <= abs(x) <= F.Omega)
    show(abs(fl(x) - x) <= u / (1 + u) * abs(x))


@lemma(expect="refuted")
def relative_error_is_never_attained(x: Real):
    """It is, at 1 + u."""
    u = unit()
    assume(pow2(F.emin) <= abs(x) <= F.Omega)
    show(abs(fl(x) - x) < u / (1 + u) * abs(x))


@lemma(expect="refuted")
def relative_error_below_the_normal_range(x: Real):
    u = unit()
    assume(pow2(F.emin - 1) <= abs(x) <= F.Omega)
    show(abs(fl(x) - x) <= u / (1 + u) * abs(x))


@lemma
def absolute_error(x: Real):
    """At most half an ulp, omega/2 in the subnormal range."""
    assume(abs(x) <= F.Omega)
    show(abs(fl(x) - x) <= ulp(x) / 2)


@lemma(expect="refuted")
def absolute_error_of_directed_rounding(x: Real):
    assume(abs(x) <= F.Omega)
    show(abs(fl(x, to=up) - x) <= ulp(x) / 2)
