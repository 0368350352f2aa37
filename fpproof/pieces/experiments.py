"""The expectation bound on random trained networks: one honest step, its audit, and draws of the noise.

A network with rational weights is trained for some steps in binary32 towards x^2 at 16 points of [0, 1], and then takes one exact step; the noise is
relative to that step's bias updates. Everything follows from a seed.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import pairwise
from math import isqrt
from multiprocessing import get_context
from random import Random

from fpproof.pieces.audit import audit
from fpproof.pieces.geometry import Segment
from fpproof.pieces.noise import Mean, draws, mean, relative, uniform
from fpproof.training import Affine, Run, Trajectory, parse_arithmetic

UNIT = Segment.interval(0, 1)


def random_network(width: int, depth: int, seed: int) -> tuple[Affine, ...]:
    """One input, `depth` hidden ReLU layers, one output; weights are multiples of 1/64, smaller for more inputs, biases in [-1/2, 1/2]."""
    stream = Random(seed)

    def weight(inputs: int) -> Fraction:
        return Fraction(stream.randint(-128, 128), 64 * max(1, isqrt(inputs)))

    layers = []
    for inputs, neurons in pairwise((1, *(width,) * depth, 1)):
        rows = tuple(tuple(weight(inputs) for _ in range(inputs)) for _ in range(neurons))
        layers.append(Affine(rows, tuple(Fraction(stream.randint(-32, 32), 64) for _ in range(neurons)), "relu"))
    last = layers[-1]
    return (*layers[:-1], Affine(last.weights, last.bias))


def square_run(layers: tuple[Affine, ...], step: Fraction, steps: int) -> Run:
    """Training towards x^2 at (2i + 1)/32, i = 0, ..., 15."""
    x = tuple((Fraction(2 * i + 1, 32),) for i in range(16))
    return Run(layers, x, tuple((row[0] ** 2,) for row in x), step=step, steps=steps)


@dataclass(frozen=True, slots=True)
class Trial:
    """One network: what its step's audit says, and the means over draws.

    `bound` is by total variations, with the zeros of neurons without update, `without_dead` without them; `excess` is zeros - E zeros.
    """

    seed: int
    width: int
    depth: int
    updated: int
    mean_reciprocal: float | None
    steepest: float
    broken: int
    pieces: Mean
    bound: Mean
    without_dead: Mean
    excess: Mean
    exceeded: int
    """Draws in which 1 + E zeros (exact, given the layers below) exceeds the bound: 0 by the crossing lemma."""

    @property
    def supports(self) -> bool:
        """The mean of the pieces is at most the bound, up to the confidence intervals, and no draw exceeds it."""
        return not self.exceeded and self.pieces.value - self.pieces.radius <= self.bound.value + self.bound.radius


def trial(seed: int, width: int, depth: int, level: Fraction = Fraction(1), steps: int = 20, number: int = 10) -> Trial:
    """Train, take one exact step, and draw its noise."""
    trained = list(Trajectory(square_run(random_network(width, depth, seed), Fraction(1, 16), steps), parse_arithmetic("binary32")).states())[-1]
    start = trained.layers(square_run(random_network(width, depth, seed), Fraction(1, 16), 0))
    assert start is not None, "small weights and steps stay finite"
    run = square_run(start, Fraction(1, 16), 1)
    before, after = (state.layers(run) for state in Trajectory(run, parse_arithmetic("exact")).states())
    assert before is not None, "rationals are finite"
    assert after is not None, "rationals are finite"
    found = audit(before, after, run.x, UNIT)
    drawn = list(draws(after, relative(before, after, level), UNIT, uniform(seed), number))
    expected = [d.expected for d in drawn if d.expected is not None]
    dead = sum(n.zeros for n in found.neurons if not n.update)
    return Trial(
        seed,
        width,
        depth,
        found.updated,
        None if found.mean_reciprocal is None else float(found.mean_reciprocal),
        float(found.steepest.slope),
        len(found.broken),
        mean([d.pieces for d in drawn]),
        mean([float(d.bound) for d in drawn]),
        mean([float(d.bound - dead) for d in drawn]),
        mean([float(d.zeros - e) for d, e in zip(drawn, expected, strict=True)]),
        sum(1 + e > d.bound for d, e in zip(drawn, expected, strict=True)),
    )


def trials(shapes: Iterable[tuple[int, int, int]], level: Fraction = Fraction(1), number: int = 10, jobs: int = 1) -> Iterator[Trial]:
    """Trials of (seed, width, depth), in order, on several processes."""
    seeds, widths, depths = zip(*shapes, strict=True)
    one = partial(trial, level=level, number=number)
    if jobs == 1:
        yield from map(one, seeds, widths, depths)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        yield from pool.map(one, seeds, widths, depths, chunksize=8)
