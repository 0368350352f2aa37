"""Asymptotic critical values: along a curve theta(t), t -> 0 from the right, with |theta| -> infinity, f -> value and |theta| |grad f| -> 0.

The limits are those of sympy (Gruntz's algorithm), on terms that are built here, never parsed by it; beside them stand enclosures in balls at small
t, and a limit that they contradict is refused. A curve shows that a number is an asymptotic critical value; that there are no others needs a proof.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import add, mul, neg, sub, truediv
from typing import Any

from fpproof.dynamics.balls import Ball, ball, norm, real_balls, working
from fpproof.dynamics.expressions import parse_loss
from fpproof.dynamics.graph import DynamicsError, Graph, Node
from fpproof.dynamics.problem import Problem

BITS = 4000
EXPONENTS = (4, 8)
"""Balls are looked at for t = 2^-4 and 2^-8."""


@dataclass(frozen=True)
class Curve:
    """The limits of |theta|, f and |theta| |grad f| as texts, and what balls say at small t."""

    norm: str
    value: str
    product: str
    at: tuple[tuple[Fraction, Ball, Ball, Ball], ...]

    @property
    def critical(self) -> bool:
        """Whether the curve shows that the value is asymptotically critical."""
        return self.norm == "oo" and self.product == "0" and self.value not in ("oo", "-oo", "nan")


def along(problem: Problem, texts: Mapping[str, str]) -> Curve:
    """The limits along a curve: an expression in t for every parameter. DynamicsError where sympy finds no limit, or balls contradict it."""
    missing = [name for name in problem.names if name not in texts]
    extra = [name for name in texts if name not in problem.names]
    if missing or extra:
        wrong = f"no expression for {missing[0]}" if missing else f"no parameter {extra[0][:40]!r}"
        raise DynamicsError(f"curve: {wrong}", hint="for example --along 'w = t, c = 2/t**2'")
    graph = Graph()
    nodes = [parse_loss(graph, texts[name], {"t": 0}) for name in problem.names]
    at = tuple(_balls(problem, graph, nodes, Fraction(1, 2**e)) for e in EXPONENTS)
    limits = _limits(problem, graph, nodes)
    _compare(limits, at)
    size, value, product = map(str, limits)
    return Curve(size, value, product, at)


def _balls(problem: Problem, graph: Graph, nodes: Sequence[Node], t: Fraction) -> tuple[Fraction, Ball, Ball, Ball]:
    with working(BITS):
        theta = graph.program(nodes).run(real_balls(), [ball(t)])
        size = norm(theta)
        value = problem.value.run(real_balls(), theta)[0]
        return t, size, value, size * norm(problem.gradient.run(real_balls(), theta))


def _limits(problem: Problem, graph: Graph, nodes: Sequence[Node]) -> tuple[Any, Any, Any]:
    import sympy

    t = sympy.Symbol("t", positive=True)
    theta = _terms(graph, nodes, [t])
    value = _terms(problem.graph, [problem.loss], theta)[0]
    gradient = _terms(problem.graph, problem.gradient_nodes, theta)
    square = sum(x**2 for x in theta)
    try:
        size = sympy.sqrt(sympy.limit(square, t, 0, "+"))
        found = sympy.limit(value, t, 0, "+")
        # |theta|^2 |grad f|^2 as a sum of squares, each of which must tend to 0
        parts = [sympy.limit(x * g, t, 0, "+") for x in theta for g in gradient]
    except (RuntimeError, ValueError, TypeError) as error:
        raise DynamicsError(f"curve: sympy finds no limit ({str(error)[:80]})") from None
    if any(part.has(sympy.oo, -sympy.oo, sympy.nan) for part in parts):
        return size, found, sympy.oo
    return size, found, sympy.sqrt(sum(part**2 for part in parts))


def _terms(graph: Graph, of: Sequence[Node], inputs: Sequence[Any]) -> list[Any]:
    """Nodes as sympy's terms."""
    import sympy

    functions: dict[str, Callable[..., Any]] = {
        "sqrt": sympy.sqrt, "exp": sympy.exp, "log": sympy.log, "sin": sympy.sin, "cos": sympy.cos, "sinh": sympy.sinh, "cosh": sympy.cosh,
        "tanh": sympy.tanh, "erf": sympy.erf, "atan": sympy.atan, "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
        "softplus": lambda x: sympy.log(1 + sympy.exp(x)), "log1p": lambda x: sympy.log(1 + x), "expm1": lambda x: sympy.exp(x) - 1,
        "add": add, "subtract": sub, "multiply": mul, "divide": truediv, "negate": neg,
    }  # fmt: skip
    found: dict[Node, Any] = {}
    for place in graph.needed(of):
        name, *rest = graph.instructions[place]
        if name == "constant":
            found[place] = sympy.Rational(int(rest[0].numerator), int(rest[0].denominator))
        elif name == "variable":
            found[place] = inputs[rest[0]]
        elif name == "pi":
            found[place] = sympy.pi
        elif name == "power":
            found[place] = found[rest[0]] ** rest[1]
        elif name in functions:
            found[place] = functions[name](*(found[operand] for operand in rest))
        else:
            raise DynamicsError(f"curve: limits of {name} are not taken here")
    return [found[place] for place in of]


def _compare(limits: tuple[Any, Any, Any], at: tuple[tuple[Fraction, Ball, Ball, Ball], ...]) -> None:
    """A finite limit must come nearer from the first t to the second, or be met."""
    for limit, (early, late) in zip(limits, zip(*(row[1:] for row in at), strict=True), strict=True):
        if not limit.is_finite:
            continue
        with working(BITS):
            value = float(limit)
            if abs(late - value) > abs(early - value) and abs(late - value) > 1e-6:
                raise DynamicsError(f"curve: sympy's limit {limit} is contradicted by {late.str(8)} at t = {at[1][0]}")
