"""The judge of claims that certificates are right: every claim of the file evaluated by the package's own evaluators.

A claim that fails is replayed by the exact evaluator before anyone sees it. Its point stands in the reason: the statement has no variables.
"""

from dataclasses import dataclass

from fpproof.formats.text import both
from fpproof.judges.referee import replay
from fpproof.judges.verdict import Budget, Estimate, Outcome, Progress, Verdict, silent
from fpproof.theory import Claim, Op
from fpproof.theory.certified import CertificateFile, report


@dataclass(frozen=True)
class CertificateJudge:
    """Decides claims that say `certified(...)` of files and nothing else."""

    name: str = "certificate"
    version: int = 1

    def estimate(self, claim: Claim, budget: Budget) -> Estimate:
        """The points that are listed; what is claimed elsewhere is bounded by the file format."""
        if claim.variables or claim.assumptions or any(c.op is not Op.CERTIFIED for c in claim.conclusions):
            return Estimate(cannot="the lemma says more than that certificates are right")
        return Estimate(sum(len(file.certificate.points) for file in _files(claim)))

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        estimate = self.estimate(claim, budget)
        if estimate.cases is None:
            return Verdict(Outcome.OPEN, self.name, claim.scope, reason=estimate.cannot)
        if estimate.cases > budget.cases:
            return Verdict(Outcome.OPEN, self.name, claim.scope, reason=f"{estimate.cases} points, the budget is {budget.cases}: a larger budget")
        cases, evidence = 0, dict[str, "str | int | bool | None"]()
        for file in _files(claim):
            found = report(file)
            cases += found.listed + found.elsewhere
            progress(found.listed + found.elsewhere)
            evidence[file.name] = _said(file)
            if found.failure is not None:
                counterexample = replay(claim, {})
                evidence[file.name] = reason = failing(file)
                return Verdict(Outcome.REFUTED, self.name, claim.scope, cases, cases, counterexample, reason, evidence=evidence)
        return Verdict(Outcome.PROVED, self.name, claim.scope, cases, cases, evidence=evidence)


def _files(claim: Claim) -> list[CertificateFile]:
    return list(dict.fromkeys(c.data for c in claim.conclusions))


def _said(file: CertificateFile) -> str:
    """What was shown of the network, and what nobody claims."""
    found = report(file)
    elsewhere = f"{found.elsewhere} points elsewhere: {found.elsewhere_scope}" if found.elsewhere else "elsewhere nothing is claimed"
    return f"{found.listed} points listed in {file.format.name}, {found.semantics}; {elsewhere}; {file.digest[:23]}"


def failing(file: CertificateFile) -> str:
    """The point at which a claim of the file is not so."""
    failure = report(file).failure
    assert failure is not None, "it was refuted"
    where = "elsewhere" if failure.listed is None else f"point {failure.listed}"
    x, upstream = (", ".join(both(file.format, v) for v in vector) for vector in (failure.x, failure.upstream))
    return f"{file.name}, {where}: x = {x}, upstream = {upstream}: {failure.what}: expected {failure.expected}, found {failure.found}"
