"""How the arithmetic of a small format is done exactly with machine doubles.

A *carrier* says how the exact arithmetic of a format G is done with binary64 numbers that are values of G (or of
another format no wider than `P` bits and no longer in exponents). P = p + 1 is a precision.

PLAIN   fl_G(x op y) = round(x op y), one binary64 operation and one rounding to G.
    Products of P-bit numbers have 2P <= 53 bits: exact in binary64. Sums of two numbers of G, rounded to 53 >= 2P + 2 bits
    and then to P: innocuous (Figueroa 1995), in the subnormal range too, where sums of multiples of omega are multiples of omega,
    hence exact. Flushing, and infinities where overflow does not give them, are left to ODD.
ODD     the binary64 result is first made round-to-odd with the operation's exact error (TwoSum, Knuth 1969; the fma error of a
    product), then rounded to P <= 51 bits: innocuous for any operands, since 53 >= P + 2 (Boldo, Melquiond 2008).
NATIVE  G is binary64 itself: the machine's operations are those of G.

Both PLAIN and ODD need every exact product and its error, and the rounding constant below, inside binary64's exponents:
2 (emin - p) >= -1074 and 2 (emax + 1) + 52 - p <= 1023; and p <= 50, see `_round`. Other formats (binary128, exponents of 10 bits and more
except binary64) have no carrier, and the exact evaluator is used.

A fused multiply-add rounds x*y + z once. PLAIN: the product is exact, the sum is made odd. NATIVE: the machine's fma. ODD with 2P > 53 has none.
"""

from typing import NamedTuple

import numpy as np

from fpproof.formats import Format, ieee_like

PLAIN, ODD, NATIVE = 0, 1, 2

_BINARY64 = ieee_like(52, 11)


class Carrier(NamedTuple):
    """How arithmetic in G is done in binary64: the numbers that the compiled code needs."""

    kind: int
    scale: float
    """1.5 * 2^(52 - p), see `compiled.nearest`."""
    least: float
    """2^emin."""
    most: float
    """2^(emax + 1): beyond it everything overflows."""
    omega: float
    """The largest finite number of G."""
    beyond: float
    """What a magnitude beyond omega becomes."""
    infinity: float
    """What an infinity becomes: NaN in a format without."""
    flush_below: float
    """Smaller magnitudes become zero: 2^emin under flush, else 0."""


def carrier(G: Format, operands: Format, flush: bool = False, fused: bool = False) -> Carrier | None:
    """The carrier for operations on values of `operands` and of G, rounded to G; None if there is none."""
    if G == _BINARY64:
        inside = operands.p <= 52 and operands.emin - operands.p >= -1074 and operands.emax <= 1023
        return Carrier(NATIVE, 0.0, 0.0, np.inf, float(G.Omega), np.inf, np.inf, float(G.smallest_normal) if flush else 0.0) if inside else None
    p, least, emax = max(G.p, operands.p), min(G.emin - G.p, operands.emin - operands.p), max(G.emax, operands.emax)
    fits = p <= 50 and 2 * least >= -1074 and 2 * (emax + 1) + 52 - G.p <= 1023
    if not fits or (fused and 2 * (p + 1) > 53):
        return None
    within = operands.p <= G.p and operands.emin - operands.p >= G.emin - G.p and operands.emax <= G.emax
    simple = not flush and (G.overflow == "infinity" or not operands.has_infinities)
    return _rounding(G, PLAIN if within and simple and 2 * (G.p + 1) + 2 <= 53 else ODD, flush)


def conversion(F: Format, flush: bool = False) -> Carrier | None:
    """The carrier for rounding any binary64 number to F (`converted`); None if there is none."""
    if F == _BINARY64:
        return carrier(F, F, flush)
    fits = F.p <= 50 and F.emin >= -1022 and F.emax + 2 + 52 - F.p <= 1023
    return _rounding(F, ODD, flush) if fits else None


def _rounding(G: Format, kind: int, flush: bool) -> Carrier:
    omega = float(G.Omega)
    beyond = {"infinity": np.inf, "nan": np.nan, "saturate": omega}[G.overflow]
    infinity = np.inf if G.has_infinities else np.nan
    flush_below = float(G.smallest_normal) if flush else 0.0
    return Carrier(kind, 1.5 * 2.0 ** (52 - G.p), 2.0**G.emin, 2.0 ** (G.emax + 1), omega, beyond, infinity, flush_below)
