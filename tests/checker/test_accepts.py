"""Certificates that are accepted, rule by rule, and sums computed by hand in each variant."""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fpproof import checker

from .cases import Certificate, base, both, certificate, cut, edited, everywhere, put, sealed, tabled
from .oracle import E4M3FN, E4M3SAT, E5M2, F23, F33, Meaning, OracleLayer, Tiny

SCHEMA = json.loads(Path(checker.__file__).with_name("certificates").joinpath("certificate.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
POINTS, LAYER, FORMAT, ELSEWHERE = ("claims", "points"), ("layers", 0), ("format",), ("claims", "elsewhere")
E3M2 = {"name": "E3M2", "p": 2, "emin": -2, "emax": 4, "Omega": "1f", "specials": "none", "overflow": "saturate"}  # 1 is 0c, too

ACCEPTED: list[tuple[str, Callable[[], Certificate], Callable[[Certificate], object]]] = [
    ("as it is", base, both()),
    ("integers: the largest", base, put("provenance", "n", 2**53 - 1)),
    ("integers: zero", base, put("provenance", "n", 0)),
    ("provenance: empty", base, put("provenance", {})),
    ("provenance: deep", base, put("provenance", "n", json.loads("[" * 62 + "]" * 62))),
    ("strings: 1000 characters", base, put("provenance", "n", "x" * 1000)),
    ("strings: beyond ASCII", base, put("format", "name", "\u221e \U0001f642 \u0000")),
    ("strings: quotes and backslashes before brackets", base, put("provenance", "n", '\\"[[{' * 99)),
    ("format: without infinities", base, put("format", E3M2)),
    ("format: Omega inside its binade", base, put("format", "Omega", "18")),
    ("format: nan overflow in ieee", base, put("format", "overflow", "nan")),
    ("format: saturating in ieee", base, put("format", "overflow", "saturate")),
    ("layer: no weights", base, both(put(*LAYER, "weights", 0, []), put(*POINTS, 0, [["0c", "0c"], ["0c"], ["12"], ["00", "10"]]))),
    ("layer: no weights but a bias", base, both(put(*LAYER, "weights", 0, []), put(*LAYER, "bias", 0, "0c"), put(*POINTS, 0, 3, 0, "20"))),
    ("layer: negative zero weight", base, both(put(*LAYER, "weights", 0, 0, 1, "20"), put(*POINTS, 0, [["0c", "0c"], ["0c"], ["12"], ["20", "10"]]))),
    ("layer: all dense", base, put(*LAYER, {**base()["layers"][0], "sparse": False, "weights": [["0c", "00"], ["20", "0c"]]})),
    ("points: claims of -0", base, put(*POINTS, 0, [["0c", "0c"], ["20"], ["14"], ["20", "00"]])),
    ("points: relu at 0 and -0", base, put(*POINTS, [[["00", "20"], ["0c"], ["0c"], ["00", "00"]]])),
    ("points: one x, two upstreams", base, put(*POINTS, [*base()["claims"]["points"], [["0c", "0c"], ["30"], ["14"], ["30", "34"]]])),
    ("finite: one", base, put("claims", "finite", ["adjoints"])),
    ("finite: all", base, put("claims", "finite", ["activations", "adjoints", "pre-activations"])),
    ("slope: half", base, both(put("semantics", "relu-slope", "08"), put(*POINTS, [[["00", "00"], ["0c"], ["0c"], ["08", "0c"]]]))),
    ("slope: negative", base, both(put("semantics", "relu-slope", "2c"), put(*POINTS, [[["00", "00"], ["0c"], ["0c"], ["2c", "30"]]]))),
    ("tables: both zeros at +0", tabled, both()),
    ("tables: a lacking entry not met", tabled, put("tables", "t", 2, ["1b", "0c", "0c"])),
    ("tables: infinities", tabled, put("tables", "t", 2, ["1c", "1c", "3c"])),
    ("elsewhere: all upstreams", everywhere, both()),
    ("elsewhere: no points", everywhere, put(*POINTS, [])),
    ("elsewhere: listed upstreams", everywhere, put(*ELSEWHERE, "upstreams", [["0c"], ["20"]])),
    ("elsewhere: -0 is listed by 0", everywhere, both(put(*POINTS, 0, 0, ["20"]), put(*ELSEWHERE, "upstreams", [["0c"]]))),
]


@pytest.mark.parametrize(("made", "edit"), [case[1:] for case in ACCEPTED], ids=[case[0] for case in ACCEPTED])
def test_accepted(made: Callable[[], Certificate], edit: Callable[[Certificate], object]) -> None:
    data = edited(made(), edit)
    report = checker.check_bytes(data)
    assert (report.verdict, report.reason) == ("accepted", "")
    assert not list(VALIDATOR.iter_errors(json.loads(data)))


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


# One neuron without activation: weights, inputs, bias, and the sum by hand. F(2,3) and E5M2 have 3 significant bits, so that beside 4
# the half is lost (tie to even) and two halves are not; E4M3FN has 4, and the same happens beside 8.
Half = Fraction(1, 2)
SUMS: list[tuple[str, Tiny, list[Any], list[Any], Any, dict[str, Any]]] = [
    ("the bias comes last", F23, [Half, Half], [1, 1], 4, {"left-to-right": 5, "bias-first": 4, "pairwise": 5, "fma": 5}),
    ("halves together", F23, [4, 0, Half, Half], [1] * 4, None, {"left-to-right": 4, "pairwise": 5, "blocked(2)": 5, "blocked(4)": 4}),
    ("five split as four and one", E5M2, [Half, 0, 0, Half, 4], [1] * 5, None, {"left-to-right": 5, "pairwise": 5, "blocked(3)": 4}),
    ("six split as four and two", E5M2, [4, 0, 0, 0, Half, Half], [1] * 6, None, {"left-to-right": 4, "pairwise": 5, "blocked(5)": 4}),
    ("product kept exact: 3 + 25/16", F23, [3, Fraction(5, 4)], [1, Fraction(5, 4)], None, {"left-to-right": 4, "fma": 5, "pairwise": 4}),
    ("first product rounded alone: 3/2 + 3", F23, [Fraction(5, 4), 3], [Fraction(5, 4), 1], None, {"left-to-right": 4, "fma": 4, "blocked(1)": 4}),
    ("halves beside 8", E4M3FN, [8, 0, Half, Half], [1] * 4, None, {"left-to-right": 8, "pairwise": 9, "blocked(2)": 9, "fma": 8}),
    ("saturation at 448", E4M3SAT, [448, 32, -32], [1] * 3, None, {"left-to-right": 416, "bias-first": 416, "blocked(2)": 416, "pairwise": 416}),
    ("tie at 464 stays", E4M3FN, [448, 16], [1, 1], None, {"left-to-right": 448, "pairwise": 448}),
]
ONE_NEURON = [(name, fmt, w, x, b, order, y) for name, fmt, w, x, b, orders in SUMS for order, y in orders.items()]


@pytest.mark.parametrize(("name", "fmt", "weights", "x", "bias", "order", "value"), ONE_NEURON)
@pytest.mark.parametrize("sparse", [False, True])
def test_sums_by_hand(name: str, fmt: Tiny, weights: list[Any], x: list[Any], bias: Any, order: str, value: int, sparse: bool) -> None:
    """Forward, and without bias backward, where the same weights are a column; sparse rows omit zeros but keep the positions."""
    numbers = [Fraction(weight) if weight or not sparse else None for weight in weights]
    xs, zero = [Fraction(one) for one in x], Fraction(0)
    there = OracleLayer([numbers], [None if bias is None else Fraction(bias)], sparse, relu=False)
    point = [xs, [zero], [Fraction(value)], [zero] * len(xs)]
    assert checker.check_bytes(sealed(certificate(fmt, Meaning(order), [there], [point]))).verdict == "accepted"
    back = OracleLayer([[number] for number in numbers], [None] * len(xs), sparse, relu=False)
    point = [[zero], xs, [zero] * len(xs), [Fraction(value)]]
    if bias is None:
        assert checker.check_bytes(sealed(certificate(fmt, Meaning(order), [back], [point]))).verdict == "accepted"


VARIANTS: list[tuple[str, Meaning, list[Any], list[Any], Any, Any]] = [
    ("without wide", Meaning(), [4, Half, Half], [1] * 3, None, 4),
    ("wide keeps halves", Meaning(wide=F33), [4, Half, Half], [1] * 3, None, 5),
    ("wide is rounded once at the end", Meaning(wide=F33), [4, Half], [1, 1], None, 4),
    ("wide keeps what overflows the format", Meaning(wide=E5M2), [8, 8, -8], [1] * 3, None, 8),
    ("wide E4M3FN of a narrower sum", Meaning(wide=E4M3FN), [Half, Half], [1, 1], 4, 5),
    ("narrow: a bias alone is rounded", Meaning(wide=E4M3FN, order="bias-first"), [8], [Half], 4, 8),
    ("subnormal weight", Meaning(), [Fraction(1, 8)], [8], None, 1),
    ("flushed weight", Meaning(flush=True), [Fraction(1, 8)], [8], None, 0),
    ("flushed input", Meaning(flush=True), [8], [Fraction(1, 8)], None, 0),
    ("flushed product", Meaning(flush=True), [Half, 1], [Fraction(1, 4), 1], None, 1),
    ("flushed bias", Meaning(flush=True), [1], [1], Fraction(3, 16), 1),
    ("flushed sum", Meaning(flush=True), [Half, -1], [1, Fraction(3, 8)], None, 0),
    ("not flushed: it rounds up to 1/4", Meaning(flush=True), [Fraction(5, 16)], [Fraction(3, 4)], None, Fraction(1, 4)),
]


@pytest.mark.parametrize(("name", "meaning", "weights", "x", "bias", "value"), VARIANTS, ids=[case[0] for case in VARIANTS])
def test_variants_by_hand(name: str, meaning: Meaning, weights: list[Any], x: list[Any], bias: Any, value: Any) -> None:
    layer = OracleLayer([[Fraction(weight) for weight in weights]], [None if bias is None else Fraction(bias)], relu=False)
    point = [[Fraction(one) for one in x], [Fraction(0)], [Fraction(value)], [Fraction(0)] * len(x)]
    assert checker.check_bytes(sealed(certificate(F23, meaning, [layer], [point]))).reason == ""


def test_counters_of_an_infinite_preactivation() -> None:
    """z = -14 - 14 is -infinity, ReLU makes it 0: one non-finite pre-activation, nothing dense, accepted unless claimed finite."""
    made = base()
    made["layers"][0]["weights"][0], made["layers"][0]["bias"][0] = [[0, "3b"]], "3b"
    made["claims"]["points"] = [[["0c", "0c"], ["0c"], ["12"], ["00", "10"]]]
    report = checker.check_bytes(sealed(made))
    assert (report.verdict, report.preactivations, report.activations, report.adjoints, report.dense) == ("accepted", 1, 0, 0, 0)
    made["claims"]["finite"] = ["activations", "adjoints"]
    assert checker.check_bytes(sealed(made)).verdict == "accepted"


def test_dense_fallback() -> None:
    """Both hidden neurons overflow at (14, 14); 1 * infinity + (missing) is infinity sparsely, and NaN densely: ReLU(NaN) is NaN.

    With a third layer that reads nothing, the sparse value 1 is finite, and the dense value 0 * NaN + 1 is not.
    """
    made = base()
    made["layers"][0]["weights"] = [[[0, "10"]], [[1, "10"]]]
    made["layers"][1] = {"inputs": 2, "activation": "relu", "sparse": True, "weights": [[]], "bias": ["0c"]}
    made["claims"]["points"] = [[["1b", "1b"], ["0c"], ["0c"], ["00", "00"]]]
    report = checker.check_bytes(sealed(made))
    assert (report.verdict, report.dense, report.preactivations, report.activations) == ("rejected", 1, 3, 3)
    assert report.reason.endswith("the first non-finite number is the pre-activation of layers[0], neuron 0: +infinity")
    made["layers"][0]["weights"] = [[[0, "0c"]], [[1, "0c"]]]
    assert checker.check_bytes(sealed(made)).dense == 0


def chain_of_two(sparse: bool, first: list[Any], bias: str, upstream: str) -> dict[str, Any]:
    """In F(2,3): 2 * relu(w x + bias) at x = 1, where w may be missing."""
    made = base()
    made["inputs"] = 1
    made["layers"][0].update(inputs=1, sparse=sparse, weights=[first], bias=[bias])
    made["layers"][1].update(inputs=1, weights=[["10"]], bias=[None])
    made["claims"]["points"] = [[["0c"], [upstream], ["00"], ["00"]]]
    return made


def test_zero_times_an_infinite_adjoint_is_nan() -> None:
    """Upstream 14 makes the hidden adjoint 28, which overflows; z = 1 - 2 < 0 masks it by 0: the gradient is NaN, not 0."""
    report = checker.check_bytes(sealed(chain_of_two(False, ["0c"], "30", "1b")))
    assert (report.verdict, report.adjoints, report.dense) == ("rejected", 2, 0)
    assert "gradient[0]: expected 0x0p+0 (00), found NaN" in report.reason


def test_dense_after_a_mask_that_overflows() -> None:
    """The slope 14 makes the adjoint 4 infinite behind the mask; the input is read by no weight, but densely by 0 * infinity."""
    made = chain_of_two(True, [], "00", "10")
    assert checker.check_bytes(sealed(made)).verdict == "accepted"
    made["semantics"]["relu-slope"] = "1b"
    report = checker.check_bytes(sealed(made))
    assert (report.verdict, report.adjoints, report.dense) == ("rejected", 1, 1)
    assert "gradient[0]: expected 0x0p+0 (00), found NaN" in report.reason


def test_elsewhere_counts_every_other_float() -> None:
    """F(2,3) has 55 finite floats, zeros once: 54 beside x = 1, each with 55 upstreams."""
    report = checker.check_bytes(sealed(everywhere()))
    assert (report.points, report.elsewhere) == (1, 54 * 55)
    assert checker.check_bytes(edited(everywhere(), put(*POINTS, []))).elsewhere == 55 * 55
    assert checker.check_bytes(edited(everywhere(), put(*ELSEWHERE, "upstreams", [["0c"], ["00"], ["20"]]))).elsewhere == 54 * 3


def test_every_member_is_needed() -> None:
    """What lacks a member is no certificate to the checker or the schema."""
    for name in base():
        data = edited(base(), cut(name))
        assert checker.check_bytes(data).verdict == "malformed"
        assert list(VALIDATOR.iter_errors(json.loads(data)))
