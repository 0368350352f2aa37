"""What terms are along a gap between neighbouring breakpoints, as functions of the one real variable."""

from collections.abc import Iterable, Iterator
from enum import IntEnum
from fractions import Fraction

from fpproof.formats import Format
from fpproof.formats.format import MAXIMAL_EXPONENT, MAXIMAL_PRECISION
from fpproof.theory import Domain, Op, Term, ordered, show
from fpproof.theory.numbers import Special, to_datum

ROUNDED = {Op.ROUND, Op.SUCC, Op.PRED, Op.IS_FLOAT, Op.ULP}
PLACED = {Op.EXPONENT, Op.SIGNIFICAND}
"""Operations that need the binade: there are binades without end near 0."""
COMPARISONS = {Op.EQUAL, Op.LESS, Op.LESS_EQUAL, Op.SAME}
_JUNCTIONS = {Op.NOT, Op.AND, Op.OR, Op.IFF, Op.IF}
_FLOATS = {Op.ROUND, Op.SUCC, Op.PRED, Op.WEIGHT}


class NotReducible(Exception):
    """A claim whose real variable does more than this method allows; the text says what."""


class Shape(IntEnum):
    """What a term is along a gap; of a condition, what its comparisons are made of."""

    CONSTANT = 0
    SCALED = 1
    """x, -x or |x| times a power of two: in order with floats, and rounded to one."""
    LINE = 2
    BENT = 3
    """Lines with abs, min, max or if between them, or over x: to be straightened by cases."""


class Shapes:
    """The shapes of the terms of a claim; `breakpoints` are the floats of a format."""

    def __init__(self, real: Term, roots: Iterable[Term]) -> None:
        self.real = real
        self._known: dict[Term, Shape] = {}
        self.breakpoints = breakpoints(dict.fromkeys(_formats(ordered(roots), real)))

    def of(self, root: Term) -> Shape:
        """Raises NotReducible for what is no line."""
        for term in ordered([root], lambda t: () if t in self._known else t.args):
            if term not in self._known:
                self._known[term] = self._shape(term)
        return self._known[root]

    def _shape(self, term: Term) -> Shape:
        if term is self.real:
            return Shape.SCALED
        below = [self._known[a] for a in term.args]
        most = max(below, default=Shape.CONSTANT)
        if most is Shape.CONSTANT:
            return most
        if scale_of(term, self.real) is not None:
            return Shape.SCALED
        op = term.op
        if op is Op.FINITE and most < Shape.BENT:
            return Shape.CONSTANT
        if op in ROUNDED | PLACED and most is Shape.SCALED:
            return Shape.LINE if op is Op.SIGNIFICAND else Shape.CONSTANT
        if op in COMPARISONS:
            if self.in_order(*term.args):
                return Shape.CONSTANT
            if op is not Op.SAME:
                return max(most, Shape.LINE)
        if op in _JUNCTIONS:
            return Shape.BENT if op is Op.IF and below[0] else most
        match op:
            case Op.NEGATE | Op.ADD | Op.SUBTRACT:
                return max(most, Shape.LINE)
            case Op.MULTIPLY if Shape.CONSTANT in below:
                return max(most, Shape.LINE)
            case Op.DIVIDE if below[1] is Shape.CONSTANT:
                return max(most, Shape.LINE)
            case Op.DIVIDE if below[1] is Shape.SCALED:
                return Shape.BENT
            case Op.ABSOLUTE:
                return Shape.LINE if most < Shape.BENT and self._has_one_sign(term.args[0]) else Shape.BENT
            case Op.MINIMUM | Op.MAXIMUM:
                return Shape.BENT
        raise NotReducible(f"{show(term)}: a Real is rounded or in terms of degree 1")

    def in_order(self, x: Term, y: Term) -> bool:
        """Whether two numbers are in one order all along a gap: multiples of x, and x and breakpoints."""
        for a, b in ((x, y), (y, x)):
            k = scale_of(a, self.real)
            if k is not None and (scale_of(b, self.real) is not None or self._is_breakpoint(b, k)):
                return True
        return False

    def _is_breakpoint(self, term: Term, k: int) -> bool:
        """Whether 2^k x is compared with a float, whose format was seen, or a constant that is a breakpoint."""
        if term.op is not Op.CONSTANT:
            return self._known[term] is Shape.CONSTANT and format_of_float(term) is not None
        return not is_rational(term) or to_datum(self.breakpoints, term.data / 2**k if k >= 0 else term.data * 2**-k) is not None

    def _has_one_sign(self, term: Term) -> bool:
        """Whether a line has one sign all along a gap: a difference of numbers in order, times what is constant."""
        while term.op in (Op.NEGATE, Op.ABSOLUTE, Op.MULTIPLY, Op.DIVIDE):
            term = next(a for a in term.args if self._known[a])
        return term.op in (Op.ADD, Op.SUBTRACT) and self.in_order(*term.args)


def is_rational(term: Term) -> bool:
    return term.op is Op.CONSTANT and not isinstance(term.data, Special)


def scale_of(term: Term, real: Term) -> int | None:
    """k of a term that is 2^k x, but for signs and absolute values."""
    k = 0
    while term is not real:
        factor = None
        if term.op in (Op.NEGATE, Op.ABSOLUTE):
            factor, term = Fraction(1), term.args[0]
        elif term.op in (Op.MULTIPLY, Op.DIVIDE) and is_rational(term.args[1]):
            factor, term = _factor(term.args[1], term.op is Op.DIVIDE), term.args[0]
        elif term.op is Op.MULTIPLY and is_rational(term.args[0]):
            factor, term = _factor(term.args[0], False), term.args[1]
        if factor is None:
            return None
        k += factor.numerator.bit_length() - factor.denominator.bit_length()
    return k


def _factor(constant: Term, divides: bool) -> Fraction | None:
    """The magnitude of a power of two, or of one over it."""
    n, d = abs(int(constant.data.numerator)), int(constant.data.denominator)
    if not n or n & (n - 1) or d & (d - 1):
        return None
    return Fraction(d, n) if divides else Fraction(n, d)


def format_of_float(term: Term) -> Format | None:
    """The format of which a term is a value by its form."""
    while term.op in (Op.NEGATE, Op.ABSOLUTE):
        term = term.args[0]
    if term.op is Op.VARIABLE and term.variable.domain in (Domain.FLOAT, Domain.DATUM):
        return term.args[0].data  # type: ignore[no-any-return]  # a term's data is of any type
    return term.args[1].data if term.op in _FLOATS else None


def _formats(terms: Iterable[Term], real: Term) -> Iterator[Format]:
    """The formats whose floats x meets, scaled as x is there."""
    for term in terms:
        for index, argument in enumerate(term.args):
            k = scale_of(argument, real) if argument.type == real.type else None
            if k is None:
                continue
            if term.op in ROUNDED | PLACED and index == 0:
                yield _scaled(term.args[1].data, -k)
            elif term.op in COMPARISONS | {Op.ADD, Op.SUBTRACT} and (F := format_of_float(term.args[1 - index])) is not None:
                yield _scaled(F, -k)


def _scaled(F: Format, k: int) -> Format:
    if max(abs(F.emin + k), abs(F.emax + k)) > MAXIMAL_EXPONENT - 4:
        raise NotReducible(f"a Real is scaled by 2^{k}, beyond the exponents of formats")
    return Format(F.name, F.p, F.emin + k, F.emax + k, F.Omega * Fraction(2) ** k, F.specials, F.overflow) if k else F


def breakpoints(formats: Iterable[Format]) -> Format:
    """A format that contains floats and midpoints of formats, and something beyond each Omega; raises NotReducible if it would be too wide."""
    formats = list(formats) or [full_format("any", 1, 0, 0)]
    p = max(F.precision for F in formats)
    return full_format("breakpoints", p, min(F.quanta[0] for F in formats) - 1 + p, max(F.emax for F in formats) + 1)


def full_format(name: str, p: int, emin: int, emax: int) -> Format:
    """Without infinities, so that its values are finite by their form."""
    emin = min(emin, emax)
    if p > MAXIMAL_PRECISION or max(abs(emin), abs(emax)) > MAXIMAL_EXPONENT:
        raise NotReducible("the floats that a Real meets are too far apart, or too long")
    return Format(name, p, emin, emax, (2 - Fraction(1, 1 << p)) * Fraction(2) ** emax, "none", "saturate")
