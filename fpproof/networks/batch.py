"""Many points at once, by the array kernel where it has a carrier, else by the exact evaluator in all cores."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from fpproof.errors import NetworkError
from fpproof.formats import Datum
from fpproof.formats.arithmetic import equal
from fpproof.networks.exact import evaluate
from fpproof.networks.kernel import Batch, Kernel, carriers, to_float64
from fpproof.networks.network import Network
from fpproof.networks.semantics import Semantics

Vector = tuple[Datum, ...]
Pair = tuple[Vector, Vector]
"""x and upstream."""
Claim = tuple[Vector, Vector]
"""Value and gradient."""
Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How evaluations agree with claims: one entry a point, numerically (-0 = 0, NaN equals nothing).

    `counters` are the three counters; `densely` says where missing weights took part; `incomplete` where a table lacked an entry.
    """

    values: NDArray[np.bool_]
    gradients: NDArray[np.bool_]
    counters: NDArray[np.int64]
    densely: NDArray[np.bool_]
    incomplete: NDArray[np.bool_]


class Comparer:
    """Compares a network's evaluations with claims; the network is compiled once.

    `jobs` is the number of threads, or of processes where the exact evaluator is needed (these import the main module again, as
    multiprocessing's spawn does). `method` is "kernel" or "exact", for the reports.
    """

    def __init__(self, network: Network, semantics: Semantics, jobs: int = 1) -> None:
        self.network, self.semantics, self.jobs = network, semantics, jobs
        self._kernel = None if carriers(network, semantics) is None else Kernel(network, semantics)
        self.method = "exact" if self._kernel is None else "kernel"

    def compare(self, pairs: Sequence[Pair], claims: Sequence[Claim], progress: Progress | None = None) -> Agreement:
        """The agreement at every pair of an x and an upstream, claims[i] being claimed at pairs[i]."""
        if self._kernel is None:
            return self._compare_exactly(pairs, claims, progress)
        x, upstream = (_array([pair[side] for pair in pairs]) for side in (0, 1))
        batch: Batch = self._kernel.run(x, upstream, self.jobs, progress)
        values, gradients = (_array([claim[side] for claim in claims]) for side in (0, 1))
        return Agreement(
            (batch.values == values).all(axis=1),
            (batch.gradients == gradients).all(axis=1),
            batch.counters,
            batch.densely,
            batch.incomplete,
        )

    def _compare_exactly(self, pairs: Sequence[Pair], claims: Sequence[Claim], progress: Progress | None) -> Agreement:
        if self.jobs == 1 or len(pairs) == 1:
            _start(self.network, self.semantics)
            return self._collected(map(_agree, pairs, claims), progress)
        with ProcessPoolExecutor(self.jobs, get_context("spawn"), _start, (self.network, self.semantics)) as pool:
            chunk = max(1, len(pairs) // (8 * self.jobs))
            return self._collected(pool.map(_agree, pairs, claims, chunksize=chunk), progress)

    def _collected(self, agreements: Iterable[tuple[int, ...]], progress: Progress | None) -> Agreement:
        rows = []
        for row in agreements:
            rows.append(row)
            if progress is not None:
                progress(1)
        table = np.array(rows, np.int64).reshape(-1, 7)
        incomplete = table[:, 6] > 0
        return Agreement(table[:, 0] > 0, table[:, 1] > 0, table[:, 2:5], table[:, 5] > 0, incomplete)


def _array(vectors: list[Vector]) -> NDArray[np.float64]:
    numbers = {x: to_float64(x) for x in {x for vector in vectors for x in vector}}
    return np.array([[numbers[x] for x in vector] for vector in vectors], np.float64)


_work: list[tuple[Network, Semantics]] = []
"""What a worker process evaluates, set when it starts."""


def _start(network: Network, semantics: Semantics) -> None:
    _work[:] = [(network, semantics)]


def _agree(pair: Pair, claim: Claim) -> tuple[int, int, int, int, int, int, int]:
    network, semantics = _work[0]
    try:
        evaluation = evaluate(network, *pair, semantics)
    except NetworkError:  # a table lacks an entry
        return 0, 0, 0, 0, 0, 0, 1
    c = evaluation.counters
    value = all(map(equal, evaluation.value, claim[0]))
    gradient = all(map(equal, evaluation.gradient, claim[1]))
    return value, gradient, c.pre_activations, c.activations, c.adjoints, evaluation.densely, 0
