"""Gradient descent from the start of a problem, in one arithmetic, and how far it is from the flow.

    exact        rationals, until their bits pass a bound
    enclosed     balls, as narrow as asked for: the real iterates of transcendental losses
    binary16, E4M3FN, ...            every operation rounded: of a network by docs/semantics.md, section 6 (`fpproof.training`), of an expression
                                     instruction by instruction (`fpproof.dynamics.rounded`); then w (-) (eta (*) g)
    numpy:float32, torch:float32     as those libraries compute

The distance to the flow at step k is |theta_k - theta(k eta)|, in balls.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from gmpy2 import mpq

from fpproof.dynamics.balls import Ball, around, ball, flint, norm, real_balls, upper, working
from fpproof.dynamics.flow import START_BITS, Flow
from fpproof.dynamics.graph import Arithmetic, DynamicsError
from fpproof.dynamics.problem import Problem
from fpproof.dynamics.rounded import IrrationalError, exactly, in_format, on_numpy, on_torch
from fpproof.errors import FpproofError, NetworkError
from fpproof.formats import parse_format, rational
from fpproof.training import Trajectory, parse_arithmetic
from fpproof.training.trajectory import MOST_BITS

MOST_STEPS = 10**6
MOST_PRECISION = 2**15

Point = list[Any]
"""Rationals (mpq; None where infinite or NaN), or balls if enclosed."""


@dataclass
class Descent:
    """A run with a fixed step; `points` yields the start and the point after every step, `stopped` says why it ended early, if it did."""

    problem: Problem
    step: Fraction
    arithmetic: str
    steps: int
    radius: Fraction = Fraction(1, 10**15)
    """What balls may have at the end, if enclosed."""
    most_bits: int = MOST_BITS
    stopped: str | None = field(default=None, init=False)
    stalled: int | None = field(default=None, init=False)
    """The step from which on nothing moves."""

    def __post_init__(self) -> None:
        if self.step <= 0 or not 0 <= self.steps <= MOST_STEPS:
            raise DynamicsError(f"descent: expected a step size above 0 and at most {MOST_STEPS} steps, found {self.step} and {self.steps}")

    @property
    def enclosed(self) -> bool:
        return self.arithmetic == "enclosed"

    def points(self) -> Iterator[Point]:
        """The start, rounded, and what follows."""
        if self.enclosed:
            yield from self._enclosed()
            return
        found = self._trained() if self.problem.run is not None else self._rounded()
        before: Any = None
        for k, (point, key) in enumerate(found):
            yield point
            if self.arithmetic == "exact" and not self._defined(point, k):
                return
            if any(x is None for x in point):
                self.stopped = f"a parameter is infinite or NaN after step {k}"
                return
            if key == before:
                self.stalled = k - 1
                for _ in range(self.steps - k):
                    yield point
                return
            before = key

    def _trained(self) -> Iterator[tuple[Point, Any]]:
        assert self.problem.run is not None
        run = replace(self.problem.run, step=self.step, steps=self.steps, momentum=Fraction(0), batches=())
        trajectory = Trajectory(run, parse_arithmetic(self.arithmetic), self.most_bits)
        try:
            for state in trajectory.states():
                point = [x for array in state.exact for x in array.flat]
                yield point, point
        except NetworkError as error:
            if self.arithmetic != "exact":
                raise
            self.stopped = error.message
        self.stopped = self.stopped or trajectory.stopped

    def _rounded(self) -> Iterator[tuple[Point, Any]]:
        """An expression, instruction by instruction."""
        arithmetic, exact = _arithmetic(self.arithmetic)
        operations, gradient = arithmetic.operations, self.problem.gradient
        point = [arithmetic.constant(mpq(v.numerator, v.denominator)) for v in self.problem.start]
        eta = arithmetic.constant(mpq(self.step.numerator, self.step.denominator))
        multiply, subtract = operations["multiply"], operations["subtract"]
        for k in range(self.steps + 1):
            values = [exact(x) for x in point]
            yield values, [(v, str(x)) for v, x in zip(values, point, strict=True)] if arithmetic.name != "exact" else values
            if k == self.steps:
                return
            if arithmetic.name == "exact" and max(n.bit_length() for x in values for n in (x.numerator, x.denominator)) > self.most_bits:
                self.stopped = f"numbers of more than {self.most_bits} bits after step {k}"
                return
            try:
                slopes = gradient.run(arithmetic, point)
            except IrrationalError as error:
                self.stopped = f"{error.message}; {error.hint}"
                return
            point = [subtract(x, multiply(eta, g)) for x, g in zip(point, slopes, strict=True)]

    def _enclosed(self) -> Iterator[Point]:
        """With twice the precision until the last balls are narrow enough; the iterates before are narrower."""
        bits = 128
        while bits <= MOST_PRECISION:
            with working(bits):
                points = self._in_balls()
                worst = max((x.rad() for x in points[-1]), key=lambda r: r if r.is_finite() else flint().arb("inf"))
                if worst.is_finite() and worst < ball(self.radius):
                    break
            bits *= 2
        else:
            self.stopped = f"balls of {MOST_PRECISION} bits are too wide after so many steps"
            points = points[:1]
        for k, point in enumerate(points):
            yield point
            if not self._defined(point, k):
                return

    def _defined(self, point: Point, k: int) -> bool:
        """Whether the loss is seen to have a value at a real point: the gradient of log(x) is 1/x also where there is no log(x)."""
        for bits in (128, START_BITS):
            with working(bits):
                value = self.problem.value.run(real_balls(), [ball(x) if isinstance(x, mpq) else x for x in point])[0]
            if value.is_finite():
                return True
        self.stopped = f"the loss is not defined {f'after step {k}' if k else 'at the start'}"
        return False

    def _in_balls(self) -> list[Point]:
        arithmetic, gradient = real_balls(), self.problem.gradient
        point = [ball(v) for v in self.problem.start]
        eta = ball(self.step)
        points = [point]
        for _ in range(self.steps):
            point = [x - eta * g for x, g in zip(point, gradient.run(arithmetic, point), strict=True)]
            points.append(point)
        return points


def _arithmetic(text: str) -> tuple[Arithmetic, Callable[[Any], Any]]:
    """An arithmetic of a text, and the exact value (None if not finite) of its numbers."""
    name, _, kind = text.partition(":")
    if text == "exact":
        return exactly(), lambda x: x
    if name in ("numpy", "torch") and kind:
        import math

        def exact(x: Any) -> mpq | None:
            value = float(x)
            return mpq(value) if math.isfinite(value) else None

        return (on_numpy if name == "numpy" else on_torch)(kind), exact
    try:
        F = parse_format(text)
    except FpproofError as error:
        raise DynamicsError(
            f"arithmetic {text[:60]!r} is unknown", hint=f"there are exact, enclosed, numpy:float32, torch:float32, and formats ({error.message})"
        ) from None
    return in_format(F), lambda x: None if x[1] is None else mpq(rational(x))


@dataclass(frozen=True)
class Distances:
    """How far a descent is from the flow: at every step, or the largest only."""

    arithmetic: str
    steps: int
    """That were compared."""
    largest: Ball
    at: int
    """A step at which the largest upper bound stands."""
    last: Ball
    final: Point
    stalled: int | None
    stopped: str | None
    all: tuple[Ball, ...] = ()


def against_flow(descent: Descent, flow: Flow, keep: bool = False) -> Distances:
    """The distances at all steps within the flow's time."""
    import numpy as np

    arb = flint().arb
    largest_low = largest_high = last = arb(0)
    at, made, final = 0, 0, []
    kept: list[Ball] = []
    with np.errstate(all="ignore"), working(flow.bits):
        for k, point in enumerate(descent.points()):
            t = k * descent.step
            if t > flow.end or any(x is None for x in point):
                break
            last = distance(flow, t, point)
            made, final = k, point
            if keep:
                kept.append(last)
            low, high = arb(last.lower()), arb(last.upper())
            if low > largest_low:
                largest_low = low
            if high > largest_high:
                largest_high, at = high, k
        largest = largest_low.union(largest_high)
    return Distances(descent.arithmetic, made, largest, at, last, final, descent.stalled, descent.stopped, tuple(kept))


def distance(flow: Flow, t: Fraction, point: Sequence[Any]) -> Ball:
    """|point - theta(t)|."""
    if t == 0:
        center, radius = [ball(v) for v in flow.problem.start], flint().arb(0)
    else:
        center, radius = flow.segment(t).at(t)
    gap = norm([(ball(x) if isinstance(x, (mpq, Fraction)) else x) - c for x, c in zip(point, center, strict=True)])
    return around(gap, upper(radius)).nonnegative_part()
