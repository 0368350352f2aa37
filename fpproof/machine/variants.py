"""Which order of operations explains a machine's numbers: the named variants of docs/semantics.md, tried one after the other.

Beside them stand orders that no variant names, but that machines use: *lanes(k)* keeps k partial sums in binary32, the terms
dealt to them in turn, and adds the partial sums at the end as a tree or a chain. They are tried in formats of at most 11 bits of precision,
whose products are exact in binary32, so that a fused multiply-add and a separate one are the same there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fpproof.formats import Format, parse_format
from fpproof.machine.machine import Booleans, Floats, biases, matrix
from fpproof.networks import RELU, Layer, Network, Order, Semantics
from fpproof.networks.kernel import Kernel, carriers

WIDER = ("binary32", "binary64")
BLOCKS = (4, 8, 16, 32, 64, 128, 256)
LANES = (1, 2, 4, 8, 16, 32)
SLOPES = (Fraction(1, 2), Fraction(1))
LARGEST_SIMULATED = 2**24
"""Partial sums in memory at once."""

Singles = NDArray[np.float32]


def orders(network: Network, semantics: Semantics) -> Iterator[Semantics]:
    """The certificate's semantics, then every order in the format, in binary32 and in binary64, with its flush and slope."""
    terms = max(max(layer.inputs, layer.neurons) for layer in network.layers)
    F = network.format
    yield semantics
    for wide in (None, *(G for G in map(parse_format, WIDER) if F.p < G.p)):
        for order in (Order.LEFT_TO_RIGHT, Order.FMA, Order.BIAS_FIRST, Order.PAIRWISE):
            yield replace(semantics, order=order, block=0, wide=wide)
        for block in BLOCKS:
            if block < terms:
                yield replace(semantics, order=Order.BLOCKED, block=block, wide=wide)


def refinements(network: Network, semantics: Semantics) -> Iterator[Semantics]:
    """The semantics with other slopes of ReLU at 0, and with subnormals flushed."""
    if any(layer.activation == RELU for layer in network.layers):
        for slope in SLOPES:
            yield replace(semantics, relu_slope=slope)
    yield replace(semantics, flush=not semantics.flush)


@dataclass(frozen=True, slots=True)
class Reproduction:
    """The variant that gives a machine's numbers at all points, or else at the most."""

    variant: str
    agreeing: int
    total: int

    @property
    def complete(self) -> bool:
        return self.agreeing == self.total

    def __str__(self) -> str:
        return f"{self.variant} gives all" if self.complete else f"no variant; {self.variant} gives {self.agreeing} of {self.total}"


def same(x: Floats, y: Floats) -> Booleans:
    """Numeric equality, one NaN being as good as another."""
    return np.asarray((x == y) | (np.isnan(x) & np.isnan(y)), np.bool_)


def reproduce(
    network: Network, semantics: Semantics, x: Floats, upstream: Floats, values: Floats, gradients: Floats | None, jobs: int
) -> tuple[Reproduction | None, Reproduction | None]:
    """The variants that give the values and the gradients of a machine at all points; None where nothing could be tried."""
    best: list[tuple[int, Semantics] | None] = [None, None]

    def attempt(variant: Semantics) -> bool:
        """Keeps what agrees more than anything before; whether nothing is left to explain."""
        if carriers(network, variant) is not None:
            batch = Kernel(network, variant).run(x, upstream, jobs)
            computed, found = (batch.values, batch.gradients), (values, gradients)
            for side in (0, 1):
                machine = found[side]
                count = 0 if machine is None else int(same(machine, computed[side]).all(axis=1).sum())
                known = best[side]
                if known is None or count > known[0]:
                    best[side] = count, variant
        return all(machine is None or (known is not None and known[0] == len(x)) for machine, known in zip((values, gradients), best, strict=True))

    if not any(map(attempt, _unique(orders(network, semantics)))):
        nearest = best[1 if gradients is not None else 0]
        any(map(attempt, refinements(network, nearest[1] if nearest else semantics)))
    found = [None if known is None else Reproduction(str(known[1]), known[0], len(x)) for known in best]
    return found[0], found[1] if gradients is not None else None


def _unique(variants: Iterator[Semantics]) -> Iterator[Semantics]:
    seen = set()
    for variant in variants:
        if variant not in seen:
            seen.add(variant)
            yield variant


@dataclass(frozen=True, slots=True)
class Step:
    """Sums that a machine formed in one direction of one layer: operands (points x terms) and results (points x sums)."""

    layer: Layer
    forward: bool
    operands: Floats
    results: Floats


def explain_sums(network: Network, semantics: Semantics, steps: Sequence[Step], jobs: int) -> Reproduction | None:
    """The order that gives all sums of the steps from the machine's own operands, or else the most of them."""
    best: tuple[int, str] | None = None
    total = sum(step.results.size for step in steps)
    for name, count in _counts(network, semantics, steps, jobs):
        if best is None or count > best[0]:
            best = count, name
        if count == total:
            break
    return None if best is None else Reproduction(best[1], best[0], total)


def _counts(network: Network, semantics: Semantics, steps: Sequence[Step], jobs: int) -> Iterator[tuple[str, int]]:
    """Every order, and how many sums it gives."""
    F = network.format
    for variant in _unique(orders(network, semantics)):
        plain = [replace(step.layer, activation=None) for step in steps]
        if carriers(Network(F, (plain[0],)), variant) is not None:
            yield str(variant), sum(_agreeing(F, layer, variant, step, jobs) for layer, step in zip(plain, steps, strict=True))
    if 2 * F.p + 2 <= 24:
        for lanes in LANES:
            for tree in (True, False) if lanes > 2 else (True,):
                for last in ("wide", "format") if steps[0].forward else ("wide",):
                    name = f"lanes({lanes}), {'tree' if tree else 'chain'}, in binary32" + (", rounded before the bias" if last == "format" else "")
                    yield name, sum(int(same(step.results, _lanes(F, step, lanes, tree, last == "wide")).sum()) for step in steps)


def _agreeing(F: Format, layer: Layer, variant: Semantics, step: Step, jobs: int) -> int:
    kernel = Kernel(Network(F, (layer,)), variant)
    points = len(step.operands)
    if step.forward:
        computed = kernel.run(step.operands, np.zeros((points, layer.neurons)), jobs).values
    else:
        computed = kernel.run(np.zeros((points, layer.inputs)), step.operands, jobs).gradients
    return int(same(step.results, computed).sum())


def _lanes(F: Format, step: Step, lanes: int, tree: bool, wide_bias: bool) -> Floats:
    """The sums of a step by lanes; as many points at once as fit."""
    weights = matrix(step.layer, np.float32)
    weights = weights if step.forward else weights.T
    bias = biases(step.layer, np.float32) if step.forward else None
    chunk = max(1, LARGEST_SIMULATED // (weights.shape[0] * lanes))
    parts = []
    with np.errstate(all="ignore"):
        for start in range(0, len(step.operands), chunk):
            sums = _lane_sums(weights, step.operands[start : start + chunk].astype(np.float32), lanes, tree)
            if bias is not None:
                sums = sums + bias if wide_bias else (rounded(F, sums) + bias.astype(np.float64)).astype(np.float32)
            parts.append(rounded(F, sums))
    return np.concatenate(parts)


def _lane_sums(weights: Singles, x: Singles, lanes: int, tree: bool) -> Singles:
    terms = weights.shape[1]
    partial = np.zeros((len(x), len(weights), lanes), np.float32)
    for start in range(0, terms - terms % lanes, lanes):
        part = slice(start, start + lanes)
        partial += x[:, None, part] * weights[None, :, part]
    for j in range(terms - terms % lanes, terms):
        partial[..., 0] += x[:, None, j] * weights[None, :, j]
    while tree and partial.shape[-1] > 1:
        half = partial.shape[-1] // 2
        partial = partial[..., :half] + partial[..., half:]
    total = partial[..., 0]
    for lane in range(1, partial.shape[-1]):
        total = total + partial[..., lane]
    return np.asarray(total, np.float32)


def rounded(F: Format, v: NDArray[np.floating]) -> Floats:
    """Nearest-even rounding of binary32 numbers to an IEEE-like format of less precision: scaled by a power of two, which is exact."""
    wide = v.astype(np.float64)
    _, exponents = np.frexp(wide)
    quanta = np.maximum(exponents - 1, F.emin) - F.p
    nearest = np.ldexp(np.rint(np.ldexp(wide, -quanta)), quanta)
    return np.where(np.abs(nearest) > float(F.Omega), np.copysign(np.inf, wide), nearest)
