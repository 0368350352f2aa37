"""What one hidden neuron contributes to a network's value and gradient at some points: a row of codes, by tables of exact results.

With one hidden layer the output's pre-activation is t_1 + t_2 + ... + bias, rounded from left to right, where t_i = fl(v a) is what neuron i
contributes: so is the gradient, without the bias. A neuron counts only through its row, and has far fewer of them than weights: most weights round
alike.

A row also holds the weights that stand elsewhere in the network too, so that those who join rows can ask that they are the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from fpproof.formats import Datum, Format
from fpproof.networks import RELU
from fpproof.search.enumeration import Codes, activations, operations
from fpproof.search.spec import Place, Point, Spec

Rows = NDArray[np.uint8]


@dataclass(frozen=True)
class Column:
    """What stands in a column of all rows: a `shared` weight's code, or what is added to the value at a point, or to a component of its gradient.

    `wanted` says of every code, NaN last, whether the contributions may come to it; for values, what they come to together with the bias.
    """

    wanted: NDArray[np.bool_]
    point: int = 0
    component: int | None = None
    shared: Place | None = None

    @property
    def is_value(self) -> bool:
        return self.shared is None and self.component is None

    def possible(self, F: Format) -> NDArray[np.bool_]:
        """Codes, NaN last, that a single contribution can have: an infinity stays one or becomes NaN, whatever is added; so does NaN."""
        largest, half = F.encode(F.largest), 1 << (F.width - 1)
        codes = np.arange(len(self.wanted))
        found: NDArray[np.bool_] = (codes % half <= largest) | self.wanted
        found[-1] = False
        return found


def places_of(spec: Spec, neuron: int) -> list[Place]:
    """A hidden neuron's weights, its bias if it has one, and its weight in the output."""
    own = [Place(0, neuron, j) for j in range(spec.inputs)] + ([Place(0, neuron)] if spec.layers[0].bias else [])
    return [*own, Place(1, 0, neuron)]


def variable(spec: Spec, place: Place) -> Place:
    """The place whose weight stands here."""
    return spec.choice(place).same_as or place


class Neuron:
    """The different rows of one hidden neuron, sorted, each with codes of weights that give it (in the order of `places_of`).

    `values` are the codes of each variable, `adjoints` what the output's pre-activation passes back at each point.
    """

    def __init__(
        self, spec: Spec, points: Sequence[Point], neuron: int, values: Mapping[Place, Codes], columns: Sequence[Column], adjoints: Sequence[int]
    ) -> None:
        self.spec, self.points, self.values, self.columns, self.adjoints = spec, points, values, columns, adjoints
        self.variables = [variable(spec, place) for place in places_of(spec, neuron)]
        self.sums, self.products = operations(spec.format)
        self.nan = 1 << spec.format.width
        self.sigma, self.slope = activations(spec)
        self.possible = [column.possible(spec.format) for column in columns]
        blocks = [self._block(dict(zip(dict.fromkeys(self._first), chosen, strict=True))) for chosen in self._firsts()]
        rows, codes = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        kept = distinct(rows)
        self.rows: Rows = rows[kept]
        self.codes: Rows = codes[kept]

    @property
    def _first(self) -> list[Place]:
        return self.variables[: self.spec.inputs]

    def _firsts(self) -> Iterator[tuple[int, ...]]:
        """All that the weights of inputs may be together."""
        return product(*[[int(code) for code in self.values[place]] for place in dict.fromkeys(self._first)])

    def _block(self, first: Mapping[Place, int]) -> tuple[Rows, Rows]:
        """The different rows with these weights of inputs, and weights that give them."""
        weights = [np.array([first[place]], np.int16) for place in self._first]
        rest = self.variables[self.spec.inputs :]
        codes = {place: np.array([first[place]], np.int16) if place in first else self.values[place] for place in rest}
        if len(rest) == 2 and rest[0] != rest[1]:
            b, v = self._different_biases(weights, codes[rest[0]], rest[0]), codes[rest[1]]
            biases, v = np.repeat(b, len(v)), np.tile(v, len(b))
        else:
            biases = v = codes[rest[-1]]
        chosen = [*(np.repeat(w, len(v)) for w in weights), *([biases] if self.spec.layers[0].bias else []), v]
        zs = [self._pre_activation(chosen, point) for point in self.points]
        entries = [self._entry(column, chosen, zs) for column in self.columns]
        kept = np.flatnonzero(np.logical_and.reduce([possible[entry] for possible, entry in zip(self.possible, entries, strict=True)]))
        rows = np.stack([entry[kept] for entry in entries], axis=1).astype(np.uint8)
        different = distinct(rows)
        return rows[different], np.stack([code[kept[different]] for code in chosen], axis=1).astype(np.uint8)

    def _different_biases(self, weights: Sequence[Codes], biases: Codes, place: Place) -> Codes:
        """One of all biases that give the same pre-activations at all points; all of them if the bias stands elsewhere too."""
        if any(column.shared == place for column in self.columns):
            return biases
        chosen = [*(np.repeat(w, len(biases)) for w in weights), biases]
        zs = np.stack([self._pre_activation(chosen, point) for point in self.points], axis=1)
        return np.asarray(biases[np.unique(zs, axis=0, return_index=True)[1]])

    def _pre_activation(self, chosen: Sequence[Codes], point: Point) -> Codes:
        F = self.spec.format
        terms = [self.products[w, F.encode(x)] for w, x in zip(chosen, point.x, strict=False)]
        if self.spec.layers[0].bias:
            terms.append(chosen[self.spec.inputs])
        z = terms[0]
        for term in terms[1:]:
            z = self.sums[z, term]
        return np.asarray(z)

    def _activation(self, z: Codes) -> Codes:
        match self.spec.layers[0].activation:
            case None:
                return z
            case name if name == RELU:
                return np.where(self._active(z) | (z == self.nan), z, 0).astype(np.int16)
            case _:
                return np.asarray(self.sigma[0, z])

    def _active(self, z: Codes) -> NDArray[np.bool_]:
        return (z > 0) & (z < self.nan // 2)

    def _passed_back(self, delta: Codes, z: Codes) -> Codes:
        """The adjoint of the pre-activation."""
        match self.spec.layers[0].activation:
            case None:
                return delta
            case name if name == RELU:
                return np.where(self._active(z), delta, np.where(z == self.nan, self.nan, self.products[delta, 0])).astype(np.int16)
            case _:
                return np.asarray(self.products[delta, self.slope[0, z]])

    def _entry(self, column: Column, chosen: Sequence[Codes], zs: Sequence[Codes]) -> Codes:
        if column.shared is not None:
            at = self.variables.index(column.shared) if column.shared in self.variables else None
            return np.zeros_like(chosen[-1]) if at is None else chosen[at]
        if column.component is None:
            return np.asarray(self.products[chosen[-1], self._activation(zs[column.point])])
        delta = self.products[self.adjoints[column.point], chosen[-1]]
        return np.asarray(self.products[self._passed_back(delta, zs[column.point]), chosen[column.component]])


def distinct(rows: Rows) -> NDArray[np.int64]:
    """Where each row stands first, in the order of rows."""
    count, columns = rows.shape
    padded = np.zeros((count, -(-columns // 8) * 8), np.uint8)
    padded[:, :columns] = rows
    words = padded.view(">u8").astype(np.uint64)
    order = np.lexsort(words.T[::-1])
    words = words[order]
    new = np.ones(count, np.bool_)
    new[1:] = (words[1:] != words[:-1]).any(axis=1)
    return np.asarray(order[new])


def decoded(spec: Spec, neuron: int, codes: Rows) -> dict[Place, Datum]:
    """The weights of a neuron with these codes."""
    return {place: spec.format.decode(int(code)) for place, code in zip(places_of(spec, neuron), codes, strict=True)}
