"""Runs: what the ledger knows is not decided again, and what it may not be trusted with is."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from fpproof.judges import Budget, Counterexample, Disagreement, Estimate, Outcome, Progress, Verdict
from fpproof.judges.plan import BRIEF, SOLVERS
from fpproof.judges.registry import OFFERS, Available, Offer, Spending, available
from fpproof.judges.verdict import NOT_STORED, silent
from fpproof.ledger import Ledger, Record, write_lines
from fpproof.report.facts import facts
from fpproof.report.lines import note, summary
from fpproof.report.matrix import cell
from fpproof.runs.check import Run, Wish
from fpproof.runs.decide import Job, decide
from fpproof.runs.files import theories_in, theory_of
from fpproof.runs.task import Result, Standing, subject_of
from fpproof.theory import Claim
from tests.runs.theories import (
    CONDITIONAL,
    CONTROL,
    CONTROL_THAT_HOLDS,
    FALSE,
    LARGE_ONLY,
    MODES,
    SUM,
    TRUE,
    UNCONDITIONAL,
    VACUOUS,
    written,
)


@dataclass
class Counting:
    """A judge that says what it is told to, and counts how often it is asked."""

    name: str
    says: Outcome
    version: int = 1
    asked: int = 0
    evidence: tuple[tuple[str, str], ...] = ()

    def estimate(self, claim: Claim, budget: Budget) -> Estimate:
        return Estimate(1)

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        self.asked += 1
        found = Counterexample(dict.fromkeys(claim.variables, 0), 0) if self.says is Outcome.REFUTED else None
        return Verdict(self.says, self.name, claim.scope, 1, 1, found, reason="for a test", evidence=dict(self.evidence))


@pytest.fixture
def judges(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Counting]]:
    """Judges in place of the registry's, to be filled by the test."""
    found: dict[str, Counting] = {}

    def known(name: str) -> Available | str:
        if name not in found:
            return "there is no such judge"
        return Available(Offer(name, "", "", float(list(found).index(name)), None, 1000), found[name])

    def offered(name: str) -> Offer | None:
        judge = known(name)
        return judge.offer if isinstance(judge, Available) else None

    monkeypatch.setattr("fpproof.judges.registry.available", known)
    monkeypatch.setattr("fpproof.runs.known.offer_of", offered)
    monkeypatch.setattr("fpproof.judges.plan.judges", lambda: [known(name) for name in found])
    monkeypatch.setattr("fpproof.runs.known.version_of", lambda name: found[name].version if name in found else 1)
    yield found
    available.cache_clear()


@pytest.fixture
def _without_solvers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No solver is installed: so a small budget leaves lemmas open."""
    monkeypatch.setattr("fpproof.judges.registry.OFFERS", tuple(offer for offer in OFFERS if offer.name not in SOLVERS))
    available.cache_clear()
    yield
    available.cache_clear()


def results(path: Path, formats: tuple[str, ...] = ("E2M1",), ledger: Path | None = None, **wish: Any) -> list[Result]:
    with Ledger(ledger) as opened:
        run = Run(opened, Wish(formats, **wish))
        return list(run.results([task for lemma in theory_of(path).lemmas for task in run.tasks(path, lemma)]))


def outcomes(*arguments: Any, **wish: Any) -> dict[str, str]:
    return {f"{r.task.lemma} {r.task.format}": r.outcome.value for r in results(*arguments, **wish)}


@pytest.mark.parametrize(
    ("text", "expected", "standing"),
    [
        (TRUE, Outcome.PROVED, Standing.HOLDS),
        (FALSE, Outcome.REFUTED, Standing.FAILS),
        (CONTROL, Outcome.REFUTED, Standing.HOLDS),
        (CONTROL_THAT_HOLDS, Outcome.PROVED, Standing.FAILS),
        (VACUOUS, Outcome.VACUOUS, Standing.OPEN),
        (LARGE_ONLY, Outcome.INAPPLICABLE, Standing.HOLDS),
    ],
)
def test_verdicts_and_what_they_mean(tmp_path: Path, text: str, expected: Outcome, standing: Standing) -> None:
    (result,) = results(written(tmp_path / "a.py", text))
    assert (result.outcome, result.standing) == (expected, standing)


def test_a_lemma_is_no_better_than_what_it_rests_on(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", CONDITIONAL)
    _, conditional = results(path)
    assert (conditional.outcome, conditional.rests_on) == (Outcome.CONDITIONAL, ("tripling_is_exact (refuted)",))
    assert conditional.standing is Standing.OPEN
    again = results(path)[1]
    assert (again.outcome, again.stored) == (Outcome.CONDITIONAL, True)
    assert outcomes(written(tmp_path / "b.py", UNCONDITIONAL)) == {"doubling_is_exact E2M1": "proved", "rests_on_doubling E2M1": "proved"}


def test_lemmas_that_say_the_same_rest_on_their_own(tmp_path: Path) -> None:
    """They are decided together; the first one rests on nothing."""
    same = "\n\n@lemma\ndef says_the_same(x: Float):\n    show(fl(x) == x)\n"
    path = written(tmp_path / "a.py", same, CONDITIONAL)
    assert outcomes(path) == {"says_the_same E2M1": "proved", "tripling_is_exact E2M1": "refuted", "rests_on_tripling E2M1": "conditional"}


def test_a_rule_concludes_nothing_of_a_lemma_without_its_premises() -> None:
    """The ledger has the rule's verdict on the same statement: it was given for a lemma that rests on others."""
    path = Path(__file__).parents[2] / "theories" / "representation" / "transport.py"
    lemma = theory_of(path).lemma("three_multiplications_reach_everything")
    with Ledger() as ledger:
        run = Run(ledger, Wish(("F(2,4)",), ("assembly",), own=True))
        task = run.task(path, lemma, "F(2,4)")
        ledger.add(decide(Job(task, frozenset())).records)
        alone = replace(lemma, uses=())
        assert alone.fingerprint == lemma.fingerprint
        assert [r.outcome for r in run.known.records(task, lemma) if r.judge == "assembly"] == [Outcome.PROVED]
        assert not [r for r in run.known.records(task, alone) if r.judge == "assembly"]


def test_what_is_rested_on_may_stand_in_another_file(tmp_path: Path) -> None:
    written(tmp_path / "theories" / "base.py", FALSE)
    text = "from theories.base import tripling_is_exact\n" + CONDITIONAL.split(FALSE)[1]
    path = written(tmp_path / "theories" / "sub" / "a.py", text)
    (result,) = results(path)
    assert result.outcome is Outcome.CONDITIONAL


def test_all_modes_are_decided_together(tmp_path: Path) -> None:
    first, second = results(written(tmp_path / "a.py", MODES))
    assert (first.outcome, first.scope, first.record and first.record.cases) == (Outcome.PROVED, "E2M1, every mode m", 6 * 16)
    assert second.outcome is Outcome.REFUTED
    assert second.record is not None
    assert second.record.at is not None
    assert second.record.at["m"] in second.scope


def test_what_is_stored_is_not_decided_again(tmp_path: Path, judges: dict[str, Counting]) -> None:
    path = written(tmp_path / "a.py", TRUE)
    judges["exact"] = Counting("exact", Outcome.PROVED)
    assert [results(path)[0].stored for _ in range(3)] == [False, True, True]
    assert judges["exact"].asked == 1
    written(path, TRUE.replace("/ 2", "/ 4"))
    assert not results(path)[0].stored
    written(path, TRUE)
    assert results(path)[0].stored, "an edit that is taken back finds its verdict"
    judges["exact"].version = 2
    assert not results(path)[0].stored


def test_what_no_judge_decides_is_asked_once(tmp_path: Path, judges: dict[str, Counting], monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even the claims are made again: it is noted why the lemma is open, until a budget, a judge or the code changes."""
    path = written(tmp_path / "a.py", TRUE)
    judges["exact"] = Counting("exact", Outcome.OPEN)
    first = results(path)[0]
    with monkeypatch.context() as without:
        without.setattr("fpproof.runs.check.decide", None)
        again = results(path)[0]
        assert (again.outcome, again.judge, again.reason) == (first.outcome, first.judge, first.reason)
        assert (again.outcome, again.reason) == (Outcome.OPEN, "exact: for a test")
        assert again.stored
        with pytest.raises(TypeError):
            results(path, spending=Spending(cases=7))
        with pytest.raises(TypeError):
            results(path, ("E3M2",))
    with monkeypatch.context() as changed:
        changed.setattr("fpproof.runs.known.code_stamp", lambda: "other")
        judges["exact"].says = Outcome.PROVED
        judges["exact"].version = 2
        assert results(path)[0].outcome is Outcome.PROVED
    with Ledger() as ledger:
        ledger.remove([record for record, _ in ledger.all()])
    judges["exact"].version = 1
    assert results(path)[0].outcome is Outcome.PROVED, "what is removed is asked again"


@pytest.mark.parametrize(
    ("asked", "resource"),
    [
        (Wish(), BRIEF),
        (Wish(("binary32",)), None),
        (Wish(by=("smt",)), None),
        (Wish(own=True), None),
        (Wish(spending=Spending(resource=10**9)), 10**9),
    ],
)
def test_solvers_are_asked_briefly_about_large_formats_that_nobody_named(tmp_path: Path, asked: Wish, resource: int | None) -> None:
    path = written(tmp_path / "a.py", TRUE.replace("@lemma", '@lemma(formats="E5M2, binary32")'))
    (lemma,) = theory_of(path).lemmas
    with Ledger() as ledger:
        found = {task.format: task.spending.resource for task in Run(ledger, asked).tasks(path, lemma)}
    assert found["binary32"] == resource
    assert found.get("E5M2") == asked.spending.resource


def test_a_verdict_holds_whatever_the_budget_and_an_open_one_does_not(tmp_path: Path, judges: dict[str, Counting]) -> None:
    path = written(tmp_path / "a.py", TRUE)
    judges["exact"] = Counting("exact", Outcome.OPEN)
    assert results(path)[0].outcome is Outcome.OPEN
    assert results(path)[0].outcome is Outcome.OPEN
    assert judges["exact"].asked == 1
    judges["exact"].says = Outcome.PROVED
    assert results(path, spending=Spending(cases=500))[0].outcome is Outcome.PROVED
    assert (results(path)[0].outcome, judges["exact"].asked) == (Outcome.PROVED, 2)


def test_judges_are_asked_from_the_cheapest_until_one_decides(tmp_path: Path, judges: dict[str, Counting]) -> None:
    path = written(tmp_path / "a.py", TRUE)
    judges.update(exact=Counting("exact", Outcome.OPEN), smt=Counting("smt", Outcome.PROVED), sampling=Counting("sampling", Outcome.SUPPORTED))
    (result,) = results(path)
    assert (result.outcome, result.judge) == (Outcome.PROVED, "smt")
    assert [judge.asked for judge in judges.values()] == [1, 1, 0]


def test_all_judges_that_are_asked_for_are_asked(tmp_path: Path, judges: dict[str, Counting]) -> None:
    path = written(tmp_path / "a.py", TRUE)
    judges.update(exact=Counting("exact", Outcome.PROVED), smt=Counting("smt", Outcome.PROVED), sampling=Counting("sampling", Outcome.SUPPORTED))
    (result,) = results(path, by=("smt", "exact", "sampling"))
    assert (result.outcome, result.judge) == (Outcome.PROVED, "smt+exact")
    assert [judge.asked for judge in judges.values()] == [1, 1, 1]


@pytest.mark.parametrize("holding", [Outcome.PROVED, Outcome.VACUOUS])
def test_judges_that_contradict_each_other_stop_the_run(tmp_path: Path, judges: dict[str, Counting], holding: Outcome) -> None:
    path = written(tmp_path / "a.py", TRUE)
    judges.update(exact=Counting("exact", holding), smt=Counting("smt", Outcome.REFUTED))
    with pytest.raises(Disagreement, match="doubling_is_exact in E2M1: refuted by smt, but it holds by exact"):
        results(path, by=("exact", "smt"))


def test_a_contradiction_with_what_is_stored_stops_the_run_too(tmp_path: Path, judges: dict[str, Counting]) -> None:
    path = written(tmp_path / "a.py", TRUE)
    judges.update(exact=Counting("exact", Outcome.PROVED), smt=Counting("smt", Outcome.REFUTED))
    results(path, by=("exact",))
    with pytest.raises(Disagreement):
        results(path, by=("smt",))


def test_a_verdict_that_another_run_need_not_give_is_not_stored(tmp_path: Path, judges: dict[str, Counting]) -> None:
    path = written(tmp_path / "a.py", TRUE)
    judges["exact"] = Counting("exact", Outcome.OPEN, evidence=((NOT_STORED, "seconds ran out"),))
    assert [results(path)[0].outcome for _ in range(2)] == [Outcome.OPEN, Outcome.OPEN]
    assert judges["exact"].asked == 2


def test_the_plan_of_the_lemma_comes_first(tmp_path: Path, judges: dict[str, Counting]) -> None:
    path = written(tmp_path / "a.py", TRUE.replace("@lemma", '@lemma(plan={"E2M1": "smt"})'))
    judges.update(exact=Counting("exact", Outcome.PROVED), smt=Counting("smt", Outcome.PROVED))
    assert {r.task.format: r.judge for r in results(path, ("E2M1", "E3M2"))} == {"E2M1": "smt", "E3M2": "exact"}


def test_a_plan_that_names_no_judge_is_an_error_with_its_place(tmp_path: Path) -> None:
    (result,) = results(written(tmp_path / "a.py", TRUE.replace("@lemma", '@lemma(plan="exact, enumerate")')))
    assert result.error is not None
    assert "'enumerate', which is no judge" in str(result.error)
    assert result.error.place is not None


def test_pipes_are_not_waited_for_and_marks_of_byte_order_are_read_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    marked = written(tmp_path / "marked.py", TRUE)
    marked.write_bytes(b"\xef\xbb\xbf" + marked.read_bytes())
    assert theories_in(tmp_path) == [marked]


def test_formats_of_the_lemma_of_the_user_and_the_usual_ones(tmp_path: Path) -> None:
    own = written(tmp_path / "own.py", TRUE.replace("@lemma", '@lemma(formats="E2M1,F(2,2)")'))
    assert [r.task.format for r in results(own, ())] == ["E2M1", "F(2,2)"]
    assert [r.task.format for r in results(own, ("e3m2",))] == ["e3m2"]
    triple = SUM.replace("(x: Float", "(z: Float, x: Float")
    usual = written(tmp_path / "usual.py", SUM, triple.replace("sums_commute", "of_three"))
    small = ["E2M1", "E3M2", "F(3,4)", "E4M3FN", "E4M3FN-sat", "E5M2", "F(2,4)"]
    with Ledger() as ledger:
        run = Run(ledger, Wish())
        pairs, triples = ([t.format for t in run.tasks(usual, lemma)] for lemma in theory_of(usual).lemmas)
    assert pairs == [*small, "binary16", "bfloat16"], "a judge can look at all pairs"
    assert triples == small, "and at no triples"


def test_a_lemma_of_two_formats(tmp_path: Path) -> None:
    text = """
@lemma(formats=["E2M1 G=E3M2", "F(2,2) G=binary16"])
def wider_is_exact(x: Float, G: Format):
    show(fl(x, G) == x)
"""
    path = written(tmp_path / "a.py", text, TRUE)
    assert outcomes(path, ("E2M1",)) == {"wider_is_exact E2M1 G=E3M2": "proved", "doubling_is_exact E2M1": "proved"}
    assert outcomes(path, ("E3M2 G=E2M1",)) == {"wider_is_exact E3M2 G=E2M1": "refuted"}
    assert [r.task.format for r in results(path, ()) if r.task.lemma == "wider_is_exact"] == ["E2M1 G=E3M2", "F(2,2) G=binary16"]


# Imported verdicts


def verdict(path: Path, **changes: Any) -> Record:
    """A record on the file's first lemma in E2M1, as an honest one would be but for the changes."""
    with Ledger(":memory:") as ledger:
        lemma = theory_of(path).lemmas[0]
        task = Run(ledger, Wish(("E2M1",))).tasks(path, lemma)[0]
        (record,) = decide(Job(task, frozenset())).records
        assert record.subject == subject_of(task, lemma)
    return replace(record, imported=True, **changes)


def test_own_verdicts_count_before_imported_ones(tmp_path: Path) -> None:
    path = written(tmp_path / "theories" / "a.py", FALSE)
    lie = verdict(path, outcome=Outcome.PROVED, at=None, conclusion=None)
    write_lines(path.parent / "ledger.jsonl", [lie])
    (result,) = results(path)
    assert (result.outcome, result.imported) == (Outcome.REFUTED, False)


@pytest.mark.usefixtures("_without_solvers")
def test_imported_verdicts_count_where_nobody_here_decides(tmp_path: Path) -> None:
    path = written(tmp_path / "theories" / "a.py", TRUE)
    write_lines(path.parent / "ledger.jsonl", [verdict(path)])
    small = Spending(cases=3)
    (result,) = results(path, spending=small)
    assert (result.outcome, result.imported, result.judge) == (Outcome.PROVED, True, "exact")
    (alone,) = results(path, spending=small, own=True)
    assert (alone.outcome, alone.imported) == (Outcome.SUPPORTED, False)


@pytest.mark.usefixtures("_without_solvers")
def test_what_rests_on_an_imported_verdict_says_so(tmp_path: Path) -> None:
    """Two lemmas up: own verdicts, that are worth no more than somebody else's word."""
    text = TRUE + """
@lemma
def zero_is_zero():
    uses(doubling_is_exact)
    show(fl(0) == 0)
@lemma
def zero_is_nothing():
    uses(zero_is_zero)
    show(fl(0) + 0 == 0)
"""
    path = written(tmp_path / "theories" / "a.py", text)
    write_lines(path.parent / "ledger.jsonl", [verdict(path)])
    _, first, second = results(path, spending=Spending(cases=3))
    assert [(r.outcome, r.imported, r.borrowed) for r in (first, second)] == [
        (Outcome.PROVED, False, ("doubling_is_exact",)),
        (Outcome.PROVED, False, ("zero_is_zero",)),
    ]
    assert note(second) == "rests on zero_is_zero: imported"
    assert cell(second) == "proved\\*"
    assert facts(first)["rests_on_imported"] == ["doubling_is_exact"]
    assert summary([first, second]).endswith("; 2 resting on what is imported")


@pytest.mark.usefixtures("_without_solvers")
@pytest.mark.parametrize(
    "changes",
    [
        {"judge": "sampling"},
        {"judge": "oracle"},
        {"version": 99},
        {"outcome": Outcome.REFUTED, "at": {"x": "0x1p+0"}, "conclusion": 0},
        {"outcome": Outcome.REFUTED, "at": {"x": "0x1p-9"}, "conclusion": 0},
        {"outcome": Outcome.REFUTED, "at": {"y": "1"}, "conclusion": 0},
        {"outcome": Outcome.REFUTED, "at": {}, "conclusion": 0},
        {"outcome": Outcome.REFUTED, "at": {"x": "1e99999999999"}, "conclusion": 0},
    ],
)
def test_imported_verdicts_that_cannot_be(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = written(tmp_path / "theories" / "a.py", TRUE)
    write_lines(path.parent / "ledger.jsonl", [verdict(path, **changes)])
    (result,) = results(path, spending=Spending(cases=3))
    assert (result.outcome, result.imported) == (Outcome.SUPPORTED, False)


def test_an_imported_counterexample_is_replayed_and_then_counts(tmp_path: Path) -> None:
    path = written(tmp_path / "theories" / "a.py", FALSE)
    true = verdict(path)
    lie = replace(true, outcome=Outcome.PROVED, at=None, conclusion=None, judge="smt")
    write_lines(path.parent / "ledger.jsonl", [lie, true])
    (result,) = results(path, spending=Spending(cases=1), by=())
    assert result.outcome is Outcome.REFUTED
