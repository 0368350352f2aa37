"""The values of a claim's variables, numbered: in tables where they are few, else computed from their places."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from gmpy2 import mpq
from numpy.typing import NDArray

from fpproof.activations import activation
from fpproof.activations.tables import WIDEST, table
from fpproof.formats import NEGATIVE_ZERO, Format
from fpproof.judges.enumeration.shapes import Shape, shape_of
from fpproof.judges.exact import bounds
from fpproof.theory import Claim, Domain, Op, Term, ordered
from fpproof.theory.numbers import INFINITY, NAN, NEGATIVE_INFINITY, Number, Special, from_datum

LARGEST_TABLE = 1 << 18
"""Values of a domain that is a table; the tables of two formats of 16 bits fit into a second-level cache."""
LARGEST_SEARCH = 1 << 16
"""Values that an `exists` is tried with, at each input."""

Table = NDArray[np.float64]


class NoDomain(Exception):
    """A variable that cannot be enumerated; the text says why."""


class Domains:
    """The domains of a claim's variables and of those bound by `exists`.

    Floats stand in order, -0 before +0, then the infinities and NaN; integers in order; false before true.
    """

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.bounds: dict[Term, Shape] = {}
        self._lows: dict[Term, int] = {}
        self._sizes: dict[Term, int] = {}
        for variable in claim.variables:
            self._sizes[variable] = self._measure(variable)
        bound = [t.args[0] for t in ordered((*claim.assumptions, *claim.conclusions)) if t.op is Op.EXISTS]
        self._tables: dict[Term, int] = {}
        for variable in claim.variables:
            if self._sizes[variable] <= LARGEST_TABLE:
                self._tables[variable] = len(self._tables)
        for variable in bound:
            if variable.variable.domain in (Domain.FLOAT, Domain.DATUM, Domain.BOOL) and variable not in self._sizes:
                self._sizes[variable] = self._measure(variable)
                if self._sizes[variable] > LARGEST_SEARCH:
                    name = variable.variable.name
                    raise NoDomain(f"exists tries the {self._sizes[variable]} values of {name} at each input, at most {LARGEST_SEARCH} are")
                self._tables[variable] = len(self._tables)
        self._activations: dict[tuple[Format, tuple[str, str]], int] = {}

    def _measure(self, variable: Term) -> int:
        name, domain = variable.variable.name, variable.variable.domain
        if domain is Domain.INT:
            low, high = bounds(self.claim, variable)
            if low is None or high is None:
                raise NoDomain(f"{name} is an Int without bounds: assume(low <= {name} <= high)")
            self._lows[variable] = low
            self.bounds[variable] = replace(shape_of(0, max(1, abs(low).bit_length(), abs(high).bit_length())), ends=(low, high))
            return max(0, high - low + 1)
        if domain is Domain.REAL:
            raise NoDomain(f"{name} is a Real, and reals are not enumerated")
        if domain is Domain.BOOL:
            return 2
        F: Format = variable.args[0].data
        return F.finite_count + (len(_specials(F)) if domain is Domain.DATUM else 0)

    def size(self, variable: Term) -> int:
        return self._sizes[variable]

    def table(self, variable: Term) -> int | None:
        """The number of the variable's table; None if it has none."""
        return self._tables.get(variable)

    def activation(self, term: Term) -> int | None:
        """The number of an activation's table, by places as `place_of` has them; None if its format is too wide for one."""
        F = term.args[1].data
        return None if F.width > WIDEST else self._activations.setdefault((F, term.data), len(self._tables) + len(self._activations))

    def sorted(self, variable: Term) -> bool:
        """Whether the values are numbers in their order."""
        return variable.variable.domain in (Domain.FLOAT, Domain.INT)

    def value(self, variable: Term, index: int) -> Number | bool:
        """The value at a place, as the referee takes it."""
        if variable.variable.domain is Domain.BOOL:
            return index == 1
        if variable.variable.domain is Domain.INT:
            return mpq(self._lows[variable] + index)
        F: Format = variable.args[0].data
        N = F.largest_ordinal
        if index >= F.finite_count:
            return _specials(F)[index - F.finite_count]
        return from_datum(NEGATIVE_ZERO if index == N else F.from_ordinal(index - N - (index > N)))

    def text(self, variable: Term, index: str) -> str:
        """The value at a place, as an expression of a kernel."""
        if (table := self.table(variable)) is not None:
            return f"T[{table}][{index}]" + (" == 1.0" if variable.variable.domain is Domain.BOOL else "")
        if variable.variable.domain is Domain.INT:
            return f"float(np.int64({index}) + {self._lows[variable]})"
        F: Format = variable.args[0].data
        if F.emin > 1 or F.p > 50 or variable.variable.domain is Domain.DATUM:
            raise NoDomain(f"{variable.variable.name}: the values of {F.name} are too many for a table")
        return f"float_at(np.int64({index}), {F.largest_ordinal}, {52 - F.p}, {2.0 ** (1022 + F.emin)!r})"

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        found = [self._column(variable) for variable in self._tables]
        found += [_activation_column(F, name, kind) for F, (name, kind) in self._activations]
        return tuple(found) if found else (np.zeros(1),)

    def _column(self, variable: Term) -> Table:
        if variable.variable.domain in (Domain.BOOL, Domain.INT):
            low = self._lows.get(variable, 0)
            return np.arange(low, low + self._sizes[variable], dtype=np.float64)
        F: Format = variable.args[0].data
        finite = _floats(F)
        return np.concatenate([finite, [_machine(x) for x in _specials(F)]]) if variable.variable.domain is Domain.DATUM else finite


def _activation_column(F: Format, name: str, kind: str) -> Table:
    """sigma or sigma' at -infinity, the finite data in order, infinity; NaN at infinities that the format has not."""
    codes = table(F, activation(name))[kind == "derivative"].astype(np.int64)
    half = 1 << (F.width - 1)
    magnitudes = np.full(half, np.nan)
    floats = _floats(F)[F.largest_ordinal + 1 :]
    magnitudes[: len(floats)] = floats
    if F.has_infinities:
        magnitudes[len(floats)] = np.inf
    values = np.where(codes >= half, -1.0, 1.0) * magnitudes[codes & (half - 1)]
    finite, beyond = len(floats), np.full(1, np.nan)
    sides = [np.append(side[:finite], side[finite : finite + 1] if F.has_infinities else beyond) for side in (values[half:], values[:half])]
    found: Table = np.concatenate([sides[0][::-1], sides[1]])
    return found


def _specials(F: Format) -> Sequence[Special]:
    return [*([NEGATIVE_INFINITY, INFINITY] if F.has_infinities else []), *([NAN] if F.has_nan else [])]


def _machine(x: Special) -> float:
    return {NEGATIVE_INFINITY: -np.inf, INFINITY: np.inf}.get(x, np.nan)


def _floats(F: Format) -> Table:
    """All finite floats in order: fraction and exponent are the fields of the magnitude's code."""
    codes: Any = np.arange(F.largest_ordinal + 1, dtype=np.int64)
    field, fraction = codes >> F.p, codes & ((1 << F.p) - 1)
    magnitudes = np.ldexp(np.where(field > 0, fraction + (1 << F.p), fraction).astype(np.float64), np.maximum(field, 1) - 1 + F.quanta[0])
    return np.concatenate([-magnitudes[::-1], magnitudes])
