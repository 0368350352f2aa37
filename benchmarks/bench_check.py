"""Certificates in CPU time: making one, checking it, and the same evaluations by a straight interpreter in numpy's scalars.

The interpreter loops over neurons and their weights with ml_dtypes' bfloat16 scalars, forward and backward, left to right. It is run at a few
points and compared by the point; its weights are ready as scalars before the clock starts, while `check` compiles and compares too, and in one of its
two measurements also reads the file, most of whose time is JSON in pure Python.
"""

import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.conftest import Goal, Medians
from fpproof.certificates import Certificate, check, parse_certificate
from fpproof.constructions.represent import represent
from fpproof.constructions.table import read_table
from fpproof.formats import Datum
from fpproof.networks import RELU, Network
from fpproof.networks.programs import to_float64

EXAMPLES = Path(__file__).parent.parent / "examples"
CPU = pytest.mark.benchmark(timer=time.process_time)
FEW = 10
"""Points for the interpreter."""
CHECK = "check of a bfloat16 certificate of 1000, by the point"
CONSTRUCT, ALONE = "represent 1000 points in bfloat16", "stand-alone checker, 193 points in F(3,4)"

Scalar = Any
Row = list[tuple[int, Scalar]]


@lru_cache
def certificate(name: str) -> Certificate:
    return represent(read_table(EXAMPLES / name))[0]


def scalar(x: Datum) -> Scalar:
    return ml_dtypes.bfloat16(to_float64(x))


class Interpreter:
    """A network of ReLU layers as lists of bfloat16 scalars."""

    def __init__(self, network: Network) -> None:
        self.rows = [[[(j, scalar(w)) for j, w in row] for row in layer.weights] for layer in network.layers]
        self.biases = [[None if b is None else scalar(b) for b in layer.bias] for layer in network.layers]
        self.relu = [layer.activation == RELU for layer in network.layers]
        self.columns: list[list[Row]] = []
        for layer, rows in zip(network.layers, self.rows, strict=True):
            columns: list[Row] = [[] for _ in range(layer.inputs)]
            for i, row in enumerate(rows):
                for j, w in row:
                    columns[j].append((i, w))
            self.columns.append(columns)
        self.zero = ml_dtypes.bfloat16(0)

    def sum(self, row: Row, x: list[Scalar], bias: Scalar | None) -> Scalar:
        total = None
        for j, w in row:
            total = w * x[j] if total is None else total + w * x[j]
        if bias is None:
            return self.zero if total is None else total
        return bias if total is None else total + bias

    def evaluate(self, x: list[Scalar], upstream: list[Scalar]) -> tuple[list[Scalar], list[Scalar]]:
        zs = []
        for rows, biases, relu in zip(self.rows, self.biases, self.relu, strict=True):
            z = [self.sum(row, x, b) for row, b in zip(rows, biases, strict=True)]
            zs.append(z)
            x = [v if v > self.zero else self.zero for v in z] if relu else z
        delta = upstream
        for columns, relu, z in zip(reversed(self.columns), reversed(self.relu), reversed(zs), strict=True):
            if relu:
                delta = [d if v > self.zero else d * self.zero for d, v in zip(delta, z, strict=True)]
            delta = [self.sum(column, delta, None) for column in columns]
        return x, delta


@CPU
@pytest.mark.parametrize("candidate", ["fpproof, reading too", "fpproof, in memory"])
def test_check(benchmark: BenchmarkFixture, medians: Medians, candidate: str) -> None:
    data = certificate("sine-bf16-1000.csv").to_bytes()
    read = parse_certificate(data)
    assert check(read).accepted
    run = (lambda: check(read)) if candidate == "fpproof, in memory" else (lambda: check(parse_certificate(data)))
    benchmark.pedantic(run, rounds=5, warmup_rounds=1)
    medians.seconds[CHECK, candidate] = benchmark.stats.stats.median / len(read.points)


@CPU
def test_interpreter(benchmark: BenchmarkFixture, medians: Medians) -> None:
    claimed = certificate("sine-bf16-1000.csv")
    interpreter, points = Interpreter(claimed.network), claimed.points[:: len(claimed.points) // FEW][:FEW]
    operands = [([scalar(v) for v in p.x], [scalar(v) for v in p.upstream]) for p in points]
    for point, (x, upstream) in zip(points, operands, strict=True):
        value, gradient = interpreter.evaluate(x, upstream)
        assert [float(v) for v in (*value, *gradient)] == [to_float64(v) for v in (*point.value, *point.gradient)]
    with np.errstate(all="ignore"):
        benchmark.pedantic(lambda: [interpreter.evaluate(*pair) for pair in operands], rounds=5)
    medians.seconds[CHECK, "numpy scalars"] = benchmark.stats.stats.median / len(points)


@CPU
def test_represent(benchmark: BenchmarkFixture, medians: Medians) -> None:
    table = read_table(EXAMPLES / "sine-bf16-1000.csv")
    medians.measure(benchmark, CONSTRUCT, "fpproof", lambda: represent(table), rounds=5)
    medians.seconds[CONSTRUCT, "5 s"] = 5.0


@pytest.mark.benchmark(timer=time.perf_counter)
def test_checker_alone(benchmark: BenchmarkFixture, medians: Medians, tmp_path: Path) -> None:
    """The file that `python checker.py` takes, on the certificate of 193 rows; wall time, its own process."""
    path = tmp_path / "sine.cert.json"
    certificate("sine-e4m3.csv").write(path)
    command = [sys.executable, "-m", "fpproof.checker", str(path)]
    medians.measure(benchmark, ALONE, "fpproof", lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL), rounds=1)
    medians.seconds[ALONE, "60 s"] = 60.0


GOALS = [
    Goal("check", CHECK, "fpproof, in memory", "numpy scalars", 100),
    Goal("check", CHECK, "fpproof, reading too", "numpy scalars", 100),
    Goal("represent", CONSTRUCT, "fpproof", "5 s", 1),
    Goal("checker", ALONE, "fpproof", "60 s", 1),
]


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: f"{goal.name}, {goal.ours}")
def test_goal(medians: Medians, goal: Goal) -> None:
    medians.require(goal)
