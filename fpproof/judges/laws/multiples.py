"""Multiples of powers of two: which numbers of a claim are some, and what follows: few bits make a float, and what is not 0 is not small."""

from collections.abc import Iterator

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

    def laws(self) -> Iterator[Law]:
        yield from self._exact()
        yield from self._spacing()

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
        for f in n.floats.values():
            if f.form.single is not None and f.form.single[1] == monomial and (shift := power_of_two(f.form.single[0])) is not None:
                found.append(n.all(f.holds, f.ulp.log >= grid.log + k + shift))
        found += [grid.log + k <= half.log for m, half, _, _ in self.midpoints.found if m.key == form.key]
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
        forms |= n.compared
        forms |= {d.key: d for m, _, _, _ in self.midpoints.found for r in n.roundings for d in (r.exact - m,)}
        forms |= {d.key: d for d in self.midpoints.products_compared()}
        forms |= {d.key: d for r in n.roundings for d in (r.exact - r.result.form,)}
        for form in forms.values():
            t = n.number(form)
            for grid in list(n.grids):
                yield "multiples are apart", n.implied(self.multiple(form, grid), n.any(t == 0, t >= grid.size, t <= -grid.size))
