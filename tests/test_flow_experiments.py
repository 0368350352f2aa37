"""examples/flows.py on tiny settings: gradients against differences, known numbers, and the same tables twice."""

import csv
import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SCRIPT = Path(__file__).parent.parent / "examples" / "flows.py"


@pytest.fixture(scope="module")
def flows() -> Any:
    spec = importlib.util.spec_from_file_location("flows", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("classes", [True, False])
def test_gradients_against_differences(flows: Any, classes: bool) -> None:
    for activation in flows.ACTIVATIONS:
        stream = np.random.default_rng(7)
        theta = flows.xavier((3, 5, 4, 2), stream)
        x = stream.normal(size=(6, 3))
        y = stream.integers(0, 2, 6) if classes else stream.normal(size=(6, 2))
        _, gradient = flows.loss_and_gradient(theta, x, y, activation, True, classes)
        for index, place in ((0, (1, 2)), (2, (3, 1)), (3, (2,)), (4, (0, 1))):
            ends = []
            for sign in (1, -1):
                theta[index][place] += sign * 1e-5
                ends.append(flows.loss_and_gradient(theta, x, y, activation, True, classes)[0])
                theta[index][place] -= sign * 1e-5
            assert abs((ends[0] - ends[1]) / 2e-5 - gradient[index][place]) < 1e-5


def test_norms_and_smoothing(flows: Any, tmp_path: Path) -> None:
    """S2-M7's norms to the digits of the notes, seeded draws near them; the filter's slope is log10(0.95), and hides a loss that falls faster."""
    flows.main(["-o", str(tmp_path), "--only", "norms", "--only", "smoothing", "--seeds", "3", "--no-plots"])
    rows = table(tmp_path / "norms.csv")
    wanted = (5.505, 7.673, 7.868, 25.71, 10.89, 22.38)
    assert all(abs(float(row["formula"]) - value) < 6e-3 for row, value in zip(rows, wanted, strict=False))
    assert all(abs(float(row["mean"]) / float(row["formula"]) - 1) < 0.05 for row in rows)
    first, _, last = table(tmp_path / "smoothing.csv")
    assert abs(float(first["smoothed"]) - math.log10(0.95)) < 1e-4
    assert float(first["slope"]) < 2 * float(first["smoothed"])
    assert float(last["slope"]) == -0.01
    assert flows.smoothed([1.0, 0.0, 0.0]) == [1.0, 0.95, 0.95 * 0.95]


def test_descent_and_divergence_are_the_same_twice(flows: Any, tmp_path: Path) -> None:
    tiny = ["--samples", "20", "--epochs", "10", "--stamps", "5", "--ratios", "2", "--dtype", "float64"]
    tiny += ["--points", "30", "--steps", "20", "--evaluations", "4", "--targets", "1,2,4", "--activations", "softplus,elu"]
    for name, more in (("a", []), ("b", ["--no-plots"])):
        flows.main(["-o", str(tmp_path / name), "--only", "descent", "--only", "divergence", *tiny, *more])
    for file in ("descent.csv", "divergence.csv"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    rows = table(tmp_path / "a" / "descent.csv")
    assert len(rows) == 2 * 6
    assert all(float(row["distance"]) < 0.1 * float(row["moved"]) for row in rows if row["step"] != "0")
    rows = table(tmp_path / "a" / "divergence.csv")
    assert len(rows) == 2 * 3 * 2 * 5
    assert all(math.isclose(float(row["product"]), float(row["norm"]) * float(row["gradient"]), rel_tol=1e-4) for row in rows)
    assert (tmp_path / "a" / "divergence.png").exists()


def test_rounding_has_the_shape_of_a_u(flows: Any, tmp_path: Path) -> None:
    flows.main(["-o", str(tmp_path), "--only", "rounding", "--finest", "7", "--no-plots"])
    rows = table(tmp_path / "rounding.csv")
    best: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: float(row["largest distance"])):
        best.setdefault(row["arithmetic"], row["eta"])
    assert {name: best[name] for name in ("bfloat16", "binary16", "enclosed")} == {"bfloat16": "1/8", "binary16": "1/32", "enclosed": "1/128"}
