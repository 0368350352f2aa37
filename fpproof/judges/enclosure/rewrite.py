"""Terms of the same value, or of the same sign, whose enclosures are narrower."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fpproof.theory import Claim, Op, Pool, Term, ordered, rebuild
from fpproof.theory.numbers import ONE


def outside_signs(claim: Claim) -> Claim:
    """The claim with minus signs outside of products, so that -x * log(x) is seen to be -(x * log(x)); exact, signs of zeros included."""
    pool = claim.pool

    def make(term: Term, args: tuple[Term, ...]) -> Term:
        if term.op is Op.MULTIPLY:
            for i, factor in enumerate(args):
                if factor.op is Op.NEGATE:
                    rest = (factor.args[0], args[1]) if i == 0 else (args[0], factor.args[0])
                    return pool.make(Op.NEGATE, make(term, rest), place=term.place)
        return pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)

    roots = rebuild((*claim.variables, *claim.assumptions, *claim.conclusions), make)
    first, second = len(claim.variables), len(claim.variables) + len(claim.assumptions)
    return replace(claim, variables=tuple(roots[:first]), assumptions=tuple(roots[first:second]), conclusions=tuple(roots[second:]))


def exponents(terms: Sequence[Term]) -> Iterator[Term]:
    """What exponentials below the terms are taken of."""
    yield from (t.args[0] for t in ordered(terms) if t.op is Op.FUNCTION and t.data == "exp")


class Scaled:
    """Terms divided by e^a, which is positive where a is real: x e^-x <= c becomes x <= c e^x, of which more can be seen as x grows."""

    def __init__(self, pool: Pool, exponent: Term) -> None:
        self.pool, self.exponent = pool, exponent
        self.inverse = self._exp(self._negated(exponent))

    def __call__(self, term: Term) -> Term:
        pool = self.pool
        match term.op:
            case Op.ADD | Op.SUBTRACT:
                return pool.make(term.op, self(term.args[0]), self(term.args[1]))
            case Op.NEGATE:
                return pool.make(Op.NEGATE, self(term.args[0]))
            case Op.MULTIPLY:
                x, y = term.args
                return self._times(self(x), y) if self._holds(x) else (self._times(x, self(y)) if self._holds(y) else self._times(term, self.inverse))
            case Op.DIVIDE if self._holds(term.args[0]):
                return pool.make(Op.DIVIDE, self(term.args[0]), term.args[1])
            case Op.FUNCTION if self._holds(term):
                return pool.constant(ONE)
        return self._times(term, self.inverse)

    def _holds(self, term: Term) -> bool:
        """Whether it has the exponential among its factors."""
        if term.op is Op.FUNCTION and term.data == "exp":
            return term.args[0] is self.exponent
        return term.op in (Op.MULTIPLY, Op.NEGATE) and any(self._holds(a) for a in term.args)

    def _times(self, x: Term, y: Term) -> Term:
        if x.op is Op.CONSTANT and x.data == 1:
            return y
        return x if y.op is Op.CONSTANT and y.data == 1 else self.pool.make(Op.MULTIPLY, x, y)

    def _exp(self, x: Term) -> Term:
        return self.pool.make(Op.FUNCTION, x, data="exp")

    def _negated(self, x: Term) -> Term:
        """-x, without two signs, and with the sign of a quotient before it."""
        if x.op is Op.NEGATE:
            return x.args[0]
        if x.op is Op.DIVIDE and x.args[0].op is Op.NEGATE:
            return self.pool.make(Op.DIVIDE, x.args[0].args[0], x.args[1])
        return self.pool.make(Op.NEGATE, x)


def cleared(pool: Pool, left: Term, right: Term) -> tuple[Term, Term, Term] | None:
    """Both terms times their denominators, and the product of these; None if they have none. Of the same order where the product is positive."""
    (n, d), (m, e) = (_fraction(pool, term) for term in (left, right))
    denominator = _denominators(pool, d, e)
    return None if denominator is None else (_times(pool, n, e), _times(pool, m, d), denominator)


def _fraction(pool: Pool, term: Term) -> tuple[Term, Term | None]:
    """Numerator and denominator; None for 1."""
    match term.op:
        case Op.NEGATE:
            n, d = _fraction(pool, term.args[0])
            return pool.make(Op.NEGATE, n), d
        case Op.ADD | Op.SUBTRACT:
            (n, d), (m, e) = (_fraction(pool, a) for a in term.args)
            if d is e:
                return pool.make(term.op, n, m), d
            return pool.make(term.op, _times(pool, n, e), _times(pool, m, d)), _denominators(pool, d, e)
        case Op.MULTIPLY:
            (n, d), (m, e) = (_fraction(pool, a) for a in term.args)
            return pool.make(Op.MULTIPLY, n, m), _denominators(pool, d, e)
        case Op.DIVIDE if term.args[1].op is not Op.CONSTANT:
            (n, d), (m, e) = (_fraction(pool, a) for a in term.args)
            return _times(pool, n, e), _times(pool, m, d)
    return term, None


def _times(pool: Pool, x: Term, y: Term | None) -> Term:
    return x if y is None else pool.make(Op.MULTIPLY, x, y)


def _denominators(pool: Pool, x: Term | None, y: Term | None) -> Term | None:
    return y if x is None else _times(pool, x, y)


def substituted(pool: Pool, term: Term, variable: Term, value: Term) -> Term:
    """The term with a number in place of a variable."""
    (found,) = rebuild([term], lambda t, args: value if t is variable else pool.make(t.op, *args, data=t.data, place=t.place, type=t.type))
    return found
