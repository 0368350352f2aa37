"""The exact evaluator: networks and gradients as docs/semantics.md says them, rule by rule.

It is the referee: slow, obvious, integers only. The array kernel (`fpproof.networks.kernel`) has the same meaning and is
tested against it bit for bit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from fpproof.errors import NetworkError
from fpproof.formats import NAN, ZERO, Datum, Format, round_datum
from fpproof.formats.arithmetic import add, flush_subnormal, fma, is_finite, is_nan, multiply
from fpproof.networks.network import RELU, Layer, Network
from fpproof.networks.semantics import LEFT_TO_RIGHT, Order, Semantics

Vector = tuple[Datum, ...]

ONE: Datum = (1, 0)
"""The derivative of ReLU for z > 0: the number 1, also where that is no float of the format."""


@dataclass(frozen=True, slots=True)
class Counters:
    """How many pre-activations, activations and adjoints (before their mask) were infinite or NaN."""

    pre_activations: int = 0
    activations: int = 0
    adjoints: int = 0

    def __str__(self) -> str:
        return f"{self.pre_activations} pre-activations, {self.activations} activations, {self.adjoints} adjoints"


@dataclass(frozen=True, slots=True)
class NonFinite:
    """Where the first infinity or NaN appeared: layer and neuron count from 1 (layer 0: an input)."""

    kind: str
    layer: int
    neuron: int
    found: Datum

    def __str__(self) -> str:
        shown = "NaN" if is_nan(self.found) else ("infinity" if self.found[0] > 0 else "-infinity")
        place = f"input {self.neuron}" if self.layer == 0 else f"layer {self.layer}, neuron {self.neuron}"
        return f"{self.kind} {shown} at {place}"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one forward and backward pass computed.

    `pre_activations[l]` and `activations[l]` belong to layer l + 1; `adjoints[0]` is the gradient and `adjoints[l]` the adjoint at the
    outputs of layer l before its mask. `densely` says that missing weights took part as zeros.
    """

    value: Vector
    gradient: Vector
    pre_activations: tuple[Vector, ...]
    activations: tuple[Vector, ...]
    adjoints: tuple[Vector, ...]
    densely: bool

    @property
    def counters(self) -> Counters:
        return Counters(*(sum(not is_finite(v) for vector in group for v in vector) for group in self._groups()))

    def _groups(self) -> tuple[tuple[Vector, ...], tuple[Vector, ...], tuple[Vector, ...]]:
        return self.pre_activations, self.activations, self.adjoints

    @property
    def first_non_finite(self) -> NonFinite | None:
        """The first non-finite number in the order of the computation."""
        for number, (z, a) in enumerate(zip(self.pre_activations, self.activations, strict=True), 1):
            for kind, vector in (("pre-activation", z), ("activation", a)):
                for i, v in enumerate(vector, 1):
                    if not is_finite(v):
                        return NonFinite(kind, number, i, v)
        for number in range(len(self.adjoints) - 1, -1, -1):
            for i, v in enumerate(self.adjoints[number], 1):
                if not is_finite(v):
                    return NonFinite("adjoint", number, i, v)
        return None


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The operations of a network under a semantics: values in F, products and sums in G (F unless wide)."""

    F: Format
    G: Format
    flush: bool

    def read(self, x: Datum) -> Datum:
        """A weight, bias, input or upstream as the operations see it."""
        return flush_subnormal(self.F, x) if self.flush else x

    def _result(self, x: Datum) -> Datum:
        return flush_subnormal(self.G, x) if self.flush else x

    def product(self, x: Datum, y: Datum) -> Datum:
        return self._result(multiply(self.G, x, y)) if self.flush else multiply(self.G, x, y)

    def sum(self, x: Datum, y: Datum) -> Datum:
        return self._result(add(self.G, x, y)) if self.flush else add(self.G, x, y)

    def fused(self, s: Datum, x: Datum, y: Datum) -> Datum:
        return self._result(fma(self.G, x, y, s))

    def start(self, bias: Datum) -> Datum:
        """0 (+) bias: a bias that comes first or stands alone, as in the dense layer, where zeros are added to it."""
        return self._result(round_datum(self.G, bias))

    def finish(self, x: Datum) -> Datum:
        """The end of a sum, as a value of F."""
        if self.G is self.F:
            return x
        rounded = round_datum(self.F, x)
        return flush_subnormal(self.F, rounded) if self.flush else rounded

    def masked(self, delta: Datum, slope: Datum) -> Datum:
        """delta (*) sigma'(z), an operation of F."""
        return self.read(multiply(self.F, delta, slope))


Term = tuple[int, Datum, Datum]
"""Position in the dense sum, and the two factors."""


def ordered_sum(arithmetic: Arithmetic, semantics: Semantics, length: int, terms: Sequence[Term], bias: Datum | None) -> Datum:
    """The sum of products and bias in the semantics' order; `length` is the number of positions, with and without a term."""
    order = semantics.order
    if order is Order.BIAS_FIRST:
        return arithmetic.finish(_chain(arithmetic, terms, None if bias is None else arithmetic.start(bias)))
    if order is Order.PAIRWISE:
        s = _pairwise(arithmetic, terms, 0, length)
    elif order is Order.BLOCKED:
        s = None
        for _, block in groupby(terms, key=lambda term: term[0] // semantics.block):
            part = _chain(arithmetic, list(block), None)
            s = part if s is None else arithmetic.sum(s, part)
    elif order is Order.FMA:
        s = None
        for _, w, x in terms:
            s = arithmetic.product(w, x) if s is None else arithmetic.fused(s, w, x)
    else:
        s = _chain(arithmetic, terms, None) if terms else None
    if s is None:
        return ZERO if bias is None else arithmetic.finish(arithmetic.start(bias))
    return arithmetic.finish(s if bias is None else arithmetic.sum(s, bias))


def _chain(arithmetic: Arithmetic, terms: Sequence[Term], start: Datum | None) -> Datum:
    """start + t1 + t2 + ..., from left to right."""
    s = start
    for _, w, x in terms:
        product = arithmetic.product(w, x)
        s = product if s is None else arithmetic.sum(s, product)
    return ZERO if s is None else s


def _pairwise(arithmetic: Arithmetic, terms: Sequence[Term], low: int, high: int) -> Datum | None:
    """The sum over positions low <= j < high, split at the largest power of two below their number; None if no term is there."""
    if not terms:
        return None
    if high - low == 1:
        return arithmetic.product(terms[0][1], terms[0][2])
    middle = low + (1 << ((high - low - 1).bit_length() - 1))
    left = _pairwise(arithmetic, [t for t in terms if t[0] < middle], low, middle)
    right = _pairwise(arithmetic, [t for t in terms if t[0] >= middle], middle, high)
    if left is None or right is None:
        return right if left is None else left
    return arithmetic.sum(left, right)


class _Evaluator:
    """One network under one semantics."""

    def __init__(self, network: Network, semantics: Semantics) -> None:
        self.network, self.semantics = network, semantics
        self.arithmetic = Arithmetic(network.format, semantics.wide or network.format, semantics.flush)
        self.slope_at_zero = self.arithmetic.read(semantics.slope(network.format))

    def affine(self, layer: Layer, x: Vector) -> Vector:
        read = self.arithmetic.read
        return tuple(
            ordered_sum(
                self.arithmetic,
                self.semantics,
                layer.inputs,
                [(j, read(w), x[j]) for j, w in row],
                None if bias is None else read(bias),
            )
            for row, bias in zip(layer.weights, layer.bias, strict=True)
        )

    def transposed(self, layer: Layer, delta: Vector) -> Vector:
        columns: list[list[Term]] = [[] for _ in range(layer.inputs)]
        for i, row in enumerate(layer.weights):
            for j, w in row:
                columns[j].append((i, delta[i], self.arithmetic.read(w)))
        return tuple(ordered_sum(self.arithmetic, self.semantics, layer.neurons, terms, None) for terms in columns)

    def activate(self, layer: Layer, z: Datum) -> Datum:
        if layer.activation is None:
            return z
        if layer.activation == RELU:
            return z if z[0] > 0 or is_nan(z) else ZERO
        return self.arithmetic.read(self.network.activations[layer.activation].value(z))

    def slope(self, layer: Layer, z: Datum) -> Datum:
        if layer.activation == RELU:
            if is_nan(z):
                return NAN
            return self.slope_at_zero if z[0] == 0 else (ONE if z[0] > 0 else ZERO)
        assert layer.activation is not None
        return self.arithmetic.read(self.network.activations[layer.activation].derivative(z))

    def forward(self, x: Vector) -> Iterator[tuple[Vector, Vector]]:
        """Pre-activations and activations, layer by layer."""
        a = tuple(map(self.arithmetic.read, x))
        for layer in self.network.layers:
            z = self.affine(layer, a)
            a = tuple(self.activate(layer, v) for v in z)
            yield z, a

    def run(self, x: Vector, upstream: Vector) -> Evaluation | None:
        """The evaluation; None if a sparse network meets an activation or an adjoint, before or after its mask, that is not finite.

        It stops there: what follows is not meant, and might look for entries that a table need not have.
        """
        sparse = self.network.sparse
        pre_activations, activations = [], []
        for z, a in self.forward(x):
            pre_activations.append(z)
            activations.append(a)
            if sparse and not all(map(is_finite, a)):
                return None
        delta = tuple(map(self.arithmetic.read, upstream))
        adjoints = [delta]
        for layer, z in zip(reversed(self.network.layers), reversed(pre_activations), strict=True):
            if layer.activation is not None:
                delta = tuple(self.arithmetic.masked(d, self.slope(layer, v)) for d, v in zip(delta, z, strict=True))
            if sparse and not all(map(is_finite, (*adjoints[-1], *delta))):
                return None
            delta = self.transposed(layer, delta)
            adjoints.append(delta)
        if sparse and not all(map(is_finite, delta)):
            return None
        adjoints.reverse()
        return Evaluation(activations[-1], delta, tuple(pre_activations), tuple(activations), tuple(adjoints), not sparse)


def evaluate(network: Network, x: Sequence[Datum], upstream: Sequence[Datum], semantics: Semantics = LEFT_TO_RIGHT) -> Evaluation:
    """Value, gradient and everything between, at one point, exactly; x has d data, upstream one an output.

    A sparse network that meets a non-finite activation or adjoint is evaluated densely.
    Source: docs/semantics.md, sections 3 to 5. Raises NetworkError for vectors of the wrong length.
    """
    if len(x) != network.inputs or len(upstream) != network.outputs:
        expected = f"{network.inputs} inputs and {network.outputs} upstreams"
        raise NetworkError(f"evaluation: expected {expected}, found {len(x)} and {len(upstream)}")
    evaluation = _Evaluator(network, semantics).run(tuple(x), tuple(upstream))
    if evaluation is None:
        evaluation = _Evaluator(network.densified(), semantics).run(tuple(x), tuple(upstream))
    assert evaluation is not None, "a dense network is evaluated to the end"
    return evaluation


def forward(network: Network, x: Sequence[Datum], semantics: Semantics = LEFT_TO_RIGHT) -> Vector:
    """The value at x of a dense network, without the way back, on which activations may have no derivative to look up."""
    assert not network.sparse, "what is not finite on the way back makes a sparse network dense"
    *_, (_, last) = _Evaluator(network, semantics).forward(tuple(x))
    return last


def value(network: Network, x: Sequence[Datum], semantics: Semantics = LEFT_TO_RIGHT) -> Vector:
    """The value at x (evaluated with upstream 0)."""
    return evaluate(network, x, (ZERO,) * network.outputs, semantics).value


def gradient(network: Network, x: Sequence[Datum], upstream: Sequence[Datum], semantics: Semantics = LEFT_TO_RIGHT) -> Vector:
    """The reverse-mode AD gradient at x for an upstream."""
    return evaluate(network, x, upstream, semantics).gradient
