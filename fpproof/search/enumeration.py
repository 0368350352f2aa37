"""All weights of a small network over a small format, one assignment after the other: a complete method that shares nothing with the encodings.

Operations are tables of results of the exact arithmetic. NaN, and the error value of formats without NaN, have an index of their own.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from math import prod
from typing import Any, Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fpproof.activations.enclosure import InFormat
from fpproof.activations.registry import activation
from fpproof.formats import NAN, NEGATIVE_ZERO, ZERO, Datum, Format
from fpproof.formats.arithmetic import add, is_finite, multiply
from fpproof.networks import RELU
from fpproof.search.spec import Objective, Place, Point, Spec, Wanted

Codes = NDArray[np.int16]

WIDEST_FORMAT = 8
CHUNK = 1 << 20
BATCH = 64
"""Chunks that are given out at once: after one that has weights, no more than these are finished."""
VERSION = 1
"""Raised when chunks that are kept would come out otherwise."""
SCATTER = 2654435761
"""A prime: its multiples are spread evenly modulo any smaller number."""


def domains(spec: Spec) -> dict[Place, list[Datum]]:
    """What each weight may be, those that are the same as another left out; -0 is left out."""
    F = spec.format
    found: dict[Place, list[Datum]] = {}
    for place in spec.places():
        choice = spec.choice(place)
        if choice.same_as is None:
            among = F.finite() if choice.among is None else dict.fromkeys(ZERO if w[0] == 0 else w for w in choice.among)
            found[place] = [w for w in among if w != NEGATIVE_ZERO and choice.allows(w)]
    return found


def assignments(spec: Spec) -> int | None:
    """How many there are; None where they are not enumerated: above 8 bits."""
    return None if spec.format.width > WIDEST_FORMAT else prod(map(len, domains(spec).values()))


@dataclass(frozen=True)
class Arrays:
    """A spec as arrays, for the loop. Codes are those of the format; NaN has the last index."""

    values: Codes
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    variable_of: NDArray[np.int64]
    layers: NDArray[np.int64]
    """A row a layer: inputs, neurons, has biases, kind (0 affine, 1 ReLU, 2 table), first weight."""
    points: Codes
    upstreams: Codes
    wishes: NDArray[np.bool_]
    """Whether a code is wanted: for each point, output or component (outputs first), and code."""
    tables: tuple[Codes, Codes]
    sigma: Codes
    slope: Codes
    goal: int
    most: int


class Chunks(Protocol):
    """Where chunks that are done are kept, as the ledger does."""

    def chunks(self, run: str) -> Mapping[int, Mapping[str, object]]:
        """The chunks of a run that are done."""
        ...

    def add_chunk(self, run: str, chunk: int, facts: Mapping[str, object]) -> None:
        """One more is done."""
        ...


def run_of(spec: Spec) -> str:
    """The name of the enumeration of a spec: whoever asks the same question goes on with it."""
    measured = None if spec.at_most is None else spec.objective
    said = (spec.format, spec.inputs, spec.layers, spec.points, spec.choices, measured, spec.at_most)
    return f"search/{VERSION}/{CHUNK}/{sha256(repr(said).encode()).hexdigest()}"


def enumerate_all(
    spec: Spec, jobs: int = 1, progress: Callable[[int, int], object] | None = None, kept: Chunks | None = None
) -> Mapping[Place, Datum] | None:
    """The first weights, in the order of assignments, that do what is wanted at all points; None if there are none.

    Chunks without such weights are kept in `kept`, and not looked at again.
    """
    # Neighbours often fail together: scattered, a wrong assignment is found out at one of the first points.
    count = len(spec.points)
    scattered = sorted(range(count), key=lambda i: i * SCATTER % count)
    arrays, variables = _arrays(replace(spec, points=tuple(spec.points[i] for i in scattered)))
    total = int(prod(map(int, arrays.sizes)))
    run = run_of(spec)
    done = set(kept.chunks(run)) if kept is not None else set()
    left = [chunk for chunk in range(-(-total // CHUNK)) if chunk not in done]
    cases = total - sum(_size(chunk, total) for chunk in left)
    with ThreadPoolExecutor(max(1, min(jobs, os.cpu_count() or 1))) as executor:
        for batch in range(0, len(left), BATCH):
            chunks = left[batch : batch + BATCH]
            results = executor.map(lambda chunk: _run(arrays, chunk * CHUNK, chunk * CHUNK + _size(chunk, total)), chunks)
            for chunk, result in zip(chunks, results, strict=True):
                if result >= 0:
                    return _decoded(spec, arrays, variables, result)
                cases += _size(chunk, total)
                if kept is not None:
                    kept.add_chunk(run, chunk, {"cases": _size(chunk, total)})
                if progress is not None:
                    progress(cases, total)
    return None


def _size(chunk: int, total: int) -> int:
    """The assignments of a chunk: the last one may be smaller."""
    return min(CHUNK, total - chunk * CHUNK)


def _decoded(spec: Spec, arrays: Arrays, variables: Sequence[Place], index: int) -> dict[Place, Datum]:
    digits: dict[Place, Datum] = {}
    for number in range(len(variables) - 1, -1, -1):
        index, digit = divmod(index, int(arrays.sizes[number]))
        digits[variables[number]] = spec.format.decode(int(arrays.values[arrays.starts[number] + digit]))
    return {place: digits[spec.choice(place).same_as or place] for place in spec.places()}


@lru_cache(4)
def operations(F: Format) -> tuple[Codes, Codes]:
    """Sums and products of all pairs, by code."""
    data = {code: x for code in range(1 << F.width) if (x := _datum(F, code)) is not None}
    size = (1 << F.width) + 1
    sums, products = np.full((size, size), size - 1, np.int16), np.full((size, size), size - 1, np.int16)
    for i, x in data.items():
        for j, y in data.items():
            if j >= i:
                sums[i, j] = sums[j, i] = _index(F, add(F, x, y))
                products[i, j] = products[j, i] = _index(F, multiply(F, x, y))
    return sums, products


def _datum(F: Format, code: int) -> Datum | None:
    """The datum of a code; None for NaN and unused codes."""
    try:
        x = F.decode(code)
    except ValueError:
        return None
    return None if x == NAN else x


def _index(F: Format, x: Datum) -> int:
    return 1 << F.width if x == NAN else F.encode(x)


def _arrays(spec: Spec) -> tuple[Arrays, list[Place]]:
    F = spec.format
    choices = domains(spec)
    variables = list(choices)
    place_index = {place: variables.index(spec.choice(place).same_as or place) for place in spec.places()}
    values = [F.encode(w) for place in variables for w in choices[place]]
    sizes = [len(choices[place]) for place in variables]
    layers, first, inputs = [], 0, spec.inputs
    for layer in spec.layers:
        kind = 0 if layer.activation is None else (1 if layer.activation == RELU else 2)
        layers.append((inputs, layer.width, int(layer.bias), kind, first))
        first += layer.width * (inputs + layer.bias)
        inputs = layer.width
    sums, products = operations(F)
    sigma, slope = activations(spec)
    goals = {None: 0, Objective.NONZERO: 1, Objective.MAGNITUDE: 2, Objective.DISTINCT: 3}
    return Arrays(
        np.array(values, np.int16),
        np.cumsum([0, *sizes[:-1]]).astype(np.int64),
        np.array(sizes, np.int64),
        np.array(list(place_index.values()), np.int64),
        np.array(layers, np.int64),
        np.array([[F.encode(v) for v in p.x] for p in spec.points], np.int16),
        np.array([[F.encode(v) for v in p.upstream] for p in spec.points], np.int16),
        wishes(spec, spec.points),
        (sums, products),
        sigma,
        slope,
        0 if spec.at_most is None else goals[spec.objective],
        spec.at_most or 0,
    ), variables


def wishes(spec: Spec, points: Sequence[Point]) -> NDArray[np.bool_]:
    """For each point, output and component of the gradient, and code: whether it is as wanted; NaN, the last, never is unless nothing is asked."""
    F = spec.format
    size = (1 << F.width) + 1
    data = [_datum(F, code) for code in range(1 << F.width)]

    @lru_cache(None)
    def row(wanted: Wanted | None) -> NDArray[np.bool_]:
        if wanted is None:
            return np.ones(size, np.bool_)
        return np.array([*(x is not None and is_finite(x) and wanted.holds(x) for x in data), False])

    return np.array([[row(w) for w in (*p.value, *(p.gradient or (None,) * spec.inputs))] for p in points])


def activations(spec: Spec) -> tuple[Codes, Codes]:
    """For each layer with a tabulated activation, value and derivative by code."""
    F = spec.format
    size = (1 << F.width) + 1
    sigma = np.full((len(spec.layers), size), size - 1, np.int16)
    slope = np.full((len(spec.layers), size), size - 1, np.int16)
    for number, layer in enumerate(spec.layers):
        if layer.activation not in (None, RELU):
            exact = InFormat(F, activation(str(layer.activation)))
            for code in range(1 << F.width):
                x = _datum(F, code)
                if x is not None:
                    sigma[number, code] = _index(F, exact.value(x))
                    slope[number, code] = _index(F, exact.derivative(x))
    return sigma, slope


def _run(a: Arrays, start: int, stop: int) -> int:
    sums, products = a.tables
    widest = int(max(a.layers[:, 0].max(), a.layers[:, 1].max()))
    return int(
        _search(
            start, stop, a.values, a.starts, a.sizes, a.variable_of, a.layers, a.points, a.upstreams, a.wishes, sums, products, a.sigma, a.slope,
            a.goal, a.most, widest,
        )
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _search(
    start: int, stop: int, values: Any, starts: Any, sizes: Any, variable_of: Any, layers: Any, points: Any, upstreams: Any, wishes: Any, sums: Any,
    products: Any, sigma: Any, slope: Any, goal: int, most: int, widest: int,
) -> int:  # fmt: skip
    """The first assignment from start to stop that fits, or -1."""
    variables, depth, count = sizes.shape[0], layers.shape[0], points.shape[0]
    half = (sums.shape[0] - 1) // 2
    digits = np.zeros(variables, np.int64)
    index = start
    for v in range(variables - 1, -1, -1):
        digits[v] = index % sizes[v]
        index //= sizes[v]
    weights = np.zeros(variable_of.shape[0], np.int64)
    z = np.zeros((depth, widest), np.int64)
    current = np.zeros(widest, np.int64)
    following = np.zeros(widest, np.int64)
    for number in range(start, stop):
        for k in range(weights.shape[0]):
            v = variable_of[k]
            weights[k] = values[starts[v] + digits[v]]
        good = True
        if goal:
            measure = 0
            for k in range(weights.shape[0]):
                if goal == 1:
                    measure += weights[k] % half != 0
                elif goal == 2:
                    measure = max(measure, weights[k] % half)
                else:
                    new = True
                    for other in range(k):
                        new = new and weights[other] != weights[k]
                    measure += new
            good = measure <= most
        point = 0
        while good and point < count:
            inputs, outputs = points.shape[1], upstreams.shape[1]
            for j in range(inputs):
                current[j] = points[point, j]
            for layer in range(depth):
                n, m, bias, kind, first = layers[layer]
                for i in range(m):
                    at = first + i * (n + bias)
                    s = products[weights[at], current[0]]
                    for j in range(1, n):
                        s = sums[s, products[weights[at + j], current[j]]]
                    if bias:
                        s = sums[s, weights[at + n]]
                    z[layer, i] = s
                    if kind == 0:
                        following[i] = s
                    elif kind == 1:  # what has a sign to +0; NaN, the last index, stays
                        following[i] = s if s < half or s == 2 * half else 0
                    else:
                        following[i] = sigma[layer, s]
                for i in range(m):
                    current[i] = following[i]
            for i in range(outputs):
                good = good and wishes[point, i, current[i]]
            if good:
                for i in range(outputs):
                    current[i] = upstreams[point, i]
                for layer in range(depth - 1, -1, -1):
                    n, m, bias, kind, first = layers[layer]
                    for i in range(m):
                        s = z[layer, i]
                        if kind == 1:
                            if s == 2 * half:
                                current[i] = s
                            elif s == 0 or s >= half:
                                current[i] = products[current[i], 0]
                        elif kind == 2:
                            current[i] = products[current[i], slope[layer, s]]
                    for j in range(n):
                        g = products[current[0], weights[first + j]]
                        for i in range(1, m):
                            g = sums[g, products[current[i], weights[first + i * (n + bias) + j]]]
                        following[j] = g
                    for j in range(n):
                        current[j] = following[j]
                for j in range(inputs):
                    good = good and wishes[point, outputs + j, current[j]]
            point += 1
        if good:
            return number
        v = variables - 1
        while v >= 0:
            digits[v] += 1
            if digits[v] < sizes[v]:
                break
            digits[v] = 0
            v -= 1
    return -1
