"""Products of numbers of a claim: their signs and sizes, and the powers of two that they are multiples of."""

from collections.abc import Iterator
from itertools import combinations

from gmpy2 import mpq

from fpproof.judges.laws.forms import Form, Key, Monomial
from fpproof.judges.laws.numbers import Numbers
from fpproof.judges.laws.space import Condition, Float, Grid

Law = tuple[str, Condition]


class Products:
    """The products of one claim; `grids` has a power of two that each is a multiple of, where one is known."""

    def __init__(self, numbers: Numbers) -> None:
        self.n = numbers
        self.grids: dict[Monomial, Grid] = {}
        self.few: dict[Key, tuple[Grid, int, int]] = {}
        """Forms that have few bits: multiples of 2^low times a power of two, of magnitude at most 2^high times that."""
        self._of_grids: dict[frozenset[int], Grid] = {}
        for monomial in list(numbers.products):
            factors = [self.factor(i) for i in monomial]
            if len(monomial) == 2 and None not in factors and not all(Form.atom(i).key in numbers.few for i in monomial):
                a, b = (f for f in factors if f is not None)
                self.grids[monomial] = self.of_grids(a.ulp, b.ulp)
        self._note_few()

    def _note_few(self) -> None:
        """Products of numbers with few bits."""
        n = self.n
        self.few = {key: (binade, bits.low, bits.high) for key, (binade, bits) in n.few.items()}
        atoms = [(Form.atom(i), Form.atom(j)) for i, j in (m for m in list(n.products) if len(m) == 2)]
        for x, y in (*n.factored, *atoms):
            if x.key in n.few and y.key in n.few:
                (g, one), (h, other) = n.few[x.key], n.few[y.key]
                self.few[(x * y).key] = self.of_grids(g, h), one.low + other.low, one.high + other.high

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

    def of_few_bits(self) -> Iterator[Law]:
        n = self.n
        for key, (grid, _, high) in self.few.items():
            x, most = n.number(Form(dict(key))), n.real(mpq(2) ** high) * grid.size
            yield "products of few bits", n.all(x <= most, x >= -most)
        for (i, j), m in ((m, x) for m, x in list(n.products.items()) if len(m) == 2):
            g, h = (next((b for (key, _), b in n.binades.items() if key == Form.atom(k).key), None) for k in (i, j))
            if g is not None and h is not None:
                a, b, size = n.number(Form.atom(i)), n.number(Form.atom(j)), self.of_grids(g, h).size
                yield "products of binades", n.any(a == 0, b == 0, n.all(m >= size, m < 4 * size), n.all(m <= -size, m > -4 * size))

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
