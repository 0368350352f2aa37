"""Rounding twice: first to a wider format G, then to F. Where that is innocuous, and where it is not, one bit below.

P = F.p + 1 and P' = G.p + 1 are the precisions. Each lemma is checked with the narrowest G that it speaks of.

Source: Figueroa, When is double rounding innocuous? (1995); Roux, Innocuous double rounding of basic arithmetic operations (2014).
"""
from fpproof.lang import F, Float, Format, Mode, Real, define, down, fl, lemma, require, same, show, sqrt, to_odd, toward_zero, up
from theories.arithmetic.vocabulary import overflows_to_infinity


@define
def precision():
    return F.p + 1


@define
def wide(G: Format):
    """Whether G has the exponents: neither underflow nor overflow in G makes a difference in F."""
    return G.emin <= F.emin - F.p - 1 and G.emax >= (F.emax + 1 if overflows_to_infinity() else F.emax - F.emin + F.p + 1)


@lemma(
    formats=(
        "E2M1 G=F(4,6)", "E3M2 G=F(6,6)", "F(3,4) G=F(8,6)", "E4M3FN G=F(8,6)", "E4M3FN-sat G=F(8,6)", "E5M2 G=F(6,7)", "F(2,4) G=F(6,6)",
        "binary16 G=F(22,7)", "bfloat16 G=F(16,9)", "binary32 G=F(48,9)", "binary64 G=F(106,12)",
    ),
)
def sums_rounded_twice(x: Float, y: Float, G: Format):
    require(wide(G), G.p + 1 >= 2 * precision() + 1)
    show(same(fl(fl(x + y, G)), fl(x + y)))


@lemma(
    expect="refuted",
    formats=(
        "E3M2 G=F(5,6)", "F(3,4) G=F(7,6)", "E4M3FN G=F(7,6)", "E4M3FN-sat G=F(7,6)", "E5M2 G=F(5,7)", "F(2,4) G=F(5,6)", "binary16 G=F(21,7)",
        "bfloat16 G=F(15,9)", "binary32 G=F(47,9)", "binary64 G=F(105,12)",
    ),
)
def sums_rounded_twice_with_one_bit_less(x: Float, y: Float, G: Format):
    require(F.p >= 2, wide(G), G.p + 1 == 2 * precision() + 1 - 1)
    show(same(fl(fl(x + y, G)), fl(x + y)))


@lemma(
    formats=(
        "E2M1 G=F(3,6)",
    ),
)
def sums_in_precision_two_rounded_twice_with_one_bit_less(x: Float, y: Float, G: Format):
    """The bound is not sharp there."""
    require(F.p == 1, wide(G), G.p + 1 == 2 * precision() + 1 - 1)
    show(same(fl(fl(x + y, G)), fl(x + y)))


@lemma(
    formats=(
        "E2M1 G=F(3,6)", "E3M2 G=F(5,6)", "F(3,4) G=F(7,6)", "E4M3FN G=F(7,6)", "E4M3FN-sat G=F(7,6)", "E5M2 G=F(5,7)", "F(2,4) G=F(5,6)",
        "binary16 G=F(21,7)", "bfloat16 G=F(15,9)", "binary32 G=F(47,9)", "binary64 G=F(105,12)",
    ),
)
def products_rounded_twice(x: Float, y: Float, G: Format):
    require(wide(G), G.p + 1 >= 2 * precision())
    show(same(fl(fl(x * y, G)), fl(x * y)))


@lemma(
    expect="refuted",
    formats=(
        "F(3,4) G=F(6,6)", "E4M3FN G=F(6,6)", "E4M3FN-sat G=F(6,6)", "binary16 G=F(20,7)", "bfloat16 G=F(14,9)", "binary32 G=F(46,9)",
        "binary64 G=F(104,12)",
    ),
)
def products_rounded_twice_with_one_bit_less(x: Float, y: Float, G: Format):
    require(F.p >= 3, wide(G), G.p + 1 == 2 * precision() - 1)
    show(same(fl(fl(x * y, G)), fl(x * y)))


@lemma(
    formats=(
        "E2M1 G=F(2,6)", "E3M2 G=F(4,6)", "E5M2 G=F(4,7)", "F(2,4) G=F(4,6)",
    ),
)
def products_in_low_precision_rounded_twice_with_one_bit_less(x: Float, y: Float, G: Format):
    """The bound is not sharp there: no product has the bits that it takes."""
    require(F.p <= 2, wide(G), G.p + 1 == 2 * precision() - 1)
    show(same(fl(fl(x * y, G)), fl(x * y)))


@lemma(
    formats=(
        "E2M1 G=F(3,6)", "E3M2 G=F(5,6)", "F(3,4) G=F(7,6)", "E4M3FN G=F(7,6)", "E4M3FN-sat G=F(7,6)", "E5M2 G=F(5,7)", "F(2,4) G=F(5,6)",
        "binary16 G=F(21,7)", "bfloat16 G=F(15,9)", "binary32 G=F(47,9)", "binary64 G=F(105,12)",
    ),
)
def quotients_rounded_twice(x: Float, y: Float, G: Format):
    require(wide(G), G.p + 1 >= 2 * precision())
    show(same(fl(fl(x / y, G)), fl(x / y)))


@lemma(
    expect="refuted",
    formats=(
        "E2M1 G=F(2,6)", "E3M2 G=F(4,6)", "F(3,4) G=F(6,6)", "E4M3FN G=F(6,6)", "E4M3FN-sat G=F(6,6)", "E5M2 G=F(4,7)", "F(2,4) G=F(4,6)",
        "binary16 G=F(20,7)", "bfloat16 G=F(14,9)", "binary32 G=F(46,9)", "binary64 G=F(104,12)",
    ),
)
def quotients_rounded_twice_with_one_bit_less(x: Float, y: Float, G: Format):
    require(wide(G), G.p + 1 == 2 * precision() - 1)
    show(same(fl(fl(x / y, G)), fl(x / y)))


@lemma(
    formats=(
        "E2M1 G=F(5,6)", "E3M2 G=F(7,6)", "F(3,4) G=F(9,6)", "E4M3FN G=F(9,6)", "E4M3FN-sat G=F(9,6)", "E5M2 G=F(7,7)", "F(2,4) G=F(7,6)",
        "binary16 G=F(23,7)", "bfloat16 G=F(17,9)", "binary32 G=F(49,9)", "binary64 G=F(107,12)",
    ),
)
def roots_rounded_twice(x: Float, G: Format):
    require(wide(G), G.p + 1 >= 2 * precision() + 2)
    show(same(fl(fl(sqrt(x), G)), fl(sqrt(x))))


@lemma(
    expect="refuted",
    formats=(
        "E2M1 G=F(4,6)", "E3M2 G=F(6,6)", "F(3,4) G=F(8,6)", "E4M3FN G=F(8,6)", "E4M3FN-sat G=F(8,6)", "E5M2 G=F(6,7)", "F(2,4) G=F(6,6)",
        "binary16 G=F(22,7)", "bfloat16 G=F(16,9)", "binary32 G=F(48,9)", "binary64 G=F(106,12)",
    ),
)
def roots_rounded_twice_with_one_bit_less(x: Float, G: Format):
    require(wide(G), G.p + 1 == 2 * precision() + 1)
    show(same(fl(fl(sqrt(x), G)), fl(sqrt(x))))


# With the exponents of F


@lemma(
    formats=(
        "E2M1 G=G(p=4,emin=0,emax=2,specials=none)", "E3M2 G=G(p=6,emin=-2,emax=4,specials=none)", "F(3,4) G=F(8,4)",
        "E4M3FN G=G(p=8,emin=-6,emax=8)", "E4M3FN-sat G=G(p=8,emin=-6,emax=8,Omega=510,specials=nan,overflow=saturate)",
        "E5M2 G=F(6,5)", "F(2,4) G=F(6,4)", "binary16 G=F(22,5)", "bfloat16 G=F(16,8)", "binary32 G=F(48,8)", "binary64 G=F(106,11)",
    ),
)
def sums_rounded_twice_with_the_same_exponents(x: Float, y: Float, G: Format):
    """Sums need no more exponents: below 2^emin they are exact."""
    require(G.emin == F.emin, G.emax == F.emax, G.p + 1 >= 2 * precision() + 1)
    show(same(fl(fl(x + y, G)), fl(x + y)))


@lemma(
    formats=(
        "E2M1 G=G(p=3,emin=0,emax=2,specials=none)", "E3M2 G=G(p=5,emin=-2,emax=4,specials=none)", "F(3,4) G=F(7,4)",
        "E4M3FN G=G(p=7,emin=-6,emax=8)", "E4M3FN-sat G=G(p=7,emin=-6,emax=8,Omega=508,specials=nan,overflow=saturate)",
        "E5M2 G=F(5,5)", "F(2,4) G=F(5,4)", "binary16 G=F(21,5)", "bfloat16 G=F(15,8)", "binary32 G=F(48,8)", "binary64 G=F(106,11)",
    ),
)
def quotients_rounded_twice_with_the_same_exponents(x: Float, y: Float, G: Format):
    """Nor do quotients, though they underflow: near a midpoint k * omega/2, x - y * k * omega/2 is 0 or so large that G sees it.

    In binary32 and binary64 with one bit more: there a tie of G is all that the laws of rounding leave.
    """
    require(G.emin == F.emin, G.emax == F.emax, G.p + 1 >= 2 * precision())
    show(same(fl(fl(x / y, G)), fl(x / y)))


@lemma(
    formats=(
        "E2M1 G=G(p=5,emin=0,emax=2,specials=none)", "E3M2 G=G(p=7,emin=-2,emax=4,specials=none)", "F(3,4) G=F(9,4)",
        "E4M3FN G=G(p=9,emin=-6,emax=8)", "E4M3FN-sat G=G(p=9,emin=-6,emax=8,Omega=511,specials=nan,overflow=saturate)",
        "E5M2 G=F(7,5)", "F(2,4) G=F(7,4)", "binary16 G=F(23,5)", "bfloat16 G=F(17,8)", "binary32 G=F(49,8)", "binary64 G=F(107,11)",
    ),
)
def roots_rounded_twice_with_the_same_exponents(x: Float, G: Format):
    """Roots are far from underflow and overflow."""
    require(G.emin == F.emin, G.emax == F.emax, G.p + 1 >= 2 * precision() + 2)
    show(same(fl(fl(sqrt(x), G)), fl(sqrt(x))))


@lemma(
    expect="refuted",
    formats=(
        "E3M2 G=G(p=5,emin=-2,emax=4,specials=none)", "F(3,4) G=F(7,4)",
        "E4M3FN G=G(p=7,emin=-6,emax=8)", "E4M3FN-sat G=G(p=7,emin=-6,emax=8,Omega=508,specials=nan,overflow=saturate)",
        "E5M2 G=F(5,5)", "F(2,4) G=F(5,4)", "binary16 G=F(21,5)", "bfloat16 G=F(15,8)", "binary32 G=F(47,8)", "binary64 G=F(105,11)",
    ),
)
def products_rounded_twice_with_the_same_exponents(x: Float, y: Float, G: Format):
    """Products do, of three bits and more: they have bits far below the omega of G."""
    require(F.p >= 2, G.emin == F.emin, G.emax == F.emax, G.p + 1 >= 2 * precision())
    show(same(fl(fl(x * y, G)), fl(x * y)))


# To odd


@lemma(
    source="Boldo, Melquiond, Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd (2008)",
    formats=(
        "E2M1 G=F(3,6)", "E3M2 G=F(4,6)", "F(3,4) G=F(5,6)", "E4M3FN G=F(5,6)", "E4M3FN-sat G=F(5,6)", "E5M2 G=F(4,7)", "F(2,4) G=F(4,6)",
        "binary16 G=F(12,7)", "bfloat16 G=F(9,9)", "binary32 G=F(25,9)", "binary64 G=F(54,12)",
    ),
)
def rounding_to_odd_first(r: Real, mode: Mode, G: Format):
    """Of any real number, then in any mode; G needs two bits more."""
    require(wide(G), G.p + 1 >= precision() + 2)
    show(same(fl(fl(r, G, to=to_odd), to=mode), fl(r, to=mode)))


@lemma(
    expect="refuted",
    formats=(
        "E2M1 G=F(2,6)", "E3M2 G=F(3,6)", "F(3,4) G=F(4,6)", "E4M3FN G=F(4,6)", "E4M3FN-sat G=F(4,6)", "E5M2 G=F(3,7)", "F(2,4) G=F(3,6)",
        "binary16 G=F(11,7)", "bfloat16 G=F(8,9)", "binary32 G=F(24,9)", "binary64 G=F(53,12)",
    ),
)
def rounding_to_odd_first_with_one_bit_less(r: Real, G: Format):
    require(wide(G), G.p + 1 == precision() + 1)
    show(same(fl(fl(r, G, to=to_odd)), fl(r)))


@lemma(
    formats=(
        "E2M1 G=F(2,6)", "E3M2 G=F(3,6)", "F(3,4) G=F(4,6)", "E4M3FN G=F(4,6)", "E4M3FN-sat G=F(4,6)", "E5M2 G=F(3,7)", "F(2,4) G=F(3,6)",
        "binary16 G=F(11,7)", "bfloat16 G=F(8,9)", "binary32 G=F(24,9)", "binary64 G=F(53,12)",
    ),
)
def directed_roundings_after_rounding_to_odd(r: Real, G: Format):
    """One bit more is enough for them: midpoints are nothing special."""
    require(wide(G), G.p + 1 >= precision() + 1)
    show(all(same(fl(fl(r, G, to=to_odd), to=m), fl(r, to=m)) for m in (up, down, toward_zero)))


@lemma(expect="refuted", formats=("E5M2 G=binary16", "F(3,4) G=binary16", "binary16 G=binary32", "bfloat16 G=binary32", "binary32 G=binary64"))
def fused_operations_rounded_twice(x: Float, y: Float, z: Float, G: Format):
    """No format that machines have is wide enough: x*y + z is far longer than x + y."""
    show(fl(fl(x * y + z, G)) == fl(x * y + z))
