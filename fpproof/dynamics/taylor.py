"""Finding polynomials near the flow: Taylor's, of an order and for a step that suit the wanted defect.

Nothing here needs to be right: `fpproof.dynamics.segment` proves what is found.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fpproof.dynamics import recurrences
from fpproof.dynamics.balls import Ball, flint
from fpproof.dynamics.eigenvalues import symmetric
from fpproof.dynamics.problem import Problem
from fpproof.dynamics.segment import Vector, defect, gradient_series, holomorphic_bounds, low_defect, program_series

LEAST_ORDER, MOST_ORDER = 6, 400
_FRACTIONS = (0.25, 0.4, 0.55, 0.7)


@dataclass(frozen=True)
class Proposal:
    """A polynomial about the start of a step, the step, and a bound of its defect."""

    coefficients: tuple[Vector, ...]
    step: Fraction
    disc: Ball
    defect: Ball
    order: int
    wanted_order: int
    """What would have been the best order."""


def expand(problem: Problem, center: Vector, order: int, wanted: float) -> tuple[list[Vector], list[Vector]]:
    """Taylor coefficients of the flow from a point, without radii, up to t^order; and balls for those of grad f along them, below t^order.

    In pairs of doubles where these suit the wanted defect. Else, passes up to the order from which on doubling by Newton is cheaper: it takes a run
    of the Hessian and one of the gradient.
    """
    if recurrences.worthwhile(problem, order, wanted):
        rows = recurrences.coefficients(problem, center, order)
        if rows is not None:
            return rows, gradient_series(problem, rows, order)
    first, price = order, 1 + problem.hessian.size / problem.gradient.size
    while first // 2 > price:
        first //= 2
    coefficients = [[x] for x in center]
    gradient = _by_passes(problem, coefficients, first)
    if first == order:
        return coefficients, gradient
    _by_newton(problem, coefficients, order)
    return coefficients, gradient_series(problem, coefficients, order)


def _by_passes(problem: Problem, coefficients: list[Vector], order: int) -> list[Vector]:
    """Each pass through the gradient gives one more coefficient. Returns those of the gradient."""
    arb = flint().arb
    gradient: list[Vector] = []
    for k in range(1, order + 1):
        gradient = gradient_series(problem, coefficients, k)
        for row, g in zip(coefficients, gradient, strict=True):
            row.append(arb((-g[k - 1] / k).mid()))
    return gradient


def _by_newton(problem: Problem, coefficients: list[Vector], order: int) -> None:
    """Twice as many coefficients each time.

    With v right up to t^k and r = v' + grad f(v), the rest d solves d' = -r - hess f(v) d up to t^(2k + 1).
    """
    arb, arb_mat = flint().arb, flint().arb_mat
    n = len(coefficients)
    while (k := len(coefficients[0]) - 1) < order:
        target = min(2 * k + 1, order)
        residual = gradient_series(problem, coefficients, target)
        entries = program_series(problem.hessian, coefficients, target - k)
        matrices = [arb_mat(symmetric([arb(entry[i].mid()) for entry in entries], n)) for i in range(target - k)]
        found: list[Any] = []
        for j in range(k, target):
            total = arb_mat([[row[j]] for row in residual])
            for i, later in enumerate(reversed(found)):
                total += matrices[i] * later
            found.append(arb_mat([[arb((-entry / (j + 1)).mid())] for entry in total.entries()]))
        for index, row in enumerate(coefficients):
            row.extend(vector[index, 0] for vector in found)


def propose(problem: Problem, center: Vector, order: int, wanted: float, longest: Fraction) -> Proposal | None:
    """A step from a point with a defect near `wanted` or below, at most `longest`; None if nothing can be proved even for a tiny one."""
    coefficients, gradient = expand(problem, center, order, wanted)
    guess = _radius(coefficients)
    best: tuple[float, float, float, list[Ball]] | None = None
    scales = list(_FRACTIONS)
    while scales:
        fraction = scales.pop()
        R = guess * fraction
        bounds = holomorphic_bounds(problem, coefficients, _ball(R))
        if bounds is not None:
            size = max(max(float(b) for b in bounds), 1e-300)
            h = R * min(0.9, (wanted / (4 * size)) ** (1 / order)) if size < 1e300 else 0.0
            if best is None or h > best[0]:
                best = h, R, size, bounds
        if not scales and best is None and fraction > 1e-9:
            scales = [fraction / 4]
    if best is None or best[0] == 0:
        return None
    h, R, size, bounds = best
    step = min(_simple(h), longest)
    ratio = _ball(float(step)) * (1 + flint().arb(2) ** -40) / _ball(R)
    delta = defect(low_defect(gradient, coefficients, _ball(float(step)) * (1 + flint().arb(2) ** -40)), bounds, ratio, order)
    return Proposal(tuple(coefficients), step, _ball(R), delta, order, min(wanted_order(size / wanted), usual_order(wanted) * 5 // 4))


def wanted_order(decades: float) -> int:
    """The order K that goes farthest for its price: steps R (delta/M)^(1/K) for about K^1.3 each are cheapest at K = ln(M/delta)/1.3."""
    import math

    return min(MOST_ORDER, max(LEAST_ORDER, round(math.log(max(decades, 2.0)) / 1.3)))


def usual_order(wanted: float) -> int:
    """The order for a gradient of moderate size on the disc. Stiff flows would ask for far more, and gain little by it."""
    return wanted_order(100 / wanted)


def _ball(x: float) -> Ball:
    return flint().arb(x)


def _radius(coefficients: list[Vector]) -> float:
    """A guess of the radius of convergence, from the later half of the coefficients."""
    import math

    order = len(coefficients[0]) - 1
    least = 1e6
    for k in range(max(1, order // 2), order + 1):
        size = max(_log2(row[k]) for row in coefficients)
        if size > -1e300:
            least = min(least, math.exp(math.log(2) * max(-600.0, min(600.0, -size / k))))
    return least


def _log2(x: Ball) -> float:
    """About log2 |x|, also where x is no double."""
    m, e = x.mid().man_exp()
    bits = int(m).bit_length()
    return float(bits + int(e)) if bits else -1e301


def _simple(h: float) -> Fraction:
    """A number of few bits, a little below."""
    import math

    exponent = math.floor(math.log2(h)) - 6
    return Fraction(math.floor(h / 2.0**exponent)) * Fraction(2) ** exponent
