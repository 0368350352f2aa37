"""Losses as text: read with Python's parser, bounded, and never run.

Numbers, names of parameters, + - * / ** (with whole exponents), brackets, and calls of functions with one argument. A number is the rational that is
written: 0.1 is 1/10.
"""

import ast
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from gmpy2 import mpq

from fpproof.dynamics.graph import DynamicsError, Graph, Node
from fpproof.errors import NumberError, Place
from fpproof.formats.expressions import parse_expression

LONGEST = 20000
DEEPEST = 100
LARGEST_POWER = 200

_OPERATORS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}


def parse_loss(graph: Graph, text: str, parameters: Mapping[str, int], where: Place | None = None) -> Node:
    """The node of an expression over named parameters; raises DynamicsError with the column."""
    return _Reader(graph, text, parameters, where).read()


class _Reader:
    def __init__(self, graph: Graph, text: str, parameters: Mapping[str, int], where: Place | None) -> None:
        self.graph, self.text, self.parameters, self.where = graph, text, parameters, where

    def error(self, message: str, at: Any = None, hint: str | None = None) -> DynamicsError:
        column = getattr(at, "col_offset", None)
        shown = f" (column {column + 1} of the expression)" if column is not None else ""
        return DynamicsError(f"loss: {message}{shown}", self.where, hint)

    def read(self) -> Node:
        if len(self.text) > LONGEST:
            raise self.error(f"an expression of {len(self.text)} characters, at most {LONGEST} are read")
        depth = 0
        for character in self.text:
            depth += (character in "([{") - (character in ")]}")
            if depth > DEEPEST:
                raise self.error(f"nested deeper than {DEEPEST}")
        if self.text.count("-") + self.text.count("+") > 4000 or "**" * 3 in self.text.replace(" ", ""):
            raise self.error("too many operators")
        try:
            tree = ast.parse(self.text.strip().replace("\n", " "), mode="eval")
            return self.node(tree.body, 0)
        except DynamicsError:
            raise
        except SyntaxError as error:
            raise self.error(f"{error.msg} (column {error.offset} of the expression)") from None
        except (ValueError, RecursionError, MemoryError):
            raise self.error("no expression that can be read") from None

    def node(self, tree: ast.expr, depth: int) -> Node:
        if depth > 5 * DEEPEST:
            raise self.error("nested too deeply", tree, "sums of many terms: add brackets")
        graph = self.graph
        match tree:
            case ast.Constant(value=int() | float()) if not isinstance(tree.value, bool):
                return graph.constant(self.number(tree))
            case ast.Name(id=name):
                return self.name(tree, name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return graph.negate(self.node(operand, depth + 1))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.node(operand, depth + 1)
            case ast.BinOp(op=ast.Pow(), left=left, right=right):
                return self.power(left, right, depth)
            case ast.BinOp(op=operator, left=left, right=right) if type(operator) in _OPERATORS:
                x, y = self.node(left, depth + 1), self.node(right, depth + 1)
                operation: Callable[[Node, Node], Node] = getattr(graph, _OPERATORS[type(operator)])
                if graph.value(y) == 0 and isinstance(operator, ast.Div):
                    raise self.error("division by 0", right)
                return operation(x, y)
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
                return self.call(tree, name, self.node(argument, depth + 1))
        raise self.error("this means nothing in a loss", tree, "there are numbers, parameters, + - * / ** and functions of one argument")

    def number(self, tree: ast.Constant) -> mpq:
        text = ast.get_source_segment(self.text.strip().replace("\n", " "), tree) or ""
        try:
            value = parse_expression(text.replace("_", ""))
        except NumberError as error:
            raise self.error(error.message, tree, error.hint) from None
        return mpq(value.numerator, value.denominator)

    def name(self, tree: ast.expr, name: str) -> Node:
        if name in self.parameters:
            return self.graph.variable(self.parameters[name])
        if name == "pi":
            return self.graph.pi()
        near = get_close_matches(name, self.parameters, 1)
        raise self.error(
            f"{name!r} has no start", tree, f"did you mean {near[0]!r}?" if near else "give each parameter of the loss a number in [start]"
        )

    def power(self, left: ast.expr, right: ast.expr, depth: int) -> Node:
        exponent = self.graph.value(self.node(right, depth + 1))
        x = self.node(left, depth + 1)
        if exponent is not None and exponent.denominator == 2:
            x, exponent = self.graph.function("sqrt", x), exponent * 2
        if exponent is None or exponent.denominator != 1 or abs(exponent) > LARGEST_POWER:
            raise self.error(f"expected a whole exponent from -{LARGEST_POWER} to {LARGEST_POWER}, or half of one", right)
        base = self.graph.value(x)
        if base is not None and ((base == 0 and exponent < 0) or (base and max(base.numerator.bit_length(), base.denominator.bit_length()) > 4096)):
            raise self.error("a power of a constant that is too large, or of 0", right)
        return self.graph.power(x, int(exponent))

    def call(self, tree: ast.expr, name: str, x: Node) -> Node:
        function = FUNCTIONS.get(name)
        if function is None:
            near = get_close_matches(name, FUNCTIONS, 1)
            raise self.error(f"no function {name!r}", tree, f"did you mean {near[0]!r}?" if near else f"there are {', '.join(FUNCTIONS)}")
        return function(self.graph, x)


def _gelu(graph: Graph, x: Node) -> Node:
    root = graph.function("sqrt", graph.constant(2))
    share = graph.add(graph.constant(1), graph.function("erf", graph.divide(x, root)))
    return graph.multiply(graph.constant(mpq(1, 2)), graph.multiply(x, share))


def _gelu_tanh(graph: Graph, x: Node) -> Node:
    """x S(2u), u = sqrt(2/pi) (x + 0.044715 x^3), S the logistic function: (1 + tanh u)/2 = S(2u)."""
    factor = graph.function("sqrt", graph.divide(graph.constant(8), graph.pi()))
    cubic = graph.add(x, graph.multiply(graph.constant(mpq("0.044715")), graph.power(x, 3)))
    return graph.multiply(x, graph.function("sigmoid", graph.multiply(factor, cubic)))


def _below(graph: Graph, x: Node) -> Node:
    """min(x, 0) = -relu(-x)."""
    return graph.negate(graph.function("relu", graph.negate(x)))


def _leaky_relu(graph: Graph, x: Node) -> Node:
    return graph.add(graph.function("relu", x), graph.multiply(graph.constant(mpq(1, 100)), _below(graph, x)))


def _elu(graph: Graph, x: Node) -> Node:
    return graph.add(graph.function("relu", x), graph.function("expm1", _below(graph, x)))


SELU_SCALE, SELU_ALPHA = mpq("1.0507009873554804934193349852946"), mpq("1.6732632423543772848170429916717")


def _selu(graph: Graph, x: Node) -> Node:
    left = graph.multiply(graph.constant(SELU_ALPHA), graph.function("expm1", _below(graph, x)))
    return graph.multiply(graph.constant(SELU_SCALE), graph.add(graph.function("relu", x), left))


def _primitive(name: str) -> Callable[[Graph, Node], Node]:
    return lambda graph, x: graph.function(name, x)


FUNCTIONS: dict[str, Callable[[Graph, Node], Node]] = {
    **{name: _primitive(name) for name in ("exp", "log", "sqrt", "sin", "cos", "sinh", "cosh", "tanh", "sigmoid", "softplus")},
    **{name: _primitive(name) for name in ("log1p", "expm1", "erf", "atan", "relu")},
    "abs": lambda graph, x: graph.add(graph.function("relu", x), graph.function("relu", graph.negate(x))),
    "logistic": _primitive("sigmoid"),
    "swish": lambda graph, x: graph.multiply(x, graph.function("sigmoid", x)),
    "silu": lambda graph, x: graph.multiply(x, graph.function("sigmoid", x)),
    "mish": lambda graph, x: graph.multiply(x, graph.function("tanh", graph.function("softplus", x))),
    "softsign": lambda graph, x: graph.divide(
        x, graph.add(graph.constant(1), graph.add(graph.function("relu", x), graph.function("relu", graph.negate(x))))
    ),
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "selu": _selu,
}
"""Name -> what builds its nodes. All but the primitives are written with them."""
