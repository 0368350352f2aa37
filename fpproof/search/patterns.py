"""Activation patterns: which neurons are active at which x. A spec is split into one question a pattern, most of which are settled by argument.

*Thresholds.* Where there is one input, z = fl(fl(w x) + b) is monotone in x. So a neuron of the first layer is active at the x from some
place on, or up to some place; without a bias, at positive or at negative x only (lemma `the_first_layer_is_monotone` of theories/search).

*Swaps.* Sums run from left to right, so neurons may not change places in general. The first two of a layer may, since fl(a + b) = fl(b + a), if
no weight is constrained on its own (lemma `sums_commute`): of two patterns that differ in this only, one is asked.

*Roundings.* With one hidden layer, what is left is tried on linear inequalities that hold however numbers are rounded (`roundings`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from fpproof.encodings import FloatTerm, Term
from fpproof.encodings.terms import TRUE, less_equal
from fpproof.formats import rational
from fpproof.formats.arithmetic import equal
from fpproof.networks import RELU
from fpproof.search.encoding import Pattern, distinct_inputs
from fpproof.search.roundings import applies, ruled_out
from fpproof.search.spec import Kind, Place, Point, Spec, Vector, Wanted

MOST_PATTERNS = 20_000
"""Beyond so many, deeper layers are left to the solver; if the first layer alone has more, all are."""

MOST_RULED_OUT = 400
"""Patterns that are left up to which linear inequalities are looked at: some hundredths of a second each."""
ROUNDINGS = "bounds on roundings contradict each other"

Active = tuple[bool, ...]
"""A neuron's activity at each x."""


@dataclass(frozen=True, slots=True)
class Split:
    """The patterns that are left, and how many were settled by argument, by reason."""

    patterns: tuple[Pattern, ...]
    settled: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        return len(self.patterns) + sum(count for _, count in self.settled)


def split(spec: Spec, points: Sequence[Point]) -> Split:
    """All patterns of ReLU layers at the x of points that are not impossible for a simple reason."""
    inputs = distinct_inputs(points)
    layers = _choices(spec, inputs)
    left: list[Pattern] = []
    settled: dict[str, int] = {}
    for chosen in product(*layers):
        pattern = tuple(tuple(tuple(None if a is None else a[k] for a in layer) for layer in chosen) for k in range(len(inputs)))
        reason = contradiction(spec, points, inputs, pattern)
        if reason:
            settled[reason] = settled.get(reason, 0) + 1
        else:
            left.append(pattern)
    if applies(spec) and len(left) <= MOST_RULED_OUT:
        possible = [pattern for pattern in left if not ruled_out(spec, points, inputs, pattern)]
        settled |= {ROUNDINGS: len(left) - len(possible)} if len(possible) < len(left) else {}
        left = possible
    left.sort(key=_plausibility)
    return Split(tuple(left), tuple(sorted(settled.items())))


def _choices(spec: Spec, inputs: Sequence[Vector]) -> list[list[tuple[Active | None, ...]]]:
    """For each layer, what its neurons may be together: cut off where that is too much."""
    found: list[list[tuple[Active | None, ...]]] = []
    total = 1
    for number, layer in enumerate(spec.layers):
        open_: list[tuple[Active | None, ...]] = [(None,) * layer.width]
        if layer.activation != RELU:
            found.append(open_)
            continue
        sets = _thresholds(inputs, layer.bias) if number == 0 and spec.inputs == 1 else _all_sets(len(inputs))
        swaps = spec.symmetric and layer.width >= 2 and number < spec.depth - 1
        count = len(sets) ** layer.width if sets is not None else MOST_PATTERNS + 1
        if sets is None or total * count > MOST_PATTERNS:
            found.append(open_)
            continue
        chosen: list[tuple[Active | None, ...]] = [c for c in product(sets, repeat=layer.width) if not swaps or c[0] <= c[1]]
        total *= len(chosen)
        found.append(chosen)
    return found


def _thresholds(inputs: Sequence[Vector], bias: bool) -> list[Active]:
    """Where a neuron of one input can be active."""
    values = [rational(x[0]) for x in inputs]
    order = sorted(range(len(inputs)), key=lambda k: values[k])
    sets = set()
    for cut in range(len(order) + 1):
        for side in (order[:cut], order[cut:]):
            if not bias and not (all(values[k] > 0 for k in side) or all(values[k] < 0 for k in side)):
                continue
            sets.add(tuple(k in side for k in range(len(inputs))))
    return sorted(sets)


def _all_sets(points: int) -> list[Active] | None:
    return None if points > 12 else [tuple(bits) for bits in product((False, True), repeat=points)]


def contradiction(spec: Spec, points: Sequence[Point], inputs: Sequence[Vector], pattern: Pattern) -> str:
    """A simple reason why no network with this pattern does what is wanted; empty if there is none.

    *Dead layer*: no neuron of a layer is active at x. Then the gradient is 0, and behind a hidden layer the value at x is that of the layers behind
    it at 0, the same for all such x. *Outputs* with ReLU are positive where they are active, and 0 elsewhere. *Same pattern*: the adjoints at two
    points depend on the pattern and the upstream alone.
    """
    last = spec.depth - 1
    dead: list[Point] = []
    by_pattern: dict[tuple[object, Vector], Point] = {}
    for point in points:
        at = pattern[next(k for k, x in enumerate(inputs) if all(map(equal, x, point.x)))]
        if any((a is False and not w.holds((0, 0))) or (a is True and not _may_be_positive(w)) for a, w in zip(at[last], point.value, strict=True)):
            return "outputs: the value is 0 where they are not active, and only there"
        is_dead = any(all(a is False for a in layer) for layer in at)
        if is_dead and point.gradient is not None and any(not w.holds((0, 0)) for w in point.gradient):
            return "dead layer: the gradient is 0"
        if last and all(a is False for a in at[last - 1]):
            zero = not spec.layers[last].bias and spec.layers[last].activation in (None, RELU)
            if zero and any(not w.holds((0, 0)) for w in point.value):
                return "dead layer: the value is 0"
            if any(_clash(point.value, other.value) for other in dead):
                return "dead layer: the values are the same"
            dead.append(point)
        known = at[:last] if spec.layers[last].activation is None else at
        if point.gradient is not None and all(a is not None for layer in known for a in layer):
            other = by_pattern.setdefault((at, point.upstream), point)
            if other.gradient is not None and _clash(point.gradient, other.gradient):
                return "same pattern: the gradients are the same"
    return ""


def _may_be_positive(wanted: Wanted) -> bool:
    return wanted.kind in (Kind.FREE, Kind.NOT) or rational(wanted.high if wanted.kind is Kind.BETWEEN else wanted.low) > 0


def _clash(first: Sequence[Wanted], second: Sequence[Wanted]) -> bool:
    """Whether two lists of wishes ask for different numbers somewhere."""
    for a, b in zip(first, second, strict=True):
        if a.kind is Kind.IS and not b.holds(a.low):
            return True
        if b.kind is Kind.IS and not a.holds(b.low):
            return True
    return False


def _plausibility(pattern: Pattern) -> tuple[int, Pattern]:
    """Patterns with more active neurons first: they have more freedom."""
    return -sum(a is not False for at in pattern for layer in at for a in layer), _comparable(pattern)


def _comparable(pattern: Pattern) -> Pattern:
    return tuple(tuple(tuple(a is True for a in layer) for layer in at) for at in pattern)


def ordering(spec: Spec, pattern: Pattern, weights: Mapping[Place, FloatTerm]) -> list[Term]:
    """Of two networks that differ by swapping two neurons of one activity, only one is asked for."""
    found = []
    for number, layer in enumerate(spec.layers[:-1]):
        same = all(at[number][0] == at[number][1] for at in pattern) if layer.width >= 2 else False
        if spec.symmetric and same:
            first, second = weights[Place(number, 0, 0)], weights[Place(number, 1, 0)]
            found.append(less_equal(first.code, second.code))
    return [term for term in found if term is not TRUE]
