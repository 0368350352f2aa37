"""Statements about real numbers as formulas over polynomials, with every condition that a rewriting needs.

A numerical term becomes a fraction, a formula `real` under which the term is a real number equal to it, and a formula `nan` under which it is NaN.
Divisors must not be 0, roots not negative, logarithms of positive numbers: what the language makes of x/0 and log(0) is no matter of
algebra. So a condition becomes two formulas, between which the truth lies: `must`, which implies it, and `may`, which it implies. To prove a lemma it
is enough to refute `may` of its assumptions together with not `must` of a conclusion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fpproof.judges.algebra.fields import Beyond, Field, Fraction
from fpproof.judges.algebra.formulas import Formula, both, either, implies, negation, not_negative, positive, zero
from fpproof.theory import Claim, Domain, Op, Term, Type, ordered
from fpproof.theory.numbers import NAN, NEGATIVE_ZERO, ZERO, Special

DOMAINS = {Domain.REAL, Domain.INT, Domain.FLOAT}
FUNCTIONS = ("exp", "log", "tanh", "sinh", "cosh", "sin", "cos")
_OPERATIONS = {
    Op.VARIABLE, Op.CONSTANT, Op.TRUTH, Op.IF, Op.NEGATE, Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.POWER, Op.SQRT, Op.ABSOLUTE,
    Op.MINIMUM, Op.MAXIMUM, Op.FUNCTION, Op.NOT, Op.AND, Op.OR, Op.IFF, Op.FINITE, Op.EQUAL, Op.LESS, Op.LESS_EQUAL, Op.LIMIT,
}  # fmt: skip


def beyond(claim: Claim) -> str:
    """What in a claim is no algebra for sure, seen at once; empty if nothing is."""
    for term in ordered((*claim.variables, *claim.assumptions, *claim.conclusions), lambda t: () if t.op is Op.VARIABLE else t.args):
        if term.op is Op.VARIABLE and term.variable.domain not in DOMAINS:
            return f"a variable of type {term.variable.domain}"
        if term.op not in _OPERATIONS:
            return f"the operation {term.op}"
        if term.op is Op.FUNCTION and term.data not in FUNCTIONS:
            return f"the function {term.data}"
    return ""


@dataclass(frozen=True, slots=True)
class Real:
    """A numerical term: see the module."""

    value: Fraction
    real: Formula
    nan: Formula


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition: `must` implies it, and it implies `may`."""

    must: Formula
    may: Formula


class Translation:
    """The conditions of a claim as formulas; raises Beyond for what is no algebra."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.field = Field()
        terms = self._translated(self.field)
        if self.field.next_scale() != 1:
            self.field = Field(self.field.next_scale())
            terms = self._translated(self.field)
        self.assumptions: list[Truth] = [terms[id(c)] for c in claim.assumptions]
        self.conclusions: list[Truth] = [terms[id(c)] for c in claim.conclusions]

    def _translated(self, field: Field) -> dict[int, Any]:
        found: dict[int, Any] = {}
        steps = Steps(field)
        roots = (*self.claim.variables, *self.claim.assumptions, *self.claim.conclusions)
        for term in ordered(roots, lambda t: () if t.op is Op.VARIABLE else t.args):
            args = () if term.op is Op.VARIABLE else term.args
            found[id(term)] = steps.step(term, [found[id(a)] for a in args])
        return found


class Steps:
    """What each operation makes of its arguments."""

    def __init__(self, field: Field) -> None:
        self.field = field

    def step(self, term: Term, args: Sequence[Any]) -> Any:
        match term.op:
            case Op.VARIABLE:
                return Real(self.field.variable(term), True, False)
            case Op.CONSTANT:
                return self._constant(term)
            case Op.TRUTH:
                return Truth(term.data, term.data)
            case Op.IF if term.type is not Type.BOOL:
                return self._chosen(term, *args)
        if term.type is Type.BOOL:
            return self._condition(term, args)
        return self._number(term, args)

    def _constant(self, term: Term) -> Real:
        if isinstance(term.data, Special) and term.data is not NEGATIVE_ZERO:
            return Real(self.field.unknown(term.data), False, term.data is NAN)
        return Real(self.field.constant(ZERO if term.data is NEGATIVE_ZERO else term.data), True, False)

    # Numbers

    def _number(self, term: Term, args: Sequence[Real]) -> Real:
        """An operation that is NaN where an argument is; and real where they are, unless it says otherwise."""
        field, values = self.field, [a.value for a in args]
        real, nan = both(*(a.real for a in args)), either(*(a.nan for a in args))
        x = values[0]
        match term.op:
            case Op.NEGATE:
                return Real(field.negate(x), real, nan)
            case Op.ADD:
                return Real(field.add(x, values[1]), real, nan)
            case Op.SUBTRACT:
                return Real(field.add(x, field.negate(values[1])), real, nan)
            case Op.MULTIPLY:
                return Real(field.multiply(x, values[1]), real, nan)
            case Op.DIVIDE:
                return self._quotient(args[0], args[1])
            case Op.POWER:
                return self._power(args[0], term.args[1])
            case Op.SQRT:
                negative = both(real, _nonzero(x.den), negation(not_negative(x.num * x.den)))
                return Real(field.root(x), both(real, not_negative(x.num * x.den)), either(nan, negative))
            case Op.ABSOLUTE:
                return Real(field.absolute(x), real, nan)
            case Op.MINIMUM | Op.MAXIMUM:
                return Real(self._extreme(term.op, x, values[1]), real, nan)
            case Op.FUNCTION:
                return self._function(term.data, args[0])
        raise Beyond(f"the operation {term.op}")

    def _quotient(self, x: Real, y: Real) -> Real:
        real = both(x.real, y.real)
        vanishes: Formula = False if self.field.surely_positive(y.value.num) else zero(y.value.num)
        if vanishes is True:
            return Real(self.field.unknown(("quotient", x.value, y.value)), False, either(x.nan, y.nan))
        nan = either(x.nan, y.nan, both(real, vanishes, zero(x.value.num)))
        return Real(self.field.divide(x.value, y.value), both(real, negation(vanishes)), nan)

    def _power(self, x: Real, exponent: Term) -> Real:
        if exponent.op is not Op.CONSTANT or isinstance(exponent.data, Special) or exponent.data.denominator != 1:
            raise Beyond("a power with an exponent that varies")
        n = int(exponent.data)
        if n == 0:
            return Real(self.field.constant(exponent.data + 1), True, False)
        if n > 0:
            return Real(self.field.power(x.value, n), x.real, x.nan)
        one = Real(self.field.constant(exponent.data * 0 + 1), True, False)
        return self._quotient(one, Real(self.field.power(x.value, -n), x.real, x.nan))

    def _extreme(self, op: Op, x: Fraction, y: Fraction) -> Fraction:
        """One of two numbers, and not greater (not less) than either."""
        field = self.field
        difference = field.add(x, field.negate(y))
        if difference.num.is_ground and difference.den.is_ground:
            return x if not_negative(difference.num) is (op is Op.MAXIMUM) else y
        v = field.unknown((op, x.num, x.den, y.num, y.den))
        below = [field.add(z, field.negate(v)) for z in (x, y)]
        order = [d if op is Op.MINIMUM else field.negate(d) for d in below]
        defined = both(_nonzero(x.den), _nonzero(y.den))
        facts = both(either(*(zero(d.num) for d in below)), *(not_negative(d.num * d.den) for d in order))
        field.facts.append(implies(defined, facts))
        return v

    def _chosen(self, term: Term, condition: Truth, x: Real, y: Real) -> Real:
        """One value or the other, where it is certain which."""
        field = self.field
        if condition.must is True or condition.may is False:
            return x if condition.must is True else y
        v = field.unknown(("if", id(term)))
        same = [zero(field.add(z.value, field.negate(v)).num) for z in (x, y)]
        first, second = both(condition.must, x.real), both(negation(condition.may), y.real)
        for which, equal, z in ((first, same[0], x), (second, same[1], y)):
            field.facts.append(implies(both(which, _nonzero(z.value.den)), equal))
        return Real(v, either(first, second), both(x.nan, y.nan))

    def _function(self, name: str, x: Real) -> Real:
        field, value = self.field, x.value
        one = field.whole(field.ring.one)
        match name:
            case "exp":
                return Real(field.exp(value), x.real, x.nan)
            case "log":
                return self._log(x)
            case "tanh" | "sinh" | "cosh":
                e = field.exp(value)
                back = field.divide(one, e)
                odd, even = field.add(e, field.negate(back)), field.add(e, back)
                divisor = even if name == "tanh" else field.add(one, one)
                return Real(field.divide(even if name == "cosh" else odd, divisor), x.real, x.nan)
            case "sin" | "cos":
                sine, cosine = field.circular(value)
                return Real(sine if name == "sin" else cosine, x.real, x.nan)
        raise Beyond(f"the function {name}")

    def _log(self, x: Real) -> Real:
        value = x.value
        negative = both(x.real, _nonzero(value.den), negation(not_negative(value.num * value.den)))
        if not value.num:
            return Real(self.field.unknown(("log of zero",)), False, x.nan)
        try:
            result, condition = self.field.log(value)
        except Beyond:
            return Real(self.field.unknown(("log", value)), False, either(x.nan, negative))
        return Real(result, both(x.real, condition), either(x.nan, negative))

    # Conditions

    def _condition(self, term: Term, args: Sequence[Any]) -> Truth:
        match term.op:
            case Op.NOT:
                return Truth(negation(args[0].may), negation(args[0].must))
            case Op.AND:
                return Truth(both(*(a.must for a in args)), both(*(a.may for a in args)))
            case Op.OR:
                return Truth(either(*(a.must for a in args)), either(*(a.may for a in args)))
            case Op.IFF:
                a, b = args
                must = either(both(a.must, b.must), both(negation(a.may), negation(b.may)))
                return Truth(must, either(both(a.may, b.may), both(negation(a.must), negation(b.must))))
            case Op.IF:
                c, a, b = args
                must = either(both(c.must, a.must), both(negation(c.may), b.must))
                return Truth(must, either(both(c.may, a.may), both(negation(c.must), b.may)))
            case Op.FINITE:
                return Truth(args[0].real, negation(args[0].nan))
            case Op.EQUAL | Op.LESS | Op.LESS_EQUAL:
                return self._compared(term.op, *args)
        raise Beyond(f"the operation {term.op}")

    def _compared(self, op: Op, x: Real, y: Real) -> Truth:
        """By the difference; where one is NaN, the comparison is false."""
        d = self.field.add(y.value, self.field.negate(x.value))
        real, nan = both(x.real, y.real), either(x.nan, y.nan)
        holds = {Op.EQUAL: lambda: zero(d.num), Op.LESS: lambda: positive(d.num * d.den), Op.LESS_EQUAL: lambda: not_negative(d.num * d.den)}[op]()
        return Truth(both(real, holds), both(negation(nan), either(negation(real), holds)))


def _nonzero(p: Any) -> Formula:
    return negation(zero(p))
