"""From syntax to terms: which construct is read by what."""

import ast

from fpproof.theory import functions, layers, limits, operators, quantifiers, trajectories
from fpproof.theory.context import Allowance, Expressions, Reader, Scope
from fpproof.theory.definitions import expand
from fpproof.theory.entities import STATEMENTS, Builtin, Definition, Value, describe
from fpproof.theory.functions import transcendental
from fpproof.theory.transcendental import REAL_FUNCTIONS


def reader(allowance: Allowance) -> Expressions:
    """A reader of the expressions of one statement."""
    return Expressions(allowance, READERS)


def call(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    if not isinstance(node.func, ast.Name):
        raise read.error("no part of the language: a call of something other than a name", node, scope)
    if node.func.id in scope.locals:
        raise read.error(f"{node.func.id} is {describe(scope.locals[node.func.id])}, not a function", node, scope)
    entity = read.entity(node.func, scope)
    match entity:
        case Builtin(name=name) if name in FUNCTIONS:
            return FUNCTIONS[name](read, node, scope)
        case Builtin(name=name) if name in REAL_FUNCTIONS:
            return transcendental(read, node, scope)
        case Builtin(name=name):
            what = "a statement of lemmas" if name in STATEMENTS else "no function of numbers"
            raise read.error(f"{name} is {what}", node, scope)
        case Definition() if entity.decorator != "lemma":
            return expand(read, entity, node, scope)
        case Definition():
            raise read.error(f"{entity.node.name} is a lemma", node, scope, "a lemma rests on another by uses(name)")
    raise read.error(f"{node.func.id} is {describe(entity)}, not a function", node, scope)


def derivative(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    """derivative("gelu", x) is an activation's, derivative(e, x) that of an expression."""
    named = any(k.arg in ("name", "format") for k in node.keywords)
    text = bool(node.args) and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    return layers.activated(read, node, scope) if named or text else functions.derivative(read, node, scope)


READERS: dict[type[ast.AST], Reader] = {
    ast.Constant: operators.literal,
    ast.Name: operators.name,
    ast.UnaryOp: operators.unary,
    ast.BinOp: operators.binary,
    ast.BoolOp: operators.boolean,
    ast.Compare: operators.comparison,
    ast.IfExp: operators.conditional,
    ast.List: operators.vector,
    ast.Tuple: operators.vector,
    ast.ListComp: quantifiers.listed,
    ast.Subscript: operators.subscript,
    ast.Attribute: operators.attribute,
    ast.Call: call,
}

FUNCTIONS: dict[str, Reader] = {
    "fl": functions.fl,
    "rounded": functions.rounded,
    **dict.fromkeys(functions.OF_FORMAT, functions.of_format),
    "sqrt": functions.sqrt,
    "abs": functions.absolute,
    "min": functions.extremum,
    "max": functions.extremum,
    "pow2": functions.pow2,
    "finite": functions.predicate,
    "is_nan": functions.predicate,
    "same": functions.same,
    "implies": functions.implies,
    "exact": functions.exact_text,
    "format": functions.named_format,
    "len": functions.length,
    "all": quantifiers.bounded,
    "any": quantifiers.bounded,
    "sum": quantifiers.bounded,
    "exists": quantifiers.exists,
    "relu": layers.layer,
    "affine": layers.layer,
    "layer": layers.layer,
    "activation": layers.activated,
    "derivative": derivative,
    "limit": limits.limit,
    "network_file": layers.network_file,
    "certified": layers.certified,
    "layers": layers.layers,
    "value": layers.evaluation,
    "gradient": layers.evaluation,
    "flow": trajectories.flow,
    "descent": trajectories.descent,
}
