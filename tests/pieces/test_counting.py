"""Counts, against brute force over all activation patterns, a float scan, and what can be read off by hand."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from fpproof.pieces import PiecesError, Segment, count, expected_zeros, neurons, sawtooth
from fpproof.pieces.geometry import Cells, layers_along
from fpproof.training.description import Affine
from tests.network_strategies import affine_layers
from tests.pieces.reference import brute_force, forward

Q = Fraction
ends = st.one_of(st.none(), st.fractions(-3, 3, max_denominator=4))


@st.composite
def segments(draw: st.DrawFn, inputs: int) -> Segment:
    low, high = draw(ends), draw(ends)
    if low is not None and high is not None and low >= high:
        low, high = high - 1, low
    vector = st.tuples(*[st.fractions(-2, 2, max_denominator=3)] * inputs)
    if inputs == 1 and draw(st.booleans()):
        return Segment.interval(low, high)
    return Segment(draw(vector), draw(vector.filter(any)), low, high)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 2))
def test_counts_are_those_of_brute_force(data: DataObject, inputs: int) -> None:
    layers = data.draw(affine_layers(inputs, 6, ("relu", "relu", "leaky-relu", None)))
    segment = data.draw(segments(inputs))
    found = count(layers, segment)
    assert (found.pieces, found.regions) == brute_force(layers, segment.origin, segment.direction, segment.low, segment.high)
    assert found.pieces <= found.regions <= 1 + found.zeros
    assert len(found.breakpoints) == found.pieces - 1


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_slopes_and_breakpoints_are_the_networks(data: DataObject) -> None:
    """The function that the breakpoints and slopes describe is the one that the layers compute."""
    layers = data.draw(affine_layers(1, 7))
    low, high = Q(-2), Q(3)
    found = count(layers, Segment.interval(low, high))
    places = [low, *(Q(int(b.numerator), int(b.denominator)) for b in found.breakpoints), high]
    values = [forward(layers, [x])[0] for x in places]
    for i in range(layers[-1].neurons):
        slopes = found.slopes(i)
        assert len(slopes) == found.pieces
        variation = Q(0)
        for k, slope in enumerate(slopes):
            rise = values[k + 1][i] - values[k][i]
            assert rise == Q(int(slope.numerator), int(slope.denominator)) * (places[k + 1] - places[k])
            variation += abs(rise)
        assert found.variation(i) == variation


@pytest.mark.parametrize("depth", range(1, 9))
def test_a_float_scan_counts_the_dyadic_sawtooth(depth: int) -> None:
    """Second differences on a grid that has all bends; everything in it is exact in binary64."""
    x = np.arange(2**12 + 1) / 2**12
    for _ in range(depth):
        x = 2 * np.maximum(x, 0) - 4 * np.maximum(x - 0.5, 0)
    assert 1 + np.count_nonzero(np.diff(x, 2)) == count(sawtooth(depth), Segment.interval(0, 1)).pieces == 2**depth


HAT = (Affine(((Q(1),), (Q(-1),), (Q(1),)), (Q(0), Q(0), Q(-1)), "relu"), Affine(((Q(1), Q(1), Q(-2)),), (None,)))
"""|x| - 2 max(x - 1, 0)."""


def test_by_hand() -> None:
    found = count(HAT, Segment.interval(None, None))
    assert (found.pieces, found.regions, found.zeros) == (3, 3, 3)
    assert (found.breakpoints, found.slopes()) == ([0, 1], [-1, 1, -1])
    assert count(HAT, Segment.interval(0, 1)).pieces == 1
    assert count(HAT, Segment.interval(0, None)).breakpoints == [1]
    assert count(HAT, Segment.interval(-1, 2)).variation() == 1 + 1 + 1


def test_on_the_whole_line_zero_is_no_boundary_of_its_own() -> None:
    shifted = (Affine(((Q(1),),), (Q(-5),), "relu"), Affine(((Q(1),),), (None,)))
    assert count(shifted, Segment.interval(None, None)).regions == 2
    centered = (Affine(((Q(1),),), (None,), "relu"), Affine(((Q(1),),), (None,)))
    assert count(centered, Segment.interval(None, None)).regions == 2
    affine = (Affine(((Q(3),),), (Q(1),)),)
    assert (count(affine, Segment.interval(None, None)).regions, count(affine, Segment.interval(None, None)).slopes()) == (1, [3])


def test_an_interval_of_zeros_counts_its_ends() -> None:
    flat = (Affine(((Q(1),),), (Q(-1),), "relu"), Affine(((Q(1),),), (None,), "relu"), Affine(((Q(1),),), (None,)))
    assert [(n.layer, n.zeros) for n in neurons(flat, Segment.interval(0, 2))] == [(1, 1), (2, 1)]
    assert count(flat, Segment.interval(0, 2)).regions == 2


def test_regions_that_are_no_pieces() -> None:
    """Two neurons whose bends cancel."""
    layers = (Affine(((Q(1),), (Q(1),)), (Q(0), Q(0)), "relu"), Affine(((Q(1), Q(-1)),), (None,)))
    found = count(layers, Segment.interval(-1, 1))
    assert (found.pieces, found.regions) == (1, 2)


def zigzag(*points: tuple[Fraction, Fraction]) -> Cells:
    columns = np.array([[mpq(1), mpq(x), mpq(y)] for x, y in points], object).T
    return Cells(columns, mpq(1))


M7 = zigzag((Q(0), Q(0)), (Q(1, 4), Q(3, 4)), (Q(1, 2), Q(1, 4)), (Q(1), Q(1)))


@pytest.mark.parametrize(("center", "radius", "expected", "bound"), [("1/2", "1/8", 3, 8), ("1/2", "1/2", 2, 2), ("1/4", "1/4", 2, 4)])
def test_the_crossing_lemma_of_the_dossier(center: str, radius: str, expected: int, bound: int) -> None:
    assert expected_zeros(M7, 0, mpq(center), mpq(radius)) == expected
    variation = sum(abs(b - a) for a, b in zip(M7.values(0), M7.values(0)[1:], strict=False))
    assert variation / (2 * mpq(radius)) == bound


@settings(max_examples=30, deadline=None)
@given(affine_layers(1, 6))
def test_expected_zeros_is_the_mean_over_a_fine_grid_of_biases(layers: tuple[Affine, ...]) -> None:
    """Between neighbouring values at bends #h^-1(b) is constant, so its integral is a finite sum of counts at midpoints."""
    *_, last = layers_along(layers, Segment.interval(-1, 1))
    values = last.cells.values(0)
    low, high = mpq(-1), mpq(2)
    cuts = sorted({low, high, *(v for v in values if low < v < high)})
    integral = mpq(0)
    for a, b in pairwise(cuts):
        middle = (a + b) / 2
        integral += (b - a) * sum((u - middle) * (v - middle) < 0 for u, v in pairwise(values))
    assert expected_zeros(last.cells, 0, mpq(1, 2), mpq(3, 2)) == integral / (high - low)


def test_what_cannot_be_counted() -> None:
    with pytest.raises(PiecesError, match="tanh is not piecewise affine"):
        count((Affine(((Q(1),),), (None,), "tanh"),), Segment.interval(0, 1))
    with pytest.raises(PiecesError, match="more than 100 regions"):
        count(sawtooth(8), Segment.interval(0, 1), 100)
    with pytest.raises(PiecesError, match="1 coordinates"):
        count(HAT, Segment.between((Q(0), Q(0)), (Q(1), Q(1))))
    with pytest.raises(PiecesError, match="lower end"):
        Segment.interval(1, 1)
    with pytest.raises(PiecesError, match="not zero"):
        Segment.between((Q(1),), (Q(1),))


def test_a_deep_random_network() -> None:
    """Ten layers of fifty neurons with binary32 weights; the float scan misses no piece here that is wide enough."""
    rng = np.random.default_rng(1)
    layers, matrices = [], []
    for neurons_, inputs in [(50, 1), *[(50, 50)] * 9, (1, 50)]:
        weights = (rng.normal(size=(neurons_, inputs)) * np.sqrt(2 / inputs)).astype(np.float32)
        bias = (0.3 * rng.normal(size=neurons_)).astype(np.float32)
        matrices.append((weights.astype(np.float64), bias.astype(np.float64)))
        rows = tuple(tuple(Q(float(w)) for w in row) for row in weights)
        layers.append(Affine(rows, tuple(Q(float(b)) for b in bias), "relu" if neurons_ > 1 else None))
    found = count(layers, Segment.interval(-1, 1))
    assert 100 < found.pieces <= found.regions <= 1 + found.zeros
    x = np.linspace(-1, 1, 1001)
    a = x[None, :]
    for matrix, offsets in matrices[:-1]:
        a = np.maximum(matrix @ a + offsets[:, None], 0)
    scanned = (matrices[-1][0] @ a + matrices[-1][1][:, None])[0]
    places = np.array([-1.0, *map(float, found.breakpoints), 1.0])
    heights = np.concatenate(([0.0], np.cumsum(np.array([float(s) for s in found.slopes()]) * np.diff(places))))
    exact = np.interp(x, places, heights)
    assert np.abs((scanned - scanned[0]) - exact).max() < 1e-9
