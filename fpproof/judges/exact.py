"""Brute force with the exact evaluator: every input, one after the other. For tiny domains, and the yardstick of all other judges.

Inputs: Float, Datum and Bool by their values; Int between the bounds that the assumptions give; Real by cells.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from gmpy2 import mpq

from fpproof.formats import Format
from fpproof.judges.cells import Interval, Pieces, representatives
from fpproof.judges.gaps import NotReducible, by_gaps
from fpproof.judges.referee import Finding, Referee, replay
from fpproof.judges.verdict import Budget, Estimate, Outcome, Progress, Verdict, number_of, silent
from fpproof.theory import Claim, Domain, Op, Term
from fpproof.theory.evaluate import domain
from fpproof.theory.numbers import Number, Special, Surd
from fpproof.theory.terms import ordered

REPORT_EVERY = 1000
STARTUP, RATE = 0.01, 10_000
"""Seconds until the first input, and inputs in a second."""
NOBODY_WAITS = 1 << 60
"""Of more inputs than that it does not matter how long they take."""

Values = Sequence[Number | bool]


@dataclass(frozen=True)
class ExactJudge:
    """See the module."""

    name: str = "exact"
    version: int = 1

    def estimate(self, claim: Claim, budget: Budget) -> Estimate:
        """The number of inputs; of real lines, about how many pieces they have."""
        sizes = []
        for variable in claim.variables:
            size = _size(claim, variable)
            if size is None:
                return Estimate(cannot=f"{variable.variable.name} is an Int without bounds: assume(low <= {variable.variable.name} <= high)")
            sizes.append(size)
        if not claim.variables:
            sizes += [size for variable in _tried(claim) if (size := _size(claim, variable)) is not None]
            return Estimate(prod(sizes))
        return Estimate(prod(sizes), seconds=STARTUP + min(prod(sizes) * tries(claim), NOBODY_WAITS) / RATE)

    def decide(self, claim: Claim, budget: Budget, progress: Progress = silent) -> Verdict:
        estimate = self.estimate(claim, budget)
        if estimate.cannot or estimate.cases is None:
            return self._open(claim, estimate.cannot)
        if estimate.cases > budget.cases:
            return self._open(claim, f"about {number_of(estimate.cases)} cases, the budget is {budget.cases}: a larger budget, or another judge")
        reals = [v for v in claim.variables if v.variable.domain is Domain.REAL]
        if len(reals) == 1:
            verdict = self._count(claim, _along_the_line(claim, reals[0]), progress)
            return self._by_gaps(claim, verdict, budget) if verdict.outcome is Outcome.OPEN else verdict
        points = representatives(claim, reals) if reals else []
        if points is None:
            names = ", ".join(v.variable.name for v in reals)
            return self._open(claim, f"several reals ({names}) in more than rounding and comparisons: cells do not decide it")
        return self._count(claim, _one_by_one(claim, points), progress)

    def _by_gaps(self, claim: Claim, undecided: Verdict, budget: Budget) -> Verdict:
        """What pieces of the line leave open, such as quotients by a real number."""
        try:
            found = by_gaps(claim, lambda part: self.decide(part, budget))
        except NotReducible:
            return undecided
        return undecided if found.outcome is Outcome.OPEN else found

    def _open(self, claim: Claim, reason: str) -> Verdict:
        return Verdict(Outcome.OPEN, self.name, claim.scope, reason=reason)

    def _count(self, claim: Claim, findings: "Findings", progress: Progress) -> Verdict:
        """The verdict of all inputs together; a failing one ends the search."""
        cases = met = 0
        reason = ""
        for finding, values, why in findings:
            cases += 1
            if cases % REPORT_EVERY == 0:
                progress(REPORT_EVERY)
            met += finding is not Finding.UNMET
            if finding is Finding.FAILS:
                found = replay(claim, values)
                return Verdict(Outcome.REFUTED, self.name, claim.scope, cases, met, found)
            if finding is Finding.UNKNOWN:
                reason = reason or why
        progress(cases % REPORT_EVERY)
        outcome = Outcome.OPEN if reason else (Outcome.PROVED if met else Outcome.VACUOUS)
        return Verdict(outcome, self.name, claim.scope, cases, met, reason=reason)


Findings = Iterator[tuple[Finding, Mapping[Term, "Number | bool"], str]]


def _one_by_one(claim: Claim, points: Values) -> Findings:
    referee = Referee(claim)
    for values in _inputs(claim, claim.variables, points):
        yield referee.at(values), values, referee.reason


def _along_the_line(claim: Claim, real: Term) -> Findings:
    pieces = Pieces(claim, real, _size(claim, real) or 0)
    for values in _inputs(claim, [v for v in claim.variables if v is not real], []):
        for finding, piece, why in pieces.findings(values):
            point = piece.sample if isinstance(piece, Interval) else piece
            yield finding, {v: point if v is real else values[v] for v in claim.variables}, why


def _inputs(claim: Claim, variables: Sequence[Term], points: Values) -> Iterator[dict[Term, Number | bool]]:
    """All choices of values, those near zero first."""
    domains = [_values(claim, v, points) for v in variables]
    for values in product(*domains):
        yield dict(zip(variables, values, strict=True))


def _values(claim: Claim, variable: Term, points: Values) -> Values:
    if variable.variable.domain is Domain.INT:
        low, high = bounds(claim, variable)
        assert low is not None, "the estimate has looked"
        assert high is not None
        found: Values = [mpq(i) for i in range(low, high + 1)]
    elif variable.variable.domain is Domain.REAL:
        found = points
    else:
        every = domain(variable)
        assert every is not None
        found = list(every)
    return sorted(found, key=_nearness)


def _nearness(x: Number | bool) -> tuple[int, Number]:
    return (1, 0) if isinstance(x, Special | Surd) else (0, abs(x))


def _size(claim: Claim, variable: Term) -> int | None:
    match variable.variable.domain:
        case Domain.FLOAT:
            return int(variable.args[0].data.finite_count)
        case Domain.DATUM:
            F: Format = variable.args[0].data
            return F.finite_count + 2 * F.has_infinities + F.has_nan
        case Domain.BOOL:
            return 2
        case Domain.INT:
            low, high = bounds(claim, variable)
            return None if low is None or high is None else max(0, high - low + 1)
    formats = {t.data for t in ordered((*claim.assumptions, *claim.conclusions)) if t.op is Op.FORMAT}
    return sum(4 * F.finite_count + 8 for F in formats) or 8


def _tried(claim: Claim) -> Iterator[Term]:
    """The variables of conclusions that say of several numbers that they exist: without witnesses all combinations are tried."""
    for conclusion in claim.conclusions:
        term = conclusion.args[0] if conclusion.op is Op.NOT else conclusion
        while term.op is Op.EXISTS and len(term.args) == 2:
            yield term.args[0]
            term = term.args[1]


def tries(claim: Claim) -> int:
    """Values that `exists` tries at an input, at most: those of nested ones multiply. Reals and integers do not count, of which a few are tried."""
    most: dict[Term, int] = {}
    for term in ordered((*claim.assumptions, *claim.conclusions)):
        inner = max((most[t] for t in term.args), default=1)
        searched = term.op is Op.EXISTS and len(term.args) == 2 and term.args[0].variable.domain in (Domain.FLOAT, Domain.DATUM, Domain.BOOL)
        most[term] = inner * (_size(claim, term.args[0]) or 1) if searched else inner
    return max(most.values(), default=1)


def bounds(claim: Claim, variable: Term) -> tuple[int | None, int | None]:
    """The least and the greatest integer that the assumptions leave to a variable, where they say so outright: 0 <= n, n < 5, n == 3."""
    low: int | None = None
    high: int | None = None
    for link in claim.assumptions:
        if link.op not in (Op.LESS, Op.LESS_EQUAL, Op.EQUAL) or variable not in link.args:
            continue
        other = link.args[1 - link.args.index(variable)]
        if other.op is not Op.CONSTANT or isinstance(other.data, Special):
            continue
        strict = link.op is Op.LESS
        if link.op is Op.EQUAL or link.args[1] is variable:  # other < n
            bound = int(-(-other.data.numerator // other.data.denominator))
            bound += strict and bound == other.data
            low = bound if low is None else max(low, bound)
        if link.op is Op.EQUAL or link.args[0] is variable:  # n < other
            bound = int(other.data.numerator // other.data.denominator)
            bound -= strict and bound == other.data
            high = bound if high is None else min(high, bound)
    return low, high
