"""Bit for bit against ml_dtypes: every pair of 8-bit floats and smaller, and many of bfloat16.

ml_dtypes computes in binary32 and rounds the result, a second rounding that changes nothing where binary32 has more than twice the
precision (p + 1) plus one bit (Figueroa 1995), as it does for all formats here, except where binary32 itself underflows: for
products and quotients of bfloat16 that are subnormal. Those are left out, and test_arithmetic.py has them.

Its MX formats (4 and 6 bits) saturate as ours do, but have no error value: there x/0 is Omega and 0/0 is 0. Division and the roots
of negative numbers are compared without these.
"""

from itertools import product

import ml_dtypes
import numpy as np
import pytest

from fpproof.formats import ATLAS, Datum, Format, parse_format
from fpproof.formats import arithmetic as A
from fpproof.formats.format import NAN

PEERS = {
    "E5M2": ml_dtypes.float8_e5m2,
    "E4M3FN": ml_dtypes.float8_e4m3fn,
    "F(3,4)": ml_dtypes.float8_e4m3,
    "F(4,3)": ml_dtypes.float8_e3m4,
    "E3M2": ml_dtypes.float6_e3m2fn,
    "E2M3": ml_dtypes.float6_e2m3fn,
    "E2M1": ml_dtypes.float4_e2m1fn,
}
BFLOAT16 = ATLAS["bfloat16"]
Array = np.ndarray[tuple[int, ...], np.dtype[np.generic]]


def everything(name: str) -> tuple[Format, Array, list[Datum]]:
    """A format, the peer's array of all codes, and our data of the same codes."""
    F = parse_format(name)
    codes = np.arange(1 << F.width, dtype=np.uint8)
    return F, codes.view(PEERS[name]), [F.decode(int(code)) for code in codes]


def decoded(F: Format, values: Array) -> list[Datum]:
    """The peer's results as data; all NaNs are one."""
    codes = values.view(np.uint16 if F.width == 16 else np.uint8)
    table = {int(code): F.decode(int(code)) for code in np.unique(codes)}
    return [table[int(code)] for code in codes]


@pytest.mark.parametrize("name", PEERS)
def test_every_code(name: str) -> None:
    F, peer, mine = everything(name)
    for x, v in zip(mine, peer.astype(np.float64), strict=True):
        if x[1] is None:
            assert np.isnan(v) if x == NAN else v == x[0] * np.inf
        else:
            assert v == float(x[0]) * 2.0 ** x[1]
            assert np.signbit(v) == A.is_negative(x)
    info = ml_dtypes.finfo(PEERS[name])  # type: ignore[no-untyped-call]  # it has no types
    assert float(info.max) == float(F.Omega)
    assert float(info.smallest_subnormal) == float(F.omega)
    assert float(info.tiny) == float(F.smallest_normal)


@pytest.mark.parametrize("operation", ["add", "subtract", "multiply", "divide"])
@pytest.mark.parametrize("name", PEERS)
def test_every_pair(name: str, operation: str) -> None:
    F, peer, mine = everything(name)
    compute, ufunc = getattr(A, operation), getattr(np, operation)
    with np.errstate(all="ignore"):
        theirs = decoded(F, ufunc(np.repeat(peer, len(mine)), np.tile(peer, len(mine))))
    undefined = operation == "divide" and not F.has_nan
    different = [
        (x, y, z, compute(F, x, y))
        for (x, y), z in zip(product(mine, mine), theirs, strict=True)
        if compute(F, x, y) != z and not (undefined and y[0] == 0)
    ]
    assert different == []


@pytest.mark.parametrize("name", PEERS)
def test_every_argument(name: str) -> None:
    F, peer, mine = everything(name)
    assert decoded(F, np.negative(peer)) == [A.negate(x) for x in mine]
    assert decoded(F, np.abs(peer)) == [A.absolute(x) for x in mine]
    with np.errstate(all="ignore"):
        roots = decoded(F, np.sqrt(peer))
    assert [(x, y) for x, y in zip(mine, roots, strict=True) if A.sqrt(F, x) != y and (F.has_nan or x[0] >= 0)] == []


def test_every_argument_of_bfloat16() -> None:
    codes = np.arange(1 << 16, dtype=np.uint16)
    peer = codes.view(ml_dtypes.bfloat16)
    mine = [BFLOAT16.decode(int(code)) for code in codes]
    assert decoded(BFLOAT16, np.negative(peer)) == [A.negate(x) for x in mine]
    assert decoded(BFLOAT16, np.abs(peer)) == [A.absolute(x) for x in mine]
    with np.errstate(all="ignore"):
        assert decoded(BFLOAT16, np.sqrt(peer)) == [A.sqrt(BFLOAT16, x) for x in mine]


@pytest.mark.parametrize("operation", ["add", "multiply", "divide"])
@pytest.mark.parametrize("spread", [1 << 16, 1 << 11], ids=["any", "near"])
def test_bfloat16(operation: str, spread: int) -> None:
    """30 000 pairs a test: any two codes, and two of nearby exponents (codes that differ by less than 2^11)."""
    F, random = BFLOAT16, np.random.default_rng(16)
    left = random.integers(0, 1 << 16, 30_000, dtype=np.uint16)
    right = left + random.integers(0, spread, len(left)).astype(np.uint16)  # modulo 2^16
    compute, ufunc = getattr(A, operation), getattr(np, operation)
    with np.errstate(all="ignore"):
        theirs = decoded(F, ufunc(left.view(ml_dtypes.bfloat16), right.view(ml_dtypes.bfloat16)))
    compared = 0
    for a, b, z in zip(left, right, theirs, strict=True):
        mine = compute(F, F.decode(int(a)), F.decode(int(b)))
        tiny = mine[1] is not None and abs(mine[0]) <= 1 << F.p and mine[1] <= F.quanta[0]  # subnormal, zero, or rounded up to 2^emin
        if operation != "add" and tiny:
            continue
        assert mine == z, (a, b)
        compared += 1
    assert compared > 15_000
