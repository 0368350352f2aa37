"""Exact expressions: what they mean, against Python's own arithmetic, and what is refused before it is computed."""

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from fpproof.errors import NumberError
from fpproof.formats.expressions import parse_expression


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2-2^-10", Fraction(2047, 1024)),
        ("1/3", Fraction(1, 3)),
        ("-2^-2", Fraction(-1, 4)),
        ("2^3^2", 512),
        ("2**-1", Fraction(1, 2)),
        ("(1+2^-7)*0.5", Fraction(129, 256)),
        ("0x1p-3-1", Fraction(-7, 8)),
        ("1e-3-1", Fraction(-999, 1000)),
        ("--1", 1),
        (" 6 / 3 / 2 ", 1),
        ("1-1-1", -1),
        ("0^0", 1),
    ],
)
def test_values(text: str, value: Fraction | int) -> None:
    assert parse_expression(text) == value


@pytest.mark.parametrize(
    "text",
    ["", " ", "2-", "1/0", "1/(1-1)", "0^-1", "2^0.5", "(1", "1)", "1 2", "2^-", "x", "nan", "1_000", "٣", "2**", "1e", "0x", "1..2", "2^^3", ")("],
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(NumberError):
        parse_expression(text)


@pytest.mark.parametrize(
    "text", ["9^9^9", "2^2^30", "2^(0-2^30)", "(2^2^19)*(2^2^19)*2^9", "(" * 1000, "-" * 1000 + "1", "2^" * 900 + "2", "1" * 2001, "1e99999999"]
)
def test_what_is_too_large_is_refused_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(NumberError):
        parse_expression(text)
    assert time.process_time() - start < 0.5


leaves = st.integers(0, 99).map(str)


def combined(inner: SearchStrategy[str]) -> SearchStrategy[str]:
    pairs = st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda t: f"({t[0]}){t[1]}({t[2]})")
    return st.one_of(pairs, inner.map(lambda s: f"-{s}"), st.tuples(leaves, st.integers(0, 4)).map(lambda t: f"{t[0]}**{t[1]}"))


@given(st.recursive(leaves, combined, max_leaves=8))
def test_like_python(text: str) -> None:
    """Every number a Fraction, Python's grammar does the rest."""
    marked = "".join(f"Fraction({word})" if word.isdigit() else word for word in _words(text))
    try:
        expected = eval(marked.replace("**Fraction", "**int"), {"Fraction": Fraction})
    except ZeroDivisionError:
        with pytest.raises(NumberError, match="divides by zero"):
            parse_expression(text)
    else:
        assert parse_expression(text) == expected


def _words(text: str) -> list[str]:
    words = [""]
    for character in text:
        if not (character.isdigit() and words[-1].isdigit()):
            words.append("")
        words[-1] += character
    return words
