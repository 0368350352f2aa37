"""Networks that represent a table's values and gradients, on every machine that has the format: their sums are exact, so all agree."""

from dataclasses import replace
from fractions import Fraction
from math import cos, sin
from pathlib import Path

import pytest

from fpproof.constructions import represent
from fpproof.constructions.table import Point, Table, read_table
from fpproof.formats import Format, parse_format, round_rational
from fpproof.machine import crosscheck, machine, names

FORMATS = [parse_format(name) for name in ("binary16", "bfloat16", "binary32", "E5M2", "E4M3FN")]
HOSTS = {
    "binary16": ["numpy", "numpy-matmul", "torch", "onnxruntime"],
    "bfloat16": ["ml_dtypes", "torch"],
    "binary32": ["numpy", "numpy-matmul", "torch", "onnxruntime"],
    "E5M2": ["ml_dtypes"],
    "E4M3FN": ["ml_dtypes"],
    "F(3,4)": ["ml_dtypes"],
}
"""Format -> the machines that have it."""


def sine(F: Format) -> Table:
    """sin and its derivative, rounded, at multiples of 1/4 from -2 to 2."""
    points = []
    for k in range(-8, 9):
        x = Fraction(k, 4)
        data = [round_rational(F, Fraction(v)) for v in (sin(x), cos(x))]
        points.append(Point((round_rational(F, x),), data[0], F.one, (data[1],)))
    return Table(F, tuple(points))


@pytest.mark.parametrize("F", FORMATS, ids=str)
def test_represented_tables_are_what_machines_compute(F: Format) -> None:
    certificate, _ = represent(sine(F))
    for name in names():
        agreement = crosscheck(certificate, machine(name))
        if name not in HOSTS[F.name]:
            assert agreement.unable is not None
            assert f"has no {F.name}" in agreement.unable
            continue
        assert agreement.unable is None
        assert (agreement.points, agreement.values) == (17, 17)
        if name == "torch" and agreement.gradients != 17:
            # Processors with instructions for bfloat16 (AVX512-BF16, AMX) take subnormal numbers for 0: seen with torch 2.13 on a Xeon.
            assert agreement.gradients is not None
            assert F.name == "bfloat16"
            assert agreement.explanation is not None
            found = agreement.explanation.gradients
            assert found is not None
            assert "flush" in found.variant
            assert (found.agreeing, found.total) == (17, 17)
            continue
        assert agreement.gradients == (None if name == "onnxruntime" else 17)


def test_the_sine_of_the_examples_runs_on_ml_dtypes_alone() -> None:
    """F(3,4) is float8_e4m3 of ml_dtypes, the IEEE-like one with infinities; no other machine has it."""
    path = Path(__file__).parents[2] / "examples" / "sine-e4m3.csv"
    table = read_table(path, parse_format("F(3,4)"))
    certificate, _ = represent(replace(table, points=table.points[::4]))
    for name in names():
        agreement = crosscheck(certificate, machine(name))
        if name == "ml_dtypes":
            assert (agreement.values, agreement.gradients) == (len(certificate.points),) * 2
        else:
            assert agreement.unable is not None
            assert "has no F(3,4)" in agreement.unable
