"""Networks on arrays: the meaning of the exact evaluator, many points at once (numba).

Every sum of a layer, forward (over inputs) and backward (over outputs), is compiled to a short program for a stack of partial
sums; the order of the semantics is nothing but the program. A program runs on a tile of points at a time, so that each instruction is a loop
over lanes. Numbers travel as binary64 arrays and are rounded to the format by a carrier (`fpproof.networks.carriers`).

    LOAD   push W (*) x            TERM   top <- top (+) (W (*) x)        FUSE   top <- fl(top + W x)
    ADD    pop t, top <- top (+) t      PUSH   push the bias               BIAS   top <- top (+) bias
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from fpproof.formats import Datum, Format
from fpproof.networks.carriers import Carrier, carrier, conversion
from fpproof.networks.compiled import (
    ADD,
    BIAS,
    FUSE,
    LOAD,
    NO_ACTIVATION,
    PUSH,
    RELU_ACTIVATION,
    TABLE_ACTIVATION,
    TERM,
    Floats,
    Ints,
    activate,
    converted,
    count,
    mask_adjoints,
    sums,
)
from fpproof.networks.network import RELU, Layer, Network, TableActivation
from fpproof.networks.semantics import LEFT_TO_RIGHT, Order, Semantics

TILE = 64
"""Points a tile: long enough for vector instructions, short enough that a tile's layers stay in the cache."""


def to_float64(x: Datum) -> float:
    """A datum as a binary64 number; exact for the formats that have a carrier."""
    m, e = x
    if e is None:
        return float("nan") if m == 0 else m * float("inf")
    if m == 0:
        return -0.0 if e else 0.0
    return float(np.ldexp(float(m), e))


def from_float64(F: Format, v: float) -> Datum:
    """The datum of a binary64 number that is a value of F."""
    if v != v:
        return (0, None)
    if v in (np.inf, -np.inf):
        return (1 if v > 0 else -1, None)
    if v == 0:
        return (0, -1 if np.signbit(v) else 0)
    n, d = float(v).as_integer_ratio()
    exponent = abs(n).bit_length() - d.bit_length()
    e = max(exponent, F.emin) - F.p
    scaled = n * 2**-e if e < 0 else n // 2**e
    return (scaled // d, e)


@dataclass(frozen=True, slots=True)
class Program:
    """The sums of one direction of one layer: row i is instructions starts[i] to starts[i + 1]."""

    starts: Ints
    operations: NDArray[np.int8]
    sources: Ints
    """Which input a LOAD, TERM or FUSE reads."""
    factors: Floats
    """Its weight; the bias of a PUSH or BIAS."""
    depth: int


@dataclass(frozen=True, slots=True)
class _Matrix:
    """A layer's weights by rows (or, transposed, by columns): positions strictly increase in a row."""

    length: int
    starts: Ints
    positions: Ints
    weights: Floats

    @staticmethod
    def of(layer: Layer) -> "_Matrix":
        counts = np.fromiter(map(len, layer.weights), np.int64, layer.neurons)
        starts = np.concatenate(([0], np.cumsum(counts)))
        positions = np.fromiter((j for row in layer.weights for j, _ in row), np.int64, starts[-1])
        floats = {w: to_float64(w) for w in {w for row in layer.weights for _, w in row}}
        weights = np.fromiter((floats[w] for row in layer.weights for _, w in row), np.float64, starts[-1])
        return _Matrix(layer.inputs, starts, positions, weights)

    @property
    def rows(self) -> int:
        return len(self.starts) - 1

    def transposed(self) -> "_Matrix":
        row_of = np.repeat(np.arange(self.rows), np.diff(self.starts))
        by_column = np.argsort(self.positions, kind="stable")
        starts = np.concatenate(([0], np.cumsum(np.bincount(self.positions, minlength=self.length))))
        return _Matrix(self.rows, starts.astype(np.int64), row_of[by_column], self.weights[by_column])

    def densified(self) -> "_Matrix":
        full = np.zeros((self.rows, self.length))
        full[np.repeat(np.arange(self.rows), np.diff(self.starts)), self.positions] = self.weights
        positions = np.tile(np.arange(self.length), self.rows)
        return _Matrix(self.length, np.arange(self.rows + 1) * self.length, positions, full.ravel())


Instruction = tuple[int, int]
"""Operation and index of a term of the row, or -1."""


def _row_instructions(semantics: Semantics, positions: list[int], length: int, has_bias: bool) -> Iterator[Instruction]:
    """The program of one row whose terms stand at the given positions."""
    order, started = semantics.order, False
    if order is Order.BIAS_FIRST and has_bias:
        yield PUSH, -1
        started = True
    if order is Order.PAIRWISE:
        yield from _pairwise_instructions(positions, 0, len(positions), 0, length)
    elif order is Order.BLOCKED:
        for number, (_, block) in enumerate(groupby(range(len(positions)), key=lambda k: positions[k] // semantics.block)):
            for place, k in enumerate(block):
                yield (TERM if place else LOAD), k
            if number:
                yield ADD, -1
    else:
        following = FUSE if order is Order.FMA else TERM
        for k in range(len(positions)):
            yield (following if k or started else LOAD), k
    if has_bias and not started:
        yield (BIAS if positions else PUSH), -1


def _pairwise_instructions(positions: list[int], first: int, last: int, low: int, high: int) -> Iterator[Instruction]:
    """The tree over positions low <= j < high, of which terms first <= k < last are there."""
    if first == last:
        return
    if last - first == 1:
        yield LOAD, first
        return
    middle = low + (1 << ((high - low - 1).bit_length() - 1))
    split = next((k for k in range(first, last) if positions[k] >= middle), last)
    yield from _pairwise_instructions(positions, first, split, low, middle)
    yield from _pairwise_instructions(positions, split, last, middle, high)
    if first < split < last:
        yield ADD, -1


def _compile(matrix: _Matrix, bias: tuple[Datum | None, ...], semantics: Semantics) -> Program:
    biases = [None if b is None else to_float64(b) for b in bias]
    if semantics.order in (Order.LEFT_TO_RIGHT, Order.FMA):
        return _compile_chains(matrix, biases, FUSE if semantics.order is Order.FMA else TERM)
    starts, operations, sources, factors, depth = [0], [], [], [], 1
    for i in range(matrix.rows):
        low, high = matrix.starts[i], matrix.starts[i + 1]
        positions: list[int] = matrix.positions[low:high].tolist()
        weights: list[float] = matrix.weights[low:high].tolist()
        height, b = 0, biases[i]
        for operation, k in _row_instructions(semantics, positions, matrix.length, b is not None):
            operations.append(operation)
            sources.append(positions[k] if k >= 0 else 0)
            factors.append(weights[k] if k >= 0 else b if b is not None and operation in (PUSH, BIAS) else 0.0)
            height += (operation in (LOAD, PUSH)) - (operation == ADD)
            depth = max(depth, height)
        starts.append(len(operations))
    return Program(
        np.array(starts, np.int64), np.array(operations, np.int8), np.array(sources, np.int64), np.array(factors, np.float64), depth
    )


def _compile_chains(matrix: _Matrix, biases: list[float | None], following: int) -> Program:
    """The programs LOAD, TERM..., BIAS of all rows at once."""
    counts = np.diff(matrix.starts)
    biased = np.array([b is not None for b in biases], np.int64)
    starts = np.concatenate(([0], np.cumsum(counts + biased)))
    operations = np.full(starts[-1], following, np.int8)
    sources = np.zeros(starts[-1], np.int64)
    factors = np.zeros(starts[-1])
    place = np.arange(len(matrix.positions)) + np.repeat(starts[:-1] - matrix.starts[:-1], counts)
    sources[place], factors[place] = matrix.positions, matrix.weights
    operations[starts[:-1][counts > 0]] = LOAD
    last = starts[1:][biased > 0] - 1
    operations[last] = np.where(counts[biased > 0] > 0, BIAS, PUSH)
    factors[last] = [b for b in biases if b is not None]
    return Program(starts, operations, sources, factors, 1)


@dataclass(frozen=True, slots=True)
class _CompiledLayer:
    forward: Program
    backward: Program
    activation: int
    table: tuple[Floats, Floats, Floats]
    """Sorted pre-activations of a table, their values and derivatives."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Values (points x outputs), gradients (points x inputs), and the three counters of each point (points x 3).

    `densely` marks the points at which missing weights took part as zeros, `incomplete` those where a table lacked an entry.
    """

    values: Floats
    gradients: Floats
    counters: Ints
    densely: NDArray[np.bool_]
    incomplete: NDArray[np.bool_]


class Kernel:
    """A network compiled for one semantics; immutable, and safe to use from several threads."""

    def __init__(self, network: Network, semantics: Semantics = LEFT_TO_RIGHT) -> None:
        chosen = carriers(network, semantics)
        if chosen is None:
            raise ValueError(f"{network.format.name} under {semantics} has no carrier; use the exact evaluator")
        self.network, self.semantics = network, semantics
        self._carrier, self._finish, self._mask = chosen
        self._slope = float(converted(to_float64(semantics.slope(network.format)), self._mask))
        self._layers = [self._compiled(layer, densely=False) for layer in network.layers]

    def _compiled(self, layer: Layer, densely: bool) -> _CompiledLayer:
        matrix = _Matrix.of(layer)
        if densely and layer.sparse:
            matrix = matrix.densified()
        activation, table = NO_ACTIVATION, (np.empty(0), np.empty(0), np.empty(0))
        if layer.activation == RELU:
            activation = RELU_ACTIVATION
        elif layer.activation is not None:
            sigma = self.network.activations[layer.activation]
            assert isinstance(sigma, TableActivation)
            rows = sorted((to_float64(z), to_float64(v), to_float64(d)) for z, (v, d) in sigma.entries.items())
            columns = np.array(rows, np.float64).reshape(-1, 3).T
            activation, table = TABLE_ACTIVATION, (columns[0].copy(), columns[1].copy(), columns[2].copy())
        unbiased: tuple[Datum | None, ...] = (None,) * layer.inputs
        return _CompiledLayer(
            self._read(_compile(matrix, layer.bias, self.semantics)),
            self._read(_compile(matrix.transposed(), unbiased, self.semantics)),
            activation,
            table,
        )

    def _read(self, program: Program) -> Program:
        """Weights and biases as the operations see them."""
        if self.semantics.flush:
            program.factors[np.abs(program.factors) < self._mask.flush_below] *= 0.0
        return program

    def run(self, x: Floats, upstream: Floats, threads: int | None = None, progress: Callable[[int], object] | None = None) -> Batch:
        """Values, gradients and counters at points x (n x d) for upstreams (n x m), one a row.

        `progress` is told how many points were finished. Points at which a sparse network meets a non-finite activation or adjoint are
        evaluated a second time, densely.
        """
        batch, unfit = self._run(self._layers, x, upstream, threads, progress)
        if not self.network.sparse:
            batch.densely[:] = True
            return batch
        again = np.flatnonzero(unfit)
        if len(again):
            layers = [self._compiled(layer, densely=True) for layer in self.network.layers]
            second, _ = self._run(layers, x[again], upstream[again], threads, None)
            for whole, part in zip(
                (batch.values, batch.gradients, batch.counters, batch.incomplete),
                (second.values, second.gradients, second.counters, second.incomplete),
                strict=True,
            ):
                whole[again] = part
            batch.densely[again] = True
        return batch

    def _run(
        self, layers: list[_CompiledLayer], x: Floats, upstream: Floats, threads: int | None, progress: Callable[[int], object] | None
    ) -> tuple[Batch, NDArray[np.bool_]]:
        points = len(x)
        d, m = self.network.inputs, self.network.outputs
        counters = np.zeros((points, 3), np.int64)
        flags = np.zeros((points, 3), np.bool_)  # a table lacks an entry; not finite; a pre-activation not finite, which is allowed
        values, gradients = np.empty((points, m)), np.empty((points, d))

        def tile(start: int) -> int:
            stop = min(start + TILE, points)
            part = slice(start, stop)
            self._run_tile(layers, x[part], upstream[part], values[part], gradients[part], counters[part], flags[part])
            return stop - start

        starts = range(0, points, TILE)
        if threads == 1 or len(starts) == 1:
            for start in starts:
                done = tile(start)
                if progress is not None:
                    progress(done)
        else:
            with ThreadPoolExecutor(threads) as pool:
                for done in pool.map(tile, starts):
                    if progress is not None:
                        progress(done)
        return Batch(values, gradients, counters, np.zeros(points, np.bool_), flags[:, 0]), flags[:, 1]

    def _run_tile(
        self,
        layers: list[_CompiledLayer],
        x: Floats,
        upstream: Floats,
        values: Floats,
        gradients: Floats,
        counters: Ints,
        flags: NDArray[np.bool_],
    ) -> None:
        operation, finish, mask = self._carrier, self._finish, self._mask
        wide = self.semantics.wide is not None
        a = _lanes(x, self._mask.flush_below)
        pre_activations = []
        for layer in layers:
            program, (keys, values_at, _) = layer.forward, layer.table
            z = np.empty((len(program.starts) - 1, a.shape[1]))
            sums(program.starts, program.operations, program.sources, program.factors, program.depth, a, z, operation, wide, finish)
            pre_activations.append(z)
            a = activate(z, layer.activation, keys, values_at, mask, counters, flags)
        values[:] = a.T
        delta = _lanes(upstream, self._mask.flush_below)
        count(delta, counters[:, 2], flags[:, 1])
        uncounted = np.zeros(len(counters), np.int64)
        for layer, z in zip(reversed(layers), reversed(pre_activations), strict=True):
            program, (keys, _, derivatives_at) = layer.backward, layer.table
            mask_adjoints(delta, z, layer.activation, keys, derivatives_at, self._slope, mask, uncounted, flags)
            below = np.empty((len(program.starts) - 1, delta.shape[1]))
            sums(program.starts, program.operations, program.sources, program.factors, program.depth, delta, below, operation, wide, finish)
            delta = below
            count(delta, counters[:, 2], flags[:, 1])
        gradients[:] = delta.T


def carriers(network: Network, semantics: Semantics) -> tuple[Carrier, Carrier, Carrier] | None:
    """The carriers of products and sums, of the end of a sum, and of masks; None if the kernel cannot do this network."""
    F, G = network.format, semantics.wide or network.format
    if any(not isinstance(sigma, TableActivation) for sigma in network.activations.values()):
        return None
    operation = carrier(G, F, semantics.flush, semantics.order is Order.FMA)
    finish, mask = conversion(F, semantics.flush), carrier(F, F, semantics.flush)
    if operation is None or finish is None or mask is None:
        return None
    return operation, finish, mask


def _lanes(v: Floats, flush_below: float) -> Floats:
    """Points x coordinates as a fresh array of coordinates x points, flushed where the semantics says so."""
    lanes = np.array(v.T, order="C")
    if flush_below:
        lanes[np.abs(lanes) < flush_below] *= 0.0
    return lanes
