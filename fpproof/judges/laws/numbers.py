"""A claim over the reals: each term as a form and three conditions (NaN, +infinity, -infinity), in z3's expressions.

What is not known here is left free: a free value or condition stands for whatever the number really is, so that what is impossible with it is
impossible.
"""

from gmpy2 import mpq

from fpproof.formats import Format, Mode
from fpproof.judges.laws.forms import Form, power_of_two
from fpproof.judges.laws.space import NEAREST, NOTHING, Beyond, Condition, Grid, Known, Rounding, Space, Value
from fpproof.theory import Claim, Domain, Op, Term, Type, ordered, show
from fpproof.theory.numbers import INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, Special, fl, to_datum

MOST_ROUNDINGS = 24
"""Of one claim: laws speak of each pair of them."""


class Numbers(Space):
    """The numbers and conditions of one claim."""

    def __init__(self, claim: Claim, known: Known = NOTHING) -> None:
        super().__init__()
        self.claim, self.known = claim, known
        self._values: dict[Term, Value] = {}
        self._conditions: dict[Term, Condition] = {}

    # Terms

    def value(self, term: Term) -> Value:
        """The number of a term."""
        self._translate(term)
        return self._values[term]

    def condition(self, term: Term) -> Condition:
        """The truth value of a term."""
        self._translate(term)
        return self._conditions[term]

    def _translate(self, term: Term) -> None:
        """From the leaves up, so that nothing recurses deeply."""
        for below in ordered([term]):
            if below.type is Type.BOOL and below not in self._conditions:
                self._conditions[below] = self._new_condition(below)
            elif below.type in (Type.NUMBER, Type.INT) and below not in self._values:
                self._values[below] = self._new_value(below)
                self._note_known(below, self._values[below])

    def _note_known(self, term: Term, x: Value) -> None:
        if (F := self.known.floats.get(term)) is not None:
            self.known_float(x.form, F, x.finite)
        if (bits := self.known.bits.get(term)) is not None and x.form.terms:
            of = self._values[bits.of] if term is bits.of else self.value(bits.of)
            binade = self.binade(of.form, bits.F)
            n, most = self.number(x.form), self.real(mpq(2) ** bits.high) * binade.size
            self.definitions.append(self.implied(x.finite, self.all(n <= most, n >= -most)))
            self.definitions.append(self.implied(self.all(x.finite, self.number(of.form) == 0), n == 0))
            self.few[x.form.key] = binade, bits

    def _finite(self, form: Form) -> Value:
        return Value(form, self.no, self.no, self.no, self.yes)

    def _kinds(self, form: Form, nan: Condition, above: Condition, below: Condition) -> Value:
        return Value(form, nan, above, below, self.opposite(self.any(nan, above, below)))

    def _unknown(self, form: Form, finite: Condition) -> Value:
        """Finite where that is said, and something that is not elsewhere."""
        nan, above = self.new_condition(), self.new_condition()
        other = self.opposite(finite)
        infinite = self.all(other, self.opposite(nan))
        return Value(form, self.all(other, nan), self.all(infinite, above), self.all(infinite, self.opposite(above)), finite)

    def _new_value(self, term: Term) -> Value:
        match term.op:
            case Op.CONSTANT:
                return self._constant(term)
            case Op.VARIABLE:
                return self._variable(term)
            case Op.WEIGHT:
                return self._weight(term)
            case Op.NEGATE:
                x = self._values[term.args[0]]
                return Value(x.form.scaled(mpq(-1)), x.nan, x.below, x.above, x.finite)
            case Op.ABSOLUTE:
                return self._absolute(term)
            case Op.ADD | Op.SUBTRACT:
                return self._sum(term)
            case Op.MULTIPLY:
                return self._product(*(self._values[a] for a in term.args))
            case Op.DIVIDE:
                return self._quotient(*(self._values[a] for a in term.args))
            case Op.MINIMUM | Op.MAXIMUM:
                return self._extreme(term)
            case Op.IF:
                return self._choice(term)
            case Op.SQRT:
                return self._root(self._values[term.args[0]])
            case Op.ROUND:
                return self._rounded(term)
            case Op.ULP:
                return self._ulp(term)
            case Op.EXPONENT:
                return self._exponent(term)
            case Op.SIGNIFICAND:
                return self._significand(term)
            case Op.POW2:
                return self._binade(term) if term.args[0].op is Op.EXPONENT else self._power_of_two(term)
            case Op.SUCC:
                return self._successor(term)
        raise Beyond(show(term))

    def _constant(self, term: Term) -> Value:
        x = term.data
        if x is NEGATIVE_ZERO:
            return self._finite(Form.constant(mpq(0)))
        if isinstance(x, Special):
            nan, above, below = ((self.yes if x is s else self.no) for s in (NAN, INFINITY, NEGATIVE_INFINITY))
            return Value(Form.constant(mpq(0)), nan, above, below, self.no)
        if not isinstance(x, type(mpq(0))):
            raise Beyond(show(term))
        self.constants.add(x)
        return self._finite(Form.constant(x))

    def _variable(self, term: Term) -> Value:
        domain = term.variable.domain
        if domain is Domain.REAL:
            return self._finite(self.atom())
        if domain is not Domain.FLOAT:
            raise Beyond(f"the {domain} {term.variable.name}")
        form = self.atom()
        self.known_float(form, term.args[0].data, self.yes)
        return self._finite(form)

    def _weight(self, term: Term) -> Value:
        x, F = self._values[term.args[0]], term.args[1].data
        value = x.form.value
        found = self.float_of(x.form, F)
        if found is None and (value is None or to_datum(F, value) is None):
            raise Beyond(f"whether {show(term)} is a float")
        if not self.z3.is_true(needed := self.all(x.finite, found.holds if found is not None else self.yes)):
            self.obligations.append(needed)
        return x

    def _absolute(self, term: Term) -> Value:
        x = self._values[term.args[0]]
        n = self.number(x.form)
        form = self.atom(self.z3.If(n >= 0, n, -n))
        self._like(form, x.form)
        return Value(form, x.nan, self.any(x.above, x.below), self.no, x.finite)

    def _like(self, form: Form, *others: Form) -> None:
        """A form that equals one of others up to its sign is a float where all are."""
        for F in self.formats():
            found = [self.float_of(other, F) for other in others]
            if None not in found:
                holds = self.all(*(f.holds for f in found if f is not None))
                ulp = found[0].ulp if len(found) == 1 and found[0] is not None else None
                self.known_float(form, F, holds, ulp)

    def _sum(self, term: Term) -> Value:
        x, y = (self._values[a] for a in term.args)
        if term.op is Op.SUBTRACT:
            y = Value(y.form.scaled(mpq(-1)), y.nan, y.below, y.above, y.finite)
        nan = self.any(x.nan, y.nan, self.all(x.above, y.below), self.all(x.below, y.above))
        above, below = (self.all(self.opposite(nan), self.any(a, b)) for a, b in ((x.above, y.above), (x.below, y.below)))
        return self._kinds(x.form + y.form, nan, above, below)

    def _product(self, x: Value, y: Value) -> Value:
        for a in (x, y):
            if (c := a.form.value) and (k := power_of_two(c)) is not None:
                self.places.add(k)
        form = x.form * y.form
        self.factored.append((x.form, y.form))
        if self.z3.is_true(x.finite) and self.z3.is_true(y.finite):
            return self._finite(form)
        a, b = self.number(x.form), self.number(y.form)
        infinite = self.any(x.above, x.below, y.above, y.below)
        zero = self.any(self.all(x.finite, a == 0), self.all(y.finite, b == 0))
        nan = self.any(x.nan, y.nan, self.all(infinite, zero))
        positive = self.any(x.above, self.all(x.finite, a > 0)) == self.any(y.above, self.all(y.finite, b > 0))
        found = self.all(infinite, self.opposite(nan))
        return self._kinds(form, nan, self.all(found, positive), self.all(found, self.opposite(positive)))

    def _quotient(self, x: Value, y: Value) -> Value:
        c = y.form.value
        if c and self.z3.is_true(y.finite):
            if (k := power_of_two(c)) is not None:
                self.places.add(-k)
            scaled = x.form.scaled(1 / c)
            positive = c > 0
            return Value(scaled, x.nan, x.above if positive else x.below, x.below if positive else x.above, x.finite)
        if len(y.form.terms) != 1 or y.form.single is None:
            divisor = self.atom()
            self.definitions.append(self.number(divisor) == self.number(y.form))
        else:
            divisor = y.form
        q = self.atom()
        self.dividends.append((q, divisor, x.form))
        zero = self.number(divisor) == 0
        infinite = self.any(y.above, y.below)
        finite = self.any(self.all(x.finite, y.finite, self.opposite(zero)), self.all(x.finite, infinite))
        self.definitions.append(self.implied(self.all(x.finite, y.finite, self.opposite(zero)), self.number(q * divisor) == self.number(x.form)))
        self.definitions.append(self.implied(infinite, self.number(q) == 0))
        return self._unknown(q, finite)

    def _extreme(self, term: Term) -> Value:
        x, y = (self._values[a] for a in term.args)
        a, b = self.number(x.form), self.number(y.form)
        first = a <= b if term.op is Op.MINIMUM else a >= b
        form = self.atom(self.z3.If(first, a, b))
        self._like(form, x.form, y.form)
        nan = self.any(x.nan, y.nan)
        number = self.opposite(nan)
        one, both = self.any, self.all
        up, down = (both, one) if term.op is Op.MINIMUM else (one, both)
        above, below = self.all(number, up(x.above, y.above)), self.all(number, down(x.below, y.below))
        if not (self.z3.is_true(x.finite) and self.z3.is_true(y.finite)):
            chosen = self.new_real()  # of a finite number and an infinite one, the finite one
            for f, n, other in ((x, a, y), (y, b, x)):
                self.definitions.append(self.implied(self.all(f.finite, self.opposite(other.finite)), chosen == n))
            self.definitions.append(self.implied(self.all(x.finite, y.finite), chosen == self.z3.If(first, a, b)))
            form = self.atom(chosen)
        return self._kinds(form, nan, above, below)

    def _choice(self, term: Term) -> Value:
        c = self._conditions[term.args[0]]
        x, y = (self._values[a] for a in term.args[1:])
        form = self.atom(self.z3.If(c, self.number(x.form), self.number(y.form)))
        self._like(form, x.form, y.form)

        def chosen(a: Condition, b: Condition) -> Condition:
            return self.any(self.all(c, a), self.all(self.opposite(c), b))

        return Value(form, chosen(x.nan, y.nan), chosen(x.above, y.above), chosen(x.below, y.below), chosen(x.finite, y.finite))

    def _root(self, x: Value) -> Value:
        w = self.atom()
        index = w.index
        assert index is not None
        n = self.number(x.form)
        self.definitions += [self.number(w) >= 0, self.implied(self.all(x.finite, n >= 0), self.number(w * w) == n)]
        self.roots.append((index, x.form))
        nan = self.any(x.nan, x.below, self.all(x.finite, n < 0))
        return self._kinds(w, nan, self.all(self.opposite(nan), x.above), self.no)

    def _rounded(self, term: Term) -> Value:
        x, F, mode = self._values[term.args[0]], term.args[1].data, term.args[2].data
        value, known = x.form.value, self.float_of(x.form, F)
        if value is not None and self.z3.is_true(x.finite):
            found = fl(value, F, mode)
            if not isinstance(found, Special) or found is NEGATIVE_ZERO:
                return self._finite(Form.constant(mpq(0) if isinstance(found, Special) else found))
        if known is not None and self.z3.is_true(known.holds) and self.z3.is_true(x.finite):
            return x
        if len(self.roundings) == MOST_ROUNDINGS:
            raise Beyond(f"a claim with more than {MOST_ROUNDINGS} roundings")
        nan, above, below, finite, clean = self._overflow(x, F, mode)
        form = self.atom()
        result = self.known_float(form, F, finite)
        self.roundings.append(Rounding(x.form, F, mode, result, x.finite, finite, clean, self.grid()))
        return Value(form, nan, above, below, finite)

    def _overflow(self, x: Value, F: Format, mode: Mode) -> tuple[Condition, ...]:
        """What fl gives: NaN, an infinity, a finite number; and whether without overflow.

        Beyond Omega it is constant up to the midpoint after it, and from there on.
        """
        Omega = mpq(F.Omega.numerator, F.Omega.denominator)
        half = mpq(2) ** (F.quanta[1] - 1)
        n = self.number(x.form)
        kinds: dict[object, list[Condition]] = {NAN: [x.nan], INFINITY: [], NEGATIVE_INFINITY: []}
        for sign, infinite in ((1, x.above), (-1, x.below)):
            m, last, middle = (n if sign > 0 else -n), self.real(Omega), self.real(Omega + half)
            places = ((half / 2, self.all(m > last, m < middle)), (half, m == middle), (2 * half, m > middle))
            for distance, condition in places:
                found = fl(sign * (Omega + distance), F, mode)
                if isinstance(found, Special):
                    kinds[found].append(self.all(x.finite, condition))
            exact = (INFINITY if sign > 0 else NEGATIVE_INFINITY) if F.has_infinities else NAN
            kinds[exact].append(infinite)
        nan, above, below = (self.any(*kinds[kind]) for kind in (NAN, INFINITY, NEGATIVE_INFINITY))
        finite = self.all(x.finite, self.opposite(self.any(nan, above, below)))
        if mode in NEAREST:
            inside = self.all(n < self.real(Omega + half), n > self.real(-Omega - half))
        else:
            inside = self.all(n <= self.real(Omega), n >= self.real(-Omega))
        return nan, above, below, finite, self.all(finite, inside)

    def _grid_of(self, term: Term, F: Format) -> Grid:
        """The ulp of a term: of a float that of it, of another number that of its rounding."""
        x = self._values[term]
        value = x.form.value
        if value is not None:
            raise Beyond("ulps of constants")
        found = self.float_of(x.form, F)
        if found is not None and (self.z3.is_true(found.holds) or any(r.result is found for r in self.roundings)):
            return found.ulp
        rounding = next((r for r in self.roundings if r.F == F and r.exact.key in (x.form.key, x.form.scaled(mpq(-1)).key)), None)
        if rounding is None:
            raise Beyond(f"the ulp of {show(term)}, which is not rounded")
        return rounding.ulp

    def _ulp(self, term: Term) -> Value:
        x = self._values[term.args[0]]
        grid = self._grid_of(term.args[0], term.args[1].data)
        return Value(self.atom(grid.size), self.opposite(x.finite), self.no, self.no, x.finite)

    def _exponent(self, term: Term) -> Value:
        """2^exponent(x) is the greatest power of two up to |x|; exponent(0) is emin."""
        x = self._values[term.args[0]]
        binade = self.binade(x.form, term.args[1].data)
        return Value(self.atom(self.z3.ToReal(binade.log)), self.opposite(x.finite), self.no, self.no, x.finite)

    def binade(self, form: Form, F: Format) -> Grid:
        """2^exponent of a form, if that is finite."""
        key = (form.key if form.direction >= 0 else form.scaled(mpq(-1)).key), F
        if key not in self.binades:
            grid = self.binades[key] = self.grid()
            n, least = self.number(form), self.real(mpq(2) ** F.emin)
            inside = self.all(self.any(n >= grid.size, n <= -grid.size), n < 2 * grid.size, n > -2 * grid.size)
            self.definitions.append(self.any(self.all(n == 0, grid.log == F.emin, grid.size == least), self.all(n != 0, inside)))
            power = self.scale(grid)
            for end in (power, power.scaled(mpq(2))):
                self.compare(form - end)
                self.compare(form + end)
        return self.binades[key]

    def _significand(self, term: Term) -> Value:
        """x/2^exponent(x)."""
        x, F = self._values[term.args[0]], term.args[1].data
        y = self._named(x.form)
        binade = self.binade(y, F)
        form = y * self._inverse(binade)
        n, m, one, two = self.number(y), self.number(form), self.real(mpq(1)), self.real(mpq(2))
        self.definitions += [
            self.any(self.all(n > 0, m >= one, m < two), self.all(n < 0, m <= -one, m > -two), self.all(n == 0, m == 0)),
            self.implied(n == binade.size, m == one),
            self.implied(n == -binade.size, m == -one),
        ]
        return Value(form, self.opposite(x.finite), self.no, self.no, x.finite)

    def _named(self, form: Form) -> Form:
        """A sum as one atom, so that the laws speak of its products as of those of a number."""
        if form.single is not None:
            return form
        name = self.atom(self.number(form))
        assert name.index is not None
        self.sums[name.index] = form
        self._like(name, form)
        return name

    def _inverse(self, grid: Grid) -> Form:
        """1 over a power of two."""
        found = self.grid()
        self.definitions.append(found.log == -grid.log)
        return self.scale(found)

    def scale(self, grid: Grid) -> Form:
        """A power of two as an atom."""
        index = next((i for i, known in self.scales.items() if known is grid), None)
        if index is not None:
            return Form.atom(index)
        form = self.atom(grid.size)
        assert form.index is not None
        self.scales[form.index] = grid
        return form

    def _power_of_two(self, term: Term) -> Value:
        """2^n for an integer that is computed from exponents."""
        n = self._values[term.args[0]]
        if not self.z3.is_true(n.finite):
            raise Beyond(show(term))
        grid = self.grid()
        self.definitions.append(self.z3.ToReal(grid.log) == self.number(n.form))
        return self._finite(self.scale(grid))

    def _binade(self, term: Term) -> Value:
        """2^exponent(x): 2^p ulps of a normal number, at most that of others; a float with the same ulp, if x is not beyond its binades."""
        e = term.args[0]
        if e.op is not Op.EXPONENT:
            raise Beyond(show(term))
        x, F = self._values[e.args[0]], e.args[1].data
        grid, form = self._grid_of(e.args[0], F), self.atom()
        n, w, most = self.number(x.form), self.number(form), self.real(mpq(1 << F.p)) * grid.size
        least, beyond = self.real(mpq(2) ** F.emin), self.real(mpq(2) ** (F.emax + 1))
        normal = self.any(n >= least, n <= -least)
        holds = self.all(x.finite, normal, n < beyond, n > -beyond)
        own = self.known_float(form, F, holds).ulp
        self.definitions += [w > 0, w <= most, self.implied(normal, w == most)]
        self.definitions.append(self.implied(holds, self.all(own.log == grid.log, own.size == grid.size)))
        for r in self.roundings:
            if r.F == F and r.exact.key == x.form.key:
                self.compare(r.result.form - form)
                self.compare(r.result.form + form)
        return Value(form, self.opposite(x.finite), self.no, self.no, x.finite)

    def _successor(self, term: Term) -> Value:
        """Of a float: the least one that is greater."""
        x, F = self._values[term.args[0]], term.args[1].data
        found = self.float_of(x.form, F)
        if found is None or not self.z3.is_true(found.holds) or not self.z3.is_true(x.finite):
            raise Beyond(f"{show(term)} of what need not be a float")
        Omega = self.real(mpq(F.Omega.numerator, F.Omega.denominator))
        n = self.number(x.form)
        form = self.atom()
        s = self.number(form)
        last = n == Omega
        self.known_float(form, F, self.opposite(last) if F.has_infinities else self.yes)
        self.definitions.append(self.implied(self.opposite(last), s > n))
        above = last if F.has_infinities else self.no
        if not F.has_infinities:
            self.definitions.append(self.implied(last, s == n))
        return self._kinds(form, self.no, above, self.no)

    # Conditions

    def _new_condition(self, term: Term) -> Condition:
        match term.op:
            case Op.TRUTH:
                return self.yes if term.data else self.no
            case Op.VARIABLE:
                return self.new_condition()
            case Op.NOT:
                return self.opposite(self._conditions[term.args[0]])
            case Op.AND | Op.OR:
                return (self.all if term.op is Op.AND else self.any)(*(self._conditions[a] for a in term.args))
            case Op.IFF:
                return self._conditions[term.args[0]] == self._conditions[term.args[1]]
            case Op.IF:
                c, then, otherwise = (self._conditions[a] for a in term.args)
                return self.any(self.all(c, then), self.all(self.opposite(c), otherwise))
            case Op.EQUAL:
                return self._equal(*(self._values[a] for a in term.args))
            case Op.LESS | Op.LESS_EQUAL:
                x, y = (self._values[a] for a in term.args)
                return self._less(x, y, strict=term.op is Op.LESS)
            case Op.SAME:
                return self._same(*term.args)
            case Op.FINITE:
                return self._values[term.args[0]].finite
            case Op.IS_FLOAT:
                return self._is_float(term)
        raise Beyond(show(term))

    def compare(self, difference: Form) -> None:
        """Let the laws speak of a difference of two numbers."""
        self.compared[difference.key] = difference

    def _equal(self, x: Value, y: Value) -> Condition:
        self.compare(x.form - y.form)
        numbers = self.all(x.finite, y.finite, self.number(x.form) == self.number(y.form))
        return self.any(numbers, self.all(x.above, y.above), self.all(x.below, y.below))

    def _less(self, x: Value, y: Value, strict: bool) -> Condition:
        self.compare(x.form - y.form)
        a, b = self.number(x.form), self.number(y.form)
        numbers = self.all(x.finite, y.finite, a < b if strict else a <= b)
        found = [numbers, self.all(x.below, y.finite), self.all(x.finite, y.above), self.all(x.below, y.above)]
        return self.any(*found, *(() if strict else (self.all(x.above, y.above), self.all(x.below, y.below))))

    def _same(self, a: Term, b: Term) -> Condition:
        """Of two zeros it is not known whether their signs are one, unless both have that of one number."""
        if a is b:
            return self.yes
        x, y = self._values[a], self._values[b]
        zeros = self.all(x.finite, y.finite, self.number(x.form) == 0, self.number(y.form) == 0)
        one = self.any(self._equal(x, y), self.all(x.nan, y.nan))
        return one if _signed(a) == _signed(b) else self.all(one, self.any(self.opposite(zeros), self.new_condition()))

    def _is_float(self, term: Term) -> Condition:
        x, F = self._values[term.args[0]], term.args[1].data
        value = x.form.value
        if value is not None:
            return self.all(x.finite, self.yes if to_datum(F, value) is not None else self.no)
        if (found := self.float_of(x.form, F)) is not None:
            if any(form is found.form and G == F for form, G, _ in self.tested):
                return self.all(x.finite, found.holds)
            # What is noted may be enough and not needed: what is chosen of two numbers is a float if both are, and may be one otherwise.
            return x.finite if self.z3.is_true(found.holds) else self.all(x.finite, self.any(found.holds, self.new_condition()))
        b = self.new_condition()
        self.tested.append((x.form, F, b))
        self.known_float(x.form, F, b)
        return self.all(x.finite, b)


def _signed(term: Term) -> tuple[int, bool]:
    """The number whose sign a term has, and whether it is turned: rounding keeps signs, of zeros too."""
    turned = False
    while term.op in (Op.ROUND, Op.NEGATE):
        turned ^= term.op is Op.NEGATE
        term = term.args[0]
    return id(term), turned
