"""Results as JSON: one object a lemma and format."""

from typing import Any

from fpproof.judges.verdict import Outcome
from fpproof.report.lines import replay_command, shown_values
from fpproof.runs.task import Result


def facts(result: Result) -> dict[str, Any]:
    """What there is to say about a result; numbers of a counterexample are exact texts, floats in hex."""
    record = result.record
    refuted = result.outcome is Outcome.REFUTED and record is not None and record.at is not None
    assert record is None or not refuted or record.at is not None
    return {
        "lemma": result.task.lemma,
        "file": result.task.path,
        "format": result.task.format,
        "verdict": result.outcome.value,
        "expected": result.lemma.expect,
        "standing": result.standing.value,
        "judge": result.judge or None,
        "scope": result.scope or result.task.format,
        "cases": 0 if record is None else record.cases,
        "met": None if record is None else record.met,
        "seconds": 0.0 if record is None else record.seconds,
        "counterexample": dict(record.at) if refuted and record is not None and record.at is not None else None,
        "counterexample_shown": shown_values(result) if refuted else None,
        "replay": replay_command(result) if refuted else None,
        "reason": result.reason or None,
        "rests_on": list(result.rests_on),
        "rests_on_imported": list(result.borrowed),
        "evidence": {} if record is None else dict(record.evidence),
        "undecided": list(result.undecided),
        "stored": result.stored,
        "imported": result.imported,
        "key": None if record is None else record.key,
    }
