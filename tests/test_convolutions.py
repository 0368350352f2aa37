"""examples/convolutions.py and the equations of examples/flows.py on tiny settings: gradients by differences, numbers, the same tables twice."""

import csv
import importlib
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(scope="module")
def scripts() -> Iterator[Any]:
    """The two scripts, imported from where they stand."""
    sys.path.insert(0, str(EXAMPLES))
    try:
        yield importlib.import_module("convolutions")
    finally:
        sys.path.remove(str(EXAMPLES))
        for name in ("convolutions", "flows"):
            sys.modules.pop(name, None)


@pytest.mark.parametrize(("name", "weights"), [("subsample", 61470), ("maxpool", 61470)])
def test_networks_and_gradients(scripts: Any, name: str, weights: int) -> None:
    """The number of weights of the notes; derivatives against central differences, in every array."""
    kind, stream = scripts.ARCHITECTURES[name], np.random.default_rng(3)
    theta = scripts.start_of(kind, stream)
    assert sum(w.size for w in theta if w.ndim > 1) == weights
    assert len(theta) == 5 * (1 + kind.bias)
    images, labels = stream.normal(size=(2, 1, 28, 28)), np.array([3, 7])
    _, gradient = scripts.loss_and_gradient(theta, images, labels, kind)
    assert [g.shape for g in gradient] == [w.shape for w in theta]
    for w, g in zip(theta, gradient, strict=True):
        place = np.unravel_index(int(np.abs(g).argmax()), g.shape)
        ends = []
        for sign in (1, -1):
            w[place] += sign * 1e-6
            ends.append(scripts.loss_and_gradient(theta, images, labels, kind)[0])
            w[place] -= sign * 1e-6
        assert math.isclose((ends[0] - ends[1]) / 2e-6, g[place], rel_tol=1e-4, abs_tol=1e-8)


def test_the_same_tables_twice(scripts: Any, tmp_path: Path) -> None:
    tiny = ["--samples", "3", "--epochs", "4", "--stamps", "2", "--dtype", "float64", "--networks", "subsample"]
    for name in ("a", "b"):
        scripts.main(["-o", str(tmp_path / name), *tiny])
    assert (tmp_path / "a" / "convolutions.csv").read_bytes() == (tmp_path / "b" / "convolutions.csv").read_bytes()
    with (tmp_path / "a" / "convolutions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["0", "2", "4"]
    assert all(float(row["distance"]) < 0.1 * float(row["moved"]) for row in rows[1:])


def test_equations(scripts: Any, tmp_path: Path) -> None:
    """Means of what is drawn are the solutions: |x|^2 + 20 of the heat equation; of a call on the best share, more than of one share."""
    flows = importlib.import_module("flows")
    stream = np.random.default_rng(5)
    x = stream.uniform(-1, 1, (4, 10))
    means = flows.paths("heat", np.broadcast_to(x[:, None], (4, 20000, 10)), stream).mean(-1)
    assert np.abs(means - flows.solution("heat", x, stream)).max() < 0.5
    prices = flows.solution("black-scholes", x, stream, 20000)
    last = 100 + 10 * x[:, 9]
    sigma, rate, carry = 0.5, 0.05, 0.1
    d = (np.log(last / 100) + rate - carry + sigma**2 / 2) / sigma
    normal = np.vectorize(lambda z: (1 + math.erf(z / math.sqrt(2))) / 2)
    one = last * math.exp(-carry) * normal(d) - 100 * math.exp(-rate) * normal(d - sigma)
    assert (10 * prices > one).all()
    tiny = ["--activations", "gelu", "--optimisers", "adam", "--points", "20", "--steps", "4", "--evaluations", "2", "--no-plots"]
    flows.main(["-o", str(tmp_path), "--only", "divergence", "--targets", "heat,black-scholes", *tiny])
    with (tmp_path / "divergence.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["norm"]) > 10 for row in rows] == [True] * 6
