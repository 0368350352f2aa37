"""Records for tests."""

from typing import Any

from fpproof.judges import Budget, Outcome
from fpproof.ledger import Record, Subject

SUBJECT = Subject("a" * 64, (("F", "(p=1,emin=0,emax=2,specials=none,overflow=saturate)"),), "small", "theories/small.py", "E2M1")


def record(**changes: Any) -> Record:
    fields: dict[str, Any] = {
        "subject": SUBJECT,
        "judge": "exact",
        "version": 1,
        "budget": Budget(),
        "outcome": Outcome.PROVED,
        "scope": "E2M1",
        "cases": 16,
        "met": 12,
        "evidence": {"seed": 3, "solver": "none", "complete": True, "nothing": None},
        "seconds": 0.25,
    }
    return Record(**(fields | changes))


REFUTED = record(outcome=Outcome.REFUTED, at={"x": "0x1p-1", "m": "up"}, conclusion=0)
