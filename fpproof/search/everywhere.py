"""What a network does at all points of a spec, by the array kernel where it has a carrier: which points are violated, and a few to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fpproof.formats import rational
from fpproof.formats.arithmetic import negate
from fpproof.networks import RELU, Network, evaluate
from fpproof.networks.kernel import Kernel, carriers, to_float64
from fpproof.networks.semantics import LEFT_TO_RIGHT
from fpproof.search.spec import FREE, Kind, Point, Spec, Wanted, violated

FEW = 512
"""Points up to which the exact evaluator is as quick."""

Floats = NDArray[np.float64]
_KINDS = list(Kind)


@dataclass(frozen=True)
class _Wishes:
    """What is asked of the numbers of each point, one a row; `asked` is false where nothing is, not even that they are finite."""

    asked: NDArray[np.bool_]
    kinds: NDArray[np.int64]
    lows: Floats
    highs: Floats

    @classmethod
    def of(cls, rows: Sequence[Sequence[Wanted | None]]) -> "_Wishes":
        wanted = [[w or FREE for w in row] for row in rows]
        lows = [[to_float64(w.low) for w in row] for row in wanted]
        highs = [[to_float64(w.high) for w in row] for row in wanted]
        kinds = [[_KINDS.index(w.kind) for w in row] for row in wanted]
        return cls(np.array([[w is not None for w in row] for row in rows]), np.array(kinds), np.array(lows), np.array(highs))

    def hold(self, found: Floats) -> NDArray[np.bool_]:
        """At which points all numbers are as asked."""
        each = np.choose(self.kinds, [np.True_, found == self.lows, found != self.lows, (self.lows <= found) & (found <= self.highs)])
        good: NDArray[np.bool_] = (~self.asked | (np.isfinite(found) & each)).all(axis=1)
        return good


class Everywhere:
    """The points of a spec, in order of their x, as arrays."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.points = sorted(spec.points, key=lambda p: tuple(rational(entry) for entry in p.x))

    def spread(self, count: int) -> list[Point]:
        """So many points, evenly among all, and those beside which something of another kind is wanted if these are few."""
        if len(self.points) <= count:
            return list(self.points)
        even = {round(i * (len(self.points) - 1) / (count - 1)) for i in range(count)}
        turns = {i for j, (a, b) in enumerate(pairwise(self.points)) if _form(a) != _form(b) for i in (j, j + 1)}
        return [self.points[i] for i in sorted(even | (turns if len(turns) <= count else set()))]

    def violated(self, network: Network) -> list[Point]:
        """The points at which a network does not do what is wanted."""
        tables = any(layer.activation not in (None, RELU) for layer in network.layers)
        if len(self.points) <= FEW or tables or carriers(network, LEFT_TO_RIGHT) is None:
            return [point for point in self.points if _violated_exactly(network, point)]
        x, upstreams, values, gradients = self._arrays
        batch = Kernel(network).run(x, upstreams)
        return [self.points[i] for i in np.flatnonzero(~(values.hold(batch.values) & gradients.hold(batch.gradients)))]

    @cached_property
    def _arrays(self) -> tuple[Floats, Floats, _Wishes, _Wishes]:
        x = np.array([[to_float64(v) for v in p.x] for p in self.points])
        upstreams = np.array([[to_float64(v) for v in p.upstream] for p in self.points])
        gradients = [p.gradient or (None,) * self.spec.inputs for p in self.points]
        return x, upstreams, _Wishes.of([p.value for p in self.points]), _Wishes.of(gradients)


def _violated_exactly(network: Network, point: Point) -> bool:
    evaluation = evaluate(network, point.x, point.upstream)
    return bool(violated(point, evaluation.value, evaluation.gradient))


def _form(point: Point) -> object:
    """What a point asks for, but for numbers that may depend on x."""
    value = tuple((w.kind, w.low == point.x[0], w.low == negate(point.x[0])) for w in point.value)
    return value if any(x or y for _, x, y in value) else point.value, point.gradient
