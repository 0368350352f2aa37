"""`fpproof formats`, called as the command calls it."""

import argparse
import json
from fractions import Fraction
from typing import Any

import pytest

from fpproof.cli import formats as command
from fpproof.errors import FormatError
from fpproof.formats import ATLAS, parse_format, rational
from fpproof.formats.text import parse_rational, read_float

MINE = "mine(p=1,emin=0,emax=4,Omega=24)"


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    return command.run(parser.parse_args(arguments))


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert run(*arguments, "--json") == 0
    records = json.loads(capsys.readouterr().out)["formats"]
    assert isinstance(records, list)
    return records


def rows(table: str) -> list[list[str]]:
    """Cells of a table of tabulate's, which stand at least two spaces apart."""
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in table.splitlines()]


def test_all_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    lines = rows(capsys.readouterr().out)
    headers = ["name", "p", "q", "bits", "finite values", "specials", "overflow", "omega", "smallest normal", "Omega"]
    assert lines[0] == headers
    assert [line[0] for line in lines[2:]] == list(ATLAS)
    shown = {line[0]: line[1:] for line in lines[2:]}
    assert shown["E4M3FN"] == ["3", "4", "8", "254", "NaN", "NaN", "0.001953125 (0x1p-9)", "0.015625 (0x1p-6)", "448.0 (0x1.cp+8)"]
    assert shown["E2M1"][4:6] == ["none", "Omega"]
    assert shown["binary64"][3:5] == ["2047 * 2^53", "infinities, NaN"]


def test_decimals_of_the_overview_are_exact_or_marked(capsys: pytest.CaptureFixture[str]) -> None:
    run()
    for line in rows(capsys.readouterr().out)[2:]:
        F = ATLAS[line[0]]
        for cell, r in zip(line[-3:], (F.omega, F.smallest_normal, F.Omega), strict=True):
            shown, hexadecimal = cell.rstrip(")").split(" (")
            assert parse_rational(hexadecimal) == r
            if shown.startswith("~"):
                assert abs(parse_rational(shown[1:]) / r - 1) < Fraction(1, 1000)
            else:
                assert parse_rational(shown) == r


def test_one_small_format_with_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("E4M3FN") == 0
    page, values = capsys.readouterr().out.split("\n\n")
    assert ["definition", ATLAS["E4M3FN"].definition] in rows(page)
    assert ["code", "8 bits: sign, 4 of exponent, 3 of fraction"] in rows(page)
    assert ["overflow gives", "NaN in nearest modes"] in rows(page)
    table = rows(values)[2:]
    assert len(table) == 256
    assert table[0x01] == ["0x01", "0x1p-9", "0.001953125", "subnormal"]
    assert table[0x7E] == ["0x7e", "0x1.cp+8", "448.0", "normal"]
    assert table[0x7F] == ["0x7f", "nan", "nan", "NaN"]
    assert table[0x80] == ["0x80", "-0x0p+0", "-0.0", "zero"]


def test_a_new_format_with_codes_that_are_not_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(MINE) == 0
    table = rows(capsys.readouterr().out.split("\n\n")[1])[2:]
    assert table[0x0B] == ["0x0b", "0x1.8p+4", "24.0", "normal"]
    assert table[0x0C] == ["0x0c", "unused"]
    assert table[0x1E] == ["0x1e", "-inf", "-inf", "infinity"]


def test_several_formats(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("binary32", "F(3,4)") == 0
    pages = capsys.readouterr().out.split("\n\n")
    assert [rows(page)[0] for page in pages] == [["format", "binary32"], ["format", "F(3,4)"], ["code", "hex", "decimal", "class"]]


def test_values_of_wide_formats_only_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("F(5,4)") == 0
    assert "0x0e0" not in capsys.readouterr().out
    assert run("F(5,4)", "--values") == 0
    assert ["0x0e0", "0x1p+0", "1.0", "normal"] in rows(capsys.readouterr().out)


def test_json_of_the_atlas(capsys: pytest.CaptureFixture[str]) -> None:
    records = as_json(capsys)
    assert [record["name"] for record in records] == list(ATLAS)
    for record in records:
        F = ATLAS[record["name"]]
        assert parse_format(record["definition"]) == F
        assert {key: record[key] for key in ("p", "q", "width", "emin", "emax", "specials", "overflow")} == {
            "p": F.p,
            "q": F.q,
            "width": F.width,
            "emin": F.emin,
            "emax": F.emax,
            "specials": F.specials,
            "overflow": F.overflow,
        }
        assert record["finite_values"] == F.finite_count
        for key, r in (("omega", F.omega), ("smallest_normal", F.smallest_normal), ("Omega", F.Omega)):
            number = record[key]
            assert parse_rational(number["hex"]) == r
            assert rational(F.decode(int(number["code"], 16))) == r
            assert rational(read_float(F, number["decimal"], rounding=True)) == r
        assert "values" not in record


@pytest.mark.parametrize("name", ["E5M2", "E4M3FN", "E2M3", MINE])
def test_json_values(capsys: pytest.CaptureFixture[str], name: str) -> None:
    F = parse_format(name)
    (record,) = as_json(capsys, name)
    assert [int(row["code"], 16) for row in record["values"]] == list(range(1 << F.width))
    classes: dict[str, int] = {}
    for row in record["values"]:
        classes[row["class"]] = classes.get(row["class"], 0) + 1
        if row["class"] != "unused":
            x = F.decode(int(row["code"], 16))
            assert read_float(F, row["hex"]) == read_float(F, row["decimal"]) == x
    assert classes["zero"] == 2
    assert classes["subnormal"] == 2 * (2**F.p - 1)
    assert classes["zero"] + classes["subnormal"] + classes["normal"] == F.finite_count
    assert classes.get("infinity", 0) == 2 * F.has_infinities
    assert ("NaN" in classes) == F.has_nan


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["E4M3"], r"ambiguous; say E4M3FN, E4M3FN-sat or F\(3,4\)"),
        (["binary17"], "did you mean binary16"),
        (["--values"], "--values needs a format"),
        (["binary32", "--values"], "a code has 32 bits, values are listed up to 16"),
        (["E5M2", "mine(p=3)"], "emin, emax missing"),
    ],
)
def test_errors_come_before_any_output(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        run(*arguments)
    assert capsys.readouterr().out == ""
