"""Sawtooth networks, and how many pieces a rounded constant leaves of them.

The tent of slope s and threshold c is T(x) = s rho(x) - 2 s rho(x - c), with rho = ReLU: s x on [0, c], 2 s c - s x beyond, 0 for x <= 0. The
sawtooth of depth L is its L-fold composition: a network of width 2 with L hidden layers. With s = 2 and c = 1/2 it has 2^L pieces on [0, 1].

Counting without the network. Let B_L be the places of the real line where the slope of T^L (L >= 1) changes. Since T^L = T^(L-1) o T, and T
is affine on either side of c and constant below 0,

    B_L = {0}  u  {x in (0, c): s x in B_(L-1)}  u  {c}  u  {x > c: 2 s c - s x in B_(L-1)},        B_0 = {},

where c counts unless T^(L-1) is constant on a left neighbourhood of T(c) = s c (T^L turns there otherwise), and 0 counts always: the slope
is 0 on its left and s^L on its right. (T^(L-1), L >= 2, has a bend at 0 itself, which T maps to from x = 0 and from x = 2c.) So the
number of elements of B_L below x is known from those of B_(L-1) below s x, below s c, and up to T(x): a recurrence along the orbits of c
and of the ends of the interval, the kneading sequences of the map, of L^2 additions in all. It counts depths at which no
network could be written down. T^(L-1) is constant on the left of s c exactly if L >= 3 and s c > 2c, that is s > 2, or s c <= 0.

Closed forms on [0, 1] that it implies (the functions below; docs/pieces.md has the proofs):

    s > 2, c = 1/2       5 * 2^(L-2) - 1 for L >= 2: the tips overshoot 1, their images are negative, and ReLU cuts them flat
    s = 2, c < 1/2       2^L + 1 for L >= 2, if c > 1/4 ... 1/2: a full sawtooth on [0, 2c], and one constant piece
    s = 2, c > 1/2       ceil(2^L / (2c)): the part of a full sawtooth on [0, 2c] that lies in [0, 1]
    s < 2, c = 1/2       2^L up to L = k + 1, and 2^L - 2 at L = k + 2, for the least k with s^k (2 - s) > 1: the tips, of height s/2, then
                         no longer reach the last preimage of c, which is 1 - 1/(2 s^k)
"""

from collections.abc import Callable
from fractions import Fraction
from functools import cache

from fpproof.pieces.geometry import PiecesError
from fpproof.training.description import Affine

DEEPEST = 10**4
DEEPEST_LAW = 500

ZERO, HALF = Fraction(0), Fraction(1, 2)


def sawtooth(depth: int, slope: Fraction | int = 2, threshold: Fraction | int = HALF) -> tuple[Affine, ...]:
    """The network of width 2 with `depth` hidden layers: the tent composed with itself."""
    if not 1 <= depth <= DEEPEST:
        raise PiecesError(f"sawtooth: expected a depth from 1 to {DEEPEST}, found {depth}")
    s, bias = Fraction(slope), (ZERO, -Fraction(threshold))
    first = Affine(((Fraction(1),), (Fraction(1),)), bias, "relu")
    hidden = Affine(((s, -2 * s), (s, -2 * s)), bias, "relu")
    return (first, *(hidden,) * (depth - 1), Affine(((s, -2 * s),), (ZERO,)))


def bounded_sawtooth(depth: int) -> tuple[Affine, ...]:
    """X_(j+1) = rho(X_j) - 2 rho(X_j - 2^-(j+1)), X_0 = x: 2^depth pieces on [0, 1], and every pre-activation of slope 1 or -1."""
    layers = []
    for j in range(depth):
        rows = ((Fraction(1),),) * 2 if j == 0 else ((Fraction(1), Fraction(-2)),) * 2
        layers.append(Affine(rows, (ZERO, -Fraction(1, 2 ** (j + 1))), "relu"))
    return (*layers, Affine(((Fraction(1), Fraction(-2)),), (ZERO,)))


def pieces_by_orbits(
    depth: int, slope: Fraction | int = 2, threshold: Fraction | int = HALF, low: Fraction | int = 0, high: Fraction | int = 1
) -> int:
    """The pieces of the sawtooth on [low, high], by the recurrence above; exact, for slopes and thresholds above 0."""
    s, c = Fraction(slope), Fraction(threshold)
    if s <= 0 or c <= 0:
        raise PiecesError(f"sawtooth: expected a slope and a threshold above 0, found {s} and {c}", hint="without --law any other is counted")
    if not 1 <= depth <= DEEPEST_LAW:
        raise PiecesError(f"sawtooth: expected a depth from 1 to {DEEPEST_LAW} for the recurrence, found {depth}")
    below = _counter(s, c)
    levels = [[Fraction(low), Fraction(high), s * c]]
    for _ in range(depth):
        levels.append([s * x if x <= c else 2 * s * c - s * x for x in levels[-1] if x > 0])
    for level in range(depth):  # from shallow to deep, so that no recursion goes deeper than one step
        for points in levels[: depth - level + 1]:
            for x in points:
                for closed in (False, True):
                    below(level, x, closed)
    return 1 + below(depth, Fraction(high), False) - below(depth, Fraction(low), True)


def _counter(s: Fraction, c: Fraction) -> Callable[[int, Fraction, bool], int]:
    """The number of elements of B_L below x, or up to x."""
    top = s * c

    @cache
    def below(depth: int, x: Fraction, closed: bool) -> int:
        if depth == 0 or x < 0 or (x == 0 and not closed):
            return 0
        if x == 0:
            return 1
        inner = below(depth - 1, ZERO, True)
        if x < c or (x == c and not closed):
            return 1 + below(depth - 1, s * x, closed) - inner
        left = 1 + below(depth - 1, top, False) - inner
        turns = depth <= 2 or s <= 2
        if x == c:
            return left + turns
        # x > c: the elements of B_(L-1) in (T(x), T(c)), or with T(x).
        return left + turns + below(depth - 1, top, False) - below(depth - 1, 2 * top - s * x, not closed)

    return below


def first_loss(slope: Fraction) -> int:
    """The depth at which a sawtooth of slope 1 < s < 2 and threshold 1/2 has fewer than 2^L pieces for the first time: then 2^L - 2.

    k + 2 for the least k with s^k (2 - s) > 1, and 2^L - 1 if equality is met before.
    """
    if not 1 < slope < 2:
        raise PiecesError(f"sawtooth: expected a slope between 1 and 2, found {slope}")
    k, reach = 0, 2 - slope
    while reach <= 1:
        k, reach = k + 1, reach * slope
    return k + 2


def closed_form(depth: int, slope: Fraction, threshold: Fraction) -> tuple[int, str] | None:
    """The pieces on [0, 1] by a closed form, and its text; None where there is only the recurrence."""
    if slope == 2 and threshold == HALF:
        return 2**depth, "2^L"
    if threshold == HALF and slope > 2 and depth >= 2:
        return 5 * 2 ** (depth - 2) - 1, "5 * 2^(L-2) - 1: tips above 1 are cut flat"
    if slope == 2 and HALF / 2 < threshold < HALF and depth >= 2:
        return 2**depth + 1, "2^L + 1: a full sawtooth on [0, 2c], then constant"
    if slope == 2 and threshold > HALF:
        return -(-(2**depth) // (2 * threshold)), "ceil(2^L / (2c)): a full sawtooth on [0, 2c], cut at 1"
    if threshold == HALF and 1 < slope < 2 and depth <= (first := first_loss(slope)):
        return (2**depth, f"2^L for L < {first}") if depth < first else (2**depth - 2, f"2^L - 2 at L = {first}, the first loss")
    return None
