"""A polynomial near the flow over an interval of time, and the proof of how near.

Let v be a polynomial, |y(t0) - v(t0)| <= e0 in the Euclidean norm, and delta >= |v' + grad f(v)| on the interval (the defect). Where the balls of
radius rho around v(t) hold only q with lambda_min(hess f(q)) >= -m, the distance e = |y - v| obeys, while e < rho,

    e' <= m e + delta,     e(t) <= e0 exp(m t) + delta t exp(max(m, 0) t)

(for the segment from v to y stays in the ball, <y - v, -(grad f(y) - grad f(v))> <= m e^2). If the right side is below rho up to the end, e never
reaches rho, so the flow exists and stays that near: Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, theorem I.10.6.
This is the inexact form of theorem S3-T1 (docs/dynamics.md).

The defect: the coefficients of v' + grad f(v) below t^K are computed as balls. Those of grad f(v) from t^K on are bounded by Cauchy: if grad f(v(z)) is holomorphic and at most M for
|z| <= R, they add up to at most M (h/R)^K / (1 - h/R) for |t| <= h. A complex ball around v's image of that disc gives M, and shows that it is holomorphic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fpproof.dynamics.balls import Ball, DomainError, around, ball, complex_balls, flint, magnitude, norm, real_balls, series, upper
from fpproof.dynamics.eigenvalues import smallest_eigenvalue, symmetric
from fpproof.dynamics.problem import Problem

Vector = list[Ball]

TUBE_TRIES = 12


@dataclass(frozen=True)
class Piece:
    """Between two times: the flow is within `radius` of the polynomial all the while, within `end` at the end, and m bounds -lambda_min in the tube."""

    start: Fraction
    end: Fraction
    radius: Ball
    at_end: Ball
    growth: Ball


@dataclass(frozen=True)
class Segment:
    """y(t) for t from start to end: the polynomial with these coefficients (exact balls, one list a parameter) in t - center, and its distance to y."""

    start: Fraction
    end: Fraction
    center: Fraction
    coefficients: tuple[Vector, ...]
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
    arb, arb_series = flint().arb, flint().arb_series
    context = flint().ctx
    saved, context.cap = context.cap, length
    try:
        inputs = [arb_series(row[:length]) for row in coefficients]
        outputs = problem.gradient.run(series(), inputs)
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


def validate(
    problem: Problem, coefficients: tuple[Vector, ...], times: tuple[Fraction, Fraction, Fraction], e0: Ball, delta: Ball, cuts: int
) -> tuple[Piece, ...] | None:
    """The pieces of a segment (start, end, center) whose polynomial has a defect of at most delta; None if the tubes that were tried are left.

    The interval is cut into equal parts, each with a tube of its own.
    """
    start, end, center = times
    pieces: list[Piece] = []
    width = (end - start) / cuts
    segment = Segment(start, end, center, coefficients, ())
    for index in range(cuts):
        low, high = start + index * width, start + (index + 1) * width
        box = segment.polynomial(low, high)
        piece = _piece(problem, box, (low, high), e0, delta)
        if piece is None:
            return None
        pieces.append(piece)
        e0 = piece.at_end
    return tuple(pieces)


def _piece(problem: Problem, box: Vector, times: tuple[Fraction, Fraction], e0: Ball, delta: Ball) -> Piece | None:
    """Tubes that are wider each time, until one is not left."""
    arb = flint().arb
    h = ball(times[1] - times[0])
    rho = 2 * (e0 + delta * h) + arb(2) ** -1000
    for _ in range(TUBE_TRIES):
        rho = upper(rho)
        growth = curvature(problem, box, rho)
        if growth is None or not growth.is_finite():
            return None
        rise = (arb(growth) if growth > 0 else arb(0)) * h
        if rise > 60:
            return None
        radius = upper((e0 + delta * h) * rise.exp())
        if radius < rho:
            return Piece(times[0], times[1], radius, upper(e0 * (growth * h).exp() + delta * h * rise.exp()), growth)
        rho = 2 * radius
    return None


def curvature(problem: Problem, box: Vector, rho: Ball) -> Ball | None:
    """m: an upper bound of -lambda_min(hess f) over the box widened by rho; None if a derivative does not exist there."""
    try:
        entries = problem.hessian.run(real_balls(), [around(x, rho) for x in box])
    except (DomainError, ZeroDivisionError):
        return None
    return -smallest_eigenvalue(symmetric(entries, problem.dimension))
