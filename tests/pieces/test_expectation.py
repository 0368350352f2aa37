"""The expected pieces: against a closed form for one hidden layer, and against networks counted at single points of the noise."""

from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.pieces import PiecesError, Segment, count, sawtooth
from fpproof.pieces.expectation import expected_pieces, patterns, shifted
from fpproof.pieces.noise import absolute, draws, mean, uniform
from fpproof.training import Affine
from tests.network_strategies import affine_layers

Q = Fraction
UNIT = Segment.interval(0, 1)
LAST = Affine(((Q(1),),), (Q(0),))


def one_layer(layer: Affine, last: Affine, radii: list[Fraction]) -> Fraction:
    """E pieces on [0, 1] of one hidden ReLU layer: bends are where neurons are zero, and no two noisy ones meet, almost surely."""
    total = Q(1)
    fixed: dict[Fraction, list[Fraction]] = defaultdict(lambda: [Q(0)] * last.neurons)
    for i, ((w,), b, r) in enumerate(zip(layer.weights, layer.bias, radii, strict=True)):
        kinks = [row[i] * abs(w) for row in last.weights]
        if not any(kinks):
            continue
        place = -(b or Q(0)) / w
        if r:
            half = r / abs(w)
            total += max(Q(0), min(Q(1), place + half) - max(Q(0), place - half)) / (2 * half)
        elif 0 < place < 1:
            fixed[place] = [s + k for s, k in zip(fixed[place], kinks, strict=True)]
    return total + sum(any(kinks) for kinks in fixed.values())


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_one_hidden_layer(data: st.DataObject) -> None:
    numbers = st.fractions(-2, 2, max_denominator=4)
    neurons, outputs = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))
    layer = Affine(tuple((data.draw(numbers),) for _ in range(neurons)), tuple(data.draw(numbers) for _ in range(neurons)), "relu")
    last = Affine(tuple(tuple(data.draw(numbers) for _ in range(neurons)) for _ in range(outputs)), (Q(0),) * outputs)
    radii = [data.draw(st.sampled_from([Q(0), Q(1, 4), Q(1), Q(3)])) for _ in range(neurons)]
    found = expected_pieces((layer, last), [radii, [Q(0)] * outputs], UNIT, 60)
    assert found.low <= one_layer(layer, last, radii) <= found.high
    assert found.low + found.undecided * (neurons + 1) - found.undecided == found.high
    assert found.exact == (found.low == found.high)


@settings(max_examples=30, deadline=None)
@given(affine_layers(1, 4), st.sampled_from([Q(1, 16), Q(1, 4), Q(1)]), st.lists(st.fractions(-1, 1, max_denominator=7), min_size=4, max_size=4))
def test_equal_patterns_at_the_corners_are_equal_inside(layers: tuple[Affine, ...], radius: Fraction, xi: list[Fraction]) -> None:
    radii = absolute(layers, radius)
    whole = expected_pieces(layers, radii, UNIT, 1)
    inside = count(shifted(layers, radii, xi), UNIT).pieces
    assert inside == patterns(shifted(layers, radii, xi), UNIT)[1]
    if whole.exact:
        assert inside == whole.low == whole.high
    assert whole.high >= inside


def test_equal_counts_are_not_enough() -> None:
    """One bend leaves the segment on the left where the other comes in on the right: 2 pieces at both corners, 1 or 3 between."""
    for shift, between in ((Q(1, 4), 1), (Q(-1, 4), 3)):
        layers = (
            Affine(((Q(1),),), (Q(3),), "relu"),
            Affine(((Q(1),), (Q(1),)), (-3 + shift, -4 - shift), "relu"),
            Affine(((Q(1), Q(1)),), (Q(0),)),
        )
        radii = [[Q(1, 2)], [Q(0), Q(0)], [Q(0)]]
        assert [count(shifted(layers, radii, [xi]), UNIT).pieces for xi in (Q(-1), Q(0), Q(1))] == [2, between, 2]
        assert not expected_pieces(layers, radii, UNIT, 1).exact
        found = expected_pieces(layers, radii, UNIT, 100)
        assert found.low <= 1 + 2 * (Q(1, 2) - shift) <= found.high  # bends at -shift and 1 + shift, moved by xi / 2


def test_no_noise_is_a_count() -> None:
    layers = sawtooth(5)
    found = expected_pieces(layers, absolute(layers, Q(0)), UNIT)
    assert found.exact
    assert found.low == 32
    assert found.boxes == 1


def test_draws_lie_about_the_expectation() -> None:
    layers = (Affine(((Q(1),),), (Q(-1, 2),), "relu"), Affine(((Q(1),),), (Q(-1, 8),), "relu"), LAST)
    radii = absolute(layers, Q(1, 4))
    found = expected_pieces(layers, radii, UNIT, 400)
    sampled = mean([d.pieces for d in draws(layers, radii, UNIT, uniform(3), 300)])
    assert found.low - Q(3 * sampled.radius) <= Q(sampled.value) <= found.high + Q(3 * sampled.radius)
    assert found.undecided < Q(1, 8)


def test_what_is_asked_for() -> None:
    wide = (Affine(((Q(1),),) * 11, (Q(0),) * 11, "relu"),)
    with pytest.raises(PiecesError, match="at most 10 noisy neurons, found 11"):
        expected_pieces(wide, absolute(wide, Q(1)), UNIT)
    with pytest.raises(PiecesError, match="finite segment"):
        expected_pieces(sawtooth(1), absolute(sawtooth(1), Q(1)), Segment.interval(None, 1))
