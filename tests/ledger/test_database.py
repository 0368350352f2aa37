"""The ledger on disk: damaged files, several processes, kills."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fpproof.judges import Outcome
from fpproof.ledger import Ledger, LedgerError, Record, ledger_path
from tests.ledger.records import REFUTED, SUBJECT, record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def test_what_is_added_is_there_for_the_next(path: Path) -> None:
    one, other = record(), replace(REFUTED, judge="smt")
    with Ledger(path) as ledger:
        ledger.add([one, other], "/somewhere/small.py")
    with Ledger(path) as ledger:
        assert ledger.all() == [(one, "/somewhere/small.py"), (other, "/somewhere/small.py")]
        assert ledger.of_subject(SUBJECT.key) == [one, other]
        assert ledger.of_subject("0" * 64) == []
        assert [r for r, _ in ledger.of_lemma("small")] == [one, other]


@pytest.mark.parametrize(
    "one",
    [
        replace(record(), subject=replace(SUBJECT, lemma="l" * 201)),
        replace(record(), subject=replace(SUBJECT, file="two\nlines.py")),
        replace(record(), subject=replace(SUBJECT, format="E2M1\t")),
        replace(REFUTED, at={"x": "1" * 4001}),
    ],
)
def test_what_could_not_be_read_again_is_not_written(path: Path, one: Record) -> None:
    """One such line would make the whole ledger unreadable: a stranger's lemma may have any name, and any counterexample."""
    assert not one.storable
    with Ledger(path) as ledger:
        ledger.add([one, record()])
        assert [r for r, _ in ledger.all()] == [record()]


def test_the_same_key_is_replaced_and_imported_verdicts_stand_beside_own_ones(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.add([record(outcome=Outcome.VACUOUS), record()])
        ledger.add([record(outcome=Outcome.VACUOUS, imported=True)])
        assert [(r.outcome, r.imported) for r in ledger.of_subject(SUBJECT.key)] == [(Outcome.PROVED, False), (Outcome.VACUOUS, True)]
        ledger.remove([record()])
        assert [r.imported for r, _ in ledger.all()] == [True]


def test_chunks_give_way_to_the_verdict(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.add_chunk("run", 3, {"cases": 5})
        ledger.add_chunk("run", 3, {"cases": 6})  # of another process, which was later
        ledger.add_chunk("other", 0, {"cases": 7})
        assert ledger.chunks("run") == {3: {"cases": 5}}
        ledger.add([record()], run="run")
        assert (ledger.chunks("run"), ledger.chunks("other")) == ({}, {0: {"cases": 7}})


def test_replays_are_remembered_in_ledgers_of_older_releases_too(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.add([record()])
    with sqlite3.connect(path) as older:
        older.execute("DROP TABLE replays")
    older.close()
    name = REFUTED.counterexample(1)
    for known in (False, True):
        with Ledger(path) as ledger:
            assert ledger.all() == [(record(), "")]
            assert ledger.was_replayed(name) is known
            ledger.add_replayed(name)
            ledger.add_replayed(name)  # by another process, which was later


def test_a_replay_is_of_one_statement_values_and_version() -> None:
    assert REFUTED.at is not None
    others = [
        replace(REFUTED, subject=replace(REFUTED.subject, statement="0" * 64)),
        replace(REFUTED, subject=replace(REFUTED.subject, formats=())),
        replace(REFUTED, at={**REFUTED.at, "another": "1"}),
    ]
    assert len({REFUTED.counterexample(2), *(one.counterexample(1) for one in [REFUTED, *others])}) == 5
    assert replace(REFUTED, judge="smt", imported=True).counterexample(1) == REFUTED.counterexample(1)


def test_long_evidence_is_found_again(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.add([record(attachments={"sha256:00": "a query"})])
        assert ledger.attachment("sha256:00") == "a query"
        assert ledger.attachment("sha256:01") is None


def test_where_the_ledger_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPPROOF_CACHE", "somewhere")
    monkeypatch.delenv("FPPROOF_LEDGER", raising=False)
    assert ledger_path() == os.path.join("somewhere", "ledger.sqlite")
    monkeypatch.setenv("FPPROOF_LEDGER", "elsewhere.sqlite")
    assert ledger_path() == "elsewhere.sqlite"


# Damage


def message(path: Path) -> str:
    with pytest.raises(LedgerError) as caught:
        Ledger(path)
    return str(caught.value)


@pytest.mark.parametrize("content", [b"not a database, but long enough to be looked at " * 100, b"SQLite format 3\x00" + b"\xff" * 4080])
def test_a_file_that_is_no_database(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert message(path).startswith(f"ledger {path}: ")
    assert "FPPROOF_LEDGER" in message(path)
    assert path.read_bytes() == content


def test_a_database_of_another_program(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE letters (text)")
    connection.close()
    assert "a database of another program" in message(path)


def test_a_ledger_of_another_version(path: Path) -> None:
    Ledger(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "expected version 1, found 99" in message(path)


def test_a_directory_in_place_of_the_file(tmp_path: Path) -> None:
    assert message(tmp_path).startswith(f"ledger {tmp_path}: ")


def found_or_said(path: Path) -> set[str]:
    """The judges of the rows; none where the ledger says that it is damaged."""
    try:
        with Ledger(path) as ledger:
            return {r.judge for r, _ in ledger.all()}
    except LedgerError:
        return set()


def test_a_damaged_page(path: Path) -> None:
    """Whatever stands in the pages: an error of ours, or the rows that were there."""
    with Ledger(path) as ledger:
        ledger.add([record(judge=f"judge{i}") for i in range(200)])
    intact = path.read_bytes()
    for start in range(4096, len(intact), 4096):
        path.write_bytes(intact[:start] + b"\xa5" * 4096 + intact[start + 4096 :])
        assert found_or_said(path) <= {f"judge{i}" for i in range(200)}


def test_a_row_that_is_no_verdict(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.add([record()])
    connection = sqlite3.connect(path)
    connection.execute("UPDATE verdicts SET line = replace(line, 'proved', 'vacuous') || ' '")
    connection.execute("UPDATE verdicts SET line = '{}'")
    connection.commit()
    connection.close()
    with Ledger(path) as ledger, pytest.raises(LedgerError, match="no verdict"):
        ledger.all()


def test_a_chunk_that_is_none(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.add_chunk("run", 3, {"verdict": "proved"})
    connection = sqlite3.connect(path)
    connection.execute("UPDATE chunks SET line = 'nonsense'")
    connection.commit()
    connection.close()
    with Ledger(path) as ledger, pytest.raises(LedgerError, match=f"ledger {path}: no JSON object; move the file away"):
        ledger.chunks("run")


def test_a_place_without_files_is_no_damaged_file(path: Path) -> None:
    path.write_text("")
    with pytest.raises(LedgerError) as caught:
        Ledger(path / "ledger.sqlite")
    assert "move the file away" not in str(caught.value)


# Several processes

WRITER = """
import sys
from pathlib import Path
from fpproof.judges import Budget
from fpproof.ledger import Ledger
from tests.ledger.records import record
with Ledger(Path(sys.argv[1])) as ledger:
    for i in range(int(sys.argv[3])):
        ledger.add([record(judge=sys.argv[2], budget=Budget(seed=i))])
        print(i, flush=True)
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), name, str(count)], stdout=subprocess.PIPE, text=True, env=environment())


def environment() -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    return os.environ | {"PYTHONPATH": root}


def test_two_processes_at_once(path: Path) -> None:
    processes = [writer(path, name, 100) for name in ("left", "right")]
    assert [process.communicate()[1] for process in processes] == [None, None]
    assert [process.returncode for process in processes] == [0, 0]
    with Ledger(path) as ledger:
        assert {(r.judge, r.budget.seed) for r, _ in ledger.all()} == {(name, i) for name in ("left", "right") for i in range(100)}


@pytest.mark.parametrize("moment", [0.0, 0.01, 0.05])
def test_what_was_said_to_be_written_survives_a_kill(path: Path, moment: float) -> None:
    process = writer(path, "killed", 10**6)
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    said = [int(line) for line in (first + rest).splitlines() if line]
    with Ledger(path) as ledger:
        there = {r.budget.seed for r, _ in ledger.all()}
        ledger.add([record()])  # it can be written to again
    assert set(said[:-1]) <= there  # the last line may have been cut
    assert there == set(range(len(there)))
