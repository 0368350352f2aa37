"""The statements of the two papers about networks: classes, zeros, the toy, curvature, closed forms; each with what refutes its neighbour."""

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sympy
import z3
from flint import arb
from gmpy2 import mpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from fpproof.dynamics.balls import ball, norm, real_balls, working
from fpproof.dynamics.curvature import curvature_lemma, positive_semidefinite, root_above
from fpproof.dynamics.expressions import parse_loss
from fpproof.dynamics.finite import frozen_below, minimum
from fpproof.dynamics.flow import flow
from fpproof.dynamics.graph import DynamicsError, Graph
from fpproof.dynamics.problem import network_problem, problem
from fpproof.dynamics.rounded import in_format
from fpproof.dynamics.sad import RAYS, TABLE, classify
from fpproof.dynamics.zeros import certified_positive, data_size, exponential_zeros, most_zeros, most_zeros_deep, sign_changes
from fpproof.formats import Format, parse_format, rational
from fpproof.training import Affine, Run
from tests.strategies import small_rationals

TOY = "(c*log(cosh(w)) - 1)**2 + (c*log(cosh(2*w)) - 4)**2"


# S2-D1

NOT_SAD = {"relu(x)": "analytic", "elu(x)": "analytic", "softsign(x)": "analytic", "x**2": "sublinear", "x**3": "sublinear", "sin(x)": "definable"}


@pytest.mark.parametrize("text", TABLE)
def test_the_class_of_the_activations(text: str) -> None:
    """S2-D1's table: which property fails, and only that one."""
    found = classify(text)
    failing = [name for name in ("sublinear", "analytic", "definable") if getattr(found, name).holds is False]
    assert failing == ([NOT_SAD[text]] if text in NOT_SAD else [])
    assert found.sad is (text not in NOT_SAD)


def test_second_derivatives_at_kinks() -> None:
    assert "2 at 0 is 1.0000 from the left, 0 from" in classify("elu(x)").analytic.reason
    assert "2 at 0 is 2.0000 from the left, -2.0000 from" in classify("softsign(x)").analytic.reason


@pytest.mark.parametrize(("text", "sad"), [("exp(x)", None), ("1000*x", True), ("x*x - x*x + 3", True), ("x**4", False), ("cos(x)", None)])
def test_what_is_not_in_the_table_is_not_claimed(text: str, sad: bool | None) -> None:
    assert classify(text).sad is sad


def test_rays_do_not_compose() -> None:
    """The composition counterexample: f(g(t)) = 1 + t^2, while f is bounded along each ray."""
    t, x, y = sympy.Symbol("t", positive=True), sympy.Symbol("x"), sympy.Symbol("y")
    f, g1, g2 = (sympy.sympify(text) for text in RAYS)
    assert sympy.simplify(f.subs({x: g1.subs(sympy.Symbol("t"), t), y: g2.subs(sympy.Symbol("t"), t)}, simultaneous=True) - 1 - t**2) == 0
    for a, b in ((1, 0), (1, 1), (0, 1), (-1, 2)):
        assert sympy.limit(f.subs({x: a * t, y: b * t}), t, sympy.oo) == 0


# S2-E1


def test_data_sizes() -> None:
    assert (data_size(2, 2, "logistic"), data_size(2, 2, "softplus"), data_size(1, 2, "tanh"), data_size(3, 4, "swish")) == (12, 9, 6, 40)
    assert most_zeros_deep(2, 1, 1) == 2 * 2 * 9
    for neurons, degree, name in ((2, 1, "softplus"), (0, 2, "tanh"), (2, 2, "relu")):
        with pytest.raises(DynamicsError):
            most_zeros(neurons, degree, name)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-6, 6)), min_size=1, max_size=5, unique_by=lambda term: term[1]))
def test_exponential_sums_have_few_zeros(terms: list[tuple[int, int]]) -> None:
    """K terms, at most K - 1 zeros, by Sturm's theorem."""
    terms = [term for term in terms if term[0]]
    if terms:
        assert exponential_zeros(terms) <= len(terms) - 1


def test_the_bound_for_exponential_sums_is_attained() -> None:
    assert exponential_zeros([(-6, 0), (11, 1), (-6, 2), (1, 3)]) == 3


def test_sign_changes_stay_below_the_bound() -> None:
    """A network through three points of x^2 nearly: at least that many changes of sign, and at most 11."""
    graph = Graph()
    text = "4*(softplus(x) + softplus(-x) - 2*log(2)) - x*x"
    program = graph.program([parse_loss(graph, text, {"x": 0})])
    points = [Fraction(k, 4) for k in range(-4, 5)]
    assert certified_positive(program, points) is not None
    assert sign_changes(program, [x for x in points if x]) <= most_zeros(2, 2, "softplus")
    zero = graph.program([parse_loss(graph, "softplus(x) - softplus(-x) - x", {"x": 0})])
    assert certified_positive(zero, points) is None  # S2-E4: a target of degree 1 is met


# S2-E2


@pytest.mark.parametrize(
    ("h", "loss", "size"), [("1", 3.768158573e-4, 8.046675891), ("1/4", 1.650634767e-6, 126.7433122), ("1/1024", 3.873894046e-16, 8306217.389)]
)
def test_two_softplus_neurons_tend_to_the_square(h: str, loss: float, size: float) -> None:
    """S2-E2: the loss on nine points tends to 0 as h^4, and the norm grows as 1/h^2; the two-sided bound holds at each point."""
    with working(300):
        step = ball(Fraction(h))
        total = arb(0)
        for k in range(-4, 5):
            x = ball(Fraction(k, 4))
            value = (8 / step**2) * (step * x / 2).cosh().log()
            assert value - x * x <= arb("1e-60")
            assert -(step**2) * x**4 / 24 <= value - x * x + arb("1e-60")
            total += (value - x * x) ** 2 / 9
        length = norm([step, step, 4 / step**2, 4 / step**2, 8 * arb(2).log() / step**2])
        assert abs(float(total) / loss - 1) < 1e-9
        assert abs(float(length) / size - 1) < 1e-9
        if h == "1/1024":
            assert abs(float(total / step**4) / (12059 / 28311552) - 1) < 1e-6
            assert abs(float(total * length**2) - 0.0267272) < 1e-7


def test_the_bounds_of_log_cosh() -> None:
    """z^2/2 - z^4/12 <= ln cosh z <= z^2/2: the derivatives are z - z^3/3 <= tanh z <= z, and tanh' = 1 - tanh^2 >= 1 - z^2, <= 1."""
    z = sympy.Symbol("z")
    assert sympy.simplify((sympy.diff(sympy.log(sympy.cosh(z)), z) - sympy.tanh(z)).rewrite(sympy.exp)) == 0
    assert sympy.expand(sympy.diff(z - z**3 / 3, z) - (1 - z**2)) == 0
    assert sympy.expand(sympy.diff(z**2 / 2 - z**4 / 12, z) - (z - z**3 / 3)) == 0


# S2-E3


@pytest.mark.parametrize(
    ("w", "least"),
    [
        ("1/10", 2.32056587969e-5),
        ("1/2", 0.0107543571921),
        ("1", 0.0865310479552),
        ("2", 0.312873479051),
        ("8", 0.673579429498),
        ("64", 0.784375458208),
    ],
)
def test_the_reduced_loss_grows_to_four_fifths(w: str, least: float) -> None:
    """S2-E3 (2): L_red = (4 - R)^2/(1 + R^2), R = psi(2w)/psi(w); the last three continue the notes' row."""
    with working(200):
        x = ball(Fraction(w))
        a, b = x.cosh().log(), (2 * x).cosh().log()
        value = (4 - b / a) ** 2 / (1 + (b / a) ** 2)
        best = (a + 4 * b) / (a * a + b * b)
        assert value.overlaps((best * a - 1) ** 2 + (best * b - 4) ** 2)
        assert value < 0.8
        assert abs(float(value) / least - 1) < 1e-10
        if w == "1":
            assert abs(best - 2.949787764) < 1e-9


def test_the_ratio_falls_by_algebra_and_by_z3() -> None:
    """4 psi(w) - psi(2w) has derivative 4 tanh^3/(1 + tanh^2); dL_red/dR < 0 on [2, 4), and not on [2, 5)."""
    T, R = sympy.Symbol("T"), sympy.Symbol("R")
    assert sympy.simplify(4 * T - 2 * (2 * T / (1 + T**2)) - 4 * T**3 / (1 + T**2)) == 0
    derivative = sympy.diff((4 - R) ** 2 / (1 + R**2), R)
    assert sympy.simplify(derivative - 2 * (R - 4) * (4 * R + 1) / (1 + R**2) ** 2) == 0
    r = z3.Real("r")
    for top, wanted in ((4, z3.unsat), (5, z3.sat)):
        assert _solve(r >= 2, r < top, 2 * (r - 4) * (4 * r + 1) >= 0) == wanted


def test_the_gradient_vanishes_only_on_the_line_w_equals_zero() -> None:
    """S2-E3 (3) by branch and bound: no critical point with 1/2 <= w <= 1 and |c| <= 8."""
    p = problem(TOY, {"w": 1, "c": 1})
    waiting = [(Fraction(1, 2), Fraction(1), Fraction(-8), Fraction(8))]
    tried = 0
    with working(80):
        while waiting:
            a, b, c, d = waiting.pop()
            tried += 1
            assert tried < 20000
            box = [ball(a).union(ball(b)), ball(c).union(ball(d))]
            if any(not g.contains(0) for g in p.gradient.run(real_balls(), box)):
                continue
            if (b - a) * 8 > d - c:
                middle = (a + b) / 2
                waiting += [(a, middle, c, d), (middle, b, c, d)]
            else:
                middle = (c + d) / 2
                waiting += [(a, b, c, middle), (a, b, middle, d)]


def test_the_growth_law_by_an_integrator() -> None:
    """S2-E3 (5), not certified, as in the notes: c at 10^3, 10^5, 10^7, and c^4 17/(128 t) at the end."""

    def field(t: float, y: Any) -> Any:
        w, c = y
        a, b = (np.log1p(np.expm1(z) ** 2 * np.exp(-z) / 2) for z in (w, 2 * w))
        u, v = c * a - 1, c * b - 4
        return [-2 * c * (u * np.tanh(w) + 2 * v * np.tanh(2 * w)), -2 * (u * a + v * b)]

    found = solve_ivp(field, (0, 1e7), [1, 2.5], method="Radau", rtol=1e-10, atol=1e-12, t_eval=[1e3, 1e5, 1e7]).y[1]
    assert np.allclose(found, [9.0509, 29.2870, 93.0173], rtol=0, atol=1e-4)
    assert abs(found[-1] ** 4 * 17 / (128e7) - 0.99425) < 1e-5


def test_the_diverging_flow_certified() -> None:
    """Flow A up to t = 4: the loss stays below 4/5 and falls, c grows, w shrinks; S2-M5's audit holds."""
    p = problem(TOY, {"w": 1, "c": "5/2"})
    times = [Fraction(2) ** k for k in range(-2, 3)]
    found = flow(p, times[-1], Fraction(1, 10**6), times=times)
    assert found.reason is None
    states = [found.at(t) for t in (Fraction(0), *times)]
    start = states[0]
    assert start.loss < 0.8
    assert abs(start.loss - 0.479778959180) < 1e-12
    for earlier, later in pairwise(states):
        assert later.loss < earlier.loss
        moved = norm([a - b for a, b in zip(later.parameters, start.parameters, strict=True)])
        assert moved < (ball(later.t) * (start.loss - later.loss)).sqrt()
    for earlier, later in pairwise(states[1:]):
        assert found.audit(later.t)[0] < found.audit(earlier.t)[0]
        assert 0 < found.audit(later.t)[1] < 1
        assert later.parameters[1] > earlier.parameters[1]
        assert later.parameters[0] < earlier.parameters[0]


# D.3 and D.4


@pytest.mark.parametrize(
    ("name", "w", "c", "loss"),
    [("E4M3FN", "1/8", 128, 1.68650697704e-3), ("E5M2", "1/128", 32768, 2.65909811762e-8), ("binary16", "383/65536", 58560, 3.17728599850e-10)],
)
def test_the_infimum_is_attained_in_finite_formats(name: str, w: str, c: int, loss: float) -> None:
    """D.3: over the reals the infimum is 0 and not attained; here it is the least of finitely many positive numbers."""
    found = minimum(parse_format(name))
    assert (rational(found.w), rational(found.c)) == (Fraction(w), Fraction(c))
    assert abs(float(found.loss) / loss - 1) < 1e-11
    assert 0 < found.loss < found.next_best
    assert _by_numpy(parse_format(name), loss) == (float(Fraction(w)), c)


def _by_numpy(F: Format, least: float) -> tuple[float, float]:
    """Over all pairs; in binary16 for w up to where min_c L = (4 - R)^2/(1 + R^2), which rises with w, passes the minimum, and c >= Omega/8."""
    w = np.array([float(rational(F.from_ordinal(n))) for n in range(1, F.largest_ordinal + 1)])
    c = w[w >= w[-1] / 8] if F.width == 16 else w

    def psi(z: Any) -> Any:
        return np.log1p(2 * np.sinh(z / 2) ** 2)

    w = w[w <= 8]
    ratio = psi(2 * w) / psi(w)
    w = w[(4 - ratio) ** 2 / (1 + ratio**2) <= least * 1.001] if F.width == 16 else w
    losses = (np.outer(psi(w), c) - 1) ** 2 + (np.outer(psi(2 * w), c) - 4) ** 2
    i, j = np.unravel_index(np.argmin(losses), losses.shape)
    return float(w[i]), float(c[j])


def test_the_minimum_of_a_small_format_by_all_pairs() -> None:
    """A second way, with nothing used about c*: every w > 0 and every c of F(2,3)."""
    F = parse_format("F(2,3)")
    p = problem(TOY, {"w": 1, "c": 1})
    found = minimum(F)
    with working(100):
        floats = [F.from_ordinal(n) for n in range(-F.largest_ordinal, F.largest_ordinal + 1) if n]
        losses = {}
        for w in (x for x in floats if x[0] > 0):
            for c in floats:
                losses[w, c] = p.value.run(real_balls(), [ball(rational(w)), ball(rational(c))])[0]
        best = min(losses, key=lambda pair: float(losses[pair]))
    assert best == (found.w, found.c)


def test_where_a_naive_loss_freezes() -> None:
    """D.4: log(cosh(z)) of binary32 is 0 up to 3.4526e-4, by bisection; the neighbour is seen to be the first."""
    F = parse_format("binary32")
    z = float(rational(frozen_below(F)))
    assert 3.4e-4 < z < 3.5e-4
    below = np.nextafter(np.float32(z), np.float32(0))
    assert (np.log(np.float32(math.cosh(float(below)))), round(float(np.log(np.float32(math.cosh(z)))) * 1e9)) == (0, 119)
    for name in ("E5M2", "F(3,4)"):
        G = parse_format(name)
        operations = in_format(G).operations
        first = next(n for n in range(1, 500) if operations["log"](operations["cosh"](G.from_ordinal(n)))[0])
        assert frozen_below(G) == G.from_ordinal(first)


# S3-M3, S3-M4


def _solve(*conditions: Any) -> Any:
    solver = z3.SolverFor("QF_NRA")
    solver.add(*conditions)
    return solver.check()


def test_the_z3_claims_and_their_neighbours() -> None:
    """S3-M3 (a) to (d)."""
    w1, w2, y, a, b, w, eta = z3.Reals("w1 w2 y a b w eta")
    form = w2 * w2 * a * a + w1 * w1 * b * b + 2 * (2 * w1 * w2 - y) * a * b
    residual = z3.If(w1 * w2 >= y, w1 * w2 - y, y - w1 * w2)
    assert _solve(form + residual * (a * a + b * b) < 0) == z3.unsat
    assert _solve(form + residual * (a * a + b * b) / 2 < 0) == z3.sat
    F = w + eta * (1 - w * w) * w
    inside = (w > 0, w <= 1, eta > 0)
    assert _solve(*inside, eta <= 0.5, z3.Or(w > F, F > 1)) == z3.unsat
    assert _solve(*inside, eta <= z3.Q(51, 100), z3.Or(w > F, F > 1)) == z3.sat
    assert _solve(w == z3.Q(127, 128), eta == z3.Q(65, 128), F > 1) == z3.sat
    assert _solve(*inside, eta <= 0.5, (1 - 2 * eta * w * w) * (1 - w * w) < 1 - F * F) == z3.unsat
    assert _solve(*inside, eta <= 0.5, (1 - 3 * eta * w * w) * (1 - w * w) < 1 - F * F) == z3.sat
    G = w + eta * (1 - w**3) * w * w
    assert _solve(*inside, eta <= z3.Q(1, 3), G > 1) == z3.unsat
    assert _solve(*inside, eta <= z3.Q(2, 5), G > 1) == z3.sat
    assert _solve(*inside, eta <= z3.Q(1, 3), (1 - 3 * eta * w**4) * (1 - w**3) < 1 - G**3) == z3.unsat


@pytest.mark.parametrize("n", [2, 3, 4])
def test_the_hessian_of_a_product(n: int) -> None:
    """S3-M4's identity and S3-C2's eigenvalues, by algebra."""
    ws, vs, y, w = sympy.symbols(f"w0:{n}"), sympy.symbols(f"v0:{n}"), sympy.Symbol("y"), sympy.Symbol("w")
    f = (sympy.prod(ws) - y) ** 2 / 2
    H = sympy.hessian(f, ws)
    v = sympy.Matrix(vs)
    first = sum(vs[i] * sympy.prod(ws[j] for j in range(n) if j != i) for i in range(n))
    second = sum(
        vs[i] * vs[j] * sympy.prod(ws[k] for k in range(n) if k not in (i, j)) for i in range(n) for j in range(i + 1, n)
    )
    assert sympy.expand((v.T * H * v)[0] - first**2 - 2 * (sympy.prod(ws) - y) * second) == 0
    balanced = H.subs(dict.fromkeys(ws, w))
    ones = sympy.ones(n, 1)
    assert sympy.expand(balanced * ones - ((2 * n - 1) * w ** (2 * n - 2) - (n - 1) * y * w ** (n - 2)) * ones) == sympy.zeros(n, 1)
    difference = sympy.Matrix([1, -1, *[0] * (n - 2)])
    assert sympy.expand(balanced * difference - (y - w**n) * w ** (n - 2) * difference) == sympy.zeros(n, 1)
    conserved = sum(2 * s * a * sympy.diff(f, a) for s, a in ((1, ws[0]), (-1, ws[1])))
    assert sympy.expand(conserved) == 0
    if n == 2:
        eta, r = sympy.Symbol("eta"), ws[0] * ws[1] - y
        after = [a - eta * sympy.diff(f, a) for a in ws]
        assert sympy.expand(after[0] ** 2 - after[1] ** 2 - (ws[0] ** 2 - ws[1] ** 2) * (1 - eta**2 * r**2)) == 0


@pytest.mark.parametrize("n", [2, 4])
def test_the_phase_portrait_of_balanced_networks(n: int) -> None:
    """S3-C1: z = 1/rho along nu solves dz/dnu + n nu/(1 - nu^2) z = n/(L (1 - nu^2))."""
    s, K, L = sympy.symbols("s K L", positive=True)
    integral = {
        2: s / (2 * (1 - s**2)) + sympy.log((1 + s) / (1 - s)) / 4,
        4: (5 * s - 3 * s**3) / (8 * (1 - s**2) ** 2) + sympy.Rational(3, 16) * sympy.log((1 + s) / (1 - s)),
    }[n]
    z = (1 - s**2) ** sympy.Rational(n, 2) * (K + n / L * integral)
    assert sympy.simplify(sympy.diff(z, s) + n * s / (1 - s**2) * z - n / (L * (1 - s**2))) == 0


@pytest.mark.parametrize(
    ("w0", "n", "cost", "time"),
    [("1/2", 2, 1.02640047855933469, 0.2027325540540821922), ("1/8", 2, 3.12807764894, 1.7249937734), ("1/8", 3, 20.8875232393, 6.9653522560)],
)
def test_the_cost_of_non_convexity(w0: str, n: int, cost: float, time: float) -> None:
    """S3-C3: exp(int -lambda_min) = v(w*)/v(w0), w*^n = (n-1)/(2n-1); along an enclosed flow the eigenvalue changes its sign at that time."""
    with working(150):
        w, star = ball(Fraction(w0)), ball(Fraction(n - 1, 2 * n - 1)).root(n)
        found = (star ** (n - 1) * (1 - star**n)) / (w ** (n - 1) * (1 - w**n))
    assert abs(float(found) / cost - 1) < 1e-11
    names = [f"w{i}" for i in range(n)]
    p = problem(f"({'*'.join(names)} - 1)**2/2", dict.fromkeys(names, w0))
    before, after = Fraction(time) - Fraction(1, 10**6), Fraction(time) + Fraction(1, 10**6)
    enclosed = flow(p, after, Fraction(1, 10**12), times=[before])
    assert enclosed.smallest_eigenvalue(before) < 0 < enclosed.smallest_eigenvalue(after)


@settings(max_examples=25)
@given(st.fractions(Fraction(1, 64), Fraction(63, 64), max_denominator=64), st.fractions(Fraction(1, 64), Fraction(1, 2), max_denominator=64))
def test_descent_with_the_guaranteed_step_converges(w: Fraction, eta: Fraction) -> None:
    """S3-C4, n = 2, in rationals: w_k grows, stays below 1, and 1 - w_k^2 <= (1 - 2 eta w0^2)^k (1 - w0^2)."""
    start, rate = w, 1 - 2 * eta * w * w
    for k in range(1, 5):
        after = w + eta * (1 - w * w) * w
        assert w < after <= 1
        assert 1 - after**2 <= rate**k * (1 - start**2)
        w = after


# S3-L1, S3-L2


def _network(weights: list[list[list[Any]]], x: list[list[Any]], y: list[list[Any]], activation: str | None) -> Run:
    layers = []
    for number, matrix in enumerate(weights):
        rows = tuple(tuple(Fraction(v) for v in row) for row in matrix)
        layers.append(Affine(rows, (None,) * len(rows), activation if number < len(weights) - 1 else None))
    return Run(tuple(layers), tuple(tuple(map(Fraction, row)) for row in x), tuple(tuple(map(Fraction, row)) for row in y))


@settings(max_examples=12)
@given(st.lists(small_rationals(), min_size=10, max_size=10), st.sampled_from([None, "relu", "leaky-relu"]))
def test_the_curvature_lemma_holds(numbers: list[Fraction], activation: str | None) -> None:
    """Networks 2-2-2-1 at rational points, decided exactly."""
    weights = [[numbers[0:2], numbers[2:4]], [numbers[4:6], numbers[6:8]], [numbers[8:10]]]
    p = network_problem(_network(weights, [[1, Fraction(1, 2)], [Fraction(1, 3), -1]], [[1], [Fraction(-1, 2)]], activation))
    try:
        found = curvature_lemma(p)
    except DynamicsError:
        assume(activation is None)
        raise
    assert found.holds


def test_the_lemma_is_sharp_and_refuses_kinks() -> None:
    """Equality for n = 2 at w = 0; S3-M6: ReLU with one dead neuron, and a pre-activation that is 0."""
    zero = network_problem(_network([[[0]], [[0]]], [[1]], [[1]], None))
    assert curvature_lemma(zero).holds
    assert not curvature_lemma(zero, mpq(999, 1000)).holds
    relu = network_problem(_network([[[2], [-3]], [[Fraction(1, 2), 5]]], [[1]], [[3]], "relu"))
    found = curvature_lemma(relu)
    assert (found.holds, found.size) == (True, 2)
    assert found.hessian == [[mpq(1, 4), 0, -1, 0], [0, 0, 0, 0], [-1, 0, 4, 0], [0, 0, 0, 0]]
    with pytest.raises(DynamicsError, match="pre-activation 0"):
        curvature_lemma(network_problem(_network([[[2], [0]], [[1, 5]]], [[1]], [[3]], "relu")))
    small = [["1/16", 0], [0, "1/16"]]
    near = network_problem(_network([small, small, [["1/16", "1/32"]]], [[1, 0], [0, 1]], [[1], ["1/2"]], None))
    assert curvature_lemma(near).holds


def test_semidefinite_matrices_are_told_apart() -> None:
    one = mpq(1)
    assert positive_semidefinite([[one, one], [one, one]])
    assert not positive_semidefinite([[one, one], [one, one - mpq(1, 10**9)]])
    assert not positive_semidefinite([[mpq(0), one], [one, one]])
    assert root_above(mpq(9, 4)) == mpq(3, 2)
    assert root_above(mpq(2)) ** 2 > 2


def test_the_exceptional_ray() -> None:
    """S3-P2: a balanced start antiparallel to the target goes to 0 and not to the minimum; any other start goes there."""
    text = "(a*u - 1)**2/2 + (a*v)**2/2"
    bad = flow(problem(text, {"a": "1/2", "u": "-1/2", "v": 0}), Fraction(6), Fraction(1, 10**6)).at(Fraction(6))
    good = flow(problem(text, {"a": "1/2", "u": "-2/5", "v": "3/10"}), Fraction(12), Fraction(1, 10**6)).at(Fraction(12))
    assert bad.loss > 0.49
    assert good.loss < 1e-3


def test_the_initial_norms() -> None:
    """S2-M7: Xavier-uniform weights and zero biases: E |theta|^2 = sum 2 n_in n_out/(n_in + n_out)."""
    for layers, wanted in (
        ((1, 10, 20, 10, 1), 5.505),
        ((2, 20, 40, 20, 1), 7.673),
        ((4, 20, 40, 20, 1), 7.868),
        ((784, 256, 256, 10), 25.71),
        ((10, 50, 50, 50, 1), 10.89),
        ((10, 200, 300, 200, 1), 22.38),
    ):
        assert abs(math.sqrt(sum(2 * a * b / (a + b) for a, b in pairwise(layers))) - wanted) < 6e-3


def test_what_the_smoothing_of_plots_does() -> None:
    """An exponential moving average with decay .95 over evaluations every 2000 steps falls by .0223 decades each, whatever the loss does."""
    average = 1.0
    for _ in range(100):
        average *= 0.95
    assert abs(-math.log10(average) / 100 - 0.0223) < 5e-5
    assert abs(-1 / math.log(0.95) * 2000 - 40000) < 1100
