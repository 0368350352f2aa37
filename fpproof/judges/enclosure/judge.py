"""The judge: inequalities between real terms on boxes."""

from dataclasses import dataclass

from fpproof.judges.enclosure.boxes import Box
from fpproof.judges.enclosure.evaluate import unsupported
from fpproof.judges.enclosure.search import Search
from fpproof.judges.referee import replay
from fpproof.judges.verdict import Budget, Estimate, Evidence, Outcome, Progress, Verdict, silent
from fpproof.theory import Claim


@dataclass(frozen=True)
class EnclosureJudge:
    """See the module; `cases` of a verdict count boxes."""

    name: str = "enclosure"
    version: int = 1

    def estimate(self, claim: Claim, budget: Budget) -> Estimate:
        """Nobody knows how many boxes there will be; the budget ends the search."""
        what = unsupported((*claim.variables, *claim.assumptions, *claim.conclusions))
        return Estimate(cannot=f"{what} is not enclosed" if what else "")

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        estimate = self.estimate(claim, budget)
        if estimate.cannot:
            return Verdict(Outcome.OPEN, self.name, claim.scope, reason=estimate.cannot)
        search = Search(claim, budget)
        search.run(progress)
        evidence: Evidence = {"boxes": search.cases, "bits": search.bits}
        if search.counterexample is not None:
            found = replay(claim, search.counterexample)
            return Verdict(Outcome.REFUTED, self.name, claim.scope, search.cases, counterexample=found, evidence=evidence)
        if search.left:
            return Verdict(Outcome.OPEN, self.name, claim.scope, search.cases, reason=_why(claim, search), evidence=evidence)
        if not search.met:
            search.find_input()
        if search.met:
            return Verdict(Outcome.PROVED, self.name, claim.scope, search.cases, evidence=evidence)
        return self._without_inputs(claim, budget, search, evidence)

    def _without_inputs(self, claim: Claim, budget: Budget, search: Search, evidence: Evidence) -> Verdict:
        """Vacuous if the assumptions fail everywhere: the claim with the conclusion False holds."""
        from dataclasses import replace

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
