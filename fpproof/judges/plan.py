"""The plan: which judges are asked about a lemma in a format, in which order, and what their answers come to.

Without a wish, judges are asked from the cheapest to the dearest until one decides, those that `plan=` of the lemma names before
the others; what never proves comes last. With a wish (`--by`) just those are asked, all of them, and must agree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from fpproof.formats import Mode
from fpproof.judges.registry import Available, Spending, judges
from fpproof.judges.verdict import Budget, Disagreement, Outcome, Progress, Verdict, number_of, silent
from fpproof.theory import AMBIENT, EVERY, Claim, Lemma

SMALL = ("E2M1", "E3M2", "F(3,4)", "E4M3FN", "E4M3FN-sat", "E5M2", "F(2,4)")
"""Formats in which every lemma is checked if nobody names others."""
MEDIUM = ("binary16", "bfloat16")
"""Formats in which it is checked too where a judge can count the cases and they are within its budget."""
LARGE = ("binary32", "binary64")
"""Formats of the matrix that are too large for a plan of their own: asked for by name, or by a sweep."""

BRIEF = 5_000_000
"""What a solver may spend (z3's rlimit) where another judge can look at every input, or nobody asked for the format: a tenth of its own budget."""
SOLVERS = ("laws", "smt")
"""Judges that ask solvers: what these need cannot be told beforehand."""
_AT_LENGTH = 1e6
"""Seconds, so to speak: after all judges that can look at every input, and before samples."""

_STRENGTH = (Outcome.REFUTED, Outcome.OPEN, Outcome.SUPPORTED, Outcome.CONDITIONAL, Outcome.PROVED, Outcome.VACUOUS)
"""Of several verdicts on parts of a statement, the first of these is that on the whole."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A judge that the plan asks, with its budget; `cases` is what it expects."""

    judge: Available
    budget: Budget
    cases: int | None


def combined(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on a whole of which there are verdicts on all parts: a lemma in all its modes, a domain in chunks."""
    decisive = min(verdicts, key=lambda v: _STRENGTH.index(v.outcome))
    met = [v.met for v in verdicts if v.met is not None]
    return Verdict(
        outcome=decisive.outcome,
        judge=decisive.judge,
        scope=decisive.scope,
        cases=sum(v.cases for v in verdicts),
        met=sum(met) if met else None,
        counterexample=decisive.counterexample,
        reason=decisive.reason,
        evidence=_merged([v.evidence for v in verdicts]),
    )


def _merged(parts: Sequence[Mapping[str, "str | int | bool | None"]]) -> dict[str, "str | int | bool | None"]:
    """Numbers that count add up, everything else is kept where all parts say the same and listed where not."""
    if len(parts) == 1:
        return dict(parts[0])
    found: dict[str, str | int | bool | None] = {}
    for name in dict.fromkeys(name for part in parts for name in part):
        values = list(dict.fromkeys(part[name] for part in parts if name in part))
        numbers = [part[name] for part in parts if name in part]
        if name not in ("seed", "version") and all(type(n) is int for n in numbers):
            found[name] = sum(n for n in numbers if isinstance(n, int))
        else:
            found[name] = values[0] if len(values) == 1 else "; ".join(map(str, values))
    return found


def scope_of(claims: Sequence[Claim]) -> str:
    """The formats, and which modes are meant where the lemma speaks of modes."""
    first = claims[0]
    formats = [F.name if name == AMBIENT else f"{name} = {F.name}" for name, F in first.formats.items()]
    if not first.lemma.speaks_of_formats:
        formats = [f"{EVERY} format"]
    modes = {name: list(dict.fromkeys(claim.modes[name] for claim in claims)) for name in first.modes}
    chosen = [f"every mode {name}" if len(found) == len(Mode) else f"{name} = {', '.join(found)}" for name, found in modes.items()]
    some = "" if len(claims) == prod(map(len, modes.values())) else f" ({len(claims)} of these choices)"
    return ", ".join([*formats, *chosen]) + some


def ask(asked: Asked, claims: Sequence[Claim], progress: Progress = silent) -> tuple[Verdict, Claim | None]:
    """One judge's verdict on all claims together, and the claim that fails if one does."""
    verdicts: list[Verdict] = []
    for claim in claims:
        verdicts.append(asked.judge.judge.decide(claim, asked.budget, progress))
        if verdicts[-1].outcome is Outcome.REFUTED:
            return combined(verdicts), claim
    verdict = combined(verdicts)
    return (verdict if len(claims) == 1 else _with_scope(verdict, scope_of(claims))), None


def _with_scope(verdict: Verdict, scope: str) -> Verdict:
    return replace(verdict, scope=scope)


def offered(judge: Available, claims: Sequence[Claim], spending: Spending) -> tuple[float, Asked] | str:
    """About how many seconds a judge takes to decide all claims within its budget, or why it cannot."""
    budget = judge.budget(spending)
    cases: int | None = 0
    told: float | None = 0.0
    for claim in claims:
        estimate = judge.judge.estimate(claim, budget)
        if estimate.cannot:
            return f"{judge.name}: {estimate.cannot}"
        cases = None if cases is None or estimate.cases is None else cases + estimate.cases
        told = None if told is None or estimate.seconds is None else told + estimate.seconds
    if judge.offer.complete and cases is not None and cases > budget.cases:
        return f"{judge.name}: about {number_of(cases)} cases, the budget is {budget.cases}"
    return judge.seconds(cases) if told is None else told, Asked(judge, budget, cases)


def offers(claims: Sequence[Claim], spending: Spending) -> tuple[list[Asked], list[str]]:
    """The judges that can decide all claims within their budgets, the cheapest first; of the others, why they cannot.

    A solver often answers at once, or not for minutes: where another judge can look at every input, it is asked briefly first, and at length
    when that judge has left something undecided.
    """
    found: list[tuple[float, Asked]] = []
    cannot: list[str] = []
    for judge in judges():
        offer = offered(judge, claims, spending)
        if isinstance(offer, str):
            cannot.append(offer)
        else:
            found.append(offer)
    if spending.resource is None and any(one.judge.offer.complete and one.cases is not None for _, one in found):
        found += [(seconds, replace(one, budget=replace(one.budget, resource=BRIEF))) for seconds, one in found if one.judge.name in SOLVERS]
        found = [(seconds if one.judge.name not in SOLVERS or one.budget.resource == BRIEF else _AT_LENGTH, one) for seconds, one in found]
    found.sort(key=lambda offer: offer[0])
    return [one for _, one in found], cannot


def wished(lemma: Lemma, format: str) -> list[str]:
    """The judges that the lemma's own plan names for a format."""
    text = lemma.plan.get(format, lemma.plan.get("", ""))
    return [name.strip() for name in text.split(",") if name.strip()]


def countable(claims: Sequence[Claim], spending: Spending) -> bool:
    """Whether some judge can look at every input within its budget.

    The exact judge counts inputs at once, and nobody looks at fewer: so the others, who may have to think, are asked only if one could.
    """
    complete = [judge for judge in judges() if judge.offer.complete]
    most = max((judge.budget(spending).cases for judge in complete), default=0)
    exact = next((judge.judge for judge in complete if judge.name == "exact"), None)
    if exact is not None:
        inputs = [exact.estimate(claim, Budget()).cases for claim in claims]
        if sum(cases or 0 for cases in inputs) > most:
            return False
    return any(asked.cases is not None and asked.judge.offer.complete for asked in offers(claims, spending)[0])


def agree(lemma: str, scope: str, answers: Iterable[tuple[str, Outcome]]) -> None:
    """Raise Disagreement if one judge refutes what another proves or calls vacuous: a bug of ours, never a verdict."""
    answers = list(answers)
    refuting = [judge for judge, outcome in answers if outcome is Outcome.REFUTED]
    holding = [judge for judge, outcome in answers if outcome in (Outcome.PROVED, Outcome.VACUOUS)]
    if refuting and holding:
        raise Disagreement(f"lemma {lemma} in {scope}: refuted by {', '.join(refuting)}, but it holds by {', '.join(holding)}")
