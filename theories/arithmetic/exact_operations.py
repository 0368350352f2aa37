"""Operations that round nothing.

Source: Muller et al., Handbook of Floating-Point Arithmetic (2018), chapter 4.
"""
from fpproof.lang import F, Float, Int, assume, finite, fl, lemma, pow2, show, uses
from theories.arithmetic.sterbenz import sterbenz


@lemma(source="Hauser, Handling floating-point exceptions in numeric programs (1996), Theorem 3.4.1")
def small_sums_are_exact(x: Float, y: Float):
    """Sums that fall into the subnormal range, or are as small as the smallest normal binade."""
    assume(abs(x + y) <= pow2(F.emin + 1))
    show(fl(x + y) == x + y)


@lemma(expect="refuted")
def sums_in_the_second_normal_binade_are_exact(x: Float, y: Float):
    assume(abs(x + y) <= pow2(F.emin + 2))
    show(fl(x + y) == x + y)


@lemma
def differences_are_zero_for_equal_floats_only(x: Float, y: Float):
    """Thanks to subnormal numbers."""
    show((fl(x - y) == 0) == (x == y))


@lemma(expect="refuted")
def products_are_zero_for_zeros_only(x: Float, y: Float):
    """They underflow."""
    show((fl(x * y) == 0) == (x == 0 or y == 0))


@lemma
def powers_of_two_scale_exactly(x: Float, n: Int):
    """As long as nothing overflows or leaves the normal range."""
    assume(F.emin - F.emax <= n <= F.emax - F.emin)
    y = x * pow2(n)
    assume(pow2(F.emin) <= abs(y) <= F.Omega)
    show(fl(y) == y)


@lemma(expect="refuted")
def powers_of_two_scale_exactly_into_the_subnormal_range(x: Float, n: Int):
    assume(F.emin - F.emax <= n <= F.emax - F.emin)
    y = x * pow2(n)
    assume(pow2(F.emin - 1) <= abs(y) <= F.Omega)
    show(fl(y) == y)


@lemma
def halves_of_close_floats(x: Float, y: Float):
    """The distance of two floats within a factor of two of each other, halved and doubled again."""
    uses(sterbenz)
    d = fl(x - y)
    assume(0 <= y / 2 <= x <= 2 * y, fl(d / 2) == d / 2, finite(fl(2 * d)))
    show(fl(2 * fl(d / 2)) == x - y)
