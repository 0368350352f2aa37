"""Terms as z3 expressions, in process: for callers who add to a formula with z3's own interface."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

from fpproof.encodings.terms import Op, Term, ordered
from fpproof.errors import FpproofError


def load_z3() -> Any:
    """The module z3; FpproofError names the extra that brings it."""
    try:
        import z3
    except ImportError:
        raise FpproofError("the solver z3 is not installed", hint="pip install 'fpproof[solvers]'") from None
    return z3


def to_z3(roots: Sequence[Term]) -> list[Any]:
    """The terms as z3 expressions of z3's main context; shared terms stay shared."""
    z3 = load_z3()
    roots = list(roots)
    made: dict[int, Any] = {}
    for term in ordered(roots):
        made[id(term)] = _expression(z3, term, [made[id(a)] for a in term.args])
    return [made[id(root)] for root in roots]


def _expression(z3: Any, term: Term, args: list[Any]) -> Any:
    width = term.width
    match term.op:
        case Op.CONSTANT:
            return z3.BitVecVal(term.data, width) if width else z3.BoolVal(bool(term.data))
        case Op.VARIABLE:
            return z3.BitVec(term.data, width) if width else z3.Bool(term.data)
        case Op.EXTRACT:
            return z3.Extract(int(term.data) + width - 1, int(term.data), args[0])
        case Op.ZERO_EXTEND:
            return z3.ZeroExt(width - term.args[0].width, args[0])
        case Op.SIGN_EXTEND:
            return z3.SignExt(width - term.args[0].width, args[0])
        case Op.AND if width == 0:
            return z3.And(*args)
        case Op.OR if width == 0:
            return z3.Or(*args)
        case Op.XOR if width == 0:
            return z3.Xor(*args)
        case Op.NOT if width == 0:
            return z3.Not(*args)
        case _:
            return _operation(z3, term.op, args)


def _operation(z3: Any, op: Op, args: list[Any]) -> Any:
    operations: dict[Op, Callable[..., Any]] = {
        Op.CONCAT: z3.Concat, Op.ADD: operator.add, Op.SUBTRACT: operator.sub, Op.MULTIPLY: operator.mul, Op.DIVIDE: z3.UDiv,
        Op.REMAINDER: z3.URem, Op.NEGATE: operator.neg, Op.AND: operator.and_, Op.OR: operator.or_, Op.XOR: operator.xor,
        Op.NOT: operator.invert, Op.SHIFT_LEFT: operator.lshift, Op.SHIFT_RIGHT: z3.LShR, Op.LESS: z3.ULT,
        Op.SIGNED_LESS: operator.lt, Op.EQUAL: operator.eq, Op.ITE: z3.If,
    }  # fmt: skip
    return operations[op](*args)
