"""Random networks, and certificates of what they compute, for the tests on machines."""

from fractions import Fraction
from itertools import pairwise

import numpy as np

from fpproof.certificates import Certificate, ClaimedPoint
from fpproof.formats import Datum, Format, round_rational
from fpproof.machine.machine import numbers
from fpproof.networks import LEFT_TO_RIGHT, RELU, Network, Semantics, dense
from fpproof.networks.kernel import Kernel, from_float64


def normal(F: Format, generator: np.random.Generator, rows: int, columns: int, scale: float = 1.0) -> list[list[Datum]]:
    """Rounded normal numbers."""
    return [[round_rational(F, Fraction(v)) for v in row] for row in (generator.normal(size=(rows, columns)) * scale).tolist()]


def random_network(F: Format, widths: list[int], seed: int = 0, bias: bool = True) -> Network:
    """Dense ReLU layers of the given widths, the last one affine."""
    generator = np.random.default_rng(seed)
    layers = []
    for number, (n, m) in enumerate(pairwise(widths), 1):
        weights = normal(F, generator, m, n, float(np.sqrt(2 / n)))
        biases: list[Datum | None] = [*normal(F, generator, 1, m, 0.1)[0]]
        layers.append(dense(weights, biases if bias else None, RELU if number < len(widths) - 1 else None))
    return Network(F, tuple(layers))


def certificate_of(network: Network, points: int, seed: int = 1, semantics: Semantics = LEFT_TO_RIGHT) -> Certificate:
    """What the network computes at random points."""
    F, generator = network.format, np.random.default_rng(seed)
    x = [tuple(row) for row in normal(F, generator, points, network.inputs)]
    upstream = [tuple(row) for row in normal(F, generator, points, network.outputs)]
    batch = Kernel(network, semantics).run(numbers(x, network.inputs), numbers(upstream, network.outputs))
    data = [[tuple(from_float64(F, v) for v in row) for row in array.tolist()] for array in (batch.values, batch.gradients)]
    return Certificate(network, tuple(map(ClaimedPoint, x, upstream, *data)), semantics)
