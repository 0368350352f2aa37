"""Terms over boxes: what an operation makes of exact numbers, intervals and conditions that may be unknown.

Where all arguments are exact numbers the exact evaluator is asked, so that points keep its rules for infinities, NaN and signs of zero; what it
has no form for becomes an interval. A condition is True, False, or None: not decided on this box.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fpproof.judges.reals.intervals import ANYTHING, ZERO_INTERVAL, Arithmetic, Enclosed, Interval, equal, known, less, less_equal
from fpproof.theory import Domain, Op, Term, ordered
from fpproof.theory.evaluate import Failure, apply
from fpproof.theory.numbers import NAN, ONE, ZERO, Special, Surd

LARGEST_EXACT = 4096
"""Bits of numerator and denominator together at which an exact number becomes an interval."""

_ARITHMETIC = {
    Op.NEGATE, Op.ABSOLUTE, Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.POWER, Op.MINIMUM, Op.MAXIMUM, Op.SQRT, Op.FUNCTION,
}  # fmt: skip
_CONDITIONS = {Op.EQUAL, Op.LESS, Op.LESS_EQUAL, Op.SAME, Op.FINITE, Op.NOT, Op.AND, Op.OR, Op.IFF, Op.IF}
_LEAVES = {Op.CONSTANT, Op.TRUTH, Op.VARIABLE}
_DOMAINS = {Domain.REAL, Domain.INT, Domain.FLOAT}


def unsupported(roots: Sequence[Term]) -> str:
    """What in the terms has no enclosure, in words; empty if everything has one."""
    for term in ordered(roots, lambda t: () if t.op is Op.VARIABLE else t.args):
        if term.op is Op.VARIABLE and term.variable.domain not in _DOMAINS:
            return f"a variable of type {term.variable.domain}"
        if term.op is Op.FUNCTION and not known(term.data):
            return f"the function {term.data}"
        if term.op is Op.POWER and not _integer_constant(term.args[1]):
            return "a power with an exponent that varies"
        if term.op not in _ARITHMETIC | _CONDITIONS | _LEAVES:
            return f"the operation {term.op}"
    return ""


def _integer_constant(term: Term) -> bool:
    return term.op is Op.CONSTANT and not isinstance(term.data, Special) and term.data.denominator == 1


class Terms:
    """Terms in the order of their evaluation over boxes."""

    def __init__(self, roots: Sequence[Term]) -> None:
        terms = ordered(roots, lambda t: () if t.op is Op.VARIABLE else t.args)
        self._place = {id(term): i for i, term in enumerate(terms)}
        self._steps = [(term, tuple(self._place[id(a)] for a in term.args) if term.op not in _LEAVES else ()) for term in terms]
        self._roots = [self._place[id(root)] for root in roots]

    def values(self, box: Mapping[Term, Enclosed], arithmetic: Arithmetic) -> list[Any]:
        """The enclosures of the roots."""
        done: list[Any] = []
        for term, places in self._steps:
            done.append(self._leaf(term, box) if term.op in _LEAVES else operate(term, [done[i] for i in places], arithmetic))
        return [done[i] for i in self._roots]

    @staticmethod
    def _leaf(term: Term, box: Mapping[Term, Enclosed]) -> Any:
        return box[term] if term.op is Op.VARIABLE else term.data

    def steps(self) -> Iterator[tuple[Term, tuple[int, ...]]]:
        """Each term with the places of its arguments among those before it."""
        yield from self._steps

    @property
    def roots(self) -> list[int]:
        return self._roots


def operate(term: Term, args: Sequence[Any], arithmetic: Arithmetic) -> Any:
    """What an operation gives: an exact number, an interval, or a condition."""
    match term.op:
        case Op.AND | Op.OR:
            return _junction(term.op is Op.OR, args)
        case Op.IF:
            return _chosen(args, arithmetic)
    if not any(a is None or isinstance(a, Interval) for a in args):
        value = apply(term, args)
        if not isinstance(value, Failure):
            return ZERO_INTERVAL if value is ZERO and _stands_for_odd(term) else exact_or_interval(value, arithmetic)
    if term.op in (Op.NOT, Op.IFF):
        return None if None in args else apply(term, args)
    if term.op is Op.SAME and NAN in args and any(isinstance(a, Interval) and a.nan for a in args):
        return None
    if any(a is NAN for a in args) and not (term.op is Op.POWER and args[1] == 0):
        return apply(term, [NAN if a is NAN else ONE for a in args])
    return _by_intervals(term, args, arithmetic)


def _stands_for_odd(term: Term) -> bool:
    """Whether it may be the definition of expm1 or log1p, which have the sign of a zero argument: exp(x) - 1, log(1 + x)."""
    if term.op is Op.SUBTRACT:
        return term.args[0].op is Op.FUNCTION and term.args[0].data == "exp"
    return term.op is Op.FUNCTION and term.data == "log" and term.args[0].op is Op.ADD


def exact_or_interval(value: Any, arithmetic: Arithmetic) -> Any:
    """A value as it is, unless it is long."""
    if isinstance(value, bool | Special | Surd):
        return value
    size = value.numerator.bit_length() + value.denominator.bit_length()
    return value if size <= LARGEST_EXACT else arithmetic.interval(value)


def _by_intervals(term: Term, args: Sequence[Any], arithmetic: Arithmetic) -> Any:
    if term.op is Op.POWER:
        return arithmetic.power(arithmetic.interval(args[0]), int(args[1]))
    x, *rest = (arithmetic.interval(a) for a in args)
    alike = len(term.args) == 2 and term.args[0] is term.args[1] and x.real
    match term.op:
        case Op.NEGATE:
            return arithmetic.negate(x)
        case Op.ABSOLUTE:
            return arithmetic.absolute(x)
        case Op.ADD:
            return arithmetic.add(x, rest[0])
        case Op.SUBTRACT:
            return ZERO if alike else arithmetic.subtract(x, rest[0])
        case Op.MULTIPLY if (own := argument_of_log(term)) is not None and (x, *rest)[own].positive:
            return arithmetic.x_log_x((x, *rest)[own])
        case Op.MULTIPLY:
            return arithmetic.power(x, 2) if alike else arithmetic.multiply(x, rest[0])
        case Op.DIVIDE:
            return ONE if alike and not x.has_zero else arithmetic.divide(x, rest[0])
        case Op.MINIMUM:
            return arithmetic.minimum(x, rest[0])
        case Op.MAXIMUM:
            return arithmetic.maximum(x, rest[0])
        case Op.SQRT:
            return arithmetic.sqrt(x)
        case Op.FUNCTION:
            return arithmetic.function(term.data, x)
        case Op.FINITE:
            return True if x.real else None
    return _compared(term.op, x, rest[0], alike)


def argument_of_log(term: Term) -> int | None:
    """Of u * log(u), in either order, the place of u."""
    for i, factor in enumerate(term.args):
        other = term.args[1 - i]
        if other.op is Op.FUNCTION and other.data == "log" and other.args[0] is factor:
            return i
    return None


def _compared(op: Op, x: Interval, y: Interval, alike: bool) -> bool | None:
    """One real number is equal to itself."""
    if alike:
        return op is not Op.LESS
    match op:
        case Op.LESS:
            return less(x, y)
        case Op.LESS_EQUAL:
            return less_equal(x, y)
        case Op.EQUAL:
            return equal(x, y)
    assert op is Op.SAME, op
    return False if equal(x, y) is False and not (x.nan and y.nan) else None


def _junction(absorbing: bool, args: Sequence[bool | None]) -> bool | None:
    if absorbing in args:
        return absorbing
    return None if None in args else not absorbing


def _chosen(args: Sequence[Any], arithmetic: Arithmetic) -> Any:
    """A branch, or what both have in common."""
    condition, x, y = args
    if condition is not None:
        return x if condition else y
    if x is None or y is None or isinstance(x, bool):
        return x if x is y else None
    return hull(arithmetic.interval(x), arithmetic.interval(y))


def hull(x: Interval, y: Interval) -> Interval:
    """The least interval around both."""
    low, high = min(x.low, y.low), max(x.high, y.high)
    low_open = all(end.low_open for end in (x, y) if end.low == low)
    high_open = all(end.high_open for end in (x, y) if end.high == high)
    return Interval(low, high, low_open, high_open, x.nan or y.nan)


def is_real(x: Enclosed) -> bool:
    """Whether an enclosure holds real numbers only."""
    return x.real if isinstance(x, Interval) else not isinstance(x, Special) or x is Special.NEGATIVE_ZERO


def is_zero(x: Enclosed) -> bool:
    """Whether the number is 0, whatever its sign."""
    return x.zero if isinstance(x, Interval) else x is Special.NEGATIVE_ZERO or (not isinstance(x, Special | Surd) and x == 0)


def coefficient(x: Enclosed) -> Enclosed:
    """An enclosure as a number to calculate with: zeros without sign, and anything for what is no real number."""
    if isinstance(x, Interval):
        return x if x.real else ANYTHING
    if isinstance(x, Special):
        return ZERO if x is Special.NEGATIVE_ZERO else ANYTHING
    return x
