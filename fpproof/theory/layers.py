"""Networks: layers with their weights, activations, certificates, value and gradient."""

import ast

from fpproof.activations import ActivationError, activation
from fpproof.errors import FpproofError, TheoryError
from fpproof.networks import parse_semantics
from fpproof.theory.certified import CertificateFile, certificate_file
from fpproof.theory.context import Expressions, Scope
from fpproof.theory.entities import LayerValue, Value, describe
from fpproof.theory.terms import LayerShape, NetworkShape, Op, Term, Type


def layer(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    """relu(W, bias=b), affine(W), or layer(W, bias=b, activation="gelu")."""
    name = read.function_name(node, scope)
    given = read.arguments(node, scope, ("weights",), ("bias", "activation") if name == "layer" else ("bias",))
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
    activation = "relu" if name == "relu" else None
    if "activation" in given:
        activation = _activation(read, given["activation"], scope)
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


def _activation(read: Expressions, node: ast.expr, scope: Scope) -> str:
    """The name of an activation, as the registry has it."""
    try:
        return activation(read.text(node, scope)).name
    except ActivationError as error:
        raise read.error(error.message, node, scope, error.hint) from None


def activated(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    """activation("gelu", x) and derivative("gelu", x): a value of the format, of one."""
    given = read.arguments(node, scope, ("name", "x"), ("format",))
    F = read.format(given.get("format"), scope)
    x = read.rounded_operand(read.number(given["x"], scope), scope)
    argument = read.make(Op.WEIGHT, x, F, data="argument", node=given["x"], scope=scope)
    kind = "value" if read.function_name(node, scope) == "activation" else "derivative"
    return read.make(Op.ACTIVATION, argument, F, data=(_activation(read, given["name"], scope), kind), node=node, scope=scope)


def layers(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    """Layers one after the other; a network among them stands for its own."""
    F, semantics = read.ambient(), NetworkShape(()).semantics
    for i, keyword in enumerate(node.keywords):
        if keyword.arg in [k.arg for k in node.keywords[:i]]:
            raise read.error(f"layers: {keyword.arg} is given twice", keyword.value, scope)
        if keyword.arg == "format":
            F = read.format(keyword.value, scope)
        elif keyword.arg == "semantics":
            semantics = _semantics(read, keyword.value, scope)
        else:
            raise read.error("layers has no other named arguments than format and semantics", keyword.value, scope)
    values = [(read.value(a, scope), a) for a in node.args]
    if not values:
        raise read.error("expected at least one layer", node, scope)
    shapes: list[LayerShape] = []
    weights: list[Term] = []
    for value, where in values:
        found, numbers = _part(read, value, F, semantics, where, scope)
        if shapes and found[0].inputs != shapes[-1].neurons:
            raise read.error(f"expected rows of {shapes[-1].neurons}, the neurons of the layer before, found {found[0].inputs}", where, scope)
        shapes += found
        weights += numbers
    return read.make(Op.NETWORK, F, *weights, data=NetworkShape(tuple(shapes), semantics), node=node, scope=scope)


def _part(read: Expressions, value: Value, F: Term, semantics: str, where: ast.AST, scope: Scope) -> tuple[list[LayerShape], list[Term]]:
    """The layers and the weights of an argument of layers(...)."""
    if isinstance(value, LayerValue):
        return [value.shape], [read.make(Op.WEIGHT, term, F, data="weight", node=n, scope=scope) for term, n in value.numbers]
    if isinstance(value, Term) and value.op is Op.NETWORK:
        if value.args[0] is not F or value.data.semantics != semantics:
            raise read.error("a network in another has its format and its semantics", where, scope)
        return list(value.data.layers), list(value.args[1:])
    raise read.error(f"expected a layer, relu(...) or affine(...), or a network of layers, found {describe(value)}", where, scope)


def _semantics(read: Expressions, node: ast.expr, scope: Scope) -> str:
    try:
        return str(parse_semantics(read.text(node, scope)))
    except FpproofError as error:
        if isinstance(error, TheoryError):
            raise
        raise read.error(error.message, node, scope, error.hint) from None


def _file(read: Expressions, node: ast.Call, scope: Scope) -> CertificateFile:
    argument = read.arguments(node, scope, ("file",))["file"]
    module = scope.module
    file = certificate_file(read.text(argument, scope), module.path, module.root, read.place(argument, scope))
    assert module.path is not None, "it lies beside the certificate"
    written = module.path.parent / file.name
    module.beside += dict.fromkeys((written.resolve(), written))
    return file


def network_file(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    """The network of a certificate, with the meaning of its numbers."""
    file = _file(read, node, scope)
    return read.make(Op.NETWORK_FILE, read.pool.format(file.format), data=file, node=node, scope=scope)


def certified(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    """Whether all that a certificate claims is so."""
    return read.make(Op.CERTIFIED, data=_file(read, node, scope), node=node, scope=scope)


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
