"""Claims that for all a there is a b: decided by witnesses that counterexamples ask for.

One query looks for an input at which none of the witnesses found so far serves. If there is none, the claim is proved. If there is one, the next
looks for a b there. If there is none, the input is a counterexample, confirmed by trying every b, or by a checked refutation; else that b is a new
witness, as a function of the input that gives it if one is at hand (`templates`). Both queries are of claims without quantifiers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from fpproof.encodings.solving import save
from fpproof.judges.referee import Finding, Referee, shrunk
from fpproof.judges.smt.asking import Asker
from fpproof.judges.smt.confirming import nothing_serves
from fpproof.judges.smt.functions import Functions, Values, Witness
from fpproof.judges.smt.prenex import Alternation, alternation
from fpproof.judges.smt.question import question
from fpproof.judges.verdict import Budget, Counterexample, Disagreement, Evidence, Outcome, Verdict
from fpproof.theory import Claim, Op, Term
from fpproof.theory.networks import expanded

MOST_ROUNDS = 256
"""Inputs at which no witness served, one after the other."""
MOST_SHRINKINGS = 64
"""Queries that may be made to simplify a counterexample."""
LARGEST_POOL = 60_000
"""Terms of a claim with its witnesses."""
_SHOWN = 3
"""Witnesses that the evidence has in words."""


def by_witnesses(asker: Asker, name: str, claim: Claim, budget: Budget, plain: Callable[[Claim], Verdict]) -> Verdict | None:
    """The verdict on a claim in which something must exist; None if nothing must, or if its quantifiers cannot be moved to the front.

    `plain` decides claims in which nothing must. Raises EncodingError, as of all claims, for what has no encoding.
    """
    written = expanded(claim)
    parts = [alternation(written, conclusion) for conclusion in written.conclusions]
    if not any(parts):
        return None
    evidence: dict[str, str | int | bool | None] = {}
    reason = ""
    for number, (part, conclusion) in enumerate(zip(parts, written.conclusions, strict=True)):
        found = _plain(plain(replace(written, conclusions=(conclusion,)))) if part is None else _Loop(part, asker, budget.resource).found()
        evidence |= found.evidence
        if found.outcome is Outcome.REFUTED:
            counterexample = Counterexample({v: found.values[v] for v in claim.variables}, number)
            return Verdict(Outcome.REFUTED, name, claim.scope, 0, None, counterexample, found.reason, evidence=asker.evidence() | evidence)
        if found.outcome is Outcome.VACUOUS:
            return Verdict(Outcome.VACUOUS, name, claim.scope, evidence=asker.evidence() | evidence)
        if found.outcome is Outcome.OPEN:
            reason = reason or found.reason
    outcome = Outcome.OPEN if reason else Outcome.PROVED
    return Verdict(outcome, name, claim.scope, reason=reason, evidence=asker.evidence() | evidence)


@dataclass(frozen=True)
class _Found:
    """What is known of one conclusion: of a refuted one at which input, and what shows that."""

    outcome: Outcome
    reason: str = ""
    values: Values = field(default_factory=dict)
    evidence: Evidence = field(default_factory=dict)


def _plain(verdict: Verdict) -> _Found:
    return _Found(verdict.outcome, verdict.reason, verdict.counterexample.values if verdict.counterexample else {})


class _Loop:
    """One alternation, with the witnesses found so far and what is left of the resource."""

    def __init__(self, asked: Alternation, asker: Asker, resource: int) -> None:
        self.asked, self.asker, self.left = asked, asker, resource
        self.pool = asked.claim.pool
        self.functions = Functions(asked)
        self.witnesses: list[Witness] = []
        self.rounds = 0
        self.shrinkings = 0

    def found(self) -> _Found:
        """Rounds until the claim is decided, or the budget is spent."""
        if (given := self.functions.given()) is not None:
            self.witnesses.append(given)
        for self.rounds in range(MOST_ROUNDS):
            if self.left <= 0 or len(self.pool) > LARGEST_POOL:
                break
            probe = self._probe()
            status, values = self._ask(probe)
            if status == "unsat":
                return self._held()
            if status == "partial":
                return self._open("they serve at the floats of a wider format that stand for the Real: another judge")
            if status == "unknown":
                return self._open("no solver decides within the budget whether they serve everywhere: a larger --budget resource=N")
            referee = Referee(probe)
            finding = referee.at(values)
            if finding is Finding.UNKNOWN:
                return self._open(f"they do not serve at one input in the encoding, where the referee needs {referee.reason}")
            self._agree(finding, "an input at which no witness serves")
            serves = self._served(values)
            if serves is False:
                return self._refuted(values)
            if serves is None:
                return self._open("no solver decides within the budget whether anything serves at one input: a larger --budget resource=N")
        return self._open("there is always another input at which they do not serve: a larger --budget resource=N, or another witness=")

    # Queries

    def _probe(self) -> Claim:
        """That some witness serves at all inputs."""
        serves = [w.serves for w in self.witnesses]
        conclusion = serves[0] if len(serves) == 1 else self.pool.make(Op.OR, *serves) if serves else self.pool.truth(False)
        return replace(self.asked.claim, variables=self.asked.outer, assumptions=self.asked.assumptions, conclusions=(conclusion,))

    def _ask(self, claim: Claim) -> tuple[str, Values]:
        """Whether a claim fails: "sat" with an input, "unsat", "unknown", or "partial" where only some inputs were asked about."""
        asked = question(claim)
        status = "partial" if asked.partial else "unsat"
        for index, failure in enumerate(asked.failures):
            floats = None if asked.floats is None else asked.floats.failures[index]
            answer, cost = self.asker.ask_in_turn(failure, floats, max(1, self.left))
            self.left -= cost
            if answer.status == "sat":
                return "sat", asked.values(answer.model)
            if answer.status == "unknown":
                status = "unknown"
        return status, {}

    def _served(self, values: Values) -> bool | None:
        """Whether anything serves at an input, and then a new witness; None if no solver knows."""
        new = self.functions.at(values)
        if new is None:
            instance = self.functions.instance(values)
            status, chosen = self._ask(instance)
            if status == "unsat":
                return False
            if status != "sat":
                return None
            self._agree(Referee(instance).at(chosen), "a value that serves")
            new = self.functions.through(values, chosen)
        self.witnesses.append(new)
        return True

    # Outcomes

    def _held(self) -> _Found:
        """The witnesses serve everywhere: proved, or vacuous."""
        if not self.asked.claim.assumptions or (self.rounds and self.asked.assumes_all):
            return self._said(Outcome.PROVED)
        unmet = replace(self.asked.claim, assumptions=(), conclusions=(self.pool.make(Op.NOT, self._assumed()),))
        inner = alternation(unmet, unmet.conclusions[0])
        if inner is None:
            status, values = self._ask(unmet)
            outcome = {"sat": Outcome.REFUTED, "unsat": Outcome.PROVED}.get(status, Outcome.OPEN)
            if outcome is Outcome.REFUTED and Referee(unmet).at(values) not in (Finding.FAILS, Finding.UNKNOWN):
                raise self._disagreement("an input that meets the assumptions, which the referee says it does not")
        else:
            outcome = _Loop(inner, self.asker, self.left).found().outcome
        if outcome is Outcome.OPEN:
            return self._open("and they serve everywhere, but whether an input meets the assumptions is unknown")
        return self._said(Outcome.PROVED if outcome is Outcome.REFUTED else Outcome.VACUOUS)

    def _assumed(self) -> Term:
        assumptions = self.asked.claim.assumptions
        return assumptions[0] if len(assumptions) == 1 else self.pool.make(Op.AND, *assumptions)

    def _refuted(self, values: Values) -> _Found:
        """An input at which nothing serves, made simpler, and confirmed without a solver where that can be done."""
        simple = shrunk(lambda at: self.at(at) is Finding.FAILS, values)
        confirmed = nothing_serves(self.functions.instance(simple))
        if confirmed.contradicted:
            raise self._disagreement("no value that serves at an input, where the referee finds one")
        said = self._said(Outcome.REFUTED, confirmed.reason)
        return replace(said, values=simple, evidence={**said.evidence, **confirmed.evidence})

    def at(self, values: Values) -> Finding:
        """What the claim says at an input, for `shrunk`: by the witnesses, then by a query; unknown after too many of these."""
        if not self.functions.assumed(values):
            return Finding.UNMET
        if any(self.functions.serves(w, values) for w in self.witnesses):
            return Finding.HOLDS
        if self.shrinkings >= MOST_SHRINKINGS or self.left <= 0:
            return Finding.UNKNOWN
        self.shrinkings += 1
        return {True: Finding.HOLDS, False: Finding.FAILS, None: Finding.UNKNOWN}[self._served(values)]

    def _open(self, why: str) -> _Found:
        return self._said(Outcome.OPEN, f"{len(self.witnesses)} witnesses were found; {why}")

    def _said(self, outcome: Outcome, reason: str = "") -> _Found:
        """With how many rounds it took, and the first witnesses in words."""
        shown = "; ".join(self.functions.text(w) for w in self.witnesses[:_SHOWN])
        more = "; ..." if len(self.witnesses) > _SHOWN else ""
        return _Found(outcome, reason, evidence={"rounds": self.rounds + 1, "witnesses": len(self.witnesses), "served by": shown + more or None})

    def _agree(self, finding: Finding, what: str) -> None:
        if finding is not Finding.FAILS:
            raise self._disagreement(f"{what}, where the referee says: {finding.value}")

    def _disagreement(self, what: str) -> Disagreement:
        claim = self.asked.claim
        query = save(self.asker.answers[-1].text)
        return Disagreement(f"lemma {claim.lemma.name} in {claim.scope}: {self.asker.answers[-1].solver} gives {what}; the query is {query}")
