"""Steps of a run in compiled code: the same numbers as `fpproof.training.descent` on `Lanes`, many steps at a call.

Every sum of a step is a program of `fpproof.networks.programs`, made once for the shapes: forward over the inputs, backward over the outputs,
and over the samples, where a layer's inputs are the lanes and the adjoints the factors. What changes from step to step are the factors, which
are gathered from the parameters or the adjoints before a program runs. Numbers are binary64, rounded by carriers (`fpproof.kernels.carriers`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fpproof.formats import Format
from fpproof.kernels.carriers import Carrier, Plain, carrier, conversion
from fpproof.kernels.compiled import NO_ACTIVATION, RELU_ACTIVATION, TABLE_ACTIVATION, descend
from fpproof.networks import Order, Semantics
from fpproof.networks.programs import Matrix, Program, compile_sums, to_float64
from fpproof.training.arithmetic import Arithmetic
from fpproof.training.description import Run
from fpproof.training.numbers import Array, Lanes

WORTH = 500_000
"""Products of parameters, samples and steps from which on compiled code is worth being loaded, or compiled for some seconds the first time."""
CHUNK = 256
"""Steps a call, on one batch."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Parameters after each of some steps (steps x parameters, flat), and the stagnant ones of each."""

    parameters: Array
    stagnant: Array


def can_compile(run: Run, arithmetic: Arithmetic) -> bool:
    """Whether `Steps` can do a run: formats on lanes, squared loss, ReLU and at most one other activation, that with a table of its format."""
    numbers, G = arithmetic.passes, arithmetic.format
    if not isinstance(numbers, Lanes) or G is None or arithmetic.seed is not None or arithmetic.practice is not None or run.loss != "squared":
        return False
    others = {layer.activation for layer in run.layers} - {None, "relu"}
    semantics = numbers.semantics
    pushed = semantics.order is Order.BIAS_FIRST and semantics.wide is not None and semantics.flush
    return not pushed and len(others) <= 1 and (not others or numbers.tabulated) and _carriers(numbers.format, G, semantics) is not None


def _carriers(F: Format, G: Format, semantics: Semantics) -> tuple[Carrier, Carrier, Carrier, Carrier] | None:
    """Of the sums, of their ends, of the other operations of the passes, and of the step; those of one call are of as few kinds as can be."""
    wide, flush = semantics.wide or F, semantics.flush
    sums, finish = carrier(wide, wide, flush, semantics.order is Order.FMA, narrow=False), conversion(F, flush)
    narrow, step = carrier(F, F, flush, narrow=False), carrier(G, G, flush, narrow=False)
    if not (isinstance(sums, Plain) and isinstance(narrow, Plain) and isinstance(step, Plain)):
        sums, narrow, step = (conversion(H, flush) if isinstance(c, Plain) else c for c, H in ((sums, wide), (narrow, F), (step, G)))
    if sums is None or finish is None or narrow is None or step is None:
        return None
    return sums, finish, narrow, step


def _layout(run: Run, semantics: Semantics, samples: int) -> tuple[Array, list[Program]]:
    """The layers, and three programs for each, whose factors are places: of parameters, and of a layer's adjoints (neurons x samples)."""
    layers, programs, at = [], [], 0
    for layer in run.layers:
        n, d = layer.neurons, layer.inputs
        biased = layer.bias[0] is not None
        activation = {None: NO_ACTIVATION, "relu": RELU_ACTIVATION}.get(layer.activation, TABLE_ACTIVATION)
        layers.append((n, d, at, at + n * d if biased else -1, activation))
        weights = _dense(n, d, at)
        biases = [float(at + n * d + i) if biased else None for i in range(n)]
        programs.append(compile_sums(weights, biases, semantics))
        programs.append(compile_sums(weights.transposed(), [None] * d, semantics))
        programs.append(compile_sums(_dense(n, samples, 0), [None] * n, semantics))
        at += n * d + (n if biased else 0)
    return np.array(layers, np.int64), programs


def _dense(rows: int, length: int, at: int) -> Matrix:
    """A dense matrix of the places of its entries, row by row from `at` on."""
    positions = np.tile(np.arange(length), rows)
    return Matrix(length, np.arange(rows + 1) * length, positions, np.arange(at, at + rows * length).astype(np.float64))


class Steps:
    """A run in a format, compiled; it holds the parameters and momenta, and `chunks` moves them. For runs that `can_compile`."""

    def __init__(self, run: Run, arithmetic: Arithmetic, parameters: Iterable[Array]) -> None:
        numbers, G = arithmetic.passes, arithmetic.format
        assert isinstance(numbers, Lanes), "can_compile says so"
        assert G is not None, "can_compile says so"
        carriers = _carriers(numbers.format, G, numbers.semantics)
        assert carriers is not None, "can_compile says so"
        self._run, self._numbers, self._carriers = run, numbers, carriers
        self._parameters = np.concatenate([array.ravel() for array in parameters])
        self._momenta = self._parameters * 0.0
        self._x, self._y = numbers.read(run.x), numbers.read(run.y)
        rate, decay = (float(arithmetic.steps.read([r])[0]) for r in (run.step, run.momentum))
        self._rates = (rate, decay)
        self._flags = (numbers.semantics.wide is not None, arithmetic.mixed, run.reduction == "mean", run.momentum != 0)
        self._table = self._activation_table()
        self._batches: dict[tuple[int, ...], tuple[Any, ...]] = {}

    def _activation_table(self) -> tuple[Array, Array, Array]:
        """The pre-activations of the format in order, and a table's columns; empty where there is only ReLU."""
        others = {layer.activation for layer in self._run.layers} - {None, "relu"}
        if not others:
            return (np.empty(0),) * 3
        return self._numbers.whole_table(others.pop() or "")

    def chunks(self) -> Iterator[Chunk]:
        """All steps; one batch is done many steps at a call."""
        run, done = self._run, 0
        size = CHUNK if len(run.batches) == 1 else 1
        while done < run.steps:
            number = min(size, run.steps - done)
            history, stagnant = np.empty((number, len(self._parameters))), np.zeros(number, np.int64)
            batch = run.batch(done)
            if batch not in self._batches:
                self._batches[batch] = self._prepared(batch)
            descend(history, stagnant, self._parameters, self._momenta, *self._batches[batch], *self._carriers)
            done += number
            yield Chunk(history, stagnant)

    def _prepared(self, batch: tuple[int, ...]) -> tuple[Any, ...]:
        """The arguments that depend on the batch, in the order of `compiled.descend`."""
        numbers, n = self._numbers, len(batch)
        layers, programs = _layout(self._run, numbers.semantics, n)
        offset, firsts = 0, []
        starts: list[Array] = []
        length = 0
        for program in programs:
            firsts.append((offset, program.rows))
            starts.append(program.starts + length)
            offset, length = offset + program.rows + 1, length + len(program.operations)
        mean = float(numbers.read([Fraction(1, n)])[0])
        return (
            np.ascontiguousarray(self._x[list(batch)].T),
            np.ascontiguousarray(self._y[list(batch)].T),
            layers,
            np.array(firsts, np.int64),
            np.concatenate(starts),
            np.concatenate([program.operations for program in programs]),
            np.concatenate([program.sources for program in programs]),
            np.concatenate([program.factors for program in programs]).astype(np.int64),
            max(program.depth for program in programs),
            self._table,
            (to_float64(numbers.slope), mean, *self._rates),
            self._flags,
        )
