"""What is committed beside theories: shown without deciding anything, and enough for large formats that nobody asks for by name."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fpproof.judges import Outcome
from fpproof.judges.registry import version_of
from fpproof.ledger import Ledger, Record, write_lines
from fpproof.report.matrix import matrix, overview
from fpproof.runs.check import Run, Wish
from fpproof.runs.files import theory_of
from fpproof.runs.known import REFEREE, fails_there
from fpproof.runs.task import Result, ambient_in
from fpproof.theory import Claim
from tests.runs.theories import CONTROL, CONTROL_THAT_HOLDS, FALSE, LARGE_ONLY, TRUE, written

TWO_FORMATS = """
@lemma(formats=("E2M1 G=E3M2", "E2M1 G=E5M2", "E3M2 G=E5M2"))
def exact_there_too(x: Float, G: Format):
    require(G.p >= 2)
    show(fl(x, G) == x)
"""


def results(path: Path, ledger: Path, wish: Wish) -> list[Result]:
    with Ledger(ledger) as opened:
        run = Run(opened, wish)
        return list(run.results([task for lemma in theory_of(path).lemmas for task in run.tasks(path, lemma)]))


def committed(path: Path, found: list[Result]) -> None:
    """The verdicts in an export beside the file."""
    write_lines(path.with_name("a.verdicts.jsonl"), [r.record for r in found if r.record is not None])


def test_nothing_is_decided(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", TRUE, LARGE_ONLY)
    found = {(r.task.lemma, r.task.format): r.outcome for r in results(path, tmp_path / "l.sqlite", Wish(stored=True))}
    assert len(found) == 22, "all formats of the matrix"
    assert found["doubling_is_exact", "E2M1"] is Outcome.OPEN
    assert found["about_large_formats", "E2M1"] is Outcome.INAPPLICABLE
    results(path, tmp_path / "l.sqlite", Wish(("E2M1",)))
    again = {(r.task.lemma, r.task.format): r.outcome for r in results(path, tmp_path / "l.sqlite", Wish(stored=True))}
    assert again == {**found, ("doubling_is_exact", "E2M1"): Outcome.PROVED}


def test_committed_verdicts_are_enough_in_large_formats(tmp_path: Path) -> None:
    """They are shown as imported; asked for by name, the format is decided, and so is each small one."""
    path = written(tmp_path / "a.py", TRUE)
    committed(path, results(path, tmp_path / "elsewhere.sqlite", Wish(("E2M1", "binary16"))))
    by_format = {r.task.format: r.imported for r in results(path, tmp_path / "l.sqlite", Wish())}
    assert by_format["binary16"]
    assert not by_format["E2M1"]
    (named,) = results(path, tmp_path / "l.sqlite", Wish(("binary16",)))
    assert not named.imported
    own = {r.task.format: r.imported for r in results(path, tmp_path / "l.sqlite", Wish(own=True))}
    assert not own["binary16"]


def test_formats_of_nine_bits_are_large_ones(tmp_path: Path) -> None:
    """What is decided again in any case are those of 8 bits and less, also where the lemma itself names the formats."""
    path = written(tmp_path / "a.py", TRUE.replace("@lemma", '@lemma(formats=("F(2,5)", "F(2,6)"))', 1))
    committed(path, results(path, tmp_path / "elsewhere.sqlite", Wish()))
    found = {r.task.format: (r.outcome, r.imported) for r in results(path, tmp_path / "l.sqlite", Wish())}
    assert found == {"F(2,5)": (Outcome.PROVED, False), "F(2,6)": (Outcome.PROVED, True)}


def test_a_committed_counterexample_that_is_none_is_not_enough(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", FALSE)
    found = results(path, tmp_path / "elsewhere.sqlite", Wish(("binary16",)))
    record = found[0].record
    assert record is not None
    write_lines(path.with_name("a.verdicts.jsonl"), [replace(record, at={"x": "0x1p+0"})])
    decided = {r.task.format: r for r in results(path, tmp_path / "l.sqlite", Wish())}["binary16"]
    assert (decided.outcome, decided.imported) == (Outcome.REFUTED, False)


def test_a_committed_counterexample_is_replayed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By one version of the evaluator; other values are another counterexample, and of those that are none nothing is kept."""
    replayed: list[object] = []

    def counting(claims: Sequence[Claim], record: Record) -> bool:
        replayed.append(record.at)
        return fails_there(claims, record)

    monkeypatch.setattr("fpproof.runs.known.fails_there", counting)
    path, ledger = written(tmp_path / "a.py", FALSE), tmp_path / "l.sqlite"
    found = results(path, tmp_path / "elsewhere.sqlite", Wish(("binary16",)))
    committed(path, found)
    stored = Wish(("binary16",), stored=True)
    assert [results(path, ledger, stored)[0].outcome for _ in range(3)] == [Outcome.REFUTED] * 3
    assert len(replayed) == 1
    assert found[0].judge == "enumeration"
    monkeypatch.setattr("fpproof.runs.known.version_of", lambda name: (version_of(name) or 0) + (name == REFEREE))
    results(path, ledger, stored)
    assert len(replayed) == 2, "another version"
    assert found[0].record is not None
    write_lines(path.with_name("a.verdicts.jsonl"), [replace(found[0].record, at={"x": "0x1p+0"})])
    assert [results(path, ledger, stored)[0].outcome for _ in range(2)] == [Outcome.OPEN] * 2
    assert len(replayed) == 4


def test_nothing_that_decides_is_imported_to_show_what_is_known(tmp_path: Path) -> None:
    """Solvers, computer algebra, compilers and arrays take longer to import than the rest takes."""
    path = written(tmp_path / "a.py", FALSE)
    committed(path, results(path, tmp_path / "l.sqlite", Wish(("E2M1", "binary16"))))
    program = (
        "import sys; from fpproof.cli.main import main; code = main(sys.argv[1:]); "
        "print(code, *({'sympy', 'z3', 'bitwuzla', 'cvc5', 'numba', 'scipy', 'numpy'} & {*sys.modules}))"
    )
    command = [sys.executable, "-c", program, "check", str(path), "--stored", "--format", "E2M1,binary16"]
    environment = {**os.environ, "FPPROOF_LEDGER": str(tmp_path / "new.sqlite")}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert shown.count("refuted") >= 2
    assert shown.splitlines()[-1] == "1"


def test_columns_are_ambient_formats(tmp_path: Path) -> None:
    """Of several formats G the verdicts are told together, and each once."""
    path = written(tmp_path / "a.py", TWO_FORMATS)
    found = results(path, tmp_path / "l.sqlite", Wish())
    assert matrix(found).splitlines() == ["| lemma | E2M1 | E3M2 |", "| --- | --- | --- |", "| exact_there_too | proved | proved |"]
    assert ambient_in("F(2,3) G=E5M2") == "F(2,3)"
    assert ambient_in(" F(2, 3) ") == "F(2, 3)"


def test_overview_counts_what_is_as_stated(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", TRUE, CONTROL, CONTROL_THAT_HOLDS, LARGE_ONLY)
    found = results(path, tmp_path / "l.sqlite", Wish(("E2M1", "E3M2")))
    assert overview(found).splitlines() == ["| file | E2M1 | E3M2 |", "| --- | --- | --- |", "| a | 2, 1 proved | 2, 1 proved |"]
