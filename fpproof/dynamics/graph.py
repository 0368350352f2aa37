"""Real functions as graphs: equal expressions are one node, derivatives are nodes of the same graph.

A graph is a list of instructions, each of which names earlier ones. Derivatives are built by the chain rule, backward for gradients and
forward for what follows (Hessians), so they are exact: nothing is known here of the numbers that will run through. Constants are folded.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gmpy2 import mpq

from fpproof.errors import FpproofError

Node = int
"""The place of an instruction in its graph."""

Instruction = tuple[Any, ...]
"""("constant", mpq), ("variable", i), ("power", x, n), or an operation and the nodes of its operands."""

MOST_NODES = 2 * 10**6

BINARY = ("add", "subtract", "multiply", "divide")


class DynamicsError(FpproofError):
    """A loss, a start or an option that cannot be read, or a computation that would say more than it can."""


@dataclass
class Graph:
    """A growing list of instructions without duplicates."""

    instructions: list[Instruction] = field(default_factory=list)
    _places: dict[Instruction, Node] = field(default_factory=dict)

    def _node(self, *instruction: Any) -> Node:
        place = self._places.get(instruction)
        if place is None:
            if len(self.instructions) >= MOST_NODES:
                raise DynamicsError(f"the loss and its derivatives have more than {MOST_NODES} operations", hint="use a smaller network or less data")
            place = self._places[instruction] = len(self.instructions)
            self.instructions.append(instruction)
        return place

    def constant(self, value: Any) -> Node:
        return self._node("constant", mpq(value))

    def variable(self, index: int) -> Node:
        return self._node("variable", index)

    def pi(self) -> Node:
        return self._node("pi")

    def value(self, x: Node) -> mpq | None:
        """The rational number that a node is, if it is a constant."""
        instruction = self.instructions[x]
        return instruction[1] if instruction[0] == "constant" else None

    def add(self, x: Node, y: Node) -> Node:
        a, b = self.value(x), self.value(y)
        if a is not None and b is not None:
            return self.constant(a + b)
        if a == 0:
            return y
        return x if b == 0 else self._node("add", x, y)

    def subtract(self, x: Node, y: Node) -> Node:
        a, b = self.value(x), self.value(y)
        if a is not None and b is not None:
            return self.constant(a - b)
        if x == y:
            return self.constant(0)
        if a == 0:
            return self.negate(y)
        return x if b == 0 else self._node("subtract", x, y)

    def negate(self, x: Node) -> Node:
        a = self.value(x)
        if a is not None:
            return self.constant(-a)
        inner = self.instructions[x]
        return inner[1] if inner[0] == "negate" else self._node("negate", x)

    def multiply(self, x: Node, y: Node) -> Node:
        """A constant factor goes first, and meets the constant factor of the other."""
        a, b = self.value(x), self.value(y)
        if a is not None and b is not None:
            return self.constant(a * b)
        if b is not None:
            x, y, a = y, x, b
        if a is None:
            return self._node("multiply", x, y)
        if a in (0, 1, -1):
            return self.constant(0) if a == 0 else y if a == 1 else self.negate(y)
        inner = self.instructions[y]
        if inner[0] == "multiply" and (c := self.value(inner[1])) is not None:
            return self.multiply(self.constant(a * c), inner[2])
        return self._node("multiply", x, y)

    def divide(self, x: Node, y: Node) -> Node:
        a, b = self.value(x), self.value(y)
        if b == 0:
            raise DynamicsError("division by the constant 0")
        if a is not None and b is not None:
            return self.constant(a / b)
        if a == 0:
            return x
        return x if b == 1 else self._node("divide", x, y)

    def power(self, x: Node, n: int) -> Node:
        a = self.value(x)
        if n == 0:
            return self.constant(1)
        if a is not None and (a or n > 0):
            return self.constant(a**n)
        if n < 0:
            return self.divide(self.constant(1), self.power(x, -n))
        return x if n == 1 else self._node("power", x, n)

    def function(self, name: str, x: Node) -> Node:
        return self.negate(x) if name == "negate" else self._node(name, x)

    def sum(self, terms: Iterable[Node]) -> Node:
        """From left to right."""
        total = self.constant(0)
        for term in terms:
            total = self.add(total, term)
        return total

    # Derivatives

    def partials(self, place: Node) -> list[tuple[Node, Node]]:
        """The operands of an instruction, each with the derivative by it."""
        name, *operands = self.instructions[place]
        if name in ("constant", "variable", "pi"):
            return []
        one = self.constant(1)
        if name == "power":
            x, n = operands
            return [(x, self.multiply(self.constant(n), self.power(x, n - 1)))]
        if name in BINARY:
            x, y = operands
            match name:
                case "add":
                    return [(x, one), (y, one)]
                case "subtract":
                    return [(x, one), (y, self.constant(-1))]
                case "multiply":
                    return [(x, y), (y, x)]
                case _:
                    return [(x, self.divide(one, y)), (y, self.negate(self.divide(place, y)))]
        return [(operands[0], self._slope(name, operands[0], place))]

    def _slope(self, name: str, x: Node, place: Node) -> Node:
        """The derivative of the function at x; `place` is its value there."""
        one = self.constant(1)

        def square(y: Node) -> Node:
            return self.power(y, 2)

        slopes: Mapping[str, Callable[[], Node]] = {
            "negate": lambda: self.constant(-1),
            "exp": lambda: place,
            "expm1": lambda: self.function("exp", x),
            "log": lambda: self.divide(one, x),
            "log1p": lambda: self.divide(one, self.add(one, x)),
            "sqrt": lambda: self.divide(one, self.multiply(self.constant(2), place)),
            "sin": lambda: self.function("cos", x),
            "cos": lambda: self.negate(self.function("sin", x)),
            "sinh": lambda: self.function("cosh", x),
            "cosh": lambda: self.function("sinh", x),
            "tanh": lambda: self.subtract(one, square(place)),
            "sigmoid": lambda: self.multiply(place, self.subtract(one, place)),
            "softplus": lambda: self.function("sigmoid", x),
            "atan": lambda: self.divide(one, self.add(one, square(x))),
            "erf": lambda: self.divide(
                self.multiply(self.constant(2), self.function("exp", self.negate(square(x)))), self.function("sqrt", self.pi())
            ),
            "relu": lambda: self.function("step", x),
            "step": lambda: self.constant(0),
        }
        return slopes[name]()

    def gradient(self, of: Node, variables: int) -> list[Node]:
        """The derivatives by variables 0, 1, ..., by the chain rule backward; adjoints are summed in the order of later instructions first."""
        adjoints: dict[Node, Node] = {of: self.constant(1)}
        result = [self.constant(0)] * variables
        for place in range(of, -1, -1):
            adjoint = adjoints.pop(place, None)
            if adjoint is None:
                continue
            if self.instructions[place][0] == "variable":
                index = self.instructions[place][1]
                result[index] = self.add(result[index], adjoint)
            for operand, partial in self.partials(place):
                term = self.multiply(adjoint, partial)
                adjoints[operand] = self.add(adjoints[operand], term) if operand in adjoints else term
        return result

    def tangents(self, of: Sequence[Node], variables: Sequence[int]) -> list[list[Node]]:
        """For each of some variables the derivatives of several nodes by it, by the chain rule forward."""
        zero, one = self.constant(0), self.constant(1)
        chain = [(place, partials) for place in self.needed(of) if (partials := self.partials(place)) or self.instructions[place][0] == "variable"]
        rows = []
        for variable in variables:
            itself = ("variable", variable)
            found: dict[Node, Node] = {}
            for place, partials in chain:
                terms = [self.multiply(partial, found[operand]) for operand, partial in partials if operand in found]
                if terms:
                    total = self.sum(terms)
                    if total != zero:
                        found[place] = total
                elif not partials and self.instructions[place] == itself:
                    found[place] = one
            rows.append([found.get(place, zero) for place in of])
        return rows

    def hessian(self, gradient: Sequence[Node]) -> list[list[Node]]:
        """Rows of second derivatives."""
        return self.tangents(gradient, range(len(gradient)))

    def operands(self, place: Node) -> tuple[Node, ...]:
        name, *rest = self.instructions[place]
        return () if name in ("constant", "variable", "pi") else (rest[0],) if name == "power" else tuple(rest)

    def needed(self, of: Iterable[Node]) -> list[Node]:
        """All instructions that some nodes rest on, in order."""
        found: set[Node] = set()
        waiting = list(of)
        while waiting:
            place = waiting.pop()
            if place not in found:
                found.add(place)
                waiting.extend(self.operands(place))
        return sorted(found)

    def program(self, of: Sequence[Node]) -> "Program":
        """What computes some nodes, and nothing else."""
        places = self.needed(of)
        number = {place: new for new, place in enumerate(places)}
        code: list[tuple[str, Any, Any]] = []
        for place in places:
            name, *rest = self.instructions[place]
            if name in ("constant", "variable"):
                code.append((name, rest[0], None))
            elif name == "power":
                code.append((name, number[rest[0]], rest[1]))
            else:
                first, second = [*(number[operand] for operand in rest), None, None][:2]
                code.append((name, first, second))
        return Program(tuple(code), tuple(number[place] for place in of))


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """What the instructions mean for one kind of numbers: operations by name, and how a rational constant is written in it."""

    name: str
    constant: Callable[[mpq], Any]
    operations: Mapping[str, Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class Program:
    """A straight line of operations, that any arithmetic can run."""

    code: tuple[tuple[str, Any, Any], ...]
    outputs: tuple[int, ...]

    def run(self, arithmetic: Arithmetic, inputs: Sequence[Any]) -> list[Any]:
        """The outputs at the inputs, operation by operation."""
        values: list[Any] = []
        append, operations = values.append, arithmetic.operations
        for name, first, second in self.code:
            if name == "variable":
                append(inputs[first])
            elif name == "constant":
                append(arithmetic.constant(first))
            elif name == "power":
                append(operations[name](values[first], second))
            elif second is not None:
                append(operations[name](values[first], values[second]))
            elif name == "pi":
                append(operations[name]())
            else:
                append(operations[name](values[first]))
        return [values[place] for place in self.outputs]

    @property
    def size(self) -> int:
        return len(self.code)
