"""Numbers as text: reading is exact and bounded, writing is shortest or exact, and both agree with Python and numpy."""

import struct
import time
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.errors import NumberError
from fpproof.formats import (
    ATLAS,
    INFINITY,
    NAN,
    NEGATIVE_INFINITY,
    NEGATIVE_ZERO,
    ZERO,
    Datum,
    Float,
    Format,
    Mode,
    ieee_like,
    rational,
    round_rational,
)
from fpproof.formats.arithmetic import is_negative, negate
from fpproof.formats.text import both, code_text, decimal, hexadecimal, parse_rational, read_float, round_text
from tests.formats.reference import value
from tests.strategies import data, finite_data, formats, modes

B16, B64, B128 = ATLAS["binary16"], ATLAS["binary64"], ATLAS["binary128"]
E4M3FN, SATURATING, E2M1, E2M3 = ATLAS["E4M3FN"], ATLAS["E4M3FN-sat"], ATLAS["E2M1"], ATLAS["E2M3"]
HUGE = ieee_like(200, 19)


@pytest.mark.parametrize(
    ("text", "r"),
    [
        ("0", 0),
        ("-0.0", 0),
        ("1", 1),
        ("+1.", 1),
        (".5", Fraction(1, 2)),
        (" 0.125 ", Fraction(1, 8)),
        ("-1e-3", Fraction(-1, 1000)),
        ("12.5E+1", 125),
        ("0x1p-3", Fraction(1, 8)),
        ("-0X1.8P+1", -3),
        ("0x.8", Fraction(1, 2)),
        ("0xff", 255),
        ("3/8", Fraction(3, 8)),
        ("-6 / 4", Fraction(-3, 2)),
        ("1" + "0" * 1500, 10**1500),
        ("1/" + "9" * 1500, Fraction(1, 10**1500 - 1)),
    ],
)
def test_rationals(text: str, r: Fraction) -> None:
    assert parse_rational(text) == r


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no number"),
        (".", "is no number"),
        ("e5", "is no number"),
        ("0x", "is no number"),
        ("0xp3", "is no number"),
        ("1e", "is no number"),
        ("1/0", "is no number"),
        ("--1", "is no number"),
        ("1_000", "is no number"),
        ("1,5", "is no number"),
        ("٣", "is no number"),
        ("１", "is no number"),
        ("nan", "is no number"),
        ("x" * 100, "is no number"),
        ("9" * 2001, "a number of 2001 characters, at most 2000 are read"),
        ("1/" + "9" * 2000, "a number of 2002 characters"),
        ("1e90001", "too large or too small"),
        ("0x1p-300001", "too large or too small"),
        ("1e" + "9" * 1000, "too large or too small"),
    ],
)
def test_texts_that_are_no_rational(text: str, message: str) -> None:
    with pytest.raises(NumberError, match=message) as caught:
        parse_rational(text)
    assert len(str(caught.value)) < 200


@settings(max_examples=200)
@given(st.data())
def test_written_floats_are_read_back(source: st.DataObject) -> None:
    F = source.draw(formats)
    x = source.draw(data(F))
    if x[1] is not None:
        assert read_float(F, hexadecimal(x)) == x
        assert parse_rational(hexadecimal(x)) == rational(x)
    assert read_float(F, decimal(F, x), rounding=True) == x
    assert read_float(F, f"bits(0x{code_text(F, x)})") == x


@settings(max_examples=200)
@given(st.data(), st.integers(-(10**20), 10**20), st.integers(1, 10**20), st.integers(-40, 40))
def test_reading_rounds_the_exact_value(source: st.DataObject, n: int, denominator: int, k: int) -> None:
    F, mode = source.draw(formats), source.draw(modes)
    for text, r in ((f"{n}e{k}", n * Fraction(10) ** k), (f"{n}/{denominator}", Fraction(n, denominator)), (f"{n:#x}p{k}", n * Fraction(2) ** k)):
        x, exact = round_text(F, text, mode)
        assert x == round_rational(F, r, mode)
        assert exact == (x[1] is not None and rational(x) == r)


@pytest.mark.parametrize("text", ["-0", "-0.0", "-0e999999", "-0x0p5", "-0/7"])
def test_a_zero_keeps_its_sign(text: str) -> None:
    assert round_text(B16, text) == (NEGATIVE_ZERO, True)
    assert round_text(B16, text[1:]) == (ZERO, True)


@pytest.mark.parametrize(("text", "x"), [("inf", INFINITY), ("+Infinity", INFINITY), ("-INF", NEGATIVE_INFINITY), ("NaN", NAN), ("-nan", NAN)])
def test_specials(text: str, x: Datum) -> None:
    assert read_float(B16, text) == x


@pytest.mark.parametrize("text", ["1e999999999", "9" * 1990, "0x1p999999999", "1e" + "9" * 1900, "0x1p262144", "1e78914", "9" * 1900 + "/1"])
@pytest.mark.parametrize("F", [E2M1, E4M3FN, B64, B128, HUGE], ids=str)
def test_huge_numbers_overflow_at_once(F: Format, text: str) -> None:
    """F(200,19) reaches to 1.6e78913; it and binary128 hold the numbers that are written out."""
    fits = F.emax > 10_000 and text.startswith("9")
    start = time.process_time()
    for mode in Mode:
        x, _ = round_text(F, text, mode)
        if not fits:
            assert x == round_rational(F, 2 * F.Omega, mode)
        assert round_text(F, "-" + text, {Mode.UP: Mode.DOWN, Mode.DOWN: Mode.UP}.get(mode, mode))[0] == negate(x)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("text", ["1e-999999999", "0." + "0" * 1990 + "1e-99999", "0x1p-999999999", "1e-" + "9" * 1900, "0x1p-262344"])
@pytest.mark.parametrize("F", [E2M1, E4M3FN, B64, B128, HUGE], ids=str)
def test_tiny_numbers_underflow_at_once(F: Format, text: str) -> None:
    start = time.process_time()
    for mode in Mode:
        expected = F.smallest if mode in (Mode.UP, Mode.TO_ODD) else ZERO
        assert round_text(F, text, mode) == (expected, False)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("F", [E2M1, E4M3FN, B16, B64, B128], ids=str)
def test_numbers_around_the_ends_are_not_taken_for_far_outside(F: Format) -> None:
    """2^n around omega/4 and 4 Omega, as hex and as exact ratios and decimals."""
    for n in [*range(F.quanta[0] - 6, F.quanta[0] + 2), *range(F.emax - 1, F.emax + 6)]:
        r = Fraction(2) ** n
        texts = [f"0x1p{n}", f"0x0.0001p{n + 16}", f"0x10000p{n - 16}"]
        if abs(n) < 1000:
            texts += [f"{r.numerator}/{r.denominator}", f"{2**n}e0" if n >= 0 else f"{5**-n}e{n}"]
        for text in texts:
            for mode in Mode:
                assert round_text(F, text, mode)[0] == round_rational(F, r, mode), (text, mode)


@pytest.mark.parametrize(
    ("F", "text", "message"),
    [
        (B16, "0.1", r"its neighbours are 0.0999755859375 \(0x1.998p-4\) and 0.10003662109375 \(0x1.99cp-4\)"),
        (B16, "-0.1", r"its neighbours are -0.10003662109375 \(-0x1.99cp-4\) and -0.0999755859375 \(-0x1.998p-4\)"),
        (B16, "1/3", r"its neighbours are 0.333251953125 \(0x1.554p-2\) and 0.33349609375 \(0x1.558p-2\)"),
        (B16, "65505", r"its neighbours are 65504.0 \(0x1.ffcp\+15\) and inf"),
        (B16, "-1e9999", r"its neighbours are -inf and -65504.0 \(-0x1.ffcp\+15\)"),
        (B16, "1e-9", r"its neighbours are 0.0 \(0x0p\+0\) and 5.9604644775390625e-08 \(0x1p-24\)"),
        (B16, "-1e-9999", r"its neighbours are -5.9604644775390625e-08 \(-0x1p-24\) and -0.0 \(-0x0p\+0\)"),
        (E4M3FN, "450", r"the largest number is 448.0 \(0x1.cp\+8\)"),
        (E4M3FN, "1e99", r"the largest number is 448.0"),
        (E4M3FN, "-465", r"the least number is -448.0 \(-0x1.cp\+8\)"),
        (SATURATING, "449", r"the largest number is 448.0"),
        (SATURATING, "-1e9999", r"the least number is -448.0"),
        (SATURATING, "447", r"its neighbours are 416.0 \(0x1.ap\+8\) and 448.0 \(0x1.cp\+8\)"),
        (E2M1, "-7", r"the least number is -6.0"),
        (E2M1, "0.1", r"its neighbours are 0.0 \(0x0p\+0\) and 0.5 \(0x1p-1\)"),
        (E2M1, "nan", "the format has no NaN"),
        (E4M3FN, "-inf", "the format has no infinities"),
    ],
)
def test_what_is_said_of_numbers_that_are_no_floats(F: Format, text: str, message: str) -> None:
    with pytest.raises(NumberError, match=f"^'{text}' is no float of {F.name}: {message}") as caught:
        read_float(F, text)
    assert caught.value.hint == "write a float, or round with --round"
    assert read_float(F, text, rounding=True) == round_text(F, text)[0]


@settings(max_examples=150)
@given(st.data(), st.sampled_from([Fraction(1, 3), Fraction(1, 2), Fraction(99, 100)]))
def test_named_neighbours_are_the_neighbours(source: st.DataObject, fraction: Fraction) -> None:
    """Between two floats the error names both; their decimals read back as them."""
    F = source.draw(formats.filter(lambda F: F.width <= 64))
    n = source.draw(st.integers(0, F.largest_ordinal - 1))
    low, high = F.from_ordinal(n), F.from_ordinal(n + 1)
    r = rational(low) + fraction * (rational(high) - rational(low))
    with pytest.raises(NumberError) as caught:
        read_float(F, f"{r.numerator}/{r.denominator}")
    assert caught.value.message.endswith(f"its neighbours are {both(F, low)} and {both(F, high)}")


@pytest.mark.parametrize("text", ["bits(0x100)", "bits(0x7f)x", "bits(7f)", "bits(0x)", "bits(0x" + "0" * 131 + ")"])
def test_codes_that_cannot_be(text: str) -> None:
    with pytest.raises(NumberError):
        read_float(E4M3FN, text)


def test_codes_are_read() -> None:
    assert read_float(B16, "bits(0x3c00)") == B16.one
    assert read_float(B16, " bits( 0X8000 ) ") == NEGATIVE_ZERO
    assert read_float(E4M3FN, "bits(0xFF)") == NAN


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (ZERO, "0x0p+0"),
        (NEGATIVE_ZERO, "-0x0p+0"),
        (INFINITY, "inf"),
        (NEGATIVE_INFINITY, "-inf"),
        (NAN, "nan"),
        ((1, -24), "0x1p-24"),
        ((-1536, -10), "-0x1.8p+0"),
    ],
)
def test_hexadecimal(x: Datum, text: str) -> None:
    assert hexadecimal(x) == text


def random_codes(F: Format, count: int) -> list[int]:
    return [int(code) for code in np.random.default_rng(F.width).integers(0, 1 << F.width, count, dtype=np.uint64, endpoint=False)]


def test_hex_and_decimal_are_those_of_Python() -> None:
    """float.hex writes all 13 digits and subnormals with a leading 0, so it is compared by value."""
    for code in [*random_codes(B64, 5000), *range(1, 50), *(n << 52 for n in range(1, 2047, 20))]:
        (v,) = struct.unpack("<d", code.to_bytes(8, "little"))
        x = B64.decode(code)
        assert decimal(B64, x) == repr(v)
        if x[1] is not None:
            assert float.fromhex(hexadecimal(x)) == v


@pytest.mark.parametrize(("name", "floating", "unsigned"), [("binary16", np.float16, np.uint16), ("binary32", np.float32, np.uint32)])
def test_decimals_have_the_digits_of_numpy(name: str, floating: type[np.floating[Any]], unsigned: type[np.unsignedinteger[Any]]) -> None:
    F = ATLAS[name]
    codes = range(1 << 15) if F.width == 16 else [*random_codes(F, 5000), *(n << 23 for n in range(255))]
    for code, v in zip(codes, np.array(codes, dtype=unsigned).view(floating), strict=True):
        text = "nan" if np.isnan(v) else np.format_float_scientific(v, unique=True, trim="-")
        mine = decimal(F, F.decode(code))
        assert mine == text or (scientific(mine) == scientific(text) and np.isfinite(v)), code


def scientific(text: str) -> tuple[bool, str, int]:
    """Sign, digits without zeros at either end, and exponent of the last digit."""
    mantissa, _, exponent = text.lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    stripped = digits.rstrip("0")
    return text.startswith("-"), stripped, (int(exponent or 0) - len(fraction) + len(digits) - len(stripped) if stripped else 0)


@settings(max_examples=200)
@given(st.data())
def test_decimals_are_shortest_and_closest(source: st.DataObject) -> None:
    """By the definition: no multiple of a greater power of ten rounds to x, and no other multiple of this one is closer."""
    F = source.draw(formats.filter(lambda F: F.width <= 64))
    x = source.draw(finite_data(F).filter(lambda x: x[0] > 0))
    unbounded = Format("unbounded", F.p, F.emin, F.emax + 1, (2 - Fraction(1, 2**F.p)) * Fraction(2) ** (F.emax + 1))
    r, text = rational(x), decimal(F, x)
    _, digits, k = scientific(text)
    n = int(digits)
    assert round_rational(unbounded, n * Fraction(10) ** k) == x
    coarse = Fraction(10) ** (k + 1)
    assert all(round_rational(unbounded, (r // coarse + step) * coarse) != x for step in (0, 1))
    fine = Fraction(10) ** k
    nearest = [m for m in (r // fine, r // fine + 1) if m and round_rational(unbounded, m * fine) == x]
    assert abs(n * fine - r) == min(abs(m * fine - r) for m in nearest)


@pytest.mark.parametrize(
    ("F", "x", "text"),
    [
        (SATURATING, SATURATING.largest, "450.0"),
        (E2M1, E2M1.largest, "6.0"),
        (E2M3, E2M3.largest, "7.5"),
        (ATLAS["E3M2"], ATLAS["E3M2"].largest, "28.0"),
        (B16, B16.largest, "65500.0"),
        (B16, B16.smallest, "6e-08"),
    ],
)
def test_decimals_of_the_ends(F: Format, x: Datum, text: str) -> None:
    """450 rounds to 448 whatever overflow does; 500 only saturates to it, as 30 does to 28 and 8 to 7.5."""
    assert decimal(F, x) == text


@pytest.mark.parametrize(
    ("F", "text", "shown"),
    [
        (B16, "0x1.998p-4", "0.0999755859375 (0x1.998p-4)"),
        (B16, "-0x1p-24", "-5.9604644775390625e-08 (-0x1p-24)"),
        (B16, "65504", "65504.0 (0x1.ffcp+15)"),
        (B16, "-0", "-0.0 (-0x0p+0)"),
        (B16, "nan", "nan"),
        (B16, "-inf", "-inf"),
        (E2M3, "7.5", "7.5 (0x1.ep+2)"),
        (B64, "0x1.999999999999ap-4", "0.1 (0x1.999999999999ap-4)"),
        (B64, "1e22", "1e+22 (0x1.0f0cf064dd592p+73)"),
        (B64, "0x1p60", "1.152921504606847e+18 (0x1p+60)"),  # 2^60 has 19 digits
        (B64, "0x1p56", "7.2057594037927936e+16 (0x1p+56)"),  # 17 digits, of which the shortest has 16
    ],
)
def test_messages_show_exact_decimals_up_to_17_digits(F: Format, text: str, shown: str) -> None:
    assert both(F, read_float(F, text)) == shown


@settings(max_examples=200)
@given(st.data())
def test_messages_are_read_back(source: st.DataObject) -> None:
    F = source.draw(formats)
    x = source.draw(finite_data(F))
    decimal_part, _, hex_part = both(F, x).partition(" ")
    assert read_float(F, hex_part.strip("()")) == x
    _, digits, k = scientific(decimal_part)
    r = abs(rational(x))
    if r and len(digits) < 17 and abs(k) < 10_000:
        # few digits may be the exact number or the shortest, but never the shortest where 17 digits are exact
        exact = r == int(digits) * Fraction(10) ** k
        power = Fraction(10) ** (16 - (len(digits) + k - 1))
        assert exact or (r * power).denominator != 1
    assert read_float(F, decimal_part, rounding=True) in (x, NAN) or F.overflow == "infinity"
    assert decimal_part.startswith("-") == is_negative(x)


def test_writing_is_quick_at_any_exponent() -> None:
    start = time.process_time()
    for x in (HUGE.largest, HUGE.smallest, HUGE.one, B128.largest, B128.smallest):
        F = B128 if x in (B128.largest, B128.smallest) else HUGE
        assert len(both(F, x)) < 300
        assert len(repr(Float(F, x))) < 200
    assert time.process_time() - start < 2


def test_codes_as_text() -> None:
    assert code_text(B16, B16.one) == "3c00"
    assert code_text(E2M1, E2M1.one) == "2"
    assert code_text(E2M1, NAN) == "none"
    assert code_text(E4M3FN, INFINITY) == "none"
    assert value(E2M1, 1) == 2  # omega, in units of omega/2
