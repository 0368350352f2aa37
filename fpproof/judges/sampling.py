"""Random inputs, edges first: can refute a claim or support it, never prove it. The same seed gives the same inputs."""

from dataclasses import dataclass
from random import Random

from gmpy2 import mpq

from fpproof.formats import INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, ZERO, Datum, Format
from fpproof.formats.arithmetic import negate, successor
from fpproof.judges.exact import bounds
from fpproof.judges.referee import Finding, Referee, replay
from fpproof.judges.verdict import Budget, Estimate, Outcome, Progress, Verdict, silent
from fpproof.theory import Claim, Domain, Op, Term
from fpproof.theory.numbers import Number, from_datum, to_datum
from fpproof.theory.terms import ordered

REPORT_EVERY = 1000
HOPELESS = 1000
"""After so many inputs of which the referee knows nothing, no more are drawn."""
LARGEST_INT = 1 << 12
"""Integers without bounds are drawn up to here."""


@dataclass(frozen=True)
class SamplingJudge:
    """See the module; `samples` is the number of inputs, if the budget allows it."""

    samples: int = 10_000
    name: str = "sampling"
    version: int = 1

    def estimate(self, claim: Claim, budget: Budget) -> Estimate:
        return Estimate(self._cases(claim, budget))

    def _cases(self, claim: Claim, budget: Budget) -> int:
        """How many inputs are drawn: one where there are no variables."""
        return min(self.samples, budget.cases) if claim.variables else 1

    def draw(self, claim: Claim, random: Random) -> "Draw":
        return Draw(claim, random)

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        referee, draw = Referee(claim), self.draw(claim, Random(f"{budget.seed}:{claim.fingerprint}"))
        cases = self._cases(claim, budget)
        met, known, reason = 0, 0, ""
        for n in range(1, cases + 1):
            values = draw.inputs()
            finding = referee.at(values)
            if n % REPORT_EVERY == 0:
                progress(REPORT_EVERY)
            if finding is Finding.UNKNOWN:
                reason = referee.reason
                if not known and n == HOPELESS:
                    cases = n
                    break
                continue
            known += 1
            met += finding is not Finding.UNMET
            if finding is Finding.FAILS:
                counterexample = replay(claim, values)
                return Verdict(Outcome.REFUTED, self.name, claim.scope, n, met, counterexample, evidence={"seed": budget.seed})
        progress(cases % REPORT_EVERY)
        if not met:
            reason = reason or f"none of {cases} samples meets the assumptions"
            return Verdict(Outcome.OPEN, self.name, claim.scope, cases, met, reason=reason, evidence={"seed": budget.seed})
        return Verdict(Outcome.SUPPORTED, self.name, claim.scope, cases, met, reason=reason, evidence={"seed": budget.seed})


class Draw:
    """Inputs of one claim."""

    def __init__(self, claim: Claim, random: Random) -> None:
        self.claim, self.random = claim, random
        self.formats = [t.data for t in ordered((*claim.variables, *claim.assumptions, *claim.conclusions)) if t.op is Op.FORMAT]

    def inputs(self) -> dict[Term, Number | bool]:
        """Values of all variables; half of the floats are near a float before them, or its negative."""
        values: dict[Term, Number | bool] = {}
        before: list[Number] = []
        for variable in self.claim.variables:
            match variable.variable.domain:
                case Domain.BOOL:
                    values[variable] = self.random.random() < 0.5
                case Domain.INT:
                    values[variable] = self._integer(variable)
                case Domain.REAL:
                    values[variable] = self._real()
                case _:
                    values[variable] = self.datum(variable, before)
                    before.append(values[variable])
        return values

    def datum(self, variable: Term, before: list[Number]) -> Number:
        F: Format = variable.args[0].data
        if before and self.random.random() < 0.5:
            near = to_datum(F, self.random.choice(before))
            if near is not None and near[1] is not None:
                return from_datum(self._near(F, self.random.choice([near, negate(near)])))
        return from_datum(any_datum(F, self.random, variable.variable.domain is Domain.DATUM))

    def _near(self, F: Format, x: Datum) -> Datum:
        """A number itself, or one of those after or before it: as far as 2^k of them, k any up to some binades."""
        if self.random.random() < 0.3:
            return x
        steps = self.random.randint(1, 1 << self.random.randint(0, F.p + 3))
        n = F.ordinal(x) + self.random.choice([-steps, steps])
        return F.from_ordinal(max(-F.largest_ordinal, min(n, F.largest_ordinal)))

    def _integer(self, variable: Term) -> Number:
        low, high = bounds(self.claim, variable)
        least = -LARGEST_INT if low is None else low
        greatest = max(least, LARGEST_INT if high is None else high)
        edges = [x for x in (least, greatest, -1, 0, 1) if least <= x <= greatest]
        return mpq(self.random.choice(edges) if self.random.random() < 0.3 else self.random.randint(least, greatest))

    def _real(self) -> Number:
        """A float, a midpoint, or a number a little beside one."""
        if not self.formats:
            return mpq(self.random.randint(-1000, 1000), self.random.randint(1, 100))
        F = self.random.choice(self.formats)
        x = any_datum(F, self.random, False)
        neighbours = [from_datum(y) for y in (x, successor(F, x)) if y[1] is not None]
        low, high = (mpq(0) if not isinstance(y, type(mpq(0))) else y for y in (neighbours[0], neighbours[-1]))
        weight = self.random.choice([mpq(0), mpq(1, 2), mpq(1, 1000), mpq(499, 1000), mpq(501, 1000), mpq(self.random.randint(0, 1 << 20), 1 << 20)])
        return low + (high - low) * weight


def any_datum(F: Format, random: Random, specials: bool) -> Datum:
    """A value of a format: zeros, subnormals, powers of two and their neighbours, small integers, the largest, any."""
    if specials and random.random() < 0.1:
        found = [*((INFINITY, NEGATIVE_INFINITY) if F.has_infinities else ()), *((NAN,) if F.has_nan else ())]
        if found:
            special: Datum = random.choice(found)
            return special
    N, kind = F.largest_ordinal, random.randrange(8)
    if kind == 0:
        return random.choice([ZERO, NEGATIVE_ZERO])
    if kind == 1:
        n = random.randint(1, min(1 << F.p, N))
    elif kind == 2:
        n = N - random.randrange(min(3, N))
    elif kind in (3, 4):
        low, high = (F.emin - F.p, F.emax) if kind == 3 else (max(F.emin - F.p, -2), min(F.emax, 3))
        n = F.ordinal(F.power_of_two(random.randint(min(low, high), high))) + random.choice([-1, 0, 0, 1])
    else:
        n = random.randint(1, N)
    x = F.from_ordinal(max(1, min(n, N)))
    return negate(x) if random.random() < 0.5 else x
