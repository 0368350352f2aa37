"""Asking the judges about one task: what a worker does."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from fpproof.errors import FpproofError, TheoryError
from fpproof.judges import Budget
from fpproof.judges.plan import Asked, ask, offers, wished
from fpproof.judges.registry import OFFERS, chosen, version_of
from fpproof.ledger import DECIDED, Record
from fpproof.runs.task import Task, claims_of, lemma_of, subject_of
from fpproof.theory import Claim, Lemma


@dataclass(frozen=True, slots=True)
class Job:
    """A task for a worker, and what need not be asked again: (judge, budget) pairs that are known to leave it open."""

    task: Task
    known: frozenset[tuple[str, Budget]]


@dataclass(frozen=True)
class Done:
    """What a worker found."""

    records: tuple[Record, ...] = ()
    applies: bool = True
    reason: str = ""
    error: FpproofError | None = None


def decide(job: Job) -> Done:
    """Ask the judges; what a worker does. Reads nothing of the ledger and writes nothing to it."""
    task = job.task
    try:
        lemma = lemma_of(task)
        claims = claims_of(task.path, lemma, task.format)
        if not claims:
            return Done(applies=False)
        asked, cannot = _asked(task, lemma, claims)
        records: list[Record] = []
        for one in asked:
            if (one.judge.name, one.budget) in job.known:
                continue
            records.append(_answer(one, task, lemma, claims))
            if not task.by and records[-1].outcome in DECIDED:
                break
        nothing = "" if asked else f"; --budget N allows more ({'; '.join(cannot)})"
        reason = "; ".join(cannot) if asked else f"no judge applies{nothing}"
        return Done(tuple(records), reason=reason)
    except FpproofError as error:
        return Done(error=error)


def _asked(task: Task, lemma: Lemma, claims: Sequence[Claim]) -> tuple[list[Asked], list[str]]:
    """The judges of the wish, else those of the lemma's plan and then the others that can, the cheapest first."""
    if task.by:
        return [Asked(judge, judge.budget(task.spending), None) for judge in chosen(task.by)], []
    first = wished(lemma, task.format)
    if unknown := [name for name in first if version_of(name) is None]:
        names = ", ".join(offer.name for offer in OFFERS)
        raise TheoryError(f"lemma {lemma.name}: its plan names {unknown[0][:40]!r}, which is no judge", lemma.place, f"there are {names}")
    found, cannot = offers(claims, task.spending)
    found.sort(key=lambda one: first.index(one.judge.name) if one.judge.name in first else len(first))
    return found, cannot


def _answer(one: Asked, task: Task, lemma: Lemma, claims: Sequence[Claim]) -> Record:
    start = time.perf_counter()
    verdict, failing = ask(one, claims)
    return Record.of(subject_of(task, lemma), verdict, one.judge.version, one.budget, failing, time.perf_counter() - start)
