"""The strategies produce what they say, and reach every edge."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from fpproof.formats import ATLAS, INFINITY, NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, ZERO, Datum, Format, Mode, parse_format, rational
from fpproof.formats.arithmetic import negate
from tests.formats.reference import is_datum_of
from tests.strategies import atlas_formats, codes, custom_formats, data, finite_data, formats, ieee_formats, modes, pairs, rationals, small_formats

B16 = ATLAS["binary16"]
FOUND = settings(max_examples=5000, database=None, phases=[Phase.generate])
"""Enough to meet an edge; the first example will do, without shrinking."""


@settings(max_examples=100)
@given(st.data())
def test_data_belong_to_their_format(source: st.DataObject) -> None:
    F = source.draw(formats)
    x, y = source.draw(data(F)), source.draw(finite_data(F))
    assert is_datum_of(F, x)
    assert is_datum_of(F, y)
    assert y[1] is not None
    assert F.decode(F.encode(x)) == x
    assert all(is_datum_of(F, z) for z in source.draw(pairs(F)))
    assert 0 <= source.draw(codes(F)) < 2**F.width


@settings(max_examples=100)
@given(small_formats, ieee_formats(5, 4), custom_formats())
def test_formats_are_what_they_say(small: Format, ieee: Format, custom: Format) -> None:
    assert small.width <= 16
    assert ieee.name == f"F({ieee.p},{ieee.q})"
    assert (ieee.p <= 5, ieee.q <= 4) == (True, True)
    assert custom.name == "custom"


@pytest.mark.parametrize(
    "wanted",
    [
        lambda F: F in ATLAS.values(),
        lambda F: F.name == "F(52,11)" or F.p > 40,
        lambda F: F.specials == "nan" and F.overflow == "saturate",
        lambda F: F.specials == "ieee" and F.overflow == "nan",
        lambda F: F.specials == "ieee" and F.overflow == "saturate",
        lambda F: F.specials == "none",
        lambda F: F.emin == F.emax,
        lambda F: F.emin > 0,
        lambda F: F.emax < 0,
        lambda F: F.largest[0] == 2**F.p and F.name == "custom",
    ],
)
def test_formats_reach(wanted: Callable[[Format], bool]) -> None:
    assert wanted(find(formats, wanted, settings=FOUND))


EDGES: dict[str, Datum] = {
    "zero": ZERO,
    "negative zero": NEGATIVE_ZERO,
    "omega": B16.smallest,
    "largest subnormal": B16.from_ordinal(2**B16.p - 1),
    "smallest normal": B16.power_of_two(B16.emin),
    "one": B16.one,
    "one's successor": B16.from_ordinal(B16.ordinal(B16.one) + 1),
    "one's predecessor": B16.from_ordinal(B16.ordinal(B16.one) - 1),
    "Omega": B16.largest,
    "negative Omega": negate(B16.largest),
    "infinity": INFINITY,
    "negative infinity": NEGATIVE_INFINITY,
    "NaN": NAN,
}


@pytest.mark.parametrize("edge", EDGES)
def test_data_reach(edge: str) -> None:
    assert find(data(B16), lambda x: x == EDGES[edge], settings=FOUND) == EDGES[edge]


def test_finite_data_of_a_format_without_specials_are_all_its_data() -> None:
    F = ATLAS["E2M1"]
    for x in F.data():
        assert find(data(F), lambda y, x=x: y == x, settings=FOUND) == x  # type: ignore[misc]  # mypy infers no lambda with a default


@pytest.mark.parametrize("mode", Mode)
def test_modes_reach(mode: Mode) -> None:
    assert find(modes, lambda m: m is mode, settings=FOUND) is mode


@pytest.mark.parametrize("name", ATLAS)
def test_atlas_formats_reach(name: str) -> None:
    assert find(atlas_formats, lambda F: F.name == name, settings=FOUND) == parse_format(name)


def test_pairs_cancel() -> None:
    x, y = find(pairs(B16), lambda xy: xy[0][1] is not None and abs(xy[0][0]) > 1024 and xy[0] == negate(xy[1]), settings=FOUND)
    assert rational(x) + rational(y) == 0


@pytest.mark.parametrize(
    "wanted",
    [
        lambda r: r in (Fraction(2049, 2048), 65520),  # midpoints, the second the one where overflow begins
        lambda r: 65520 - Fraction(1, 2**24) < r < 65520,
        lambda r: r > 65536,
        lambda r: 0 < r < Fraction(1, 2**25),
        lambda r: r == Fraction(1, 2**25),
        lambda r: r.denominator % 3 == 0,
    ],
)
def test_rationals_reach(wanted: Callable[[Fraction], bool]) -> None:
    assert wanted(find(rationals(B16), wanted, settings=FOUND))
