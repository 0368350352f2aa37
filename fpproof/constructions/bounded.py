"""A table of values and gradients as a network of sigmoids or of hyperbolic tangents.

Notation: lam the lower level (0, for tanh -1), kappa = sigma'(0) (1/4, 1), K = sigma(0), for r its value at z; B a power of two with
sigma_F(-B) = lam, sigma_F(B) = 1 and derivative 0 at both, hence beyond. For a point z: s its sign (+1 for 0), t = |z|. m is the number of
comparator layers, 2 or more.

    layer 1        r = sigma(w s x + b)                        K at z, else at least one float off; w, b: see `comparing`
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

from fpproof.constructions.assembly import Name, Rank
from fpproof.constructions.comparing import Comparators, Compared, half_if_large, levels
from fpproof.constructions.gated import GOALS, Gated, two_factors
from fpproof.constructions.table import Point
from fpproof.constructions.transport import scaled
from fpproof.errors import ConstructionError
from fpproof.formats import ZERO, Datum, Format, Mode, rational, round_rational
from fpproof.formats.arithmetic import absolute, add, divide, equal, exponent, multiply, negate
from fpproof.formats.text import both

BOUNDED = ("sigmoid", "tanh")
MOST_TERMS = 4096
"""Terms of one sum: more are refused."""
MOST_STAGES = 5


def parts(F: Format, target: Datum, cap: Datum) -> list[Datum]:
    """Floats of magnitude at most `cap`, whose sum from left to right, each addition rounded, is `target`; few of them.

    Each step adds the cap or, within its reach, what is missing. Raises ConstructionError if the sum stands still below the target.
    """
    if target[0] == 0:
        return []
    size = absolute(target)
    total = ZERO
    terms: list[Datum] = []
    hopeless = rational(size) > 2 * MOST_TERMS * rational(cap)  # an addition adds at most twice a term, as the sum before is a float too
    while not equal(total, size):
        missing = round_rational(F, rational(size) - rational(total), Mode.DOWN)
        term = missing if rational(missing) <= rational(cap) else cap
        after = add(F, total, term)
        if equal(after, total) or len(terms) == MOST_TERMS or hopeless:
            found = "more than can be added up" if equal(after, total) else f"more than {MOST_TERMS}"
            raise ConstructionError(f"{F.name}: {both(F, target)} would need terms of at most {both(F, cap)}, {found}")
        total = after
        terms.append(term if target[0] > 0 else negate(term))
    return terms


@dataclass(frozen=True, slots=True)
class Gate:
    """Weight of a gate's copies, and how many of each of D1 and D2."""

    weight: Fraction
    copies: int


class Bounded(Gated):
    """The layers of one table while they are built."""

    def __init__(self, F: Format, name: str, points: Sequence[Point], strict: bool = False) -> None:
        self.levels = levels(F, name)
        self.strict = strict
        self.most_upstream = max((absolute(p.upstream) for p in points), key=rational)
        self.comparators = Comparators(F, self.levels, strict)
        self.compared, self.stages = self.comparators.compared(points, MOST_STAGES)
        self.top = self.stages + 1 + self.path
        """The index of the layer of what the output adds up."""
        super().__init__(F, self.levels.sigma, self.levels.low, points, self.top + 2)

    def _comparator(self, number: int, x: Datum) -> None:
        """r of both sides, and K, in the layers below layer m."""
        a = self.F.power_of_two(self.F.emax)
        for which in (1, -1):
            side = self.compared[number].side(which)
            below, rank = self._r(number, which), self._r_rank(number, which)
            self.layers[0].add(below, rank, {"x": side.weight}, side.bias)
            for index in range(1, self.stages - 1):
                K = self._middle(number, which, index - 1)
                self.layers[index].add(below, rank, {below: a, K: negate(a)}, ZERO)
            self._middle(number, which, self.stages - 2)

    def _r(self, number: int, which: int) -> Name:
        """Sides with the same neuron share it."""
        above, below = self.compared[number].sides
        return ("r", number, which if above.bias != below.bias or above.weight != below.weight else 1)

    def _r_rank(self, number: int, which: int) -> Rank:
        name = self._r(number, which)
        assert isinstance(name, tuple)
        return (number, 0, name[2] < 0)

    def _middle(self, number: int, which: int, index: int) -> Name:
        """K: r at z."""
        center = self.compared[number].side(which).center if index == 0 else ZERO
        return self._constant(index, (number, 1, self._r_rank(number, which)[2]), center)

    def _signal(self, number: int, side: int, index: int, rank: Rank) -> Name:
        """D1 (side 1) or D2 (side -1) in the layer of that index, not below layer m, named by its rank: a copy of its own."""
        B = self.levels.bound
        a = self.comparators.amplitude(self.compared[number])
        assert a is not None
        toward = a if self.compared[number].side(side).rises else -a
        weights = {self._r(number, side): self.exact(toward), self._middle(number, side, self.stages - 2): self.exact(-toward)}
        name = self.layers[self.stages - 1].add(("D", side, rank), rank, weights, self.exact(-B))
        for above in range(self.stages, index + 1):
            name = self._repeated(side, above, rank, name)
        return name

    def _repeated(self, side: int, index: int, rank: Rank, below: Name) -> Name:
        """A signal one layer higher."""
        B = self.levels.bound
        weights, bias = ({below: self.exact(2 * B)}, self.exact(-B)) if self.levels.low == 0 else ({below: self.exact(B)}, ZERO)
        return self.layers[index].add(("D", side, rank), rank, weights, bias)

    # Gates

    def _gate_of(self, adjoint: Fraction, start: Fraction) -> Gate | None:
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
        F, step = self.F, negate(self.exact(weight))
        total, copies = self.exact(start), 0
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
        return self._gate(number, index, rank, gate.weight, gate.copies, self.exact(self.levels.bound))

    # One point

    def _add_gradient(self, number: int, point: Point) -> None:
        low = self.stages
        g, w1 = self._toward(number, point.gradient[0])
        gate, (terms,) = self._heads([g], w1)
        (w7, w6, w5), last = self._bring(point.upstream, terms, int(w1 < 1))
        C1 = self.layers[low + 1].add(("C1", number), (number, 0), self._on_heads(number, w1, gate, last), ZERO)
        K1, K2 = self._constant(low + 1, (number, 1), ZERO), self._constant(low + 2, (number, 0, 0, 1), ZERO)
        C2 = self.layers[low + 2].add(("C2", number), (number, 0, 0, 0), {C1: w5, K1: negate(w5)}, ZERO)
        self._add_top(number, {C2: w6, K2: negate(w6)}, w7, point.upstream)

    def _toward(self, number: int, gradient: Datum) -> tuple[Datum, Fraction]:
        """s g, and the heads' weight."""
        c = self.compared[number]
        return gradient if c.sign > 0 else negate(gradient), self._head_weight(c)

    def _on_heads(self, number: int, w1: Fraction, gate: Gate, weights: Sequence[Datum]) -> dict[Name, Datum]:
        """The terms of heads, as many as there are weights, and of their twins."""
        carried: dict[Name, Datum] = {}
        for i, w4 in enumerate(weights):
            C, twin = self._head(number, i, w1, gate)
            carried |= {C: w4, twin: negate(w4)}
        return carried

    def _add_top(self, number: int, path: dict[Name, Datum], w7: Datum, upstream: Datum) -> None:
        """A above a path, with its twin; no upstream that is larger in magnitude meets their gates."""
        F = self.F
        gate = self._gate_of(abs(rational(multiply(F, w7, upstream))) / 2**self.levels.shift, Fraction(0))
        if gate is None:
            raise ConstructionError(f"{F.name}: no gate of {self.sigma.name} switches off what carries the upstream {both(F, upstream)}")
        top = self.top
        A = self.layers[top].add(("A", number), (0, number, 0), path | self._gates(number, top - 1, (number, 2, 0), gate), ZERO)
        twin = self.layers[top].add(("A'", number), (0, number, 1), self._gates(number, top - 1, (number, 3, 0), gate), ZERO)
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
        for goal in GOALS:
            n = goal + shift
            pair = two_factors(F, y, n, shift)
            last = [w for term in terms if (w := scaled(F, term, shift + doubled - n)) is not None]
            if pair is not None and len(last) == len(terms):
                return (w7, *pair), last
        raise ConstructionError(f"{F.name}: {self.sigma.name} finds no way to carry the upstream {both(F, upstream)} to this gradient")

    def _head_weight(self, c: Compared) -> Fraction:
        """1, or in strict mode 1/2 where the largest x + t could overflow."""
        return half_if_large(self.F, c.threshold) if self.strict else Fraction(1)

    def _heads(self, gradients: Sequence[Datum], w1: Fraction) -> tuple[Gate, list[list[Datum]]]:
        """Each gradient as a sum over heads, and the gate of each head: the cheapest of all gates that work."""
        F, shift = self.F, self.levels.shift
        start = (1 - rational(self.levels.middle)) * 2**shift
        most = max((absolute(g) for g in gradients), key=rational)
        best: tuple[int, Gate, list[list[Datum]]] | None = None
        for n in range(-2, F.emax + 1):  # the larger n, the more terms
            cap = round_rational(F, w1 * min(F.Omega / Fraction(2) ** max(n, 0), F.Omega / 2**shift), Mode.DOWN)
            gate = self._gate_of(min(rational(most), rational(cap)) / w1, start)
            if gate is None:
                continue
            try:
                terms = [parts(F, g, cap) for g in gradients]
            except ConstructionError:
                continue
            count = max(map(len, terms))
            if best is None or count * (gate.copies + 2) <= best[0]:
                best = count * (gate.copies + 2), gate, terms
            if 3 * count > best[0]:
                break
        if best is None:
            raise ConstructionError(f"{F.name}: no sum over heads of {self.sigma.name} gives the gradient {both(F, most)}")
        return best[1:]

    def _head(self, number: int, i: int, w1: Fraction, gate: Gate) -> tuple[Name, Name]:
        """C and its twin."""
        F, c, m = self.F, self.compared[number], self.stages
        slope = F.power_of_two(self.levels.shift)
        bias = negate(self.exact(w1 * rational(c.threshold)))
        wire = self.layers[0].add(("H", number, i), (number, 2, i, 0), {"x": self.exact(c.sign * w1)}, bias)
        for index in range(1, m + 1):
            weights = {wire: slope, self._constant(index - 1, (number, 2, i, 1), ZERO): negate(slope)}
            if index == m:
                weights |= self._gates(number, m - 1, (number, 3, i), gate)
            wire = self.layers[index].add(("H", number, i), (number, 2, i, 0), weights, ZERO)
        twin = self.layers[m].add(("H'", number, i), (number, 2, i, 1), self._gates(number, m - 1, (number, 4, i), gate), ZERO)
        return wire, twin

    def _add_value(self, number: int, value: Datum) -> None:
        try:
            terms = parts(self.F, value, self._cap())
        except ConstructionError as error:
            largest = f"a term times the table's largest upstream, {both(self.F, self.most_upstream)}, must be finite"
            most = min(2 ** (self.F.p + 2) - 6, MOST_TERMS)
            raise ConstructionError(error.message, hint=f"{largest}; every value is reached beside upstreams of at most {most}") from None
        for i, term in enumerate(terms):
            self.output[self._unit(number, i, self.top)] = term

    def _cap(self) -> Datum:
        """The largest weight c of an output with c H finite."""
        F, H = self.F, self.most_upstream
        return F.largest if rational(H) <= 1 else divide(F, F.largest, H, Mode.DOWN)

    def _unit(self, number: int, i: int, top: int) -> Name:
        """u = [x = z] in the layer of that index, derivative 0 below it."""
        F, B = self.F, self.levels.bound
        rank = (1, number, i)
        base = top - 1 if self.levels.low == 0 else top - 2
        signals = {self._signal(number, side, base, (number, 8, place)): self.exact(-2 * B) for place, side in enumerate((1, -1))}
        if self.levels.low == 0:
            return self.layers[top].add(("u", number, i), rank, signals, self.exact(B))
        one = rational(F.one)
        copies = next(n for n in range(1, F.p + 4) if rational(self.levels.sigma.value(self.exact(2 * n))) == one)
        above = {self.layers[top - 1].add(("V", number, i, n), (number, 8, i, n), signals, self.exact(-3 * B)): F.one for n in range(copies)}
        return self.layers[top].add(("u", number, i), rank, above, self.exact(copies))
