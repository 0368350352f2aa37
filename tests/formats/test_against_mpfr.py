"""Bit for bit against MPFR (through gmpy2), in the four modes they share, for the IEEE formats up to binary128.

MPFR counts exponents of numbers in [1/2, 1), so its emax is ours + 1 and its emin, that of omega, is emin - p + 1.
"""

import random
from typing import Any

import gmpy2
import pytest

from fpproof.formats import ATLAS, INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, ZERO, Datum, Format, Mode, ieee_like, round_datum
from fpproof.formats import arithmetic as A

MODES = {Mode.NEAREST_EVEN: gmpy2.RoundToNearest, Mode.TOWARD_ZERO: gmpy2.RoundToZero, Mode.UP: gmpy2.RoundUp, Mode.DOWN: gmpy2.RoundDown}
FORMATS = [ATLAS[name] for name in ("binary16", "bfloat16", "tf32", "binary32", "binary64", "binary128", "E5M2")] + [ieee_like(3, 4), ieee_like(1, 3)]
EXACT = gmpy2.context(precision=4096, emax=2**20, emin=-(2**20))


def context(F: Format, mode: Mode) -> Any:
    return gmpy2.context(precision=F.p + 1, emax=F.emax + 1, emin=F.emin - F.p + 1, subnormalize=True, round=MODES[mode])


def to_mpfr(x: Datum) -> Any:
    m, e = x
    if e is None:
        return gmpy2.mpfr({1: "inf", -1: "-inf", 0: "nan"}[m])
    if m == 0:
        return gmpy2.mpfr("-0.0" if e else "0.0")
    return EXACT.mul_2exp(gmpy2.mpfr(m, 0, EXACT), e) if e >= 0 else EXACT.div_2exp(gmpy2.mpfr(m, 0, EXACT), -e)


def from_mpfr(F: Format, v: Any) -> Datum:
    if gmpy2.is_nan(v):
        return NAN
    if gmpy2.is_infinite(v):
        return INFINITY if v > 0 else NEGATIVE_INFINITY
    if gmpy2.is_zero(v):
        return NEGATIVE_ZERO if gmpy2.is_signed(v) else ZERO
    m, e = (int(part) for part in v.as_mantissa_exp())
    zeros = (m & -m).bit_length() - 1
    m, e = m >> zeros, e + zeros
    quantum = max(e + m.bit_length() - 1, F.emin) - F.p
    assert quantum <= e, "MPFR's result has too many bits"
    return m << (e - quantum), quantum


def samples(F: Format, count: int) -> list[Datum]:
    """Edges, any numbers, and numbers around 1; in random order."""
    source = random.Random(F.width)
    N, one = F.largest_ordinal, F.ordinal(F.one)
    edges = [0, 1, 2, (1 << F.p) - 1, 1 << F.p, one - 1, one, one + 1, N - 1, N]
    places = [source.choice(edges) for _ in range(count // 4)] + [source.randint(0, N) for _ in range(count // 4)]
    places += [max(0, min(N, one + source.randint(-4 << F.p, 4 << F.p))) for _ in range(count // 2)]
    found = [F.from_ordinal(source.choice((1, -1)) * place) for place in places] + 4 * [ZERO, NEGATIVE_ZERO, INFINITY, NEGATIVE_INFINITY, NAN]
    source.shuffle(found)
    return found


CASES = pytest.mark.parametrize(("F", "mode"), [(F, mode) for F in FORMATS for mode in MODES], ids=str)


@CASES
def test_binary_operations(F: Format, mode: Mode) -> None:
    peer, values = context(F, mode), samples(F, 250)
    for x, y in zip(values, values[1:] + values[:1], strict=True):
        u, v = to_mpfr(x), to_mpfr(y)
        assert A.add(F, x, y, mode) == from_mpfr(F, peer.add(u, v)), (x, y)
        assert A.subtract(F, x, y, mode) == from_mpfr(F, peer.sub(u, v)), (x, y)
        assert A.multiply(F, x, y, mode) == from_mpfr(F, peer.mul(u, v)), (x, y)
        assert A.divide(F, x, y, mode) == from_mpfr(F, peer.div(u, v)), (x, y)


@CASES
def test_sqrt(F: Format, mode: Mode) -> None:
    peer = context(F, mode)
    for x in samples(F, 300):
        assert A.sqrt(F, x, mode) == from_mpfr(F, peer.sqrt(to_mpfr(x))), x


@CASES
def test_fma(F: Format, mode: Mode) -> None:
    """Any addends, and those that cancel the product up to its rounding."""
    peer, values = context(F, mode), samples(F, 250)
    for x, y, z in zip(values, values[1:] + values[:1], values[2:] + values[:2], strict=True):
        for addend in (z, A.negate(A.multiply(F, x, y))):
            assert A.fma(F, x, y, addend, mode) == from_mpfr(F, peer.fma(to_mpfr(x), to_mpfr(y), to_mpfr(addend))), (x, y, addend)


@CASES
def test_conversion_from_binary128(F: Format, mode: Mode) -> None:
    peer, wide = context(F, mode), ATLAS["binary128"]
    for x in samples(F, 200) + samples(wide, 200):
        y = A.successor(wide, x)
        for z in (x, y):
            assert round_datum(F, z, mode) == from_mpfr(F, peer.plus(to_mpfr(z))), z
