"""Functions that may serve as witnesses: an equation solved for a variable over the reals and rounded, the floats beside that, other variables.

Nothing here is sound or needs to be: what a function is worth is asked at inputs, and then of all of them.
"""

from collections.abc import Iterator, Sequence

from fpproof.errors import TheoryError
from fpproof.formats import Format, Mode
from fpproof.theory import Domain, Op, Term, Type, ordered
from fpproof.theory.instantiate import Folding
from fpproof.theory.terms import Pool

MOST_TEMPLATES = 32
_COMPARED = (Op.EQUAL, Op.SAME, Op.LESS_EQUAL, Op.LESS)
_DEEPEST = 64


def templates(pool: Pool, variable: Term, known: Sequence[Term], matrix: Term) -> tuple[Term, ...]:
    """Terms in the `known` variables that a variable of the matrix may be, the likeliest first."""
    allowed = set(known)
    found: dict[Term, None] = {}
    for term in _likely(pool, variable, known, matrix):
        if {t for t in ordered([term]) if t.op is Op.VARIABLE} <= allowed:
            found[term] = None
        if len(found) == MOST_TEMPLATES:
            break
    return tuple(found)


def _likely(pool: Pool, variable: Term, known: Sequence[Term], matrix: Term) -> Iterator[Term]:
    domain = variable.variable.domain
    solved = [t for term in ordered([matrix]) if term.op in _COMPARED for t in _solutions(pool, variable, *term.args)]
    alike = [v for v in known if v.variable.domain is domain or {v.variable.domain, domain} <= {Domain.FLOAT, Domain.DATUM}]
    match domain:
        case Domain.FLOAT | Domain.DATUM:
            F: Format = variable.args[0].data
            alike = [v for v in alike if v.args[0].data == F]
            for term in [*(_rounded(pool, t, variable.args[0]) for t in solved), *alike]:
                yield from (term, *(pool.make(op, term, variable.args[0]) for op in (Op.SUCC, Op.PRED)))
            yield from (pool.make(Op.NEGATE, v) for v in alike)
        case Domain.INT:
            one = pool.constant(1)
            for term in [*(t for t in solved if t.type is Type.INT), *alike]:
                yield from (term, pool.make(Op.ADD, term, one), pool.make(Op.SUBTRACT, term, one))
        case _:
            yield from alike


def _rounded(pool: Pool, number: Term, F: Term) -> Term:
    if number.op is Op.ROUND and number.args[1] is F:
        return number
    return pool.make(Op.ROUND, number, F, pool.mode(Mode.NEAREST_EVEN))


def _solutions(pool: Pool, variable: Term, left: Term, right: Term) -> Iterator[Term]:
    """What the variable must be about, if both sides are to be about the same."""
    for side, other in ((left, right), (right, left)):
        if variable in ordered([side]) and variable not in ordered([other]):
            for found in _inverted(pool, variable, side, other):
                try:
                    yield from Folding(pool).all([found])
                except TheoryError:
                    continue  # constants that have no quotient or root


def _inverted(pool: Pool, variable: Term, side: Term, value: Term) -> Iterator[Term]:
    """Step by step down to the variable, as long as it stands on one side of each operation."""
    for _ in range(_DEEPEST):
        if side is variable:
            yield value
            return
        if side.op in (Op.ADD, Op.MULTIPLY) and side.args[0] is side.args[1]:
            value = pool.make(Op.DIVIDE, value, pool.constant(2)) if side.op is Op.ADD else pool.make(Op.SQRT, value)
            side = side.args[0]
            continue
        inside = [variable in ordered([a]) for a in side.args]
        if inside.count(True) != 1:
            return
        place = inside.index(True)
        others = [a for i, a in enumerate(side.args) if i != place]
        side, op = side.args[place], side.op
        match op:
            case Op.ROUND | Op.SUCC | Op.PRED | Op.WEIGHT | Op.MINIMUM | Op.MAXIMUM:
                pass
            case Op.ABSOLUTE:
                yield from _inverted(pool, variable, side, pool.make(Op.NEGATE, value))
            case Op.NEGATE:
                value = pool.make(Op.NEGATE, value)
            case Op.ADD:
                value = pool.make(Op.SUBTRACT, value, others[0])
            case Op.SUBTRACT:
                value = pool.make(Op.ADD, value, others[0]) if place == 0 else pool.make(Op.SUBTRACT, others[0], value)
            case Op.MULTIPLY:
                value = pool.make(Op.DIVIDE, value, others[0])
            case Op.DIVIDE:
                value = pool.make(Op.MULTIPLY, value, others[0]) if place == 0 else pool.make(Op.DIVIDE, others[0], value)
            case Op.SQRT:
                value = pool.make(Op.MULTIPLY, value, value)
            case Op.IF if place:
                pass
            case _:
                return
