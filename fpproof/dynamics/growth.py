"""S2-E3 (5): the growth law of the toy, for all times: every flow that enters a region of the plane stays, and grows as (128 t/17)^(1/4).

L(w, c) = (c psi(w) - 1)^2 + (c psi(2w) - 4)^2, psi = log cosh. With s = w^2, r = c w^2/2 and the functions of s, analytic at 0 too,

    A = 2 psi(w)/s,   B = psi(2w)/(2s),   T = tanh(w)/w,   U = tanh(2w)/(2w),   g = A T + 16 B U,   h = A^2 + 16 B^2

the flow is s' = -8 r g (r - rho), r' = -(8 r^2/s) g (r - rho) - (s^2/2)(h r - A - 16 B), where rho = (T + 16 U)/g makes dL/dw = 0. At r = rho the
last bracket is -s^2 D, D = -16 (A - B)(A U - B T)/(g s^2). In slow coordinates r = rho + s^5 y these are

    s' = -q s^5,  q = 8 r g y,       s y' = p Q - y Q + 8 g s^5 y^2 (4 r - rho + s rho'),
    Q = 8 rho^2 g + h s^3/2 - 8 rho g s rho',     p = D/(2 Q)

so y = p + k s^5 with a constant k is crossed in the direction of the sign of

    E_k = -k Q + 8 g y^2 (4 r - rho + s rho') + q s (p' + 5 k s^4).

If E_0 > 0 and E_K < 0 for 0 < s <= S, where q > 0 too, no flow leaves 0 < s <= S, p <= y <= p + K s^5: s falls, and the time from s_1 to s is the
integral of 1/(q s^5). At s = 0 all is exact: q = 2/17, r = 1, L/s^2 = 4/17; so s^-4 grows as 8 t/17, and c = 2 r/s as (128 t/17)^(1/4), L as
(4/17)(8 t/17)^(-1/2).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from gmpy2 import mpq

from fpproof.dynamics.balls import Ball, around, ball, ends, flint, rational, real_balls, working
from fpproof.dynamics.expressions import parse_loss
from fpproof.dynamics.flow import Flow, State
from fpproof.dynamics.graph import DynamicsError, Graph, Node, Program
from fpproof.dynamics.models import Model, arithmetic, variable

TOY = "(c*log(cosh(w)) - 1)**2 + (c*log(cosh(2*w)) - 4)**2"
REACH = Fraction(5, 4)
"""S."""
WIDTH = Fraction(4, 1156**2)
"""K: a little more than 3 p(0)^2, which is where E changes its sign at s = 0."""
NEAR = Fraction(1, 4)
"""Up to here by models, from here on cell by cell."""
NEAR_CELLS = 32
ORDER = 24
RATIO = 1 + Fraction(1, 512)
"""Of the ends of a cell."""
BITS = 160
LATEST = 10**18

_BASE = ("s", "A", "B", "T", "U")
_DERIVED = {
    "A1": "(T - A)/s",
    "B1": "(U - B)/s",
    "T1": "(1 - s*T**2 - T)/(2*s)",
    "U1": "(1 - 4*s*U**2 - U)/(2*s)",
    "a": "(A - B)/s",
    "b": "(A*U - B*T)/s",
}
"""A', B', T', U' by (s A)' = T, (s B)' = U and tanh' = 1 - tanh^2; the two differences. A variable each, so that what is regular at 0 stays whole."""
EDGE = ("q", "r", "L/s^2")
_RATES = {
    "s": "1", "A": "A1", "B": "B1", "T": "T1", "U": "U1",
    "A1": "(T1 - 2*A1)/s", "B1": "(U1 - 2*B1)/s",
    "T1": "(-T**2 - 2*s*T*T1 - 3*T1)/(2*s)", "U1": "(-4*U**2 - 8*s*U*U1 - 3*U1)/(2*s)",
    "a": "(A1 - B1 - a)/s", "b": "(A1*U + A*U1 - B1*T - B*T1 - b)/s",
}  # fmt: skip
"""Their derivatives by s."""
_NAMES = {name: index for index, name in enumerate((*_BASE, *_DERIVED))}
_TEXTS = {"g": "A*T + 16*B*U", "h": "A**2 + 16*B**2", "rho": "(T + 16*U)/(A*T + 16*B*U)", "D": "-16*a*b/(A*T + 16*B*U)"}


@dataclass(frozen=True)
class Region:
    """What is proved of the region: the values at s = 0, exactly, and how many cells were looked at."""

    reach: Fraction
    width: Fraction
    rate: mpq
    """q(0)."""
    position: mpq
    """r(0)."""
    loss: mpq
    """L/s^2 at 0."""
    cells: int

    @property
    def growth(self) -> mpq:
        """lim c^4/t = (2 r)^4 4 q."""
        return (2 * self.position) ** 4 * 4 * self.rate


@cache
def _programs(width: Fraction) -> tuple[Program, Program, Program]:
    """E_0 and E_K; p, rho, and for y = p and y = p + K s^5 the values of q, r, L/s^2; for both, the derivatives of q and r by s."""
    graph = Graph()
    parts = {name: parse_loss(graph, text, _NAMES) for name, text in _TEXTS.items()}
    rates = [parse_loss(graph, _RATES[name], _NAMES) for name in _NAMES]
    s, A, B = (graph.variable(_NAMES[name]) for name in "sAB")
    g, h, rho = parts["g"], parts["h"], parts["rho"]
    times, plus = graph.multiply, graph.add

    def slope(of: Node) -> Node:
        return graph.sum(times(d, rate) for d, rate in zip(graph.gradient(of, len(rates)), rates, strict=True))

    def product(*factors: Any) -> Node:
        result = graph.constant(1)
        for factor in factors:
            result = times(result, factor)
        return result

    number = graph.constant
    turn = times(s, slope(rho))
    Q = graph.sum(
        [product(number(8), rho, rho, g), product(number(mpq(1, 2)), h, graph.power(s, 3)), graph.negate(product(number(8), rho, g, turn))]
    )
    p = graph.divide(times(number(mpq(1, 2)), parts["D"]), Q)
    across: list[Node] = []
    facts, slopes = [p, rho], list[Node]()
    for k in (Fraction(0), width):
        K = number(mpq(k.numerator, k.denominator))
        y = plus(p, times(K, graph.power(s, 5)))
        r = plus(rho, times(graph.power(s, 5), y))
        q = product(number(8), r, g, y)
        inner = graph.sum([times(number(4), r), graph.negate(rho), turn])
        drift = plus(slope(p), product(number(5), K, graph.power(s, 4)))
        across.append(graph.sum([graph.negate(times(K, Q)), product(number(8), g, y, y, inner), product(q, s, drift)]))
        u, v = (graph.divide(graph.subtract(times(r, f), number(1)), s) for f in (A, B))
        facts += [q, r, plus(times(u, u), product(number(16), v, v))]
        slopes += [slope(q), slope(r)]
    return graph.program(across), graph.program(facts), graph.program(slopes)


@cache
def _derived() -> Program:
    graph = Graph()
    return graph.program([parse_loss(graph, text, _NAMES) for text in _DERIVED.values()])


def series_of_tanh(count: int) -> list[mpq]:
    """t_k of tanh(z)/z = sum t_k z^(2k), by tanh' = 1 - tanh^2."""
    found: list[mpq] = [mpq(1)]
    for k in range(1, count):
        found.append(-sum((found[i] * found[k - 1 - i] for i in range(k)), mpq(0)) / (2 * k + 1))
    return found


def _near(reach: Fraction = NEAR) -> list[Model]:
    """s, A, B, T, U on [0, reach].

    tanh(z)/z = sum_j 2/(a_j + z^2), a_j = ((2j - 1) pi/2)^2, so the rest of its series in s = z^2 after t_(N-1) s^(N-1) has the sign of t_N and is at
    most |t_N| s^N, for every s >= 0; A is the mean of T over [0, s], and B and U are A and T at 4s.
    """
    t = series_of_tanh(ORDER + 1)
    found = [variable(ORDER, reach)]
    for scale, divided in ((1, True), (4, True), (1, False), (4, False)):
        c = [x * mpq(scale) ** k / (k + 1 if divided else 1) for k, x in enumerate(t)]
        found.append(Model(tuple(c[:ORDER]), flint().arb(0).union(ball(c[ORDER])), reach))
    return [*found, *_derived().run(arithmetic(ORDER, reach), found)]


def _far(s: Ball) -> list[Ball]:
    w = s.sqrt()
    A, B = 2 * w.cosh().log() / s, (2 * w).cosh().log() / (2 * s)
    found = [s, A, B, w.tanh() / w, (2 * w).tanh() / (2 * w)]
    return [*found, *_derived().run(real_balls(), found)]


def _cells(low: Fraction, high: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
    """From low to high, each end at most RATIO times the one before."""
    while low < high:
        end = min(high, Fraction(int(low * RATIO * 2**40) + 1, 2**40))
        yield low, end
        low = end


def region(reach: Fraction = REACH, width: Fraction = WIDTH) -> Region:
    """The proof that the region is never left. Raises DynamicsError where a sign is not seen: then nothing is claimed."""
    across, facts, _ = _programs(width)
    with working(BITS):
        models = arithmetic(ORDER, NEAR)
        crossing, values = (program.run(models, _near()) for program in (across, facts))
        cells = 0
        for k in range(NEAR_CELLS):
            low, high = NEAR * k / NEAR_CELLS, NEAR * (k + 1) / NEAR_CELLS
            _check([model.over(low, high) for model in crossing], [values[2].over(low, high)], low)
            cells += 1
        for low, high in _cells(NEAR, reach):
            inputs = _far(ball(low).union(ball(high)))
            _check(across.run(real_balls(), inputs), facts.run(real_balls(), inputs)[2:3], low)
            cells += 1
    rate, position, loss = (values[k].coefficients[0] for k in (2, 3, 4))
    return Region(reach, width, rate, position, loss, cells)


def _check(crossing: list[Ball], rates: list[Ball], at: Fraction) -> None:
    if not (crossing[0] > 0 and crossing[1] < 0 and rates[0] > 0):
        raise DynamicsError(f"growth: a flow may leave the region near s = {float(at):.4g}")


@dataclass(frozen=True)
class Entry:
    """A flow at a time at which it is in the region: s and y in balls."""

    t: Fraction
    s: Ball
    y: Ball


def entry(found: Flow, within: Region) -> Entry:
    """The first end of a segment at which a flow of the toy is certainly in the region; DynamicsError if there is none."""
    _, facts, _ = _programs(within.width)
    with working(BITS):
        for segment in found.segments:
            state = found.at(segment.end)
            inside = _inside(state, within, facts)
            if inside is not None:
                return inside
    raise DynamicsError(
        f"growth: the flow is not seen to enter the region up to t = {float(found.end):.4g}", hint="follow it longer, or with a smaller --precision"
    )


def _inside(state: State, within: Region, facts: Program) -> Entry | None:
    w, c = state.parameters
    s = w * w
    if not (ball(NEAR) < s and s < ball(within.reach) and w * w * c > 0):
        return None
    p, rho = facts.run(real_balls(), _far(s))[:2]
    y = (c * s / 2 - rho) / s**5
    return Entry(state.t, s, y) if y > p and y < p + ball(within.width) * s**5 else None


@dataclass(frozen=True)
class Later:
    """Parameters and loss at a time, enclosed; `growth` is c^4/t."""

    t: Fraction
    w: Ball
    c: Ball
    loss: Ball
    growth: Ball


def later(start: Entry, within: Region, times: list[Fraction]) -> list[Later]:
    """Enclosures at increasing times after a flow entered. On a cell q lies between its values for y = p and y = p + K s^5, since it grows with y."""
    if not times or times[0] <= start.t or times[-1] > LATEST:
        raise DynamicsError(f"growth: expected times after t = {float(start.t):.4g}, when the flow is seen in the region, and up to {LATEST}")
    _, facts, slopes = _programs(within.width)
    with working(BITS):
        tables = _Tables(facts, slopes, facts.run(arithmetic(ORDER, NEAR), _near()))
        cells = list(_descending(start, times[-1], tables))
        fast = _march(flint().arb(start.s.lower()), start.t, cells, times, lambda q: flint().arb(q.upper()))
        slow = _march(flint().arb(start.s.upper()), start.t, cells, times, lambda q: flint().arb(q.lower()))
        return [_later(t, low.union(high), tables) for t, low, high in zip(times, fast, slow, strict=True)]


_Cell = tuple[Fraction, Fraction, Ball]


@dataclass(frozen=True)
class _Tables:
    """What q and r are computed with."""

    facts: Program
    slopes: Program
    near: list[Model]

    def between(self, low: Fraction, high: Fraction, which: int) -> Ball:
        """q (0) or r (1) on a cell of the region, by the mean value theorem."""
        places = (2 + which, 2 + which + len(EDGE))
        if high <= NEAR:
            found = [self.near[place].over(low, high) for place in places]
        else:
            middle, half = ball((low + high) / 2), ball((high - low) / 2)
            values = self.facts.run(real_balls(), _far(middle))
            slopes = self.slopes.run(real_balls(), _far(around(middle, half)))[which::2]
            found = [around(values[place], slope * half) for place, slope in zip(places, slopes, strict=True)]
        return found[0].union(found[1])


def _descending(start: Entry, until: Fraction, tables: _Tables) -> Iterator[_Cell]:
    """Cells of s, from high to low, with q; until even the fastest flow is past the last time. It starts in the first, whose time is not counted."""
    high, clock = _above(start.s), ball(start.t)
    first = True
    while clock < ball(until):
        low = max(high / RATIO, NEAR) if high > NEAR else high / RATIO
        low = Fraction(int(low * 2**80), 2**80)
        q = tables.between(low, high, 0)
        yield low, high, q
        if not first:
            clock += _crossing(ball(low), ball(high), flint().arb(q.upper()))
        high, first = low, False


def _above(x: Ball) -> Fraction:
    return Fraction(int(rational(x.upper()) * 2**80) + 1, 2**80)


def _crossing(low: Ball, high: Ball, q: Ball) -> Ball:
    """The time from high to low if s' = -q s^5: (s^-4)' = 4 q."""
    return (low**-4 - high**-4) / (4 * q)


def _march(s: Ball, t: Fraction, cells: list[_Cell], times: list[Fraction], rate: Callable[[Ball], Ball]) -> list[Ball]:
    """s at the times, if q on each cell is `rate` of its ball."""
    found: list[Ball] = []
    clock, waiting = ball(t), list(reversed(times))
    for low, _, ball_of_q in cells:
        q = rate(ball_of_q)
        if not s > ball(low):
            continue
        end = clock + _crossing(ball(low), s, q)
        while waiting and ball(waiting[-1]) < end:
            found.append((s**-4 + 4 * q * (ball(waiting.pop()) - clock)) ** -1)
        if waiting and not ball(waiting[-1]) > end:
            break
        s, clock = ball(low), end
    if waiting:
        raise DynamicsError(f"growth: t = {waiting[-1]} is not certainly within a cell of s")
    return [x.root(4) for x in found]


def _later(t: Fraction, s: Ball, tables: _Tables) -> Later:
    low, high = (Fraction(int(v.numerator), int(v.denominator)) for v in ends(s))
    r = tables.between(low, high, 1)
    _, A, B, *_ = [f.over(low, high) for f in _near()] if high <= NEAR else _far(s)
    c = 2 * r / s
    return Later(t, s.sqrt(), c, (r * A - 1) ** 2 + 16 * (r * B - 1) ** 2, c**4 / ball(t))
