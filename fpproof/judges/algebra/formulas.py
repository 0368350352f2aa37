"""Conditions on signs of polynomials, joined by and, or, not."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import Any, TypeAlias

Polynomial: TypeAlias = Any
"""An element of a sympy polynomial ring over the rationals."""


class Relation(StrEnum):
    """How a polynomial compares with 0."""

    ZERO = "= 0"
    POSITIVE = "> 0"
    NOT_NEGATIVE = ">= 0"

    def holds(self, sign: int) -> bool:
        return {Relation.ZERO: sign == 0, Relation.POSITIVE: sign > 0, Relation.NOT_NEGATIVE: sign >= 0}[self]


@dataclass(frozen=True, slots=True)
class Sign:
    """A polynomial that is zero, positive, or not negative."""

    polynomial: Polynomial
    relation: Relation


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Formula"


Formula: TypeAlias = Sign | Both | Either | Not | bool


def sign(polynomial: Polynomial, relation: Relation) -> Formula:
    """The condition; True or False for a constant."""
    if polynomial.is_ground:
        constant = polynomial.coeff(1)
        return relation.holds(int(constant > 0) - int(constant < 0))
    return Sign(polynomial, relation)


def zero(p: Polynomial) -> Formula:
    return sign(p, Relation.ZERO)


def positive(p: Polynomial) -> Formula:
    return sign(p, Relation.POSITIVE)


def not_negative(p: Polynomial) -> Formula:
    return sign(p, Relation.NOT_NEGATIVE)


def both(*parts: Formula) -> Formula:
    return _joined(Both, True, parts)


def either(*parts: Formula) -> Formula:
    return _joined(Either, False, parts)


def negation(part: Formula) -> Formula:
    if isinstance(part, bool):
        return not part
    return part.part if isinstance(part, Not) else Not(part)


def implies(condition: Formula, conclusion: Formula) -> Formula:
    return either(negation(condition), conclusion)


def _joined(kind: type[Both] | type[Either], neutral: bool, parts: Iterable[Formula]) -> Formula:
    found: list[Formula] = []
    for part in parts:
        if part is (not neutral):
            return part
        if isinstance(part, kind):
            found += part.parts
        elif part is not neutral:
            found.append(part)
    found = list(dict.fromkeys(found))
    return neutral if not found else (found[0] if len(found) == 1 else kind(tuple(found)))


def polynomials(formula: Formula) -> Iterator[Polynomial]:
    """The polynomials in a formula."""
    stack = [formula]
    while stack:
        match stack.pop():
            case Sign(polynomial=p):
                yield p
            case Both(parts=parts) | Either(parts=parts):
                stack += parts
            case Not(part=part):
                stack.append(part)


def mapped(formula: Formula, leaf: Callable[[Sign], Any], conjunction: Callable[[Any, Any], Any], disjunction: Callable[[Any, Any], Any],
           complement: Callable[[Any], Any], truth: Callable[[bool], Any]) -> Any:  # fmt: skip
    """The formula with another meaning of its leaves and words."""

    def image(f: Formula) -> Any:
        match f:
            case Sign():
                return leaf(f)
            case Both(parts=parts):
                return reduce(conjunction, map(image, parts))
            case Either(parts=parts):
                return reduce(disjunction, map(image, parts))
            case Not(part=part):
                return complement(image(part))
        return truth(f)

    return image(formula)


def holds(formula: Formula, sign_of: Callable[[Polynomial], int]) -> bool:
    """Whether it holds where polynomials have given signs."""
    found: bool = mapped(
        formula, lambda s: s.relation.holds(sign_of(s.polynomial)), lambda a, b: a and b, lambda a, b: a or b, lambda a: not a, lambda a: a
    )
    return found
