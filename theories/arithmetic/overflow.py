"""What overflow does to arithmetic: E4M3FN, where it gives NaN, its saturating twin, where it gives Omega, and IEEE formats, where it is infinite.

Each lemma holds where overflow is of some kinds, and its control fails where it is of the others: so the three F(3,4), E4M3FN and E4M3FN-sat
lose different ones.

Source: Micikevicius et al., FP8 formats for deep learning (2022); OCP 8-bit floating point specification (2023).
"""
from fpproof.lang import F, Float, assume, finite, fl, infinity, is_nan, lemma, require, show, succ, ulp
from theories.arithmetic.vocabulary import overflows_to_infinity, overflows_to_nan, saturates

# Lost where overflow gives NaN


@lemma
def sums_are_numbers(x: Float, y: Float):
    require(not overflows_to_nan())
    show(not is_nan(fl(x + y)), not is_nan(fl(x * y)))


@lemma(expect="refuted")
def sums_are_numbers_with_overflow_to_nan(x: Float, y: Float):
    require(overflows_to_nan())
    show(not is_nan(fl(x + y)), not is_nan(fl(x * y)))


@lemma
def sums_are_monotone(x: Float, y: Float, z: Float):
    require(not overflows_to_nan())
    assume(x <= y)
    show(fl(x + z) <= fl(y + z))


@lemma(expect="refuted")
def sums_are_monotone_with_overflow_to_nan(x: Float, y: Float, z: Float):
    require(overflows_to_nan())
    assume(x <= y)
    show(fl(x + z) <= fl(y + z))


@lemma
def sums_of_finite_value_are_monotone(x: Float, y: Float, z: Float):
    """What is left of it: in every format."""
    assume(x <= y, finite(fl(x + z)), finite(fl(y + z)))
    show(fl(x + z) <= fl(y + z))


@lemma(expect="refuted")
def sums_are_strictly_monotone(x: Float, y: Float, z: Float):
    assume(x < y, finite(fl(x + z)), finite(fl(y + z)))
    show(fl(x + z) < fl(y + z))


@lemma
def squares_are_not_negative(x: Float, y: Float):
    require(not overflows_to_nan())
    show(fl(fl(x * x) + fl(y * y)) >= 0)


@lemma(expect="refuted")
def squares_are_not_negative_with_overflow_to_nan(x: Float, y: Float):
    require(overflows_to_nan())
    show(fl(fl(x * x) + fl(y * y)) >= 0)


@lemma
def the_sign_of_the_difference_compares(x: Float, y: Float):
    require(not overflows_to_nan())
    show((fl(x - y) < 0) == (x < y))


@lemma(expect="refuted")
def the_sign_of_the_difference_compares_with_overflow_to_nan(x: Float, y: Float):
    require(overflows_to_nan())
    show((fl(x - y) < 0) == (x < y))


# Lost where overflow saturates


@lemma
def doubling_is_undone_or_seen(x: Float):
    """Halving the double gives the number back, or the double is not finite."""
    require(not saturates())
    show(fl(fl(2 * x) / 2) == x or not finite(fl(2 * x)))


@lemma(expect="refuted")
def doubling_is_undone_or_seen_with_saturation(x: Float):
    require(saturates())
    show(fl(fl(2 * x) / 2) == x or not finite(fl(2 * x)))


@lemma
def finite_sums_have_small_errors(x: Float, y: Float):
    """At most half an ulp of the sum."""
    require(not saturates())
    s = fl(x + y)
    assume(finite(s))
    show(abs(s - (x + y)) <= ulp(s) / 2)


@lemma(expect="refuted")
def finite_sums_have_small_errors_with_saturation(x: Float, y: Float):
    require(saturates())
    s = fl(x + y)
    assume(finite(s))
    show(abs(s - (x + y)) <= ulp(s) / 2)


# Lost where there is no infinity


@lemma
def each_float_has_a_greater_value(x: Float):
    require(overflows_to_infinity())
    show(succ(x) > x)


@lemma(expect="refuted")
def each_float_has_a_greater_value_without_infinity(x: Float):
    require(not overflows_to_infinity())
    show(succ(x) > x)


@lemma
def overflow_outlives_sums(x: Float, y: Float):
    """An infinite sum stays infinite whatever finite is added."""
    require(overflows_to_infinity())
    assume(abs(x) == F.Omega)
    show(abs(fl(fl(x + x) + y)) == infinity)


@lemma(expect="refuted")
def overflow_outlives_sums_without_infinity(x: Float, y: Float):
    """NaN does too, but compares with nothing; a saturated sum is forgotten."""
    require(not overflows_to_infinity())
    assume(abs(x) == F.Omega)
    show(abs(fl(fl(x + x) + y)) >= F.Omega)


@lemma
def reciprocals_of_zero_are_infinite(x: Float):
    require(overflows_to_infinity())
    assume(x == 0)
    show(abs(fl(1 / x)) == infinity)


@lemma(expect="refuted")
def reciprocals_of_zero_compare_without_infinity(x: Float):
    """An exact infinity is no overflow: it is NaN where there is none, and does not saturate."""
    require(not overflows_to_infinity())
    assume(x == 0)
    show(fl(1 / abs(x)) >= F.Omega)


# What all have in common


@lemma
def finite_sums_are_bounded_by_omega(x: Float, y: Float):
    assume(finite(fl(x + y)))
    show(abs(fl(x + y)) <= F.Omega)


@lemma
def adding_what_is_not_negative_does_not_decrease(x: Float, y: Float):
    assume(y >= 0, not is_nan(fl(x + y)))
    show(fl(x + y) >= x)
