"""numpy and ml_dtypes: the format's own type, elementwise operations from left to right; and numpy's matrix product as another way.

Neither has activations in every format nor automatic differentiation: activations are looked up in the certificate's tables, and the backward
pass is the program of docs/semantics.md, section 4. What is tested is the arithmetic.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpproof.formats import Format, parse_format
from fpproof.machine.machine import Floats, LayerNumbers, Lookup, Rows, Run, biases, lookups, matrix, require_dense
from fpproof.networks import RELU, Layer, Network
from fpproof.networks.kernel import to_float64

Array = NDArray[Any]
"""Of the machine's type."""

_NUMPY_TYPES = {"binary16": "float16", "binary32": "float32", "binary64": "float64"}
_ML_TYPES = {
    "bfloat16": "bfloat16",
    "E5M2": "float8_e5m2",
    "E4M3FN": "float8_e4m3fn",
    "F(3,4)": "float8_e4m3",
    "F(4,3)": "float8_e3m4",
    "E3M2": "float6_e3m2fn",
    "E2M3": "float6_e2m3fn",
    "E2M1": "float4_e2m1fn",
}


@dataclass(frozen=True)
class _Sums:
    """The sums of one direction of a layer: step k adds, in the rows that have so many terms, weight x entry."""

    rows: int
    steps: tuple[tuple[Any, Array, Any], ...]
    """Rows (an index or a slice), weights (a column), and the entries they multiply (an index)."""

    @staticmethod
    def of(terms: list[list[tuple[int, float]]], dtype: Any) -> "_Sums":
        steps = []
        for k in range(max(map(len, terms))):
            rows = [i for i, row in enumerate(terms) if len(row) > k]
            sources = [terms[i][k][0] for i in rows]
            weights = np.array([terms[i][k][1] for i in rows]).astype(dtype)[:, None]
            same = len(set(sources)) == 1
            steps.append((slice(None) if len(rows) == len(terms) else rows, weights, slice(sources[0], sources[0] + 1) if same else sources))
        return _Sums(len(terms), tuple(steps))

    def __call__(self, v: Array) -> Array:
        """Row by row, from left to right, at all points (the columns) at once."""
        total = np.zeros((self.rows, v.shape[1]), v.dtype)
        for k, (rows, weights, sources) in enumerate(self.steps):
            products = weights * v[sources]
            total[rows] = products if k == 0 else total[rows] + products
        return total


def _chains(layer: Layer, dtype: Any) -> tuple[_Sums, _Sums]:
    """The sums forward, and backward."""
    rows = [[(j, to_float64(w)) for j, w in row] for row in layer.weights]
    columns: list[list[tuple[int, float]]] = [[] for _ in range(layer.inputs)]
    for i, row in enumerate(rows):
        for j, w in row:
            columns[j].append((i, w))
    return _Sums.of(rows, dtype), _Sums.of(columns, dtype)


def _products(layer: Layer, dtype: Any) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """The same by the package's matrix product."""
    weights = matrix(layer, dtype)
    return (lambda v: (v.T @ weights.T).T), (lambda v: (v.T @ weights).T)


@dataclass(frozen=True)
class Elementwise:
    """A package of numpy types. `by_matrices`: its matrix product instead of left-to-right sums of the weights that are there."""

    name: str
    package: str
    types: Mapping[str, str]
    by_matrices: bool
    note: str
    work: int

    @property
    def version(self) -> str:
        return str(import_module(self.package).__version__)

    def formats(self) -> tuple[Format, ...]:
        return tuple(self._types)

    @cached_property
    def _types(self) -> dict[Format, Any]:
        package = import_module(self.package)
        named = {parse_format(name): getattr(package, dtype, None) for name, dtype in self.types.items()}
        return {F: dtype for F, dtype in named.items() if dtype is not None}

    def multiplications(self, network: Network) -> int:
        return 2 * (sum(layer.inputs * layer.neurons for layer in network.layers) if self.by_matrices else network.weight_count)

    def run(self, network: Network, x: Floats, upstream: Floats, rows: Rows) -> Run:
        """Forward and backward in the format's type; infinities and NaN go on as the type has them."""
        if self.by_matrices:
            require_dense(self.name, network)
        dtype, known = self._types[network.format], lookups(network)
        with np.errstate(all="ignore"):
            return self._run(network, x.T.astype(dtype), upstream.T.astype(dtype), rows, dtype, known)

    def _run(self, network: Network, a: Array, delta: Array, rows: Rows, dtype: Any, known: dict[str, Lookup]) -> Run:
        sums = [_products(layer, dtype) if self.by_matrices else _chains(layer, dtype) for layer in network.layers]
        forward, slopes, layers = [], [], []
        for layer, (total, _) in zip(network.layers, sums, strict=True):
            z = total(a)
            bias = biases(layer, dtype)
            if bias is not None:
                z = z + bias[:, None]
            a, slope = _activated(z, layer.activation, known)
            forward.append((_float64(z, rows), _float64(a, rows)))
            slopes.append(slope)
        values = _float64(a, None)
        for (_, below), slope, (z, a) in zip(reversed(sums), reversed(slopes), reversed(forward), strict=True):
            masked = delta if slope is None else delta * slope
            layers.append(LayerNumbers(z, a, _float64(delta, rows), _float64(masked, rows)))
            delta = below(masked)
        return Run(values, _float64(delta, None), tuple(reversed(layers)))


def _float64(v: Array, rows: Rows | None) -> Floats:
    """Columns (points) as rows of binary64; all, or the ones named."""
    return np.ascontiguousarray((v if rows is None else v[:, rows]).T.astype(np.float64))


def _activated(z: Array, activation: str | None, known: dict[str, Lookup]) -> tuple[Array, Array | None]:
    """sigma(z) and sigma'(z); None if there is no activation."""
    if activation is None:
        return z, None
    if activation == RELU:
        zero, one = z.dtype.type(0), z.dtype.type(1)
        return np.where(z > 0, z, np.where(z == z, zero, z)), np.where(z > 0, one, np.where(z == z, zero, z))
    table = known[activation]
    wide = z.astype(np.float64)
    return table(wide, table.values).astype(z.dtype), table(wide, table.derivatives).astype(z.dtype)


NUMPY = Elementwise("numpy", "numpy", _NUMPY_TYPES, False, "elementwise, left to right; tables for activations", 2 * 10**9)
NUMPY_MATMUL = Elementwise("numpy-matmul", "numpy", _NUMPY_TYPES, True, "numpy's matrix products, dense; tables for activations", 2 * 10**9)
ML_DTYPES = Elementwise("ml_dtypes", "ml_dtypes", _ML_TYPES, False, "elementwise, left to right; tables for activations", 2 * 10**9)
