"""A problem: a loss of named parameters, and a start; from text, from a TOML file, or from a network with data.

    loss = "(c*log(cosh(w)) - 1)**2 + (c*log(cosh(2*w)) - 4)**2"        of the names in [start]
    [start]
    w = "1"
    c = "5/2"

or a description of a training run (`fpproof.training.reading`): [[layers]], [data], loss = "squared" (the mean of half the squared errors).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from gmpy2 import mpq

from fpproof.dynamics.expressions import FUNCTIONS, parse_loss
from fpproof.dynamics.graph import DynamicsError, Graph, Node, Program
from fpproof.training import Affine, Run, parse_source, read_source, run_of
from fpproof.training.losses import check_targets
from fpproof.training.reading import Source, check_keys, number

MOST_PARAMETERS = 5000
LONGEST_START = 2**14
"""Bits of a number of the start."""


@dataclass(frozen=True)
class Problem:
    """A loss over R^n as a node of a graph, the names of its parameters, and where they start. Everything exact."""

    graph: Graph
    loss: Node
    names: tuple[str, ...]
    start: tuple[Fraction, ...]
    source: str
    """TOML that `problem_of` reads as this problem."""
    run: Run | None = None

    @property
    def dimension(self) -> int:
        return len(self.names)

    @cached_property
    def gradient_nodes(self) -> list[Node]:
        return self.graph.gradient(self.loss, self.dimension)

    @cached_property
    def value(self) -> Program:
        return self.graph.program([self.loss])

    @cached_property
    def gradient(self) -> Program:
        return self.graph.program(self.gradient_nodes)

    @cached_property
    def hessian(self) -> Program:
        """The lower triangle, row by row."""
        rows = self.graph.hessian(self.gradient_nodes)
        return self.graph.program([entry for i, row in enumerate(rows) for entry in row[: i + 1]])


def problem(loss: str, start: Mapping[str, Fraction | int | str]) -> Problem:
    """A problem from an expression; numbers are exact rationals (texts such as "5/2" too)."""
    names = tuple(start)
    numbers = tuple(Fraction(value) for value in start.values())
    lines = [f"loss = {json.dumps(loss)}", "[start]", *(f'{name} = "{value}"' for name, value in zip(names, numbers, strict=True))]
    return _from_text(loss, names, numbers, "\n".join(lines) + "\n")


def _from_text(text: str, names: tuple[str, ...], start: tuple[Fraction, ...], source: str) -> Problem:
    if not names or len(names) > MOST_PARAMETERS:
        raise DynamicsError(f"start: expected from 1 to {MOST_PARAMETERS} parameters, found {len(names)}")
    for name, value in zip(names, start, strict=True):
        if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) or name in FUNCTIONS or name == "pi":
            raise DynamicsError(f"start: {name[:40]!r} is no name for a parameter", hint="letters, digits and _; not the name of a function")
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > LONGEST_START:
            raise DynamicsError(f"start: {name}: a number of more than {LONGEST_START} bits")
    graph = Graph()
    loss = parse_loss(graph, text, {name: index for index, name in enumerate(names)})
    return Problem(graph, loss, names, start, source)


def read_problem(path: str | Path) -> Problem:
    """The problem in a TOML file; raises an FpproofError with the place, OSError if the file cannot be read."""
    return problem_of(read_source(path))


def problem_of(source: Source) -> Problem:
    """The problem of a TOML document."""
    document = source.document
    if "layers" in document or "data" in document:
        if "start" in document:
            raise source.error("start", "a network starts at the weights in [[layers]]", "[start]", "remove [start], or [[layers]] and [data]")
        return network_problem(run_of(source), source.text)
    check_keys(source, "problem", document, {"loss", "start"})
    text, table = document.get("loss"), document.get("start")
    if type(text) is not str:
        raise source.error("loss", f"expected a text with an expression, found {text!r:.40}", "loss")
    if type(table) is not dict or not table:
        raise source.error("start", 'expected a table with a number for each parameter, such as w = "1"', "start")
    start = tuple(number(source, f"start.{name}"[:60], value) for name, value in table.items())
    try:
        return _from_text(text, tuple(table), start, source.text)
    except DynamicsError as error:
        where, _, message = error.message.partition(": ")
        raise source.error(where, message, text if where == "loss" else "[start]", error.hint) from None


Start = Mapping[str, Fraction] | Sequence[Fraction]
"""Numbers by name, or in the order of the parameters."""


def placed(start: Start, names: Sequence[str]) -> list[Fraction]:
    """The numbers of a start in the order of the parameters."""
    if not isinstance(start, Mapping):
        if len(start) != len(names):
            raise DynamicsError(f"start: expected {len(names)} numbers, for {', '.join(names[:8])}; found {len(start)}")
        return list(start)
    unknown = [name for name in start if name not in names]
    missing = [name for name in names if name not in start]
    if unknown or missing:
        wrong = f"no parameter {unknown[0][:40]!r}" if unknown else f"no number for {missing[0]}"
        raise DynamicsError(f"start: {wrong}", hint=f"there are {', '.join(names[:8])}")
    return [start[name] for name in names]


def moved(found: Problem, start: Start) -> Problem:
    """The same loss, an expression, from another start."""
    if found.run is not None:
        raise DynamicsError("a network starts at the weights in its [[layers]]", hint="--start is for losses that are expressions")
    numbers = placed(start, found.names)
    text: str = parse_source("problem", found.source).document["loss"]
    return problem(text, dict(zip(found.names, numbers, strict=True)))


# Networks


def network_problem(run: Run, source: str = "") -> Problem:
    """The loss of a network on all its data, as a function of its weights and biases. Without a source its flow cannot be written to a file."""
    if run.parameters > MOST_PARAMETERS:
        raise DynamicsError(f"a network of {run.parameters} parameters; flows are computed for at most {MOST_PARAMETERS}")
    check_targets(run.loss, run.y)
    graph = Graph()
    names: list[str] = []
    start: list[Fraction] = []

    def parameter(name: str, value: Fraction) -> Node:
        names.append(name)
        start.append(value)
        return graph.variable(len(names) - 1)

    layers = []
    for depth, layer in enumerate(run.layers, 1):
        weights = [[parameter(f"W{depth}[{i}][{j}]", w) for j, w in enumerate(row)] for i, row in enumerate(layer.weights)]
        bias = [None if b is None else parameter(f"b{depth}[{i}]", b) for i, b in enumerate(layer.bias)]
        layers.append((weights, bias, layer))
    losses = [_sample(graph, layers, x, y, run.loss) for x, y in zip(run.x, run.y, strict=True)]
    total = graph.sum(losses)
    if run.reduction == "mean":
        total = graph.multiply(graph.constant(mpq(1, len(losses))), total)
    return Problem(graph, total, tuple(names), tuple(start), source, run)


_Built = tuple[list[list[Node]], list[Node | None], Affine]


def _sample(graph: Graph, layers: Sequence[_Built], x: Sequence[Fraction], y: Sequence[Fraction], loss: str) -> Node:
    values = [graph.constant(mpq(v.numerator, v.denominator)) for v in x]
    for weights, bias, layer in layers:
        outputs = []
        for row, b in zip(weights, bias, strict=True):
            z = graph.sum(graph.multiply(w, value) for w, value in zip(row, values, strict=True))
            z = z if b is None else graph.add(z, b)
            outputs.append(z if layer.activation is None else FUNCTIONS[layer.activation.replace("-", "_")](graph, z))
        values = outputs
    return _loss(graph, loss, values, [graph.constant(mpq(v.numerator, v.denominator)) for v in y])


def _loss(graph: Graph, name: str, outputs: Sequence[Node], targets: Sequence[Node]) -> Node:
    """The losses of `fpproof.training.losses`: squared, sum (f - y)^2 / 2; logistic, sum log(1 + e^f) - y f; cross-entropy, log sum e^f - sum y f."""
    half = graph.constant(mpq(1, 2))
    if name == "squared":
        return graph.sum(graph.multiply(half, graph.power(graph.subtract(f, y), 2)) for f, y in zip(outputs, targets, strict=True))
    if name == "logistic":
        return graph.sum(graph.subtract(graph.function("softplus", f), graph.multiply(y, f)) for f, y in zip(outputs, targets, strict=True))
    total = graph.function("log", graph.sum(graph.function("exp", f) for f in outputs))
    return graph.subtract(total, graph.sum(graph.multiply(y, f) for f, y in zip(outputs, targets, strict=True)))
