"""Descent in a format, seen from the reals: bounds of its rounding errors over a tube, and what theorem S3-T1's inexact form makes of them.

A number of the computation is a pair: a ball that holds the exact result for every point of the tube, and a bound of how far the computed number
is from it.
An operation adds what it does to the errors of its operands, and its own rounding: at most u |z| for a normal result, omega/2 for a subnormal one
(round to nearest). So one run of the gradient's program, with these pairs, bounds the error of every gradient that descent can meet in the tube.

With e_g that bound and eta a float, a step computes theta - eta grad f(theta) + eta r with

    eta |r| <= eta e_g + round(eta (|g| + e_g)) + round(|theta| + ...)

entry by entry. The second form of S3-T1 bounds the distance: about beta gamma eta I from the steps, and delta I, with delta = |r| near u |theta|
/ eta, from rounding:
one grows and the other falls with eta. Where they balance is the best step of the format.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from gmpy2 import mpq

from fpproof.dynamics.balls import Ball, DomainError, around, ball, flint, magnitude, norm, real_balls, upper, working
from fpproof.dynamics.expressions import FUNCTIONS
from fpproof.dynamics.graph import Arithmetic, DynamicsError, Graph, Program
from fpproof.dynamics.tube import Tube, largest
from fpproof.formats import Format, rational, round_rational
from fpproof.networks import LEFT_TO_RIGHT
from fpproof.training.descent import Parameters, passed

STEPS = 24
"""Powers of two that are tried for the best step."""


@dataclass(frozen=True, slots=True)
class Erring:
    """All exact values, and a bound of the error."""

    exact: Ball
    error: Ball


class Rounding:
    """The operations of a format on such pairs."""

    def __init__(self, F: Format) -> None:
        self.format = F
        self.u = ball(Fraction(1, 2 ** (F.p + 1)))
        self.tiny = ball(F.omega / 2)
        self.most = ball(rational(F.largest))

    def rounded(self, exact: Ball, error: Ball) -> Erring:
        """After a rounding of a number that is within `error` of the exact one."""
        size = upper(magnitude(exact) + error)
        if not size * (1 + self.u) < self.most:
            raise DomainError(f"a result may overflow {self.format.name}")
        own = self.u * size
        return Erring(exact, upper(error + (own if own > self.tiny else self.tiny)))

    def constant(self, r: Any) -> Erring:
        value = mpq(r.numerator, r.denominator) if hasattr(r, "numerator") else mpq(r)
        near = round_rational(self.format, value)
        if near[1] is None and near[0] != 0:
            raise DomainError(f"a constant is beyond {self.format.name}")
        return Erring(ball(value), magnitude(ball(mpq(rational(near)) - value)))

    def add(self, x: Erring, y: Erring) -> Erring:
        return self.rounded(x.exact + y.exact, x.error + y.error)

    def subtract(self, x: Erring, y: Erring) -> Erring:
        return self.rounded(x.exact - y.exact, x.error + y.error)

    def multiply(self, x: Erring, y: Erring) -> Erring:
        error = magnitude(x.exact) * y.error + magnitude(y.exact) * x.error + x.error * y.error
        return self.rounded(x.exact * y.exact, error)

    def divide(self, x: Erring, y: Erring) -> Erring:
        least = flint().arb(y.exact.abs_lower()) - y.error
        if not least > 0:
            raise DomainError("a division by a number that may be 0")
        quotient = x.exact / y.exact
        return self.rounded(quotient, (x.error + magnitude(quotient) * y.error) / least)

    def power(self, x: Erring, n: int) -> Erring:
        result = x
        for k in range(2, n + 1):
            product = self.multiply(result, x)
            result = Erring(x.exact**k, product.error)
        return result

    def function(self, name: str, order: int = 0) -> Callable[[Erring], Erring]:
        """A correctly rounded function, or its derivative of some order: its error is that of its argument times a bound of its slope in between."""
        value, slope = _derivative(name, order), _derivative(name, order + 1)

        def apply(x: Erring) -> Erring:
            reach = around(x.exact, x.error)
            if (name in ("log", "sqrt") and not reach > 0) or (name == "log1p" and not reach > -1):
                raise DomainError(f"{name} of a number that may be outside of its domain")
            rate = magnitude(slope.run(real_balls(), [reach])[0]) if x.error > 0 else flint().arb(0)
            return self.rounded(value.run(real_balls(), [x.exact])[0], rate * x.error)

        return apply

    def relu(self, x: Erring) -> Erring:
        return Erring(x.exact.nonnegative_part(), x.error)

    def step(self, x: Erring) -> Erring:
        return Erring(real_balls().operations["step"](around(x.exact, x.error)), flint().arb(0))

    def arithmetic(self) -> Arithmetic:
        """For programs of expressions: the operations of `fpproof.dynamics.rounded.in_format`."""
        names = ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "sinh", "cosh", "tanh", "sigmoid", "softplus", "erf", "atan")
        operations: Mapping[str, Callable[..., Any]] = {
            **{name: getattr(self, name) for name in ("add", "subtract", "multiply", "divide", "power", "relu", "step")},
            **{name: self.function(name) for name in names},
            "negate": lambda x: Erring(-x.exact, x.error),
            "pi": lambda: self.rounded(flint().arb.pi(), flint().arb(0)),
        }
        return Arithmetic(self.format.name, self.constant, operations)


@cache
def _derivative(name: str, order: int) -> Program:
    """A function of one variable, or a derivative of it, as a program."""
    graph = Graph()
    node = FUNCTIONS[name](graph, graph.variable(0)) if name != "relu" else graph.function("relu", graph.variable(0))
    for _ in range(order):
        node = graph.gradient(node, 1)[0]
    return graph.program([node])


class NetworkNumbers:
    """The same for passes through networks: docs/semantics.md, sections 3, 4 and 6, on arrays of pairs."""

    def __init__(self, rounding: Rounding) -> None:
        self._rounding = rounding
        self.product = self.times = _elementwise(rounding.multiply)
        self.sum, self.minus = _elementwise(rounding.add), _elementwise(rounding.subtract)
        self.start = self.finish = lambda x: x

    def read(self, numbers: Any) -> Any:
        if isinstance(numbers, (list, tuple)) and numbers and isinstance(numbers[0], (list, tuple)):
            return np.array([self.read(row) for row in numbers], object)
        found = np.empty(len(numbers), object)
        found[:] = [self._rounding.constant(r) for r in numbers]
        return found

    def activated(self, name: str, z: Any) -> Any:
        return _elementwise(self._rounding.relu if name == "relu" else self._rounding.function(name.replace("-", "_")))(z)

    def derivative(self, name: str, z: Any) -> Any:
        return _elementwise(self._rounding.step if name == "relu" else self._rounding.function(name.replace("-", "_"), 1))(z)


def _elementwise(f: Callable[..., Erring]) -> Callable[..., Any]:
    def apply(*columns: Any) -> Any:
        return np.asarray(np.frompyfunc(f, len(columns), 1)(*columns), object)

    return apply


def gradient_errors(problem: Any, box: Sequence[Ball], F: Format) -> list[Erring]:
    """The gradient at every point of the box that a format has, with a bound of its rounding error. DomainError where something may overflow."""
    rounding = Rounding(F)
    points = [Erring(x, flint().arb(0)) for x in box]
    if problem.run is None:
        return problem.gradient.run(rounding.arithmetic(), points)  # type: ignore[no-any-return]  # of this arithmetic
    run = problem.run
    if run.loss != "squared":
        raise DynamicsError(f"rounding errors of the {run.loss} loss are not bounded here", hint="take the squared loss, or an expression")
    numbers: Any = NetworkNumbers(rounding)
    found = passed(run, numbers, LEFT_TO_RIGHT, _shaped(run, points), range(len(run.x)), numbers.read(run.x), numbers.read(run.y))
    return [entry for array in found.gradients for entry in array.flat]


def _shaped(run: Any, points: Sequence[Erring]) -> Parameters:
    """Parameters in the order of a problem's names, as arrays of layers."""
    weights: list[Any] = []
    biases: list[Any] = []
    place = 0
    for layer in run.layers:
        size = layer.neurons * layer.inputs
        matrix = np.empty(size, object)
        matrix[:] = points[place : place + size]
        weights.append(matrix.reshape(layer.neurons, layer.inputs))
        place += size
        if layer.bias[0] is None:
            biases.append(None)
            continue
        vector = np.empty(layer.neurons, object)
        vector[:] = points[place : place + layer.neurons]
        biases.append(vector)
        place += layer.neurons
    return Parameters(tuple(weights), tuple(biases))


@dataclass(frozen=True)
class Prediction:
    """Bounds of the distance to the flow by step size; `best` has the least."""

    best: Fraction
    distances: Mapping[Fraction, Ball]
    """A bound proves something only if it is below the tube's radius."""


def predict(tube: Tube, F: Format, step: Fraction | None = None) -> Prediction:
    """The bounds for powers of two that are floats of the format, and for a given step. Raises DynamicsError if something may overflow in the
    tube."""
    with working(tube.flow.bits):
        boxes = _boxes(tube)
        try:
            errors = [gradient_errors(tube.flow.problem, box, F) for box in boxes]
        except (DomainError, ZeroDivisionError) as error:
            raise DynamicsError(f"descent in {F.name}: {error}") from None
        e0 = upper(norm([ball(mpq(rational(round_rational(F, v))) - mpq(v.numerator, v.denominator)) for v in tube.flow.problem.start]))
        wanted = [Fraction(1, 2**k) for k in range(STEPS)] + ([step] if step is not None else [])
        found: dict[Fraction, Ball] = {}
        for eta in wanted:
            if rational(round_rational(F, eta)) != eta:
                if eta == step:
                    raise DynamicsError(f"step {eta} is no float of {F.name}", hint="take one, such as a power of two")
                continue
            deltas = tuple(_delta(F, eta, box, gradient) for box, gradient in zip(boxes, errors, strict=True))
            found[eta] = tube.distance(eta, largest(deltas), e0)
    best = min(found, key=lambda eta: float(found[eta]))
    return Prediction(best, found)


def _boxes(tube: Tube) -> list[list[Ball]]:
    """Boxes around the tube, one a segment of the flow."""
    found = []
    for part in tube.flow.segments:
        for piece in part.pieces:
            center, distance = part.over(piece.start, piece.end)
            found.append([around(x, distance + ball(tube.radius)) for x in center])
    return found


def _delta(F: Format, eta: Fraction, box: Sequence[Ball], gradient: Sequence[Erring]) -> Ball:
    """|r| of the module's text."""
    rounding, rate = Rounding(F), ball(eta)
    entries = []
    for x, g in zip(box, gradient, strict=True):
        step = rounding.rounded(rate * g.exact, rate * g.error)
        moved = rounding.rounded(x - step.exact, step.error)
        entries.append(moved.error / rate)
    return upper(norm(entries))
