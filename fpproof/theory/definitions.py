"""Calls of @define and @network: the body with the arguments' values put in; lines that give names."""

import ast
from dataclasses import replace
from typing import Any

from fpproof.theory.annotations import Annotation, annotation
from fpproof.theory.context import Expressions, Scope
from fpproof.theory.entities import Definition, LayerValue, Value, describe
from fpproof.theory.refusals import statement_name, without_docstring
from fpproof.theory.terms import Domain, Term, Type

_ACCEPTED = {
    Domain.FLOAT: (Type.NUMBER, Type.INT),
    Domain.DATUM: (Type.NUMBER, Type.INT),
    Domain.REAL: (Type.NUMBER, Type.INT),
    Domain.INT: (Type.INT,),
    Domain.BOOL: (Type.BOOL,),
    Domain.FORMAT: (Type.FORMAT,),
    Domain.MODE: (Type.MODE,),
    Domain.NETWORK: (Type.NETWORK,),
}
"""Types of arguments by the parameter's annotation: Float, Datum and Real all take any number."""


def expand(read: Expressions, definition: Definition, node: ast.Call, scope: Scope) -> Value:
    """A call of a @define or a @network: its body with the arguments put in."""
    names = [a.arg for a in definition.node.args.args]
    given = read.arguments(node, scope, names)
    module = Scope(definition.module, {})
    values = {}
    for parameter in definition.node.args.args:
        argument = given[parameter.arg]
        value = read.value(argument, scope)
        expected = annotated(read, parameter, module)
        check_argument(read, value, expected, argument, scope)
        values[parameter.arg] = _met(read, value, scope)
    with read.entering(definition, definition.node.name, node, scope):
        found: Value = read.remembered((definition, *map(_identity, values.values())), lambda: body(read, definition, values))
        return found


def _met(read: Expressions, value: Value, scope: Scope) -> Value:
    """An argument inside `rounded`: its constants and integers, those of a vector too, are rounded where the call meets them."""
    if isinstance(value, tuple):
        return tuple(_met(read, component, scope) for component in value)
    return read.rounded_operand(value, scope) if isinstance(value, Term) and value.type in (Type.NUMBER, Type.INT) else value


def annotated(read: Expressions, parameter: ast.arg, scope: Scope) -> Annotation:
    found: Annotation = read.remembered((parameter,), lambda: annotation(read, parameter, scope))
    return found


def check_argument(read: Expressions, value: Value, expected: Annotation, node: ast.AST, scope: Scope) -> None:
    if expected.lengths:
        length, *inner = expected.lengths
        if not isinstance(value, tuple) or len(value) != length:
            raise read.error(f"expected a vector of {length}, found {describe(value)}", node, scope)
        read.spend(length, node, scope)
        for component in value:
            check_argument(read, component, replace(expected, lengths=tuple(inner)), node, scope)
        return
    read.typed(value, node, scope, *_ACCEPTED[expected.domain])


def body(read: Expressions, definition: Definition, values: dict[str, Value]) -> Value:
    """The value that a @define or a @network returns for given arguments."""
    scope = Scope(definition.module, dict(values))
    *lines, last = without_docstring(definition.node.body) or [definition.node]
    for line in lines:
        assign(read, line, scope)
    if not isinstance(last, ast.Return) or last.value is None:
        raise read.error(f"{definition.node.name} ends with: return ...", last, scope)
    value = read.value(last.value, scope)
    is_network = isinstance(value, Term) and value.type is Type.NETWORK
    if is_network != (definition.decorator == "network") or isinstance(value, LayerValue):
        expected = "a network: return layers(...)" if definition.decorator == "network" else "a number, a condition or a vector"
        raise read.error(f"expected {expected}, found {describe(value)}", last.value, scope)
    return value


def assign(read: Expressions, line: ast.stmt, scope: Scope) -> None:
    """A line NAME = EXPRESSION, or NAME, NAME = VECTOR."""
    if not isinstance(line, ast.Assign) or len(line.targets) != 1:
        raise read.error(f"no part of the language: {statement_name(line)}", line, scope)
    target = line.targets[0]
    value = read.value(line.value, scope)
    if isinstance(value, LayerValue):
        raise read.error("a layer stands in layers(...) only", line.value, scope)
    targets = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    if isinstance(target, ast.Tuple | ast.List) and (not isinstance(value, tuple) or len(value) != len(targets)):
        raise read.error(f"expected a vector of {len(targets)}, found {describe(value)}", line.value, scope)
    values = value if isinstance(target, ast.Tuple | ast.List) and isinstance(value, tuple) else (value,)
    for name, part in zip(targets, values, strict=True):
        if not isinstance(name, ast.Name):
            raise read.error("only names are assigned to", name, scope)
        read.check_new(name.id, name, scope)
        scope.locals[name.id] = part


def _identity(value: Value) -> Any:
    return tuple(map(_identity, value)) if isinstance(value, tuple) else value
