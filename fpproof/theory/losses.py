"""Losses of gradient flows: a function of real parameters as data, which says what it is without the terms it was written with.

So a flow has no bound variables, and equal losses are equal whatever their parameters are called.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gmpy2 import mpq

from fpproof.errors import Place, TheoryError
from fpproof.theory.evaluate import apply, foldable, from_zero
from fpproof.theory.terms import Op, Term, Type, ordered, show

Value = TypeVar("Value")

MOST_OPERATIONS = 1000
LARGEST_POWER = 200
LARGEST_CONSTANT = 4096
"""Bits of numerator and denominator together."""

Instruction = tuple[str, tuple[int, ...], mpq | int | str | None]
"""An operation of `OPERATIONS`, or "constant" or "variable"; the places of its operands; value, index, exponent, or the name of a function."""

_RATIONAL = type(mpq(0))

OPERATIONS = {
    Op.NEGATE: "negate", Op.ADD: "add", Op.SUBTRACT: "subtract", Op.MULTIPLY: "multiply", Op.DIVIDE: "divide", Op.POWER: "power", Op.SQRT: "sqrt",
    Op.ABSOLUTE: "absolute", Op.MINIMUM: "minimum", Op.MAXIMUM: "maximum", Op.FUNCTION: "function",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loss:
    """A function of so many real numbers: each instruction names earlier ones, the last is the value. The name is shown and does not count."""

    name: str = field(compare=False)
    variables: int
    code: tuple[Instruction, ...]

    def through(self, make: Callable[[str, list[Value], Any], Value]) -> Value:
        """The function in another arithmetic: `make` is given each operation, with what it gave for the operands, and the data."""
        found: list[Value] = []
        for name, places, data in self.code:
            found.append(make(name, [found[p] for p in places], data))
        return found[-1]

    def __str__(self) -> str:
        lines = (f"{name} {places} {data}" for name, places, data in self.code)
        return f"{self.variables}: {'; '.join(lines)}"


def loss_of(name: str, term: Term, variables: Sequence[Term], place: Place | None) -> Loss:
    """The loss that a term is as a function of variables; raises TheoryError for what no gradient flow is enclosed of."""
    terms = ordered([term])
    if len(terms) > MOST_OPERATIONS:
        raise TheoryError(f"{name} has {len(terms)} operations, a flow is enclosed of losses with at most {MOST_OPERATIONS}", place)
    index = {id(v): i for i, v in enumerate(variables)}
    exact: dict[int, mpq] = {}
    code: list[Instruction] = []
    places: dict[int, int] = {}
    for t in terms:
        if id(t) in index:
            instruction: Instruction = ("variable", (), index[id(t)])
        elif (value := _exact(t, exact)) is not None:
            exact[id(t)] = value
            instruction = ("constant", (), value)
        else:
            instruction = _instruction(name, t, [places[id(a)] for a in t.args], exact, place)
        places[id(t)] = len(code)
        code.append(instruction)
    return Loss(name, len(variables), _needed(code))


def _exact(term: Term, exact: dict[int, mpq]) -> mpq | None:
    """The rational number that a term without variables is, if it is one."""
    if term.op is Op.CONSTANT:
        value = from_zero(term.data)
    elif foldable(term.op) and term.type in (Type.NUMBER, Type.INT) and all(id(a) in exact for a in term.args):
        value = from_zero(apply(term, [exact[id(a)] for a in term.args]))
    else:
        return None
    if not isinstance(value, _RATIONAL) or value.numerator.bit_length() + value.denominator.bit_length() > LARGEST_CONSTANT:
        return None
    return value


def _instruction(name: str, term: Term, operands: Sequence[int], exact: dict[int, mpq], place: Place | None) -> Instruction:
    operation = OPERATIONS.get(term.op)
    if operation is None or term.type not in (Type.NUMBER, Type.INT):
        hint = "a loss is written with numbers, its parameters, + - * / **, sqrt, abs, min, max and functions"
        raise TheoryError(f"{name} has no gradient flow: {show(term)} is no smooth operation of real numbers", term.place or place, hint)
    if term.op is Op.POWER:
        n = exact.get(id(term.args[1]))
        if n is None or abs(n) > LARGEST_POWER:
            raise TheoryError(f"{name}: expected an exponent from -{LARGEST_POWER} to {LARGEST_POWER} in {show(term)}", term.place or place)
        return operation, (operands[0],), int(n)
    return operation, tuple(operands), term.data if term.op is Op.FUNCTION else None


def _needed(code: Sequence[Instruction]) -> tuple[Instruction, ...]:
    """The instructions that the last one rests on: operands of constants that were computed are gone."""
    wanted = {len(code) - 1}
    for place in range(len(code) - 1, -1, -1):
        if place in wanted:
            wanted.update(code[place][1])
    number = {place: new for new, place in enumerate(sorted(wanted))}
    return tuple((name, tuple(number[p] for p in places), data) for old, (name, places, data) in enumerate(code) if old in wanted)
