"""The exact evaluator: the referee. It follows docs/theory-language.md rule by rule; the rules of numbers are in `numbers`.

A graph of terms becomes a list of steps, evaluated in order with no recursion. What cannot be had is a value too, a
`Failure`, which spreads through operations but not through the branch that a condition does not choose: so everything can be
evaluated, and yet a statement sees only what it asks for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from gmpy2 import mpq

from fpproof.errors import NetworkError, Place
from fpproof.formats import Datum, Format, Mode
from fpproof.networks import RELU, Layer, Network, Semantics, evaluate, forward, parse_semantics
from fpproof.theory import numbers, series
from fpproof.theory.certified import CertificateFile, report
from fpproof.theory.numbers import NAN, NEGATIVE_ZERO, ZERO, Inexpressible, Number, Surd
from fpproof.theory.terms import Domain, NetworkShape, Op, Term, Type, arguments, ordered, show
from fpproof.theory.transcendental import REAL_FUNCTIONS


@dataclass(frozen=True, slots=True)
class Failure:
    """A value that cannot be had: `wrong` if the statement is at fault (a weight that is no float), else the evaluator's limits are."""

    reason: str
    place: Place | None
    wrong: bool = False


KNOWN = (type(ZERO), numbers.Special, Surd, bool)
"""Types of single values; judges may evaluate over others."""

Value = Any
"""A Number, a bool, a Format, a Mode, a Network, a tuple of Numbers, or a Failure."""

Assignment = Mapping[Term, Number | bool]
"""Values of variables."""


FIELDS: dict[str, Callable[[Format], Number]] = {
    "p": lambda F: mpq(F.p),
    "q": lambda F: mpq(F.q),
    "emin": lambda F: mpq(F.emin),
    "emax": lambda F: mpq(F.emax),
    "omega": lambda F: mpq(F.omega),
    "Omega": lambda F: mpq(F.Omega),
}
"""[E-Field]"""

_OPERATIONS: dict[Op, Callable[..., Value]] = {
    Op.NEGATE: numbers.negate,
    Op.ABSOLUTE: numbers.absolute,
    Op.MULTIPLY: numbers.multiply,
    Op.DIVIDE: numbers.divide,
    Op.FLOOR_DIVIDE: numbers.floor_divide,
    Op.REMAINDER: numbers.remainder,
    Op.POWER: numbers.power,
    Op.POW2: numbers.pow2,
    Op.MINIMUM: numbers.minimum,
    Op.MAXIMUM: numbers.maximum,
    Op.SQRT: numbers.sqrt,
    Op.ROUND: numbers.fl,
    Op.ULP: numbers.ulp,
    Op.EXPONENT: numbers.exponent,
    Op.SIGNIFICAND: numbers.significand,
    Op.SUCC: numbers.succ,
    Op.PRED: numbers.pred,
    Op.EQUAL: lambda x, y: numbers.compare(x, y) == 0,
    Op.LESS: lambda x, y: numbers.compare(x, y) == -1,
    Op.LESS_EQUAL: lambda x, y: numbers.compare(x, y) in (-1, 0),
    Op.SAME: numbers.same,
    Op.FINITE: numbers.finite,
    Op.IS_FLOAT: numbers.is_float,
    Op.NOT: lambda c: not c,
    Op.IFF: lambda c, d: c is d,
}


def foldable(op: Op) -> bool:
    """Whether an operation on constants is a constant."""
    return op in _OPERATIONS or op in (Op.ADD, Op.SUBTRACT, Op.FIELD)


def apply(term: Term, args: Sequence[Value]) -> Value:
    """The value of an operation, the arguments' values given; a Failure where there is none.

    Operations between integers give integers, which have one zero. Source: docs/theory-language.md, [E-Integer].
    """
    for argument in args:
        if isinstance(argument, Failure):
            return argument
    try:
        value = _apply(term, args)
    except Inexpressible as limit:
        return Failure(f"{show(term)} needs {limit}", term.place)
    return ZERO if value is NEGATIVE_ZERO and term.type is Type.INT else value


def _apply(term: Term, args: Sequence[Value]) -> Value:
    operation = _OPERATIONS.get(term.op)
    if operation is not None:
        return operation(*args)
    match term.op:
        case Op.ADD:
            return numbers.add(args[0], args[1], term.data)
        case Op.SUBTRACT:
            return numbers.subtract(args[0], args[1], term.data)
        case Op.FIELD:
            return FIELDS[term.data](args[0])
        case Op.FUNCTION:
            return function(term, args[0])
        case Op.WEIGHT:
            return weight(term, args[0], args[1])
        case Op.NETWORK:
            return network(args[0], term.data, tuple(_datum(args[0], w) for w in args[1:]))
        case Op.NETWORK_FILE:
            return Meaning(term.data.network, term.data.semantics)
        case Op.CERTIFIED:
            return certified(term.data)
        case Op.ACTIVATION:
            return activation(term, args[0], args[1])
        case Op.VALUE | Op.GRADIENT:
            return value_and_gradient(term, args[0], args[1:])
        case Op.LIMIT:
            return series.limit(term.data.function, term.data.at, term.data.side)
        case Op.FLOW:
            return flow(args)
        case Op.COMPONENT:
            return args[0][term.data]
    raise AssertionError(f"{term.op} is not evaluated: the term must be of a claim")


def function(term: Term, x: Number) -> Value:
    """[E-Function] Where the value is rational; elsewhere the evaluator has no form for it."""
    f = REAL_FUNCTIONS[term.data]
    if x is NAN or not f.defined(x):
        return NAN
    known = None if isinstance(x, Surd) else f.values.get(x)
    if known is None:
        raise Inexpressible("a transcendental number")
    return known


# Networks


def weight(term: Term, x: Number, F: Format) -> Value:
    """[E-Weight] x; a Failure if it is no finite float of F, or for inputs and upstreams no datum of F."""
    if numbers.to_datum(F, x) is None or (term.data == "weight" and not numbers.finite(x)):
        said, found = show(term), number_text(x)
        value = "" if said == found else f" is {found}, which"
        return Failure(f"the {term.data} {said}{value} is no float of {F.name}", term.place, wrong=True)
    return x


def _datum(F: Format, x: Number) -> Datum:
    datum = numbers.to_datum(F, x)
    assert datum is not None, "weights have been checked"
    return datum


@dataclass(frozen=True, slots=True)
class Meaning:
    """A network with the semantics that it is evaluated in."""

    network: Network
    semantics: Semantics
    total: bool = False
    """Whether it is dense and knows its activations everywhere, so that there is a value without looking at the way back."""


@lru_cache(512)
def network(F: Format, shape: NetworkShape, data: tuple[Datum, ...]) -> Meaning:
    """[E-Network] A dense network; `data` are each neuron's weights and its bias, if it has one."""
    layers, rest = [], iter(data)
    for layer in shape.layers:
        rows, bias = [], []
        for biased in layer.biased:
            rows.append(tuple((j, next(rest)) for j in range(layer.inputs)))
            bias.append(next(rest) if biased else None)
        layers.append(Layer(layer.inputs, tuple(rows), tuple(bias), layer.activation, sparse=False))
    named = {layer.activation for layer in shape.layers} - {None, RELU}
    activations = {name: _Rounded(F, name) for name in named if name is not None}
    return Meaning(Network(F, tuple(layers), activations), parse_semantics(shape.semantics), total=True)


@dataclass(frozen=True, slots=True)
class _Rounded:
    """An activation of a format, each value computed once."""

    format: Format
    name: str

    def value(self, z: Datum) -> Datum:
        return _activated(self.format, self.name, "value", z)

    def derivative(self, z: Datum) -> Datum:
        return _activated(self.format, self.name, "derivative", z)


@lru_cache(1 << 19)
def _activated(F: Format, name: str, kind: str, z: Datum) -> Datum:
    from fpproof import activations

    sigma = activations.activation(name)
    return activations.value(F, sigma, z) if kind == "value" else activations.derivative(F, sigma, z)


def activation(term: Term, x: Number, F: Format) -> Value:
    """[E-Activation] sigma(x) or sigma'(x), correctly rounded to F, of a value x of F."""
    name, kind = term.data
    return numbers.from_datum(_activated(F, name, kind, _datum(F, x)))


def value_and_gradient(term: Term, f: Meaning, rest: Sequence[Number]) -> Value:
    """[E-Value], [E-Gradient] As docs/semantics.md, sections 3 to 5."""
    network = f.network
    data = tuple(_datum(network.format, v) for v in rest)
    if term.op is Op.VALUE and f.total:
        return tuple(map(numbers.from_datum, forward(network, data, f.semantics)))
    upstream = ((0, 0),) * network.outputs if term.op is Op.VALUE else data[network.inputs :]
    try:
        evaluation = evaluate(network, data[: network.inputs], upstream, f.semantics)
    except NetworkError as missing:
        return Failure(missing.message, term.place)
    return tuple(map(numbers.from_datum, evaluation.value if term.op is Op.VALUE else evaluation.gradient))


def certified(file: CertificateFile) -> bool:
    """[E-Certified] Whether every claim of the certificate holds."""
    return report(file).accepted


# Trajectories


def flow(args: Sequence[Number]) -> Value:
    """[E-Flow] The start at time 0, and NaN where there is no start or time; elsewhere the evaluator has no form for it."""
    *start, t = args
    if not all(map(numbers.finite, args)) or numbers.compare(t, ZERO) == -1:
        return (NAN,) * len(start)
    if numbers.compare(t, ZERO) == 0:
        return tuple(map(from_zero, start))
    raise Inexpressible("a point of a gradient flow")


# Programs


def _free(term: Term) -> tuple[Term, ...]:
    """What is evaluated before a term: not the body of a quantifier."""
    return () if term.op is Op.EXISTS else arguments(term)


Apply = Callable[[Term, Sequence[Value]], Value]

_LEAVES = {Op.CONSTANT, Op.TRUTH, Op.FORMAT, Op.MODE}


class Program:
    """Terms in the order of their evaluation; `values` gives those of the roots one after the other, as they are asked for.

    `operation` is what an operation means: `apply`, unless a judge evaluates over something else than numbers.
    """

    def __init__(self, roots: Sequence[Term], operation: Apply = apply) -> None:
        self._operation = operation
        terms = ordered(roots, _free)
        place = {id(term): i for i, term in enumerate(terms)}
        self._start: list[Value] = [term.data if term.op in _LEAVES else None for term in terms]
        self._variables = [(i, term) for i, term in enumerate(terms) if term.op is Op.VARIABLE]
        steps = [(i, term) for i, term in enumerate(terms) if term.op not in _LEAVES and term.op is not Op.VARIABLE]
        self._steps = [(i, term, tuple(place[id(a)] for a in _free(term))) for i, term in steps]
        self._roots = [place[id(root)] for root in roots]
        self._bodies = {id(term): [Program([a], operation) for a in term.args[1:]] for term in terms if term.op is Op.EXISTS}

    def values(self, assignment: Assignment) -> Iterator[Value]:
        done = self._start.copy()
        for i, variable in self._variables:
            done[i] = assignment[variable]
        steps = iter(self._steps)
        reached = -1
        for root in self._roots:
            if root > reached:
                for i, term, places in steps:
                    done[i] = self._step(term, [done[j] for j in places], assignment)
                    if i >= root:
                        break
                reached = root
            yield done[root]

    def _step(self, term: Term, args: list[Value], assignment: Assignment) -> Value:
        match term.op:
            case Op.AND | Op.OR:
                return junction(term, args)
            case Op.IF:
                return args[0] if isinstance(args[0], Failure) else (args[1] if args[0] else args[2])
            case Op.EXISTS:
                return self.exists(term, assignment)
        return self._operation(term, args)

    def exists(self, term: Term, assignment: Assignment) -> Value:
        """[E-Exists] By the witness if it serves, else by search; over Real and Int the search may find a number, and never that there is none."""
        variable, (body, *witnesses) = term.args[0], self._bodies[id(term)]
        for program in witnesses:
            witness = next(program.values(assignment))
            if isinstance(witness, KNOWN) and in_domain(variable, witness) and next(body.values({**assignment, variable: witness})) is True:
                return True
        every = domain(variable)
        failure: Failure | None = None
        if every is None:
            failure = Failure(f"{show(term)}: there is no complete search over {variable.variable.domain}", term.place)
        elif variable.args and variable.args[0].data.finite_count > MOST_SEARCHED:
            return Failure(f"{show(term)}: a search through all values of {variable.args[0].data.name}", term.place)
        for candidate in _likely(term) if every is None else every:
            holds = next(body.values({**assignment, variable: candidate}))
            if holds is True:
                return True
            if isinstance(holds, Failure):
                failure = failure or holds
        return False if failure is None else failure


MOST_SEARCHED = 1 << 20
"""Values of a format that an `exists` is searched in."""
MOST_LIKELY = 200
"""Numbers that an `exists` over Real or Int tries."""


@lru_cache(256)
def _likely(term: Term) -> tuple[Number, ...]:
    """Small integers; for a Real also values of small formats that its body speaks of, those near zero first, and some between and beyond them."""
    found = [mpq(n) for k in range(33) for n in (k, -k)]
    if term.args[0].variable.domain is Domain.REAL:
        formats = dict.fromkeys(t.data for t in ordered([term]) if t.op is Op.FORMAT and t.data.width <= 8)
        floats = sorted({from_zero(numbers.from_datum(x)) for F in formats for x in F.finite()})
        beyond = [x * (1 + mpq(1, 1 << 12)) for x in (*floats[:1], *floats[-1:])]
        quarters = [x + (y - x) * k / 4 for x, y in pairwise(floats) for k in (1, 2, 3)]
        found = [*found[:17], *beyond, *sorted(floats, key=abs), *sorted(quarters, key=abs)]
    return tuple(dict.fromkeys(found))[:MOST_LIKELY]


def from_zero(x: Number) -> Number:
    """The real number of a finite one, which has one zero."""
    return ZERO if x is NEGATIVE_ZERO else x


def junction(term: Term, args: Sequence[Value]) -> Value:
    """[E-And], [E-Or] From left to right: what comes after a decision does not count."""
    absorbing = term.op is Op.OR
    for argument in args:
        if isinstance(argument, Failure) or argument is absorbing:
            return argument
    return not absorbing


def domain(variable: Term) -> Iterator[Number | bool] | None:
    """All values of a variable; None for Real and Int."""
    match variable.variable.domain:
        case Domain.FLOAT:
            return map(numbers.from_datum, variable.args[0].data.finite())
        case Domain.DATUM:
            return map(numbers.from_datum, variable.args[0].data.data())
        case Domain.BOOL:
            return iter((False, True))
    return None


def in_domain(variable: Term, x: Value) -> bool:
    """Whether a value is one that the variable ranges over."""
    match variable.variable.domain:
        case Domain.FLOAT:
            return numbers.is_float(x, variable.args[0].data)
        case Domain.DATUM:
            F = variable.args[0].data
            return numbers.to_datum(F, x) is not None and (x is not NAN or F.has_nan)
        case Domain.BOOL:
            return isinstance(x, bool)
        case Domain.INT:
            return isinstance(x, type(ZERO)) and x.denominator == 1
        case Domain.REAL:
            return numbers.finite(x) and x is not NEGATIVE_ZERO
    return isinstance(x, Mode | Format)


def number_text(x: Value) -> str:
    """A value in a few words, for messages."""
    if isinstance(x, Surd):
        return f"{x.a} + {x.b} sqrt({x.c})"
    if isinstance(x, bool | numbers.Special):
        return str(x)
    size = max(x.numerator.bit_length(), x.denominator.bit_length())
    return str(x) if size <= 120 else f"a rational of {size} bits"
