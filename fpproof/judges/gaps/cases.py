"""Conditions straightened: abs, min, max and choices between lines become cases, until every comparison is one of lines."""

from collections.abc import Iterator

from fpproof.judges.gaps.shapes import COMPARISONS, NotReducible, Shape, Shapes
from fpproof.theory import Op, Pool, Term, Type, ordered, rebuild
from fpproof.theory.numbers import NAN, ZERO

MOST_CASES = 64
"""Comparisons that are made of one claim."""


class Straightening:
    """Rewrites conditions; each of `excluded` is where the new ones say something else: they are to be shown impossible."""

    def __init__(self, pool: Pool, shapes: Shapes) -> None:
        self.pool, self.shapes = pool, shapes
        self.excluded: list[Term] = []
        self._left = MOST_CASES

    def condition(self, condition: Term) -> Term:
        (found,) = rebuild([condition], self._made)
        return found

    def _made(self, term: Term, args: tuple[Term, ...]) -> Term:
        if term.op is Op.EXISTS and self.shapes.of(term):
            raise NotReducible("a Real in exists")
        new = self.pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)
        if new.op not in COMPARISONS or self.shapes.of(new) is not Shape.BENT:
            return new
        self._left -= 1
        if self._left < 0:
            raise NotReducible(f"more than {MOST_CASES} cases of abs, min, max and if")
        return self.condition(self._by_cases(new))

    def _by_cases(self, atom: Term) -> Term:
        """One bend less."""
        for side in (0, 1):
            x, other = atom.args[side], atom.args[1 - side]
            if x.op is Op.ABSOLUTE and self._is_quotient(x.args[0]):
                quotient = self.pool.make(Op.DIVIDE, *(self.pool.make(Op.ABSOLUTE, a) for a in x.args[0].args))
                return self._put(atom, x, quotient)
            if self._is_quotient(x) and self.shapes.of(other) is Shape.CONSTANT:
                return self._cleared(atom, side)
        bend = next(t for t in ordered(atom.args) if self.shapes.of(t) is Shape.BENT)
        zero = self.pool.constant(ZERO, type=Type.NUMBER)
        x, y = bend.args[-2:] if len(bend.args) > 1 else (bend.args[0], self.pool.make(Op.NEGATE, bend.args[0]))
        match bend.op:
            case Op.IF:
                return self._choice(bend.args[0], self._put(atom, bend, x), self._put(atom, bend, y))
            case Op.ABSOLUTE:
                return self._choice(self._less_equal(zero, x), self._put(atom, bend, x), self._put(atom, bend, y))
            case Op.MINIMUM | Op.MAXIMUM:
                low, high = (x, y) if bend.op is Op.MINIMUM else (y, x)
                neither = self._put(atom, bend, self.pool.constant(NAN, type=Type.NUMBER))
                second = self._choice(self._less_equal(high, low), self._put(atom, bend, y), neither)
                return self._choice(self._less_equal(low, high), self._put(atom, bend, x), second)
        raise NotReducible("a quotient by a Real inside of other terms")

    def _is_quotient(self, term: Term) -> bool:
        """Whether a term is divided by x, its negative or absolute value, times a power of two."""
        return term.op is Op.DIVIDE and self.shapes.of(term.args[1]) is Shape.SCALED

    def _cleared(self, atom: Term, side: int) -> Term:
        """e/s < r iff e < r s where s > 0, and r s < e where s < 0; at s = 0 it is another claim."""
        (e, s), r = atom.args[side].args, atom.args[1 - side]
        zero = self.pool.constant(ZERO, type=Type.NUMBER)
        self.excluded.append(self.pool.make(Op.EQUAL, s, zero))
        sides = (e, self.pool.make(Op.MULTIPLY, r, s)) if side == 0 else (self.pool.make(Op.MULTIPLY, r, s), e)
        positive = self.pool.make(Op.LESS, zero, s)
        return self._choice(positive, self.pool.make(atom.op, *sides), self.pool.make(atom.op, *reversed(sides)))

    def _choice(self, condition: Term, x: Term, y: Term) -> Term:
        return self.pool.make(Op.IF, condition, x, y)

    def _less_equal(self, x: Term, y: Term) -> Term:
        return self.pool.make(Op.LESS_EQUAL, x, y)

    def _put(self, atom: Term, old: Term, new: Term) -> Term:
        """The comparison with one term in place of another."""

        def make(term: Term, args: tuple[Term, ...]) -> Term:
            return new if term is old else self.pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)

        (found,) = rebuild([atom], make)
        return found


def comparisons(condition: Term, shapes: Shapes) -> Iterator[Term]:
    """The comparisons of lines in a straightened condition."""
    return (t for t in ordered([condition]) if t.op in COMPARISONS and shapes.of(t) is not Shape.CONSTANT)
