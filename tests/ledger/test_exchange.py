"""Exports: canonical, read back, refused where they are wrong."""

from dataclasses import replace
from pathlib import Path

import pytest

from fpproof.judges import Outcome
from fpproof.ledger import LedgerError, committed, read_lines, write_lines
from fpproof.ledger.exchange import is_export, lines
from tests.ledger.records import REFUTED, SUBJECT, record

OTHERS = [record(judge="smt"), replace(REFUTED, judge="enumeration"), record(subject=replace(SUBJECT, file="theories/first.py", statement="c" * 64))]


def test_an_export_depends_on_the_verdicts_alone() -> None:
    assert lines(OTHERS) == lines([*reversed(OTHERS), OTHERS[0]])
    assert lines(OTHERS).splitlines()[0] == '{"fpproof-ledger":1}'
    assert [line.split('"file":"')[1][:18] for line in lines(OTHERS).splitlines()[1:]] == [
        'theories/first.py"',
        'theories/small.py"',
        'theories/small.py"',
    ]


def test_an_export_is_read_back_as_imported(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    write_lines(path, OTHERS)
    assert is_export(path)
    found = read_lines(path)
    assert all(one.imported for one in found)
    assert sorted(one.line() for one in found) == sorted(one.line() for one in OTHERS)
    assert lines(found) == path.read_text()


def test_an_export_is_read_where_it_is_committed(tmp_path: Path) -> None:
    assert committed(tmp_path) == {}
    write_lines(tmp_path / "ledger.jsonl", [record()])
    assert committed(tmp_path) == {SUBJECT.key: [record()]}
    write_lines(tmp_path / "ledger.jsonl", [record(outcome=Outcome.VACUOUS)])
    assert [one.outcome for one in committed(tmp_path)[SUBJECT.key]] == [Outcome.VACUOUS]


def test_exports_are_found_in_a_whole_tree(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / ".hidden").mkdir()
    other = record(judge="smt")
    write_lines(tmp_path / "a" / "b" / "sweeps.verdicts.jsonl", [record()])
    write_lines(tmp_path / "a" / "more.verdicts.jsonl", [other])
    write_lines(tmp_path / ".hidden" / "ledger.jsonl", [record(judge="sampling")])
    (tmp_path / "a" / "notes.jsonl").write_text("no export, and none of its business\n")
    assert committed(tmp_path) == {}
    assert committed(tmp_path, below=True) == {SUBJECT.key: [other, record()]}
    (tmp_path / "a" / "wrong.verdicts.jsonl").write_text("{}\n")
    with pytest.raises(LedgerError, match=r"wrong\.verdicts\.jsonl:1: no ledger export"):
        committed(tmp_path, below=True)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "ledger.jsonl:1: no ledger export"),
        (b'{"fpproof-ledger":2}\n', "ledger.jsonl:1: no ledger export"),
        (b"\x7fELF\x00\x00", "ledger.jsonl:1: no ledger export"),
        ('{"fpproof-ledger":1}\n\n{"a":"é"}\n'.encode(), "ledger.jsonl:3: canonical lines are ASCII"),
        (b'{"fpproof-ledger":1}\n' + record().line().encode() + b"\n{}\n", "ledger.jsonl:3: no verdict: statement: expected"),
    ],
)
def test_what_is_no_export(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(content)
    with pytest.raises(LedgerError) as caught:
        read_lines(path)
    assert expected in str(caught.value)


def test_a_key_that_comes_again_says_the_same_or_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    one = record()
    path.write_text(lines([one]) + replace(one, seconds=9.0).line() + "\n")
    assert [r.seconds for r in read_lines(path)] == [one.seconds]
    path.write_text(lines([one]) + replace(one, outcome=Outcome.VACUOUS, met=0).line() + "\n")
    with pytest.raises(LedgerError, match=r"verdicts.jsonl:3: no verdict: vacuous, where a line before says proved under the same key"):
        read_lines(path)
