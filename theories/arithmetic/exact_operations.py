"""Operations that round nothing.

Source: Muller et al., Handbook of Floating-Point Arithmetic (2018), chapter 4.
"""
from fpproof.lang import F, Float, Int, Mode, assume, finite, fl, lemma, pow2, show, significand, uses
from theories.arithmetic.sterbenz import sterbenz
from theories.arithmetic.vocabulary import flushed, normal

# Small sums


@lemma(source="Hauser, Handling floating-point exceptions in numeric programs (1996), Theorem 3.4.1")
def small_sums_are_exact(x: Float, y: Float):
    """Sums that fall into the subnormal range, or into the smallest normal binade."""
    assume(abs(x + y) <= pow2(F.emin + 1))
    show(fl(x + y) == x + y)


@lemma
def small_sums_are_exact_in_every_mode(x: Float, y: Float, mode: Mode):
    assume(abs(x + y) <= pow2(F.emin + 1))
    show(fl(x + y, to=mode) == x + y)


@lemma(expect="refuted")
def slightly_greater_sums_are_exact(x: Float, y: Float):
    """The next multiple of omega is no float."""
    assume(abs(x + y) <= pow2(F.emin + 1) + F.omega)
    show(fl(x + y) == x + y)


@lemma(expect="refuted")
def small_sums_are_exact_under_flush(x: Float, y: Float):
    assume(abs(x + y) <= pow2(F.emin + 1))
    show(flushed(fl(flushed(x) + flushed(y))) == x + y)


# Differences that are zero


@lemma
def differences_are_zero_for_equal_floats_only(x: Float, y: Float, mode: Mode):
    """Thanks to subnormal numbers; in every mode."""
    show((fl(x - y, to=mode) == 0) == (x == y))


@lemma(expect="refuted")
def differences_are_zero_for_equal_floats_only_under_flush(x: Float, y: Float):
    """Not even for floats that are not flushed themselves."""
    assume(normal(x), normal(y))
    show((flushed(fl(x - y)) == 0) == (x == y))


@lemma(expect="refuted")
def products_are_zero_for_zeros_only(x: Float, y: Float):
    """They underflow."""
    show((fl(x * y) == 0) == (x == 0 or y == 0))


# Powers of two


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
def powers_of_two_scale_up_exactly(x: Float, n: Int):
    """From the subnormal range too, and within it."""
    assume(0 <= n <= F.emax - F.emin + F.p)
    y = x * pow2(n)
    assume(abs(y) <= F.Omega)
    show(fl(y) == y)


@lemma(expect="refuted")
def powers_of_two_scale_exactly_one_step_down(x: Float, n: Int):
    assume(-1 <= n <= F.emax - F.emin + F.p)
    y = x * pow2(n)
    assume(abs(y) <= F.Omega)
    show(fl(y) == y)


@lemma
def products_with_powers_of_two_are_exact(x: Float, y: Float):
    assume(significand(y) == 1, pow2(F.emin) <= abs(x * y) <= F.Omega)
    show(fl(x * y) == x * y)


@lemma(expect="refuted")
def products_with_three_halves_of_powers_of_two_are_exact(x: Float, y: Float):
    assume(significand(y) == 3 / 2, pow2(F.emin) <= abs(x * y) <= F.Omega)
    show(fl(x * y) == x * y)


@lemma
def quotients_by_powers_of_two_are_exact(x: Float, y: Float):
    assume(significand(y) == 1, pow2(F.emin) <= abs(x / y) <= F.Omega)
    show(fl(x / y) == x / y)


@lemma(expect="refuted")
def quotients_by_three_halves_of_powers_of_two_are_exact(x: Float, y: Float):
    """Three halves is the first significand that is no power of two."""
    assume(significand(y) == 3 / 2, pow2(F.emin) <= abs(x / y) <= F.Omega)
    show(fl(x / y) == x / y)


@lemma
def powers_of_two_scale_exactly_under_flush(x: Float, n: Int):
    """Of normal numbers, to normal numbers."""
    assume(F.emin - F.emax <= n <= F.emax - F.emin)
    y = x * pow2(n)
    assume(normal(x), pow2(F.emin) <= abs(y) <= F.Omega)
    show(flushed(fl(flushed(x) * pow2(n))) == y)


@lemma(expect="refuted")
def powers_of_two_scale_subnormal_numbers_exactly_under_flush(x: Float, n: Int):
    """Where `powers_of_two_scale_exactly` scales them up to normal ones."""
    assume(F.emin - F.emax <= n <= F.emax - F.emin)
    y = x * pow2(n)
    assume(pow2(F.emin) <= abs(y) <= F.Omega)
    show(flushed(fl(flushed(x) * pow2(n))) == y)


@lemma
def halves_of_close_floats(x: Float, y: Float):
    """The distance of two floats within a factor of two of each other, halved and doubled again."""
    uses(sterbenz)
    d = fl(x - y)
    assume(0 <= y / 2 <= x <= 2 * y, fl(d / 2) == d / 2, finite(fl(2 * d)))
    show(fl(2 * fl(d / 2)) == x - y)
