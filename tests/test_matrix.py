"""The pages' tables of what is decided where, made anew from what is committed; run as a program, this file writes them."""

import sys
from functools import cache
from pathlib import Path

import pytest

from fpproof.judges.plan import LARGE, MEDIUM, SMALL
from fpproof.judges.verdict import Outcome
from fpproof.ledger import Ledger
from fpproof.report.matrix import matrix, overview
from fpproof.runs.check import Run, Wish
from fpproof.runs.files import theories_in, theory_of
from fpproof.runs.task import Result, Standing, ambient_in

ROOT = Path(__file__).parent.parent
ARITHMETIC = ROOT / "theories" / "arithmetic"
PAGE, README = ROOT / "docs" / "matrix.md", ROOT / "README.md"
BEGIN, END = "<!-- begin: written by tests/test_matrix.py -->", "<!-- end -->"


@cache
def results() -> tuple[Result, ...]:
    """Every lemma in the formats of the matrix, by the verdicts that are committed: nothing is decided here, and nothing of this machine is read."""
    with Ledger(":memory:") as ledger:
        run = Run(ledger, Wish(stored=True))
        tasks = [task for path in theories_in(ARITHMETIC) for lemma in theory_of(path).lemmas for task in run.tasks(path, lemma)]
        return tuple(run.results(tasks))


def replaced(text: str, table: str) -> str:
    """A page with another table between its marks."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    assert after, f"the page has no line {BEGIN}"
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def pages() -> dict[Path, str]:
    """What the pages should say."""
    by_file = {path: [r for r in results() if r.task.path == str(path)] for path in theories_in(ARITHMETIC)}
    tables = [f"## {path.stem}\n\n{matrix(found, marked=False)}" for path, found in by_file.items() if found]
    texts = {PAGE: "\n\n".join(tables), README: overview(results())}
    return {page: replaced(page.read_text(), text) for page, text in texts.items()}


@pytest.mark.parametrize("page", [PAGE, README], ids=["matrix", "readme"])
def test_pages_say_what_is_committed(page: Path) -> None:
    assert page.read_text() == pages()[page], "python tests/test_matrix.py writes it"


def test_nothing_is_otherwise_than_stated() -> None:
    """No lemma is refuted, no control is proved, nothing is vacuous; what is open is so in large formats only."""
    wrong = [r for r in results() if r.outcome not in (Outcome.OPEN, Outcome.INAPPLICABLE) and r.standing is not Standing.HOLDS]
    unknown = [r for r in results() if r.outcome is Outcome.OPEN and ambient_in(r.task.format) in SMALL]
    assert [(r.task.lemma, r.task.format, r.outcome.value) for r in [*wrong, *unknown]] == []


def test_each_lemma_is_decided_somewhere_and_each_file_has_a_control() -> None:
    for path in theories_in(ARITHMETIC):
        lemmas = theory_of(path).lemmas
        assert not lemmas or {lemma.expect for lemma in lemmas} == {"proved", "refuted"}
        for lemma in lemmas:
            found = [r for r in results() if r.task.lemma == lemma.name and r.task.path == str(path)]
            assert any(r.outcome.value == lemma.expect for r in found), lemma.name


def test_the_usual_formats_are_columns() -> None:
    assert {ambient_in(r.task.format) for r in results()} == {*SMALL, *MEDIUM, *LARGE}


if __name__ == "__main__":
    for page, text in pages().items():
        page.write_text(text)
        sys.stdout.write(f"{page} written\n")
