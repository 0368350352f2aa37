"""Midpoints of floats: between numbers that are rounded differently there is one.

So rounding twice is innocuous if the first rounding crosses no midpoint; and a sum, a quotient or a root that it could take to a midpoint would be
too near to one, for a number that is no midpoint itself.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from gmpy2 import mpq

from fpproof.formats import Format
from fpproof.judges.laws.forms import Form, Monomial
from fpproof.judges.laws.numbers import Numbers
from fpproof.judges.laws.products import Law, Products
from fpproof.judges.laws.space import NEAREST, Grid, Rounding


class Midpoints:
    """For numbers that are rounded to one format, with a wider one in the claim: a midpoint, half an ulp there, and the two roundings."""

    def __init__(self, numbers: Numbers, products: Products) -> None:
        self.n, self.products = numbers, products
        self.found: list[tuple[Form, Grid, Rounding, Rounding]] = []
        for r, s in combinations(numbers.roundings, 2):
            if r.F == s.F and r.mode is s.mode and r.mode in NEAREST:
                wider = [G for G in numbers.formats() if has_midpoints(G, r.F)]
                if wider:
                    form = numbers.atom()
                    self.found.append((form, numbers.grid(), r, s))
                    for G in wider:
                        numbers.known_float(form, G, numbers.yes)

    def laws(self) -> Iterator[Law]:
        yield from self._between()
        yield from self._quotients()
        yield from self._roots()

    def products_compared(self) -> Iterator[Form]:
        """Differences of dividends or radicands, and of what they would be if the quotients or roots were midpoints."""
        for m, _, _, _ in self.found:
            yield from (dividend - m * y for q, y, dividend in self.n.dividends if product_of(m, y) in self.products.grids)
            yield from (radicand - m * m for _, radicand in self.n.roots)

    def _between(self) -> Iterator[Law]:
        """Numbers that are rounded differently have a midpoint between them: an odd multiple of half an ulp, which no float is."""
        n = self.n
        for form, half, r, s in self.found:
            m, F = n.number(form), r.F
            t, x, v, y = (n.number(f) for f in (r.exact, r.result.form, s.exact, s.result.form))
            same = n.any(n.all(r.finite, s.finite, x == y), n.all(n.opposite(r.finite), n.opposite(s.finite)))
            apart = n.all(r.given, s.given, n.opposite(same))
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

    def _quotients(self) -> Iterator[Law]:
        """A quotient that is near a midpoint, times the divisor: the dividend, near the product of midpoint and divisor."""
        n = self.n
        for middle, half, _, _ in self.found:
            for q, divisor, _ in n.dividends:
                y = None if divisor.index is None else self.products.factor(divisor.index)
                if y is None:  # a float alone: of 2 y or y z the products below are other ones
                    continue
                a, m, product = n.number(q), n.number(middle), n.number(middle * divisor)
                grid = self.products.of_grids(half, y.ulp)
                self.products.grids[product_of(middle, divisor)] = grid
                normal = n.any(m >= n.real(mpq(2 << y.F.p)) * half.size, m <= n.real(mpq(-2 << y.F.p)) * half.size)
                large = y.ulp.log > n.omega(y.F).log
                for first, least in ((n.yes, mpq(1)), (normal, mpq(2 << y.F.p))):
                    for second, also in ((n.number(divisor) != 0, mpq(1)), (large, mpq(1 << y.F.p))):
                        bound = n.real(least * also) * grid.size
                        yield "products at midpoints", n.implied(n.all(first, second), n.any(product >= bound, product <= -bound))
                for r in n.roundings:
                    if r.exact.key == q.key:
                        error = n.real(mpq((2 << y.F.p) - 1)) * self.products.of_grids(r.ulp, y.ulp).size
                        d, e = a - m, n.number(q * divisor) - product
                        near = n.all(2 * d <= r.ulp.size, -2 * d <= r.ulp.size)
                        yield "products at midpoints", n.implied(near, n.all(2 * e <= error, -2 * e <= error))

    def _roots(self) -> Iterator[Law]:
        """A root that is near a midpoint, squared: the radicand, near the square of the midpoint."""
        n = self.n
        for middle, half, s, _ in self.found:
            for index, _ in n.roots:
                w = Form.atom(index)
                a, m, square = n.number(w), n.number(middle), n.number(middle * middle)
                grid = self.products.of_grids(half, half)
                self.products.grids[product_of(middle, middle)] = grid
                normal = n.any(m >= n.real(mpq(2 << s.F.p)) * half.size, m <= n.real(mpq(-2 << s.F.p)) * half.size)
                yield "squares at midpoints", n.all(square >= grid.size)
                yield "squares at midpoints", n.implied(normal, square >= n.real(mpq(4 << (2 * s.F.p))) * grid.size)
                yield "squares at midpoints", square <= n.real(mpq((4 << s.F.p) - 1) ** 2) * grid.size
                for r in n.roundings:
                    if r.exact.key == w.key:
                        error = n.real(mpq((16 << s.F.p) - 3, 4)) * self.products.of_grids(r.ulp, half).size
                        d, e = a - m, n.number(w * w) - square
                        near = n.all(m >= 0, r.ulp.log <= half.log, 2 * d <= r.ulp.size, -2 * d <= r.ulp.size)
                        yield "squares at midpoints", n.implied(near, n.all(e <= error, -e <= error))
                        yield "squares at midpoints", n.implied(n.all(m >= 0, e == 0), d == 0)


def has_midpoints(G: Format, F: Format) -> bool:
    """Whether all midpoints of F are floats of G, that after Omega too: odd multiples of at least omega/2, of p + 2 bits."""
    return G.p > F.p and G.quanta[0] < F.quanta[0] and G.Omega >= F.Omega + Fraction(2) ** (F.quanta[1] - 1)


def product_of(a: Form, b: Form) -> Monomial:
    """The monomial of a product of atoms."""
    ((monomial, _),) = (a * b).terms.items()
    return monomial
