"""Deciding a claim by its parts."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from fpproof.formats import Mode
from fpproof.judges.cells import Interval, Pieces
from fpproof.judges.gaps.parts import Part, parts
from fpproof.judges.plan import combined
from fpproof.judges.referee import Finding, replay
from fpproof.judges.verdict import Outcome, Verdict
from fpproof.theory import Claim, Op, Term
from fpproof.theory.numbers import ZERO, Number, add, fl

UNTOLD = "a Real has an infinite factor, or exponents without end: the ends of a gap do not tell, and nothing is seen to fail there"


def by_gaps(claim: Claim, decide: Callable[[Claim], Verdict]) -> Verdict:
    """The verdict on a claim with one real variable, of a judge that decides claims with none; raises NotReducible.

    What fails in a part is looked for along its gap, and replayed; if it is not there, the claim is open.
    """
    verdicts: list[Verdict] = []
    for part in parts(claim):
        verdict = decide(part.claim)
        if verdict.counterexample is not None:
            values = _failing(claim, part, verdict.counterexample.values)
            if values is None:
                return replace(verdict, outcome=Outcome.OPEN, counterexample=None, reason=UNTOLD)
            return replace(verdict, counterexample=replay(claim, values), scope=claim.scope)
        verdicts.append(verdict)
    return combined(verdicts)


def _failing(claim: Claim, part: Part, values: Mapping[Term, Number | bool]) -> dict[Term, Number | bool] | None:
    """An input of the claim that fails, on the piece of the real line that the part's input stands for."""
    others = {v: values[v] for v in claim.variables if v is not part.real}
    for finding, piece, _ in Pieces(claim, part.real).findings(others, _piece(part, values)):
        if finding is Finding.FAILS:
            point = piece.sample if isinstance(piece, Interval) else piece
            return {v: point if v is part.real else values[v] for v in claim.variables}
    return None


def _piece(part: Part, values: Mapping[Term, Number | bool]) -> Any:
    """A breakpoint, a gap or a ray."""
    if part.middle.op is Op.CONSTANT:
        last = part.middle.data / 2
        return Interval(last, None) if last > 0 else Interval(None, last)
    middle: Any = values[part.middle]
    low, high = (add(fl(middle, part.breakpoints, mode), ZERO) for mode in (Mode.DOWN, Mode.UP))
    return middle if low == high else Interval(low, high)
