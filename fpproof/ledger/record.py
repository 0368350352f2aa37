"""A verdict as data: what it speaks of, what it depends on, what was found; one canonical line of JSON.

A line may come from a stranger: `Record.of_line` takes nothing on trust but the outcome and the evidence themselves. The key
is recomputed from the fields that it hashes, and every field has a type and a bound.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from fpproof.errors import FpproofError, Place
from fpproof.formats import Format
from fpproof.judges.inputs import LONGEST_VALUE, texts_of
from fpproof.judges.verdict import Budget, Outcome, Verdict
from fpproof.theory import Claim, Lemma

LANGUAGE = 1
"""Of the meaning of theory files: raised when a statement could come to mean something else, so that all verdicts become obsolete."""

DECIDED = (Outcome.PROVED, Outcome.REFUTED, Outcome.VACUOUS)
"""Outcomes that hold whatever the budget was."""

LONGEST_LINE = 1 << 16
_LONGEST_TEXT = 4000
_LONGEST_EVIDENCE = 500
_MOST_ENTRIES = 200
_LARGEST_NUMBER = 10**40


class LedgerError(FpproofError):
    """A ledger that cannot be opened, or a line that is no verdict."""


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest_of(data: object) -> str:
    """The hash of data's canonical text."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def canonical(data: object) -> str:
    """The one JSON text of data: sorted keys, no spaces, ASCII."""
    return _CANONICAL.encode(data)


@dataclass(frozen=True)
class Subject:
    """What a verdict speaks of: a statement in formats, hashed; names for people, which do not count.

    `file` is the theory file's name from the root of its tree, `format` the formats as the user wrote them.
    """

    statement: str
    formats: tuple[tuple[str, str], ...]
    lemma: str
    file: str
    format: str

    @staticmethod
    def of(lemma: Lemma, formats: Mapping[str, Format], file: str, format: str) -> "Subject":
        """Formats do not count where the lemma speaks of none."""
        given = formats.items() if lemma.speaks_of_formats else ()
        meanings = tuple(sorted((name, "(" + F.definition.partition("(")[2]) for name, F in given))
        return Subject(statement_hash(lemma), meanings, lemma.name, file, format)

    @cached_property
    def key(self) -> str:
        """The hash of the statement in the formats."""
        return digest_of([self.statement, self.formats])


@lru_cache(maxsize=4096)
def statement_hash(lemma: Lemma) -> str:
    """What the lemma says, and the version of the language that says it."""
    return digest_of([LANGUAGE, lemma.fingerprint])


@dataclass(frozen=True)
class Record:
    """One judge's verdict on a subject, within a budget; `at` and `conclusion` are the counterexample, in exact texts."""

    subject: Subject
    judge: str
    version: int
    budget: Budget
    outcome: Outcome
    scope: str
    cases: int = 0
    met: int | None = None
    at: Mapping[str, str] | None = None
    conclusion: int | None = None
    reason: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    imported: bool = field(default=False, compare=False)
    attachments: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Long texts of the evidence, by the hash that stands for each: kept beside the line, not in it."""

    @cached_property
    def key(self) -> str:
        """The hash of everything the verdict depends on."""
        return digest_of([self.subject.key, self.judge, self.version, _budget_fields(self.budget)])

    def counterexample(self, version: int | None) -> str:
        """The hash of a replay of its counterexample, by an evaluator of a version: of the statement in the formats, and the values."""
        assert self.at is not None, "what is refuted has a counterexample"
        return digest_of([self.subject.key, dict(self.at), version])

    @property
    def decided(self) -> bool:
        return self.outcome in DECIDED

    @staticmethod
    def of(subject: Subject, verdict: Verdict, version: int, budget: Budget, claim: Claim | None, seconds: float) -> "Record":
        """The record of a verdict; `claim` is the one that the counterexample is of. A counterexample that nobody could read leaves it open."""
        found = verdict.counterexample
        at = None if found is None or claim is None else texts_of(claim, found.values)
        if at is not None and max(map(len, at.values()), default=0) > LONGEST_VALUE:
            reason = f"it fails at an input with a number of more than {LONGEST_VALUE} characters, which is neither kept nor shown"
            verdict = Verdict(Outcome.OPEN, verdict.judge, verdict.scope, verdict.cases, verdict.met, reason=reason)
            found = at = None
        balls = {"referee": f"balls of {found.bits} bits"} if found is not None and found.bits else {}
        evidence, attachments = _with_attachments({**verdict.evidence, **balls})
        return Record(
            subject=subject,
            judge=verdict.judge,
            version=version,
            budget=budget,
            outcome=verdict.outcome,
            scope=verdict.scope,
            cases=verdict.cases,
            met=verdict.met,
            at=at,
            conclusion=None if found is None else found.conclusion,
            reason=" ".join(verdict.reason.split())[:_LONGEST_TEXT],
            evidence=evidence,
            seconds=round(seconds, 3),
            attachments=attachments,
        )

    @property
    def storable(self) -> bool:
        """Whether its line can be read again: names and numbers of strangers may be too long for that, or have characters that do not show."""
        try:
            Record.of_line(self.line())
        except LedgerError:
            return False
        return True

    def line(self) -> str:
        """The canonical line."""
        subject = self.subject
        return canonical(
            {
                "key": self.key,
                "statement": subject.statement,
                "formats": dict(subject.formats),
                "lemma": subject.lemma,
                "file": subject.file,
                "format": subject.format,
                "judge": self.judge,
                "version": self.version,
                "budget": _budget_fields(self.budget),
                "verdict": self.outcome.value,
                "scope": self.scope,
                "cases": self.cases,
                "met": self.met,
                "at": None if self.at is None else dict(self.at),
                "conclusion": self.conclusion,
                "reason": self.reason,
                "evidence": dict(self.evidence),
                "seconds": self.seconds,
            }
        )

    @staticmethod
    def of_line(line: str, place: Place | None = None, imported: bool = False) -> "Record":
        """The record that a line says; raises LedgerError for everything that `line` does not write."""
        try:
            fields = parse_object(line)
            record = _record(_Fields(fields), imported)
            if record.key != fields.get("key"):
                raise LedgerError("the key is not the hash of what the line says")
            return record
        except LedgerError as error:
            raise LedgerError(f"no verdict: {error.message}", place) from None


def _budget_fields(budget: Budget) -> dict[str, int]:
    return {name: getattr(budget, name) for name in _BUDGET}


def _with_attachments(evidence: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The evidence with hashes for its long texts (saved queries), and the texts."""
    short, long = dict(evidence), {}
    for name, value in evidence.items():
        if isinstance(value, str) and len(value) > _LONGEST_EVIDENCE:
            digest = "sha256:" + hashlib.sha256(value.encode()).hexdigest()
            short[name], long[digest] = digest, value
    return short, long


def parse_object(line: str) -> dict[str, Any]:
    """A JSON object of bounded size, without repeated keys; raises LedgerError."""
    if len(line) > LONGEST_LINE:
        raise LedgerError(f"a line of {len(line)} characters, at most {LONGEST_LINE} are read")
    try:
        data = json.loads(line, object_pairs_hook=_distinct, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise LedgerError("no JSON object") from None
    if not isinstance(data, dict):
        raise LedgerError("no JSON object")
    return data


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no number")


class _Fields:
    """Fields of a line by type, each within bounds; raises LedgerError that names the field."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields

    def _wrong(self, name: str, expected: str) -> LedgerError:
        shown = repr(self.fields.get(name))
        return LedgerError(f"{name}: expected {expected}, found {shown[:60]}")

    def text(self, name: str, pattern: "re.Pattern[str] | None" = None) -> str:
        value = self.fields.get(name)
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not (pattern or _PLAIN).fullmatch(value):
            raise self._wrong(name, "a text" if pattern is None else f"a text like {pattern.pattern}")
        return value

    def integer(self, name: str) -> int:
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST_NUMBER:
            raise self._wrong(name, "a natural number")
        return value

    def optional_integer(self, name: str) -> int | None:
        return None if self.fields.get(name) is None else self.integer(name)

    def seconds(self, name: str) -> float:
        value = self.fields.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value) or not 0 <= value <= 1e12:
            raise self._wrong(name, "a number of seconds")
        return float(value)

    def mapping(self, name: str, scalars: tuple[type, ...]) -> dict[str, Any]:
        value = self.fields.get(name)
        if not isinstance(value, dict) or len(value) > _MOST_ENTRIES:
            raise self._wrong(name, "an object")
        for key, entry in value.items():
            kind = type(entry)
            large = len(entry) > _LONGEST_TEXT if kind is str else kind is int and abs(entry) > _LARGEST_NUMBER
            if large or len(key) > _LONGEST_TEXT or kind not in scalars:
                raise self._wrong(name, f"an object of {', '.join(t.__name__ for t in scalars)}")
        return value


_PLAIN = re.compile(r"[^\x00-\x1f\x7f-\x9f]*")
_HASH = re.compile("[0-9a-f]{64}")
_NAME = re.compile(r"\w{1,200}")
_WORD = re.compile(r"[\w+-]{1,40}")
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_BUDGET = ("cases", "resource", "precision", "seed")


def _record(fields: _Fields, imported: bool) -> Record:
    subject = Subject(
        statement=fields.text("statement", _HASH),
        formats=tuple(sorted(fields.mapping("formats", (str,)).items())),
        lemma=fields.text("lemma", _NAME),
        file=fields.text("file"),
        format=fields.text("format"),
    )
    budget = fields.mapping("budget", (int,))
    if set(budget) != set(_BUDGET):
        raise LedgerError(f"budget: expected {', '.join(_BUDGET)}")
    outcome = _OUTCOMES.get(fields.text("verdict", _WORD))
    if outcome is None:
        raise LedgerError(f"verdict: expected one of {', '.join(Outcome)}")
    at = None if fields.fields.get("at") is None else fields.mapping("at", (str,))
    conclusion = fields.optional_integer("conclusion")
    if (outcome is Outcome.REFUTED) != (at is not None and conclusion is not None):
        raise LedgerError("at, conclusion: expected a counterexample where the verdict is refuted, and only there")
    return Record(
        subject=subject,
        judge=fields.text("judge", _WORD),
        version=fields.integer("version"),
        budget=Budget(**budget),
        outcome=outcome,
        scope=fields.text("scope"),
        cases=fields.integer("cases"),
        met=fields.optional_integer("met"),
        at=at,
        conclusion=conclusion,
        reason=fields.text("reason"),
        evidence=fields.mapping("evidence", (str, int, bool, type(None))),
        seconds=fields.seconds("seconds"),
        imported=imported,
    )


__all__ = ["DECIDED", "LANGUAGE", "LONGEST_LINE", "LedgerError", "Record", "Subject", "canonical", "parse_object", "statement_hash"]
