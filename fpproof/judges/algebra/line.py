"""Conditions on polynomials in one variable, decided completely: signs are constant between roots.

Roots are isolated exactly (sympy, by continued fractions and Sturm's count); a polynomial's sign at a root is 0 iff it shares the
root, else it is that beside the root, in an interval that is narrow enough to hold no root of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from gmpy2 import mpq
from sympy import QQ, Poly, Rational, Symbol, gcd
from sympy.polys.rings import PolyElement

from fpproof.judges.algebra.formulas import Formula, Polynomial, holds, polynomials
from fpproof.theory.numbers import Number, add, compare, divide, multiply, sqrt

HIGHEST_DEGREE = 60
LONGEST = 4096
"""Bits of the coefficients of polynomials of degree 3 and more: roots are isolated in about as many steps, and z3 does not count what it spends."""

_X = Symbol("x")


@dataclass(frozen=True, slots=True)
class Place:
    """A point of the line at which a formula holds: a number, or None if it is a root that has no form here."""

    number: Number | None
    text: str


def variable_of(formula: Formula) -> int | None:
    """The only generator in a formula; None if there are several, or none, or degrees are high."""
    found: set[int] = set()
    for p in polynomials(formula):
        for monomial in p.itermonoms():
            found |= {i for i, e in enumerate(monomial) if e}
            if sum(monomial) > HIGHEST_DEGREE:
                return None
    return found.pop() if len(found) == 1 else None


def are_long(formula: Formula) -> bool:
    """Whether coefficients are too long for what follows."""
    high = [p for p in polynomials(formula) if any(sum(monomial) > 2 for monomial in p.itermonoms())]
    return any(max(abs(c.numerator), c.denominator).bit_length() > LONGEST for p in high for c in p.itercoeffs())


def places(formula: Formula, generator: int) -> Iterator[Place]:
    """A place in each cell of the line on which the formula holds; none if it holds nowhere."""
    signs = {p: _univariate(p, generator) for p in polynomials(formula)}
    product = Poly(1, _X, domain=QQ)
    for p in signs.values():
        product = (product * p.exquo(gcd(product, p))).sqf_part() if p.degree() > 0 else product
    roots = [_isolated(product, *ends) for ends, _ in product.intervals()] if product.degree() > 0 else []
    for sample in _between(roots):
        at = Rational(int(sample.numerator), int(sample.denominator))
        values = {p: _sign(u.eval(at)) for p, u in signs.items()}
        if holds(formula, values.__getitem__):
            yield Place(sample, str(sample))
    for low, high in roots:
        values = {p: _sign_at_root(u, product, low, high) for p, u in signs.items()}
        if holds(formula, values.__getitem__):
            yield Place(_number(product, low, high), f"a root of a polynomial between {low} and {high}")


def _isolated(product: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """An interval around a root with no root at its ends, or the root twice."""
    while low != high and (product.eval(low) == 0 or product.eval(high) == 0):
        low, high = product.refine_root(low, high, eps=(high - low) / 16)
    return low, high


def _univariate(p: Polynomial, generator: int) -> Any:
    assert isinstance(p, PolyElement)
    return Poly({(monomial[generator],): c for monomial, c in p.iterterms()}, _X, domain=QQ)


def _sign(value: Any) -> int:
    return int(bool(value > 0)) - int(bool(value < 0))


def _between(roots: list[tuple[Any, Any]]) -> Iterator[Any]:
    """A rational number in each open cell."""
    if not roots:
        yield mpq(0)
        return
    ends = [(mpq(int(low.p), int(low.q)), mpq(int(high.p), int(high.q))) for low, high in roots]
    yield mpq(ends[0][0].numerator // ends[0][0].denominator) - 1
    yield from ((left[1] + right[0]) / 2 for left, right in pairwise(ends))
    yield mpq(ends[-1][1].numerator // ends[-1][1].denominator) + 1


def _sign_at_root(u: Any, product: Any, low: Any, high: Any) -> int:
    """Of u at the only root of `product` between two numbers."""
    if low == high:
        return _sign(u.eval(low))
    common = gcd(u, product)
    if common.degree() > 0 and common.count_roots(low, high):
        return 0
    while u.degree() > 0 and u.count_roots(low, high):
        low, high = product.refine_root(low, high, eps=(high - low) / 16)
        if low == high:
            return _sign(u.eval(low))
    return _sign(u.eval((low + high) / 2))


def _number(product: Any, low: Any, high: Any) -> Number | None:
    """A rational root, or one of a quadratic factor."""
    if low == high:
        return mpq(int(low.p), int(low.q))
    for factor, _ in product.factor_list()[1]:
        if factor.degree() == 1 and factor.count_roots(low, high):
            a, b = (mpq(int(x.p), int(x.q)) for x in factor.all_coeffs())
            return -b / a
        if factor.degree() == 2 and factor.count_roots(low, high):
            a, b, c = (mpq(int(x.p), int(x.q)) for x in factor.all_coeffs())
            root = sqrt(b * b - 4 * a * c)
            roots = [divide(add(-b, s), 2 * a) for s in (root, multiply(mpq(-1), root))]
            return next(r for r in roots if _within(r, low, high))
    return None


def _within(r: Number, low: Any, high: Any) -> bool:
    return compare(mpq(int(low.p), int(low.q)), r) != 1 and compare(r, mpq(int(high.p), int(high.q))) != 1
