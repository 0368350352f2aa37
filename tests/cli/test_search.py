"""`fpproof search` and `fpproof frontier`: what they print, write, and exit with."""

import json
from pathlib import Path

import pytest

from fpproof.cli.main import main

SPEC = """\
format = "E5M2"
layers = [{ width = 1 }, { width = 1, bias = false }]
[[points]]
x = ["1"]
value = "1.25"
gradient = ["2.5"]
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "spec.toml"
    path.write_text(SPEC)
    return path


def test_found(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = spec.with_name("found.cert.json")
    assert main(["search", str(spec), "-o", str(target)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("found ")
    assert "W1[1,1]" in out
    assert main(["check", str(target)]) == 0


def test_impossible(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec.write_text(SPEC + '[[points]]\nx = ["2"]\ngradient = ["5"]\n')
    capsys.readouterr()
    assert main(["search", str(spec), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "impossible"
    assert found["certificate"] is None
    assert found["proof"] in ("argument", "enumeration", "unsat, proof checked", "unsat, proof unchecked")


def test_another_format(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", str(spec), "--format", "bfloat16"]) == 0
    assert "bfloat16" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--budget", "much"], ["--budget", "-1"], ["--format", "E4M3"]])
def test_bad_options(spec: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", str(spec), *arguments]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) <= 3


def test_bad_specs(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec.write_text(SPEC.replace('"1.25"', '"1.3"'))
    assert main(["search", str(spec)]) == 2
    assert f"{spec}:5" in capsys.readouterr().err
    assert main(["search", str(spec.with_name("none.toml"))]) == 2


def test_a_frontier_as_table_json_and_picture(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = spec.with_name("frontier.svg")
    arguments = ["frontier", str(spec), "--format", "F(1,2)", "--depth", "1:2", "--width", "1:2"]
    spec.write_text(SPEC.replace("1.25", "1").replace("2.5", "2"))
    assert main([*arguments, "--picture", str(picture)]) == 0
    out = capsys.readouterr().out
    assert "width 2" in out
    assert picture.read_text().startswith("<?xml")
    assert main([*arguments, "--json"]) == 0
    cells = json.loads(capsys.readouterr().out)
    assert [(c["depth"], c["width"]) for c in cells] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert {c["verdict"] for c in cells} <= {"found", "impossible"}


@pytest.mark.parametrize("arguments", [["--depth", "0:2"], ["--width", "3:1"], ["--depth", "x"], ["--picture", "f.bmp"]])
def test_bad_frontiers(spec: Path, arguments: list[str]) -> None:
    assert main(["frontier", str(spec), "--format", "F(1,2)", "--depth", "1", "--width", "1", *arguments]) == 2
