"""Every operation's encoding on all inputs of all formats of 8 bits and less, through the interpreter: no solver is asked."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from fpproof.encodings import Rounded, operations
from fpproof.formats import Datum, Format, Mode, arithmetic, parse_format, rational, round_datum
from fpproof.formats.arithmetic import is_finite
from tests.encodings.reference import ATLAS_SMALL, CUSTOM, SMALL, codes_of, grid, lanes, name, variables

Encoding = Callable[..., Rounded]
Reference = Callable[..., Datum]

BINARY: dict[str, tuple[Encoding, Reference]] = {
    "add": (operations.add, arithmetic.add),
    "subtract": (operations.subtract, arithmetic.subtract),
    "multiply": (operations.multiply, arithmetic.multiply),
    "divide": (operations.divide, arithmetic.divide),
}
OPERATIONS = BINARY | {
    "sqrt": (operations.sqrt, arithmetic.sqrt),
    "fma": (operations.fma, arithmetic.fma),
    "convert": (operations.convert, round_datum),
}


def disagreements(F: Format, formats: tuple[Format, ...], operation: str, mode: Mode) -> list[object]:
    """The first few tuples of operands on which the encoding and the arithmetic differ, of all that there are."""
    encoding, reference = OPERATIONS[operation]
    table = grid(operation, formats)
    assert len(table.data[0]) >= math.prod(G.finite_count for G in formats)
    found = codes_of(encoding(F, *variables(formats), mode).value, table.columns)
    wanted = table.expected(F, reference, mode)
    return [([column[i] for column in table.data], found[i], wanted[i]) for i in np.flatnonzero(found != wanted)[:5]]


@pytest.mark.parametrize("operation", BINARY)
@pytest.mark.parametrize("F", SMALL, ids=name)
def test_binary_operations(F: Format, operation: str) -> None:
    for mode in Mode:
        assert disagreements(F, (F, F), operation, mode) == []


@pytest.mark.parametrize("F", SMALL, ids=name)
def test_square_roots(F: Format) -> None:
    for mode in Mode:
        assert disagreements(F, (F,), "sqrt", mode) == []


@pytest.mark.parametrize("F", SMALL, ids=name)
def test_conversions(F: Format) -> None:
    for G in map(parse_format, ("E4M3FN", "E5M2", "E2M3", "F(3,4)")):
        for mode in Mode:
            assert disagreements(F, (G,), "convert", mode) == []


MIXED = [("E2M1", "E4M3FN", "E2M3"), ("E5M2", "E3M2", "F(1,3)"), ("F(2,3)", "E5M2", "E2M3"), ("binary32", "E2M3", "E3M2")]


@pytest.mark.parametrize(("result", "left", "right"), MIXED)
def test_operands_of_other_formats(result: str, left: str, right: str) -> None:
    F, G, H = map(parse_format, (result, left, right))
    for operation in BINARY:
        for mode in (Mode.NEAREST_EVEN, Mode.DOWN, Mode.TO_ODD):
            assert disagreements(F, (G, H), operation, mode) == []
    low = CUSTOM[-2]
    for mode in (Mode.NEAREST_EVEN, Mode.UP):
        assert disagreements(low, (low, parse_format("E2M1"), parse_format("E3M2")), "fma", mode) == []


@pytest.mark.parametrize("F", [F for F in ATLAS_SMALL + CUSTOM if F.width <= 6], ids=name)
@pytest.mark.parametrize("operation", BINARY)
def test_inexact_and_overflow(F: Format, operation: str) -> None:
    """`inexact` says that a finite exact result is no float of the format, `overflow` that it rounds beyond Omega."""
    table = grid(operation, (F, F))
    encoding, reference = BINARY[operation]
    for mode in (Mode.NEAREST_EVEN, Mode.UP, Mode.TOWARD_ZERO):
        rounded = encoding(F, *variables((F, F)), mode)
        inexact, overflow = lanes([rounded.inexact, rounded.overflow], table.columns)
        for x, y, not_exact, beyond in zip(*table.data, inexact, overflow, strict=True):
            exact = _exact(operation, x, y)
            result = reference(F, x, y, mode)
            assert not_exact == (exact is not None and (not is_finite(result) or rational(result) != exact))
            unbounded = reference(_unbounded(F), x, y, mode)
            assert beyond == (exact is not None and abs(rational(unbounded)) > F.Omega)


def _exact(operation: str, x: Datum, y: Datum) -> object:
    if not is_finite(x) or not is_finite(y):
        return None
    a, b = rational(x), rational(y)
    if operation == "divide":
        return a / b if b else None
    return {"add": a + b, "subtract": a - b, "multiply": a * b}[operation]


def _unbounded(F: Format) -> Format:
    """The same precision and lowest exponent, with room for every result."""
    return Format("unbounded", F.p, F.emin, F.emax + 40, F.Omega * 2**40, "ieee", "infinity")
