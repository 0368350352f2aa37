"""Taylor coefficients of a gradient flow by recurrences, compiled, in pairs of doubles: about 100 bits, proved by nobody and cheap.

With y = sum y_k t^k for each instruction of grad f along the flow v: sums are termwise, products and quotients are convolutions, and a function or a
power y = phi(a) is the integral of its slope g = phi'(a), itself a node of the graph: y' = g a', so

    k y_k = sum_{i=1}^{k} i a_i g_{k-i},      (k + 1) v_{k+1} = -(grad f)_k.

So the coefficients of all instructions up to t^k give those of v at t^(k+1), and one pass per order is enough (Griewank, Walther, Evaluating
Derivatives, chapter 13). The values at t = 0 come from balls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from fpproof.dynamics.balls import Ball, DomainError, flint, real_balls
from fpproof.dynamics.graph import BINARY, Program
from fpproof.dynamics.problem import Problem

FINEST_DEFECT = 2.0**-80
"""Defects for which pairs of doubles are fine enough; Newton in balls is for smaller ones."""
LEAST_WORK = 2**12
"""Instructions times coefficients from which on it pays to have numba at hand."""
MOST_SLOPES = 4
"""Slopes may make a program so many times longer."""

_FREE, _ADD, _SUBTRACT, _NEGATE, _MULTIPLY, _DIVIDE, _INTEGRAL = range(7)
_KINDS = {"add": _ADD, "subtract": _SUBTRACT, "negate": _NEGATE, "multiply": _MULTIPLY, "divide": _DIVIDE}

Pairs = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recurrences:
    """The gradient with all slopes as a program whose outputs are all its values; for each value its kind and operands (an integral's: a and g)."""

    program: Program
    kinds: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    variables: npt.NDArray[np.int64]
    """The place of each parameter, -1 if the gradient does not depend on it."""
    gradient: npt.NDArray[np.int64]


def worthwhile(problem: Problem, order: int, wanted: float) -> bool:
    """Whether pairs of doubles suit a defect, and the program is long enough."""
    return wanted >= FINEST_DEFECT and problem.gradient.size * order >= LEAST_WORK


def coefficients(problem: Problem, center: Sequence[Ball], order: int) -> list[list[Ball]] | None:
    """Taylor coefficients from a point up to t^order, without radii; None where doubles overflow or the gradient is not defined."""
    table = _recurrences(problem)
    if table is None:
        return None
    try:
        values = table.program.run(real_balls(), center)
    except (DomainError, ZeroDivisionError):
        return None
    work = np.zeros((len(values), order + 1, 2))
    work[:, 0] = [_pair(value) for value in values]
    flow = np.zeros((len(center), order + 1, 2))
    flow[:, 0] = [_pair(value) for value in center]
    _run(table.kinds, table.first, table.second, table.variables, table.gradient, work, flow)
    if not np.isfinite(flow).all():
        return None
    arb = flint().arb
    return [[x, *((arb(high) + arb(low)).mid() for high, low in row[1:].tolist())] for x, row in zip(center, flow, strict=True)]


def _pair(value: Ball) -> tuple[float, float]:
    middle = value.mid()
    high = float(middle)
    return high, float(middle - flint().arb(high)) if np.isfinite(high) else high


def _recurrences(problem: Problem) -> Recurrences | None:
    """Made once a problem; None if slopes make the program too long."""
    if "recurrences" not in problem.__dict__:
        problem.__dict__["recurrences"] = _with_slopes(problem)
    found: Recurrences | None = problem.__dict__["recurrences"]
    return found


def _with_slopes(problem: Problem) -> Recurrences | None:
    graph = problem.graph
    slopes: dict[int, int] = {}
    places = set(waiting := graph.needed(problem.gradient_nodes))
    while waiting:
        place = waiting.pop()
        name = graph.instructions[place][0]
        if name in ("constant", "variable", "pi", "negate", *BINARY):
            continue
        ((_, slopes[place]),) = graph.partials(place)
        more = set(graph.needed([slopes[place]])) - places
        places |= more
        waiting.extend(more)
        if len(places) > MOST_SLOPES * problem.gradient.size + 100:
            return None
    ordered = sorted(places)
    number = {place: new for new, place in enumerate(ordered)}
    variables = [-1] * problem.dimension
    rows = []
    for place in ordered:
        name, *rest = graph.instructions[place]
        if name == "variable":
            variables[rest[0]] = number[place]
        operands = [*(number[operand] for operand in graph.operands(place)), *([number[slopes[place]]] if place in slopes else []), 0, 0]
        rows.append((_INTEGRAL if place in slopes else _KINDS.get(name, _FREE), operands[0], operands[1]))
    kinds, first, second = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    gradient = np.array([number[node] for node in problem.gradient_nodes], dtype=np.int64)
    return Recurrences(graph.program(ordered), kinds, first, second, np.array(variables, dtype=np.int64), gradient)


# Pairs of doubles: a sum and a product have errors of some 2^-104 of the operands; no care is taken of infinities.


@njit(cache=True, forceinline=True)
def _sum(x: Any, y: Any, u: Any, v: Any) -> Any:
    s = x + u
    t = s - x
    e = (x - (s - t)) + (u - t) + (y + v)
    high = s + e
    return high, e - (high - s)


@njit(cache=True, forceinline=True)
def _product(x: Any, y: Any, u: Any, v: Any) -> Any:
    """By Dekker's splitting into halves."""
    p = x * u
    a, b = 134217729.0 * x, 134217729.0 * u
    xh, uh = a - (a - x), b - (b - u)
    xl, ul = x - xh, u - uh
    e = ((xh * uh - p) + xh * ul + xl * uh) + xl * ul + (x * v + y * u)
    high = p + e
    return high, e - (high - p)


@njit(cache=True, forceinline=True)
def _quotient(x: Any, y: Any, u: Any, v: Any) -> Any:
    q = x / u
    high, low = _product(q, 0.0, u, v)
    rest, more = _sum(x, y, -high, -low)
    return _sum(q, 0.0, (rest + more) / u, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _run(kinds: Any, first: Any, second: Any, variables: Any, gradient: Any, work: Any, flow: Any) -> None:
    """Fills `flow`, a row of pairs a parameter, from its first column and that of `work`."""
    order = flow.shape[1] - 1
    for k in range(order):
        if k:
            for place in range(len(kinds)):
                kind, a, b = kinds[place], first[place], second[place]
                if kind in (_ADD, _SUBTRACT):
                    sign = 1.0 if kind == _ADD else -1.0
                    high, low = _sum(work[a, k, 0], work[a, k, 1], sign * work[b, k, 0], sign * work[b, k, 1])
                elif kind == _NEGATE:
                    high, low = -work[a, k, 0], -work[a, k, 1]
                elif kind == _MULTIPLY:
                    high, low = 0.0, 0.0
                    for i in range(k + 1):
                        p, q = _product(work[a, i, 0], work[a, i, 1], work[b, k - i, 0], work[b, k - i, 1])
                        high, low = _sum(high, low, p, q)
                elif kind == _DIVIDE:
                    high, low = work[a, k, 0], work[a, k, 1]
                    for i in range(k):
                        p, q = _product(work[place, i, 0], work[place, i, 1], work[b, k - i, 0], work[b, k - i, 1])
                        high, low = _sum(high, low, -p, -q)
                    high, low = _quotient(high, low, work[b, 0, 0], work[b, 0, 1])
                elif kind == _INTEGRAL:
                    high, low = 0.0, 0.0
                    for i in range(1, k + 1):
                        p, q = _product(work[a, i, 0], work[a, i, 1], work[b, k - i, 0], work[b, k - i, 1])
                        p, q = _product(p, q, float(i), 0.0)
                        high, low = _sum(high, low, p, q)
                    high, low = _quotient(high, low, float(k), 0.0)
                else:
                    continue
                work[place, k, 0], work[place, k, 1] = high, low
        for index in range(len(gradient)):
            g = gradient[index]
            high, low = _quotient(-work[g, k, 0], -work[g, k, 1], k + 1.0, 0.0)
            flow[index, k + 1, 0], flow[index, k + 1, 1] = high, low
            if variables[index] >= 0:
                work[variables[index], k + 1, 0], work[variables[index], k + 1, 1] = high, low
