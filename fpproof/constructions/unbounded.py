"""A table of values and gradients as a network of ELU, GELU or Swish.

Notation: lam the left level (0, for ELU -1): sigma_F(x) = lam and sigma'_F(x) = 0 for x <= -B; from c >= 1 on, sigma_F(x) = x and
sigma'_F(x) = 1; kappa = sigma'_F(0) = 2^-shift; sigma_F(0) = 0; sigma_F(x) > 0 iff x > 0, and there sigma_F does not decrease; c and P >= B of few
bits; S = 5/4 2^emax. For a point z: s its sign (+1 for 0), t = |z|, t- and t+ the floats beside t; v = 1, where t is large 1/4.

    sign layer     r > 0 on one side of z, r <= 0 on the other     sigma(v (s x - t-)), sigma(v (t+ - s x)): positive on z's side, or
                                                                   sigma(v (s x - t)), sigma(v (t - s x)): positive beyond
    inverting      e = sigma(-a r + a rho)                         e > 0 where r <= 0, e <= 0 where r >= rho > 0
    the last       e = sigma(-a r + k),  a rho - k >= B            e >= sigma_F(k) where r <= 0, lam where r >= rho: derivative 0
    carrier        T = sigma(-a e + P + a lam)                     P where e = lam, else lam with derivative 0: exactly two values
    gate copies    G = sigma(-a e + S + a lam), or sigma((S / P) T - P)      about S at x != z on one side, lam at z with derivative 0
    carriers up    T = sigma(2 T - P)                              P or lam
    head           C = sigma(s x + c), carried up by wires sigma(C); at z it is V, with derivative 1
    gated head     C = sigma(C - V - gates + c), two copies of each gate;  its twin C' = sigma(-gates + c) has no path to x:
                   both are c at z, lam elsewhere
    C1 = sigma(sum of (w4 C - w4 C')) = 0,  C2 = sigma(w5 C1) = 0,  A = sigma(w6 C2 - gates + c), A' = sigma(-gates + c)
    u = sigma(-gates + |v|); where |v| < c, b sigma(-gates + tau) + b' sigma(-gates + 1), tau being c or the power of two above it
    ELU: sigma(u - u') with u' = sigma(-gates), since -1 is not neutral in a sum
    output         sum over points of (A - A'), then sum over points of +-u

*Stages.* rho starts at omega, whatever z is, and is evaluated in F; so stages are the same for all points. a is the largest power of two for
which nothing overflows: in mode strict, where no pre-activation may, a 1 after the sign layer, then about 2^emax; in mode tolerant -infinity is
allowed, and a is 2^emax from the start. Signals have derivative 0 in one of two layers that follow each other, in each state.

*Mode strict.* Nothing may overflow, so gates have one copy, and what they switch off is at most about Omega/2: heads are sigma(s x / 4 + c), one, two
or four of them, and a value is one, two or four equal terms. (So they are in mode tolerant where Omega + c overflows.)

Rules that decide: *own gate copies*; the *gate amplitude* S is large against what it switches off; a small value has slopes b sigma'(tau) <= 1, since
that meets an adjoint of up to Omega; *pairs before values*; w4 c is finite, since C and C' are c.

Source: Park, Park, Hwang, "Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients" (2026), Theorem 3.1 for ELU, GELU and Swish, with another construction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fpproof.activations import activation
from fpproof.activations.facts import facts
from fpproof.constructions.assembly import Name, Rank
from fpproof.constructions.entries import Entries
from fpproof.constructions.gated import GOALS, Gated, exact, two_factors
from fpproof.constructions.table import Point
from fpproof.constructions.transport import scaled
from fpproof.errors import ConstructionError
from fpproof.formats import ZERO, Datum, Format, Mode, rational, round_rational
from fpproof.formats.arithmetic import absolute, add, divide, equal, multiply, negate
from fpproof.formats.text import both

UNBOUNDED = ("elu", "gelu", "swish")
MOST_STAGES = 8
HEADS = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class Ramp:
    """What the construction uses of sigma_F; computed, never assumed."""

    sigma: Entries
    low: int
    """lam"""
    least: Fraction
    """The least value."""
    bound: Fraction
    """B"""
    power: Fraction
    """P"""
    start: Fraction
    """c"""
    shift: int

    def quiet(self, x: Datum) -> bool:
        """Whether the pre-activation x gives lam with derivative 0."""
        return x[1] is None or rational(x) <= -self.bound


def ramp(F: Format, name: str) -> Ramp:
    """The facts of an activation that is the identity from a place on; raises ConstructionError where sigma_F is not so."""
    sigma = activation(name)
    found = facts(F, sigma)
    low, shift = (-1, 0) if name == "elu" else (0, 1)
    if found.left is None or not found.identity or not equal(found.identity[-1][1], F.largest):
        raise ConstructionError(f"{F.name}: {name} does not reach its left level with derivative 0, or is not the identity on the right")
    bound, start = -rational(found.left), max(rational(found.identity[-1][0]), Fraction(1))
    power = next(x for x in _few_bits(F) if x >= bound)
    c = next(x for x in _few_bits(F) if x >= start)
    at_zero = found.at_zero[0][0] == 0 and equal(found.at_zero[1], exact(F, Fraction(1, 2**shift)))
    if not at_zero or 8 * power > F.Omega or 8 * c > F.Omega:
        raise ConstructionError(f"{F.name}: the levels of {name} lie beyond an eighth of the largest float")
    return Ramp(Entries(F, sigma), low, rational(found.extremes[0].value), bound, power, c, shift)


def _few_bits(F: Format) -> Iterator[Fraction]:
    """The floats from 1 on of two fraction bits, or of as many as there are."""
    steps = 1 << min(2, F.p)
    return (Fraction(steps + m, steps) * Fraction(2) ** n for n in range(F.emax + 1) for m in range(steps))


@dataclass(frozen=True, slots=True)
class Stage:
    """sigma(-weight e + bias)"""

    weight: Fraction
    bias: Fraction


@dataclass(frozen=True, slots=True)
class Comparator:
    """The inverting stages, the last of which kills; the carrier above them; and, in mode tolerant, the gate copies above them."""

    stages: tuple[Stage, ...]
    carrier: Stage
    gate: Stage | None


@dataclass(frozen=True, slots=True)
class Signal:
    """Where a signal of two classes lies: at least `rho`, at most `most`; or at most 0."""

    rho: Datum
    most: Datum


class Planner:
    """Finds the stages of a format."""

    def __init__(self, F: Format, ramp: Ramp, strict: bool) -> None:
        self.F, self.ramp, self.strict = F, ramp, strict
        self.depth = exact(F, -ramp.least)
        """How far the lower class reaches below 0."""

    def plan(self) -> Comparator:
        F = self.F
        stages: list[Stage] = []
        signal = Signal(F.smallest, F.largest)
        while len(stages) < MOST_STAGES:
            for last, killed in self._kills(signal):
                carrier = self._two_valued(killed, self.ramp.power)
                gate = None if self.strict else self._two_valued(killed, amplitude(F))
                if carrier is not None and (self.strict or gate is not None):
                    return Comparator((*stages, last), carrier, gate)
            stage, signal = self._amplified(signal)
            stages.append(stage)
        raise ConstructionError(f"{F.name}: {self.ramp.sigma.name} does not tell adjacent floats apart in {MOST_STAGES} layers")

    def _pre(self, stage: Stage, r: Datum) -> Datum:
        return add(self.F, negate(multiply(self.F, exact(self.F, stage.weight), r)), exact(self.F, stage.bias))

    def _fits(self, stage: Stage, signal: Signal) -> bool:
        """Whether no pre-activation overflows: above never, below not in mode strict."""
        top = self._pre(stage, negate(self.depth))
        return top[1] is not None and not (self.strict and self._pre(stage, signal.most)[1] is None)

    def _powers(self) -> Iterator[Fraction]:
        return (Fraction(2) ** n for n in range(self.F.emax + 1))

    def _after(self, stage: Stage) -> Signal:
        value = self.ramp.sigma.value
        return Signal(value(exact(self.F, stage.bias)), value(self._pre(stage, negate(self.depth))))

    def _amplified(self, signal: Signal) -> tuple[Stage, Signal]:
        scaled_ = ((a, a * rational(signal.rho)) for a in self._powers())
        stages = [Stage(a, bias) for a, bias in scaled_ if bias <= self.F.Omega and self._fits(Stage(a, bias), signal)]
        if not stages:
            raise ConstructionError(f"{self.F.name}: no comparator of {self.ramp.sigma.name} keeps everything finite")
        return stages[-1], self._after(stages[-1])

    def _kills(self, signal: Signal) -> Iterator[tuple[Stage, Signal]]:
        """Stages that are quiet where the signal is high; e is in the signal's range where it is low."""
        for bias in _few_bits(self.F):
            stages = (Stage(a, bias) for a in self._powers())
            found = next((stage for stage in stages if self._fits(stage, signal) and self.ramp.quiet(self._pre(stage, signal.rho))), None)
            if found is None:
                return  # a larger bias needs a larger weight
            yield found, self._after(found)

    def _two_valued(self, killed: Signal, level: Fraction) -> Stage | None:
        """The stage that is `level` where the killed signal is lam, and quiet where it is high."""
        for a in self._powers():
            bias = level + a * self.ramp.low
            if self.strict and multiply(self.F, exact(self.F, a), killed.most)[1] is None:
                return None
            if round_rational(self.F, bias)[1] is None or rational(round_rational(self.F, bias)) != bias:
                continue
            stage = Stage(a, bias)
            if self.ramp.quiet(self._pre(stage, killed.rho)) and not (self.strict and self._pre(stage, killed.most)[1] is None):
                return stage
        return None


def amplitude(F: Format) -> Fraction:
    """S"""
    return Fraction(5, 4) * Fraction(2) ** F.emax


class Unbounded(Gated):
    """The layers of one table while they are built."""

    def __init__(self, F: Format, name: str, points: Sequence[Point], strict: bool = False) -> None:
        self.ramp = ramp(F, name)
        self.plan = Planner(F, self.ramp, strict).plan()
        self.strict = strict
        self.carried = len(self.plan.stages) + 1
        """The index of the carriers' first layer; that of the gates of heads is one more in mode strict."""
        self.base = self.carried + 1 if strict else self.carried
        self.whole = not strict and add(F, F.largest, exact(F, self.ramp.start))[1] is not None
        """Whether heads have the weight 1, and gates two copies."""
        self.head_layer, self.top = self.base + 1, self.base + 2 + self.path
        """The indices of the gated heads' layer, and of that of what the output adds up."""
        super().__init__(F, self.ramp.sigma, self.ramp.low, points, self.top + 2)

    # Signals

    def _comparator(self, number: int, x: Datum) -> None:
        """The sign layer and the inverting stages, for both sides: 1 is quiet iff s x <= t, -1 iff s x >= t."""
        F, t = self.F, absolute(x)
        sign, ordinal = -1 if x[0] < 0 else 1, F.ordinal(t)
        v = Fraction(1, 4) if rational(t) >= Fraction(2) ** (F.emax - F.p - 2) else Fraction(1)
        near = len(self.plan.stages) % 2 == 0
        """Whether r is positive on z's side, so that after one stage more, in the carrier, z's side is quiet."""
        for side in (1, -1):
            slope = -side if near else side
            edge = rational(t) if not near else self._beside(ordinal, side)
            weight, bias = self.exact(slope * sign * v), self.exact(-slope * v * edge)
            below = self.layers[0].add(("r", number, side), (number, 0, side), {"x": weight}, bias)
            for index, stage in enumerate(self.plan.stages, 1):
                below = self._inverted(index, ("r", number, side), (number, 0, side), below, stage)
            below = self._inverted(self.carried, ("T", number, side), (number, 0, side), ("r", number, side), self.plan.carrier)
            P = self.ramp.power
            for index in range(self.carried + 1, self.top - 1):
                below = self.layers[index].add(("T", number, side), (number, 0, side), {below: self.exact(2)}, self.exact(-P))

    def _beside(self, ordinal: int, side: int) -> Fraction:
        """t+ or t-; 2^(emax + 1) above Omega, which is scaled before it is used, and -omega below 0."""
        if ordinal == self.F.largest_ordinal and side > 0:
            return Fraction(2) ** (self.F.emax + 1)
        return rational(self.F.from_ordinal(ordinal + side))

    def _inverted(self, index: int, name: Name, rank: Rank, below: Name, stage: Stage) -> Name:
        return self.layers[index].add(name, rank, {below: self.exact(-stage.weight)}, self.exact(stage.bias))

    def _signal(self, number: int, side: int, index: int, rank: Rank) -> Name:
        name: Name = ("G", side, rank)
        if index == self.carried and self.plan.gate is not None:
            return self._inverted(index, name, rank, ("r", number, side), self.plan.gate)
        P = self.ramp.power
        weight = round_rational(self.F, amplitude(self.F) / P, Mode.DOWN)
        return self.layers[index].add(name, rank, {("T", number, side): weight}, self.exact(-P))

    def _gates(self, number: int, index: int, rank: Rank) -> dict[Name, Datum]:
        return self._gate(number, index, rank, Fraction(1), 2 if self.whole else 1, self.F.one)

    def _shuts(self, start: Datum) -> bool:
        """Whether a gate's copies, at their least amplitude, bring a start to -B or below."""
        F, P = self.F, self.exact(self.ramp.power)
        loud = add(F, multiply(F, round_rational(F, amplitude(F) / self.ramp.power, Mode.DOWN), P), negate(P))
        return self.ramp.quiet(add(F, add(F, start, negate(loud)), negate(loud) if self.whole else ZERO))

    # Gradient

    def _add_gradient(self, number: int, point: Point) -> None:
        heads, (w6, w5, w4) = self._chain(point)
        C1 = self.layers[self.head_layer + 1].add(("C1", number), (number, 1), self._on_heads(number, point.x[0], heads, w4))
        C2 = self.layers[self.head_layer + 2].add(("C2", number), (number, 1, 0, 0), {C1: w5})
        self._add_top(number, {C2: w6})

    def _on_heads(self, number: int, x: Datum, heads: int, weight: Datum) -> dict[Name, Datum]:
        """The terms of so many heads, each with that weight, and of their twins."""
        carried: dict[Name, Datum] = {}
        for i in range(heads):
            C, twin = self._head(number, i, x, self.head_layer)
            carried |= {C: weight, twin: negate(weight)}
        return carried

    def _add_top(self, number: int, path: dict[Name, Datum]) -> None:
        """A above a path, with its twin."""
        top, c = self.top, self.exact(self.ramp.start)
        A = self.layers[top].add(("A", number), (0, number, 0), path | self._gates(number, top - 1, (number, 2, 0)), c)
        twin = self.layers[top].add(("A'", number), (0, number, 1), self._gates(number, top - 1, (number, 2, 1)), c)
        self.output |= {A: self.F.one, twin: negate(self.F.one)}

    def _chain(self, point: Point) -> tuple[int, tuple[Datum, Datum, Datum]]:
        """The number of heads, and the weights: h becomes 2^n after two layers, and with w4 each head's part of the gradient over its weight."""
        F = self.F
        for heads, n, w4 in self._last_weights(point):
            pair = two_factors(F, point.upstream, n, self.ramp.shift)
            if pair is not None:
                return heads, (*pair, w4)
        shown = f"{both(F, point.upstream)} to the gradient {both(F, point.gradient[0])}"
        raise ConstructionError(f"{F.name}: {self.sigma.name} finds no way to carry the upstream {shown}")

    def _last_weights(self, point: Point) -> Iterator[tuple[int, int, Datum]]:
        """Numbers of heads, exponents n, and the weight on each head that carries 2^n to its part of the point's gradient."""
        F = self.F
        g = rational(point.gradient[0]) * (-1 if point.x[0][0] < 0 else 1)
        for heads in HEADS:
            target = g if self.whole else g * 4 / heads
            for n in (_ceil_log(self.ramp.start), *GOALS) if abs(target) <= F.Omega else ():
                w4 = scaled(F, self.exact(target), -n)
                if w4 is not None and rational(absolute(w4)) * self.ramp.start <= F.Omega:
                    yield heads, n, w4

    def _head(self, number: int, i: int, x: Datum, low: int) -> tuple[Name, Name]:
        """The gated head in the layer of index `low`, and its twin."""
        F, c = self.F, self.exact(self.ramp.start)
        weight = self.exact(Fraction(-1 if x[0] < 0 else 1, 1 if self.whole else 4))
        V = add(F, multiply(F, weight, x), c)
        wire = self.layers[0].add(("C", number, i), (number, 1, i, 0), {"x": weight}, c)
        for index in range(1, low):
            wire = self.layers[index].add(("C", number, i), (number, 1, i, 0), {wire: F.one})
        K = self._constant(low - 1, (number, 1, i, 1), V)
        gates = self._gates(number, low - 1, (number, 1, i, 2))
        C = self.layers[low].add(("C", number, i), (number, 1, i, 0), {wire: F.one, K: negate(F.one)} | gates, c)
        twin = self.layers[low].add(("C'", number, i), (number, 1, i, 1), self._gates(number, low - 1, (number, 1, i, 3)), c)
        return C, twin

    # Value

    def _add_value(self, number: int, value: Datum) -> None:
        F, top = self.F, self.top
        terms = self._terms(absolute(value))
        for i, (tau, b) in enumerate(terms):
            index = top if self.low == 0 else top - 1
            rank = (1, number, i) if self.low == 0 else (number, 3, i, 0)
            u = self.layers[index].add(("u", number, i), rank, self._gates(number, index - 1, (number, 3, i, 0)), tau)
            if self.low == -1:
                twin = self.layers[index].add(("u'", number, i), (number, 3, i, 1), self._gates(number, index - 1, (number, 3, i, 1)), ZERO)
                u = self.layers[top].add(("U", number, i), (1, number, i), {u: F.one, twin: negate(F.one)})
            self.output[u] = b if value[0] > 0 else negate(b)

    def _terms(self, size: Datum) -> list[tuple[Datum, Datum]]:
        """Pairs tau, b: the value is the sum of b sigma_F(tau), and b sigma'_F(tau) <= 1."""
        F = self.F
        if rational(size) >= self.ramp.start or self.low == -1:
            for n in HEADS:
                part = self.exact(rational(size) / n)
                if self._shuts(part):
                    return [(part, F.one)] * n
            raise ConstructionError(f"{F.name}: no gate of {self.sigma.name} switches off the value {both(F, size)}")
        for start in (self.ramp.start, Fraction(2) ** _ceil_log(self.ramp.start)):
            terms = self._small(size, self.exact(start))
            if terms is not None:
                return terms
        raise ConstructionError(f"{F.name}: {self.sigma.name} finds no way to the value {both(F, size)}")

    def _small(self, size: Datum, c: Datum) -> list[tuple[Datum, Datum]] | None:
        """The terms of c and of 1 for a value below c; None if they do not give it.

        If c is a power of two, what its term leaves is 0, or a multiple of omega below c omega.
        """
        F, one = self.F, self.sigma.value(self.F.one)
        first = divide(F, size, c, Mode.DOWN)
        rest = self.exact(rational(size) - rational(multiply(F, first, c)))
        second = divide(F, rest, one)
        terms = [(tau, b) for tau, b in ((c, first), (F.one, second)) if b[0]]
        slopes = (rational(b) * rational(self.sigma.derivative(tau)) for tau, b in terms)
        total = add(F, multiply(F, first, c), multiply(F, second, one))
        found = equal(total, size) and equal(multiply(F, second, one), rest) and all(slope <= 1 for slope in slopes)
        return terms if found else None


def _ceil_log(x: Fraction) -> int:
    """The least n with 2^n >= x >= 1; x is an integer or has few bits."""
    return (-(-x.numerator // x.denominator) - 1).bit_length()
