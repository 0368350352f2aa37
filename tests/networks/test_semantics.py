"""The names of variants: read, printed, refused."""

from fractions import Fraction

import pytest
from hypothesis import given, settings

from fpproof.errors import FpproofError, NetworkError
from fpproof.formats import ATLAS, Format, parse_format
from fpproof.networks import LEFT_TO_RIGHT, Order, Semantics, parse_semantics
from tests.network_strategies import semantics

B32 = ATLAS["binary32"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("left-to-right", LEFT_TO_RIGHT),
        (" fma ", Semantics(Order.FMA)),
        ("blocked(7)", Semantics(Order.BLOCKED, 7)),
        ("flush", Semantics(flush=True)),
        ("flush + pairwise + wide( half )", Semantics(Order.PAIRWISE, wide=ATLAS["binary16"], flush=True)),
        ("wide(F(3,4))+bias-first", Semantics(Order.BIAS_FIRST, wide=parse_format("F(3,4)"))),
        ("relu-slope(1e+1)+flush", Semantics(flush=True, relu_slope=Fraction(10))),
        ("relu-slope(-1/3)", Semantics(relu_slope=Fraction(-1, 3))),
        ("wide((p=2,emin=-2,emax=4,Omega=0x1.cp+4,specials=none))+flush", Semantics(wide=ATLAS["E3M2"], flush=True)),
    ],
)
def test_reads(text: str, expected: Semantics) -> None:
    assert parse_semantics(text) == expected


@settings(max_examples=200)
@given(semantics())
def test_what_is_printed_is_read_back(meaning: Semantics) -> None:
    assert parse_semantics(str(meaning)) == meaning


def test_a_format_with_a_false_name_is_printed_as_it_is() -> None:
    false = Format("binary32", 2, -2, 4, Fraction(28), "none", "saturate")
    assert parse_semantics(str(Semantics(wide=false))).wide == false != B32


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no variant|unknown"),
        ("sideways", "'sideways' is unknown or given twice; the variants are left-to-right"),
        ("pairwise+fma", "'fma' is unknown or given twice"),
        ("flush+flush", "unknown or given twice"),
        ("wide(half)+wide(half)", "unknown or given twice"),
        ("relu-slope(0)+relu-slope(0)", "unknown or given twice"),
        ("blocked", "'blocked' is no variant"),
        ("fma(3)", r"'fma\(3\)' is no variant"),
        ("blocked()", "is no variant"),
        ("blocked(0)", "expected a block length from 1 to 999999999, found '0'"),
        ("blocked(03)", "expected a block length"),
        ("blocked(\u0663)", "expected a block length"),
        ("blocked(1000000000)", "expected a block length"),
        ("wide(E4M3)", "ambiguous"),
        ("relu-slope(x)", "no number"),
        ("relu-slope(1e999999)", "too large"),
        ("pairwise+", "unknown"),
        ("x" * 10**5, "x" * 80 + "'"),
    ],
)
def test_refuses(text: str, said: str) -> None:
    with pytest.raises(FpproofError, match=said) as caught:
        parse_semantics(text)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(("order", "block"), [(Order.BLOCKED, 0), (Order.FMA, 3), (Order.BLOCKED, -1), (Order.BLOCKED, 10**9)])
def test_a_block_length_belongs_to_blocked(order: Order, block: int) -> None:
    with pytest.raises(NetworkError, match="expected a block length"):
        Semantics(order, block)


def test_the_slope_is_rounded() -> None:
    assert Semantics(relu_slope=Fraction(1, 3)).slope(ATLAS["E2M1"]) == (1, -1)
    assert Semantics().slope(B32) == (0, 0)
