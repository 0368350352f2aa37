"""How numbers of a small format are kept in arrays; each storage is a type of its own, so that the compiled loops are made for it.

Floats      machine floats that are values of the format; NaN stands for an error value too.
Halves      bfloat16 codes, the upper halves of binary32.
Codes       codes of 16 bits and less, read and written by integer arithmetic on the codes of a machine format with P fraction bits
            and smallest normal exponent E.

The code of a magnitude is its place among the positive numbers. For 2^emin <= |v|, in the binade of 2^e, that is (e - emin + 1) * 2^p + fraction;
the machine's code cut to p fraction bits is (e - E + 1) * 2^p + fraction, which is more by (emin - E) * 2^p, called `first`. For
|v| < 2^emin, |v| + 2^emin is exact and lies in the first binade; its place is that of |v| and 2^p more. Reading goes the same way back.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from fpproof.formats import INFINITY, NAN, Format


class Floats(NamedTuple):
    """Machine floats, of the dtype of the array."""

    bits: int = 0
    """Of no meaning: a type needs a field."""


class Halves(NamedTuple):
    """bfloat16 codes."""

    bits: int = 16


class Codes(NamedTuple):
    """Codes of 16 bits and less."""

    least: float
    """2^emin, as a number of the machine format."""
    cut: int
    """P - p."""
    first: int
    """(emin - E) * 2^p."""
    step: int
    """2^p."""
    largest: int
    """The place of Omega: codes of greater magnitude are NaN, or mean nothing, but for infinity."""
    infinity: int
    """-1 where there is none."""
    nan: int
    """-1 where there is none."""
    sign: int


Storage = Floats | Halves | Codes


@lru_cache(maxsize=64)
def code_storage(F: Format, machine: Any) -> Codes:
    """The storage of F's codes, for formats of 16 bits and less whose 2^emin and Omega are normal numbers of the machine format."""
    P, E = (23, -126) if machine is np.float32 else (52, -1022)
    infinity = F.encode(INFINITY) if F.has_infinities else -1
    nan = F.encode(NAN) if F.has_nan else -1
    first = (F.emin - E) << F.p
    return Codes(machine(F.smallest_normal), P - F.p, first, 1 << F.p, F.largest_ordinal, infinity, nan, 1 << (F.width - 1))
