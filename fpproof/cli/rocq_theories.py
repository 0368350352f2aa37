"""Rocq in `check` of theories: what enumeration decided is computed again, and ties of lemmas to theorems are checked."""

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fpproof.cli import FAILS, HOLDS, OPEN
from fpproof.cli.progress import bar
from fpproof.cli.rocq import limit_of
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from pathlib import Path

    from fpproof.ledger import Ledger, Record
    from fpproof.rocq.lemmas import Enumerated
    from fpproof.rocq.recomputed import Question, Recomputed
    from fpproof.runs.task import Result
    from fpproof.theory import Lemma

Said = tuple[int, str, dict[str, Any]]
"""Exit code, line, JSON."""


def second_opinions(ledger: "Ledger", results: "Sequence[Result]", options: argparse.Namespace) -> Iterator[Said]:
    """Rocq's word on every result, and on every tie of the lemmas among them."""
    from fpproof.runs.task import lemma_of

    yield from recomputed(ledger, results, options)
    lemmas = {(r.task.path, r.task.lemma): lemma_of(r.task) for r in results}
    yield from (_tie(ledger, path, lemma, options) for (path, _), lemma in lemmas.items() if lemma.rocq)


def recomputed(ledger: "Ledger", results: "Sequence[Result]", options: argparse.Namespace, again: bool = False) -> Iterator[Said]:
    """What was decided, computed by coqc, in the order of the results. What the ledger remembers is asked anew only with `again`; nothing is asked
    where a lemma does not speak of a format."""
    from fpproof.judges.verdict import Outcome
    from fpproof.rocq.coqc import RocqError, each
    from fpproof.rocq.recomputed import Question

    limit = limit_of(options)
    results = [result for result in results if result.outcome is not Outcome.INAPPLICABLE]
    known = [None if again else recomputed_before(ledger, result) for result in results]
    questions = [None if record else _question(result) for result, record in zip(results, known, strict=True)]
    asked = [question for question in questions if isinstance(question, Question)]

    def answer(question: Question) -> "Recomputed | RocqError":
        try:
            return question.answer(limit)
        except RocqError as error:
            return error

    answers = each(answer, asked, options.jobs)
    with bar("rocq", "lemmas", not options.json) as advance:
        done = 0
        for result, record, question in zip(results, known, questions, strict=True):
            if record is not None:
                yield _line(result, HOLDS, f"{result.outcome} again, as remembered: {record.evidence['theorem']}, {record.evidence['assumptions']}")
            elif isinstance(question, Question):
                yield _answered(ledger, result, next(answers))
                done += 1
                advance(done, len(asked))
            else:
                yield _line(result, OPEN, f"not computed again: {question}")


def recomputed_before(ledger: "Ledger", result: "Result") -> "Record | None":
    """What coqc accepted of a result, if it was asked."""
    from fpproof.rocq.recomputed import remembered
    from fpproof.runs.task import formats_for

    task = result.task
    return remembered(ledger, result.lemma, formats_for(result.lemma, task.format), task.format, result.outcome)


def _question(result: "Result") -> "Question | FpproofError":
    """The theorems that say what was decided, or why there are none."""
    from fpproof.rocq import RocqError
    from fpproof.rocq.recomputed import Question
    from fpproof.runs.task import claims_of, lemma_of

    try:
        return Question.of(claims_of(result.task.path, lemma_of(result.task), result.task.format), result.outcome)
    except RocqError as error:
        return error


def _answered(ledger: "Ledger", result: "Result", found: "Recomputed | FpproofError") -> Said:
    from fpproof.rocq.coqc import CLOSED
    from fpproof.rocq.recomputed import remember, subject
    from fpproof.runs.task import formats_for

    if isinstance(found, FpproofError):
        return _line(result, OPEN, f"not computed again: {found}")
    if not found.agrees:
        return _line(result, FAILS, "DISAGREES: Rocq computes something else: a bug")
    task = result.task
    remember(ledger, subject(result.lemma, formats_for(result.lemma, task.format), task.format, result.outcome), found)
    more = f" and {len(found.theorems) - 1} more" if len(found.theorems) > 1 else ""
    return _line(result, HOLDS, f"{result.outcome} again: {found.theorems[0]}{more}, {CLOSED}   {found.seconds:.1f} s")


def _line(result: "Result", code: int, text: str) -> Said:
    task = result.task
    facts = {"file": str(task.path), "lemma": task.lemma, "format": task.format, "rocq": text, "agrees": {HOLDS: True, FAILS: False}.get(code)}
    return code, f"  rocq  {task.lemma}   {task.format}   {text}", facts


def _tie(ledger: "Ledger", path: "Path | str", lemma: "Lemma", options: argparse.Namespace) -> Said:
    """Whether the named theorem proves the lemma, and what enumeration says in three formats."""
    from fpproof.rocq.links import FORMATS, tie
    from fpproof.rocq.ties import remember

    facts: dict[str, Any] = {"file": str(path), "lemma": lemma.name, "theorem": lemma.rocq}
    try:
        found = tie(lemma, limit_of(options))
    except FpproofError as error:
        return OPEN, f"  rocq  {lemma.name}   {lemma.rocq}   open: {error}", facts | {"reason": str(error)}
    names = [F.name for F in FORMATS]
    ours = _enumerated(ledger, path, lemma, names) if found.exists else []
    compared = [(name, one, other) for name, one, other in zip(names, found.instances, ours, strict=False) if one is not None and other is not None]
    differing = [name for name, one, other in compared if one != other]
    remember(ledger, lemma, found)
    facts |= {
        "proves": found.proves,
        "assumptions": found.assumptions,
        "reason": found.reason or None,
        "instances": {name: one for name, one, _ in compared},
        "differing": differing,
    }
    if differing:
        return FAILS, f"  rocq  {lemma.name}   {found.theorem}   DISAGREES with enumeration in {', '.join(differing)}: a bug", facts
    if not found.proves:
        return FAILS, f"  rocq  {lemma.name}   {found.theorem}   does not prove it: {found.reason}", facts
    text = f"proves it for every precision and exponent range: {found.assumptions}; as enumeration in {', '.join(name for name, _, _ in compared)}"
    return HOLDS, f"  rocq  {lemma.name}   {found.theorem}   {text}", facts


def _enumerated(ledger: "Ledger", path: "Path | str", lemma: "Lemma", formats: list[str]) -> list[bool | None]:
    """What our own enumeration decides of the lemma: true, false, or neither."""
    from pathlib import Path

    from fpproof.judges.verdict import Outcome
    from fpproof.runs.check import Run, Wish

    run = Run(ledger, Wish(tuple(formats), ("enumeration",)))
    outcomes = {result.task.format: result.outcome for result in run.results(run.tasks(Path(path), lemma))}
    return [{Outcome.PROVED: True, Outcome.REFUTED: False}.get(outcomes[name]) for name in formats]


def exported(path: "Path", formats: Sequence[str]) -> tuple[bytes, int]:
    """Theorems that the lemmas of a file are, in given formats, what their authors expect; lemmas that are not translated are named on stderr."""
    import sys

    from fpproof.rocq.lemmas import replays, theorems
    from fpproof.runs.files import theory_of
    from fpproof.runs.task import claims_of

    if not formats:
        raise FpproofError("a lemma becomes a theorem in a format", hint="name formats with --format E5M2")
    parts: list[Enumerated] = []
    code = HOLDS
    for lemma in theory_of(path).lemmas:
        for format in formats:
            try:
                parts += replays(claims_of(str(path), lemma, format), lemma.expect != "refuted", len(parts))
            except FpproofError as error:
                code = OPEN
                print(f"{path}: lemma {lemma.name} in {format} is left out: {error.message}", file=sys.stderr)
    if not parts:
        raise FpproofError(f"{path}: no lemma is translated")
    return theorems(parts).encode(), code
