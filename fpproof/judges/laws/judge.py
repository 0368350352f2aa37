"""The judge: a claim fails nowhere if the laws of rounding do not allow it."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from fpproof.errors import FpproofError
from fpproof.judges.laws.facts import Laws
from fpproof.judges.laws.forms import TooLarge
from fpproof.judges.laws.numbers import Beyond, Numbers
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
        try:
            _numbers(expanded(claim))
        except (Beyond, TooLarge, FpproofError) as why:
            return Estimate(cannot=f"{why} is nothing that laws of rounding speak of")
        return Estimate()

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        written = expanded(claim)
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


def _numbers(claim: Claim) -> tuple[Numbers, Any, Any]:
    numbers = Numbers(claim)
    return numbers, [numbers.condition(a) for a in claim.assumptions], [numbers.condition(c) for c in claim.conclusions]


def impossible(claim: Claim, conclusion: Term, resource: int) -> tuple[bool, list[str], int]:
    """Whether the laws exclude that the assumptions hold and a conclusion does not; those that z3 needed."""
    numbers = Numbers(claim)
    for variable in claim.variables:
        numbers.condition(variable) if variable.type == "condition" else numbers.value(variable)
    assumed = [numbers.condition(a) for a in claim.assumptions]
    if numbers.obligations:
        raise Beyond("a weight among the assumptions, which need be no float,")
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
