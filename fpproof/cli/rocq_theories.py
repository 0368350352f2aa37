"""Rocq in `check` of theories: what enumeration decided is computed again, and ties of lemmas to theorems are checked."""

import argparse
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from fpproof.cli import FAILS, HOLDS, OPEN
from fpproof.cli.rocq import limit_of
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from pathlib import Path

    from fpproof.ledger import Ledger
    from fpproof.rocq.lemmas import Enumerated
    from fpproof.runs.task import Result
    from fpproof.theory import Lemma

Said = tuple[int, str, dict[str, Any]]
"""Exit code, line, JSON."""


def second_opinions(ledger: "Ledger", results: "Sequence[Result]", options: argparse.Namespace) -> list[Said]:
    """Rocq's word on every result, and on every tie of the lemmas among them."""
    from fpproof.runs.task import lemma_of

    said = _replays(results, limit_of(options))
    lemmas = {(r.task.path, r.task.lemma): lemma_of(r.task) for r in results}
    return said + [_tie(ledger, path, lemma, options) for (path, _), lemma in lemmas.items() if lemma.rocq]


def _replays(results: "Sequence[Result]", limit: int) -> list[Said]:
    """All theorems in one run of coqc; if it fails, one run each, to say which fails."""
    from fpproof.rocq import RocqError
    from fpproof.rocq.coqc import CLOSED, run
    from fpproof.rocq.lemmas import theorems

    said: list[Said] = []
    ready: list[tuple[Result, Sequence[Enumerated]]] = []
    for result in results:
        try:
            ready.append((result, _theorems(result, sum(len(parts) for _, parts in ready))))
        except RocqError as error:
            said.append(_line(result, OPEN, f"not computed again: {error}"))
    if not ready:
        return said
    whole = run(theorems([part for _, parts in ready for part in parts]), limit)
    closed = iter(whole.assumptions)
    for result, parts in ready:
        answer = whole if whole.accepted else run(theorems(parts), limit)
        assumptions = closed if whole.accepted else iter(answer.assumptions)
        agrees = answer.accepted and {*islice(assumptions, len(parts))} == {CLOSED}
        if not answer.accepted and run(theorems(_theorems(result, 0, strict=False)), limit).accepted:
            said.append(_line(result, OPEN, "not computed again: a weight is no float, perhaps where a decision leaves it out"))
            continue
        more = f" and {len(parts) - 1} more" if len(parts) > 1 else ""
        text = f"{result.outcome} again: {parts[0].name}{more}, {CLOSED}" if agrees else "DISAGREES: Rocq computes something else: a bug"
        said.append(_line(result, HOLDS if agrees else FAILS, text))
    return said


def _theorems(result: "Result", number: int, strict: bool = True) -> "Sequence[Enumerated]":
    """The theorems that say what was decided; RocqError where nothing was, or it is not translated."""
    from fpproof.judges.verdict import Outcome
    from fpproof.rocq import RocqError
    from fpproof.rocq.lemmas import replays
    from fpproof.runs.task import claims_of, lemma_of

    if result.outcome not in (Outcome.PROVED, Outcome.REFUTED, Outcome.CONDITIONAL):
        raise RocqError(f"it is {result.outcome}")
    claims = claims_of(result.task.path, lemma_of(result.task), result.task.format)
    return replays(claims, result.outcome is not Outcome.REFUTED, number, strict)


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
