"""Laws of algebra: which survive rounding, and how the others fail.

Source: Muller et al., Handbook of Floating-Point Arithmetic (2018), chapter 2; Goldberg, What every computer scientist should know (1991).
"""
from fpproof.lang import Datum, F, Float, Int, Mode, Real, assume, define, exponent, fl, is_float, lemma, pow2, pred, require, same, show, sqrt, up
from theories.arithmetic.vocabulary import in_range, normal, overflows_to_infinity, within

# Sums and products


@lemma
def sums_commute(x: Datum, y: Datum, mode: Mode):
    """Bit for bit, infinities and NaN too: all NaN are one here."""
    show(same(fl(x + y, to=mode), fl(y + x, to=mode)))


@lemma
def products_commute(x: Datum, y: Datum, mode: Mode):
    show(same(fl(x * y, to=mode), fl(y * x, to=mode)))


@lemma(expect="refuted")
def differences_commute(x: Float, y: Float):
    show(fl(x - y) == fl(y - x))


@lemma(expect="refuted")
def sums_associate(x: Float, y: Float, z: Float):
    """Not even far from overflow, where there are a few exponents: with two, the sums are subnormal."""
    require(F.emax - F.emin >= 2)
    assume(abs(x) <= F.Omega / 4, abs(y) <= F.Omega / 4, abs(z) <= F.Omega / 4)
    show(fl(fl(x + y) + z) == fl(x + fl(y + z)))


@lemma(expect="refuted")
def products_associate(x: Float, y: Float, z: Float):
    """Not even far from underflow and overflow: of numbers from 1 to 2."""
    require(F.p >= 2)
    assume(1 <= x <= 2, 1 <= y <= 2, 1 <= z <= 2)
    show(fl(fl(x * y) * z) == fl(x * fl(y * z)))


@lemma(expect="refuted")
def products_distribute(x: Float, y: Float, z: Float):
    """Not even over sums of numbers from 1 to 2."""
    require(F.p >= 2)
    assume(1 <= x <= 2, 1 <= y <= 2, 1 <= z <= 2)
    show(fl(x * fl(y + z)) == fl(fl(x * y) + fl(x * z)))


@lemma
def doubling_distributes(y: Float, z: Float):
    """A power of two does, where nothing overflows."""
    assume(in_range(2 * y), in_range(2 * z), in_range(2 * (y + z)))
    show(fl(2 * fl(y + z)) == fl(fl(2 * y) + fl(2 * z)))


@lemma(expect="refuted")
def halving_distributes(y: Float, z: Float):
    """Numbers that underflow lose bits."""
    assume(in_range(y + z))
    show(fl(fl(y + z) / 2) == fl(fl(y / 2) + fl(z / 2)))


# Between two numbers


@lemma
def the_mean_is_between(a: Float, b: Float, mode: Mode):
    """Where the sum does not overflow; in every mode."""
    assume(within(a + b))
    m = fl(fl(a + b, to=mode) / 2, to=mode)
    show(min(a, b) <= m <= max(a, b))


@lemma(expect="refuted")
def the_mean_is_between_beyond_the_range(a: Float, b: Float):
    """It is infinite, NaN, or half of Omega."""
    m = fl(fl(a + b) / 2)
    show(min(a, b) <= m <= max(a, b))


@lemma
def the_mean_by_the_distance_is_between(a: Float, b: Float):
    """Where the distance does not overflow, as between numbers of one sign."""
    assume(in_range(b - a))
    m = fl(a + fl(fl(b - a) / 2))
    show(min(a, b) <= m <= max(a, b))


@lemma
def the_mean_of_halves_is_between(a: Float, b: Float):
    """It never overflows; at most one of the halves is rounded."""
    assume(is_float(a / 2) or is_float(b / 2))
    m = fl(fl(a / 2) + fl(b / 2))
    show(min(a, b) <= m <= max(a, b))


@lemma(expect="refuted")
def the_mean_of_rounded_halves_is_between(a: Float, b: Float):
    m = fl(fl(a / 2) + fl(b / 2))
    show(min(a, b) <= m <= max(a, b))


# Roots


@define
def root_of_square(x: Real):
    return fl(sqrt(fl(x * x)))


@lemma(source="Boldo, Stupid is as stupid does: taking the square root of the square of a floating-point number (2015)")
def the_root_of_the_square(x: Float):
    """In radix two, where the square neither leaves the normal range nor overflows."""
    assume(normal(x * x), in_range(x * x))
    show(root_of_square(x) == abs(x))


@lemma(expect="refuted")
def the_root_of_a_smaller_square(x: Float):
    """The square underflows; where emin is 0, as in E2M1, that of a normal number does not."""
    require(F.emin < 0)
    assume(normal(x), in_range(x * x))
    show(root_of_square(x) == abs(x))


@lemma(expect="refuted")
def the_root_of_a_greater_square(x: Float):
    """The square overflows."""
    assume(normal(x * x))
    show(root_of_square(x) == abs(x))


@lemma(expect="refuted")
def the_root_of_the_square_rounded_up(x: Float):
    assume(normal(x * x), within(x * x))
    show(fl(sqrt(fl(x * x, to=up)), to=up) == abs(x))


@define
def cosine(x: Real, y: Real):
    """x / sqrt(x*x + y*y), rounded operation by operation."""
    return fl(x / fl(sqrt(fl(fl(x * x) + fl(y * y)))))


@lemma(source="Boldo (2015)")
def cosines_are_at_most_one(x: Float, y: Float):
    """Where x*x does not underflow and the sum does not overflow."""
    assume(normal(x * x), in_range(x * x + y * y), in_range(fl(x * x) + fl(y * y)))
    show(abs(cosine(x, y)) <= 1)


@lemma
def cosines_are_at_most_one_where_overflow_is_infinite(x: Float, y: Float):
    """They are 0 then."""
    require(overflows_to_infinity())
    assume(normal(x * x))
    show(abs(cosine(x, y)) <= 1)


@lemma(expect="refuted")
def cosines_are_at_most_one_where_overflow_is_not_infinite(x: Float, y: Float):
    require(not overflows_to_infinity())
    assume(normal(x * x))
    show(abs(cosine(x, y)) <= 1)


@lemma(expect="refuted")
def cosines_of_small_numbers_are_at_most_one(x: Float, y: Float):
    """The square underflows."""
    assume(x != 0, in_range(x * x + y * y))
    show(abs(cosine(x, y)) <= 1)


# Reciprocals


@lemma
def reciprocals_of_powers_of_two(x: Float):
    assume(abs(x) == pow2(exponent(x)), is_float(1 / x))
    show(fl(x * fl(1 / x)) == 1)


@lemma
def numbers_times_their_reciprocals(x: Float):
    """1 or the float before it, where the reciprocal does not leave the normal range."""
    assume(normal(1 / x), in_range(1 / x))
    y = fl(x * fl(1 / x))
    show(y == 1 or y == pred(1))


@lemma(source="Kahan; Goldberg (1991), Theorem 7")
def reciprocals_of_sums_of_two_powers_of_two(i: Int, k: Int):
    """x = 2^i (1 + 2^-k): one."""
    assume(F.emin - 1 <= i <= F.emax, 0 <= k <= F.p)
    x = pow2(i) * (1 + pow2(-k))
    assume(is_float(x), normal(1 / x), in_range(1 / x))
    show(fl(x * fl(1 / x)) == 1)


@lemma
def reciprocals_in_low_precision(x: Float):
    """With few bits it is always one."""
    require(F.p <= 3)
    assume(normal(1 / x), in_range(1 / x))
    show(fl(x * fl(1 / x)) == 1)


@lemma(expect="refuted")
def reciprocals_in_higher_precision(x: Float):
    require(F.p >= 4, F.emin < 0)
    assume(normal(1 / x), in_range(1 / x))
    show(fl(x * fl(1 / x)) == 1)


@lemma(expect="refuted")
def reciprocals_of_large_numbers(x: Float):
    """The reciprocal underflows."""
    assume(x != 0, in_range(1 / x))
    show(fl(x * fl(1 / x)) == 1)


@lemma(expect="refuted")
def reciprocals_of_small_numbers(x: Float):
    """The reciprocal overflows."""
    require(F.omega * F.Omega < 1)
    assume(x != 0, normal(1 / x))
    show(fl(x * fl(1 / x)) == 1)
