"""Gradient descent: docs/semantics.md, section 6, on arrays of any kind of numbers.

One sample is a row. Every sum runs in the order of the semantics: over the inputs of a neuron, over the outputs of a layer, and over the
samples of a batch.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fpproof.networks import Order, Semantics
from fpproof.training.description import DescriptionError, Run
from fpproof.training.losses import upstream
from fpproof.training.numbers import Array, Operations

Term = Callable[[int], tuple[Array, Array]]


@dataclass(frozen=True, slots=True)
class Parameters:
    """Weights (neurons x inputs) and biases (or None) of the layers."""

    weights: tuple[Array, ...]
    biases: tuple[Array | None, ...]

    def __iter__(self) -> Iterator[Array]:
        """All arrays, layer by layer, weights before biases."""
        for weights, bias in zip(self.weights, self.biases, strict=True):
            yield weights
            if bias is not None:
                yield bias

    def map(self, f: Callable[..., Array], *others: "Parameters") -> "Parameters":
        """f of the arrays that belong together."""
        weights = tuple(f(*arrays) for arrays in zip(self.weights, *(o.weights for o in others), strict=True))
        biases = tuple(None if b[0] is None else f(*b) for b in zip(self.biases, *(o.biases for o in others), strict=True))
        return Parameters(weights, biases)


def arranged(run: Run, flat: Array) -> Parameters:
    """The parameters that `Parameters.__iter__` gives flat, along the first axis."""
    weights: list[Array] = []
    biases: list[Array | None] = []
    at = 0
    for layer in run.layers:
        n, d = layer.neurons, layer.inputs
        weights.append(flat[at : at + n * d].reshape(n, d, *flat.shape[1:]))
        at += n * d
        biases.append(None if layer.bias[0] is None else flat[at : at + n])
        at += 0 if layer.bias[0] is None else n
    return Parameters(tuple(weights), tuple(biases))


@dataclass(frozen=True, slots=True)
class Pass:
    """What one forward and backward pass over a batch gives."""

    outputs: Array
    """Samples x outputs."""
    upstreams: Array
    gradients: Parameters


def start(run: Run, numbers: Operations) -> Parameters:
    """The first parameters, rounded."""
    for number, layer in enumerate(run.layers, 1):
        if len({b is None for b in layer.bias}) > 1:
            raise DescriptionError(f"layer {number}: expected a bias for every neuron, or for none")
    weights = tuple(numbers.read(layer.weights) for layer in run.layers)
    return Parameters(weights, tuple(None if layer.bias[0] is None else numbers.read(layer.bias) for layer in run.layers))


def ordered(numbers: Operations, semantics: Semantics, length: int, term: Term, bias: Array | None = None) -> Array:
    """The sum of `length` products and a bias in the semantics' order, elementwise. Source: docs/semantics.md, section 3."""
    order = semantics.order

    def chain(low: int, high: int, total: Array | None = None) -> Array:
        for k in range(low, high):
            if total is not None and order is Order.FMA:
                total = numbers.fused(total, *term(k))
                continue
            product = numbers.product(*term(k))
            total = product if total is None else numbers.sum(total, product)
        assert total is not None, "a sum has a term"
        return total

    def tree(low: int, high: int) -> Array:
        if high - low == 1:
            return numbers.product(*term(low))
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        return numbers.sum(tree(low, middle), tree(middle, high))

    if order is Order.BIAS_FIRST and bias is not None:
        return numbers.finish(chain(0, length, numbers.start(bias)))
    if order is Order.PAIRWISE:
        total = tree(0, length)
    elif order is Order.BLOCKED:
        blocks = [chain(k, min(k + semantics.block, length)) for k in range(0, length, semantics.block)]
        total = blocks[0]
        for block in blocks[1:]:
            total = numbers.sum(total, block)
    else:
        total = chain(0, length)
    return numbers.finish(total if bias is None else numbers.sum(total, bias))


def passed(run: Run, numbers: Operations, semantics: Semantics, parameters: Parameters, batch: Sequence[int], x: Array, y: Array) -> Pass:
    """Outputs, upstreams and the batch's gradients; x and y hold the whole data, rounded."""
    a = x[list(batch)]
    activations, slopes = [a], []
    for layer, weights, bias in zip(run.layers, parameters.weights, parameters.biases, strict=True):
        z = _affine(numbers, semantics, weights, bias, a)
        slopes.append(None if layer.activation is None else numbers.derivative(layer.activation, z))
        a = z if layer.activation is None else numbers.activated(layer.activation, z)
        activations.append(a)
    h = delta = upstream(run.loss, numbers, a, y[list(batch)])
    n = len(batch)
    mean = numbers.read([Fraction(1, n)]) if run.reduction == "mean" else None
    weight_gradients: list[Array] = []
    bias_gradients: list[Array | None] = []
    for number in reversed(range(len(run.layers))):
        slope, below, weights = slopes[number], activations[number], parameters.weights[number]
        if slope is not None:
            delta = numbers.times(delta, slope)
        gradient = ordered(numbers, semantics, n, _outer(delta, below))
        weight_gradients.append(gradient if mean is None else numbers.times(gradient, mean))
        if parameters.biases[number] is None:
            bias_gradients.append(None)
        else:
            gradient = ordered(numbers, semantics, n, _ones(numbers, delta))
            bias_gradients.append(gradient if mean is None else numbers.times(gradient, mean))
        if number:
            delta = _transposed(numbers, semantics, weights, delta)
    return Pass(a, h, Parameters(tuple(reversed(weight_gradients)), tuple(reversed(bias_gradients))))


def _affine(numbers: Operations, semantics: Semantics, weights: Array, bias: Array | None, a: Array) -> Array:
    return ordered(numbers, semantics, weights.shape[1], lambda j: (weights[None, :, j], a[:, j, None]), None if bias is None else bias[None, :])


def _transposed(numbers: Operations, semantics: Semantics, weights: Array, delta: Array) -> Array:
    return ordered(numbers, semantics, weights.shape[0], lambda i: (delta[:, i, None], weights[None, i, :]))


def _outer(delta: Array, below: Array) -> Term:
    return lambda k: (delta[k, :, None], below[k, None, :])


def _ones(numbers: Operations, delta: Array) -> Term:
    """A bias is the weight of an input 1."""
    one = numbers.read([1])
    return lambda k: (delta[k], one)


def moved(numbers: Operations, rates: Array, parameters: Parameters, gradients: Parameters) -> Parameters:
    """theta (-) (eta (*) g), in the format of the step."""
    return parameters.map(lambda theta, g: numbers.minus(theta, numbers.times(rates, g)), gradients)


def with_momentum(numbers: Operations, opposite: Array, momenta: Parameters, gradients: Parameters) -> Parameters:
    """m <- (mu (*) m) (+) g, for `opposite` = -mu: a difference, so that g, of the passes' format, is not rounded before it."""
    return momenta.map(lambda m, g: numbers.minus(g, numbers.times(opposite, m)), gradients)
