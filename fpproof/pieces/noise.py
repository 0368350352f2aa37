"""Noise on biases: draws of perturbed networks, counted exactly, and what their mean says.

    relative    b' = b + D (1 + delta xi)      D the bias update of an exact step
    absolute    b' = b + r xi                  on the biases of all layers with an activation

xi is uniform on the odd multiples of 2^-20 in (-1, 1), or normal. A mean over draws is evidence, not proof: `supported`. The counts
of every draw are exact, and pieces <= regions <= 1 + zeros is asserted of each.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from random import Random

from gmpy2 import mpq

from fpproof.pieces.counting import Count, count, expected_zeros, total_variation
from fpproof.pieces.geometry import MOST_REGIONS, PiecesError, Segment, layers_along
from fpproof.training.description import Affine

MOST_DRAWS = 10**6
Z95 = 1.959963984540054
"""Half the width of a 95% confidence interval in standard errors, for a normal mean."""

Xi = Callable[[], Fraction]


@dataclass(frozen=True, slots=True)
class Draw:
    """One perturbed network: its counts, the bound 1 + sum kappa TV / radius, and the expected zeros given the layers below.

    `expected` is exact for uniform noise of a continuous density; of neurons without noise the zeros are taken as they are, in `bound` too.
    """

    pieces: int
    regions: int
    zeros: int
    bound: mpq
    expected: mpq


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
    return lambda: Fraction(2 * stream.randrange(-(2**19), 2**19) + 1, 2**20)


def normal(seed: int) -> Xi:
    """A normal variable, as the binary64 number that Python's Mersenne Twister gives."""
    stream = Random(seed)
    return lambda: Fraction(stream.gauss(0.0, 1.0))


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
    kappa: Fraction = Fraction(1, 2),
    most: int = MOST_REGIONS,
) -> Iterator[Draw]:
    """Perturbed networks, counted one by one; `kappa` bounds the density of xi. The segment must be finite."""
    if not segment.finite or not 1 <= number <= MOST_DRAWS:
        raise PiecesError(f"noise: expected a finite segment, and from 1 to {MOST_DRAWS} draws")
    for _ in range(number):
        drawn = perturbed(layers, radii, xi)
        found = count(drawn, segment, most)
        yield _measured(found, layers, drawn, radii, segment, mpq(kappa), most)


def _measured(
    found: Count,
    layers: Sequence[Affine],
    drawn: Sequence[Affine],
    radii: Sequence[Sequence[Fraction]],
    segment: Segment,
    kappa: mpq,
    most: int,
) -> Draw:
    bound, expected = mpq(1), mpq(0)
    for layer, original, noisy, row in zip(layers_along(drawn, segment, most), layers, drawn, radii, strict=True):
        if layer.activation is None:
            continue
        for i, radius in enumerate(row):
            if not radius:
                bound, expected = bound + layer.cells.zeros(i), expected + layer.cells.zeros(i)
                continue
            bound += kappa * total_variation(layer.cells, i) / mpq(radius)
            # z = h + b'; h crosses -B for B uniform around the bias b: z crosses b' - B, uniform around b' - b.
            center = mpq((noisy.bias[i] or 0) - (original.bias[i] or 0))
            expected += expected_zeros(layer.cells, i, center, mpq(radius))
    if not found.pieces <= found.regions <= 1 + found.zeros:
        raise AssertionError("pieces <= regions <= 1 + zeros does not hold: a bug of fpproof")
    return Draw(found.pieces, found.regions, found.zeros, bound, expected)


def mean(values: Sequence[float]) -> Mean:
    """Mean and 95% confidence interval."""
    n = len(values)
    if n < 2:
        raise PiecesError(f"mean: expected at least two draws, found {n}")
    middle = sum(values) / n
    return Mean(middle, Z95 * sqrt(sum((v - middle) ** 2 for v in values) / (n - 1) / n))
