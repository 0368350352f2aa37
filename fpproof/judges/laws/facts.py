"""The laws of rounding, said of the numbers of one claim; each is derived in docs/laws.md."""

from collections.abc import Iterator
from itertools import combinations

from gmpy2 import mpq

from fpproof.formats import Format, Mode
from fpproof.judges.laws.forms import ONE, Form, Monomial, power_of_two, shifts
from fpproof.judges.laws.numbers import NEAREST, Condition, Float, Grid, Numbers, Rounding
from fpproof.theory.numbers import to_datum

SYMMETRIC = (Mode.NEAREST_EVEN, Mode.NEAREST_AWAY, Mode.TOWARD_ZERO, Mode.TO_ODD)
MIRRORED = {Mode.UP: Mode.DOWN, Mode.DOWN: Mode.UP}

Law = tuple[str, Condition]


class Laws:
    """What is known of the numbers of a claim, law by law."""

    def __init__(self, numbers: Numbers) -> None:
        self.n = numbers
        self._multiples: dict[tuple[Monomial, int, int], Condition] = {}
        self._products: dict[Monomial, Grid] = {}
        self.midpoints: list[tuple[Form, Grid, Rounding, Rounding]] = []

    def all(self) -> Iterator[Law]:
        for formats in {F for _, F in self.n.floats}:
            self.n.omega(formats)
        if self.n.constants:
            self.n.grids.append(Grid(self.n.real(mpq(1)), self.n.z3.IntVal(0, ctx=self.n.context)))
        self._note_midpoints()
        self._note_products()
        scaled = list(self._scaled())
        yield from self._products_of_floats()
        yield from self._sizes()
        for r in self.n.roundings:
            yield from self._rounding(r, scaled)
        for r, s in combinations(self.n.roundings, 2):
            yield from self._two_roundings(r, s)
            yield from self._root_of_square(r, s)
            yield from self._root_of_square(s, r)
        yield from self._midpoints()
        yield from self._products_of_equals()
        for r in self.n.roundings:
            yield from self._relative(r)
        yield from self._exact()
        yield from self._spacing()
        yield from self._grids()

    # Floats

    def _scaled(self) -> Iterator[tuple[Form, Format, Condition]]:
        """Floats, and what scaling by a power of two makes of them where it loses nothing."""
        n = self.n
        places = {0, *n.places, *(-k for k in n.places)}
        for f in list(n.floats.values()):
            for k in sorted(places):
                if abs(k) > 2 * f.F.precision:
                    continue
                form = f.form.scaled(mpq(2) ** k)
                size = n.number(form)
                if k == 0:
                    holds = f.holds
                elif k > 0:
                    Omega = n.real(mpq(f.F.Omega.numerator, f.F.Omega.denominator))
                    holds = n.all(f.holds, size <= Omega, size >= -Omega)
                else:
                    least = n.real(mpq(2) ** f.F.emin)
                    holds = n.all(f.holds, n.any(size >= least, size <= -least, size == 0))
                yield form, f.F, holds
        for F in {F for _, F in n.floats}:
            known = {abs(c) for c in n.constants if to_datum(F, c) is not None}
            for c in sorted({mpq(0), mpq(1), mpq(F.Omega.numerator, F.Omega.denominator)} | known):
                if to_datum(F, c) is not None:
                    yield Form.constant(c), F, n.yes

    def _sizes(self) -> Iterator[Law]:
        """A float of p + 1 bits: an integer of that many times its ulp."""
        n = self.n
        for f in n.floats.values():
            x, u, omega = n.number(f.form), f.ulp.size, n.omega(f.F)
            most = n.real(mpq((2 << f.F.p) - 1))
            least = n.real(mpq(1 << f.F.p))
            yield "ulp", n.implied(f.holds, n.all(x <= most * u, x >= -most * u))
            yield "ulp", n.implied(n.all(f.holds, f.ulp.log > omega.log), n.any(x >= least * u, x <= -least * u))
            yield "ulp", n.all(f.ulp.log >= omega.log, f.ulp.log <= f.F.quanta[1])
            Omega = n.real(mpq(f.F.Omega.numerator, f.F.Omega.denominator))
            yield "range", n.implied(f.holds, n.all(x <= Omega, x >= -Omega))
            for k in sorted({abs(k) for k in n.places} - {0}):
                y, beyond = x * n.real(mpq(1 << k)), n.real(mpq(2) ** f.F.quanta[1]) + Omega
                yield "range of doubles", n.implied(f.holds, n.any(n.all(y <= Omega, y >= -Omega), y >= beyond, y <= -beyond))
        for f, g in combinations(n.floats.values(), 2):
            if f.F == g.F and f.ulp is not g.ulp:
                x, y = n.number(f.form), n.number(g.form)
                both = n.all(f.holds, g.holds)
                yield "ulp", n.implied(n.all(both, self._at_most(x, y)), f.ulp.log <= g.ulp.log)
                yield "ulp", n.implied(n.all(both, self._at_most(y, x)), g.ulp.log <= f.ulp.log)

    def _at_most(self, x: object, y: object) -> Condition:
        """|x| <= |y|."""
        n = self.n
        return n.any(n.all(x <= y, x >= -y), n.all(x <= -y, x >= y))  # type: ignore[operator]  # expressions of z3

    # One rounding

    def _rounding(self, r: Rounding, floats: list[tuple[Form, Format, Condition]]) -> Iterator[Law]:
        n = self.n
        t, x = n.number(r.exact), n.number(r.result.form)
        for form, F, holds in floats:
            if F != r.F or form.key == r.result.form.key:
                continue
            given = n.all(r.finite, holds)
            for f in dict.fromkeys((n.number(form), n.number(form.scaled(mpq(-1))))):
                yield "floats stay on their side", n.implied(n.all(given, t <= f), x <= f)
                yield "floats stay on their side", n.implied(n.all(given, t >= f), x >= f)
                if r.mode in NEAREST:
                    yield "nearest", n.implied(n.all(given, t <= x), n.any(x - t <= f - t, x - t <= t - f))
                    yield "nearest", n.implied(n.all(given, t >= x), n.any(t - x <= f - t, t - x <= t - f))
        yield from self._error(r, t, x)

    def _error(self, r: Rounding, t: object, x: object) -> Iterator[Law]:
        n, u = self.n, r.ulp
        d = x - t  # type: ignore[operator]  # expressions of z3
        p, omega = r.F.p, n.omega(r.F)
        least, most = n.real(mpq(1 << p)) * u.size, n.real(mpq(2 << p)) * u.size
        yield "ulp", n.implied(r.clean, n.all(t < most, t > -most))  # type: ignore[operator]
        yield "ulp", n.all(u.log >= omega.log)
        yield "ulp", n.implied(n.all(r.clean, u.log > omega.log), n.any(t >= least, t <= -least))  # type: ignore[operator]
        if r.mode in NEAREST:
            yield "half an ulp", n.implied(r.clean, n.all(2 * d <= u.size, -2 * d <= u.size))
            v = r.result.ulp.size
            yield "half an ulp of the result", n.implied(r.clean, n.all(2 * d <= v, -2 * d <= v))
        else:
            yield "an ulp", n.implied(r.clean, n.all(d < u.size, -d < u.size))
        yield "ulp of the result", n.implied(r.clean, n.all(r.result.ulp.log <= u.log + 1))
        yield "ulp of the result", n.implied(n.all(r.clean, x != 0), n.all(r.result.ulp.log >= u.log))
        if r.mode in (Mode.UP, Mode.DOWN):
            yield "direction", n.implied(r.clean, d >= 0 if r.mode is Mode.UP else d <= 0)
        if r.mode is Mode.TOWARD_ZERO:
            yield "direction", n.implied(r.clean, n.any(n.all(x >= 0, d <= 0), n.all(x <= 0, d >= 0)))  # type: ignore[operator]

    # Two roundings

    def _two_roundings(self, r: Rounding, s: Rounding) -> Iterator[Law]:
        n = self.n
        if r.F != s.F:
            return
        t, x, v, y = (n.number(form) for form in (r.exact, r.result.form, s.exact, s.result.form))
        both = n.all(r.finite, s.finite)
        if r.mode is s.mode:
            yield "monotone", n.implied(n.all(both, t <= v), x <= y)
            yield "monotone", n.implied(n.all(both, t >= v), x >= y)
        if (r.mode is s.mode and r.mode in SYMMETRIC) or MIRRORED.get(r.mode) is s.mode:
            yield "odd", n.implied(n.all(both, t == -v), x == -y)
        if r.mode is s.mode:
            for k in sorted({abs(k) for k in n.places} - {0}):
                yield from self._scaled_pair(r, s, k)
                yield from self._scaled_pair(s, r, k)

    def _scaled_pair(self, r: Rounding, s: Rounding, k: int) -> Iterator[Law]:
        """fl(2^k t) and 2^k fl(t), for k > 0: where t is in the normal range, or a multiple of omega."""
        n, c = self.n, self.n.real(mpq(1 << k))
        t, x, v, y = (n.number(form) for form in (r.exact, r.result.form, s.exact, s.result.form))
        least = n.real(mpq(2) ** r.F.emin)
        kept = n.any(t >= least, t <= -least, self.multiple(r.exact, n.omega(r.F)))
        yield "scaling", n.implied(n.all(r.clean, s.clean, v == c * t, kept), y == c * x)

    def _note_midpoints(self) -> None:
        """For numbers that are rounded to one format, one of them after a rounding to a wider one: a midpoint of floats of the former."""
        n = self.n
        for r, s in combinations(n.roundings, 2):
            if r.F == s.F and r.mode is s.mode and r.mode in NEAREST:
                wider = {G for _, G in n.floats if G.p > r.F.p and G.quanta[0] < r.F.quanta[0] and G.emax > r.F.emax}
                if wider:
                    form = n.atom()
                    self.midpoints.append((form, n.grid(), r, s))
                    for G in wider:
                        n.known_float(form, G, n.yes)

    def _midpoints(self) -> Iterator[Law]:
        """Numbers that are rounded differently have a midpoint between them: an odd multiple of half an ulp, which no float is."""
        n = self.n
        for form, half, r, s in self.midpoints:
            m, F = n.number(form), r.F
            t, x, v, y = (n.number(f) for f in (r.exact, r.result.form, s.exact, s.result.form))
            apart = n.all(r.clean, s.clean, x != y)
            yield "midpoints", n.implied(apart, n.any(n.all(t <= m, m <= v), n.all(v <= m, m <= t)))
            most, least = n.real(mpq((4 << F.p) - 1)), n.real(mpq(2 << F.p))
            yield "midpoints", n.all(m <= most * half.size, m >= -most * half.size, half.log >= F.quanta[0] - 1)
            normal = n.any(m >= least * half.size, m <= -least * half.size)
            yield "midpoints", n.any(half.log == F.quanta[0] - 1, normal)
            yield "midpoints", n.any(m >= half.size, m <= -half.size)
            for f in n.floats.values():
                if f.F == F and f.form.key != form.key:
                    z = n.number(f.form)
                    apart = [n.any(d >= half.size, d <= -half.size) for d in (m - z, m + z)]
                    yield "midpoints", n.implied(n.all(f.holds, f.ulp.log >= half.log), n.all(*apart))

    def _products_of_equals(self) -> Iterator[Law]:
        n = self.n
        for a, b in combinations(list(n.products), 2):
            if len(a) == len(b) == 2 and (shared := set(a) & set(b)):
                for c in shared:
                    x, y = (n.number(Form.atom(m[1 - m.index(c)])) for m in (a, b))
                    yield "products of equals", n.implied(x == y, n.products[a] == n.products[b])
                    yield "products of equals", n.implied(x == -y, n.products[a] == -n.products[b])

    def _root_of_square(self, r: Rounding, s: Rounding) -> Iterator[Law]:
        """fl(sqrt(t)) and fl(f*f), of a float f whose square is normal: on the sides of |f| on which t is of fl(f*f)."""
        n = self.n
        square, root = r.exact.single, s.exact.single
        if square is None or root is None or square[0] != 1 or root[0] != 1 or len(square[1]) != 2 or square[1][0] != square[1][1]:
            return
        f = self._factor(square[1][0])
        radicand = next((form for index, form in n.roots if (index,) == root[1]), None)
        if f is None or radicand is None or not f.F == r.F == s.F or not r.mode is s.mode is Mode.NEAREST_EVEN:
            return
        x, y, t, w = n.number(f.form), n.number(r.result.form), n.number(radicand), n.number(s.result.form)
        given = n.all(r.clean, s.finite, n.number(r.exact) >= n.real(mpq(2) ** f.F.emin))
        yield "roots of squares", n.implied(n.all(given, t >= y), n.all(w >= x, w >= -x))
        yield "roots of squares", n.implied(n.all(given, t <= y), n.any(w <= x, w <= -x))

    def _relative(self, r: Rounding) -> Iterator[Law]:
        """The relative error of a number in the normal range, at most u/(1 + u), also after a multiplication of the number and of its rounding."""
        n, one = self.n, r.exact.single
        if r.mode not in NEAREST:
            return
        u = mpq(1, 2 << r.F.p)
        c = n.real(u / (1 + u))
        t, x = n.number(r.exact), n.number(r.result.form)
        least = n.real(mpq(2) ** r.F.emin)
        given = n.all(r.clean, n.any(t >= least, t <= -least))
        pairs = [(t, x)]
        ((result, _),) = r.result.form.terms.items()
        if one is not None and one[0] == 1 and len(one[1]) == 1:
            for monomial in list(n.products):
                if len(monomial) == 2 and result[0] in monomial:
                    factor = monomial[1 - monomial.index(result[0])]
                    exact = tuple(sorted((factor, one[1][0])))
                    if exact in n.products:
                        pairs.append((n.products[exact], n.products[monomial]))
        for exact_number, rounded in pairs:
            d = rounded - exact_number
            yield "relative error", n.implied(n.all(given, exact_number >= 0), n.all(d <= c * exact_number, -d <= c * exact_number))
            yield "relative error", n.implied(n.all(given, exact_number <= 0), n.all(d <= -c * exact_number, -d <= -c * exact_number))

    # Multiples of powers of two

    def multiple(self, form: Form, grid: Grid, k: int = 0) -> Condition:
        """Enough for a form to be a multiple of 2^k times a grid."""
        n = self.n
        try:
            parts = list(shifts(form))
        except ValueError:
            return n.no
        constant = form.terms.get(ONE)
        if constant is not None:
            place = next(shift for monomial, shift in parts if monomial == ONE)
            parts = [part for part in parts if part[0] != ONE]
            first = grid.log + k <= place
            return n.all(first, *(self._multiple(m, grid, k - shift) for m, shift in parts))
        return n.all(*(self._multiple(m, grid, k - shift) for m, shift in parts))

    def _multiple(self, monomial: Monomial, grid: Grid, k: int) -> Condition:
        key = (monomial, self.n.grids.index(grid), k)
        if key not in self._multiples:
            self._multiples[key] = self.n.no  # of itself nothing follows
            self._multiples[key] = self._new_multiple(monomial, grid, k)
        return self._multiples[key]

    def _new_multiple(self, monomial: Monomial, grid: Grid, k: int) -> Condition:
        n = self.n
        form = Form({monomial: mpq(1)})
        found = [n.number(form) == 0]
        if monomial in self._products:
            found.append(self._products[monomial].log >= grid.log + k)
        for f in n.floats.values():
            if f.form.single is not None and f.form.single[1] == monomial and (shift := power_of_two(f.form.single[0])) is not None:
                found.append(n.all(f.holds, f.ulp.log >= grid.log + k + shift))
        found += [grid.log + k <= half.log for m, half, _, _ in self.midpoints if m.key == form.key]
        for r in n.roundings:
            if r.result.form.key == form.key:
                found.append(n.all(r.clean, r.ulp.log >= grid.log + k))
                found.append(n.all(r.clean, grid.log + k >= n.omega(r.F).log, self.multiple(r.exact, grid, k)))
        return n.any(*found)

    def _exact(self) -> Iterator[Law]:
        """A multiple of a power of two that has few enough bits is a float, and stays."""
        n = self.n
        asked = [(r.exact, r.F, n.number(r.exact) == n.number(r.result.form)) for r in n.roundings] + n.tested
        for form, F, exact in asked:
            t = n.number(form)
            Omega = n.real(mpq(F.Omega.numerator, F.Omega.denominator))
            for grid in list(n.grids):
                for k in (0, 1):
                    bound = n.real(mpq(((2 << F.p) + 1) << k)) * grid.size
                    small = n.all(t < bound, t > -bound, t <= Omega, t >= -Omega)
                    premise = n.all(small, grid.log + k >= n.omega(F).log, self.multiple(form, grid, k))
                    yield "multiples are floats", n.implied(premise, exact)

    def _spacing(self) -> Iterator[Law]:
        """A multiple of a power of two is 0 or at least that."""
        n = self.n
        forms = {r.exact.key: r.exact for r in n.roundings} | {form.key: form for form, _, _ in n.tested}
        forms |= n.compared  # type: ignore[arg-type]
        forms |= {d.key: d for m, _, _, _ in self.midpoints for r in n.roundings for d in (r.exact - m,)}
        forms |= {d.key: d for r in n.roundings for d in (r.exact - r.result.form,)}
        for form in forms.values():
            t = n.number(form)
            for grid in list(n.grids):
                yield "multiples are apart", n.implied(self.multiple(form, grid), n.any(t == 0, t >= grid.size, t <= -grid.size))

    # Products

    def _note_products(self) -> None:
        """Powers of two that products of floats are multiples of."""
        n = self.n
        for monomial in list(n.products):
            factors = [self._factor(i) for i in monomial]
            if len(monomial) == 2 and None not in factors:
                a, b = (f for f in factors if f is not None)
                grid = n.grid()
                n.definitions.append(grid.log == a.ulp.log + b.ulp.log)
                self._products[monomial] = grid

    def _factor(self, index: int) -> Float | None:
        key = Form.atom(index).key
        return next((f for f in self.n.floats.values() if f.form.key == key and self.n.z3.is_true(f.holds)), None)

    def _products_of_floats(self) -> Iterator[Law]:
        n = self.n
        for monomial, m in list(n.products.items()):
            if len(monomial) != 2:
                continue
            a, b = (n.number(Form.atom(i)) for i in monomial)
            yield "signs of products", n.any(n.all(a > 0, b > 0, m > 0), n.all(a < 0, b < 0, m > 0), n.all(a > 0, b < 0, m < 0), n.all(a < 0, b > 0, m < 0), n.all(n.any(a == 0, b == 0), m == 0))
            for x, y in ((a, b), (b, a)):
                yield "products with one", n.all(n.implied(x == 1, m == y), n.implied(x == -1, m == -y))
                one = n.real(mpq(1))
                yield "products with less than one", n.implied(n.all(x <= one, x >= -one), self._at_most(m, y))
                yield "products with more than one", n.implied(n.any(x >= one, x <= -one), self._at_most(y, m))
                yield "products with more than one", n.implied(n.all(n.any(x > one, x < -one), self._at_most(m, y)), y == 0)
            grid = self._products.get(monomial)
            if grid is not None:
                f, g = (self._factor(i) for i in monomial)
                assert f is not None and g is not None
                most = n.real(mpq(((2 << f.F.p) - 1) * ((2 << g.F.p) - 1)))
                yield "products of significands", n.all(m <= most * grid.size, m >= -most * grid.size)
                least = n.real(mpq(1 << (f.F.p + g.F.p)))
                normal = n.all(f.ulp.log > n.omega(f.F).log, g.ulp.log > n.omega(g.F).log)
                yield "products of significands", n.implied(normal, n.any(m >= least * grid.size, m <= -least * grid.size))

    def _grids(self) -> Iterator[Law]:
        """Powers of two are in the order of their exponents."""
        n = self.n
        formats = {F for _, F in n.floats}
        far = {0, 1, 2}
        if self._products or n.constants:
            far |= {F.precision + i for F in formats for i in (-1, 0, 1)}
        far |= {abs(F.p - G.p) + i for F, G in combinations(formats, 2) for i in (-2, -1, 0, 1, 2)}
        far |= {-k for k in far}
        for g in n.grids:
            yield "powers of two", g.size > 0
        for g, h in combinations(n.grids, 2):
            for k in sorted(far):
                scale = n.real(mpq(2) ** k)
                yield "powers of two", (g.log <= h.log + k) == (g.size <= scale * h.size)
                yield "powers of two", (g.log >= h.log + k) == (g.size >= scale * h.size)
