"""Rational functions in generators: variables, and one for each independent function value in a statement.

e^(x/2) and e^x are powers of one generator, sin and cos of one angle are two with s^2 + c^2 = 1, a root is one whose square is known. So an identity
between exponentials becomes one between polynomials, and that is decided by expanding. What is known of a generator beyond that (e^x > 0,
e^x >= 1 + x, e^x < e^y iff x < y) are `facts`, for inequalities.
"""

from dataclasses import dataclass, field
from math import lcm
from typing import Any

from gmpy2 import mpq
from sympy import QQ
from sympy.polys.rings import PolyRing, ring

from fpproof.judges.algebra.formulas import Formula, Polynomial, both, either, implies, negation, not_negative, positive, zero
from fpproof.judges.reals.intervals import arithmetic
from fpproof.theory import Term

LARGEST_SCALE = 24
"""Of the common denominator of coefficients in exponents: e^(x/24) is the finest generator."""
MOST_GENERATORS = 40
LARGEST_EXPONENT = 64
MOST_PRODUCTS = 2_000_000
"""Products of terms in one product of polynomials."""
LARGEST_ARGUMENT = 1000
"""Of an exponential of a number that is put between two rational numbers."""
MOST_CANCELLED = 10_000
MOST_FACTORED = 40
"""Terms of polynomials of which common divisors, and factors, are looked for."""


class Beyond(Exception):
    """What algebra cannot put into a polynomial; the text says what."""


@dataclass(frozen=True, slots=True)
class Fraction:
    """num/den; den is not the zero polynomial."""

    num: Polynomial
    den: Polynomial


@dataclass
class Field:
    """The generators of one claim, and arithmetic of fractions in them; `scale` divides exponents and angles."""

    scale: int = 1
    size: int = MOST_GENERATORS
    names: dict[Any, int] = field(default_factory=dict)
    """Generators by what they stand for."""
    facts: list[Formula] = field(default_factory=list)
    denominators: set[int] = field(default_factory=set)
    """Of coefficients in exponents and angles: what `scale` should be a multiple of."""
    _squares: dict[int, Polynomial] = field(default_factory=dict)
    _exponents: dict[int, Polynomial] = field(default_factory=dict)
    _logs: dict[int, Fraction] = field(default_factory=dict)
    _roots: dict[int, Fraction] = field(default_factory=dict)
    """What generators are exponentials, logarithms and roots of."""

    def __post_init__(self) -> None:
        made = ring([f"g{i}" for i in range(self.size)], QQ)
        self.ring: PolyRing = made[0]

    # Generators

    def generator(self, key: Any) -> tuple[Polynomial, bool]:
        """The generator of a key, and whether it is new."""
        new = key not in self.names
        if new:
            if len(self.names) >= self.size:
                raise Beyond(f"more than {self.size} independent function values")
            self.names[key] = len(self.names)
        return self.ring.gens[self.names[key]], new

    def index(self, generator: Polynomial) -> int:
        return int(self.ring.gens.index(generator))

    def variable(self, term: Term) -> Fraction:
        return self.whole(self.generator(term)[0])

    def unknown(self, key: Any) -> Fraction:
        """A number of which nothing is known but facts that are added."""
        return self.whole(self.generator(key)[0])

    def surely_positive(self, p: Polynomial) -> bool:
        """Whether it is a sum of positive numbers and of squares: seen at once in 1 + e^2x."""
        positive_ones = {i for key, i in self.names.items() if isinstance(key, tuple) and key[0] == "exp"}
        strict = False
        for monomial, c in p.iterterms():
            factors = {i for i, e in enumerate(monomial) if e % 2}
            if c < 0 or not factors <= positive_ones:
                return False
            strict = strict or {i for i, e in enumerate(monomial) if e} <= positive_ones
        return strict

    # Fractions

    def constant(self, q: Any) -> Fraction:
        return self.whole(self.ring.ground_new(QQ(int(q.numerator), int(q.denominator))))

    def whole(self, p: Polynomial) -> Fraction:
        return Fraction(p, self.ring.one)

    def add(self, x: Fraction, y: Fraction) -> Fraction:
        if x.den == y.den:
            return self.reduced(x.num + y.num, x.den)
        return self.reduced(product(x.num, y.den) + product(y.num, x.den), product(x.den, y.den))

    def negate(self, x: Fraction) -> Fraction:
        return Fraction(-x.num, x.den)

    def multiply(self, x: Fraction, y: Fraction) -> Fraction:
        return self.reduced(product(x.num, y.num), product(x.den, y.den))

    def divide(self, x: Fraction, y: Fraction) -> Fraction:
        """Where y != 0, which the caller has to see to; raises Beyond if it is the zero polynomial."""
        if not y.num:
            raise Beyond("a division by zero")
        return self.reduced(product(x.num, y.den), product(x.den, y.num))

    def power(self, x: Fraction, n: int) -> Fraction:
        if n < 0:
            return self.divide(self.whole(self.ring.one), self.power(x, -n))
        if n * max(sum(m) for m in [*x.num.itermonoms(), *x.den.itermonoms(), (0,)]) > LARGEST_EXPONENT:
            raise Beyond(f"a power of degree above {LARGEST_EXPONENT}")
        if n <= 1:
            return x if n else self.whole(self.ring.one)
        half = self.power(x, n // 2)
        square = self.multiply(half, half)
        return self.multiply(square, x) if n % 2 else square

    def reduced(self, num: Polynomial, den: Polynomial) -> Fraction:
        """Known squares put in; common factors cancelled, as is allowed where den != 0 (and every divisor is checked where it is written)."""
        num, den = self._without_squares(num), self._without_squares(den)
        if not den:
            raise Beyond("a denominator that vanishes")
        if den.is_ground:
            return Fraction(num * (1 / den.coeff(1)), self.ring.one)
        if len(num) * len(den) <= MOST_CANCELLED:
            num, den = num.cancel(den)
        return Fraction(num, den)

    def _without_squares(self, p: Polynomial) -> Polynomial:
        """With no power above the first of generators whose square is known; ends, since squares are made of older generators."""
        for i in sorted(self._squares, reverse=True):
            if any(m[i] > 1 for m in p.itermonoms()):
                p = self._replaced(p, i)
        return p

    def _replaced(self, p: Polynomial, i: int) -> Polynomial:
        found = self.ring.zero
        for monomial, c in p.iterterms():
            halves, rest = divmod(monomial[i], 2)
            lower = self.ring.term_new((*monomial[:i], rest, *monomial[i + 1 :]), c)
            for _ in range(halves):
                lower = product(lower, self._squares[i])
            found += lower
        return found

    # Functions

    def exp(self, x: Fraction) -> Fraction:
        """A product of powers of generators, one for each monomial of the exponent."""
        if not x.den.is_ground:
            return self.whole(self._exponential(("exp", x.num, x.den), None))
        result = self.whole(self.ring.one)
        for monomial, c in x.num.iterterms():
            result = self.multiply(result, self._exp_monomial(monomial, mpq(int(c.numerator), int(c.denominator))))
        return result

    def _exp_monomial(self, monomial: tuple[int, ...], c: Any) -> Fraction:
        argument = self.ring.term_new(monomial, QQ(1))
        places = [i for i, e in enumerate(monomial) if e]
        if len(places) == 1 and monomial[places[0]] == 1 and places[0] in self._logs and c.denominator == 1 and abs(c) <= LARGEST_EXPONENT:
            return self.power(self._logs[places[0]], int(c))
        self.denominators.add(int(c.denominator))
        steps = c * self.scale
        if steps.denominator != 1 or abs(steps) > LARGEST_EXPONENT:
            argument, steps, scale = argument * QQ(int(c.numerator), int(c.denominator)), mpq(1), 1
        else:
            scale = self.scale
        return self.power(self.whole(self._exponential(("exp", argument * QQ(1, scale)), argument * QQ(1, scale))), int(steps))

    def _exponential(self, key: Any, argument: Polynomial | None) -> Polynomial:
        """A generator for e^argument."""
        e, new = self.generator(key)
        if new:
            self.facts.append(positive(e))
            if argument is not None:
                self._add_exponential(e, argument)
        return e

    def _add_exponential(self, e: Polynomial, t: Polynomial) -> None:
        """e^t >= 1 + t, e^-t >= 1 - t; e^t increases; e^c lies between two numbers for a number c."""
        one = self.ring.one
        if t.is_ground:
            self._add_bounds(e, "exp", t.coeff(1))
        self.facts += [not_negative(e - one - t), implies(positive(one - t), not_negative(one - e * (one - t)))]
        self.facts += [_same_order(e, other, t, exponent) for other, exponent in ((one, self.ring.zero), *self._known_exponentials())]
        self._exponents[self.index(e)] = t

    def _known_exponentials(self) -> list[tuple[Polynomial, Polynomial]]:
        return [(self.ring.gens[i], t) for i, t in list(self._exponents.items())[:4]]

    def _add_bounds(self, g: Polynomial, name: str, argument: Any) -> None:
        """Rational numbers around a value at a number."""
        if abs(argument) > LARGEST_ARGUMENT:
            return
        numbers = arithmetic(128)
        value = numbers.function(name, numbers.interval(mpq(int(argument.numerator), int(argument.denominator))))
        low, high = (mpq(end) for end in (value.low, value.high))
        self.facts += [positive(g - QQ(int(low.numerator), int(low.denominator))), positive(QQ(int(high.numerator), int(high.denominator)) - g)]

    def log(self, x: Fraction) -> tuple[Fraction, Formula]:
        """log x, and a condition under which it is that: the factors are positive."""
        if (exponent := self._exponent(x)) is not None:
            return self.whole(exponent), True
        if max(len(x.num), len(x.den)) > MOST_FACTORED:
            raise Beyond(f"the logarithm of a polynomial of more than {MOST_FACTORED} terms")
        total, conditions = self.whole(self.ring.zero), []
        for part, times in ((x.num, 1), (x.den, -1)):
            constant, factors = part.factor_list()
            odd = next((i for i, (_, multiplicity) in enumerate(factors) if multiplicity % 2), None)
            if constant < 0 and odd is not None:
                factor, multiplicity = factors[odd]
                constant, factors = -constant, [*factors[:odd], (-factor, multiplicity), *factors[odd + 1 :]]
            total = self.add(total, self._log_of_number(mpq(int(constant.numerator), int(constant.denominator)), times))
            for factor, multiplicity in factors:
                if (exponent := self._exponent(self.whole(factor))) is not None:
                    total = self.add(total, self.whole(times * multiplicity * exponent))
                    continue
                log, condition = self._log_of_factor(factor)
                conditions.append(condition)
                total = self.add(total, self.multiply(self.constant(mpq(times * multiplicity)), log))
        return total, both(*conditions)

    def _exponent(self, x: Fraction) -> Polynomial | None:
        """t if x is e^t."""
        total = self.ring.zero
        for part, times in ((x.num, 1), (x.den, -1)):
            terms = list(part.iterterms())
            if len(terms) != 1 or terms[0][1] != 1:
                return None
            for i, e in enumerate(terms[0][0]):
                if e and i not in self._exponents:
                    return None
                if e:
                    total += times * e * self._exponents[i]
        return total

    def _log_of_number(self, q: Any, times: int) -> Fraction:
        """By prime factors, if the number is small."""
        from sympy import factorint

        if q <= 0:
            raise Beyond("the logarithm of a number that is not positive")
        if max(q.numerator, q.denominator) > 10**12:
            return self._log_of_constant(q, times)
        total = self.whole(self.ring.zero)
        for part, factor in ((q.numerator, times), (q.denominator, -times)):
            for prime, e in factorint(int(part)).items():
                total = self.add(total, self._log_of_constant(mpq(prime), factor * e))
        return total

    def _log_of_constant(self, q: Any, times: int) -> Fraction:
        g, new = self.generator(("log", q))
        if new:
            self._add_bounds(g, "log", q)
            self._logs[self.index(g)] = self.constant(q)
        return self.whole(times * g)

    def _log_of_factor(self, u: Polynomial) -> tuple[Fraction, Formula]:
        """A generator for log u, where u > 0: log u <= u - 1, log u >= 1 - 1/u, and it increases. Of a root, half the logarithm."""
        if u.is_generator and (root := self._roots.get(self.index(u))) is not None:
            log, condition = self.log(root)
            return self.multiply(self.constant(mpq(1, 2)), log), both(condition, positive(u))
        g, new = self.generator(("log", u))
        if new:
            one = self.ring.one
            known = [(one, self.ring.zero), *((f.num, self.ring.gens[i]) for i, f in list(self._logs.items())[:4] if f.den == one)]
            known += self._known_exponentials()
            facts = [not_negative(u - one - g), not_negative(u * g - u + one)]
            self.facts.append(implies(positive(u), both(*facts)))
            self.facts += [implies(both(positive(u), positive(v)), _same_order(g, log, u, v)) for v, log in known]
            self._logs[self.index(g)] = self.whole(u)
        return self.whole(g), positive(u)

    def circular(self, x: Fraction) -> tuple[Fraction, Fraction]:
        """sin x and cos x, by the formulas for sums and multiples of angles."""
        zero_, one = self.whole(self.ring.zero), self.whole(self.ring.one)
        if not x.den.is_ground:
            return self._angle(("angle", x.num, x.den))
        sine, cosine = zero_, one
        for monomial, c in x.num.iterterms():
            sine, cosine = self._sum_of_angles((sine, cosine), self._angle_monomial(monomial, mpq(int(c.numerator), int(c.denominator))))
        return sine, cosine

    def _angle_monomial(self, monomial: tuple[int, ...], c: Any) -> tuple[Fraction, Fraction]:
        argument = self.ring.term_new(monomial, QQ(1))
        self.denominators.add(int(c.denominator))
        steps = c * self.scale
        if steps.denominator != 1 or abs(steps) > LARGEST_EXPONENT // 4:
            return self._angle(("angle", argument * QQ(int(c.numerator), int(c.denominator))))
        base = self._angle(("angle", argument * QQ(1, self.scale)))
        sine, cosine = self.whole(self.ring.zero), self.whole(self.ring.one)
        for _ in range(abs(int(steps))):
            sine, cosine = self._sum_of_angles((sine, cosine), base)
        return (self.negate(sine) if steps < 0 else sine), cosine

    def _sum_of_angles(self, x: tuple[Fraction, Fraction], y: tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
        (s, c), (t, d) = x, y
        return self.add(self.multiply(s, d), self.multiply(c, t)), self.add(self.multiply(c, d), self.negate(self.multiply(s, t)))

    def _angle(self, key: Any) -> tuple[Fraction, Fraction]:
        c, _ = self.generator(("cos", key))
        s, new = self.generator(("sin", key))
        if new:
            self._squares[self.index(s)] = self.ring.one - c**2
            self.facts.append(zero(s**2 + c**2 - self.ring.one))
        return self.whole(s), self.whole(c)

    def root(self, x: Fraction) -> Fraction:
        """The number r >= 0 with r^2 = x, where x >= 0."""
        r, new = self.generator(("root", x.num, x.den))
        if new:
            self._roots[self.index(r)] = x
            if x.den.is_ground:
                self._squares[self.index(r)] = x.num
            defined = both(negation(zero(x.den)), not_negative(x.num * x.den))
            self.facts += [not_negative(r), implies(defined, zero(r**2 * x.den - x.num))]
        return self.whole(r)

    def absolute(self, x: Fraction) -> Fraction:
        if x.num.is_ground and x.den.is_ground:
            return self.negate(x) if x.num.coeff(1) < 0 else x
        v, new = self.generator(("absolute", x.num, x.den))
        if new:
            if x.den.is_ground:
                self._squares[self.index(v)] = self._without_squares(x.num**2)
            self.facts += [not_negative(v), either(zero(x.den), zero(v * x.den - x.num), zero(v * x.den + x.num))]
        return self.whole(v)

    def next_scale(self) -> int:
        """The scale at which all exponents and angles are multiples of generators'."""
        scale = lcm(*(d for d in self.denominators if d <= LARGEST_SCALE))
        return scale if scale <= LARGEST_SCALE else 1


def product(p: Polynomial, q: Polynomial) -> Polynomial:
    """Raises Beyond if it is too large."""
    if len(p) * len(q) > MOST_PRODUCTS:
        raise Beyond(f"a product of polynomials of {len(p)} and {len(q)} terms")
    return p * q


def _same_order(x: Polynomial, y: Polynomial, s: Polynomial, t: Polynomial) -> Formula:
    """x, y are ordered as s, t are."""
    less, more = positive(t - s), positive(s - t)
    return both(_iff(positive(y - x), less), _iff(positive(x - y), more))


def _iff(a: Formula, b: Formula) -> Formula:
    return either(both(a, b), both(negation(a), negation(b)))


