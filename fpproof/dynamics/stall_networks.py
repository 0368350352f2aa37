"""Boxes of floats on which a step of descent of a network, as training takes it, is seen to move a parameter or to move none.

The step is that of `fpproof.training`: forward and backward passes in a format with its order of sums, the gradient of all data in one batch, and
theta (-) (eta (*) g). It runs on `Intervals`, many boxes at a time, and on `Lanes` for boxes of one point: the training code itself, whose arrays
may have more axes. What follows from eta (*) g is as in `stall_expressions`.
"""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fpproof.dynamics.stalls import Meaning, arithmetic_of, exact_step
from fpproof.training import Arithmetic, Run
from fpproof.training.descent import Parameters, arranged, moved, passed
from fpproof.training.intervals import Intervals
from fpproof.training.numbers import Array, Lanes

LANES = 2**22
"""Numbers of a layer, at most, in all boxes that are computed at a time."""


def verdicts(run: Run, meaning: Meaning, eta: Fraction) -> tuple[Callable[[NDArray[np.int64]], NDArray[np.int8]], int]:
    """As `stall_expressions.verdicts`, and how many boxes should be decided at a time."""
    arithmetic = arithmetic_of(meaning)
    if isinstance(arithmetic.passes, Lanes) and isinstance(arithmetic.steps, Lanes):  # as `on_lanes` says
        widest = max(max(layer.neurons, layer.inputs) for layer in run.layers)
        return _Steps(run, arithmetic, arithmetic.passes, arithmetic.steps, eta).verdicts, max(16, min(2**15, LANES // (widest * len(run.x))))
    step = exact_step(run, arithmetic, eta)

    def points_only(boxes: NDArray[np.int64]) -> NDArray[np.int8]:
        points = (boxes[..., 0] == boxes[..., 1]).all(1)
        return np.array([(1 if step(box[:, 0].tolist()) else -1) if point else 0 for box, point in zip(boxes, points, strict=True)], np.int8)

    return points_only, 256


def on_lanes(meaning: Meaning) -> bool:
    """Whether the numbers of an arithmetic are binary64 numbers, so that there are intervals of them; else points are computed one by one."""
    arithmetic = arithmetic_of(meaning)
    return isinstance(arithmetic.passes, Lanes) and isinstance(arithmetic.steps, Lanes)


class _Steps:
    """Steps of a network in one arithmetic, from many points or boxes at a time."""

    def __init__(self, run: Run, arithmetic: Arithmetic, passes: Lanes, steps: Lanes, eta: Fraction) -> None:
        self._run, self._arithmetic, self._passes, self._steps = run, arithmetic, passes, steps
        self._intervals = Intervals(passes), Intervals(steps)
        self._data = [passes.read(rows)[..., None] for rows in (run.x, run.y)]
        self._hulls = [self._intervals[0].read(rows) for rows in (run.x, run.y)]
        self._eta = eta

    def verdicts(self, boxes: NDArray[np.int64]) -> NDArray[np.int8]:
        points = (boxes[..., 0] == boxes[..., 1]).all(1)
        found = np.zeros(len(boxes), np.int8)
        with np.errstate(all="ignore"):
            if points.any():
                found[points] = np.where(self._stand(boxes[points, :, 0]), 1, -1)
            if not points.all():
                found[~points] = self._of_boxes(boxes[~points])
        return found

    def _stand(self, ordinals: NDArray[np.int64]) -> NDArray[np.bool_]:
        parameters = arranged(self._run, self._steps.floats(ordinals.T))
        read = parameters.map(self._passes.rounded) if self._arithmetic.mixed else parameters
        numbers, semantics, batch = self._passes, self._arithmetic.semantics, range(len(self._run.x))
        gradients = passed(self._run, numbers, semantics, read, batch, *self._data).gradients
        after = moved(self._steps, self._steps.read([self._eta]), parameters, gradients)
        same = [(old == new).reshape(-1, len(ordinals)).all(0) for old, new in zip(parameters, after, strict=True)]
        return np.asarray(np.logical_and.reduce(same))

    def _of_boxes(self, boxes: NDArray[np.int64]) -> NDArray[np.int8]:
        numbers, steps = self._intervals
        low, high = boxes[..., 0].T, boxes[..., 1].T
        parameters = arranged(self._run, self._steps.floats(np.stack([low, high], -1)))
        read = parameters.map(numbers.rounded) if self._arithmetic.mixed else parameters
        gradients = passed(self._run, numbers, self._arithmetic.semantics, read, range(len(self._run.x)), *self._hulls).gradients
        rate = steps.read([self._eta])
        first, last = np.moveaxis(_flat(gradients.map(lambda g: steps.times(rate, g)), len(boxes)), -1, 0)
        smallest, largest = self._gaps(low, high)
        still = 2 * np.maximum(np.abs(first), np.abs(last)) < smallest
        moves = ((first > 0) | (last < 0)) & (2 * np.minimum(np.abs(first), np.abs(last)) > largest)
        if self._arithmetic.semantics.flush:
            # a subnormal parameter is flushed by the subtraction, whatever the step
            normal = 1 << self._steps.format.p
            still &= (low >= normal) | (high <= -normal) | ((low == 0) & (high == 0))
            moves |= ((low > 0) & (high < normal)) | ((high < 0) & (low > -normal))
        return np.where(moves.any(0), -1, np.where(still.all(0), 1, 0)).astype(np.int8)

    def _gaps(self, low: Array, high: Array) -> tuple[Array, Array]:
        """The smallest and the largest distance of the floats of an interval to their neighbours; infinite where Omega saturates."""
        F = self._steps.format
        near = np.where((low <= 0) & (high >= 0), 0, np.minimum(np.abs(low), np.abs(high)))
        far = np.maximum(np.abs(low), np.abs(high))
        smallest, largest = (
            np.ldexp(1.0, np.maximum(place >> F.p, 1) - 1 + F.emin - F.p)  # from the float of an ordinal to the next
            for place in (np.maximum(near - 1, 0), far)
        )
        if F.overflow == "saturate":
            largest = np.where(far == F.largest_ordinal, np.inf, largest)
        return smallest, largest


def _flat(parameters: Parameters, boxes: int) -> Array:
    """Parameters x boxes x 2."""
    return np.concatenate([array.reshape(-1, boxes, 2) for array in parameters])
