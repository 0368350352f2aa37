"""The judge of statements that there is a network: exists over the weights of a `@network`, decided by `fpproof.search`.

    show(exists(Float, lambda a, b, c: value(net(a, b, c), 1) == 5/4 and gradient(net(a, b, c), 1, 1) == -3))

or that there is none, show(not exists(...)). What is asked must be conditions on values and components of gradients at given points, and on single
weights; then it is a spec of docs/search.md. A network that is found was evaluated exactly; that there is none is as good as the evidence says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fpproof.errors import FpproofError
from fpproof.formats.text import hexadecimal
from fpproof.judges.verdict import NOT_STORED, Budget, Counterexample, Estimate, Evidence, Outcome, Progress, Verdict, silent
from fpproof.judges.wishes import Question, Untranslated, question_of
from fpproof.search import Answer, Limits, Proofs, search
from fpproof.search import Outcome as Found
from fpproof.search.objective import weights_of
from fpproof.theory import Claim, Op, Term

MOST_WEIGHTS = 100
"""Weights that are written into the evidence."""


@dataclass(frozen=True)
class ExistenceJudge:
    """Decides claims without variables, each of whose conclusions says of some weights that they exist, or that none do."""

    name: str = "search"
    version: int = 1

    def estimate(self, claim: Claim, budget: Budget) -> Estimate:
        """Whether all conclusions are questions that the search knows."""
        try:
            list(_questions(claim))
        except Untranslated as error:
            return Estimate(cannot=str(error))
        return Estimate()

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        try:
            questions = list(_questions(claim))
        except Untranslated as error:
            return Verdict(Outcome.OPEN, self.name, claim.scope, reason=str(error))
        evidence: dict[str, str | int | bool | None] = {}
        reason = ""
        for number, (question, wanted) in enumerate(questions):
            try:
                answer = search(question.spec, Limits().scaled(budget.resource), proofs=Proofs())
            except FpproofError as error:
                return Verdict(Outcome.OPEN, self.name, claim.scope, reason=str(error))
            prefix = "" if len(questions) == 1 else f"{number + 1}: "
            evidence |= {prefix + key: value for key, value in _said(question, answer).items()}
            reason = reason or _open(question, answer)
            known = answer.outcome is Found.FOUND or (answer.outcome is Found.IMPOSSIBLE and not question.partial)
            if known and (answer.outcome is Found.FOUND) != wanted:
                # There is no input to replay: a network that was found is evaluated by the search, and why there is none stands in the evidence.
                return Verdict(Outcome.REFUTED, self.name, claim.scope, 1, 1, Counterexample({}, number), answer.reason, evidence=evidence)
        if reason:
            return Verdict(Outcome.OPEN, self.name, claim.scope, reason=reason, evidence=evidence | {NOT_STORED: True})
        return Verdict(Outcome.PROVED, self.name, claim.scope, len(questions), len(questions), evidence=evidence)


def _questions(claim: Claim) -> Iterator[tuple[Question, bool]]:
    """For each conclusion, what is asked, and whether the claim says that there is such a network; raises Untranslated."""
    if claim.variables or claim.assumptions:
        raise Untranslated("the statement has variables or assumptions beside the weights that exist")
    for conclusion in claim.conclusions:
        wanted, inner = (True, conclusion) if conclusion.op is not Op.NOT else (False, conclusion.args[0])
        yield question_of(_variables(inner), _body(inner)), wanted


def _variables(term: Term) -> Sequence[Term]:
    found = []
    while term.op is Op.EXISTS:
        found.append(term.args[0])
        term = term.args[1]
    return found


def _body(term: Term) -> Term:
    while term.op is Op.EXISTS:
        term = term.args[1]
    return term


def _open(question: Question, answer: Answer) -> str:
    """Why the answer is none; empty if it is one."""
    if answer.outcome is Found.OPEN:
        return answer.reason
    if answer.outcome is Found.IMPOSSIBLE and question.partial:
        return f"there is no such network whose values and gradients are finite: say {question.partial} too"
    return ""


def _said(question: Question, answer: Answer) -> Evidence:
    """What stands behind an answer, and the weights of a network that was found."""
    said: dict[str, str | int | bool | None] = {"by": answer.by, **dict(answer.evidence)}
    if answer.proof:
        said["proof"] = answer.proof
    if answer.certificate is not None:
        weights = weights_of(replace(question.spec, objective=None), answer)
        if len(weights) <= MOST_WEIGHTS:
            said |= {str(place): hexadecimal(w) for place, w in weights.items()}
    return said
