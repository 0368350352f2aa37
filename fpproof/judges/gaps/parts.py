"""A claim on one real number as claims without: lines are told by their ends.

Let the *breakpoints* be the floats of a format that has 0, all floats of the formats that occur, the midpoints between them and something beyond
each Omega. Let x lie in an open gap (a, b) between neighbouring ones, a the nearer to 0. Then fl(x), succ(x), is_float(x), ulp(x) and the order
of x and any breakpoint are what they are at any other point m of the gap, such as its middle. If x occurs there only, and in exact terms of degree 1,
the claim is, along the gap, made of comparisons l < r, l <= r, l == r of lines: the signs of L = l - r.

With A at a and B at b, L is A + t (B - A) at a + t (b - a), 0 < t < 1. Some x of the gap fails iff one fails just behind a, or at the root
t = A/(A - B) of some L with A B < 0, or just behind it: between these points no sign changes. The signs are there

    just behind a          that of A, or of B where A = 0;
    at the root of L       of another line L' that of (A B' - A' B)/(A - B), in which A - B has the sign of A; of L itself 0;
    just behind the root   that at the root, or of B' where it is 0, since L' goes from there to B'.

At a breakpoint a = m = b, and the first rule is right too. Beyond the last breakpoint c let x = c + c t/(1 - t). Then
(1 - t) L = A + t (B - A) with B = L(2c) - L(c), and the same rules hold, on one ray for each sign.

Where a factor of a line is infinite or NaN, or x has exponents without end, ends do not tell. The claims that are made here say of such places
that there are none, so they say at least as much as the one that they are made from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gmpy2 import mpq

from fpproof.formats import Format, Mode
from fpproof.judges.gaps.cases import Straightening, comparisons
from fpproof.judges.gaps.shapes import PLACED, NotReducible, Shape, Shapes, full_format, is_rational
from fpproof.theory import Claim, Domain, Op, Pool, Term, Type, ordered, rebuild
from fpproof.theory.instantiate import Folding, conjuncts
from fpproof.theory.numbers import NEGATIVE_ZERO, ZERO

MOST_LINES = 8
"""Comparisons of lines in one conclusion with the assumptions: each makes two more cases, in which it meets all others."""


@dataclass(frozen=True, eq=False)
class Part:
    """A claim without the real variable: on the gaps between breakpoints, or on the ray beyond the last one with a sign."""

    claim: Claim
    real: Term
    middle: Term
    """In place of the real variable: a variable over the breakpoints and the middles of the gaps, or a constant in the ray."""
    breakpoints: Format


def parts(claim: Claim) -> tuple[Part, ...]:
    """Claims that hold together iff a claim with one real variable does, unless they fail where ends do not tell; raises NotReducible."""
    reals = [v for v in claim.variables if v.variable.domain is Domain.REAL]
    if len(reals) != 1:
        raise NotReducible("one Real is decided by gaps, not several")
    (real,) = reals
    shapes = Shapes(real, (*claim.assumptions, *claim.conclusions))
    straight = Straightening(claim.pool, shapes)
    assumptions = [straight.condition(c) for c in claim.assumptions]
    if straight.excluded or any(_untold(c, shapes, claim.pool) or _met(c, shapes, PLACED) for c in assumptions):
        raise NotReducible("an assumption in which a Real divides, or has a factor that may be infinite, or an exponent")
    conclusions = [straight.condition(c) for c in claim.conclusions]
    writing = _Writing(claim, real, shapes, assumptions, conclusions, straight.excluded)
    return (writing.gaps(), *filter(None, (writing.ray(sign) for sign in (1, -1))))


def _untold(condition: Term, shapes: Shapes, pool: Pool) -> list[Term]:
    """Where the ends of a gap do not tell: conditions that are to be excluded, on numbers that are constant along gaps."""
    found = []
    for term in ordered([condition]):
        if term.op in (Op.MULTIPLY, Op.DIVIDE) and shapes.of(term) in (Shape.LINE, Shape.BENT):
            factor = next(a for a in reversed(term.args) if shapes.of(a) is Shape.CONSTANT)
            if not _is_finite(factor):
                found.append(pool.make(Op.NOT, pool.make(Op.FINITE, factor)))
            if term.op is Op.DIVIDE and not (is_rational(factor) and factor.data) and factor.op is not Op.POW2:
                found.append(pool.make(Op.EQUAL, factor, pool.constant(ZERO, type=Type.NUMBER)))
    return found


def _met(condition: Term, shapes: Shapes, operations: set[Op]) -> bool:
    """Whether one of the operations is applied to x."""
    return any(t.op in operations and shapes.of(t.args[0]) is not Shape.CONSTANT for t in ordered([condition]))


def _is_finite(term: Term) -> bool:
    """Whether a number is finite by its form."""
    while term.op in (Op.NEGATE, Op.ABSOLUTE):
        term = term.args[0]
    return is_rational(term) or term.op is Op.POW2 or (term.op is Op.VARIABLE and term.variable.domain in (Domain.FLOAT, Domain.INT))


@dataclass(frozen=True, eq=False)
class _Writing:
    """The claims of one claim whose conditions are straight."""

    claim: Claim
    real: Term
    shapes: Shapes
    assumptions: Sequence[Term]
    conclusions: Sequence[Term]
    excluded: Sequence[Term]

    def gaps(self) -> Part:
        B, pool = self.shapes.breakpoints, self.claim.pool
        middles = replace(full_format("middles of gaps", B.p + 1, B.emin, B.emax), Omega=B.Omega)
        x = pool.variable(self.real.variable.name, Domain.FLOAT, pool.format(middles))
        zero = pool.constant(ZERO, type=Type.NUMBER)
        near, up, down = (pool.make(Op.ROUND, x, pool.format(B), pool.mode(m)) for m in (Mode.TOWARD_ZERO, Mode.UP, Mode.DOWN))
        far = pool.make(Op.IF, pool.make(Op.LESS, zero, x), up, down)
        ends = _Ends(pool, self.shapes, (x, near, far))
        one_zero = pool.make(Op.NOT, pool.make(Op.SAME, x, pool.constant(NEGATIVE_ZERO, type=Type.NUMBER)))
        at_zero = pool.make(Op.NOT, pool.make(Op.AND, pool.make(Op.EQUAL, near, zero), pool.make(Op.NOT, pool.make(Op.EQUAL, x, zero))))
        shown = [at_zero] if any(_met(c, self.shapes, PLACED) for c in self.conclusions) else []
        given = [one_zero, *self.assumptions]
        return self._part(ends, x, [x if v is self.real else v for v in self.claim.variables], given, shown)

    def ray(self, sign: int) -> Part | None:
        """None where an assumption is known not to hold. What needs the binade is told nowhere on a ray: it is not assumed, and fails."""
        pool, last = self.claim.pool, mpq(sign * self.shapes.breakpoints.Omega)
        c, beyond = (pool.constant(factor * last, type=Type.NUMBER) for factor in (1, 2))
        endless = [c for c in (*self.assumptions, *self.conclusions) if _met(c, self.shapes, PLACED | {Op.ULP})]
        given = [c for c in self.assumptions if c not in endless]
        ends = _Ends(pool, self.shapes, (beyond, c, beyond), ray=True)
        variables = [v for v in self.claim.variables if v is not self.real]
        part = self._part(ends, beyond, variables, given, [pool.truth(False)] if endless else [])
        return None if any(c.op is Op.TRUTH for c in part.claim.assumptions) else part

    def _part(self, ends: "_Ends", middle: Term, variables: Sequence[Term], given: Sequence[Term], shown: Sequence[Term]) -> Part:
        pool = self.claim.pool
        assumptions = [ends.middle(c) for c in given if self.shapes.of(c) is Shape.CONSTANT]
        lines = [c for c in given if self.shapes.of(c) is not Shape.CONSTANT]
        if lines:
            assumptions.append(pool.make(Op.OR, *(pool.make(Op.AND, where, *conditions) for where, conditions in ends.cases(lines))))
        untold = [c for condition in (*self.conclusions, *self.excluded) for c in _untold(condition, self.shapes, pool)]
        conclusions = [*shown, *(pool.make(Op.NOT, ends.middle(c)) for c in dict.fromkeys((*self.excluded, *untold)))]
        for conclusion in self.conclusions:
            if self.shapes.of(conclusion) is Shape.CONSTANT and not lines:
                conclusions.append(ends.middle(conclusion))
                continue
            for where, (*met, holds) in ends.cases([*lines, conclusion]):
                conclusions.append(pool.make(Op.OR, pool.make(Op.NOT, pool.make(Op.AND, where, *met)), holds))
        folded = Folding(pool).all([*assumptions, *conclusions])
        middle_of = len(assumptions)
        claim = replace(
            self.claim, variables=tuple(variables), assumptions=conjuncts(folded[:middle_of]), conclusions=conjuncts(folded[middle_of:])
        )
        return Part(claim, self.real, middle, self.shapes.breakpoints)


_MIDDLE, _NEAR, _FAR = range(3)


class _Ends:
    """Terms at a point of a gap and at its ends."""

    def __init__(self, pool: Pool, shapes: Shapes, points: tuple[Term, Term, Term], ray: bool = False) -> None:
        self.pool, self.shapes, self.ray = pool, shapes, ray
        self._placed: dict[Term, tuple[Term, ...]] = {shapes.real: points}

    def middle(self, term: Term) -> Term:
        return self._at(term)[_MIDDLE]

    def _at(self, root: Term) -> tuple[Term, ...]:
        for term in ordered([root], lambda t: () if t in self._placed else t.args):
            if term not in self._placed:
                points = (_MIDDLE,) if self.shapes.of(term) is Shape.CONSTANT else range(3)
                found = [self._again(term, tuple(self._placed[a][point] for a in term.args)) for point in points]
                self._placed[term] = tuple(found * 3 if len(found) == 1 else found)
        return self._placed[root]

    def _again(self, term: Term, args: tuple[Term, ...]) -> Term:
        if term.op is Op.SIGNIFICAND:  # its binade is that of the middle
            power = self.pool.make(Op.POW2, self.pool.make(Op.EXPONENT, self._at(term.args[0])[_MIDDLE], args[1]))
            return self.pool.make(Op.DIVIDE, args[0], power)
        return self.pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)

    def cases(self, conditions: Sequence[Term]) -> Iterator[tuple[Term, list[Term]]]:
        """The points at which signs are told: where there is such a point, and what the conditions say there."""
        atoms = list(dict.fromkeys(a for c in conditions for a in comparisons(c, self.shapes)))
        if len(atoms) > MOST_LINES:
            raise NotReducible(f"{len(atoms)} comparisons of lines, at most {MOST_LINES}")
        lines = {atom: _Line(self, atom) for atom in atoms}
        start = {atom: lines[atom].behind(lines[atom].near) for atom in atoms}
        yield self.pool.truth(True), self._said(conditions, start)
        for root in lines.values():
            there = {atom: line.at_root_of(root) for atom, line in lines.items()}
            yield root.crosses, self._said(conditions, there)
            yield root.crosses, self._said(conditions, {atom: lines[atom].behind(signs) for atom, signs in there.items()})

    def _said(self, conditions: Sequence[Term], signs: dict[Term, "Signs"]) -> list[Term]:
        def make(term: Term, args: tuple[Term, ...]) -> Term:
            if term in signs:
                less, equal, _ = signs[term]
                return {Op.LESS: less, Op.EQUAL: equal, Op.LESS_EQUAL: self.pool.make(Op.OR, less, equal)}[term.op]
            if self.shapes.of(term) is Shape.CONSTANT:
                return self.middle(term)
            return self.pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)

        return rebuild(conditions, make)


Signs = tuple[Term, Term, Term]
"""Whether a line is negative, zero, positive: none of them where it is NaN."""


class _Line:
    """One comparison l < r, l <= r or l == r, as the line l - r."""

    def __init__(self, ends: _Ends, atom: Term) -> None:
        self.ends, self.pool = ends, ends.pool
        (_, self.l, self.l_far), (_, self.r, self.r_far) = (ends._at(side) for side in atom.args)
        self.near = self._signs(self.l, self.r)
        if ends.ray:
            self.far = self._signs(self._make(Op.ADD, self.l_far, self.r), self._make(Op.ADD, self.r_far, self.l))
        else:
            self.far = self._signs(self.l_far, self.r_far)

    def _make(self, op: Op, *args: Term) -> Term:
        return self.pool.make(op, *args)

    def _signs(self, x: Term, y: Term) -> Signs:
        return self._make(Op.LESS, x, y), self._make(Op.EQUAL, x, y), self._make(Op.LESS, y, x)

    def _and(self, *args: Term) -> Term:
        return self._make(Op.AND, *args)

    def _or(self, *args: Term) -> Term:
        return self._make(Op.OR, *args)

    @property
    def crosses(self) -> Term:
        """Whether there is a root between the ends."""
        return self._or(self._and(self.near[0], self.far[2]), self._and(self.near[2], self.far[0]))

    def behind(self, there: Signs) -> Signs:
        """The signs just behind a point at which they are given."""
        less, equal, greater = there
        return self._or(less, self._and(equal, self.far[0])), self._and(equal, self.far[1]), self._or(greater, self._and(equal, self.far[2]))

    @property
    def _values(self) -> tuple[Term, Term]:
        """A and B."""
        a, b = self._make(Op.SUBTRACT, self.l, self.r), self._make(Op.SUBTRACT, self.l_far, self.r_far)
        return a, self._make(Op.SUBTRACT, b, a) if self.ends.ray else b

    def at_root_of(self, other: "_Line") -> Signs:
        """The signs where another line is 0; a line that is infinite is so all along."""
        if other is self:
            no = self.pool.truth(False)
            return no, self.pool.truth(True), no
        (a, b), (c, d) = other._values, self._values
        less, equal, greater = self._signs(self._make(Op.MULTIPLY, a, d), self._make(Op.MULTIPLY, c, b))
        finite, positive = self._make(Op.FINITE, c), other.near[2]
        turned = (self._make(Op.IF, positive, less, greater), equal, self._make(Op.IF, positive, greater, less))
        first, second, third = (self._make(Op.IF, finite, x, y) for x, y in zip(turned, self.near, strict=True))
        return first, second, third
