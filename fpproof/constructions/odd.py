"""A table with several upstreams a point as a ReLU network of 17 layers: the gradient as an odd function of the upstream.

At a fixed x the backward pass is a network in the upstream y, without biases, with a rounding after every operation, and rounding alone makes it
nonlinear. For a float T > 0 it computes the odd point indicator delta_T(y) = omega sign(y) [|y| = T], as follows. Let 2^e < T <= 2^(e+1),
s = max(0, e - emin) = k1 + k2 with k1 = min(s, emax - 1), kT = T 2^-s / omega, an integer, 2^i < kT <= 2^(i+1), j = i + 2, J = p + 1.

    stage 1, 2   Y = (y 2^-k1) 2^-k2                     exact above 2^e, monotone below
    stage 3      t = Y 2^-j
    stage 4      Q = t 2^j,  u = t 2^-J                  Q is Y rounded to multiples of 2^j omega
    stage 5      theta = Y - Q,  R = u 2^J               a bounded remainder
    stage 6      b = Q - 2^j R                           (twice)
    stage 7      Z = (theta + 2^(p+1) b) - 2^(p+1) b     Y [|Y| <= 2^(i+1) omega]: large b absorb theta
    stage 8      C = Z 2^-(i+1)                          omega sign(Z) [|Z| > 2^i omega]
    stage 9      d = Z - kT C                            (twice) 0 iff |Z| = kT omega or Z = 0
    stage 10     D = (C + 2^(p+2) d) - 2^(p+2) d         delta_T(y)
    stage 11-13  D 2^emax 2^(p-1) (-s_z g)               omega becomes 1, and then the gradient

Stage n is computed by the adjoints of layer 16 - n: each value is the adjoint of a neuron that is always omega, its bias; a companion of its own
takes away again what it contributes forward. All T of one binade share the stages up to 8. Below is C of the seven-layer network, above A and A'.

Source: Park, Park, Hwang, "Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients" (2026), Theorem 3.2, with another construction, whose depth does not depend on the format.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import groupby

from fpproof.constructions.assembly import Name, Rank
from fpproof.constructions.seven_layers import Construction, Gate
from fpproof.constructions.table import Point, check_odd_points
from fpproof.errors import ConstructionError
from fpproof.formats import Datum, Format, rational
from fpproof.formats.arithmetic import absolute, exponent, negate
from fpproof.networks import Network

ODD_DEPTH = 17
INHIBITION, ABSORPTION = 1, 2
"""Stages 7 and 10 absorb with 2^p times two to these."""
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
        for number, (_, group) in enumerate(groupby(sorted(points, key=lambda p: p.key), key=lambda p: p.key)):
            self._add_part(number, list(group))

    def _add_part(self, number: int, rows: list[Point]) -> None:
        F = self.F
        value = rows[0].value
        asked = [row for row in rows if row.gradient[0][0]]
        responses = {absolute(row.upstream): row.gradient[0] if row.upstream[0] > 0 else negate(row.gradient[0]) for row in asked}
        if not responses and value[0] == 0:
            return
        gate = self._gate(0, rows[0].x[0])
        s = self._carried_selector(number, gate, max(abs(rational(value)), Fraction(1)))
        one, minus = self.exact(1), self.exact(-1)
        if responses:
            path: dict[Name, Datum] = {}
            head = self._constant(gate, 1)
            by_class: dict[tuple[int, int, int], list[Datum]] = {}
            for T in sorted(responses, key=F.ordinal):
                by_class.setdefault(self._class(T), []).append(T)
            for place, (key, members) in enumerate(by_class.items()):
                path |= self._stages(number, place, key, members, responses, gate, head)
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

    def _class(self, T: Datum) -> tuple[int, int, int]:
        """k1, k2 and i of a T."""
        F, t = self.F, rational(T)
        e = exponent(F, T) - (t == Fraction(2) ** exponent(F, T))
        s = max(0, e - F.emin)
        k1 = min(s, F.emax - 1)
        return k1, s - k1, e - s - (F.emin - F.p)

    def _stages(
        self, number: int, place: int, key: tuple[int, int, int], members: list[Datum], responses: Mapping[Datum, Datum], gate: Gate, head: Name
    ) -> dict[Name, Datum]:
        """The stages of one binade, from the bottom up; returns the weights at A."""
        F = self.F
        k1, k2, i = key
        j, J, inhibition, absorption = i + 2, F.p + 1, 2 ** (F.p + INHIBITION), 2 ** (F.p + ABSORPTION)
        part = _Part(self, number, place)
        for order, T in enumerate(members):
            kT = rational(T) / (Fraction(2) ** (k1 + k2) * F.omega)
            g = -gate.sign * rational(responses[T])
            name = f"T{order}"
            part.unit(12, name, order, {})
            self._on_head(part.name(12, name), (0, number, place, order), head, g)
            part.unit(11, name, order, {(12, name): 2 ** (F.p - 1)})
            part.unit(10, name, order, {(11, name): Fraction(2) ** F.emax})
            part.unit(9, f"C{order}", 3 * order, {(10, name): 1})
            part.unit(9, f"d{order}", 3 * order + 1, {(10, name): absorption})
            part.unit(9, f"e{order}", 3 * order + 2, {(10, name): -absorption})
            part.weights.setdefault((8, "Z"), {}).update({(9, f"d{order}"): 1, (9, f"e{order}"): 1})
            part.weights.setdefault((8, "C"), {}).update({(9, f"C{order}"): 1, (9, f"d{order}"): -kT, (9, f"e{order}"): -kT})
        part.unit(8, "Z", 0, part.weights[8, "Z"])
        part.unit(8, "C", 1, part.weights[8, "C"])
        part.unit(7, "Z", 0, {(8, "Z"): 1, (8, "C"): Fraction(2) ** -(i + 1)})
        for order, (name, weight) in enumerate((("theta", 1), ("b", inhibition), ("b'", -inhibition))):
            part.unit(6, name, order, {(7, "Z"): weight})
        part.unit(5, "theta", 0, {(6, "theta"): 1})
        part.unit(5, "Q", 1, {(6, "b"): 1, (6, "b'"): 1})
        part.unit(5, "R", 2, {(6, "b"): -(2**j), (6, "b'"): -(2**j)})
        part.unit(4, "Y", 0, {(5, "theta"): 1})
        part.unit(4, "Q", 1, {(5, "theta"): -1, (5, "Q"): 1})
        part.unit(4, "u", 2, {(5, "R"): 2**J})
        part.unit(3, "Y", 0, {(4, "Y"): 1})
        part.unit(3, "t", 1, {(4, "Q"): 2**j, (4, "u"): Fraction(2) ** -J})
        part.unit(2, "Y", 0, {(3, "Y"): 1, (3, "t"): Fraction(2) ** -j})
        part.unit(1, "Y", 0, {(2, "Y"): Fraction(2) ** -k2})
        scale = self.exact(Fraction(2) ** -k1)
        return {part.name(1, "Y"): scale, part.name(1, "Y", companion=True): negate(scale)}

    def _on_head(self, name: Name, rank: Rank, head: Name, g: Fraction) -> None:
        """The unit of stage 12, in layer 4, with the weight of stage 13 on C of layer 3, whose companion is K."""
        weights = {self._constant_neuron(2, 0): self.exact(-g), head: self.exact(g)}
        self.layers[3].add(name, (*rank, 0), weights, self.omega)


class _Part:
    """The units of one binade of one point. Each is a neuron and its companion, both omega; weights are those of the backward pass."""

    def __init__(self, owner: _Odd, number: int, place: int) -> None:
        self.owner, self.number, self.place = owner, number, place
        self.weights: dict[tuple[int, str], dict[tuple[int, str], Fraction | int]] = {}

    def name(self, stage: int, unit: str, companion: bool = False) -> Name:
        return ("unit", self.number, self.place, stage, unit, companion)

    def unit(self, stage: int, unit: str, order: int, weights: Mapping[tuple[int, str], Fraction | int]) -> None:
        """A unit of a stage, and what each unit of the next stage, in the layer below, takes of its adjoint."""
        owner, layer = self.owner, self.owner.layers[15 - stage]
        rank = (0, self.number, self.place, order)
        row: dict[Name, Datum] = {}
        for (below, source), weight in weights.items():
            exact = owner.exact(weight)
            row |= {self.name(below, source): exact, self.name(below, source, companion=True): negate(exact)}
        if stage < 12:
            layer.add(self.name(stage, unit), (*rank, 0), row, owner.omega)
        layer.add(self.name(stage, unit, companion=True), (*rank, 1), {}, owner.omega)
