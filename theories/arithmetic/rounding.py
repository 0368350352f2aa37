"""Rounding.

Source: Muller et al., Handbook of Floating-Point Arithmetic (2018), chapter 2.
"""
from fpproof.lang import (
    Datum,
    F,
    Float,
    Mode,
    Real,
    assume,
    down,
    exponent,
    finite,
    fl,
    is_float,
    is_nan,
    lemma,
    nearest_away,
    pow2,
    require,
    same,
    show,
    succ,
    to_odd,
    toward_zero,
    ulp,
    up,
)
from theories.arithmetic.vocabulary import in_range, normal, overflows_to_nan, saturates, unit, within

# Order


@lemma
def rounding_is_monotone(x: Real, y: Real, mode: Mode):
    """Where neither overflows to NaN."""
    assume(x <= y, not is_nan(fl(x, to=mode)), not is_nan(fl(y, to=mode)))
    show(fl(x, to=mode) <= fl(y, to=mode))


@lemma(expect="refuted")
def rounding_is_strictly_monotone(x: Real, y: Real):
    assume(x < y)
    show(fl(x) < fl(y))


@lemma(expect="refuted")
def rounding_with_overflow_to_nan_is_monotone(x: Real, y: Real):
    """NaN is not greater than anything."""
    require(overflows_to_nan())
    assume(x <= y)
    show(fl(x) <= fl(y))


@lemma
def rounding_toward_zero_is_monotone(x: Real, y: Real):
    """In every format: what it cuts off never overflows."""
    assume(x <= y)
    show(fl(x, to=toward_zero) <= fl(y, to=toward_zero))


@lemma
def rounding_respects_floats(x: Real, y: Float, mode: Mode):
    """The monotonicity that proofs use: what lies on one side of a float stays there."""
    assume(not is_nan(fl(x, to=mode)))
    show(x <= y or fl(x, to=mode) >= y, x >= y or fl(x, to=mode) <= y)


# Floats


@lemma
def rounding_is_idempotent(x: Real, mode: Mode):
    """Also where it overflows, to an infinity, to Omega or to NaN."""
    show(same(fl(fl(x, to=mode), to=mode), fl(x, to=mode)))


@lemma
def rounding_of_rounded_numbers_does_nothing_in_other_modes(x: Real, mode: Mode):
    show(same(fl(fl(x), to=mode), fl(x)))


@lemma(expect="refuted")
def rounding_up_after_rounding_down_is_rounding_up(x: Real):
    show(fl(fl(x, to=down), to=up) == fl(x, to=up))


@lemma
def values_stay(x: Datum, mode: Mode):
    """Bit for bit, infinities and NaN too."""
    show(same(fl(x, to=mode), x))


@lemma
def floats_stay(x: Real, mode: Mode):
    assume(is_float(x))
    show(fl(x, to=mode) == x)


@lemma(expect="refuted")
def halves_of_floats_stay(x: Float):
    show(fl(x / 2) == x / 2)


# Neighbours


@lemma
def rounding_is_faithful(x: Real, mode: Mode):
    """In every mode it gives what one of the modes up and down gives, overflow included."""
    show(same(fl(x, to=mode), fl(x, to=down)) or same(fl(x, to=mode), fl(x, to=up)))


@lemma
def down_and_up_are_neighbours(x: Real):
    """On both sides, with no float between them."""
    assume(within(x))
    show(fl(x, to=down) <= x <= fl(x, to=up), is_float(x) or succ(fl(x, to=down)) == fl(x, to=up))


@lemma(expect="refuted")
def saturated_numbers_are_between_neighbours(x: Real):
    """Where overflow gives Omega, rounding up can go down."""
    require(saturates())
    show(fl(x, to=down) <= x <= fl(x, to=up))


@lemma(expect="refuted")
def rounding_is_rounding_up_or_toward_zero(x: Real):
    """Not of negative numbers."""
    assume(within(x))
    show(fl(x) == fl(x, to=up) or fl(x) == fl(x, to=toward_zero))


# Signs


@lemma
def rounding_is_odd(x: Real):
    """In the symmetric modes, bit for bit."""
    show(all(same(fl(-x, to=m), -fl(x, to=m)) for m in (nearest_away, toward_zero, to_odd)), same(fl(-x), -fl(x)))


@lemma
def up_and_down_mirror_each_other(x: Real):
    show(same(fl(-x, to=up), -fl(x, to=down)))


@lemma(expect="refuted")
def rounding_up_is_odd(x: Real):
    show(fl(-x, to=up) == -fl(x, to=up))


# Relative errors


@lemma(source="Jeannerod, Rump, On relative errors of floating-point operations: optimal bounds and applications (2018)")
def relative_error(x: Real):
    """At most u/(1 + u) in the normal range, and at most u of the result."""
    u = unit()
    assume(normal(x), in_range(x))
    show(abs(fl(x) - x) <= u / (1 + u) * abs(x), abs(fl(x) - x) <= u * abs(fl(x)))


@lemma
def relative_error_is_attained_at_midpoints_after_powers_of_two(x: Real):
    """At (1 + u) 2^e, and nowhere else."""
    u = unit()
    assume(normal(x), in_range(x))
    show((abs(fl(x) - x) == u / (1 + u) * abs(x)) == (abs(x) == (1 + u) * pow2(exponent(x))))


@lemma(expect="refuted")
def relative_error_is_never_attained(x: Real):
    """It is, at 1 + u."""
    u = unit()
    assume(normal(x), in_range(x))
    show(abs(fl(x) - x) < u / (1 + u) * abs(x))


@lemma(expect="refuted")
def relative_error_below_the_normal_range(x: Real):
    u = unit()
    assume(pow2(F.emin - 1) <= abs(x) <= F.Omega)
    show(abs(fl(x) - x) <= u / (1 + u) * abs(x))


@lemma(expect="refuted")
def relative_error_beyond_the_range(x: Float):
    """Of doubles of floats, say."""
    u = unit()
    assume(normal(x))
    show(abs(fl(2 * x) - 2 * x) <= u / (1 + u) * abs(2 * x))


@lemma
def relative_error_in_every_mode(x: Real, mode: Mode):
    """Less than 2u."""
    assume(normal(x), within(x))
    show(abs(fl(x, to=mode) - x) < 2 * unit() * abs(x))


@lemma(expect="refuted")
def relative_error_of_directed_rounding(x: Float):
    """A bound that were attained, as to nearest, would be 2u/(1 + 2u): but just above 2^e the error comes as close to 2u as one likes."""
    u = unit()
    r = x * (1 + u * u)
    assume(normal(x), within(r))
    show(abs(fl(r, to=up) - r) <= 2 * u / (1 + 2 * u) * abs(r))


# Absolute errors


@lemma
def absolute_error(x: Real):
    """At most half an ulp, of the number and of the result; omega/2 in the subnormal range, where ulp(x) is omega."""
    assume(in_range(x))
    show(abs(fl(x) - x) <= ulp(x) / 2, abs(fl(x) - x) <= ulp(fl(x)) / 2)


@lemma
def absolute_error_in_the_subnormal_range(x: Real):
    """And in the first normal binade."""
    assume(abs(x) <= pow2(F.emin + 1))
    show(abs(fl(x) - x) <= F.omega / 2)


@lemma(expect="refuted")
def absolute_error_in_the_subnormal_range_is_less(x: Real):
    assume(abs(x) < pow2(F.emin))
    show(abs(fl(x) - x) < F.omega / 2)


@lemma(expect="refuted")
def absolute_error_in_the_second_normal_binade(x: Real):
    assume(abs(x) <= pow2(F.emin + 2))
    show(abs(fl(x) - x) <= F.omega / 2)


@lemma
def absolute_error_in_every_mode(x: Real, mode: Mode):
    """Less than an ulp."""
    assume(within(x))
    show(abs(fl(x, to=mode) - x) < ulp(x))


@lemma(expect="refuted")
def absolute_error_of_directed_rounding(x: Real):
    assume(within(x))
    show(abs(fl(x, to=up) - x) <= ulp(x) / 2)


# Overflow


@lemma
def overflow_is_visible(x: Real):
    """Beyond the midpoint after Omega, as an infinity or NaN."""
    require(not saturates())
    assume(abs(x) > F.Omega + ulp(F.Omega) / 2)
    show(not finite(fl(x)))


@lemma(expect="refuted")
def overflow_to_omega_is_visible(x: Real):
    """A saturated number is as good as any: its error has no bound."""
    require(saturates())
    assume(abs(x) > F.Omega + ulp(F.Omega) / 2)
    show(not finite(fl(x)) or abs(fl(x) - x) <= ulp(fl(x)))
