"""The toy of S2-E3 in a finite format: the infimum that no real parameters attain is attained there, and found.

L(w, c) = (c psi(w) - 1)^2 + (c psi(2w) - 4)^2 with psi = log cosh, exact, for w and c that are floats. L is even in w, and 17 for w = 0. For w > 0
both psi are positive, so L > 17 for c < 0, and in c it is a parabola with its minimum at c*(w) = (psi(w) + 4 psi(2w)) / (psi(w)^2 + psi(2w)^2) >
0: the best float c
is a neighbour of c*, or Omega.

In the format itself, psi computed as log(cosh(z)) is 0 up to some z (S1 meets S2, D.4): there the loss does not see w.
"""

from dataclasses import dataclass
from fractions import Fraction

from gmpy2 import mpq

from fpproof.dynamics.balls import Ball, ball, flint, rational, working
from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.rounded import in_format
from fpproof.formats import Datum, Format, Mode, round_rational
from fpproof.formats import rational as exact

MOST_FLOATS = 2**16


@dataclass(frozen=True)
class Minimum:
    """The least loss over all finite floats (w, c) with w > 0, where it stands, and how many pairs with the same w were compared."""

    w: Datum
    c: Datum
    loss: Ball
    next_best: Ball
    """The least loss of any other pair that was compared: it is above."""
    compared: int


def minimum(F: Format, bits: int = 200) -> Minimum:
    """The minimiser of the exact loss over the finite floats of a format of at most 16 bits. DynamicsError if balls do not separate the best two."""
    if F.largest_ordinal > MOST_FLOATS:
        raise DynamicsError(f"{F.name} has {F.largest_ordinal} positive floats; at most {MOST_FLOATS} are tried")
    with working(bits):
        found: list[tuple[Ball, Datum, Datum]] = []
        compared = 0
        for n in range(1, F.largest_ordinal + 1):
            w = F.from_ordinal(n)
            for loss, c in _candidates(F, w):
                compared += 1
                found.append((loss, w, c))
                if len(found) > 64:
                    found = _best(found)
        found = _best(found)
    first, second = found[0], found[1]
    if not first[0] < second[0]:
        raise DynamicsError(f"{bits} bits do not separate the two smallest losses in {F.name}")
    return Minimum(first[1], first[2], first[0], second[0], compared)


def _best(found: list[tuple[Ball, Datum, Datum]]) -> list[tuple[Ball, Datum, Datum]]:
    """Those that may be among the best two, by their upper bounds."""
    uppers = sorted((entry[0].upper() for entry in found), key=float)
    kept = [entry for entry in found if not flint().arb(entry[0].lower()) > flint().arb(uppers[1])]
    return sorted(kept, key=lambda entry: float(entry[0].mid()))


def _candidates(F: Format, w: Datum) -> list[tuple[Ball, Datum]]:
    """The losses at the floats next to c*."""
    x = ball(mpq(exact(w)))
    a, b = _psi(x), _psi(2 * x)
    best = (a + 4 * b) / (a * a + b * b)
    middle = rational(best.mid())
    neighbours = {_finite(F, round_rational(F, middle, mode)) for mode in (Mode.DOWN, Mode.UP)}
    for end in (best.lower(), best.upper()):  # the ball of c* is far narrower than a gap: its ends add a float only where it holds one
        neighbours |= {_finite(F, round_rational(F, rational(end), mode)) for mode in (Mode.DOWN, Mode.UP)}
    losses = []
    for c in sorted(neighbours, key=lambda c: float(exact(c))):
        value = ball(mpq(exact(c)))
        losses.append(((value * a - 1) ** 2 + (value * b - 4) ** 2, c))
    return losses


def _psi(x: Ball) -> Ball:
    """log cosh x = x + log((1 + e^(-2x))/2), without overflow."""
    if x > 1:
        return x + (((-2 * x).exp() + 1) / 2).log()
    half = (x.exp() - (-x).exp()) / 2
    return (half * half).log1p() / 2 if x > 2**-10 else (2 * (x / 2).sinh() ** 2).log1p()


def _finite(F: Format, c: Datum) -> Datum:
    return F.largest if c[1] is None else c


def frozen_below(F: Format) -> Datum:
    """The smallest positive float z with fl(log(fl(cosh z))) != 0: what is below does not move a naive loss. By bisection, since both are
    monotone."""
    operations = in_format(F).operations
    low, high = 0, F.ordinal(round_rational(F, Fraction(1)))

    def seen(n: int) -> bool:
        value = operations["log"](operations["cosh"](F.from_ordinal(n)))
        return value[1] is None or value[0] != 0

    if not seen(high):
        raise DynamicsError(f"log(cosh(1)) is 0 in {F.name}")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return F.from_ordinal(high)
