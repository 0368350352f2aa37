"""Runs: the parameters after every step, in one arithmetic or in several side by side."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

import numpy as np
from gmpy2 import mpq

from fpproof.formats import rational
from fpproof.formats.arithmetic import subtract as nearest
from fpproof.networks import LEFT_TO_RIGHT
from fpproof.training.arithmetic import Arithmetic
from fpproof.training.descent import Parameters, Pass, arranged, moved, passed, start, with_momentum
from fpproof.training.description import Affine, Run
from fpproof.training.losses import check_targets
from fpproof.training.numbers import Numbers, Rationals, stochastic
from fpproof.training.practice import practised
from fpproof.training.steps import WORTH, Steps, can_compile

MOST_BITS = 200_000
"""Bits of a numerator or denominator at which an exact run stops by itself."""


@dataclass(frozen=True)
class Place:
    """Where a run stands after `step` steps, in the arithmetic's numbers: enough to go on from there."""

    step: int
    parameters: Parameters
    momenta: Parameters | None = None
    """None without momentum."""


@dataclass(frozen=True)
class State:
    """A run after `step` steps."""

    step: int
    parameters: Parameters
    """In the arithmetic's numbers."""
    numbers: Numbers = field(repr=False)
    stagnant: int = 0
    """Entries with a gradient that is not zero which the step left where they were."""
    passed: Callable[[], Pass] | None = field(default=None, repr=False)
    """Gives the pass that led here; None at the start."""
    momenta: Parameters | None = field(default=None, repr=False)

    @property
    def place(self) -> Place:
        return Place(self.step, self.parameters, self.momenta)

    @cached_property
    def exact(self) -> Parameters:
        """The parameters as rationals (None where infinite or NaN)."""
        return self.parameters.map(self.numbers.exact)

    @cached_property
    def last(self) -> Pass | None:
        """The pass that led here; None at the start."""
        return None if self.passed is None else self.passed()

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
    """A run in one arithmetic: `states` yields the start, or `begin`, and the state after every step that follows.

    `stopped` says why it ended early, if it did.
    """

    run: Run
    arithmetic: Arithmetic
    most_bits: int = MOST_BITS
    begin: Place | None = None
    stopped: str | None = field(default=None, init=False)

    def states(self) -> Iterator[State]:
        """The states, one by one. Raises NetworkError where the arithmetic cannot do the loss or an activation."""
        run, arithmetic = self.run, self.arithmetic
        check_targets(run.loss, run.y)
        steps, begin = arithmetic.steps, self.begin
        if begin is None:
            parameters = start(run, steps)
            begin = Place(0, parameters, parameters.map(lambda theta: steps.times(theta, steps.read([0]))) if run.momentum else None)
        first = State(begin.step, begin.parameters, steps, momenta=begin.momenta)
        yield first
        products = (run.steps - begin.step) * run.parameters * max(map(len, run.batches))
        yield from self._compiled(first) if products >= WORTH and can_compile(run, arithmetic) else self._by_arrays(first)

    def _by_arrays(self, state: State) -> Iterator[State]:
        """The states after the first, a step at a time."""
        run, arithmetic = self.run, self.arithmetic
        gradients, parameters = self._gradients(), state.parameters
        rates, opposite = arithmetic.steps.read([run.step]), arithmetic.steps.read([-run.momentum])
        momenta, raw = state.momenta, _generator(arithmetic.seed, state.step * run.parameters)
        for step in range(state.step, run.steps):
            if isinstance(arithmetic.steps, Rationals) and step and state.bits > self.most_bits:
                self.stopped = f"numbers of more than {self.most_bits} bits after step {step}"
                return
            last = gradients(parameters, run.batch(step))
            direction = last.gradients
            if momenta is not None:
                direction = momenta = with_momentum(arithmetic.steps, opposite, momenta, direction)
            if raw is None:
                parameters = moved(arithmetic.steps, rates, parameters, direction)
            else:
                parameters = _moved_stochastically(arithmetic, rates, parameters, direction, raw)
            stagnant = _stagnant(arithmetic.steps, state.parameters, parameters, direction)
            state = State(step + 1, parameters, arithmetic.steps, stagnant, partial(_same, last), momenta)
            yield state

    def _compiled(self, state: State) -> Iterator[State]:
        """The same by compiled code; a state's last pass is computed if it is asked for."""
        run, gradients = self.run, self._gradients()
        for chunk in Steps(run, self.arithmetic, state.step, state.parameters, state.momenta).chunks():
            for row, momenta, stagnant in zip(chunk.parameters, chunk.momenta, chunk.stagnant, strict=True):
                last = partial(gradients, state.parameters, run.batch(state.step))
                kept = arranged(run, momenta) if run.momentum else None
                state = State(state.step + 1, arranged(run, row), self.arithmetic.steps, int(stagnant), last, kept)
                yield state

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


def _same(found: Pass) -> Pass:
    return found


def _stagnant(numbers: Numbers, before: Parameters, after: Parameters, direction: Parameters) -> int:
    count = 0
    for old, new, g in zip(before, after, direction, strict=True):
        count += int(np.count_nonzero((numbers.exact(old) == numbers.exact(new)) & (numbers.sign(g) != 0)))
    return count


def _generator(seed: int | None, used: int) -> Callable[[], int] | None:
    """Words of 64 bits, after those that were used before."""
    if seed is None:
        return None
    stream = np.random.PCG64(seed)
    stream.advance(used)
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
