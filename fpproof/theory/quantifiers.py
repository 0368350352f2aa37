"""all, any, sum and vectors over ranges and vectors; exists."""

import ast
from collections.abc import Sequence
from dataclasses import replace

from fpproof.theory.context import MOST_EXPANSIONS, Expressions, Scope
from fpproof.theory.entities import DOMAINS, TypeName, Value, describe
from fpproof.theory.terms import Domain, Op, Term, Type, Variable


def bounded(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    """all, any and sum of a generator or a vector."""
    name = read.function_name(node, scope)
    argument = read.arguments(node, scope, ("values",))["values"]
    if isinstance(argument, ast.GeneratorExp):
        found = _generated(read, name, argument, argument.generators, scope)
    else:
        value = read.value(argument, scope)
        found = list(value) if isinstance(value, tuple) else [value]
        if not isinstance(value, tuple):
            raise read.error(f"expected a vector or a generator, found {describe(value)}", argument, scope)
    if name != "sum":
        where = argument.elt if isinstance(argument, ast.GeneratorExp) else argument
        terms = [read.typed(v, where, scope, Type.BOOL) for v in found]
        return _joined(read, name, terms, node, scope)
    total: Term = read.pool.constant(0, read.place(node, scope))
    for i, value in enumerate(found):
        term = read.typed(value, argument, scope, Type.NUMBER, Type.INT)
        total = term if i == 0 else read.arithmetic(Op.ADD, (total, term), node, scope)
    return total


def listed(read: Expressions, node: ast.ListComp, scope: Scope) -> Value:
    """[x for i in range(3)]: a vector, of known length."""
    if tests := [test for clause in node.generators for test in clause.ifs]:
        raise read.error("no part of the language: if in a vector", tests[0], scope)
    found = tuple(_generated(read, "vector", ast.copy_location(ast.GeneratorExp(node.elt, node.generators), node), node.generators, scope))
    read.spend(len(found), node, scope)
    return found


def _joined(read: Expressions, name: str, terms: list[Term], node: ast.AST, scope: Scope) -> Term:
    if len(terms) == 1:
        return terms[0]
    return read.make(Op.AND if name == "all" else Op.OR, *terms, node=node, scope=scope)


def _generated(read: Expressions, name: str, node: ast.GeneratorExp, clauses: Sequence[ast.comprehension], scope: Scope) -> list[Value]:
    """The values of a generator, one for each choice of its variables; a range whose bounds depend on the format stays one condition."""
    if not clauses:
        return [read.value(node.elt, scope)]
    clause, rest = clauses[0], clauses[1:]
    if clause.is_async or not isinstance(clause.target, ast.Name):
        raise read.error("expected one name after for", clause.target, scope)
    read.check_new(clause.target.id, clause.target, scope)
    items = _items(read, clause.iter, scope)
    if not isinstance(items, tuple):
        return [_symbolic_range(read, name, node, clauses, items, scope)]
    found: list[Value] = []
    for item in items:
        inner = replace(scope, locals={**scope.locals, clause.target.id: item})
        values = _generated(read, name, node, rest, inner)
        found += _filtered(read, name, clause.ifs, values, node, inner)
    return found


def _filtered(read: Expressions, name: str, ifs: Sequence[ast.expr], values: list[Value], node: ast.GeneratorExp, scope: Scope) -> list[Value]:
    """Conditions after the ranges: all(p ... if c) says that c implies p, any(p ... if c) that c and p."""
    for test in ifs:
        if name == "sum":
            raise read.error("no part of the language: if in a sum", test, scope, "write sum(x if c else 0 for ...)")
        condition = read.condition(test, scope)
        terms = [read.typed(v, node.elt, scope, Type.BOOL) for v in values]
        if name == "all":
            values = [read.implication(condition, t, test, scope) for t in terms]
        else:
            values = [read.make(Op.AND, condition, t, node=test, scope=scope) for t in terms]
    return values


def _items(read: Expressions, node: ast.expr, scope: Scope) -> tuple[Value, ...] | tuple[Term, Term] | list[Term]:
    """What a generator runs over: the items, or a list of the two bounds of a range that are not known yet."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range" and "range" not in scope.locals:
        for keyword in node.keywords:
            raise read.error("range: no argument has a name", keyword.value, scope)
        if not 1 <= len(node.args) <= 2:
            raise read.error("write range(n) or range(low, high)", node, scope)
        bounds = [read.term(a, scope, Type.INT) for a in node.args]
        low, high = bounds if len(bounds) == 2 else (read.pool.constant(0), bounds[0])
        if low.op is not Op.CONSTANT or high.op is not Op.CONSTANT:
            return [low, high]
        if high.data - low.data > MOST_EXPANSIONS:
            raise read.error(f"a range of {high.data - low.data} numbers", node, scope)
        return tuple(read.pool.constant(i) for i in range(int(low.data), int(high.data)))
    value = read.value(node, scope)
    if not isinstance(value, tuple):
        raise read.error(f"expected a range or a vector, found {describe(value)}", node, scope)
    return value


def _symbolic_range(
    read: Expressions, name: str, node: ast.GeneratorExp, clauses: Sequence[ast.comprehension], bounds: list[Term], scope: Scope
) -> Term:
    clause = clauses[0]
    assert isinstance(clause.target, ast.Name)
    if name in ("sum", "vector"):
        raise read.error(f"a {name} over a range needs constant bounds", clause.iter, scope)
    variable = read.pool.variable(read.fresh(clause.target.id), Domain.INT, place=read.place(clause.target, scope))
    inner = replace(scope, locals={**scope.locals, clause.target.id: variable})
    values = _filtered(read, name, clause.ifs, _generated(read, name, node, clauses[1:], inner), node, inner)
    body = _joined(read, name, [read.typed(v, node.elt, scope, Type.BOOL) for v in values], node, scope)
    op = Op.FORALL_RANGE if name == "all" else Op.EXISTS_RANGE
    return read.make(op, variable, *bounds, body, node=clause.iter, scope=scope)


def exists(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    given = read.arguments(node, scope, ("type", "body"), ("witness", "format"))
    domain = _quantified(read, given["type"], scope)
    body = given["body"]
    if not isinstance(body, ast.Lambda) or not body.args.args:
        raise read.error("expected a lambda: exists(Float, lambda w: ...)", body, scope)
    names = read.parameter_names(body.args, body, scope)
    if "witness" in given and len(names) > 1:
        raise read.error("a witness is for one variable", given["witness"], scope, "write an exists in an exists")
    witness = [_witness(read, given["witness"], domain, scope)] if "witness" in given else []
    F = [read.format(given.get("format"), scope)] if domain in (Domain.FLOAT, Domain.DATUM) else []
    bound, inner = [], scope
    for name in names:
        read.check_new(name, body, inner)
        bound.append(read.pool.make(Op.VARIABLE, *F, data=Variable(read.fresh(name), domain), place=read.place(body, scope)))
        inner = replace(inner, locals={**inner.locals, name: bound[-1]})
    found = read.condition(body.body, inner)
    for variable in reversed(bound):
        found = read.make(Op.EXISTS, variable, found, *witness, node=node, scope=scope)
    return found


def _quantified(read: Expressions, node: ast.expr, scope: Scope) -> Domain:
    if isinstance(node, ast.Name):
        entity = read.entity(node, scope)
        if isinstance(entity, TypeName) and DOMAINS.get(entity.name) in (Domain.FLOAT, Domain.DATUM, Domain.REAL, Domain.INT, Domain.BOOL):
            return DOMAINS[entity.name]
    raise read.error("expected a type: Float, Datum, Real, Int or Bool", node, scope)


def _witness(read: Expressions, node: ast.expr, domain: Domain, scope: Scope) -> Term:
    types = {Domain.BOOL: (Type.BOOL,), Domain.INT: (Type.INT,)}.get(domain, (Type.NUMBER, Type.INT))
    return read.term(node, scope, *types)
