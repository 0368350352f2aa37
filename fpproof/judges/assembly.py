"""Lemmas concluded from other lemmas by a rule of inference.

A lemma of many variables is not decided by looking at its inputs, but from lemmas of few variables that it `uses`. A *rule* says which lemma follows
from which others, and why; the reasons stand in docs/representation.md, section "Rules". What a rule may conclude is pinned: it names the
statements of its conclusion and of its premises by their hashes, so that it concludes nothing once one of them says something else. The judge
looks at statements alone; whether the premises are proved in a format is looked up in the ledger, and a conclusion whose premises are
not is `conditional`.
"""

from dataclasses import dataclass, field
from hashlib import sha256

from fpproof.judges.rules import RULES, STATEMENTS, Rule
from fpproof.judges.sampling import SamplingJudge
from fpproof.judges.verdict import Budget, Estimate, Outcome, Progress, Verdict, silent
from fpproof.theory import Claim, Lemma

NAME = "assembly"
HASH_LENGTH = 16
"""Hexadecimal digits of a pinned statement."""
CONTROL = 300
"""Inputs at which a conclusion is evaluated."""


def pin(lemma: Lemma) -> str:
    """The digits that stand for what a lemma says: its terms, and which of them it requires, assumes and shows."""
    return sha256(lemma.fingerprint.encode()).hexdigest()[:HASH_LENGTH]


@dataclass(frozen=True)
class AssemblyJudge:
    """Concludes lemmas by the rules; spends nothing but the control."""

    name: str = NAME
    version: int = 2
    rules: tuple[Rule, ...] = field(default=RULES, compare=False)
    statements: dict[str, str] = field(default_factory=lambda: STATEMENTS, compare=False)

    def estimate(self, claim: Claim, budget: Budget) -> Estimate:
        found = self._rule(claim.lemma)
        return Estimate(cannot=found) if isinstance(found, str) else Estimate(0)

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        rule = self._rule(claim.lemma)
        if isinstance(rule, str):
            return Verdict(Outcome.OPEN, self.name, claim.scope, reason=rule)
        control = SamplingJudge(CONTROL, self.name).decide(claim, Budget(CONTROL, seed=budget.seed))
        if control.outcome is Outcome.REFUTED:
            return control
        evidence: dict[str, str | int | bool | None] = {"rule": rule.name, "premises": ", ".join(rule.premises), "control": control.met}
        if rule.says:
            evidence["theorem"] = rule.says
        return Verdict(Outcome.PROVED, self.name, claim.scope, evidence=evidence)

    def concludes(self, lemma: Lemma) -> bool:
        """Whether a rule concludes the lemma as it is written, with what it `uses`; a verdict remembered for its statement does not say so."""
        return isinstance(self._rule(lemma), Rule)

    def outdated(self, lemma: Lemma) -> str:
        """Of a lemma that uses premises of the rule for its name, why the rule does not conclude it; nothing if it does, or was never meant to."""
        rule, found = self._named(lemma), self._rule(lemma)
        meant = rule is not None and lemma.expect != Outcome.REFUTED and any(str(use) in rule.premises for use in lemma.uses)
        return found if meant and isinstance(found, str) else ""

    def _named(self, lemma: Lemma) -> Rule | None:
        return next((rule for rule in self.rules if rule.conclusion == lemma.name), None)

    def _rule(self, lemma: Lemma) -> Rule | str:
        """The rule that concludes a lemma, or why there is none."""
        rule = self._named(lemma)
        if rule is None or lemma.expect == Outcome.REFUTED:
            return "no rule concludes this lemma"
        if not self._is_pinned(lemma):
            return f"the {rule.name} was written for another statement of {lemma.name}"
        used = {str(use): use.lemma for use in lemma.uses}  # in the same formats: others show in the text
        for premise in rule.premises:
            if premise not in used:
                return f"the {rule.name} needs uses({premise})"
            if not self._is_pinned(used[premise]):
                return f"the {rule.name} was written for another statement of {premise}"
        return rule

    def _is_pinned(self, lemma: Lemma) -> bool:
        return self.statements.get(lemma.name) == pin(lemma)
