"""Which floats two multiplications, each rounded, carry to 1: a question about h alone, complete for formats of up to 32 bits.

Where every h != 0 is carried to 1, a third multiplication carries it to every g. Signs play no part. First a formula is evaluated at each h, in
arrays of machine floats; at those that it leaves, every factor is tried.

Source: Park, Park, Hwang (2026), Lemma 4.4, with another number of multiplications.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fpproof.errors import FormatError
from fpproof.formats import Datum, Format, rational, round_dyadic
from fpproof.formats.arithmetic import successor
from fpproof.kernels.arrays import divide, multiply

LARGEST_WIDTH = 32
LARGEST_SEARCHED_WIDTH = 16
_BLOCK = 1 << 18

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ToOne:
    """Of the `floats` positive floats h of a format, those that no two rounded multiplications carry to 1, in order.

    `searched` is the number of h at which the formula does not apply, and every pair of factors was looked at.
    """

    format: Format
    floats: int
    searched: int
    unreached: tuple[Datum, ...]


def to_one(F: Format, progress: Callable[[int, int], object] | None = None) -> ToOne:
    """Every positive h of a format of at most 32 bits.

    Raises FormatError for wider formats, those without 1, those without arithmetic on machine floats, and those of more than 16 bits
    where the formula leaves an h.
    """
    if F.width > LARGEST_WIDTH or F.emin > 0:
        raise FormatError(f"{F.name}: all h are looked at in formats of at most {LARGEST_WIDTH} bits that have 1", hint="such as binary32")
    N = F.largest_ordinal
    left: list[float] = []
    done = 0
    for exponent, h in _blocks(F):
        left += h[~_by_formula(F, exponent, h)].tolist()
        if left and F.width > LARGEST_SEARCHED_WIDTH:
            raise FormatError(
                f"{F.name}: the formula does not carry {left[0].hex()} to 1, and all factors are tried in formats of at most 16 bits only",
                hint="a format with fewer fraction bits, or with more exponents",
            )
        if progress is not None:
            done += len(h)
            progress(done, N)
    every = np.concatenate([h for _, h in _blocks(F)]) if left else np.empty(0)
    unreached = [h for h in left if not _by_search(F, h, every)]
    return ToOne(F, N, len(left), tuple(_datum(F, h) for h in unreached))


def _blocks(F: Format) -> Iterator[tuple[int, Floats]]:
    """The positive floats in order, each block from one binade 2^e to 2^(e+1); with e."""
    largest = float(rational(F.largest))
    for exponent in range(F.quanta[0], F.emax + 1):
        quantum = max(exponent, F.emin) - F.p
        for start in range(1 << (exponent - quantum), 2 << (exponent - quantum), _BLOCK):
            stop = min(start + _BLOCK, 2 << (exponent - quantum))
            h = np.arange(start, stop, dtype=np.float64) * 2.0**quantum
            yield exponent, h[h <= largest]


def _datum(F: Format, x: float) -> Datum:
    numerator, denominator = x.as_integer_ratio()
    return round_dyadic(F, numerator, 1 - denominator.bit_length())


def _by_formula(F: Format, exponent: int, h: Floats) -> NDArray[np.bool_]:
    """Whether a = fl(2^k / h), and then 2^-k or the float above it, make 1 of h; k is that of theories/representation/transport.py."""
    k = min(max(0, exponent + 1 + F.emin), F.emax + exponent)
    if not F.quanta[0] <= min(k, -k) <= max(k, -k) <= F.emax:
        return np.zeros(len(h), np.bool_)
    y = multiply(F, h, divide(F, np.full(len(h), 2.0**k), h))
    b = np.where(y == 2.0**k, 2.0**-k, float(rational(successor(F, F.power_of_two(-k)))))
    found: NDArray[np.bool_] = multiply(F, y, b) == 1.0
    return found


def _by_search(F: Format, h: float, every: Floats) -> bool:
    """Whether any a and b make 1 of h.

    The b that carry y to 1 are the floats of an interval around 1/y: if there is one, one of those beside 1/y does. They are among fl(1/y), Omega
    if that overflows, and its neighbours.
    """
    y = multiply(F, np.full(len(every), h), every)
    y = np.unique(y[(y > 0) & (y <= every[-1])])
    nearest = divide(F, np.ones(len(y)), y)
    nearest = np.where(nearest <= every[-1], nearest, every[-1])
    place = np.searchsorted(every, nearest)
    return any(bool((multiply(F, y, every[np.clip(place + step, 0, len(every) - 1)]) == 1.0).any()) for step in (-1, 0, 1))
