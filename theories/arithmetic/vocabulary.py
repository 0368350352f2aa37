"""Words that the other files use."""
from fpproof.lang import F, Int, Real, define, finite, fl, infinity, is_float, is_nan, pow2, significand, ulp


@define
def unit():
    """u, half the distance from 1 to the next float."""
    return pow2(-F.p - 1)


@define
def normal(r: Real):
    """Whether r is in the normal range, or beyond it."""
    return abs(r) >= pow2(F.emin)


@define
def in_range(r: Real):
    """Whether r rounds to nearest without overflow. Where Omega has an even significand, as in E4M3FN, its tie does too, and is left out here."""
    return abs(r) < F.Omega + ulp(F.Omega) / 2


@define
def within(r: Real):
    """Whether r rounds without overflow in every mode."""
    return abs(r) <= F.Omega


@define
def overflows_to_nan():
    return is_nan(fl(4 * F.Omega))


@define
def overflows_to_infinity():
    return fl(4 * F.Omega) == infinity


@define
def saturates():
    return finite(fl(4 * F.Omega))


@define
def many_exponents():
    """Whether floats are so far apart that their difference takes more than p + 1 bits, and no ulp of one is a float less omega."""
    return F.emax - F.emin >= F.p + 2


@define
def flushed(r: Real):
    """What `flush` makes of inputs and results: those in the subnormal range become zeros of the same sign."""
    return 0 * r if abs(r) < pow2(F.emin) else r


@define
def fits(r: Real, bits: Int):
    """Whether r is an integer of that many bits, at most p + 1, times a power of two: whether it is a float that far down in the subnormal range."""
    return r == 0 or is_float(significand(r) * pow2(F.emin - F.p + bits - 1))
