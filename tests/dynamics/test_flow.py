"""Enclosures of flows: against closed forms to the last digit, against an integrator, and against truths that must be inside."""

import math
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from fpproof.dynamics.balls import ball, decimals, rational, working
from fpproof.dynamics.flow import Flow, flow
from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.problem import Problem, problem, read_problem
from fpproof.dynamics.segment import curvature
from tests.strategies import small_rationals

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
TOY = "(c*log(cosh(w)) - 1)**2 + (c*log(cosh(2*w)) - 4)**2"
TIMES = [Fraction(1, 64), Fraction(1, 4), Fraction(1), Fraction(2), Fraction(4)]


def enclosed(p: Problem, until: Fraction | int, precision: str = "1e-9", **options: Any) -> Flow:
    found = flow(p, Fraction(until), Fraction(precision), **options)
    assert found.reason is None
    return found


def scalar(n: int, start: str) -> Problem:
    """A balanced linear network of depth n with one neuron a layer: the loss of w_1 ... w_n."""
    names = [f"w{i}" for i in range(n)]
    return problem(f"({'*'.join(names)} - 1)**2/2", dict.fromkeys(names, start))


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_deep_linear_flows_take_the_time_of_the_closed_form(n: int) -> None:
    """S3-C5: T(w0 -> w) = int dv/((1 - v^n) v^(n-1)), to 30 digits: the flow at the time of w = 3/4 is 3/4."""
    with working(160):
        w0, w = ball(Fraction(1, 2)), ball(Fraction(3, 4))
        time = _closed_form(n, w) - _closed_form(n, w0)
        t = Fraction(rational(time.mid()).numerator, rational(time.mid()).denominator)
    state = enclosed(scalar(n, "1/2"), t, "1e-31").at(t)
    with working(160):
        slack = 4 * time.rad() + 3 * state.radius
        assert all(abs(x - w) < slack for x in state.parameters)
        assert state.radius < arb("1e-30")


def _closed_form(n: int, v: Any) -> Any:
    """An antiderivative of 1/((1 - v^n) v^(n-1)) = v^(1-n) + v/(1 - v^n): sum over roots of unity, by real functions for n = 2..5."""
    if n == 2:
        return (v * v / (1 - v * v)).log() / 2
    head = v ** (2 - n) / (2 - n)
    total = arb(0)
    for k in range(400):  # int v/(1 - v^n) = sum v^(nk+2)/(nk+2); the rest is below v^(400 n)/(1 - v^n)
        total += v ** (n * k + 2) / (n * k + 2)
    return head + total + arb(0, (v ** (400 * n) / (1 - v**n)).upper())


def test_the_balanced_flow_of_depth_two_is_the_known_function() -> None:
    """S3-M1: w(t) = 1/sqrt(1 + 3 e^(-2t))."""
    found = enclosed(read_problem(EXAMPLES / "balanced.toml"), 3, "1e-30")
    with working(found.bits):
        for t in (Fraction(1, 4), Fraction(1), Fraction(3)):
            truth = 1 / (1 + 3 * (-2 * ball(t)).exp()).sqrt()
            assert all(x.contains(truth.mid()) or x.overlaps(truth) for x in found.at(t).parameters)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (("1", "5/2"), {Fraction(1, 64): (1.064847534, 2.519014218), Fraction(1, 4): (1.101721241, 2.545908188), Fraction(1): (1.088223942,
        2.592154161)}),
        (("1/8", "-1"), {}),
    ],
)
def test_flows_of_the_toy(start: tuple[str, str], expected: dict[Fraction, tuple[float, float]]) -> None:
    """S2-E3 (6): radii below 1e-9 at all five times, and the numbers of the paper's notes."""
    found = enclosed(problem(TOY, {"w": start[0], "c": start[1]}), 4, times=TIMES)
    for t in TIMES:
        state = found.at(t)
        assert state.radius < arb("1e-9")
        for x, value in zip(state.parameters, expected.get(t, ()), strict=False):
            assert abs(x - value) < 6e-10
    if not expected:
        assert abs(found.at(Fraction(4)).parameters[0]) < 1e-9
        assert found.at(Fraction(4)).loss.overlaps(arb(17))


def test_norm_and_loss_of_the_toy() -> None:
    found = enclosed(problem(TOY, {"w": 1, "c": "5/2"}), 1, times=TIMES[:2])
    quarter, one = found.at(Fraction(1, 4)), found.at(Fraction(1))
    assert [abs(quarter.norm - 2.774065283) < 1e-9, abs(quarter.loss - 0.10955180) < 1e-8] == [True, True]
    assert [abs(one.norm - 2.811315447) < 1e-9, abs(one.loss - 0.10645693) < 1e-8] == [True, True]


def test_the_logistic_network_of_49_parameters() -> None:
    """Radius below 1e-6 at t = 1; an independent integrator agrees up to its tolerance."""
    p = read_problem(EXAMPLES / "logistic49.toml")
    found = enclosed(p, 1, "1e-6")
    state = found.at(Fraction(1))
    assert state.radius < arb("1e-6")
    x = np.array([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4]) / 8

    def field(t: float, theta: Any) -> Any:
        w, b, v, d = theta[:16], theta[16:32], theta[32:48], theta[48]
        s = 1 / (1 + np.exp(-(np.outer(x, w) + b)))
        error = (s @ v + d - x**2) / 10
        inner = np.outer(error, v) * s * (1 - s)
        return -np.concatenate([x @ inner, inner.sum(0), error @ s, [error.sum()]])

    end = solve_ivp(field, (0, 1), [float(v) for v in p.start], rtol=1e-11, atol=1e-12).y[:, -1]
    assert max(abs(float(ball.mid()) - y) for ball, y in zip(state.parameters, end, strict=True)) < 2e-6


@settings(max_examples=12)
@given(st.lists(small_rationals(), min_size=4, max_size=4), st.integers(1, 8))
def test_linear_flows_hold_the_truth(numbers: list[Fraction], eighths: int) -> None:
    """Never narrower than the truth: for a quadratic loss the flow is a matrix exponential, whatever the signs of its eigenvalues."""
    a, b, c, start = numbers
    t = Fraction(eighths, 8)
    p = problem(f"({a})*x*x/2 + ({b})*x*y + ({c})*y*y/2", {"x": start, "y": 1})
    state = enclosed(p, t, "1e-9").at(t)
    with working(200):
        exponential = arb_mat([[-ball(a * t), -ball(b * t)], [-ball(b * t), -ball(c * t)]]).exp()
        truth = exponential * arb_mat([[ball(start)], [arb(1)]])
        for i, x in enumerate(state.parameters):
            assert x.overlaps(truth[i, 0])
            assert x.contains(truth[i, 0].mid())


@settings(max_examples=8)
@given(st.fractions(Fraction(1, 8), 2, max_denominator=8), st.integers(1, 16))
def test_a_flow_that_explodes_is_not_enclosed_beyond(start: Fraction, eighths: int) -> None:
    """x' = x^2 from x0 is x0/(1 - x0 t): enclosed before 1/x0, and never after."""
    t = Fraction(eighths, 8)
    found = flow(problem("-x**3/3", {"x": start}), t)
    if t * start < 1 and found.reason is None:
        with working(found.bits):
            assert found.at(t).parameters[0].overlaps(ball(start) / (1 - ball(t * start)))
    else:
        assert found.reason is not None
        assert found.end < 1 / start


def test_a_kink_stops_the_flow() -> None:
    found = flow(problem("relu(x) + relu(-x)", {"x": "1/2"}), Fraction(1))
    assert found.reason is not None
    assert "kink" in found.reason
    assert found.end < Fraction(1, 2)


def test_a_kink_in_the_tube_stops_the_flow() -> None:
    """The start is rounded to an equilibrium, where the polynomial stays; the flow leaves it, and runs away behind a kink that no Hessian shows."""
    found = flow(problem("-8*(w-1)**2 - 1000000*relu(w-1-1/1024)", {"w": 1 + Fraction(1, 2**91)}), Fraction(18, 5), Fraction(1, 32))
    assert found.end < 81 * math.log(2) / 16


def test_a_wrong_tube_would_be_seen() -> None:
    """The curvature of a narrow tube is no bound for a wide one: what `validate` compares can fail."""
    p = problem("-x**4", {"x": 1})
    with working(100):
        narrow, wide = (curvature(p, [arb(1)], arb(r)) for r in (0.001, 1))
    assert narrow is not None
    assert wide is not None
    assert narrow < 13 < wide


def test_conserved_quantities_and_lyapunov_facts_on_enclosures() -> None:
    """S3-C2: w_i^2 - w_j^2 is constant; S3-M5: the loss falls, and |theta(t) - theta(0)| <= sqrt(t (f(0) - f(t)))."""
    p = problem("(u*v - 1)**2/2", {"u": "3/2", "v": "1/4"})
    found = enclosed(p, 2, times=TIMES[:4])
    losses = [found.at(t) for t in [Fraction(0), *TIMES[:4]]]
    for earlier, later in pairwise(losses):
        assert later.loss < earlier.loss
        u, v = later.parameters
        assert (u * u - v * v).contains(arb("2.1875"))
        with working(found.bits):
            moved = ((u - 1.5) ** 2 + (v - 0.25) ** 2).sqrt()
            assert moved < (ball(later.t) * (losses[0].loss - later.loss)).sqrt()
            assert moved < found.length(later.t).upper()


def test_precision_is_a_promise() -> None:
    for precision in ("1e-3", "1e-9", "1e-30"):
        found = enclosed(problem(TOY, {"w": 1, "c": "5/2"}), Fraction(1, 4), precision)
        assert found.at(Fraction(1, 4)).radius <= arb(precision)


def test_decimal_bounds_are_bounds() -> None:
    with working(100):
        for x in (arb(1) / 3, -arb(1) / 7, arb("1e-30"), arb(12345678901234567890), arb(0, 1), arb("-1e300")):
            low, high = decimals(x, 5)
            assert Fraction(low) <= Fraction(int(rational(x.lower()).numerator), int(rational(x.lower()).denominator))
            assert Fraction(high) >= Fraction(int(rational(x.upper()).numerator), int(rational(x.upper()).denominator))
            assert math.isfinite(float(low) + float(high))


def test_a_start_that_is_not_dyadic_is_enclosed() -> None:
    state = enclosed(problem("x*x/2", {"x": "1/3"}), 1).at(Fraction(1))
    assert state.parameters[0].overlaps((-arb(1)).exp() / 3)


@pytest.mark.parametrize(
    ("loss", "start"), [("log(x)", "-1"), ("log(x)", "0"), ("1/x", "0"), ("sqrt(x - 2)", "1"), ("x + log1p(-x)", "2"), ("log(log(x))", "1/2")]
)
def test_a_loss_without_a_value_at_the_start_is_refused(loss: str, start: str) -> None:
    with pytest.raises(DynamicsError, match="not defined at the start"):
        flow(problem(loss, {"x": start}), Fraction(1, 8))


def test_a_start_near_the_edge_of_the_domain() -> None:
    """log(x) from 2^-600: x' = -1/x reaches 0 at t = 2^-1201, and is followed a part of the way, or not at all; never further."""
    found = flow(problem("log(x)", {"x": Fraction(1, 2**600)}), Fraction(1, 2**1199))
    assert found.reason is not None
    assert found.end < Fraction(1, 2**1201)


def test_a_stiff_flow_ends_early_and_says_so() -> None:
    """x' = -2e12 (x - 1): steps of 1e-12 do not get to 1, which is seen after a thousand of them; the same flow on its own scale gets there."""
    found = flow(problem("1e12*(x-1)**2", {"x": 0}), Fraction(1))
    assert found.reason is not None
    assert "stiff" in found.reason
    assert len(found.segments) < 2000
    assert flow(problem("1e12*(x-1)**2", {"x": 0}), Fraction(3, 10**12)).reason is None
