"""The rows of the dossier's table of sawtooth networks, and the laws behind them."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.pieces import PiecesError, Segment, bounded_sawtooth, closed_form, count, neurons, pieces_by_orbits, sawtooth
from fpproof.pieces.sawtooth import first_loss

Q = Fraction
UNIT = Segment.interval(0, 1)
HALF = Q(1, 2)

ROWS = {
    (Q(2), HALF): [2**L for L in range(1, 13)],
    (2 - Q(1, 8), HALF): [2, 4, 8, 16, 32, 62, 118, 224, 424, 798, 1500, 2818, 5290, 9924],
    (2 - Q(1, 16), HALF): [2, 4, 8, 16, 32, 64, 126, 246, 480, 934, 1814, 3518, 6820, 13220],
}
"""Given by the dossier."""


@pytest.mark.parametrize("row", ROWS)
def test_rows_of_the_dossier(row: tuple[Fraction, Fraction]) -> None:
    counts = [count(sawtooth(depth, *row), UNIT) for depth in range(1, len(ROWS[row]) + 1)]
    assert [found.pieces for found in counts] == ROWS[row]
    assert [found.regions for found in counts] == ROWS[row]


OPEN = [(2 + sign * Q(1, 2**p), HALF) for p in (3, 7, 10) for sign in (1, -1)] + [(Q(2), HALF + sign * Q(1, 1024)) for sign in (1, -1)]


@pytest.mark.parametrize(("slope", "threshold"), OPEN, ids=str)
def test_rows_left_open_follow_their_laws(slope: Fraction, threshold: Fraction) -> None:
    for depth in range(1, 14):
        pieces = count(sawtooth(depth, slope, threshold), UNIT).pieces
        closed = closed_form(depth, slope, threshold)
        assert pieces == pieces_by_orbits(depth, slope, threshold)
        assert closed is None or closed[0] == pieces
        assert depth < 2 or closed is not None or slope < 2


@pytest.mark.parametrize("p", [2, 3, 4, 5, 7, 8])
def test_where_pieces_start_to_be_lost(p: int) -> None:
    slope = 2 - Q(1, 2**p)
    first = first_loss(slope)
    assert first == p + 3
    counts = [count(sawtooth(depth, slope), UNIT).pieces for depth in range(1, first + 1)]
    assert counts == [*(2**depth for depth in range(1, first)), 2**first - 2]


small = st.fractions(Q(1, 8), 4, max_denominator=12)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), small, st.fractions(Q(1, 8), 1, max_denominator=12), st.fractions(-2, 2, max_denominator=6), small)
def test_the_recurrence_counts_what_the_network_has(depth: int, slope: Fraction, threshold: Fraction, low: Fraction, length: Fraction) -> None:
    high = low + length
    found = count(sawtooth(depth, slope, threshold), Segment.interval(low, high))
    assert found.pieces == pieces_by_orbits(depth, slope, threshold, low, high)
    closed = closed_form(depth, slope, threshold)
    assert closed is None or closed[0] == count(sawtooth(depth, slope, threshold), UNIT).pieces


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 5), st.fractions(1, 3, max_denominator=9), st.fractions(Q(1, 8), 1, max_denominator=12))
def test_thresholds_scale_away(depth: int, slope: Fraction, threshold: Fraction) -> None:
    """T with threshold c on [0, 1] is T with threshold 1/2 on [0, 1/(2c)]."""
    scaled = count(sawtooth(depth, slope), Segment.interval(0, 1 / (2 * threshold)))
    assert count(sawtooth(depth, slope, threshold), UNIT).pieces == scaled.pieces


def test_depths_that_no_network_reaches() -> None:
    assert pieces_by_orbits(200, 2) == 2**200
    assert pieces_by_orbits(100, 2 + Q(1, 1024)) == 5 * 2**98 - 1
    growth = Q(pieces_by_orbits(121, 2 - Q(1, 8)), pieces_by_orbits(120, 2 - Q(1, 8)))
    assert abs(growth - (2 - Q(1, 8))) < Q(1, 10**6)


@pytest.mark.parametrize("depth", range(1, 9))
def test_the_bounded_sawtooth(depth: int) -> None:
    layers = bounded_sawtooth(depth)
    assert count(layers, UNIT).pieces == 2**depth
    assert {n.slope for n in neurons(layers, UNIT)} == {1}


def test_the_plain_sawtooth_is_steep() -> None:
    assert max(n.slope for n in neurons(sawtooth(6), UNIT)) == 2**5


def test_depths_are_bounded() -> None:
    for depth in (0, 501):
        with pytest.raises(PiecesError):
            pieces_by_orbits(depth)
    with pytest.raises(PiecesError):
        sawtooth(0)
