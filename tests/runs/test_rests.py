"""What rests on what: lemmas on others in other formats, over imports, and verdicts that become obsolete when something below them changes."""

import time
from pathlib import Path

import pytest

from fpproof.judges import Outcome
from fpproof.ledger import Ledger
from fpproof.runs.check import Run, Wish
from fpproof.runs.files import theory_of
from fpproof.runs.task import Result
from tests.runs.theories import written


def results(path: Path, *formats: str) -> dict[str, Result]:
    """The results of a file's lemmas in formats, by name and format."""
    with Ledger() as ledger:
        run = Run(ledger, Wish(formats))
        tasks = [task for lemma in theory_of(path).lemmas for task in run.tasks(path, lemma)]
        return {f"{r.task.lemma} {r.task.format}": r for r in run.results(tasks)}


def said(path: Path, *formats: str) -> dict[str, str]:
    return {name: " ".join([r.outcome.value, *r.rests_on]) for name, r in results(path, *formats).items()}


NARROW = """
@lemma
def a_quarter_is_exact(x: Float):
    assume(abs(x) >= 1)
    show(fl(x / 4) == x / 4)
"""
OTHERS = """
@lemma
def in_both(x: Float, G: Format):
    uses({})
    show(fl(x, G) == fl(x, G))
"""


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        ("a_quarter_is_exact", "conditional a_quarter_is_exact (refuted)"),
        ("a_quarter_is_exact(F=G)", "proved"),
        ("a_quarter_is_exact(F=F(2, 3))", ""),
        ("a_quarter_is_exact(F=binary16), a_quarter_is_exact(F=G)", "proved"),
        ('a_quarter_is_exact(F=format("F(1,2)"))', "conditional a_quarter_is_exact(F=F(1,2)) (refuted)"),
    ],
)
def test_a_lemma_rests_on_another_in_the_formats_that_it_names(tmp_path: Path, used: str, expected: str) -> None:
    path = written(tmp_path / "a.py", NARROW, OTHERS.format(used))
    if not expected:
        with pytest.raises(Exception, match="not a function"):
            theory_of(path)
        return
    assert said(path, "E2M1 G=E5M2") == {"in_both E2M1 G=E5M2": expected}


def test_an_instance_that_is_not_spoken_of_is_no_proof(tmp_path: Path) -> None:
    wide = NARROW.replace("    assume", "    require(F.q >= 5)\n    assume")
    path = written(tmp_path / "a.py", wide, OTHERS.format("a_quarter_is_exact"))
    assert said(path, "E2M1 G=E5M2", "E5M2 G=E2M1") == {
        "in_both E2M1 G=E5M2": "conditional a_quarter_is_exact (inapplicable)",
        "in_both E5M2 G=E2M1": "proved",
    }


def test_what_a_proof_rests_on_is_asked_all_the_way_down(tmp_path: Path) -> None:
    chain = "".join(f"\n@lemma\ndef l{i}(x: Float):\n    uses(l{i - 1})\n    show(x == x)\n" for i in range(1, 5))
    false = "\n@lemma\ndef l0(x: Float):\n    show(x > 0)\n"
    path = written(tmp_path / "a.py", false, chain)
    found = said(path, "E2M1")
    assert found["l1 E2M1"] == "conditional l0 (refuted)"
    assert found["l4 E2M1"] == "conditional l3 (conditional)"
    path.write_text(path.read_text().replace("x > 0", "x >= x"))
    assert set(said(path, "E2M1").values()) == {"proved"}


def test_what_is_rested_on_is_decided_by_any_judge_and_what_is_asked_by_those_that_are_named(tmp_path: Path) -> None:
    first, second = "\n@lemma\ndef top(x: Float):\n    uses(base)\n    show(x == x)\n", "\n@lemma\ndef base(x: Float):\n    show(x <= x)\n"
    for lemmas in ((first, second), (second, first)):
        path = written(tmp_path / "a.py", *lemmas)
        with Ledger(":memory:") as ledger:
            run = Run(ledger, Wish(("E2M1",), by=("sampling",)))
            tasks = [task for lemma in theory_of(path).lemmas for task in run.tasks(path, lemma)]
            assert {r.task.lemma: r.judge for r in run.results(tasks)} == {"top": "sampling", "base": "sampling"}
        with Ledger(":memory:") as ledger:
            run = Run(ledger, Wish(("E2M1",), by=("exact",)))
            assert [r.outcome for r in run.results([run.task(path, theory_of(path).lemma("top"), "E2M1")])] == [Outcome.PROVED]


def test_many_ways_to_one_lemma_are_gone_once(tmp_path: Path) -> None:
    """Each lemma rests twice on the one before: 2^40 ways."""
    ladder = "".join(f"\n@lemma\ndef l{i}(x: Float):\n    uses(l{i - 1}, l{i - 1})\n    show(x == x)\n" for i in range(1, 41))
    path = written(tmp_path / "a.py", "\n@lemma\ndef l0(x: Float):\n    show(x == x)\n", ladder)
    started = time.process_time()
    assert set(said(path, "E2M1").values()) == {"proved"}
    assert time.process_time() - started < 5


BASE = """
@define
def bound(x: Real):
    return 2 * abs(x)

@network
def doubling():
    return layers(affine([[2]]))

@lemma
def base(x: Float):
    assume(abs(x) < F.Omega / 2)
    show(abs(fl(x)) <= bound(x))
"""
TOP = """
from .base import base, bound, doubling

LIMIT = 1

@lemma
def by_definition(x: Float):
    show(abs(x) <= bound(x) * LIMIT)

@lemma
def by_network(x: Float):
    assume(abs(x) <= 1)
    show(value(doubling(), x) == 2 * x)

@lemma
def by_lemma(x: Float):
    uses(base)
    show(x == x)
"""


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("base.py", "return 2 * abs(x)", "return abs(x) / 2", {"by_definition": "refuted", "by_lemma": "conditional base (refuted)"}),
        ("base.py", "[[2]]", "[[1]]", {"by_network": "refuted"}),
        ("base.py", "abs(fl(x)) <= bound(x)", "abs(fl(x)) < bound(x)", {"by_lemma": "conditional base (refuted)"}),
        ("top.py", "LIMIT = 1", "LIMIT = 1 / 4", {"by_definition": "refuted"}),
        ("base.py", "@lemma", "# a comment\n@lemma", {}),
    ],
)
def test_a_change_below_makes_obsolete_what_depends_on_it_and_nothing_else(
    tmp_path: Path, file: str, old: str, new: str, changed: dict[str, str]
) -> None:
    base, top = written(tmp_path / "theories" / "base.py", BASE), written(tmp_path / "theories" / "top.py", TOP)
    before = results(top, "E2M1")
    assert {r.outcome for r in before.values()} == {Outcome.PROVED}
    edited = {"base.py": base, "top.py": top}[file]
    text = edited.read_text()
    edited.write_text(text.replace(old, new))
    after = results(top, "E2M1")
    assert {r.task.lemma: " ".join([r.outcome.value, *r.rests_on]) for r in after.values() if r.outcome is not Outcome.PROVED} == changed
    for name, result in after.items():
        one, other = before[name].record, result.record
        assert one is not None
        assert other is not None
        obsolete = changed.get(result.task.lemma) == "refuted"
        assert (one.key == other.key) == (not obsolete), "what a lemma rests on is no part of its own verdict"
        assert result.stored == (not obsolete)
    edited.write_text(text)
    assert all(r.stored and r.outcome is Outcome.PROVED for r in results(top, "E2M1").values()), "the edit is taken back"


OUTDATED = """
@lemma
def one_point(x: Float):
    show(fl(x) == x)


@lemma
def theorem_3_1(x: Float):
    uses(one_point)
    show(fl(-x) == -x)
"""


def test_a_rule_that_was_written_for_another_statement_is_named_before_others_are_asked(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", OUTDATED)
    said: list[str] = []
    with Ledger() as ledger:
        for times in (1, 1):  # what is stored is not asked again, and nothing is said
            run = Run(ledger, Wish(("E2M1",)), said.append)
            assert [r.outcome for r in run.results([t for lemma in theory_of(path).lemmas for t in run.tasks(path, lemma)])] == [Outcome.PROVED] * 2
            assert len(said) == times
    (text,) = said
    assert text.startswith(f"{path}: lemma theorem_3_1: the order rule was written for another statement of theorem_3_1: nothing concludes it")
