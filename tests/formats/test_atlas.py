"""Names of formats, and formats from text."""

from fractions import Fraction

import pytest

from fpproof.errors import FormatError
from fpproof.formats import ATLAS, Format, ieee_like, parse_format, split_list
from fpproof.formats.atlas import ALIASES, format_text


@pytest.mark.parametrize("name", ATLAS)
def test_names_are_read_in_any_case(name: str) -> None:
    assert parse_format(name) is parse_format(name.upper()) is parse_format(f" {name.lower()} ") is ATLAS[name]


def test_aliases() -> None:
    assert all(parse_format(alias) is ATLAS[name] for alias, name in ALIASES.items())
    assert parse_format("BF16").name == "bfloat16"


@pytest.mark.parametrize("text", ["E4M3", "e4m3", " E4m3 "])
def test_E4M3_alone_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match=r"ambiguous; say E4M3FN, E4M3FN-sat or F\(3,4\)"):
        parse_format(text)


def test_ieee_formats() -> None:
    assert parse_format("F(3,4)") == ieee_like(3, 4)
    assert parse_format("F( 3 , 4 )").name == "F(3,4)"
    assert parse_format("F(10,5)") == ATLAS["binary16"]


def test_definitions() -> None:
    mine = parse_format("mine(p=3,emin=-6,emax=8,Omega=448,specials=nan,overflow=nan)")
    assert mine == ATLAS["E4M3FN"]
    assert mine.name == "mine"
    assert parse_format("(p=3, emin=-6, emax=8, Omega=448, specials=nan)").name == "custom"
    assert parse_format("(p=3,emin=-6,emax=8,Omega=0x1.cp8,specials=nan)") == mine
    assert parse_format("(p=3,emin=0,emax=2,Omega=15/2,specials=none)") == ATLAS["E2M3"]
    assert parse_format("(p=10,emin=-14,emax=15)") == ATLAS["binary16"]  # Omega of all ones, infinities and NaN
    assert parse_format("(p=3,emin=-6,emax=8,Omega=4.48e2,specials=nan,overflow=saturate)") == ATLAS["E4M3FN-sat"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "unknown; IEEE-like formats are written F"),
        ("bfloat17", "'bfloat17' is unknown; did you mean bfloat16"),
        ("floot16", "did you mean binary16"),
        ("F(3;4)", r"'3;4' is not one of p, emin, emax, Omega, specials, overflow"),
        ("F(٣,4)", "is not one of"),  # digits are ASCII digits
        ("mine(p=3)", "emin, emax missing"),
        ("mine(p=3,p=3,emin=0,emax=1)", "'p=3' is not one of .* given once"),
        ("mine(p=3,emin=0,emax=1,bias=3)", "'bias=3' is not one of"),
        ("mine(p=x,emin=0,emax=1)", "p = 'x' is no integer"),
        ("mine(p=1_0,emin=0,emax=1)", "p = '1_0' is no integer"),
        ("mine(p=٣,emin=0,emax=1)", "p = '٣' is no integer"),
        ("mine(p=9999999999,emin=0,emax=1)", "p = '9999999999' is no integer"),
        ("mine(p=300,emin=0,emax=1)", "expected p from 1 to 256, found 300"),
        ("mine(p=3,emin=0,emax=999999999)", "exponents of magnitude at most 262144"),
        ("mine(p=3,emin=0,emax=1,Omega=1/0)", "Omega = '1/0' is no decimal, hex float or ratio"),
        ("mine(p=3,emin=0,emax=1,Omega=1e999999999)", "Omega = '1e999999999' is no"),
        ("mine(p=3,emin=-6,emax=8,specials=nan)", "whose code is not the one of NaN, found 480"),
        ("x" * 1000, "a text of 1000 characters, at most 400 are read"),
    ],
)
def test_texts_that_are_no_format(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        parse_format(text)
    assert len(str(caught.value)) < 400


def test_format_text_prefers_names() -> None:
    assert format_text(ATLAS["E4M3FN-sat"]) == "E4M3FN-sat"
    assert format_text(ieee_like(3, 4)) == "F(3,4)"
    impostor = Format("binary16", 3, -6, 8, Fraction(448), "nan", "nan")
    assert format_text(impostor) == "binary16(p=3,emin=-6,emax=8,Omega=448,specials=nan,overflow=nan)"
    assert parse_format(format_text(impostor)) == impostor


def test_lists_split_outside_parentheses() -> None:
    assert split_list("F(2,3), E5M2,mine(p=3,emin=-6,emax=8),") == ["F(2,3)", "E5M2", "mine(p=3,emin=-6,emax=8)"]
    assert split_list(" ") == []
