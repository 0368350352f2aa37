"""A polynomial near the flow over an interval of time, and the proof of how near.

Let v be a polynomial, |y(t0) - v(t0)| <= e0 in the Euclidean norm, and delta >= |v' + grad f(v)| on the interval (the defect). Where the balls of
radius rho around v(t) hold only q with lambda_min(hess f(q)) >= -m, the distance e = |y - v| obeys, while e < rho,

    e' <= m e + delta,     e(t) <= e0 exp(m t) + delta t exp(max(m, 0) t)

(for the segment from v to y stays in the ball, <y - v, -(grad f(y) - grad f(v))> <= m e^2). If the right side is below rho up to the end, e never
reaches rho, so the flow exists and stays that near: Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, theorem I.10.6.
This is the inexact form of theorem S3-T1 (docs/dynamics.md).

The defect: the coefficients of v' + grad f(v) below t^K are computed as balls. Those of grad f(v) from t^K on are bounded by Cauchy: if grad
f(v(z)) is holomorphic and at most M for
|z| <= R, they add up to at most M (h/R)^K / (1 - h/R) for |t| <= h. A complex ball around v's image of that disc gives M, and shows that it is
holomorphic.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from fpproof.dynamics.balls import Ball, DomainError, around, ball, complex_balls, flint, magnitude, norm, real_balls, series, upper
from fpproof.dynamics.eigenvalues import smallest_eigenvalue, symmetric
from fpproof.dynamics.graph import Program
from fpproof.dynamics.problem import Problem

Vector = list[Ball]

TUBE_TRIES = 12


@dataclass(frozen=True)
class Piece:
    """Between two times: the flow is within `radius` of the polynomial all the while, within `at_end` at the end; `growth` is m for balls of
    radius `tube`."""

    start: Fraction
    end: Fraction
    radius: Ball
    at_end: Ball
    tube: Ball
    growth: Ball


@dataclass(frozen=True)
class Segment:
    """y(t) for t from start to end: the polynomial with these coefficients (exact balls, one list a parameter) in t - center, and its distance to
    y."""

    start: Fraction
    end: Fraction
    center: Fraction
    coefficients: tuple[Vector, ...]
    disc: Ball
    """R of Cauchy's bound."""
    defect: Ball
    pieces: tuple[Piece, ...]

    def polynomial(self, low: Fraction, high: Fraction) -> Vector:
        """Enclosures of the polynomial's values between two times, centered in their middle."""
        middle, half = (low + high) / 2, (high - low) / 2
        return values(self.coefficients, ball(middle - self.center), ball(half))

    def piece(self, t: Fraction) -> Piece:
        return next(piece for piece in self.pieces if t <= piece.end)

    def at(self, t: Fraction) -> tuple[Vector, Ball]:
        """The polynomial's value and the distance to the flow at a time."""
        piece = self.piece(t)
        return self.polynomial(t, t), piece.at_end if t == piece.end else piece.radius

    def over(self, low: Fraction, high: Fraction) -> tuple[Vector, Ball]:
        """The same for all times between two."""
        radius = flint().arb(0)
        for piece in self.pieces:
            if piece.start <= high and piece.end >= low and piece.radius > radius:
                radius = piece.radius
        return self.polynomial(low, high), radius


def values(coefficients: Sequence[Vector], middle: Ball, half: Ball) -> Vector:
    """The values of polynomials at middle +- half, by the mean value theorem where half > 0."""
    arb_poly = flint().arb_poly
    result = []
    for row in coefficients:
        polynomial = arb_poly(row)
        value = polynomial(middle)
        if half > 0:
            value = around(value, magnitude(polynomial.derivative()(around(middle, half))) * half)
        result.append(value)
    return result


def low_defect(gradient: Sequence[Vector], coefficients: Sequence[Vector], h: Ball) -> Vector:
    """For each parameter a bound of the terms of v' + grad f(v) below t^K, for |t| <= h; `gradient` are the coefficients of grad f(v)."""
    arb = flint().arb
    result = []
    for g, v in zip(gradient, coefficients, strict=True):
        total, power = arb(0), arb(1)
        for k, entry in enumerate(g):
            slope = (k + 1) * v[k + 1] if k + 1 < len(v) else 0
            total += magnitude(entry + slope) * power
            power *= h
        result.append(upper(total))
    return result


def gradient_series(problem: Problem, coefficients: Sequence[Vector], length: int) -> list[Vector]:
    """The first coefficients of grad f(v(t)), as balls."""
    return program_series(problem.gradient, coefficients, length)


def program_series(program: Program, coefficients: Sequence[Vector], length: int) -> list[Vector]:
    """The first coefficients of what a program computes along v(t)."""
    arb, arb_series = flint().arb, flint().arb_series
    context = flint().ctx
    saved, context.cap = context.cap, length
    try:
        inputs = [arb_series(row[:length]) for row in coefficients]
        outputs = program.run(series(), inputs)
        return [[*(cs := [arb(c) for c in output.coeffs()]), *[arb(0)] * (length - len(cs))] for output in outputs]
    finally:
        context.cap = saved


def holomorphic_bounds(problem: Problem, coefficients: Sequence[Vector], radius: Ball) -> Vector | None:
    """Bounds of |grad f(v(z))| for |z| <= radius, one a parameter; None where it is not seen to be holomorphic and finite."""
    acb, arb = flint().acb, flint().arb
    inputs = []
    for row in coefficients:
        size, power = arb(0), arb(1)
        for c in row[1:]:
            power *= radius
            size += magnitude(c) * power
        reach = arb(0, magnitude(size))
        inputs.append(acb(row[0] + reach, reach))
    try:
        outputs = problem.gradient.run(complex_balls(), inputs)
    except (DomainError, ZeroDivisionError):
        return None
    bounds = [arb(output.abs_upper()) for output in outputs]
    return bounds if all(b.is_finite() for b in bounds) else None


def defect(low: Vector, bounds: Vector, ratio: Ball, order: int) -> Ball:
    """delta of the module's text: `ratio` is h/R < 1."""
    tail = ratio**order / (1 - ratio)
    return upper(norm([magnitude(a + b * tail) for a, b in zip(low, bounds, strict=True)]))


def proved_defect(problem: Problem, coefficients: tuple[Vector, ...], disc: Ball, reach: Ball) -> Ball | None:
    """delta for |t - center| <= reach < disc; None where the gradient is not seen to be holomorphic on the disc."""
    bounds = holomorphic_bounds(problem, coefficients, disc)
    if bounds is None or not reach < disc:
        return None
    order = len(coefficients[0]) - 1
    return defect(low_defect(gradient_series(problem, coefficients, order), coefficients, reach), bounds, reach / disc, order)


def validate(problem: Problem, segment: Segment, e0: Ball, cuts: int) -> Segment | None:
    """The segment with proved pieces, for a proved defect and a distance e0 at its start; None if the tubes that were tried are left.

    The interval is cut into equal parts, each with a tube of its own.
    """
    pieces: list[Piece] = []
    width = (segment.end - segment.start) / cuts
    for index in range(cuts):
        low, high = segment.start + index * width, segment.start + (index + 1) * width
        piece = _piece(problem, segment.polynomial(low, high), (low, high), e0, segment.defect)
        if piece is None:
            return None
        pieces.append(piece)
        e0 = piece.at_end
    return replace(segment, pieces=tuple(pieces))


def _piece(problem: Problem, box: Vector, times: tuple[Fraction, Fraction], e0: Ball, delta: Ball) -> Piece | None:
    """Tubes that are wider each time, until one is not left."""
    arb = flint().arb
    tube = 2 * (e0 + delta * ball(times[1] - times[0])) + arb(2) ** -1000
    for _ in range(TUBE_TRIES):
        tube = upper(tube)
        growth = curvature(problem, box, tube)
        if growth is None or not growth.is_finite():
            return None
        growth = loosened(growth)
        radius, at_end = distances(e0, delta, growth, ball(times[1] - times[0]))
        if not radius.is_finite() or float(radius) > 1e30:
            return None
        if radius < tube:
            return Piece(times[0], times[1], loosened(radius, 0), loosened(at_end, 0), tube, growth)
        tube = 2 * radius
    return None


def loosened(bound: Ball, scale: int = 1) -> Ball:
    """A somewhat greater number, so that whoever computes the bound again, in another precision, finds it."""
    arb = flint().arb
    return upper(bound + magnitude(bound) * arb(2) ** -20 + scale * arb(2) ** -30)


def distances(e0: Ball, delta: Ball, growth: Ball, h: Ball) -> tuple[Ball, Ball]:
    """Bounds of e all the while and at the end of a time h: e0 exp(m t) + delta t exp(max(m, 0) t)."""
    rise = ((growth if growth > 0 else flint().arb(0)) * h).exp()
    return upper((e0 + delta * h) * rise), upper(e0 * (growth * h).exp() + delta * h * rise)


def curvature(problem: Problem, box: Vector, rho: Ball) -> Ball | None:
    """m: an upper bound of -lambda_min(hess f) over the box widened by rho; None if a derivative does not exist there.

    Between kinks a Hessian may be constant, and not say where they are: the gradient does.
    """
    wide = [around(x, rho) for x in box]
    try:
        problem.gradient.run(real_balls(), wide)
        entries = problem.hessian.run(real_balls(), wide)
    except (DomainError, ZeroDivisionError):
        return None
    return -smallest_eigenvalue(symmetric(entries, problem.dimension))
