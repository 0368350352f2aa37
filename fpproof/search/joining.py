"""All networks with one hidden layer over a small format, without trying every combination of their neurons: complete, by tables of exact results.

The different rows of contributions of each neuron are listed (`contributions`); neurons are then joined column by column: where what they contribute
so far does not come to what is wanted for any bias of the output, nothing that begins like it is looked at. Columns in which few sums are wanted
come first.

*Output with an activation.* What it passes back depends on its pre-activation. There are few such adjoints at a point: each is a case, in which the
pre-activations that pass it back are wanted, if the value is right for them.

*Two neurons alike.* Where both have the same rows, the second one's row is not before the first one's: fl(x + y) = fl(y + x).

It shares nothing with the encodings.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, pairwise, product
from math import prod
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fpproof.formats import Datum, Format
from fpproof.formats.arithmetic import is_finite
from fpproof.networks import RELU
from fpproof.search.contributions import Column, Neuron, decoded, places_of, variable
from fpproof.search.enumeration import WIDEST_FORMAT, Codes, activations, domains, operations, wishes
from fpproof.search.finding import Weights
from fpproof.search.spec import Place, Point, Spec

MOST_ROWS = 1 << 25
"""Assignments of one neuron's weights: all of 8-bit formats with a bias and one input."""
WIDEST = 2
"""Neurons that are joined: with three it takes hours where there is no network."""
MOST_CASES = 16
"""Of what an output with an activation passes back."""
PARTS = 64
"""Of the first neuron's rows, for progress and for other cores."""

Case = tuple[tuple[int, NDArray[np.bool_]], ...]
"""For each point, what the output's pre-activation passes back, and which pre-activations are wanted."""
Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Joined:
    """Weights, None if there are none; how many different rows each neuron has, and how often two entries were added, in all cases."""

    weights: Weights | None
    rows: tuple[int, ...]
    sums: int


def joinable(spec: Spec) -> bool:
    """Whether the shape has one hidden layer of at most two neurons, one output, and weights of a neuron that are not too many."""
    if spec.format.width > WIDEST_FORMAT or spec.depth != 2 or spec.layers[1].width != 1:
        return False
    if spec.layers[0].width > WIDEST or spec.at_most is not None:
        return False
    values = domains(spec)
    neurons = [dict.fromkeys(variable(spec, place) for place in places_of(spec, neuron)) for neuron in range(spec.layers[0].width)]
    return all(prod(len(values[place]) for place in places) <= MOST_ROWS for places in neurons)


def join(spec: Spec, points: Sequence[Point], jobs: int = 1, progress: Progress | None = None) -> Joined | None:
    """Weights of a network that does what is wanted at points, if there is one; None where what the output passes back makes too many cases."""
    cases = list(islice(_cases(spec, points), MOST_CASES + 1))
    if len(cases) > MOST_CASES:
        return None
    values = {place: np.array([spec.format.encode(w) for w in among], np.int16) for place, among in domains(spec).items()}
    rows, sums = [0] * spec.layers[0].width, 0
    for number, case in enumerate(cases):
        one = _Join(spec, points, values, case)
        tell = None if progress is None else lambda done, progress=progress, number=number: progress(number * PARTS + done, len(cases) * PARTS)
        weights = one.weights(jobs, tell)
        rows = [before + len(neuron.rows) for before, neuron in zip(rows, one.neurons, strict=True)]
        sums += one.sums
        if weights is not None:
            return Joined(weights, tuple(rows), sums)
    return Joined(None, tuple(rows), sums)


def _cases(spec: Spec, points: Sequence[Point]) -> Iterator[Case]:
    """All that may be passed back, but where it is 0 and the gradient may not be."""
    wanted = wishes(spec, points)
    half = 1 << (spec.format.width - 1)
    choices: list[list[tuple[int, NDArray[np.bool_]]]] = []
    for number, point in enumerate(points):
        value, adjoint = _output(spec, spec.format.encode(point.upstream[0]))
        good = wanted[number, 0][value]
        passed = {int(code): good & (adjoint == code) for code in np.unique(adjoint[good])}
        fits_zero = bool(wanted[number, 1:, 0].all())
        choices.append([(code, which) for code, which in passed.items() if fits_zero or code % half])
    yield from product(*choices)


def _output(spec: Spec, upstream: int) -> tuple[Codes, Codes]:
    """For each pre-activation of the output, its value and the adjoint that is passed back."""
    _, products = operations(spec.format)
    sigma, slope = activations(spec)
    nan = 1 << spec.format.width
    z = np.arange(nan + 1, dtype=np.int16)
    match spec.layers[1].activation:
        case None:
            return z, np.full_like(z, upstream)
        case name if name == RELU:
            active = (z > 0) & (z < nan // 2)
            value, adjoint = np.where(active, z, 0), np.where(active, upstream, products[upstream, 0])
            value[nan] = adjoint[nan] = nan
            return value, adjoint
        case _:
            return sigma[1], products[upstream, slope[1]]


class _Join:
    """One case: columns, rows of neurons, and what their sums may be."""

    def __init__(self, spec: Spec, points: Sequence[Point], values: dict[Place, Codes], case: Case) -> None:
        self.spec, self.values = spec, values
        hidden, last = spec.layers
        self.biases = [int(code) for code in values[variable(spec, Place(1, 0))]] if last.bias else []
        self.columns = sorted(_columns(spec, points, case), key=lambda c: (c.shared is None, int(c.wanted.sum()), c.is_value))
        adjoints = [code for code, _ in case]
        self.alike = hidden.width == 2 and not spec.choices
        count = 1 if self.alike else hidden.width
        neurons = [Neuron(spec, points, i, values, self.columns, adjoints) for i in range(count)]
        self.neurons = neurons * (hidden.width // count)
        self.starts = np.cumsum([0, *(len(neuron.rows) for neuron in neurons)]).astype(np.int64)
        self.rows = np.concatenate([neuron.rows for neuron in neurons])
        self.tables = np.stack([operations(spec.format)[0], _same(spec.format)])
        self.how = np.array([column.shared is not None and _owners(spec, column.shared) == 2 for column in self.columns], np.int64)
        self.wanted = np.stack([self._wanted(column) for column in self.columns])
        self.sums = 0

    def _wanted(self, column: Column) -> NDArray[np.uint64]:
        """For each code that contributions come to, and each bias (a bit): whether it is as wanted. Without biases all bits are the same."""
        sums = self.tables[0]
        codes = np.arange(len(sums))
        found = np.zeros((len(sums), max(1, -(-len(self.biases) // 64))), np.uint64)
        last = Place(1, 0)
        for n, bias in enumerate(self.biases or [0] * 64):
            good = column.wanted
            if column.is_value and self.biases:
                good = good[sums[codes, bias]]
            if column.shared is not None and self.biases and column.shared == variable(self.spec, last):
                good = good & (codes == bias)
            found[good, n // 64] |= np.uint64(1) << np.uint64(n % 64)
        return found

    def weights(self, jobs: int, progress: Callable[[int], object] | None) -> Weights | None:
        """Those of the first rows that fit together, if there are any."""
        if (self.spec.layers[1].bias and not self.biases) or not all(len(neuron.rows) for neuron in self.neurons):
            return None
        second = self.starts[-2] if not self.alike else self.starts[0]
        parts = np.linspace(self.starts[0], self.starts[1], min(PARTS, int(self.starts[1])) + 1).astype(np.int64)
        executor = ThreadPoolExecutor(max(1, jobs))
        try:
            found = [executor.submit(self._part, int(low), int(high), int(second)) for low, high in pairwise(parts)]
            for number, future in enumerate(found, 1):
                chosen, sums = future.result()
                self.sums += sums
                if chosen[0] >= 0:
                    return self._decoded(chosen)
                if progress is not None:
                    progress(number * PARTS // len(found))
        finally:
            executor.shutdown(cancel_futures=True)
        return None

    def _part(self, low: int, high: int, second: int) -> tuple[NDArray[np.int64], int]:
        """With a row of the first neuron from `low` on, below `high`."""
        begin, end = np.array([low, second], np.int64), np.array([high, len(self.rows)], np.int64)
        chosen = np.full(len(self.neurons), -1, np.int64)
        sums = _joined(self.rows, begin, end, self.alike, self.tables, self.how, self.wanted, chosen)
        return chosen, int(sums)

    def _decoded(self, chosen: NDArray[np.int64]) -> Weights:
        found: dict[Place, Datum] = {}
        totals = self.rows[chosen[0]].astype(np.int64)
        if len(chosen) == 2:
            totals = self.tables[self.how, totals, self.rows[chosen[1]]]
        for number, (neuron, row) in enumerate(zip(self.neurons, chosen, strict=True)):
            start = 0 if self.alike else self.starts[number]
            found |= decoded(self.spec, number, neuron.codes[row - start])
        if self.biases:
            alive = np.bitwise_and.reduce(self.wanted[np.arange(len(totals)), totals], axis=0)
            found[Place(1, 0)] = self.spec.format.decode(self.biases[_lowest(alive)])
        return found


def _columns(spec: Spec, points: Sequence[Point], case: Case) -> Iterator[Column]:
    wanted = wishes(spec, points)
    finite = np.array([*(_is_finite(spec.format, code) for code in range(1 << spec.format.width)), False])
    for place in dict.fromkeys(choice.same_as for _, choice in spec.choices if choice.same_as is not None):
        if _owners(spec, place) + (spec.layers[1].bias and variable(spec, Place(1, 0)) == place) > 1:
            yield Column(finite, shared=place)
    for number, point in enumerate(points):
        yield Column(case[number][1], number)
        yield from (Column(wanted[number, 1 + j], number, component=j) for j in range(spec.inputs) if point.gradient is not None)


def _owners(spec: Spec, place: Place) -> int:
    """How many neurons have this weight."""
    return sum(any(variable(spec, one) == place for one in places_of(spec, i)) for i in range(spec.layers[0].width))


def _is_finite(F: Format, code: int) -> bool:
    try:
        return is_finite(F.decode(code))
    except ValueError:
        return False


def _same(F: Format) -> Codes:
    """Of two codes: the one that both are; NaN, the last one, where they differ."""
    nan = 1 << F.width
    table = np.full((nan + 1, nan + 1), nan, np.int16)
    np.fill_diagonal(table, np.arange(nan + 1))
    return table


def _lowest(words: NDArray[np.uint64]) -> int:
    """The number of the first bit that is set."""
    word = int(np.flatnonzero(words)[0])
    bits = int(words[word])
    return 64 * word + (bits & -bits).bit_length() - 1


@njit(cache=True, nogil=True)
def _joined(rows: Any, begin: Any, end: Any, alike: bool, tables: Any, how: Any, wanted: Any, chosen: Any) -> int:
    """Whether a row of each neuron, from its begin to its end, can be `chosen` so that they come to what is wanted in all columns; counts sums.

    A level is a column and a neuron: of the rows that are left to the neuron, a run that is the same in the column, between `first` and `last`.
    """
    columns, neurons = rows.shape[1], chosen.shape[0]
    levels = columns * neurons
    at, stop, total = np.zeros(levels, np.int64), np.zeros(levels, np.int64), np.zeros(levels, np.int64)
    first, last = np.zeros(levels, np.int64), np.zeros(levels, np.int64)
    alive = np.zeros((columns + 1, wanted.shape[2]), np.uint64)
    alive[0] = ~np.uint64(0)
    level, count = 0, 0
    at[0], stop[0] = begin[0], end[0]
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
        s = tables[how[column], total[level], code] if neuron else np.int16(code)
        if neuron + 1 == neurons:
            count += 1
            some = False
            for word in range(alive.shape[1]):
                alive[column + 1, word] = alive[column, word] & wanted[column, s, word]
                some = some or alive[column + 1, word] != 0
            if not some:
                continue
            if column + 1 == columns:
                for i in range(neurons):
                    chosen[i] = first[level - neurons + 1 + i]
                return count
        level += 1
        total[level] = s
        neuron = level % neurons
        at[level], stop[level] = (begin[neuron], end[neuron]) if level < neurons else (first[level - neurons], last[level - neurons])
        if alike and neuron and at[level] < first[level - 1]:
            at[level] = first[level - 1]
    return count
