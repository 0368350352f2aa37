"""Taylor coefficients of terms along one variable, over a box.

The jet of a term is (f, f', f''/2, ...), each enclosed on the whole box; coefficients beyond its end are 0. Coefficients at exact points are exact
where they are rational: so it is seen that tanh x - x + x^3/3 vanishes at 0 up to the fourth order, and no rounding hides it.

Every rule is the recurrence that follows from a differential equation of the function: e' = u' e for e = exp u gives
k e_k = sum of j u_j e_(k-j), and so on. Where a function is not smooth somewhere in the box its coefficients are `ANYTHING` (a division by an
interval with 0 in it), which no use of them survives.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from gmpy2 import mpq

from fpproof.judges.enclosure.evaluate import LARGEST_EXACT, Terms, argument_of_log, coefficient, exact_or_interval, hull, is_real, is_zero, operate
from fpproof.judges.reals.intervals import ANYTHING, Arithmetic, Enclosed, Interval
from fpproof.theory import Op, Term, Type
from fpproof.theory.numbers import ONE, ZERO, Surd

Jet: TypeAlias = list[Enclosed]
"""At least one coefficient."""


def jets(terms: Terms, box: Mapping[Term, Enclosed], along: Term, order: int, arithmetic: Arithmetic) -> list[Jet]:
    """The jets of the roots, numbers all of them, up to an order."""
    found: list[Any] = []
    place: dict[int, int] = {}
    ring = Ring(arithmetic, lambda term: found[place[id(term)]], at_point=arithmetic.interval(box[along]).point)
    for i, (term, places) in enumerate(terms.steps()):
        place[id(term)] = i
        if term.op is Op.VARIABLE:
            found.append([coefficient(box[term]), *([ONE] if term is along else [])])
        elif not term.args:
            found.append(term.data if term.type is Type.BOOL else [coefficient(term.data)])
        else:
            found.append(_jet(term, [found[j] for j in places], order, ring))
    return [found[i] for i in terms.roots]


def _jet(term: Term, args: Sequence[Any], order: int, ring: "Ring") -> Any:
    """The jet of an operation; of a condition, its value."""
    values = [a[0] if isinstance(a, list) else a for a in args]
    value = operate(term, values, ring.arithmetic)
    if term.type is Type.BOOL:
        return value
    value = coefficient(value)
    if all(not isinstance(a, list) or len(a) == 1 for a in args) and term.op is not Op.IF:
        return [value]
    return ring.operation(term, list(args), value, order)


class Ring:
    """Calculation with coefficients: exact while both are exact, and 0 times a real number is 0.

    `at_point`: the variable is one number, so that nothing is known of what is beside it.
    """

    def __init__(self, arithmetic: Arithmetic, jet_of: Callable[[Term], Jet] | None = None, at_point: bool = False) -> None:
        self.arithmetic, self.jet_of, self.at_point = arithmetic, jet_of, at_point

    def add(self, x: Enclosed, y: Enclosed) -> Enclosed:
        if x is ZERO or y is ZERO:
            return y if x is ZERO else x
        if not _inexact(x) and not _inexact(y):
            return exact_or_interval(x + y, self.arithmetic)
        return self.arithmetic.add(self.arithmetic.interval(x), self.arithmetic.interval(y))

    def multiply(self, x: Enclosed, y: Enclosed) -> Enclosed:
        if not _inexact(x) and not _inexact(y):
            return exact_or_interval(x * y, self.arithmetic)
        if is_zero(x) or is_zero(y):
            return ZERO if is_real(x) and is_real(y) else ANYTHING
        return self.arithmetic.multiply(self.arithmetic.interval(x), self.arithmetic.interval(y))

    def divide(self, x: Enclosed, y: Enclosed) -> Enclosed:
        if is_zero(y):
            return ANYTHING
        if not _inexact(x) and not _inexact(y):
            return exact_or_interval(x / y, self.arithmetic)
        if is_zero(x):
            return ZERO if is_real(x) and is_real(y) and not self.arithmetic.interval(y).has_zero else ANYTHING
        return self.arithmetic.divide(self.arithmetic.interval(x), self.arithmetic.interval(y))

    def negate(self, x: Enclosed) -> Enclosed:
        return self.arithmetic.negate(x) if isinstance(x, Interval) else self.multiply(-ONE, x)

    def sum(self, xs: Sequence[Enclosed]) -> Enclosed:
        total: Enclosed = ZERO
        for x in xs:
            total = self.add(total, x)
        return total

    def convolved(self, f: Jet, g: Jet, k: int, first: int = 0) -> Enclosed:
        """The sum of f_j g_(k-j) for j from `first` to k - first."""
        places = range(max(first, k - len(g) + 1), min(k - first, len(f) - 1) + 1)
        return self.sum([self.multiply(f[j], g[k - j]) for j in places])

    def driven(self, u: Jet, g: Jet, k: int) -> Enclosed:
        """(1/k) * the sum of j u_j g_(k-j) for j from 1 to k: coefficient k of a function whose derivative is u' g."""
        places = range(max(1, k - len(g) + 1), min(k, len(u) - 1) + 1)
        return self.sum([self.multiply(self.multiply(mpq(j, k), u[j]), g[k - j]) for j in places])

    # Operations

    def operation(self, term: Term, args: list[Any], value: Enclosed, n: int) -> Jet:
        match term.op:
            case Op.NEGATE:
                return [value, *(self.negate(c) for c in args[0][1:])]
            case Op.ADD | Op.SUBTRACT:
                return self.plus(args[0], args[1], value, term.op is Op.SUBTRACT)
            case Op.MULTIPLY if (own := argument_of_log(term)) is not None:
                u, log = args[own], args[1 - own]
                return [value, *(self.driven(u, [self.add(log[0], ONE), *log[1:]], k) for k in range(1, n + 1))]
            case Op.MULTIPLY:
                return [value, *(self.convolved(args[0], args[1], k) for k in range(1, min(n, len(args[0]) + len(args[1]) - 2) + 1))]
            case Op.DIVIDE if (exponent := one_plus_exp(term.args[1])) is not None:
                logistic = self.logistic([self.negate(c) for c in self.inner(exponent)], n)
                return [value, *(self.convolved(args[0], logistic, k) for k in range(1, n + 1))]
            case Op.DIVIDE:
                return self.quotient(args[0], args[1], value, n)
            case Op.POWER:
                return self.power(args[0], int(args[1][0]), value, n)
            case Op.SQRT:
                return self.root(args[0], value, n)
            case Op.FUNCTION if term.data == "log" and (slope := self.logarithmic_slope(term.args[0], n)) is not None:
                u, derivative = slope
                return [value, *(self.driven(u, derivative, k) for k in range(1, n + 1))]
            case Op.FUNCTION:
                return self.function(term.data, args[0], value, n)
            case Op.ABSOLUTE:
                return self.chosen(self.sign(args[0][0]), args[0], [self.negate(c) for c in args[0]], value)
            case Op.MAXIMUM | Op.MINIMUM:
                difference = self.add(args[0][0], self.negate(args[1][0]))
                sign = self.sign(difference if term.op is Op.MAXIMUM else self.negate(difference))
                return self.chosen(sign, args[0], args[1], value)
        assert term.op is Op.IF
        condition, x, y = args
        return [value, *((x if condition else y)[1:] if condition is not None else [ANYTHING])]

    def sign(self, x: Enclosed) -> bool | None:
        """Whether x >= 0 everywhere (True), or x <= 0 (False); None if it may have both signs, at a point beside it too."""
        interval = self.arithmetic.interval(x)
        if not interval.real or (self.at_point and interval.has_zero):
            return None
        return True if interval.low >= 0 else (False if interval.high <= 0 else None)

    def chosen(self, first: bool | None, x: Jet, y: Jet, value: Enclosed) -> Jet:
        """One of two jets; where it is not known which, the function is Lipschitz with a slope between theirs, and no more is known."""
        if first is not None:
            return [value, *(x if first else y)[1:]]
        slopes = [self.arithmetic.interval(jet[1] if len(jet) > 1 else ZERO) for jet in (x, y)]
        return [value, hull(*slopes), ANYTHING]

    def plus(self, f: Jet, g: Jet, value: Enclosed, minus: bool) -> Jet:
        long = max(len(f), len(g))
        left = [*f[1:], *[ZERO] * (long - len(f))]
        right = [*g[1:], *[ZERO] * (long - len(g))]
        return [value, *(self.add(a, self.negate(b) if minus else b) for a, b in zip(left, right, strict=True))]

    def quotient(self, f: Jet, g: Jet, value: Enclosed, n: int) -> Jet:
        """q g = f."""
        q = [value]
        for k in range(1, n + 1):
            known = self.sum([self.multiply(g[j], q[k - j]) for j in range(1, min(k, len(g) - 1) + 1)])
            q.append(self.divide(self.add(f[k] if k < len(f) else ZERO, self.negate(known)), g[0]))
        return q

    def power(self, u: Jet, exponent: int, value: Enclosed, n: int) -> Jet:
        """The first coefficient is n u^(n-1) u', the others are those of the product of two powers; a negative power is a quotient."""
        if exponent == 0:
            return [value]
        if exponent < 0:
            whole = self.power(u, -exponent, self._power(u[0], -exponent), n)
            return self.quotient([ONE], whole, value, n)
        if exponent == 1:
            return [value, *u[1:]]
        slope = self.multiply(self.multiply(mpq(exponent), self._power(u[0], exponent - 1)), u[1] if len(u) > 1 else ZERO)
        if n == 1:
            return [value, slope]
        half, rest = (self.power(u, m, self._power(u[0], m), n) for m in (exponent // 2, exponent - exponent // 2))
        last = min(n, exponent * (len(u) - 1))
        return [value, slope, *(self.convolved(half, rest, k) for k in range(2, last + 1))]

    def _power(self, x: Enclosed, exponent: int) -> Enclosed:
        if not _inexact(x) and exponent * (x.numerator.bit_length() + x.denominator.bit_length()) <= LARGEST_EXACT:
            return x**exponent
        return self.arithmetic.power(self.arithmetic.interval(x), exponent)

    def root(self, u: Jet, value: Enclosed, n: int) -> Jet:
        """r r = u."""
        r, double = [value], self.multiply(mpq(2), value)
        for k in range(1, n + 1):
            known = self.convolved(r, r, k, first=1)
            r.append(self.divide(self.add(u[k] if k < len(u) else ZERO, self.negate(known)), double))
        return r

    def function(self, name: str, u: Jet, value: Enclosed, n: int) -> Jet:
        match name:
            case "exp":
                e = [value]
                for k in range(1, n + 1):
                    e.append(self.driven(u, e, k))
                return e
            case "log":
                return self.logarithm(u, value, n)
            case "tanh":
                return self.tanh(u, value, n)
            case "atan":
                return self.arctangent(u, value, n)
            case "erf":
                return self.error_function(u, value, n)
            case "sin" | "cos" | "sinh" | "cosh":
                return self.pair(name, u, value, n)
        raise AssertionError(name)

    def logarithm(self, u: Jet, value: Enclosed, n: int) -> Jet:
        """u l' = u'."""
        found = [value]
        for k in range(1, n + 1):
            known = self.sum([self.multiply(self.multiply(mpq(j, k), found[j]), u[k - j]) for j in range(max(1, k - len(u) + 1), k)])
            found.append(self.divide(self.add(u[k] if k < len(u) else ZERO, self.negate(known)), u[0]))
        return found

    def inner(self, term: Term) -> Jet:
        """The jet of a term below an argument."""
        assert self.jet_of is not None
        return self.jet_of(term)

    def logarithmic_slope(self, u: Term, n: int) -> tuple[Jet, Jet] | None:
        """a and f with (log u)' = a' f, where u'/u would lose too much: of 1 + e^a and cosh a."""
        if (exponent := one_plus_exp(u)) is not None:
            a = self.inner(exponent)
            return a, self.logistic(a, n)
        if u.op is Op.FUNCTION and u.data == "cosh":
            a = self.inner(u.args[0])
            return a, self.tanh(a, self.at("tanh", a[0]), n)
        return None

    def logistic(self, u: Jet, n: int) -> Jet:
        """s = 1/(1 + e^-u); s' = u' w with w = s - s s."""
        s = [self.divide(ONE, self.add(ONE, self.at("exp", self.negate(u[0]))))]
        w = [self.multiply(s[0], self.divide(ONE, self.add(ONE, self.at("exp", u[0]))))]
        for k in range(1, n + 1):
            s.append(self.driven(u, w, k))
            w.append(self.add(s[k], self.negate(self.convolved(s, s, k))))
        return s

    def tanh(self, u: Jet, value: Enclosed, n: int) -> Jet:
        """t' = u' w with w = 1 - t t."""
        t = [value]
        w = [self.add(ONE, self.negate(self._power(value, 2)))]
        for k in range(1, n + 1):
            t.append(self.driven(u, w, k))
            w.append(self.negate(self.convolved(t, t, k)))
        return t

    def pair(self, name: str, u: Jet, value: Enclosed, n: int) -> Jet:
        """sin and cos, sinh and cosh: each is the other's derivative, up to a sign."""
        circular = name in ("sin", "cos")
        names = ("sin", "cos") if circular else ("sinh", "cosh")
        odd, even = ([value if name == each else self.at(each, u[0])] for each in names)
        for k in range(1, n + 1):
            next_odd, next_even = self.driven(u, even, k), self.driven(u, odd, k)
            odd.append(next_odd)
            even.append(self.negate(next_even) if circular else next_even)
        return odd if name == names[0] else even

    def arctangent(self, u: Jet, value: Enclosed, n: int) -> Jet:
        """(1 + u u) a' = u', as a' = u' f with f = 1/(1 + u u)."""
        square = self.power(u, 2, self._power(u[0], 2), n)
        denominator = [self.add(ONE, square[0]), *square[1:]]
        slope = self.quotient([ONE], denominator, self.divide(ONE, denominator[0]), n)
        return [value, *(self.driven(u, slope, k) for k in range(1, n + 1))]

    def error_function(self, u: Jet, value: Enclosed, n: int) -> Jet:
        """erf' = 2/sqrt(pi) exp(-u u) u'."""
        square = self.power(u, 2, self._power(u[0], 2), n)
        exponent = [self.negate(c) for c in square]
        density = self.function("exp", exponent, self.at("exp", exponent[0]), n)
        scale = self.arithmetic.two_over_root_pi
        found = [value]
        for k in range(1, n + 1):
            found.append(self.multiply(scale, self.driven(u, density, k)))
        return found

    def at(self, name: str, x: Enclosed) -> Enclosed:
        """A function's value; exact at 0."""
        if not isinstance(x, Interval) and is_zero(x):
            return ZERO if name in ("sin", "sinh", "tanh") else ONE
        return coefficient(self.arithmetic.function(name, self.arithmetic.interval(x)))


def one_plus_exp(term: Term) -> Term | None:
    """a, of 1 + e^a in either order."""
    if term.op is Op.ADD:
        for one, power in (term.args, term.args[::-1]):
            if one.op is Op.CONSTANT and one.data == 1 and power.op is Op.FUNCTION and power.data == "exp":
                return power.args[0]
    return None


def _inexact(x: Enclosed) -> bool:
    return isinstance(x, Interval | Surd)
