"""A real variable decided completely: the real line in pieces on each of which the claim says one thing.

Between two neighbouring breakpoints of a format (its floats, the midpoints between them, and beyond Omega the next point of the grid)
rounding is constant in every mode. So a term that is linear in the variable is evaluated on an open interval at once: as a constant or
as a line a*r + b. Where an operation needs to know more (a sign, an order, what the line rounds to) than one interval tells, the interval
is split at the point that decides, and its parts are evaluated anew. What is no line or constant (r*r) is beyond this method, and said to be.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gmpy2 import mpq

from fpproof.formats import Format, Mode
from fpproof.judges.referee import Finding, Referee
from fpproof.theory import Claim, Domain, Op, Term, ordered, show
from fpproof.theory import numbers as exact
from fpproof.theory.evaluate import Failure, Value, apply
from fpproof.theory.numbers import INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, ZERO, Number, Special, Surd

FEWEST_PIECES = 20_000
"""Steps that a line is always given; beyond, as many as its formats' breakpoints account for."""
STEPS_PER_BREAKPOINT = 16
"""A breakpoint is met at most once for each rounding and comparison that tells its sides apart, and a few are in a claim."""


@dataclass(frozen=True, slots=True)
class Line:
    """The function a*r + b of the real variable, a != 0."""

    a: Any
    b: Any

    def __call__(self, r: Any) -> Any:
        return self.a * r + self.b

    def back(self, value: Any) -> Any:
        """The r at which the line has a value."""
        return (value - self.b) / self.a


class Split(Exception):
    """The interval must be split at a point inside it."""

    def __init__(self, point: Any) -> None:
        super().__init__()
        self.point = point


class NotLinear(Exception):
    """An operation whose result is no line."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An open interval of the real variable; None is an infinity."""

    low: Any
    high: Any

    def inside(self, point: Any) -> bool:
        return (self.low is None or self.low < point) and (self.high is None or point < self.high)

    @property
    def sample(self) -> Any:
        """A point inside, of few digits."""
        if self.low is None or self.high is None:
            return ZERO if self.low is self.high else (self.low + 1 if self.high is None else self.high - 1)
        return simplest_between(self.low, self.high)

    def parts(self, point: Any) -> tuple["Interval", "Interval"]:
        return Interval(self.low, point), Interval(point, self.high)


WHOLE_LINE = Interval(None, None)


def simplest_between(low: Any, high: Any) -> Any:
    """The dyadic number of the least denominator in an open interval, the nearest to 0 of them."""
    scale = 0
    while True:
        floor = (low.numerator << scale) // low.denominator
        first = mpq(floor + 1, 1 << scale)
        if first < high:
            if first >= 0 or high > 0:
                return first if first >= 0 else ZERO
            last = -(-(high.numerator << scale) // high.denominator) - 1
            return mpq(last, 1 << scale)
        scale += 1


class LineOperations:
    """What operations mean on lines over an interval; on constants they are the exact evaluator's."""

    def __init__(self) -> None:
        self.interval = WHOLE_LINE

    def apply(self, term: Term, args: Sequence[Value]) -> Value:
        if not any(isinstance(a, Line) for a in args):
            return apply(term, args)
        for argument in args:
            if isinstance(argument, Failure):
                return argument
        try:
            return self._apply(term, args)
        except NotLinear:
            return Failure(f"{show(term)} is not linear in a real variable, or has pieces without end", term.place)

    def _apply(self, term: Term, args: Sequence[Value]) -> Value:
        """Each line is first made free of zeros, so that zero signs need no thought."""
        signs = [self.sign(a) if isinstance(a, Line) else 0 for a in args]
        x: Any = args[0]
        y: Any = args[1] if len(args) > 1 else None
        match term.op:
            case Op.NEGATE:
                return Line(-x.a, -x.b)
            case Op.ABSOLUTE:
                return x if signs[0] > 0 else Line(-x.a, -x.b)
            case Op.ADD:
                return self._sum(x, y, term)
            case Op.SUBTRACT:
                return self._sum(x, _negated(y), term)
            case Op.MULTIPLY:
                return self._product(x, y, signs)
            case Op.DIVIDE:
                return self._quotient(x, y, signs)
            case Op.MINIMUM | Op.MAXIMUM:
                order = self.compare(x, y)
                if order is None:
                    return NAN
                return x if (order < 0) == (term.op is Op.MINIMUM) else y
            case Op.EQUAL | Op.SAME:
                return self.compare(x, y) == 0
            case Op.LESS:
                return self.compare(x, y) == -1
            case Op.LESS_EQUAL:
                return self.compare(x, y) in (-1, 0)
            case Op.FINITE:
                return True
            case Op.IS_FLOAT:
                self.cell(x, y)
                return False
            case Op.ROUND:
                return exact.fl(self.cell(x, y), y, args[2])
            case Op.SUCC:
                return exact.fl(self.cell(x, y), y, Mode.UP)
            case Op.PRED:
                return exact.fl(self.cell(x, y), y, Mode.DOWN)
            case Op.ULP:
                return exact.ulp(self.binade(x, y, y.emin), y)
            case Op.EXPONENT:
                return exact.exponent(self.binade(x, y, None), y)
        raise NotLinear

    # Facts about lines; where the interval does not tell, it is split

    def sign(self, line: Line) -> int:
        root = line.back(ZERO)
        if self.interval.inside(root):
            raise Split(root)
        return 1 if line(self.interval.sample) > 0 else -1

    def compare(self, x: Value, y: Value) -> int | None:
        """The sign of x - y; None if y or x is NaN."""
        for constant, side in ((x, 1), (y, -1)):
            if constant is NAN:
                return None
            if constant in (INFINITY, NEGATIVE_INFINITY):
                return side if constant is INFINITY else -side
        difference = self._sum(x, _negated(y), None)
        return self.sign(difference) if isinstance(difference, Line) else exact.sign(difference)

    def cell(self, line: Line, F: Format) -> Any:
        """A value of the line, which has no breakpoint of F between its ends."""
        value = line(self.interval.sample)
        for end in cell_around(F, value):
            if end is not None and self.interval.inside(line.back(end)):
                raise Split(line.back(end))
        return value

    def binade(self, line: Line, F: Format, emin: int | None) -> Any:
        """A value of the line, which stays in one binade, or below 2^emin if that is given; raises NotLinear where there are binades without end."""
        value = line(self.interval.sample)
        sign, e = (1 if value > 0 else -1), exact.binade(value)
        sides = (self.interval.low, self.interval.high)
        if (e > F.emax + 2 and None in sides) or (emin is None and e < F.quanta[0] - 2 and line.back(ZERO) in sides):
            raise NotLinear
        ends = [mpq(2) ** emin] if emin is not None and e < emin else [mpq(2) ** e, mpq(2) ** (e + 1)]
        for end in ends:
            if self.interval.inside(line.back(sign * end)):
                raise Split(line.back(sign * end))
        return value

    # Operations

    def _sum(self, x: Value, y: Value, term: Term | None) -> Value:
        for constant in (x, y):
            if isinstance(constant, Surd):
                raise NotLinear
            if isinstance(constant, Special) and constant is not NEGATIVE_ZERO:
                return constant
        (a, b), (c, d) = _coefficients(x), _coefficients(y)
        if a + c:
            return Line(a + c, b + d)
        return b + d if b + d else exact.add(mpq(1), mpq(-1), None if term is None else term.data)

    def _product(self, x: Value, y: Value, signs: Sequence[int]) -> Value:
        if isinstance(x, Line) and isinstance(y, Line):
            raise NotLinear
        line, factor, sign = (x, y, signs[0]) if isinstance(x, Line) else (y, x, signs[1])
        return self._scaled(line, factor, sign, exact.multiply)

    def _quotient(self, x: Value, y: Value, signs: Sequence[int]) -> Value:
        if isinstance(x, Line) and isinstance(y, Line):
            if x.a * y.b != x.b * y.a:
                raise NotLinear
            return x.a / y.a
        if isinstance(x, Line):
            return self._scaled(x, y, signs[0], exact.divide)
        if exact.is_zero(x) or not exact.finite(x):
            return exact.divide(x, mpq(signs[1]))
        raise NotLinear

    def _scaled(self, line: Line, constant: Number, sign: int, operation: Any) -> Value:
        """line * constant or line / constant; with zeros, infinities and NaN only the line's sign counts."""
        if isinstance(constant, Surd):
            raise NotLinear
        if isinstance(constant, Special) or not constant:
            return operation(mpq(sign), constant)
        return Line(operation(line.a, constant), operation(line.b, constant) if line.b else ZERO)


def _negated(x: Value) -> Value:
    return Line(-x.a, -x.b) if isinstance(x, Line) else exact.negate(x)


def _coefficients(x: Value) -> tuple[Any, Any]:
    if isinstance(x, Line):
        return x.a, x.b
    return ZERO, (ZERO if x is NEGATIVE_ZERO else x)


def cell_around(F: Format, value: Any) -> tuple[Any, Any]:
    """The breakpoints of F next to a number, itself if it is one; None where there is none.

    Within [2^e, 2^(e+1)) floats and midpoints are the multiples of half an ulp. The last breakpoint is one ulp beyond Omega:
    whatever is greater overflows in every mode.
    """
    magnitude, last = abs(value), mpq(F.Omega) + mpq(2) ** (F.emax - F.p)
    if magnitude > last:
        low, high = last, None
    else:
        step = exact.ulp(magnitude, F) / 2
        count = magnitude / step
        floor = count.numerator // count.denominator
        low, high = floor * step, (floor if count.denominator == 1 else floor + 1) * step
    if value >= 0:
        return low, high
    return (None if high is None else -high), -low


class Pieces:
    """The claim along the line of its one real variable, the other variables given."""

    def __init__(self, claim: Claim, real: Term, breakpoints: int = 0) -> None:
        self.real = real
        self.most = max(FEWEST_PIECES, STEPS_PER_BREAKPOINT * breakpoints)
        self.points = Referee(claim)
        self.operations = LineOperations()
        self.intervals = Referee(claim, self.operations.apply)

    def findings(self, values: Mapping[Term, Number | bool], along: Interval | Any = WHOLE_LINE) -> Iterator[tuple[Finding, Any, str]]:
        """For each piece of the line, or of a part of it: what the claim says there, the Interval or point, and why it is unknown if it is."""
        todo: list[Interval | Any] = [along]
        for _ in range(self.most):
            if not todo:
                return
            piece = todo.pop()
            if not isinstance(piece, Interval):
                found = self.points.at({**values, self.real: piece})
                yield found, piece, self.points.reason
                continue
            self.operations.interval = piece
            try:
                found = self.intervals.at({**values, self.real: Line(mpq(1), ZERO)})
            except Split as split:
                low, high = piece.parts(split.point)
                todo += [high, split.point, low]
                continue
            yield found, piece, self.intervals.reason
        yield Finding.UNKNOWN, ZERO, f"more than {self.most} pieces of the real line"


# Several reals

_ONE_BY_ONE = {Op.ROUND, Op.SUCC, Op.PRED, Op.IS_FLOAT, Op.FINITE}
_COMPARISONS = {Op.EQUAL, Op.LESS, Op.LESS_EQUAL, Op.SAME}


def representatives(claim: Claim, reals: Sequence[Term]) -> list[Any] | None:
    """Points that stand for all real numbers, for each of several variables; None if there are no such points known.

    If reals are only rounded, and compared with each other, with constants and with floats, then the claim depends on the cells that
    they lie in, and within a cell on their order alone. So a cell needs as many points as there are variables.
    """
    formats: dict[Format, None] = {}
    constants: set[Any] = set()
    for term in ordered((*claim.assumptions, *claim.conclusions)):
        for i, argument in enumerate(term.args):
            if argument not in reals:
                continue
            if term.op in _ONE_BY_ONE and i == 0:
                formats.update((a.data, None) for a in term.args[1:2])
            elif term.op not in _COMPARISONS or not _known(term.args[1 - i], reals, formats, constants):
                return None
    breakpoints = sorted({b for F in formats for b in _breakpoints(F)} | constants | {ZERO})
    points = [breakpoints[0] - 1 - i for i in range(len(reals))][::-1]
    for low, high in zip(breakpoints, [*breakpoints[1:], None], strict=True):
        width = 1 if high is None else (high - low) / (len(reals) + 1)
        points += [low, *(low + width * (i + 1) for i in range(len(reals)))]
    return points


def _known(term: Term, reals: Sequence[Term], formats: dict[Format, None], constants: set[Any]) -> bool:
    """Whether what a real is compared with is a real, a constant or a float; constants and formats are noted."""
    if term in reals:
        return True
    if term.op is Op.CONSTANT and not isinstance(term.data, Surd):
        if not isinstance(term.data, Special):
            constants.add(term.data)
        return True
    is_datum = term.op is Op.VARIABLE and term.variable.domain in (Domain.FLOAT, Domain.DATUM)
    if is_datum or term.op in (Op.ROUND, Op.SUCC, Op.PRED):
        formats[term.args[0 if is_datum else 1].data] = None
        return True
    return False


def _breakpoints(F: Format) -> list[Any]:
    """The floats, the midpoints, and what lies one ulp beyond Omega."""
    points = [mpq(F.Omega) + mpq(2) ** (F.emax - F.p)]
    while points[-1]:
        points.append(cell_around(F, simplest_between(points[-1] - mpq(2) ** (F.emin - F.p - 2), points[-1]))[0])
    return points + [-x for x in points]
