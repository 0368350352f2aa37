"""Counts along a segment: affine pieces, activation regions, zeros of pre-activations, and how steep and how long the layers are.

    pieces     1 + the places between the ends where the slope of an output changes
    regions    1 + the places where the pattern of activations changes (z > 0 or z <= 0, neuron by neuron)
    zeros      of all pre-activations together; of an interval of zeros, its ends

pieces <= regions <= 1 + zeros: between two neighbouring zeros all signs are constant, so the network is affine there. Source: Karner,
Kazeev, Petersen (2024), arXiv 2210.00805, for the idea; docs/pieces.md for the proofs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import numpy as np
from gmpy2 import mpq

from fpproof.pieces.geometry import MOST_REGIONS, Cells, Flags, Layer, PiecesError, Segment, layers_along, outputs
from fpproof.training.description import Affine


@dataclass(frozen=True)
class Count:
    """The counts of a network along a segment, with the cells of its outputs to look closer."""

    pieces: int
    regions: int
    zeros: int
    """Of the pre-activations of all layers with an activation."""
    cells: Cells
    bends: Flags
    """The columns of `cells` at which a piece ends."""

    @property
    def breakpoints(self) -> list[mpq]:
        """Where the slope changes, from left to right, exactly."""
        return self.cells.places(self.bends)

    def slopes(self, output: int = 0) -> list[mpq]:
        """The slope of an output in each piece."""
        starts = np.concatenate(([0], np.flatnonzero(self.bends)))
        slopes = self.cells.slopes(output)
        return [slopes[k] for k in starts]

    def variation(self, output: int = 0) -> mpq:
        """The total variation of an output."""
        return total_variation(self.cells, output)


@dataclass(frozen=True, slots=True)
class Neuron:
    """A pre-activation along the segment: its zeros, total variation (None on an infinite segment) and greatest |slope|."""

    layer: int
    number: int
    zeros: int
    variation: mpq | None
    slope: mpq


def count(layers: Sequence[Affine], segment: Segment, most: int = MOST_REGIONS) -> Count:
    """The counts of a network along a segment, exactly. Raises PiecesError as `layers_along` does."""
    zeros, artificial, last = 0, segment.low is None and segment.high is None, None
    for last in layers_along(layers, segment, most):
        if last.activation is not None:
            zeros += sum(last.cells.zeros(i) for i in range(last.cells.functions))
            artificial = artificial and not _switches(last)
    assert last is not None, "a network has a layer"
    cells = outputs(last)
    bends = cells.bends()
    regions = cells.columns.shape[1] - 1 - artificial
    return Count(1 + int(bends.sum()), regions, zeros, cells, bends)


def _switches(layer: Layer) -> bool:
    """Whether a neuron's activation changes at t = 0, a column of the whole line that no zero made."""
    z = layer.cells.columns
    k = int(np.flatnonzero((z[1] == 0) & (z[0] > 0))[0])
    active = [[a > 0 or b > 0 for a, b in zip(z[2:, k], z[2:, side], strict=True)] for side in (k - 1, k + 1)]
    return active[0] != active[1]


def neurons(layers: Sequence[Affine], segment: Segment, most: int = MOST_REGIONS) -> list[Neuron]:
    """Every pre-activation of the layers with an activation, measured exactly."""
    found = []
    for layer in layers_along(layers, segment, most):
        if layer.activation is None:
            continue
        for i in range(layer.cells.functions):
            slope = max(map(abs, layer.cells.slopes(i)))
            variation = total_variation(layer.cells, i) if segment.finite else None
            found.append(Neuron(layer.number, i + 1, layer.cells.zeros(i), variation, slope))
    return found


def total_variation(cells: Cells, i: int) -> mpq:
    """The sum of |increments| of function i over the cells of a finite segment."""
    values = cells.values(i)
    return balanced_sum([abs(b - a) for a, b in pairwise(values)])


def balanced_sum(terms: Sequence[mpq]) -> mpq:
    """A sum of many rationals, by halves: their denominators grow as late as they can."""
    if len(terms) <= 8:
        return reduce(lambda s, t: s + t, terms, mpq(0))
    middle = len(terms) // 2
    return balanced_sum(terms[:middle]) + balanced_sum(terms[middle:])


def expected_zeros(cells: Cells, i: int, center: mpq, radius: mpq) -> mpq:
    """E #{x: h(x) = B} of function h = number i of a finite segment, for B uniform in [center - radius, center + radius].

    By the Banach indicatrix, the integral of #h^-1(b) over the values b is the total variation; over an interval of values it is, cell by
    cell, the length of the part of the cell's values that lies in it. At most TV(h) / (2 radius).
    """
    if radius <= 0:
        raise PiecesError(f"noise: expected a positive radius, found {radius}")
    values = cells.values(i)
    low, high = center - radius, center + radius
    overlaps = [max(min(max(a, b), high) - max(min(a, b), low), mpq(0)) for a, b in pairwise(values)]
    return balanced_sum(overlaps) / (2 * radius)
