"""Numbers of a statement as bit-vectors: the terms of a claim in terms of `fpproof.encodings`.

What a term is written as depends on what it is needed for: a float as its code; an exact number as a Number, where that is narrow
enough; a number under `fl`, or compared with a narrow one, rounded to odd at the precision that is needed; else numerator and denominator.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from fpproof.encodings import (
    Comparison,
    EncodingError,
    FloatTerm,
    Number,
    Rounded,
    compare,
    decode,
    fl,
    float_constant,
    floats,
    numbers,
    places,
    ratios,
)
from fpproof.encodings.ratios import Ratio
from fpproof.encodings.terms import Term as Bits
from fpproof.encodings.terms import variable as bits_variable
from fpproof.formats import Format
from fpproof.judges.smt import leaves
from fpproof.judges.smt.kinds import Kind, Kinds, are_neighbours, is_two, scaling, shift_of
from fpproof.theory import Claim, Domain, Op, Term, Type, show
from fpproof.theory.numbers import to_datum

Value = TypeVar("Value", FloatTerm | None, Number, Ratio, Rounded, Comparison)

_NEIGHBOURS = {Op.SUCC: (floats.successor, places.succ), Op.PRED: (floats.predecessor, places.pred)}


class Values(ABC):
    """The numbers of one claim. `domain` holds what must be assumed of the variables that occurred.

    `stand_ins` gives the format whose finite numbers stand for a Real variable (fpproof.judges.smt.reals).
    """

    def __init__(self, claim: Claim, stand_ins: Mapping[Term, Format]) -> None:
        self.claim = claim
        self.kinds = Kinds()
        self.domain: list[Bits] = []
        self._stand_ins = stand_ins
        self._variables: dict[Term, FloatTerm | Bits] = {}
        self._known: dict[tuple[object, ...], object] = {}

    @abstractmethod
    def truth(self, term: Term, polarity: int = 0) -> Bits:
        """A condition as a truth value."""

    def _once(self, make: Callable[[], Value], *key: object) -> Value:
        """What `make` gives for a key, made once."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]  # type: ignore[return-value]  # the key begins with the name of what is made

    # Variables

    def variable(self, term: Term) -> FloatTerm | Bits:
        """The bit-vectors of a variable: a float, two's complement, or a truth value."""
        if term not in self._variables:
            self._variables[term] = self._new_variable(term)
        return self._variables[term]

    def _new_variable(self, term: Term) -> FloatTerm | Bits:
        name = term.variable.name
        match term.variable.domain:
            case Domain.BOOL:
                return bits_variable(name, 0)
            case Domain.INT:
                return self._integer_variable(term)
            case Domain.REAL:
                if term not in self._stand_ins:
                    raise EncodingError(f"the Real {name} has no encoding here")
                x = floats.float_variable(self._stand_ins[term], name)
                self.domain += [x.finite, ~(x.zero & x.sign)]
                return x
        x = floats.float_variable(term.args[0].data, name)
        self.domain.append(x.finite if term.variable.domain is Domain.FLOAT else x.valid)
        return x

    def _integer_variable(self, term: Term) -> Bits:
        low, high = leaves.integer_bounds(self.claim, term)
        return bits_variable(term.variable.name, max(low.bit_length(), high.bit_length()) + 1)

    # Floats

    def float(self, term: Term) -> FloatTerm | None:
        """The term as a float of a format, if it is one by its form."""
        return self._once(lambda: self._float(term), "float", term)

    def _float(self, term: Term) -> FloatTerm | None:
        match term.op:
            case Op.VARIABLE if term.variable.domain is not Domain.INT:
                variable = self.variable(term)
                assert isinstance(variable, FloatTerm), f"{show(term)} is a number"
                return variable
            case Op.ROUND:
                return self.rounding(term).value
            case Op.WEIGHT:
                return self._weight(term)
            case Op.SUCC | Op.PRED:
                F: Format = term.args[1].data
                step, general = _NEIGHBOURS[term.op]
                x = self._in(term.args[0], F)
                return step(x) if x is not None else general(F, self.rounded(term.args[0], F.precision))
            case Op.NEGATE | Op.ABSOLUTE:
                inner = self.float(term.args[0])
                sign = floats.negate_float if term.op is Op.NEGATE else floats.absolute_float
                return None if inner is None else sign(inner)
            case Op.IF | Op.MINIMUM | Op.MAXIMUM:
                return self._chosen_float(term)
        return None

    def _weight(self, term: Term) -> FloatTerm | None:
        """Where it is no float, anything: what is wrong there is said by `wrong`. A narrow number stays as it is, so that terms stay equal."""
        F: Format = term.args[1].data
        x = self._in(term.args[0], F)
        if x is not None or self.kinds.of(term.args[0]) is Kind.NARROW:
            return x
        return fl(F, self.rounded(term.args[0], F.precision)).value

    def _in(self, term: Term, F: Format) -> FloatTerm | None:
        """The term as a float of F, constants and choices between them too."""
        return self._once(lambda: self._found_in(term, F), "in", term, F)

    def _found_in(self, term: Term, F: Format) -> FloatTerm | None:
        if term.op is Op.CONSTANT:
            datum = to_datum(F, term.data)
            return None if datum is None else float_constant(F, datum)
        if term.op is Op.IF:
            a, b = self._in(term.args[1], F), self._in(term.args[2], F)
            return None if a is None or b is None else floats.select_float(self.truth(term.args[0]), a, b)
        x = self.float(term)
        return x if x is not None and x.format == F else None

    def _float_of(self, term: Term) -> FloatTerm:
        """A term that is a float by its form."""
        x = self.float(term)
        assert x is not None, f"{show(term)} is a float"
        return x

    def _chosen_float(self, term: Term) -> FloatTerm | None:
        """A choice between floats of one format."""
        a, b = term.args[-2:]
        known = self.float(a) or self.float(b)
        if known is None:
            return None
        if term.op is Op.IF:
            return self._in(term, known.format)
        x, y = self._in(a, known.format), self._in(b, known.format)
        if x is None or y is None:
            return None
        order = floats.compare_floats(x, y)
        first = (order.less | (order.equal & x.sign)) if term.op is Op.MINIMUM else (order.greater | (order.equal & ~x.sign))
        return floats.select_float(x.nan | (~y.nan & first), x, y)

    def rounding(self, term: Term) -> Rounded:
        """fl of a number."""
        x, F, mode = term.args[0], term.args[1].data, term.args[2].data
        return self._once(lambda: fl(F, self.rounded(x, F.precision), mode), "rounding", term)

    # Numbers rounded to odd

    def rounded(self, term: Term, precision: int) -> Number:
        """The number, exact or rounded to odd: good for a precision."""
        return self._once(lambda: self._rounded(term, precision), "rounded", term, precision)

    def _rounded(self, term: Term, precision: int) -> Number:
        kind, args = self.kinds.of(term), term.args
        if kind is Kind.NARROW or self.float(term) is not None:
            return self.exact(term)
        operands_exact = all(self.kinds.of(a) <= Kind.SUM for a in args) if term.op in (Op.ADD, Op.SUBTRACT, Op.DIVIDE, Op.SQRT) else False
        match term.op:
            case Op.ADD | Op.SUBTRACT if operands_exact:
                total = numbers.add if term.op is Op.ADD else numbers.subtract
                return total(self.exact(args[0]), self.exact(args[1]), precision, term.data is not None)
            case Op.DIVIDE if operands_exact and not scaling(args[1]):
                return numbers.divide(self.exact(args[0]), self.exact(args[1]), precision)
            case Op.SQRT if operands_exact:
                return numbers.root(self.exact(args[0]), precision)
            case Op.NEGATE | Op.ABSOLUTE:
                return self._signed(term, self.rounded(args[0], precision))
            case Op.IF:
                return numbers.select(self.truth(args[0]), self.rounded(args[1], precision), self.rounded(args[2], precision))
            case Op.MINIMUM | Op.MAXIMUM:
                return self._extreme(term, self.rounded(args[0], precision), self.rounded(args[1], precision))
        if kind <= Kind.SUM:
            return self.exact(term)
        if kind is Kind.RATIO:
            return ratios.to_odd(self.ratio(term), precision)
        if term.op is Op.SIGNIFICAND:
            return places.significand(self.rounded(args[0], precision))
        if (shift := shift_of(term)) is not None:
            inner, places_up, negative = shift
            scaled = numbers.scale(self.rounded(inner, precision), places_up)
            return numbers.negate(scaled) if negative else scaled
        raise EncodingError(f"{show(term)}: a root can be rounded or compared, further exact operations on it have no encoding")

    def _signed(self, term: Term, x: Number) -> Number:
        return numbers.negate(x) if term.op is Op.NEGATE else numbers.absolute(x)

    def _extreme(self, term: Term, x: Number, y: Number) -> Number:
        """The lesser or the greater of two numbers; of zeros -0 is the lesser."""
        order = self.compare(*term.args)
        first = (order.less | (order.equal & x.sign)) if term.op is Op.MINIMUM else (order.greater | (order.equal & ~x.sign))
        return replace(numbers.select(first, x, y), nan=x.nan | y.nan)

    # Exact numbers

    def exact(self, term: Term) -> Number:
        """The exact number; raises EncodingError if it is too wide, or a quotient or root."""
        return self._once(lambda: self._exact(term), "exact", term)

    def _exact(self, term: Term) -> Number:
        x = self.float(term)
        if x is not None:
            return decode(x)
        found = self._exact_operation(term)
        return places.without_zero_sign(found) if term.type is Type.INT else found

    def _exact_operation(self, term: Term) -> Number:
        args = term.args
        match term.op:
            case Op.CONSTANT:
                return leaves.constant(term)
            case Op.VARIABLE:
                x = self.variable(term)
                assert not isinstance(x, FloatTerm), "floats are found before"
                return numbers.integer(x)
            case Op.WEIGHT:
                return self.exact(args[0])
            case Op.NEGATE | Op.ABSOLUTE:
                return self._signed(term, self.exact(args[0]))
            case Op.SUBTRACT if are_neighbours(*args):
                return floats.gap(self._float_of(args[0]), self._float_of(args[1]), down=term.data is not None)
            case Op.ADD | Op.SUBTRACT:
                total = numbers.add if term.op is Op.ADD else numbers.subtract
                return total(self.exact(args[0]), self.exact(args[1]), None, term.data is not None)
            case Op.MULTIPLY:
                return numbers.multiply(self.exact(args[0]), self.exact(args[1]))
            case Op.DIVIDE if args[1].op is Op.CONSTANT and scaling(args[1]):
                return numbers.multiply(self.exact(args[0]), leaves.rational(1 / args[1].data))
            case Op.DIVIDE if scaling(args[1]):
                return numbers.multiply(self.exact(args[0]), leaves.power_of_two(numbers.negate(self.exact(args[1].args[-1]))))
            case Op.POW2:
                return leaves.power_of_two(self.exact(args[0]))
            case Op.POWER:
                return leaves.power_of_two(self.exact(args[1])) if is_two(args[0]) else leaves.power(self.exact(args[0]), int(args[1].data))
            case Op.IF:
                return numbers.select(self.truth(args[0]), self.exact(args[1]), self.exact(args[2]))
            case Op.MINIMUM | Op.MAXIMUM:
                return self._extreme(term, self.exact(args[0]), self.exact(args[1]))
            case Op.FLOOR_DIVIDE:
                return places.floor_quotient(self.exact(args[0]), self.exact(args[1]))
            case Op.REMAINDER:
                return places.floor_remainder(self.exact(args[0]), self.exact(args[1]))
            case Op.EXPONENT:
                return places.exponent(self.rounded(args[0], 1), args[1].data)
            case Op.ULP:
                return places.ulp(self.rounded(args[0], 1), args[1].data)
            case Op.SIGNIFICAND:
                return places.significand(self.exact(args[0]))
        raise EncodingError(f"{show(term)} has no exact encoding")

    # Quotients

    def ratio(self, term: Term) -> Ratio:
        """The exact number as numerator and denominator; raises EncodingError for roots."""
        return self._once(lambda: self._ratio(term), "ratio", term)

    def _ratio(self, term: Term) -> Ratio:
        if self.kinds.of(term) <= Kind.SUM:
            return Ratio(self.exact(term))
        args = term.args
        match term.op:
            case Op.NEGATE:
                return ratios.negate(self.ratio(args[0]))
            case Op.ABSOLUTE:
                return ratios.absolute(self.ratio(args[0]))
            case Op.ADD:
                return ratios.add(self.ratio(args[0]), self.ratio(args[1]), term.data is not None)
            case Op.SUBTRACT:
                return ratios.add(self.ratio(args[0]), ratios.negate(self.ratio(args[1])), term.data is not None)
            case Op.MULTIPLY:
                return ratios.multiply(self.ratio(args[0]), self.ratio(args[1]))
            case Op.DIVIDE:
                return ratios.divide(self.ratio(args[0]), self.ratio(args[1]))
            case Op.POWER:
                return self._ratio_power(self.ratio(args[0]), int(args[1].data))
            case Op.IF:
                return ratios.select(self.truth(args[0]), self.ratio(args[1]), self.ratio(args[2]))
            case Op.MINIMUM | Op.MAXIMUM:
                return self._extreme_ratio(term, self.ratio(args[0]), self.ratio(args[1]))
        raise EncodingError(f"{show(term)}: exact operations on a root have no encoding")

    def _ratio_power(self, x: Ratio, n: int) -> Ratio:
        result = Ratio(ratios.ONE)
        for _ in range(abs(n)):
            result = ratios.multiply(result, x)
        return result if n >= 0 else ratios.divide(Ratio(ratios.ONE), result)

    def _extreme_ratio(self, term: Term, x: Ratio, y: Ratio) -> Ratio:
        order, sign = ratios.compare(x, y), x.numerator.sign
        first = (order.less | (order.equal & sign)) if term.op is Op.MINIMUM else (order.greater | (order.equal & ~sign))
        chosen = ratios.select(first, x, y)
        return replace(chosen, numerator=replace(chosen.numerator, nan=x.numerator.nan | y.numerator.nan))

    # Comparisons

    def compare(self, a: Term, b: Term) -> Comparison:
        """How two numbers compare."""
        return self._once(lambda: self._compare(a, b), "compare", a, b)

    def _compare(self, a: Term, b: Term) -> Comparison:
        x, y = self.float(a), self.float(b)
        x, y = (self._in(a, y.format) if x is None and y is not None else x), (self._in(b, x.format) if y is None and x is not None else y)
        if x is not None and y is not None:
            return floats.compare_floats(x, y)
        left, right = self.kinds.of(a), self.kinds.of(b)
        if right <= min(left, Kind.SUM) and self.exact(b).denominator == 1:
            return self._against(a, self.exact(b))
        if left <= min(right, Kind.SUM) and self.exact(a).denominator == 1:
            order = self._against(b, self.exact(a))
            return Comparison(order.greater, order.equal, order.less)
        if max(left, right) <= Kind.SUM:
            return compare(self.exact(a), self.exact(b))
        return ratios.compare(self.ratio(a), self.ratio(b))

    def _against(self, term: Term, y: Number) -> Comparison:
        """A term compared with an exact number without a denominator; between two sums both are exact."""
        return compare(self.rounded(term, y.bits), y)
