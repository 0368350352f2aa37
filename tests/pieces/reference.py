"""Networks over Fractions, and their pieces by brute force: what the tests compare with. Shares no code with fpproof.pieces."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise, product

from fpproof.training.description import Affine

Point = Sequence[Fraction]
NEGATIVE = {"relu": Fraction(0), "leaky-relu": Fraction(1, 100)}


def forward(layers: Sequence[Affine], x: Point) -> tuple[list[Fraction], list[bool]]:
    """The outputs at x, and for every neuron with an activation whether it is on."""
    a, pattern = list(x), []
    for layer in layers:
        z = [sum((w * v for w, v in zip(row, a, strict=True)), Fraction(0)) + (b or 0) for row, b in zip(layer.weights, layer.bias, strict=True)]
        if layer.activation is not None:
            pattern += [v > 0 for v in z]
            z = [v if v > 0 else NEGATIVE[layer.activation] * v for v in z]
        a = z
    return a, pattern


def candidates(layers: Sequence[Affine], origin: Point, direction: Point) -> Iterator[Fraction]:
    """Every t at which some pre-activation is 0 if the neurons before it are on and off in some pattern: bends are among them."""
    bending = [layer.neurons for layer in layers if layer.activation is not None]
    for pattern in product((False, True), repeat=sum(bending)):
        lines = list(zip(direction, origin, strict=True))
        place = 0
        for layer in layers:
            new = []
            for row, b in zip(layer.weights, layer.bias, strict=True):
                slope = sum((w * s for w, (s, _) in zip(row, lines, strict=True)), Fraction(0))
                offset = sum((w * c for w, (_, c) in zip(row, lines, strict=True)), b or Fraction(0))
                if layer.activation is not None:
                    if slope:
                        yield -offset / slope
                    factor = 1 if pattern[place] else NEGATIVE[layer.activation]
                    slope, offset, place = slope * factor, offset * factor, place + 1
                new.append((slope, offset))
            lines = new


def brute_force(layers: Sequence[Affine], origin: Point, direction: Point, low: Fraction | None, high: Fraction | None) -> tuple[int, int]:
    """Pieces and regions: slopes and patterns between neighbouring candidates, compared one by one."""
    inner = sorted({t for t in candidates(layers, origin, direction) if (low is None or t > low) and (high is None or t < high)})
    first = low if low is not None else (inner[0] if inner else Fraction(0) if high is None else high) - 1
    last = high if high is not None else (inner[-1] if inner else first) + 1
    slopes, patterns = [], []
    for s, t in pairwise([first, *inner, last]):
        ends = [forward(layers, [o + u * d for o, d in zip(origin, direction, strict=True)])[0] for u in (s, t)]
        slopes.append([(b - a) / (t - s) for a, b in zip(*ends, strict=True)])
        patterns.append(forward(layers, [o + (s + t) / 2 * d for o, d in zip(origin, direction, strict=True)])[1])
    return 1 + sum(a != b for a, b in pairwise(slopes)), 1 + sum(a != b for a, b in pairwise(patterns))
