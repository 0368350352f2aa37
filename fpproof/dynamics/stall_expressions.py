"""Boxes of floats on which a step of descent in a format, of a loss that is an expression, is seen to move a parameter or to move none.

Rounding is monotone, so that a gradient computed with intervals of floats (the ends rounded as the format rounds) holds the format's gradient at
every point of the box. With m an interval for eta (*) g, every point of the box

    stands still   if |m| is everywhere below half the smallest gap next to the floats of the box, for every parameter;
    moves          if |m| is everywhere above half the largest gap, for some parameter.

A box of one point is computed.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from fpproof.dynamics.graph import Arithmetic
from fpproof.dynamics.problem import Problem
from fpproof.dynamics.rounded import in_format
from fpproof.dynamics.stalls import stands_still
from fpproof.formats import INFINITY, NAN, NEGATIVE_INFINITY, ZERO, Datum, Format, rational, round_rational
from fpproof.formats import arithmetic as ieee

Interval = tuple[Datum, Datum]
Box = tuple[tuple[int, int], ...]
"""Ordinals of the lowest and the highest float of each parameter."""

RISING = ("exp", "log", "sqrt", "tanh", "sigmoid", "softplus", "atan", "erf", "sinh", "log1p", "expm1", "relu", "step")


TRIED = 2**9
"""Floats of an interval that are all tried, for functions that turn."""


class Unknown(Exception):  # no error: a box that must be cut
    """An interval whose image is not known: it may hold NaN, or turns where the function does."""


def verdicts(problem: Problem, F: Format, eta: Fraction) -> Callable[[NDArray[np.int64]], NDArray[np.int8]]:
    """A map of boxes (boxes x parameters x 2 ordinals) that gives 1 where all points stand still, -1 where all move, 0 where neither is seen."""
    arithmetic, rate = intervals(F), round_rational(F, eta)

    def decide(boxes: NDArray[np.int64]) -> NDArray[np.int8]:
        return np.array([_verdict(problem, F, arithmetic, rate, eta, tuple((low, high) for low, high in box)) for box in boxes.tolist()], np.int8)

    return decide


def _verdict(problem: Problem, F: Format, arithmetic: Arithmetic, rate: Datum, eta: Fraction, box: Box) -> int:
    if all(low == high for low, high in box):
        return 1 if stands_still(problem, F, eta, [F.from_ordinal(low) for low, _ in box]) else -1
    point = [(F.from_ordinal(low), F.from_ordinal(high)) for low, high in box]
    try:
        gradient: list[Interval] = problem.gradient.run(arithmetic, point)
        moves = [arithmetic.operations["multiply"]((rate, rate), g) for g in gradient]
    except Unknown:
        return 0
    still = True
    for (low, high), (first, last) in zip(box, moves, strict=True):
        smallest, largest = _gaps(F, low, high)
        sizes = [_size_of(first), _size_of(last)]
        if not all(size is not None and 2 * size < smallest for size in sizes):
            still = False
        apart = ieee.compare(first, ZERO) == 1 or ieee.compare(last, ZERO) == -1
        if apart and largest is not None and all(size is None or 2 * size > largest for size in sizes):
            return -1
    return int(still)


def _size_of(x: Datum) -> Fraction | None:
    """|x|; None for infinity."""
    return None if x[1] is None else abs(rational(x))


def _gaps(F: Format, low: int, high: int) -> tuple[Fraction, Fraction | None]:
    """The smallest and the largest distance of the floats of an interval to their neighbours; None beyond Omega, where sums may saturate."""
    near = 0 if low <= 0 <= high else min(abs(low), abs(high))
    far = max(abs(low), abs(high))
    return _distance(F, max(near - 1, 0)), None if far == F.largest_ordinal else _distance(F, far)


def _distance(F: Format, n: int) -> Fraction:
    """From the float of ordinal n >= 0 to the next."""
    return rational(F.from_ordinal(n + 1)) - rational(F.from_ordinal(n))


def intervals(F: Format) -> Arithmetic:
    """Intervals of floats, whose images under the rounded operations are held by the results; Unknown where that is not seen."""
    rounded = in_format(F).operations

    def certain(*data: Datum) -> Interval:
        """The hull of the images of the ends."""
        if any(x == NAN for x in data):
            raise Unknown
        lowest = highest = data[0]
        for x in data[1:]:
            if ieee.compare(x, lowest) == -1:
                lowest = x
            if ieee.compare(x, highest) == 1:
                highest = x
        return lowest, highest

    def add(x: Interval, y: Interval) -> Interval:
        if (x[0] == NEGATIVE_INFINITY and y[1] == INFINITY) or (x[1] == INFINITY and y[0] == NEGATIVE_INFINITY):
            raise Unknown  # infinities of both signs may meet
        return certain(rounded["add"](x[0], y[0]), rounded["add"](x[1], y[1]))

    def negate(x: Interval) -> Interval:
        return ieee.negate(x[1]), ieee.negate(x[0])

    def corners(name: str) -> Callable[[Interval, Interval], Interval]:
        return lambda x, y: certain(*(rounded[name](a, b) for a in x for b in y))

    def multiply(x: Interval, y: Interval) -> Interval:
        if any(_holds_zero(one) and any(map(_infinite, other)) for one, other in ((x, y), (y, x))):
            raise Unknown  # 0 within may meet an infinity
        return corners("multiply")(x, y)

    def divide(x: Interval, y: Interval) -> Interval:
        if _holds_zero(y):
            raise Unknown
        return corners("divide")(x, y)

    def power(x: Interval, n: int) -> Interval:
        found = certain(*(rounded["power"](end, n) for end in x))
        return certain(ZERO, *found) if n % 2 == 0 and _holds_zero(x) else found

    def rising(name: str) -> Callable[[Interval], Interval]:
        return lambda x: certain(*(rounded[name](end) for end in x))

    def cosh(x: Interval) -> Interval:
        found = certain(*(rounded["cosh"](end) for end in x))
        return certain(F.one, *found) if _holds_zero(x) else found

    def turning(name: str) -> Callable[[Interval], Interval]:
        @lru_cache(maxsize=2**16)
        def function(x: Interval) -> Interval:
            if any(map(_infinite, x)):
                raise Unknown
            low, high = map(F.ordinal, x)
            if high - low >= TRIED:
                raise Unknown
            return certain(*(rounded[name](F.from_ordinal(n)) for n in range(low, high + 1)))

        return function

    def constant(r: mpq) -> Interval:
        value = in_format(F).constant(r)
        return value, value

    operations: dict[str, Callable[..., Interval]] = {
        "add": add,
        "subtract": lambda x, y: add(x, negate(y)),
        "multiply": multiply,
        "divide": divide,
        "negate": negate,
        "power": power,
        "cosh": cosh,
        "pi": lambda: (rounded["pi"](), rounded["pi"]()),
        **{name: rising(name) for name in RISING},
        **{name: turning(name) for name in ("sin", "cos")},
    }
    return Arithmetic(f"intervals of {F.name}", constant, operations)


def _infinite(x: Datum) -> bool:
    return _size_of(x) is None


def _holds_zero(x: Interval) -> bool:
    return ieee.compare(x[0], ZERO) != 1 and ieee.compare(x[1], ZERO) != -1
