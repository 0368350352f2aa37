"""`fpproof pieces`, `fpproof train` and `fpproof stagnation`: what they print, their exit codes, and errors."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fpproof.cli import train_table
from fpproof.cli.main import main
from fpproof.formats import parse_format
from fpproof.networks import RELU, Network, dense
from fpproof.networks.kernel import from_float64
from tests.machine_cases import certificate_of

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
SAWTOOTH = str(EXAMPLES / "sawtooth6.toml")


def facts(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    main([*arguments, "--json"])
    return json.loads(capsys.readouterr().out)


def test_a_sawtooth_with_its_law(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pieces", "--sawtooth", "6", "--slope", "2-2^-3", "--threshold", "1/2"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[2:4] == ["pieces    62", "regions   62"]
    assert out[5] == "law       62 by the recurrence; 2^L - 2 at L = 6, the first loss: agrees"


def test_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    found = facts(capsys, "pieces", "--sawtooth", "10")
    assert (found["pieces"], found["regions"], found["segment"]["low"], found["segment"]["high"]) == (1024, 1024, "0", "1")
    assert found["law"] == {"recurrence": 1024, "closed_form": {"pieces": 1024, "formula": "2^L"}, "agrees": True}


def test_depths_by_the_law_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert facts(capsys, "pieces", "--sawtooth", "40", "--law", "--slope", "2+2^-10")["pieces"] == 5 * 2**38 - 1


def test_breakpoints_and_slopes(capsys: pytest.CaptureFixture[str]) -> None:
    found = facts(capsys, "pieces", "--sawtooth", "2", "--on", "-1:1/3", "--list", "--neurons")
    assert (found["breakpoints"], found["slopes"]) == (["0", "1/4"], [["0", "4", "-4"]])
    assert found["neurons"][1] == {"layer": 1, "neuron": 2, "zeros": 0, "variation": "4/3", "slope": "1"}


def test_steps_of_the_executed_network(capsys: pytest.CaptureFixture[str]) -> None:
    found = facts(capsys, "pieces", "--sawtooth", "3", "--format", "F(3,4)", "--on", "0:1")
    assert found["executed"] == {
        "format": "F(3,4)",
        "semantics": "left-to-right",
        "floats": 57,
        "steps": 57,
        "values": 33,
        "turns": 7,
        "non_finite": 0,
    }


def test_a_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "a.cert.json")
    assert main(["represent", str(EXAMPLES / "wild-f24.csv"), "-o", path, "--jobs", "1"]) == 0
    capsys.readouterr()
    assert main(["pieces", path, "--on", "0:1"]) == 0
    assert "regions" in capsys.readouterr().out


def test_noise_is_only_supported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pieces", "--sawtooth", "4", "--bounded", "--noise", "1/32", "--seed", "12345"]) == 3
    out = capsys.readouterr().out
    assert "pieces    17.75 +- 0.44  at most 21" in out
    assert "verdict   supported" in out


def test_normal_noise_has_no_exact_expectation(capsys: pytest.CaptureFixture[str]) -> None:
    normal = ["--distribution", "normal", "--draws", "20"]
    assert main(["pieces", "--sawtooth", "3", "--bounded", "--noise", "1/32", *normal]) == 3
    out = capsys.readouterr().out
    assert "normal, standard deviation 1/32, 20 draws" in out
    assert "expected" not in out
    assert main(["train", str(EXAMPLES / "sawtooth4-square.toml"), "--arithmetic", "exact", "--noise", "1", *normal, "--jobs", "1"]) == 3


def test_a_certificate_of_two_inputs_along_a_segment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """rho(x + 2 y - 1) - rho(2 x - y) in binary16. From (0, 0) to (1, 1) that is rho(3 t - 1) - rho(t): bends at 1/3, and at the end 0."""
    F = parse_format("binary16")
    hidden = dense([[from_float64(F, w) for w in row] for row in ((1, 2), (2, -1))], [from_float64(F, b) for b in (-1, 0)], RELU)
    network = Network(F, (hidden, dense([[from_float64(F, w) for w in (1, -1)]], [from_float64(F, 0)], None)))
    path = tmp_path / "two.cert.json"
    certificate_of(network, 3).write(path)
    found = facts(capsys, "pieces", str(path), "--list", "--from", "0,0", "--to", "1,1")
    assert (found["pieces"], found["regions"], found["breakpoints"], found["slopes"]) == (2, 2, ["1/3"], [["-1", "2"]])
    found = facts(capsys, "pieces", str(path), "--list", "--from", "-1,1/2", "--to", "1,1/2")
    assert (found["breakpoints"], found["slopes"]) == (["1/2", "5/8"], [["0", "2", "-2"]])
    assert main(["pieces", str(path), "--on", "0:1"]) == 2
    assert "a network of 2 inputs: expected a segment" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pieces"], "expected a network's file or --sawtooth L"),
        (["pieces", "--sawtooth", "3", "x.onnx"], "expected a network's file or --sawtooth L"),
        (["pieces", "--sawtooth", "3", "--slope", "2-"], "no number"),
        (["pieces", "--sawtooth", "3", "--slope", "9^9^9"], "too large"),
        (["pieces", "--sawtooth", "3", "--on", "1"], "expected LO:HI"),
        (["pieces", "--sawtooth", "3", "--on", "1:0"], "lower end"),
        (["pieces", "--sawtooth", "3", "--from", "0,0", "--to", "1,1"], "1 coordinates"),
        (["pieces", "--sawtooth", "60"], "--law"),
        (["pieces", "--sawtooth", "8", "--limit", "100"], "more than 100"),
        (["pieces", "--sawtooth", "3", "--round"], "--format"),
        (["pieces", "--sawtooth", "3", "--slope", "1/3", "--format", "binary16"], "is no float of binary16"),
        (["pieces", "--sawtooth", "3", "--format", "binary32"], "up to 16 bits"),
        (["pieces", "--sawtooth", "3", "--noise", "-1"], "above 0"),
        (["pieces", "--sawtooth", "3", "--noise", ""], "no number"),
        (["pieces", "--sawtooth", "3", "--from", "", "--to", ""], "no number"),
        (["pieces", str(EXAMPLES / "logistic49.toml")], "sigmoid is not piecewise affine"),
        (["pieces", str(EXAMPLES / "sine-e4m3.csv")], "sine-e4m3.csv"),
        (["train", SAWTOOTH, "--arithmetic", "binary61"], "unknown"),
        (["train", SAWTOOTH, "--arithmetic", "exact,exact"], "different arithmetics"),
        (["train", SAWTOOTH, "--steps", "x"], "whole number"),
        (["train", SAWTOOTH, "--step", "1/0"], "divides by zero"),
        (["train", SAWTOOTH, "--noise", "0"], "above 0"),
        (["train", SAWTOOTH, "--noise", ""], "no number"),
        (["train", str(EXAMPLES / "logistic49.toml"), "--arithmetic", "exact"], "irrational"),
        (["train", "missing.toml"], "missing.toml"),
        (["stagnation", "--format", "binary16", "--at", "0.1"], "no float of binary16"),
        (["stagnation", "--format", "binary16", "--at", "inf"], "finite weight"),
    ],
)
def test_errors_are_sentences(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.startswith("fpproof: error: ")


def test_runs_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    found = facts(capsys, "train", SAWTOOTH, "--arithmetic", "exact,binary16,binary32,binary64", "--pieces")
    last = {row["arithmetic"]: (row["pieces"], row["regions"]) for row in found["steps"] if row["step"] == 1}
    assert last == {"exact": (64, 64), "binary16": (69, 84), "binary32": (76, 91), "binary64": (69, 84)}
    assert found["runs"][1]["parts"]["step"] == 1
    assert found["runs"][0] == {"arithmetic": "exact", "stopped": None, "parts": None, "equal": []}


def test_an_audit_fails_where_a_neuron_breaks_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", SAWTOOTH, "--arithmetic", "exact", "--audit"]) == 1
    assert "12 neurons break it" in capsys.readouterr().out
    square = str(EXAMPLES / "sawtooth4-square.toml")
    assert main(["train", square, "--arithmetic", "exact", "--audit"]) == 0
    assert "S1-A  8 of 8 biases moved" in capsys.readouterr().out
    assert main(["train", square, "--arithmetic", "exact", "--noise", "1", "--draws", "10"]) == 3


def test_parameters_are_written_exactly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "last.json"
    assert main(["train", str(EXAMPLES / "sawtooth4-square.toml"), "--arithmetic", "exact,binary16", "-o", str(path)]) == 0
    written = json.loads(path.read_text())
    assert [entry["arithmetic"] for entry in written] == ["exact", "binary16"]
    assert np.array(written[1]["weights"][0]).shape == (2, 1)
    assert "parts     binary16 from exact at step 1" in capsys.readouterr().out


def test_a_run_that_grows_is_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    square = str(EXAMPLES / "sawtooth4-square.toml")
    assert main(["train", square, "--arithmetic", "exact", "--steps", "50", "--bits", "300"]) == 0
    assert "stopped   exact: numbers of more than 300 bits" in capsys.readouterr().out


def test_stagnation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stagnation", "--format", "binary16", "--at", "-0.5"]) == 0
    assert "unmoved   by w (-) u for u in [-1/8192, 1/4096]" in capsys.readouterr().out
    found = facts(capsys, "stagnation", "--format", "E5M2")
    assert len(found["binades"]) == 31
    assert main(["stagnation", "--format", "bfloat16"]) == 0
    assert "--all shows them" in capsys.readouterr().out


def test_refute_and_replay(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = str(tmp_path / "found.toml")
    assert main(["refute", "reciprocals", "--draws", "200", "-o", path]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "left out    the mean of 1/|D| over the bias updates that are not zero is at most q(N) (S1-A)"
    assert out[-2] == "verdict     refuted: the statement without the assumption"
    replay = out[-1].split()
    assert replay[:4] == ["replay", "fpproof", "refute", "reciprocals"]
    assert main(replay[2:]) == 0
    again = capsys.readouterr().out.splitlines()
    assert [line for line in out if line.startswith(("updates", "constants", "E pieces", "bound"))] == again[2:6]
    for other in ("none", "slopes", "segment"):
        assert main(["refute", other, "--run", path]) == 1
    capsys.readouterr()
    found = facts(capsys, "refute", "reciprocals", "--draws", "200")
    assert found["refuted"]
    assert found["expected_low"] == found["expected_high"]
    assert main(["refute", "reciprocals", "--run", SAWTOOTH]) == 1
    assert "not shown" in capsys.readouterr().out


def test_refute_finds_nothing_without_a_gap(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["refute", "none", "--draws", "50"]) == 3
    assert capsys.readouterr().out == "searched    50 networks, seed 1: none refutes the statement\n"
    assert facts(capsys, "refute", "none", "--draws", "50")["refuted"] is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["dead", "--on", "0:inf"],
        ["dead", "--on", "1:0"],
        ["dead", "--level", "0"],
        ["slopes", "--constant", "-1"],
        ["S1-B"],
        [],
        ["dead", "--draws", "0"],
        ["dead", "--run", "nowhere.toml"],
        ["dead", "--run", "pyproject.toml"],
    ],
)
def test_refute_says_what_is_wrong(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["refute", *arguments]) == 2
    assert "error" in capsys.readouterr().err


def test_refute_takes_networks_of_one_input(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "wide.toml"
    for inputs, activation in ((2, "relu"), (1, "tanh")):
        layers = f"[[layers]]\nweights = [{[1] * inputs}]\nbias = [0]\nactivation = '{activation}'\n"
        path.write_text(f"[data]\nx = [{[1] * inputs}]\ny = [[1]]\n{layers}")
        assert main(["refute", "dead", "--run", str(path)]) == 2
        assert "error" in capsys.readouterr().err


def test_an_interrupted_run_goes_on(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle of a row; the second call shows what the first did, and goes on to the same end, also with more steps."""
    path = str(tmp_path / "kept")
    arguments = ["train", str(EXAMPLES / "sawtooth4-square.toml"), "--arithmetic", "exact,binary16~1,binary32", "--pieces", "--steps", "3"]
    assert main(arguments) == 0
    whole = capsys.readouterr().out
    show = train_table.Table.show

    def interrupted(table: train_table.Table, facts: dict[str, Any]) -> None:
        if (facts["step"], facts["arithmetic"]) == (2, "binary16~1"):
            raise KeyboardInterrupt
        show(table, facts)

    monkeypatch.setattr(train_table.Table, "show", interrupted)
    assert main([*arguments, "--checkpoint", path]) == 130
    assert json.loads(Path(path).read_text())["extra"]["step"] == 1
    monkeypatch.setattr(train_table.Table, "show", show)
    capsys.readouterr()
    assert main([*arguments, "--checkpoint", path]) == 0
    assert capsys.readouterr().out == whole
    assert main([*arguments, "--checkpoint", path]) == 0  # nothing is left to do
    assert capsys.readouterr().out == whole
    assert main([*arguments[:-1], "1", "--checkpoint", path]) == 2
    assert "after step 3, and the run has 1" in capsys.readouterr().err
    content = json.loads(Path(path).read_text())
    changes: list[Any] = [{"step": "3"}, {"facts": 5}, {"facts": [[]]}, {"facts": None}, {"parts": 5}, {"equal": 5}, {"equal": [[]]}, {"stopped": 5}]
    for extra in (None, {}, *({**content["extra"], **change} for change in changes)):
        Path(path).write_text(json.dumps({**content, "extra": extra}))
        assert main([*arguments, "--checkpoint", path]) == 2, extra
    Path(path).write_text(json.dumps(content))
    capsys.readouterr()
    assert main([*arguments, "--every", "2", "--checkpoint", path]) == 2
    assert "of another run, or of other options" in capsys.readouterr().err


def test_runs_that_are_equal_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Not only those that equal the first."""
    arguments = ["train", str(EXAMPLES / "sawtooth4-square.toml"), "--arithmetic", "exact,binary32,numpy:float32,binary16"]
    assert main(arguments) == 0
    assert "equal     numpy:float32 and binary32 in every parameter of every step" in capsys.readouterr().out
    assert [run["equal"] for run in facts(capsys, *arguments)["runs"]] == [[], [], ["binary32"], []]
