"""`for all a, exists b` out of a claim: its quantifiers in front, those over all values first.

Domains are not empty, so a quantifier may leave a conjunction, a disjunction, and, turned around, a negation. An `exists` that a conclusion needs
becomes a variable of the inner block; one that an assumption gives, or a conclusion denies, is one more variable of the claim.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from fpproof.judges.smt.translate import MOST_VALUES, above
from fpproof.theory import Claim, Domain, Op, Term, ordered
from fpproof.theory.instantiate import Folding, conjuncts


@dataclass(frozen=True, eq=False)
class Alternation:
    """For all values of `outer` that meet `assumptions` there are values of `inner` for which `matrix` holds.

    It is one conclusion of a claim, whose own variables come first among `outer`; nothing in it is quantified but over a few values.
    """

    claim: Claim
    outer: tuple[Term, ...]
    inner: tuple[Term, ...]
    assumptions: tuple[Term, ...]
    matrix: Term
    given: Mapping[Term, Term]
    """The `witness=` of inner variables, as far as there are any."""

    assumes_all: bool
    """Whether all that the claim assumes is among the assumptions, and none of it in the matrix."""


def alternation(claim: Claim, conclusion: Term) -> Alternation | None:
    """One conclusion of a claim in this form; None if nothing needs to exist in it, or only one of a few values.

    None too where quantifiers alternate more often, or stand where they cannot be moved from, or what exists is a Real.
    """
    try:
        return _alternation(claim, conclusion)
    except _NotMoved:
        return None


class _NotMoved(Exception):
    """A quantifier that stays where it is."""


def _alternation(claim: Claim, conclusion: Term) -> Alternation | None:
    front = _Front(claim, (*claim.assumptions, conclusion))
    matrix = front.moved(conclusion, 1)
    assumptions: list[Term] = []
    all_kept = True
    for assumption in claim.assumptions:
        before = len(front.inner)
        moved = front.moved(assumption, -1)
        if len(front.inner) == before:
            assumptions.append(moved)
        else:  # that nothing exists is assumed: the claim says that something does, or what it concludes
            matrix, all_kept = claim.pool.make(Op.OR, claim.pool.make(Op.NOT, moved), matrix), False
    given, matrix = _premises(claim, matrix, set(front.inner))
    if not front.inner or prod(_size(v) for v in front.inner) <= MOST_VALUES:
        return None
    if any(v.variable.domain is Domain.REAL for v in front.inner):
        raise _NotMoved
    return Alternation(claim, (*claim.variables, *front.outer), tuple(front.inner), conjuncts([*assumptions, *given]), matrix, front.given, all_kept)


def _premises(claim: Claim, matrix: Term, inner: set[Term]) -> tuple[list[Term], Term]:
    """What may be assumed since the matrix holds otherwise, such as bounds of integers; and the rest of the matrix."""
    negated = [t.args[0] for t in matrix.args if t.op is Op.NOT and inner.isdisjoint(ordered([t]))] if matrix.op is Op.OR else []
    rest = [t for t in matrix.args if t.op is not Op.NOT or t.args[0] not in negated]
    if not negated or not rest:
        return [], matrix
    return negated, rest[0] if len(rest) == 1 else claim.pool.make(Op.OR, *rest)


def _size(variable: Term) -> int:
    """How many values a variable has, or more than are tried one by one."""
    match variable.variable.domain:
        case Domain.BOOL:
            return 2
        case Domain.FLOAT | Domain.DATUM:
            return int(variable.args[0].data.finite_count)
    return MOST_VALUES + 1


class _Front:
    """What was moved to the front so far."""

    def __init__(self, claim: Claim, roots: tuple[Term, ...]) -> None:
        self.pool = claim.pool
        self.outer: list[Term] = []
        self.inner: list[Term] = []
        self.given: dict[Term, Term] = {}
        self._names = {v.variable.name for v in claim.variables}
        self._done: dict[tuple[Term, int, bool], Term] = {}
        self._quantified = above(roots, Op.EXISTS)

    def moved(self, term: Term, polarity: int, inside: bool = False) -> Term:
        """The condition without its quantifiers; `inside` is whether an inner variable is bound around it."""
        if term not in self._quantified:
            return term
        key = (term, polarity, inside)
        if key not in self._done:
            self._done[key] = self._moved(term, polarity, inside)
        return self._done[key]

    def _moved(self, term: Term, polarity: int, inside: bool) -> Term:
        match term.op:
            case Op.NOT:
                return self.pool.make(Op.NOT, self.moved(term.args[0], -polarity, inside), place=term.place)
            case Op.AND | Op.OR:
                return self.pool.make(term.op, *(self.moved(a, polarity, inside) for a in term.args), place=term.place)
            case Op.IF if term.args[0] not in self._quantified:
                chosen = (self.moved(a, polarity, inside) for a in term.args[1:])
                return self.pool.make(Op.IF, term.args[0], *chosen, place=term.place, type=term.type)
            case Op.EXISTS if polarity > 0:
                return self._bound(term, polarity, self.inner, True)
            case Op.EXISTS if not inside:
                return self._bound(term, polarity, self.outer, False)
            case Op.EXISTS if prod(_size(t.args[0]) for t in ordered([term]) if t.op is Op.EXISTS) <= MOST_VALUES:
                return term
        raise _NotMoved

    def _bound(self, term: Term, polarity: int, block: list[Term], inside: bool) -> Term:
        variable, *rest = term.args
        fresh = self._fresh(variable)
        block.append(fresh)
        folding = Folding(self.pool)
        folding.replaced[variable] = fresh
        (body,) = folding.all([rest[0]])
        if len(rest) > 1:
            self.given[fresh] = rest[1]
        self._quantified |= above([body], Op.EXISTS)
        return self.moved(body, polarity, inside)

    def _fresh(self, variable: Term) -> Term:
        name = variable.variable.name
        number = 1
        while name in self._names:
            number += 1
            name = f"{variable.variable.name}#{number}"
        self._names.add(name)
        return self.pool.variable(name, variable.variable.domain, variable.args[0] if variable.args else None)
