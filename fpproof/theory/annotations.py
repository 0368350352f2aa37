"""The types that parameters are given."""

import ast
from dataclasses import dataclass, replace
from math import prod

from fpproof.theory.context import Expressions, Scope
from fpproof.theory.entities import DOMAINS, TypeName, nearest
from fpproof.theory.statement import AMBIENT
from fpproof.theory.terms import Domain

LONGEST_VECTOR = 1000


@dataclass(frozen=True, slots=True)
class Annotation:
    """The type of a parameter; `lengths` are those of a vector, from the outside, of a vector of vectors several."""

    domain: Domain
    lengths: tuple[int, ...] = ()
    format: str = AMBIENT


def annotation(expressions: Expressions, parameter: ast.arg, scope: Scope) -> Annotation:
    """The type that a parameter is given: Float, Vector[Float, Literal[3]], Annotated[Float, "G"] ..."""
    if parameter.annotation is None:
        raise expressions.error(f"the parameter {parameter.arg} has no type", parameter, scope, f"write {parameter.arg}: Float")
    found = _annotation(expressions, parameter.annotation, scope)
    if found.lengths and found.domain in (Domain.FORMAT, Domain.MODE, Domain.NETWORK):
        raise expressions.error("vectors have numbers or conditions as components", parameter.annotation, scope)
    return found


def check_result(expressions: Expressions, node: ast.FunctionDef, scope: Scope) -> None:
    """What stands after the arrow, if anything does: None, or a type. It is for type checkers, and says nothing here."""
    returns = node.returns
    if returns is not None and not (isinstance(returns, ast.Constant) and returns.value is None):
        _annotation(expressions, returns, scope)
    if parameters := getattr(node, "type_params", []):
        raise expressions.error("no part of the language: type parameters", parameters[0], scope)


def _annotation(expressions: Expressions, node: ast.expr, scope: Scope) -> Annotation:
    if isinstance(node, ast.Name):
        entity = expressions.entity(node, scope)
        if isinstance(entity, TypeName) and entity.name in DOMAINS:
            return Annotation(DOMAINS[entity.name])
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
        entity, (inner, detail) = expressions.entity(node.value, scope), node.slice.elts
        if entity == TypeName("Vector"):
            element = _annotation(expressions, inner, scope)
            lengths = (_length_of(expressions, detail, scope), *element.lengths)
            if prod(lengths) > LONGEST_VECTOR:
                raise expressions.error(f"a vector of {prod(lengths)} numbers, at most {LONGEST_VECTOR}", node, scope)
            return replace(element, lengths=lengths)
        if entity == TypeName("Annotated"):
            element = _annotation(expressions, inner, scope)
            if element.domain in (Domain.FLOAT, Domain.DATUM) and element.format == AMBIENT:
                return replace(element, format=expressions.text(detail, scope))
    known = [*DOMAINS, "Vector[Float, Literal[3]]", 'Annotated[Float, "G"]']
    name = node.id if isinstance(node, ast.Name) else ""
    raise expressions.error(f"expected a type: {', '.join(known)}", node, scope, nearest(name, DOMAINS))


def _length_of(expressions: Expressions, node: ast.expr, scope: Scope) -> int:
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and expressions.entity(node.value, scope) == TypeName("Literal"):
        node = node.slice
    if isinstance(node, ast.Constant) and type(node.value) is int and 1 <= node.value <= LONGEST_VECTOR:
        return node.value
    raise expressions.error(f"expected a length from 1 to {LONGEST_VECTOR}", node, scope)
