"""What a lemma says at one input, by the referee: each condition with its truth, and the numbers that it compares."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fpproof.formats import Format
from fpproof.formats.text import both
from fpproof.judges import Finding, Referee
from fpproof.judges.inputs import assignment_of
from fpproof.judges.referee import BITS
from fpproof.judges.verdict import value_text
from fpproof.theory import AMBIENT, Claim, Op, Term, balls, show
from fpproof.theory.evaluate import Failure, Program, Value, number_text
from fpproof.theory.numbers import Number, Surd, to_datum

_LONGEST = 100


@dataclass(frozen=True)
class Evaluation:
    """A claim at an input; `lines` are for people."""

    claim: Claim
    values: Mapping[Term, "Number | bool"]
    finding: Finding
    reason: str
    lines: tuple[str, ...]


def evaluated(claims: Sequence[Claim], at: Mapping[str, str]) -> Evaluation:
    """The lemma at an input; raises FpproofError where the texts say no input, or the statement is wrong there."""
    claim, values = assignment_of(claims, at)
    referee = Referee(claim)
    finding = referee.at(values)
    return Evaluation(claim, values, finding, referee.reason, tuple(_lines(claim, values)))


def _lines(claim: Claim, values: Mapping[Term, "Number | bool"]) -> Iterator[str]:
    for variable in claim.variables:
        yield f"  {variable.variable.name} = {value_text(variable, values[variable])}"
    for kind, conditions in (("assume", claim.assumptions), ("show", claim.conclusions)):
        for condition in conditions:
            yield f"  {kind} {_cut(show(condition))}: {_value(claim, condition, values)}"
            if condition.op in (Op.EQUAL, Op.LESS, Op.LESS_EQUAL, Op.SAME):
                for side in dict.fromkeys(condition.args):
                    if side.op not in (Op.CONSTANT, Op.VARIABLE):
                        yield f"    {_cut(show(side))} = {_value(claim, side, values)}"


def _value(claim: Claim, term: Term, values: Mapping[Term, "Number | bool"]) -> str:
    """In decimal and hex if it is a float, exactly if it is no float, a ball if it has no exact form."""
    value = next(iter(Program([term]).values(values)))
    if isinstance(value, Failure) and not value.wrong and balls.available():
        value = _enclosed(term, values)
    if isinstance(value, Failure):
        return f"beyond the exact evaluator: {value.reason}"
    if isinstance(value, balls.Ball):
        return f"{value} (enclosed in a ball)"
    F: Format = claim.formats[AMBIENT]
    if claim.lemma.speaks_of_formats and not isinstance(value, bool | Surd) and (datum := to_datum(F, value)) is not None:
        return both(F, datum)
    return number_text(value)


def _enclosed(term: Term, values: Mapping[Term, "Number | bool"]) -> Value:
    """With as many bits as it takes to tell a truth, and to show some digits of a number."""
    value: Value = None
    for bits in BITS[1:]:
        value = next(iter(Program([term], balls.enclosing(bits)).values(values)))
        if not isinstance(value, Failure):
            break
    return value


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
