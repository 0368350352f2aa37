"""Exact counts in CPU time: the goals are depth 16 of the sawtooth in 2 s, and ten random layers of fifty neurons in seconds."""

import time
from fractions import Fraction

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from fpproof.pieces import Segment, count, sawtooth
from fpproof.pieces.experiments import random_network

UNIT = Segment.interval(0, 1)


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("slope", [Fraction(2), 2 - Fraction(1, 1024)], ids=str)
def test_sawtooth_of_depth_16(slope: Fraction, benchmark: BenchmarkFixture) -> None:
    found = benchmark.pedantic(count, (sawtooth(16, slope), UNIT), rounds=3)
    assert found.pieces > 65_000


@pytest.mark.benchmark(timer=time.process_time)
def test_ten_layers_of_fifty(benchmark: BenchmarkFixture) -> None:
    found = benchmark.pedantic(count, (random_network(50, 10, 1), Segment.interval(-1, 1)), rounds=1)
    assert found.pieces <= found.regions <= 1 + found.zeros
