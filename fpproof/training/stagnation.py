"""Stagnation: which steps u leave a weight w of a format where it is, fl(w - u) = w; for every weight of a format, exactly.

What rounds to w are the numbers between w - a/2 and w + b/2, with a and b the distances to the neighbours of w (below Omega as if the
exponents went on), the ends among them iff w has an even significand. So w stays iff -b/2 <= u <= a/2, with < where w is odd: one interval
for each w, which depends on its exponent, on its last bit, and on whether it is a power of two (whose neighbour towards 0 is closer). In a
format that saturates, Omega also stays for every step outwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from fpproof.formats import ZERO, Datum, Format, Mode, rational, round_rational
from fpproof.formats.arithmetic import negate


@dataclass(frozen=True, slots=True)
class Unmoved:
    """The steps u with fl(w - u) = w: from low to high, the ends among them iff `closed`; None is no bound."""

    low: Fraction | None
    high: Fraction | None
    closed: bool

    def contains(self, u: Fraction) -> bool:
        if self.closed:
            return (self.low is None or self.low <= u) and (self.high is None or u <= self.high)
        return (self.low is None or self.low < u) and (self.high is None or u < self.high)

    def floats(self, F: Format) -> tuple[Datum, Datum]:
        """The least and the greatest float of F in the interval."""
        ends = []
        for end, mode, inward in ((self.low, Mode.UP, 1), (self.high, Mode.DOWN, -1)):
            if end is None:
                ends.append(F.largest if inward < 0 else negate(F.largest))
                continue
            x = round_rational(F, end, mode)
            if not self.contains(rational(x)):
                x = F.from_ordinal(F.ordinal(x) + inward)
            ends.append(x)
        return ends[0], ends[1]


def unmoved(F: Format, w: Datum) -> Unmoved:
    """The steps that leave the finite weight w of F where it is, rounding to nearest-even."""
    n = F.ordinal(w)
    m, e = w
    quantum = Fraction(2) ** (e if m and e is not None else F.emin - F.p)
    below = above = quantum / 2
    normal_power = abs(m) == 1 << F.p and e is not None and e > F.emin - F.p
    if normal_power and m > 0:
        below /= 2
    elif normal_power:
        above /= 2
    low: Fraction | None = -above
    high: Fraction | None = below
    if F.overflow == "saturate" and abs(n) == F.largest_ordinal:
        low, high = (None, high) if n > 0 else (low, None)
    return Unmoved(low, high, m % 2 == 0)


@dataclass(frozen=True, slots=True)
class Binade:
    """The weights of one binade (or the subnormal ones): the greatest floats u of the format with fl(w - u) = w and fl(w + u) = w.

    `power` is for 2^exponent itself (None for subnormals): a step towards 0 and one away from it; `even` and `odd` are for the others, either way.
    """

    exponent: int
    power: tuple[Datum, Datum] | None
    even: Datum | None
    odd: Datum | None


def binades(F: Format) -> Iterator[Binade]:
    """All positive weights of F but Omega where it saturates, by binades, from the subnormal ones up; negative ones are their mirror images."""
    if F.emin > F.emin - F.p:
        yield _binade(F, F.emin - 1, 1, (1 << F.p) - 1)
    for exponent in range(F.emin, F.emax + 1):
        first = F.ordinal(F.power_of_two(exponent))
        last = min(first + (1 << F.p) - 1, F.largest_ordinal)
        yield _binade(F, exponent, first, last)


def _binade(F: Format, exponent: int, first: int, last: int) -> Binade:
    power = None
    if exponent >= F.emin:
        steps = unmoved(F, F.from_ordinal(first)).floats(F)
        power = (steps[1], negate(steps[0]) if steps[0][0] else ZERO)
        first += 1
    saturated = F.overflow == "saturate" and last == F.largest_ordinal
    inner = range(first, last + 1 - saturated)
    chosen = [next((n for n in inner[:2] if F.from_ordinal(n)[0] % 2 == parity), None) for parity in (0, 1)]
    even, odd = (None if n is None else unmoved(F, F.from_ordinal(n)).floats(F)[1] for n in chosen)
    return Binade(exponent, power, even, odd)
