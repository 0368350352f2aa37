"""Stochastic local search: networks that nearly do what is wanted are moved until one does. It can say yes, and never no.

Where all weights may be any float, it begins at solutions of the same question over the reals (`relaxed`), rounded; and at random networks.
Everything is seeded: the same spec has the same answer, with any number of jobs. Source: Hoos and Stützle, Stochastic Local Search (2004).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpproof.activations import tables
from fpproof.activations.registry import activation
from fpproof.formats import NAN, ZERO, Datum, Format, rational
from fpproof.kernels.carriers import Carrier, carrier
from fpproof.networks import RELU
from fpproof.search import climbing
from fpproof.search.finding import Weights
from fpproof.search.limits import Effort
from fpproof.search.relaxed import Relaxation
from fpproof.search.spec import Choice, Kind, Objective, Place, Point, Spec, Wanted

LARGEST_TABLE = 16
"""Bits of a format up to which activations other than ReLU are searched."""
KINDS = {Kind.FREE: climbing.FREE, Kind.IS: climbing.IS, Kind.NOT: climbing.NOT, Kind.BETWEEN: climbing.BETWEEN}


@dataclass(frozen=True)
class Problem:
    """A spec as arrays for the compiled loop; see `climbing.climb`."""

    spec: Spec
    variables: tuple[Place, ...]
    variable_of: NDArray[np.int64]
    bounds: NDArray[np.int64]
    allowed: NDArray[np.float64]
    rest: tuple[Any, ...]

    def decoded(self, places: NDArray[np.int64]) -> dict[Place, Datum]:
        """The weights at places of variables."""
        F = self.spec.format
        found: dict[Place, Datum] = {}
        for place, n, (_, _, first) in zip(self.variables, places, self.bounds, strict=True):
            found[place] = F.from_ordinal(int(n)) if first < 0 else _among(self.spec, self.spec.choice(place))[int(n)]
        return {place: found[self.spec.choice(place).same_as or place] for place in self.spec.places()}


def local_search(spec: Spec, points: Sequence[Point], effort: Effort, jobs: int = 1, seed: int = 0) -> Weights | None:
    """Weights of a network that does what is wanted at points, or None; also None where the format has no fast arithmetic."""
    problem = problem_of(spec, points)
    if problem is None:
        return None
    relaxation = Relaxation(spec, points, problem.variable_of)

    def one(number: int) -> tuple[NDArray[np.int64], float]:
        return _climb(problem, relaxation, effort, seed, number)

    with ThreadPoolExecutor(max(1, jobs)) as executor:
        for first in range(0, effort.rounds, max(1, jobs)):
            for places, cost in executor.map(one, range(first, min(effort.rounds, first + max(1, jobs)))):
                if cost == 0:
                    return problem.decoded(places)
    return None


def _climb(problem: Problem, relaxation: Relaxation, effort: Effort, seed: int, number: int) -> tuple[NDArray[np.int64], float]:
    """One climb: from the reals, not very warm, and from random networks by turns."""
    rng = np.random.default_rng((seed, number))
    from_reals = number % 2 == 0 and relaxation.smooth and all(first < 0 for _, _, first in problem.bounds)
    starts = relaxation.solutions(effort.starts, rng) if from_reals else relaxation.guesses(effort.starts, rng)
    task = (int(rng.integers(1 << 31)), _rounded(problem, starts), effort.steps, 1.0 if from_reals else 3.0, 0.15)
    places, cost = climbing.climb(*task, problem.bounds, problem.allowed, problem.variable_of, *problem.rest)
    return places, float(cost)


def _rounded(problem: Problem, numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    """The nearest places of real numbers."""
    F = problem.spec.format
    exponents = np.maximum(np.frexp(numbers)[1] - 1, F.emin)
    magnitudes = np.rint(np.ldexp(np.abs(numbers), F.p - exponents)).astype(np.int64) + ((exponents.astype(np.int64) - F.emin) << F.p)
    ordinals = np.sign(numbers).astype(np.int64) * np.minimum(magnitudes, F.largest_ordinal)
    for v, (_, high, first) in enumerate(problem.bounds):
        if first >= 0:
            among = problem.allowed[first : first + high + 1]
            ordinals[:, v] = np.abs(among[None, :] - numbers[:, v, None]).argmin(axis=1)
    clipped: NDArray[np.int64] = np.clip(ordinals, problem.bounds[:, 0], problem.bounds[:, 1])
    return clipped


def problem_of(spec: Spec, points: Sequence[Point]) -> Problem | None:
    """The arrays; None without a carrier in binary64, where an activation's table is too large, and where weights are to be counted."""
    F = spec.format
    if spec.at_most is not None and spec.objective is not Objective.MAGNITUDE:
        return None
    limit = F.largest_ordinal if spec.at_most is None else spec.at_most
    arithmetic = carrier(F, F, narrow=False)
    if arithmetic is None or (F.width > LARGEST_TABLE and any(layer.activation not in (None, RELU) for layer in spec.layers)):
        return None
    variables = tuple(place for place in spec.places() if spec.choice(place).same_as is None)
    index = {place: n for n, place in enumerate(variables)}
    variable_of = np.array([index[spec.choice(place).same_as or place] for place in spec.places()], np.int64)
    bounds: list[tuple[int, int, int]] = []
    allowed: list[float] = []
    for place in variables:
        choice = spec.choice(place)
        if choice.among is None and not choice.powers:
            most = limit if choice.bound is None else min(limit, F.ordinal(choice.bound))
            bounds.append((-most, most, -1))
        else:
            numbers = _among(spec, choice)
            if not numbers:
                return None
            bounds.append((0, len(numbers) - 1, len(allowed)))
            allowed += [float(rational(w)) for w in numbers]
    return Problem(spec, variables, variable_of, np.array(bounds, np.int64), np.array(allowed or [0.0]), _rest(spec, points, arithmetic))


def _among(spec: Spec, choice: Choice) -> list[Datum]:
    """The values of a weight that may not be any float, in order."""
    F = spec.format
    if choice.among is None:
        exponents = range(F.emin - F.p, F.emax + 1)
        powers = [F.power_of_two(n) for n in exponents]
        numbers = [ZERO, *powers, *((-m, e) for m, e in powers)]
    else:
        numbers = [ZERO if w[0] == 0 else w for w in choice.among]
    most = F.largest_ordinal if spec.at_most is None else spec.at_most
    return sorted({w for w in numbers if choice.allows(w) and abs(F.ordinal(w)) <= most}, key=F.ordinal)


def _rest(spec: Spec, points: Sequence[Point], arithmetic: Carrier) -> tuple[Any, ...]:
    """What does not change from start to start."""
    F = spec.format
    layers, first, inputs = [], 0, spec.inputs
    for layer in spec.layers:
        kind = 0 if layer.activation is None else (1 if layer.activation == RELU else 2)
        layers.append((inputs, layer.width, int(layer.bias), kind, first))
        first += layer.width * (inputs + layer.bias)
        inputs = layer.width
    wishes = [[_wish(F, w) for w in (*p.value, *(p.gradient or (None,) * spec.inputs))] for p in points]
    asked = np.array(wishes, np.int64)
    return (
        np.array(layers, np.int64),
        np.array([[float(rational(v)) for v in p.x] for p in points]),
        np.array([[float(rational(v)) for v in p.upstream] for p in points]),
        np.ascontiguousarray(asked[:, :, 0]),
        np.ascontiguousarray(asked[:, :, 1]),
        np.ascontiguousarray(asked[:, :, 2]),
        *_tables(spec),
        F.p,
        F.emin,
        arithmetic,
    )


def _wish(F: Format, wanted: Wanted | None) -> tuple[int, int, int]:
    if wanted is None:
        return climbing.ANYTHING, 0, 0
    low = F.ordinal(wanted.low)
    return KINDS[wanted.kind], low, F.ordinal(wanted.high) if wanted.kind is Kind.BETWEEN else low


def _tables(spec: Spec) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Sorted numbers of the format, NaN last, and for each layer the activation and its derivative there."""
    F, depth = spec.format, spec.depth
    if all(layer.activation in (None, RELU) for layer in spec.layers):
        return np.zeros(1), np.zeros((depth, 1)), np.zeros((depth, 1))
    codes = {code: _float(F, code) for code in range(1 << F.width)}
    order = sorted((code for code, v in codes.items() if v == v), key=lambda code: codes[code])
    keys = np.array([*(codes[code] for code in order), np.nan])
    values, slopes = np.zeros((depth, len(keys))), np.zeros((depth, len(keys)))
    for number, layer in enumerate(spec.layers):
        if layer.activation not in (None, RELU):
            columns = tables.table(F, activation(str(layer.activation)))
            for target, column in zip((values, slopes), columns, strict=True):
                target[number] = [*(codes.get(int(column[code]), np.nan) for code in order), np.nan]
    return keys, values, slopes


def _float(F: Format, code: int) -> float:
    try:
        x = F.decode(code)
    except ValueError:
        return float("nan")
    m, e = x
    if x == NAN:
        return float("nan")
    return float(rational(x)) if e is not None else (np.inf if m > 0 else -np.inf)
