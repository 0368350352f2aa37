"""A claim as questions to a solver: is there an input at which it fails, and one at which its assumptions hold?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gmpy2 import mpq

from fpproof.encodings import EncodingError, FloatTerm, datum
from fpproof.encodings.interpret import evaluate
from fpproof.encodings.terms import FALSE, TRUE, signed
from fpproof.encodings.terms import Term as Bits
from fpproof.judges.smt.floating import Queries, queries
from fpproof.judges.smt.linear import rearranged
from fpproof.judges.smt.reals import stand_ins
from fpproof.judges.smt.translate import Translator
from fpproof.theory import Claim, Domain, Op, Term, ordered, show
from fpproof.theory.networks import expanded
from fpproof.theory.numbers import NEGATIVE_ZERO, ZERO, Number, from_datum


@dataclass(frozen=True)
class Question:
    """The assertions of the queries, and how a model is read."""

    claim: Claim
    assumptions: tuple[Bits, ...]
    """What holds exactly where the assumptions hold (and are not wrong), the domains of the variables included."""
    failures: tuple[tuple[Bits, ...], ...]
    """For each way to fail, what holds exactly where the claim fails so, or is wrong: to be asserted together with nothing else."""
    approximate: bool
    """A model need not be an input at which the claim fails: something was not proved to exist."""
    variables: Mapping[Term, FloatTerm | Bits]
    floats: Queries | None
    """The same queries in solvers' floats, if they are written so too."""
    partial: str
    """Why no failure among the inputs that are asked about is no proof: they are not all; empty if they are."""

    def values(self, model: Mapping[str, int]) -> dict[Term, Number | bool]:
        """The input that a model says; variables that it leaves out are 0."""
        return {v: _value(v, self.variables[v], model) for v in self.claim.variables}


def _value(variable: Term, bits: FloatTerm | Bits, model: Mapping[str, int]) -> Number | bool:
    if isinstance(bits, FloatTerm):
        number = from_datum(datum(bits, model))
        return ZERO if number is NEGATIVE_ZERO and variable.variable.domain is Domain.REAL else number
    (found,) = evaluate([bits], model)
    return bool(found) if variable.variable.domain is Domain.BOOL else mpq(signed(found, bits.width))


def question(claim: Claim) -> Question:
    """The questions of a claim; raises EncodingError where it has no encoding."""
    try:
        return _question(claim)
    except RecursionError:
        raise EncodingError("exact operations that are nested too deeply", hint="round more often") from None


def _question(claim: Claim) -> Question:
    written = _rearranged(expanded(claim))
    reals = stand_ins(written)
    translator = Translator(written, reals.formats)
    variables = {v: translator.variable(v) for v in claim.variables}
    _check_weights_left_out(claim, written, translator)
    wrong = translator.wrong((*written.assumptions, *written.conclusions))
    reached: list[Bits] = []
    failures: list[list[Bits]] = []
    for assumption in written.assumptions:
        if wrong[assumption] is not FALSE:
            failures.append([*reached, wrong[assumption]])
        reached += [~wrong[assumption], translator.truth(assumption, 1)]
    for conclusion in written.conclusions:
        failures.append([*reached, wrong[conclusion] | ~translator.truth(conclusion, -1)])
    domain = translator.domain

    def together(conditions: list[Bits]) -> tuple[Bits, ...]:
        return tuple(dict.fromkeys(c for c in (*domain, *conditions) if c is not TRUE))

    sound = not any(w is not FALSE for w in wrong.values())
    return Question(
        claim,
        together(reached),
        tuple(map(together, failures)),
        translator.approximate,
        variables,
        queries(written) if sound and not translator.approximate else None,
        reals.partial,
    )


def _rearranged(claim: Claim) -> Claim:
    """The claim with comparisons that have narrower numbers."""
    conditions = rearranged(claim, (*claim.assumptions, *claim.conclusions))
    middle = len(claim.assumptions)
    return replace(claim, assumptions=tuple(conditions[:middle]), conclusions=tuple(conditions[middle:]))


def _check_weights_left_out(claim: Claim, written: Claim, translator: Translator) -> None:
    """What a gradient does not depend on (the last bias) is gone when it is written out; if it is no float, the statement is wrong all the same."""
    weights = tuple(t for t in ordered((*claim.assumptions, *claim.conclusions)) if t.op is Op.WEIGHT)
    if not weights:
        return
    present = set(ordered((*written.assumptions, *written.conclusions)))
    for weight in expanded(replace(claim, assumptions=(), conclusions=weights)).conclusions:
        if weight.op is Op.WEIGHT and weight not in present and translator.no_float(weight) is not FALSE:
            raise EncodingError(f"the weight {show(weight)} may be no float, and nothing depends on it: the statement may be wrong")
