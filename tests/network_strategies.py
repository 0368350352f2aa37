"""Hypothesis strategies: semantics, networks (dense and sparse, with tables), tables of points."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from fpproof.constructions import Point, Table
from fpproof.formats import ATLAS, INFINITY, NEGATIVE_INFINITY, ZERO, Datum, Format, ieee_like
from fpproof.networks import RELU, Layer, Network, Order, Semantics, TableActivation
from fpproof.training.description import Affine, Run
from tests.strategies import custom_formats, finite_data

SATURATING_IEEE = Format("saturating", 3, -5, 4, Fraction(26), "ieee", "saturate")
"""Infinities and NaN have codes, but overflow gives Omega."""

wide_formats = st.one_of(
    st.sampled_from([ATLAS["binary32"], ATLAS["binary64"], ATLAS["binary16"], ATLAS["E4M3FN"], ATLAS["E4M3FN-sat"], ATLAS["E2M1"]]),
    st.sampled_from([ieee_like(1, 2), ieee_like(30, 6), SATURATING_IEEE]),
    custom_formats(),
)


@st.composite
def semantics(draw: DrawFn) -> Semantics:
    """Every order alone, and with each of the other variants."""
    order = draw(st.sampled_from(Order))
    block = draw(st.sampled_from([1, 2, 3, 999_999_999])) if order is Order.BLOCKED else 0
    wide = draw(st.one_of(st.none(), st.none(), wide_formats))
    slope = draw(st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 2), Fraction(-1), Fraction(1, 3), Fraction(2) ** -2000]))
    return Semantics(order, block, wide, draw(st.booleans()), slope)


@st.composite
def table_activations(draw: DrawFn, F: Format) -> TableActivation:
    """A table over a small format: an affine map of ordinals, cut off, perhaps with infinities, perhaps with gaps."""
    step, shift, gap = draw(st.integers(-9, 9)), draw(st.integers(-50, 50)), draw(st.sampled_from([0, 0, 0, 2, 7]))
    N = F.largest_ordinal
    specials = [INFINITY, NEGATIVE_INFINITY] if F.has_infinities else []
    extremes = draw(st.booleans()) and specials

    def at(n: int) -> Datum:
        return specials[n > 0] if extremes and abs(n) > N else F.from_ordinal(max(-N, min(N, n)))

    entries = {F.from_ordinal(n): (at(step * n + shift), at(shift - step * n)) for n in range(-N, N + 1) if not gap or n % gap == 0}
    return TableActivation("table", entries | {special: (F.smallest, F.largest) for special in specials if not gap})


@st.composite
def networks(draw: DrawFn, F: Format, tables: bool = False) -> Network:
    """Up to three layers of up to five neurons, dense and sparse ones mixed; `tables` allows a table besides ReLU and none."""
    numbers = finite_data(F)
    table = draw(table_activations(F)) if tables and draw(st.booleans()) else None
    layers = []
    widths = draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    for inputs, neurons in pairwise(widths):
        sparse = draw(st.booleans())
        kept = draw(st.integers(0, 2 ** (inputs * neurons) - 1)) if sparse else -1
        rows = tuple(tuple((j, draw(numbers)) for j in range(inputs) if kept >> (i * inputs + j) & 1) for i in range(neurons))
        bias = tuple(draw(numbers) if draw(st.booleans()) else None for _ in range(neurons))
        activation = draw(st.sampled_from([RELU, RELU, None] + [table.name] * 2 if table else [RELU, RELU, None]))
        layers.append(Layer(inputs, rows, bias, activation, sparse))
    used = table is not None and any(layer.activation == table.name for layer in layers)
    return Network(F, tuple(layers), {table.name: table} if used and table else {})


def vectors(F: Format, length: int) -> SearchStrategy[tuple[Datum, ...]]:
    return st.tuples(*[finite_data(F)] * length)


@st.composite
def points(draw: DrawFn, F: Format, inputs: int = 1) -> Point:
    """Any point that a network can represent: an upstream of 0 has the gradient 0."""
    upstream = draw(finite_data(F))
    gradient = (ZERO,) * inputs if upstream[0] == 0 else draw(vectors(F, inputs))
    return Point(draw(vectors(F, inputs)), draw(finite_data(F)), upstream, gradient)


def tables(F: Format, inputs: int = 1, most: int = 8) -> SearchStrategy[Table]:
    """Tables of distinct x."""
    return st.lists(points(F, inputs), min_size=1, max_size=most, unique_by=lambda point: point.key).map(lambda rows: Table(F, tuple(rows)))


@st.composite
def affine_layers(draw: DrawFn, inputs: int = 1, most_neurons: int = 7, activations: tuple[str | None, ...] = ("relu",)) -> tuple[Affine, ...]:
    """Layers over small rationals, zeros and coincidences among them; at most `most_neurons` neurons before the outputs."""
    numbers = st.one_of(st.sampled_from([0, 0, 1, -1, 2, -4]).map(Fraction), st.fractions(-2, 2, max_denominator=6))
    layers, width, left = [], inputs, most_neurons
    for neurons in draw(st.lists(st.integers(1, 3), max_size=4)):
        if neurons <= left:
            layers.append(_affine_layer(draw, numbers, width, neurons, draw(st.sampled_from(activations))))
            width, left = neurons, left - neurons
    return (*layers, _affine_layer(draw, numbers, width, draw(st.integers(1, 2)), None))


def _affine_layer(draw: DrawFn, numbers: SearchStrategy[Fraction], inputs: int, neurons: int, activation: str | None) -> Affine:
    rows = tuple(tuple(draw(numbers) for _ in range(inputs)) for _ in range(neurons))
    return Affine(rows, tuple(draw(numbers) if draw(st.booleans()) else None for _ in range(neurons)), activation)


@st.composite
def runs(draw: DrawFn, activations: tuple[str | None, ...] = ("relu",), steps: int = 3) -> Run:
    """Small runs: up to three samples, batches of any of them, with and without momentum and biases."""
    inputs = draw(st.integers(1, 2))
    layers = [
        layer if None not in layer.bias else Affine(layer.weights, (None,) * layer.neurons, layer.activation)
        for layer in draw(affine_layers(inputs, 5, activations))
    ]
    numbers = st.fractions(-2, 2, max_denominator=7)
    samples = draw(st.integers(1, 3))
    x, y = (tuple(tuple(draw(numbers) for _ in range(length)) for _ in range(samples)) for length in (inputs, layers[-1].neurons))
    batches = draw(st.lists(st.lists(st.integers(0, samples - 1), min_size=1, max_size=3).map(tuple), max_size=2).map(tuple))
    reduction, momentum = draw(st.sampled_from(["mean", "sum"])), draw(st.sampled_from([Fraction(0), Fraction(9, 10), Fraction(-1, 2)]))
    step = draw(st.sampled_from([Fraction(1, 2), Fraction(1, 10), Fraction(2) ** -9]))
    return Run(tuple(layers), x, y, "squared", reduction, step, momentum, batches, draw(st.integers(0, steps)))
