"""What is asked of a network: its shape, its weights, and its values and gradients; data without any method of finding one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from fpproof.formats import ZERO, Datum, Format, rational
from fpproof.formats.arithmetic import compare, equal, is_finite, negate
from fpproof.networks import RELU

Vector = tuple[Datum, ...]


class Kind(StrEnum):
    """What is asked of one number."""

    FREE = "free"
    IS = "is"
    NOT = "not"
    BETWEEN = "between"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a value or of a component of a gradient: to be `low`, not to be `low`, or to be from `low` to `high`.

    Numbers are compared numerically. Whatever is not free must be finite.
    """

    kind: Kind = Kind.FREE
    low: Datum = ZERO
    high: Datum = ZERO

    def holds(self, found: Datum) -> bool:
        match self.kind:
            case Kind.FREE:
                return True
            case Kind.IS:
                return equal(found, self.low)
            case Kind.NOT:
                return is_finite(found) and not equal(found, self.low)
            case Kind.BETWEEN:
                return is_finite(found) and compare(self.low, found) in (-1, 0) and compare(found, self.high) in (-1, 0)


FREE = Wanted()


@dataclass(frozen=True, slots=True)
class Point:
    """At x, for an upstream: what the values are to be, and the gradient (None: nothing is asked of it, not even that it is finite)."""

    x: Vector
    upstream: Vector
    value: tuple[Wanted, ...]
    gradient: tuple[Wanted, ...] | None


@dataclass(frozen=True, slots=True)
class Shape:
    """A layer: neurons, activation (None: affine), and whether its neurons have biases."""

    width: int
    activation: str | None = RELU
    bias: bool = True


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a weight stands, counted from 0; `input` is None for the bias."""

    layer: int
    neuron: int
    input: int | None = None

    @property
    def sort_key(self) -> tuple[int, int, int]:
        """In the order in which a network is read: the bias of a neuron comes last."""
        return self.layer, self.neuron, 1 << 30 if self.input is None else self.input

    def __str__(self) -> str:
        """As people count, from 1."""
        if self.input is None:
            return f"b{self.layer + 1}[{self.neuron + 1}]"
        return f"W{self.layer + 1}[{self.neuron + 1},{self.input + 1}]"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a weight may be: one of `among` (None: any finite float), of magnitude at most `bound`, a power of two or zero if `powers`."""

    among: tuple[Datum, ...] | None = None
    bound: Datum | None = None
    powers: bool = False
    same_as: Place | None = None

    @property
    def free(self) -> bool:
        return self == Choice()

    def allows(self, w: Datum) -> bool:
        """Whether a finite weight fits, sharing aside."""
        if self.among is not None and not any(equal(w, one) for one in self.among):
            return False
        if self.bound is not None and abs(rational(w)) > rational(self.bound):
            return False
        return not self.powers or w[0] == 0 or abs(w[0]).bit_count() == 1

    def both(self, other: "Choice") -> "Choice":
        """What both allow, sharing aside."""
        first, second = (self, other) if self.among is not None else (other, self)
        among = None if first.among is None else tuple(w for w in first.among if second.allows(w))
        bounds = [choice.bound for choice in (self, other) if choice.bound is not None]
        return Choice(among, min(bounds, key=rational, default=None), self.powers or other.powers)


class Objective(StrEnum):
    """What is made as small as possible, once there is a network at all."""

    NONZERO = "nonzero"
    MAGNITUDE = "magnitude"
    DISTINCT = "distinct"


@dataclass(frozen=True)
class Spec:
    """A question: is there a network over `format` with these layers and weights that does what is wanted at all points?

    `inputs` is the dimension of x. `file` is where it was read, for the reports.
    """

    format: Format
    inputs: int
    layers: tuple[Shape, ...]
    points: tuple[Point, ...]
    choices: tuple[tuple[Place, Choice], ...] = ()
    objective: Objective | None = None
    at_most: int | None = None
    """What the objective may come to at most; None for any."""
    file: str = "spec"

    def places(self) -> Iterator[Place]:
        """All weights, in the order in which a network is read."""
        inputs = self.inputs
        for number, layer in enumerate(self.layers):
            for neuron in range(layer.width):
                yield from (Place(number, neuron, j) for j in range(inputs))
                if layer.bias:
                    yield Place(number, neuron)
            inputs = layer.width

    @cached_property
    def _constrained(self) -> dict[Place, Choice]:
        return dict(self.choices)

    def choice(self, place: Place) -> Choice:
        """What a weight may be."""
        return self._constrained.get(place, Choice())

    def measure(self, weights: Mapping[Place, Datum]) -> int:
        """What the objective counts: nonzero weights, the ordinal of the greatest magnitude, or distinct values (zeros of both signs are one)."""
        found = [weights[place] for place in self.places()]
        match self.objective:
            case Objective.NONZERO:
                return sum(m != 0 for m, _ in found)
            case Objective.MAGNITUDE:
                return max(abs(self.format.ordinal(w)) for w in found)
            case Objective.DISTINCT:
                return len({self.format.ordinal(w) for w in found})
            case None:
                return 0

    @property
    def symmetric(self) -> bool:
        """Whether neurons of a hidden layer may change places: no weight is constrained on its own."""
        return not self.choices

    @property
    def depth(self) -> int:
        return len(self.layers)


def violated(point: Point, value: Vector, gradient: Vector) -> str:
    """What a network that gives these numbers does not do as wanted; empty if it does."""
    for i, (wanted, found) in enumerate(zip(point.value, value, strict=True), 1):
        if not (wanted.holds(found) and is_finite(found)):
            return f"value {i}"
    for j, (wanted, found) in enumerate(zip(point.gradient or (), gradient, strict=point.gradient is not None), 1):
        if not (wanted.holds(found) and is_finite(found)):
            return f"gradient {j}"
    return ""


def opposite(x: Vector) -> Vector:
    """Each component with the other sign."""
    return tuple(map(negate, x))
