"""Deciding lemmas in formats: from the ledger where it knows, by judges where it does not; what rests on others comes last.

A verdict is in the ledger before anyone sees it. Own verdicts count before imported ones, which are used only where no judge here decides within
the budget; an imported counterexample is used only if the referee finds it to be one.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fpproof.errors import FpproofError, TheoryError
from fpproof.formats.atlas import format_text
from fpproof.judges import Budget, Finding, Outcome, Referee, assembly
from fpproof.judges.inputs import assignment_of
from fpproof.judges.plan import LARGE, MEDIUM, SMALL, Asked, agree, ask, countable, offers, wished
from fpproof.judges.registry import OFFERS, Available, Spending, available, chosen, version_of
from fpproof.judges.verdict import NOT_STORED
from fpproof.ledger import DECIDED, Ledger, Record, Subject, committed
from fpproof.ledger.record import statement_hash
from fpproof.runs.files import root_of
from fpproof.runs.task import Result, Task, ambient_in, claims_of, formats_for, lemma_of, planned, subject_of
from fpproof.runs.workers import work
from fpproof.theory import AMBIENT, EVERY, Claim, Lemma, applies
from fpproof.theory.reading import ROOT_NAME
from fpproof.theory.statement import Use

REFEREE = "exact"
"""The judge whose version is that of the exact evaluator, too."""
_COMPLETE = tuple(offer.name for offer in OFFERS if offer.complete)
"""Judges that can prove."""


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


Identity = tuple[str, str, str, str, tuple[str, ...]]
"""What a result is kept under: the same lemma may be asked of chosen judges, and of any where another rests on it."""


@dataclass
class Run:
    """One run over tasks."""

    ledger: Ledger
    wish: Wish
    _results: dict[Identity, Result] = field(default_factory=dict)
    _alike: dict[tuple[str, tuple[str, ...]], list[Task]] = field(default_factory=dict)
    """Tasks that say the same, by statement and wish, and are decided together: a lemma that speaks of no format, in several."""
    _finals: dict[Identity, Result] = field(default_factory=dict)
    """Of tasks on lemmas that rest on others."""
    _beside: dict[Path, dict[str, list[Record]]] = field(default_factory=dict)
    """The verdicts committed in each tree, as they were when the run first asked."""
    _roots: dict[str, Path] = field(default_factory=dict)
    _lemmas: dict[tuple[str, str, str], Lemma] = field(default_factory=dict)
    """By path, name and statement."""
    _subjects: dict[tuple[str, str, str, str], str] = field(default_factory=dict)
    _used: dict[tuple[Identity, Use], Task] = field(default_factory=dict)

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
        task = Task(str(path), lemma.name, format, statement_hash(lemma), self.wish.by, self.wish.spending)
        self._lemmas[task.path, task.lemma, task.statement] = lemma
        return task

    def _lemma(self, task: Task) -> Lemma:
        """The lemma as the run began with it; a worker, who reads the file again, sees whether it still says so."""
        known = self._lemmas.get((task.path, task.lemma, task.statement))
        return lemma_of(task) if known is None else known

    def _subject_key(self, task: Task, lemma: Lemma) -> str:
        """The subject's key, in which names do not count, whatever judges are asked."""
        name = task.statement, task.format, task.lemma, task.path
        if name not in self._subjects:
            self._subjects[name] = Subject.of(lemma, formats_for(lemma, task.format), "", task.format).key
        return self._subjects[name]

    def _worth_it(self, path: Path, lemma: Lemma, text: str, matrix: bool) -> bool:
        """Whether a large format belongs to the usual ones: a verdict is known, or a judge can look at every input.

        In a matrix it does too where the lemma does not speak of it, which is seen at once.
        """
        task = self.task(path, lemma, text)
        if any(record.decided for record in self._known(task, lemma)):
            return True
        if text not in MEDIUM and not matrix:
            return False
        claims = claims_of(task.path, lemma, text)
        return countable(claims, self.wish.spending) if claims else matrix

    # What is known

    def _known(self, task: Task, lemma: Lemma) -> list[Record]:
        """The ledger's verdicts on a task, and those committed beside the theory; without those of judges that have changed since."""
        key = self._subject_key(task, lemma)
        records = self.ledger.of_subject(key)
        if not self.wish.own:
            if task.path not in self._roots:
                self._roots[task.path] = root_of(Path(task.path))
            records += self._committed(self._roots[task.path]).get(key, [])
        return [r for r in records if _current(r) and not (self.wish.own and r.imported) and _rests_as_written(r, lemma)]

    def _committed(self, root: Path) -> dict[str, list[Record]]:
        """In a tree called `theories`, in all its directories; elsewhere beside the file."""
        if root not in self._beside:
            self._beside[root] = committed(root, below=root.name == ROOT_NAME)
        return self._beside[root]

    def _settled(self, task: Task, lemma: Lemma, records: Sequence[Record]) -> bool:
        """Whether no judge need be asked."""
        own = [r for r in records if not r.imported]
        if not task.by:
            return any(r.decided for r in own) or (self._left_to_sweeps(task) and bool(self._credible(task, lemma, records)))
        return all(any(r.judge == name and (r.decided or r.budget == _budget(name, task)) for r in own) for name in task.by)

    def _left_to_sweeps(self, task: Task) -> bool:
        """Whether an imported verdict is enough: in large formats that nobody asked for by name."""
        return not self.wish.formats and ambient_in(task.format) in (*MEDIUM, *LARGE)

    def stored(self, task: Task) -> Result | None:
        """What the ledger alone says of a task and of what it rests on; None if it says nothing."""
        for one in self._with_used([task]):
            records = self._known(one, self._lemma(one))
            self._keep(one, self._concluded(one, self._lemma(one), records, Done(), stored=True))
        result = self._final(task)
        return None if result is None or result.record is None else result

    def remembered(self, task: Task) -> Result:
        """The same without deciding anything: open where nothing is known."""
        lemma = self._lemma(task)
        if not applies(lemma, formats_for(lemma, task.format)):
            return Result(task, lemma, Outcome.INAPPLICABLE, scope=task.format, reason="a requirement of the lemma is not met")
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
            records = self._known(task, lemma)
            if self._settled(task, lemma, records):
                self._keep(task, self._concluded(task, lemma, records, Done(), stored=True))
            else:
                alike = self._alike.setdefault((self._subject_key(task, lemma), task.by), [])
                alike.append(task)
                if len(alike) > 1:
                    continue
                pending.append(Job(task, frozenset((r.judge, r.budget) for r in records if not r.imported)))
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
        unstored = [r for r in done.records if r not in storable]
        for one in self._alike.pop((self._subject_key(task, self._lemma(task)), task.by), [task]):
            said = self._lemma(one)
            self._keep(one, self._concluded(one, said, [*self._known(one, said), *unstored], done, stored=False))

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
            return replace(base, outcome=Outcome.INAPPLICABLE, scope=task.format, reason="a requirement of the lemma is not met")
        own = [r for r in records if not r.imported]
        agree(lemma.name, task.format, ((r.judge, r.outcome) for r in own))
        for own_words in (True, False):  # imported counterexamples are replayed only where no own verdict is known
            group = own if own_words else self._credible(task, lemma, records)
            decided = [r for r in group if r.decided and (not task.by or r.judge in task.by)]
            if decided:
                record = min(decided, key=lambda r: (r.outcome is not Outcome.VACUOUS, task.by.index(r.judge) if task.by else 0))
                names = dict.fromkeys(r.judge for r in decided if r.outcome is record.outcome) if task.by else {record.judge: None}
                left = tuple(name for name in task.by if name not in {r.judge for r in decided})
                return replace(base, outcome=record.outcome, judge="+".join(names), scope=record.scope, record=record, undecided=left)
        asked = [r for r in own if not task.by or r.judge in task.by]
        undecided = [r for r in asked if r.outcome is Outcome.SUPPORTED or r.budget == _budget(r.judge, task)]
        if undecided:
            record = min(undecided, key=lambda r: r.outcome is not Outcome.SUPPORTED)
            reason = "; ".join(dict.fromkeys([*(f"{r.judge}: {r.reason}" for r in undecided if r.reason), *filter(None, [done.reason])]))
            return replace(base, outcome=record.outcome, judge=record.judge, scope=record.scope, record=record, reason=reason)
        return replace(base, scope=task.format, reason=done.reason or "no judge was asked")

    def _credible(self, task: Task, lemma: Lemma, records: Sequence[Record]) -> list[Record]:
        """Imported verdicts: a counterexample that is none is not used, one that is settles what others claim."""
        imported = [r for r in records if r.imported and r.decided and (r.judge in _COMPLETE or r.outcome is Outcome.REFUTED)]
        failing = [r for r in imported if r.outcome is Outcome.REFUTED and self._replayed(task, lemma, r)]
        return failing or [r for r in imported if r.outcome is not Outcome.REFUTED]

    def _replayed(self, task: Task, lemma: Lemma, record: Record) -> bool:
        """Whether the referee finds an imported counterexample to be one: now, or here before, while its version was the same."""
        name = record.counterexample(version_of(REFEREE))
        if not self.ledger.was_replayed(name):
            if not fails_there(claims_of(task.path, lemma, task.format), record):
                return False
            self.ledger.add_replayed(name)
        return True


def _identity(task: Task) -> Identity:
    return task.path, task.lemma, task.statement, task.format, task.by


def _current(record: Record) -> bool:
    """Whether the judge is the one that gave the verdict."""
    return version_of(record.judge) == record.version


def _rests_as_written(record: Record, lemma: Lemma) -> bool:
    """Statements are hashed without what they rest on, and a rule's conclusion is worth no more than that."""
    return record.judge != assembly.NAME or assembly.AssemblyJudge().concludes(lemma)


def _budget(name: str, task: Task) -> Budget | None:
    judge = available(name)
    return judge.budget(task.spending) if isinstance(judge, Available) else None


def fails_there(claims: Sequence[Claim], record: Record) -> bool:
    """Whether the referee finds the record's counterexample to be one."""
    assert record.at is not None
    try:
        claim, values = assignment_of(claims, record.at)
        return Referee(claim).at(values) is Finding.FAILS
    except FpproofError:
        return False


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
