"""Operations against exact rationals rounded by definition; specials against binary64; the laws of neighbours."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from math import copysign

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.formats import ATLAS, INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, ZERO, Datum, Format, Mode, rational, round_rational
from fpproof.formats import arithmetic as A
from tests.formats.reference import NAN_RESULT, Result, is_datum_of, result, round_fraction, round_root
from tests.strategies import data, finite_data, formats, modes, pairs

B16, E4M3FN, SATURATING, E2M1 = ATLAS["binary16"], ATLAS["E4M3FN"], ATLAS["E4M3FN-sat"], ATLAS["E2M1"]
ONE, MINUS_ONE = B16.one, A.negate(B16.one)

Binary = Callable[[Format, Datum, Datum, Mode], Datum]
EXACT: dict[Binary, Callable[[Fraction, Fraction], Fraction]] = {
    A.add: lambda r, s: r + s,
    A.subtract: lambda r, s: r - s,
    A.multiply: lambda r, s: r * s,
    A.divide: lambda r, s: r / s,
}
IEEE: dict[Binary, Callable[[np.float64, np.float64], np.float64]] = {
    A.add: lambda r, s: r + s,
    A.subtract: lambda r, s: r - s,
    A.multiply: lambda r, s: r * s,
    A.divide: lambda r, s: r / s,
}


def representative(x: Datum) -> np.float64:
    """A binary64 of the same kind and sign: NaN, an infinity, a zero, or 1."""
    sign, magnitude = result(x)
    if isinstance(magnitude, str):
        return np.float64(sign * float(magnitude))
    return np.float64(copysign(1.0 if magnitude else 0.0, sign))


def of_binary64(F: Format, v: np.float64) -> Result:
    """An infinity, NaN or zero of binary64 in F: without infinities, an infinity is NaN."""
    sign = int(copysign(1, v))
    if np.isnan(v) or (np.isinf(v) and F.specials != "ieee"):
        return NAN_RESULT
    assert np.isinf(v) or v == 0
    return (sign, "infinity") if np.isinf(v) else (sign, Fraction(0))


def zero_of_sum(F: Format, v: np.float64, mode: Mode, cancelled: bool) -> Result:
    """The sign of an exact zero sum: binary64 has it to nearest; a difference of equals is -0 in mode down."""
    return (-1, Fraction(0)) if cancelled and mode is Mode.DOWN else of_binary64(F, v)


def expected(operation: Binary, F: Format, x: Datum, y: Datum, mode: Mode) -> Result:
    with np.errstate(all="ignore"):
        like = IEEE[operation](representative(x), representative(y))
    if x[1] is None or y[1] is None or (operation is A.divide and y[0] == 0):
        return of_binary64(F, like)
    exact = EXACT[operation](rational(x), rational(y))
    if exact:
        return round_fraction(F, exact, mode)
    if operation in (A.add, A.subtract):
        addend = y if operation is A.add else A.negate(y)
        return zero_of_sum(F, like, mode, cancelled=A.is_negative(x) != A.is_negative(addend))
    return of_binary64(F, like)


@settings(max_examples=600)
@given(st.data(), st.sampled_from(list(EXACT)))
def test_binary_operations(source: st.DataObject, operation: Binary) -> None:
    F, mode = source.draw(formats), source.draw(modes)
    x, y = source.draw(pairs(F))
    z = operation(F, x, y, mode)
    assert result(z) == expected(operation, F, x, y, mode)
    assert z == NAN or is_datum_of(F, z)


@settings(max_examples=200)
@given(st.data(), st.sampled_from(list(EXACT)))
def test_operands_of_another_format_are_exact(source: st.DataObject, operation: Binary) -> None:
    F, G, mode = source.draw(formats), source.draw(formats), source.draw(modes)
    x, y = source.draw(data(G)), source.draw(data(G))
    assert result(operation(F, x, y, mode)) == expected(operation, F, x, y, mode)


@settings(max_examples=300)
@given(st.data())
def test_fma(source: st.DataObject) -> None:
    F, mode = source.draw(formats), source.draw(modes)
    x, y, z = source.draw(data(F)), source.draw(data(F)), source.draw(data(F))
    if source.draw(st.booleans()):  # z cancels x * y, up to the rounding of the product
        z = A.negate(A.multiply(F, x, y))
    actual = result(A.fma(F, x, y, z, mode))
    with np.errstate(all="ignore"):
        like = representative(x) * representative(y) + representative(z)
    if x[1] is None or y[1] is None or z[1] is None:
        assert actual == of_binary64(F, like)
    elif exact := rational(x) * rational(y) + rational(z):
        assert actual == round_fraction(F, exact, mode)
    else:
        negative_product = A.is_negative(x) != A.is_negative(y)
        assert actual == zero_of_sum(F, like, mode, cancelled=negative_product != A.is_negative(z))


@settings(max_examples=200)
@given(st.data())
def test_sqrt(source: st.DataObject) -> None:
    F, mode = source.draw(formats), source.draw(modes)
    x = source.draw(data(F))
    square = A.multiply(F, x, x)  # roots that are exact, or nearly so
    for y in (x, square, A.absolute(x)):
        actual = result(A.sqrt(F, y, mode))
        if y[1] is not None and y[0] > 0:
            assert actual == round_root(F, rational(y), mode)
        else:
            with np.errstate(all="ignore"):
                assert actual == of_binary64(F, np.sqrt(representative(y)))


@settings(max_examples=150)
@given(st.data())
def test_comparisons_are_numeric(source: st.DataObject) -> None:
    F = source.draw(formats)
    x, y = source.draw(pairs(F))
    if NAN in (x, y):
        assert A.compare(x, y) is None
        assert not A.equal(x, y)
        return
    left, right = (rational(z) if z[1] is not None else z[0] * (F.Omega + 1) for z in (x, y))
    assert A.compare(x, y) == (left > right) - (left < right)
    assert A.equal(x, y) == (left == right)


def test_signs_of_zeros() -> None:
    assert A.add(B16, ONE, MINUS_ONE) == ZERO
    assert A.add(B16, ONE, MINUS_ONE, Mode.DOWN) == NEGATIVE_ZERO
    assert A.subtract(B16, NEGATIVE_ZERO, NEGATIVE_ZERO) == ZERO
    assert A.add(B16, NEGATIVE_ZERO, NEGATIVE_ZERO) == NEGATIVE_ZERO
    assert A.add(B16, ZERO, ZERO, Mode.DOWN) == ZERO
    assert A.add(B16, ZERO, NEGATIVE_ZERO) == ZERO
    assert A.add(B16, ZERO, NEGATIVE_ZERO, Mode.DOWN) == NEGATIVE_ZERO
    assert A.multiply(B16, MINUS_ONE, ZERO) == NEGATIVE_ZERO
    assert A.fma(B16, MINUS_ONE, ZERO, NEGATIVE_ZERO) == NEGATIVE_ZERO
    assert A.sqrt(B16, NEGATIVE_ZERO) == NEGATIVE_ZERO
    assert A.negate(ZERO) == NEGATIVE_ZERO
    assert A.absolute(NEGATIVE_ZERO) == ZERO
    assert A.compare(NEGATIVE_ZERO, ZERO) == 0


@pytest.mark.parametrize(
    ("name", "quotient"), [("binary16", INFINITY), ("E5M2", INFINITY), ("E4M3FN", NAN), ("E4M3FN-sat", NAN), ("E2M1", NAN), ("E3M2", NAN)]
)
def test_division_by_zero(name: str, quotient: Datum) -> None:
    """x/0 is an exact infinity: NaN or the error value where there is none, never Omega."""
    F = ATLAS[name]
    assert A.divide(F, F.one, ZERO) == quotient
    assert A.divide(F, A.negate(F.one), ZERO) == A.negate(quotient)
    assert A.divide(F, F.one, NEGATIVE_ZERO) == A.negate(quotient)
    assert A.divide(F, F.largest, ZERO) == quotient
    assert A.divide(F, ZERO, ZERO) == NAN


def test_the_error_value_spreads_and_has_no_code() -> None:
    nothing = A.sqrt(E2M1, A.negate(E2M1.one))
    assert nothing == NAN
    for spread in (A.add(E2M1, nothing, ZERO), A.multiply(E2M1, ZERO, nothing), A.divide(E2M1, nothing, nothing), A.fma(E2M1, ZERO, ZERO, nothing)):
        assert spread == NAN
    with pytest.raises(ValueError, match="NaN has no code"):
        E2M1.encode(nothing)


def test_overflow_of_operations() -> None:
    assert A.add(B16, B16.largest, B16.power_of_two(4)) == INFINITY
    assert A.add(B16, B16.largest, B16.power_of_two(3)) == B16.largest
    assert A.multiply(E4M3FN, E4M3FN.largest, E4M3FN.largest) == NAN
    assert A.multiply(SATURATING, SATURATING.largest, A.negate(SATURATING.largest)) == A.negate(SATURATING.largest)
    assert A.add(E2M1, E2M1.largest, E2M1.largest) == E2M1.largest


@pytest.mark.parametrize("F", [F for F in ATLAS.values() if F.width <= 8], ids=str)
def test_neighbours_of_all(F: Format) -> None:
    """Sorted by value, each finite number's successor is the next; -omega goes to -0, both zeros to omega."""
    values = sorted({rational(x) for x in F.finite()})
    for lower, upper in pairwise(values):
        x = round_rational(F, lower)
        assert rational(A.successor(F, x)) == upper
        assert rational(A.predecessor(F, round_rational(F, upper))) == lower
    assert A.successor(F, A.negate(F.smallest)) == NEGATIVE_ZERO
    assert A.predecessor(F, F.smallest) == ZERO
    for zero in (ZERO, NEGATIVE_ZERO):
        assert A.successor(F, zero) == F.smallest
        assert A.predecessor(F, zero) == A.negate(F.smallest)
    end = INFINITY if F.has_infinities else F.largest
    assert A.successor(F, F.largest) == end
    assert A.predecessor(F, A.negate(F.largest)) == A.negate(end)


def test_neighbours_of_specials() -> None:
    assert A.successor(B16, NEGATIVE_INFINITY) == A.negate(B16.largest)
    assert A.predecessor(B16, INFINITY) == B16.largest
    assert A.successor(B16, INFINITY) == INFINITY
    assert A.successor(B16, NAN) == A.predecessor(B16, NAN) == NAN


@settings(max_examples=300)
@given(st.data())
def test_neighbours_of_any_format(source: st.DataObject) -> None:
    F = source.draw(formats)
    x = source.draw(finite_data(F))
    up = A.successor(F, x)
    assert A.predecessor(F, A.negate(x)) == A.negate(up)
    if x not in (F.largest, NEGATIVE_ZERO):
        assert A.predecessor(F, up) == (x if up != NEGATIVE_ZERO else A.negate(F.smallest))
        assert round_rational(F, rational(x) + F.omega * Fraction(1, 2**20), Mode.UP) == (up if up != NEGATIVE_ZERO else NEGATIVE_ZERO)


@settings(max_examples=150)
@given(st.data())
def test_exponent_and_ulp(source: st.DataObject) -> None:
    F = source.draw(formats)
    x = source.draw(finite_data(F))
    magnitude = abs(rational(x))
    k, last_place = A.exponent(F, x), A.ulp(F, x)
    if magnitude:
        assert Fraction(2) ** k <= magnitude < Fraction(2) ** (k + 1)
    else:
        assert k == F.emin
        assert last_place == F.smallest
    assert is_datum_of(F, last_place)
    assert rational(last_place) == Fraction(2) ** (max(k, F.emin) - F.p)
    if 0 < magnitude < F.Omega:
        assert rational(A.successor(F, A.absolute(x))) == magnitude + rational(last_place)


@settings(max_examples=200)
@given(st.data())
def test_flush_subnormal(source: st.DataObject) -> None:
    F = source.draw(formats)
    x = source.draw(data(F))
    subnormal = x[1] is not None and 0 < abs(rational(x)) < F.smallest_normal
    assert A.flush_subnormal(F, x) == ((NEGATIVE_ZERO if x[0] < 0 else ZERO) if subnormal else x)
