"""What an activation does in a format: where it saturates, where it is the identity, its extremes, how many values it takes.

Formats of 16 bits and less: read off the whole table. Wider ones: by bisection. Between its turns (`RealFunction.turns`) a function is monotone,
so its rounding is too, and an interval between two turns on which it takes one value is found from its ends.
All statements are about finite inputs; numbers are compared as numbers (-0 = 0).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from random import Random

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from fpproof.activations.enclosure import ball_ends, derivative, value
from fpproof.activations.function import Activation, ActivationError, RealFunction
from fpproof.activations.tables import WIDEST, table
from fpproof.formats import INFINITY, NAN, NEAREST_EVEN, NEGATIVE_INFINITY, Datum, Format, Mode, round_rational
from fpproof.formats.arithmetic import compare

Run = tuple[Datum, Datum]
"""All floats from one to another, both counted."""

WHOLE_TABLE, BISECTION, SAMPLES = "all inputs", "bisection between turning points", "samples"


@dataclass(frozen=True, slots=True)
class Extreme:
    """A least or greatest value (infinities count, NaN does not) and all floats that have it."""

    value: Datum
    where: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """`left`: the greatest x such that up to x the value is constant and the derivative exactly 0; `right` likewise.

    `identity`: the runs on which sigma_F(x) = x and sigma'_F(x) = 1. `extremes`: least and greatest value and derivative. `distinct`: number of
    different values and derivatives. None where the method does not tell.
    """

    method: str
    at_zero: tuple[Datum, Datum]
    left: Datum | None
    right: Datum | None
    identity: tuple[Run, ...] | None
    extremes: tuple[Extreme, Extreme, Extreme, Extreme]
    distinct: tuple[int, int] | None


def facts(F: Format, sigma: Activation, mode: Mode = NEAREST_EVEN, paranoid: bool = False, samples: int = 2000, seed: int = 0) -> Facts:
    """The facts, by the best method for the format; samples only for a wide format and a function whose turns are not known (sin).

    By bisection one thing is not proved: that inside a run of derivatives 1 the floats with sigma_F(x) = x are a run.
    """
    if F.width <= WIDEST:
        return _from_table(F, sigma, mode, paranoid)
    if sigma.value.turns is None or sigma.derivative.turns is None:
        return _from_samples(F, sigma, mode, samples, seed)
    return _by_bisection(F, sigma, mode)


# Keys: the numbers of a format as integers in their order: ordinals, and one more for the infinities.


def _key(F: Format, x: Datum) -> int | None:
    """None for NaN."""
    m, e = x
    if e is None:
        return m * (F.largest_ordinal + 1) if m else None
    return F.ordinal(x)


def _from_key(F: Format, key: int) -> Datum:
    if abs(key) > F.largest_ordinal:
        return INFINITY if key > 0 else NEGATIVE_INFINITY
    return F.from_ordinal(key)


def _merged(runs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs of integers in order, those that touch joined."""
    result: list[tuple[int, int]] = []
    for low, high in sorted(runs):
        if result and low <= result[-1][1] + 1:
            result[-1] = result[-1][0], max(high, result[-1][1])
        else:
            result.append((low, high))
    return result


def _as_runs(F: Format, runs: Iterable[tuple[int, int]]) -> tuple[Run, ...]:
    return tuple((F.from_ordinal(low), F.from_ordinal(high)) for low, high in _merged(runs))


# The whole table

Keys = NDArray[np.int64]


def _from_table(F: Format, sigma: Activation, mode: Mode, paranoid: bool) -> Facts:
    columns = table(F, sigma, mode, paranoid)
    values, slopes = (_keys(F, column) for column in columns)
    one = _key(F, round_rational(F, 1))
    ordinals = np.arange(-F.largest_ordinal, F.largest_ordinal + 1)
    flat = (values[0] == values) & (slopes == 0), (values[-1] == values) & (slopes == 0)
    lengths = [int(np.argmin(np.append(steady, False))) for steady in (flat[0], flat[1][::-1])]
    return Facts(
        WHOLE_TABLE,
        (value(F, sigma, (0, 0), mode), derivative(F, sigma, (0, 0), mode)),
        F.from_ordinal(int(ordinals[lengths[0] - 1])) if lengths[0] else None,
        F.from_ordinal(int(ordinals[-lengths[1]])) if lengths[1] else None,
        _runs(F, (values == ordinals) & (slopes == one)),
        (*_table_extremes(F, values), *_table_extremes(F, slopes)),
        (len(np.unique(values)), len(np.unique(slopes))),
    )


def _keys(F: Format, column: NDArray[np.uint16]) -> Keys:
    """The results at all finite inputs in order, as keys; the smallest integer for NaN."""
    sign = 1 << (F.width - 1)
    negative = column[sign + 1 : sign + F.largest_ordinal + 1][::-1]
    codes = np.concatenate([negative, column[: F.largest_ordinal + 1]]).astype(np.int64)
    magnitude = codes & (sign - 1)
    keys: Keys = np.where(codes & sign, -1, 1) * np.minimum(magnitude, F.largest_ordinal + 1)
    if F.has_nan:
        infinity = F.encode(INFINITY) if F.has_infinities else F.largest_ordinal
        keys[magnitude > infinity] = np.iinfo(np.int64).min
    return keys


def _runs(F: Format, holds: NDArray[np.bool_]) -> tuple[Run, ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8)))
    return _as_runs(F, ((int(a) - F.largest_ordinal, int(b) - 1 - F.largest_ordinal) for a, b in edges.reshape(-1, 2)))


def _table_extremes(F: Format, keys: Keys) -> tuple[Extreme, Extreme]:
    numbers = keys[keys != np.iinfo(np.int64).min]
    ends = int(numbers.min()), int(numbers.max())
    low, high = (Extreme(_from_key(F, end), _runs(F, keys == end)) for end in ends)
    return low, high


# Bisection


def _last(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The last n of low..high with holds(n), which is true at low and, once false, stays so."""
    if holds(high):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The first n of low..high with holds(n), which is true at high and, once true, stays so."""
    return -_last(-high, -low, lambda n: holds(-n))


class _Rounded:
    """One function in one format: keys by ordinal, and the ordinals between which it is monotone."""

    def __init__(self, F: Format, name: str, f: RealFunction, one: Callable[[Datum], Datum]) -> None:
        self.format, self.name, self.f = F, name, f
        self.key = lru_cache(maxsize=None)(lambda n: self._compute(one, n))
        N = F.largest_ordinal
        assert f.turns is not None
        self.ends = sorted({-N, N, *(self._turn(low, high) for low, high in f.turns)})

    def _compute(self, one: Callable[[Datum], Datum], n: int) -> int:
        """A NaN from overflow counts as the infinity beyond it."""
        y = one(self.format.from_ordinal(n))
        key = _key(self.format, y)
        return (self.format.largest_ordinal + 1) * (1 if n > 0 else -1) if key is None else key

    def _turn(self, low: mpq, high: mpq) -> int:
        """The float of [low, high] with the extreme value: f grows on one side of it and falls on the other."""
        a, b = (self.format.ordinal(round_rational(self.format, end)) for end in (low, high))
        if a >= b:
            return a
        grows = self._grows(a)
        return _last(a, b - 1, lambda n: self._grows(n) == grows) + 1

    def _grows(self, n: int) -> bool:
        """Whether f(x) < f(succ x): the balls are narrowed until they are apart."""
        x, y = self.format.from_ordinal(n), self.format.from_ordinal(n + 1)
        for doubling in range(12):
            balls = [ball_ends(self.name, self.f, z, (2 * self.format.p + 32) << doubling) for z in (x, y)]
            if balls[0] is None or balls[1] is None:
                continue
            (a, b), (c, d) = balls[0], balls[1]
            if compare(b, c) == -1:
                return True
            if compare(d, a) == -1:
                return False
        raise ActivationError(f"activation {self.name}: two neighbouring values are too close to be told apart")

    def level(self, target: int) -> list[tuple[int, int]]:
        """All n with key(n) = target: in each monotone piece a run, whose inner edges are found by bisection."""
        runs = []
        for low, high in zip(self.ends, self.ends[1:], strict=False):
            a, b = self.key(low), self.key(high)
            if not min(a, b) <= target <= max(a, b):
                continue
            sign = 1 if a <= b else -1
            start = _first(low, high, lambda n, sign=sign: sign * (self.key(n) - target) >= 0)  # type: ignore[misc]  # bound
            stop = _last(low, high, lambda n, sign=sign: sign * (self.key(n) - target) <= 0)  # type: ignore[misc]  # bound
            if start <= stop:
                runs.append((start, stop))
        return _merged(runs)

    def extremes(self) -> tuple[Extreme, Extreme]:
        ends = [self.key(n) for n in self.ends]
        keys = self._number(min(ends), min), self._number(max(ends), max)
        low, high = (Extreme(_from_key(self.format, key), _as_runs(self.format, self.level(key))) for key in keys)
        return low, high

    def _number(self, key: int, choose: Callable[[Iterable[int]], int]) -> int:
        """The key, or the extreme one beside the overflow if that gives NaN."""
        N = self.format.largest_ordinal
        if abs(key) <= N or self.format.has_infinities:
            return key
        return choose(self.key(n) for low, high in self.level(key) for n in (low - 1, high + 1) if abs(n) <= N)


def turning_floats(F: Format, sigma: Activation) -> tuple[list[int], list[int]] | None:
    """The ordinals of the floats between which sigma, and between which sigma', is monotone on the floats, the outermost among them.

    None where the turns of one are not known.
    """
    if sigma.value.turns is None or sigma.derivative.turns is None:
        return None
    values = _Rounded(F, sigma.name, sigma.value, partial(value, F, sigma))
    return values.ends, _Rounded(F, f"{sigma.name}'", sigma.derivative, partial(derivative, F, sigma)).ends


def _by_bisection(F: Format, sigma: Activation, mode: Mode) -> Facts:
    values = _Rounded(F, sigma.name, sigma.value, partial(value, F, sigma, mode=mode))
    slopes = _Rounded(F, f"{sigma.name}'", sigma.derivative, partial(derivative, F, sigma, mode=mode))
    N = F.largest_ordinal
    left = _overlap(values.level(values.key(-N)), slopes.level(0), -N)
    right = _overlap(values.level(values.key(N)), slopes.level(0), N)
    one = _key(F, round_rational(F, 1))
    assert one is not None
    return Facts(
        BISECTION,
        (value(F, sigma, (0, 0), mode), derivative(F, sigma, (0, 0), mode)),
        F.from_ordinal(left[1]) if left else None,
        F.from_ordinal(right[0]) if right else None,
        _as_runs(F, (run for low, high in slopes.level(one) for run in _fixed(values, low, high))),
        (*values.extremes(), *slopes.extremes()),
        None,
    )


def _overlap(first: list[tuple[int, int]], second: list[tuple[int, int]], n: int) -> tuple[int, int] | None:
    """The common part of the runs that hold n."""
    holding = [run for runs in (first, second) for run in runs if run[0] <= n <= run[1]]
    return (max(run[0] for run in holding), min(run[1] for run in holding)) if len(holding) == 2 else None


def _fixed(values: _Rounded, low: int, high: int) -> list[tuple[int, int]]:
    """The floats of a run that are fixed, if they are a run that begins or ends where it does, or at zero."""

    def fixed(n: int) -> bool:
        return values.key(n) == n

    runs = []
    for a, b in ((low, min(high, 0)), (max(low, 0), high)):
        if a <= b and fixed(a):
            runs.append((a, _last(a, b, fixed)))
        elif a <= b and fixed(b):
            runs.append((_first(a, b, fixed), b))
    return runs


# Samples


def _from_samples(F: Format, sigma: Activation, mode: Mode, samples: int, seed: int) -> Facts:
    """Random floats, uniformly among all."""
    generator = Random(seed)
    N = F.largest_ordinal
    ordinals = sorted({-N, -1, 0, 1, N, *(generator.randint(-N, N) for _ in range(samples))})

    def extremes(one: Callable[[Datum], Datum]) -> tuple[Extreme, Extreme]:
        keys = {n: _key(F, y) for n in ordinals if (y := one(F.from_ordinal(n))) != NAN}
        ends = [end(key for key in keys.values() if key is not None) for end in (min, max)]
        low, high = (Extreme(_from_key(F, end), _as_runs(F, ((n, n) for n, key in keys.items() if key == end))) for end in ends)
        return low, high

    return Facts(
        SAMPLES,
        (value(F, sigma, (0, 0), mode), derivative(F, sigma, (0, 0), mode)),
        None,
        None,
        None,
        (*extremes(partial(value, F, sigma, mode=mode)), *extremes(partial(derivative, F, sigma, mode=mode))),
        None,
    )
