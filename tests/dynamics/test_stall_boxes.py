"""Stall sets by boxes: against every point of small formats, against numpy at the edges of large ones, and what is not decided."""

import json
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.cli.main import main
from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.problem import problem, read_problem
from fpproof.dynamics.rounded import in_format, on_numpy
from fpproof.dynamics.stall_boxes import stall_set
from fpproof.dynamics.stall_expressions import Unknown, intervals
from fpproof.dynamics.stalls import between, stall_points
from fpproof.formats import ATLAS, INFINITY, ZERO, parse_format, rational, round_rational
from fpproof.formats.arithmetic import compare, is_nan, negate

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
WELL = "(w*w - 1)**2/4"
LOSSES = [WELL, "log(cosh(w)) - w/4", "tanh(w)*exp(-w) + softplus(w)/2", "sqrt(1 + w**4) - w**3/8", "1/(1 + w*w)", "relu(w) - w/2 + sin(w)/64"]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", ["E4M3FN", "E4M3FN-sat", "E5M2", "F(3,4)"])
def test_boxes_find_the_points_that_all_points_give(loss: str, name: str) -> None:
    p, F = problem(loss, {"w": 1}), parse_format(name)
    for eta in (Fraction(1, 4), Fraction(4)):
        found = stall_set(p, F, eta, -rational(F.largest), rational(F.largest))
        points = {F.ordinal(w) for (w,) in stall_points(p, F, eta, -rational(F.largest), rational(F.largest))}
        assert found.undecided == 0
        assert {n for ((low, high),) in found.boxes for n in range(low, high + 1)} == points
        assert found.standing == len(points)
        assert found.moving == 2 * F.largest_ordinal + 1 - len(points)


def test_two_parameters() -> None:
    """All pairs of F(2,3) from -2 to 2; and with few boxes, less is decided, and nothing wrong."""
    p, F = read_problem(EXAMPLES / "balanced.toml"), parse_format("F(2,3)")
    points = {tuple(map(F.ordinal, point)) for point in stall_points(p, F, Fraction(1, 4), Fraction(-2), Fraction(2))}
    for most in (10_000, 40):
        found = stall_set(p, F, Fraction(1, 4), Fraction(-2), Fraction(2), most)
        inside = {point for box in found.boxes for point in product(*(range(low, high + 1) for low, high in box))}
        assert inside <= points
        assert found.standing + found.moving + found.undecided == 33**2
        assert (found.undecided == 0) == (most == 10_000)
    assert len(inside) < len(points)


@pytest.mark.parametrize(("name", "kind"), [("binary16", np.float16), ("binary32", np.float32), ("binary64", np.float64)])
def test_every_float_of_a_large_format(name: str, kind: type[np.floating]) -> None:
    """The ends of the runs of the double well, where numpy steps; the same sets as of 2^16 floats, scaled."""
    F = parse_format(name)
    p = problem(WELL, {"w": 1})
    found = stall_set(p, F, Fraction(1, 64), -rational(F.largest), rational(F.largest))
    assert (found.standing, found.undecided, len(found.boxes)) == (131, 0, 3)

    natively = on_numpy(kind.__name__)

    def stands(n: int) -> bool:
        w = kind(float(rational(F.from_ordinal(n))))
        return bool(w - kind(1 / 64) * p.gradient.run(natively, [w])[0] == w)

    for ((low, high),) in found.boxes:
        assert [stands(n) for n in (low - 1, low, high, high + 1)] == [False, True, True, False]


def test_ordinals_beyond_64_bits() -> None:
    """The same sets in binary128: there are more floats than int64 has numbers."""
    F = parse_format("binary128")
    found = stall_set(problem(WELL, {"w": 1}), F, Fraction(1, 64), -rational(F.largest), rational(F.largest))
    assert (found.standing, found.undecided, len(found.boxes)) == (131, 0, 3)
    assert found.points == 2 * F.largest_ordinal + 1 > 2**127


OPERATIONS = ("add", "subtract", "multiply", "divide", "exp", "log", "tanh", "sigmoid", "softplus", "cosh", "sinh", "atan", "relu", "step", "sqrt")


@settings(max_examples=60)
@given(st.sampled_from(["E4M3FN", "E5M2"]), st.sampled_from(OPERATIONS), st.lists(st.integers(-120, 120), min_size=4, max_size=4), st.data())
def test_images_are_inside(name: str, operation: str, ends: list[int], data: st.DataObject) -> None:
    F = parse_format(name)
    x, y = sorted(ends[:2]), sorted(ends[2:])
    boxes = [tuple(F.from_ordinal(n) for n in side) for side in (x, y)]
    two = operation in ("add", "subtract", "multiply", "divide")
    try:
        low, high = intervals(F).operations[operation](*boxes[: 1 + two])
    except Unknown:
        return
    inner = [F.from_ordinal(data.draw(st.integers(*side))) for side in (x, y)]
    value = in_format(F).operations[operation](*inner[: 1 + two])
    assert not is_nan(value)
    assert compare(low, value) != 1
    assert compare(value, high) != 1


def test_floats_between_numbers() -> None:
    F = ATLAS["E4M3FN"]
    assert between(F, Fraction(1, 3), Fraction(1, 3)) is None
    assert between(F, Fraction(0), Fraction(1, 10**9)) == (0, 0)
    assert between(F, Fraction(-(10**9)), Fraction(10**9)) == (-F.largest_ordinal, F.largest_ordinal)
    assert between(F, Fraction(449), Fraction(10**9)) is None
    assert between(F, Fraction(-1, 2), Fraction(1)) == (F.ordinal(round_rational(F, Fraction(-1, 2))), F.ordinal(F.one))
    with pytest.raises(DynamicsError, match="no float"):
        stall_set(problem("x", {"x": 1}), F, Fraction(1), Fraction(1, 3), Fraction(1, 3))


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_text(f'loss = "{WELL}"\n[start]\nw = 1\n')
    spec = str(tmp_path / "w.toml")
    assert main(["stalls", spec, "--step", "1/64", "--format", "binary16", "--from", "1/2", "--to", "1", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["standing"] == 17
    assert facts["boxes"] == [{"w": ["127/128", "1"]}]
    assert main(["stalls", spec, "--step", "1/64", "--format", "binary16", "--boxes", "9"]) == 3
    assert "undecided" in capsys.readouterr().out
    for arguments in (["--format", "binary17"], ["--format", "binary16", "--from", "x"], ["--format", "E4M3FN", "--from", "2", "--to", "1"]):
        assert main(["stalls", spec, "--step", "1/64", *arguments]) == 2
        assert "error" in capsys.readouterr().err


def test_infinities_within_intervals_may_make_nan() -> None:
    """The ends of [-1, 1] * [1, infinity] are numbers, and 0 * infinity within is none; so with infinities of both signs in sums."""
    F = parse_format("F(2,3)")
    multiply, add = (intervals(F).operations[name] for name in ("multiply", "add"))
    one, low, high = F.one, negate(F.one), INFINITY
    everything = negate(high), high
    for operation, x, y in ((multiply, (low, one), (one, high)), (multiply, (one, high), (low, one)), (add, everything, everything)):
        with pytest.raises(Unknown):
            operation(x, y)
    assert multiply((one, one), (one, high)) == (one, high)
    assert add((low, high), (one, high)) == (ZERO, high)


def test_functions_that_turn() -> None:
    """Intervals of few floats are tried float by float, so that sines are decided by boxes too."""
    p, F = problem("sin(3*w) + cos(w)/2", {"w": 1}), parse_format("E4M3FN")
    found = stall_set(p, F, Fraction(1, 16), Fraction(-2), Fraction(2))
    points = {F.ordinal(w) for (w,) in stall_points(p, F, Fraction(1, 16), Fraction(-2), Fraction(2))}
    assert {n for ((low, high),) in found.boxes for n in range(low, high + 1)} == points
    sine = intervals(F).operations["sin"]
    assert sine((F.from_ordinal(40), F.from_ordinal(120))) == (negate(F.one), F.one)
    with pytest.raises(Unknown):
        intervals(parse_format("E5M2")).operations["sin"]((F.one, INFINITY))
