"""A spec as bit-vectors: the weights are variables, each point is one forward and one backward pass (docs/encodings.md).

With an activation pattern, passes hold only what is active. That is exact up to signs of zeros, which no number that is asked for depends on:

- a product with a neuron's 0 is +-0, and x + (+-0) = x as numbers, since weights are finite;
- a masked adjoint is +-0 if it was finite, and NaN if not; a NaN adjoint reaches every component of the gradient, since weights are finite and
  layers dense, and a gradient that anything is asked of must be finite. So the adjoint is asserted to be finite, and 0 goes on.

For the same reason a weight is never -0.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from fpproof.activations.enclosure import InFormat
from fpproof.activations.registry import activation
from fpproof.encodings import FALSE, TRUE, EncodingError, FloatTerm, Term, float_constant, float_variable, operations
from fpproof.encodings.floats import compare_floats, select_float
from fpproof.encodings.terms import all_of, any_of, as_bit, bit, constant, equal, extract, ite, less_equal, zero_extend
from fpproof.formats import NAN, ZERO, Datum, Format
from fpproof.formats.arithmetic import equal as numerically_equal
from fpproof.networks import RELU
from fpproof.search.monotone import Number, Step, monotone
from fpproof.search.spec import Kind, Objective, Place, Point, Spec, Vector, Wanted

LARGEST_TABLE = 1 << 12
"""Codes of a format whose activations are encoded as tables."""

Pattern = tuple[tuple[tuple[bool | None, ...], ...], ...]
"""For every distinct x, layer and neuron, whether the neuron is active there; None where that is left open."""


def distinct_inputs(points: Iterable[Point]) -> list[Vector]:
    """The x of points, both zeros being one number, in the order in which they come."""
    found: list[Vector] = []
    for point in points:
        if not any(all(map(numerically_equal, point.x, x)) for x in found):
            found.append(point.x)
    return found


@dataclass
class Encoding:
    """Weights as terms and everything that is asserted of them."""

    spec: Spec
    weights: Mapping[Place, FloatTerm]
    assertions: list[Term] = field(default_factory=list)
    steps: dict[Hashable, list[Step]] = field(default_factory=dict)
    """Products with a weight, and sums, by where in the network they stand; one a pass."""

    def add_points(self, points: Sequence[Point], pattern: Pattern | None = None) -> None:
        """Asserts what is wanted at points, and that neurons are active as the pattern says."""
        inputs = distinct_inputs(points)
        passes = [_Forward(self, x, None if pattern is None else pattern[i]) for i, x in enumerate(inputs)]
        for point in points:
            found = next(p for p in passes if all(map(numerically_equal, p.x, point.x)))
            self.assertions += [value.finite & wants(w, value) for w, value in zip(point.value, found.value, strict=True)]
            if point.gradient is not None:
                gradient = found.gradient(point.upstream)
                self.assertions += [g.finite & wants(w, g) for w, g in zip(point.gradient, gradient, strict=True)]
        self.assertions += monotone(self.spec.format, self.steps)


def encode(spec: Spec) -> Encoding:
    """The weights alone, with what is asked of each."""
    F = spec.format
    weights: dict[Place, FloatTerm] = {}
    assertions: list[Term] = []
    for place in spec.places():
        choice = spec.choice(place)
        if choice.same_as is not None:
            continue
        if choice.among is not None and len(choice.among) == 1:
            weights[place] = float_constant(F, choice.among[0] if choice.among[0][0] else ZERO)
        else:
            weights[place] = float_variable(F, str(place))
            assertions += [weights[place].finite, ~(weights[place].zero & weights[place].sign)]
    for place, choice in spec.choices:
        w = weights[place] = weights[choice.same_as or place]
        if choice.among is not None:
            assertions.append(any_of(wants(Wanted(Kind.IS, one), w) for one in choice.among))
        if choice.bound is not None:
            assertions.append(less_equal(w.magnitude, F.ordinal(choice.bound)))
        if choice.powers:
            assertions.append(power_of_two_or_zero(F, w))
    if spec.at_most is not None:
        assertions.append(_small_enough(spec, [weights[place] for place in spec.places()], spec.at_most))
    return Encoding(spec, weights, [a for a in assertions if a is not TRUE])


def _small_enough(spec: Spec, weights: Sequence[FloatTerm], most: int) -> Term:
    """The spec's objective comes to at most so much (Spec.measure)."""
    if spec.objective is Objective.MAGNITUDE:
        return all_of(less_equal(w.magnitude, most) for w in weights)
    if spec.objective is Objective.NONZERO:
        counted = [~w.zero for w in weights]
    else:
        counted = [all_of(~equal(w.code, other.code) for other in weights[:i]) for i, w in enumerate(weights)]
    wide = len(weights).bit_length() + 1
    total = reduce(lambda s, one: s + zero_extend(as_bit(one), wide), counted, constant(0, wide))
    return less_equal(total, min(most, len(weights)))


def wants(wanted: Wanted, x: FloatTerm) -> Term:
    """What is wanted of a number."""
    match wanted.kind:
        case Kind.FREE:
            return TRUE
        case Kind.IS:
            return x.zero if wanted.low[0] == 0 else ~x.error & equal(x.code, x.format.encode(wanted.low))
        case Kind.NOT:
            return x.finite & ~wants(Wanted(Kind.IS, wanted.low), x)
        case Kind.BETWEEN:
            below = compare_floats(x, float_constant(x.format, wanted.low)).less
            above = compare_floats(x, float_constant(x.format, wanted.high)).greater
            return x.finite & ~below & ~above


def power_of_two_or_zero(F: Format, w: FloatTerm) -> Term:
    """The fraction is zero, or the float is subnormal with at most one bit set."""
    fraction = extract(w.code, F.p - 1, 0)
    one_bit = equal(w.magnitude & (w.magnitude - constant(1, w.magnitude.width)), 0)
    subnormal = equal(extract(w.magnitude, F.width - 2, F.p), 0)
    return ite(subnormal, one_bit, equal(fraction, 0))


class _Forward:
    """One pass at one x; the backward passes of its upstreams follow from it."""

    def __init__(self, encoding: Encoding, x: Vector, pattern: tuple[tuple[bool | None, ...], ...] | None) -> None:
        self.encoding, self.spec, self.F, self.x = encoding, encoding.spec, encoding.spec.format, x
        self.pattern = pattern
        self.masks: list[list[_Mask]] = []
        numbers: list[Number] = [float_constant(self.F, entry) for entry in x]
        for number, layer in enumerate(self.spec.layers):
            z = [self._pre_activation(Place(number, i), numbers, layer.bias) for i in range(layer.width)]
            masks = [self._mask(number, i, layer.activation, z[i]) for i in range(layer.width)]
            self.masks.append(masks)
            numbers = [mask.value for mask in masks]
        self.value = [self._number(x) for x in numbers]

    def _number(self, x: Number) -> FloatTerm:
        return float_constant(self.F, ZERO) if x is None else x

    def _product(self, place: Place, w: FloatTerm, x: Number, pass_: str) -> Number:
        found = None if x is None else operations.multiply(self.F, w, x).value
        self.encoding.steps.setdefault((pass_, place), []).append(Step((x,), found, w))
        return found

    def _sum(self, where: Hashable, terms: Sequence[Number]) -> Number:
        """From left to right."""
        total, *others = terms
        for number, term in enumerate(others):
            before = total
            total = (term if total is None else total) if term is None or total is None else operations.add(self.F, total, term).value
            self.encoding.steps.setdefault((where, number), []).append(Step((before, term), total))
        return total

    def _pre_activation(self, neuron: Place, inputs: Sequence[Number], bias: bool) -> FloatTerm:
        weight = self.encoding.weights
        places = [Place(neuron.layer, neuron.neuron, j) for j in range(len(inputs))]
        products = [self._product(place, weight[place], x, "forward") for place, x in zip(places, inputs, strict=True)]
        return self._number(self._sum(neuron, [*products, weight[neuron]] if bias else products))

    def _mask(self, layer: int, neuron: int, sigma: str | None, z: FloatTerm) -> "_Mask":
        if sigma is None:
            return _Mask(z, TRUE)
        if sigma != RELU:
            value, slope = table_of(self.F, sigma)
            return _Mask(value(z), FALSE, slope(z))
        active = ~z.sign & ~z.zero & ~z.nan
        fixed = None if self.pattern is None else self.pattern[layer][neuron]
        self.encoding.assertions.append(~z.nan)  # it would make the value NaN
        if fixed is None:
            return _Mask(select_float(active, z, float_constant(self.F, ZERO)), active)
        self.encoding.assertions.append(active if fixed else ~active)
        return _Mask(z if fixed else None, TRUE if fixed else FALSE)

    def gradient(self, upstream: Vector) -> list[FloatTerm]:
        """The gradient for an upstream, which must be finite."""
        delta: list[Number] = [float_constant(self.F, h) for h in upstream]
        for number in range(len(self.spec.layers) - 1, -1, -1):
            delta = [self._masked(d, mask) for d, mask in zip(delta, self.masks[number], strict=True)]
            inputs = self.spec.inputs if number == 0 else self.spec.layers[number - 1].width
            delta = [self._transposed(number, j, delta) for j in range(inputs)]
        return [self._number(d) for d in delta]

    def _masked(self, delta: Number, mask: "_Mask") -> Number:
        if delta is None or mask.active is TRUE:
            return delta
        if mask.slope is not None:
            return operations.multiply(self.F, delta, mask.slope).value
        self.encoding.assertions.append(mask.active | delta.finite)
        return None if mask.active is FALSE else select_float(mask.active, delta, float_constant(self.F, ZERO))

    def _transposed(self, layer: int, input: int, delta: Sequence[Number]) -> Number:
        weight = self.encoding.weights
        places = [Place(layer, i, input) for i in range(len(delta))]
        products = [self._product(place, weight[place], d, "backward") for place, d in zip(places, delta, strict=True)]
        return self._sum(("backward", layer, input), products)


@dataclass(frozen=True, slots=True)
class _Mask:
    """A neuron's activation, and its derivative: 1 where `active` holds, else 0; or `slope`."""

    value: Number
    active: Term
    slope: FloatTerm | None = None


class _Table:
    """A function of one float given by its codes, as a tree of choices on the bits of the code."""

    def __init__(self, F: Format, entries: Mapping[int, Datum]) -> None:
        self.F = F
        self.entries = entries

    def __call__(self, z: FloatTerm) -> FloatTerm:
        nan = float_constant(self.F, NAN)
        leaves = [float_constant(self.F, self.entries[code]) if code in self.entries else nan for code in range(1 << self.F.width)]
        for index in range(self.F.width):
            chosen = bit(z.code, index)
            leaves = [low if low == high else select_float(chosen, high, low) for low, high in zip(leaves[::2], leaves[1::2], strict=True)]
        return select_float(z.nan, nan, leaves[0])


def table_of(F: Format, name: str) -> tuple[_Table, _Table]:
    """sigma_F and sigma'_F as functions of terms; raises EncodingError for formats with too many codes."""
    if 1 << F.width > LARGEST_TABLE:
        raise EncodingError(f"a table of {1 << F.width} codes, at most {LARGEST_TABLE} are encoded", hint="a smaller format, or ReLU")
    exact = InFormat(F, activation(name))
    data = {F.encode(x): x for x in F.data()}
    return _Table(F, {code: exact.value(x) for code, x in data.items()}), _Table(F, {code: exact.derivative(x) for code, x in data.items()})
