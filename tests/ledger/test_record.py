"""Records as lines: nothing is lost, nothing else is taken, and the key depends on what the verdict depends on."""

import json
from dataclasses import replace
from typing import Any

import pytest

from fpproof.errors import Place
from fpproof.formats import parse_format
from fpproof.judges import Budget, Outcome, Verdict
from fpproof.ledger import LedgerError, Record, Subject
from fpproof.ledger.record import LONGEST_LINE, canonical, statement_hash
from fpproof.theory import read_theory_text
from tests.ledger.records import REFUTED, SUBJECT, record


@pytest.mark.parametrize("one", [record(), REFUTED, record(met=None, evidence={}), record(outcome=Outcome.OPEN, reason="too large", cases=10**30)])
def test_a_line_says_the_whole_record(one: Record) -> None:
    line = one.line()
    assert Record.of_line(line) == one
    assert Record.of_line(line).line() == line
    assert "\n" not in line
    assert line.isascii()


def test_the_key_is_that_of_what_the_verdict_depends_on() -> None:
    others = [
        record(judge="smt"),
        record(version=2),
        record(budget=Budget(cases=1)),
        record(budget=Budget(seed=1)),
        record(subject=replace(SUBJECT, statement="b" * 64)),
        record(subject=replace(SUBJECT, formats=(("F", "(p=2,emin=0,emax=2)"),))),
    ]
    assert len({record().key, *(other.key for other in others)}) == 1 + len(others)
    same = [record(outcome=Outcome.VACUOUS), record(seconds=9.0, cases=1), record(subject=replace(SUBJECT, lemma="n", file="f", format="e2m1"))]
    assert {other.key for other in same} == {record().key}


def statement(text: str) -> str:
    (lemma,) = read_theory_text(f"from fpproof.lang import *\n{text}").lemmas
    return statement_hash(lemma)


def test_a_statement_is_what_it_says_and_not_how_it_is_called() -> None:
    text = "@lemma\ndef a(x: Float):\n    assume(x > 0)\n    show(fl(x / 2) <= x)"
    lines = (
        "@lemma(expect='refuted', source='a book')",
        "def b(x: Float):",
        "    'A text.'",
        "    half = x / 2",
        "    assume(x > 0)",
        "    show(fl(half) <= x)",
    )
    renamed = "\n".join(lines)
    assert statement(text) == statement(renamed)
    for old, new in (("x > 0", "x >= 0"), ("/ 2", "/ 3"), ("<= x)", "< x)"), ("Float", "Datum"), ("fl(x / 2)", "fl(x / 2, to=up)")):
        assert text.count(old) == 1
        assert statement(text.replace(old, new)) != statement(text)


def test_a_format_is_what_it_is_and_not_how_it_is_called() -> None:
    (lemma,) = read_theory_text("from fpproof.lang import *\n@lemma\ndef a(x: Float):\n    show(x == x)").lemmas
    subjects = {name: Subject.of(lemma, {"F": parse_format(name)}, "a.py", name) for name in ("binary16", "half", "F(10,5)", "E4M3FN", "E4M3FN-sat")}
    assert subjects["binary16"].key == subjects["half"].key == subjects["F(10,5)"].key
    assert len({subject.key for subject in subjects.values()}) == 3


def test_long_evidence_is_kept_beside_the_line() -> None:
    query = "(assert false)" * 10_000
    one = Record.of(SUBJECT, Verdict(Outcome.PROVED, "smt", "E2M1", evidence={"query": query, "solver": "z3"}), 1, Budget(), None, 1.0)
    assert one.evidence["solver"] == "z3"
    assert one.evidence["query"].startswith("sha256:")
    assert one.attachments == {one.evidence["query"]: query}
    assert len(one.line()) < 2000


def changed(**fields: Any) -> str:
    return canonical(json.loads(record().line()) | fields)


def hashed(**fields: Any) -> str:
    """A line with fields that count in the key, and the key that they have."""
    data = json.loads(record().line()) | fields
    subject = Subject(data["statement"], tuple(sorted(data["formats"].items())), "", "", "")
    data["key"] = Record(subject, data["judge"], data["version"], Budget(**data["budget"]), Outcome.PROVED, "").key
    return canonical(data)


HOSTILE = {
    "nothing": "",
    "no JSON": "not json",
    "an array": "[]",
    "cut": record().line()[:-10],
    "two objects": record().line() * 2,
    "a key twice": record().line().replace('"cases":16', '"cases":16,"cases":17'),
    "deep": "[" * 10_000,
    "deep object": '{"a":' * 10_000,
    "huge number": changed().replace('"cases":16', '"cases":' + "9" * 5000),
    "large number": changed(cases=10**41),
    "infinite": changed().replace('"seconds":0.25', '"seconds":Infinity'),
    "not a number": changed().replace('"seconds":0.25', '"seconds":NaN'),
    "overflowing": changed().replace('"seconds":0.25', '"seconds":1e999'),
    "negative": changed(cases=-1),
    "a truth for a number": changed(cases=True),
    "a fraction": changed(met=0.5),
    "negative time": changed(seconds=-1),
    "unknown verdict": changed(verdict="certain"),
    "verdict of another type": changed(verdict=["proved"]),
    "refuted without input": changed(verdict="refuted"),
    "proved with an input": changed(at={"x": "1"}, conclusion=0),
    "input of numbers": canonical(json.loads(REFUTED.line()) | {"at": {"x": 1}}),
    "conclusion below 0": canonical(json.loads(REFUTED.line()) | {"conclusion": -1}),
    "wrong key": changed(key="0" * 64),
    "key of another judge": changed(judge="smt"),
    "key of another version": changed(version=7),
    "key of another statement": changed(statement="b" * 64),
    "key of another format": changed(formats={"F": "(p=52)"}),
    "statement no hash": hashed(statement="A" * 64),
    "judge no word": hashed(judge="exact; rm -rf"),
    "judge of many characters": hashed(judge="e" * 41),
    "lemma no name": changed(lemma="a b"),
    "lemma of control characters": changed(lemma="a\x1b[2J"),
    "file of control characters": changed(file="a\nb"),
    "reason of control characters": changed(reason="\x1b]0;title\x07"),
    "long text": changed(reason="x" * 4001),
    "long line": changed(evidence={str(i): "x" * 4000 for i in range(20)}),
    "many entries": changed(evidence={str(i): 0 for i in range(201)}),
    "nested evidence": changed(evidence={"a": {"b": 1}}),
    "fractional evidence": changed(evidence={"a": 0.5}),
    "formats no object": changed(formats=[["F", "x"]]),
    "budget without seed": changed(budget={"cases": 1, "resource": 1, "precision": 1}),
    "budget with more": changed(budget={"cases": 1, "resource": 1, "precision": 1, "seed": 0, "seconds": 1}),
    "a missing field": canonical({k: v for k, v in json.loads(record().line()).items() if k != "scope"}),
    "null bytes": "\x00" * 100,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_lines_are_refused(name: str) -> None:
    with pytest.raises(LedgerError) as caught:
        Record.of_line(HOSTILE[name], Place("import.jsonl", 7))
    message = str(caught.value)
    assert message.startswith("import.jsonl:7: no verdict: ")
    assert message.isprintable()
    assert len(message) < 300


def test_the_hostile_lines_are_one_change_away_from_a_good_one() -> None:
    assert Record.of_line(changed()) == record()
    assert Record.of_line(hashed()) == record()
    assert len(HOSTILE["long line"]) > LONGEST_LINE
