"""Which order of operations explains a machine's numbers: the named variants of docs/semantics.md, tried one after the other.

Beside them stand orders that no variant names, but that machines use: *lanes(k)* keeps k partial sums in binary32, the terms
dealt to them in turn, and adds the partial sums at the end as a tree or a chain. They are tried in formats of at most 11 bits of precision,
whose products are exact in binary32, so that a fused multiply-add and a separate one are the same there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fpproof.formats import Format, parse_format, round_datum
from fpproof.machine.machine import Booleans, Floats, biases, matrix
from fpproof.networks import RELU, Layer, Network, Order, Semantics
from fpproof.networks.kernel import Kernel, carriers

WIDER = ("binary32", "binary64")
BLOCKS = (4, 8, 16, 32, 64, 128, 256)
LANES = (1, 2, 4, 8, 16, 32)
SLOPES = (Fraction(1, 2), Fraction(1))
LARGEST_SIMULATED = 2**24
"""Partial sums in memory at once."""
LARGEST_PROBE = 20000
"""Weights of the layer on which all candidates are tried."""
FINALISTS = 3
"""Candidates, the best on that layer, that are tried on the whole network, and whose sums are counted in all layers."""

Singles = NDArray[np.float32]


def orders(network: Network, semantics: Semantics) -> Iterator[Semantics]:
    """The certificate's semantics, then every order in the format, in binary32 and in binary64, with its flush and slope."""
    terms = max(max(layer.inputs, layer.neurons) for layer in network.layers)
    F = network.format
    tried = {semantics}
    yield semantics
    for wide in (None, *(G for G in map(parse_format, WIDER) if F.p < G.p)):
        simple = [(order, 0) for order in (Order.LEFT_TO_RIGHT, Order.FMA, Order.BIAS_FIRST, Order.PAIRWISE)]
        for order, block in (*simple, *((Order.BLOCKED, block) for block in BLOCKS if block < terms)):
            variant = replace(semantics, order=order, block=block, wide=wide)
            if variant not in tried:
                tried.add(variant)
                yield variant


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
    layers: tuple[int, ...] = ()
    """Of sums: the layers of which it does not give all."""

    @property
    def complete(self) -> bool:
        return self.agreeing == self.total

    def __str__(self) -> str:
        if self.complete:
            return f"{self.variant} gives all"
        where = f", all outside layer{'s' if len(self.layers) > 1 else ''} {', '.join(map(str, self.layers))}" if self.layers else ""
        return f"no order tried gives all; {self.variant} gives {self.agreeing} of {self.total}{where}"


def same(x: Floats, y: Floats) -> Booleans:
    """Numeric equality, one NaN being as good as another."""
    return np.asarray((x == y) | (np.isnan(x) & np.isnan(y)), np.bool_)


@dataclass(frozen=True, slots=True)
class Step:
    """The sums that a machine formed for one layer, with its own operands; backward None on a machine without gradients.

    Forward: activations below (points x inputs) and pre-activations (points x neurons). Backward: adjoints after the mask, and adjoints below.
    """

    layer: Layer
    operands: Floats
    results: Floats
    back_operands: Floats | None = None
    back_results: Floats | None = None


class Candidate(Protocol):
    """An order of operations that may be the machine's."""

    def sums(self, F: Format, step: Step) -> tuple[Floats, Floats | None]:
        """The sums forward and backward, from the step's operands."""
        ...


@dataclass(frozen=True, slots=True)
class Named:
    """A variant of docs/semantics.md."""

    semantics: Semantics

    def __str__(self) -> str:
        return str(self.semantics)

    def sums(self, F: Format, step: Step) -> tuple[Floats, Floats | None]:
        layer = replace(step.layer, activation=None)
        upstream = np.zeros((len(step.operands), layer.neurons)) if step.back_operands is None else step.back_operands
        batch = Kernel(Network(F, (layer,)), self.semantics).run(step.operands, upstream)
        return batch.values, None if step.back_operands is None else batch.gradients


@dataclass(frozen=True, slots=True)
class Lanes:
    """Partial sums in binary32, added as a tree or a chain; `late`: the bias is added in the format, after rounding."""

    lanes: int
    tree: bool
    late: bool

    def __str__(self) -> str:
        shape = "" if self.lanes == 1 else f", added as a {'tree' if self.tree else 'chain'}"
        return f"lanes({self.lanes}) in binary32{shape}{', rounded before the bias' if self.late else ''}"

    def sums(self, F: Format, step: Step) -> tuple[Floats, Floats | None]:
        weights = matrix(step.layer, np.float32)
        forward = self._sums(F, weights, step.operands, biases(step.layer, np.float32))
        return forward, None if step.back_operands is None else self._sums(F, weights.T, step.back_operands, None)

    def _sums(self, F: Format, weights: Singles, operands: Floats, bias: Singles | None) -> Floats:
        """As many points at once as fit."""
        chunk = max(1, LARGEST_SIMULATED // (weights.shape[0] * self.lanes))
        parts = []
        with np.errstate(all="ignore"):
            for start in range(0, len(operands), chunk):
                sums = _lane_sums(weights, operands[start : start + chunk].astype(np.float32), self.lanes, self.tree)
                if bias is not None:
                    sums = (rounded(F, sums) if self.late else sums).astype(np.float32) + bias
                parts.append(rounded(F, sums))
        return np.concatenate(parts)


def candidates(network: Network, semantics: Semantics) -> list[Candidate]:
    """The certificate's semantics first, then the named orders, then lanes."""
    F = network.format
    layer = Network(F, (replace(network.layers[0], activation=None),))
    named: list[Candidate] = [Named(variant) for variant in orders(network, semantics) if carriers(layer, variant) is not None]
    if 2 * F.p + 2 > 24:
        return named
    return [*named, *(Lanes(k, tree, late) for late in (False, True) for k in LANES for tree in (True, False)[: 1 + (k > 2)])]


def rank(network: Network, semantics: Semantics, steps: Sequence[Step]) -> tuple[list[Candidate], list[Candidate]]:
    """The candidates, those first that give most sums of one layer: forward, and backward.

    The layer is the one with the longest sums, if it is not very large.
    """
    small = [step for step in steps if step.layer.weight_count <= LARGEST_PROBE] or steps
    probe = max(small, key=lambda step: min(step.layer.inputs, step.layer.neurons))
    found = candidates(network, semantics)
    counts = {id(candidate): _agreeing(network.format, candidate, [probe]) for candidate in found}
    forward, backward = (sorted(found, key=lambda candidate: -sum(counts[id(candidate)][side])) for side in (0, 1))
    return forward, backward


def explain_sums(F: Format, ranked: Sequence[Candidate], steps: Sequence[Step], side: int) -> Reproduction:
    """The candidate that gives all sums of the steps, forward (side 0) or backward (1), or else the most of them."""
    total = sum(_size(step, side) for step in steps)
    for candidate in ranked:
        if all(_agreeing(F, candidate, [step])[side][0] == _size(step, side) for step in steps):
            return Reproduction(str(candidate), total, total)
    found = [(str(candidate), _agreeing(F, candidate, steps)[side]) for candidate in ranked[:FINALISTS]]
    name, counts = max(found, key=lambda pair: sum(pair[1]))
    layers = tuple(number for number, (count, step) in enumerate(zip(counts, steps, strict=True), 1) if count < _size(step, side))
    return Reproduction(name, sum(counts), total, layers)


def _size(step: Step, side: int) -> int:
    results = step.back_results if side else step.results
    return 0 if results is None else results.size


def _agreeing(F: Format, candidate: Candidate, steps: Sequence[Step]) -> tuple[list[int], list[int]]:
    """How many sums of each step the candidate gives, forward and backward."""
    forward, backward = [], []
    for step in steps:
        ahead, back = candidate.sums(F, step)
        forward.append(int(same(step.results, ahead).sum()))
        backward.append(0 if back is None or step.back_results is None else int(same(step.back_results, back).sum()))
    return forward, backward


def reproduce(
    network: Network, variants: Sequence[Semantics], x: Floats, upstream: Floats, values: Floats, gradients: Floats | None, jobs: int
) -> tuple[Reproduction | None, Reproduction | None]:
    """The variants that give a machine's values, and its gradients, at all points, or else at the most; then with refinements."""
    search = _Search(network, x, upstream, (values, gradients), jobs)
    if not any(map(search.attempt, variants)) and variants:
        nearest = next((variant for variant in reversed(search.best) if variant is not None), None)
        any(map(search.attempt, refinements(network, nearest[1] if nearest else variants[0])))
    found = [None if best is None else Reproduction(str(best[1]), best[0], len(x)) for best in search.best]
    if gradients is None and (found[0] is None or not found[0].complete):
        found[0] = _carried(network, x, values, jobs) or found[0]
    return found[0], found[1] if gradients is not None else None


def _carried(network: Network, x: Floats, values: Floats, jobs: int) -> Reproduction | None:
    """The network in binary32 throughout, its values rounded at the end: what runtimes do that take 16-bit numbers for a way of storing."""
    F, G = network.format, parse_format("binary32")
    if 2 * F.p + 2 > G.p + 1 or network.activations:
        return None
    widened = Network(G, tuple(_in_format(G, layer) for layer in network.layers))
    for order in (Order.FMA, Order.LEFT_TO_RIGHT):
        computed = Kernel(widened, Semantics(order)).run(x, np.zeros((len(x), network.outputs)), jobs).values
        if same(rounded(F, computed), values).all():
            return Reproduction(f"{order} in binary32 throughout, rounded to {F.name} at the end,", len(x), len(x))
    return None


def _in_format(G: Format, layer: Layer) -> Layer:
    """The same numbers as data of a wider format."""
    known = {w: round_datum(G, w) for row in layer.weights for _, w in row}
    rows = tuple(tuple((j, known[w]) for j, w in row) for row in layer.weights)
    return replace(layer, weights=rows, bias=tuple(None if b is None else round_datum(G, b) for b in layer.bias))


class _Search:
    """The variants that agree most so far, for values and for gradients."""

    def __init__(self, network: Network, x: Floats, upstream: Floats, machine: tuple[Floats, Floats | None], jobs: int) -> None:
        self.network, self.x, self.upstream, self.machine, self.jobs = network, x, upstream, machine, jobs
        self.best: list[tuple[int, Semantics] | None] = [None, None]

    def attempt(self, variant: Semantics) -> bool:
        """Keeps what agrees more than anything before; whether nothing is left to explain."""
        if carriers(self.network, variant) is not None:
            batch = Kernel(self.network, variant).run(self.x, self.upstream, self.jobs)
            for side, (found, computed) in enumerate(zip(self.machine, (batch.values, batch.gradients), strict=True)):
                count = 0 if found is None else int(same(found, computed).all(axis=1).sum())
                known = self.best[side]
                if found is not None and (known is None or count > known[0]):
                    self.best[side] = count, variant
        return all(found is None or (known is not None and known[0] == len(self.x)) for found, known in zip(self.machine, self.best, strict=True))


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
