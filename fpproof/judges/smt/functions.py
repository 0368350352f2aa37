"""Witnesses of an alternation: terms for its inner variables, each in the outer variables and the inner ones before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fpproof.errors import TheoryError
from fpproof.judges.smt.prenex import Alternation
from fpproof.judges.smt.templates import templates
from fpproof.theory import Claim, Domain, Op, Term, Type, show
from fpproof.theory.evaluate import KNOWN, Program, in_domain
from fpproof.theory.instantiate import Folding, conjuncts
from fpproof.theory.numbers import Number

Values = Mapping[Term, "Number | bool"]
_LONGEST = 120


@dataclass(frozen=True, eq=False)
class Witness:
    """The terms, and the condition that they are values of the inner variables that serve."""

    terms: tuple[Term, ...]
    serves: Term


class Functions:
    """Makes and evaluates the witnesses of one alternation."""

    def __init__(self, asked: Alternation) -> None:
        self.asked = asked
        self.pool = asked.claim.pool
        self._programs: dict[Term, Program] = {}
        before = [(*asked.outer, *asked.inner[:i]) for i in range(len(asked.inner))]
        self._templates = [templates(self.pool, v, known, asked.matrix) for v, known in zip(asked.inner, before, strict=True)]

    # Evaluation

    def _value(self, term: Term, values: Values) -> object:
        if term not in self._programs:
            self._programs[term] = Program([term])
        return next(self._programs[term].values(values))

    def assumed(self, values: Values) -> bool:
        """Whether an input is known to meet the assumptions."""
        return all(self._value(a, values) is True for a in self.asked.assumptions)

    def serves(self, witness: Witness, values: Values) -> bool:
        """Whether a witness is known to serve at an input."""
        return self._serve(witness.terms, values)

    def _serve(self, terms: Sequence[Term], values: Values) -> bool:
        every = dict(values)
        for variable, term in zip(self.asked.inner, terms, strict=True):
            value = self._value(term, every)
            if not (isinstance(value, KNOWN) and in_domain(variable, value)):
                return False
            every[variable] = value
        return self._value(self.asked.matrix, every) is True

    # Claims

    def instance(self, values: Values) -> Claim:
        """That no values of the inner variables serve at an input."""
        (matrix,) = self._with({v: self.constant(v, x) for v, x in values.items()}, [self.asked.matrix])
        return replace(self.asked.claim, variables=self.asked.inner, assumptions=conjuncts((matrix,)), conclusions=(self.pool.truth(False),))

    def constant(self, variable: Term, value: "Number | bool") -> Term:
        if isinstance(value, bool):
            return self.pool.truth(value)
        return self.pool.constant(value, type=Type.INT if variable.variable.domain is Domain.INT else Type.NUMBER)

    def _with(self, replaced: Mapping[Term, Term], terms: Sequence[Term]) -> list[Term]:
        folding = Folding(self.pool)
        folding.replaced.update(replaced)
        return folding.all(list(terms))

    # Witnesses

    def given(self) -> Witness | None:
        """What the statement names, if it names something for each inner variable that can be written down."""
        terms = [self.asked.given.get(v) for v in self.asked.inner]
        return self._witness([t for t in terms if t is not None]) if None not in terms else None

    def at(self, values: Values) -> Witness | None:
        """A function that serves at an input, where one alone is looked for and a template is one."""
        if len(self.asked.inner) > 1:
            return None
        return next((w for t in self._templates[0] if self._serve([t], values) and (w := self._witness([t])) is not None), None)

    def through(self, values: Values, chosen: Values) -> Witness:
        """A witness with the given values at an input; a function where a template serves there too, those of the last variables first."""
        terms = [self.constant(v, chosen[v]) for v in self.asked.inner]
        for i in reversed(range(len(terms))):
            for template in self._templates[i]:
                trial = [*terms[:i], template, *terms[i + 1 :]]
                if self._serve(trial, values) and self._witness(trial) is not None:
                    terms = trial
                    break
        witness = self._witness(terms)
        assert witness is not None, "constants can be written down"
        return witness

    def _witness(self, terms: Sequence[Term]) -> Witness | None:
        """The terms with what must hold of them; None if that cannot be said."""
        placed: dict[Term, Term] = {}
        try:
            for variable, term in zip(self.asked.inner, terms, strict=True):
                (placed[variable],) = self._with(placed, [term])
            conditions = [condition for v, t in placed.items() if (condition := self._is_value(v, t)) is not None]
            (matrix,) = self._with(placed, [self.asked.matrix])
        except TheoryError:  # constants that have no quotient, or a term that no condition is known for
            return None
        if len(conditions) < len(placed):
            return None
        (serves,) = self._with({}, [self.pool.make(Op.AND, *conditions, matrix)])
        return Witness(tuple(terms), serves)

    def _is_value(self, variable: Term, term: Term) -> Term | None:
        """That a term is one of the variable's values, NaN among them only where it is one; None if that has no form."""
        match variable.variable.domain:
            case Domain.FLOAT:
                return self.pool.make(Op.IS_FLOAT, term, variable.args[0])
            case Domain.DATUM if _is_datum(term, variable.args[0]):
                return self.pool.truth(True) if variable.args[0].data.has_nan else self.pool.make(Op.EQUAL, term, term)
            case Domain.INT if term.type is Type.INT:
                return self.pool.make(Op.EQUAL, term, term)
            case Domain.BOOL:
                return self.pool.truth(True)
        return None

    def text(self, witness: Witness) -> str:
        """The terms in words."""
        return ", ".join(f"{v.variable.name} = {show(t)[:_LONGEST]}" for v, t in zip(self.asked.inner, witness.terms, strict=True))


def _is_datum(term: Term, F: Term) -> bool:
    """Whether a term is a datum of a format by its form."""
    while term.op in (Op.NEGATE, Op.ABSOLUTE):
        term = term.args[0]
    if term.op is Op.ROUND:
        return term.args[1] is F
    return term.op is Op.CONSTANT or (term.op is Op.VARIABLE and term.variable.domain in (Domain.FLOAT, Domain.DATUM) and term.args[0] is F)
