"""One lemma in one format: what is to be decided, and what the ledger knows of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

from fpproof.errors import FpproofError, TheoryError
from fpproof.formats import Format, parse_format
from fpproof.judges.registry import Spending
from fpproof.judges.verdict import Outcome
from fpproof.ledger import Record, Subject
from fpproof.ledger.record import statement_hash
from fpproof.runs.digest import known_subjects
from fpproof.runs.files import name_of, theory_of
from fpproof.theory import AMBIENT, EVERY, Claim, Lemma, applies, formats_of, instances


class Standing(Enum):
    """What a verdict means to a run, given what the lemma's author expects."""

    HOLDS = "holds"
    FAILS = "fails"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Task:
    """A lemma in formats, by names, so that another process can read the file itself; `statement` is what it must find there.

    `by` are the judges that were asked for, none for the plan's own choice.
    """

    path: str
    lemma: str
    format: str
    statement: str
    by: tuple[str, ...]
    spending: Spending


@dataclass(frozen=True)
class Result:
    """The verdict that is shown: of one record, or of what the lemma rests on."""

    task: Task
    lemma: Lemma
    outcome: Outcome
    judge: str = ""
    scope: str = ""
    record: Record | None = None
    reason: str = ""
    rests_on: tuple[str, ...] = ()
    borrowed: tuple[str, ...] = ()
    """Lemmas that it rests on whose verdicts are imported, or rest on such."""
    undecided: tuple[str, ...] = ()
    """Judges that were asked for by name, and leave open what others decide."""
    stored: bool = False
    """Whether it was in the ledger."""
    error: FpproofError | None = None
    """What is wrong with the statement, found while it was decided."""

    @property
    def imported(self) -> bool:
        return self.record is not None and self.record.imported

    @property
    def standing(self) -> Standing:
        """A control must be what it was marked as; a lemma must be proved. Where a lemma speaks of nothing, nothing is wrong."""
        if self.outcome is Outcome.INAPPLICABLE:
            return Standing.HOLDS
        if self.outcome.value == self.lemma.expect:
            return Standing.HOLDS
        if self.outcome is Outcome.REFUTED or self.lemma.expect in (Outcome.REFUTED, Outcome.VACUOUS):
            return Standing.FAILS
        return Standing.HOLDS if self.outcome is Outcome.PROVED else Standing.OPEN


def formats_for(lemma: Lemma, text: str) -> Mapping[str, Format]:
    """The formats that a text gives to all of the lemma's format parameters; raises TheoryError if it leaves one out."""
    formats = formats_of(lemma, text)
    missing = [name for name in lemma.format_parameters if name not in formats]
    if missing:
        example = " ".join([text, *(f"{name}=binary16" for name in missing)])
        raise TheoryError(f"lemma {lemma.name}: no format is given for {', '.join(missing)}", lemma.place, f'say which, as in "{example}"')
    return formats


def speaks_of(lemma: Lemma, text: str) -> bool:
    """Whether a lemma's requirements are met in the formats of a text; raises TheoryError if one is left out."""
    key = known_subjects(lemma).get(text)
    return applies(lemma, formats_for(lemma, text)) if key is None else key != ""


def subject_key(lemma: Lemma, text: str) -> str:
    """The key of a lemma's subject in the formats of a text; raises TheoryError if one is left out."""
    return known_subjects(lemma).get(text) or Subject.of(lemma, formats_for(lemma, text), "", text).key


def subject_of(task: Task, lemma: Lemma) -> Subject:
    return Subject.of(lemma, formats_for(lemma, task.format), name_of(Path(task.path)), task.format)


def lemma_of(task: Task) -> Lemma:
    """The lemma of a task, as its file says it now; raises TheoryError if it says something else than when the run began."""
    lemma = next((lemma for lemma in theory_of(Path(task.path)).lemmas if lemma.name == task.lemma), None)
    if lemma is None or statement_hash(lemma) != task.statement:
        raise TheoryError(f"{task.path}: the lemma {task.lemma} was changed while it was being decided", hint="start again")
    return lemma


@lru_cache(maxsize=64)
def claims_of(path: str, lemma: Lemma, format: str) -> tuple[Claim, ...]:
    """The lemma's claims in formats; none if it does not speak of them."""
    return instances(lemma, formats_for(lemma, format))


def planned(lemma: Lemma, requested: Sequence[str]) -> list[str]:
    """The formats of a lemma out of those asked for, in the user's words; what other formats it needs are taken from its own list.

    A text that names formats the lemma does not have is not for it.
    """
    found: list[str] = []
    for text in requested:
        if text == EVERY:
            found += [] if lemma.speaks_of_formats else [text]
            continue
        names = names_in(text)
        if names == set(lemma.format_parameters):
            found.append(text)
        elif names == {AMBIENT}:
            ambient = parse_format(text)
            found += [own for own in lemma.formats if formats_of(lemma, own).get(AMBIENT) == ambient]
    return list(dict.fromkeys(found))


def names_in(text: str) -> set[str]:
    """The format parameters that a text gives: F alone for "E5M2", F and G for "E5M2 G=binary16". Raises FormatError for what is no format."""
    if text == EVERY:
        return {AMBIENT}
    outside = re.sub(r"\([^()]*\)", "", text.strip())
    named = re.findall(r"(?:^|\s)(\w+)=", outside)
    if not named:
        parse_format(text)
    return {*named} if re.match(r"\w+=", outside) else {AMBIENT, *named}


def ambient_in(text: str) -> str:
    """The part of a text that gives F: "E5M2" of "E5M2 G=binary16"; all of it where F is given by name or not at all."""
    return re.split(r"\s+(?=\w+=)", text.strip(), maxsplit=1)[0]


def task_of(path: str, lemma: Lemma, format: str) -> Task:
    """A task without wishes."""
    return Task(path, lemma.name, format, statement_hash(lemma), (), Spending())
