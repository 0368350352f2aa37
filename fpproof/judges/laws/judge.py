"""The judge: a claim fails nowhere if the laws of rounding do not allow it."""

from dataclasses import dataclass
from typing import Any

from fpproof.judges.laws.facts import Laws
from fpproof.judges.laws.forms import TooLarge
from fpproof.judges.laws.numbers import Numbers
from fpproof.judges.laws.space import Beyond
from fpproof.judges.sampling import SamplingJudge
from fpproof.judges.verdict import Budget, Estimate, Outcome, Progress, Verdict, silent
from fpproof.theory import Claim, Term
from fpproof.theory.networks import expanded

CONTROL = 1000
"""Inputs at which a claim is evaluated."""
MOST_RESOURCE = 60_000_000
"""Of z3's rlimit, for one conclusion, unless the budget is lower."""


@dataclass(frozen=True)
class LawsJudge:
    """See the module; refutes only by its control."""

    name: str = "laws"
    version: int = 1

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
        used: dict[str, None] = {}
        spent = 0
        for conclusion in written.conclusions:
            found, laws, cost = impossible(written, conclusion, min(budget.resource, MOST_RESOURCE))
            spent += cost
            if not found:
                return Verdict(Outcome.OPEN, self.name, claim.scope, reason="does not follow from the laws of rounding, as far as z3 sees")
            used |= dict.fromkeys(laws)
        evidence: dict[str, str | int | bool | None] = {"laws": ", ".join(used), "control": control.met, "rlimit": spent}
        return Verdict(Outcome.PROVED, self.name, claim.scope, evidence=evidence)


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


def impossible(claim: Claim, conclusion: Term, resource: int) -> tuple[bool, list[str], int]:
    """Whether the laws exclude that the assumptions hold and a conclusion does not; those that z3 needed."""
    numbers = Numbers(claim)
    assumed = [numbers.condition(a) for a in claim.assumptions]
    holds = numbers.condition(conclusion)
    failing = numbers.opposite(numbers.all(holds, *numbers.obligations))
    z3 = numbers.z3
    solver = z3.SolverFor("QF_LIRA", ctx=numbers.context)
    solver.set("rlimit", resource)
    laws: dict[str, list[Any]] = {}
    for name, law in Laws(numbers).all():
        laws.setdefault(name, []).append(law)
    for name, instances in laws.items():
        solver.assert_and_track(z3.And(*instances), z3.Bool(name, ctx=numbers.context))
    solver.add(*numbers.definitions, *assumed, failing)
    answer = solver.check()
    statistics = solver.statistics()
    spent = next((int(statistics.get_key_value(key)) for key in statistics.keys() if key == "rlimit count"), 0)  # noqa: SIM118
    if answer != z3.unsat:
        return False, [str(answer)], spent
    return True, [str(name) for name in solver.unsat_core()], spent
