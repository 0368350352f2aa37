"""The network as executed in a format: a step function on finitely many floats, which has steps, not pieces."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fpproof.formats import Datum, rational
from fpproof.networks import Network, Semantics, value
from fpproof.networks.kernel import Kernel, carriers, to_float64
from fpproof.pieces.geometry import PiecesError

WIDEST = 16
"""Bits of the formats whose floats are all looked at."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What a network computes at all floats of an interval.

    `steps` counts the longest runs of neighbouring floats with equal values (all outputs, numerically; NaN equals NaN), `values` the different
    values, `turns` the changes between growing and falling of the first output, `non_finite` the floats with an infinite or NaN output.
    """

    floats: int
    steps: int
    values: int
    turns: int
    non_finite: int


def executed_steps(network: Network, semantics: Semantics, low: Fraction | None, high: Fraction | None, jobs: int = 1) -> Steps:
    """The steps on the finite floats x of the network's format with low <= x <= high; -0 and 0 are one point.

    Every float is evaluated, by the array kernel where it has a carrier, else by the exact evaluator. Raises PiecesError for formats of more
    than 16 bits, networks of several inputs, and intervals without floats.
    """
    F = network.format
    if F.width > WIDEST:
        raise PiecesError(f"steps in {F.name}: all floats of formats up to {WIDEST} bits are looked at, this one has {F.width}")
    if network.inputs != 1:
        raise PiecesError(f"steps in {F.name}: expected a network of one input, found {network.inputs}")
    points = [x for x in map(F.from_ordinal, range(-F.largest_ordinal, F.largest_ordinal + 1)) if _between(x, low, high)]
    if not points:
        raise PiecesError(f"steps in {F.name}: no float of it lies on the segment")
    outputs = _outputs(network, semantics, points, jobs)
    same = ((outputs[1:] == outputs[:-1]) | (np.isnan(outputs[1:]) & np.isnan(outputs[:-1]))).all(axis=1)
    directions = np.sign(np.diff(outputs[:, 0][np.isfinite(outputs[:, 0])]))
    directions = directions[directions != 0]
    return Steps(
        len(points),
        1 + int((~same).sum()),
        len({row.tobytes() for row in np.where(np.isnan(outputs), np.nan, outputs + 0.0)}),
        int((directions[1:] != directions[:-1]).sum()),
        int((~np.isfinite(outputs)).any(axis=1).sum()),
    )


def _between(x: Datum, low: Fraction | None, high: Fraction | None) -> bool:
    r = rational(x)
    return (low is None or low <= r) and (high is None or r <= high)


def _outputs(network: Network, semantics: Semantics, points: list[Datum], jobs: int) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Values as binary64 numbers, which hold those of all formats up to 16 bits."""
    if carriers(network, semantics) is None:
        return np.array([[to_float64(y) for y in value(network, (x,), semantics)] for x in points]).reshape(len(points), -1)
    x = np.array([[to_float64(x)] for x in points])
    return Kernel(network, semantics).run(x, np.zeros((len(points), network.outputs)), jobs).values
