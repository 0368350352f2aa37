"""Products of numbers of a claim: their signs and sizes, and the powers of two that they are multiples of."""

from collections.abc import Iterator
from itertools import combinations

from gmpy2 import mpq

from fpproof.judges.laws.forms import Form, Monomial
from fpproof.judges.laws.numbers import Numbers
from fpproof.judges.laws.space import Condition, Float, Grid

Law = tuple[str, Condition]


class Products:
    """The products of one claim; `grids` has a power of two that each is a multiple of, where one is known."""

    def __init__(self, numbers: Numbers) -> None:
        self.n = numbers
        self.grids: dict[Monomial, Grid] = {}
        self._of_grids: dict[frozenset[int], Grid] = {}
        for monomial in list(numbers.products):
            factors = [self.factor(i) for i in monomial]
            if len(monomial) == 2 and None not in factors:
                a, b = (f for f in factors if f is not None)
                self.grids[monomial] = self.of_grids(a.ulp, b.ulp)

    def factor(self, index: int) -> Float | None:
        key = Form.atom(index).key
        return next((f for f in self.n.floats.values() if f.form.key == key and self.n.z3.is_true(f.holds)), None)

    def of_grids(self, g: Grid, h: Grid) -> Grid:
        key = frozenset((self.n.grids.index(g), self.n.grids.index(h)))
        if key not in self._of_grids:
            found = self._of_grids[key] = self.n.grid()
            self.n.definitions.append(found.log == g.log + h.log)
        return self._of_grids[key]

    def signs_and_sizes(self) -> Iterator[Law]:
        n = self.n
        for monomial, m in list(n.products.items()):
            if len(monomial) != 2:
                continue
            a, b = (n.number(Form.atom(i)) for i in monomial)
            positive = n.any(n.all(a > 0, b > 0), n.all(a < 0, b < 0))
            negative = n.any(n.all(a > 0, b < 0), n.all(a < 0, b > 0))
            yield "signs of products", n.any(n.all(positive, m > 0), n.all(negative, m < 0), n.all(n.any(a == 0, b == 0), m == 0))
            for x, y in ((a, b), (b, a)):
                yield "products with one", n.all(n.implied(x == 1, m == y), n.implied(x == -1, m == -y))
                one = n.real(mpq(1))
                yield "products with less than one", n.implied(n.all(x <= one, x >= -one), at_most(n, m, y))
                yield "products with more than one", n.implied(n.any(x >= one, x <= -one), at_most(n, y, m))
                yield "products with more than one", n.implied(n.all(n.any(x > one, x < -one), at_most(n, m, y)), y == 0)
            grid = self.grids.get(monomial)
            if grid is not None:
                f, g = (self.factor(i) for i in monomial)
                assert f is not None
                assert g is not None
                most = n.real(mpq(((2 << f.F.p) - 1) * ((2 << g.F.p) - 1)))
                yield "products of significands", n.all(m <= most * grid.size, m >= -most * grid.size)
                least = n.real(mpq(1 << (f.F.p + g.F.p)))
                normal = n.all(f.ulp.log > n.omega(f.F).log, g.ulp.log > n.omega(g.F).log)
                yield "products of significands", n.implied(normal, n.any(m >= least * grid.size, m <= -least * grid.size))

    def of_equals(self) -> Iterator[Law]:
        n = self.n
        for a, b in combinations(list(n.products), 2):
            if len(a) == len(b) == 2 and (shared := set(a) & set(b)):
                for c in shared:
                    x, y = (n.number(Form.atom(m[1 - m.index(c)])) for m in (a, b))
                    yield "products of equals", n.implied(x == y, n.products[a] == n.products[b])
                    yield "products of equals", n.implied(x == -y, n.products[a] == -n.products[b])
                    yield "products of equals", n.implied(n.products[a] == n.products[b], n.any(x == y, n.number(Form.atom(c)) == 0))


def at_most(n: Numbers, x: Condition, y: Condition) -> Condition:
    """|x| <= |y|."""
    return n.any(n.all(x <= y, x >= -y), n.all(x <= -y, x >= y))
