"""A table of values and gradients as a ReLU network of seven layers (or more).

For a point z with coordinates z_j, target value v, upstream h and gradient g, the network computes v at z and 0 elsewhere, and its
reverse-mode AD gradient at z for upstream h is g; elsewhere it is 0 for every upstream. Tables are sums of such networks.
The names below are those of the derivation, one coordinate at a time: s = +1 if z >= 0 else -1, t = |z|, t- = pred(t) (-omega for 0), t+ = succ(t),
mu = t - t-, mu' = t+ - t (mu for t = Omega), w = omega.

    layer 1   D(b) = ReLU(s x - b), for b = t- (called r) and b = t (called a)          0 up to b
    layer 2   E(b) = ReLU(-D(b) + gap(b))      gap(b) up to b, 0 above: e = E(t-) has gap mu, e' = E(t) has gap mu'
              c = ReLU(-r + 2 mu)              2 mu below t, mu at t, 0 above: r and c are both active iff x = z
    layer 3   m = ReLU((k / mu) e - (k / mu') e' + k) = k [x != z]
              C = ReLU(-e - (mu / mu') e' + c + w) = w for every x: a constant with a path to x
    layer 4   s1 = m / k = [x != z];                      C4 = ReLU(-w4 K + w4 C + w) = w
    layer 5   s = S s1 with S = max(|v|, 1);              C5 = ReLU(-w5 K + w5 C4 + w) = w
    layer 6   A = ReLU(-w6 K - s + w6 C5 + w) = w [x = z];    A' = ReLU(-s + w) = w [x = z];    u = ReLU(-s + |v|) = |v| [x = z]
    layer 7   sum over points of (A - A'), then sum over points of sign(v) u

K is a constant neuron w, one a layer and coordinate (the chains of two coordinates
would add up in it). The adjoint that arrives at C for x = z is ((h w6) w5) w4 =: -s g, which c and r pass on to x; for x != z the three top
neurons are masked and every adjoint is 0. Cancelling pairs stand before values, since t - t vanishes only in a sum that is 0 so far.

Two inputs or more: one chain a coordinate; layer 4 has the conjunction n = ReLU(1 - sum of m_j / k_j) = [x = z] instead of s1, and s = ReLU(S - S n).

Formats that overflow to NaN (E4M3FN): s x - b must not overflow. For large t, r and a are computed at half size, D(b) = ReLU(s x / 2 - b / 2),
mu and mu' with them; the chain then ends at -2 s g, or, where 2 g overflows, two copies of everything below C carry one half of g each.

Source: Park, Park, Hwang, "Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients" (2026), Theorem 3.1, with another construction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fpproof.constructions.assembly import Assembly, Name
from fpproof.constructions.table import Point, check_points
from fpproof.constructions.transport import transport
from fpproof.errors import ConstructionError
from fpproof.formats import Datum, Format, rational, round_rational
from fpproof.formats.arithmetic import absolute, add, is_nan, negate, successor
from fpproof.formats.text import hexadecimal
from fpproof.networks import Network

LEAST_DEPTH = 7
WORKS_IN = "every table works in IEEE-like formats with 3 <= q and p <= 2^(q-1); see docs/representation.md"


@dataclass(frozen=True, slots=True)
class Gate:
    """What the layers 1 to 3 need to know of one coordinate of a point."""

    coordinate: int
    negative: bool
    threshold: Fraction
    """t"""
    below: Fraction
    """t-"""
    mu: Fraction
    """t - t-, in the size at which it is computed"""
    mu_above: Fraction
    """t+ - t, likewise"""
    half: bool
    """computed at half size"""
    level: Fraction
    """k = min(1, 2^emax mu)"""

    @property
    def sign(self) -> int:
        return -1 if self.negative else 1


def build(F: Format, points: Sequence[Point], depth: int = LEAST_DEPTH) -> Network:
    """The network for a table, of `depth` layers; every weight is exact.

    Raises TableError for tables that no network represents, ConstructionError where the construction does not work in F: naming the
    number that is no float of it, or the upstream and gradient between which there is no transport.
    """
    if depth < LEAST_DEPTH:
        raise ConstructionError(f"depth {depth}: the construction needs at least {LEAST_DEPTH} layers")
    return Construction(F, check_points(F, points)).network(depth)


class Construction:
    """The layers of one table while they are built."""

    depth = LEAST_DEPTH
    works_in = WORKS_IN

    def __init__(self, F: Format, points: Sequence[Point]) -> None:
        self.F = F
        self.inputs = len(points[0].x)
        self.layers = [Assembly() for _ in range(self.depth)]
        self.omega = F.smallest
        self.output: dict[Name, Datum] = {}
        self._add_all(points)

    def _add_all(self, points: Sequence[Point]) -> None:
        for number, point in enumerate(points):
            try:
                self._add(number, point)
            except ConstructionError as error:
                raise ConstructionError(error.message, point.place, error.hint) from None

    def exact(self, r: Fraction | int, what: str = "number") -> Datum:
        """The float r; raises ConstructionError if r is none."""
        x = round_rational(self.F, Fraction(r))
        if x[1] is None or rational(x) != r:
            shown = hexadecimal((r.numerator, 1 - r.denominator.bit_length()))  # r is dyadic: its denominator is a power of two
            raise ConstructionError(f"{self.F.name}: the construction needs the {what} {shown}, which is no float of it", hint=self.works_in)
        return x

    def network(self, depth: int) -> Network:
        """The layers in place; copies of layer 1 below layer 2 make it deeper (all of D is >= 0, so ReLU keeps it)."""
        self._fill()
        below: dict[Name, int] = {("x", j): j for j in range(self.inputs)}
        copied = Assembly()
        for name, place in self.layers[0].order().items():
            copied.add(name, (place,), {name: self.exact(1)})
        stack = [self.layers[0], *[copied] * (depth - self.depth), *self.layers[1:-1]]
        layers = []
        for assembly in stack:
            layers.append(assembly.layer(below))
            below = assembly.order()
        self.layers[-1].add("out", (0,), self.output)
        layers.append(self.layers[-1].layer(below, activation=None))
        return Network(self.F, tuple(layers))

    def _fill(self) -> None:
        """A constant neuron in layers that would be empty."""
        for number, assembly in enumerate(self.layers[:-1]):
            if not assembly.neurons:
                self._constant_neuron(number, 0)

    def _constant_neuron(self, number: int, coordinate: int) -> Name:
        """K of a coordinate in the layer of that index."""
        return self.layers[number].add(("K", coordinate), (0, coordinate), {}, self.omega)

    def _add(self, number: int, point: Point) -> None:
        carried = [j for j, g in enumerate(point.gradient) if g[0]]
        if not carried and point.value[0] == 0:
            return
        gates = [self._gate(j, x) for j, x in enumerate(point.x)]
        size = max(abs(rational(point.value)), Fraction(1))
        s = self._select(number, gates, size)
        one, omega = self.exact(1), self.omega
        for j in carried:
            gate = gates[j]
            w6, C5 = self._chain(gate, point.upstream, point.gradient[j])
            weights = {self._constant_neuron(4, j): negate(w6), s: negate(one), C5: w6}
            A = self.layers[5].add(("A", number, j), (0, number, j, 0), weights, omega)
            companion = self.layers[5].add(("A'", number, j), (0, number, j, 1), {s: negate(one)}, omega)
            self.output |= {A: one, companion: negate(one)}
        if point.value[0]:
            u = self.layers[5].add(("u", number), (1, number), {s: negate(one)}, absolute(point.value))
            self.output[u] = one if point.value[0] > 0 else negate(one)

    def _gate(self, j: int, x: Datum) -> Gate:
        """The first three layers' numbers for x_j = z, and m."""
        F = self.F
        magnitude = absolute(x)
        t = rational(magnitude)
        below = -F.omega if t == 0 else rational(F.from_ordinal(F.ordinal(magnitude) - 1))
        half = is_nan(add(F, F.largest, magnitude))
        mu = t - below
        mu_above = mu if magnitude == F.largest else rational(successor(F, magnitude)) - t
        if half:
            mu, mu_above = mu / 2, mu_above / 2
        gate = Gate(j, x[0] < 0, t, below, mu, mu_above, half, min(Fraction(1), Fraction(2) ** F.emax * mu))
        e, e_above = self._step(gate, below, mu), self._step(gate, t, mu_above)
        k = gate.level
        weights = {e: self.exact(k / mu), e_above: self.exact(-k / mu_above)}
        self.layers[2].add(self._m(gate), (1, *self._rank(gate)), weights, self.exact(k))
        return gate

    def _rank(self, gate: Gate) -> tuple[int, int, int, int]:
        return (gate.coordinate, gate.negative, gate.half, self.F.ordinal(self.exact(gate.threshold)))

    def _key(self, gate: Gate) -> tuple[int, bool, Fraction]:
        return (gate.coordinate, gate.negative, gate.threshold)

    def _m(self, gate: Gate) -> Name:
        return ("m", *self._key(gate))

    def _distance(self, gate: Gate, b: Fraction, copy: int = 0) -> Name:
        """D(b), at half size if the gate says so."""
        scale = Fraction(1, 2) if gate.half else Fraction(1)
        rank = (gate.coordinate, gate.negative, gate.half, self.F.ordinal(self.exact(b)), copy)
        name = ("D", gate.coordinate, gate.negative, gate.half, b, copy)
        return self.layers[0].add(name, rank, {("x", gate.coordinate): self.exact(gate.sign * scale)}, self.exact(-b * scale))

    def _step(self, gate: Gate, b: Fraction, gap: Fraction, copy: int = 0) -> Name:
        """E(b); e' of a point is e of the next."""
        D = self._distance(gate, b, copy)
        name = ("E", gate.coordinate, gate.negative, gate.half, b, copy)
        rank = (0, gate.coordinate, gate.negative, gate.half, self.F.ordinal(self.exact(b)), copy)
        return self.layers[1].add(name, rank, {D: self.exact(-1)}, self.exact(gap))

    def _select(self, number: int, gates: list[Gate], size: Fraction) -> Name:
        """s, which is `size` where x is not the point, and 0 where it is.

        The level of layer 4 is 1, or as near as one multiplication with a float brings m to it.
        """
        top = Fraction(2) ** self.F.emax
        level = min(Fraction(1), top * min(gate.level for gate in gates))
        weight = self.exact(size / level, "gate weight")
        if len(gates) == 1:
            gate = gates[0]
            s1 = self.layers[3].add(("s1", *self._key(gate)), (1, number), {self._m(gate): self.exact(level / gate.level)})
            return self.layers[4].add(("s", number), (1, number), {s1: weight})
        conjunction = {self._m(gate): self.exact(-level / gate.level) for gate in gates}
        n = self.layers[3].add(("n", number), (1, number), conjunction, self.exact(level))
        return self.layers[4].add(("s", number), (1, number), {n: negate(weight)}, self.exact(size))

    def _chain(self, gate: Gate, upstream: Datum, gradient: Datum) -> tuple[Datum, Name]:
        """w6 and C5 of the chain that carries the upstream to the gradient at this coordinate."""
        target, heads = gate.sign * -rational(gradient), 1
        if gate.half:
            if abs(2 * target) <= self.F.Omega:
                target *= 2
            else:
                heads = 2
        w6, w5, w4 = transport(self.F, upstream, self.exact(target))
        C = self._constant(gate, heads)
        key = (*self._key(gate), heads)
        at = (2, *self._rank(gate), heads, self.F.ordinal(w4), self.F.ordinal(w5))
        K, K4 = self._constant_neuron(2, gate.coordinate), self._constant_neuron(3, gate.coordinate)
        C4 = self.layers[3].add(("C4", *key, w4), at[:-1], {K: negate(w4), C: w4}, self.omega)
        C5 = self.layers[4].add(("C5", *key, w4, w5), at, {K4: negate(w5), C4: w5}, self.omega)
        return w6, C5

    def _constant(self, gate: Gate, heads: int) -> Name:
        """C with `heads` copies of all below it, so that no adjoint is more than one head's; each copy adds its own cancelling terms."""
        weights: dict[Name, Datum] = {}
        for copy in range(heads):
            e = self._step(gate, gate.below, gate.mu, copy)
            e_above = self._step(gate, gate.threshold, gate.mu_above, copy)
            rank = (1, *self._rank(gate), copy)
            r = self._distance(gate, gate.below, copy)
            c = self.layers[1].add(("c", *self._key(gate), copy), rank, {r: self.exact(-1)}, self.exact(2 * gate.mu))
            weights |= {e: self.exact(-1), e_above: self.exact(-gate.mu / gate.mu_above), c: self.exact(1)}
        return self.layers[2].add(("C", *self._key(gate), heads), (2, *self._rank(gate), heads), weights, self.omega)
