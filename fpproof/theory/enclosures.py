"""Points of gradient flows in balls: what a loss of a theory file says, as a problem of `fpproof.dynamics`, and the validated flow of that.

The flow of a program for the gradient is more than [E-Flow] asks: log has the derivative 1/x also where it is not defined itself. So every operation
of the loss is evaluated around the whole path too, and must have a value there.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from gmpy2 import mpq

from fpproof.dynamics.balls import around, flint, real_balls, working
from fpproof.dynamics.flow import Flow, flow
from fpproof.dynamics.graph import DynamicsError, Graph, Node, Program
from fpproof.dynamics.problem import Problem
from fpproof.theory.losses import Loss

LONGEST_TIME = 10**6
LARGEST_NUMBER = 4096
"""Bits of a number of the start, or of the time."""
MOST_WORK = 20_000
"""Steps of validated flows that one question may take, those that are repeated with smaller errors among them, times operations, times parameters."""
LEAST_BITS, MOST_BITS = 64, 512
"""Of precision. A flow that is not enclosed with the least is given up: more bits carry none over a kink. More than the most take long."""

Ball = Any


def problem(loss: Loss, start: Sequence[mpq]) -> tuple[Problem, Program]:
    """The problem, and a program for all operations of the loss, which is finite exactly where all are defined."""
    graph = Graph()
    nodes: list[Node] = []
    checked: list[Node] = []

    def make(name: str, operands: list[Node], data: Any) -> Node:
        if name == "divide":
            checked.append(graph.divide(graph.constant(1), operands[1]))
        nodes.append(_node(graph, name, operands, data))
        return nodes[-1]

    loss.through(make)
    names = tuple(f"w{i}" for i in range(loss.variables))
    numbers = tuple(Fraction(int(x.numerator), int(x.denominator)) for x in start)
    return Problem(graph, nodes[-1], names, numbers, ""), graph.program([*nodes, *checked])


def _node(graph: Graph, name: str, operands: list[Node], data: Any) -> Node:
    match name:
        case "variable":
            return graph.variable(data)
        case "constant":
            return graph.constant(data)
        case "power":
            return graph.power(operands[0], data)
        case "function":
            return graph.function(data, operands[0])
        case "sqrt":
            return graph.function("sqrt", operands[0])
        case "negate":
            return graph.negate(operands[0])
        case "absolute":
            x = operands[0]
            return graph.add(graph.function("relu", x), graph.function("relu", graph.negate(x)))
        case "maximum":  # max(x, y) = y + relu(x - y)
            x, y = operands
            return graph.add(y, graph.function("relu", graph.subtract(x, y)))
        case "minimum":  # min(x, y) = y - relu(y - x)
            x, y = operands
            return graph.subtract(y, graph.function("relu", graph.subtract(y, x)))
    operation = {"add": graph.add, "subtract": graph.subtract, "multiply": graph.multiply, "divide": graph.divide}[name]
    return operation(operands[0], operands[1])


def enclosed(loss: Loss, start: tuple[mpq, ...], t: mpq, bits: int) -> tuple[Ball, ...] | str:
    """The parameters at a time t > 0, in balls of a radius of about 2^(-bits/2); or why the flow is not enclosed up to there."""
    if any(x.numerator.bit_length() + x.denominator.bit_length() > LARGEST_NUMBER for x in (*start, t)) or t > LONGEST_TIME:
        return f"flows are enclosed up to t = {LONGEST_TIME}, from numbers of at most {LARGEST_NUMBER} bits"
    coarse = _enclosed(loss, start, t, LEAST_BITS)
    return coarse if isinstance(coarse, str) or bits <= LEAST_BITS else _enclosed(loss, start, t, min(bits, MOST_BITS))


@lru_cache(256)
def _enclosed(loss: Loss, start: tuple[mpq, ...], t: mpq, bits: int) -> tuple[Ball, ...] | str:
    until = Fraction(int(t.numerator), int(t.denominator))
    work = 0

    def count(done: Fraction, total: Fraction) -> None:
        nonlocal work
        work += len(loss.code) * loss.variables
        if work > MOST_WORK:
            raise DynamicsError(f"the flow takes too many steps; it was followed up to t = {float(done):.6g}")

    try:
        asked, defined = problem(loss, start)
        found = flow(asked, until, Fraction(1, 2 ** (bits // 2)), progress=count)
        if found.reason is not None:
            return f"it is enclosed up to t = {float(found.end):.6g} only: {found.reason}"
        if not _defined(found, defined):
            return "the loss is not seen to be defined all along the flow"
    except ZeroDivisionError:
        return "a division by 0"
    except DynamicsError as limit:
        return limit.message
    return tuple(found.at(until).parameters)


def _defined(found: Flow, program: Program) -> bool:
    """Whether all operations have values on boxes around the path, a little wider than it is."""
    with working(found.bits):
        margin = flint().arb(2) ** -found.bits
        for part, low, high in found.pieces():
            center, radius = part.over(low, high)
            if not all(x.is_finite() for x in program.run(real_balls(), [around(x, radius + margin) for x in center])):
                return False
    return True
