"""flow(loss, start, t) and descent(loss, start, step, k): points of a gradient flow, and of gradient descent, as vectors of numbers."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gmpy2 import mpq

from fpproof.theory.annotations import Annotation, check_result
from fpproof.theory.context import Expressions, Scope
from fpproof.theory.definitions import annotated, body
from fpproof.theory.derivative import Derivatives
from fpproof.theory.entities import Definition, Value, describe
from fpproof.theory.evaluate import Program, from_zero
from fpproof.theory.losses import Loss, loss_of
from fpproof.theory.terms import Domain, Op, Term, Type, ordered, rebuild, show, variables

MOST_PARAMETERS = 16
MOST_STEPS = 200
"""Steps of descent that are written out."""


def flow(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    """[E-Flow] The parameters at a time, one component each."""
    given = read.arguments(node, scope, ("loss", "start", "t"))
    definition, parameters, value = _loss(read, given["loss"], scope)
    start = _start(read, given["start"], parameters, scope)
    t = read.number(given["t"], _exact(read, node, scope))
    if not variables([t]) and isinstance(at := next(Program([t]).values({})), type(mpq(0))) and at < 0:
        raise read.error(f"expected a time that is not negative, found {at}", given["t"], scope)
    name = definition.node.name
    loss: Loss = read.remembered(("flow", definition), lambda: loss_of(name, value, parameters, read.place(given["loss"], scope)))
    vector = read.make(Op.FLOW, *start, t, data=loss, node=node, scope=scope)
    return tuple(read.make(Op.COMPONENT, vector, data=i, node=node, scope=scope) for i in range(len(start)))


def descent(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    """[E-Descent] k times w - step * derivative(loss, w), for all parameters at once, written out."""
    given = read.arguments(node, scope, ("loss", "start", "step", "k"))
    definition, parameters, value = _loss(read, given["loss"], scope)
    point = _start(read, given["start"], parameters, scope)
    step = read.number(given["step"], _exact(read, node, scope))
    k = read.term(given["k"], scope, Type.INT)
    if k.op is not Op.CONSTANT or not 0 <= k.data <= MOST_STEPS:
        raise read.error(f"expected a number of steps from 0 to {MOST_STEPS} that is written there, since they are written out", given["k"], scope)
    place = read.place(node, scope)
    slopes: list[Term] = read.remembered(("gradient", definition), lambda: [Derivatives(read.pool, w, place).of(value) for w in parameters])
    size = len(ordered(slopes))
    for _ in range(int(k.data)):
        read.spend(size, node, scope)
        there = _at(read, slopes, dict(zip(parameters, point, strict=True)))
        moves = [read.pool.make(Op.MULTIPLY, step, slope, place=place) for slope in there]
        point = [read.pool.make(Op.SUBTRACT, w, move, place=place) for w, move in zip(point, moves, strict=True)]
    return tuple(point)


@dataclass(frozen=True)
class StatedLoss:
    """A @loss by itself: the function, what its parameters are called, and where it starts, if it says so."""

    loss: Loss
    names: tuple[str, ...]
    start: tuple[mpq, ...] | None


def check_loss(read: Expressions, definition: Definition) -> None:
    """A @loss by itself: of parameters of type Real, a number; its start, a rational number for each."""
    parameters, _ = _body(read, definition)
    _stated_start(read, definition, parameters)


def stated_loss(read: Expressions, definition: Definition) -> StatedLoss:
    """The loss that a definition says; raises TheoryError for what no gradient flow is enclosed of."""
    parameters, value = _body(read, definition)
    place = read.place(definition.node, Scope(definition.module, {}))
    loss = loss_of(definition.node.name, value, parameters, place)
    return StatedLoss(loss, tuple(show(parameter) for parameter in parameters), _stated_start(read, definition, parameters))


def _stated_start(read: Expressions, definition: Definition, parameters: Sequence[Term]) -> tuple[mpq, ...] | None:
    node = definition.options.get("start")
    if node is None:
        return None
    scope = Scope(definition.module, {})
    values = [next(Program([term]).values({})) if not variables([term]) else None for term in _start(read, node, parameters, scope)]
    if not all(isinstance(value, type(mpq(0))) for value in values):
        raise read.error("expected rational numbers, where the loss starts", node, scope)
    return tuple(from_zero(value) for value in values)


def _exact(read: Expressions, node: ast.AST, scope: Scope) -> Scope:
    if scope.rounding is not None:
        raise read.error("trajectories over the real numbers stand outside of rounded", node, scope, "give them a name before")
    return replace(scope, rounding=None)


def _loss(read: Expressions, node: ast.expr, scope: Scope) -> tuple[Definition, list[Term], Term]:
    """The loss that an argument names: its definition, variables for its parameters, and the term that it is."""
    entity = read.entity(node, scope) if isinstance(node, ast.Name) and node.id not in scope.locals else None
    if not isinstance(entity, Definition) or entity.decorator not in ("define", "loss"):
        found = f", found {describe(entity)}" if entity is not None else ""
        raise read.error(f"expected the name of a @loss, or of a @define over Real parameters{found}", node, scope)
    with read.entering(entity, entity.node.name, node, scope):
        parameters, value = read.remembered(("loss", entity), lambda: _body(read, entity))
    return entity, parameters, value


def _body(read: Expressions, definition: Definition) -> tuple[list[Term], Term]:
    """Variables for the parameters, components of vectors each for itself, and the value over them."""
    node, values = definition.node, dict[str, Value]()
    scope, found = Scope(definition.module, values), list[Term]()
    read.parameter_names(node.args, node, scope)
    check_result(read, node, scope)
    for parameter in node.args.args:
        expected: Annotation = annotated(read, parameter, scope)
        if expected.domain is not Domain.REAL:
            raise read.error(f"the parameters of a loss are of type Real, found {parameter.arg}: {expected.domain}", parameter, scope)
        read.check_new(parameter.arg, parameter, scope)
        values[parameter.arg] = _variables(read, parameter.arg, expected.lengths, found)
    if not 1 <= len(found) <= MOST_PARAMETERS:
        raise read.error(f"a loss of {len(found)} parameters, expected from 1 to {MOST_PARAMETERS}", node, scope)
    value = body(read, definition, values)
    last = node.body[-1]
    return found, read.typed(value, last.value if isinstance(last, ast.Return) and last.value else node, scope, Type.NUMBER, Type.INT)


def _variables(read: Expressions, name: str, lengths: tuple[int, ...], found: list[Term]) -> Value:
    if lengths:
        return tuple(_variables(read, f"{name}[{i}]", lengths[1:], found) for i in range(lengths[0]))
    found.append(read.pool.variable(name, Domain.REAL))
    return found[-1]


def _start(read: Expressions, node: ast.expr, parameters: Sequence[Term], scope: Scope) -> list[Term]:
    """The numbers of a start, one for each parameter."""
    value = read.value(node, _exact(read, node, scope))
    if not isinstance(value, tuple) or len(value) != len(parameters):
        raise read.error(f"expected a vector of {len(parameters)}, the parameters of the loss, found {describe(value)}", node, scope)
    read.spend(len(value), node, scope)
    return [read.typed(component, node, scope, Type.NUMBER, Type.INT) for component in value]


def _at(read: Expressions, terms: Sequence[Term], point: dict[Term, Term]) -> list[Term]:
    """Terms with numbers for variables, all at once."""

    def make(term: Term, args: tuple[Term, ...]) -> Term:
        return point[term] if term in point else read.pool.make(term.op, *args, data=term.data, place=term.place, type=term.type)

    return rebuild(terms, make)
