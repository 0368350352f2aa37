"""What a machine is: it has some formats, and runs a network at points in them, forward and backward.

Numbers travel as binary64 arrays: every format of every machine is a part of binary64, so that nothing is rounded on the way.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fpproof.errors import FpproofError
from fpproof.formats import Datum, Format
from fpproof.networks import RELU, Layer, Network, TableActivation
from fpproof.networks.kernel import to_float64

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Rows = NDArray[np.int64]

LARGEST_DENSE = 5 * 10**7
"""Weights of a network, the missing ones counted, that machines without sparse layers are given: 400 MB in binary64."""


class MachineError(FpproofError):
    """A machine that is unknown or not installed, or that cannot run a network; the text says which and why."""


class Unable(MachineError):
    """A machine that is there but lacks the format, an activation or the memory: said, not failed."""


@dataclass(frozen=True, slots=True)
class LayerNumbers:
    """What one layer computed at some points (points x neurons): z, sigma(z), and the adjoint before and after its mask."""

    pre_activations: Floats
    activations: Floats
    adjoints: Floats | None = None
    masked: Floats | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Values (points x outputs), gradients (points x inputs; None on a machine without), and the layers at the points asked for."""

    values: Floats
    gradients: Floats | None
    layers: tuple[LayerNumbers, ...] = field(default=())


class Machine(Protocol):
    """A way of running networks. `work` bounds the multiplications it is given, forward and backward, in one cross-check."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def note(self) -> str:
        """How it runs a network, in a few words."""
        ...

    @property
    def work(self) -> int: ...

    def formats(self) -> tuple[Format, ...]: ...

    def multiplications(self, network: Network) -> int:
        """Products that one point takes."""
        ...

    def run(self, network: Network, x: Floats, upstream: Floats, rows: Rows) -> Run:
        """All points in one batch; the layers at `rows`. Raises Unable."""
        ...


def numbers(vectors: Iterable[tuple[Datum, ...]], width: int) -> Floats:
    """Vectors of data as an array, one a row."""
    listed = list(vectors)
    known = {x: to_float64(x) for x in {x for vector in listed for x in vector}}
    return np.array([[known[x] for x in vector] for vector in listed], np.float64).reshape(len(listed), width)


def dense_weights(network: Network) -> int:
    """How many weights the network has if the missing ones are counted."""
    return sum(layer.inputs * layer.neurons for layer in network.layers)


def require_dense(name: str, network: Network) -> None:
    """Raises Unable for a network that is too large as dense matrices."""
    if (count := dense_weights(network)) > LARGEST_DENSE:
        raise Unable(f"{name} runs dense matrices: {count} weights are more than {LARGEST_DENSE}")


def matrix(layer: Layer, dtype: Any) -> NDArray[Any]:
    """The weights (neurons x inputs), missing ones 0; exact where dtype is the network's format."""
    weights = np.zeros((layer.neurons, layer.inputs), dtype)
    known = {w: to_float64(w) for w in {w for row in layer.weights for _, w in row}}
    for i, row in enumerate(layer.weights):
        weights[i, [j for j, _ in row]] = np.array([known[w] for _, w in row]).astype(dtype)
    return weights


def biases(layer: Layer, dtype: Any) -> NDArray[Any] | None:
    """The biases, missing ones 0 (which adds nothing to a number); None if all are missing."""
    if all(b is None for b in layer.bias):
        return None
    return np.array([0.0 if b is None else to_float64(b) for b in layer.bias]).astype(dtype)


@dataclass(frozen=True)
class Lookup:
    """A table activation on arrays; a number that it lacks gives NaN."""

    keys: Floats
    values: Floats
    derivatives: Floats

    @staticmethod
    def of(network: Network, name: str) -> "Lookup":
        sigma = network.activations[name]
        if not isinstance(sigma, TableActivation):
            raise Unable(f"activation {name} is no table")
        rows = sorted((to_float64(z), to_float64(v), to_float64(d)) for z, (v, d) in sigma.entries.items())
        columns = np.array(rows, np.float64).reshape(-1, 3).T
        return Lookup(columns[0].copy(), columns[1].copy(), columns[2].copy())

    def __call__(self, z: Floats, column: Floats) -> Floats:
        place = np.minimum(np.searchsorted(self.keys, z), len(self.keys) - 1)
        return np.where(self.keys[place] == z, column[place], np.nan)


def lookups(network: Network) -> dict[str, Lookup]:
    """The activations of a network other than ReLU."""
    return {name: Lookup.of(network, name) for name in network.activations if name != RELU}
