"""Whole tables of activations in CPU time: the goal is 20 of them (10 functions, bfloat16 and binary16, values) in 2 s, nothing cached."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from fpproof.activations import activation, value
from fpproof.activations.tables import _column, compute, table
from fpproof.formats import ATLAS, NEAREST_EVEN, Format

TEN = ("sigmoid", "tanh", "softplus", "gelu", "gelu-tanh", "swish", "mish", "elu", "selu", "sin")
FORMATS = (ATLAS["bfloat16"], ATLAS["binary16"])


def twenty_tables() -> None:
    for F in FORMATS:
        for sigma in map(activation, TEN):
            _column(F, sigma.name, sigma.value, partial(value, F, sigma), NEAREST_EVEN)


def measured(benchmark: Any, function: Callable[..., object], *arguments: object, rounds: int = 5) -> None:
    benchmark.pedantic(function, arguments, rounds=rounds)


@pytest.mark.benchmark(timer=time.process_time)
def test_twenty_tables(benchmark: BenchmarkFixture) -> None:
    measured(benchmark, twenty_tables)


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("F", FORMATS, ids=str)
@pytest.mark.parametrize("name", ["tanh", "gelu"])
def test_values_and_derivatives(name: str, F: Format, benchmark: BenchmarkFixture) -> None:
    measured(benchmark, compute, F, activation(name))


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("name", ["tanh", "gelu"])
def test_paranoid(name: str, benchmark: BenchmarkFixture) -> None:
    measured(benchmark, table, ATLAS["binary16"], activation(name), NEAREST_EVEN, True, rounds=1)


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("F", [ATLAS["binary32"], ATLAS["binary128"]], ids=str)
def test_one_value(F: Format, benchmark: BenchmarkFixture) -> None:
    x = F.from_ordinal(F.ordinal(F.one) + 12345)
    benchmark(value, F, activation("gelu"), x)
