"""Networks as immutable data: layers in sequence, dense or sparse."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fpproof.errors import NetworkError
from fpproof.formats import NAN, ZERO, Datum, Format
from fpproof.formats.arithmetic import is_nan
from fpproof.formats.text import both

RELU = "relu"

Row = tuple[tuple[int, Datum], ...]
"""The weights of a neuron: pairs (input, weight), inputs strictly increasing."""


class Activation(Protocol):
    """An activation of one format, other than ReLU: its value and its derivative at every datum it knows."""

    def value(self, z: Datum) -> Datum: ...

    def derivative(self, z: Datum) -> Datum: ...


@dataclass(frozen=True)
class TableActivation:
    """An activation given by entries: number -> (value, derivative). Both zeros are one number.

    Raises NetworkError at a number it has no entry for; NaN gives NaN.
    """

    name: str
    entries: Mapping[Datum, tuple[Datum, Datum]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", dict(self.entries))

    def _entry(self, z: Datum) -> tuple[Datum, Datum]:
        if is_nan(z):
            return NAN, NAN
        entry = self.entries.get(ZERO if z[0] == 0 else z)
        if entry is None:
            raise NetworkError(f"table {self.name}: no entry for the pre-activation {z[0]} * 2^{z[1]}")
        return entry

    def value(self, z: Datum) -> Datum:
        return self._entry(z)[0]

    def derivative(self, z: Datum) -> Datum:
        return self._entry(z)[1]


@dataclass(frozen=True, slots=True)
class Layer:
    """An affine map and an activation ("relu", the name of another, or None).

    `weights` has one row a neuron; a dense layer's rows name every input. `bias` has a datum or None (no last
    addition) a neuron.
    """

    inputs: int
    weights: tuple[Row, ...]
    bias: tuple[Datum | None, ...]
    activation: str | None = RELU
    sparse: bool = True

    def __post_init__(self) -> None:
        if self.inputs < 1 or not self.weights or len(self.bias) != len(self.weights):
            found = f"{self.inputs} inputs, {len(self.weights)} neurons, {len(self.bias)} biases"
            raise NetworkError(f"layer: expected at least one input and one neuron, and a bias or None a neuron, found {found}")
        for i, row in enumerate(self.weights):
            previous = -1
            for column, _ in row:
                if not previous < column < self.inputs:
                    raise NetworkError(f"layer: neuron {i}: expected increasing inputs below {self.inputs}, found {column} after {previous}")
                previous = column
            if not self.sparse and len(row) != self.inputs:
                raise NetworkError(f"layer: neuron {i} of a dense layer: expected {self.inputs} weights, found {len(row)}")

    @property
    def neurons(self) -> int:
        return len(self.weights)

    @property
    def weight_count(self) -> int:
        return sum(map(len, self.weights))

    def densified(self) -> "Layer":
        """The dense layer that has +0 for every missing weight."""
        if not self.sparse:
            return self
        rows = []
        for row in self.weights:
            present = dict(row)
            rows.append(tuple((j, present.get(j, ZERO)) for j in range(self.inputs)))
        return Layer(self.inputs, tuple(rows), self.bias, self.activation, sparse=False)


def dense(weights: list[list[Datum]], bias: list[Datum | None] | None = None, activation: str | None = RELU) -> Layer:
    """A dense layer from a matrix of data (outputs x inputs)."""
    rows = tuple(tuple(enumerate(row)) for row in weights)
    return Layer(len(weights[0]), rows, tuple(bias if bias is not None else [None] * len(rows)), activation, sparse=False)


@dataclass(frozen=True)
class Network:
    """Layers in sequence over one format; `activations` holds those other than ReLU by name.

    Raises NetworkError where layers do not fit together, a weight is infinite, NaN or no float of the format, or an activation
    is unknown.
    """

    format: Format
    layers: tuple[Layer, ...]
    activations: Mapping[str, Activation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.layers:
            raise NetworkError("network: expected at least one layer, found none")
        object.__setattr__(self, "activations", dict(self.activations))
        width = self.layers[0].inputs
        for number, layer in enumerate(self.layers, 1):
            if layer.inputs != width:
                raise NetworkError(f"layer {number}: expected {width} inputs, the neurons of the layer before, found {layer.inputs}")
            if layer.activation not in (None, RELU) and layer.activation not in self.activations:
                raise NetworkError(f"layer {number}: activation {layer.activation!r} is unknown")
            self._check_data(number, layer)
            width = layer.neurons

    def _check_data(self, number: int, layer: Layer) -> None:
        """Every distinct weight and bias is a finite float of the format in normal form."""
        data = {weight for row in layer.weights for _, weight in row} | {b for b in layer.bias if b is not None}
        F = self.format
        for x in data:
            if x[1] is None or not is_float(F, x):
                shown = both(F, x) if x[1] is None else f"{x[0]} * 2^{x[1]}"
                raise NetworkError(f"layer {number}: weight or bias {shown} is no finite float of {F.name}")

    @property
    def inputs(self) -> int:
        return self.layers[0].inputs

    @property
    def outputs(self) -> int:
        return self.layers[-1].neurons

    @property
    def hidden_neurons(self) -> int:
        return sum(layer.neurons for layer in self.layers[:-1])

    @property
    def weight_count(self) -> int:
        return sum(layer.weight_count for layer in self.layers)

    @property
    def sparse(self) -> bool:
        return any(layer.sparse for layer in self.layers)

    def densified(self) -> "Network":
        """The network with every missing weight +0."""
        return Network(self.format, tuple(layer.densified() for layer in self.layers), self.activations)


def is_float(F: Format, x: Datum) -> bool:
    """Whether a finite datum is one of F, in F's normal form."""
    m, e = x
    if e is None or m == 0:
        return e in (0, -1)
    magnitude = abs(m)
    if not F.emin - F.p <= e <= F.emax - F.p or magnitude >> (F.p + 1) or (magnitude >> F.p == 0 and e != F.emin - F.p):
        return False
    return e < F.largest[1] or magnitude <= F.largest[0]  # type: ignore[operator]  # Omega is finite
