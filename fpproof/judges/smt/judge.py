"""The judge that asks SMT solvers; see docs/smt.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fpproof.encodings import Answer, EncodingError
from fpproof.encodings.solving import save
from fpproof.encodings.terms import Term as Bits
from fpproof.judges.gaps import NotReducible, by_gaps
from fpproof.judges.referee import Finding, Referee, replay
from fpproof.judges.smt.asking import Asker
from fpproof.judges.smt.floating import Script
from fpproof.judges.smt.kinds import Kinds
from fpproof.judges.smt.leaves import integer_bounds
from fpproof.judges.smt.question import Question, question
from fpproof.judges.smt.reals import stand_ins
from fpproof.judges.smt.witnesses import by_witnesses
from fpproof.judges.verdict import Budget, Counterexample, Disagreement, Estimate, Outcome, Progress, Verdict, silent
from fpproof.theory import Claim, Domain, Op, Term, Type, ordered
from fpproof.theory.numbers import Number

LONGEST_SEARCH = 1 << 12
"""Values of a variable that the referee is let search for one that exists."""


@dataclass(frozen=True)
class SmtJudge:
    """Decides claims of any format. `solvers` are those that are asked, all that are installed if none is named."""

    name: str = "smt"
    version: int = 1
    solvers: tuple[str, ...] = ()

    def estimate(self, claim: Claim, budget: Budget) -> Estimate:
        """Whether the claim's variables and operations have an encoding; what solvers need is unknown."""
        try:
            kinds = Kinds()
            stand_ins(claim)
            for variable in claim.variables:
                if variable.variable.domain is Domain.INT:
                    integer_bounds(claim, variable)
            for term in ordered((*claim.assumptions, *claim.conclusions)):
                if term.type in (Type.NUMBER, Type.INT):
                    kinds.of(term)
        except EncodingError as error:
            return Estimate(cannot=_text(error))
        return Estimate()

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        try:
            return self._by_gaps(claim, budget) or self._by_witnesses(claim, budget) or self._plain(claim, budget)
        except EncodingError as error:
            return Verdict(Outcome.OPEN, self.name, claim.scope, reason=_text(error))

    def _plain(self, claim: Claim, budget: Budget) -> Verdict:
        return _Run(self, claim, question(claim), budget).verdict()

    def _by_witnesses(self, claim: Claim, budget: Budget) -> Verdict | None:
        return by_witnesses(Asker(self.solvers), self.name, claim, budget, lambda part: self._plain(part, budget))

    def _by_gaps(self, claim: Claim, budget: Budget) -> Verdict | None:
        """A claim that does more with one Real than to round and compare it; None if it does not, or if gaps do not help."""
        if not stand_ins(claim).partial:
            return None
        try:
            return by_gaps(claim, lambda part: self.decide(part, budget))
        except NotReducible:
            return None


def _text(error: EncodingError) -> str:
    return f"{error.message}: {error.hint}" if error.hint else error.message


class _Run:
    """One claim's queries, and what their answers come to."""

    def __init__(self, judge: SmtJudge, claim: Claim, asked: Question, budget: Budget) -> None:
        self.judge, self.claim, self.question = judge, claim, asked
        self.resource = budget.resource
        self.asker = Asker(judge.solvers)

    def verdict(self) -> Verdict:
        """Refuted by the first query that has a model; proved if none has and an input meets the assumptions."""
        unknown = ""
        for index, failure in enumerate(self.question.failures):
            answer = self._ask(failure, None if self.question.floats is None else self.question.floats.failures[index])
            if answer.status == "sat":
                return self._failing(self.question.values(answer.model))
            if answer.status == "unknown":
                unknown = unknown or f"no solver decides within the budget ({answer.reason}): a larger --budget resource=N, or another judge"
        if unknown:
            return self._verdict(Outcome.OPEN, unknown)
        if self.question.partial:
            return self._verdict(Outcome.OPEN, f"{self.question.partial}; nothing fails at the floats of a wider format: another judge")
        return self._held()

    def _ask(self, assertions: Sequence[Bits], floats: Script | None) -> Answer:
        return self.asker.ask(assertions, floats, self.resource)

    def _held(self) -> Verdict:
        """Nothing fails: proved, or vacuous."""
        if not self.claim.assumptions and self.claim.variables:
            return self._verdict(Outcome.PROVED)
        answer = self._ask(self.question.assumptions, None if self.question.floats is None else self.question.floats.assumptions)
        if answer.status == "unsat":
            return self._verdict(Outcome.VACUOUS)
        if answer.status == "unknown":
            return self._verdict(Outcome.OPEN, f"nothing fails, but whether an input meets the assumptions is unknown ({answer.reason})")
        values = self.question.values(answer.model)
        finding = self._finding(values)[0]
        if finding in (Finding.HOLDS, Finding.UNKNOWN):
            return self._verdict(Outcome.PROVED)
        if self.question.approximate and finding is Finding.UNMET:
            return self._verdict(Outcome.OPEN, "nothing fails, but whether an input meets the assumptions is unknown: it rests on a witness")
        raise self._disagreement(finding, "an input that meets the assumptions")

    def _failing(self, values: Mapping[Term, Number | bool]) -> Verdict:
        """A model: replayed by the referee, who also says where the statement itself is wrong."""
        finding, why = self._finding(values)
        if finding is Finding.FAILS:
            return self._verdict(Outcome.REFUTED, counterexample=replay(self.claim, values))
        if finding is Finding.UNKNOWN:
            return self._verdict(Outcome.OPEN, f"an input fails in the encoding, but the referee needs {why}")
        if self.question.approximate:
            return self._verdict(
                Outcome.OPEN, "a witness= of the statement does not serve everywhere, and no solver is asked for all values: another witness"
            )
        raise self._disagreement(finding, "a counterexample")

    def _finding(self, values: Mapping[Term, Number | bool]) -> tuple[Finding, str]:
        """What the referee says of an input, and what it needs if that is unknown; raises TheoryError if the statement is wrong there."""
        searched = [t for t in ordered((*self.claim.assumptions, *self.claim.conclusions)) if t.op is Op.EXISTS]
        if any(t.args[0].args and t.args[0].args[0].data.finite_count > LONGEST_SEARCH for t in searched):
            return Finding.UNKNOWN, "a search through all values of a format"
        referee = Referee(self.claim)
        return referee.at(values), referee.reason

    def _disagreement(self, finding: Finding, what: str) -> Disagreement:
        name = f"lemma {self.claim.lemma.name} in {self.claim.scope}"
        return Disagreement(
            f"{name}: {self.asker.answers[-1].solver} gives {what}, at which the referee says: {finding.value}; the query is {self._saved()}"
        )

    def _saved(self) -> str:
        return str(save(self.asker.answers[-1].text))

    def _verdict(self, outcome: Outcome, reason: str = "", counterexample: Counterexample | None = None) -> Verdict:
        return Verdict(outcome, self.judge.name, self.claim.scope, 0, None, counterexample, reason, evidence=self.asker.evidence())
