"""That nothing serves at an input, without a solver's word: every value is tried, or the query is refuted in clauses, by a proof that is checked."""

import hashlib
from dataclasses import dataclass, field

from fpproof.judges.exact import ExactJudge
from fpproof.judges.smt.question import question
from fpproof.judges.verdict import Budget, Evidence, Outcome
from fpproof.search.limits import Limits
from fpproof.search.proofs import NoProof, Refutation, refutation
from fpproof.theory import Claim

MOST_TRIED = 1 << 17
"""Values, or tuples of them, that are tried one by one."""


@dataclass(frozen=True)
class Confirmed:
    """What stands behind it; a `reason` where that is less than everything; whether a value serves after all."""

    evidence: Evidence = field(default_factory=dict)
    reason: str = ""
    contradicted: bool = False


def nothing_serves(instance: Claim) -> Confirmed:
    """What shows a claim whose assumptions say what serves, and whose conclusion is false."""
    exact = ExactJudge()
    estimate = exact.estimate(instance, Budget())
    if estimate.cases is not None and estimate.cases <= MOST_TRIED:
        verdict = exact.decide(instance, Budget(cases=MOST_TRIED))
        if verdict.outcome in (Outcome.VACUOUS, Outcome.PROVED):
            return Confirmed({"nothing serves": f"{verdict.cases} tried"})
        if verdict.outcome is Outcome.REFUTED:
            return Confirmed(contradicted=True)
    try:
        proofs = [refutation(failure, Limits()) for failure in question(instance).failures]
    except NoProof as reason:
        word = "that nothing serves there is a solver's word"
        return Confirmed({"nothing serves": "unsat, proof unchecked"}, f"{word}: {reason}")
    return Confirmed({"nothing serves": "unsat, proof checked", **_counts(proofs)})


def _counts(proofs: list[Refutation]) -> dict[str, str | int]:
    digest = hashlib.sha256("".join(p.cnf + p.proof for p in proofs).encode()).hexdigest()
    return {"clauses": sum(p.clauses for p in proofs), "proof steps": sum(p.steps for p in proofs), "sha256 of clauses and proofs": digest}
