"""How a term of a statement can be written as a bit-vector: found from its form, before anything is built."""

from enum import IntEnum

from fpproof.encodings import EncodingError
from fpproof.formats import Format
from fpproof.theory import Domain, Op, Term, Type, show
from fpproof.theory.numbers import Special, is_zero


class Kind(IntEnum):
    """Each can be written in every way that is open to those below it."""

    NARROW = 0
    """Exactly, with about as many bits as its operands: floats, products, scaled numbers, integers."""
    SUM = 1
    """Exactly in fixed point; under fl and in comparisons with a narrow number as a window that is rounded to odd."""
    RATIO = 2
    """Exactly as numerator and denominator; under fl rounded to odd."""
    ROOT = 3
    """Rounded to odd only: under fl, and in comparisons with what is exact."""


_NARROW = {Op.CONSTANT, Op.VARIABLE, Op.ROUND, Op.SUCC, Op.PRED, Op.WEIGHT, Op.COMPONENT, Op.POW2, Op.EXPONENT, Op.ULP, Op.FLOOR_DIVIDE, Op.REMAINDER}
_PASSED_ON = {Op.NEGATE, Op.ABSOLUTE, Op.MULTIPLY, Op.MINIMUM, Op.MAXIMUM}


class Kinds:
    """The kinds of terms, each found once."""

    def __init__(self) -> None:
        self._known: dict[Term, Kind] = {}

    def of(self, term: Term) -> Kind:
        """Raises EncodingError for what is no number of these kinds."""
        kind = self._known.get(term)
        if kind is None:
            kind = self._known[term] = self._find(term)
        return kind

    def _find(self, term: Term) -> Kind:
        op = term.op
        if op in _NARROW:
            return Kind.NARROW
        if op in _PASSED_ON:
            return max(self.of(a) for a in term.args)
        match op:
            case Op.IF:
                return max(self.of(a) for a in term.args[1:])
            case Op.SUBTRACT if are_neighbours(*term.args):
                return Kind.NARROW
            case Op.ADD | Op.SUBTRACT:
                kind = max(self.of(a) for a in term.args)
                return kind if term.type is Type.INT else max(kind, Kind.SUM)
            case Op.DIVIDE:
                return self.of(term.args[0]) if scaling(term.args[1]) else max(Kind.RATIO, *(self.of(a) for a in term.args))
            case Op.POWER:
                return self._power(term)
            case Op.SIGNIFICAND:
                kind = self.of(term.args[0])
                return kind if kind <= Kind.SUM else Kind.ROOT
            case Op.SQRT:
                return Kind.ROOT
        raise EncodingError(f"{show(term)} has no encoding as a bit-vector")

    def _power(self, term: Term) -> Kind:
        base, exponent = term.args
        if is_two(base):
            return Kind.NARROW
        if exponent.op is not Op.CONSTANT or isinstance(exponent.data, Special):
            raise EncodingError(f"{show(term)} has no encoding as a bit-vector: the exponent must be a constant, or the base 2")
        kind = self.of(base)
        return kind if exponent.data >= 0 else max(Kind.RATIO, kind)


def is_two(term: Term) -> bool:
    return term.op is Op.CONSTANT and term.data == 2


def scaling(divisor: Term) -> bool:
    """Whether a division by the term is a product with an exact number: a constant that is finite and not zero, or a power of two."""
    if divisor.op is Op.CONSTANT:
        return not isinstance(divisor.data, Special) and not is_zero(divisor.data)
    return divisor.op is Op.POW2 or (divisor.op is Op.POWER and is_two(divisor.args[0]))


def same_number(x: Term, y: Term) -> bool:
    """Whether two terms stand for numerically equal numbers: one term, or one sum, whatever the sign of a zero one is."""
    return x is y or (x.op is y.op and x.op in (Op.ADD, Op.SUBTRACT) and x.args == y.args)


def are_neighbours(x: Term, y: Term) -> bool:
    """Whether one of two terms is the float beside the other, in the other's own format: they are one unit apart, which is a power of two."""
    return any(
        step.op in (Op.SUCC, Op.PRED) and step.args[0] is start and format_of(start) == step.args[1].data and start.type is Type.NUMBER
        for step, start in ((x, y), (y, x))
    )


def format_of(term: Term) -> Format | None:
    """The format of which a term is a float by its form, whatever its sign."""
    while term.op in (Op.NEGATE, Op.ABSOLUTE):
        term = term.args[0]
    if term.op is Op.VARIABLE:
        return term.args[0].data if term.variable.domain in (Domain.FLOAT, Domain.DATUM) else None
    return term.args[1].data if term.op in (Op.ROUND, Op.SUCC, Op.PRED) else None


def shift_of(term: Term) -> tuple[Term, int, bool] | None:
    """A product or quotient with a constant power of two: the other operand, the places to the left, whether the sign changes."""
    if term.op not in (Op.MULTIPLY, Op.DIVIDE):
        return None
    candidates = [(term.args[0], term.args[1])] + ([(term.args[1], term.args[0])] if term.op is Op.MULTIPLY else [])
    for inner, factor in candidates:
        if factor.op is Op.CONSTANT and scaling(factor):
            n, d = abs(int(factor.data.numerator)), int(factor.data.denominator)
            if n & (n - 1) == 0 and d & (d - 1) == 0:
                up = n.bit_length() - d.bit_length()
                return inner, (up if term.op is Op.MULTIPLY else -up), factor.data < 0
    return None
