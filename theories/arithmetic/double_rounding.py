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
