"""Networks: layers with their weights, value and gradient."""

import ast

from fpproof.theory.context import Expressions, Scope
from fpproof.theory.entities import LayerValue, Value, describe
from fpproof.theory.terms import LayerShape, NetworkShape, Op, Term, Type


def layer(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    given = read.arguments(node, scope, ("weights",), ("bias",))
    rows = read.value(given["weights"], scope)
    if not isinstance(rows, tuple) or not rows or not all(isinstance(row, tuple) and row for row in rows):
        raise read.error("expected a matrix of weights: [[1, 2], [3, 4]], a row for each neuron", given["weights"], scope)
    widths = {len(row) for row in rows if isinstance(row, tuple)}
    if len(widths) != 1:
        raise read.error(f"expected rows of one length, found {', '.join(map(str, sorted(widths)))}", given["weights"], scope)
    biases = _biases(read, given.get("bias"), len(rows), scope)
    numbers: list[tuple[Term, ast.AST]] = []
    for i, row in enumerate(rows):
        assert isinstance(row, tuple)
        for j, weight in enumerate(row):
            where = _entry(given["weights"], i, j)
            numbers.append((read.typed(weight, where, scope, Type.NUMBER, Type.INT), where))
        bias = biases[i]
        if bias is not None:
            numbers.append(bias)
    activation = "relu" if read.function_name(node, scope) == "relu" else None
    return LayerValue(LayerShape(widths.pop(), tuple(b is not None for b in biases), activation), tuple(numbers))


def _biases(read: Expressions, node: ast.expr | None, neurons: int, scope: Scope) -> list[tuple[Term, ast.AST] | None]:
    """A bias or None for each neuron; None in their list is no bias."""
    if node is None:
        return [None] * neurons
    found: list[tuple[Term, ast.AST] | None]
    if isinstance(node, ast.List | ast.Tuple):
        found = [None if isinstance(n, ast.Constant) and n.value is None else (read.term(n, scope, Type.NUMBER, Type.INT), n) for n in node.elts]
    else:
        value = read.value(node, scope)
        found = [(read.typed(v, node, scope, Type.NUMBER, Type.INT), node) for v in (value if isinstance(value, tuple) else (value,))]
    if len(found) != neurons:
        raise read.error(f"expected {neurons} biases, one for each row of weights, found {len(found)}", node, scope)
    return found


def layers(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    F = read.ambient()
    for keyword in node.keywords:
        if keyword.arg != "format":
            raise read.error("layers has no other named argument than format", keyword.value, scope)
        F = read.format(keyword.value, scope)
    values = [(read.value(a, scope), a) for a in node.args]
    if not values:
        raise read.error("expected at least one layer", node, scope)
    shapes: list[LayerShape] = []
    weights: list[Term] = []
    for value, where in values:
        if not isinstance(value, LayerValue):
            raise read.error(f"expected a layer, relu(...) or affine(...), found {describe(value)}", where, scope)
        if shapes and value.shape.inputs != shapes[-1].neurons:
            raise read.error(f"expected rows of {shapes[-1].neurons}, the neurons of the layer before, found {value.shape.inputs}", where, scope)
        shapes.append(value.shape)
        weights += [read.make(Op.WEIGHT, term, F, data="weight", node=n, scope=scope) for term, n in value.numbers]
    return read.make(Op.NETWORK, F, *weights, data=NetworkShape(tuple(shapes)), node=node, scope=scope)


def evaluation(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    """value(f, x) and gradient(f, x, upstream): a number for one output or input, else a vector."""
    name = read.function_name(node, scope)
    given = read.arguments(node, scope, ("f", "x") if name == "value" else ("f", "x", "upstream"))
    f = read.term(given["f"], scope, Type.NETWORK)
    shape = f.data
    data = _data(read, given["x"], shape.inputs, "input", f.args[0], scope)
    if name == "gradient":
        data += _data(read, given["upstream"], shape.outputs, "upstream", f.args[0], scope)
    vector = read.make(Op.VALUE if name == "value" else Op.GRADIENT, f, *data, node=node, scope=scope)
    length = shape.outputs if name == "value" else shape.inputs
    components = tuple(read.make(Op.COMPONENT, vector, data=i, node=node, scope=scope) for i in range(length))
    return components[0] if length == 1 else components


def _data(read: Expressions, node: ast.expr, length: int, what: str, F: Term, scope: Scope) -> list[Term]:
    value = read.value(node, scope)
    values = value if isinstance(value, tuple) else (value,)
    if len(values) != length:
        raise read.error(f"expected {length} {what}{'s' * (length > 1)}, found {describe(value)}", node, scope)
    terms = [read.typed(v, node, scope, Type.NUMBER, Type.INT) for v in values]
    return [read.make(Op.WEIGHT, t, F, data=what, node=node, scope=scope) for t in terms]


def _entry(node: ast.expr, i: int, j: int) -> ast.AST:
    """The node of an entry of a matrix, where it is written out."""
    for index in (i, j):
        if not isinstance(node, ast.List | ast.Tuple) or len(node.elts) <= index:
            return node
        node = node.elts[index]
    return node
