"""Stall sets of networks: against every point of small formats by exact arithmetic, and by the step of tests/training/reference.py; what intervals
hold; and faults that are seen."""

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fpproof.activations import activation
from fpproof.activations.facts import turning_floats
from fpproof.activations.tables import WIDEST
from fpproof.cli.main import main
from fpproof.dynamics import stall_networks
from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.problem import network_problem, problem, read_problem
from fpproof.dynamics.stall_boxes import StallSet, stall_set, usual_boxes
from fpproof.dynamics.stalls import between, exact_step, format_of, stall_points
from fpproof.errors import NetworkError
from fpproof.formats import ATLAS, parse_format, rational, round_rational
from fpproof.networks import Semantics, parse_semantics
from fpproof.training import Affine, Run, parse_arithmetic
from fpproof.training.intervals import Intervals
from fpproof.training.losses import upstream
from fpproof.training.numbers import Data, Lanes, rounded_numbers
from tests.network_strategies import SATURATING_IEEE
from tests.training.reference import Reference

Q = Fraction
EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def chain(*activations: str | None, inputs: int = 1, bias: bool = False) -> tuple[Affine, ...]:
    """Layers of one neuron."""
    layers = []
    for name in activations:
        layers.append(Affine(((Q(1),) * inputs,), (Q(0) if bias else None,), name))
        inputs, bias = 1, False
    return tuple(layers)


def of(layers: tuple[Affine, ...], x: str, y: str, loss: str = "squared", reduction: str = "mean") -> Run:
    """Samples separated by blanks, their numbers by commas."""
    rows = [tuple(tuple(map(Fraction, sample.split(","))) for sample in side.split()) for side in (x, y)]
    return Run(layers, rows[0], rows[1], loss, reduction)


TWO_CLASSES = (Affine(((Q(1),), (Q(1),)), (None, None), None),)
RUNS = {
    "line": of(chain(None, bias=True), "3/2 -1", "1/2 1"),
    "relu": of(chain("relu", None), "3/2 -1", "1/2 1", reduction="sum"),
    "tanh": of(chain("tanh", None), "3/2", "1/2"),
    "gelu": of(chain("gelu"), "3/2 -5 1/3", "-1/8 2 0"),
    "sin": of(chain("sin"), "4 1/3", "1 0"),
    "three": of(chain("relu", "softplus", None), "2", "1"),
    "plane": of(chain("elu", inputs=2), "1,2 -3,1/2", "1 -1"),
    "logistic": of(chain(None, bias=True), "300 -2", "1 1/4", "logistic"),
    "classes": of(TWO_CLASSES, "100 -2", "1,0 1/4,3/4", "cross-entropy"),
}


def ordinals(found: StallSet) -> set[tuple[int, ...]]:
    return {point for box in found.boxes for point in product(*(range(low, high + 1) for low, high in box))}


def points_of(run: Run, text: str, low: Fraction, high: Fraction) -> list[tuple[int, ...]]:
    ends = between(format_of(parse_arithmetic(text)), low, high)
    assert ends is not None
    return list(product(range(ends[0], ends[1] + 1), repeat=run.parameters))


CASES = [
    ("line", "F(1,3)", None),
    ("line", "F(1,3):fma", None),
    ("line", "F(2,3)/F(3,4)", Q(1, 16)),
    ("line", "F(1,3):pairwise+wide(F(4,5))+flush", None),
    ("relu", "F(1,3):flush", None),
    ("relu", "F(1,3):relu-slope(1/2)", None),
    ("relu", "E2M1", None),
    ("tanh", "F(1,2)/F(1,3):bias-first", None),
    ("tanh", "E4M3FN", Q(1, 64)),
    ("gelu", "E4M3FN", None),
    ("gelu", "E4M3FN-sat", None),
    ("gelu", "E5M2", None),
    ("sin", "E5M2:fma", None),
    ("sin", "E2M3", None),
    ("three", "F(1,2)", Q(2)),
    ("plane", "F(1,3):blocked(1)", None),
    ("logistic", "F(1,3)", None),
    ("classes", "F(1,3)", None),
]


@pytest.mark.parametrize(("name", "text", "bound"), CASES)
def test_boxes_find_what_exact_steps_from_every_point_give(name: str, text: str, bound: Fraction | None) -> None:
    """All floats, or those up to a bound: overflow to infinity, to NaN and to Omega, subnormal parameters, 0 times infinity are among them."""
    run, arithmetic = RUNS[name], parse_arithmetic(text)
    largest = bound or rational(format_of(arithmetic).largest)
    for eta in (Q(1, 4), Q(3)):
        found = stall_set(network_problem(run), arithmetic, eta, -largest, largest)
        step = exact_step(run, arithmetic, eta)
        points = points_of(run, text, -largest, largest)
        assert ordinals(found) == {point for point in points if step(point)}
        assert (found.undecided, found.points, found.standing) == (0, len(points), len(ordinals(found)))


def by_reference(run: Run, F: Any, G: Any, semantics: Semantics, eta: Fraction) -> Callable[[tuple[int, ...]], bool]:
    """Whether the step of the reference, number by number with the exact evaluator, leaves a point where it is."""

    def stands(point: tuple[int, ...]) -> bool:
        values = [rational(G.from_ordinal(n)) for n in point]
        layers = []
        for layer in run.layers:
            n, d = layer.neurons, layer.inputs
            rows = tuple(tuple(values[i * d : (i + 1) * d]) for i in range(n))
            del values[: n * d]
            bias = layer.bias if layer.bias[0] is None else tuple(values[:n])
            del values[: len([b for b in bias if b is not None])]
            layers.append(Affine(rows, bias, layer.activation))
        states = Reference(replace(run, layers=tuple(layers), step=eta, steps=1), F, G, semantics).trajectory()
        return len(states) == 2 and all(
            x[1] is not None and rational(x) == rational(y) for a, b in zip(states[1], states[0], strict=True) for x, y in zip(a, b, strict=True)
        )

    return stands


@pytest.mark.parametrize(("name", "text"), [("relu", "F(1,3)"), ("line", "F(1,2)/F(2,3):fma"), ("line", "F(1,3):bias-first+wide(F(2,4))")])
def test_boxes_find_what_the_reference_finds(name: str, text: str) -> None:
    run, arithmetic, eta = RUNS[name], parse_arithmetic(text), Q(1, 2)
    assert isinstance(arithmetic.passes, Lanes)
    G = format_of(arithmetic)
    found = stall_set(network_problem(run), arithmetic, eta, -rational(G.largest), rational(G.largest))
    stands = by_reference(run, arithmetic.passes.format, G, arithmetic.semantics, eta)
    assert ordinals(found) == {point for point in points_of(run, text, -rational(G.largest), rational(G.largest)) if stands(point)}


def test_a_network_that_is_an_expression() -> None:
    """f = (3/2 w - 1/2)^2 / 2 has the same gradient in both forms, whose products and signs round alike."""
    F, run = ATLAS["E4M3FN"], of(chain(None), "3/2", "1/2")
    written = problem("(w*3/2 - 1/2)**2/2", {"w": 1})
    largest = rational(F.largest)
    found = stall_set(network_problem(run), F, Q(1, 8), -largest, largest)
    assert stall_points(network_problem(run), F, Q(1, 8), -largest, largest) == [(F.from_ordinal(n),) for (n,) in sorted(ordinals(found))]
    assert rational(F.from_ordinal(found.boxes[0][0][0])) <= Q(1, 3) <= rational(F.from_ordinal(found.boxes[0][0][1]))
    assert ordinals(found) & ordinals(stall_set(written, F, Q(1, 8), Q(1, 4), Q(1, 2)))


def test_every_pair_of_binary16() -> None:
    """4 * 10^9 points; the set is symmetric under (w1, w2) -> (-w1, -w2), for a linear network with samples of one sign."""
    run = of(chain(None, None), "1", "1/2")
    F = ATLAS["binary16"]
    found = stall_set(network_problem(run), F, Q(1, 4), -rational(F.largest), rational(F.largest))
    assert (found.points, found.undecided) == (63487**2, 0)
    assert 0 < found.standing < found.moving
    boxes = set(found.boxes)
    assert sum((b - a + 1) * (d - c + 1) for (a, b), (c, d) in boxes) == found.standing
    assert found.replayed > 16
    step = exact_step(run, F, Q(1, 4))
    for (a, b), (c, d) in found.boxes[:: len(found.boxes) // 20]:
        assert step((a, c))
        assert step((-b, -d))
        inside = {(n, m) for n in (a - 1, b + 1) for m in (c, d)} & {(n, m) for n in range(a - 1, b + 2) for m in range(c, d + 1)}
        for n, m in inside:
            assert step((n, m)) == any(e <= n <= f and g <= m <= h for (e, f), (g, h) in boxes)


def test_what_is_not_decided() -> None:
    run, F = RUNS["three"], ATLAS["binary32"]
    found = stall_set(network_problem(run), F, Q(1, 4), -rational(F.largest), rational(F.largest), 500)
    assert found.undecided > 0
    assert found.points == (2 * F.largest_ordinal + 1) ** 3
    assert found.looked == 500
    assert usual_boxes(network_problem(run), F) < usual_boxes(network_problem(run), ATLAS["binary16"])
    assert usual_boxes(network_problem(run), parse_arithmetic("F(1,12)")) == 4096


def test_formats_without_lanes_are_done_point_by_point() -> None:
    """2^-1100 is no binary64 number: points only, by exact arithmetic."""
    run, F = of(chain(None), "1", "1"), parse_format("F(1,12)")
    arithmetic = parse_arithmetic("F(1,12)")
    assert isinstance(arithmetic.steps, Data)
    found = stall_set(network_problem(run), arithmetic, Q(1), Q(1, 2), Q(2))
    points = points_of(run, "F(1,12)", Q(1, 2), Q(2))
    assert (found.standing, found.moving, found.undecided) == (1, len(points) - 1, 0)
    assert rational(F.from_ordinal(found.boxes[0][0][0])) == 1


def test_ordinals_beyond_64_bits() -> None:
    """binary128, point by point around the minimum (1, 1)."""
    run, F = of(chain(None, None), "1", "1"), ATLAS["binary128"]
    low, high = 1 - Q(4, 2**113), 1 + Q(3, 2**112)
    found = stall_set(network_problem(run), F, Q(1, 4), low, high)
    step = exact_step(run, F, Q(1, 4))
    points = points_of(run, "binary128", low, high)
    assert ordinals(found) == {point for point in points if step(point)}
    assert 1 < found.standing < len(points) == found.points


@pytest.mark.parametrize("text", ["exact", "numpy:float32", "torch:float32", "binary16~7"])
def test_what_is_no_format(text: str) -> None:
    with pytest.raises(DynamicsError, match="no format"):
        format_of(parse_arithmetic(text))


def test_orders_of_sums_are_for_networks() -> None:
    with pytest.raises(DynamicsError, match="no format"):
        stall_set(problem("w*w", {"w": 1}), parse_arithmetic("E4M3FN:fma"), Q(1), Q(0), Q(1))
    with pytest.raises(DynamicsError, match="at most 200"):
        stall_set(network_problem(Run((Affine(((Q(1),) * 201,), (None,), None),), ((Q(1),) * 201,), ((Q(1),),))), ATLAS["E4M3FN"], Q(1), Q(0), Q(1))


# Faults


def test_gaps_that_are_too_large_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact arithmetic, which computes some points again, contradicts boxes that claim too much."""
    right = stall_networks._Steps._gaps
    for factors in ((64, 1), (1, 0)):

        def wrong(self: Any, low: Any, high: Any, factors: tuple[float, float] = factors) -> Any:
            return tuple(gap * factor for gap, factor in zip(right(self, low, high), factors, strict=True))

        monkeypatch.setattr(stall_networks._Steps, "_gaps", wrong)
        with pytest.raises(DynamicsError, match="contradicts"):
            stall_set(network_problem(of(chain(None), "1", "1")), ATLAS["binary16"], Q(1, 64), Q(1, 2), Q(2))


# Intervals


FORMATS = [ATLAS["E4M3FN"], ATLAS["E4M3FN-sat"], ATLAS["E5M2"], ATLAS["E2M1"], SATURATING_IEEE]
BINARY = ("product", "sum", "times", "minus")
NAMES = ("relu", "tanh", "softplus", "gelu", "swish", "sin", "selu")
VARIANTS = ("left-to-right", "flush", "wide(F(4,5))", "relu-slope(-1)")


def drawn(F: Any, data: st.DataObject) -> tuple[list[float], NDArray[np.float64]]:
    """Two ends, from -infinity to infinity where the format has them, and all numbers between them."""
    N, lanes = F.largest_ordinal, rounded_numbers(F, Semantics(), lanes=True)
    assert isinstance(lanes, Lanes)
    whole = np.concatenate([[-np.inf], lanes.floats(np.arange(-N, N + 1)), [np.inf]] if F.has_infinities else [lanes.floats(np.arange(-N, N + 1))])
    near = st.sampled_from([0, 1, N, N + 1, N + 2, 2 * N, len(whole) - 1])
    low, high = sorted(min(data.draw(st.one_of(near, st.integers(0, len(whole) - 1))), len(whole) - 1) for _ in range(2))
    return [float(whole[low]), float(whole[high])], whole[low : high + 1]


def holds(interval: NDArray[np.float64], values: NDArray[np.float64]) -> bool:
    """Whether an interval says the truth of all values."""
    low, high = interval
    if np.isnan(low):
        return True
    return bool(np.isnan(values).all()) if low > high else bool(((values >= low) & (values <= high)).all())


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FORMATS), st.sampled_from(VARIANTS), st.data())
def test_intervals_hold_every_value_inside(F: Any, variant: str, data: st.DataObject) -> None:
    lanes = rounded_numbers(F, parse_semantics(variant), lanes=True)
    assert isinstance(lanes, Lanes)
    intervals = Intervals(lanes)
    (x, inner), (y, others) = drawn(F, data), drawn(F, data)
    ends = [np.array([x]), np.array([y])]
    with np.errstate(all="ignore"):
        for operation in BINARY:
            found = getattr(intervals, operation)(*ends)
            assert holds(found[0], getattr(lanes, operation)(inner[:, None], others[None, :]).ravel())
        for operation in ("start", "finish", "rounded"):
            assert holds(getattr(intervals, operation)(ends[0])[0], getattr(lanes, operation)(inner))
        name = data.draw(st.sampled_from(NAMES))
        for operation in ("activated", "derivative"):
            assert holds(getattr(intervals, operation)(name, ends[0])[0], getattr(lanes, operation)(name, inner))


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(FORMATS[:3]), st.data())
def test_fused_intervals_and_upstreams(F: Any, data: st.DataObject) -> None:
    lanes = rounded_numbers(F, Semantics(), lanes=True)
    assert isinstance(lanes, Lanes)
    intervals = Intervals(lanes)
    (x, inner), (y, others), (s, third) = (drawn(F, data) for _ in range(3))
    with np.errstate(all="ignore"):
        values = lanes.fused(third[:, None, None], inner[None, :, None], others[None, None, :])
        assert holds(intervals.fused(np.array([s]), np.array([x]), np.array([y]))[0], values.ravel())
        if len(inner) * len(others) > 400:
            inner, others = inner[:: len(inner) // 20 + 1], others[:: len(others) // 20 + 1]
        pairs = np.array([(a, b) for a in inner for b in others])
        one, target = lanes.read([[Q(1, 4), Q(3, 4)]]), intervals.read([[Q(1, 4), Q(3, 4)]])
        found = upstream("cross-entropy", intervals, np.array([[[x], [y]]]), target)
        several = upstream("cross-entropy", lanes, pairs, np.repeat(one, len(pairs), 0))
        assert all(holds(found[0, i, 0], several[:, i]) for i in (0, 1))


def test_nan_for_certain_and_perhaps() -> None:
    """In E4M3FN 448 * 2 is NaN, in E5M2 infinity - infinity; and what contains it only perhaps is unknown."""
    no_infinities, ieee = (Intervals(rounded_numbers(ATLAS[name], Semantics(), lanes=True)) for name in ("E4M3FN", "E5M2"))  # type: ignore[arg-type]  # lanes
    certain, unknown = [np.inf, -np.inf], [np.nan, np.nan]

    def box(low: float, high: float) -> NDArray[np.float64]:
        return np.array([[low, high]], np.float64)

    with np.errstate(all="ignore"):
        assert no_infinities.product(box(256, 448), box(2, 4))[0].tolist() == certain
        np.testing.assert_equal(no_infinities.product(box(2, 448), box(2, 4))[0], unknown)
        assert no_infinities.sum(box(256, 448), box(256, 448))[0].tolist() == certain
        np.testing.assert_equal(ieee.sum(box(1, np.inf), box(-np.inf, 1))[0], unknown)
        assert ieee.sum(box(np.inf, np.inf), box(-np.inf, -np.inf))[0].tolist() == certain
        np.testing.assert_equal(ieee.product(box(-1, 1), box(1, np.inf))[0], unknown)
        assert ieee.product(box(0, 0), box(np.inf, np.inf))[0].tolist() == certain
        assert ieee.sum(np.array([certain]), box(0, 1))[0].tolist() == certain
        assert ieee.product(box(1, 2), box(1, np.inf))[0].tolist() == [1, np.inf]


@pytest.mark.parametrize("name", ["tanh", "gelu", "sin"])
def test_wide_formats_by_turns(name: str) -> None:
    """No table: monotone from turn to turn, in binary32; on a fine grid no value is outside."""
    F = ATLAS["binary32"]
    assert F.width > WIDEST
    lanes = rounded_numbers(F, Semantics(), lanes=True)
    assert isinstance(lanes, Lanes)
    intervals = Intervals(lanes)
    grid = np.linspace(-3, 3, 25).astype(np.float32).astype(np.float64)
    boxes = np.array([[a, b] for a in grid for b in grid if a <= b])
    for operation in ("activated", "derivative"):
        values, found = getattr(lanes, operation)(name, grid), getattr(intervals, operation)(name, boxes)
        assert np.isnan(found).any() == (name == "sin")
        assert all(holds(interval, values[(grid >= a) & (grid <= b)]) for (a, b), interval in zip(boxes, found, strict=True))
    turns = turning_floats(F, activation(name))
    assert (turns is None) == (name == "sin")


# Losses far from their targets


def test_upstreams_of_outputs_that_are_far_apart() -> None:
    """sigmoid(57344) - y is the float below 1 - y, or 1 - y itself, by where it rounds; softmax of one output far below two others is 1/2."""
    F = ATLAS["E5M2"]
    lanes = rounded_numbers(F, Semantics(), lanes=True)

    def logistic(f: int, y: Fraction) -> Fraction:
        return rational(_one(upstream("logistic", data, data.read([[f]]), data.read([[y]]))))

    data = rounded_numbers(F, Semantics(), lanes=False)
    for y in (Q(0), Q(1), Q(1, 4), Q(7, 8), Q(1, 2**16)):
        # 1 - e^-57344 - y and e^-57344 - y: one float for all numbers so near, seen by arithmetic of 10^6 bits
        assert logistic(57344, y) == rational(round_rational(F, 1 - y - Q(1, 2**82000)))
        assert logistic(-57344, y) == rational(round_rational(F, Q(1, 2**82000) - y))
    three = lanes.read([[100, 100, -57344]])
    assert upstream("cross-entropy", lanes, three, lanes.read([[0, 1, 0]])).tolist() == [[0.5, -0.5, 0.0]]
    mixed = upstream("cross-entropy", lanes, lanes.read([[1, 0, -57344]]), lanes.read([[0, 0, 0]]))
    assert mixed.tolist() == [[0.75, 0.25, 0.0]]
    tiny = rounded_numbers(parse_format("F(3,16)"), Semantics(), lanes=False)
    with pytest.raises(NetworkError, match="further apart"):
        upstream("logistic", tiny, tiny.read([[2**13]]), tiny.read([[0]]))


def _one(x: Any) -> Any:
    return x.flat[0]


# The command


def test_the_command_on_networks(capsys: pytest.CaptureFixture[str]) -> None:
    spec = str(EXAMPLES / "toy-descent.toml")
    assert main(["stalls", spec, "--step", "1/4", "--format", "E4M3FN:fma", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["standing"] + facts["moving"] == 253**2
    assert facts["replayed"] > 0
    assert main(["stalls", spec, "--step", "1/4", "--format", "binary64", "--boxes", "99"]) == 3
    shown = capsys.readouterr().out
    assert "undecided" in shown
    assert "million years" in shown
    for arguments in (["--format", "exact"], ["--format", "binary16~3"], ["--format", "E4M3FN", "--boxes", "0"], ["--format", "E4M3FN:sideways"]):
        assert main(["stalls", spec, "--step", "1/64", *arguments]) == 2
        assert "error" in capsys.readouterr().err


def test_the_start_of_a_network_does_not_matter() -> None:
    found = read_problem(EXAMPLES / "toy-descent.toml")
    assert found.run is not None
    first = stall_set(found, ATLAS["E4M3FN"], Q(1, 4), Q(-1), Q(1))
    moved = replace(found.run, layers=tuple(replace(layer, weights=((Q(1, 8),) * layer.inputs,)) for layer in found.run.layers))
    assert first == stall_set(network_problem(moved), ATLAS["E4M3FN"], Q(1, 4), Q(-1), Q(1))
