"""How the arithmetic of a small format is done exactly with machine floats.

A *carrier* says how operations of a format G are done on machine numbers (binary32 or binary64, c bits of precision) that are values of G, or of
another format `operands`. P = p + 1 is G's precision. Each kind is a type of its own, so that the compiled loops are
made for it, and just for the kinds that are met.

Plain       fl_G(x op y) = round(x op y): one machine operation and one rounding to G's grid (`compiled.nearest`).
    Products of P-bit numbers have 2P <= c bits: exact. A sum of two numbers of G, rounded to c >= 2P + 2 bits and then to P, is
    rounded right (innocuous double rounding: Figueroa 1995); in the subnormal range sums of multiples of omega are multiples of omega, hence exact.
    Flushing, and infinities where overflow does not give them, are left to Odd.
Truncated   G is bfloat16, the upper half of binary32: rounding is integer arithmetic on the bits, with carry into the exponent and on
    into infinity, subnormal numbers included. Normal results are as with Plain, c = 24. A product below 2^emin, if it is at least
    omega / 2 = 2^-134, has its last bit at 2^(-134 - 15) = 2^-149 or above, so binary32 has it exactly; a smaller product is at most omega / 2
    after rounding to binary32, and both round to 0.
Odd         the binary64 result is first made round-to-odd with the operation's exact error (TwoSum, Knuth 1969; the fma error of a
    product), and then rounded to P <= 51 bits: right for any operands, since 53 >= P + 2 (Boldo, Melquiond 2008).
Native      G is binary32 or binary64 itself: the machine's operations are those of G.

Plain and Odd need every exact product, its error, and the rounding constant of `compiled.nearest` inside the machine's exponents: with the
machine's smallest number 2^s and largest exponent t, 2 (emin - p) >= s and 2 (emax + 1) + (c - 1) - p <= t; and p <= c - 3. Formats with
neither (binary128, exponents of 10 bits and more except binary64) have no carrier, and the exact evaluator is used.

A fused multiply-add rounds x * y + z once. Odd, where 2P <= 53: the product is exact, the sum is made odd. Native: the machine's fma.

Quotients and square roots are right with every kind but Odd. Rounding twice can go wrong only where the machine's result is a midpoint
m = (2k + 1) 2^i of G, k < 2^P, and the exact one is not. (In G's subnormal range too, and at the end, where Omega's midpoint decides.)

    x / y, with x = a 2^j and y = b 2^l, a, b < 2^P:  x - m y is a multiple of 2^min(j, i + l), not 0. Hence |x / y - m| is at least
    2^i / b > 2^(i - P), or at least 2^(j - l) / b = (x / y) / a, more than 2^-P of x / y. Half a unit of m in c bits is at most
    2^(i + P - c), and at most 2^-c of m: both are smaller for c >= 2P + 2. Where the grid is that of binary32's own subnormal numbers
    (bfloat16), half a unit is 2^-150, and i >= -134.
    sqrt(x), with x = a 2^(2j), a < 2^(P+1):  x - m^2 is a multiple of 2^(2 min(i, j)), not 0, and |sqrt(x) - m| is about |x - m^2| / 2m: at
    least about 2^(2i) / 2m, or about m / 2a. With m = f 2^(i + n), 1 <= f < 2, n <= P, the first is 2^i / (f 2^(n + 1)), and half a unit is
    2^(i + n - c): both are larger than half a unit for c >= 2P + 2.
x / 0 is an infinity, which is not the same as an overflow: in formats without infinities the loops make it NaN.
"""

from typing import Any, NamedTuple

import numpy as np

from fpproof.formats import Format, ieee_like

Machine = type[np.float32] | type[np.float64]

_BFLOAT16, _BINARY32, _BINARY64 = ieee_like(7, 8), ieee_like(23, 8), ieee_like(52, 11)


class Grid(NamedTuple):
    """What rounding to G's grid needs; all are numbers of the machine format."""

    scale: float
    """1.5 * 2^(c - 1 - p), see `compiled.nearest`."""
    least: float
    """2^emin."""
    most: float
    """2^(emax + 1): beyond it everything overflows."""
    omega: float
    """The largest finite number of G."""
    beyond: float
    """What a magnitude beyond omega becomes."""


class Plain(NamedTuple):
    """One machine operation and one rounding; in binary64 or binary32, as the grid's numbers are."""

    grid: Grid


class Truncated(NamedTuple):
    """bfloat16 on binary32: rounding of bits."""

    bits: int = 16
    """Bits cut off."""


class Odd(NamedTuple):
    """Operations in binary64 with their errors, rounded to odd first."""

    grid: Grid
    infinity: float
    """What an infinity becomes: NaN in a format without."""
    flush_below: float
    """Smaller magnitudes become zero: 2^emin under flush, else 0."""


class Native(NamedTuple):
    """A machine format itself, which is that of the number."""

    flush_below: float
    """Smaller magnitudes become zero: 2^emin under flush, else 0."""


Carrier = Plain | Truncated | Odd | Native


def machine_dtype(carrier: Carrier) -> Machine:
    """The machine format a carrier works in."""
    match carrier:
        case Truncated():
            return np.float32
        case Plain(grid):
            number = grid.scale
        case Native(number):
            pass
        case Odd():
            return np.float64
    return np.float32 if isinstance(number, np.float32) else np.float64


def carrier(G: Format, operands: Format, flush: bool = False, fused: bool = False, narrow: bool = True) -> Carrier | None:
    """The narrowest carrier for operations on values of `operands` and of G, rounded to G; None if there is none.

    `fused` asks for one with fused multiply-adds; without `narrow` it works in binary64.
    """
    within = operands.p <= G.p and operands.emin - operands.p >= G.emin - G.p and operands.emax <= G.emax
    if G == _BINARY64 or (narrow and within and G == _BINARY32):
        machine: Any = np.float64 if G == _BINARY64 else np.float32
        return Native(machine(G.smallest_normal if flush else 0)) if within else None
    simple = not flush and (G.overflow == "infinity" or not operands.has_infinities)
    if simple and within and not fused:
        if narrow and G == _BFLOAT16:
            return Truncated()
        for bits, dtype in ((24, np.float32), (53, np.float64)):
            if (narrow or bits == 53) and 2 * (G.p + 1) + 2 <= bits and _fits(G, G, bits):
                return Plain(_grid(G, bits, dtype))
    if not _fits(G, operands, 53) or (fused and 2 * (max(G.p, operands.p) + 1) > 53):
        return None
    return _odd(G, flush)


def conversion(F: Format, flush: bool = False) -> Carrier | None:
    """The carrier for rounding any binary64 number to F (`compiled.converted`); None if there is none."""
    if F == _BINARY64:
        return carrier(F, F, flush)
    fits = F.p <= 50 and F.emin >= -1022 and F.emax + 2 + 52 - F.p <= 1023
    return _odd(F, flush) if fits else None


def _fits(G: Format, operands: Format, bits: int) -> bool:
    """Whether products, their errors and the rounding constant lie inside the machine's exponents."""
    smallest, largest = (-149, 127) if bits == 24 else (-1074, 1023)
    p, least, emax = max(G.p, operands.p), min(G.emin - G.p, operands.emin - operands.p), max(G.emax, operands.emax)
    return p <= bits - 3 and 2 * least >= smallest and 2 * (emax + 1) + bits - 1 - G.p <= largest


def _grid(G: Format, bits: int, dtype: Machine) -> Grid:
    omega = float(G.Omega)
    beyond = {"infinity": np.inf, "nan": np.nan, "saturate": omega}[G.overflow]
    numbers: list[Any] = [dtype(v) for v in (1.5 * 2.0 ** (bits - 1 - G.p), 2.0**G.emin, 2.0 ** (G.emax + 1), omega, beyond)]
    return Grid(*numbers)


def _odd(G: Format, flush: bool) -> Odd:
    infinity = np.inf if G.has_infinities else np.nan
    return Odd(_grid(G, 53, np.float64), infinity, float(G.smallest_normal) if flush else 0.0)
