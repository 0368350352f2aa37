"""A table with several upstreams a point as a ReLU network of 17 layers: the gradient as an odd function of the upstream.

The stages of `responses` make of an upstream what the table asks for. Stage n is computed by the adjoints of layer 16 - n: each value is the adjoint
of a neuron that is always omega, its bias; a companion of its own takes away again what it contributes forward. Below is C of the seven-layer
network, above A and A'. Stages 11 to 13 are D 2^emax 2^(p-1) (-s_z g).

Source: Park, Park, Hwang, "Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients" (2026), Theorem 3.2, with another construction, whose depth does not depend on the format.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from fpproof.constructions.assembly import Name, Rank
from fpproof.constructions.responses import Class, Unit, by_class, first_weight, responses, unit_of, units
from fpproof.constructions.seven_layers import Construction, Gate
from fpproof.constructions.table import Point, by_x, check_odd_points
from fpproof.errors import ConstructionError
from fpproof.formats import Datum, Format, rational
from fpproof.formats.arithmetic import absolute, negate
from fpproof.networks import Network

ODD_DEPTH = 17
_LAST: Rank = (1,)
"""The rank of the selector: its neuron stands behind all pairs."""


def build_odd(F: Format, points: Sequence[Point]) -> Network:
    """The network of 17 layers for a table of one input; at the points' x and every upstream that is not in it, nor its negative, the gradient is 0.

    Raises TableError for tables that no network represents, ConstructionError where the construction does not work in F.
    """
    if F.p + 2 > F.emax or 2 * F.p + 3 + F.emin > F.emax or F.emin + F.emax != 1 or not F.has_infinities:
        raise ConstructionError(f"{F.name}: odd responses need an IEEE-like format with p + 2 <= emax and 2p + 3 + emin <= emax")
    return _Odd(F, check_odd_points(F, points)).network(ODD_DEPTH)


class _Odd(Construction):
    """The layers of one table; points of one x are one part."""

    depth = ODD_DEPTH

    def _add_all(self, points: Sequence[Point]) -> None:
        for number, (_, rows) in enumerate(sorted(by_x(points).items())):
            self._add_part(number, rows)

    def _add_part(self, number: int, rows: list[Point]) -> None:
        F = self.F
        value, asked = rows[0].value, responses(rows)
        if not asked and value[0] == 0:
            return
        gate = self._gate(0, rows[0].x[0])
        s = self._carried_selector(number, gate, max(abs(rational(value)), Fraction(1)))
        one, minus = self.exact(1), self.exact(-1)
        if asked:
            path: dict[Name, Datum] = {}
            head = self._constant(gate, 1)
            for place, (kind, members) in enumerate(by_class(F, asked).items()):
                path |= self._stages(number, place, kind, members, asked, gate, head)
            A = self.layers[15].add(("A", number), (0, number, 0), path | {s: minus}, self.omega)
            companion = self.layers[15].add(("A'", number), (0, number, 1), {s: minus}, self.omega)
            self.output |= {A: one, companion: minus}
        if value[0]:
            u = self.layers[15].add(("u", number), (1, number), {s: minus}, absolute(value))
            self.output[u] = one if value[0] > 0 else minus

    def _carried_selector(self, number: int, gate: Gate, size: Fraction) -> Name:
        """s in layer 15: S [x != z], carried from layer 4."""
        below = self._m(gate)
        for index in range(3, 15):
            weight = 1 / gate.level if index == 3 else size if index == 14 else Fraction(1)
            below = self.layers[index].add(("s", number), (*_LAST, number), {below: self.exact(weight, "gate weight")})
        return below

    def _stages(
        self, number: int, place: int, kind: Class, members: list[Datum], asked: Mapping[Datum, Datum], gate: Gate, head: Name
    ) -> dict[Name, Datum]:
        """The stages of one class, from the bottom up; returns the weights at A."""
        F = self.F
        part = _Part(self, number, place)
        for order, T in enumerate(members):
            name = unit_of(order)
            part.add(Unit(12, name, order, {}))
            self._on_head(part.name(12, name), (0, number, place, order), head, -gate.sign * rational(asked[T]))
            part.add(Unit(11, name, order, {(12, name): Fraction(2) ** (F.p - 1)}))
        for unit in units(F, kind, members):
            part.add(unit)
        scale = self.exact(first_weight(kind))
        return {part.name(1, "Y"): scale, part.name(1, "Y", companion=True): negate(scale)}

    def _on_head(self, name: Name, rank: Rank, head: Name, g: Fraction) -> None:
        """The unit of stage 12, in layer 4, with the weight of stage 13 on C of layer 3, whose companion is K."""
        weights = {self._constant_neuron(2, 0): self.exact(-g), head: self.exact(g)}
        self.layers[3].add(name, (*rank, 0), weights, self.omega)


class _Part:
    """The units of one class of one point. Each is a neuron and its companion, both omega."""

    def __init__(self, owner: _Odd, number: int, place: int) -> None:
        self.owner, self.number, self.place = owner, number, place

    def name(self, stage: int, unit: str, companion: bool = False) -> Name:
        return ("unit", self.number, self.place, stage, unit, companion)

    def add(self, unit: Unit) -> None:
        """Adds a unit in its layer; that of stage 12 is on the head, and has its companion here."""
        owner, layer = self.owner, self.owner.layers[15 - unit.stage]
        rank = (0, self.number, self.place, unit.order)
        row: dict[Name, Datum] = {}
        for below, weight in unit.weights.items():
            exact = owner.exact(weight)
            row |= {self.name(*below): exact, self.name(*below, companion=True): negate(exact)}
        if unit.stage < 12:
            layer.add(self.name(unit.stage, unit.name), (*rank, 0), row, owner.omega)
        layer.add(self.name(unit.stage, unit.name, companion=True), (*rank, 1), {}, owner.omega)
