"""What solvers do not see in bits: operations at two points are ordered as their operands are.

Rounding is monotone. So fl(w x) rises or falls in x as w is positive or negative, and fl(x + y) rises in both (lemmas `products_are_monotone`
and `sums_are_monotone` of theories/search). These consequences are asserted beside a query, of every product with a weight, and of every
sum, at two x: some queries are then refuted in a fraction of a second instead of a quarter of a minute.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from fpproof.encodings import FALSE, TRUE, FloatTerm, Term, float_constant
from fpproof.encodings.floats import compare_floats
from fpproof.formats import ZERO, Format

MOST_STEPS = 8
"""Passes of which every two are compared; of more, neighbours."""

Number = FloatTerm | None
"""A float, or a zero of either sign."""


@dataclass(frozen=True, slots=True)
class Step:
    """A result with its operands: a sum, or the product with a weight."""

    operands: tuple[Number, ...]
    result: Number
    weight: FloatTerm | None = None


def monotone(F: Format, steps: Mapping[Hashable, Sequence[Step]]) -> list[Term]:
    """Of steps at one place of a network, in several passes."""
    found = [term for same in steps.values() for a, b in _pairs(same) for term in (*_ordered(F, a, b), *_ordered(F, b, a))]
    return [term for term in dict.fromkeys(found) if term is not TRUE]


def _pairs(steps: Sequence[Step]) -> Iterator[tuple[Step, Step]]:
    pairs = combinations(steps, 2) if len(steps) <= MOST_STEPS else pairwise(steps)
    return ((a, b) for a, b in pairs if a.result != b.result)


def _ordered(F: Format, a: Step, b: Step) -> Iterator[Term]:
    """If no operand of a is greater than that of b. A NaN is not greater than anything, and nothing is said of it."""
    premise = TRUE
    for x, y in zip(a.operands, b.operands, strict=True):
        premise = premise & ~_greater(F, x, y)
    if a.weight is None:
        yield ~(premise & _greater(F, a.result, b.result))
    else:
        yield ~(premise & ~a.weight.sign & _greater(F, a.result, b.result))
        yield ~(premise & a.weight.sign & _greater(F, b.result, a.result))


def _greater(F: Format, x: Number, y: Number) -> Term:
    if x == y:
        return FALSE
    zero = float_constant(F, ZERO)
    return compare_floats(zero if x is None else x, zero if y is None else y).greater
