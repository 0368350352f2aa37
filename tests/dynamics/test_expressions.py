"""Losses as text: what is read, what is refused, derivatives against sympy, and one program in several arithmetics."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from gmpy2 import mpq
from hypothesis import given
from hypothesis import strategies as st

from fpproof.dynamics.balls import ball, complex_balls, flint, real_balls, series, working
from fpproof.dynamics.eigenvalues import largest_eigenvalue, least_eigenvalue, smallest_eigenvalue, spectral_norm
from fpproof.dynamics.expressions import FUNCTIONS, parse_loss
from fpproof.dynamics.graph import DynamicsError, Graph
from fpproof.dynamics.problem import Problem, problem, problem_of, read_problem
from fpproof.dynamics.rounded import exactly, in_format, on_numpy
from fpproof.errors import FpproofError
from fpproof.formats import parse_format, rational, round_rational
from fpproof.training import parse_source
from tests.strategies import small_rationals

REFUSED = [
    "",
    "x +",
    "x; y",
    "x = 1",
    "lambda: x",
    "x.real",
    "x[0]",
    "__import__('os')",
    "exp(x, x)",
    "exp(x=1)",
    "nothing(x)",
    "z",
    "True",
    "1j",
    "'a'",
    "x**x",
    "x**1000",
    "x**(1/3)",
    "x/0",
    "0**-1",
    "x if x else x",
    "x < 1",
    "f'{x}'",
    "[x]",
    "(" * 200 + "x" + ")" * 200,
    "-" * 5000 + "x",
    "x" * 30000,
    "9" * 5000,
    "1e999999999",
    "2**200**200",
    "x@x",
    "x//2",
    "\x00",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_loss(text: str) -> None:
    with pytest.raises(DynamicsError):
        parse_loss(Graph(), text, {"x": 0})


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("loss = 3\n[start]\nx = 1", "loss"),
        ('loss = "x"', "start"),
        ('loss = "x"\n[start]', "start"),
        ('loss = "x"\n[start]\nx = "a"', "start.x"),
        ('loss = "x"\n[start]\nx = nan', "start.x"),
        ('loss = "x"\n[start]\nx = true', "start.x"),
        ('loss = "x"\n[start]\n"x y" = 1', "name"),
        ('loss = "exp"\n[start]\nexp = 1', "name"),
        ('loss = "x"\nx = 1\n[start]\nx = 1', "unknown"),
        ('loss = "x"\n[start]\nx = 1\nx = 2', "Cannot overwrite"),
        ('loss = "squared"\n[data]\nx=[["1"]]\ny=[["1"]]\n[start]\nx = 1', "start"),
        ('loss = "x"\n[start]\nx = "2^1000000"', "bits"),
        ('loss = "x + yy"\n[start]\nx = 1\ny = 1', "did you mean"),
    ],
)
def test_what_is_no_problem(text: str, where: str) -> None:
    with pytest.raises(FpproofError, match=where):
        problem_of(parse_source("test.toml", text))


def test_errors_point_into_the_file(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('# a comment\nloss = "x*nothing(x)"\n[start]\nx = 1\n')
    with pytest.raises(FpproofError, match=r"p.toml:2:8: .*column 3 of the expression") as found:
        read_problem(tmp_path / "p.toml")
    assert found.value.place is not None
    assert found.value.place.source == 'loss = "x*nothing(x)"'


SMOOTH = ["exp", "log", "sqrt", "sin", "cos", "sinh", "cosh", "tanh", "sigmoid", "softplus", "log1p", "expm1", "erf", "atan", "swish", "mish", "gelu"]


@pytest.mark.parametrize("name", [*SMOOTH, "gelu_tanh", "softsign", "abs", "elu", "selu", "leaky_relu", "relu"])
@pytest.mark.parametrize("x", ["3/4", "5/2", "-5/4"])
def test_derivatives_and_series(name: str, x: str) -> None:
    """Two derivatives by the graph are the coefficients of the series, and contained in complex balls; values are sympy's."""
    if x[0] == "-" and name in ("log", "sqrt", "log1p"):
        return
    graph = Graph()
    node = FUNCTIONS[name](graph, graph.variable(0))
    first = graph.gradient(node, 1)[0]
    second = graph.gradient(first, 1)[0]
    program = graph.program([node, first, second])
    with working(120, 3):
        point = ball(Fraction(x))
        values = program.run(real_balls(), [point])
        coefficients = graph.program([node]).run(series(), [flint().arb_series([point, 1])])[0]
        assert values[0].overlaps(coefficients[0])
        assert values[1].overlaps(coefficients[1])
        assert (values[2] / 2).overlaps(coefficients[2])
        around = [flint().acb(point + flint().arb(0, 0.01), flint().arb(0, 0.01))]
        assert all(wide.real.overlaps(value) for wide, value in zip(program.run(complex_balls(), around), values, strict=True))
        if name in ("exp", "log", "sqrt", "sin", "cosh", "tanh", "erf", "atan"):
            assert abs(float(values[0]) - float(getattr(sympy, name)(sympy.Rational(x)))) < 1e-14


def test_hessians_are_sympys() -> None:
    text = "(a*b**2 - 1/3)**2/(1 + a**2) - b**-2*a"
    a, b = sympy.symbols("a b")
    p = problem(text, {"a": "1/2", "b": "2/3"})
    expression = sympy.sympify(text, rational=True)
    point = {a: sympy.Rational(1, 2), b: sympy.Rational(2, 3)}
    gradient = [sympy.diff(expression, v).subs(point) for v in (a, b)]
    hessian = [sympy.diff(expression, u, v).subs(point) for u, v in ((a, a), (b, a), (b, b))]
    start = [mpq(1, 2), mpq(2, 3)]
    assert [str(v) for v in p.gradient.run(exactly(), start)] == [str(v) for v in gradient]
    assert [str(v) for v in p.hessian.run(exactly(), start)] == [str(v) for v in hessian]


@given(small_rationals(), small_rationals())
def test_formats_round_every_operation(x: Fraction, y: Fraction) -> None:
    """binary16 by the exact arithmetic is numpy's float16, operation by operation; and a square is a product."""
    p: Problem = problem("(x*y - 1)**2/2 + x**2*y", {"x": 1, "y": 1})
    F = parse_format("binary16")
    data = [round_rational(F, v) for v in (x, y)]
    machine = [np.float16(float(rational(v))) for v in data]
    found = p.gradient.run(in_format(F), data)
    assert [float(rational(v)) for v in found] == [float(v) for v in p.gradient.run(on_numpy("float16"), machine)]


@given(st.lists(st.integers(-8, 8), min_size=6, max_size=6))
def test_eigenvalue_bounds_are_bounds(entries: list[int]) -> None:
    a, b, c, d, e, f = entries
    matrix = np.array([[a, b, c], [b, d, e], [c, e, f]], float)
    low, *_, high = np.linalg.eigvalsh(matrix)
    with working(80):
        balls: Any = [[flint().arb(v, 0.125) for v in row] for row in matrix]
        assert low - 0.375 - 1e-6 <= float(smallest_eigenvalue(balls)) <= low - 0.1
        assert high + 0.1 <= float(largest_eigenvalue(balls)) <= high + 0.375 + 1e-6
        assert float(spectral_norm(balls)) >= max(abs(low), abs(high))
        exact = [[flint().arb(v) for v in row] for row in matrix]
        assert abs(float(least_eigenvalue(exact)) - low) < 1e-6


def test_holomorphic_or_refused() -> None:
    """Complex balls that meet a branch cut, a pole or a kink are not finite, or refused."""
    disc = flint().acb(flint().arb(0, 2), flint().arb(0, 2))
    for text in ("log(x)", "sqrt(x)", "1/x", "tanh(x)", "sigmoid(2*x)", "softplus(2*x)", "relu(x)", "abs(x)", "atan(x)", "log1p(x)"):
        graph = Graph()
        program = graph.program([parse_loss(graph, text, {"x": 0})])
        try:
            assert not program.run(complex_balls(), [disc])[0].is_finite()
        except DynamicsError as error:
            assert "kink" in str(error) or "domain" in str(error)  # noqa: PT017  # either of two outcomes


def test_even_powers_reach_over_zero() -> None:
    with working(60):
        wide = flint().arb(0, 1)
        for power in (2, 3, 4):
            value = problem(f"x**{power}", {"x": 1}).value.run(real_balls(), [wide])[0]
            assert value.contains(0)
            assert value.contains(1)
            assert bool(value >= 0) == (power % 2 == 0) or value.lower() > -1e-9
