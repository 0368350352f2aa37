"""Functions of floats on all inputs of all small formats."""

from collections.abc import Callable
from fractions import Fraction

import pytest

from fpproof.encodings import FloatTerm, Number, datum, float_constant, float_variable
from fpproof.encodings.floats import (
    absolute_float,
    compare_floats,
    exponent,
    flush_subnormal,
    negate_float,
    predecessor,
    same,
    select_float,
    significand,
    successor,
    ulp,
)  # fmt: skip
from fpproof.encodings.terms import variable
from fpproof.formats import NAN, Datum, Float, Format, arithmetic, parse_format, rational
from fpproof.formats.arithmetic import is_finite
from tests.encodings.reference import SMALL, code, codes_of, grid, lanes, name, variables
from tests.encodings.test_numbers import values

UNARY: list[tuple[Callable[[FloatTerm], FloatTerm], Callable[[Format, Datum], Datum]]] = [
    (successor, arithmetic.successor),
    (predecessor, arithmetic.predecessor),
    (flush_subnormal, arithmetic.flush_subnormal),
]


@pytest.mark.parametrize("F", SMALL, ids=name)
def test_neighbours_and_flushing(F: Format) -> None:
    table = grid("convert", (F,))
    (x,) = variables((F,))
    for encoding, reference in UNARY:
        found = codes_of(encoding(x), table.columns)
        for d, n in zip(table.data[0], found, strict=True):
            if d == NAN:  # operations give NaN, of any code
                assert F.decode(int(n)) == NAN
            else:
                assert n == code(F, reference(F, d)), (encoding, d)


@pytest.mark.parametrize("F", SMALL, ids=name)
def test_places(F: Format) -> None:
    table = grid("convert", (F,))
    (x,) = variables((F,))
    cases: list[tuple[Callable[[FloatTerm], Number], Callable[[Datum], Fraction]]] = [
        (ulp, lambda d: rational(arithmetic.ulp(F, d))),
        (exponent, lambda d: Fraction(arithmetic.exponent(F, d))),
        (significand, lambda d: Float(F, d).significand),
    ]
    for encoding, reference in cases:
        for d, found in zip(table.data[0], values(encoding(x), table.columns), strict=True):
            value = found if isinstance(found, Fraction) else Fraction(0) if found == (0, -1) else found
            assert value == (reference(d) if is_finite(d) else NAN), (encoding, d)


@pytest.mark.parametrize("F", [parse_format(f) for f in ("E2M1", "E3M2", "F(2,3)", "E4M3FN", "E5M2")], ids=name)
def test_comparisons(F: Format) -> None:
    table = grid("add", (F, F))
    x, y = variables((F, F))
    less, equal, greater = compare_floats(x, y)
    found = lanes([less, equal, greater, same(x, y), same(negate_float(x), y), compare_floats(absolute_float(x), y).less], table.columns)
    for a, b, below, alike, above, bitwise, opposite, absolutely in zip(*table.data, *found, strict=True):
        order = arithmetic.compare(a, b)
        assert (bool(below), bool(alike), bool(above)) == (order == -1, order == 0, order == 1)
        assert bool(bitwise) == (a == b)
        assert bool(opposite) == (arithmetic.negate(a) == b)
        assert bool(absolutely) == (arithmetic.compare(arithmetic.absolute(a), b) == -1)


def test_error_values() -> None:
    """In a format without NaN, an error is the same as an error, and equals nothing."""
    F = parse_format("E2M1")
    error, x = float_constant(F, NAN), float_variable(F, "x")
    p = variable("p", 0)
    chosen = select_float(p, error, x)
    assert datum(chosen, {"p": 1, "x": 5}) == NAN
    assert datum(chosen, {"p": 0, "x": 5}) == F.decode(5)
    found = lanes([same(error, error), compare_floats(error, error).equal, error.valid], [[3]])
    assert [bool(v[0]) for v in found] == [True, False, True]


def test_two_formats_do_not_mix() -> None:
    x, y = variables((parse_format("E2M1"), parse_format("E3M2")))
    with pytest.raises(TypeError):
        same(x, y)
    with pytest.raises(TypeError):
        select_float(variable("p", 0), x, y)
