"""Specs decided by trying all weights on the exact arithmetic: a second reading of docs/search.md, which shares nothing with the search.

All assignments at once, a column each. Numbers are indices, given out as they come up; each operation is done once by `fpproof.formats.arithmetic`.
For tiny formats, or few weights.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpproof.activations.enclosure import InFormat
from fpproof.activations.registry import activation
from fpproof.formats import NAN, Datum, parse_format, rational
from fpproof.formats.arithmetic import add, is_finite, multiply
from fpproof.formats.text import read_float

Indices = NDArray[np.int64]
MOST = 1 << 22
NUMBERS = 1024
"""That may come up."""


class Brute:
    """A spec's text, and all of its weights."""

    def __init__(self, text: str) -> None:
        self.content = tomllib.loads(text)
        self.F = F = parse_format(self.content["format"])
        self.data: list[Datum] = []
        self.index: dict[Datum, int] = {}
        self.finite = [x for x in F.finite() if x != (0, -1)] if F.width <= 8 else []
        self.done = {operation: np.full(NUMBERS * NUMBERS, -1) for operation in (add, multiply)}
        self.layers = [
            {"width": layer["width"], "bias": layer.get("bias", True), "sigma": layer.get("activation", "none" if last else "relu")}
            for layer, last in zip(self.content["layers"], [False] * (len(self.content["layers"]) - 1) + [True], strict=True)
        ]
        points = self.content.get("points", [])
        self.inputs = self.content.get("inputs", len(points[0]["x"]) if points and isinstance(points[0]["x"], list) else 1)
        self.weights, self.variables = self._weights()

    def _index(self, x: Datum) -> int:
        if x not in self.index:
            self.index[x] = len(self.data)
            self.data.append(x)
        return self.index[x]

    def _apply(self, operation: Callable[..., Datum], x: Indices, y: Indices) -> Indices:
        table, pairs = self.done[operation], x * NUMBERS + y
        found: Indices = table[pairs]
        missing = np.unique(pairs[found < 0])
        for pair in missing:
            i, j = divmod(int(pair), NUMBERS)
            table[pair] = self._index(operation(self.F, self.data[i], self.data[j]))
        return np.asarray(table[pairs]) if len(missing) else found

    def _number(self, text: object) -> Datum:
        return read_float(self.F, str(text))

    def _places(self) -> list[tuple[int, int, int | None]]:
        found: list[tuple[int, int, int | None]] = []
        inputs = self.inputs
        for number, layer in enumerate(self.layers, 1):
            for neuron in range(1, layer["width"] + 1):
                found += [(number, neuron, j) for j in range(1, inputs + 1)]
                found += [(number, neuron, None)] if layer["bias"] else []
            inputs = layer["width"]
        return found

    def _meant(self, entry: Mapping[str, Any]) -> list[tuple[int, int, int | None]]:
        return [
            (layer, neuron, input)
            for layer, neuron, input in self._places()
            if entry.get("layer", layer) == layer
            and entry.get("neuron", neuron) == neuron
            and entry.get("input", input) == input
            and entry.get("bias", input is None) == (input is None)
        ]

    def _weights(self) -> tuple[dict[tuple[int, int, int | None], Indices], list[tuple[int, int, int | None]]]:
        """For each place, the index of its weight in each assignment."""
        allowed = dict.fromkeys(self._places(), self.finite)
        shared = {}
        for entry in self.content.get("weights", []):
            for place in self._meant(entry):
                among = [rational(self._number(w)) for w in ([entry["is"]] if "is" in entry else entry.get("in", []))]
                most = rational(self._number(entry["magnitude"])) if "magnitude" in entry else None
                allowed[place] = [
                    x
                    for x in allowed[place] or dict.fromkeys(self._number(w) for w in entry["in"])
                    if (not among or rational(x) in among)
                    and (most is None or abs(rational(x)) <= most)
                    and (not entry.get("powers_of_two") or _is_power(rational(x)))
                ]
                if "same_as" in entry:
                    (shared[place],) = self._meant(entry["same_as"])
        variables = [place for place in allowed if place not in shared]
        for place, other in shared.items():
            allowed[other] = [x for x in allowed[other] if x in allowed[place]]
        assert np.prod([float(len(allowed[place])) for place in variables]) <= MOST
        grid = np.meshgrid(*[np.array([self._index(x) for x in allowed[place]], np.int64) for place in variables], indexing="ij")
        columns = {place: axis.ravel() for place, axis in zip(variables, grid, strict=True)}
        return columns | {place: columns[other] for place, other in shared.items()}, variables

    # What networks do

    def _sum(self, terms: Sequence[Indices]) -> Indices:
        total = terms[0]
        for term in terms[1:]:
            total = self._apply(add, total, term)
        return total

    def _sigma(self, name: str, z: Indices) -> tuple[Indices, Indices | None]:
        """Activations, and what adjoints are multiplied by (None: nothing)."""
        if name in ("none", "identity"):
            return z, None
        if name == "relu":
            values = [x if x == NAN or x[0] > 0 else (0, 0) for x in self.data]
            slopes = [NAN if x == NAN else self.F.one if x[0] > 0 else (0, 0) for x in self.data]
        else:
            exact = InFormat(self.F, activation(name))
            values = [NAN if x == NAN else exact.value(x) for x in self.data]
            slopes = [NAN if x == NAN else exact.derivative(x) for x in self.data]
        return np.array([self._index(x) for x in values])[z], np.array([self._index(x) for x in slopes])[z]

    def run(self, x: Sequence[Datum], upstream: Sequence[Datum]) -> tuple[list[Indices], list[Indices]]:
        """Values and gradients of all networks."""
        count = len(next(iter(self.weights.values())))
        a, slopes = [np.full(count, self._index(v)) for v in x], []
        for number, layer in enumerate(self.layers, 1):
            z = []
            for i in range(1, layer["width"] + 1):
                terms = [self._apply(multiply, self.weights[number, i, j], v) for j, v in enumerate(a, 1)]
                z.append(self._sum([*terms, *([self.weights[number, i, None]] if layer["bias"] else [])]))
            pairs = [self._sigma(layer["sigma"], v) for v in z]
            a = [value for value, _ in pairs]
            slopes.append([slope for _, slope in pairs])
        delta = [np.full(count, self._index(h)) for h in upstream]
        for number in range(len(self.layers), 0, -1):
            delta = [d if s is None else self._apply(multiply, d, s) for d, s in zip(delta, slopes[number - 1], strict=True)]
            inputs = self.inputs if number == 1 else self.layers[number - 2]["width"]
            delta = [self._sum([self._apply(multiply, d, self.weights[number, i, j]) for i, d in enumerate(delta, 1)]) for j in range(1, inputs + 1)]
        return a, delta

    def fitting(self) -> NDArray[np.bool_]:
        """Which assignments do what is wanted at all points."""
        good = np.ones(len(next(iter(self.weights.values()))), np.bool_)
        for entry, x in self._asked():
            outputs = self.layers[-1]["width"]
            upstream = entry.get("upstream", ["1"] * outputs)
            choices = product(self.finite, repeat=outputs) if upstream == "all" else [[self._number(h) for h in _list(upstream)]]
            for h in choices:
                values, gradient = self.run(x, h)
                for wish, found in zip(_list(entry.get("value", ["free"] * outputs)), values, strict=True):
                    good &= self._as_wished(wish, x)[found]
                for wish, found in zip(_list(entry["gradient"]), gradient, strict=True) if "gradient" in entry else []:
                    good &= self._as_wished(wish, x)[found]
        return good

    def _asked(self) -> Iterator[tuple[Mapping[str, Any], tuple[Datum, ...]]]:
        for entry in self.content.get("points", []):
            yield entry, tuple(self._number(v) for v in _list(entry["x"]))
        for entry in self.content.get("forall", []):
            for x in product(self.finite, repeat=self.inputs):
                if all(self._in_domain(entry.get("x", "all"), rational(v)) for v in x):
                    yield entry, x

    def _in_domain(self, domain: Any, x: Fraction) -> bool:
        if domain == "all":
            return True
        ((name, end),) = domain.items()
        if name == "between":
            return rational(self._number(end[0])) <= x <= rational(self._number(end[1]))
        z = rational(self._number(end))
        return {"least": x >= z, "most": x <= z, "above": x > z, "below": x < z, "not": x != z}[str(name)]

    def _as_wished(self, wish: Any, x: Sequence[Datum]) -> NDArray[np.bool_]:
        """For every number, whether it is; all must be finite."""

        def holds(v: Fraction) -> bool:
            if wish == "free":
                return True
            if isinstance(wish, dict):
                if "not" in wish:
                    return v != rational(self._number(wish["not"]))
                low, high = (rational(self._number(end)) for end in wish["between"])
                return low <= v <= high
            if wish in ("x", "-x"):
                return v == rational(x[0]) * (-1 if wish == "-x" else 1)
            return v == rational(self._number(wish))

        return np.array([is_finite(v) and holds(rational(v)) for v in self.data])

    # Answers

    def best(self) -> int | None:
        """The least of the objective among networks that fit, 0 without one; None if there are none."""
        good = np.flatnonzero(self.fitting())
        if not len(good):
            return None
        ordinals = np.array([self.F.ordinal(x) if is_finite(x) else 0 for x in self.data])
        rows = np.stack([ordinals[self.weights[place][good]] for place in self._places()], axis=1)
        match self.content.get("minimize"):
            case "nonzero":
                return int((rows != 0).sum(axis=1).min())
            case "magnitude":
                return int(abs(rows).max(axis=1).min())
            case "distinct":
                ordered = np.sort(rows, axis=1)
                return int(((np.diff(ordered, axis=1) != 0).sum(axis=1) + 1).min())
            case _:
                return 0


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_power(x: Fraction) -> bool:
    """A power of two, or 0."""
    m = abs(x.numerator) * x.denominator
    return x == 0 or m & (m - 1) == 0
