"""`fpproof flow`, `descend` and `distance`: output, exit codes, JSON, and errors."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from fpproof.cli.main import main

ROOT = Path(__file__).parent.parent.parent
BALANCED = str(ROOT / "examples" / "balanced.toml")
DIVERGENT = str(ROOT / "examples" / "divergent.toml")


def test_flow_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flow", DIVERGENT, "--at", "1/64,1/4", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [entry["t"] for entry in found] == ["1/64", "1/4"]
    for name, value in (("w", "1.1017212414"), ("c", "2.5459081881")):
        low, high = map(Fraction, found[1]["parameters"][name])
        assert low < high <= low + Fraction(2, 10**9)
        assert abs(low - Fraction(value)) < Fraction(1, 10**9)
    assert all(Fraction(found[0][key][0]) <= Fraction(found[0][key][1]) for key in ("loss", "norm", "gradient_norm"))


def test_a_flow_that_ends_early_is_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.toml").write_text('loss = "-x**3/3"\n[start]\nx = 1\n')
    assert main(["flow", str(tmp_path / "p.toml"), "--at", "1/2,2", "--json", "--precision", "1e-6"]) == 3
    first, second = json.loads(capsys.readouterr().out)
    assert Fraction(first["parameters"]["x"][0]) <= 2 <= Fraction(first["parameters"]["x"][1])
    assert set(second) == {"t", "reason"}
    assert main(["flow", str(tmp_path / "p.toml"), "--until", "2", "--precision", "1e-6"]) == 3
    assert "not enclosed" in capsys.readouterr().out


def test_descend_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["descend", BALANCED, "--step", "1/4", "--steps", "2", "--arithmetic", "exact,F(3,4)", "--iterates", "--json"]) == 0
    exact, rounded = json.loads(capsys.readouterr().out)
    assert exact["iterates"][2] == ["90421/131072"] * 2
    assert rounded["arithmetic"] == "F(3,4)"
    assert main(["descend", BALANCED, "--step", "1/4", "--steps", "14", "--arithmetic", "exact", "--against-flow", "--json"]) == 3
    assert "bits" in json.loads(capsys.readouterr().out)[0]["stopped"]


def test_distance_and_its_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c.json"
    assert main(["distance", BALANCED, "--tube", "1/16", "--step", "1/64", "--cells", "16", "-o", str(path), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["certified"] is True
    assert main(["distance", str(path), "--verify"]) == 0
    path.write_text(path.read_text().replace(f'"step": "{facts["step_bound"]}"', '"step": "1/2"'))
    assert main(["distance", str(path), "--verify", "--json"]) == 1
    assert main(["distance", BALANCED, "--tube", "1/16", "--step", "1", "--cells", "16"]) == 3
    assert "not certified" in capsys.readouterr().out
    assert main(["distance", BALANCED, "--tube", "1/16", "--cells", "16", "--format", "binary16", "--step", "1/512", "--json"]) == 3
    assert "best_step" in json.loads(capsys.readouterr().out)["format"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["flow", BALANCED, "--until", "-1"],
        ["flow", BALANCED, "--at", "1,x"],
        ["flow", BALANCED, "--precision", "0"],
        ["flow", BALANCED, "--precision", "1e-5000"],
        ["flow", BALANCED, "--until", "1e99"],
        ["flow", "missing.toml"],
        ["descend", BALANCED, "--step", "0"],
        ["descend", BALANCED, "--step", "1e-30"],
        ["descend", BALANCED, "--step", "1", "--steps", "2", "--until", "1"],
        ["descend", BALANCED, "--step", "1", "--arithmetic", "float17"],
        ["descend", BALANCED, "--step", "1", "--arithmetic", "numpy:float8"],
        ["distance", BALANCED, "--tube", "-1"],
        ["distance", BALANCED, "--verify"],
        ["distance", BALANCED, "--format", "binary17"],
        ["distance", BALANCED, "--format", "binary16", "--step", "1/3", "--cells", "4"],
    ],
)
def test_what_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "error" in capsys.readouterr().err


def test_a_loss_of_a_theory_file(capsys: pytest.CaptureFixture[str]) -> None:
    """The same numbers as from the TOML file; another start; errors."""
    found = []
    for spec in (DIVERGENT, str(ROOT / "theories" / "flow" / "toy.py") + ":toy"):
        assert main(["flow", spec, "--at", "1/64", "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0][0]["parameters"].keys() == found[1][0]["parameters"].keys()
    for a, b in zip(found[0][0]["parameters"].values(), found[1][0]["parameters"].values(), strict=True):
        assert max(Fraction(a[0]), Fraction(b[0])) <= min(Fraction(a[1]), Fraction(b[1]))
    assert main(["flow", DIVERGENT, "--at", "1/64", "--start", "c=-1,w=1/8", "--json"]) == 0
    assert Fraction(json.loads(capsys.readouterr().out)[0]["loss"][0]) > 17
    product = str(ROOT / "theories" / "descent" / "flow_and_descent.py") + ":product"
    assert main(["descend", product, "--step", "1/4", "--steps", "1", "--arithmetic", "exact"]) == 0
    assert "u = 19/32" in capsys.readouterr().out
    for arguments in (["flow", product, "--start", "1"], ["flow", product, "--start", "u=1,u=2"], ["flow", product[:-8]], ["flow", product + "x"]):
        assert main(arguments) == 2
        assert "error" in capsys.readouterr().err


def test_several_steps_make_the_shape_of_a_u(capsys: pytest.CaptureFixture[str]) -> None:
    """D.1: in binary16 the distance to the flow falls, and then rises, as steps get smaller; over the reals it falls."""
    steps = "1/4,1/16,1/64,1/256"
    assert main(["descend", BALANCED, "--step", steps, "--until", "3", "--arithmetic", "binary16,enclosed", "--against-flow", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    largest = {name: [Fraction(e["largest_distance"][0]) for e in found if e["arithmetic"] == name] for name in ("binary16", "enclosed")}
    assert [e["step"] for e in found[::2]] == steps.split(",")
    assert largest["enclosed"] == sorted(largest["enclosed"], reverse=True)
    assert largest["binary16"][0] > largest["binary16"][1] < largest["binary16"][2] < largest["binary16"][3]
    assert main(["descend", BALANCED, "--step", "1/4,1/8", "--steps", "1", "--arithmetic", "exact"]) == 0
    assert "1 steps of 1/8" in capsys.readouterr().out


def test_the_audit_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a run that stalls; of one step by hand; and of a flow."""
    assert main(["descend", BALANCED, "--step", "1/64", "--steps", "300", "--arithmetic", "binary16", "--audit", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["stalled_at"] == 163
    assert [row["step"] for row in found["rows"]] == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert found["rows"][0]["ratio"] is None
    assert found["rows"][-1]["loss"] == found["rows"][-2]["loss"]
    assert all(Fraction(row["ratio"][1]) ** 2 < 2 for row in found["rows"][1:])
    assert main(["descend", BALANCED, "--step", "1/4", "--steps", "2", "--arithmetic", "exact", "--audit"]) == 0
    out = capsys.readouterr().out.splitlines()
    w = 19 / 32
    shown = [float(x.strip("[").split()[0]) for x in out[3].split("  ") if x.strip()]
    expected = [1, (w * w - 1) ** 2 / 2, 2**0.5 * (1 - w * w) * w, 2**0.5 * w, 2 * (1 - w * w) * w * w]
    assert all(abs(a - b) < 1e-9 for a, b in zip(shown, expected, strict=False))
    assert main(["flow", BALANCED, "--at", "1,2", "--audit"]) == 0
    assert "moved/bound" in capsys.readouterr().out


def test_the_product_of_a_linear_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flow", str(ROOT / "examples" / "linear.toml"), "--at", "1", "--end-to-end", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert len(found["end_to_end"][0]) == 2
    assert all(Fraction(found[name]) < Fraction(1, 10**8) for name in ("unbalance", "conserved", "power_law"))
    assert main(["flow", str(ROOT / "examples" / "linear.toml"), "--at", "1", "--end-to-end"]) == 0
    assert "end to end" in capsys.readouterr().out
    assert main(["flow", BALANCED, "--at", "1", "--end-to-end"]) == 2
    assert "without activation" in capsys.readouterr().err


RELU = """loss = "squared"
[data]
x = [["1"]]
y = [["3"]]
[[layers]]
weights = [["2"], ["-3"]]
activation = "relu"
[[layers]]
weights = [["1/2", "5"]]
"""


def test_the_curvature_of_a_relu_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """S3-M6: the live part is the scalar Hessian [[1/4, -1], [-1, 4]], so eigenvalues 0 and 17/4; the bound is |ac - y| = 2; a kink is refused."""
    path = tmp_path / "relu.toml"
    path.write_text(RELU)
    assert main(["curvature", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["bound"] == "2"
    assert Fraction(found["smallest_eigenvalue"][0]) <= 0 <= Fraction(found["smallest_eigenvalue"][1])
    path.write_text(RELU.replace('"-3"', '"0"'))
    assert main(["curvature", str(path)]) == 2
    assert "pre-activation 0" in capsys.readouterr().err
    path.write_text(RELU.replace('activation = "relu"', 'activation = "tanh"'))
    assert main(["curvature", str(path)]) == 2
    path.write_text(RELU.replace('["2"], ["-3"]', '["0"]').replace('"1/2", "5"', '"0"').replace('activation = "relu"', ""))
    assert main(["curvature", str(path)]) == 0  # w = 0: lambda_min = -|y|, the case of equality
    assert "-3: holds" in capsys.readouterr().out
    assert main(["curvature", str(path), "--factor", "999/1000"]) == 1
    assert "fails" in capsys.readouterr().out
