"""Mutants of a lemma that is proved: each says a little more.

One that is proved too shows a lemma that could say more, or a judge that sees too little.

Most mutants fail at some of a few hundred seeded inputs, which are looked at first; judges are asked about the others.

An assumption is dropped; `<` in an assumption becomes `<=`, `<=` in a conclusion `<`; rounding to nearest becomes rounding up and toward
zero; a constant moves by one ulp, both ways (one way may well be weaker, so that only both together count).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fpproof.errors import FpproofError
from fpproof.formats import Mode
from fpproof.judges.plan import ask, offers
from fpproof.judges.registry import Spending
from fpproof.judges.sampling import SamplingJudge
from fpproof.judges.verdict import Budget, Outcome
from fpproof.runs.task import Task, claims_of, lemma_of
from fpproof.theory import AMBIENT, Claim, Op, Term, Type, ordered, rebuild, show
from fpproof.theory.numbers import Number, Special, fl, pred, succ

SAMPLES = 500
"""Inputs at which a mutant is tried before judges are asked."""

_SWAPPED = {Op.LESS: Op.LESS_EQUAL, Op.LESS_EQUAL: Op.LESS}
_INTEGERS_ONLY = {Op.POWER: (1,), Op.POW2: (0,), Op.FLOOR_DIVIDE: (0, 1), Op.REMAINDER: (0, 1)}


@dataclass(frozen=True)
class Mutant:
    """Claims that must all be proved for the mutant to be."""

    text: str
    claims: tuple[Claim, ...]


def mutants(task: Task) -> tuple[tuple[str, Outcome], ...]:
    """Each mutant of a task's lemma with its verdict; a mutant that means nothing counts as open.

    What the lemma says itself, of another of its modes, is none.
    """
    claims = claims_of(task.path, lemma_of(task), task.format)
    said = {claim.fingerprint for claim in claims}
    together: dict[str, list[Claim]] = {}
    for claim in claims:
        for mutant in of_claim(claim):
            if any(one.fingerprint not in said for one in mutant.claims):
                together.setdefault(mutant.text, []).extend(mutant.claims)
    return tuple((text, _of_all(claims, task.spending)) for text, claims in together.items())


def _of_all(claims: Sequence[Claim], spending: Spending) -> Outcome:
    """Proved if all are."""
    try:
        if any(_fails_at_a_sample(claim, spending) for claim in claims):
            return Outcome.REFUTED
        outcomes = (_decided(claim, spending) for claim in claims)
        return next((outcome for outcome in outcomes if outcome is not Outcome.PROVED), Outcome.PROVED)
    except FpproofError:
        return Outcome.OPEN


def _fails_at_a_sample(claim: Claim, spending: Spending) -> bool:
    return SamplingJudge(SAMPLES).decide(claim, Budget(SAMPLES, seed=spending.seed)).outcome is Outcome.REFUTED


def _decided(claim: Claim, spending: Spending) -> Outcome:
    outcome = Outcome.OPEN
    for asked in offers([claim], spending)[0]:
        outcome = ask(asked, [claim])[0].outcome
        if outcome in (Outcome.PROVED, Outcome.REFUTED, Outcome.VACUOUS):
            break
    return outcome


def of_claim(claim: Claim) -> Iterator[Mutant]:
    """The mutants of one claim, in the order of the text."""
    for i, assumption in enumerate(claim.assumptions):
        rest = claim.assumptions[:i] + claim.assumptions[i + 1 :]
        yield Mutant(f"without assume({show(assumption)})", (replace(claim, assumptions=rest),))
    yield from _comparisons(claim)
    yield from _roundings(claim)
    yield from _constants(claim)


def _comparisons(claim: Claim) -> Iterator[Mutant]:
    """A comparison that stands alone, or in an `and` or `or` that does, is swapped where that says more, one inside another condition in any case."""
    assumed, concluded = (set(ordered(roots, _joined)) for roots in (claim.assumptions, claim.conclusions))
    for term in ordered((*claim.assumptions, *claim.conclusions)):
        weaker = (term in assumed and term.op is Op.LESS_EQUAL) or (term in concluded and term.op is Op.LESS)
        if term.op not in _SWAPPED or weaker:
            continue
        new = claim.pool.make(_SWAPPED[term.op], *term.args, place=term.place)
        yield Mutant(f"{show(new)} instead of {show(term)}", (_with(claim, {term: new}),))


def _joined(term: Term) -> tuple[Term, ...]:
    return term.args if term.op in (Op.AND, Op.OR) else ()


def _roundings(claim: Claim) -> Iterator[Mutant]:
    for term in ordered((*claim.assumptions, *claim.conclusions)):
        if term.op is Op.ROUND and term.args[2].data is Mode.NEAREST_EVEN:
            for mode in (Mode.UP, Mode.TOWARD_ZERO):
                new = claim.pool.make(Op.ROUND, *term.args[:2], claim.pool.mode(mode), place=term.place)
                yield Mutant(f"{show(new)} instead of {show(term)}", (_with(claim, {term: new}),))


def _constants(claim: Claim) -> Iterator[Mutant]:
    """Each place of a constant for itself."""
    for term in ordered((*claim.assumptions, *claim.conclusions)):
        for index, constant in enumerate(term.args):
            if constant.op is not Op.CONSTANT or isinstance(constant.data, Special) or not constant.data or term.op is Op.WEIGHT:
                continue
            whole = term.type is Type.INT or index in _INTEGERS_ONLY.get(term.op, ())
            moved = [claim.pool.constant(x, constant.place, Type.INT if whole else Type.NUMBER) for x in _neighbours(claim, constant.data, whole)]
            changed = (claim.pool.make(term.op, *_placed(term.args, index, new), data=term.data, place=term.place, type=term.type) for new in moved)
            text = f"{show(constant)} in {show(term)} moved by one {'' if whole else 'ulp '}either way"
            yield Mutant(text, tuple(_with(claim, {term: new}) for new in changed))


def _neighbours(claim: Claim, value: Number, whole: bool) -> tuple[Number, Number]:
    """The numbers next to a constant: integers, or floats of the ambient format (for a number that is none, those next to its rounding)."""
    if whole:
        return value - 1, value + 1
    F = claim.formats[AMBIENT]
    nearest = fl(value, F, Mode.NEAREST_EVEN)
    return pred(nearest, F), succ(nearest, F)


def _placed(args: Sequence[Term], index: int, new: Term) -> tuple[Term, ...]:
    return (*args[:index], new, *args[index + 1 :])


def _with(claim: Claim, replaced: dict[Term, Term]) -> Claim:
    """The claim with terms replaced wherever they occur."""

    def make(term: Term, args: tuple[Term, ...]) -> Term:
        if term in replaced:
            return replaced[term]
        return claim.pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)

    roots = rebuild((*claim.assumptions, *claim.conclusions), make)
    return replace(claim, assumptions=tuple(roots[: len(claim.assumptions)]), conclusions=tuple(roots[len(claim.assumptions) :]))
