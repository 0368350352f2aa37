"""The functions of numbers and conditions: rounding, formats, min and max, predicates."""

import ast
from collections.abc import Sequence
from dataclasses import replace

from fpproof.theory.context import LARGEST_EXPONENT, Expressions, Scope
from fpproof.theory.entities import Value, describe
from fpproof.theory.operators import componentwise
from fpproof.theory.terms import Op, Term, Type

OF_FORMAT = {"ulp": Op.ULP, "exponent": Op.EXPONENT, "significand": Op.SIGNIFICAND, "succ": Op.SUCC, "pred": Op.PRED, "is_float": Op.IS_FLOAT}


def fl(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    given = read.arguments(node, scope, ("x",), ("format", "to"))
    x = read.number(given["x"], replace(scope, rounding=None))
    return read.make(Op.ROUND, x, *read.rounding(given, scope), node=node, scope=scope)


def rounded(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    given = read.arguments(node, scope, ("x",), ("format", "to"))
    inside = replace(scope, rounding=read.rounding(given, scope))
    value = read.value(given["x"], inside)
    if isinstance(value, Term) and value.type in (Type.NUMBER, Type.INT):
        return read.rounded_operand(value, inside)
    if isinstance(value, Term) and value.type is Type.BOOL:
        return value
    raise read.error(f"expected a number or a condition, found {describe(value)}", given["x"], scope)


def of_format(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    given = read.arguments(node, scope, ("x",), ("format",))
    assert isinstance(node.func, ast.Name)
    name = read.function_name(node, scope)
    x = read.rounded_operand(read.number(given["x"], scope), scope)
    return read.make(OF_FORMAT[name], x, read.format(given.get("format"), scope), node=node, scope=scope)


def transcendental(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    x = read.rounded_operand(read.number(read.arguments(node, scope, ("x",))["x"], scope), scope)
    term = read.make(Op.FUNCTION, x, data=read.function_name(node, scope), node=node, scope=scope)
    return term if scope.rounding is None else read.rounded_result(term, node, scope)


def sqrt(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    x = read.rounded_operand(read.number(read.arguments(node, scope, ("x",))["x"], scope), scope)
    term = read.make(Op.SQRT, x, node=node, scope=scope)
    return term if scope.rounding is None else read.rounded_result(term, node, scope)


def absolute(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    x = read.number(read.arguments(node, scope, ("x",))["x"], scope)
    return read.arithmetic(Op.ABSOLUTE, [x], node, scope, exact=True)


def extremum(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    op = Op.MINIMUM if read.function_name(node, scope) == "min" else Op.MAXIMUM
    for keyword in node.keywords:
        raise read.error(f"{op.value}: no argument has a name", keyword.value, scope)
    values: Sequence[Value] = [read.value(a, scope) for a in node.args]
    if len(values) == 1 and isinstance(values[0], tuple):
        values = values[0]
    if len(values) < 2:
        raise read.error("expected two numbers or more, or a vector of them", node, scope)
    terms = [read.typed(v, node, scope, Type.NUMBER, Type.INT) for v in values]
    found = terms[0]
    for term in terms[1:]:
        found = read.arithmetic(op, (found, term), node, scope, exact=True)
    return found


def pow2(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    argument = read.arguments(node, scope, ("n",))["n"]
    n = read.term(argument, scope, Type.INT)
    if n.op is Op.CONSTANT and abs(n.data) > LARGEST_EXPONENT:
        raise read.error(f"a huge power: exponents go up to {LARGEST_EXPONENT}", argument, scope)
    return read.make(Op.POW2, n, node=node, scope=scope)


def predicate(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    x = read.number(read.arguments(node, scope, ("x",))["x"], scope)
    if read.function_name(node, scope) == "finite":
        return read.make(Op.FINITE, x, node=node, scope=scope)
    return read.make(Op.NOT, read.make(Op.EQUAL, x, x, node=node, scope=scope), node=node, scope=scope)


def same(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    given = read.arguments(node, scope, ("x", "y"))
    x = read.value(given["x"], scope)
    if isinstance(x, tuple):
        return componentwise(read, Op.SAME, x, read.value(given["y"], scope), node, scope)
    terms = read.typed(x, given["x"], scope, Type.NUMBER, Type.INT), read.number(given["y"], scope)
    return read.arithmetic(Op.SAME, terms, node, scope, exact=True)


def implies(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    given = read.arguments(node, scope, ("condition", "conclusion"))
    condition, conclusion = read.condition(given["condition"], scope), read.condition(given["conclusion"], scope)
    return read.implication(condition, conclusion, node, scope)


def exact_text(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    argument = read.arguments(node, scope, ("number",))["number"]
    return read.exact(read.text(argument, scope), argument, scope)


def named_format(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    argument = read.arguments(node, scope, ("name",))["name"]
    return read.pool.format(read.parsed_format(read.text(argument, scope), argument, scope), read.place(node, scope))


def length(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    argument = read.arguments(node, scope, ("x",))["x"]
    value = read.value(argument, scope)
    if not isinstance(value, tuple):
        raise read.error(f"expected a vector, found {describe(value)}", argument, scope)
    return read.pool.constant(len(value), read.place(node, scope))
