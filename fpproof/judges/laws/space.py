"""What z3 knows of the numbers of a claim: reals, powers of two, floats, roundings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gmpy2 import mpq

from fpproof.encodings.z3_terms import load_z3
from fpproof.formats import Format, Mode
from fpproof.judges.laws.forms import ONE, Form, Key, Monomial
from fpproof.theory import Term

NEAREST = (Mode.NEAREST_EVEN, Mode.NEAREST_AWAY)
Condition = Any
"""A truth value of z3."""


class Beyond(Exception):
    """What a claim says that is not translated."""


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A number: `form` where it is finite; at most one of the conditions holds."""

    form: Form
    nan: Condition
    above: Condition
    below: Condition
    finite: Condition


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A power of two, 2^log; `log` is an integer of z3, `size` a real."""

    size: Any
    log: Any


@dataclass(frozen=True, slots=True, eq=False)
class Float:
    """A form that is a finite float of F where `holds`, and its ulp there."""

    form: Form
    F: Format
    holds: Condition
    ulp: Grid


@dataclass(frozen=True, slots=True, eq=False)
class Rounding:
    """fl of a form in a mode; `ulp` is that of the form.

    `given` says that the form is finite, `finite` that the result is too, `clean` that it does not overflow.
    """

    exact: Form
    F: Format
    mode: Mode
    result: Float
    given: Condition
    finite: Condition
    clean: Condition
    ulp: Grid


@dataclass(frozen=True, slots=True)
class Bits:
    """Of a number: that it is a multiple of 2^low B, of magnitude at most 2^high B, and 0 if x is 0; B is 2^exponent(x), and x a float of F."""

    of: Term
    F: Format
    low: int
    high: int


@dataclass(frozen=True)
class Known:
    """What was found of a claim's terms before: which are floats, of which format, and which have few bits; products of these, which have few too."""

    floats: Mapping[Term, Format]
    bits: Mapping[Term, Bits]
    products: tuple[Term, ...] = ()


NOTHING = Known({}, {})


class Space:
    """The variables of z3 that stand for the numbers of one claim, and what defines them."""

    def __init__(self) -> None:
        self.z3 = load_z3()
        self.context = self.z3.Context()
        self.atoms: list[Any] = []
        self.definitions: list[Condition] = []
        self.floats: dict[tuple[Key, Format], Float] = {}
        self.roundings: list[Rounding] = []
        self.few: dict[Key, tuple[Grid, Bits]] = {}
        """Forms that have few bits, in terms of a power of two."""
        self.factored: list[tuple[Form, Form]] = []
        """Factors of products."""
        self.tested: list[tuple[Form, Format, Condition]] = []
        """What is asked whether it is a float, and whether it is."""
        self.products: dict[Monomial, Any] = {}
        self.roots: list[tuple[int, Form]] = []
        self.dividends: list[tuple[Form, Form, Form]] = []
        """Quotients and their divisors, both atoms, and what is divided."""
        self.grids: list[Grid] = []
        self.obligations: list[Condition] = []
        """Without these the statement is wrong: weights that must be floats."""
        self.sums: dict[int, Form] = {}
        """Atoms that are sums."""
        self.scales: dict[int, Grid] = {}
        """Atoms that are powers of two."""
        self.binades: dict[tuple[Key, Format], Grid] = {}
        """2^exponent of numbers."""
        self.compared: dict[Key, Form] = {}
        """Differences of numbers that are compared."""
        self.constants: set[mpq] = set()
        self.places: set[int] = set()
        """k, for the powers 2^k that numbers are multiplied with."""
        self._omegas: dict[Format, Grid] = {}
        self.yes, self.no = self.z3.BoolVal(True, ctx=self.context), self.z3.BoolVal(False, ctx=self.context)

    # z3

    def real(self, value: mpq) -> Any:
        return self.z3.RealVal(str(value), ctx=self.context)

    def new_real(self) -> Any:
        return self.z3.FreshReal(ctx=self.context)

    def new_condition(self) -> Condition:
        return self.z3.FreshBool(ctx=self.context)

    def all(self, *conditions: Condition) -> Condition:
        kept = [c for c in conditions if not self.z3.is_true(c)]
        if any(self.z3.is_false(c) for c in kept):
            return self.no
        return self.z3.And(*kept) if len(kept) > 1 else (kept[0] if kept else self.yes)

    def any(self, *conditions: Condition) -> Condition:
        kept = [c for c in conditions if not self.z3.is_false(c)]
        if any(self.z3.is_true(c) for c in kept):
            return self.yes
        return self.z3.Or(*kept) if len(kept) > 1 else (kept[0] if kept else self.no)

    def opposite(self, condition: Condition) -> Condition:
        return self.no if self.z3.is_true(condition) else self.yes if self.z3.is_false(condition) else self.z3.Not(condition)

    def implied(self, premise: Condition, conclusion: Condition) -> Condition:
        return self.any(self.opposite(premise), conclusion)

    def number(self, form: Form) -> Any:
        """The value of a form."""
        total = [self.real(c) if m == ONE else self._monomial(m) if c == 1 else self.real(c) * self._monomial(m) for m, c in form.terms.items()]
        return self.z3.Sum(*total) if len(total) > 1 else (total[0] if total else self.real(mpq(0)))

    def _monomial(self, monomial: Monomial) -> Any:
        if len(monomial) == 1:
            return self.atoms[monomial[0]]
        if monomial not in self.products:
            self.products[monomial] = self.new_real()
        return self.products[monomial]

    def atom(self, value: Any = None) -> Form:
        """A new atom; free, if no value is given."""
        self.atoms.append(self.new_real() if value is None else value)
        return Form.atom(len(self.atoms) - 1)

    def grid(self) -> Grid:
        found = Grid(self.new_real(), self.z3.FreshInt(ctx=self.context))
        self.grids.append(found)
        return found

    def omega(self, F: Format) -> Grid:
        """omega as a grid."""
        if F not in self._omegas:
            exponent = F.quanta[0]
            self._omegas[F] = Grid(self.real(mpq(F.omega.numerator, F.omega.denominator)), self.z3.IntVal(exponent, ctx=self.context))
            self.grids.append(self._omegas[F])
        return self._omegas[F]

    # Floats

    def formats(self) -> list[Format]:
        """Of all floats, in the order in which they came."""
        return list(dict.fromkeys(F for _, F in self.floats))

    def float_of(self, form: Form, F: Format) -> Float | None:
        """The form as a float, if it is known as one: a number and its negative are one."""
        return self.floats.get(_key(form, F))

    def known_float(self, form: Form, F: Format, holds: Condition, ulp: Grid | None = None) -> Float:
        """Note that a form is a float where `holds`."""
        found = self.float_of(form, F)
        if found is None:
            found = self.floats[_key(form, F)] = Float(form, F, holds, ulp or self.grid())
        return found


def _key(form: Form, F: Format) -> tuple[Key, Format]:
    return (form.key if form.direction >= 0 else form.scaled(mpq(-1)).key), F
