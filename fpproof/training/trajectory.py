"""Runs: the parameters after every step, in one arithmetic or in several side by side."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from gmpy2 import mpq

from fpproof.formats import rational
from fpproof.formats.arithmetic import subtract as nearest
from fpproof.networks import LEFT_TO_RIGHT
from fpproof.training.arithmetic import Arithmetic
from fpproof.training.descent import Parameters, Pass, moved, passed, start, with_momentum
from fpproof.training.description import Affine, Run
from fpproof.training.losses import check_targets
from fpproof.training.numbers import Numbers, Rationals, stochastic
from fpproof.training.practice import practised

MOST_BITS = 200_000
"""Bits of a numerator or denominator at which an exact run stops by itself."""


@dataclass(frozen=True)
class State:
    """A run after `step` steps, and the pass that led there (None at the start)."""

    step: int
    parameters: Parameters
    """In the arithmetic's numbers."""
    exact: Parameters
    """The same as rationals (None where infinite or NaN)."""
    last: Pass | None = None
    stagnant: int = 0
    """Entries with a gradient that is not zero which the step left where they were."""

    @property
    def finite(self) -> bool:
        return all(r is not None for array in self.exact for r in array.flat)

    @property
    def bits(self) -> int:
        """Of the longest numerator or denominator."""
        return max(int(n).bit_length() for array in self.exact for r in array.flat if r is not None for n in (r.numerator, r.denominator))

    def layers(self, run: Run) -> tuple[Affine, ...] | None:
        """The network at its exact weights; None if one is infinite or NaN."""
        return layers_of(run, self.exact) if self.finite else None


def layers_of(run: Run, parameters: Parameters) -> tuple[Affine, ...]:
    """The layers of rational parameters."""
    layers = []
    for layer, weights, bias in zip(run.layers, parameters.weights, parameters.biases, strict=True):
        rows = tuple(tuple(map(fraction, row)) for row in weights)
        layers.append(Affine(rows, layer.bias if bias is None else tuple(map(fraction, bias)), layer.activation))
    return tuple(layers)


def fraction(r: Any) -> Fraction:
    """A gmpy2 rational as a Fraction of Python integers."""
    return Fraction(int(r.numerator), int(r.denominator))


@dataclass
class Trajectory:
    """A run in one arithmetic: `states` yields the start and the state after every step; `stopped` says why it ended early, if it did."""

    run: Run
    arithmetic: Arithmetic
    most_bits: int = MOST_BITS
    stopped: str | None = field(default=None, init=False)

    def states(self) -> Iterator[State]:
        """The states, one by one. Raises NetworkError where the arithmetic cannot do the loss or an activation."""
        run, arithmetic = self.run, self.arithmetic
        check_targets(run.loss, run.y)
        gradients = self._gradients()
        parameters = start(run, arithmetic.steps)
        rates, decay = arithmetic.steps.read([run.step]), arithmetic.steps.read([run.momentum])
        momenta = parameters.map(lambda theta: arithmetic.steps.times(theta, arithmetic.steps.read([0]))) if run.momentum else None
        raw = _generator(arithmetic.seed)
        state = State(0, parameters, _exact(arithmetic.steps, parameters))
        yield state
        for step in range(run.steps):
            last = gradients(parameters, run.batch(step))
            direction = last.gradients
            if momenta is not None:
                direction = momenta = with_momentum(arithmetic.steps, decay, momenta, direction)
            if raw is None:
                parameters = moved(arithmetic.steps, rates, parameters, direction)
            else:
                parameters = _moved_stochastically(arithmetic, rates, parameters, direction, raw)
            exact = _exact(arithmetic.steps, parameters)
            state = State(step + 1, parameters, exact, last, _stagnant(arithmetic.steps, state.exact, exact, direction))
            yield state
            if isinstance(arithmetic.steps, Rationals) and state.bits > self.most_bits:
                self.stopped = f"numbers of more than {self.most_bits} bits after step {step + 1}"
                return

    def _gradients(self) -> Callable[[Parameters, Sequence[int]], Pass]:
        """The pass of the arithmetic: ours, or a library's."""
        run, arithmetic = self.run, self.arithmetic
        if arithmetic.practice is not None:
            return practised(run, arithmetic.practice, arithmetic.passes)
        numbers = arithmetic.passes
        x, y = numbers.read(run.x), numbers.read(run.y)

        def passes(parameters: Parameters, batch: Sequence[int]) -> Pass:
            read = parameters.map(numbers.rounded) if arithmetic.mixed else parameters
            return passed(run, numbers, arithmetic.semantics, read, batch, x, y)

        return passes


def _exact(numbers: Numbers, parameters: Parameters) -> Parameters:
    return parameters.map(numbers.exact)


def _stagnant(numbers: Numbers, before: Parameters, after: Parameters, direction: Parameters) -> int:
    count = 0
    for old, new, g in zip(before, after, direction, strict=True):
        count += int(np.count_nonzero((old == new) & (numbers.sign(g) != 0)))
    return count


def _generator(seed: int | None) -> Callable[[], int] | None:
    if seed is None:
        return None
    stream = np.random.PCG64(seed)
    return lambda: int(stream.random_raw())


def _moved_stochastically(arithmetic: Arithmetic, rates: Any, parameters: Parameters, direction: Parameters, raw: Callable[[], int]) -> Parameters:
    """theta - (eta (*) g), rounded stochastically, in the order of the parameters."""
    numbers, F = arithmetic.steps, arithmetic.format
    assert F is not None, "stochastic rounding is to a format"

    def subtract(x: Any, y: Any) -> Any:
        bits = raw()
        if x[1] is None or y[1] is None:
            return nearest(F, x, y)
        return stochastic(F, mpq(rational(x)) - mpq(rational(y)), bits)

    return parameters.map(lambda theta, g: numbers.function(subtract, theta, numbers.times(rates, g)), direction)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two runs part: the first step after which a parameter differs, which one, and its two values."""

    step: int
    layer: int
    kind: str
    index: tuple[int, ...]
    values: tuple[Any, Any]


def first_difference(states: Sequence[State], others: Sequence[State]) -> Difference | None:
    """The first differing parameter of two runs, in the order of steps and layers; None if all that both have are equal."""
    for a, b in zip(states, others, strict=False):
        found = _difference(a, b)
        if found is not None:
            return found
    return None


def _difference(a: State, b: State) -> Difference | None:
    for number in range(len(a.exact.weights)):
        for kind, x, y in (("weight", a.exact.weights[number], b.exact.weights[number]), ("bias", a.exact.biases[number], b.exact.biases[number])):
            if x is None or y is None:
                continue
            places = np.argwhere((x != y) | _missing(x) | _missing(y))
            if len(places):
                index = tuple(map(int, places[0]))
                return Difference(a.step, number + 1, kind, index, (x[index], y[index]))
    return None


def _missing(x: Any) -> Any:
    return np.frompyfunc(lambda r: r is None, 1, 1)(x).astype(np.bool_)


def distance(a: State, b: State) -> mpq | None:
    """The greatest |difference| of two parameters, exactly; None if one is infinite or NaN."""
    if not (a.finite and b.finite):
        return None
    return max(abs(x - y) for u, v in zip(a.exact, b.exact, strict=True) for x, y in zip(u.flat, v.flat, strict=True))


def exact_loss(run: Run, layers: Sequence[Affine]) -> mpq | None:
    """The squared loss over all data at exact weights, in exact arithmetic; None where it is irrational."""
    numbers = Rationals()
    if run.loss != "squared" or any(layer.activation not in (None, "relu", "leaky-relu") for layer in layers):
        return None
    exact = Run(tuple(layers), run.x, run.y, run.loss, run.reduction)
    found = passed(exact, numbers, LEFT_TO_RIGHT, start(exact, numbers), range(len(run.x)), numbers.read(run.x), numbers.read(run.y))
    total = sum((h * h for h in found.upstreams.flat), mpq(0)) / 2
    return total / len(run.x) if run.reduction == "mean" else total
