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
from fpproof.kernels.carriers import Carrier, carrier, conversion
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
    """Parameters and momenta after each of some steps (steps x parameters, flat; no columns without momentum), and the stagnant ones of each."""

    parameters: Array
    momenta: Array
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
    """Of the sums, of their ends, of the other operations of the passes, and of the step.

    All are of the most general kind, rounding to odd (binary64 has its own): each kind takes seconds to compile, and gains less than a factor of 2.
    """
    wide, flush = semantics.wide or F, semantics.flush
    fused = semantics.order is Order.FMA
    if carrier(wide, wide, flush, fused, narrow=False) is None or any(carrier(H, H, flush, narrow=False) is None for H in (F, G)):
        return None
    sums, finish, step = (conversion(H, flush) for H in (wide, F, G))
    return None if sums is None or finish is None or step is None else (sums, finish, finish, step)


def _layout(run: Run, semantics: Semantics, samples: int) -> tuple[Array, tuple[Array, ...], int]:
    """The layers as `compiled.descend` wants them; starts, operations, sources and places of all programs; how deep their stacks get.

    Places are those of parameters, and, in sums over the samples, of a neuron's adjoint at a sample.
    """
    layers: list[tuple[int, ...]] = []
    programs: list[Program] = []
    at = row = begun = 0
    for layer in run.layers:
        n, d = layer.neurons, layer.inputs
        biased = layer.bias[0] is not None
        activation = {None: NO_ACTIVATION, "relu": RELU_ACTIVATION}.get(layer.activation, TABLE_ACTIVATION)
        weights, bias = _dense(n, d, at), at + n * d
        forward = compile_sums(weights, [float(bias + i) if biased else None for i in range(n)], semantics)
        backward = compile_sums(weights.transposed(), [None] * d, semantics)
        over_samples = compile_sums(_dense(n, samples, row * samples), [None] * n, semantics)
        ends: list[int] = []
        for program in (forward, backward, over_samples):
            ends += [begun, begun + program.rows]
            begun += program.rows + 1
            programs.append(program)
        layers.append((n, d, row, at, bias if biased else -1, activation, *ends))
        at, row = bias + (n if biased else 0), row + n
    lengths = np.cumsum([0, *(len(program.operations) for program in programs)])
    starts = np.concatenate([program.starts + length for program, length in zip(programs, lengths[:-1], strict=True)])
    operations, sources, places = (np.concatenate([getattr(p, name) for p in programs]) for name in ("operations", "sources", "factors"))
    return np.array(layers, np.int64), (starts, operations, sources, places.astype(np.int64)), max(p.depth for p in programs)


def _dense(rows: int, length: int, at: int) -> Matrix:
    """A dense matrix of the places of its entries, row by row from `at` on."""
    positions = np.tile(np.arange(length), rows)
    return Matrix(length, np.arange(rows + 1) * length, positions, np.arange(at, at + rows * length).astype(np.float64))


class Steps:
    """A run in a format, compiled; it holds the parameters and momenta after `step` steps, and `chunks` moves them. For runs that `can_compile`."""

    def __init__(self, run: Run, arithmetic: Arithmetic, step: int, parameters: Iterable[Array], momenta: Iterable[Array] | None) -> None:
        numbers, G = arithmetic.passes, arithmetic.format
        assert isinstance(numbers, Lanes), "can_compile says so"
        assert G is not None, "can_compile says so"
        carriers = _carriers(numbers.format, G, numbers.semantics)
        assert carriers is not None, "can_compile says so"
        self._run, self._numbers, self._carriers, self._step = run, numbers, carriers, step
        self._parameters = np.concatenate([array.ravel() for array in parameters])
        self._momenta = np.empty(0) if momenta is None else np.concatenate([array.ravel() for array in momenta])
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
        """The steps that are left; one batch is done many steps at a call."""
        run, done = self._run, self._step
        size = CHUNK if len(run.batches) == 1 else 1
        while done < run.steps:
            number = min(size, run.steps - done)
            history, momenta = (np.empty((number, len(flat))) for flat in (self._parameters, self._momenta))
            stagnant = np.zeros(number, np.int64)
            batch = run.batch(done)
            if batch not in self._batches:
                self._batches[batch] = self._prepared(batch)
            kernel: Any = descend  # numba's types do not know its arguments
            kernel(history, momenta, stagnant, self._parameters, self._momenta, *self._batches[batch], *self._carriers)
            done += number
            yield Chunk(history, momenta, stagnant)

    def _prepared(self, batch: tuple[int, ...]) -> tuple[Any, ...]:
        """The arguments that depend on the batch, and arrays to work in, in the order of `compiled.descend`."""
        numbers, n = self._numbers, len(batch)
        layers, programs, depth = _layout(self._run, numbers.semantics, n)
        neurons, widest = int(layers[:, 0].sum()), max(n, int(layers[:, 1].max()) + 1)
        z, a, delta = (np.zeros((neurons, n)) for _ in range(3))
        return (
            np.ascontiguousarray(self._x[list(batch)].T),
            np.ascontiguousarray(self._y[list(batch)].T),
            layers,
            programs,
            (z, a, delta, delta.reshape(-1)),
            (np.empty_like(self._parameters), np.empty_like(self._parameters)),
            (np.empty(len(programs[1])), np.empty((depth, widest))),
            self._table,
            (np.zeros((n, 3), np.int64), np.zeros(n, np.int64), np.zeros((n, 3), np.bool_)),
            (to_float64(numbers.slope), float(numbers.read([Fraction(1, n)])[0]), *self._rates),
            self._flags,
        )
