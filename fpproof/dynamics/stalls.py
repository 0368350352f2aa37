"""Where descent in a format stands still: all points of a format at which a step changes nothing, found by computing every one.

For one parameter every float of a format up to 16 bits is tried, for two parameters every pair of an 8-bit format. A point is in the set iff
w (-) (eta (*) g(w)) = w for every parameter, so descent that reaches it stays for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.problem import Problem
from fpproof.dynamics.rounded import in_format
from fpproof.formats import Datum, Format, Mode, rational, round_rational
from fpproof.formats.arithmetic import equal

MOST_POINTS = 2**17


@dataclass(frozen=True)
class Run:
    """Neighbouring floats of one parameter, from low to high, all in the set."""

    low: Datum
    high: Datum
    count: int


def stands_still(problem: Problem, F: Format, eta: Fraction, point: Sequence[Datum]) -> bool:
    """Whether a step in the format leaves every parameter where it is."""
    if problem.run is not None:
        raise DynamicsError("stall sets are found for losses that are expressions", hint="write the network as an expression")
    arithmetic = in_format(F)
    multiply, subtract = arithmetic.operations["multiply"], arithmetic.operations["subtract"]
    rate = round_rational(F, eta)
    gradient: list[Any] = problem.gradient.run(arithmetic, list(point))
    return all(equal(subtract(w, multiply(rate, g)), w) for w, g in zip(point, gradient, strict=True))


def stall_points(problem: Problem, F: Format, eta: Fraction, low: Fraction, high: Fraction) -> list[tuple[Datum, ...]]:
    """All points of the format with every parameter from low to high at which descent stands still. DynamicsError if there are too many points."""
    ends = between(F, low, high)
    floats = [F.from_ordinal(n) for n in range(ends[0], ends[1] + 1)] if ends else []
    if len(floats) ** problem.dimension > MOST_POINTS:
        raise DynamicsError(
            f"{len(floats)}^{problem.dimension} points of {F.name}: more than the {MOST_POINTS} that are tried", hint="take a smaller range or format"
        )
    return [point for point in product(floats, repeat=problem.dimension) if stands_still(problem, F, eta, point)]


def between(F: Format, low: Fraction, high: Fraction) -> tuple[int, int] | None:
    """The ordinals of the least and the greatest float from low to high; None if there is none."""

    def floor(bound: Fraction) -> int:
        """The ordinal of the greatest float that is not above; below all floats, one less than theirs."""
        largest = rational(F.largest)
        if bound >= largest:
            return F.largest_ordinal
        if bound < -largest:
            return -F.largest_ordinal - 1
        return F.ordinal(round_rational(F, bound, Mode.DOWN))

    ends = -floor(-low), floor(high)
    return ends if ends[0] <= ends[1] else None


def runs(F: Format, points: Sequence[tuple[Datum, ...]]) -> list[Run]:
    """The points of one parameter as runs of neighbours."""
    found: list[Run] = []
    for (x,) in points:
        if found and F.ordinal(x) == F.ordinal(found[-1].high) + 1:
            found[-1] = Run(found[-1].low, x, found[-1].count + 1)
        else:
            found.append(Run(x, x, 1))
    return found
