"""Which inputs need not be looked at, because an assumption is known to be false there.

A comparison of terms of which one only grows with a variable x, and the other only falls or stays, is false up to some x and true from there on, or
the other way round: where it turns is found by bisection. Only numbers count here, so both zeros are one x.
"""

from collections.abc import Callable, Iterable, Iterator

from fpproof.formats import Format
from fpproof.judges.enumeration.shapes import Shape
from fpproof.theory import Op, Pool, Term, Type, ordered
from fpproof.theory.numbers import Special, Surd

_FAILING = {Op.WEIGHT, Op.EXISTS, Op.FUNCTION, Op.FLOW}
"""What may make an assumption fail instead of being false: those after it must not hide that."""

ShapeOf = Callable[[Term], Shape | None]
Free = dict[Term, frozenset[Term]]


def usable(assumptions: Iterable[Term]) -> Iterator[Term]:
    """The assumptions up to the first that may fail."""
    for condition in assumptions:
        if any(term.op in _FAILING for term in ordered([condition])):
            return
        yield condition


def comparisons(pool: Pool, condition: Term) -> list[Term]:
    """The comparisons < and <= that a condition implies: a == b both ways, |a| <= b for a and for -a."""
    match condition.op:
        case Op.EQUAL if condition.args[0].type is not Type.BOOL:
            x, y = condition.args
            return [pool.make(Op.LESS_EQUAL, x, y), pool.make(Op.LESS_EQUAL, y, x)]
        case Op.LESS | Op.LESS_EQUAL:
            less, greater = condition.args
            if less.op is Op.ABSOLUTE:
                inside = less.args[0]
                return [pool.make(condition.op, x, greater) for x in (inside, pool.make(Op.NEGATE, inside))]
            return [condition]
    return []


class Direction:
    """How terms move with one variable: 1, -1, or 0 if not at all; None if that is not known."""

    def __init__(self, variable: Term, free: Free, shape: ShapeOf) -> None:
        self.variable, self.free, self.shape = variable, free, shape

    def of(self, root: Term) -> int | None:
        found: dict[Term, int | None] = {}
        for term in ordered([root], lambda t: t.args if self.variable in self.free[t] and t.op in _KNOWN else ()):
            found[term] = self._of(term, found)
        return found[root]

    def _of(self, term: Term, found: dict[Term, int | None]) -> int | None:
        if self.variable not in self.free[term]:
            return 0
        shape = self.shape(term)
        if term is self.variable:
            return 1
        if term.op not in _KNOWN or shape is None or not shape.finite:
            return None
        below = [found.get(a, 0) for a in term.args]
        match term.op:
            case Op.NEGATE:
                return _times(below[0], -1)
            case Op.ADD | Op.MINIMUM | Op.MAXIMUM:
                return _both(below[0], below[1])
            case Op.SUBTRACT:
                return _both(below[0], _times(below[1], -1))
            case Op.MULTIPLY if _sign(term.args[0]) is not None:
                return _times(below[1], _sign(term.args[0]))
            case Op.MULTIPLY | Op.DIVIDE:
                return _times(below[0], _sign(term.args[1]))
            case Op.ROUND:
                F: Format = term.args[1].data
                return None if F.overflow == "nan" else below[0]
        return None

    def cut(self, comparison: Term) -> int:
        """1 if the comparison (< or <=) is true up to some value, -1 if from some value on, 0 if that is not known or nothing turns."""
        less, greater = comparison.args
        return _both(self.of(less), _times(self.of(greater), -1)) or 0


_KNOWN = {Op.VARIABLE, Op.NEGATE, Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.MINIMUM, Op.MAXIMUM, Op.ROUND}


def _times(direction: int | None, sign: int | None) -> int | None:
    return None if direction is None or sign is None else direction * sign


def _both(x: int | None, y: int | None) -> int | None:
    """The direction of what moves with both."""
    if x is None or y is None or x * y < 0:
        return None
    return x or y


def _sign(term: Term) -> int | None:
    """The sign of a nonzero rational constant."""
    if term.op is not Op.CONSTANT or isinstance(term.data, Special | Surd) or not term.data:
        return None
    return 1 if term.data > 0 else -1
