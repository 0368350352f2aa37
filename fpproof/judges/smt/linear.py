"""Comparisons of linear terms, rearranged so that each side is a multiple of one number: |fl(r) - r| <= c |r| as fl(r) <= (1 + c) r.

An exact sum of floats is as wide as their exponents are apart, multiples of a float are not. Absolute values become cases, by the sign inside.
A finite number may be moved to the other side, and one that is infinite or NaN too, if it occurs once and all others are finite: then it decides
alone. Where more than one number need not be finite, or one occurs twice, nothing is moved.
"""

from collections import Counter
from fractions import Fraction

from gmpy2 import mpq

from fpproof.encodings import EncodingError
from fpproof.judges.smt.kinds import Kind, Kinds, same_number
from fpproof.theory import Claim, Domain, Op, Pool, Term, Type, ordered, rebuild
from fpproof.theory.numbers import ZERO, Special

MOST_CASES = 3
"""Absolute values in one comparison that are told by cases."""

_COMPARED = {Op.EQUAL, Op.LESS, Op.LESS_EQUAL}
MOST_SUMMANDS = 32


def rearranged(claim: Claim, roots: tuple[Term, ...]) -> list[Term]:
    """Conditions of the same meaning."""
    kinds = Kinds()

    def make(term: Term, args: tuple[Term, ...]) -> Term:
        new = claim.pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)
        return _comparison(claim.pool, kinds, new) if new.op in _COMPARED else new

    return rebuild(roots, make)


def _comparison(pool: Pool, kinds: Kinds, atom: Term) -> Term:
    try:
        wide = all(a.type in (Type.NUMBER, Type.INT) for a in atom.args) and max(kinds.of(a) for a in atom.args) > Kind.NARROW
    except EncodingError:
        return atom
    if not wide or any(a.op is Op.ROUND and same_number(a.args[0], b) for a, b in (atom.args, reversed(atom.args))):
        return atom
    return _by_cases(pool, atom, MOST_CASES) or atom


def _by_cases(pool: Pool, atom: Term, left: int) -> Term | None:
    """None if some case has more than one number on a side."""
    bend = next((t for t in ordered(atom.args, _linear) if t.op is Op.ABSOLUTE), None)
    if bend is None:
        return _one_each(pool, atom)
    if not left:
        return None
    inner = bend.args[0]
    positive = pool.make(Op.LESS_EQUAL, pool.constant(ZERO, type=Type.NUMBER), inner)
    branches = [_by_cases(pool, _put(pool, atom, bend, x), left - 1) for x in (inner, pool.make(Op.NEGATE, inner))]
    if None in branches:
        return None
    return pool.make(Op.IF, _one_each(pool, positive) or positive, *(b for b in branches if b is not None))


def _linear(term: Term) -> tuple[Term, ...]:
    """The operands that a linear term is a combination of."""
    return term.args if term.op in (Op.NEGATE, Op.ADD, Op.SUBTRACT) or _factor(term) is not None else ()


def _factor(term: Term) -> tuple[Term, Fraction] | None:
    """A product or quotient with a rational constant."""
    if term.op is Op.MULTIPLY or term.op is Op.DIVIDE:
        for x, c in (term.args, tuple(reversed(term.args)))[: 1 + (term.op is Op.MULTIPLY)]:
            if c.op is Op.CONSTANT and not isinstance(c.data, Special) and c.data:
                value = Fraction(int(c.data.numerator), int(c.data.denominator))
                return x, value if term.op is Op.MULTIPLY else 1 / value
    return None


def _put(pool: Pool, atom: Term, old: Term, new: Term) -> Term:
    (found,) = rebuild([atom], lambda t, args: new if t is old else pool.make(t.op, *args, data=t.data, place=t.place, type=t.type))
    return found


def _one_each(pool: Pool, atom: Term) -> Term | None:
    """A multiple of one number on each side, or a number and a constant."""
    summands = _summands(atom)
    if summands is None:
        return None
    total: dict[Term | None, Fraction] = {}
    for term, c in summands:
        total[term] = total.get(term, Fraction(0)) + c
    times = Counter(term for term, _ in summands if term is not None)
    unsure = [t for t in times if not is_finite(t)]
    if any(not c for c in total.values()) or len(unsure) > 1 or any(times[t] > 1 for t in unsure):
        return None
    left = [(t, c) for t, c in total.items() if c > 0]
    right = [(t, -c) for t, c in total.items() if c < 0]
    if max(len(left), len(right)) > 1:
        return None
    scale = 1
    for _, c in (*left, *right):
        scale *= c.denominator
    return pool.make(atom.op, *(_multiple(pool, side, scale) for side in (left, right)), place=atom.place)


def _multiple(pool: Pool, side: list[tuple[Term | None, Fraction]], scale: int) -> Term:
    if not side:
        return pool.constant(ZERO, type=Type.NUMBER)
    ((term, c),) = side
    factor = pool.constant(mpq((c * scale).numerator, (c * scale).denominator), type=Type.NUMBER)
    return factor if term is None else pool.make(Op.MULTIPLY, factor, term)


def _summands(atom: Term) -> list[tuple[Term | None, Fraction]] | None:
    """Left side minus right side, as numbers with their coefficients; constants with None. None if there are many."""
    found: list[tuple[Term | None, Fraction]] = []
    todo = [(atom.args[0], Fraction(1)), (atom.args[1], Fraction(-1))]
    while todo:
        if len(todo) + len(found) > MOST_SUMMANDS:
            return None
        term, c = todo.pop()
        if term.op is Op.CONSTANT and not isinstance(term.data, Special):
            found += [(None, c * Fraction(int(term.data.numerator), int(term.data.denominator)))] if term.data else []
        elif term.op is Op.NEGATE:
            todo.append((term.args[0], -c))
        elif term.op in (Op.ADD, Op.SUBTRACT):
            todo += [(term.args[0], c), (term.args[1], c if term.op is Op.ADD else -c)]
        elif (factor := _factor(term)) is not None:
            todo.append((factor[0], c * factor[1]))
        else:
            found.append((term, c))
    return found


def is_finite(term: Term) -> bool:
    """Whether a number is finite by its form."""
    match term.op:
        case Op.CONSTANT:
            return not isinstance(term.data, Special)
        case Op.VARIABLE:
            return term.variable.domain in (Domain.FLOAT, Domain.REAL, Domain.INT)
        case Op.ROUND:
            return term.args[1].data.overflow == "saturate" and is_finite(term.args[0])
        case Op.NEGATE | Op.ABSOLUTE:
            return is_finite(term.args[0])
        case Op.IF:
            return is_finite(term.args[1]) and is_finite(term.args[2])
        case Op.POW2 | Op.EXPONENT | Op.ULP:
            return term.op is Op.POW2 or is_finite(term.args[0])
    return False
