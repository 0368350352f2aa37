"""The laws of rounding, said of the numbers of one claim; each is derived in docs/laws.md."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from gmpy2 import mpq

from fpproof.formats import Format, Mode
from fpproof.judges.laws.forms import Form, power_of_two
from fpproof.judges.laws.midpoints import Midpoints
from fpproof.judges.laws.multiples import Multiples
from fpproof.judges.laws.numbers import Numbers
from fpproof.judges.laws.products import Law, Products, at_most
from fpproof.judges.laws.space import NEAREST, Condition, Grid, Rounding
from fpproof.theory.numbers import to_datum

SYMMETRIC = (Mode.NEAREST_EVEN, Mode.NEAREST_AWAY, Mode.TOWARD_ZERO, Mode.TO_ODD)
MIRRORED = {Mode.UP: Mode.DOWN, Mode.DOWN: Mode.UP}


class Laws:
    """What is known of the numbers of a claim, law by law."""

    def __init__(self, numbers: Numbers) -> None:
        self.n = numbers
        for F in numbers.formats():
            numbers.omega(F)
        if numbers.constants:
            numbers.grids.append(Grid(numbers.real(mpq(1)), numbers.z3.IntVal(0, ctx=numbers.context)))
        self._multiplied_with_constants()
        self.products = Products(numbers)
        self.midpoints = Midpoints(numbers, self.products)
        self.multiples = Multiples(numbers, self.products, self.midpoints)

    def all(self) -> Iterator[Law]:
        scaled = list(self._scaled())
        yield from self.products.signs_and_sizes()
        yield from self.products.of_few_bits()
        yield from self._sizes()
        for r in self.n.roundings:
            yield from self._rounding(r, scaled)
            yield from self._relative(r)
        for r, s in combinations(self.n.roundings, 2):
            yield from self._two_roundings(r, s)
            yield from self._root_of_square(r, s)
            yield from self._root_of_square(s, r)
        yield from self.midpoints.laws()
        yield from self.products.of_equals()
        yield from self.multiples.laws()
        yield from self._grids()

    def _multiplied_with_constants(self) -> None:
        """The binades of floats that are multiplied with constants: what their products are rounded to is compared with those of the ends."""
        n = self.n
        for r in n.roundings:
            single = r.exact.single
            if single is None or power_of_two(single[0]) is not None or n.float_of(Form({single[1]: mpq(1)}), r.F) is None:
                continue
            end = n.scale(n.binade(Form({single[1]: mpq(1)}), r.F)).scaled(2 * single[0])
            for difference in (r.result.form - end, r.result.form + end):
                n.compared[difference.key] = difference

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
        for F in n.formats():
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
        for (key, F), binade in n.binades.items():
            known = n.floats.get((key, F))
            if known is not None:
                x, u, b = n.number(known.form), known.ulp.size, binade.size
                inside = n.any(n.all(x >= b + u, x <= 2 * b - u), n.all(x <= -b - u, x >= u - 2 * b))
                yield "binade", n.implied(known.holds, n.any(x == 0, x == b, x == -b, inside))
                yield "binade", n.implied(n.all(known.holds, known.ulp.log > n.omega(F).log), binade.log == known.ulp.log + F.p)
        for f, g in combinations(n.floats.values(), 2):
            if f.F == g.F and f.ulp is not g.ulp:
                x, y = n.number(f.form), n.number(g.form)
                both = n.all(f.holds, g.holds)
                yield "ulp", n.implied(n.all(both, at_most(n, x, y)), f.ulp.log <= g.ulp.log)
                yield "ulp", n.implied(n.all(both, at_most(n, y, x)), g.ulp.log <= f.ulp.log)

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

    def _error(self, r: Rounding, t: Any, x: Any) -> Iterator[Law]:
        n, u = self.n, r.ulp
        d = x - t
        p, omega = r.F.p, n.omega(r.F)
        least, most = n.real(mpq(1 << p)) * u.size, n.real(mpq(2 << p)) * u.size
        yield "ulp", n.implied(r.clean, n.all(t < most, t > -most))
        yield "ulp", n.all(u.log >= omega.log)
        yield "ulp", n.implied(n.all(r.clean, u.log > omega.log), n.any(t >= least, t <= -least))
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
            yield "direction", n.implied(r.clean, n.any(n.all(x >= 0, d <= 0), n.all(x <= 0, d >= 0)))

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
        kept = n.any(t >= least, t <= -least, self.multiples.multiple(r.exact, n.omega(r.F)))
        yield "scaling", n.implied(n.all(r.clean, s.clean, v == c * t, kept), y == c * x)

    def _root_of_square(self, r: Rounding, s: Rounding) -> Iterator[Law]:
        """fl(sqrt(t)) and fl(f*f), of a float f whose square is normal: on the sides of |f| on which t is of fl(f*f)."""
        n = self.n
        square, root = r.exact.single, s.exact.single
        if square is None or root is None or square[0] != 1 or root[0] != 1 or len(square[1]) != 2 or square[1][0] != square[1][1]:
            return
        f = self.products.factor(square[1][0])
        radicand = next((form for index, form in n.roots if (index,) == root[1]), None)
        if f is None or radicand is None or not f.F == r.F == s.F or not r.mode is s.mode is Mode.NEAREST_EVEN:
            return
        x, y, t, w = n.number(f.form), n.number(r.result.form), n.number(radicand), n.number(s.result.form)
        given = n.all(r.clean, s.finite, n.number(r.exact) >= n.real(mpq(2) ** f.F.emin))
        yield "roots of squares", n.implied(n.all(given, t >= y), n.all(w >= x, w >= -x))
        yield "roots of squares", n.implied(n.all(given, t <= y), n.any(w <= x, w <= -x))

    # Powers of two

    def _grids(self) -> Iterator[Law]:
        """Powers of two are in the order of their exponents."""
        n = self.n
        formats = n.formats()
        far = {0, 1, 2}
        if self.products.grids or n.constants:
            far |= {F.precision + i for F in formats for i in (-1, 0, 1)}
        far |= {abs(F.p - G.p) + i for F, G in combinations(formats, 2) for i in (-2, -1, 0, 1, 2)}
        for c in n.constants:
            k = (abs(c.numerator) // c.denominator).bit_length() - 1
            if power_of_two(c) is None and 2 <= k <= max(F.precision for F in formats):
                far |= {k + i for i in (-1, 0, 1, 2)} | {abs(F.p - k) + i for F in formats for i in (-1, 0, 1, 2)}
        far |= {-k for k in far}
        for g in n.grids:
            yield "powers of two", g.size > 0
        for g, h in combinations(n.grids, 2):
            for k in sorted(far):
                scale = n.real(mpq(2) ** k)
                yield "powers of two", (g.log <= h.log + k) == (g.size <= scale * h.size)
                yield "powers of two", (g.log >= h.log + k) == (g.size >= scale * h.size)
