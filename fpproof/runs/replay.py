"""Stored verdicts decided again: what is stored is compared with what the same judge says now.

Of each lemma, format and judge the last verdict counts. A verdict on a statement that was edited since is obsolete: the lemma is decided as
it reads now. An export's lines are replayed against the theories that it lies beside.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fpproof.errors import FpproofError
from fpproof.judges import Outcome
from fpproof.judges.plan import Asked, ask
from fpproof.judges.registry import Available, available
from fpproof.judges.verdict import NOT_STORED
from fpproof.ledger import Ledger, Record, read_lines
from fpproof.ledger.record import statement_hash
from fpproof.runs.files import root_of, theory_of
from fpproof.runs.known import fails_there, without_input
from fpproof.runs.task import Result, claims_of, formats_for, subject_of, task_of
from fpproof.runs.workers import work
from fpproof.theory import Lemma
from fpproof.theory.reading import ROOT_NAME
from fpproof.theory.source import resolved

UNBOUNDED = 10**30
"""Cases that a replay may take: as many as the stored verdict did, or the sweep that it came from."""


@dataclass(frozen=True)
class Stored:
    """A verdict, and the file that its lemma stands in."""

    record: Record
    path: str


@dataclass(frozen=True)
class Replayed:
    """What came of one; `change` is empty where nothing changed, `skipped` says why it was not decided again."""

    stored: Stored
    change: str = ""
    skipped: str = ""
    record: Record | None = None


def stored_in(ledger: Ledger, paths: Sequence[Path]) -> list[Stored]:
    """The ledger's own verdicts on lemmas of given files; of all without any."""
    wanted = {str(resolved(path)) for path in paths}
    found = [Stored(record, path) for record, path in ledger.all() if not record.imported and path and (not wanted or path in wanted)]
    return last(found)


def stored_in_export(path: Path) -> list[Stored]:
    """The verdicts of an export; files outside of the tree of theories that it lies in, or else of its directory, are none of its business."""
    root = root_of(path)
    found = []
    for record in read_lines(path):
        inside = record.subject.file.removeprefix(f"{ROOT_NAME}/") if root.name == ROOT_NAME else record.subject.file
        file = resolved(root / inside)
        if file.is_relative_to(root):
            found.append(Stored(record, str(file)))
    return last(found)


def last(stored: Iterable[Stored]) -> list[Stored]:
    """Of each lemma in a format by a judge, the last verdict on what the lemma says now, else the last of all."""
    found: dict[tuple[str, str, str, str], Stored] = {}
    for one in stored:
        subject = one.record.subject
        place = (one.path, subject.lemma, subject.format, one.record.judge)
        if place not in found or not _up_to_date(found[place]) or _up_to_date(one):
            found[place] = one
    return list(found.values())


def _up_to_date(one: Stored) -> bool:
    lemma = _lemma(one)
    return lemma is not None and statement_hash(lemma) == one.record.subject.statement


def _lemma(one: Stored) -> Lemma | None:
    try:
        lemmas = theory_of(Path(one.path)).lemmas
    except (FpproofError, OSError):
        return None
    return next((lemma for lemma in lemmas if lemma.name == one.record.subject.lemma), None)


def sampled(stored: Sequence[Stored], size: int, seed: int) -> list[Stored]:
    """All that speak of formats of 8 bits and less, and `size` of the others."""
    small = [one for one in stored if _width(one) <= 8]
    others = [one for one in stored if _width(one) > 8]
    kept = random.Random(seed).sample(range(len(others)), min(size, len(others)))
    return [*small, *(others[i] for i in sorted(kept))]


def _width(one: Stored) -> int:
    """Bits of the widest format; 0 where the lemma is gone, which is a change that shows at once."""
    lemma = _lemma(one)
    try:
        return 0 if lemma is None else max(F.width for F in formats_for(lemma, one.record.subject.format).values())
    except FpproofError:
        return 0


def replayed(stored: Sequence[Stored], jobs: int, ledger: Ledger | None, advance: Callable[[int, int], object]) -> Iterator[Replayed]:
    """Each verdict decided again; in a ledger that is given, what changed takes the place of what was stored."""
    answers = work(again, stored, jobs)
    try:
        for done, (_, answer) in enumerate(answers, 1):
            if ledger is not None and answer.record is not None:
                ledger.add([answer.record], answer.stored.path)
            advance(done, len(stored))
            yield answer
    finally:
        answers.close()


def unchanged(done: Iterable[Replayed]) -> list[Result]:
    """The decided verdicts that stayed what they were, each once where several judges gave it."""
    found: dict[tuple[str, str, str, Outcome], Result] = {}
    for answer in done:
        record, lemma = answer.stored.record, _lemma(answer.stored)
        if lemma is not None and record.decided and not answer.change and not answer.skipped:
            task = task_of(answer.stored.path, lemma, record.subject.format)
            found.setdefault((task.path, lemma.name, task.format, record.outcome), Result(task, lemma, record.outcome, record.judge))
    return list(found.values())


def again(one: Stored) -> Replayed:
    """What the same judge says now; what a worker does."""
    record = one.record
    lemma = _lemma(one)
    if lemma is None:
        return Replayed(one, change=f"{record.outcome} -> gone: {'no such lemma' if Path(one.path).is_file() else 'no such file'}")
    judge = available(record.judge)
    if not isinstance(judge, Available):
        return Replayed(one, skipped=f"judge {record.judge}: {judge}")
    try:
        return _compared(one, lemma, judge)
    except FpproofError as error:
        return Replayed(one, change=f"{record.outcome} -> error: {error}")


def _compared(one: Stored, lemma: Lemma, judge: Available) -> Replayed:
    record = one.record
    edited = statement_hash(lemma) != record.subject.statement
    task = task_of(one.path, lemma, record.subject.format)
    claims = claims_of(one.path, lemma, task.format)
    if not claims:
        return Replayed(one, change=f"{record.outcome} -> {Outcome.INAPPLICABLE}")
    start = time.perf_counter()
    budget = replace(record.budget, cases=UNBOUNDED) if record.decided else record.budget
    verdict, failing = ask(Asked(judge, budget, None), claims)
    now = Record.of(subject_of(task, lemma), verdict, judge.version, record.budget, failing, time.perf_counter() - start)
    change = ""
    if edited:
        change = f"{record.outcome} -> {now.outcome} (obsolete: the lemma was edited)"
    elif now.outcome is not record.outcome:
        change = f"{record.outcome} -> {now.outcome}"
    elif record.outcome is Outcome.REFUTED and not without_input(claims) and not fails_there(claims, record):
        change = f"{record.outcome} -> {now.outcome}, but the stored counterexample is none"
    new = change or judge.version != record.version
    return Replayed(one, change, record=now if new and NOT_STORED not in now.evidence else None)
