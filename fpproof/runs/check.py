"""Deciding lemmas in formats: from the ledger where it knows, by judges where it does not; what rests on others comes last.

A verdict is in the ledger before anyone sees it. Own verdicts count before imported ones, which are used only where no judge here decides within
the budget; an imported counterexample is used only if the referee finds it to be one.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from fpproof.errors import FpproofError
from fpproof.formats.atlas import format_text
from fpproof.judges import Outcome
from fpproof.judges.assembly import AssemblyJudge
from fpproof.judges.plan import BRIEF, LARGE, MEDIUM, SMALL, agree
from fpproof.judges.registry import Spending, chosen
from fpproof.judges.verdict import NOT_STORED
from fpproof.ledger import Ledger, Record
from fpproof.ledger.record import statement_hash
from fpproof.runs.decide import Done, Job, decide
from fpproof.runs.known import Knowledge, budget_of
from fpproof.runs.task import Result, Task, ambient_in, formats_for, lemma_of, planned, speaks_of
from fpproof.runs.workers import work
from fpproof.theory import AMBIENT, EVERY, Lemma
from fpproof.theory.statement import Use


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asks of a run."""

    formats: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    spending: Spending = field(default_factory=Spending)
    jobs: int = 1
    own: bool = False
    """Whether imported verdicts do not count."""
    stored: bool = False
    """Whether nothing is decided."""


Identity = tuple[str, str, str, str, tuple[str, ...]]
"""What a result is kept under: the same lemma may be asked of chosen judges, and of any where another rests on it."""


@dataclass
class Run:
    """One run over tasks."""

    ledger: Ledger
    wish: Wish
    warn: Callable[[str], object] = str
    """Told before judges are asked in vain, or for long, why."""
    _results: dict[Identity, Result] = field(default_factory=dict)
    _alike: dict[tuple[str, tuple[str, ...]], list[Task]] = field(default_factory=dict)
    """Tasks that say the same, by statement and wish, and are decided together: a lemma that speaks of no format, in several."""
    _finals: dict[Identity, Result] = field(default_factory=dict)
    """Of tasks on lemmas that rest on others."""
    _lemmas: dict[tuple[str, str, str], Lemma] = field(default_factory=dict)
    """By path, name and statement."""
    _used: dict[tuple[Identity, Use], Task] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = Knowledge(self.ledger, self.wish.own, bool(self.wish.formats))

    # What is to be done

    def tasks(self, path: Path, lemma: Lemma, matrix: bool = False) -> list[Task]:
        """A lemma in the formats asked for, in its own, or in the usual ones; none where it speaks of none of those asked for."""
        if self.wish.formats:
            texts = planned(lemma, self.wish.formats)
        elif lemma.formats:
            texts = list(lemma.formats)
        elif not lemma.speaks_of_formats:
            texts = [EVERY]
        elif len(lemma.format_parameters) > 1:
            texts = []
        elif self.wish.stored:
            texts = [*SMALL, *MEDIUM, *LARGE]
        else:
            texts = [*SMALL, *(text for text in (*MEDIUM, *LARGE) if self._worth_it(path, lemma, text, matrix))]
        return [self.task(path, lemma, text) for text in texts]

    def task(self, path: Path, lemma: Lemma, format: str) -> Task:
        task = Task(str(path), lemma.name, format, statement_hash(lemma), self.wish.by, self._spending(format))
        self._lemmas[task.path, task.lemma, task.statement] = lemma
        return task

    def _spending(self, format: str) -> Spending:
        """What the user allows; where nobody says, solvers are asked briefly about large formats that nobody asked for by name."""
        given = self.wish.spending
        if given.resource is not None or self.wish.formats or self.wish.by or self.wish.own or ambient_in(format) not in LARGE:
            return given
        return replace(given, resource=BRIEF)

    def _lemma(self, task: Task) -> Lemma:
        """The lemma as the run began with it; a worker, who reads the file again, sees whether it still says so."""
        known = self._lemmas.get((task.path, task.lemma, task.statement))
        return lemma_of(task) if known is None else known

    def _worth_it(self, path: Path, lemma: Lemma, text: str, matrix: bool) -> bool:
        """Whether a large format belongs to the usual ones: a verdict is known, or a judge can look at every input.

        In a matrix it does too where the lemma does not speak of it, which is seen at once.
        """
        task = self.task(path, lemma, text)
        if any(record.decided for record in self.known.records(task, lemma)):
            return True
        if text not in MEDIUM and not matrix:
            return False
        if not speaks_of(lemma, text):
            return matrix
        return self.known.countable(task, lemma)

    # What is known

    def stored(self, task: Task) -> Result | None:
        """What the ledger alone says of a task and of what it rests on; None if it says nothing."""
        for one in self._with_used([task]):
            records = self.known.records(one, self._lemma(one))
            self._keep(one, self._concluded(one, self._lemma(one), records, Done(), stored=True))
        result = self._final(task)
        return None if result is None or result.record is None else result

    def remembered(self, task: Task) -> Result:
        """The same without deciding anything: open where nothing is known."""
        lemma = self._lemma(task)
        if not speaks_of(lemma, task.format):
            return _inapplicable(task, lemma)
        return self.stored(task) or Result(task, lemma, Outcome.OPEN, scope=task.format, reason="not decided yet")

    def resting(self, task: Task) -> tuple[Result, ...]:
        """What `stored` found of the lemmas that a task's rests on, premises first; open where the ledger says nothing."""
        *others, _ = self._with_used([task])
        return tuple(self._final(other) or Result(other, self._lemma(other), Outcome.OPEN, reason="not decided yet") for other in others)

    # Deciding

    def results(self, tasks: Sequence[Task]) -> Iterator[Result]:
        """The results in the order of the tasks, each as soon as it and those before it are there."""
        chosen([name for task in tasks for name in task.by])
        if self.wish.stored:
            yield from map(self.remembered, tasks)
            return
        needed = list(self._with_used(tasks))
        pending: list[Job] = []
        for task in needed:
            lemma = self._lemma(task)
            with suppress(FpproofError):  # said by the one who decides it
                if not speaks_of(lemma, task.format):
                    self._keep(task, _inapplicable(task, lemma))
                    continue
            records = self.known.records(task, lemma)
            if (reason := self.known.settled(task, lemma, records)) is not None:
                self._keep(task, self._concluded(task, lemma, records, Done(reason=reason), stored=True))
            else:
                alike = self._alike.setdefault((self.known.subject(task, lemma), task.by), [])
                alike.append(task)
                if len(alike) > 1:
                    continue
                pending.append(Job(task, frozenset((r.judge, r.budget) for r in records if not r.imported)))
        self._warn_of_outdated_rules([job.task for job in pending])
        answers = work(decide, pending, self.wish.jobs)
        try:
            for task in tasks:
                final = None
                while (final := self._final(task)) is None:
                    job, done = next(answers)
                    self._take(job.task, done)
                yield final
        finally:
            answers.close()

    def _warn_of_outdated_rules(self, tasks: Sequence[Task]) -> None:
        """A lemma of many variables that its rule no longer concludes is left to samples, which take long and prove nothing."""
        lemmas = {(task.path, task.lemma): self._lemma(task) for task in tasks if not task.by}
        for (path, name), lemma in lemmas.items():
            if reason := AssemblyJudge().outdated(lemma):
                self.warn(f"{path}: lemma {name}: {reason}: nothing concludes it, and what other judges do may take long")

    def _with_used(self, tasks: Sequence[Task]) -> Iterator[Task]:
        """The tasks, each once and after those on the lemmas that its own rests on."""
        seen: set[Identity] = set()

        def visit(task: Task) -> Iterator[Task]:
            if _identity(task) not in seen:
                seen.add(_identity(task))
                for use in self._lemma(task).uses:
                    yield from visit(self._used_task(use, task))
                yield task

        for task in tasks:
            yield from visit(task)

    def _used_task(self, use: Use, task: Task) -> Task:
        """A lemma that is rested on, in the formats that the other means; where they are the other's own, in the user's words."""
        if (known := self._used.get((_identity(task), use))) is not None:
            return known
        given = formats_for(self._lemma(task), task.format)
        meant = use.formats_in(given)
        texts = (format_text(F) if name == AMBIENT else f"{name}={format_text(F)}" for name, F in meant.items())
        text = task.format if meant == given else " ".join(texts)
        found = self._used[_identity(task), use] = replace(self.task(Path(use.lemma.place.file), use.lemma, text), by=())
        return found

    def _take(self, task: Task, done: Done) -> None:
        """Store what a worker found; only then does anything see it."""
        storable = [r for r in done.records if NOT_STORED not in r.evidence and r.storable]
        if storable:
            self.ledger.add(storable, str(Path(task.path).resolve()))
        if done.applies and done.error is None and not task.by and not any(r.decided for r in done.records) and len(storable) == len(done.records):
            self.known.left_open(task, self._lemma(task), done.reason)
        unstored = [r for r in done.records if r not in storable]
        for one in self._alike.pop((self.known.subject(task, self._lemma(task)), task.by), [task]):
            said = self._lemma(one)
            self._keep(one, self._concluded(one, said, [*self.known.records(one, said), *unstored], done, stored=False))

    def _keep(self, task: Task, result: Result) -> None:
        self._results[_identity(task)] = result
        self._finals.clear()

    def _final(self, task: Task) -> Result | None:
        """The result of a task with what it rests on; None while something is missing."""
        if (known := self._finals.get(_identity(task))) is not None:
            return known
        result = self._results.get(_identity(task))
        if result is None or not result.lemma.uses or result.outcome is not Outcome.PROVED:
            return result
        shaky, borrowed = list[str](), list[str]()
        for use in result.lemma.uses:
            other = self._final(self._used_task(use, task))
            if other is None:
                return None
            if other.outcome is not Outcome.PROVED:
                shaky.append(f"{use} ({other.outcome.value})")
            elif other.imported or other.borrowed:
                borrowed.append(str(use))
        final = replace(result, outcome=Outcome.CONDITIONAL if shaky else result.outcome, rests_on=tuple(shaky), borrowed=tuple(borrowed))
        self._finals[_identity(task)] = final
        return final

    # Concluding

    def _concluded(self, task: Task, lemma: Lemma, records: Sequence[Record], done: Done, stored: bool) -> Result:
        """What the verdicts on a task come to; raises Disagreement if own ones contradict each other."""
        base = Result(task, lemma, Outcome.OPEN, stored=stored)
        if done.error is not None:
            return replace(base, reason=done.error.message, error=done.error)
        if not done.applies:
            return _inapplicable(task, lemma)
        own = [r for r in records if not r.imported]
        agree(lemma.name, task.format, ((r.judge, r.outcome) for r in own))
        for own_words in (True, False):  # imported counterexamples are replayed only where no own verdict is known
            group = own if own_words else self.known.credible(task, lemma, records)
            decided = [r for r in group if r.decided and (not task.by or r.judge in task.by)]
            if decided:
                record = min(decided, key=lambda r: (r.outcome is not Outcome.VACUOUS, task.by.index(r.judge) if task.by else 0))
                names = dict.fromkeys(r.judge for r in decided if r.outcome is record.outcome) if task.by else {record.judge: None}
                left = tuple(name for name in task.by if name not in {r.judge for r in decided})
                return replace(base, outcome=record.outcome, judge="+".join(names), scope=record.scope, record=record, undecided=left)
        asked = [r for r in own if not task.by or r.judge in task.by]
        undecided = [r for r in asked if r.outcome is Outcome.SUPPORTED or r.budget == budget_of(r.judge, task)]
        if undecided:
            record = min(undecided, key=lambda r: r.outcome is not Outcome.SUPPORTED)
            reason = "; ".join(dict.fromkeys([*(f"{r.judge}: {r.reason}" for r in undecided if r.reason), *filter(None, [done.reason])]))
            return replace(base, outcome=record.outcome, judge=record.judge, scope=record.scope, record=record, reason=reason)
        return replace(base, scope=task.format, reason=done.reason or "no judge was asked")


def _identity(task: Task) -> Identity:
    return task.path, task.lemma, task.statement, task.format, task.by


def _inapplicable(task: Task, lemma: Lemma) -> Result:
    return Result(task, lemma, Outcome.INAPPLICABLE, scope=task.format, reason="a requirement of the lemma is not met")
