"""Theorem S3-T1 as a certificate: the step sizes for which gradient descent stays within eps of the flow up to a time T.

For every cell of time, over all points within eps of the flow then: beta >= the Hessian's spectral norm, gamma >= the gradient's norm, m >=
-lambda_min. With
I(t) = int_0^t exp(int_s^t m) ds,

    eta < eps / (beta gamma max I)   =>   |theta_k - theta(k eta)| < eps    for all k with k eta <= T.

Inexact steps, theta_{k+1} = theta_k - eta grad f(theta_k) + eta r_k with |r_k| <= delta and |theta_0 - theta(0)| <= e0, stay within
e0 exp(M) + (beta (gamma + delta) eta + delta) I as long as that is below eps. Proofs: docs/dynamics.md.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from gmpy2 import mpq

from fpproof.dynamics.balls import Ball, DomainError, around, ball, flint, magnitude, norm, rational, real_balls, upper, working
from fpproof.dynamics.eigenvalues import Matrix, basis, in_basis, least_of_form, negated, smallest_eigenvalue, spectral_norm, symmetric
from fpproof.dynamics.flow import Flow
from fpproof.dynamics.graph import DynamicsError, Program
from fpproof.dynamics.problem import Problem
from fpproof.dynamics.segment import Segment, Vector, loosened

CELLS = 256
CUT_DIMENSIONS, MOST_CUTS = 4, 64
"""Most parameters for which the tube is cut, and how often at each time."""
FINE, FINE_GROWTH = 1 / 4, 1 / 2
"""Bounds of -lambda_min that are above it by this part of it, or whose excess adds up to this much over so many cells, are good enough."""
MOST_CELLS = 20_000
THIRD_DERIVATIVES = 12
"""Most parameters for which the Hessian's change is bounded by third derivatives too."""
LONGEST = Fraction(2**20)
"""Of the steps that are certified, also where every step would be: gradients that are 0, or constant."""


@dataclass(frozen=True)
class Cell:
    """Bounds over the tube between two times."""

    start: Fraction
    end: Fraction
    beta: Ball
    gamma: Ball
    m: Ball


@dataclass(frozen=True)
class Tube:
    """The bounds for all cells, and what follows from them; balls are exact numbers."""

    flow: Flow
    radius: Fraction
    cells: tuple[Cell, ...]

    @property
    def until(self) -> Fraction:
        return self.cells[-1].end

    @property
    def beta(self) -> Ball:
        return largest(cell.beta for cell in self.cells)

    @property
    def gamma(self) -> Ball:
        return largest(cell.gamma for cell in self.cells)

    def growth(self) -> tuple[Ball, Ball]:
        """max I and max exp(M) over all times."""
        return integral(self.cells)

    def step(self) -> Fraction:
        """eta*, rounded down to 40 bits and at most 2^20: every smaller step is certified."""
        with working(self.flow.bits):
            speed = self.beta * self.gamma * self.growth()[0]
            if speed * ball(LONGEST) <= ball(self.radius):
                return LONGEST
            return rounded_down(rational((ball(self.radius) / speed).lower()))

    def distance(self, eta: Fraction, delta: Ball | None = None, e0: Ball | None = None) -> Ball:
        """The bound of the distance for steps eta, errors delta a step (divided by eta) and e0 at the start; it proves something if it is below
        `radius`."""
        zero = flint().arb(0)
        delta, e0 = delta if delta is not None else zero, e0 if e0 is not None else zero
        with working(self.flow.bits):
            total, rise = self.growth()
            return upper(e0 * rise + (self.beta * (self.gamma + delta) * ball(eta) + delta) * total)


def integral(cells: tuple[Cell, ...]) -> tuple[Ball, Ball]:
    """Upper bounds of I and of exp(int m) at all times: on a cell I' = m I + 1, so I <= (I0 + h) exp(max(m, 0) h), and at its end I0 e^(mh) +
    (e^(mh) - 1)/m."""
    arb = flint().arb
    total = most_total = arb(0)
    rise = most_rise = arb(1)
    for cell in cells:
        h = ball(cell.end - cell.start)
        positive = (cell.m if cell.m > 0 else arb(0)) * h
        during = upper((total + h) * positive.exp())
        factor = upper((cell.m * h).exp())
        mean = upper((cell.m * h).expm1() / cell.m) if abs(float(cell.m)) > 1e-9 else upper(h * positive.exp())
        total = upper(total * factor + mean)
        most_total = largest((most_total, total)) if cell.m > 0 else largest((most_total, during, total))
        most_rise = largest((most_rise, upper(rise * positive.exp())))
        rise = upper(rise * factor)
    return most_total, most_rise


def largest(values: Iterator[Ball] | tuple[Ball, ...]) -> Ball:
    """The greatest of exact balls."""
    most = None
    for value in values:
        most = value if most is None or value > most else most
    return most


def rounded_down(value: mpq) -> Fraction:
    """The greatest number with 40 bits that is not above."""
    if value <= 0:
        return Fraction(0)
    exponent = value.numerator.bit_length() - value.denominator.bit_length() - 40
    scaled = value / mpq(2) ** exponent
    return int(scaled.numerator // scaled.denominator) * Fraction(2) ** int(exponent)


def tube(flow: Flow, radius: Fraction, cells: int = CELLS, progress: Callable[[int, int], None] = lambda done, total: None) -> Tube:
    """The bounds over the tube of a radius around a flow, with at least so many cells of time.

    Raises DynamicsError where the loss is not smooth in the tube, so that no step is certified.
    """
    if radius <= 0 or not 1 <= cells <= MOST_CELLS:
        raise DynamicsError(f"tube: expected a radius above 0 and from 1 to {MOST_CELLS} cells, found {radius} and {cells}")
    if flow.reason is not None:
        raise DynamicsError(f"tube: the flow is enclosed up to {float(flow.end):.6g} only: {flow.reason}")
    found = []
    width = flow.end / cells
    parts = list(_parts(flow, width))
    with working(flow.bits):
        for number, (part, start, end) in enumerate(parts):
            cell = bounds(flow.problem, part, start, end, radius)
            if cell is None:
                raise DynamicsError(
                    f"tube: the loss is not seen to be smooth within {radius} of the flow between t = {float(start):.6g} and {float(end):.6g}",
                    hint="take a narrower tube, or more cells",
                )
            found.append(Cell(start, end, loosened(cell.beta, 0), loosened(cell.gamma, 0), loosened(cell.m)))
            progress(number + 1, len(parts))
    return Tube(flow, radius, tuple(found))


def _parts(flow: Flow, width: Fraction) -> Iterator[tuple[Segment, Fraction, Fraction]]:
    """Pieces of segments, cut to a width."""
    for part, start, end in flow.pieces():
        count = max(1, -(-(end - start) // width))
        for k in range(count):
            yield part, start + (end - start) * k / count, start + (end - start) * (k + 1) / count


def bounds(problem: Problem, part: Segment, start: Fraction, end: Fraction, radius: Fraction) -> Cell | None:
    """beta, gamma and m between two times, over boxes that cover the tube.

    The box around the tube is cut in two, and its parts again, where m is largest, as long as m is much more than -lambda_min in the middle.
    """
    center, distance = part.over(start, end)
    near = [around(x, distance) for x in center]
    reach = upper(ball(radius) + norm([flint().arb(x.rad()) for x in near]))
    try:
        whole = _box_bounds(problem, [around(x, ball(radius)) for x in near], reach)
        parts = [whole]
        for _ in range(MOST_CUTS if problem.dimension <= CUT_DIMENSIONS else 0):
            worst = max(parts, key=lambda p: _coarse(p.m))
            if _coarse(worst.m) - _coarse(worst.seen) <= max(FINE * abs(worst.seen), FINE_GROWTH / CELLS / float(end - start)):
                break
            parts.remove(worst)
            halves = [half for half in worst.halves() if not norm([x - c for x, c in zip(half, center, strict=True)]) > reach]
            parts += [_box_bounds(problem, half, reach) for half in halves]
    except (DomainError, ZeroDivisionError):
        return None
    beta, gamma, m = (smaller(getattr(whole, name), largest(getattr(p, name) for p in parts)) for name in ("beta", "gamma", "m"))
    finite = all(x.is_finite() for x in (beta, gamma, m))
    return Cell(start, end, magnitude(beta), magnitude(gamma), m) if finite else None


@dataclass(frozen=True, slots=True)
class _Part:
    """Bounds over a box; about what -lambda_min is in its middle; and how much the Hessian changes along each side."""

    box: Vector
    beta: Ball
    gamma: Ball
    m: Ball
    seen: float
    changes: tuple[float, ...]

    def halves(self) -> tuple[Vector, Vector]:
        """The box cut across the side along which the Hessian changes most."""
        arb = flint().arb
        k = max(range(len(self.box)), key=lambda k: _coarse(self.changes[k]))
        middle, half = arb(self.box[k].mid()), upper(arb(self.box[k].rad())) / 2
        low, high = ([*self.box[:k], around(middle + side * half, half), *self.box[k + 1 :]] for side in (-1, 1))
        return low, high


def _coarse(x: Ball | float) -> float:
    """A number by which to choose: who computes it again in another precision finds the same, ties too, and so cuts the same boxes."""
    return float(np.float32(float(x)))


def _box_bounds(problem: Problem, box: Vector, reach: Ball) -> _Part:
    """Over the points of a box that are at most `reach` from its middle: from the box itself, and from its middle by the mean value theorem."""
    n, arithmetic, arb = problem.dimension, real_balls(), flint().arb
    middle = [arb(x.mid()) for x in box]
    sides = [arb(x.rad()) for x in box]
    reach = smaller(reach, upper(norm(sides)))
    inner = symmetric(problem.hessian.run(arithmetic, middle), n)
    seen = -float(np.linalg.eigvalsh([[float(entry) for entry in row] for row in inner])[0])
    changes = [float(side) for side in sides]
    if n <= THIRD_DERIVATIVES:
        third = third_derivatives(problem).run(arithmetic, box)
        changes = [size * float(norm(third[k * n * n : (k + 1) * n * n])) for k, size in enumerate(changes)]
        low, high = _around(inner, third, sides, reach)
        beta, m = largest((magnitude(low), magnitude(high))), -low
    if n > THIRD_DERIVATIVES or not (beta.is_finite() and float(m) < seen + abs(seen)):
        hessian = symmetric(problem.hessian.run(arithmetic, box), n)
        plain = spectral_norm(hessian), -smallest_eigenvalue(hessian)
        beta, m = plain if n > THIRD_DERIVATIVES else (smaller(beta, plain[0]), smaller(m, plain[1]))
    gamma = upper(norm(problem.gradient.run(arithmetic, box)))
    gamma = smaller(gamma, upper(norm(problem.gradient.run(arithmetic, middle)) + beta * reach))
    return _Part(box, beta, gamma, m, seen, tuple(changes))


def _around(inner: Matrix, third: Vector, sides: Vector, reach: Ball) -> tuple[Ball, Ball]:
    """Bounds of the Hessian's eigenvalues within `reach` of the middle of a box with these half sides.

    It is `inner` in the middle, and its derivatives are `third` all over. In a basis Q the entry (i, j) of Q'(D^2 f(q) - D^2 f(c))Q is at most the
    sum over k of |q_k - c_k| |T_k|, T_k = (Q'(d_k D^2 f)Q)_ij, and so at most |q - c| |T|.
    """
    arb, n = flint().arb, len(inner)
    Q = basis(inner)
    slices = [in_basis([third[(k * n + i) * n : (k * n + i + 1) * n] for i in range(n)], Q) for k in range(n)]
    form = in_basis(inner, Q)
    for i in range(n):
        for j in range(n):
            slopes = [magnitude(part[i][j]) for part in slices]
            change = sum((slope * side for slope, side in zip(slopes, sides, strict=True)), arb(0))
            form[i][j] = around(form[i][j], smaller(upper(change), upper(norm(slopes) * reach)))
    low, high = least_of_form(form, Q), least_of_form(negated(form), Q)
    return (low, -high) if low is not None and high is not None else (arb("-inf"), arb("inf"))


def smaller(x: Ball, y: Ball) -> Ball:
    """The smaller of two exact balls; the other one if one is not finite."""
    return y if not x.is_finite() or y < x else x


def third_derivatives(problem: Problem) -> Program:
    """All n^3 of them: the Frobenius norm bounds |D^3 f[u]| for unit vectors u."""
    graph, n = problem.graph, problem.dimension
    found = problem.__dict__.get("third")
    if found is None:
        rows = graph.hessian(problem.gradient_nodes)
        entries = [entry for row in rows for entry in row]
        nodes = [node for row in graph.tangents(entries, range(n)) for node in row]
        found = problem.__dict__["third"] = graph.program(nodes)
    return found
