"""limit(lambda x: e, a): the number that an expression in one real variable tends to."""

import ast
from dataclasses import dataclass, field, replace

from fpproof.theory.context import Expressions, Scope
from fpproof.theory.entities import Value
from fpproof.theory.evaluate import Program, from_zero
from fpproof.theory.losses import OPERATIONS, Loss, loss_of
from fpproof.theory.numbers import NAN, ZERO, Number, Special
from fpproof.theory.terms import Domain, Op, Variable, ordered, show, variables

SIDES = ("above", "below")
MOST_OPERATIONS = 200


@dataclass(frozen=True, slots=True)
class Limit:
    """A function of one number, where its argument goes, and from which side: "above", "below", or "" for both."""

    text: str = field(compare=False)
    function: Loss
    at: Number
    side: str

    def __str__(self) -> str:
        return f"{self.function} at {self.at} {self.side}"


def limit(read: Expressions, node: ast.Call, scope: Scope) -> Value:
    """[E-Limit]"""
    given = read.arguments(node, scope, ("e", "at"), ("side",))
    body, exact = given["e"], replace(scope, rounding=None)
    if not isinstance(body, ast.Lambda) or len(names := read.parameter_names(body.args, body, scope)) != 1:
        raise read.error("expected a lambda with one parameter: limit(lambda x: sin(x) / x, 0)", body, scope)
    read.check_new(names[0], body, exact)
    x = read.pool.make(Op.VARIABLE, data=Variable(read.fresh(names[0]), Domain.REAL), place=read.place(body, scope))
    term = read.number(body.body, replace(exact, locals={**exact.locals, names[0]: x}))
    point = read.number(given["at"], exact)
    at = from_zero(next(Program([point]).values({}))) if not variables([point]) else NAN
    if at is NAN or not isinstance(at, Special | type(ZERO)):
        raise read.error(f"expected a rational number or an infinity, found {show(point)}", given["at"], scope)
    side = read.text(given["side"], scope) if "side" in given else ""
    if side not in ("", *SIDES):
        raise read.error(f'expected side="above" or side="below", found {side[:20]!r}', given["side"], scope)
    if side and isinstance(at, Special):
        raise read.error("an infinity has one side", given["side"], scope)
    terms = ordered([term])
    for t in terms:
        if t.op not in OPERATIONS and t.op is not Op.CONSTANT and t is not x:
            hint = "a limit is of numbers, its own variable, + - * / **, sqrt, abs, min, max and functions"
            raise read.error(f"no limit is taken of {show(t)}", body.body, scope, hint)
    if len(terms) > MOST_OPERATIONS:
        raise read.error(f"a limit of {len(terms)} operations, at most {MOST_OPERATIONS}", body.body, scope)
    function = loss_of("the expression", term, [x], read.place(body, scope))
    text = f"lambda {names[0]}: {show(term)}, {show(point)}" + (f', side="{side}"' if side else "")
    return read.make(Op.LIMIT, data=Limit(text, function, at, side), node=node, scope=scope)
