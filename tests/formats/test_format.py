"""Formats as data: definitions, codes, order, and the errors of formats that cannot be."""

from dataclasses import FrozenInstanceError
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.errors import FormatError
from fpproof.formats import (
    ATLAS,
    INFINITY,
    NAN,
    NEGATIVE_INFINITY,
    NEGATIVE_ZERO,
    ZERO,
    Format,
    ieee_like,
    parse_format,
    rational,
)
from fpproof.formats.arithmetic import compare, negate
from tests.formats.reference import is_datum_of
from tests.strategies import codes, finite_data, formats

B16, E4M3FN = ATLAS["binary16"], ATLAS["E4M3FN"]


@pytest.mark.parametrize(
    ("name", "p", "q", "width", "emin", "emax", "Omega", "finite"),
    [
        ("binary16", 10, 5, 16, -14, 15, 65504, 2 * 31 * 1024),
        ("bfloat16", 7, 8, 16, -126, 127, Fraction(255, 128) * 2**127, 2 * 255 * 128),
        ("tf32", 10, 8, 19, -126, 127, Fraction(2047, 1024) * 2**127, 2 * 255 * 1024),
        ("binary32", 23, 8, 32, -126, 127, (2 - Fraction(1, 2**23)) * 2**127, 2 * 255 * 2**23),
        ("binary64", 52, 11, 64, -1022, 1023, (2 - Fraction(1, 2**52)) * 2**1023, 2 * 2047 * 2**52),
        ("binary128", 112, 15, 128, -16382, 16383, (2 - Fraction(1, 2**112)) * 2**16383, 2 * 32767 * 2**112),
        ("E5M2", 2, 5, 8, -14, 15, 57344, 248),
        ("E4M3FN", 3, 4, 8, -6, 8, 448, 254),
        ("E4M3FN-sat", 3, 4, 8, -6, 8, 448, 254),
        ("E3M2", 2, 3, 6, -2, 4, 28, 64),
        ("E2M3", 3, 2, 6, 0, 2, Fraction(15, 2), 64),
        ("E2M1", 1, 2, 4, 0, 2, 6, 16),
    ],
)
def test_the_atlas(name: str, p: int, q: int, width: int, emin: int, emax: int, Omega: Fraction, finite: int) -> None:
    F = ATLAS[name]
    assert (F.p, F.q, F.width, F.emin, F.emax, F.Omega) == (p, q, width, emin, emax, Omega)
    assert F.finite_count == finite
    assert F.omega == Fraction(2) ** (emin - p)
    assert F.smallest_normal == Fraction(2) ** emin
    assert (F.precision, F.quanta) == (p + 1, (emin - p, emax - p))


@pytest.mark.parametrize("F", [F for F in ATLAS.values() if F.width <= 8] + [B16, ieee_like(1, 2), ieee_like(4, 3)], ids=str)
def test_order_of_all_data(F: Format) -> None:
    everything = list(F.data())
    assert len(everything) == len(set(everything)) == F.finite_count + 2 * F.has_infinities + F.has_nan
    finite = list(F.finite())
    assert [F.ordinal(x) for x in finite] == [*range(-F.largest_ordinal, 1), *range(F.largest_ordinal + 1)]
    assert all(is_datum_of(F, x) and F.decode(F.encode(x)) == x for x in everything)
    values = [rational(x) for x in finite]
    assert values == sorted(values)
    assert values[-1] == F.Omega
    assert finite[F.finite_count // 2 - 1 :][:2] == [NEGATIVE_ZERO, ZERO]


@settings(max_examples=200)
@given(st.data())
def test_ordinals_follow_the_order(source: st.DataObject) -> None:
    F = source.draw(formats)
    x, y = source.draw(finite_data(F)), source.draw(finite_data(F))
    assert compare(x, y) == (F.ordinal(x) > F.ordinal(y)) - (F.ordinal(x) < F.ordinal(y))
    assert F.from_ordinal(F.ordinal(x)) == (ZERO if x == NEGATIVE_ZERO else x)


@settings(max_examples=200)
@given(st.data())
def test_a_code_is_used_once_or_not_at_all(source: st.DataObject) -> None:
    F = source.draw(formats)
    code = source.draw(codes(F))
    sign, magnitude = 1 << (F.width - 1), code & ((1 << (F.width - 1)) - 1)
    top_field, all_ones = magnitude >> F.p == (1 << F.q) - 1, magnitude == sign - 1
    if magnitude <= F.largest_ordinal or (F.specials == "ieee" and top_field) or (F.specials == "nan" and all_ones):
        x = F.decode(code)
        assert F.encode(x) == code or x == NAN
        assert F.decode(F.encode(x)) == x
    else:
        with pytest.raises(FormatError, match=f"code 0x{code:0{F.code_digits}x} is not used"):
            F.decode(code)


def test_fields_of_a_code() -> None:
    assert B16.encode(B16.one) == 0x3C00
    assert B16.encode(NEGATIVE_ZERO) == 0x8000
    assert B16.encode(B16.smallest) == 1
    assert B16.encode(INFINITY) == 0x7C00
    assert B16.encode(NEGATIVE_INFINITY) == 0xFC00
    assert B16.encode(NAN) == 0x7E00
    assert B16.decode(0xFFFF) == B16.decode(0x7C01) == NAN
    assert E4M3FN.decode(0x7F) == E4M3FN.decode(0xFF) == NAN
    assert E4M3FN.encode(NAN) == 0x7F
    assert E4M3FN.decode(0x7E) == (14, 5)


def test_codes_that_mean_nothing() -> None:
    gap = Format("gap", 1, 0, 4, Fraction(24), "ieee", "infinity")  # six exponent fields and infinities: one of eight is free
    assert gap.q == 3
    assert gap.decode(0b0_111_0) == INFINITY
    with pytest.raises(FormatError, match="format gap: code 0x0c is not used"):
        gap.decode(0b0_110_0)
    with pytest.raises(FormatError, match="a code has 5 bits, found 0x20"):
        gap.decode(1 << 5)
    with pytest.raises(FormatError, match="a code has 5 bits, found -0x1"):
        gap.decode(-1)


def test_specials_without_a_code() -> None:
    with pytest.raises(FormatError, match="format E4M3FN: infinity has no code"):
        E4M3FN.encode(NEGATIVE_INFINITY)
    with pytest.raises(FormatError, match="format E2M1: NaN has no code"):
        ATLAS["E2M1"].encode(NAN)
    with pytest.raises(FormatError, match="only finite numbers have an ordinal"):
        B16.ordinal(INFINITY)


def test_powers_of_two() -> None:
    assert rational(B16.power_of_two(-24)) == B16.omega
    assert rational(B16.power_of_two(15)) == 32768
    for n in (-25, 16):
        with pytest.raises(FormatError, match=rf"2\^{n} is no float of it"):
            B16.power_of_two(n)
    with pytest.raises(FormatError, match="1 is no float of it"):
        _ = Format("small", 2, -9, -3, Fraction(7, 32), "none", "saturate").one
    with pytest.raises(FormatError, match="1 is no float of it"):
        _ = Format("large", 2, 5, 9, Fraction(7 * 2**7), "none", "saturate").one


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"p": 0}, "expected p from 1 to 256, found 0"),
        ({"p": 257}, "expected p from 1 to 256, found 257"),
        ({"emin": 9}, "expected emin <= emax, found 9 > 8"),
        ({"emax": 10**6}, "expected exponents of magnitude at most 262144, found 1000000"),
        ({"emin": -(10**6)}, "expected exponents of magnitude at most 262144, found -1000000"),
        ({"Omega": Fraction(449)}, "expected an Omega of exponent 8 with 3 fraction bits, found 449"),
        ({"Omega": Fraction(512)}, "expected an Omega of exponent 8 with 3 fraction bits, found 512"),
        ({"Omega": Fraction(-448)}, "expected an Omega of exponent 8 with 3 fraction bits, found -448"),
        ({"Omega": Fraction(1, 3)}, "found 1/3"),
        ({"Omega": Fraction(2) ** 100_000}, r"found 0x1p\+100000"),
        ({"Omega": Fraction(1, 3**9000)}, "found a long fraction"),
        ({"Omega": Fraction(480)}, "expected an Omega whose code is not the one of NaN, found 480"),
        ({"specials": "some"}, "expected specials ieee, nan or none, found some"),
        ({"overflow": "wraps"}, "expected overflow infinity, nan or saturate, found wraps"),
        ({"overflow": "infinity"}, "expected overflow nan or saturate without infinities, found infinity"),
        ({"specials": "none"}, "expected overflow saturate without a NaN, found nan"),
    ],
)
def test_formats_that_cannot_be(changes: dict[str, Any], message: str) -> None:
    fields = {"p": 3, "emin": -6, "emax": 8, "Omega": Fraction(448), "specials": "nan", "overflow": "nan"}
    Format("mine", **fields)  # type: ignore[arg-type]  # one of them may be changed into what it must not be
    with pytest.raises(FormatError, match=f"format mine: .*{message}"):
        Format("mine", **{**fields, **changes})


@pytest.mark.parametrize(("p", "q"), [(0, 4), (257, 4), (3, 1), (3, 20)])
def test_bounds_of_ieee_formats(p: int, q: int) -> None:
    with pytest.raises(FormatError, match=rf"F\({p},{q}\): expected 1 <= p <= 256 and 2 <= q <= 19"):
        ieee_like(p, q)


def test_extremes_exist() -> None:
    F = ieee_like(256, 19)
    assert F.decode(F.encode(F.largest)) == F.largest
    assert F.width == 276
    G = Format("one binade", 1, 0, 0, Fraction(3, 2), "none", "saturate")
    assert [rational(x) for x in G.finite()] == [Fraction(n, 2) for n in (-3, -2, -1, 0, 0, 1, 2, 3)]
    assert G.width == 3


def test_names_do_not_count() -> None:
    assert ieee_like(2, 5) == ATLAS["E5M2"]
    assert hash(ieee_like(2, 5)) == hash(ATLAS["E5M2"])
    assert ATLAS["E4M3FN"] != ATLAS["E4M3FN-sat"]
    assert str(ieee_like(2, 5)) == "F(2,5)"
    with pytest.raises(FrozenInstanceError):
        B16.p = 3  # type: ignore[misc]  # it is frozen


@settings(max_examples=200)
@given(formats)
def test_definitions_are_read_back(F: Format) -> None:
    assert parse_format(F.definition) == F
    assert eval(repr(F), {"parse_format": parse_format}) == F


@pytest.mark.parametrize("F", [ieee_like(256, 19), ieee_like(112, 15, "a name that is too odd to keep"), E4M3FN], ids=["large", "odd name", "E4M3FN"])
def test_definitions_stay_short(F: Format) -> None:
    assert len(F.definition) < 120
    assert parse_format(F.definition) == F


def test_negative_data_mirror_positive_ones() -> None:
    for x in E4M3FN.finite():
        assert E4M3FN.encode(negate(x)) == E4M3FN.encode(x) ^ 0x80
