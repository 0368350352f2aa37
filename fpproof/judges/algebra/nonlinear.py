"""Conditions on polynomials in several variables, by z3's procedure for real arithmetic (nlsat)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gmpy2 import mpq

from fpproof.judges.algebra.formulas import Formula, Polynomial, Relation, Sign, mapped
from fpproof.theory.numbers import Number, Surd

try:
    import z3
except ImportError:  # an extra: without it there are identities and one variable
    z3 = None

INSTALL = "pip install 'fpproof[solvers]'"
_DIGITS = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """`satisfiable` is None if the resource was spent; a model gives numbers to generators, roots cut to a rational number."""

    satisfiable: bool | None
    spent: int
    model: dict[int, Number] | None = None


def available() -> bool:
    return z3 is not None


def solve(formulas: Sequence[Formula], resource: int) -> Answer:
    """Whether real numbers meet all of the formulas at once, within z3's rlimit."""
    context = z3.Context()
    solver = z3.SolverFor("QF_NRA", ctx=context)
    solver.set("rlimit", resource)
    names: dict[int, Any] = {}

    def leaf(s: Sign) -> Any:
        term = _term(s.polynomial, names, context)
        return {Relation.ZERO: term == 0, Relation.POSITIVE: term > 0, Relation.NOT_NEGATIVE: term >= 0}[s.relation]

    for formula in formulas:
        solver.add(mapped(formula, leaf, z3.And, z3.Or, z3.Not, lambda truth: z3.BoolVal(truth, ctx=context)))
    result = solver.check()
    spent = next((int(value) for key, value in _statistics(solver) if key == "rlimit count"), 0)
    if result == z3.unsat:
        return Answer(False, spent)
    if result != z3.sat:
        return Answer(None, spent)
    model = solver.model()
    return Answer(True, spent, {i: _number(model.eval(name, model_completion=True)) for i, name in names.items()})


def _statistics(solver: Any) -> list[tuple[str, Any]]:
    statistics = solver.statistics()
    return [(key, statistics.get_key_value(key)) for key in statistics.keys()]  # noqa: SIM118  # z3's own type, which is no dict


def _term(p: Polynomial, names: dict[int, Any], context: Any) -> Any:
    """The polynomial with whole coefficients: only its sign counts."""
    _, whole = p.clear_denoms()
    total: Any = z3.RealVal(0, ctx=context)
    for monomial, c in whole.iterterms():
        term: Any = z3.RealVal(str(c), ctx=context)
        for i, e in enumerate(monomial):
            if e:
                name = names.setdefault(i, z3.Real(f"g{i}", ctx=context))
                for _ in range(e):
                    term = term * name
        total = total + term
    return total


def _number(value: Any) -> Number:
    """Rational, or a quadratic root exactly, or a rational number near a root."""
    if z3.is_rational_value(value):
        return mpq(value.as_string())  # not by way of Python's integers, which are read up to 4300 digits
    coefficients = [mpq(str(c)) for c in value.poly()]
    near = mpq(value.approx(_DIGITS).as_string())
    if len(coefficients) == 3:
        c, b, a = coefficients
        square = (b * b - 4 * a * c) / (4 * a * a)
        middle = -b / (2 * a)
        scale = mpq(1, square.denominator)
        return Surd(middle, scale if near > middle else -scale, int(square.numerator * square.denominator))
    return near
