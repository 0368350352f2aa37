"""The judge: a claim fails nowhere if the laws of rounding do not allow it."""

from dataclasses import dataclass

from fpproof.judges.laws.forms import TooLarge
from fpproof.judges.laws.numbers import Numbers
from fpproof.judges.laws.space import Beyond
from fpproof.judges.laws.steps import Said, Steps, impossible
from fpproof.judges.sampling import SamplingJudge
from fpproof.judges.verdict import Budget, Estimate, Outcome, Progress, Verdict, silent
from fpproof.theory import Claim, Op, Term, ordered
from fpproof.theory.networks import expanded

CONTROL = 1000
"""Inputs at which a claim is evaluated."""
MOST_RESOURCE = 60_000_000
"""Of z3's rlimit, for one conclusion, unless the budget is lower."""
AT_ONCE = 10_000_000
"""Of this, what is spent before steps are taken."""
FEW_ROUNDINGS = 8
"""Claims with more are not tried without steps, where the budget allows any."""


@dataclass(frozen=True)
class LawsJudge:
    """See the module; refutes only by its control."""

    name: str = "laws"
    version: int = 2

    def estimate(self, claim: Claim, budget: Budget) -> Estimate:
        """Whether the claim can be translated; what z3 needs is unknown."""
        return Estimate(cannot=_beyond(expanded(claim)))

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        written = expanded(claim)
        if why := _beyond(written):
            return Verdict(Outcome.OPEN, self.name, claim.scope, reason=why)
        control = SamplingJudge(CONTROL, self.name).decide(claim, Budget(CONTROL, seed=budget.seed))
        if control.outcome is not Outcome.SUPPORTED:
            return control
        limit = min(budget.resource, MOST_RESOURCE)
        steps = Steps(written, budget.seed)
        for i, conclusion in enumerate(written.conclusions):
            if not steps.noted(_at_once(written, conclusion, limit)) and not (limit > AT_ONCE and steps.follows(i, limit)):
                return Verdict(Outcome.OPEN, self.name, claim.scope, reason="does not follow from the laws of rounding, as far as z3 sees")
        evidence: dict[str, str | int | bool | None] = {"laws": ", ".join(steps.laws), "control": control.met, "rlimit": steps.spent}
        if steps.taken:
            evidence["exact roundings"] = len(steps.exact)
        return Verdict(Outcome.PROVED, self.name, claim.scope, evidence=evidence)


def _at_once(claim: Claim, conclusion: Term, limit: int) -> Said:
    """Whether a conclusion follows without steps; not asked where there are many roundings."""
    roundings = sum(t.op is Op.ROUND for t in ordered((*claim.assumptions, conclusion)))
    return (False, [], 0) if roundings > FEW_ROUNDINGS and limit > AT_ONCE else impossible(claim, conclusion, min(limit, AT_ONCE))


def _beyond(claim: Claim) -> str:
    """Why the laws do not speak of a claim, if they do not."""
    numbers = Numbers(claim)
    try:
        for assumption in claim.assumptions:
            numbers.condition(assumption)
        if numbers.obligations:
            raise Beyond("a weight among the assumptions, which may be no float,")
        for conclusion in claim.conclusions:
            numbers.condition(conclusion)
    except (Beyond, TooLarge) as why:
        return f"{why} is nothing that the laws of rounding speak of"
    return ""
