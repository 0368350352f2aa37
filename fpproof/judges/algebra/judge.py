"""The judge: identities by expanding, conditions in one variable by isolating roots, others by z3."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from random import Random

from gmpy2 import mpq

from fpproof.judges.algebra import line, nonlinear
from fpproof.judges.algebra.fields import Beyond
from fpproof.judges.algebra.formulas import Formula, both, negation, polynomials
from fpproof.judges.algebra.limits import speaks_of_limits, without_limits
from fpproof.judges.algebra.translate import Translation, beyond
from fpproof.judges.reals.boxes import in_domain, whole_box
from fpproof.judges.reals.functions import written_out
from fpproof.judges.referee import Finding, Referee, replay
from fpproof.judges.verdict import Budget, Estimate, Outcome, Progress, Verdict, silent
from fpproof.theory import Claim, Term
from fpproof.theory.evaluate import in_domain as ranges_over
from fpproof.theory.numbers import Number, Surd

SAMPLES = 60
"""Inputs at which a claim is looked at: before, for a counterexample; after, against the proof."""
MOST_RESOURCE = 20_000_000
"""Of z3's rlimit, for one question, unless the budget is lower."""

Values = Mapping[Term, "Number | bool"]


@dataclass(frozen=True)
class AlgebraJudge:
    """See the module; `cases` of a verdict counts the inputs that were looked at."""

    name: str = "algebra"
    version: int = 3

    def estimate(self, claim: Claim, budget: Budget) -> Estimate:
        """What can be put into polynomials."""
        what = beyond(written_out(claim))
        return Estimate(cannot=f"{what} is no algebra" if what else "")

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        written = written_out(claim)
        if what := beyond(written):
            return Verdict(Outcome.OPEN, self.name, claim.scope, reason=f"{what} is no algebra")
        limiting = speaks_of_limits(written)
        try:
            translation = Translation(without_limits(written) if limiting else written)
        except Beyond as why:
            return Verdict(Outcome.OPEN, self.name, claim.scope, reason=f"{why}: too large, or no algebra")
        work = _Work(claim, translation, budget)
        if limiting:
            work.ways.append("limits of sympy, seen in balls")
        outcome, reason = work.decided()
        found = None if work.counterexample is None else replay(claim, work.counterexample)
        evidence: dict[str, str | int | bool | None] = {"by": ", ".join(work.ways)}
        if work.spent:
            evidence["rlimit"] = work.spent
        return Verdict(outcome, self.name, claim.scope, work.cases, work.met, found, reason, evidence=evidence)


@dataclass
class _Work:
    """The way to one verdict."""

    claim: Claim
    translation: Translation
    budget: Budget
    cases: int = 0
    met: int = 0
    counterexample: Values | None = None
    ways: list[str] = field(default_factory=list)
    spent: int = 0

    def __post_init__(self) -> None:
        self.referee = Referee(self.claim)
        self.reason = ""

    def decided(self) -> tuple[Outcome, str]:
        for values in self._samples():
            if self._fails(values):
                self.ways.append("an input")
                return Outcome.REFUTED, ""
        assumptions = [truth.may for truth in self.translation.assumptions]
        for truth in self.translation.conclusions:
            impossible = self._impossible([*assumptions, negation(truth.must)])
            if self.counterexample is not None:
                return Outcome.REFUTED, ""
            if not impossible:
                return Outcome.OPEN, self.reason
        if not self.met:
            return self._without_inputs(assumptions)
        self.ways.append(f"seen at {self.met} inputs")
        return Outcome.PROVED, ""

    def _without_inputs(self, assumptions: Sequence[Formula]) -> tuple[Outcome, str]:
        """Vacuous, if the assumptions contradict each other; else an input that meets them is looked for in what refutes that they do."""
        if self._impossible(assumptions):
            return Outcome.VACUOUS, ""
        if self.met:
            return Outcome.PROVED, ""
        return Outcome.OPEN, "it follows, but no input was found that meets the assumptions, nor that there is none"

    # Inputs

    def _samples(self) -> Iterator[Values]:
        """Simple numbers in what the assumptions leave of each variable, corners first."""
        box, random = whole_box(self.claim), Random(self.claim.fingerprint)
        if any(r.empty for r in box):
            return
        simple = [[q for q in dict.fromkeys((r.middle(), r.low, r.high, mpq(0), mpq(1), mpq(-1))) if q is not None] for r in box]
        points = [*product(*simple)] if len(box) <= 2 else []
        for i in range(SAMPLES + len(points)):
            point = points[i] if i < len(points) else tuple(_drawn(r.low, r.high, random) for r in box)
            yield {v: in_domain(v, q) for v, q in zip(self.claim.variables, point, strict=True)}

    def _fails(self, values: Values) -> bool:
        """Look at an input: whether it is a counterexample."""
        if not all(ranges_over(variable, value) for variable, value in values.items()):
            return False
        self.cases += 1
        finding = self.referee.at(values)
        self.met += finding in (Finding.HOLDS, Finding.FAILS) or (finding is Finding.UNKNOWN and self._met(values))
        if finding is Finding.FAILS:
            self.counterexample = values
        return finding is Finding.FAILS

    def _met(self, values: Values) -> bool:
        """Whether the assumptions hold, of whatever the conclusions are not known to."""
        from dataclasses import replace

        return Referee(replace(self.claim, conclusions=())).at(values) is Finding.HOLDS

    # Formulas

    def _impossible(self, formulas: Sequence[Formula]) -> bool:
        """Whether no numbers meet all formulas; notes a counterexample among those that do."""
        together = both(*formulas)
        if isinstance(together, bool):
            if not together:
                self._note("normal form")
            else:
                self.reason = "algebra does not see why"
            return not together
        if line.are_long(together):
            self.reason = f"coefficients of a cubic, or higher, have more than {line.LONGEST} bits"
            return False
        generator = line.variable_of(together)
        if generator is not None and self._is_variable(generator):
            return self._on_the_line(together, generator)
        return self._by_z3(formulas)

    def _note(self, way: str) -> None:
        if way not in self.ways:
            self.ways.append(way)

    def _is_variable(self, generator: int) -> bool:
        return any(isinstance(key, Term) and i == generator for key, i in self.translation.field.names.items())

    def _on_the_line(self, formula: Formula, generator: int) -> bool:
        """A formula that is met may still be no counterexample: it says no less than the claim's negation, and other variables may be integers."""
        self._note("roots of polynomials in one variable")
        for place in line.places(formula, generator):
            if place.number is not None and self._fails(self._values({generator: place.number})):
                return False
            self.reason = f"not shown at {place.text}"
            return False
        return True

    def _by_z3(self, formulas: Sequence[Formula]) -> bool:
        if not nonlinear.available():
            self.reason = f"inequalities in several variables need z3: {nonlinear.INSTALL}"
            return False
        self._note("z3 (nlsat)")
        answer = nonlinear.solve([*formulas, *self._facts(formulas)], min(self.budget.resource, MOST_RESOURCE))
        self.spent += answer.spent
        if answer.satisfiable is None:
            self.reason = f"z3 spent its resource of {min(self.budget.resource, MOST_RESOURCE)}"
        elif answer.model is not None:
            self.reason = "z3 does not see why"
            for numbers in (answer.model, {i: _rational(x) for i, x in answer.model.items()}):
                if self._fails(self._values(numbers)):
                    break
        return answer.satisfiable is False

    def _facts(self, formulas: Sequence[Formula]) -> list[Formula]:
        """What is known of generators, where function values occur."""
        return self.translation.field.facts if any(True for f in formulas for _ in polynomials(f)) else []

    def _values(self, numbers: Mapping[int, Number]) -> Values:
        names = self.translation.field.names
        return {v: numbers.get(names[v], mpq(0)) for v in self.claim.variables}


def _rational(x: Number) -> Number:
    return x.a if isinstance(x, Surd) else x


def _drawn(low: Number | None, high: Number | None, random: Random) -> Number:
    """A rational number between two others, None for an infinity."""
    if low is None and high is None:
        return mpq(random.randint(-64, 64), random.randint(1, 16))
    if low is None or high is None:
        step = mpq(random.randint(0, 256), random.randint(1, 32))
        return low + step if high is None else high - step
    return low + (high - low) * mpq(random.randint(0, 64), 64)


