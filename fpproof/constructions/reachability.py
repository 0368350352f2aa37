"""Which floats are carried to which by k multiplications, each rounded: complete for formats of up to 16 bits.

Signs play no part, so h and g are positive. Row h of the bit matrix R1 has the g = h (*) w of all floats w. Row h of R2 is the union of rows y of R1
over all y in row h; most of it comes from few y, and what is then missing is looked for by columns: g is reached iff row h of R1 meets column g.

Source: Park, Park, Hwang (2026), Lemma 4.4 and appendix B, where the number of multiplications is not minimal.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fpproof.errors import FormatError
from fpproof.formats import Datum, Format, rational
from fpproof.kernels.arrays import multiply

LARGEST_WIDTH = 16
MOST_MULTIPLICATIONS = 3
_FIRST = 48
"""Rows that are united before columns are looked at."""

Bits = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Reachability:
    """Of all pairs (h, g) of positive floats, those that no k multiplications carry: `unreachable[k - 1]` is how many.

    `examples[k - 1]` is the first of them, by h and then g. `to_one` is the number of h that no two multiplications carry to 1.
    """

    format: Format
    pairs: int
    unreachable: tuple[int, ...]
    examples: tuple[tuple[Datum, Datum] | None, ...]
    to_one: int


def reachability(F: Format, progress: Callable[[int, int], object] | None = None) -> Reachability:
    """All pairs, for one, two and three multiplications; raises FormatError for formats of more than 16 bits."""
    if F.width > LARGEST_WIDTH or F.emin > 0:
        raise FormatError(f"{F.name}: reachability is computed for formats of at most {LARGEST_WIDTH} bits that have 1", hint="such as bfloat16")
    N = F.largest_ordinal
    total = 2 * N
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if progress is not None and (done % 64 == 0 or done == total):
            progress(done, total)

    rows = _once(F, advance)
    columns = _transposed(rows, N)
    one = F.ordinal(F.power_of_two(0)) - 1
    missing = [0] * MOST_MULTIPLICATIONS
    first: list[tuple[Datum, Datum] | None] = [None] * MOST_MULTIPLICATIONS
    to_one = 0
    for h in range(N):
        reached = rows[h]
        for k in range(MOST_MULTIPLICATIONS):
            lacking = np.flatnonzero(np.unpackbits(reached, count=N) == 0)
            if len(lacking):
                missing[k] += len(lacking)
                first[k] = first[k] or (F.from_ordinal(h + 1), F.from_ordinal(int(lacking[0]) + 1))
            if k == 1:
                to_one += bool((lacking == one).any())
            if k + 1 == MOST_MULTIPLICATIONS or not len(lacking):
                break
            reached = _further(reached, rows, columns, lacking, N)
        advance()
    return Reachability(F, N * N, tuple(missing), tuple(first), to_one)


def _once(F: Format, advance: Callable[[], None]) -> Bits:
    """R1: bit g of row h says that h (*) w = g for some w; places from 0 stand for the floats from omega on."""
    N = F.largest_ordinal
    values = np.array([float(rational(F.from_ordinal(n))) for n in range(1, N + 1)])
    rows = np.zeros((N, (N + 7) // 8), np.uint8)
    for h in range(N):
        products = multiply(F, np.full(N, values[h]), values)
        inside = np.zeros(N, np.bool_)
        finite = products[(products > 0) & (products <= values[-1])]
        inside[np.searchsorted(values, finite)] = True
        rows[h] = np.packbits(inside)
        advance()
    return rows


def _transposed(rows: Bits, N: int) -> Bits:
    """The bit matrix by columns."""
    columns = np.zeros((N, (N + 7) // 8), np.uint8)
    for low in range(0, N, 1024):
        block = np.unpackbits(rows[low : low + 1024], axis=1, count=N)
        columns[:, low // 8 : low // 8 + (len(block) + 7) // 8] = np.packbits(block.T, axis=1)
    return columns


def _further(reached: Bits, rows: Bits, columns: Bits, lacking: NDArray[np.intp], N: int) -> Bits:
    """What one more multiplication reaches. `lacking` are the places that are not reached yet; a multiplication by 1 keeps the others."""
    middle = np.flatnonzero(np.unpackbits(reached, count=N))
    found = reached.copy()
    for y in middle[:: max(1, len(middle) // _FIRST)]:
        found |= rows[y]
    bits = np.unpackbits(found, count=N)
    for g in lacking[bits[lacking] == 0]:
        bits[g] = bool((reached & columns[g]).any())
    return np.packbits(bits)


def significand_pairs(p: int) -> tuple[int, int]:
    """Of the pairs (m, n) of significands of p fraction bits, those for which no significand w makes m (*) w a power of two times n, and all.

    Exponents play no part: this is why one multiplication is not enough in any format. From p bits on 12 it is not computed.
    """
    if not 1 <= p <= 12:
        raise FormatError(f"significands of {p} fraction bits: expected 1 to 12")
    significands = np.arange(1 << p, 2 << p, dtype=np.int64)
    missed = 0
    for m in significands:
        products = m * significands
        shift = p + (products >= 2 << (2 * p))
        quotient, rest, half = products >> shift, products & ((1 << shift) - 1), np.int64(1) << (shift - 1)
        rounded = quotient + ((rest > half) | ((rest == half) & (quotient % 2 == 1)))
        rounded[rounded == 2 << p] = 1 << p
        missed += (1 << p) - len(np.unique(rounded))
    return missed, 1 << (2 * p)
