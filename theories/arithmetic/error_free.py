"""Error-free transformations: the rounding error of a sum or a product, computed by floating-point operations.

Source: Muller et al., Handbook of Floating-Point Arithmetic (2018), sections 4.3 and 4.4.
"""
from fpproof.lang import (
    F,
    Float,
    Int,
    Mode,
    Real,
    assume,
    define,
    exponent,
    fl,
    is_float,
    is_nan,
    lemma,
    nearest,
    nearest_away,
    pow2,
    require,
    show,
    toward_zero,
    ulp,
    up,
)
from theories.arithmetic.vocabulary import fits, in_range, many_exponents, overflows_to_infinity, saturates, within

# Sums


@define
def two_sum_error(a: Real, b: Real, mode: Mode):
    """Knuth's six operations without the first."""
    s = fl(a + b, to=mode)
    t = fl(s - a, to=mode)
    return fl(fl(a - fl(s - t, to=mode), to=mode) + fl(b - t, to=mode), to=mode)


@define
def fast_two_sum_error(a: Real, b: Real, mode: Mode):
    """Dekker's three operations without the first."""
    s = fl(a + b, to=mode)
    return fl(b - fl(s - a, to=mode), to=mode)


@lemma
def the_error_of_a_sum_is_a_float(a: Float, b: Float):
    """To nearest, ties either way."""
    assume(in_range(a + b))
    show(is_float(a + b - fl(a + b)), is_float(a + b - fl(a + b, to=nearest_away)))


@lemma(expect="refuted")
def the_error_of_a_sum_rounded_up_is_a_float(a: Float, b: Float):
    """With few exponents, as in E2M1, it is one: `errors_of_sums_are_floats_in_every_mode` of tiny.py."""
    require(many_exponents())
    assume(within(a + b))
    show(is_float(a + b - fl(a + b, to=up)))


@lemma(expect="refuted")
def the_error_of_a_sum_cut_off_is_a_float(a: Float, b: Float):
    require(many_exponents())
    assume(within(a + b))
    show(is_float(a + b - fl(a + b, to=toward_zero)))


@lemma(source="Knuth (1969); Boldo, Graillat, Muller, On the robustness of the 2Sum and Fast2Sum algorithms (2017)")
def two_sum(a: Float, b: Float):
    """Where the sum does not overflow and b, which the second step computes anew, is not the largest float."""
    assume(in_range(a + b), abs(b) < F.Omega)
    show(fl(a + b) + two_sum_error(a, b, nearest) == a + b)


@lemma(source="Boldo, Graillat, Muller, On the robustness of the 2Sum and Fast2Sum algorithms (2017)")
def two_sum_with_ties_away(a: Float, b: Float):
    """How ties are broken does not matter."""
    assume(in_range(a + b), abs(b) < F.Omega)
    show(fl(a + b, to=nearest_away) + two_sum_error(a, b, nearest_away) == a + b)


@lemma(expect="refuted")
def two_sum_of_the_largest_float(a: Float):
    """With b = Omega the sum can be finite, and s - a overflow all the same; with three bits at least."""
    require(overflows_to_infinity(), F.p >= 2)
    assume(in_range(a + F.Omega))
    show(fl(a + F.Omega) + two_sum_error(a, F.Omega, nearest) == a + F.Omega)


@lemma
def two_sum_of_an_even_largest_float(a: Float, b: Float):
    """In E4M3FN, s - a is at worst a tie that goes to the largest float, which is even; and where overflow saturates, nothing breaks."""
    require(not overflows_to_infinity())
    assume(in_range(a + b))
    show(fl(a + b) + two_sum_error(a, b, nearest) == a + b)


@lemma(expect="refuted")
def two_sum_beyond_the_range(a: Float, b: Float):
    require(not saturates())
    show(fl(a + b) + two_sum_error(a, b, nearest) == a + b)


@lemma
def two_sum_beyond_the_range_where_it_saturates(a: Float, b: Float):
    """What a saturated sum lacks is a float, and is found."""
    require(saturates())
    show(fl(a + b) + two_sum_error(a, b, nearest) == a + b)


@lemma(expect="refuted")
def two_sum_rounding_up(a: Float, b: Float):
    """Far from overflow, and even where the error is a float."""
    require(F.emax - F.emin >= F.p + 4)
    e = a + b - fl(a + b, to=up)
    assume(abs(a) <= F.Omega / 4, abs(b) <= F.Omega / 4, is_float(e))
    show(two_sum_error(a, b, up) == e)


@lemma(expect="refuted")
def two_sum_rounding_toward_zero(a: Float, b: Float):
    require(F.emax - F.emin >= F.p + 4)
    e = a + b - fl(a + b, to=toward_zero)
    assume(abs(a) <= F.Omega / 4, abs(b) <= F.Omega / 4, is_float(e))
    show(two_sum_error(a, b, toward_zero) == e)


@lemma(source="Dekker (1971), for |a| >= |b|")
def fast_two_sum(a: Float, b: Float):
    """The last bit of a is no lower than that of b, which |a| >= |b| implies; ties either way."""
    assume(a == 0 or ulp(a) >= ulp(b), in_range(a + b))
    show(
        fl(a + b) + fast_two_sum_error(a, b, nearest) == a + b,
        fl(a + b, to=nearest_away) + fast_two_sum_error(a, b, nearest_away) == a + b,
    )


@lemma(expect="refuted")
def fast_two_sum_one_binade_further(a: Float, b: Float):
    assume(2 * ulp(a) >= ulp(b), in_range(a + b), abs(a) <= F.Omega / 2)
    show(fl(a + b) + fast_two_sum_error(a, b, nearest) == a + b)


@define
def multiple_of_ulp(a: Real, b: Real, halvings: Int):
    """Whether a is a multiple of ulp(b), halved so many times: an integer times omega is a float if it is one times ulp(b)."""
    return is_float(a * pow2(F.emin - max(exponent(b), F.emin) + halvings))


@lemma(source="Jeannerod, Zimmermann, FastTwoSum revisited (2025)")
def fast_two_sum_of_multiples(a: Float, b: Float):
    """The last bit of a that is not zero counts, not its last place: weaker than ulp(a) >= ulp(b), since a is a multiple of ulp(a)."""
    assume(multiple_of_ulp(a, b, 0), in_range(a + b))
    show(fl(a + b) + fast_two_sum_error(a, b, nearest) == a + b)


@lemma(expect="refuted")
def fast_two_sum_of_multiples_of_half_an_ulp(a: Float, b: Float):
    assume(multiple_of_ulp(a, b, 1), in_range(a + b), abs(a) <= F.Omega / 2)
    show(fl(a + b) + fast_two_sum_error(a, b, nearest) == a + b)


@lemma(expect="refuted")
def fast_two_sum_beyond_the_range(a: Float, b: Float):
    require(not saturates())
    assume(abs(a) >= abs(b))
    show(fl(a + b) + fast_two_sum_error(a, b, nearest) == a + b)


@lemma
def fast_two_sum_beyond_the_range_where_it_saturates(a: Float, b: Float):
    require(saturates())
    assume(abs(a) >= abs(b))
    show(fl(a + b) + fast_two_sum_error(a, b, nearest) == a + b)


@lemma(expect="refuted")
def fast_two_sum_rounding_up(a: Float, b: Float):
    require(many_exponents())
    assume(abs(a) >= abs(b), within(a + b))
    show(fl(a + b, to=up) + fast_two_sum_error(a, b, up) == a + b)


@lemma(expect="refuted")
def fast_two_sum_rounding_toward_zero(a: Float, b: Float):
    require(many_exponents())
    assume(abs(a) >= abs(b), within(a + b))
    show(fl(a + b, to=toward_zero) + fast_two_sum_error(a, b, toward_zero) == a + b)


@lemma(source="Boldo, Graillat, Muller, On the robustness of the 2Sum and Fast2Sum algorithms (2017), for faithful roundings")
def fast_two_sum_rounds_the_error(a: Float, b: Float, mode: Mode):
    """What is left of it in other modes: not the error, but its rounding in the same mode; beyond the range too, where overflow is not NaN."""
    assume(a == 0 or ulp(a) >= ulp(b), not is_nan(fl(a + b, to=mode)))
    show(fast_two_sum_error(a, b, mode) == fl(a + b - fl(a + b, to=mode), to=mode))


# Products


@define
def above_the_underflow_bound(a: Real, b: Real):
    """Whether the last bit of the product of two significands is at least omega."""
    return a == 0 or b == 0 or exponent(a) + exponent(b) >= F.emin + F.p


@define
def just_below_the_underflow_bound(a: Real, b: Real):
    return exponent(a) + exponent(b) >= F.emin + F.p - 1


@lemma
def the_error_of_a_product_is_a_float(a: Float, b: Float, mode: Mode):
    assume(above_the_underflow_bound(a, b), within(a * b))
    show(is_float(a * b - fl(a * b, to=mode)))


@lemma(expect="refuted")
def the_error_of_a_smaller_product_is_a_float(a: Float, b: Float):
    require(F.emax - F.emin >= F.p - 1)
    assume(just_below_the_underflow_bound(a, b), within(a * b))
    show(is_float(a * b - fl(a * b)))


@lemma
def two_product(a: Float, b: Float, mode: Mode):
    """By a fused multiply-add, in every mode."""
    assume(above_the_underflow_bound(a, b), within(a * b))
    p = fl(a * b, to=mode)
    show(p + fl(a * b - p, to=mode) == a * b)


@lemma(expect="refuted")
def two_product_below_the_underflow_bound(a: Float, b: Float):
    require(F.emax - F.emin >= F.p - 1)
    assume(just_below_the_underflow_bound(a, b), within(a * b))
    p = fl(a * b)
    show(p + fl(a * b - p) == a * b)


@lemma(expect="refuted")
def two_product_beyond_the_range(a: Float, b: Float):
    require(2 * F.emax >= F.emin + F.p)
    assume(above_the_underflow_bound(a, b))
    p = fl(a * b)
    show(p + fl(a * b - p) == a * b)


@define
def lower_bits():
    """s, of the p + 1 bits of a significand those that go to the lower part, its sign among them."""
    return (F.p + 2) // 2


@define
def upper_part(x: Real):
    """Veltkamp's: x without its lower bits, rounded to nearest."""
    c = fl((pow2(lower_bits()) + 1) * x)
    return fl(c + fl(x - c))


@define
def lower_part(x: Real):
    return fl(x - upper_part(x))


@define
def splits(x: Real):
    """Whether the first product of the splitting does not overflow."""
    return in_range((pow2(lower_bits()) + 1) * x)


@lemma(source="Veltkamp (1968); Dekker (1971); Boldo, Pitfalls of a full floating-point proof (2006)")
def splitting(x: Float):
    assume(splits(x))
    show(upper_part(x) + lower_part(x) == x, fits(upper_part(x), F.p + 1 - lower_bits()), fits(lower_part(x), max(1, lower_bits() - 1)))


@lemma(expect="refuted")
def splitting_beyond_the_range(x: Float):
    require(not saturates())
    show(upper_part(x) + lower_part(x) == x)


@lemma(expect="refuted")
def splitting_one_bit_shorter(x: Float):
    assume(splits(x))
    show(fits(upper_part(x), F.p - lower_bits()))


@define
def dekker_error(a: Real, b: Real):
    """Dekker's: the error of a product, without fused operations."""
    d = fl(fl(upper_part(a) * upper_part(b)) - fl(a * b))
    e = fl(d + fl(upper_part(a) * lower_part(b)))
    f = fl(e + fl(lower_part(a) * upper_part(b)))
    return fl(f + fl(lower_part(a) * lower_part(b)))


@lemma(source="Dekker (1971); Boldo, Pitfalls of a full floating-point proof (2006)")
def dekker_product(a: Float, b: Float):
    """Where the first products of both splittings, and the product of the upper parts, do not overflow."""
    assume(splits(a), splits(b), above_the_underflow_bound(a, b), in_range(a * b), in_range(upper_part(a) * upper_part(b)))
    show(fl(a * b) + dekker_error(a, b) == a * b)


@lemma(expect="refuted")
def dekker_product_below_the_underflow_bound(a: Float, b: Float):
    """Where there is something that splits, and is so large."""
    require(F.emax - F.emin > F.p, 2 * (F.emax - lower_bits()) >= F.emin + F.p - 1)
    assume(splits(a), splits(b), just_below_the_underflow_bound(a, b), in_range(a * b))
    show(fl(a * b) + dekker_error(a, b) == a * b)


@lemma(expect="refuted")
def dekker_product_of_upper_parts_beyond_the_range(a: Float, b: Float):
    """The product itself is in the range."""
    require(F.q >= 4)
    assume(splits(a), splits(b), above_the_underflow_bound(a, b), in_range(a * b))
    show(fl(a * b) + dekker_error(a, b) == a * b)
