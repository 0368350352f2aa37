"""`fpproof eval`: one point, layer by layer."""

import json
from pathlib import Path

import pytest

from fpproof.certificates import Certificate, ClaimedPoint
from fpproof.cli.main import main
from fpproof.formats import ATLAS, ZERO, ieee_like
from fpproof.networks import Layer, Network, TableActivation, dense

F = ieee_like(2, 3)


def saved(network: Network, tmp_path: Path) -> str:
    """A certificate of it, whatever it claims."""
    d, m = network.inputs, network.outputs
    path = tmp_path / "a.cert.json"
    Certificate(network, (ClaimedPoint((ZERO,) * d, (ZERO,) * m, (ZERO,) * m, (ZERO,) * d),)).write(path)
    return str(path)


@pytest.fixture
def cert(tmp_path: Path) -> str:
    """relu(x1), relu(2 x2 + 1), then a1 - a2 and 14 a1."""
    two, negative = (4, -1), (-4, -2)
    layers = (Layer(2, (((0, F.one),), ((1, two),)), (None, F.one)), dense([[F.one, negative], [F.largest, ZERO]], activation=None))
    return saved(Network(F, layers), tmp_path)


def test_text(cert: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", cert, "--x", "0x1p+0,1.5", "--upstream", "1,-0.5"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "network     2 layers in F(2,3), left-to-right",
        "x           1.0 (0x1p+0) [0c], 1.5 (0x1.8p+0) [0e]",
        "upstream    1.0 (0x1p+0) [0c], -0.5 (-0x1p-1) [28]",
        "value       -3.0 (-0x1.8p+1) [32], 14.0 (0x1.cp+3) [1b]",
        "gradient    -6.0 (-0x1.8p+2) [36], -2.0 (-0x1p+1) [30]",
        "non-finite  0 pre-activations, 0 activations, 0 adjoints",
    ]


def test_trace(cert: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", cert, "--x", "-1,1.5", "--upstream", "1,0", "--trace"]) == 0
    out = capsys.readouterr().out
    assert "layer 1: 2 neurons, relu, 0 with activation and adjoint 0\n" in out
    assert "layer 2: 2 neurons, affine, 1 with activation and adjoint 0\n" in out
    rows = [line.split("  ") for line in out.splitlines() if line.strip()[:1] in ("1", "2") and "layer" not in line]
    assert [[cell.strip() for cell in row if cell.strip()] for row in rows] == [
        ["1", "-1.0 (-0x1p+0)", "0.0 (0x0p+0)", "1.0 (0x1p+0)"],
        ["2", "4.0 (0x1p+2)", "4.0 (0x1p+2)", "-1.0 (-0x1p+0)"],
        ["1", "-4.0 (-0x1p+2)", "-4.0 (-0x1p+2)", "1.0 (0x1p+0)"],
    ]


def test_trace_shows_some_neurons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(Network(F, (dense([[F.one]] * 20),)), tmp_path)
    upstream = ",".join(["1"] * 20)
    for neurons, more in (([], 12), (["--neurons", "5"], 15), (["--neurons", "20"], 0)):
        assert main(["eval", path, "--x", "1", "--upstream", upstream, "--trace", *neurons]) == 0
        assert (f"... {more} more (--neurons N shows N)" in capsys.readouterr().out) == (more > 0)


def test_json(cert: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", cert, "--x", "1,1.5", "--upstream", "1,-0.5", "--json", "--trace"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["value"] == [{"decimal": "-3.0", "hex": "-0x1.8p+1", "bits": "32"}, {"decimal": "14.0", "hex": "0x1.cp+3", "bits": "1b"}]
    assert [number["hex"] for number in facts["gradient"]] == ["-0x1.8p+2", "-0x1p+1"]
    assert facts["first_non_finite"] is None
    assert (facts["semantics"], facts["evaluated_densely"], facts["format"]) == ("left-to-right", False, "F(2,3)")
    assert facts["layers"][0] == {
        "activation": "relu",
        "pre_activations": ["0x1p+0", "0x1p+2"],
        "activations": ["0x1p+0", "0x1p+2"],
        "adjoints": ["-0x1.8p+2", "-0x1p+0"],
    }
    assert len(facts["layers"]) == 2


def test_non_finite(cert: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", cert, "--x", "14,-14", "--upstream", "0,0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "network     2 layers in F(2,3), left-to-right, evaluated densely"
    assert lines[3] == "value       14.0 (0x1.cp+3) [1b], inf [1c]"
    assert lines[5] == "non-finite  2 pre-activations, 1 activations, 0 adjoints"
    assert lines[6] == "first       pre-activation -infinity at layer 1, neuron 2"


def test_a_nan_without_bits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """E2M1 has no NaN: the error value has no bits."""
    G = ATLAS["E2M1"]
    path = saved(Network(G, (dense([[G.one]], activation=None),)), tmp_path)
    assert main(["eval", path, "--x", "6", "--semantics", "wide(F(1,2))"]) == 0
    assert "value       nan [none]" in capsys.readouterr().out
    assert main(["eval", path, "--x", "nan"]) == 2
    assert "--x: 'nan' is no float of E2M1: the format has no NaN" in capsys.readouterr().err


@pytest.mark.parametrize("x", ["-1,-0x1p-3", "-.5,-0", "-1/8,-0.25", "bits(0x2c),-2"])
def test_negative_numbers_are_values(x: str, cert: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", cert, "--x", x, "--upstream", "-1,-1"]) == 0
    assert capsys.readouterr().err == ""


def test_round(cert: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", cert, "--x", "0.1,1e9"]) == 2
    error = capsys.readouterr().err
    assert "--upstream" in error or "--x: '0.1' is no float of F(2,3): its neighbours are 0.0625 (0x1p-4) and 0.125 (0x1p-3)" in error
    assert main(["eval", cert, "--x", "0.1,1e9", "--upstream", "1,1", "--round"]) == 0
    assert "x           0.125 (0x1p-3) [02], inf [1c]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--x", "1", "--upstream", "1,1"], "--x: expected 2 numbers, separated by commas, found 1"),
        (["--x", "1,1,1", "--upstream", "1,1"], "--x: expected 2 numbers, separated by commas, found 3"),
        (["--x", "1,1"], "--upstream: expected 2 numbers, separated by commas, found 1"),
        (["--x", "", "--upstream", "1,1"], "--x: expected 2 numbers"),
        (["--x", "1,", "--upstream", "1,1"], "--x: '' is no number"),
        (["--x", "1,one", "--upstream", "1,1"], "--x: 'one' is no number"),
        (["--x", "1,1", "--upstream", "0.3,1"], "--upstream: '0.3' is no float of F(2,3)"),
        (["--x", "1,1", "--upstream", "1,1", "--semantics", "all"], "'all' is unknown"),
        (["--x", "1,1", "--upstream", "1,1", "--neurons", "0"], "expected a whole number from 1"),
        (["--x", "1,1", "--upstream", "1,1", "--x"], "usage"),
        ([], "usage"),
    ],
)
def test_bad_options(arguments: list[str], said: str, cert: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", cert, *arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert said in output.err


def test_a_table_that_lacks_the_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(Network(F, (dense([[F.one]], activation="t"),), {"t": TableActivation("t", {F.one: (F.one, ZERO)})}), tmp_path)
    assert main(["eval", path, "--x", "1"]) == 0
    assert "gradient    0.0" in capsys.readouterr().out
    assert main(["eval", path, "--x", "2"]) == 2
    assert "table t: no entry for the pre-activation" in capsys.readouterr().err
