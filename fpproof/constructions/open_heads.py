"""A table of values and gradients as a network of sigmoids or of hyperbolic tangents in five layers, in mode strict for sigmoids in six.

These are the networks of theories/representation/theorem_3_1_{sigmoid,tanh,sigmoid_strict}.py, every point of the table a part. Notation and layers
1 to m are those of `signals`, with m = 3 (strict sigmoids: 4) and B = `edge`. The heads of a path are not closed by gates: they have the
pre-activation 0 at z, and any elsewhere. Only the top of the path is closed, and has a twin of the same value for every x.

    layer 1          heads H_i = sigma(w_i x - w_i z)
    layer 2          P = sigma(sum over heads of (w4 H_i - w4 K))                       K at z, as all P above
    layer 3          strict sigmoids only: P = sigma(32 P - 32 K)
    layer m          P = sigma(w5 P - w5 K)
    layer m+1        A = sigma(w6 P - w6 K - G D1 - G D2 + 2 G lam), A' likewise without P and K, G = 2^(emax-1)
                     u = [x = z]: of sigmoids sigma(B - 2B D1 - 2B D2), of tanh sigma(-sum of copies of D1 and D2)
    layer m+2        sum over points of (w7 A - w7 A'), then sum over points and terms of c u

K stands for a constant neuron sigma(0), which tanh does not need. Every consumer has signals of its own. The weights are formulas:

- w7 is a power of two that brings the upstream h into [1, 2), or below where w7 H would overflow; w6 = fl(2^n / y) makes 2^n of what arrives, y, or
  the float below, and w5 makes a power of two of either, 1 (tanh: 8).
- Each head gives a share of the gradient, at most `unit`, so that no adjoint overflows; shares are |g| cut from the left, and add up exactly. Its
  weight is at most 1, or 1/2, with which no pre-activation overflows where none may.

Theorems say that all this is right in seven formats, in these modes, for upstreams up to H = 2^(p+2) - 6; in others with p + 4 <= emax each
certificate says so of its table. Where three layers do not tell adjacent floats apart, as tanh's in F(11,5), `bounded` has more.

Source: Park, Park, Hwang, "Floating-Point Networks with Automatic Differentiation Can Represent Almost All Floating-Point Functions and Their
Gradients" (2026), Theorem 3.1 for Sigmoid and tanh, with another construction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import count

from fpproof.constructions.assembly import Name, Rank
from fpproof.constructions.comparing import Comparators, levels
from fpproof.constructions.signals import Signals, largest_upstream
from fpproof.constructions.table import Point
from fpproof.errors import ConstructionError
from fpproof.formats import ZERO, Datum, Format, Mode, rational, round_rational
from fpproof.formats.arithmetic import equal, exponent, multiply, negate, successor
from fpproof.formats.text import both


def edge(F: Format) -> Fraction:
    """B"""
    return rational(round_rational(F, Fraction(3, 4) * (F.p + 1 - F.emin) + 4, Mode.UP))


def check_reach(F: Format, name: str, points: Sequence[Point]) -> None:
    """Raises ConstructionError where the format has too few exponents for the weights, or an upstream is not one of the theorems'."""
    if not (F.has_infinities and F.emin + F.emax == 1 and F.p >= 2 and F.p + 4 <= F.emax):
        raise ConstructionError(f"{F.name}: few layers of {name} need an IEEE-like format with p >= 2 and p + 4 <= emax")
    largest = max((p.upstream for p in points), key=lambda h: abs(rational(h)))
    if abs(rational(largest)) > largest_upstream(F):
        raise ConstructionError(f"{F.name}: the upstream {both(F, largest)} is more than {largest_upstream(F)}, which few layers of {name} can take")


def shares(g: Fraction, unit: Fraction) -> list[Fraction]:
    """g cut into pieces of magnitude `unit`, a power of two, and a last one. Sums of 2^(p+1) of them, from left to right, are floats if g is one."""
    size, sign = abs(g), 1 if g > 0 else -1
    return [sign * min(size - i * unit, unit) for i in range(-(-size // unit))]


class OpenHeads(Signals):
    """The layers of one table while they are built; raises ConstructionError where there need to be more of them."""

    def __init__(self, F: Format, name: str, points: Sequence[Point], strict: bool = False, top: int | None = None) -> None:
        check_reach(F, name, points)
        found = replace(levels(F, name), bound=edge(F))
        self.narrow = strict and found.low == 0
        """Whether sums of layer 1 limit the weights of sigmoids."""
        stages = 4 if self.narrow else 3
        comparators = Comparators(F, found, strict or found.low == -1)  # one network of tanh serves both modes
        super().__init__(comparators, points, range(stages, stages + 1), 1 if top is None else top - stages + 1)
        self.half = Fraction(2) ** (F.emax - 1)
        """G"""
        self.widest = Fraction(1) if not self.narrow or 2 * rational(comparators.largest) <= F.Omega else Fraction(1, 2)
        """The largest weight of x in a head of sigmoids."""

    def _amplitude(self, number: int) -> Fraction:
        return 2 * self.half

    def _pairs(self, number: int, rank: Rank, copies: int, weight: Fraction) -> dict[Name, Datum]:
        """D1 and D2 in turn, for a consumer in the top layer: each with the weight."""
        places = [(order, side) for order in range(copies) for side in (1, -1)]
        return {self._signal(number, side, self.top - 1, (number, *rank, order, side < 0)): self.exact(weight) for order, side in places}

    def _unit(self, number: int, i: int, top: int) -> Name:
        B = self.levels.bound
        if self.levels.low == 0:
            signals, bias = self._pairs(number, (5, i), 1, -2 * B), self.exact(B)
        else:
            copies = next(n for n in count(4) if equal(self.sigma.value(self.exact(2 * n)), self.F.one))  # 4, up to 20 fraction bits
            signals, bias = self._pairs(number, (5, i), copies, Fraction(-1)), ZERO
        return self.layers[top].add(("u", number, i), (1, number, i), signals, bias)

    def _add_gradient(self, number: int, point: Point) -> None:
        F = self.F
        w4, weights = self._shares(point.gradient[0])
        w7, w6, w5 = self._bring(point.upstream)
        path: dict[Name, Datum] = {}
        for i, weight in enumerate(weights):
            bias = negate(multiply(F, weight, point.x[0]))
            path |= self._terms(self._neuron(number, 0, i, {"x": weight}, bias), w4)
        for index, w in enumerate([self.exact(32), w5, w6] if self.narrow else [w5, w6], 1):
            path = self._terms(self._neuron(number, index, 0, path, ZERO), w)
        self._add_top(number, 0, path, w7, 1, self.half)

    def _neuron(self, number: int, index: int, i: int, weights: Mapping[Name, Datum], bias: Datum) -> list[Name]:
        """A neuron that is K at z, and K where that is not 0."""
        name = self.layers[index].add(("P", number, index, i), (number, 2, i, 0), weights, bias)
        return [name, self._constant(index, (number, 2, i, 1), ZERO)] if self.levels.low == 0 else [name]

    def _terms(self, below: Sequence[Name], weight: Datum) -> dict[Name, Datum]:
        """What a consumer takes of a neuron, without K."""
        return dict(zip(below, (weight, negate(weight)), strict=False))

    def _add_top(self, number: int, part: int, path: Mapping[Name, Datum], w7: Datum, copies: int, gate: Fraction) -> None:
        """A above a path, and A', each with copies of the signals, of the gate's weight."""
        bias = self.exact(2 * copies * gate * self.levels.low)
        for twin, terms, weight in ((0, path, w7), (1, {}, negate(w7))):
            gates = self._pairs(number, (3, part, twin), copies, -gate)
            name = self.layers[self.top].add(("A", number, part, twin), (0, number, part, twin), {**terms, **gates}, bias)
            self.output[name] = weight

    def _shares(self, gradient: Datum) -> tuple[Datum, list[Datum]]:
        """w4, and the weight of each head. What arrives at heads below their slopes, `handed`, times such a weight is a share of the gradient."""
        g, limit = abs(rational(gradient)), self.half / 2
        if self.narrow:
            handed, unit = (limit, limit * self.widest) if g >= Fraction(1, 2) else (Fraction(1), Fraction(1, 2))
            w4 = handed / 2  # 32 kappa w4 kappa is `handed`
        elif self.levels.low == 0:
            handed = unit = limit if g >= 1 else Fraction(1)
            w4 = 4 * handed
        else:
            unit = limit if g >= 1 else Fraction(1)
            handed = self.half if g >= 1 else Fraction(2 if g >= Fraction(1, 2) else 1)  # weights of at most 1/2
            w4 = handed / 8
        return self.exact(w4), [self.exact(share / handed) for share in shares(rational(gradient), unit)]

    def _bring(self, upstream: Datum) -> tuple[Datum, Datum, Datum]:
        """w7, w6, w5, which make 1 of the upstream, for tanh 8, below the slope of the layer of w5."""
        F, shift = self.F, self.levels.shift
        w7 = F.power_of_two(min(-exponent(F, upstream), F.emax - F.p - 1))
        y = multiply(F, multiply(F, upstream, w7), F.power_of_two(-shift))
        n = min(0, F.emax - 2 + exponent(F, y))
        w6 = round_rational(F, Fraction(2) ** n / rational(y))
        w5 = F.power_of_two(2 * shift - n + (0 if self.levels.low == 0 else 3))
        return w7, w6, w5 if equal(multiply(F, y, w6), F.power_of_two(n)) else successor(F, w5)
