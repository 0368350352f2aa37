"""`fpproof export --to smtlib`: scripts that solvers take as they come, of specs and of lemmas, in both encodings."""

from pathlib import Path

import pytest
import z3

from fpproof.cli.main import main

THEORY = """\
from fpproof.lang import Float, Mode, assume, fl, lemma, show


@lemma
def holds(x: Float, y: Float):
    assume(0 <= y / 2 <= x <= 2 * y)
    show(fl(x - y) == x - y)


@lemma(expect="refuted")
def fails(x: Float, y: Float):
    show(fl(x - y) == x - y)


@lemma
def six_claims(x: Float, mode: Mode):
    show(fl(x, to=mode) == x)
"""


@pytest.fixture
def theory(tmp_path: Path) -> Path:
    path = tmp_path / "theory.py"
    path.write_text(THEORY)
    return path


@pytest.mark.parametrize("encoding", ["bits", "floats"])
@pytest.mark.parametrize(("lemma", "expected"), [("holds", z3.unsat), ("fails", z3.sat)])
def test_lemmas(theory: Path, encoding: str, lemma: str, expected: z3.CheckSatResult) -> None:
    target = theory.with_suffix(".smt2")
    arguments = ["export", f"{theory}:{lemma}", "--to", "smtlib", "--format", "binary16", "--encoding", encoding, "-o", str(target)]
    assert main(arguments) == 0
    solver = z3.Solver()
    solver.from_string(target.read_text())
    assert solver.check() == expected


@pytest.mark.parametrize(
    ("lemma", "options"),
    [
        ("holds", []),
        ("holds", ["--format", "E5M2,binary16"]),
        ("holds", ["--format", "E4M3FN", "--encoding", "floats"]),
        ("six_claims", ["--format", "E5M2"]),
        ("missing", ["--format", "E5M2"]),
    ],
)
def test_what_is_no_one_script(theory: Path, lemma: str, options: list[str]) -> None:
    target = theory.with_suffix(".smt2")
    assert main(["export", f"{theory}:{lemma}", "--to", "smtlib", "-o", str(target), *options]) == 2
    assert not target.exists()


@pytest.mark.parametrize("encoding", ["bits", "floats"])
def test_a_spec(tmp_path: Path, encoding: str) -> None:
    spec, target = tmp_path / "spec.toml", tmp_path / "spec.smt2"
    spec.write_text('format = "F(3,4)"\nlayers = [{ width = 1 }]\n[[points]]\nx = ["1"]\nvalue = "1.25"\ngradient = ["2"]\n')
    assert main(["export", str(spec), "--to", "smtlib", "--encoding", encoding, "-o", str(target)]) == 0
    text = target.read_text()
    assert "is the code of W1[1,1]" in text or "is W1[1,1]" in text
    solver = z3.Solver()
    solver.from_string(text)
    assert solver.check() == z3.sat
