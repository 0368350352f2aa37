"""Terms evaluated on arrays: how encodings are checked on all inputs without a solver, and models against what was asked.

Up to 64 bits a value is a uint64 lane, above a Python integer in an object array; truth values are bool lanes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fpproof.encodings.terms import Op, Term, meaning, ordered

Lanes = npt.NDArray[Any]


def interpret(roots: Sequence[Term], inputs: Mapping[str, npt.ArrayLike]) -> list[Lanes]:
    """The values of terms, lane by lane; a variable that is not among the inputs raises KeyError.

    Inputs are integers below 2^width (bools for truth variables), of shapes that broadcast.
    """
    roots = list(roots)
    order = ordered(roots)
    last_use = {id(argument): position for position, term in enumerate(order) for argument in term.args}
    keep = {id(root) for root in roots}
    values: dict[int, Lanes] = {}
    for position, term in enumerate(order):
        values[id(term)] = _evaluate(term, [values[id(a)] for a in term.args], inputs)
        for argument in term.args:
            if last_use[id(argument)] == position and id(argument) not in keep:
                values.pop(id(argument), None)
    return [values[id(root)] for root in roots]


def evaluate(roots: Sequence[Term], inputs: Mapping[str, int]) -> list[int]:
    """The values of terms at one point; variables that are not given are 0."""
    values: dict[int, int] = {}
    roots = list(roots)
    for term in ordered(roots):
        if term.op is Op.CONSTANT:
            values[id(term)] = int(term.data)
        elif term.op is Op.VARIABLE:
            values[id(term)] = inputs.get(str(term.data), 0)
        else:
            values[id(term)] = meaning(term.op, term.width, term.data, term.args, [values[id(a)] for a in term.args])
    return [values[id(root)] for root in roots]


def _lanes(value: npt.ArrayLike, width: int) -> Lanes:
    """Values in the type of a width; a constant becomes an array too, since numpy warns of scalars that wrap around."""
    if width == 0:
        return np.atleast_1d(np.asarray(value, dtype=bool))
    return np.atleast_1d(np.asarray(value, dtype=np.uint64 if width <= 64 else object))


def _as(x: Lanes, width: int) -> Lanes:
    """Lanes in the type of a width."""
    return x.astype(np.uint64 if width <= 64 else object, copy=False)


def _masked(x: Lanes, width: int) -> Lanes:
    return x if width == 64 else x & _lanes((1 << width) - 1, width)


def _evaluate(term: Term, args: list[Lanes], inputs: Mapping[str, npt.ArrayLike]) -> Lanes:
    op, width = term.op, term.width
    match op:
        case Op.CONSTANT:
            return _lanes(int(term.data), width)
        case Op.VARIABLE:
            return _lanes(inputs[str(term.data)], width)
        case Op.ITE:
            return np.where(args[0], args[1], args[2])
        case Op.EQUAL:
            return np.asarray(args[0] == args[1], dtype=bool)
        case Op.AND:
            return args[0] & args[1]
        case Op.OR:
            return args[0] | args[1]
        case Op.XOR:
            return args[0] ^ args[1]
        case Op.NOT:
            return ~args[0] if width == 0 else args[0] ^ _lanes((1 << width) - 1, width)
        case Op.LESS:
            return np.asarray(args[0] < args[1], dtype=bool)
        case Op.SIGNED_LESS:
            half = _lanes(1 << (term.args[0].width - 1), term.args[0].width)
            return np.asarray((args[0] ^ half) < (args[1] ^ half), dtype=bool)
        case Op.EXTRACT:
            inner = term.args[0].width
            shifted = args[0] >> _lanes(int(term.data), inner) if term.data else args[0]
            return _as(shifted & _lanes((1 << width) - 1, inner), width)
        case Op.CONCAT:
            return (_as(args[0], width) << _lanes(term.args[1].width, width)) | _as(args[1], width)
        case Op.ZERO_EXTEND:
            return _as(args[0], width)
        case Op.SIGN_EXTEND:
            half = _lanes(1 << (term.args[0].width - 1), width)
            return _masked((_as(args[0], width) ^ half) - half, width)
        case _:
            return _masked(_arithmetic(op, args, width), width)


def _arithmetic(op: Op, args: list[Lanes], width: int) -> Lanes:
    match op:
        case Op.ADD:
            return args[0] + args[1]
        case Op.SUBTRACT:
            return args[0] - args[1]
        case Op.MULTIPLY:
            return args[0] * args[1]
        case Op.NEGATE:
            return _lanes(0, width) - args[0]
        case Op.DIVIDE | Op.REMAINDER:
            zero = args[1] == _lanes(0, width)
            divisor = np.where(zero, _lanes(1, width), args[1])
            if op is Op.DIVIDE:
                return np.where(zero, _lanes((1 << width) - 1, width), args[0] // divisor)
            return np.where(zero, args[0], args[0] % divisor)
        case Op.SHIFT_LEFT | Op.SHIFT_RIGHT:
            # numpy leaves shifts by 64 and more undefined.
            far = args[1] >= _lanes(width, width)
            amount = np.where(far, _lanes(0, width), args[1])
            shifted = args[0] << amount if op is Op.SHIFT_LEFT else args[0] >> amount
            return np.where(far, _lanes(0, width), shifted)
        case _:
            raise TypeError(f"{op} has no meaning on arrays")

