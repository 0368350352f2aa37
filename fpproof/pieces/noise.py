"""Noise on biases: draws of perturbed networks, counted exactly, and what their mean says.

    relative    b' = b + D (1 + delta xi)      D the bias update of an exact step
    absolute    b' = b + r xi                  on the biases of all layers with an activation

xi is uniform on the odd multiples of 2^-20 in (-1, 1), or normal; its density is at most kappa, 1/2 or 1/sqrt(2 pi). A mean over draws is
evidence, not proof: `supported`. The counts of every draw are exact, and pieces <= regions <= 1 + zeros is asserted of each.
"""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import islice
from math import sqrt
from multiprocessing import get_context
from random import Random

from gmpy2 import mpq

from fpproof.pieces.counting import count, expected_zeros, total_variation
from fpproof.pieces.geometry import MOST_REGIONS, PiecesError, Segment, layers_along
from fpproof.training.description import Affine

MOST_DRAWS = 10**6
Z95 = 1.959963984540054
"""Half the width of a 95% confidence interval in standard errors, for a normal mean."""

KAPPA_NORMAL = Fraction(39894228040143268, 10**17)
"""Not below 1/sqrt(2 pi) = 0.398942280401432677..."""

QUICK = 1.0
"""Seconds of draws that are not worth another process."""

BATCH = 1000
"""Drawn networks that are kept at once."""


@dataclass(frozen=True, slots=True)
class Xi:
    """A seeded random variable: calls draw it; `kappa` bounds its density, `uniform` says that the expected zeros are known exactly."""

    draw: Callable[[], Fraction]
    kappa: Fraction
    uniform: bool

    def __call__(self) -> Fraction:
        return self.draw()


@dataclass(frozen=True, slots=True)
class Draw:
    """One perturbed network: its counts, the bound 1 + sum kappa TV / radius, and the expected zeros given the layers below.

    `expected` is exact for uniform noise of a continuous density, and None for other noise; of neurons without noise the zeros are taken as they
    are, in `bound` too.
    """

    pieces: int
    regions: int
    zeros: int
    bound: mpq
    expected: mpq | None


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over draws with a 95% confidence interval (normal approximation)."""

    value: float
    radius: float

    def __str__(self) -> str:
        return f"{self.value:.4g} +- {self.radius:.2g}"

    def contains(self, x: float) -> bool:
        return abs(x - self.value) <= self.radius


def uniform(seed: int) -> Xi:
    """k / 2^20 with k odd, uniform in (-2^20, 2^20); Python's Mersenne Twister."""
    stream = Random(seed)
    return Xi(lambda: Fraction(2 * stream.randrange(-(2**19), 2**19) + 1, 2**20), Fraction(1, 2), True)


def normal(seed: int) -> Xi:
    """A normal variable, as the binary64 number that Python's Mersenne Twister gives."""
    stream = Random(seed)
    return Xi(lambda: Fraction(stream.gauss(0.0, 1.0)), KAPPA_NORMAL, False)


DISTRIBUTIONS: dict[str, Callable[[int], Xi]] = {"uniform": uniform, "normal": normal}


def perturbed(layers: Sequence[Affine], radii: Sequence[Sequence[Fraction]], xi: Xi) -> tuple[Affine, ...]:
    """The network with radius * xi added to the biases; radii[l][i] belongs to neuron i of layer l."""
    found = []
    for layer, row in zip(layers, radii, strict=True):
        bias = tuple(b if not r else (b or Fraction(0)) + r * xi() for b, r in zip(layer.bias, row, strict=True))
        found.append(Affine(layer.weights, bias, layer.activation))
    return tuple(found)


def absolute(layers: Sequence[Affine], radius: Fraction) -> list[list[Fraction]]:
    """The same radius for every neuron of a layer with an activation."""
    return [[radius if layer.activation is not None else Fraction(0)] * layer.neurons for layer in layers]


def relative(before: Sequence[Affine], after: Sequence[Affine], level: Fraction) -> list[list[Fraction]]:
    """delta |D| for every neuron of a layer with an activation."""
    radii = []
    for old, new in zip(before, after, strict=True):
        updates = [abs((b or Fraction(0)) - (a or Fraction(0))) for a, b in zip(old.bias, new.bias, strict=True)]
        radii.append([level * d if new.activation is not None else Fraction(0) for d in updates])
    return radii


def draws(
    layers: Sequence[Affine],
    radii: Sequence[Sequence[Fraction]],
    segment: Segment,
    xi: Xi,
    number: int,
    most: int = MOST_REGIONS,
    jobs: int = 1,
) -> Iterator[Draw]:
    """Perturbed networks, counted one by one, in the order of their noise whatever `jobs` is. The segment must be finite."""
    if not segment.finite or not 1 <= number <= MOST_DRAWS:
        raise PiecesError(f"noise: expected a finite segment, and from 1 to {MOST_DRAWS} draws")
    measure = partial(_measured, layers, radii, segment, xi.kappa, xi.uniform, most)
    begun = time.monotonic()
    for done in range(number):
        if jobs > 1 and time.monotonic() - begun > QUICK:
            yield from _in_processes(measure, (perturbed(layers, radii, xi) for _ in range(done, number)), jobs)
            return
        yield measure(perturbed(layers, radii, xi))


def _in_processes(measure: Callable[[tuple[Affine, ...]], Draw], drawn: Iterator[tuple[Affine, ...]], jobs: int) -> Iterator[Draw]:
    with ProcessPoolExecutor(jobs, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        while batch := list(islice(drawn, BATCH)):
            yield from pool.map(measure, batch)


def _measured(
    layers: Sequence[Affine],
    radii: Sequence[Sequence[Fraction]],
    segment: Segment,
    kappa: Fraction,
    uniform: bool,
    most: int,
    drawn: tuple[Affine, ...],
) -> Draw:
    found = count(drawn, segment, most)
    bound, expected = mpq(1), mpq(0)
    for layer, original, noisy, row in zip(layers_along(drawn, segment, most), layers, drawn, radii, strict=True):
        if layer.activation is None:
            continue
        for i, radius in enumerate(row):
            if not radius:
                bound, expected = bound + layer.cells.zeros(i), expected + layer.cells.zeros(i)
                continue
            bound += mpq(kappa) * total_variation(layer.cells, i) / mpq(radius)
            # z = h + b'; h crosses -B for B uniform around the bias b: z crosses b' - B, uniform around b' - b.
            center = mpq((noisy.bias[i] or 0) - (original.bias[i] or 0))
            expected += expected_zeros(layer.cells, i, center, mpq(radius))
    if not found.pieces <= found.regions <= 1 + found.zeros:
        raise AssertionError("pieces <= regions <= 1 + zeros does not hold: a bug of fpproof")
    return Draw(found.pieces, found.regions, found.zeros, bound, expected if uniform else None)


def mean(values: Sequence[float]) -> Mean:
    """Mean and 95% confidence interval."""
    n = len(values)
    if n < 2:
        raise PiecesError(f"mean: expected at least two draws, found {n}")
    middle = sum(values) / n
    return Mean(middle, Z95 * sqrt(sum((v - middle) ** 2 for v in values) / (n - 1) / n))
