"""How long the command takes to start: `fpproof --help` is to stay under 0.3 s."""

import subprocess
import sys

import pytest
from pytest_benchmark.fixture import BenchmarkFixture


@pytest.mark.parametrize("command", ["--help", "--version", "doctor"])
def test_start(command: str, benchmark: BenchmarkFixture) -> None:
    benchmark(subprocess.run, [sys.executable, "-m", "fpproof", command], check=True, stdout=subprocess.DEVNULL)
