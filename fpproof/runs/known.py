"""What is known of tasks: the ledger's verdicts, those committed beside the theories, and notes on what no judge decides.

Own verdicts count before imported ones; an imported counterexample is used only if the referee finds it to be one.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fpproof.errors import FpproofError
from fpproof.judges import Budget, Finding, Outcome, Referee, assembly
from fpproof.judges.inputs import assignment_of
from fpproof.judges.plan import countable
from fpproof.judges.registry import OFFERS, installed, offer_of, version_of
from fpproof.ledger import Ledger, Record, committed
from fpproof.ledger.record import digest_of
from fpproof.runs.digest import code_stamp
from fpproof.runs.files import root_of
from fpproof.runs.task import Task, claims_of, formats_for, subject_key
from fpproof.theory import AMBIENT, Claim, Lemma, Op
from fpproof.theory.reading import ROOT_NAME
from fpproof.theory.terms import ordered

REFEREE = "exact"
"""The judge whose version is that of the exact evaluator, too."""
DECIDED_AGAIN = 8
"""Bits of the formats in which what is committed is decided here all the same."""
_COMPLETE = tuple(offer.name for offer in OFFERS if offer.complete)
"""Judges that can prove."""


@dataclass
class Knowledge:
    """What one run knows of its tasks."""

    ledger: Ledger
    own: bool
    """Whether imported verdicts do not count."""
    by_name: bool
    """Whether the formats were asked for by name."""
    _beside: dict[Path, dict[str, list[Record]]] = field(default_factory=dict)
    """The verdicts committed in each tree, as they were when the run first asked."""
    _roots: dict[str, Path] = field(default_factory=dict)
    _subjects: dict[tuple[str, str, str, str], str] = field(default_factory=dict)

    def subject(self, task: Task, lemma: Lemma) -> str:
        """The subject's key, in which names do not count, whatever judges are asked."""
        name = task.statement, task.format, task.lemma, task.path
        if name not in self._subjects:
            self._subjects[name] = subject_key(lemma, task.format)
        return self._subjects[name]

    def records(self, task: Task, lemma: Lemma) -> list[Record]:
        """The ledger's verdicts on a task, and those committed beside the theory; without those of judges that have changed since."""
        key = self.subject(task, lemma)
        records = self.ledger.of_subject(key)
        if not self.own:
            if task.path not in self._roots:
                self._roots[task.path] = root_of(Path(task.path))
            records += self._committed(self._roots[task.path]).get(key, [])
        return [r for r in records if _current(r) and not (self.own and r.imported) and _rests_as_written(r, lemma)]

    def _committed(self, root: Path) -> dict[str, list[Record]]:
        """In a tree called `theories`, in all its directories; elsewhere beside the file."""
        if root not in self._beside:
            self._beside[root] = committed(root, below=root.name == ROOT_NAME)
        return self._beside[root]

    def settled(self, task: Task, lemma: Lemma, records: Sequence[Record]) -> str | None:
        """Where no judge need be asked, why none decides, or nothing if one did; None where one must be asked."""
        own = [r for r in records if not r.imported]
        if task.by:
            known = all(any(r.judge == name and (r.decided or r.budget == budget_of(name, task)) for r in own) for name in task.by)
            return "" if known else None
        if any(r.decided for r in own) or (self._left_to_sweeps(task, lemma) and self.credible(task, lemma, records)):
            return ""
        return self.ledger.noted(self._question("left open", task, lemma))

    def left_open(self, task: Task, lemma: Lemma, reason: str) -> None:
        """Note that no judge decides, and why: nobody needs to be asked again."""
        self.ledger.note(self._question("left open", task, lemma), reason)

    def countable(self, task: Task, lemma: Lemma) -> bool:
        """Whether some judge can look at every input within its budget."""
        question = self._question("countable", task, lemma)
        if (noted := self.ledger.noted(question)) is None:
            noted = "yes" if countable(claims_of(task.path, lemma, task.format), task.spending) else "no"
            self.ledger.note(question, noted)
        return noted == "yes"

    def _left_to_sweeps(self, task: Task, lemma: Lemma) -> bool:
        """Whether an imported verdict is enough: in formats of more than 8 bits that nobody asked for by name."""
        F = formats_for(lemma, task.format).get(AMBIENT)
        return not self.by_name and F is not None and F.width > DECIDED_AGAIN

    def _question(self, about: str, task: Task, lemma: Lemma) -> str:
        """What the ledger's note on a task is kept under: everything that its answer depends on, so that no answer is older than the code."""
        return digest_of([about, self.subject(task, lemma), asdict(task.spending), code_stamp(), installed()])

    def credible(self, task: Task, lemma: Lemma, records: Sequence[Record]) -> list[Record]:
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


def _current(record: Record) -> bool:
    """Whether the judge is the one that gave the verdict."""
    return version_of(record.judge) == record.version


def _rests_as_written(record: Record, lemma: Lemma) -> bool:
    """Statements are hashed without what they rest on, and a rule's conclusion is worth no more than that."""
    return record.judge != assembly.NAME or assembly.AssemblyJudge().concludes(lemma)


def budget_of(name: str, task: Task) -> Budget | None:
    """What a judge may spend on a task; None if there is no such judge."""
    offer = offer_of(name)
    return None if offer is None else offer.budget(task.spending)


def without_input(claims: Sequence[Claim]) -> bool:
    """Whether claims speak of what exists, and of no input beside: the referee would have to try everything, so they can only be decided again."""
    return all(not claim.variables and any(term.op is Op.EXISTS for term in ordered(claim.conclusions)) for claim in claims)


def fails_there(claims: Sequence[Claim], record: Record) -> bool:
    """Whether the referee finds the record's counterexample to be one."""
    assert record.at is not None
    if without_input(claims):
        return False
    try:
        claim, values = assignment_of(claims, record.at)
        return Referee(claim).at(values) is Finding.FAILS
    except FpproofError:
        return False
