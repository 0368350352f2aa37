"""A table with several upstreams a point as a network of ELU, GELU, Swish, sigmoids or hyperbolic tangents.

Between the gated heads and the gated top of a point of `unbounded` or `bounded`, where C1 and C2 carry one upstream to one gradient, stand the
stages of `responses`. What a stage passes down is the adjoint of a neuron whose pre-activation is the same for every x, so that its derivative is a
constant:

    GELU, Swish      pre-activation c, from where on sigma is the identity: value c, derivative 1
    ELU, tanh        pre-activation 0: value 0, derivative 1
    sigmoid          pre-activation 0: value K = 1/2, derivative 1/4, and all weights four times as large
    stages 11, 12    pre-activation 0 for each of them: value sigma(0), derivative kappa

A neuron whose value is not 0 has a companion of the same value and without inputs, which takes away again what it contributes forward. Stage 12
takes w4 C - w4 C' of each head and its twin, which is 0 for every x. Stages 11 and 12 carry omega to 2^n, and w4 carries that to a head's part of the
gradient; heads are shared by all upstreams of a point.

For sigmoid and tanh the upstreams are those up to the table's largest, H: activations are at most 1, so values ask for that, and the larger H, the
fewer values there are. Their gates are carried up once a point, and copied below their consumers: what arrives at a copy is finite, and its
derivative is 0 in either state.

Where H is at most 2^(p+2) - 6 and the format wide enough, sigmoid and tanh have 15 layers, those of theorem_3_2_{sigmoid,tanh}.py in
theories/representation. Heads are open, as in `open_heads`, with the weight w1 = 1 (1/2 where x - z could overflow); stage 12 of an upstream takes
w4 H - w4 K of each, for w4 = share / (kappa w1 2^n), when 2^n arrives. Each class has a top A of its own, whose path is at most 4: four copies
of gates of the weight 2^(emax-p-2) close it, and H times that is finite. Else there are 17 or 18 layers, between the closed heads and the top of
`bounded`.

Source: Park, Park, Hwang, "Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients" (2026), Theorem 3.2 for these activations, with another construction.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction

from fpproof.constructions.assembly import Name, Rank
from fpproof.constructions.bounded import Bounded
from fpproof.constructions.comparing import half_if_large
from fpproof.constructions.gated import Gated
from fpproof.constructions.open_heads import OpenHeads, check_reach, edge, shares
from fpproof.constructions.others import checked_format
from fpproof.constructions.responses import ABSORPTION, STAGES, Unit, by_class, first_weight, responses, unit_of, units
from fpproof.constructions.signals import BOUNDED, Signals
from fpproof.constructions.table import Point, by_x, check_odd_points
from fpproof.constructions.unbounded import Unbounded
from fpproof.errors import ConstructionError
from fpproof.formats import ZERO, Datum, Format, rational
from fpproof.formats.arithmetic import absolute, negate
from fpproof.formats.text import both
from fpproof.networks import Network


def build_odd_with(F: Format, name: str, points: Sequence[Point], strict: bool = False) -> Network:
    """The network of an activation other than ReLU for a table of one input with several upstreams an x; its activation is sigma_F itself.

    At the points' x the gradient is 0 for every upstream that is not in the table, nor its negative; for sigmoid and tanh, for those up to the
    table's largest. Strict as in `build_with`. Raises TableError for tables that no network represents, ConstructionError where the construction does
    not work in F: naming the row, and the number, the value or the gradient that is out of its reach.
    """
    found = checked_format(F, name)
    rows = tuple(by_x(check_odd_points(F, points)).values())
    return (_odd_bounded if found in BOUNDED else _OddUnbounded)(F, found, rows, strict).network()


def _odd_bounded(F: Format, name: str, rows: Sequence[Sequence[Point]], strict: bool) -> Gated:
    """That of 15 layers where it serves."""
    with suppress(ConstructionError):
        return _OddOpenHeads(F, name, rows, strict)
    return _OddBounded(F, name, rows, strict)


@dataclass(frozen=True, slots=True)
class Kind:
    """A neuron of a stage: the pre-activation that it always has, its value, and its derivative 2^-shift."""

    bias: Datum
    value: Datum
    shift: int


def _first_rows(rows: Sequence[Sequence[Point]]) -> list[Point]:
    """For each x a row, with a gradient that is not 0 if there is one."""
    return [next((row for row in group if row.gradient[0][0]), group[0]) for group in rows]


class _Stages:
    """The stages of one point, between the heads and the top of its network."""

    def __init__(self, owner: Gated, number: int, top: int, kind: Kind, last: Kind) -> None:
        self.owner, self.number, self.top, self.kind, self.last = owner, number, top, kind, last

    def add(self, asked: Mapping[Datum, tuple[int, dict[Name, Datum]]]) -> Iterator[dict[Name, Datum]]:
        """Adds all units for upstreams with an exponent n and terms over heads, which carry 2^n to the gradient; yields each class's terms of A."""
        F, r = self.owner.F, self.kind.shift
        for place, (kind, members) in enumerate(by_class(F, asked, r).items()):
            for order, T in enumerate(members):
                n, terms = asked[T]
                self._neuron(place, Unit(12, unit_of(order), order, {}), terms)
                weight = Fraction(2) ** (n + F.p - F.emin - F.emax + 2 * self.last.shift)  # omega 2^emax kappa times this times kappa is 2^n
                self._unit(place, Unit(11, unit_of(order), order, {(12, unit_of(order)): weight}))
            for unit in units(F, kind, members, r):
                self._unit(place, unit)
            yield self._terms(place, (1, "Y"), first_weight(kind, r))

    def _unit(self, place: int, unit: Unit) -> None:
        row: dict[Name, Datum] = {}
        for below, weight in unit.weights.items():
            row |= self._terms(place, below, weight)
        self._neuron(place, unit, row)

    def _kind(self, stage: int) -> Kind:
        return self.last if stage > 10 else self.kind

    def _terms(self, place: int, below: tuple[int, str], weight: Fraction) -> dict[Name, Datum]:
        """What a consumer takes of a unit and its companion."""
        exact = self.owner.exact(weight)
        name = ("unit", self.number, place, *below)
        return {name: exact, (*name, "companion"): negate(exact)} if self._kind(below[0]).value[0] else {name: exact}

    def _neuron(self, place: int, unit: Unit, row: Mapping[Name, Datum]) -> None:
        kind, layer = self._kind(unit.stage), self.owner.layers[self.top - unit.stage]
        name, rank = ("unit", self.number, place, unit.stage, unit.name), (self.number, 1, place, unit.order)
        layer.add(name, (*rank, 0), row, kind.bias)
        if kind.value[0]:
            layer.add((*name, "companion"), (*rank, 1), {}, kind.bias)


def _check_room(F: Format, name: str, kind: Kind) -> None:
    """Whether the weights of all stages are floats, what they multiply is finite, and so is what arrives."""
    r = kind.shift
    largest = Fraction(2) ** (F.p + ABSORPTION + r)
    if F.p + 2 + r > F.emax or 2 * F.p + 3 + r + F.emin > F.emax or largest * rational(kind.value) > F.Omega:
        reach = f"p + {2 + r} <= emax, 2p + {3 + r} + emin <= emax and {both(F, kind.value)} times 2^(p + {2 + r}) <= Omega"
        raise ConstructionError(
            f"{F.name}: odd responses of {name} need {reach}",
            hint="a format with more exponents, or fewer fraction bits",
        )


class _OddUnbounded(Unbounded):
    """The layers of one table; rows of one x are one point."""

    path = STAGES

    def __init__(self, F: Format, name: str, rows: Sequence[Sequence[Point]], strict: bool) -> None:
        super().__init__(F, name, _first_rows(rows), strict)
        self.rows = rows
        c, slope = self.exact(self.ramp.start), self.ramp.shift
        self.last = Kind(ZERO, ZERO, slope)
        self.kind = Kind(c, c, 0) if slope else self.last
        _check_room(F, name, self.kind)

    def _add_gradient(self, number: int, point: Point) -> None:
        asked: dict[Datum, tuple[int, dict[Name, Datum]]] = {}
        for T, g in responses(self.rows[number]).items():
            heads, n, weight = self._last_weight(replace(point, gradient=(g,)))
            asked[T] = n, self._on_heads(number, point.x[0], heads, weight)
        path: dict[Name, Datum] = {}
        for terms in _Stages(self, number, self.top, self.kind, self.last).add(asked):
            path |= terms
        self._add_top(number, path)

    def _last_weight(self, point: Point) -> tuple[int, int, Datum]:
        """The first that is within reach of stages 11 and 12."""
        F = self.F
        for heads, n, weight in self._last_weights(point):
            if n + F.p - F.emin - F.emax + 2 * self.last.shift <= F.emax:
                return heads, n, weight
        raise ConstructionError(f"{F.name}: {self.sigma.name} finds no way to the gradient {both(F, point.gradient[0])}")


class _Carried(Signals):
    """Signals that are carried up once a point, and copied below their consumers."""

    def _signal(self, number: int, side: int, index: int, rank: Rank) -> Name:
        if index == self.stages - 1:
            return super()._signal(number, side, index, rank)
        carrier = super()._signal(number, side, index - 1, (number, 9, side))
        return self._repeated(side, index, rank, carrier)


class _OddOpenHeads(_Carried, OpenHeads):
    """The layers of one table; rows of one x are one point, whose classes have a top each, so that gates of little weight close it."""

    def __init__(self, F: Format, name: str, rows: Sequence[Sequence[Point]], strict: bool) -> None:
        every = [row for group in rows for row in group]
        check_reach(F, name, every)
        soft = Fraction(2) ** (F.emax - F.p)
        if 2 * F.p + 5 + F.emin > F.emax or soft < edge(F) + 4:
            raise ConstructionError(f"{F.name}: odd responses of {name} in 15 layers need 2p + 5 + emin <= emax and 2^(emax - p) >= B + 4")
        super().__init__(F, name, _first_rows(rows), strict, STAGES + 1)
        self.rows, self.soft, self.rise = rows, soft / 4, min(3, F.emax - F.p + 1 - 2 * self.levels.shift)
        if self.narrow and (self.widest < 1 or self.rise < 2):
            raise ConstructionError(f"{F.name}: in 15 layers sums over heads of {name} could overflow")
        self.most_upstream = max((absolute(row.upstream) for row in every), key=rational)

    def _add_gradient(self, number: int, point: Point) -> None:
        shift, w1 = self.levels.shift, self._head_weight(point.x[0])
        bias = self.exact(-w1 * rational(point.x[0]))
        asked: dict[Datum, tuple[int, dict[Name, Datum]]] = {}
        for T, g in responses(self.rows[number]).items():
            n = self.rise if abs(rational(g)) >= 1 else 0  # 2^n arrives: with n = 3, for sigmoids 2, no sum over heads overflows in mode strict
            terms: dict[Name, Datum] = {}
            for i, share in enumerate(shares(rational(g), self.half / 2)):
                head = self._neuron(number, 0, i, {"x": self.exact(w1)}, bias)
                terms |= self._terms(head, self.exact(share * Fraction(2) ** (shift - n) / w1))
            asked[T] = n, terms
        kind = Kind(ZERO, self.levels.middle, shift)
        for part, path in enumerate(_Stages(self, number, self.top, kind, kind).add(asked)):
            self._add_top(number, part, path, self.F.power_of_two(shift), 4, self.soft)

    def _head_weight(self, z: Datum) -> Fraction:
        """One with which no pre-activation overflows where none may."""
        return self.widest if self.levels.low == 0 else half_if_large(self.F, absolute(z))


class _OddBounded(_Carried, Bounded):
    """The layers of one table; rows of one x are one point."""

    path = STAGES

    def __init__(self, F: Format, name: str, rows: Sequence[Sequence[Point]], strict: bool) -> None:
        super().__init__(F, name, _first_rows(rows), strict)
        self.rows = rows
        largest = max((row for group in rows for row in group), key=lambda row: rational(absolute(row.upstream)))
        self.most_upstream = absolute(largest.upstream)
        self.kind = Kind(ZERO, self.levels.middle, self.levels.shift)
        _check_room(F, name, self.kind)
        if rational(self.most_upstream) * 2**self.levels.shift > F.Omega:
            reason = f"is more than the stages of {name} can take, {2**self.levels.shift} times which overflows"
            raise ConstructionError(f"{F.name}: the upstream {both(F, self.most_upstream)} {reason}", largest.place)

    def _add_gradient(self, number: int, point: Point) -> None:
        found = responses(self.rows[number])
        gradients = [self._toward(number, g) for g in found.values()]
        w1 = gradients[0][1]
        gate, sums = self._heads([g for g, _ in gradients], w1)
        asked: dict[Datum, tuple[int, dict[Name, Datum]]] = {}
        for T, terms in zip(found, sums, strict=True):
            weights = [self.exact(rational(term) * Fraction(2) ** (self.levels.shift + (w1 < 1))) for term in terms]
            asked[T] = 0, self._on_heads(number, w1, gate, weights)
        path: dict[Name, Datum] = {}
        for part in _Stages(self, number, self.top, self.kind, self.kind).add(asked):
            path |= part
        self._add_top(number, path, self.F.power_of_two(self.levels.shift), self.most_upstream)
