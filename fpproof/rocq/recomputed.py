"""Verdicts of enumeration that Rocq computed again: asked of coqc, and remembered in the ledger."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fpproof.formats import Format
from fpproof.judges.verdict import Budget, Outcome
from fpproof.ledger import Ledger, Record
from fpproof.ledger.record import Subject, canonical
from fpproof.rocq.coqc import CLOSED, LIMIT, RocqError, run
from fpproof.rocq.lemmas import replays, theorems
from fpproof.rocq.library import needed, source
from fpproof.theory import Claim, Lemma

VERSION = 1
"""Of the translation of enumerated lemmas: raised when a theorem could come to mean something else."""

_HOLDS = {Outcome.PROVED: True, Outcome.CONDITIONAL: True, Outcome.REFUTED: False}


@dataclass(frozen=True, slots=True)
class Recomputed:
    """coqc's answer to the theorems that a lemma holds in a format (one for each rounding mode), or the one that it fails."""

    holds: bool
    theorems: tuple[str, ...]
    agrees: bool
    version: str
    digest: str
    """SHA-256 of the file that coqc was given."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Question:
    """A verdict as a file of theorems, ready for coqc; `loose` is the same where weights that are no floats count for it."""

    holds: bool
    theorems: tuple[str, ...]
    text: str
    loose: str

    @staticmethod
    def of(claims: Sequence[Claim], outcome: Outcome) -> "Question":
        """RocqError where nothing was decided, or the lemma is not translated."""
        if outcome not in _HOLDS:
            raise RocqError(f"it is {outcome}")
        strict, loose = (replays(claims, _HOLDS[outcome], strict=strict) for strict in (True, False))
        return Question(_HOLDS[outcome], tuple(part.name for part in strict), theorems(strict), theorems(loose))

    def answer(self, limit: float = LIMIT) -> Recomputed:
        """What coqc says; RocqError if it says neither yes nor no."""
        answer = run(self.text, limit)
        if answer.accepted and answer.assumptions != (CLOSED,) * len(self.theorems):
            raise RocqError(f"coqc accepts the theorems with the wrong assumptions: {'; '.join(answer.assumptions)[:300]}")
        if not answer.accepted:
            words = " ".join(answer.complaint.split())
            if not any(f'"{value} = {value}" while it is expected to have type' in words for value in ("true", "false")):
                raise RocqError(f"coqc fails, and not because the theorem is false: {words[:500]}")
            if self.loose != self.text and run(self.loose, limit).accepted:
                raise RocqError("a weight is no float, perhaps where a decision leaves it out")
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        return Recomputed(self.holds, self.theorems, answer.accepted, answer.version, digest, answer.seconds)


def subject(lemma: Lemma, formats: Mapping[str, Format], format: str, outcome: Outcome) -> Subject:
    """What is remembered: that a lemma holds in formats, or fails, by this library. No file: it is no verdict of a judge."""
    library = hashlib.sha256("".join(map(source, needed(["Exact"]))).encode()).hexdigest()
    plain = Subject.of(lemma, formats, "", format)
    statement = canonical(["recomputed", VERSION, plain.statement, _HOLDS.get(outcome), library])
    return Subject(hashlib.sha256(statement.encode()).hexdigest(), plain.formats, lemma.name, "", format)


def remember(ledger: Ledger, subject: Subject, found: Recomputed) -> None:
    """Keeps that coqc accepted the theorems; a disagreement is not kept, so that it is seen again."""
    if not found.agrees:
        return
    record = Record(
        subject=subject,
        judge="rocq",
        version=VERSION,
        budget=Budget(),
        outcome=Outcome.PROVED,
        scope=subject.format,
        evidence={
            "says": "holds" if found.holds else "fails",
            "theorem": found.theorems[0],
            "theorems": len(found.theorems),
            "assumptions": CLOSED,
            "coqc": found.version,
            "file": f"sha256:{found.digest}",
        },
        seconds=round(found.seconds, 3),
    )
    ledger.add([record])


def remembered(ledger: Ledger, lemma: Lemma, formats: Mapping[str, Format], format: str, outcome: Outcome) -> Record | None:
    """What coqc accepted of a verdict on the lemma as it reads now, if it was asked here."""
    if outcome not in _HOLDS:
        return None
    return next((record for record in ledger.of_subject(subject(lemma, formats, format, outcome).key) if not record.imported), None)
