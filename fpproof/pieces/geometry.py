"""Piecewise affine networks along a line, exactly: where they bend, and what every neuron does between.

A point of the line is a column of integers (w, t, a_1, ..., a_n): its place is t/w, and neuron j has the activation a_j / (scale * w)
there, with one scale for all columns. In such homogeneous coordinates everything a network does between two bends is linear, and needs no
division:

    affine layer      z_i = sum_j W_ij a_j + b_i * scale * w, with W and b multiplied by their common denominator, which goes into the scale
    zero of neuron i  between neighbours p, q with z_i(p) > 0 > z_i(q): the column |z_i(q)| p + |z_i(p)| q, divided by its content
    infinity          w = 0: t is the direction and a_j the slope in it, so that half-lines and the whole line are segments like others

A column is made only where a pre-activation changes its sign, so that each one between the ends is the boundary of two activation regions.
The columns are numpy arrays of Python objects (gmpy2 integers): exact, and looped over in C.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from gmpy2 import gcd, mpq, mpz
from numpy.typing import NDArray

from fpproof.errors import FpproofError
from fpproof.training.description import Affine, Numbers

MOST_REGIONS = 2**22
"""Regions at which counting stops; a region takes some hundred bytes a neuron of a layer."""

Objects = NDArray[np.object_]
Flags = NDArray[np.bool_]

_content = np.frompyfunc(gcd, 2, 1)


class PiecesError(FpproofError):
    """A network that is not piecewise affine, a segment that is none, or more regions than the limit."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The points origin + t * direction for low <= t <= high; None is an infinite end. `Segment.interval` is for networks of one input."""

    origin: Numbers
    direction: Numbers
    low: Fraction | None
    high: Fraction | None

    def __post_init__(self) -> None:
        if len(self.origin) != len(self.direction) or not any(self.direction):
            raise PiecesError("segment: expected an origin and a direction of one length, the direction not zero")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise PiecesError(f"segment: expected the lower end below the upper one, found {self.low} and {self.high}")

    @staticmethod
    def interval(low: Fraction | int | None, high: Fraction | int | None) -> "Segment":
        ends = (None if end is None else Fraction(end) for end in (low, high))
        return Segment((Fraction(0),), (Fraction(1),), *ends)

    @staticmethod
    def between(start: Numbers, end: Numbers) -> "Segment":
        """From one point to another, for t from 0 to 1."""
        if len(start) != len(end):
            raise PiecesError(f"segment: expected points of one length, found {len(start)} and {len(end)} coordinates")
        return Segment(start, tuple(b - a for a, b in zip(start, end, strict=True)), Fraction(0), Fraction(1))

    @property
    def plain(self) -> bool:
        """Whether t is the one coordinate."""
        return len(self.origin) == 1 and self.origin[0] == 0 and self.direction[0] == 1

    @property
    def finite(self) -> bool:
        return self.low is not None and self.high is not None

    def columns(self) -> Objects:
        """The ends as columns; between two infinite ends a point, t = 0, to which they are directions."""
        places = [self.low, Fraction(0), self.high] if self.low is None and self.high is None else [self.low, self.high]
        columns = []
        for number, t in enumerate(places):
            if t is None:
                sign = -1 if number == 0 else 1
                entries = (Fraction(0), Fraction(sign), *(sign * d for d in self.direction))
            else:
                entries = (Fraction(1), t, *(o + t * d for o, d in zip(self.origin, self.direction, strict=True)))
            unit = lcm(*(r.denominator for r in entries))
            columns.append([mpz(int(r * unit)) for r in entries])
        return np.array(columns, object).T


@dataclass(frozen=True)
class Cells:
    """Functions along a segment that are affine between neighbouring columns: rows w, t, and one a function."""

    columns: Objects
    scale: Any

    @property
    def functions(self) -> int:
        return len(self.columns) - 2

    def places(self, which: Flags) -> list[mpq]:
        """t/w of the chosen finite columns."""
        w, t = self.columns[0][which], self.columns[1][which]
        return [mpq(*pair) for pair in zip(t, w, strict=True)]

    def values(self, i: int) -> list[mpq]:
        """Function i at every column; the segment must be finite."""
        w, z = self.columns[0], self.columns[2 + i]
        return [mpq(a, self.scale * b) for a, b in zip(z, w, strict=True)]

    def slopes(self, i: int) -> list[mpq]:
        """The slope of function i in t, in every cell."""
        rise, run = self._rise(i)
        return [mpq(a, self.scale * b) for a, b in zip(rise, run, strict=True)]

    def _rise(self, i: int) -> tuple[Objects, Objects]:
        w, t, z = self.columns[0], self.columns[1], self.columns[2 + i]
        return z[1:] * w[:-1] - z[:-1] * w[1:], t[1:] * w[:-1] - t[:-1] * w[1:]

    def bends(self) -> Flags:
        """The columns between the ends at which the slope of some function changes."""
        found = np.zeros(self.columns.shape[1], np.bool_)
        for i in range(self.functions):
            rise, run = self._rise(i)
            found[1:-1] |= (rise[1:] * run[:-1] != rise[:-1] * run[1:]).astype(np.bool_)
        return found

    def zeros(self, i: int) -> int:
        """The zeros of function i between the ends; of an interval of zeros the ends that lie there."""
        zero = (self.columns[2 + i] == 0).astype(np.bool_)
        return int((zero[1:-1] & ~(zero[:-2] & zero[2:])).sum())


@dataclass(frozen=True)
class Layer:
    """The pre-activations of one layer, cut at all zeros of its neurons where it has an activation that bends there."""

    number: int
    activation: str | None
    cells: Cells


def layers_along(layers: Sequence[Affine], segment: Segment, most: int = MOST_REGIONS) -> Iterator[Layer]:
    """The pre-activations of layer after layer along a segment; the last one's are the network's outputs if it has no activation.

    Exact. Raises PiecesError for activations that are not piecewise affine, and where there are more than `most` regions.
    """
    if layers[0].inputs != len(segment.direction):
        raise PiecesError(f"segment: expected {layers[0].inputs} coordinates, the network's inputs, found {len(segment.direction)}")
    for number, layer in enumerate(layers, 1):
        if layer.activation is not None and layer.activation not in SLOPES:
            raise PiecesError(f"layer {number}: {layer.activation} is not piecewise affine", hint=f"of the activations, {', '.join(SLOPES)} are")
    a, scale = segment.columns(), mpz(1)
    for number, layer in enumerate(layers, 1):
        z, scale = _affine(layer, a, scale)
        if layer.activation is not None:
            z = _cut(z, most)
        yield Layer(number, layer.activation, Cells(z, scale))
        if layer.activation is not None:
            a, scale = _activated(z, scale, SLOPES[layer.activation])
        else:
            a = z


SLOPES = {"relu": Fraction(0), "leaky-relu": Fraction(1, 100)}
"""The slope for negative pre-activations; for others it is 1."""


def _affine(layer: Affine, a: Objects, scale: Any) -> tuple[Objects, Any]:
    numbers = [r for row in (*layer.weights, layer.bias) for r in row if r is not None]
    unit = lcm(*(r.denominator for r in numbers))
    z = np.empty((2 + layer.neurons, a.shape[1]), object)
    z[:2] = a[:2]
    for i, (row, bias) in enumerate(zip(layer.weights, layer.bias, strict=True)):
        total = a[0] * (mpz(int((bias or 0) * unit)) * scale)
        for weight, inputs in zip(row, a[2:], strict=True):
            if weight:
                total = total + inputs * mpz(int(weight * unit))
        z[2 + i] = total
    return z, scale * unit


def _cut(z: Objects, most: int) -> Objects:
    """The columns with one more wherever a row changes its sign between two of them."""
    for i in range(2, len(z)):
        positive, negative = (z[i] > 0).astype(np.bool_), (z[i] < 0).astype(np.bool_)
        left = np.flatnonzero(positive[:-1] & negative[1:] | negative[:-1] & positive[1:])
        if not len(left):
            continue
        if z.shape[1] + len(left) > most + 1:
            raise PiecesError(f"more than {most} regions", hint="count on a shorter segment, or allow more with --limit")
        p, q = z[:, left], z[:, left + 1]
        new = p * abs(q[i]) + q * abs(p[i])
        content = new[0]
        for row in new[1:]:
            content = _content(content, row)
        z = np.insert(z, left + 1, new // content, axis=1)
    return z


def _activated(z: Objects, scale: Any, slope: Fraction) -> tuple[Objects, Any]:
    """max(z, 0) + slope * min(z, 0), with the slope's denominator in the scale."""
    a = z.copy()
    off = (z[2:] < 0).astype(np.bool_)
    if slope == 0:
        a[2:][off] = mpz(0)
        return a, scale
    a[2:] = np.where(off, z[2:] * mpz(slope.numerator), z[2:] * mpz(slope.denominator))
    return a, scale * slope.denominator


def pre_activations(layers: Sequence[Affine], points: Objects) -> Iterator[Objects]:
    """The pre-activations of layer after layer at points (points x inputs), in rationals: points x neurons."""
    a = points
    for layer in layers:
        weights = np.array([[mpq(w) for w in row] for row in layer.weights], object)
        z = a @ weights.T + np.array([mpq(b or 0) for b in layer.bias], object)
        yield z
        a = z if layer.activation is None else np.where((z > 0).astype(np.bool_), z, z * mpq(SLOPES[layer.activation]))


def outputs(last: Layer) -> Cells:
    """The network's outputs, from its last layer's pre-activations."""
    if last.activation is None:
        return last.cells
    return Cells(*_activated(last.cells.columns, last.cells.scale, SLOPES[last.activation]))
