"""A table of values and gradients as a network of sigmoids or of hyperbolic tangents.

Notation: lam the lower level (0, for tanh -1), kappa = sigma'(0) (1/4, 1), K = sigma(0); B a power of two with sigma_F(-B) = lam, sigma_F(B) = 1 and
derivative 0 at both, hence beyond. For a point z: s its sign (+1 for 0), t = |z|. m is the number of comparator layers, 2 or more.

    layer 1        r = sigma(w s x - w t)                      K at z, else at least one float off; w = 2^k, see `_comparator_weight`
                   heads H = sigma(w1 s x - w1 t)              pre-activation 0 and derivative kappa at z; w1 is 1, in strict mode 1/2 for large t
    layers 2..m-1  r = sigma(a r - a K), a = 2^emax            farther from K
    layer m        D1 = sigma(a r - a K - B) = [s x > t]       two levels, lam and 1, derivative 0 in both
                   D2 = sigma(-a r + a K - B) = [s x < t]
    layers 2..m    H = sigma(H / kappa - K / kappa)            wires: at z, pre-activation 0
    layer m+1      C = sigma(H / kappa - K / kappa - gates)    K at z, lam elsewhere; its twin C' = sigma(-gates) has no path to x
    layer m+2      C1 = sigma(sum over heads of (w4 C - w4 C')) = K
    layer m+3      C2 = sigma(w5 C1 - w5 K) = K
    layer m+4      A = sigma(w6 C2 - w6 K - gates), A' = sigma(-gates); u = [x = z] from D1, D2
    layer m+5      sum over points of (w7 A - w7 A'), then sum over points and terms of c u

Gates are g D1 and g D2, subtracted often enough to saturate (with lam = -1, beside constants 1, so that their sum
at z is exactly 0). Four rules decide:

- *Own gate copies.* Every C, C', A, A' has D1 and D2 of its own, so that no adjoints of several consumers add up. (In the order C, C', C, C' they
  would happen to cancel one by one; nothing has to rely on that.)
- *Gate amplitude.* The weight g of a gate meets the adjoint of its consumer at z: g times that is finite. The number of copies is
  found by adding up in F, from the largest value that the sum before the gates can have (rounding is monotone).
- *Bounded terms.* Activations are at most 1, so a value is a sum of terms c u with c H finite, H the largest upstream, and a gradient is a sum over
  heads; sums are from left to right and rounded: `parts` finds the terms by adding in F.
- *Pairs before values*, as for ReLU.

The upstream passes w7, kappa, w6, kappa, w5, kappa, w4: w7 h is in [1, 2) where H allows it, (w7 h kappa w6) w5 becomes a power of two, and w4
carries the gradient; 1/kappa in the wires undoes their slopes exactly.

Source: Park, Park, Hwang, "Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients" (2026), Theorem 3.1 for Sigmoid and tanh, with another construction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fpproof.activations import activation
from fpproof.constructions.assembly import Assembly, Name, Rank
from fpproof.constructions.entries import Entries
from fpproof.constructions.table import Point, check_points
from fpproof.constructions.transport import bring_to_power, scaled
from fpproof.errors import ConstructionError
from fpproof.formats import ZERO, Datum, Format, Mode, rational, round_rational
from fpproof.formats.arithmetic import absolute, add, divide, equal, exponent, multiply, negate
from fpproof.formats.text import both
from fpproof.networks import Network

BOUNDED = ("sigmoid", "tanh")
MODES = {"sigmoid": ("tolerant",), "tanh": ("tolerant", "strict")}
MOST_TERMS = 4096
"""Terms of one sum: more are refused."""
MOST_STAGES = 5
GOALS = (0, -1, 1, -2, 2, -3, 3)
"""Exponents of the powers of two that are tried on the way from upstream to gradient, less those of the two slopes below."""


@dataclass(frozen=True, slots=True)
class Levels:
    """What the construction uses of sigma_F; computed, never assumed."""

    sigma: Entries
    low: int
    """lam"""
    middle: Datum
    """K"""
    shift: int
    """kappa = 2^-shift"""
    bound: Fraction
    """B"""


def levels(F: Format, name: str) -> Levels:
    """The levels of a bounded activation in F; raises ConstructionError where sigma_F does not have them."""
    sigma = Entries(F, activation(name))
    low, shift = (0, 2) if name == "sigmoid" else (-1, 0)
    if not equal(sigma.derivative(ZERO), _exact(F, Fraction(1, 2**shift))):
        raise ConstructionError(f"{F.name}: the derivative of {name} at 0 is no float of it")
    for n in range(F.emax - 1):
        B = F.power_of_two(n)
        ends = [(negate(B), low), (B, 1)]
        if all(rational(sigma.value(x)) == level and sigma.derivative(x)[0] == 0 for x, level in ends):
            return Levels(sigma, low, sigma.value(ZERO), shift, Fraction(2) ** n)
    raise ConstructionError(f"{F.name}: {name} does not reach its levels with derivative 0 below a quarter of the largest float")


def build_bounded(F: Format, name: str, points: Sequence[Point], strict: bool = False) -> Network:
    """The network of sigmoids or tanh for a table of one input; its activation is sigma_F itself, not yet a table.

    In strict mode (tanh alone) every pre-activation is finite too. Raises TableError for tables that no network represents,
    ConstructionError where the construction does not work: naming the number, the value or the gradient that is out of its reach.
    """
    if name not in BOUNDED:
        raise ConstructionError(f"activation {name}: there is no construction for it", hint=f"there are relu, {', '.join(BOUNDED)}")
    if strict and "strict" not in MODES[name]:
        raise ConstructionError(
            f"{name}: there is no construction for mode strict, where every pre-activation is finite",
            hint="mode tolerant lets pre-activations be infinite",
        )
    if not F.has_infinities or F.emin + F.emax != 1:
        raise ConstructionError(f"{F.name}: the construction for {name} needs an IEEE-like format")
    checked = check_points(F, points)
    if len(checked[0].x) != 1:
        raise ConstructionError(f"{name}: the construction is for one input, found {len(checked[0].x)}", checked[0].place)
    return Bounded(F, name, checked, strict).network()


def parts(F: Format, target: Datum, cap: Datum) -> list[Datum]:
    """Floats of magnitude at most `cap`, whose sum from left to right, each addition rounded, is `target`; few of them.

    Each step adds the cap or, within its reach, what is missing. Raises ConstructionError if the sum stands still below the target.
    """
    if target[0] == 0:
        return []
    size = absolute(target)
    total = ZERO
    terms: list[Datum] = []
    while not equal(total, size):
        missing = round_rational(F, rational(size) - rational(total), Mode.DOWN)
        term = missing if rational(missing) <= rational(cap) else cap
        after = add(F, total, term)
        if equal(after, total) or len(terms) == MOST_TERMS:
            found = "more than can be added up" if equal(after, total) else f"more than {MOST_TERMS}"
            raise ConstructionError(f"{F.name}: {both(F, target)} would need terms of at most {both(F, cap)}, {found}")
        total = after
        terms.append(term if target[0] > 0 else negate(term))
    return terms


def _exact(F: Format, r: Fraction | int) -> Datum:
    x = round_rational(F, Fraction(r))
    if x[1] is None or rational(x) != r:
        raise ConstructionError(f"{F.name}: the construction needs the number {r}, which is no float of it", hint="see docs/representation.md")
    return x


@dataclass(frozen=True, slots=True)
class Compared:
    """A point's comparator: s, t, the weight of r, and what r is just above and below z (None: there is nothing)."""

    sign: int
    threshold: Datum
    weight: Fraction
    beside: tuple[Datum | None, Datum | None]


@dataclass(frozen=True, slots=True)
class Gate:
    """Weight of a gate's copies, and how many of each of D1 and D2."""

    weight: Fraction
    copies: int


class Bounded:
    """The layers of one table while they are built."""

    def __init__(self, F: Format, name: str, points: Sequence[Point], strict: bool = False) -> None:
        self.F, self.name, self.strict, self.points = F, name, strict, points
        self.levels = levels(F, name)
        self.most_upstream = max((absolute(p.upstream) for p in points), key=rational)
        self.compared = [self._compare(p.x[0]) for p in points]
        self.stages = 2
        while any(self._amplitude(c) is None for c in self.compared):
            self.compared = [self._amplified(c) for c in self.compared]
            self.stages += 1
            if self.stages > MOST_STAGES:
                raise ConstructionError(f"{F.name}: {name} does not tell adjacent floats apart in {MOST_STAGES} layers")
        self.layers = [Assembly() for _ in range(self.stages + 5)]
        self.output: dict[Name, Datum] = {}

    def network(self) -> Network:
        for number, point in enumerate(self.points):
            try:
                self._add(number, point)
            except ConstructionError as error:
                raise ConstructionError(error.message, point.place, error.hint) from None
        for index, assembly in enumerate(self.layers[:-1]):
            if not assembly.neurons:
                self._constant(index, (0,), ZERO)
        self.layers[-1].add("out", (0,), self.output)
        below: dict[Name, int] = {"x": 0}
        built = []
        for assembly in self.layers:
            built.append(assembly.layer(below, None if assembly is self.layers[-1] else self.name))
            below = assembly.order()
        return Network(self.F, tuple(built), {self.name: self.levels.sigma})

    # The comparator

    def _compare(self, x: Datum) -> Compared:
        F = self.F
        t = absolute(x)
        sign, ordinal, weight = -1 if x[0] < 0 else 1, F.ordinal(absolute(x)), self._comparator_weight(t)
        beside: list[Datum | None] = []
        for n in (ordinal + 1, ordinal - 1):
            if n > F.largest_ordinal:
                beside.append(None)
                continue
            z = add(F, multiply(F, _exact(F, weight), F.from_ordinal(n)), negate(_exact(F, weight * rational(t))))
            beside.append(self.levels.sigma.value(z))
        return Compared(sign, t, weight, (beside[0], beside[1]))

    def _comparator_weight(self, t: Datum) -> Fraction:
        """Tolerant: the largest power of two with w t finite. Strict: with w x - w t finite for all x."""
        F = self.F
        if self.strict:
            return self._head_weight(t)
        return Fraction(2) ** (F.emax if t[0] == 0 else min(F.emax, F.emax - exponent(F, t)))

    def _head_weight(self, t: Datum) -> Fraction:
        """1, or in strict mode 1/2 where Omega + t could overflow; there t is normal and t/2 exact."""
        return Fraction(1, 2) if self.strict and rational(t) >= Fraction(2) ** (self.F.emax - self.F.p - 1) else Fraction(1)

    def _amplified(self, c: Compared) -> Compared:
        F, a = self.F, self.F.power_of_two(self.F.emax)
        middle = multiply(F, a, self.levels.middle)
        after = [None if r is None else self.levels.sigma.value(add(F, multiply(F, a, r), negate(middle))) for r in c.beside]
        return Compared(c.sign, c.threshold, c.weight, (after[0], after[1]))

    def _amplitude(self, c: Compared) -> Fraction | None:
        """a = 2 B / d, d a power of two at most the jump of r on either side; None if that is beyond 2^emax."""
        jump = min(abs(rational(r) - rational(self.levels.middle)) for r in c.beside if r is not None)
        if jump == 0:
            return None
        d = Fraction(2) ** (jump.numerator.bit_length() - jump.denominator.bit_length())
        a = max(Fraction(1), 2 * self.levels.bound / (d if d <= jump else d / 2))
        return a if a <= Fraction(2) ** self.F.emax else None

    def _comparator(self, number: int) -> None:
        """r in the layers below layer m."""
        F, c = self.F, self.compared[number]
        weight, bias = _exact(F, c.sign * c.weight), negate(_exact(F, c.weight * rational(c.threshold)))
        below = self.layers[0].add(("r", number), (number, 0), {"x": weight}, bias)
        a = F.power_of_two(F.emax)
        for index in range(1, self.stages - 1):
            K = self._constant(index - 1, (number, 1), ZERO)
            below = self.layers[index].add(("r", number), (number, 0), {below: a, K: negate(a)}, ZERO)
        self._constant(self.stages - 2, (number, 1), ZERO)

    def _constant(self, index: int, rank: Rank, bias: Datum) -> Name:
        """sigma(bias), without inputs, in the layer of that index, of one owner."""
        return self.layers[index].add(("constant", rank, bias), rank, {}, bias)

    def _signal(self, number: int, side: int, index: int, rank: Rank) -> Name:
        """D1 (side 1) or D2 (side -1) in the layer of that index, not below layer m, named by its rank: a copy of its own."""
        F, B = self.F, self.levels.bound
        a = self._amplitude(self.compared[number])
        assert a is not None
        r, K = ("r", number), ("constant", (number, 1), ZERO)
        name = self.layers[self.stages - 1].add(("D", side, rank), rank, {r: _exact(F, side * a), K: _exact(F, -side * a)}, _exact(F, -B))
        for above in range(self.stages, index + 1):
            weights, bias = ({name: _exact(F, 2 * B)}, _exact(F, -B)) if self.levels.low == 0 else ({name: _exact(F, B)}, ZERO)
            name = self.layers[above].add(("D", side, rank), rank, weights, bias)
        return name

    # Gates

    def _gate(self, adjoint: Fraction, start: Fraction) -> Gate | None:
        """The gate of fewest copies whose weight times the consumer's adjoint is finite; None if there is none."""
        for n in range(self.F.emax - 1, -3, -1):
            weight = Fraction(2) ** n
            if weight <= 2 * (self.levels.bound + start) and weight * adjoint <= self.F.Omega:
                copies = self._copies(weight, start)
                if copies is not None:
                    return Gate(weight, copies)
        return None

    def _copies(self, weight: Fraction, start: Fraction) -> int | None:
        """How many subtractions of the weight bring `start` to -B or below; None if the sum stands still before."""
        F, step = self.F, negate(_exact(self.F, weight))
        total, copies = _exact(F, start), 0
        while rational(total) > -self.levels.bound:
            after = total
            for _ in range(1 - self.levels.low):  # with lam = -1 the signal and its constant
                after = add(F, after, step)
            if equal(after, total) or copies == MOST_TERMS:
                return None
            total, copies = after, copies + 1
        return copies

    def _gates(self, number: int, index: int, rank: Rank, gate: Gate) -> dict[Name, Datum]:
        """The terms of a gate for a consumer in the layer above that of the index."""
        step, terms = negate(_exact(self.F, gate.weight)), {}
        for order in range(gate.copies):
            for place, side in enumerate((1, -1)):
                at = (*rank, 2 * order + place)
                terms[self._signal(number, side, index, (*at, 0))] = step
                if self.levels.low == -1:
                    terms[self._constant(index, (*at, 1), _exact(self.F, self.levels.bound))] = step
        return terms

    # One point

    def _add(self, number: int, point: Point) -> None:
        if point.gradient[0][0] == 0 and point.value[0] == 0:
            return
        self._comparator(number)
        if point.gradient[0][0]:
            self._add_gradient(number, point)
        if point.value[0]:
            self._add_value(number, point.value)

    def _add_gradient(self, number: int, point: Point) -> None:
        F, top, kappa = self.F, self.stages + 3, self.levels.shift
        c = self.compared[number]
        w1 = self._head_weight(c.threshold)
        g = point.gradient[0] if c.sign > 0 else negate(point.gradient[0])
        gate, terms = self._heads(g, w1)
        (w7, w6, w5), last = self._bring(point.upstream, terms, int(w1 < 1))
        carried: dict[Name, Datum] = {}
        for i, w4 in enumerate(last):
            C, twin = self._head(number, i, w1, gate)
            carried |= {C: w4, twin: negate(w4)}
        C1 = self.layers[top - 2].add(("C1", number), (number, 0), carried, ZERO)
        C2 = self.layers[top - 1].add(("C2", number), (number, 0, 0, 0), {C1: w5, self._constant(top - 2, (number, 1), ZERO): negate(w5)}, ZERO)
        K = self._constant(top - 1, (number, 0, 0, 1), ZERO)
        adjoint = abs(rational(multiply(F, w7, point.upstream))) / 2**kappa
        gate_A = self._gate(adjoint, Fraction(0))
        if gate_A is None:
            raise ConstructionError(f"{F.name}: no gate of {self.name} switches off what carries the upstream {both(F, point.upstream)}")
        A = self.layers[top].add(("A", number), (0, number, 0), {C2: w6, K: negate(w6)} | self._gates(number, top - 1, (number, 2, 0), gate_A), ZERO)
        twin = self.layers[top].add(("A'", number), (0, number, 1), self._gates(number, top - 1, (number, 3, 0), gate_A), ZERO)
        self.output |= {A: w7, twin: negate(w7)}

    def _bring(self, upstream: Datum, terms: Sequence[Datum], doubled: int) -> tuple[tuple[Datum, Datum, Datum], list[Datum]]:
        """w7, w6, w5, and a w4 for each term of the gradient; replayed with every rounding.

        What arrives at C1 is 2^n after its slope, and at C it must be the term times 2^(shift + doubled).
        """
        F, shift = self.F, self.levels.shift
        most = min(F.emax, F.emax - exponent(F, self.most_upstream))
        w7 = F.power_of_two(max(F.emin - F.p, min(-exponent(F, upstream), most)))
        kappa = F.power_of_two(-shift)
        y = multiply(F, multiply(F, w7, upstream), kappa)
        for goal in GOALS if y[0] else ():
            n = goal + shift
            pair = bring_to_power(F, y, n + shift)
            w5 = None if pair is None else scaled(F, pair[1], shift)
            last = [w for term in terms if (w := scaled(F, term, shift + doubled - n)) is not None]
            if pair is None or w5 is None or len(last) < len(terms):
                continue
            arrived = multiply(F, multiply(F, multiply(F, multiply(F, y, pair[0]), kappa), w5), kappa)
            if equal(arrived, F.power_of_two(n)):
                return (w7, pair[0], w5), last
        raise ConstructionError(f"{F.name}: {self.name} finds no way to carry the upstream {both(F, upstream)} to this gradient")

    def _heads(self, g: Datum, w1: Fraction) -> tuple[Gate, list[Datum]]:
        """The gradient as a sum over heads, and the gate of each: the cheapest of all gates that work."""
        F, shift = self.F, self.levels.shift
        start = (1 - rational(self.levels.middle)) * 2**shift
        choices: list[tuple[int, Gate, list[Datum]]] = []
        for n in range(F.emax, -3, -1):
            cap = round_rational(F, w1 * min(F.Omega / Fraction(2) ** max(n, 0), F.Omega / 2**shift), Mode.DOWN)
            gate = self._gate(min(rational(absolute(g)), rational(cap)) / w1, start)
            if gate is None:
                continue
            try:
                terms = parts(F, g, cap)
            except ConstructionError:
                continue
            choices.append((len(terms) * (gate.copies + 2), gate, terms))
        if not choices:
            raise ConstructionError(f"{F.name}: no sum over heads of {self.name} gives the gradient {both(F, g)}")
        _, gate, terms = min(choices, key=lambda choice: choice[0])
        return gate, terms

    def _head(self, number: int, i: int, w1: Fraction, gate: Gate) -> tuple[Name, Name]:
        """C and its twin."""
        F, c, m = self.F, self.compared[number], self.stages
        slope = F.power_of_two(self.levels.shift)
        bias = negate(_exact(F, w1 * rational(c.threshold)))
        wire = self.layers[0].add(("H", number, i), (number, 2, i, 0), {"x": _exact(F, c.sign * w1)}, bias)
        for index in range(1, m + 1):
            weights = {wire: slope, self._constant(index - 1, (number, 2, i, 1), ZERO): negate(slope)}
            if index == m:
                weights |= self._gates(number, m - 1, (number, 3, i), gate)
            wire = self.layers[index].add(("H", number, i), (number, 2, i, 0), weights, ZERO)
        twin = self.layers[m].add(("H'", number, i), (number, 2, i, 1), self._gates(number, m - 1, (number, 4, i), gate), ZERO)
        return wire, twin

    def _add_value(self, number: int, value: Datum) -> None:
        for i, term in enumerate(parts(self.F, value, self._cap())):
            self.output[self._unit(number, i, self.stages + 3)] = term

    def _cap(self) -> Datum:
        """The largest weight c of an output with c H finite."""
        F, H = self.F, self.most_upstream
        return F.largest if rational(H) <= 1 else divide(F, F.largest, H, Mode.DOWN)

    def _unit(self, number: int, i: int, top: int) -> Name:
        """u = [x = z] in the layer of that index, derivative 0 below it."""
        F, B = self.F, self.levels.bound
        rank = (1, number, i)
        base = top - 1 if self.levels.low == 0 else top - 2
        signals = {self._signal(number, side, base, (number, 8, place)): _exact(F, -2 * B) for place, side in enumerate((1, -1))}
        if self.levels.low == 0:
            return self.layers[top].add(("u", number, i), rank, signals, _exact(F, B))
        one = rational(F.one)
        copies = next(n for n in range(1, F.p + 4) if rational(self.levels.sigma.value(_exact(F, 2 * n))) == one)
        above = {
            self.layers[top - 1].add(("V", number, i, n), (number, 8, i, n), signals, _exact(F, -3 * B)): F.one for n in range(copies)
        }
        return self.layers[top].add(("u", number, i), rank, above, _exact(F, copies))
