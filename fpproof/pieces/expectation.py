"""The expected number of pieces under uniform noise on biases, exactly or between two rationals; no draws.

The noise moves biases only, b' = b + r xi with xi in [-1, 1]^K, one coordinate a noisy neuron. The pattern of activations on a cell of the
segment is a condition on (t, xi) by inequalities that are affine once the pattern is given, so the region of a pattern is convex, and the
slopes of the outputs on it do not depend on xi. Hence:

    If the sequence of patterns along the segment is the same at all corners of a box of xi, it is the same in the whole box.

For xi = sum l_v v over the corners v, the region of the k-th pattern has the points (sum l_v t_v, xi) with t_v in its interval at v; these
intervals, (sum l_v p_(k-1)(v), sum l_v p_k(v)), tile the segment. So the pieces are one number there, found at a corner. Boxes whose corners
differ are cut in two along their longest side; what is undecided at the end counts 1 piece below, and prod (width + 1) above.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from heapq import heappop, heappush
from itertools import groupby, pairwise, product
from math import prod

import numpy as np
from gmpy2 import mpq

from fpproof.pieces.geometry import MOST_REGIONS, Cells, PiecesError, Segment, layers_along, outputs, pre_activations
from fpproof.training.description import Affine

MOST_NOISY = 10
"""Noisy neurons: a box has 2^K corners."""
MOST_BOXES = 1000

Box = tuple[tuple[Fraction, Fraction], ...]
Radii = Sequence[Sequence[Fraction]]


@dataclass(frozen=True, slots=True)
class Expectation:
    """low <= E pieces <= high; `undecided` is the probability of the boxes in which the pieces are not known."""

    low: Fraction
    high: Fraction
    undecided: Fraction
    boxes: int

    @property
    def exact(self) -> bool:
        return self.undecided == 0


def shifted(layers: Sequence[Affine], radii: Radii, xi: Sequence[Fraction]) -> tuple[Affine, ...]:
    """The network at one point of the noise, a coordinate for every radius that is not zero, in the order of layers and neurons."""
    coordinates = iter(xi)
    found = []
    for layer, row in zip(layers, radii, strict=True):
        bias = tuple(b if not r else (b or Fraction(0)) + r * next(coordinates) for b, r in zip(layer.bias, row, strict=True))
        found.append(Affine(layer.weights, bias, layer.activation))
    return tuple(found)


def expected_pieces(layers: Sequence[Affine], radii: Radii, segment: Segment, most: int = MOST_BOXES) -> Expectation:
    """E pieces along a finite segment for independent xi, uniform in [-1, 1]; the largest boxes are cut first, until `most` were looked at.

    Raises PiecesError for an infinite segment, or more than 10 noisy neurons.
    """
    noisy = sum(r != 0 for row in radii for r in row)
    if not segment.finite or noisy > MOST_NOISY:
        raise PiecesError(f"expectation: expected a finite segment and at most {MOST_NOISY} noisy neurons, found {noisy}")

    @cache
    def at(xi: tuple[Fraction, ...]) -> tuple[tuple[bytes, ...], int]:
        return patterns(shifted(layers, radii, xi), segment)

    whole: Box = ((Fraction(-1), Fraction(1)),) * noisy
    queue: list[tuple[Fraction, Box]] = [(Fraction(-1), whole)]
    known, left, looked = Fraction(0), Fraction(0), 0
    while queue and looked < most:
        share, box = heappop(queue)  # the negative probability first, so that the largest box comes out
        looked += 1
        corners = [at(xi) for xi in product(*box)]
        if all(sequence == corners[0][0] for sequence, _ in corners):
            known -= share * corners[0][1]
        else:
            for half in _halves(box):
                heappush(queue, (share / 2, half))
    left = -sum((share for share, _ in queue), Fraction(0))
    worst = prod(layer.neurons + 1 for layer in layers if layer.activation is not None)
    return Expectation(known + left, known + left * worst, left, looked)


def _halves(box: Box) -> tuple[Box, Box]:
    k = max(range(len(box)), key=lambda i: box[i][1] - box[i][0])
    low, high = box[k]
    middle = (low + high) / 2
    return (*box[:k], (low, middle), *box[k + 1 :]), (*box[:k], (middle, high), *box[k + 1 :])


def patterns(layers: Sequence[Affine], segment: Segment, most: int = MOST_REGIONS) -> tuple[tuple[bytes, ...], int]:
    """The patterns of activations along a finite segment, neighbours different, and the pieces.

    A pattern says of every neuron with an activation whether z > 0 at the middle of the cell.
    """
    *_, last = layers_along(layers, segment, most)
    cells = outputs(last)
    return tuple(pattern for pattern, _ in groupby(_at_middles(layers, segment, cells))), 1 + int(cells.bends().sum())


def _at_middles(layers: Sequence[Affine], segment: Segment, cells: Cells) -> list[bytes]:
    """Forward passes in rationals at the middles of the cells."""
    ends = [mpq(t, w) for w, t in zip(cells.columns[0], cells.columns[1], strict=True)]
    middles = np.array([(a + b) / 2 for a, b in pairwise(ends)], object)
    a = np.array([[mpq(o) for o in segment.origin]], object) + middles[:, None] * np.array([[mpq(d) for d in segment.direction]], object)
    every = zip(layers, pre_activations(layers, a), strict=True)
    signs = [(z > 0).astype(np.bool_) for layer, z in every if layer.activation is not None]
    return [row.tobytes() for row in np.concatenate(signs, axis=1)] if signs else [b""] * len(middles)
