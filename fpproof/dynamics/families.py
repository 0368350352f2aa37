"""S2-E2: networks whose loss on x^2 tends to 0 while their norm grows, with two-sided bounds for every member of the family at once.

Two neurons, at a rational b with psi''(b) != 0:     N_h(x) = (psi(b + hx) + psi(b - hx) - 2 psi(b)) / (h^2 psi''(b))
One neuron, at b with psi'(b) = 0, psi''(b) != 0:    N_h(x) = 2 (psi(b + hx) - psi(b)) / (h^2 psi''(b))

By Taylor's theorem N_h(x) - x^2 lies in h^2 x^4 K, K the mean of psi''''(b + z u)/(12 psi''(b)) for u in [0, 1] with the weight 4 (1 - u)^3, or in
h x^3 K, K that of psi'''(b + z u)/(3 psi''(b)) with the weight 3 (1 - u)^2, |z| = |hx|. Balls of the derivative over |z u| <= Z (i + 1)/n for the n
parts of [0, 1] bound K, and so the loss from below and above, for all 0 < h <= H and data up to X with Z = H X.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fpproof.dynamics.balls import Ball, around, ball, flint, norm, real_balls, series, working
from fpproof.dynamics.expressions import FUNCTIONS, parse_loss
from fpproof.dynamics.graph import DynamicsError, Graph, Program

BITS = 300
CELLS = 256
"""n."""
LOWEST, STEPS = -8, 64
"""Where a zero of psi' is looked for: in [-8, 0], in so many parts."""


@dataclass(frozen=True)
class Family:
    """psi and b; `neurons` 1 or 2. The bound holds for 0 < h <= most and |x| <= reach."""

    activation: str
    neurons: int
    base: Ball
    value: Ball
    second: Ball
    """psi(b), psi''(b)."""
    bound: Ball
    """K."""
    most: Fraction
    reach: Fraction

    @property
    def order(self) -> int:
        """N_h(x) - x^2 is h^order x^(order + 2) K."""
        return 2 if self.neurons == 2 else 1


@dataclass(frozen=True)
class Member:
    """The network for an h: its loss, the mean of the squared errors, enclosed directly and by the bound of the family; and its norm."""

    h: Fraction
    loss: Ball
    bounded: Ball
    norm: Ball


def _psi(activation: str) -> Program:
    if activation not in FUNCTIONS:
        raise DynamicsError(f"family: no activation {activation[:40]!r}", hint=f"there are {', '.join(FUNCTIONS)}")
    graph = Graph()
    return graph.program([parse_loss(graph, f"{activation}(x)", {"x": 0})])


def _jet(psi: Program, at: Ball, length: int) -> list[Ball]:
    """psi, psi', psi''/2, ... at a ball."""
    arb = flint().arb
    with working(BITS, length):
        result = psi.run(series(), [flint().arb_series([at, 1])])[0]
        found = [arb(c) for c in result.coeffs()]
    return [*found, *[arb(0)] * (length - len(found))]


def family(activation: str, base: Fraction | None, most: Fraction = Fraction(1), reach: Fraction = Fraction(1)) -> Family:
    """The family of two neurons at b, or of one neuron at the zero of psi' below 0 (base None). DynamicsError where psi''(b) may be 0."""
    if not 0 < most * reach <= 4:
        raise DynamicsError(f"family: expected h and x with 0 < hx <= 4, found {most} and {reach}")
    psi = _psi(activation)
    neurons = 1 if base is None else 2
    with working(BITS):
        b = _turn(psi, activation) if base is None else ball(base)
        jet = _jet(psi, b, 3)
        second = 2 * jet[2]
        if second.contains(0):
            raise DynamicsError(f"family: the second derivative of {activation} may be 0 at {b.str(8)}", hint="choose another base")
        k = 4 if neurons == 2 else 3
        scale = flint().arb(k).gamma() * k / ((12 if neurons == 2 else 3) * second)
        bound = _mean(psi, b, k, ball(most * reach))
        if not bound.is_finite():
            raise DynamicsError(f"family: {activation} is not seen to be smooth around {b.str(8)}")
        return Family(activation, neurons, b, jet[0], second, bound * scale, most, reach)


def _mean(psi: Program, b: Ball, k: int, z: Ball) -> Ball:
    """The mean of the k-th Taylor coefficient at b + zu and b - zu with the weight k (1 - u)^(k-1), for any |z| up to a bound."""
    total, hull, rest = flint().arb(0), None, Fraction(1)
    for i in range(CELLS):
        for side in (-1, 1):
            part = _jet(psi, around(b + side * z * (2 * i + 1) / (2 * CELLS), z / (2 * CELLS)), k + 1)[k]
            hull = part if hull is None else hull.union(part)
        after = (1 - Fraction(i + 1, CELLS)) ** k
        total, rest = total + ball(rest - after) * hull, after
    return total


def _turn(psi: Program, activation: str) -> Ball:
    """The zero of psi' in [-8, 0], by bisection with certain signs."""
    ends = [Fraction(LOWEST) * (STEPS - i) / STEPS for i in range(STEPS + 1)]
    signs = [_jet(psi, ball(x), 2)[1] for x in ends]
    found = [i for i in range(STEPS) if signs[i] * signs[i + 1] < 0]
    if len(found) != 1:
        hint = "give a base: two neurons do it there"
        raise DynamicsError(f"family: the derivative of {activation} has no zero below 0 where it changes its sign", hint=hint)
    low, high, left = ends[found[0]], ends[found[0] + 1], signs[found[0]]
    for _ in range(BITS - 20):
        middle = (low + high) / 2
        sign = _jet(psi, ball(middle), 2)[1]
        if sign.contains(0):
            break
        low, high = (middle, high) if sign * left > 0 else (low, middle)
    return ball(low).union(ball(high))


def member(of: Family, h: Fraction, data: Sequence[Fraction]) -> Member:
    """The network for h <= most on data with |x| <= reach."""
    if not 0 < h <= of.most or any(abs(x) > of.reach for x in data) or not data:
        raise DynamicsError(f"family: expected 0 < h <= {of.most} and data up to {of.reach}, found h = {h}, and {len(data)} data")
    psi = _psi(of.activation)
    # differences of psi at arguments that are hx apart lose about 2 log2(1/h) digits
    with working(BITS + 8 * max(0, (1 / h).numerator.bit_length())):
        step = ball(h)
        scale = of.second * step**2
        exact = Family(of.activation, of.neurons, of.base, _at(psi, of.base), of.second, of.bound, of.most, of.reach)
        errors = [_network(psi, exact, step, scale, ball(x)) - ball(x) ** 2 for x in data]
        loss = sum((e * e for e in errors), flint().arb(0)) / len(data)
        moment = sum((ball(x) ** (2 * of.order + 4) for x in data), flint().arb(0)) / len(data)
        bounded = square(of.bound) * moment * step ** (2 * of.order)
        if of.neurons == 2:
            parameters = [step, step, of.base, of.base, 1 / scale, 1 / scale, 2 * exact.value / scale]
        else:
            parameters = [step, of.base, 2 / scale, 2 * exact.value / scale]
        return Member(h, loss, bounded, norm(parameters))


def square(x: Ball) -> Ball:
    """The squares of a ball's numbers, without ones below 0."""
    low, high = (flint().arb(end) ** 2 for end in (x.lower(), x.upper()))
    hull = low.union(high)
    return hull.union(flint().arb(0)).nonnegative_part() if x.contains(0) else hull


def _at(psi: Program, x: Ball) -> Ball:
    return psi.run(real_balls(), [x])[0]


def _network(psi: Program, of: Family, step: Ball, scale: Ball, x: Ball) -> Ball:
    right = _at(psi, of.base + step * x)
    if of.neurons == 2:
        return (right + _at(psi, of.base - step * x) - 2 * of.value) / scale
    return 2 * (right - of.value) / scale
