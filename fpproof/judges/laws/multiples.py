"""Multiples of powers of two: which numbers of a claim are some, and what follows: few bits make a float, and what is not 0 is not small."""

from collections.abc import Iterator
from fractions import Fraction

from gmpy2 import mpq

from fpproof.judges.laws.forms import ONE, Form, Monomial, power_of_two, shifts
from fpproof.judges.laws.midpoints import Midpoints
from fpproof.judges.laws.numbers import Numbers
from fpproof.judges.laws.products import Law, Products
from fpproof.judges.laws.space import Condition, Grid


class Multiples:
    """Conditions that are enough for a number to be a multiple of a power of two; where none is known, none."""

    def __init__(self, numbers: Numbers, products: Products, midpoints: Midpoints) -> None:
        self.n, self.products, self.midpoints = numbers, products, midpoints
        self._known: dict[tuple[Monomial, int, int], Condition] = {}
        self._quotients: dict[tuple[int, int], Grid] = {}
        self._omegas = [numbers.omega(F) for F in numbers.formats()]

    def laws(self) -> Iterator[Law]:
        yield from self._exact()
        yield from self._spacing()

    def multiple(self, form: Form, grid: Grid, k: int = 0) -> Condition:
        """Enough for a form to be a multiple of 2^k times a grid."""
        return self.n.any(*self._few(form, grid, k), self._sum(form, grid, k))

    def _few(self, form: Form, grid: Grid, k: int) -> Iterator[Condition]:
        for key in (form.key, form.scaled(mpq(-1)).key):
            if key in self.products.few:
                known, low, _ = self.products.few[key]
                yield known.log + low >= grid.log + k

    def _sum(self, form: Form, grid: Grid, k: int) -> Condition:
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
        key = (monomial, id(grid), k)
        if key not in self._known:
            self._known[key] = self.n.no  # of itself nothing follows
            self._known[key] = self._new_multiple(monomial, grid, k)
        return self._known[key]

    def _new_multiple(self, monomial: Monomial, grid: Grid, k: int) -> Condition:
        n = self.n
        form = Form({monomial: mpq(1)})
        found = [n.number(form) == 0]
        if monomial in self.products.grids:
            found.append(self.products.grids[monomial].log >= grid.log + k)
        if len(monomial) == 1 and monomial[0] in n.sums:
            found.append(self.multiple(n.sums[monomial[0]], grid, k))
        for f in n.floats.values():
            if f.form.single is not None and f.form.single[1] == monomial and (shift := power_of_two(f.form.single[0])) is not None:
                found.append(n.all(f.holds, f.ulp.log >= grid.log + k + shift))
        found += self._few(form, grid, k)
        found += self._scaled(monomial, grid, k)
        found += [grid.log + k <= half.log for m, half, _, _ in self.midpoints.found if m.key == form.key]
        for r in n.roundings:
            if r.result.form.key == form.key:
                found.append(n.all(r.clean, r.ulp.log >= grid.log + k))
                found.append(n.all(r.clean, grid.log + k >= n.omega(r.F).log, self.multiple(r.exact, grid, k)))
        return n.any(*found)

    def _scaled(self, monomial: Monomial, grid: Grid, k: int) -> Iterator[Condition]:
        """Of a number times a power of two, of a power of two, and of what times a power of two is a float, and so a multiple of omega."""
        n = self.n
        if grid in self._omegas and len(monomial) == 2:
            for i, j in (monomial, monomial[::-1]):
                if j in n.scales:
                    yield self._multiple((i,), self._over(grid, n.scales[j]), k)
        for (key, _), binade in n.binades.items():
            if key == ((monomial, mpq(1)),):
                x = n.number(Form({monomial: mpq(1)}))
                yield n.all(n.any(x == binade.size, x == -binade.size), binade.log >= grid.log + k)
        if len(monomial) == 1 and monomial[0] in n.scales:
            yield n.scales[monomial[0]].log >= grid.log + k
        for form, F, holds in n.tested:
            single = form.single
            if single is None or len(single[1]) != 2 or (shift := power_of_two(single[0])) is None:
                continue
            for i, j in (single[1], single[1][::-1]):
                if j in n.scales and (i,) == monomial:
                    yield n.all(holds, n.omega(F).log - n.scales[j].log - shift >= grid.log + k)

    def _over(self, grid: Grid, scale: Grid) -> Grid:
        """One power of two over another."""
        key = (id(grid), id(scale))
        if key not in self._quotients:
            self._quotients[key] = Grid(self.n.real(mpq(0)), grid.log - scale.log)
        return self._quotients[key]

    def _exact(self) -> Iterator[Law]:
        """A multiple of a power of two that has few enough bits is a float, and stays; between Omega and Omega + ulp(Omega) is none."""
        n = self.n
        asked = [(r.exact, r.F, n.number(r.exact) == n.number(r.result.form)) for r in n.roundings] + n.tested
        for form, F, exact in asked:
            t = n.number(form)
            Omega, after = (n.real(mpq(x.numerator, x.denominator)) for x in (F.Omega, F.Omega + Fraction(2) ** F.quanta[1]))
            inside, almost = (t <= Omega, t >= -Omega), (t < after, t > -after)
            places = [(grid, k, inside) for grid in list(n.grids) for k in (0, 1)]
            places += [(grid, low, almost) for grid, low in dict.fromkeys((g, low) for g, low, _ in self.products.few.values())]
            for grid, k, range in places:
                bound = n.real(((2 << F.p) + 1) * mpq(2) ** k) * grid.size
                premise = n.all(n.all(t < bound, t > -bound, *range), grid.log + k >= n.omega(F).log, self.multiple(form, grid, k))
                yield "multiples are floats", n.implied(premise, exact)

    def _spacing(self) -> Iterator[Law]:
        """A multiple of a power of two is 0 or at least that."""
        n = self.n
        forms = {r.exact.key: r.exact for r in n.roundings} | {form.key: form for form, _, _ in n.tested}
        forms |= n.compared
        forms |= {d.key: d for m, _, _, _ in self.midpoints.found for r in n.roundings for d in (r.exact - m,)}
        forms |= {d.key: d for d in self.midpoints.products_compared()}
        forms |= {d.key: d for r in n.roundings for d in (r.exact - r.result.form,)}
        for form in forms.values():
            t = n.number(form)
            for grid in list(n.grids):
                yield "multiples are apart", n.implied(self.multiple(form, grid), n.any(t == 0, t >= grid.size, t <= -grid.size))
