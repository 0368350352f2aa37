"""All networks with one hidden layer over a small format, without trying every combination of their neurons: complete, by tables of exact results.

The output is t_1 + t_2 + ... + bias, rounded from left to right, where t_i = fl(v a) is what neuron i contributes at a point: so is the gradient,
without the bias. A neuron counts only through its row of contributions at the points. All rows are listed, each once, and sorted; neurons are then
joined point by point: where what they contribute so far does not come to what is wanted for any bias, nothing that begins like it is looked at.

A row with an infinity or NaN is left out: the sum would not be finite. It shares nothing with the encodings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fpproof.formats import Datum, Format
from fpproof.formats.arithmetic import is_finite
from fpproof.networks import RELU
from fpproof.search.enumeration import WIDEST_FORMAT, Codes, activations, domains, operations, wishes
from fpproof.search.finding import Weights
from fpproof.search.spec import Place, Point, Spec

MOST_ROWS = 4_000_000
"""Rows of one neuron that are computed before those that are the same are put together."""
WIDEST = 2
"""Neurons that are joined: with three it takes hours where there is no network."""

Rows = NDArray[np.uint8]


@dataclass(frozen=True)
class Joined:
    """Weights, None if there are none; and how many different rows each neuron has."""

    weights: Weights | None
    rows: tuple[int, ...]


def joinable(spec: Spec) -> bool:
    """Whether the shape has one hidden layer of at most two neurons, one output without activation, and rows that are not too many."""
    if spec.format.width > WIDEST_FORMAT or spec.depth != 2 or spec.layers[1].width != 1 or spec.layers[1].activation is not None:
        return False
    if spec.layers[0].width > WIDEST or spec.at_most is not None or any(choice.same_as is not None for _, choice in spec.choices):
        return False
    values = {place: len(among) for place, among in domains(spec).items()}
    return all(_count(spec, values, neuron) <= MOST_ROWS for neuron in range(spec.layers[0].width))


def _places(spec: Spec, neuron: int) -> list[Place]:
    """A neuron's weights, its bias, and its weight in the output."""
    own = [Place(0, neuron, j) for j in range(spec.inputs)] + ([Place(0, neuron)] if spec.layers[0].bias else [])
    return [*own, Place(1, 0, neuron)]


def _count(spec: Spec, values: dict[Place, int], neuron: int) -> int:
    count = 1
    for place in _places(spec, neuron):
        count *= values[place]
    return count


def join(spec: Spec, points: Sequence[Point]) -> Joined:
    """Weights of a network that does what is wanted at points, if there is one."""
    F = spec.format
    values = domains(spec)
    tables = [_Neuron(spec, points, neuron, values) for neuron in range(spec.layers[0].width)]
    counts = tuple(len(table.rows) for table in tables)
    biases = [F.encode(w) for w in values[Place(1, 0)]] if spec.layers[1].bias else []
    if not all(counts) or (spec.layers[1].bias and not biases):
        return Joined(None, counts)
    wanted = _alive(F, points, spec, biases)
    starts = np.cumsum([0, *counts]).astype(np.int64)
    chosen = np.zeros(len(tables), np.int64)
    rows = np.concatenate([table.rows for table in tables])
    alive = np.zeros((rows.shape[1] + 1, wanted.shape[2]), np.uint64)
    alive[0] = ~np.uint64(0)
    if not _joined(rows, starts, alive, operations(F)[0], wanted, chosen):
        return Joined(None, counts)
    weights: dict[Place, Datum] = {}
    for neuron, table in enumerate(tables):
        weights |= table.weights(int(chosen[neuron] - starts[neuron]))
    if biases:
        weights[Place(1, 0)] = F.decode(biases[_lowest(alive[-1])])
    return Joined(weights, counts)


class _Neuron:
    """The different rows of one neuron, sorted, each with weights that give it."""

    def __init__(self, spec: Spec, points: Sequence[Point], neuron: int, values: dict[Place, list[Datum]]) -> None:
        self.spec, self.F = spec, spec.format
        self.places = _places(spec, neuron)
        grid = np.meshgrid(*[np.array([self.F.encode(w) for w in values[p]], np.int16) for p in self.places], indexing="ij")
        self.codes = np.stack([axis.ravel() for axis in grid], axis=1)
        columns = np.stack([column for point in points for column in self._columns(point)], axis=1)
        finite = np.array([is_finite(self.F.decode(code)) if _is_code(self.F, code) else False for code in range(1 << self.F.width)] + [False])
        kept = np.flatnonzero(finite[columns].all(axis=1))
        self.rows, first = np.unique(columns[kept].astype(np.uint8), axis=0, return_index=True)
        self.origin = kept[first]

    def _columns(self, point: Point) -> list[Codes]:
        """What the neuron contributes to the value, and to each component of the gradient if anything is asked of it."""
        sums, products = operations(self.F)
        half, nan = 1 << (self.F.width - 1), 1 << self.F.width
        inputs = [products[self.codes[:, j], self.F.encode(x)] for j, x in enumerate(point.x)]
        z = inputs[0]
        for term in [*inputs[1:], *([self.codes[:, self.spec.inputs]] if self.spec.layers[0].bias else [])]:
            z = sums[z, term]
        sigma, slope = activations(self.spec)
        v = self.codes[:, -1]
        delta = products[np.full_like(v, self.F.encode(point.upstream[0])), v]
        match self.spec.layers[0].activation:
            case None:
                a = z
            case name if name == RELU:
                a = np.where((z < half) | (z == nan), z, 0).astype(np.int16)
                delta = np.where((z > 0) & (z < half), delta, np.where(z == nan, nan, products[delta, 0])).astype(np.int16)
            case _:
                a, delta = sigma[0, z], products[delta, slope[0, z]]
        gradient = [products[delta, self.codes[:, j]] for j in range(self.spec.inputs)] if point.gradient is not None else []
        return [products[v, a], *gradient]

    def weights(self, row: int) -> dict[Place, Datum]:
        codes = self.codes[self.origin[row]]
        return {place: self.F.decode(int(code)) for place, code in zip(self.places, codes, strict=True)}


def _is_code(F: Format, code: int) -> bool:
    try:
        F.decode(code)
    except ValueError:
        return False
    return True


def _alive(F: Format, points: Sequence[Point], spec: Spec, biases: Sequence[int]) -> NDArray[np.uint64]:
    """For each column, sum of contributions, and bias (a bit): whether it comes to what is wanted. Without biases, all bits are the same."""
    size = (1 << F.width) + 1
    sums, _ = operations(F)
    wanted = wishes(spec, points)
    words = max(1, -(-len(biases) // 64))
    columns = []
    for number, point in enumerate(points):
        with_bias = np.zeros((size, words), np.uint64)
        for n, bias in enumerate(biases):
            good = wanted[number, 0][sums[np.arange(size), bias]]
            with_bias[good, n // 64] |= np.uint64(1) << np.uint64(n % 64)
        columns.append(with_bias if biases else _either(wanted[number, 0], words))
        columns += [_either(wanted[number, 1 + j], words) for j in range(spec.inputs) if point.gradient is not None]
    return np.stack(columns)


def _either(good: NDArray[np.bool_], words: int) -> NDArray[np.uint64]:
    return np.repeat(np.where(good, ~np.uint64(0), np.uint64(0))[:, None], words, axis=1)


def _lowest(words: NDArray[np.uint64]) -> int:
    """The number of the first bit that is set."""
    word = int(np.flatnonzero(words)[0])
    bits = int(words[word])
    return 64 * word + (bits & -bits).bit_length() - 1


@njit(cache=True, nogil=True)
def _joined(rows: Any, starts: Any, alive: Any, sums: Any, wanted: Any, chosen: Any) -> bool:
    """Whether a row of each neuron can be chosen that comes to what is wanted in all columns; rows of neuron i are those from starts[i] on.

    A level is a column and a neuron: of the rows that are left to the neuron, a run that is the same in the column, between `first` and `last`.
    """
    columns, neurons = rows.shape[1], starts.shape[0] - 1
    levels = columns * neurons
    at, stop, total = np.zeros(levels, np.int64), np.zeros(levels, np.int64), np.zeros(levels, np.int64)
    first, last = np.zeros(levels, np.int64), np.zeros(levels, np.int64)
    level = 0
    at[0], stop[0] = starts[0], starts[1]
    while level >= 0:
        if at[level] >= stop[level]:
            level -= 1
            continue
        column, neuron = level // neurons, level % neurons
        code = rows[at[level], column]
        low, high = at[level] + 1, stop[level]
        while low < high:
            middle = (low + high) >> 1
            if rows[middle, column] == code:
                low = middle + 1
            else:
                high = middle
        first[level], last[level] = at[level], low
        at[level] = low
        s = sums[total[level], code] if neuron else np.int16(code)
        if neuron + 1 == neurons:
            some = False
            for word in range(alive.shape[1]):
                alive[column + 1, word] = alive[column, word] & wanted[column, s, word]
                some = some or alive[column + 1, word] != 0
            if not some:
                continue
            if column + 1 == columns:
                for i in range(neurons):
                    chosen[i] = first[level - neurons + 1 + i]
                return True
        level += 1
        total[level] = s
        neuron = level % neurons
        at[level], stop[level] = (starts[neuron], starts[neuron + 1]) if level < neurons else (first[level - neurons], last[level - neurons])
    return False
