"""S2-M5: what the dichotomy is about, of any run of descent: loss, |grad f|, |theta|, their product, and the way against sqrt(t (f_0 - f)).

For a gradient flow |theta(t) - theta(0)| <= sqrt(t (f(0) - f(t))) always. For descent with steps up to 1/beta, beta a bound of the Hessian on the
way, each step lowers f by eta |grad f|^2/2 at least, so the same ratio is at most sqrt(2); a greater one shows steps that are too long, or rounding.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gmpy2 import mpq

from fpproof.dynamics.balls import Ball, ball, norm, real_balls
from fpproof.dynamics.descent import Descent
from fpproof.dynamics.problem import Problem

_RATIONAL = type(mpq(0))


@dataclass(frozen=True)
class Row:
    """A run after so many steps, in balls: exact numbers of the run, and what the real loss and its gradient are there."""

    step: int
    loss: Ball
    gradient: Ball
    norm: Ball
    product: Ball
    ratio: Ball
    """|theta - theta_0| / sqrt(t (f_0 - f)); not finite at the start, and where the loss has not fallen."""


def audit(descent: Descent) -> Iterator[Row]:
    """Rows at the steps 0, 1, 2, 4, 8, ... and at the last finite one, at the working precision."""
    start: tuple[list[Any], Ball] | None = None
    wanted, last = 0, None
    for k, point in enumerate(descent.points()):
        if any(x is None for x in point):
            break
        last = k, point
        if k == wanted:
            wanted = max(1, 2 * k)
            values, loss = _at(descent.problem, point)
            start = start or (values, loss)
            yield _row(descent, k, values, loss, start)
            last = None
    if last is not None and start is not None:
        yield _row(descent, last[0], *_at(descent.problem, last[1]), start)


def _at(problem: Problem, point: list[Any]) -> tuple[list[Ball], Ball]:
    values = [ball(x) if isinstance(x, _RATIONAL) else x for x in point]
    return values, problem.value.run(real_balls(), values)[0]


def _row(descent: Descent, k: int, values: list[Ball], loss: Ball, start: tuple[list[Ball], Ball]) -> Row:
    gradient = norm(descent.problem.gradient.run(real_balls(), values))
    size, moved = norm(values), norm([a - b for a, b in zip(values, start[0], strict=True)])
    ratio = moved / (ball(k * descent.step) * (start[1] - loss)).sqrt()
    return Row(k, loss, gradient, size, size * gradient, ratio)
