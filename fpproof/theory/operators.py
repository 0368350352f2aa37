"""Literals, names, operators, comparisons, vectors and fields of formats: from syntax to terms."""

import ast

from fpproof.formats import Format, Mode
from fpproof.theory import refusals
from fpproof.theory.context import LARGEST_EXPONENT, Expressions, Scope
from fpproof.theory.entities import LANGUAGE, Ambient, Assigned, Builtin, Constant, Definition, Entity, Value, describe, nearest
from fpproof.theory.evaluate import FIELDS
from fpproof.theory.numbers import is_zero
from fpproof.theory.terms import Op, Term, Type

_ARITHMETIC: dict[type[ast.operator], tuple[Op, str]] = {
    ast.Add: (Op.ADD, "+"),
    ast.Sub: (Op.SUBTRACT, "-"),
    ast.Mult: (Op.MULTIPLY, "*"),
    ast.Div: (Op.DIVIDE, "/"),
    ast.FloorDiv: (Op.FLOOR_DIVIDE, "//"),
    ast.Mod: (Op.REMAINDER, "%"),
    ast.Pow: (Op.POWER, "**"),
}
_COMPARISONS: dict[type[ast.cmpop], tuple[Op, bool]] = {
    ast.Lt: (Op.LESS, False),
    ast.LtE: (Op.LESS_EQUAL, False),
    ast.Gt: (Op.LESS, True),
    ast.GtE: (Op.LESS_EQUAL, True),
}
"""Operation, and whether the sides change places."""


def literal(read: Expressions, node: ast.Constant, scope: Scope) -> Value:
    value, place = node.value, read.place(node, scope)
    if isinstance(value, bool):
        return read.pool.truth(value, place)
    if isinstance(value, int):
        return read.pool.constant(value, place)
    if isinstance(value, float):
        return read.exact(scope.module.source.segment(node).replace("_", ""), node, scope)
    what = "None" if value is None else {str: "a text", bytes: "bytes", complex: "a complex number"}.get(type(value), "this constant")
    hint = f"names stand without quotes: {value}" if isinstance(value, str) and value in LANGUAGE else None
    raise read.error(f"expected a number or a condition, found {what}", node, scope, hint)


def name(read: Expressions, node: ast.Name, scope: Scope) -> Value:
    if node.id in scope.locals:
        return scope.locals[node.id]
    entity = read.entity(node, scope)
    match entity:
        case Ambient():
            return read.ambient()
        case Constant(value=Format() as F):
            return read.pool.format(F, read.place(node, scope))
        case Constant(value=Mode() as mode):
            return read.pool.mode(mode, read.place(node, scope))
        case Constant(value=special):
            return read.pool.constant(special, read.place(node, scope))
        case Assigned():
            return _assigned(read, entity, node, scope)
    raise read.error(f"expected a value, found {describe(entity)}", node, scope, "call it, with its arguments" if callable_entity(entity) else None)


def _assigned(read: Expressions, constant: Assigned, node: ast.AST, scope: Scope) -> Value:
    with read.entering(constant, constant.name, node, scope):
        found: Value = read.remembered((constant,), lambda: read.value(constant.node, Scope(constant.module, {})))
        return found


def unary(read: Expressions, node: ast.UnaryOp, scope: Scope) -> Value:
    if isinstance(node.op, ast.Not):
        return read.make(Op.NOT, read.condition(node.operand, scope), node=node, scope=scope)
    if isinstance(node.op, ast.Invert):
        raise read.error("no part of the language: the operator ~", node, scope, "write not")
    operand = read.number(node.operand, scope)
    if isinstance(node.op, ast.UAdd):
        return operand
    return read.make(Op.NEGATE, read.rounded_operand(operand, scope) if operand.type is not Type.INT else operand, node=node, scope=scope)


def binary(read: Expressions, node: ast.BinOp, scope: Scope) -> Value:
    if type(node.op) not in _ARITHMETIC:
        raise read.error(f"no part of the language: the operator {refusals.SIGNS.get(type(node.op), type(node.op).__name__)}", node, scope)
    op, sign = _ARITHMETIC[type(node.op)]
    x, y = read.value(node.left, scope), read.value(node.right, scope)
    if isinstance(x, tuple) or isinstance(y, tuple):
        raise read.error(f"{sign} of vectors is no part of the language", node, scope, "write the components out")
    left = read.typed(x, node.left, scope, Type.NUMBER, Type.INT)
    right = read.typed(y, node.right, scope, Type.NUMBER, Type.INT)
    if op in (Op.DIVIDE, Op.FLOOR_DIVIDE, Op.REMAINDER) and _is_zero(right):
        raise read.error("a division by zero", node.right, scope)
    if op in (Op.FLOOR_DIVIDE, Op.REMAINDER):
        read.typed(left, node.left, scope, Type.INT)
        read.typed(right, node.right, scope, Type.INT)
    if op is Op.POWER:
        return _power(read, left, right, node, scope)
    return read.arithmetic(op, (left, right), node, scope)


def _is_zero(x: Term) -> bool:
    """Whether a zero is written there: 0, 0.0, -0.0."""
    if x.op is Op.NEGATE:
        return _is_zero(x.args[0])
    return x.op is Op.CONSTANT and is_zero(x.data)


def _power(read: Expressions, x: Term, n: Term, node: ast.BinOp, scope: Scope) -> Term:
    read.typed(n, node.right, scope, Type.INT)
    if n.op is Op.CONSTANT and abs(n.data) > LARGEST_EXPONENT:
        raise read.error(f"a huge power: exponents go up to {LARGEST_EXPONENT}", node.right, scope)
    exact = read.make(Op.POWER, x, n, node=node, scope=scope)
    if scope.rounding is None or exact.type is Type.INT:
        return exact
    return read.rounded_result(read.make(Op.POWER, read.rounded_operand(x, scope), n, node=node, scope=scope), node, scope)


def boolean(read: Expressions, node: ast.BoolOp, scope: Scope) -> Value:
    op = Op.AND if isinstance(node.op, ast.And) else Op.OR
    return read.make(op, *(read.condition(v, scope) for v in node.values), node=node, scope=scope)


def comparison(read: Expressions, node: ast.Compare, scope: Scope) -> Value:
    nodes = [node.left, *node.comparators]
    values = [read.value(n, scope) for n in nodes]
    links = [_compared(read, operator, (values[i], nodes[i]), (values[i + 1], nodes[i + 1]), node, scope) for i, operator in enumerate(node.ops)]
    return links[0] if len(links) == 1 else read.make(Op.AND, *links, node=node, scope=scope)


def _compared(
    read: Expressions, operator: ast.cmpop, left: tuple[Value, ast.expr], right: tuple[Value, ast.expr], node: ast.AST, scope: Scope
) -> Term:
    (x, x_node), (y, y_node) = left, right
    if isinstance(operator, ast.Is | ast.IsNot | ast.In | ast.NotIn):
        raise read.error("no part of the language: is and in", node, scope, "numbers compare with ==, bits with same(x, y)")
    if isinstance(operator, ast.NotEq):
        return read.make(Op.NOT, _equal(read, left, right, node, scope), node=node, scope=scope)
    if isinstance(operator, ast.Eq):
        return _equal(read, left, right, node, scope)
    op, swapped = _COMPARISONS[type(operator)]
    terms = [read.typed(x, x_node, scope, Type.NUMBER, Type.INT), read.typed(y, y_node, scope, Type.NUMBER, Type.INT)]
    return read.arithmetic(op, terms[::-1] if swapped else terms, node, scope, exact=True)


def _equal(read: Expressions, left: tuple[Value, ast.expr], right: tuple[Value, ast.expr], node: ast.AST, scope: Scope) -> Term:
    (x, x_node), (y, y_node) = left, right
    if isinstance(x, tuple):
        return componentwise(read, Op.EQUAL, x, y, node, scope)
    if isinstance(x, Term) and x.type in (Type.BOOL, Type.MODE):
        return read.make(Op.IFF, x, read.typed(y, y_node, scope, x.type), node=node, scope=scope)
    terms = read.typed(x, x_node, scope, Type.NUMBER, Type.INT), read.typed(y, y_node, scope, Type.NUMBER, Type.INT)
    return read.arithmetic(Op.EQUAL, terms, node, scope, exact=True)


def componentwise(read: Expressions, op: Op, x: tuple[Value, ...], y: Value, node: ast.AST, scope: Scope) -> Term:
    """Vectors are equal, or the same, where all their components are."""
    if not isinstance(y, tuple) or len(y) != len(x):
        raise read.error(f"expected a vector of {len(x)}, found {describe(y)}", node, scope)
    read.spend(len(x), node, scope)
    links: list[Term] = []
    for a, b in zip(x, y, strict=True):
        if isinstance(a, tuple):
            links.append(componentwise(read, op, a, b, node, scope))
        else:
            terms = read.typed(a, node, scope, Type.NUMBER, Type.INT), read.typed(b, node, scope, Type.NUMBER, Type.INT)
            links.append(read.arithmetic(op, terms, node, scope, exact=True))
    return read.make(Op.AND, *links, node=node, scope=scope)


def conditional(read: Expressions, node: ast.IfExp, scope: Scope) -> Value:
    condition = read.condition(node.test, scope)
    return _chosen(read, condition, read.value(node.body, scope), read.value(node.orelse, scope), node, scope)


def _chosen(read: Expressions, condition: Term, x: Value, y: Value, node: ast.IfExp, scope: Scope) -> Value:
    if isinstance(x, tuple) and isinstance(y, tuple) and len(x) == len(y):
        read.spend(len(x), node, scope)
        return tuple(_chosen(read, condition, a, b, node, scope) for a, b in zip(x, y, strict=True))
    numbers = (Type.NUMBER, Type.INT)
    if not (isinstance(x, Term) and isinstance(y, Term)) or not ((x.type in numbers and y.type in numbers) or x.type is y.type is Type.BOOL):
        raise read.error(f"expected two numbers, two conditions or two vectors of one length, found {describe(x)} and {describe(y)}", node, scope)
    if x.type is not Type.BOOL and not (x.type is y.type is Type.INT):
        x, y = read.rounded_operand(x, scope), read.rounded_operand(y, scope)
    return read.make(Op.IF, condition, x, y, node=node, scope=scope)


def vector(read: Expressions, node: ast.List | ast.Tuple, scope: Scope) -> Value:
    found = tuple(read.value(n, scope) for n in node.elts)
    read.spend(_size(found), node, scope)
    return found


def _size(value: Value) -> int:
    """Components of a vector, and of those that are vectors."""
    return 1 + sum(map(_size, value)) if isinstance(value, tuple) else 1


def subscript(read: Expressions, node: ast.Subscript, scope: Scope) -> Value:
    value = read.value(node.value, scope)
    if not isinstance(value, tuple):
        raise read.error(f"only vectors have components, found {describe(value)}", node, scope)
    index = read.term(node.slice, scope, Type.INT)
    if index.op is not Op.CONSTANT:
        raise read.error("an index is a constant", node.slice, scope)
    if not 0 <= index.data < len(value):
        raise read.error(f"index {index.data} of a vector with components 0 to {len(value) - 1}", node.slice, scope)
    return value[int(index.data)]


def attribute(read: Expressions, node: ast.Attribute, scope: Scope) -> Value:
    fields = ", ".join(FIELDS)
    if isinstance(node.value, ast.Name):
        value = read.value(node.value, scope)
        if isinstance(value, Term) and value.type is Type.FORMAT:
            if node.attr in FIELDS:
                return read.make(Op.FIELD, value, data=node.attr, node=node, scope=scope)
            raise read.error(f"a format has {fields}, found .{node.attr[:40]}", node, scope, nearest(node.attr, FIELDS))
    raise read.error(f"no part of the language: an attribute other than a format's {fields}", node, scope)


def callable_entity(entity: Entity) -> bool:
    return isinstance(entity, Builtin) or (isinstance(entity, Definition) and entity.decorator != "lemma")
