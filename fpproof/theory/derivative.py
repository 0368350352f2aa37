"""[E-Derivative] The derivative of a term in a variable, by the rules of calculus, as a term."""

from fpproof.errors import Place, TheoryError
from fpproof.theory.numbers import NAN
from fpproof.theory.terms import Op, Pool, Term, Type, ordered, show

MOST_STEPS = 2000
"""Terms that are differentiated in one expression."""



class Derivatives:
    """Derivatives of terms in one variable; what does not depend on it has the derivative 0."""

    def __init__(self, pool: Pool, variable: Term, place: Place | None) -> None:
        self.pool, self.variable, self.place = pool, variable, place
        self.zero, self.one = self._number(0), self._number(1)

    def of(self, term: Term) -> Term:
        """Raises TheoryError for operations that have no derivative (rounding)."""
        terms = ordered([term])
        if len(terms) > MOST_STEPS:
            raise TheoryError(f"a derivative of more than {MOST_STEPS} terms", self.place)
        found: dict[int, Term] = {}
        for t in terms:
            if t is self.variable:
                found[id(t)] = self.one
            elif t.op is Op.FLOW and any(found[id(a)] is not self.zero for a in t.args):
                raise TheoryError(f"{show(t)} has no derivative in the language", t.place or self.place)
            elif t.type not in (Type.NUMBER, Type.INT) or all(found.get(id(a), self.zero) is self.zero for a in t.args):
                found[id(t)] = self.zero
            else:
                found[id(t)] = self._step(t, [found[id(a)] for a in t.args])
        return found[id(term)]

    def _number(self, n: int) -> Term:
        return self.pool.constant(n, self.place)

    def _make(self, op: Op, *args: Term, data: str | None = None) -> Term:
        return self.pool.make(op, *args, data=data, place=self.place)

    def _sum(self, x: Term, y: Term, minus: bool = False) -> Term:
        if y is self.zero:
            return x
        if x is self.zero:
            return self._make(Op.NEGATE, y) if minus else y
        return self._make(Op.SUBTRACT if minus else Op.ADD, x, y)

    def _product(self, x: Term, y: Term) -> Term:
        if self.zero in (x, y):
            return self.zero
        return y if x is self.one else (x if y is self.one else self._make(Op.MULTIPLY, x, y))

    def _step(self, t: Term, d: list[Term]) -> Term:
        u = t.args[0]
        match t.op:
            case Op.NEGATE:
                return self._make(Op.NEGATE, d[0])
            case Op.ADD | Op.SUBTRACT:
                return self._sum(d[0], d[1], t.op is Op.SUBTRACT)
            case Op.MULTIPLY:
                return self._sum(self._product(d[0], t.args[1]), self._product(u, d[1]))
            case Op.DIVIDE:
                v = t.args[1]
                if d[1] is self.zero:
                    return self._make(Op.DIVIDE, d[0], v)
                top = self._sum(self._product(d[0], v), self._product(u, d[1]), minus=True)
                return self._make(Op.DIVIDE, top, self._make(Op.POWER, v, self._number(2)))
            case Op.POWER if d[1] is self.zero:
                n = t.args[1]
                lower = self._make(Op.POWER, u, self._make(Op.SUBTRACT, n, self.one) if n.op is not Op.CONSTANT else self._number(int(n.data) - 1))
                return self._product(self._product(n, lower), d[0])
            case Op.SQRT:
                return self._make(Op.DIVIDE, d[0], self._product(self._number(2), t))
            case Op.FUNCTION:
                return self._product(self._function(t, u), d[0])
            case Op.ABSOLUTE:
                return self._between(u, self.zero, d[0], self._make(Op.NEGATE, d[0]))
            case Op.MAXIMUM:
                return self._between(u, t.args[1], d[0], d[1])
            case Op.MINIMUM:
                return self._between(u, t.args[1], d[1], d[0])
            case Op.IF:
                return self._make(Op.IF, u, d[1], d[2])
        raise TheoryError(f"{show(t)} has no derivative: {t.op}", t.place or self.place)

    def _between(self, x: Term, y: Term, above: Term, below: Term) -> Term:
        """One where x > y, the other where x < y, NaN where they meet: there is a kink."""
        kink = self.pool.constant(NAN, self.place)
        return self._make(Op.IF, self._make(Op.LESS, y, x), above, self._make(Op.IF, self._make(Op.LESS, x, y), below, kink))

    def _function(self, t: Term, u: Term) -> Term:
        """f'(u) of t = f(u)."""
        match t.data:
            case "exp":
                return t
            case "log":
                return self._make(Op.DIVIDE, self.one, u)
            case "tanh":
                return self._make(Op.SUBTRACT, self.one, self._make(Op.POWER, t, self._number(2)))
            case "sin":
                return self._make(Op.FUNCTION, u, data="cos")
            case "cos":
                return self._make(Op.NEGATE, self._make(Op.FUNCTION, u, data="sin"))
            case "expm1":
                return self._make(Op.FUNCTION, u, data="exp")
            case "log1p":
                return self._make(Op.DIVIDE, self.one, self._make(Op.ADD, self.one, u))
            case "atan":
                return self._make(Op.DIVIDE, self.one, self._make(Op.ADD, self.one, self._make(Op.POWER, u, self._number(2))))
            case "sigmoid":
                return self._make(Op.MULTIPLY, t, self._make(Op.SUBTRACT, self.one, t))
            case "softplus":
                return self._make(Op.FUNCTION, u, data="sigmoid")
            case "sinh":
                return self._make(Op.FUNCTION, u, data="cosh")
            case "cosh":
                return self._make(Op.FUNCTION, u, data="sinh")
        raise TheoryError(f"{t.data} has no derivative in the language", t.place or self.place)
