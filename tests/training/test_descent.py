"""Runs in every arithmetic: against references that go number by number, against numpy, and what the dossier says."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from fpproof.errors import FpproofError, NetworkError
from fpproof.formats import ATLAS, NAN, Datum, Format, ieee_like, rational
from fpproof.formats.arithmetic import is_nan
from fpproof.networks import LEFT_TO_RIGHT, Semantics
from fpproof.pieces import Segment, count, sawtooth
from fpproof.training import Affine, DescriptionError, Run, State, Trajectory, distance, first_difference, in_formats, parse_arithmetic
from fpproof.training.numbers import Lanes, has_lanes, stochastic
from tests.network_strategies import runs, semantics
from tests.training.reference import Reference, rational_trajectory

Q = Fraction
FORMATS = [ATLAS[name] for name in ("binary16", "bfloat16", "binary32", "binary64", "E5M2", "E4M3FN", "E4M3FN-sat", "E2M3", "tf32")]
formats = st.one_of(st.sampled_from(FORMATS), st.builds(ieee_like, st.integers(1, 12), st.integers(3, 6)))


def states(run: Run, text: str) -> list[State]:
    return list(Trajectory(run, parse_arithmetic(text)).states())


def flat(state: State, layer: int) -> list[Any]:
    bias = state.exact.biases[layer]
    return [*state.exact.weights[layer].flat, *([] if bias is None else bias.flat)]


def number(x: Datum) -> mpq | None:
    return None if x[1] is None else mpq(rational(x))


def agree(run: Run, found: Sequence[State], expected: list[list[list[Datum]]]) -> None:
    """The reference ends where a parameter is infinite or NaN."""
    assert len(found) == run.steps + 1 >= len(expected)
    for state, reference in zip(found, expected, strict=False):
        for layer, part in enumerate(reference):
            assert flat(state, layer) == [number(x) for x in part], (state.step, layer)


@settings(max_examples=50, deadline=None)
@given(runs(("relu", "relu", None)), formats, st.data())
def test_formats_are_as_the_exact_evaluator_has_them(run: Run, F: Format, data: DataObject) -> None:
    chosen = data.draw(st.one_of(st.just(LEFT_TO_RIGHT), semantics()))
    G = data.draw(st.one_of(st.just(F), st.sampled_from(FORMATS)))
    expected = Reference(run, F, G, chosen).trajectory()
    agree(run, list(Trajectory(run, in_formats(F, G, chosen)).states()), expected)
    agree(run, list(Trajectory(run, in_formats(F, G, chosen, exactly=True)).states()), expected)


def test_momenta_take_gradients_as_they_are() -> None:
    """Gradients of the passes' format that the step's lacks: -3.75 + 17 is rounded once, to 7.5, where 17 by itself would have become 7.5 before."""
    run = Run((Affine(((Q(1),),), (None,)),), ((Q(4),),), ((Q(-4),),), reduction="sum", step=Q(1, 8), momentum=Q(-1, 2), steps=3)
    F, G = ATLAS["E5M2"], ATLAS["E2M3"]
    agree(run, list(Trajectory(run, in_formats(F, G)).states()), Reference(run, F, G, LEFT_TO_RIGHT).trajectory())


def test_flushed_infinities_are_no_warning() -> None:
    run = Run((Affine(((Q(30000),),), (None,)),), ((Q(4),),), ((Q(-4),),), steps=2, momentum=Q(1, 2))
    assert not states(run, "binary16:flush")[-1].finite


def test_lanes_are_used_where_it_matters() -> None:
    for name in ("binary16", "bfloat16", "binary32", "binary64", "E5M2"):
        assert isinstance(parse_arithmetic(name).passes, Lanes)
        assert isinstance(parse_arithmetic(f"{name}/binary64:flush").passes, Lanes)
    assert not has_lanes((ATLAS["binary128"],), LEFT_TO_RIGHT)
    assert not has_lanes((ATLAS["bfloat16"], ATLAS["binary16"]), LEFT_TO_RIGHT)


@settings(max_examples=60, deadline=None)
@given(runs(("relu", "relu", None)))
def test_exact_runs_are_those_of_fractions(run: Run) -> None:
    expected = rational_trajectory(run)
    found = states(run, "exact")
    for state, reference in zip(found, expected, strict=True):
        for layer, part in enumerate(reference):
            assert flat(state, layer) == [mpq(r) for r in part]


@settings(max_examples=40, deadline=None)
@given(runs(("relu", None)), st.sampled_from(["float16", "float32", "float64"]))
def test_numpy_operations_are_those_of_the_format(run: Run, dtype: str) -> None:
    assert first_difference(states(run, f"numpy:{dtype}"), states(run, dtype)) is None or not states(run, dtype)[-1].finite


def tooth(depth: int) -> Run:
    return Run(sawtooth(depth), ((Q(1, 3),),), ((Q(2, 3),),), step=Q(1, 64))


@pytest.mark.parametrize(
    ("depth", "arithmetic", "residual", "pieces", "regions"),
    [
        (6, "exact", Q(0), 64, 64),
        (8, "exact", Q(0), 256, 256),
        (10, "exact", Q(0), 1024, 1024),
        (6, "binary16", Q(11, 2048), 69, 84),
        (6, "binary32", Q(-11, 2**24), 76, 91),
        (6, "binary64", Q(11, 2**53), 69, 84),
        (10, "binary16", Q(171, 2048), 1, 2),
        (10, "binary32", Q(-171, 2**24), 1196, 1451),
        (10, "binary64", Q(171, 2**53), 1109, 1364),
        (10, "numpy:float16", Q(171, 2048), 1, 2),
        (10, "numpy:float32", Q(-171, 2**24), 1196, 1451),
    ],
)
def test_one_step_at_the_exact_minimum(depth: int, arithmetic: str, residual: Fraction, pieces: int, regions: int) -> None:
    """S1-M4 of the dossier."""
    run = tooth(depth)
    _, after = states(run, arithmetic)
    assert after.last is not None
    assert parse_arithmetic(arithmetic).passes.exact(after.last.upstreams)[0, 0] == mpq(residual)
    layers = after.layers(run)
    assert layers is not None
    found = count(layers, Segment.interval(0, 1))
    assert (found.pieces, found.regions) == (pieces, regions)


def test_the_bias_gradient_grows_with_the_depth() -> None:
    gradients = {}
    for arithmetic in ("binary16", "binary64"):
        last = states(tooth(10), arithmetic)[1].last
        assert last is not None
        assert last.gradients.biases[0] is not None
        gradients[arithmetic] = [float(v) for v in last.gradients.biases[0]]
    assert gradients["binary16"] == [-85.5, 0]
    assert [f"{v:.8e}" for v in gradients["binary64"]] == ["-1.94404493e-11", "0.00000000e+00"]


@pytest.mark.parametrize(("depth", "loss", "pieces"), [(4, Q(3012745, 33554432), 19), (6, Q(8947849, 33554432), 79), (8, Q(3352713, 33554432), 256)])
@pytest.mark.parametrize("exponent", [20, 14, 10])
def test_one_step_on_the_square(depth: int, loss: Fraction, pieces: int, exponent: int) -> None:
    """S1-M5: exact and rounded steps leave the same pieces."""
    x = tuple((Q(2 * i + 1, 64),) for i in range(32))
    run = Run(sawtooth(depth), x, tuple((r[0] ** 2,) for r in x), step=Q(1, 2**exponent))
    for arithmetic in ("exact", "binary16", "binary32", "binary64"):
        _, after = states(run, arithmetic)
        layers = after.layers(run)
        assert layers is not None
        assert count(layers, Segment.interval(0, 1)).pieces == pieces
        if arithmetic == "exact":
            assert after.last is not None
            assert sum(r * r for r in after.last.upstreams.flat) / 64 == mpq(loss)


LINE = (Affine(((Q(1, 2),),), (Q(0),)),)


def test_runs_part_where_rounding_begins() -> None:
    """(w - 1)^2 / 2 with step 1/3: the first step already is not exact in binary16."""
    run = Run((Affine(((Q(1, 2),),), (None,)),), ((Q(1),),), ((Q(1),),), step=Q(1, 3), steps=4)
    exact, half = states(run, "exact"), states(run, "binary16")
    found = first_difference(exact, half)
    assert found is not None
    assert (found.step, found.layer, found.kind, found.index) == (1, 1, "weight", (0, 0))
    assert [s.exact.weights[0][0, 0] for s in exact] == [1 - mpq(1, 2) * mpq(2, 3) ** k for k in range(5)]
    assert distance(exact[0], half[0]) == 0
    assert distance(exact[1], half[1]) == abs(found.values[0] - found.values[1])
    assert first_difference(exact, exact) is None


def test_steps_that_are_too_small_leave_weights_where_they_are() -> None:
    run = Run((Affine(((Q(1),),), (None,)),), ((Q(1),),), ((Q(2),),), step=Q(1, 2**12), steps=1)
    assert states(run, "binary16")[1].stagnant == 1
    assert states(run, "binary16/binary32")[1].stagnant == 0
    assert states(run, "binary32")[1].stagnant == 0


@pytest.mark.parametrize(
    ("arithmetic", "exponent", "step", "w"),
    [
        ("binary16", 2, 13, Q(2047, 2048)),
        ("binary16", 6, 163, Q(127, 128)),
        ("binary16", 10, 692, Q(429, 512)),
        ("binary16", 11, 0, Q(1, 2)),
        ("bfloat16", 7, 87, Q(215, 256)),
        ("bfloat16", 8, 0, Q(1, 2)),
    ],
)
def test_where_descent_stalls(arithmetic: str, exponent: int, step: int, w: Fraction) -> None:
    """D.1 of the cross-checks: w <- w + eta (1 - w^2) w from 1/2; in binary16 it stops as soon as eta (1 - w^2) w <= 2^-12, ties to even."""
    layer = Affine(((Q(1, 2),),), (None,))
    run = Run((layer, layer), ((Q(1),),), ((Q(1),),), step=Q(1, 2**exponent), steps=step + 2)
    places = [state.exact.weights[0][0, 0] for state in states(run, arithmetic)]
    assert places[step] == places[step + 1] == places[step + 2] == mpq(w)
    assert step == 0 or places[step - 1] != places[step]


def test_an_exact_run_stops_by_itself() -> None:
    run = Run(LINE, ((Q(1, 3),),), ((Q(1, 7),),), step=Q(1, 5), steps=1000)
    trajectory = Trajectory(run, parse_arithmetic("exact"), most_bits=500)
    found = list(trajectory.states())
    assert len(found) < 200
    assert trajectory.stopped is not None
    assert found[-1].bits > 500 >= found[-2].bits


@settings(deadline=None)
@given(st.fractions(-3, 3, max_denominator=10**6), st.sampled_from(FORMATS))
def test_stochastic_rounding_is_between_the_neighbours(r: Fraction, F: Format) -> None:
    low, high = stochastic(F, mpq(r), 2**64 - 1), stochastic(F, mpq(r), 0)
    assert rational(low) <= r <= rational(high)
    if low != high:
        threshold = (r - rational(low)) / (rational(high) - rational(low)) * 2**64
        bits = int(threshold) + 1
        assert bits == 2**64 or stochastic(F, mpq(r), bits) == low
        assert stochastic(F, mpq(r), bits - 2 if bits > 1 else 0) == high


def test_stochastic_runs_are_seeded_and_move_on_average() -> None:
    """A step of 2^-12 from 1 with gradient -1 in binary16: a quarter of an ulp upwards, taken one time in four."""
    run = Run((Affine(((Q(1),),), (None,)),), ((Q(1),),), ((Q(2),),), step=Q(1, 2**12), steps=200)
    first, again, other = (states(run, f"binary16~{seed}") for seed in (1, 1, 2))
    assert first_difference(first, again) is None
    assert first_difference(first, other) is not None
    moved = first[-1].exact.weights[0][0, 0] - 1
    assert mpq(100, 4096) < moved < mpq(300, 4096)
    assert states(run, "binary16")[-1].exact.weights[0][0, 0] == 1


def test_logistic_and_cross_entropy_upstreams() -> None:
    layers = (Affine(((Q(0),), (Q(0),)), (Q(0), Q(0))),)
    run = Run(layers, ((Q(1),),), ((Q(1), Q(0)),), "cross-entropy")
    last = states(run, "binary32")[1].last
    assert last is not None
    assert last.upstreams.tolist() == [[-0.5, 0.5]]
    one = Run((Affine(((Q(1),),), (None,)),), ((Q(1),),), ((Q(0),),), "logistic")
    for arithmetic in ("binary64", "numpy:float64", "binary128"):
        upstream = parse_arithmetic(arithmetic).passes.exact(states(one, arithmetic)[1].last.upstreams)[0, 0]  # type: ignore[union-attr]  # there
        assert abs(upstream - mpq("0.731058578630004879251159944")) < mpq(1, 2**52)
    two = Run((Affine(((Q(1),), (Q(3),)), (None, None)),), ((Q(1),),), ((Q(1, 2), Q(1, 2)),), "cross-entropy")
    pair = states(two, "binary64")[1].last.upstreams[0]  # type: ignore[union-attr]  # there
    assert abs(pair[0] + 0.38079707797788243) < 1e-16
    assert pair[0] == -pair[1]


def test_what_an_arithmetic_cannot_do() -> None:
    sigmoid = Run((Affine(((Q(1),),), (None,), "sigmoid"),), ((Q(1),),), ((Q(1),),))
    with pytest.raises(NetworkError, match="irrational"):
        states(sigmoid, "exact")
    with pytest.raises(NetworkError, match="irrational"):
        states(Run(LINE, ((Q(1),),), ((Q(1),),), "logistic"), "exact")
    with pytest.raises(DescriptionError, match="probabilities"):
        states(Run(LINE, ((Q(1),),), ((Q(3),),), "logistic"), "binary16")
    for text in ("binary17", "numpy:float128", "binary16/binary32/binary64", "binary16:up", "", "exact~1~2", "bfloat16:flush~1"):
        with pytest.raises(FpproofError):
            parse_arithmetic(text)


def test_nan_is_carried_on() -> None:
    """A weight that overflows makes everything NaN, and no step is called stagnant for it."""
    run = Run((Affine(((Q(1),),), (None,)),), ((Q(60000),),), ((Q(0),),), step=Q(2), steps=3)
    found = states(run, "binary16")
    assert found[0].finite
    assert not found[-1].finite
    assert found[-1].layers(run) is None
    assert distance(found[0], found[-1]) is None
    assert is_nan(NAN)


@pytest.mark.parametrize("wrong", [Semantics(relu_slope=Q(1)), Semantics(flush=True)])
def test_the_reference_sees_a_wrong_variant(wrong: Semantics) -> None:
    """A negative control: the comparison above would notice another meaning."""
    F = ATLAS["binary16"]
    run = Run(
        (Affine(((Q(1),),), (Q(0),), "relu"), Affine(((Q(1, 2**14),),), (None,))), ((Q(0),), (Q(1, 2),)), ((Q(1),), (Q(0),)), step=Q(1), steps=1
    )
    found = list(Trajectory(run, in_formats(F, F)).states())
    expected = Reference(run, F, F, wrong).trajectory()
    with pytest.raises(AssertionError):
        agree(run, found, expected)
