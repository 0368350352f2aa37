"""Rounding against its definition, in all modes and formats."""

from fractions import Fraction

import gmpy2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.errors import FpproofError
from fpproof.formats import (
    ATLAS,
    INFINITY,
    NAN,
    NEGATIVE_INFINITY,
    NEGATIVE_ZERO,
    ZERO,
    Format,
    Mode,
    ieee_like,
    rational,
    round_datum,
    round_dyadic,
    round_rational,
)
from fpproof.formats.arithmetic import negate
from tests.formats.reference import half_omega, is_datum_of, result, round_fraction, value
from tests.strategies import data, formats, modes, rationals

E4M3FN, SATURATING, E2M1, B16 = ATLAS["E4M3FN"], ATLAS["E4M3FN-sat"], ATLAS["E2M1"], ATLAS["binary16"]


@settings(max_examples=500)
@given(st.data())
def test_rationals_round_by_definition(source: st.DataObject) -> None:
    F, mode = source.draw(formats), source.draw(modes)
    r = source.draw(rationals(F))
    x = round_rational(F, r, mode)
    if r == 0:
        assert x == ZERO
    else:
        assert result(x) == round_fraction(F, r, mode)
        assert is_datum_of(F, x)


@settings(max_examples=250)
@given(st.data(), st.integers(-(2**200), 2**200).filter(bool), st.integers(-40, 10))
def test_dyadics_round_by_definition(source: st.DataObject, m: int, e: int) -> None:
    F, mode = source.draw(formats), source.draw(modes)
    e += source.draw(st.integers(F.emin - F.p, F.emax)) - abs(m).bit_length()
    assert result(round_dyadic(F, m, e, mode)) == round_fraction(F, m * Fraction(2) ** e, mode)


ODD_OMEGA = Format("odd", 2, -1, 1, Fraction(5, 2), "ieee", "nan")


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("F", [ieee_like(1, 2), ieee_like(3, 2), E4M3FN, SATURATING, E2M1, ODD_OMEGA], ids=str)
def test_every_quarter_of_the_last_place(F: Format, mode: Mode) -> None:
    """Between all neighbours, up to two numbers after Omega, both signs: every tie and both its sides."""
    for n in range(F.largest_ordinal + 3):
        low, high = value(F, n) * half_omega(F), value(F, n + 1) * half_omega(F)
        for k in range(4):
            r = low + (high - low) * k / 4
            if r:
                assert result(round_rational(F, r, mode)) == round_fraction(F, r, mode), r
                assert result(round_rational(F, -r, mode)) == round_fraction(F, -r, mode), -r


@settings(max_examples=150)
@given(st.data())
def test_floats_stay(source: st.DataObject) -> None:
    F, mode = source.draw(formats), source.draw(modes)
    x = source.draw(data(F))
    assert round_datum(F, x, mode) == x
    if x[1] is not None and x[0]:
        assert round_rational(F, rational(x), mode) == x


@settings(max_examples=150)
@given(st.data())
def test_modes_are_mirror_images(source: st.DataObject) -> None:
    F, mode = source.draw(formats), source.draw(modes)
    r = source.draw(rationals(F).filter(bool))
    mirrored = {Mode.UP: Mode.DOWN, Mode.DOWN: Mode.UP}.get(mode, mode)
    assert round_rational(F, -r, mirrored) == negate(round_rational(F, r, mode))


def test_overflow_of_E4M3FN_begins_after_464() -> None:
    assert round_rational(E4M3FN, 464) == E4M3FN.largest
    assert round_rational(E4M3FN, 465) == NAN
    assert round_rational(E4M3FN, 464 + Fraction(1, 10**30)) == NAN
    assert round_rational(SATURATING, 465) == SATURATING.largest
    assert round_rational(SATURATING, -(10**9)) == negate(SATURATING.largest)


@pytest.mark.parametrize(
    ("mode", "above", "below"),
    [
        (Mode.NEAREST_EVEN, INFINITY, NEGATIVE_INFINITY),
        (Mode.NEAREST_AWAY, INFINITY, NEGATIVE_INFINITY),
        (Mode.TOWARD_ZERO, B16.largest, negate(B16.largest)),
        (Mode.TO_ODD, B16.largest, negate(B16.largest)),
        (Mode.UP, INFINITY, negate(B16.largest)),
        (Mode.DOWN, B16.largest, NEGATIVE_INFINITY),
    ],
)
def test_overflow_by_mode(mode: Mode, above: object, below: object) -> None:
    assert round_rational(B16, 10**6, mode) == above
    assert round_rational(B16, -(10**6), mode) == below


def test_a_zero_result_has_the_sign_of_the_number() -> None:
    tiny = Fraction(1, 10**9)
    assert round_rational(B16, tiny) == ZERO
    assert round_rational(B16, -tiny) == NEGATIVE_ZERO
    assert round_rational(B16, -tiny, Mode.UP) == NEGATIVE_ZERO
    assert round_rational(B16, -tiny, Mode.DOWN) == negate(B16.smallest)
    assert round_rational(B16, -tiny, Mode.TO_ODD) == negate(B16.smallest)


def test_half_of_omega_is_a_tie_to_zero() -> None:
    assert round_rational(B16, B16.omega / 2) == ZERO
    assert round_rational(B16, B16.omega / 2, Mode.NEAREST_AWAY) == B16.smallest
    assert round_rational(B16, B16.omega / 2 + B16.omega / 2**80) == B16.smallest


def test_specials_of_another_format() -> None:
    assert round_datum(B16, INFINITY) == INFINITY
    assert round_datum(SATURATING, NEGATIVE_INFINITY) == NAN  # an exact infinity is no overflow
    assert round_datum(E2M1, NAN) == NAN
    assert round_datum(E2M1, NEGATIVE_ZERO, Mode.UP) == NEGATIVE_ZERO


def test_integers_and_gmpy2_rationals_round_alike() -> None:
    r = Fraction(1, 10)
    assert round_rational(B16, gmpy2.mpq(1, 10)) == round_rational(B16, r)
    assert round_rational(B16, gmpy2.mpz(2049)) == round_rational(B16, 2049) == B16.power_of_two(11)


def test_only_finite_data_are_rational() -> None:
    with pytest.raises(FpproofError, match="NaN has no rational value"):
        rational(NAN)
    with pytest.raises(FpproofError, match="an infinity has no rational value"):
        rational(INFINITY)


def test_an_unknown_mode_is_no_silent_rounding() -> None:
    with pytest.raises(TypeError, match="no rounding mode"):
        round_rational(B16, Fraction(1, 10), "nearest")  # type: ignore[arg-type]  # a text is no mode
