"""Flow and descent, in CPU time of one thread; results are compared before anything is timed.

A thousand binary16 steps of a network of 97 parameters on 16 samples, compiled, against the same steps through the exact arithmetic.

The flow of a network of 10 parameters up to t = 1 with 15 and 27 proved digits, against mpmath's odefun at 3 more; SciPy in doubles is a
yardstick.

Each run builds its derivatives anew.
"""

import operator
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from scipy.integrate import solve_ivp

from benchmarks.conftest import Goal, Medians
from fpproof.dynamics.flow import flow
from fpproof.dynamics.graph import Arithmetic
from fpproof.dynamics.problem import Problem, network_problem
from fpproof.formats import parse_format
from fpproof.pieces.experiments import random_network, square_run
from fpproof.training import Affine, Run, Trajectory, first_difference, in_formats, parse_arithmetic
from fpproof.training.steps import can_compile

CPU = pytest.mark.benchmark(timer=time.process_time)
DIGITS = (15, 27)
GUARD = 3
"""Digits with which odefun computes beyond those wanted, for it does not say how many are right."""


def network() -> Problem:
    """1-3-1 with logistic activation, five points of x^2; weights that are short dyadics."""
    numbers = [Fraction((37 * k) % 127 - 63, 64) for k in range(1, 11)]
    hidden = Affine(tuple((w,) for w in numbers[:3]), tuple(numbers[3:6]), "sigmoid")
    output = Affine((tuple(numbers[6:9]),), (numbers[9],))
    points = [Fraction(k, 5) for k in range(5)]
    return network_problem(Run((hidden, output), tuple((x,) for x in points), tuple((x * x,) for x in points)))


def work(digits: int) -> str:
    return f"flow of 10 parameters, {digits} digits"


def ours(digits: int) -> list[Any]:
    found = flow(network(), Fraction(1), Fraction(1, 10**digits)).at(Fraction(1))
    return [mpmath.mpf(x.mid().str(40, radius=False)) for x in found.parameters]


def mpmaths(digits: int) -> list[Any]:
    problem = network()
    operations: dict[str, Callable[..., Any]] = {name: getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "neg", "pow")}
    names = {"add": "add", "subtract": "sub", "multiply": "mul", "divide": "truediv", "negate": "neg", "power": "pow"}
    arithmetic = Arithmetic(
        "mpmath",
        lambda r: mpmath.mpf(int(r.numerator)) / int(r.denominator),
        {**{name: operations[short] for name, short in names.items()}, "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x))},
    )
    start = [mpmath.mpf(v.numerator) / v.denominator for v in problem.start]  # dyadic, so exact
    with mpmath.workdps(digits + GUARD):
        return list(mpmath.odefun(lambda t, y: [-g for g in problem.gradient.run(arithmetic, y)], 0, start)(1))


def scipys(digits: int) -> list[Any]:
    problem = network()
    names = ("add", "subtract", "multiply", "divide", "negative", "power")
    operations = {name.replace("negative", "negate"): getattr(np, name) for name in names}
    arithmetic = Arithmetic("numpy", lambda r: float(r), {**operations, "sigmoid": lambda x: 1 / (1 + np.exp(-x))})
    start = [float(v) for v in problem.start]
    found = solve_ivp(lambda t, y: [-g for g in problem.gradient.run(arithmetic, y)], (0, 1), start, method="DOP853", rtol=1e-13, atol=1e-14)
    return list(found.y[:, -1])


CANDIDATES = {"fpproof": ours, "mpmath": mpmaths, "scipy": scipys}


@CPU
@pytest.mark.parametrize("digits", DIGITS)
@pytest.mark.parametrize("name", CANDIDATES)
def test_flow(benchmark: BenchmarkFixture, medians: Medians, name: str, digits: int) -> None:
    with mpmath.workdps(digits + GUARD):
        difference = max(abs(x - y) for x, y in zip(CANDIDATES[name](digits), ours(digits), strict=True))
        assert difference < (1e-11 if name == "scipy" else mpmath.mpf(10) ** (1 - digits))
    medians.measure(benchmark, work(digits), name, lambda: CANDIDATES[name](digits), rounds=3)


@pytest.mark.parametrize("digits", DIGITS)
def test_goal(medians: Medians, digits: int) -> None:
    medians.require(Goal(f"flow, enclosed, {digits} digits", work(digits), "fpproof", "mpmath", 10))


STEPS, PEER_STEPS = 1000, 50
DESCENT = f"{STEPS} binary16 steps"


def test_descent(medians: Medians) -> None:
    """The exact arithmetic runs fewer steps, since each takes it the same time; pytest-benchmark would repeat it too often."""
    F = parse_format("binary16")
    run = square_run(random_network(8, 2, 1), Fraction(1, 64), STEPS)
    assert can_compile(run, parse_arithmetic("binary16"))
    fast = list(Trajectory(run, parse_arithmetic("binary16")).states())
    begun = time.process_time()
    exact = list(Trajectory(replace(run, steps=PEER_STEPS), in_formats(F, F, exactly=True)).states())
    medians.seconds[DESCENT, "exact arithmetic"] = (time.process_time() - begun) * STEPS / PEER_STEPS
    assert first_difference(fast, exact) is None
    times = []
    for _ in range(5):
        begun = time.process_time()
        list(Trajectory(run, parse_arithmetic("binary16")).states())
        times.append(time.process_time() - begun)
    medians.seconds[DESCENT, "fpproof"] = sorted(times)[2]
    medians.require(Goal("descent in binary16", DESCENT, "fpproof", "exact arithmetic", 50))
