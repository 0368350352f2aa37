"""Intervals of floats as the numbers of a pass: what gradients of a format can be when every parameter is any float from one to another.

An array has two trailing axes: boxes, and the two ends of an interval. Rounding is monotone, so that every operation of docs/semantics.md, rounded
at the ends, holds its values inside. Two intervals say more:

    (NaN, NaN)     any number, or NaN
    (inf, -inf)    NaN for certain

An operation that may meet 0 * infinity or infinity - infinity inside gives the first; the second comes from
formats whose overflow is NaN, and from points.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpproof.activations import activation
from fpproof.activations.facts import turning_floats
from fpproof.activations.tables import WIDEST
from fpproof.training.numbers import Array, Lanes

Bools = NDArray[np.bool_]


class Intervals:
    """The operations of `Lanes` on intervals; `fpproof.training.numbers.Operations`."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes, self.format = lanes, lanes.format

    def read(self, numbers: Any) -> Array:
        """Points, one for all boxes."""
        values = self.lanes.read(numbers)
        return np.stack([values, values], -1)[..., None, :]

    def product(self, x: Array, y: Array) -> Array:
        return _product(self.lanes.product, x, y)

    def times(self, x: Array, y: Array) -> Array:
        return _product(self.lanes.times, x, y)

    def sum(self, x: Array, y: Array) -> Array:
        return _sum(self.lanes.sum, x, y)

    def minus(self, x: Array, y: Array) -> Array:
        return _sum(lambda a, b: self.lanes.minus(a, -b), x, -y[..., ::-1])

    def fused(self, s: Array, x: Array, y: Array) -> Array:
        (low, high), points = _ends(s), _points(s) & _points(x) & _points(y)
        firsts, lasts = ([self.lanes.fused(end, a, b) for a in _ends(x) for b in _ends(y)] for end in (low, high))
        open_ended = np.isinf(s).any(-1) | np.isinf(x).any(-1) | np.isinf(y).any(-1)
        found = _hull(np.minimum.reduce(firsts), np.maximum.reduce(lasts))
        return _kept(found, points & np.isnan(found[..., 0]), open_ended & ~points, s, x, y)

    def start(self, bias: Array) -> Array:
        return self._end_by_end(self.lanes.start, bias)

    def finish(self, s: Array) -> Array:
        return self._end_by_end(self.lanes.finish, s)

    def rounded(self, x: Array) -> Array:
        return self._end_by_end(self.lanes.rounded, x)

    def _end_by_end(self, f: Callable[[Array], Array], x: Array) -> Array:
        found = f(x)
        lost = np.isnan(found)
        certain = (lost[..., 0] & (x[..., 0] > 0)) | (lost[..., 1] & (x[..., 1] < 0))  # all of an interval beyond Omega
        return _kept(_hull(*_ends(found)), certain, False, x)

    def activated(self, name: str, z: Array) -> Array:
        return self._range(name, 0, z)

    def derivative(self, name: str, z: Array) -> Array:
        return self._range(name, 1, z)

    def _range(self, name: str, column: int, z: Array) -> Array:
        """All values of an activation, or of its derivative, on the floats of an interval."""
        if name == "relu":
            f = self.lanes.derivative if column else self.lanes.activated
            ends = [f(name, end) for end in _ends(z)]
            if column:
                ends.append(np.where((z[..., 0] <= 0) & (z[..., 1] >= 0), f(name, np.zeros(1)), ends[0]))
            return _kept(_hull(np.minimum.reduce(ends), np.maximum.reduce(ends)), False, False, z)
        found = _ranges(self.lanes, name, column)(*_ends(z))
        return _kept(found, _points(z) & np.isnan(found[..., 0]), False, z)

    def function(self, f: Callable[..., Any], *columns: Array, rising: int = 0) -> Array:
        ends = [[x[..., end if k == rising else 1 - end] for k, x in enumerate(columns)] for end in (0, 1)]
        found = np.stack([self.lanes.function(f, *end) for end in ends], -1)
        points = np.logical_and.reduce(np.broadcast_arrays(*map(_points, columns)))
        return _kept(_hull(*_ends(found)), points & np.isnan(found[..., 0]), False, *columns)


def _ends(x: Array) -> tuple[Array, Array]:
    return x[..., 0], x[..., 1]


def _points(x: Array) -> Bools:
    return np.asarray(x[..., 0] == x[..., 1])


def _without_zero(x: Array) -> Bools:
    return np.asarray((x[..., 0] > 0) | (x[..., 1] < 0))


def _hull(low: Array, high: Array) -> Array:
    """An interval; unknown if an end is."""
    lost = np.isnan(low) | np.isnan(high)
    return np.stack([np.where(lost, np.nan, low), np.where(lost, np.nan, high)], -1)


def _kept(found: Array, certain: Bools | bool, unknown: Bools | bool, *operands: Array) -> Array:
    """The result where nothing is NaN; else what is known of it: NaN for certain wins, also that of an operand."""
    for x in operands:
        certain = certain | (x[..., 0] > x[..., 1])
        unknown = unknown | np.isnan(x[..., 0])
    found[..., 0] = np.where(certain, np.inf, np.where(unknown, np.nan, found[..., 0]))
    found[..., 1] = np.where(certain, -np.inf, np.where(unknown, np.nan, found[..., 1]))
    return found


def _product(f: Callable[[Array, Array], Array], x: Array, y: Array) -> Array:
    corners = [f(a, b) for a in _ends(x) for b in _ends(y)]
    lost = np.logical_and.reduce([np.isnan(corner) for corner in corners])
    # where no factor is 0 a product is NaN by overflow: if that of the smallest magnitudes is, all are
    certain = lost & ((_without_zero(x) & _without_zero(y)) | (_points(x) & _points(y)))
    unknown = (~_without_zero(x) & np.isinf(y).any(-1)) | (~_without_zero(y) & np.isinf(x).any(-1))
    return _kept(_hull(np.minimum.reduce(corners), np.maximum.reduce(corners)), certain, unknown, x, y)


def _sum(f: Callable[[Array, Array], Array], x: Array, y: Array) -> Array:
    low, high = (f(a, b) for a, b in zip(_ends(x), _ends(y), strict=True))
    over = (np.isnan(low) & (x[..., 0] + y[..., 0] > 0)) | (np.isnan(high) & (x[..., 1] + y[..., 1] < 0))
    points = _points(x) & _points(y)
    meet = ((x[..., 0] == -np.inf) & (y[..., 1] == np.inf)) | ((x[..., 1] == np.inf) & (y[..., 0] == -np.inf))
    return _kept(_hull(low, high), over | (points & np.isnan(low)), meet, x, y)


# The values of an activation on an interval of floats

Range = Callable[[Array, Array], Array]


@lru_cache(maxsize=16)
def _ranges(lanes: Lanes, name: str, column: int) -> Range:
    """By a table of the whole format where it is small; else the function is monotone from turn to turn."""
    F = lanes.format
    if F.width <= WIDEST:
        z = lanes.floats(np.arange(-F.largest_ordinal, F.largest_ordinal + 1))
        if F.has_infinities:
            z = np.concatenate([[-np.inf], z, [np.inf]])
        values = (lanes.derivative if column else lanes.activated)(name, z)
        return partial(_looked_up, z, _pyramid(np.minimum, values), _pyramid(np.maximum, values))
    found = turning_floats(F, activation(name))
    turns = None if found is None else lanes.floats(np.array(found[column], np.int64))
    return partial(_between_turns, lanes.derivative if column else lanes.activated, name, turns)


def _pyramid(choose: Any, values: Array) -> list[Array]:
    """Level k has the extremes of 2^k neighbours."""
    levels = [values]
    while 2 ** len(levels) <= len(values):
        half = 2 ** (len(levels) - 1)
        levels.append(choose(levels[-1][:-half], levels[-1][half:]))
    return levels


def _looked_up(z: Array, lowest: Sequence[Array], highest: Sequence[Array], low: Array, high: Array) -> Array:
    """The extremes of a table between two entries: of two runs of 2^k that cover them. NaN within makes them unknown."""
    valid = low <= high
    first = np.searchsorted(z, np.where(valid, low, z[0]))
    last = np.searchsorted(z, np.where(valid, high, z[0]))
    level = np.frexp(last - first + 1)[1] - 1
    found = np.full((*low.shape, 2), np.nan)
    for k in np.unique(level):
        here = level == k
        starts = first[here], last[here] - (1 << int(k)) + 1
        for end, choose, table in ((0, np.minimum, lowest), (1, np.maximum, highest)):
            found[here, end] = choose(*(table[int(k)][start] for start in starts))
    return np.where(valid[..., None], _hull(*_ends(found)), np.nan)


def _between_turns(f: Callable[[str, Array], Array], name: str, turns: Array | None, low: Array, high: Array) -> Array:
    ends = [f(name, low), f(name, high)]
    if turns is None:
        return np.where((low == high)[..., None], _hull(*ends), np.nan)
    for turn in turns:
        inside = (low < turn) & (turn < high)
        ends.append(np.where(inside, f(name, np.array([turn])), ends[0]))
    return _hull(np.minimum.reduce(ends), np.maximum.reduce(ends))
