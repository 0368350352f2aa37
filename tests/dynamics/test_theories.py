"""The theories of flow and descent: every lemma is decided as expected, and every file has controls."""

import json
from pathlib import Path

import pytest

from fpproof.cli.main import main
from fpproof.theory import read_theory

THEORIES = Path(__file__).parent.parent.parent / "theories"
FILES = (
    "flow/toy.py",
    "flow/data_size.py",
    "flow/threshold.py",
    "descent/balanced.py",
    "descent/curvature.py",
    "descent/flow_and_descent.py",
    "real/descent.py",
)


@pytest.mark.parametrize("name", FILES)
def test_as_expected(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path))
    path = THEORIES / name
    expected = {lemma.name: lemma.expect for lemma in read_theory(path).lemmas}
    assert main(["check", str(path), "--jobs", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {record["lemma"]: record["verdict"] for record in found} == expected
    assert set(expected.values()) == {"proved", "refuted"}
