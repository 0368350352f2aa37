"""The second translation: a claim in the solvers' own theory of floats (SMT-LIB, FloatingPoint), where it has the formats.

Nothing here is shared with the first translation but the variables, which are codes in both: so a model of one is read, and
checked, as one of the other. Exact numbers that are compared are computed in a wider format, if it holds every value that they can have.
Only formats in which the solvers' floats are well tried are used (SOLVERS_FORMATS): in small ones wrong answers are on record.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fpproof.encodings import EncodingError
from fpproof.encodings.smtlib import symbol
from fpproof.formats import Format, Mode, parse_format
from fpproof.judges.smt.kinds import same_number, scaling
from fpproof.theory import Claim, Domain, Op, Term, Type, ordered, show
from fpproof.theory.numbers import Special, to_datum

_HALF, _BFLOAT, _SINGLE, _DOUBLE, _QUADRUPLE = (parse_format(f"binary{n}" if n != "b" else "bfloat16") for n in (16, "b", 32, 64, 128))
SOLVERS_FORMATS = {
    "bitwuzla": (_HALF, _SINGLE, _DOUBLE, _QUADRUPLE),
    "z3": (_HALF, _BFLOAT, _SINGLE, _DOUBLE, _QUADRUPLE),
    "cvc5": (_SINGLE, _DOUBLE),
}
"""The formats that each solver has without options that it calls experimental; z3 has bfloat16 as well (8 exponent bits, precision 8)."""
_WIDE = (_SINGLE, _DOUBLE, _QUADRUPLE)

_MODES = {Mode.NEAREST_EVEN: "RNE", Mode.NEAREST_AWAY: "RNA", Mode.UP: "RTP", Mode.DOWN: "RTN", Mode.TOWARD_ZERO: "RTZ"}
_OPERATIONS = {Op.ADD: "fp.add", Op.SUBTRACT: "fp.sub", Op.MULTIPLY: "fp.mul", Op.DIVIDE: "fp.div"}
_ROUNDED_WITHOUT_MODE = {Op.NEGATE: "fp.neg", Op.ABSOLUTE: "fp.abs"}


@dataclass(frozen=True, slots=True)
class Script:
    """A query, and the formats whose floats it uses."""

    text: str
    formats: frozenset[Format]
    fused: bool
    """Whether it multiplies and adds with one rounding."""

    def solvers(self) -> list[str]:
        """The solvers that have these formats; z3's fused operation has been wrong, and is not asked."""
        found = [solver for solver, known in SOLVERS_FORMATS.items() if self.formats <= set(known)]
        return [solver for solver in found if not (self.fused and solver == "z3")]

    def texts(self) -> dict[str, str]:
        """For each of these solvers, the query."""
        return dict.fromkeys(self.solvers(), self.text)


@dataclass(frozen=True, slots=True)
class Queries:
    """The queries of a claim in its solvers' floats: one for each conclusion, and whether the assumptions can hold."""

    failures: tuple[Script, ...]
    assumptions: Script


def queries(claim: Claim) -> Queries | None:
    """The queries of a claim without networks; None where the solvers' floats do not have its formats or operations."""
    try:
        held = [(a, True) for a in claim.assumptions]
        failures = tuple(_Writer(claim).script([*held, (conclusion, False)]) for conclusion in claim.conclusions)
        return Queries(failures, _Writer(claim).script(held))
    except EncodingError:
        return None


@dataclass(frozen=True, slots=True)
class _Shape:
    """Finite values are multiples of 2^grid below 2^high with at most `bits` bits."""

    grid: int
    high: int
    bits: int

    def fits(self, F: Format) -> bool:
        return self.bits <= F.precision and self.grid >= F.quanta[0] and self.high <= F.emax + 1


class _Writer:
    """One query's text: definitions of shared terms, then assertions."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.lines: list[str] = []
        self.formats: set[Format] = set()
        self._names: dict[tuple[object, ...], str] = {}
        self._floats: dict[Term, tuple[str, Format] | None] = {}
        self._shapes: dict[Term, _Shape] = {}

    def script(self, conditions: Sequence[tuple[Term, bool]]) -> Script:
        terms = [condition for condition, _ in conditions]
        domain = [self._declare(v) for v in self.claim.variables]
        for term in ordered(terms):  # from the leaves up, so that nothing recurses deeply
            if term.op in (Op.EXISTS, Op.WEIGHT) and not self._trivial_weight(term):
                raise EncodingError(f"{show(term)} is not written in solvers' floats")
            if term.type is Type.BOOL and term.op is not Op.VARIABLE:
                self._condition(term)
            elif term.type is Type.NUMBER:
                self._float(term)
        asserted = [text for text in domain if text] + [self._condition(t) if holds else f"(not {self._condition(t)})" for t, holds in conditions]
        text = "\n".join(["(set-logic QF_BVFP)", *self.lines, *(f"(assert {a})" for a in asserted), "(check-sat)", ""])
        return Script(text, frozenset(self.formats), "(fp.fma " in text)

    def _define(self, key: tuple[object, ...], sort: str, text: str) -> str:
        if key not in self._names:
            name = self._names[key] = f"${len(self.lines)}"
            self.lines.append(f"(define-fun {name} () {sort} {text})")
        return self._names[key]

    # Variables and constants

    def _declare(self, variable: Term) -> str:
        """The declaration of a variable, as a code; gives what must be assumed of it."""
        name = symbol(variable.variable.name)
        match variable.variable.domain:
            case Domain.BOOL:
                self.lines.append(f"(declare-const {name} Bool)")
                return ""
            case Domain.FLOAT | Domain.DATUM:
                F = variable.args[0].data
                self.lines.append(f"(declare-const {name} (_ BitVec {F.width}))")
                x = self._define(("variable", variable), self._sort(F), f"({self._to(F)} {name})")
                self._floats[variable] = x, F
                return _finite(x) if variable.variable.domain is Domain.FLOAT else ""
        raise EncodingError(f"the {variable.variable.domain} {variable.variable.name} is not written in solvers' floats")

    def _sort(self, F: Format) -> str:
        if not any(known == F for known in (_HALF, _BFLOAT, *_WIDE)):
            raise EncodingError(f"the solvers' floats are not asked about {F.name}")
        self.formats.add(F)
        return f"(_ FloatingPoint {F.exponent_bits} {F.precision})"

    def _to(self, F: Format) -> str:
        return f"(_ to_fp {F.exponent_bits} {F.precision})"

    def _constant(self, term: Term, F: Format) -> str | None:
        """A constant as a float of F, if it is one."""
        datum = to_datum(F, term.data)
        if datum is None:
            return None
        return self._define(("constant", term.data, F), self._sort(F), f"({self._to(F)} (_ bv{F.encode(datum)} {F.width}))")

    # Floats

    def _float(self, term: Term) -> tuple[str, Format] | None:
        """The term as a float of a format, if it is one by its form."""
        if term not in self._floats:
            self._floats[term] = self._new_float(term)
        return self._floats[term]

    def _new_float(self, term: Term) -> tuple[str, Format] | None:
        match term.op:
            case Op.ROUND:
                F, mode = term.args[1].data, term.args[2].data
                if mode not in _MODES:
                    raise EncodingError(f"the solvers' floats do not round {mode}")
                return self._rounded(term.args[0], F, _MODES[mode]), F
            case Op.WEIGHT:
                return self._float(term.args[0])
            case Op.NEGATE | Op.ABSOLUTE:
                inner = self._float(term.args[0])
                if inner is None:
                    return None
                F = inner[1]
                return self._define(("float", term), self._sort(F), f"({_ROUNDED_WITHOUT_MODE[term.op]} {inner[0]})"), F
            case Op.IF:
                known = self._float(term.args[1]) or self._float(term.args[2])
                if known is None:
                    return None
                x = self._as(term, known[1])
                return None if x is None else (x, known[1])
        return None

    def _as(self, term: Term, F: Format) -> str | None:
        """The term as a float of F, constants and choices between them too."""
        if term.op is Op.CONSTANT:
            return self._constant(term, F)
        if term.op is Op.IF and ("choice", term, F) in self._names:
            return self._names["choice", term, F]
        if term.op is Op.IF:
            branches = [self._as(a, F) for a in term.args[1:]]
            if None in branches:
                return None
            return self._define(("choice", term, F), self._sort(F), f"(ite {self._condition(term.args[0])} {branches[0]} {branches[1]})")
        found = self._float(term)
        return found[0] if found is not None and found[1] == F else None

    def _rounded(self, term: Term, F: Format, mode: str) -> str:
        """One operation on floats of F, rounded; or a float of another format."""
        text: str | None = None
        if term.op in _OPERATIONS:
            operands = [self._as(a, F) for a in term.args]
            if None not in operands:
                text = f"({_OPERATIONS[term.op]} {mode} {operands[0]} {operands[1]})"
            elif term.op is Op.ADD:
                text = self._fused(term, F, mode)
        elif term.op is Op.SQRT and (radicand := self._as(term.args[0], F)) is not None:
            text = f"(fp.sqrt {mode} {radicand})"
        elif (found := self._float(term)) is not None:
            text = found[0] if found[1] == F else f"({self._to(F)} {mode} {found[0]})"
        if text is None:
            raise EncodingError(f"fl({show(term)}) is no operation of the solvers' floats")
        return self._define(("rounded", term, F, mode), self._sort(F), text)

    def _fused(self, term: Term, F: Format, mode: str) -> str | None:
        for product, addend in (term.args, term.args[::-1]):
            if product.op is Op.MULTIPLY:
                x, y, z = (self._as(a, F) for a in (*product.args, addend))
                if x is not None and y is not None and z is not None:
                    return f"(fp.fma {mode} {x} {y} {z})"
        return None

    # Conditions

    def _condition(self, term: Term) -> str:
        if term.op is Op.VARIABLE:
            return symbol(term.variable.name)
        key = ("condition", term)
        return self._names[key] if key in self._names else self._define(key, "Bool", self._new_condition(term))

    def _new_condition(self, term: Term) -> str:
        args = term.args
        match term.op:
            case Op.TRUTH:
                return "true" if term.data else "false"
            case Op.NOT:
                return f"(not {self._condition(args[0])})"
            case Op.AND | Op.OR:
                return f"({term.op.value} {' '.join(self._condition(a) for a in args)})"
            case Op.IFF:
                return f"(= {self._condition(args[0])} {self._condition(args[1])})"
            case Op.IF:
                return f"(ite {' '.join(self._condition(a) for a in args)})"
            case Op.EQUAL:
                return self._equal(*args)
            case Op.LESS | Op.LESS_EQUAL:
                return f"({'fp.lt' if term.op is Op.LESS else 'fp.leq'} {' '.join(self._pair(*args))})"
            case Op.SAME:
                return f"(= {' '.join(self._pair(*args))})"
            case Op.FINITE if (x := self._float(args[0])) is not None:
                return _finite(x[0])
            case Op.IS_FLOAT:
                low, high = (self._rounded(args[0], args[1].data, mode) for mode in ("RTN", "RTP"))
                return f"(and {_finite(low)} (fp.eq {low} {high}))"
        raise EncodingError(f"{show(term)} is not written in solvers' floats")

    def _equal(self, a: Term, b: Term) -> str:
        """fl(e) == e iff rounding down and rounding up agree: a number between two floats has different ones below and above."""
        for rounded, exact in ((a, b), (b, a)):
            if rounded.op is Op.ROUND and same_number(rounded.args[0], exact):
                F = rounded.args[1].data
                return f"(fp.eq {self._rounded(rounded.args[0], F, 'RTN')} {self._rounded(rounded.args[0], F, 'RTP')})"
        return f"(fp.eq {' '.join(self._pair(a, b))})"

    def _pair(self, a: Term, b: Term) -> tuple[str, str]:
        """Both numbers as floats of one format, that of the operands or a wider one that holds them exactly."""
        found = self._float(a) or self._float(b)
        if found is not None:
            x, y = self._as(a, found[1]), self._as(b, found[1])
            if x is not None and y is not None:
                return x, y
        shapes = self._shape(a), self._shape(b)
        for W in _WIDE:
            if all(shape.fits(W) for shape in shapes):
                return self._exact(a, W), self._exact(b, W)
        raise EncodingError(f"{show(a)} and {show(b)} are compared exactly, which the solvers' floats are too narrow for")

    # Exact numbers

    def _shape(self, term: Term) -> _Shape:
        if term not in self._shapes:
            self._shapes[term] = self._new_shape(term)
        return self._shapes[term]

    def _new_shape(self, term: Term) -> _Shape:
        found = self._float(term)
        if found is not None:
            F = found[1]
            return _Shape(F.quanta[0], F.emax + 1, F.precision)
        if term.op is Op.CONSTANT:
            return _constant_shape(term)
        shapes = [self._shape(a) for a in term.args] if term.op in (Op.NEGATE, Op.ABSOLUTE, Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE) else []
        match term.op:
            case Op.NEGATE | Op.ABSOLUTE:
                return shapes[0]
            case Op.ADD | Op.SUBTRACT:
                grid, high = min(s.grid for s in shapes), max(s.high for s in shapes) + 1
                return _Shape(grid, high, high - grid)
            case Op.MULTIPLY:
                return _Shape(*(getattr(shapes[0], part) + getattr(shapes[1], part) for part in ("grid", "high", "bits")))
            case Op.DIVIDE if term.args[1].op is Op.CONSTANT and scaling(term.args[1]) and shapes[1].bits == 1:
                return _Shape(shapes[0].grid - shapes[1].grid, shapes[0].high - shapes[1].grid, shapes[0].bits)
        raise EncodingError(f"{show(term)} is not computed exactly in the solvers' floats")

    def _exact(self, term: Term, W: Format) -> str:
        """The exact number, every part of which W holds."""
        if ("wide", term, W) in self._names:
            return self._names["wide", term, W]
        if not self._shape(term).fits(W):
            raise EncodingError(f"{show(term)} does not fit into {W.name}")
        found = self._float(term)
        if found is not None:
            return found[0] if found[1] == W else self._define(("wide", term, W), self._sort(W), f"({self._to(W)} RNE {found[0]})")
        if term.op is Op.CONSTANT:
            constant = self._constant(term, W)
            assert constant is not None, "its shape fits"
            return constant
        args = [self._exact(a, W) for a in term.args]
        if term.op in _ROUNDED_WITHOUT_MODE:
            text = f"({_ROUNDED_WITHOUT_MODE[term.op]} {args[0]})"
        else:
            text = f"({_OPERATIONS[term.op]} {'RNE' if term.data is None else 'RTN'} {args[0]} {args[1]})"
        return self._define(("wide", term, W), self._sort(W), text)

    def _trivial_weight(self, term: Term) -> bool:
        """Whether a weight is a float by its form, and finite if it must be."""
        if term.op is not Op.WEIGHT:
            return False
        inner, F = term.args[0], term.args[1].data
        while inner.op in (Op.NEGATE, Op.ABSOLUTE):
            inner = inner.args[0]
        return inner.op is Op.VARIABLE and inner.args[0].data == F and (term.data != "weight" or inner.variable.domain is Domain.FLOAT)


def _finite(x: str) -> str:
    return f"(not (or (fp.isNaN {x}) (fp.isInfinite {x})))"


def _constant_shape(term: Term) -> _Shape:
    if isinstance(term.data, Special):
        return _Shape(0, 1, 1)
    n, d = abs(int(term.data.numerator)), int(term.data.denominator)
    if d & (d - 1):
        raise EncodingError(f"{show(term)} is no binary fraction")
    zeros = (n & -n).bit_length() - 1 if n else 0
    grid = zeros - (d.bit_length() - 1)
    bits = max(1, (n >> zeros).bit_length())
    return _Shape(grid, grid + bits, bits)
