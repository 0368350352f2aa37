"""Reasons why no network does what a spec wants, found without looking for one; each is a sentence and holds in every shape that it names."""

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise

from fpproof.formats import ZERO, rational
from fpproof.formats.arithmetic import equal, is_finite
from fpproof.formats.text import hexadecimal
from fpproof.networks import RELU
from fpproof.search.bounds import BOUNDS
from fpproof.search.ranges import out_of_range
from fpproof.search.spec import Kind, Point, Spec, Vector, Wanted, opposite

ODD = frozenset({RELU, None})


def impossible(spec: Spec) -> str:
    """The first reason; empty if none of these applies."""
    for argument in ARGUMENTS:
        for reason in argument(spec):
            return reason
    return ""


def _shown(x: Vector) -> str:
    return ", ".join(map(hexadecimal, x))


def _exclude_each_other(first: Wanted, second: Wanted) -> bool:
    """Whether no number is what both want."""
    if first.kind is Kind.IS:
        return not second.holds(first.low)
    if second.kind is Kind.IS:
        return not first.holds(second.low)
    if first.kind is second.kind is Kind.BETWEEN:
        return max(rational(first.low), rational(second.low)) > min(rational(first.high), rational(second.high))
    return False


def _some_weight(spec: Spec) -> Iterator[str]:
    """A set of numbers of which none is as large, or as simple, as is asked leaves a weight nothing to be."""
    for place, choice in spec.choices:
        if choice.among is not None and not any(map(choice.allows, choice.among)):
            yield f"no number is what is asked of {place}"


def _one_x_one_value(spec: Spec) -> Iterator[str]:
    """A network is a function of x; its gradient is one of x and the upstream."""
    by_x: dict[Vector, Point] = {}
    by_both: dict[tuple[Vector, Vector], Point] = {}
    for point in spec.points:
        x = tuple((0, 0) if m == 0 else (m, e) for m, e in point.x)
        h = tuple((0, 0) if m == 0 else (m, e) for m, e in point.upstream)
        other = by_x.setdefault(x, point)
        if any(map(_exclude_each_other, point.value, other.value)):
            yield f"two different values at x = {_shown(x)}"
        other = by_both.setdefault((x, h), point)
        if point.gradient is not None and other.gradient is not None and any(map(_exclude_each_other, point.gradient, other.gradient)):
            yield f"two different gradients at x = {_shown(x)} for the upstream {_shown(h)}"


def _zero_upstream(spec: Spec) -> Iterator[str]:
    """Weights are finite, and 0 times a finite number is 0: a finite gradient for the upstream 0 is 0."""
    for point in spec.points:
        if point.gradient is not None and all(m == 0 for m, _ in point.upstream) and any(not w.holds((0, 0)) for w in point.gradient):
            yield f"the gradient for the upstream 0 is 0, at x = {_shown(point.x)} too"


def _odd_in_the_upstream(spec: Spec) -> Iterator[str]:
    """Rounding to nearest is odd, so is every product and sum of adjoints; derivatives of activations do not depend on the upstream."""
    by_x: dict[tuple[Vector, Vector], Point] = {}
    for point in spec.points:
        if point.gradient is None:
            continue
        by_x.setdefault((point.x, point.upstream), point)
        other = by_x.get((point.x, opposite(point.upstream)))
        if other is not None and other.gradient is not None:
            mirrored = tuple(map(_mirror, other.gradient))
            if any(map(_exclude_each_other, point.gradient, mirrored)):
                yield f"the gradient is odd in the upstream, at x = {_shown(point.x)} too"


def _mirror(wanted: Wanted) -> Wanted:
    """What is wanted of -g if that is wanted of g."""
    low, high = opposite((wanted.low,))[0], opposite((wanted.high,))[0]
    return Wanted(wanted.kind, high, low) if wanted.kind is Kind.BETWEEN else Wanted(wanted.kind, low, low)


def _affine_gradient(spec: Spec) -> Iterator[str]:
    """Without activations the gradient does not depend on x."""
    if any(layer.activation is not None for layer in spec.layers):
        return
    by_upstream: dict[Vector, list[Point]] = {}
    for point in spec.points:
        if point.gradient is not None:
            by_upstream.setdefault(point.upstream, []).append(point)
    for h, points in by_upstream.items():
        for a, b in combinations(points[:64], 2):
            if any(map(_exclude_each_other, a.gradient or (), b.gradient or ())):
                yield f"no layer has an activation, so the gradient for the upstream {_shown(h)} is the same at every x"


def _monotone_chain(spec: Spec) -> Iterator[str]:
    """Through layers of one neuron, one input and no activation but ReLU, the value is monotone in x: each step is."""
    if spec.inputs != 1 or any(layer.width != 1 or layer.activation not in ODD for layer in spec.layers):
        return
    wanted = [(rational(p.x[0]), rational(p.value[0].low)) for p in spec.points if p.value[0].kind is Kind.IS and is_finite(p.x[0])]
    wanted = sorted(set(wanted))
    rises = any(b[1] > a[1] for a, b in pairwise(wanted))
    falls = any(b[1] < a[1] for a, b in pairwise(wanted))
    if rises and falls:
        yield "every layer has one neuron, so the value is monotone in x"


def _monotone_response(spec: Spec) -> Iterator[str]:
    """Through a layer of one neuron and one input, the adjoint is multiplied by numbers that do not depend on it: monotone in the upstream."""
    if spec.inputs != 1 or any(layer.width != 1 for layer in spec.layers):
        return
    by_x: dict[Vector, set[tuple[object, object]]] = {}
    for point in spec.points:
        if point.gradient is not None and point.gradient[0].kind is Kind.IS:
            by_x.setdefault(point.x, set()).add((rational(point.upstream[0]), rational(point.gradient[0].low)))
    for x, found in by_x.items():
        ordered = sorted(found, key=lambda pair: pair[0])  # type: ignore[arg-type, return-value]  # rationals
        gradients = [g for _, g in ordered]
        if gradients != sorted(gradients) and gradients != sorted(gradients, reverse=True):  # type: ignore[type-var]  # rationals
            yield f"every layer has one neuron, so the gradient is monotone in the upstream, at x = {_shown(x)} too"


def _constant_at_zero(spec: Spec) -> Iterator[str]:
    """Without biases and with activations that are 0 at 0, the value at x = 0 is 0."""
    if any(layer.bias or layer.activation not in ODD for layer in spec.layers):
        return
    for point in spec.points:
        if all(equal(entry, (0, 0)) for entry in point.x) and any(not w.holds((0, 0)) for w in point.value):
            yield "no layer has a bias, so the value at 0 is 0"


def _negative_output(spec: Spec) -> Iterator[str]:
    """ReLU has no negative values."""
    if spec.layers[-1].activation != RELU:
        return
    for point in spec.points:
        if any(_exclude_each_other(w, Wanted(Kind.BETWEEN, ZERO, spec.format.largest)) for w in point.value):
            yield f"the output has ReLU, so the value at x = {_shown(point.x)} is not negative"


def _silent_output(spec: Spec) -> Iterator[str]:
    """Where all outputs have a ReLU and are 0, all of their neurons are masked."""
    if spec.layers[-1].activation != RELU:
        return
    for point in spec.points:
        silent = all(w.kind is Kind.IS and w.low[0] == 0 for w in point.value)
        if silent and point.gradient is not None and any(not w.holds((0, 0)) for w in point.gradient):
            yield f"the outputs have a ReLU and are 0 at x = {_shown(point.x)}, so the gradient is 0"


ARGUMENTS: tuple[Callable[[Spec], Iterator[str]], ...] = (
    _some_weight,
    _one_x_one_value,
    _zero_upstream,
    _odd_in_the_upstream,
    _affine_gradient,
    _monotone_chain,
    _monotone_response,
    _constant_at_zero,
    _silent_output,
    out_of_range,
    _negative_output,
    *BOUNDS,
)
