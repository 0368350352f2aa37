"""Long exhaustive runs: a judge's chunks, each in the ledger when it is done, so that a killed run goes on where it was.

A run is named by what the verdict will depend on, so that it is found again by whoever starts it; two processes at one run share it.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fpproof.errors import FpproofError, TheoryError
from fpproof.judges import Budget, Outcome, Verdict
from fpproof.judges.chunks import ChunkedJudge, in_chunks
from fpproof.judges.inputs import assignment_of, texts_of
from fpproof.judges.plan import agree, combined, scope_of
from fpproof.judges.referee import replay
from fpproof.judges.registry import Available, available, chosen, judges
from fpproof.ledger import Ledger, LedgerError, Record
from fpproof.runs.task import Task, claims_of, lemma_of, subject_of
from fpproof.runs.workers import work

PREFERRED = ("enumeration", "exact")


@dataclass(frozen=True, slots=True)
class Part:
    """One chunk of one of the lemma's claims, for a worker; `number` counts over all claims."""

    task: Task
    judge: str
    claim: int
    chunk: int
    number: int


@dataclass(frozen=True)
class Sweep:
    """A run that can be carried on: its chunks, and the verdict that it will give when they are done."""

    task: Task
    judge: Available
    name: str
    parts: tuple[Part, ...]
    begun: Record


Advance = Callable[[int, int], object]
"""Told how many chunks are done, and of how many."""


def sweep_of(task: Task) -> Sweep:
    """The run over a lemma in a format, by the judge that is asked for or the fastest that works in chunks; raises TheoryError if none does."""
    lemma = lemma_of(task)
    claims = claims_of(task.path, lemma, task.format)
    if not claims:
        raise TheoryError(f"lemma {lemma.name} does not speak of {task.format}: a requirement is not met", lemma.place)
    candidates = chosen(task.by) if task.by else sorted(judges(), key=lambda j: PREFERRED.index(j.name) if j.name in PREFERRED else len(PREFERRED))
    for judge in candidates:
        counts = _counts(judge, task)
        if counts is not None:
            parts = [(claim, chunk) for claim, count in enumerate(counts) for chunk in range(count)]
            budget = Budget(cases=judge.offer.cases if task.spending.cases is None else task.spending.cases, seed=0)
            verdict = Verdict(Outcome.OPEN, judge.name, scope_of(claims), reason="not finished")
            begun = Record.of(subject_of(task, lemma), verdict, judge.version, replace(budget, cases=0), None, 0.0)
            numbered = tuple(Part(task, judge.name, claim, chunk, number) for number, (claim, chunk) in enumerate(parts))
            return Sweep(task, judge, f"{begun.key}/{len(parts)}", numbered, begun)
    asked = ", ".join(task.by) or "no judge"
    raise TheoryError(
        f"lemma {lemma.name} in {task.format}: {asked} works through its inputs in chunks",
        lemma.place,
        "the exact judge does for formats of 16 bits and less without Real variables; 'fpproof check' may decide it otherwise",
    )


def _chunked(judge: Available) -> ChunkedJudge | None:
    return in_chunks(judge.judge)


def _counts(judge: Available, task: Task) -> list[int] | None:
    """The number of chunks of each claim, if the judge has chunks for all of them."""
    chunked = _chunked(judge)
    if chunked is None:
        return None
    counts = [chunked.chunks(claim) for claim in claims_of(task.path, lemma_of(task), task.format)]
    return counts if all(counts) else None


def known(ledger: Ledger, sweep: Sweep) -> Record | None:
    """The ledger's own verdict on what the sweep is about, if there is one already."""
    records = ledger.of_subject(sweep.begun.subject.key)
    own = [r for r in records if r.decided and not r.imported and r.judge == sweep.judge.name and r.version == sweep.judge.version]
    return own[0] if own else None


def carry_out(ledger: Ledger, sweep: Sweep, jobs: int, advance: Advance) -> Record:
    """Do the chunks that are not done yet, each stored at once, then store the verdict in place of the chunks."""
    done = ledger.chunks(sweep.name)
    advance(len(done), len(sweep.parts))
    if not _finished(done, len(sweep.parts)):
        for part, facts in _answers(ledger, sweep, set(done), jobs):
            ledger.add_chunk(sweep.name, part.number, facts)
            done[part.number] = facts
            advance(len(done), len(sweep.parts))
            if _finished(done, len(sweep.parts)):
                break
    record = _record(sweep, done)
    records = [r for r in ledger.of_subject(record.subject.key) if not r.imported]
    agree(record.subject.lemma, sweep.task.format, ((r.judge, r.outcome) for r in [*records, record] if r.version == _version(r)))
    ledger.add([record], str(Path(sweep.task.path).resolve()), sweep.name)
    return record


def _finished(done: Mapping[int, Mapping[str, object]], total: int) -> bool:
    """Whether all chunks are done, or all up to the first that refutes: so the same one is shown, whichever came first."""
    return all(number in done for number in range(_end(done, total)))


def _end(done: Mapping[int, Mapping[str, object]], total: int) -> int:
    return min((number + 1 for number, facts in done.items() if facts.get("verdict") == Outcome.REFUTED), default=total)


def _version(record: Record) -> int | None:
    judge = available(record.judge)
    return judge.version if isinstance(judge, Available) else None


def _answers(ledger: Ledger, sweep: Sweep, done: set[int], jobs: int) -> Iterator[tuple[Part, dict[str, Any]]]:
    answers = work(decide_part, [part for part in sweep.parts if part.number not in done], jobs)
    try:
        yield from answers
    finally:
        answers.close()


def decide_part(part: Part) -> dict[str, Any]:
    """One chunk's verdict as data; what a worker does."""
    task = part.task
    claim = claims_of(task.path, lemma_of(task), task.format)[part.claim]
    (judge,) = chosen([part.judge])
    chunked = _chunked(judge)
    assert chunked is not None, "the sweep was planned with its chunks"
    start = time.perf_counter()
    verdict = chunked.decide_chunk(claim, part.chunk, judge.budget(task.spending))
    found = verdict.counterexample
    return {
        "verdict": verdict.outcome.value,
        "cases": verdict.cases,
        "met": verdict.met,
        "at": None if found is None else texts_of(claim, found.values),
        "reason": verdict.reason,
        "evidence": dict(verdict.evidence),
        "seconds": round(time.perf_counter() - start, 3),
    }


def _record(sweep: Sweep, done: dict[int, dict[str, Any]]) -> Record:
    """The verdict of all chunks together; a counterexample among them is replayed by the referee first."""
    done = {number: facts for number, facts in done.items() if number < _end(done, len(sweep.parts))}
    try:
        verdicts = [_verdict(sweep, facts) for _, facts in sorted(done.items())]
        seconds = sum(float(facts["seconds"]) for facts in done.values())
    except (KeyError, TypeError, ValueError, FpproofError):
        raise LedgerError(f"the chunks of run {sweep.name[:16]} in the ledger are damaged", hint="move the ledger away and start again") from None
    verdict = combined(verdicts)
    failing = None
    if verdict.counterexample is not None:
        failing = next(f for _, f in sorted(done.items()) if f["verdict"] == Outcome.REFUTED)
    lemma = lemma_of(sweep.task)
    claims = claims_of(sweep.task.path, lemma, sweep.task.format)
    claim = None if failing is None else assignment_of(claims, failing["at"])[0]
    scope = verdict.scope if claim is not None else scope_of(claims)
    evidence = {**verdict.evidence, "chunks": len(sweep.parts)}
    whole = replace(verdict, scope=scope, evidence=evidence)
    return Record.of(sweep.begun.subject, whole, sweep.judge.version, sweep.begun.budget, claim, seconds)


def _verdict(sweep: Sweep, facts: dict[str, Any]) -> Verdict:
    claims = claims_of(sweep.task.path, lemma_of(sweep.task), sweep.task.format)
    outcome, found = Outcome(facts["verdict"]), None
    scope = scope_of(claims)
    if outcome is Outcome.REFUTED:
        claim, values = assignment_of(claims, facts["at"])
        found, scope = replay(claim, values), claim.scope
    return Verdict(
        outcome=outcome,
        judge=sweep.judge.name,
        scope=scope,
        cases=int(facts["cases"]),
        met=None if facts["met"] is None else int(facts["met"]),
        counterexample=found,
        reason=str(facts["reason"]),
        evidence=facts["evidence"],
    )
