"""Exact numbers of a claim as polynomials over what is not taken apart: variables, rounded numbers, quotients, roots."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from gmpy2 import mpq

Monomial = tuple[int, ...]
"""Indices of atoms, in order, each as often as it is a factor; () is 1."""
Key = tuple[tuple[Monomial, mpq], ...]
ONE: Monomial = ()

LARGEST = 64
"""Monomials of a form."""


class TooLarge(Exception):
    """A form with too many monomials."""

    def __str__(self) -> str:
        return f"a polynomial with more than {LARGEST} terms"


@dataclass(frozen=True, eq=False)
class Form:
    """A polynomial; no coefficient is 0. Equal forms have equal keys."""

    terms: Mapping[Monomial, mpq]

    @cached_property
    def key(self) -> Key:
        return tuple(sorted(self.terms.items()))

    @staticmethod
    def constant(value: mpq) -> "Form":
        return Form({ONE: value} if value else {})

    @staticmethod
    def atom(index: int) -> "Form":
        return Form({(index,): mpq(1)})

    def __add__(self, other: "Form") -> "Form":
        return Form(_nonzero(_merged(self.terms, other.terms)))

    def __sub__(self, other: "Form") -> "Form":
        return self + other.scaled(mpq(-1))

    def __mul__(self, other: "Form") -> "Form":
        found: dict[Monomial, mpq] = {}
        for m, c in self.terms.items():
            for n, d in other.terms.items():
                product = tuple(sorted((*m, *n)))
                found[product] = found.get(product, mpq(0)) + c * d
        return Form(_nonzero(found))

    def scaled(self, factor: mpq) -> "Form":
        return Form({m: c * factor for m, c in self.terms.items()} if factor else {})

    @property
    def value(self) -> "mpq | None":
        """The number, if it is a constant."""
        if not self.terms:
            return mpq(0)
        return self.terms.get(ONE) if len(self.terms) == 1 else None

    @property
    def single(self) -> "tuple[mpq, Monomial] | None":
        """Coefficient and monomial, if it is one monomial that is no constant."""
        if len(self.terms) != 1:
            return None
        ((monomial, c),) = self.terms.items()
        return None if monomial == ONE else (c, monomial)

    @property
    def index(self) -> "int | None":
        """The index of the atom, if it is one and nothing else."""
        single = self.single
        return single[1][0] if single is not None and single[0] == 1 and len(single[1]) == 1 else None

    @property
    def direction(self) -> int:
        """1 or -1, so that a form and its negative have different ones; 0 for 0."""
        return 0 if not self.terms else (1 if self.key[0][1] > 0 else -1)


def _merged(a: Mapping[Monomial, mpq], b: Mapping[Monomial, mpq]) -> dict[Monomial, mpq]:
    return {m: a.get(m, mpq(0)) + b.get(m, mpq(0)) for m in dict.fromkeys((*a, *b))}


def _nonzero(terms: Mapping[Monomial, mpq]) -> dict[Monomial, mpq]:
    found = {m: c for m, c in terms.items() if c}
    if len(found) > LARGEST:
        raise TooLarge
    return found


def power_of_two(c: mpq) -> "int | None":
    """n where |c| is 2^n."""
    n, d = abs(int(c.numerator)), int(c.denominator)
    if n == 0 or n & (n - 1) or d & (d - 1):
        return None
    return n.bit_length() - d.bit_length()


def shifts(form: Form) -> Iterator[tuple[Monomial, int]]:
    """For each monomial but 1, the greatest k for which its coefficient is an integer times 2^k."""
    for monomial, c in form.terms.items():
        n, d = abs(int(c.numerator)), int(c.denominator)
        if d & (d - 1):
            raise ValueError("no binary fraction")
        yield monomial, ((n & -n).bit_length() - 1) - (d.bit_length() - 1)
