"""E2M1: fifteen numbers, up to 6. What holds in so small a format alone, and what fails there first.

E2M1 has fractions of one bit, and normal numbers from 1: emin = 0. The lemmas of the other files that E2M1 lacks say so by a requirement: F.p >= 2
for what needs three bits, F.emin < 0 for what needs normal numbers below 1.

Source: OCP Microscaling formats (MX) specification (2023).
"""
from fpproof.lang import F, Float, Mode, assume, fl, is_float, lemma, pow2, require, show
from theories.arithmetic.vocabulary import many_exponents, normal, within

# What holds in E2M1 alone


@lemma
def errors_of_sums_are_floats_in_every_mode(a: Float, b: Float, mode: Mode):
    """With few exponents; `the_error_of_a_sum_rounded_up_is_a_float` of error_free.py fails with one more."""
    require(not many_exponents())
    assume(within(a + b))
    show(is_float(a + b - fl(a + b, to=mode)))


@lemma
def products_of_normal_numbers_are_normal(x: Float, y: Float):
    require(F.emin >= 0)
    assume(normal(x), normal(y))
    show(normal(fl(x * y)))


@lemma(expect="refuted")
def products_of_normal_numbers_are_normal_in_larger_formats(x: Float, y: Float):
    require(F.emin < 0)
    assume(normal(x), normal(y))
    show(normal(fl(x * y)))


@lemma
def sums_are_halves(x: Float, y: Float):
    """Every number is a multiple of 1/2, and so all sums and differences in the range are exact or off by 1/2 or 1."""
    require(F.omega == 1 / 2, F.Omega <= 6)
    assume(within(x + y))
    e = abs(fl(x + y) - (x + y))
    show(e == 0 or e == 1 / 2 or e == 1)


# What fails in E2M1 first


@lemma
def u_is_a_float(x: Float):
    """Where emin is below 0: the unit roundoff can be computed with."""
    require(F.emin < 0)
    assume(x == 1)
    show(is_float(x * pow2(-F.p - 1)))


@lemma(expect="refuted")
def u_is_a_float_in_tiny_formats(x: Float):
    require(F.emin >= 0)
    assume(x == 1)
    show(is_float(x * pow2(-F.p - 1)))


@lemma
def reciprocals_of_small_integers_are_not_zero(x: Float):
    require(F.emin < 0)
    assume(1 <= x <= 4)
    show(fl(1 / x) != 0)


@lemma
def thirds_are_between_a_quarter_and_a_half(x: Float):
    """Strictly, where there are floats between."""
    require(F.omega <= 1 / 8)
    assume(x == 3)
    show(1 / 4 < fl(1 / x) < 1 / 2)


@lemma(expect="refuted")
def thirds_are_between_a_quarter_and_a_half_in_tiny_formats(x: Float):
    require(F.omega > 1 / 8)
    assume(x == 3)
    show(1 / 4 < fl(1 / x) < 1 / 2)


# Counting, which stops at 4 in E2M1 and at 2^(p+1) everywhere


@lemma
def counting_goes_on(x: Float):
    require(pow2(F.p + 1) <= F.Omega)
    assume(0 <= x < pow2(F.p + 1))
    show(fl(x + 1) > x)


@lemma
def counting_stops(x: Float):
    require(pow2(F.p + 1) <= F.Omega)
    assume(x == pow2(F.p + 1))
    show(fl(x + 1) == x)


@lemma(expect="refuted")
def counting_goes_on_one_step_further(x: Float):
    require(pow2(F.p + 1) <= F.Omega)
    assume(0 <= x <= pow2(F.p + 1))
    show(fl(x + 1) > x)
