"""Networks on which the bound on expected pieces fails without one of its assumptions: a seeded search, exact answers, small examples.

The statement, for an exact step with bias updates D and noise b' = b + D (1 + delta xi), xi uniform in [-1, 1] (docs/pieces.md):

    E pieces <= 1 + (beta - alpha) C_B q N (L - 1) / (2 delta)

with C_B at least every slope of a pre-activation after the step, q at least the mean of 1/|D| over the updates that are not zero, N the
greatest width and L - 1 the number of layers with an activation, if a neuron with D = 0 is dead on the segment before the step and after it, and so
is every other that was dead. Left out one at a time:

    dead         neurons with D = 0 may be alive, on a sample too; the search wants one that is
    segment      neurons with D = 0 need to be dead on the samples only, as an audit on the data sees them
    reciprocals  D as small as it likes: q is K N, whatever the updates
    slopes       as steep as it likes: C_B is K, whatever the weights
    none         nothing is left out: a control, for which nothing can be found

All other assumptions are shown to hold, for every xi, by interval arithmetic in rationals: slopes by products of absolute weights, dead neurons
by bounds of their pre-activations. E pieces is enclosed by `fpproof.pieces.expectation`, no draw enters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
from gmpy2 import mpq

from fpproof.pieces.audit import Audit, audit
from fpproof.pieces.counting import count
from fpproof.pieces.expectation import MOST_NOISY, Expectation, Radii, expected_pieces
from fpproof.pieces.geometry import SLOPES, PiecesError, Segment, pre_activations
from fpproof.pieces.noise import relative
from fpproof.training import Affine, Run, Trajectory, parse_arithmetic
from fpproof.training.trajectory import fraction

ASSUMPTIONS = {
    "dead": "a neuron without bias update is dead (S1-A)",
    "segment": "a neuron without bias update is dead on the segment, not on the samples alone (S1-A)",
    "reciprocals": "the mean of 1/|D| over the bias updates that are not zero is at most q(N) (S1-A)",
    "slopes": "the slopes of all pre-activations are at most C_B (S1-B)",
    "none": "nothing is left out",
}
MOST_DRAWS = 10**6
FEW_BOXES, BOXES = 40, 400


@dataclass(frozen=True)
class Setting:
    """What is fixed: the assumption that is left out, the noise's level delta, the segment, and K."""

    assumption: str
    level: Fraction = Fraction(1)
    low: Fraction = Fraction(0)
    high: Fraction = Fraction(1)
    constant: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if self.assumption not in ASSUMPTIONS:
            raise PiecesError(f"assumption {self.assumption[:40]!r} is unknown", hint=f"there are {', '.join(ASSUMPTIONS)}")
        if self.level <= 0 or self.constant <= 0:
            raise PiecesError(f"refutation: expected a level and a constant above 0, found {self.level} and {self.constant}")

    @property
    def segment(self) -> Segment:
        return Segment.interval(self.low, self.high)


@dataclass(frozen=True)
class Judged:
    """A run of one exact step, measured: the statement's constants on it, its bound, and the expected pieces."""

    run: Run
    updates: tuple[tuple[Fraction, ...], ...]
    """Of the biases, layer by layer."""
    slope: Fraction
    reciprocal: Fraction
    bound: Fraction
    with_zeros: Fraction
    """The bound with the zeros of neurons without update, as they are after the step without noise."""
    expected: Expectation
    broken: tuple[str, ...]
    """The assumptions, other than the one left out, that are not shown to hold."""

    @property
    def refutes(self) -> bool:
        """All other assumptions hold, and E pieces is above the bound."""
        return not self.broken and self.expected.low > self.bound

    @property
    def moves(self) -> bool:
        """Whether a bias moves, so that there is noise."""
        return any(u for row in self.updates for u in row)

    @property
    def size(self) -> tuple[int, int]:
        """Numbers of the run, and how long they are in all."""
        rows = [*(row for layer in self.run.layers for row in (*layer.weights, layer.bias)), *self.run.x, *self.run.y, (self.run.step,)]
        numbers = [r for row in rows for r in row if r is not None]
        return len(numbers), sum(r.numerator.bit_length() + r.denominator.bit_length() + (r < 0) for r in numbers)


def judge(run: Run, setting: Setting, boxes: int = BOXES) -> Judged:
    """The first step of a run, exactly. Raises PiecesError for networks of several inputs or with other activations than (leaky) ReLU."""
    before, after = _step(run)
    radii = relative(before, after, setting.level)
    found = audit(before, after, run.x, setting.segment)
    slope = setting.constant if setting.assumption == "slopes" else _steepest(after)
    N = max(layer.neurons for layer in after)
    mean = fraction(found.mean_reciprocal or mpq(0))
    q = setting.constant * N if setting.assumption == "reciprocals" else mean
    hidden = sum(layer.activation is not None for layer in after)
    bound = 1 + (setting.high - setting.low) * slope * q * N * hidden / (2 * setting.level)
    zeros = sum(n.zeros for n in found.neurons if not n.update)
    broken = tuple(_broken(setting, run, after, radii, found))
    noisy = sum(r != 0 for row in radii for r in row)
    if broken or noisy > MOST_NOISY:
        broken = broken or (f"at most {MOST_NOISY} biases move",)
        expected = Expectation(Fraction(1), Fraction(1), Fraction(1), 0)
    elif count(after, setting.segment).pieces <= bound and boxes <= FEW_BOXES:
        expected = Expectation(Fraction(1), Fraction(1), Fraction(1), 0)
    else:
        expected = expected_pieces(after, radii, setting.segment, boxes)
    return Judged(run, _updates(found, after), slope, mean, bound, bound + zeros, expected, broken)


def _step(run: Run) -> tuple[tuple[Affine, ...], tuple[Affine, ...]]:
    """The network before and after the first step in rationals."""
    states = Trajectory(run, parse_arithmetic("exact")).states()
    before, after = (state.layers(run) for state in (next(states), next(states)))
    assert before is not None, "rationals are finite"
    assert after is not None, "rationals are finite"
    return before, after


def _updates(found: Audit, layers: Sequence[Affine]) -> tuple[tuple[Fraction, ...], ...]:
    updates = iter(fraction(n.update) for n in found.neurons)
    return tuple(tuple(next(updates) for _ in range(layer.neurons)) for layer in layers if layer.activation is not None)


def _steepest(layers: Sequence[Affine]) -> Fraction:
    """At least |slope| of every pre-activation, whatever the biases: products of absolute weights, since activations have slopes of at most 1."""
    slopes, steepest = [Fraction(1)], Fraction(0)
    for layer in layers:
        slopes = [sum((abs(w) * m for w, m in zip(row, slopes, strict=True)), Fraction(0)) for row in layer.weights]
        steepest = max(steepest, *slopes)
    return steepest


def _broken(setting: Setting, run: Run, after: Sequence[Affine], radii: Radii, found: Audit) -> Iterator[str]:
    """The assumptions that are not shown to hold for every xi."""
    if setting.assumption == "dead":
        if all(n.dead_on_samples for n in found.neurons if not n.update):
            yield "a neuron without update is alive on a sample"
        return
    if not all(setting.low <= x <= setting.high for row in run.x for x in row):
        yield "all samples lie on the segment"
    samples = setting.assumption == "segment"
    points = run.x if samples else ((setting.low,), (setting.high,))
    highest = [h for layer, row in zip(after, _highest(after, radii, points, samples), strict=True) if layer.activation is not None for h in row]
    for n, high in zip(found.neurons, highest, strict=True):
        dead_before = n.dead_on_samples if samples else n.dead_before
        if not n.update and not dead_before:
            yield f"neuron {n.number} of layer {n.layer}, without update, is dead"
        if dead_before and high > 0:
            yield f"neuron {n.number} of layer {n.layer}, which was dead, stays dead"


def _highest(layers: Sequence[Affine], radii: Radii, points: Sequence[Sequence[Fraction]], each: bool) -> Iterator[list[mpq]]:
    """At least the pre-activations of layer after layer for every xi: at `each` of the points, or everywhere between the first and the last."""
    low = np.array([[mpq(r) for r in row] for row in points], object)
    high = low
    if not each:
        low, high = low[:1], low[1:]
    for layer, row in zip(layers, radii, strict=True):
        weights = np.array([[mpq(w) for w in row] for row in layer.weights], object)
        up, down = np.maximum(weights, mpq(0)).T, np.minimum(weights, mpq(0)).T
        bias, radius = (np.array([mpq(b or 0) for b in numbers], object) for numbers in (layer.bias, row))
        low, high = low @ up + high @ down + bias - radius, high @ up + low @ down + bias + radius
        yield list(high.max(axis=0))
        if layer.activation is not None:
            low, high = (np.where((z > 0).astype(np.bool_), z, z * mpq(SLOPES[layer.activation])) for z in (low, high))


@dataclass(frozen=True)
class Found:
    """A run that refutes, where the search met it, and the same made small."""

    draw: int
    drawn: Judged
    small: Judged


def refute(setting: Setting, seed: int, most: int = 20_000) -> Iterator[Found | int]:
    """Draws runs in which a bias moves until one refutes the statement without the assumption.

    Yields the number of each thousandth draw, and at last what was found.
    """
    if not 1 <= most <= MOST_DRAWS:
        raise PiecesError(f"refutation: expected from 1 to {MOST_DRAWS} draws, found {most}")
    stream = Random(seed)
    for draw in range(1, most + 1):
        run = random_run(stream, setting)
        found = judge(run, setting, FEW_BOXES)
        if found.refutes and found.moves:
            yield Found(draw, judge(run, setting), judge(smallest(run, setting), setting))
            return
        if draw % 1000 == 0:
            yield draw


def random_run(stream: Random, setting: Setting) -> Run:
    """One or two layers of ReLU, up to three samples on the segment; targets are what the network says, plus a small multiple of a power of two.

    Scales are powers of two, drawn for the steepness, the residuals and the step, so that all of them are met, far apart.
    """
    widths = [1, *(stream.randint(1, 3) for _ in range(stream.randint(1, 2))), 1]
    slopes = (-14, 0) if setting.assumption == "reciprocals" else (-1, 14)
    steep, residual, step = Fraction(2) ** stream.randint(*slopes), Fraction(2) ** stream.randint(-10, 10), Fraction(1, 2 ** stream.randint(0, 20))
    length = setting.high - setting.low

    def small() -> Fraction:
        return Fraction(stream.randint(-4, 4), 2)

    layers = []
    for number, (inputs, neurons) in enumerate(pairwise(widths), 1):
        rows = [tuple(small() for _ in range(inputs)) for _ in range(neurons)]
        bias = [small() for _ in rows]
        if number == 1:
            rows = [(w * steep,) for (w,) in rows]
            bias = [-w * (setting.low + length * Fraction(stream.randint(0, 8), 8)) for (w,) in rows]
        layers.append(Affine(tuple(rows), tuple(bias), "relu" if number < len(widths) - 1 else None))
    samples = stream.randint(1, 3)
    x = tuple((setting.low + length * Fraction(stream.randint(0, 8), 8),) for _ in range(samples))
    *_, values = pre_activations(layers, np.array([[mpq(r) for r in row] for row in x], object))
    y = tuple((fraction(f) + residual * stream.randint(-2, 2),) for (f,) in values)
    return Run(tuple(layers), x, y, reduction="sum", step=step)


def smallest(run: Run, setting: Setting) -> Run:
    """As few and as short numbers as leaving out, rounding and halving come to, while the run still refutes, exactly if it did."""
    best = judge(run, setting, FEW_BOXES)
    changed = True
    while changed:
        changed = False
        for candidate in _smaller(best.run):
            found = judge(candidate, setting, best.expected.boxes if best.expected.exact else FEW_BOXES)
            if found.refutes and found.moves and found.expected.exact >= best.expected.exact and found.size < best.size:
                best, changed = found, True
                break
    return best.run


def _smaller(run: Run) -> Iterator[Run]:
    """Runs with a sample or a neuron less, then with one number shorter."""
    for k in range(len(run.x) if len(run.x) > 1 else 0):
        yield replace(run, x=run.x[:k] + run.x[k + 1 :], y=run.y[:k] + run.y[k + 1 :], batches=())
    for k, layer in enumerate(run.layers):
        for i in range(layer.neurons):
            if k < len(run.layers) - 1 and layer.neurons > 1:
                yield replace(run, layers=_without_neuron(run.layers, k, i))
            for row in _shorter(layer.weights[i]):
                yield replace(run, layers=_changed(run.layers, k, weights=(*layer.weights[:i], row, *layer.weights[i + 1 :])))
        for bias in _shorter([b or Fraction(0) for b in layer.bias]):
            yield replace(run, layers=_changed(run.layers, k, bias=bias))
    for k in range(len(run.x)):
        yield from (replace(run, x=(*run.x[:k], row, *run.x[k + 1 :])) for row in _shorter(run.x[k]))
        yield from (replace(run, y=(*run.y[:k], row, *run.y[k + 1 :])) for row in _shorter(run.y[k]))
    for (step,) in _shorter((run.step,)):
        if step > 0:
            yield replace(run, step=step)


def _changed(layers: tuple[Affine, ...], k: int, **changes: Any) -> tuple[Affine, ...]:
    return (*layers[:k], replace(layers[k], **changes), *layers[k + 1 :])


def _without_neuron(layers: tuple[Affine, ...], k: int, i: int) -> tuple[Affine, ...]:
    """Neuron i of layer k left out, with the weights that read it."""
    layer, above = layers[k], layers[k + 1]
    thinner = replace(layer, weights=layer.weights[:i] + layer.weights[i + 1 :], bias=layer.bias[:i] + layer.bias[i + 1 :])
    narrower = replace(above, weights=tuple(row[:i] + row[i + 1 :] for row in above.weights))
    return (*layers[:k], thinner, narrower, *layers[k + 2 :])


def _shorter(numbers: Sequence[Fraction]) -> Iterator[tuple[Fraction, ...]]:
    """The numbers with one replaced by 0, 1, -1, a whole number, a power of two near it, a coarser one, or its half."""
    for k, r in enumerate(numbers):
        sign = -1 if r < 0 else 1
        power = Fraction(2) ** (abs(r.numerator).bit_length() - r.denominator.bit_length()) * sign
        coarser = r.limit_denominator(max(1, r.denominator // 2))
        for new in (Fraction(0), Fraction(1), Fraction(-1), Fraction(round(r)), power, coarser, Fraction(round(r / 2)), r / 2):
            if new != r:
                yield (*numbers[:k], new, *numbers[k + 1 :])
