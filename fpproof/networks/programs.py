"""Sums as programs: what the orders of docs/semantics.md, section 3, are to the array kernel.

Every sum of a layer, forward (over inputs) and backward (over outputs), is a short program for a stack of partial sums; the order is
nothing but the program.

    LOAD   push W (*) x            TERM   top <- top (+) (W (*) x)        FUSE   top <- fl(top + W x)
    ADD    pop t, top <- top (+) t      PUSH   push the bias               BIAS   top <- top (+) bias
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from fpproof.errors import NetworkError
from fpproof.formats import Datum, Format
from fpproof.kernels.compiled import ADD, BIAS, FUSE, LOAD, PUSH, TERM, Ints, Lanes
from fpproof.networks.network import Layer
from fpproof.networks.semantics import Order, Semantics

Floats = NDArray[np.float64]

LARGEST_DENSE = 2**25
"""Weights of a layer that is evaluated densely; the arrays of its program take some thirty bytes a weight."""


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
    factors: Lanes
    """Its weight; the bias of a PUSH or BIAS."""
    depth: int

    @property
    def rows(self) -> int:
        return len(self.starts) - 1


@dataclass(frozen=True, slots=True)
class Matrix:
    """A layer's weights by rows (or, transposed, by columns): positions strictly increase in a row."""

    length: int
    starts: Ints
    positions: Ints
    weights: Floats

    @staticmethod
    def of(layer: Layer, read: Callable[[Datum], Datum]) -> "Matrix":
        """The weights of a layer, each as `read` gives it."""
        counts = np.fromiter(map(len, layer.weights), np.int64, layer.neurons)
        starts = np.concatenate(([0], np.cumsum(counts)))
        positions = np.fromiter((j for row in layer.weights for j, _ in row), np.int64, starts[-1])
        floats = {w: to_float64(read(w)) for w in {w for row in layer.weights for _, w in row}}
        weights = np.fromiter((floats[w] for row in layer.weights for _, w in row), np.float64, starts[-1])
        return Matrix(layer.inputs, starts, positions, weights)

    @property
    def rows(self) -> int:
        return len(self.starts) - 1

    def transposed(self) -> "Matrix":
        row_of = np.repeat(np.arange(self.rows), np.diff(self.starts))
        by_column = np.argsort(self.positions, kind="stable")
        starts = np.concatenate(([0], np.cumsum(np.bincount(self.positions, minlength=self.length))))
        return Matrix(self.rows, starts.astype(np.int64), row_of[by_column], self.weights[by_column])

    def densified(self) -> "Matrix":
        if self.rows * self.length > LARGEST_DENSE:
            raise NetworkError(f"a sparse layer of {self.rows} neurons with {self.length} inputs is too large to be evaluated densely")
        full = np.zeros((self.rows, self.length))
        full[np.repeat(np.arange(self.rows), np.diff(self.starts)), self.positions] = self.weights
        positions = np.tile(np.arange(self.length), self.rows)
        return Matrix(self.length, np.arange(self.rows + 1) * self.length, positions, full.ravel())


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


def compile_sums(matrix: Matrix, biases: Sequence[float | None], semantics: Semantics) -> Program:
    """The program of every row of the matrix, with its bias or without one."""
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


def _compile_chains(matrix: Matrix, biases: Sequence[float | None], following: int) -> Program:
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
