"""Terms: the typed, hash-consed expression trees that every judge interprets.

A term has an operation, arguments (terms), data (what is no term), a type and the place where it was first written. A
`Pool` makes terms, and makes each only once: within a pool, equal terms are one object. So a statement is a graph without
cycles, and everything here walks it without recursion.
"""

import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

from gmpy2 import mpq

from fpproof.errors import Place, TheoryError
from fpproof.formats import Format, Mode
from fpproof.formats.atlas import format_text
from fpproof.theory.numbers import Number, Special


class Type(StrEnum):
    """What a term stands for; the value is the name in messages."""

    NUMBER = "number"
    INT = "integer"
    BOOL = "condition"
    VECTOR = "vector"
    FORMAT = "format"
    MODE = "rounding mode"
    NETWORK = "network"


class Domain(StrEnum):
    """What a variable ranges over."""

    FLOAT = "Float"
    DATUM = "Datum"
    REAL = "Real"
    INT = "Int"
    BOOL = "Bool"
    FORMAT = "Format"
    MODE = "Mode"
    NETWORK = "Network"  # of parameters of @define and @network only: nothing is quantified over networks


class Op(StrEnum):
    """The operations; after the dash, the arguments and the data of each. Their meaning: docs/theory-language.md."""

    # Leaves
    CONSTANT = "constant"  # - ; a Number
    TRUTH = "truth"  # - ; bool
    FORMAT = "format"  # - ; a Format
    MODE = "mode"  # - ; a Mode
    VARIABLE = "variable"  # its format (Float and Datum only) ; Variable
    # Exact operations
    NEGATE = "negate"  # x
    ABSOLUTE = "absolute"  # x
    ADD = "add"  # x, y ; Mode.DOWN in a sum that is rounded down (x - x is -0), else None
    SUBTRACT = "subtract"  # x, y ; as ADD
    MULTIPLY = "multiply"  # x, y
    DIVIDE = "divide"  # x, y
    FLOOR_DIVIDE = "floor-divide"  # integers x, y
    REMAINDER = "remainder"  # integers x, y
    POWER = "power"  # x, integer n
    POW2 = "pow2"  # integer n
    MINIMUM = "minimum"  # x, y
    MAXIMUM = "maximum"  # x, y
    SQRT = "sqrt"  # x
    FUNCTION = "function"  # x ; its name, one of fpproof.theory.transcendental
    # Operations of a format
    ROUND = "round"  # x, format, mode
    FIELD = "field"  # format ; its name: p, q, emin, emax, omega, Omega
    ULP = "ulp"  # x, format
    EXPONENT = "exponent"  # x, format
    SIGNIFICAND = "significand"  # x, format
    SUCC = "succ"  # x, format
    PRED = "pred"  # x, format
    # Conditions
    EQUAL = "equal"  # x, y
    LESS = "less"  # x, y
    LESS_EQUAL = "less-equal"  # x, y
    SAME = "same"  # x, y
    FINITE = "finite"  # x
    IS_FLOAT = "is-float"  # x, format
    NOT = "not"  # c
    AND = "and"  # c, ... (any number, from left to right)
    OR = "or"  # c, ...
    IFF = "iff"  # c, d, both conditions or both modes
    IF = "if"  # c, then x, else y
    EXISTS = "exists"  # variable, body, [witness]
    FORALL_RANGE = "forall-range"  # integer variable, low, high (excluded), body; gone after instantiation
    EXISTS_RANGE = "exists-range"  # the same
    # Networks
    NETWORK = "network"  # format, then for each neuron its weights and its bias if it has one ; NetworkShape
    VALUE = "value"  # network, inputs ...
    GRADIENT = "gradient"  # network, inputs ..., upstreams ...
    COMPONENT = "component"  # vector ; index
    WEIGHT = "weight"  # x, format ; what it is ("weight", "input", "upstream", "argument"): x, which must be a float (a datum) of the format
    ACTIVATION = "activation"  # x, format ; (its name, "value" or "derivative"), one of fpproof.activations
    NETWORK_FILE = "network-file"  # format ; CertificateFile
    CERTIFIED = "certified"  # - ; CertificateFile
    # Limits
    LIMIT = "limit"  # - ; Limit
    # Trajectories
    FLOW = "flow"  # start ..., time ; Loss


@dataclass(frozen=True, slots=True)
class Variable:
    """The name of a variable and what it ranges over; a vector's components are variables named x[0], x[1], ..."""

    name: str
    domain: Domain


@dataclass(frozen=True, slots=True)
class LayerShape:
    """A layer without its numbers; `biased` has one truth a neuron."""

    inputs: int
    biased: tuple[bool, ...]
    activation: str | None

    @property
    def neurons(self) -> int:
        return len(self.biased)


@dataclass(frozen=True, slots=True)
class NetworkShape:
    """Layers without their numbers, and the semantics as fpproof.networks.Semantics writes it."""

    layers: tuple[LayerShape, ...]
    semantics: str = "left-to-right"

    @property
    def inputs(self) -> int:
        return self.layers[0].inputs

    @property
    def outputs(self) -> int:
        return self.layers[-1].neurons


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Term:
    """One operation on terms. Made by a Pool, in which equal terms are one object: compare with `is`."""

    op: Op
    args: tuple["Term", ...]
    data: Any
    type: Type
    place: Place | None

    @property
    def variable(self) -> Variable:
        assert isinstance(self.data, Variable), f"{self.op} is no variable"
        return self.data

    def __repr__(self) -> str:
        return f"Term({show(self)})"


_BOOLEAN = {
    Op.TRUTH, Op.EQUAL, Op.LESS, Op.LESS_EQUAL, Op.SAME, Op.FINITE, Op.IS_FLOAT, Op.NOT, Op.AND, Op.OR, Op.IFF,
    Op.EXISTS, Op.FORALL_RANGE, Op.EXISTS_RANGE, Op.CERTIFIED,
}  # fmt: skip
_INTEGER = {Op.FLOOR_DIVIDE, Op.REMAINDER, Op.EXPONENT}
_INTEGER_IF_ARGUMENTS = {Op.NEGATE, Op.ABSOLUTE, Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.MINIMUM, Op.MAXIMUM}
_VARIABLE_TYPES = {Domain.INT: Type.INT, Domain.BOOL: Type.BOOL, Domain.FORMAT: Type.FORMAT, Domain.MODE: Type.MODE, Domain.NETWORK: Type.NETWORK}
_OTHER = {
    Op.FORMAT: Type.FORMAT, Op.MODE: Type.MODE, Op.NETWORK: Type.NETWORK, Op.NETWORK_FILE: Type.NETWORK,
    Op.VALUE: Type.VECTOR, Op.GRADIENT: Type.VECTOR, Op.FLOW: Type.VECTOR,
}  # fmt: skip


def _type(op: Op, args: tuple[Term, ...], data: Any) -> Type:
    """The type of an operation on arguments of the right types."""
    if op in _BOOLEAN:
        return Type.BOOL
    if op in _INTEGER or (op in _INTEGER_IF_ARGUMENTS and all(a.type is Type.INT for a in args)):
        return Type.INT
    match op:
        case Op.CONSTANT:
            return Type.INT if isinstance(data, type(mpq(0))) and data.denominator == 1 else Type.NUMBER
        case Op.VARIABLE:
            return _VARIABLE_TYPES.get(data.domain, Type.NUMBER)
        case Op.IF:
            return args[1].type if args[1].type is args[2].type else Type.NUMBER
        case Op.FIELD:
            return Type.NUMBER if data in ("omega", "Omega") else Type.INT
        case Op.POWER:
            exponent = args[1]
            natural = args[0].type is Type.INT and exponent.op is Op.CONSTANT and exponent.type is Type.INT and exponent.data >= 0
            return Type.INT if natural else Type.NUMBER
        case _:
            return _OTHER.get(op, Type.NUMBER)


LARGEST_POOL = 100_000
"""Terms in a pool: statements from strangers must not fill the memory."""


@dataclass(slots=True)
class Pool:
    """Makes terms, each once."""

    _terms: dict[tuple[Hashable, ...], Term] = field(default_factory=dict)

    def make(self, op: Op, *args: Term, data: Hashable = None, place: Place | None = None, type: Type | None = None) -> Term:
        """The term of an operation; raises TheoryError if there are too many.

        `type` is given for constants that are numbers though they look like integers (2.0), else computed.
        """
        of_type = _type(op, args, data) if type is None else type
        key = (op, of_type, *map(id, args), _key(data))
        term = self._terms.get(key)
        if term is None:
            if len(self._terms) >= LARGEST_POOL:
                raise TheoryError(f"the statement is too large: it has more than {LARGEST_POOL} terms", place)
            term = self._terms[key] = Term(op, args, data, of_type, place)
        return term

    def constant(self, value: Number | int, place: Place | None = None, type: Type | None = None) -> Term:
        """A number; Python integers are taken too."""
        return self.make(Op.CONSTANT, data=mpq(value) if isinstance(value, int) else value, place=place, type=type)

    def truth(self, value: bool, place: Place | None = None) -> Term:
        return self.make(Op.TRUTH, data=value, place=place)

    def format(self, F: Format, place: Place | None = None) -> Term:
        return self.make(Op.FORMAT, data=F, place=place)

    def mode(self, mode: Mode, place: Place | None = None) -> Term:
        return self.make(Op.MODE, data=mode, place=place)

    def variable(self, name: str, domain: Domain, format: Term | None = None, place: Place | None = None) -> Term:
        """A variable; Float and Datum need the format whose values they are."""
        return self.make(Op.VARIABLE, *(() if format is None else (format,)), data=Variable(name, domain), place=place)

    def __len__(self) -> int:
        return len(self._terms)


def _key(data: Hashable) -> Hashable:
    """Data as a key: formats with their names, which do not count in comparisons but are shown."""
    return (data.name, data) if isinstance(data, Format) else data


# Walking


def arguments(term: Term) -> tuple[Term, ...]:
    return term.args


def ordered(roots: Iterable[Term], below: Callable[[Term], tuple[Term, ...]] = arguments) -> list[Term]:
    """All terms below the roots, each once, arguments before what uses them; roots in their order.

    `below` gives the terms to descend to, for walks that stop somewhere.
    """
    seen: set[int] = set()
    found: list[Term] = []
    for root in roots:
        stack: list[tuple[Term, Iterator[Term]]] = []
        if id(root) not in seen:
            seen.add(id(root))
            stack.append((root, iter(below(root))))
        while stack:
            term, rest = stack[-1]
            for argument in rest:
                if id(argument) not in seen:
                    seen.add(id(argument))
                    stack.append((argument, iter(below(argument))))
                    break
            else:
                found.append(term)
                stack.pop()
    return found


def variables(roots: Iterable[Term]) -> list[Term]:
    """The variables that occur below the roots, free or bound, in order of their first occurrence."""
    return [term for term in ordered(roots) if term.op is Op.VARIABLE]


def rebuild(roots: Iterable[Term], make: Callable[[Term, tuple[Term, ...]], Term]) -> list[Term]:
    """Maps a graph from its leaves up: `make(term, new arguments)` gives the new term of each."""
    roots = list(roots)
    new: dict[int, Term] = {}
    for term in ordered(roots):
        new[id(term)] = make(term, tuple(new[id(a)] for a in term.args))
    return [new[id(root)] for root in roots]


def fingerprint(roots: Iterable[Term]) -> str:
    """A hash of what the terms say: the same for equal graphs of different pools, runs and machines; places do not count."""
    roots = list(roots)
    number: dict[int, int] = {}
    digest = hashlib.sha256()
    for term in ordered(roots):
        number[id(term)] = len(number)
        digest.update(repr((term.op.value, term.type.value, [number[id(a)] for a in term.args], _stable(term.data))).encode())
    digest.update(repr([number[id(root)] for root in roots]).encode())
    return digest.hexdigest()


def _stable(data: Any) -> str:
    if isinstance(data, Format):
        return data.definition.partition("(")[2]
    return data.value if isinstance(data, Enum) else str(data)


# Text

_INFIX = {
    Op.ADD: ("+", 6), Op.SUBTRACT: ("-", 6), Op.MULTIPLY: ("*", 7), Op.DIVIDE: ("/", 7), Op.FLOOR_DIVIDE: ("//", 7), Op.REMAINDER: ("%", 7),
    Op.EQUAL: ("==", 4), Op.LESS: ("<", 4), Op.LESS_EQUAL: ("<=", 4), Op.IFF: ("==", 4), Op.AND: ("and", 2), Op.OR: ("or", 1),
}  # fmt: skip
_CALLED = {Op.ABSOLUTE: "abs", Op.MINIMUM: "min", Op.MAXIMUM: "max", Op.IS_FLOAT: "is_float"}
_ATOM = 10
_LONGEST_TEXT = 400


def show(term: Term) -> str:
    """The term in the notation of theory files, cut after some hundred characters."""
    texts: dict[int, tuple[str, int]] = {}
    for t in ordered([term]):
        text, level = _text(t, [texts[id(a)] for a in t.args])
        texts[id(t)] = (text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "...", level)
    return texts[id(term)][0]


def _text(term: Term, args: list[tuple[str, int]]) -> tuple[str, int]:
    """Text and binding strength."""

    def inside(index: int, level: int) -> str:
        text, found = args[index]
        return text if found >= level else f"({text})"

    match term.op:
        case Op.CONSTANT:
            text = _number_text(term.data, term.type)
            return text, 7 if "/" in text else (8 if text.startswith("-") else _ATOM)
        case Op.TRUTH:
            return str(term.data), _ATOM
        case Op.FORMAT:
            return format_text(term.data), _ATOM
        case Op.MODE:
            return term.data.replace("-", "_"), _ATOM
        case Op.VARIABLE:
            return term.variable.name, _ATOM
        case Op.NEGATE:
            return f"-{inside(0, 8)}", 8
        case Op.NOT:
            return f"not {inside(0, 3)}", 3
        case Op.POWER:
            return f"{inside(0, _ATOM)}**{inside(1, 9)}", 9
        case Op.IF:
            return f"{inside(1, 1)} if {inside(0, 1)} else {inside(2, 0)}", 0
        case Op.ROUND:
            mode = "" if args[2][0] == "nearest_even" else f", to={args[2][0]}"
            return f"fl({args[0][0]}, {args[1][0]}{mode})", _ATOM
        case Op.FIELD:
            return f"{args[0][0]}.{term.data}", _ATOM
        case Op.COMPONENT:
            return f"{args[0][0]}[{term.data}]", _ATOM
        case Op.WEIGHT:
            return args[0]
        case Op.ACTIVATION:
            name, kind = term.data
            return f'{"activation" if kind == "value" else kind}("{name}", {args[0][0]}, {args[1][0]})', _ATOM
        case Op.FLOW:
            *start, (t, _) = args
            return f"flow({term.data.name}, [{', '.join(text for text, _ in start)}], {t})", _ATOM
        case Op.LIMIT:
            return f"limit({term.data.text})", _ATOM
        case Op.NETWORK_FILE | Op.CERTIFIED:
            return f'{term.op.value.replace("-", "_")}("{term.data.name}")', _ATOM
    if term.op in _INFIX and args:
        sign, level = _INFIX[term.op]
        operands = [inside(i, level + (i > 0 and term.op not in (Op.AND, Op.OR)) + (level == 4 and i == 0)) for i in range(len(args))]
        return f" {sign} ".join(operands), level
    name = term.data if term.op is Op.FUNCTION else _CALLED.get(term.op, term.op.value.replace("-", "_"))
    return f"{name}({', '.join(text for text, _ in args)})", _ATOM


def _number_text(value: Number, of_type: Type) -> str:
    if isinstance(value, Special):
        return "-0.0" if value is Special.NEGATIVE_ZERO else value.value
    size = max(value.numerator.bit_length(), value.denominator.bit_length())
    if size > 200:
        return f"a rational of {size} bits"
    return f"{value.numerator}.0" if of_type is Type.NUMBER and value.denominator == 1 else str(value)
