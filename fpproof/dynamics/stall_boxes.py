"""Stall sets: the points of a format that a step of descent leaves where they are, of all parameters or between two numbers, by boxes of floats.

A box is an interval of floats for each parameter. `stall_expressions` and `stall_networks` see of a box that all its points stand still, or that all
move; otherwise it is cut in two, and small ones into their points, which are computed. Larger boxes come first, so that what is left undecided, when
the work is done, is small. Some points of each kind are computed again by exact arithmetic, one by one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import log2
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpproof.activations.tables import WIDEST
from fpproof.dynamics import stall_expressions, stall_networks
from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.problem import Problem
from fpproof.dynamics.stalls import Meaning, alone, between, format_of, stands_still

MOST_BOXES = 200_000
"""Boxes that are looked at, unless asked for otherwise, of an expression; of a network more, see `usual_boxes`."""
MOST_PARAMETERS = 200
MOST_NUMBERS = 2**26
"""Ends of boxes that wait."""
SMALL = 16
"""Points of a box that is cut into points."""
REPLAYED = 32

Box = tuple[tuple[int, int], ...]
"""Ordinals of the lowest and the highest float of each parameter."""
Boxes = NDArray[Any]
"""Boxes x parameters x 2, of int64; of Python's integers where a format has more floats."""
Decide = Callable[[Boxes], NDArray[np.int8]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class StallSet:
    """How many points stand still, move, and are not decided; and the boxes that stand still, of neighbouring floats."""

    standing: int
    moving: int
    undecided: int
    boxes: tuple[Box, ...]
    looked: int = 0
    """Boxes and points that were looked at."""
    replayed: int = 0
    """Points, of both kinds, that exact arithmetic computed again."""

    @property
    def points(self) -> int:
        return self.standing + self.moving + self.undecided


def usual_boxes(problem: Problem, meaning: Meaning) -> int:
    """How many boxes are looked at unless asked for otherwise: seconds of work, by the size of the network and its data."""
    run, F = problem.run, format_of(meaning)
    if run is None:
        return MOST_BOXES
    if not stall_networks.on_lanes(meaning):
        return 2**12
    one_by_one = run.loss != "squared" or (F.width > WIDEST and any(layer.activation not in (None, "relu") for layer in run.layers))
    return min(2**21, max(2**10, 2**25 // (problem.dimension * len(run.x) * (64 if one_by_one else 1))))


def stall_set(
    problem: Problem, meaning: Meaning, eta: Fraction, low: Fraction, high: Fraction, most: int | None = None, progress: Progress | None = None
) -> StallSet:
    """The points of a format, every parameter from low to high, at which a step of size eta (rounded to the format) changes nothing.

    `meaning` is a format, or for a network an arithmetic of `fpproof.training` (orders of sums, mixed precision). Points of networks are those of
    the parameters, and the step is that of the training code with all data in one batch. Raises DynamicsError where no float is in the range.
    """
    F = format_of(meaning)
    if problem.dimension > MOST_PARAMETERS:
        raise DynamicsError(f"stall sets are found for at most {MOST_PARAMETERS} parameters, found {problem.dimension}")
    ends = between(F, low, high)
    if ends is None:
        raise DynamicsError(f"there is no float of {F.name} from {low} to {high}")
    if problem.run is None:
        decide, size = stall_expressions.verdicts(problem, alone(meaning), eta), 64
    else:
        decide, size = stall_networks.verdicts(problem.run, meaning, eta)
    whole = np.array([ends] * problem.dimension, np.int64 if F.largest_ordinal < 2**63 else object)
    return _Search(problem, meaning, eta, decide, size).found(whole, most or usual_boxes(problem, meaning), progress)


class _Search:
    """Boxes that wait, largest first, and what has been decided."""

    def __init__(self, problem: Problem, meaning: Meaning, eta: Fraction, decide: Decide, size: int) -> None:
        self._problem, self._meaning, self._eta, self._decide, self._size = problem, meaning, eta, decide, size
        self._standing: list[Boxes] = []
        self._movers: list[Boxes] = []
        self._counts = {1: 0, -1: 0}

    def found(self, whole: Boxes, most: int, progress: Progress | None) -> StallSet:
        waiting, looked = whole[None], 0
        while len(waiting) and looked < most and waiting.size < MOST_NUMBERS:
            chosen, waiting = _largest(waiting, min(self._size, most - looked))
            looked += len(chosen)
            waiting = np.concatenate([waiting, *_cut(chosen[self._sorted(chosen)])])
            if progress is not None:
                progress(looked, min(most, looked + len(waiting)))
        standing = _merged(np.concatenate([whole[None][:0], *self._standing]))
        samples = [(1, standing), (-1, np.concatenate([whole[None][:0], *self._movers]))]
        replayed = sum(self._replayed(kind, boxes) for kind, boxes in samples)
        boxes = tuple(tuple((low, high) for low, high in box) for box in standing.tolist())
        result = StallSet(self._counts[1], self._counts[-1], _points(waiting), boxes, looked, replayed)
        if result.points != _points(whole[None]) or result.standing != _points(standing):
            raise DynamicsError(f"a fault of fpproof: {result.points} points of {_points(whole[None])} are accounted for")
        return result

    def _sorted(self, boxes: Boxes) -> NDArray[np.bool_]:
        """Decide boxes; which are still open."""
        verdicts = self._decide(boxes)
        for kind in (1, -1):
            self._counts[kind] += _points(boxes[verdicts == kind])
        self._standing.append(boxes[verdicts == 1])
        self._movers.append(boxes[verdicts == -1][:4])
        return np.asarray(verdicts == 0)

    def _replayed(self, kind: int, boxes: Boxes) -> int:
        """Exact steps from some points of boxes: the first and the last, and others inside, by a generator of seed 0."""
        generator, number = Random(0), 0
        for box in boxes[np.unique(np.linspace(0, len(boxes) - 1, REPLAYED // 3).astype(int))].tolist() if len(boxes) else []:
            places = {tuple(low for low, _ in box), tuple(high for _, high in box), tuple(generator.randint(low, high) for low, high in box)}
            for place in sorted(places):
                point = [format_of(self._meaning).from_ordinal(n) for n in place]
                if stands_still(self._problem, self._meaning, self._eta, point) != (kind == 1):
                    raise DynamicsError(f"a fault of fpproof: exact arithmetic contradicts the boxes at the ordinals {place}")
                number += 1
        return number


def _largest(boxes: Boxes, number: int) -> tuple[Boxes, Boxes]:
    """So many boxes of the most points, and the others."""
    if len(boxes) <= number:
        return boxes, boxes[:0]
    order = np.argpartition(-_sizes(boxes), number)
    return boxes[order[:number]], boxes[order[number:]]


def _points(boxes: Boxes) -> int:
    """How many points there are, exactly."""
    small = _sizes(boxes) < 60 - log2(len(boxes) + 1)
    few, many = boxes[small], boxes[~small].astype(object)
    return int(np.prod(few[..., 1] - few[..., 0] + 1, axis=1).sum()) + sum(int(np.prod(row)) for row in many[..., 1] - many[..., 0] + 1)


def _sizes(boxes: Boxes) -> NDArray[np.float64]:
    """Logarithms of the numbers of points, rounded."""
    return np.asarray(np.log2(_lengths(boxes).astype(np.float64) + 1).sum(1))


def _lengths(boxes: Boxes) -> NDArray[Any]:
    """Of the sides, the last ordinal minus the first, exactly; those of binary64 are longer than int64 has."""
    ends = boxes if boxes.dtype == object else boxes.astype(np.uint64)
    return np.asarray(ends[..., 1] - ends[..., 0])


def _cut(boxes: Boxes) -> Iterator[Boxes]:
    """Small boxes cut into their points, others in two."""
    small = _sizes(boxes) <= log2(SMALL)
    yield from _all_points(boxes[small])
    yield from _halves(boxes[~small])


def _all_points(boxes: Boxes) -> Iterator[Boxes]:
    """The points of boxes, as boxes."""
    points = np.prod(boxes[..., 1] - boxes[..., 0] + 1, axis=1)
    for k in range(SMALL):
        # the k-th point of every box that has as many: k in the mixed radix of its sides
        here = boxes[points > k]
        rest = np.full(len(here), k)
        place = np.empty(here.shape[:2], boxes.dtype)
        for j in range(here.shape[1]):
            width = here[:, j, 1] - here[:, j, 0] + 1
            place[:, j] = here[:, j, 0] + rest % width
            rest = rest // width
        yield np.stack([place, place], -1)


def _halves(boxes: Boxes) -> Iterator[Boxes]:
    """Cut along the parameter with the most floats; at 0 first, where the gradient and the gaps turn."""
    rows = np.arange(len(boxes))
    longest = np.argmax(_lengths(boxes), axis=1)
    low, high = boxes[rows, longest, 0], boxes[rows, longest, 1]
    middle = np.where((low < 0) & (high > 0), -1, low + (high - low) // 2)
    for end, side in ((1, middle), (0, middle + 1)):
        part = boxes.copy()
        part[rows, longest, end] = side
        yield part


def _merged(boxes: Boxes) -> Boxes:
    """Neighbouring boxes that differ in one parameter joined, parameter by parameter, and sorted."""
    n = boxes.shape[1]
    for j in reversed(range(n)):
        keys = [boxes[:, i, end] for i in range(n) if i != j for end in (0, 1)]
        boxes = boxes[np.lexsort([boxes[:, j, 0], *keys])]
        same = np.ones(max(len(boxes) - 1, 0), np.bool_)
        for i in range(n):
            if i != j:
                same &= (boxes[1:, i] == boxes[:-1, i]).all(-1)
        joined = same & (boxes[1:, j, 0] == boxes[:-1, j, 1] + 1)
        first = np.flatnonzero(np.concatenate([[True], ~joined])[: len(boxes)])
        last = np.append(first[1:] - 1, len(boxes) - 1)[: len(first)]
        merged = boxes[first].copy()
        merged[:, j, 1] = boxes[last, j, 1]
        boxes = merged
    return boxes[np.lexsort([boxes[:, i, 0] for i in reversed(range(n))])]
