"""Networks on arrays: the meaning of the exact evaluator, many points at once.

The sums of a layer are programs (`fpproof.networks.programs`) that run on a tile of points at a time, so that each instruction is a loop
over lanes. Numbers travel as machine floats and are rounded to the format by a carrier (`fpproof.kernels.carriers`).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpproof.formats import Datum, round_datum
from fpproof.formats.arithmetic import flush_subnormal
from fpproof.kernels.carriers import Carrier, Machine, carrier, conversion, machine_dtype
from fpproof.kernels.compiled import (
    NO_ACTIVATION,
    PUSH,
    RELU_ACTIVATION,
    TABLE_ACTIVATION,
    Lanes,
    activate,
    count,
    mask_adjoints,
    sums,
)
from fpproof.networks.network import RELU, Layer, Network, TableActivation
from fpproof.networks.programs import Floats, Matrix, Program, compile_sums, from_float64, to_float64
from fpproof.networks.semantics import LEFT_TO_RIGHT, Order, Semantics

__all__ = ["Batch", "Kernel", "carriers", "from_float64", "to_float64"]

TILE = 128
"""Points a tile: long enough that an instruction's overhead does not count, short enough that a tile's layers stay in the cache."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Values (points x outputs), gradients (points x inputs), and the three counters of each point (points x 3).

    `densely` marks the points at which missing weights took part as zeros, `incomplete` those where a table lacked an entry.
    """

    values: Floats
    gradients: Floats
    counters: NDArray[np.int64]
    densely: NDArray[np.bool_]
    incomplete: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _CompiledLayer:
    forward: Program
    backward: Program
    activation: int
    keys: Lanes
    """The pre-activations of a table, sorted."""
    values: Lanes
    derivatives: Lanes


class _Workspace:
    """The arrays of one tile, used again for the next: fresh ones would cost more than what is computed in them."""

    def __init__(self, layers: list[_CompiledLayer], inputs: int, dtype: Machine) -> None:
        self.x = np.zeros((inputs, TILE), dtype)
        self.pre_activations = [np.empty((layer.forward.rows, TILE), dtype) for layer in layers]
        self.activations = [np.empty((layer.forward.rows, TILE), dtype) for layer in layers]
        self.adjoints = [np.zeros((rows, TILE), dtype) for rows in (inputs, *(layer.forward.rows for layer in layers))]
        depth = max(max(layer.forward.depth, layer.backward.depth) for layer in layers)
        self.stack = np.empty((depth, TILE), dtype)
        self.counters = np.empty((TILE, 3), np.int64)
        self.uncounted = np.empty(TILE, np.int64)
        self.flags = np.empty((TILE, 3), np.bool_)  # a table lacks an entry; not finite; a pre-activation not finite, which is allowed


class Kernel:
    """A network compiled for one semantics; immutable, and safe to use from several threads."""

    def __init__(self, network: Network, semantics: Semantics = LEFT_TO_RIGHT) -> None:
        chosen = carriers(network, semantics)
        if chosen is None:
            raise ValueError(f"{network.format.name} under {semantics} has no carrier; use the exact evaluator")
        self.network, self.semantics = network, semantics
        self._operation, self._finish, self._mask = chosen
        self._dtype = machine_dtype(self._operation)
        self._slope: Any = self._dtype(to_float64(self._read(semantics.slope(network.format))))
        self._layers = [self._compiled(layer, densely=False) for layer in network.layers]

    def _read(self, x: Datum) -> Datum:
        """A weight, bias, input, upstream or entry of a table as the operations see it."""
        return flush_subnormal(self.network.format, x) if self.semantics.flush else x

    def _compiled(self, layer: Layer, densely: bool) -> _CompiledLayer:
        matrix = Matrix.of(layer, self._read)
        if densely and layer.sparse:
            matrix = matrix.densified()
        activation = {None: NO_ACTIVATION, RELU: RELU_ACTIVATION}.get(layer.activation, TABLE_ACTIVATION)
        columns = np.empty((3, 0))
        if activation == TABLE_ACTIVATION:
            sigma = self.network.activations[layer.activation or ""]
            assert isinstance(sigma, TableActivation)
            rows = sorted((to_float64(z), *(to_float64(self._read(y)) for y in entry)) for z, entry in sigma.entries.items())
            columns = np.array(rows, np.float64).reshape(-1, 3).T
        return _CompiledLayer(
            self._program(compile_sums(matrix, [None if b is None else to_float64(self._read(b)) for b in layer.bias], self.semantics)),
            self._program(compile_sums(matrix.transposed(), (None,) * layer.inputs, self.semantics)),
            activation,
            *(np.ascontiguousarray(column, self._dtype) for column in columns),
        )

    def _program(self, program: Program) -> Program:
        """The program in the machine's numbers; a bias that comes first is 0 (+) bias, an operation of G."""
        F, G = self.network.format, self.semantics.wide
        if G is not None:
            for k in np.flatnonzero(program.operations == PUSH):
                bias = round_datum(G, from_float64(F, program.factors[k]))
                program.factors[k] = to_float64(flush_subnormal(G, bias) if self.semantics.flush else bias)
        return replace(program, factors=program.factors.astype(self._dtype))

    def run(self, x: Floats, upstream: Floats, threads: int = 1, progress: Callable[[int], object] | None = None) -> Batch:
        """Values, gradients and counters at points x (n x d) for upstreams (n x m), one a row.

        `progress` is told how many points were finished. Points at which a sparse network meets a non-finite activation or adjoint are
        evaluated a second time, densely.
        """
        if self.semantics.flush:
            x, upstream = (np.where(np.abs(v) < float(self.network.format.smallest_normal), np.copysign(0.0, v), v) for v in (x, upstream))
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
        self, layers: list[_CompiledLayer], x: Floats, upstream: Floats, threads: int, progress: Callable[[int], object] | None
    ) -> tuple[Batch, NDArray[np.bool_]]:
        """The batch, and which points met an activation or adjoint that is not finite."""
        points = len(x)
        counters, flags = np.empty((points, 3), np.int64), np.empty((points, 3), np.bool_)
        values, gradients = np.empty((points, self.network.outputs)), np.empty((points, self.network.inputs))
        starts = range(0, points, TILE)
        workspaces: SimpleQueue[_Workspace] = SimpleQueue()
        for _ in range(min(threads, len(starts))):
            workspaces.put(_Workspace(layers, self.network.inputs, self._dtype))

        def tile(start: int) -> int:
            part, size = slice(start, start + TILE), min(TILE, points - start)
            workspace = workspaces.get()
            workspace.x[:, :size], workspace.adjoints[-1][:, :size] = x[part].T, upstream[part].T
            self._run_tile(layers, workspace)
            values[part], gradients[part] = workspace.activations[-1][:, :size].T, workspace.adjoints[0][:, :size].T
            counters[part], flags[part] = workspace.counters[:size], workspace.flags[:size]
            workspaces.put(workspace)
            return size

        with ThreadPoolExecutor(max(1, threads)) as pool:
            for done in map(tile, starts) if threads == 1 else pool.map(tile, starts):
                if progress is not None:
                    progress(done)
        return Batch(values, gradients, counters, np.zeros(points, np.bool_), flags[:, 0]), flags[:, 1]

    def _run_tile(self, layers: list[_CompiledLayer], work: _Workspace) -> None:
        """Forward and backward; lanes beyond the last point compute something that nobody reads."""
        wide = self.semantics.wide is not None
        work.counters[:], work.flags[:] = 0, False
        counters, flags, a = work.counters, work.flags, work.x
        for layer, z, result in zip(layers, work.pre_activations, work.activations, strict=True):
            p = layer.forward
            sums(p.starts, p.operations, p.sources, p.factors, work.stack, a, z, self._operation, wide, self._finish)
            activate(z, result, layer.activation, layer.keys, layer.values, counters, flags)
            a = result
        delta = work.adjoints[-1]
        count(delta, counters[:, 2], flags[:, 1])
        for layer, z, below in zip(reversed(layers), reversed(work.pre_activations), reversed(work.adjoints[:-1]), strict=True):
            p = layer.backward
            mask_adjoints(delta, z, layer.activation, layer.keys, layer.derivatives, self._slope, self._mask, work.uncounted, flags)
            sums(p.starts, p.operations, p.sources, p.factors, work.stack, delta, below, self._operation, wide, self._finish)
            delta = below
            count(delta, counters[:, 2], flags[:, 1])


def carriers(network: Network, semantics: Semantics) -> tuple[Carrier, Carrier, Carrier] | None:
    """The carriers of products and sums, of the end of a sum, and of masks; None if the kernel cannot do this network."""
    F, G = network.format, semantics.wide
    if any(not isinstance(sigma, TableActivation) for sigma in network.activations.values()):
        return None
    fused = semantics.order is Order.FMA
    if G is None:
        operation = carrier(F, F, semantics.flush, fused)
        return None if operation is None else (operation, operation, operation)
    wide = carrier(G, F, semantics.flush, fused, narrow=False)
    finish, mask = conversion(F, semantics.flush), carrier(F, F, semantics.flush, narrow=False)
    return None if wide is None or finish is None or mask is None else (wide, finish, mask)
