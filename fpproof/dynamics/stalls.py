"""Where descent in a format stands still, point by point in exact arithmetic: the referee of `stall_boxes`.

A point is in the set iff w (-) (eta (*) g(w)) = w for every parameter, so descent that reaches it stays for ever. A network steps as training does,
with the gradient of all its data in one batch and without momentum.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.problem import Problem
from fpproof.dynamics.rounded import in_format
from fpproof.formats import Datum, Format, Mode, rational, round_rational
from fpproof.formats.arithmetic import equal
from fpproof.training import Arithmetic, Run, in_formats
from fpproof.training.descent import arranged, moved, passed
from fpproof.training.numbers import Data, Lanes

MOST_POINTS = 2**17

Meaning = Format | Arithmetic
"""A format, or the arithmetic of a training run."""


def arithmetic_of(meaning: Meaning) -> Arithmetic:
    """The arithmetic of a run in a format, or itself; raises DynamicsError for one whose steps are not those of a format."""
    found = in_formats(meaning, meaning) if isinstance(meaning, Format) else meaning
    if not isinstance(found.steps, (Data, Lanes)) or found.seed is not None:
        raise DynamicsError(
            f"stall sets: {found.text} is no format", hint="expected a format, F:ORDER for another order of sums, or F/G with parameters in G"
        )
    return found


def format_of(meaning: Meaning) -> Format:
    """The format of the parameters."""
    found = meaning if isinstance(meaning, Format) else arithmetic_of(meaning).format
    assert found is not None, "arithmetic_of refuses rationals"
    return found


def alone(meaning: Meaning) -> Format:
    """The format in which an expression is computed; raises DynamicsError for more than a format."""
    if isinstance(meaning, Format):
        return meaning
    raise DynamicsError(f"stall sets: {meaning.text} is no format", hint="orders of sums and mixed precision are for networks")


def exact_step(run: Run, meaning: Meaning, eta: Fraction) -> Callable[[Sequence[int]], bool]:
    """Whether a step of a network, by the exact arithmetic of data, leaves the parameters of these ordinals where they are."""
    found = arithmetic_of(meaning)
    assert isinstance(found.passes, (Data, Lanes)), "arithmetic_of refuses others"
    G = format_of(found)
    exact = in_formats(found.passes.format, G, found.semantics, exactly=True)
    numbers, steps = exact.passes, exact.steps
    x, y, rate = numbers.read(run.x), numbers.read(run.y), steps.read([eta])

    def stands(ordinals: Sequence[int]) -> bool:
        flat = np.empty(len(ordinals), object)
        flat[:] = [G.from_ordinal(n) for n in ordinals]
        parameters = arranged(run, flat)
        read = parameters.map(numbers.rounded) if exact.mixed else parameters
        gradients = passed(run, numbers, exact.semantics, read, range(len(run.x)), x, y).gradients
        after = moved(steps, rate, parameters, gradients)
        return all(equal(v, w) for old, new in zip(parameters, after, strict=True) for v, w in zip(old.flat, new.flat, strict=True))

    return stands


def stands_still(problem: Problem, meaning: Meaning, eta: Fraction, point: Sequence[Datum]) -> bool:
    """Whether a step in the format leaves every parameter where it is."""
    if problem.run is not None:
        return exact_step(problem.run, meaning, eta)([format_of(meaning).ordinal(x) for x in point])
    F = alone(meaning)
    arithmetic = in_format(F)
    multiply, subtract = arithmetic.operations["multiply"], arithmetic.operations["subtract"]
    rate = round_rational(F, eta)
    gradient: list[Any] = problem.gradient.run(arithmetic, list(point))
    return all(equal(subtract(w, multiply(rate, g)), w) for w, g in zip(point, gradient, strict=True))


def stall_points(problem: Problem, meaning: Meaning, eta: Fraction, low: Fraction, high: Fraction) -> list[tuple[Datum, ...]]:
    """All points of the format with every parameter from low to high at which descent stands still. DynamicsError if there are too many points."""
    F = format_of(meaning)
    ends = between(F, low, high)
    floats = [F.from_ordinal(n) for n in range(ends[0], ends[1] + 1)] if ends else []
    if len(floats) ** problem.dimension > MOST_POINTS:
        raise DynamicsError(
            f"{len(floats)}^{problem.dimension} points of {F.name}: more than the {MOST_POINTS} that are tried", hint="take a smaller range or format"
        )
    return [point for point in product(floats, repeat=problem.dimension) if stands_still(problem, meaning, eta, point)]


def between(F: Format, low: Fraction, high: Fraction) -> tuple[int, int] | None:
    """The ordinals of the least and the greatest float from low to high; None if there is none."""

    def floor(bound: Fraction) -> int:
        """The ordinal of the greatest float that is not above; below all floats, one less than theirs."""
        largest = rational(F.largest)
        if bound >= largest:
            return F.largest_ordinal
        if bound < -largest:
            return -F.largest_ordinal - 1
        return F.ordinal(round_rational(F, bound, Mode.DOWN))

    ends = -floor(-low), floor(high)
    return ends if ends[0] <= ends[1] else None
