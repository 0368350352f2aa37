"""Bit for bit against numpy's binary16, binary32 and binary64.

numpy computes binary16 in binary32 (24 = 2 * 11 + 2 bits: the second rounding is innocuous, Figueroa 1995), and the others natively.
"""

from typing import Any

import numpy as np
import pytest

from fpproof.formats import ATLAS, Datum, Format, round_datum
from fpproof.formats import arithmetic as A

Array = np.ndarray[tuple[int, ...], np.dtype[Any]]
PEERS: dict[str, tuple[type[np.floating[Any]], type[np.unsignedinteger[Any]]]] = {
    "binary16": (np.float16, np.uint16),
    "binary32": (np.float32, np.uint32),
    "binary64": (np.float64, np.uint64),
}


def edges(F: Format) -> list[int]:
    """Codes of zeros, omega, subnormals, powers of two and their neighbours, Omega, infinities, NaN, in both signs."""
    places = {0, 1, 2, 3, (1 << F.p) - 2, (1 << F.p) - 1, F.largest_ordinal - 1, F.largest_ordinal}
    for n in (F.emin - F.p, F.emin - 1, F.emin, -2, -1, 0, 1, 2, F.p, F.p + 1, F.emax // 2, F.emax - F.p, F.emax):
        place = F.ordinal(F.power_of_two(n))
        places |= {max(0, place - 1), place, place + 1}
    sign = 1 << (F.width - 1)
    specials = [F.encode((1, None)), F.encode((-1, None)), F.encode((0, None))]
    return [*places, *(sign | place for place in places), *specials]


def samples(F: Format, count: int) -> list[int]:
    """Random codes, of which half have exponents near 0, so that sums cancel and products stay finite."""
    random = np.random.default_rng(F.width)
    any_codes = random.integers(0, (1 << F.width) - 1, count // 2, dtype=np.uint64, endpoint=True)
    middle = random.integers(F.ordinal(F.power_of_two(-3)), F.ordinal(F.power_of_two(3)), count // 2, dtype=np.uint64)
    signs = random.integers(0, 1, count // 2, dtype=np.uint64, endpoint=True) << np.uint64(F.width - 1)
    codes = np.concatenate([any_codes, middle | signs])
    random.shuffle(codes)
    return [int(code) for code in codes]


def array(name: str, codes: list[int]) -> Array:
    floating, unsigned = PEERS[name]
    return np.array(codes, dtype=unsigned).view(floating)


def decoded(F: Format, values: Array) -> list[Datum]:
    return [F.decode(code) for code in values.view(PEERS[F.name][1]).tolist()]


def pairs(F: Format) -> tuple[list[int], list[int]]:
    """All pairs of edges, then random ones."""
    ends, others = edges(F), samples(F, 10_000)
    left = [a for a in ends for _ in ends]
    right = [b for _ in ends for b in ends]
    return left + others, right + others[1:] + others[:1]


@pytest.mark.parametrize("operation", ["add", "subtract", "multiply", "divide"])
@pytest.mark.parametrize("name", PEERS)
def test_binary_operations(name: str, operation: str) -> None:
    F = ATLAS[name]
    left, right = pairs(F)
    compute, ufunc = getattr(A, operation), getattr(np, operation)
    with np.errstate(all="ignore"):
        theirs = decoded(F, ufunc(array(name, left), array(name, right)))
    mine = [compute(F, F.decode(a), F.decode(b)) for a, b in zip(left, right, strict=True)]
    assert [(a, b) for a, b, y, z in zip(left, right, mine, theirs, strict=True) if y != z] == []


def arguments(name: str) -> list[int]:
    """All codes of binary16, edges and samples of the others."""
    F = ATLAS[name]
    return list(range(1 << 16)) if F.width == 16 else edges(F) + samples(F, 10_000)


@pytest.mark.parametrize("name", PEERS)
def test_unary_operations(name: str) -> None:
    F, codes = ATLAS[name], arguments(name)
    peer, mine = array(name, codes), [F.decode(code) for code in codes]
    with np.errstate(all="ignore"):
        assert decoded(F, np.sqrt(peer)) == [A.sqrt(F, x) for x in mine]
    assert decoded(F, np.negative(peer)) == [A.negate(x) for x in mine]
    assert decoded(F, np.abs(peer)) == [A.absolute(x) for x in mine]
    with np.errstate(all="ignore"):
        assert decoded(F, np.nextafter(peer, peer.dtype.type(np.inf))) == [A.successor(F, x) for x in mine]
        assert decoded(F, np.nextafter(peer, peer.dtype.type(-np.inf))) == [A.predecessor(F, x) for x in mine]
        # numpy's spacing is the distance to the next number: from Omega to infinity, from negative binary16 powers of two inwards.
        below_the_end = np.isfinite(peer) & (np.abs(peer) < float(F.Omega))
        places = decoded(F, np.spacing(np.abs(peer[below_the_end])))
    assert places == [A.ulp(F, x) for x, inside in zip(mine, below_the_end, strict=True) if inside]


@pytest.mark.parametrize("name", PEERS)
def test_codes(name: str) -> None:
    F, codes = ATLAS[name], arguments(name)
    for code, v in zip(codes, array(name, codes).tolist(), strict=True):
        x = F.decode(code)
        if x[1] is None:
            assert str(v) == {1: "inf", -1: "-inf", 0: "nan"}[x[0]]
        else:
            assert np.ldexp(float(x[0]), x[1]) == v
            assert np.signbit(v) == A.is_negative(x)
            assert F.encode(x) == code


@pytest.mark.parametrize(("source", "target"), [(s, t) for s in PEERS for t in PEERS if s != t])
def test_conversions(source: str, target: str) -> None:
    F, G, codes = ATLAS[source], ATLAS[target], arguments(source)
    codes = codes + midpoints(F, G)
    with np.errstate(all="ignore"):
        theirs = decoded(G, array(source, codes).astype(PEERS[target][0]))
    assert theirs == [round_datum(G, F.decode(code)) for code in codes]


def midpoints(F: Format, G: Format) -> list[int]:
    """Codes in F of ties between numbers of a smaller format G, and of their neighbours: where conversions go wrong."""
    if F.p <= G.p:
        return []
    random = np.random.default_rng(G.width)
    found = []
    for n in [0, 1, G.largest_ordinal, *random.integers(0, G.largest_ordinal, 2000)]:
        m, e = G.from_ordinal(int(n))
        assert e is not None
        quantum = e if m else G.quanta[0]
        place = F.ordinal(A.add(F, (m, quantum), (1, quantum - 1))) if m else F.ordinal(A.add(F, (0, 0), (1, quantum - 1)))
        found += [place - 1, place, place + 1]
    sign = 1 << (F.width - 1)
    return found + [sign | place for place in found]
