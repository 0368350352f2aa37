"""The comparison on all inputs sees faults: each of these mutants of an encoding is caught by it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from fpproof.encodings import floats, numbers, rounding
from fpproof.encodings.interpret import interpret
from fpproof.encodings.numbers import Number
from fpproof.encodings.shifts import is_zero
from fpproof.encodings.terms import FALSE, Op, Term, bit, constant, extract, ite, ordered, shift_right, zero_extend
from fpproof.encodings.terms import _make as make
from fpproof.formats import Mode, parse_format
from tests.encodings.reference import codes_of, grid, variables
from tests.encodings.test_all_inputs import OPERATIONS, disagreements


def without_sticky(x: Term, amount: Term) -> Term:
    """What is shifted out is forgotten."""
    wide = max(x.width, amount.width)
    return extract(shift_right(zero_extend(x, wide), zero_extend(amount, wide)), x.width - 1, 0)


def ties_away(mode: Mode, sign: Term, kept: Term, rest: Term) -> Term:
    return bit(rest, rest.width - 1)


def ties_up_from_odd_and_even(mode: Mode, sign: Term, kept: Term, rest: Term) -> Term:
    """Rounds up beyond half only."""
    return bit(rest, rest.width - 1) & ~is_zero(extract(rest, rest.width - 2, 0))


pure_add, pure_multiply, pure_divide, pure_root = numbers.add, numbers.multiply, numbers.divide, numbers.root


def zero_always_positive(x: Number, y: Number, precision: int | None = None, down: bool = False) -> Number:
    return pure_add(x, y, precision)


def one_bit_less(x: Number, y: Number, precision: int | None = None, down: bool = False) -> Number:
    return pure_add(x, y, None if precision is None else precision - 1, down)


def no_room(x: Number, y: Number, precision: int) -> int:
    return 1


def infinity_times_zero(x: Number, y: Number) -> Number:
    return replace(pure_multiply(x, y), nan=x.nan | y.nan)


def exact_quotient(x: Number, y: Number, precision: int) -> Number:
    found = pure_divide(x, y, precision)
    return replace(found, significand=found.significand & ~constant(1, found.bits))


def exact_root(x: Number, precision: int) -> Number:
    found = pure_root(x, precision)
    return replace(found, significand=found.significand & ~constant(1, found.bits))


def root_of_negative_zero(x: Number, precision: int) -> Number:
    return replace(pure_root(x, precision), sign=FALSE)


MUTANTS: list[tuple[object, str, Callable[..., object], str, Mode]] = [
    (numbers, "right_jammed", without_sticky, "add", Mode.NEAREST_EVEN),
    (numbers, "right_jammed", without_sticky, "add", Mode.TO_ODD),
    (rounding, "right_jammed", without_sticky, "multiply", Mode.NEAREST_EVEN),
    (rounding, "right_jammed", without_sticky, "multiply", Mode.UP),
    (rounding, "_upward", ties_away, "add", Mode.NEAREST_EVEN),
    (rounding, "_upward", ties_up_from_odd_and_even, "multiply", Mode.NEAREST_EVEN),
    (rounding, "_upward", ties_up_from_odd_and_even, "fma", Mode.NEAREST_EVEN),
    (numbers, "add", zero_always_positive, "subtract", Mode.DOWN),
    (numbers, "_room", no_room, "add", Mode.NEAREST_EVEN),
    (numbers, "multiply", infinity_times_zero, "multiply", Mode.NEAREST_EVEN),
    (numbers, "divide", exact_quotient, "divide", Mode.NEAREST_EVEN),
    (numbers, "divide", exact_quotient, "divide", Mode.UP),
    (numbers, "root", exact_root, "sqrt", Mode.UP),
    (numbers, "root", root_of_negative_zero, "sqrt", Mode.NEAREST_EVEN),
    (floats, "is_zero", lambda x: FALSE, "add", Mode.NEAREST_EVEN),
]


@pytest.mark.parametrize(("module", "function", "mutant", "operation", "mode"), MUTANTS)
def test_mutants_are_caught(
    module: object, function: str, mutant: Callable[..., object], operation: str, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    F = parse_format("F(2,3)") if operation != "fma" else parse_format("F(1,3)")
    formats = (F,) * {"sqrt": 1, "fma": 3}.get(operation, 2)
    assert disagreements(F, formats, operation, mode) == []
    monkeypatch.setattr(module, function, mutant)
    assert disagreements(F, formats, operation, mode) != []


def mutants(roots: Sequence[Term]) -> list[list[Term]]:
    """The terms with one operation changed in turn: a choice takes the other side, a sum a unit more, a truth the other value."""
    order = ordered(roots)

    def build(spot: Term) -> list[Term]:
        new: dict[Term, Term] = {}
        for term in order:
            made = make(term.op, tuple(new[a] for a in term.args), term.width, term.data)
            if term is spot:
                if term.op is Op.ITE:
                    made = ite(new[term.args[0]], new[term.args[2]], new[term.args[1]])
                else:
                    made = made + 1 if term.width else ~made
            new[term] = made
        return [new[root] for root in roots]

    return [build(term) for term in order if term.args]


# Equivalent mutants: where a datum is NaN or a field is beyond its range, bits mean nothing.
@pytest.mark.parametrize(("operation", "least"), [("add", 0.95), ("multiply", 0.95), ("divide", 0.9)])
def test_changes_of_single_operations_are_caught(operation: str, least: float) -> None:
    """Of all changes of one node of the encoding, nearly all change a result."""
    F = parse_format("F(2,3)")
    table = grid(operation, (F, F))
    x, y = variables((F, F))
    encoding, reference = OPERATIONS[operation]
    rounded = encoding(F, x, y, Mode.NEAREST_EVEN).value
    wanted = table.expected(F, reference, Mode.NEAREST_EVEN)
    assert (codes_of(rounded, table.columns) == wanted).all()
    inputs = dict(zip("xy", table.columns, strict=True))
    caught = [bool((interpret(mutant, inputs)[0] != wanted).any()) for mutant in mutants([rounded.code])]
    assert len(caught) > 100
    assert sum(caught) / len(caught) >= least, f"{sum(caught)} of {len(caught)}"
