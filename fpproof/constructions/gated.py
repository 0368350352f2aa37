"""What the networks of activations other than ReLU share: one output, gates, and carrying an upstream down a path.

A network for a table is a sum of networks for its points. Each point has signals that are quiet at z and loud elsewhere; a *gate* subtracts them from
a neuron, which then has its lower level, and derivative 0, wherever they are loud. Every neuron that is gated has copies of the signals of its own,
so that no adjoints of several consumers add up. Where the quiet level is -1, a constant neuron 1 stands beside each copy, so that the sum at z is
exactly 0. Cancelling pairs stand before values in the output.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import ClassVar

from fpproof.constructions.assembly import Assembly, Name, Rank
from fpproof.constructions.entries import Entries
from fpproof.constructions.table import Point
from fpproof.constructions.transport import bring_to_power, scaled
from fpproof.errors import ConstructionError
from fpproof.formats import ZERO, Datum, Format, rational, round_rational
from fpproof.formats.arithmetic import equal, multiply
from fpproof.networks import Network

GOALS = (0, -1, 1, -2, 2, -3, 3)
"""Exponents of the powers of two that are tried on the way from upstream to gradient."""


def exact(F: Format, r: Fraction | int) -> Datum:
    """The float r; raises ConstructionError if r is none."""
    x = round_rational(F, Fraction(r))
    if x[1] is None or rational(x) != r:
        raise ConstructionError(f"{F.name}: the construction needs the number {r}, which is no float of it", hint="see docs/representation.md")
    return x


def two_factors(F: Format, y: Datum, n: int, shift: int) -> tuple[Datum, Datum] | None:
    """Floats a, b with ((y a) k) b) k = 2^n for k = 2^-shift, each product rounded: what two layers with slope k at 0 make of an adjoint y.

    None where none is found.
    """
    pair = bring_to_power(F, y, n + shift) if y[0] else None
    b = None if pair is None else scaled(F, pair[1], shift)
    if pair is None or b is None:
        return None
    kappa = F.power_of_two(-shift)
    arrived = multiply(F, multiply(F, multiply(F, multiply(F, y, pair[0]), kappa), b), kappa)
    return (pair[0], b) if equal(arrived, F.power_of_two(n)) else None


class Gated(ABC):
    """The layers of one table while they are built."""

    path: ClassVar = 2
    """How many layers lie between a point's gated heads and its gated top."""

    def __init__(self, F: Format, sigma: Entries, low: int, points: Sequence[Point], depth: int) -> None:
        self.F, self.sigma, self.low, self.points = F, sigma, low, points
        self.layers = [Assembly() for _ in range(depth)]
        self.output: dict[Name, Datum] = {}

    def network(self) -> Network:
        for number, point in enumerate(self.points):
            try:
                if point.gradient[0][0] or point.value[0]:
                    self._comparator(number, point.x[0])
                if point.gradient[0][0]:
                    self._add_gradient(number, point)
                if point.value[0]:
                    self._add_value(number, point.value)
            except ConstructionError as error:
                raise ConstructionError(error.message, point.place, error.hint) from None
        for index, assembly in enumerate(self.layers[:-1]):
            if not assembly.neurons:
                self._constant(index, (0,), ZERO)
        self.layers[-1].add("out", (0,), self.output)
        below: dict[Name, int] = {"x": 0}
        built = []
        for assembly in self.layers:
            built.append(assembly.layer(below, None if assembly is self.layers[-1] else self.sigma.name))
            below = assembly.order()
        return Network(self.F, tuple(built), {self.sigma.name: self.sigma})

    @abstractmethod
    def _comparator(self, number: int, x: Datum) -> None:
        """The layers that compare x with the point, up to its signals."""

    @abstractmethod
    def _add_gradient(self, number: int, point: Point) -> None:
        """Adds what carries the point's upstream to its gradient, which is not 0."""

    @abstractmethod
    def _add_value(self, number: int, value: Datum) -> None:
        """Adds the terms of a value that is not 0."""

    @abstractmethod
    def _signal(self, number: int, side: int, index: int, rank: Rank) -> Name:
        """The point's signal of a side, in the layer of that index: a copy of its own, named by its rank."""

    def exact(self, r: Fraction | int) -> Datum:
        return exact(self.F, r)

    def _constant(self, index: int, rank: Rank, bias: Datum) -> Name:
        """sigma(bias), without inputs, in the layer of that index, of one owner."""
        return self.layers[index].add(("constant", rank, bias), rank, {}, bias)

    def _gate(self, number: int, index: int, rank: Rank, weight: Fraction, copies: int, one: Datum) -> dict[Name, Datum]:
        """The terms of a gate for a consumer in the layer above that of the index; `one` is the bias of a constant neuron 1."""
        step, terms = self.exact(-weight), {}
        for order in range(copies):
            for place, side in enumerate((1, -1)):
                at = (*rank, 2 * order + place)
                terms[self._signal(number, side, index, (*at, 0))] = step
                if self.low == -1:
                    terms[self._constant(index, (*at, 1), one)] = step
        return terms
