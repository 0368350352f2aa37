"""The judge: inequalities between real terms on boxes."""

from dataclasses import dataclass, replace

from fpproof.judges.algebra import AlgebraJudge
from fpproof.judges.enclosure.evaluate import unsupported
from fpproof.judges.enclosure.search import Search
from fpproof.judges.reals.boxes import Box
from fpproof.judges.reals.functions import written_out
from fpproof.judges.referee import replay
from fpproof.judges.verdict import Budget, Estimate, Evidence, Outcome, Progress, Verdict, silent
from fpproof.theory import Claim, Op, Term, show

MOST_FOR_EQUATIONS = 200
"""Boxes that are looked at for an equation that algebra does not prove."""
RESOURCE_OF_ALGEBRA = 2_000_000
"""Of z3's rlimit, for each of several conclusions."""


@dataclass(frozen=True)
class EnclosureJudge:
    """See the module; `cases` of a verdict count boxes."""

    name: str = "enclosure"
    version: int = 2

    def estimate(self, claim: Claim, budget: Budget) -> Estimate:
        """Nobody knows how many boxes there will be; the budget ends the search."""
        claim = written_out(claim)
        what = unsupported((*claim.variables, *claim.assumptions, *claim.conclusions))
        return Estimate(cannot=f"{what} is not enclosed" if what else "")

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        estimate = self.estimate(claim, budget)
        if estimate.cannot:
            return Verdict(Outcome.OPEN, self.name, claim.scope, reason=estimate.cannot)
        rest, by_algebra = self._left_by_algebra(claim, budget)
        equations = any(c.op is Op.EQUAL for c in rest)
        search = Search(replace(claim, conclusions=rest), replace(budget, cases=min(budget.cases, MOST_FOR_EQUATIONS)) if equations else budget)
        search.run(progress)
        evidence: Evidence = {"boxes": search.cases, "bits": search.bits} | ({"by algebra": by_algebra} if by_algebra else {})
        if search.counterexample is not None:
            found = replay(claim, search.counterexample)
            return Verdict(Outcome.REFUTED, self.name, claim.scope, search.cases, counterexample=found, evidence=evidence)
        if search.left:
            reason = _why(claim, search) + ("; intervals seldom show equations" if equations else "")
            return Verdict(Outcome.OPEN, self.name, claim.scope, search.cases, reason=reason, evidence=evidence)
        if not search.met:
            search.find_input()
        if search.met:
            return Verdict(Outcome.PROVED, self.name, claim.scope, search.cases, evidence=evidence)
        return self._without_inputs(claim, budget, search, evidence)

    def _left_by_algebra(self, claim: Claim, budget: Budget) -> tuple[tuple[Term, ...], str]:
        """The conclusions that algebra does not prove, and a text about those that it does: equations, and others beside them."""
        if len(claim.conclusions) == 1 and claim.conclusions[0].op is not Op.EQUAL:
            return claim.conclusions, ""
        cheap = replace(budget, resource=min(budget.resource, RESOURCE_OF_ALGEBRA))
        answers = [AlgebraJudge().decide(replace(claim, conclusions=(c,)), cheap) for c in claim.conclusions]
        proved = [a.outcome is Outcome.PROVED for a in answers]
        ways = dict.fromkeys(str(a.evidence["by"]) for a, p in zip(answers, proved, strict=True) if p)
        shown = [show(c) for c, p in zip(claim.conclusions, proved, strict=True) if p]
        left = tuple(c for c, p in zip(claim.conclusions, proved, strict=True) if not p)
        return left, f"{'; '.join(shown)} ({'; '.join(ways)})" if shown else ""

    def _without_inputs(self, claim: Claim, budget: Budget, search: Search, evidence: Evidence) -> Verdict:
        """Vacuous if the assumptions fail everywhere: the claim with the conclusion False holds."""
        nothing = Search(replace(claim, conclusions=(claim.pool.truth(False),)), budget)
        nothing.run(silent)
        if nothing.counterexample is None and not nothing.left:
            return Verdict(Outcome.VACUOUS, self.name, claim.scope, search.cases, evidence=evidence)
        reason = "it holds on every box, but no input was found that meets the assumptions, nor that there is none"
        return Verdict(Outcome.OPEN, self.name, claim.scope, search.cases, reason=reason, evidence=evidence)


def _why(claim: Claim, search: Search) -> str:
    """The smallest box that is not decided."""
    smallest = min(search.left, key=_size)
    place = ", ".join(f"{v.variable.name} in {r}" for v, r in zip(claim.variables, smallest, strict=True))
    spent = f"{search.cases} boxes, {len(search.left)} of them not decided; the smallest: {place}"
    return f"{spent}; the exact evaluator: {search.unknown}" if search.unknown else spent


def _size(box: Box) -> tuple[int, object]:
    endless = sum(r.width is None for r in box)
    return endless, max((r.width for r in box if r.width is not None), default=0)
