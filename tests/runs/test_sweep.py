"""Sweeps: chunks cover every input once, and a run goes on where it was."""

from pathlib import Path
from typing import Any

import pytest

from fpproof.errors import TheoryError
from fpproof.judges import Budget, ExactJudge, Outcome
from fpproof.judges import chunks as chunking
from fpproof.judges.chunks import ExactChunks
from fpproof.judges.plan import combined
from fpproof.ledger import Ledger, Record
from fpproof.runs import sweep as sweeping
from fpproof.runs.check import Run, Wish
from fpproof.runs.files import find_lemma, theory_of
from fpproof.runs.sweep import Part, carry_out, known, sweep_of
from fpproof.runs.task import Task, claims_of
from tests.runs.theories import CONTROL, FALSE, MALFORMED, MODES, SUM, VACUOUS, written


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunking, "CASES_A_CHUNK", 100)


def task_in(path: Path, format: str, ledger: Ledger) -> Task:
    return Run(ledger, Wish((format,), ("exact",))).tasks(path, theory_of(path).lemmas[0])[0]


INTEGERS = """
@lemma
def integers(n: Int, b: Bool, x: Datum):
    assume(-3 <= n < 5)
    show(b or not b)
"""


@pytest.mark.parametrize("text", [SUM, FALSE, VACUOUS, INTEGERS])
def test_chunks_together_say_what_the_exact_judge_says(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "a.py", text)
    (claim,) = claims_of(str(path), theory_of(path).lemmas[0], "E3M2")
    judge = ExactChunks()
    verdict = combined([judge.decide_chunk(claim, i, Budget()) for i in range(judge.chunks(claim))])
    whole = ExactJudge().decide(claim, Budget())
    assert verdict.outcome is whole.outcome
    if whole.outcome is not Outcome.REFUTED:
        assert (verdict.cases, verdict.met) == (whole.cases, whole.met)


def test_a_sweep_stores_its_verdict_and_no_chunks(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", SUM)
    with Ledger() as ledger:
        task = task_in(path, "E3M2", ledger)
        sweep = sweep_of(task)
        assert known(ledger, sweep) is None
        seen: list[tuple[int, int]] = []
        record = carry_out(ledger, sweep, 1, lambda done, total: seen.append((done, total)))
        assert (record.outcome, record.cases, record.evidence["chunks"]) == (Outcome.PROVED, 64 * 64, 41)
        assert seen == [(i, 41) for i in range(42)]
        assert ledger.chunks(sweep.name) == {}
        assert known(ledger, sweep) == record
        (result,) = Run(ledger, Wish(("E3M2",))).results([task])
        assert (result.outcome, result.stored) == (Outcome.PROVED, True)


def test_a_sweep_that_was_stopped_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.py", SUM)
    decided: list[int] = []
    original = sweeping.decide_part

    def interrupted(part: Part) -> dict[str, Any]:
        if len(decided) == 17:
            raise KeyboardInterrupt
        decided.append(part.number)
        return original(part)

    monkeypatch.setattr(sweeping, "decide_part", interrupted)
    with Ledger() as ledger:
        sweep = sweep_of(task_in(path, "E3M2", ledger))
        with pytest.raises(KeyboardInterrupt):
            carry_out(ledger, sweep, 1, lambda done, total: None)
        assert sorted(ledger.chunks(sweep.name)) == list(range(17))
    monkeypatch.setattr(sweeping, "decide_part", original)
    again: list[int] = []
    with Ledger() as ledger:
        record = carry_out(ledger, sweep_of(task_in(path, "E3M2", ledger)), 1, lambda done, total: again.append(done))
    assert again == list(range(17, 42))
    assert (record.outcome, record.cases) == (Outcome.PROVED, 64 * 64)


def test_an_edited_lemma_has_a_run_of_its_own(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", SUM)
    with Ledger() as ledger:
        before = sweep_of(task_in(path, "E3M2", ledger)).name
        written(path, SUM.replace("y + x", "x + y"))
        assert sweep_of(task_in(path, "E3M2", ledger)).name != before


def swept(path: Path) -> Record:
    with Ledger() as ledger:
        return carry_out(ledger, sweep_of(task_in(path, "E3M2", ledger)), 1, lambda done, total: None)


def test_a_counterexample_ends_a_sweep(tmp_path: Path) -> None:
    record = swept(written(tmp_path / "a.py", CONTROL))
    assert record.outcome is Outcome.REFUTED
    assert record.at is not None
    modes = swept(written(tmp_path / "b.py", MODES.split("\n\n\n")[1]))
    assert modes.at is not None
    assert f"m = {modes.at['m']}" in modes.scope


def test_what_has_no_chunks(tmp_path: Path) -> None:
    path = written(tmp_path / "a.py", "\n@lemma\ndef reals(x: Real):\n    show(fl(x) >= fl(x))\n")
    with Ledger() as ledger, pytest.raises(TheoryError, match="reals in E3M2"):
        sweep_of(task_in(path, "E3M2", ledger))


def test_the_same_lemma_in_another_checkout_is_not_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger knows both; a name alone is that of the theories that are here, and elsewhere it is ambiguous."""
    here, there = (written(tmp_path / checkout / "theories" / "a.py", SUM) for checkout in ("one", "two"))
    monkeypatch.chdir(tmp_path / "one")
    assert find_lemma("sums_commute", [there, here])[0].resolve() == here
    monkeypatch.chdir(tmp_path)
    assert find_lemma("sums_commute", [there])[0] == there
    with pytest.raises(TheoryError, match="2 lemmas are called sums_commute"):
        find_lemma("sums_commute", [there, here])


def test_a_file_that_cannot_be_read_does_not_hide_lemmas_of_others(tmp_path: Path) -> None:
    written(tmp_path / "theories" / "b.py", SUM)
    (tmp_path / "theories" / "a.py").write_text(MALFORMED)
    assert find_lemma("sums_commute")[0] == Path("theories/b.py")
    with pytest.raises(TheoryError, match="the name fll is unknown"):
        find_lemma("it_may_be_there")
