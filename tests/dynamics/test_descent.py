"""Descent in every arithmetic, its distance to the flow, and certified step sizes: against the notes, a second implementation, and wrong claims."""

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb

from fpproof.dynamics.balls import ball, real_balls, working
from fpproof.dynamics.certificate import check_certificate, document, parse_certificate, read_certificate, write_certificate
from fpproof.dynamics.descent import Descent, against_flow
from fpproof.dynamics.flow import Flow, flow
from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.problem import Problem, network_problem, problem, read_problem
from fpproof.dynamics.roundoff import predict
from fpproof.dynamics.stalls import stall_points
from fpproof.dynamics.tube import Cell, integral, tube
from fpproof.formats import parse_format, rational
from fpproof.training import Trajectory, in_formats, parse_source, run_of

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


@pytest.fixture(scope="module")
def balanced() -> Problem:
    return read_problem(EXAMPLES / "balanced.toml")


@pytest.fixture(scope="module")
def balanced_flow(balanced: Problem) -> Flow:
    return flow(balanced, Fraction(3), Fraction(1, 10**12))


def test_exact_iterates(balanced: Problem) -> None:
    """S3-M1. Denominators 2^d with d <- 3d + 2: 1458 bits at step 6 and 4374 at step 7 (the notes say step 6)."""
    descent = Descent(balanced, Fraction(1, 4), "exact", 20)
    points = list(descent.points())
    wanted = [Fraction(1, 2), Fraction(19, 32), Fraction(90421, 131072), Fraction(7027826527743859, 9007199254740992)]
    assert [point[0] for point in points[:4]] == [point[1] for point in points[:4]] == wanted
    assert [points[k][0].denominator.bit_length() for k in (6, 7)] == [1458, 4374]
    assert len(points) == 12
    assert descent.stopped is not None


def test_distances_of_exact_iterates(balanced: Problem, balanced_flow: Flow) -> None:
    found = against_flow(Descent(balanced, Fraction(1, 4), "exact", 3), balanced_flow, keep=True)
    for distance, value in zip(found.all[1:], (0.0025235498, 0.00055002909, 0.0088826691), strict=True):
        assert abs(distance - value) < 6e-11


NATIVE = {
    "float16": (0.0260328, 0.00553456, 0.00581946, 0.224028, 0.701878),
    "float32": (0.0262885, 0.00620512, 0.00153082, 9.529e-5, 2.418e-5),
    "float64": (0.0262886, 0.00620518, 0.00153085, 9.52882e-5, 2.38172e-5),
}


@pytest.mark.parametrize("dtype", NATIVE)
def test_smaller_steps_go_away_from_the_flow(balanced: Problem, balanced_flow: Flow, dtype: str) -> None:
    """D.1: the largest distance up to t = 3; the format computes the same as numpy."""
    for exponent, value in zip((2, 4, 6, 10, 12), NATIVE[dtype], strict=True):
        step = Fraction(1, 2**exponent)
        found = against_flow(Descent(balanced, step, f"numpy:{dtype}", int(3 / step)), balanced_flow)
        assert float(f"{float(found.largest.mid()):.{len(str(value).split('e')[0].replace('0.', '').lstrip('0').replace('.', ''))}g}") == value
        if exponent <= 6:
            name = {"float16": "binary16", "float32": "binary32", "float64": "binary64"}[dtype]
            assert against_flow(Descent(balanced, step, name, int(3 / step)), balanced_flow).final == found.final


def test_half_precision_stands_still(balanced: Problem) -> None:
    """Where each step size stalls, from w = 1/2, by numpy's own loop; the rule on [1/2, 1) is eta (1 - w^2) w <= 2^-12, with rounding in between."""
    half, one = np.float16(0.5), np.float16(1)
    for exponent in (2, 4, 6, 8, 10, 11):
        w, eta, steps = half, np.float16(2.0**-exponent), 0
        while (after := w - eta * ((w * w - one) * w)) != w:
            w, steps = after, steps + 1
        descent = Descent(balanced, Fraction(1, 2**exponent), "binary16", 2000)
        last = list(descent.points())[-1][0]
        assert (descent.stalled, float(last)) == (steps, float(w))
        assert {6: (163, 0.9921875), 11: (0, 0.5)}.get(exponent, (steps, w)) == (steps, w)  # the two that the notes have
        assert 2.0**-exponent * (1 - float(w) ** 2) * float(w) <= 2.0**-12 * 1.01


def test_the_best_step_of_two_formats(balanced: Problem, balanced_flow: Flow) -> None:
    """D.1: observed 2^-5 in float16 and 2^-3 in bfloat16; the formula sqrt(u |theta| / (beta gamma)) gives 2^-5.3 and 2^-3.9."""
    seen: dict[str, dict[int, float]] = {}
    for name, exponents in (("binary16", (3, 4, 5, 6, 7)), ("bfloat16", (2, 3, 4, 6))):
        seen[name] = {}
        for e in exponents:
            found = against_flow(Descent(balanced, Fraction(1, 2**e), name, 3 * 2**e), balanced_flow)
            seen[name][e] = float(found.largest.mid())
    assert min(seen["binary16"], key=seen["binary16"].__getitem__) == 5
    assert min(seen["bfloat16"], key=seen["bfloat16"].__getitem__) == 3
    notes = {3: 0.0124343, 5: 0.003545598, 7: 0.0175585}
    assert all(abs(seen["binary16"][e] - value) < 6e-8 for e, value in notes.items())
    notes = {2: 0.0287949, 3: 0.0116181, 4: 0.0168680, 6: 0.0886835}
    assert all(abs(seen["bfloat16"][e] - value) < 6e-8 for e, value in notes.items())
    for bits, wanted in ((11, -5.3), (8, -3.9)):
        assert abs(math.log2(math.sqrt(2.0**-bits * 1.41 / (2 * 0.57))) - wanted) < 0.06


def test_the_prediction_has_the_shape_of_a_u_and_holds(balanced: Problem, balanced_flow: Flow) -> None:
    """The inexact form of S3-T1: what it bounds is seen to be bounded, and its best step is that of the formula, within a factor of 4."""
    bounds = tube(balanced_flow, Fraction(1, 16), 64)
    for name, best in (("binary16", -5.3), ("bfloat16", -3.9)):
        prediction = predict(bounds, parse_format(name))
        steps = sorted(prediction.distances)
        place = steps.index(prediction.best)
        values = [float(prediction.distances[step]) for step in steps]
        assert values[: place + 1] == sorted(values[: place + 1], reverse=True)
        assert values[place:] == sorted(values[place:])
        assert abs(math.log2(prediction.best) - best) <= 2
    prediction = predict(bounds, parse_format("binary32"))
    step = Fraction(1, 256)
    assert prediction.distances[step] < 0.0625
    assert against_flow(Descent(balanced, step, "binary32", 768), balanced_flow).largest < prediction.distances[step]


TOY = problem("(c*log(cosh(w)) - 1)**2 + (c*log(cosh(2*w)) - 4)**2", {"w": "1", "c": "5/2"})


def test_bounds_over_a_tube_hold_and_are_near() -> None:
    """In a narrow valley: at random points of the tube the Hessian and gradient are within the bounds, and nearly reach them."""
    found = flow(TOY, Fraction(1, 4))
    bounds = tube(found, Fraction(1, 16), 4)
    generator = np.random.default_rng(5)
    for cell in bounds.cells:
        most = np.full(3, -np.inf)
        for _ in range(60):
            t = cell.start + (cell.end - cell.start) * Fraction(int(generator.integers(0, 65)), 64)
            angle, size = generator.uniform(0, 2 * np.pi), np.sqrt(generator.uniform()) / 16.001
            with working(found.bits):
                point = [x.mid() + size * d for x, d in zip(found.at(t).parameters, (np.cos(angle), np.sin(angle)), strict=True)]
                (a, b, d), g = TOY.hessian.run(real_balls(), point), TOY.gradient.run(real_balls(), point)
            low, high = np.linalg.eigvalsh([[float(a), float(b)], [float(b), float(d)]])
            most = np.maximum(most, [-low, max(-low, high), np.hypot(float(g[0]), float(g[1]))])
        claimed = np.array([float(cell.m), float(cell.beta), float(cell.gamma)])
        assert (most <= claimed).all()
        assert claimed[0] - most[0] < 4
        assert (claimed[1:] < 2 * most[1:]).all()
    assert Fraction(1, 10**5) < bounds.step() < Fraction(1, 10**3)


def test_stall_sets() -> None:
    """Every float of binary16 in [1/2, 1), by computing all: the rule of the notes, and nothing between 1/2 and the last that moves."""
    p = problem("(w*w - 1)**2/4", {"w": "1/2"})
    F = parse_format("binary16")
    points = stall_points(p, F, Fraction(1, 64), Fraction(1, 2), Fraction(2047, 2048))
    found = {float(rational(w)) for (w,) in points}
    for n in range(1024, 2048):
        w = np.float16(n / 2048)
        step = np.float16(1 / 64) * ((np.float16(1) - w * w) * w)
        assert (float(w) in found) == (w + step == w) == (float(step) <= 2.0**-12)
    assert all(rational(F.from_ordinal(n)) in found for n in range(F.ordinal((127, -7)), F.ordinal(points[-1][0]) + 1))
    assert stall_points(p, F, Fraction(1, 2048), Fraction(1, 2), Fraction(1, 2)) != []
    with pytest.raises(DynamicsError, match="more than"):
        stall_points(problem("x*y*z", {"x": 1, "y": 1, "z": 1}), parse_format("E4M3FN"), Fraction(1), Fraction(-1), Fraction(1))


def test_enclosed_descent_holds_the_exact_one(balanced: Problem) -> None:
    enclosed = list(Descent(balanced, Fraction(1, 4), "enclosed", 8).points())
    exact = list(Descent(balanced, Fraction(1, 4), "exact", 8).points())
    with working(400):
        assert all(x.overlaps(ball(y)) for a, b in zip(enclosed, exact, strict=True) for x, y in zip(a, b, strict=True))


NETWORK = """
loss = "squared"
[data]
x = [["-1/2"], ["1/4"], ["1"]]
y = [["1/4"], ["1/16"], ["1"]]
[[layers]]
weights = [["1/2"], ["-3/4"], ["1/3"]]
bias = ["1/8", "0", "-1/4"]
activation = "tanh"
[[layers]]
weights = [["1/2", "1/4", "-1"]]
bias = ["1/16"]
"""


def test_networks_descend_by_the_training_code() -> None:
    """The rationals' run, the graph's balls, and the format's run agree with what they must."""
    run = run_of(parse_source("network", NETWORK.replace('activation = "tanh"', 'activation = "relu"')))
    p = network_problem(run)
    exact = list(Descent(p, Fraction(1, 8), "exact", 3).points())
    enclosed = list(Descent(p, Fraction(1, 8), "enclosed", 3).points())
    with working(200):
        assert all(x.overlaps(ball(y)) for x, y in zip(enclosed[-1], exact[-1], strict=True))
    smooth = network_problem(run_of(parse_source("network", NETWORK)), NETWORK)
    found = flow(smooth, Fraction(1, 2))
    for name in ("binary32", "enclosed"):
        result = against_flow(Descent(smooth, Fraction(1, 32), name, 16), found)
        assert result.largest < 0.01
    bound = predict(tube(found, Fraction(1, 16), 4), parse_format("binary32")).distances[Fraction(1, 256)]
    assert against_flow(Descent(smooth, Fraction(1, 256), "binary32", 128), found).largest < bound


def test_lanes_are_the_exact_evaluator() -> None:
    """What `descend` runs in binary16 is bit-identical to data by the exact arithmetic."""
    run = run_of(parse_source("network", NETWORK))
    F = parse_format("binary16")
    fast, slow = (list(Trajectory(run, in_formats(F, F, exactly=exactly)).states()) for exactly in (False, True))
    assert [a.exact.weights[0].tolist() for a in fast] == [b.exact.weights[0].tolist() for b in slow]


def test_the_certificate_is_checked_without_a_search(tmp_path: Path, balanced_flow: Flow) -> None:
    found = tube(balanced_flow, Fraction(1, 16), 64)
    write_certificate(found, tmp_path / "c.json")
    certificate = read_certificate(tmp_path / "c.json")
    assert check_certificate(certificate) is None
    assert 0.0129 < certificate.step < 0.017  # about 0.0170 is the truth, by sampling the tube


def _changed(facts: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    copy = json.loads(json.dumps(facts))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value(place[path[-1]]) if callable(value) else value
    return copy  # type: ignore[no-any-return]  # what JSON gave back


WRONG = [
    (("step",), "1/60", "step"),
    (("until",), "4", "reach"),
    (("cells", 0, "beta"), "1p-1", "beta"),
    (("cells", 3, "gamma"), "1p-3", "gamma"),
    (("cells", 5, "m"), "-1p0", "m is not a bound"),
    (("flow", 0, "pieces", 0, "growth"), "-1p0", "curvature"),
    (("flow", 0, "pieces", 0, "radius"), "1p-200", "distance"),
    (("flow", 0, "pieces", 0, "tube"), "1p-200", "distance"),
    (("flow", 1, "polynomials", 0, 1), "1p0", "pieces[0]"),
    (("flow", 0, "disc"), "1p-30", "disc"),
    (("problem",), lambda text: text.replace("- 1", "- 2"), ""),
    (("problem",), lambda text: text.replace('"1/2"', '"5/8"'), "distance"),
]


@pytest.mark.parametrize(("path", "value", "reason"), WRONG)
def test_wrong_certificates_are_rejected(balanced_flow: Flow, path: tuple[Any, ...], value: Any, reason: str) -> None:
    facts = document(tube(balanced_flow, Fraction(1, 16), 16))
    wrong = check_certificate(parse_certificate(_changed(facts, path, value)))
    assert wrong is not None
    assert reason in wrong


MALFORMED = [
    (("kind",), "x"),
    (("version",), 2),
    (("bits",), 10**9),
    (("bits",), True),
    (("until",), "1/0"),
    (("until",), 3),
    (("flow",), []),
    (("flow", 0, "polynomials"), [["1p0"]]),
    (("flow", 0, "polynomials", 0, 0), "1p99999999"),
    (("flow", 0, "polynomials", 0, 0), float("nan")),
    (("cells", 0), {}),
    (("cells", 1, "end"), "0"),
    (("problem",), "loss = 1"),
    (("problem",), None),
]


@pytest.mark.parametrize(("path", "value"), MALFORMED)
def test_malformed_certificates_are_refused(balanced_flow: Flow, path: tuple[Any, ...], value: Any) -> None:
    facts = document(tube(balanced_flow, Fraction(1, 16), 1))
    with pytest.raises(ValueError, match=r"expected|certificate|loss"):
        parse_certificate(_changed(facts, path, value))


@pytest.mark.parametrize("text", ["", "{", '{"a": 1, "a": 2}', "[" * 2000, '{"bits": NaN}', "\xff"])
def test_broken_files_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(DynamicsError):
        read_certificate(tmp_path / "c.json")


@pytest.mark.parametrize(("eps", "wanted"), [(Fraction(1, 16), 0.011082946), (Fraction(1, 32), 0.0078538036)])
def test_the_notes_step_sizes_by_their_own_bounds(eps: Fraction, wanted: float) -> None:
    """S3-M2: beta, gamma and m by the exact inequalities of the notes on cells of the closed-form flow; what the general bounds give is within 3%."""
    with working(100):
        r, cells = ball(eps), []
        count = 3000
        w = [1 / (1 + 3 * (-ball(Fraction(6 * k, count))).exp()).sqrt() for k in range(count + 1)]
        beta = gamma = arb(0)
        for k in range(count):
            low, high = arb(w[k].lower()), arb(w[k + 1].upper())
            spread = arb(20).sqrt() * high * r + (arb(5) / 2).sqrt() * r * r
            top = 3 * high**2 - 1
            beta = max(beta, arb((max(top, 1 - low**2, key=float) + spread).upper()), key=float)
            gap = 1 - low**2 + arb(2).sqrt() * high * r + r * r / 2
            gamma = max(gamma, arb((gap * (arb(2).sqrt() * high + r)).upper()), key=float)
            m = -min(3 * low**2 - 1, 1 - high**2, key=float) + spread
            cells.append(Cell(Fraction(3 * k, count), Fraction(3 * (k + 1), count), arb(1), arb(1), arb(m.upper())))
        step = r / (beta * gamma * integral(tuple(cells))[0])
        assert abs(float(step) / wanted - 1) < 2e-3


def test_the_largest_distance_that_the_notes_leave_open(balanced: Problem, balanced_flow: Flow) -> None:
    """S3-M2: eta = 1/128, T = 3, against mpmath: the iterates, and w(t) = 1/sqrt(1 + 3 exp(-2t)); max distance / eta tends to a constant."""
    with mpmath.workdps(40):
        w, eta, worst = mpmath.mpf(1) / 2, mpmath.mpf(1) / 128, mpmath.mpf(0)
        for k in range(1, 385):
            w += eta * (1 - w * w) * w
            worst = max(worst, abs(mpmath.sqrt(2) * (w - 1 / mpmath.sqrt(1 + 3 * mpmath.exp(-2 * k * eta)))))
        expected = arb(mpmath.nstr(worst, 30))
    found = {e: against_flow(Descent(balanced, Fraction(1, e), "enclosed", 3 * e), balanced_flow).largest for e in (16, 64, 128)}
    assert abs(found[128] - expected) < 1e-11
    assert found[128].overlaps(expected)
    assert found[128] < 1 / 32
    assert abs(16 * found[16] - 0.0992830) < 1e-6
    assert abs(64 * found[64] - 0.0979744) < 1e-6


@pytest.mark.parametrize(
    ("t", "eta", "gap"), [(10, "1/1000", 109.7844557), (10, "1/100000", 1.10128842), (5, "1/10", 31.02230622), (20, "1/100000", 48513.770)]
)
def test_exponentially_small_steps_can_be_needed(t: int, eta: str, gap: float) -> None:
    """S3-P1: f = -x^2/2 from 1."""
    with working(200):
        step = ball(Fraction(eta))
        found = arb(t).exp() - (1 + step) ** int(t / Fraction(eta))
    assert abs(float(found) / gap - 1) < 1e-8
    if t == 5:
        p = problem("-x*x/2", {"x": 1})
        assert abs(against_flow(Descent(p, Fraction(eta), "enclosed", 50), flow(p, Fraction(5))).last - gap) < 1e-6


def test_what_overflows_or_is_irrational_says_so() -> None:
    descent = Descent(problem("-x**4", {"x": 2}), Fraction(1), "binary16", 20)
    list(descent.points())
    assert descent.stopped is not None
    assert "infinite" in descent.stopped
    descent = Descent(problem("exp(x)", {"x": 1}), Fraction(1), "exact", 1)
    assert list(descent.points()) == [[1]]
    assert descent.stopped is not None
    assert "irrational" in descent.stopped
    with pytest.raises(DynamicsError, match="unknown"):
        list(Descent(problem("x*x", {"x": 1}), Fraction(1), "float17", 1).points())


def test_descent_where_the_loss_is_not_defined() -> None:
    """log(x) + x^2 from -1: the gradient 1/x + 2 x is a number there, the loss is none; after a long step from 1/4 likewise."""
    for arithmetic in ("exact", "enclosed"):
        for start, step, made, reason in (("-1", "1/64", 0, "at the start"), ("1/4", "1", 1, "after step 1"), ("2", "1/64", 3, None)):
            descent = Descent(problem("log(x) + x**2", {"x": start}), Fraction(step), arithmetic, 3)
            assert len(list(descent.points())) == made + 1
            assert (descent.stopped is None) == (reason is None)
            assert reason is None or (descent.stopped or "").endswith(reason)


def test_exact_descent_of_an_irrational_network_stops_at_the_start() -> None:
    found = read_problem(EXAMPLES / "logistic49.toml")
    descent = Descent(found, Fraction(1, 64), "exact", 3)
    assert len(list(descent.points())) == 1
    assert "irrational" in (descent.stopped or "")


@pytest.mark.parametrize("loss", ["3 + 0*x", "x"])
def test_every_step_stays_where_the_gradient_is_constant(loss: str) -> None:
    """beta = 0: Euler's method is exact; the certificate says 2^20 and is accepted."""
    found = tube(flow(problem(loss, {"x": 1}), Fraction(1, 4)), Fraction(1, 64), 4)
    assert found.step() == 2**20
    assert check_certificate(parse_certificate(json.loads(json.dumps(document(found))))) is None
