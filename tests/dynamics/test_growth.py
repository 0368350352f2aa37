"""The growth law of the toy, certified for all times: coordinates by algebra, the region and what breaks it, enclosures against other ways."""

from fractions import Fraction

import pytest
import sympy
from flint import arb
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.dynamics.balls import DomainError, ball, working
from fpproof.dynamics.flow import flow
from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.growth import TOY, Region, entry, later, region, series_of_tanh
from fpproof.dynamics.models import Model, arithmetic, variable
from fpproof.dynamics.problem import problem

ONE = Fraction(1)


# Models

COEFFICIENTS = st.lists(st.fractions(-3, 3, max_denominator=8), min_size=1, max_size=6)


def polynomial(coefficients: list[Fraction], order: int = 4) -> Model:
    """A polynomial as a model of an order, whatever its degree."""
    exact = tuple(mpq(c.numerator, c.denominator) for c in coefficients)
    whole = Model((*exact, *[mpq(0)] * max(0, order - len(exact))), arb(0), ONE)
    return whole.cut(order)


def value(coefficients: list[Fraction], s: Fraction) -> Fraction:
    return sum((c * s**k for k, c in enumerate(coefficients)), Fraction(0))


@settings(max_examples=10)
@given(COEFFICIENTS, COEFFICIENTS, st.fractions(0, 1, max_denominator=16))
def test_models_hold_the_values(f: list[Fraction], g: list[Fraction], s: Fraction) -> None:
    with working(100):
        x, y = polynomial(f), polynomial(g)
        for model, truth in ((x + y, value(f, s) + value(g, s)), (x * y, value(f, s) * value(g, s)), (x - y * x, value(f, s) * (1 - value(g, s)))):
            assert model.over(s, s).overlaps(ball(truth))
            assert model.everywhere().overlaps(ball(truth))
            assert model.over(max(s - Fraction(1, 16), Fraction(0)), s).overlaps(ball(truth))
        shifted = [Fraction(7), *g]  # at least 1 on [0, 1]: divided by 8 below
        divisor = [Fraction(1), *(c / 32 for c in shifted[1:])]
        assert (x / polynomial(divisor)).over(s, s).overlaps(ball(value(f, s) / value(divisor, s)))
        if s:
            assert ((x * variable(4, ONE)) / variable(4, ONE)).over(s, s).overlaps(ball(value(f, s)))


def test_models_refuse_poles() -> None:
    one, s = arithmetic(4, ONE).constant(mpq(1)), variable(4, ONE)
    for divisor in (s, s - arithmetic(4, ONE).constant(mpq(1, 2)), s - s):
        with pytest.raises(DomainError):
            one / divisor
    with pytest.raises(ValueError, match="nothing"):
        s.over(Fraction(1), Fraction(2))


def test_the_series_of_tanh() -> None:
    z = sympy.Symbol("z")
    theirs = sympy.series(sympy.tanh(z), z, 0, 16).removeO()
    assert [mpq(str(theirs.coeff(z, 2 * k + 1))) for k in range(8)] == series_of_tanh(8)


# The coordinates


def test_the_flow_in_slow_coordinates() -> None:
    """The gradient of the loss, with psi(w) = s A/2, psi(2w) = 2 s B, tanh(w) = w T, tanh(2w) = 2 w U, in s, r, y: the identities of the module."""
    w, c, s, A, B, T, U, y, k, turn, bend = sympy.symbols("w c s A B T U y k turn bend")
    a, b = s * A / 2, 2 * s * B
    u, v = c * a - 1, c * b - 4
    w_dot, c_dot = -2 * c * (u * w * T + 2 * v * 2 * w * U), -2 * (u * a + v * b)
    g, h = A * T + 16 * B * U, A**2 + 16 * B**2
    rho = (T + 16 * U) / g
    r = rho + s**5 * y
    on = {c: 2 * r / s, w: sympy.sqrt(s)}
    s_dot = (2 * w * w_dot).subs(on)
    r_dot = (c_dot * s / 2 + c * s_dot / 2).subs(on)
    assert sympy.simplify(s_dot + 8 * r * g * s**5 * y) == 0
    D = -16 * (A - B) * (A * U - B * T) / (g * s**2)
    assert sympy.simplify(r_dot + 8 * r**2 / s * g * (r - rho) + s**2 / 2 * (h * r - A - 16 * B)) == 0
    assert sympy.simplify(h * rho - A - 16 * B + s**2 * D) == 0
    # rho' = turn / s and p' = bend: y' from r' = rho' s' + 5 s^4 s' y + s^5 y'
    y_dot = (r_dot - (turn / s + 5 * s**4 * y) * s_dot) / s**5
    Q = 8 * rho**2 * g + h * s**3 / 2 - 8 * rho * g * turn
    p = D / (2 * Q)
    inner = 8 * g * s**5 * y**2 * (4 * r - rho + turn)
    assert sympy.simplify(s * y_dot - (p * Q - y * Q + inner)) == 0
    # and across y = p + k s^5: d/dt (y - p - k s^5), over s^4
    q = 8 * r * g * y
    across = s * y_dot - (bend + 5 * k * s**4) * s * s_dot
    E = -k * Q + 8 * g * y**2 * (4 * r - rho + turn) + q * s * (bend + 5 * k * s**4)
    point = {A: sympy.Rational(9, 10), B: sympy.Rational(3, 5), T: sympy.Rational(4, 5), U: sympy.Rational(1, 2), turn: sympy.Rational(1, 7)}
    exact = (across / s**5 - E).subs(point)
    assert sympy.simplify(exact.subs(y, p.subs(point) + k * s**5)) == 0


# The region


@pytest.fixture(scope="module")
def proved() -> Region:
    return region()


def test_the_law(proved: Region) -> None:
    assert (proved.rate, proved.position, proved.loss) == (mpq(2, 17), 1, mpq(4, 17))
    assert proved.growth == mpq(128, 17)
    assert proved.loss * (2 * proved.position) ** 2 == mpq(16, 17)  # L c^2


@pytest.mark.parametrize(("reach", "width"), [(Fraction(1), Fraction(5, 2 * 1156**2)), (Fraction(8), Fraction(4, 1156**2))])
def test_other_regions_are_left(reach: Fraction, width: Fraction) -> None:
    """K must be more than 3 p(0)^2; and a region that reaches to large w is left."""
    with pytest.raises(DynamicsError, match="may leave"):
        region(reach, width)


def test_the_diverging_flow_at_large_times(proved: Region) -> None:
    """Flow A: the notes' numbers (an integrator's) at 10^3, 10^5, 10^7 are inside; the enclosed flow agrees at t = 2; c^4/t grows."""
    found = flow(problem(TOY, {"w": 1, "c": "5/2"}), Fraction(2))
    start = entry(found, proved)
    assert start.t < 1
    at = later(start, proved, [Fraction(2), Fraction(10**3), Fraction(10**5), Fraction(10**7), Fraction(10**15)])
    state = found.at(Fraction(2))
    assert all(x.overlaps(y) for x, y in zip((at[0].w, at[0].c, at[0].loss), (*state.parameters, state.loss), strict=True))
    assert at[0].c.rad() < 0.02
    for point, c in zip(at[1:4], ("9.0509", "29.2870", "93.0173"), strict=True):
        assert point.c.overlaps(arb(c, 5e-5))
        assert point.c.rad() < 0.01
    assert all(point.growth < 128 / 17 for point in at[1:])
    assert at[-1].growth > 7.52
    assert abs(at[3].loss * at[3].c ** 2 * 17 / 16 - 0.99730) < 2e-3


def test_the_other_branch_does_not_enter(proved: Region) -> None:
    found = flow(problem(TOY, {"w": "1/8", "c": -1}), Fraction(1, 2), Fraction(1, 10**6))
    with pytest.raises(DynamicsError, match="not seen to enter"):
        entry(found, proved)
    with pytest.raises(DynamicsError, match="times"):
        later(entry(flow(problem(TOY, {"w": 1, "c": "5/2"}), ONE), proved), proved, [Fraction(0)])
