"""Limits by sympy, each looked at in balls on the way to its point, and against the exact evaluator where that knows it too.

sympy's word that the limit is just this number is trusted; no ball tells 1 from a number very close to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import sympy
from gmpy2 import mpq

from fpproof.judges.algebra.fields import Beyond
from fpproof.judges.verdict import Disagreement
from fpproof.theory import Claim, Domain, Op, Pool, Term, Type, balls, ordered, rebuild, series
from fpproof.theory.evaluate import Program
from fpproof.theory.instantiate import Folding
from fpproof.theory.limits import Limit
from fpproof.theory.losses import OPERATIONS, Loss
from fpproof.theory.numbers import INFINITY, NEGATIVE_INFINITY, Inexpressible, Number

MOST_OPERATIONS = 60
"""Beyond, sympy may take very long."""
DISTANCES = (16, 768)
"""Looked at 2^-k from a point, or at 2^k on the way to an infinity, first and last."""
BITS = 4096

_FUNCTIONS: Mapping[str, Any] = {
    **{name: getattr(sympy, name) for name in ("exp", "log", "sinh", "cosh", "tanh", "sin", "cos", "atan", "erf")},
    "expm1": lambda x: sympy.exp(x) - 1,
    "log1p": lambda x: sympy.log(1 + x),
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
}
_OPERATIONS: Mapping[str, Any] = {
    "negate": lambda x: -x,
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "sqrt": sympy.sqrt,
    "absolute": sympy.Abs,
    "minimum": sympy.Min,
    "maximum": sympy.Max,
}
_OPS = {name: op for op, name in OPERATIONS.items()}


def speaks_of_limits(claim: Claim) -> bool:
    return any(t.op is Op.LIMIT for t in ordered((*claim.assumptions, *claim.conclusions)))


def without_limits(claim: Claim) -> Claim:
    """The claim with the values of its limits; raises Beyond where sympy finds none, or balls do not see it."""

    def make(term: Term, args: tuple[Term, ...]) -> Term:
        if term.op is Op.LIMIT:
            return _value(claim.pool, term.data)
        return claim.pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)

    roots = Folding(claim.pool).all(rebuild((*claim.assumptions, *claim.conclusions), make))
    middle = len(claim.assumptions)
    return replace(claim, assumptions=tuple(roots[:middle]), conclusions=tuple(roots[middle:]))


def _value(pool: Pool, limit: Limit) -> Term:
    if len(limit.function.code) > MOST_OPERATIONS:
        raise Beyond(f"a limit of {len(limit.function.code)} operations")
    x = sympy.Symbol("x", real=True)
    at = _number(limit.at)
    sides = {"above": "+", "below": "-"}.get(limit.side, "+-" if limit.at not in (INFINITY, NEGATIVE_INFINITY) else "+")
    try:
        expression = _expression(limit.function, x, lambda inner: any(not sympy.limit(inner, x, at, side).is_finite for side in sides))
        values = [sympy.limit(expression, x, at, side) for side in sides]
    except (RuntimeError, ValueError, TypeError, AttributeError) as error:
        raise Beyond(f"sympy finds no limit ({type(error).__name__})") from None
    if len({*values}) > 1:
        raise Beyond("sympy finds no limit: its sides differ")
    value = _term(pool, values[0])
    for way in _ways(limit):
        _look(pool, limit.function, way, value)
    try:
        exact = series.limit(limit.function, limit.at, limit.side)
    except Inexpressible:
        exact = None
    if exact is not None and value.op is Op.CONSTANT and value.data != exact:
        raise Disagreement(f"limit({limit.text}) is {value.data} by sympy, and {exact} by its expansion")
    return value


def _number(x: Number) -> Any:
    if x in (INFINITY, NEGATIVE_INFINITY):
        return sympy.oo if x is INFINITY else -sympy.oo
    return sympy.Rational(int(x.numerator), int(x.denominator))


_UNDEFINED_SOMEWHERE = ("log", "log1p")


def _expression(f: Loss, x: Any, diverges: Callable[[Any], bool]) -> Any:
    """The function as sympy has it; raises Beyond where a divisor, a root or a logarithm depends on the sine or cosine of what `diverges`.

    Such a function may have poles, or be no real number, at points that accumulate at the limit's, as exp(-x)/sin(x) has at infinity. sympy does not
    see them, nor do balls around two points. Everything else in the language changes its sign finitely often near a point.
    """

    def make(name: str, operands: list[tuple[Any, bool]], data: Any) -> tuple[Any, bool]:
        args, oscillate = [arg for arg, _ in operands], [oscillates for _, oscillates in operands]
        partial = name == "sqrt" or (name == "power" and data < 0) or (name == "function" and data in _UNDEFINED_SOMEWHERE)
        if (name == "divide" and oscillate[1]) or (partial and oscillate[0]):
            raise Beyond("an oscillation in a divisor, a root or a logarithm")
        wild = name == "function" and data in ("sin", "cos") and diverges(args[0])
        return _operation(x, name, args, data), wild or any(oscillate)

    return f.through(make)[0]


def _operation(x: Any, name: str, args: list[Any], data: Any) -> Any:
    match name:
        case "variable":
            return x
        case "constant":
            return _number(data)
        case "power":
            return args[0] ** data
        case "function":
            return _FUNCTIONS[data](args[0])
    return _OPERATIONS[name](*args)


def _term(pool: Pool, value: Any) -> Term:
    """A number that sympy found, in the language."""
    if value in (sympy.oo, -sympy.oo):
        return pool.constant(INFINITY if value is sympy.oo else NEGATIVE_INFINITY, type=Type.NUMBER)
    if value.is_Rational:
        return pool.constant(mpq(int(value.p), int(value.q)), type=Type.NUMBER)
    if isinstance(value, sympy.exp) or value is sympy.E:
        return pool.make(Op.FUNCTION, _term(pool, value.args[0] if value.args else sympy.Integer(1)), data="exp")
    if isinstance(value, sympy.log):
        return pool.make(Op.FUNCTION, _term(pool, value.args[0]), data="log")
    if value.is_Pow and value.exp == sympy.Rational(1, 2):
        return pool.make(Op.SQRT, _term(pool, value.base))
    if value.is_Pow and value.exp.is_Integer:
        return pool.make(Op.POWER, _term(pool, value.base), pool.constant(int(value.exp)))
    if value.is_Add or value.is_Mul:
        first, *rest = (_term(pool, a) for a in value.args)
        for term in rest:
            first = pool.make(Op.ADD if value.is_Add else Op.MULTIPLY, first, term)
        return first
    raise Beyond(f"a limit of a kind that the language has no word for ({type(value).__name__})")


def _ways(limit: Limit) -> list[list[Number]]:
    """Points on the way, on each side."""
    if limit.at in (INFINITY, NEGATIVE_INFINITY):
        return [[mpq((1 if limit.at is INFINITY else -1) * (1 << k)) for k in DISTANCES]]
    signs = {"above": (1,), "below": (-1,)}.get(limit.side, (1, -1))
    return [[limit.at + mpq(sign, 1 << k) for k in DISTANCES] for sign in signs]


def _look(pool: Pool, f: Loss, points: list[Number], value: Term) -> None:
    """The distance is small at last, and no greater than at first; to an infinity, the value is large at last, and larger than at first."""
    first, last = pool.variable("limit first", Domain.REAL), pool.variable("limit last", Domain.REAL)
    at_first, at_last = _written(pool, f, first), _written(pool, f, last)
    if value.op is Op.CONSTANT and value.data in (INFINITY, NEGATIVE_INFINITY):
        grows = [at_first, at_last] if value.data is INFINITY else [pool.make(Op.NEGATE, at_first), pool.make(Op.NEGATE, at_last)]
        conditions = [pool.make(Op.LESS, *grows), pool.make(Op.LESS, pool.constant(2), grows[1])]
    else:
        before, after = (pool.make(Op.ABSOLUTE, pool.make(Op.SUBTRACT, e, value)) for e in (at_first, at_last))
        near, small = (pool.make(Op.LESS, after, pool.constant(mpq(1, 1 << k), type=Type.NUMBER)) for k in (6, 1000))
        conditions = [near, pool.make(Op.OR, small, pool.make(Op.LESS_EQUAL, after, before))]
    seen = [*Program(conditions, balls.enclosing(BITS)).values({first: points[0], last: points[-1]})]
    if seen != [True, True]:
        raise Beyond("sympy finds a limit that balls do not see")


def _written(pool: Pool, f: Loss, x: Term) -> Term:
    """The function at a variable, as a term."""

    def make(name: str, args: list[Term], data: Any) -> Term:
        match name:
            case "variable":
                return x
            case "constant":
                return pool.constant(data, type=Type.NUMBER)
            case "power":
                return pool.make(Op.POWER, args[0], pool.constant(int(data)))
        return pool.make(_OPS[name], *args, data=data)

    return f.through(make)
