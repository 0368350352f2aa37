"""Asking the judges about one task: what a worker does."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fpproof.errors import FpproofError, TheoryError
from fpproof.judges import Budget
from fpproof.judges.plan import SOLVERS, Asked, ask, offered, offers, wished
from fpproof.judges.registry import OFFERS, Available, available, chosen, version_of
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
        cannot: list[str] = []
        records: list[Record] = []
        asked = 0
        for one in _asked(task, lemma, claims, cannot):
            asked += 1
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


def _asked(task: Task, lemma: Lemma, claims: Sequence[Claim], cannot: list[str]) -> Iterator[Asked]:
    """The judges of the wish, else those of the lemma's plan and then the others that can, the cheapest first; in `cannot`, why others cannot.

    What the others would take is not asked before those of the plan have been: to see whether solvers understand a network takes long.
    """
    if task.by:
        yield from (Asked(judge, judge.budget(task.spending), None) for judge in chosen(task.by))
        return
    first = wished(lemma, task.format)
    if unknown := [name for name in first if version_of(name) is None]:
        names = ", ".join(offer.name for offer in OFFERS)
        raise TheoryError(f"lemma {lemma.name}: its plan names {unknown[0][:40]!r}, which is no judge", lemma.place, f"there are {names}")
    begun: list[str] = []
    for name in first:
        judge = available(name)
        offer = offered(judge, claims, task.spending) if isinstance(judge, Available) and name not in SOLVERS else ""
        if isinstance(offer, str):
            break  # in the order of the plan: those after it come below
        begun.append(name)
        yield offer[1]
    found, why = offers(claims, task.spending)
    cannot += why
    found.sort(key=lambda one: first.index(one.judge.name) if one.judge.name in first else len(first))
    yield from (one for one in found if one.judge.name not in begun)


def _answer(one: Asked, task: Task, lemma: Lemma, claims: Sequence[Claim]) -> Record:
    start = time.perf_counter()
    verdict, failing = ask(one, claims)
    return Record.of(subject_of(task, lemma), verdict, one.judge.version, one.budget, failing, time.perf_counter() - start)
