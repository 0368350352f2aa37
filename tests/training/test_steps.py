"""Compiled steps: bit for bit those of arrays and of the exact arithmetic, in random runs, formats and variants."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from fpproof.formats import ATLAS, ieee_like
from fpproof.networks import LEFT_TO_RIGHT, Order, Semantics
from fpproof.training import Affine, Arithmetic, Run, State, Trajectory, in_formats, parse_arithmetic, steps, trajectory
from fpproof.training.numbers import Lanes
from fpproof.training.steps import can_compile
from tests.network_strategies import runs, semantics

Q = Fraction
FORMATS = [ATLAS[name] for name in ("binary16", "bfloat16", "binary32", "E5M2", "E4M3FN", "E4M3FN-sat", "E2M3", "tf32")]
formats = st.one_of(st.sampled_from(FORMATS), st.builds(ieee_like, st.integers(1, 12), st.integers(3, 6)))


def states(run: Run, arithmetic: Arithmetic, worth: int) -> list[State]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trajectory, "WORTH", worth)
        return list(Trajectory(run, arithmetic).states())


def same_bits(a: Any, b: Any) -> bool:
    """Equal in value and sign of zero, NaN being NaN."""
    return bool(np.array_equal(a, b, equal_nan=True) and np.array_equal(np.signbit(a[a == 0]), np.signbit(b[a == 0])))


def agree(found: Sequence[State], expected: Sequence[State]) -> None:
    for a, b in zip(found, expected, strict=True):
        assert all(same_bits(x, y) for x, y in zip(a.parameters, b.parameters, strict=True)), a.step
        assert a.stagnant == b.stagnant, a.step
        assert (a.last is None) == (b.last is None) == (a.step == 0)
        if a.last is not None and b.last is not None:
            assert all(same_bits(x, y) for x, y in zip(a.last.gradients, b.last.gradients, strict=True))
            assert same_bits(a.last.outputs, b.last.outputs)


def compiled(run: Run, arithmetic: Arithmetic) -> list[State]:
    assert can_compile(run, arithmetic)
    return states(run, arithmetic, 0)


@settings(max_examples=60, deadline=None)
@given(runs(("relu", "relu", None), steps=4), formats, st.data())
def test_as_on_arrays_and_in_exact_arithmetic(run: Run, F: Any, data: DataObject) -> None:
    chosen = data.draw(st.one_of(st.just(LEFT_TO_RIGHT), semantics()))
    G = data.draw(st.one_of(st.just(F), st.sampled_from(FORMATS)))
    arithmetic = in_formats(F, G, chosen)
    assume(can_compile(run, arithmetic) and ATLAS["binary64"] not in (F, G, chosen.wide))
    found = compiled(run, arithmetic)
    agree(found, states(run, arithmetic, 10**18))
    for a, b in zip(found, Trajectory(run, in_formats(F, G, chosen, exactly=True)).states(), strict=True):
        assert all((x == y).all() for x, y in zip(a.exact, b.exact, strict=True))


@settings(max_examples=25, deadline=None)
@given(runs(("relu", "sigmoid", None), steps=3), st.sampled_from(["E5M2", "F(3,4)", "F(2,4)/binary32", "E5M2:pairwise+flush"]))
def test_activations_by_their_tables(run: Run, text: str) -> None:
    arithmetic = parse_arithmetic(text)
    agree(compiled(run, arithmetic), states(run, arithmetic, 10**18))
    assert isinstance(arithmetic.passes, Lanes)
    assert arithmetic.format is not None
    exactly = in_formats(arithmetic.passes.format, arithmetic.format, arithmetic.semantics, exactly=True)
    for a, b in zip(compiled(run, arithmetic), Trajectory(run, exactly).states(), strict=True):
        assert all((x == y).all() for x, y in zip(a.exact, b.exact, strict=True))


@settings(max_examples=15, deadline=None)
@given(runs(("relu", None), steps=3), st.sampled_from(["binary64", "binary64:fma", "binary64:blocked(2)+flush"]))
def test_binary64(run: Run, text: str) -> None:
    agree(compiled(run, parse_arithmetic(text)), states(run, parse_arithmetic(text), 10**18))


def square(count: int, number: int) -> Run:
    """1-3-2-1 towards x^2, with momentum."""
    layers = (
        Affine(((Q(1),), (Q(-3, 4),), (Q(1, 2),)), (Q(1, 8), Q(1, 2), Q(-1, 4)), "relu"),
        Affine(((Q(1), Q(1, 3), Q(-1)), (Q(-1, 2), Q(2), Q(1, 7))), (Q(0), Q(1, 16)), "relu"),
        Affine(((Q(1), Q(-1, 2)),), (Q(1, 10),)),
    )
    x = tuple((Q(k, count),) for k in range(count))
    return Run(layers, x, tuple((r[0] ** 2,) for r in x), step=Q(1, 16), momentum=Q(1, 2), steps=number)


@pytest.mark.parametrize("batches", [(), ((0, 2, 4), (1, 3), (2, 2, 0))])
def test_long_runs(batches: tuple[tuple[int, ...], ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Several calls, and several batches; a pass is computed when it is asked for, from the parameters before."""
    monkeypatch.setattr(steps, "CHUNK", 7)
    run = replace(square(5, 40), batches=batches or (tuple(range(5)),))
    agree(compiled(run, parse_arithmetic("binary16:pairwise")), states(run, parse_arithmetic("binary16:pairwise"), 10**18))


def test_what_diverges_is_the_same() -> None:
    run = replace(square(5, 30), step=Q(8))
    found = compiled(run, parse_arithmetic("binary16"))
    assert not found[-1].finite
    agree(found, states(run, parse_arithmetic("binary16"), 10**18))


def test_what_is_left_to_arrays() -> None:
    run = square(5, 1)
    for text in ("exact", "binary16~1", "numpy:float32", "binary128", "binary32:bias-first+wide(binary64)+flush"):
        assert not can_compile(run, parse_arithmetic(text))
    half = parse_arithmetic("binary16")
    assert not can_compile(replace(run, loss="logistic"), half)
    three = replace(run, layers=tuple(replace(layer, activation=name) for layer, name in zip(run.layers, ("tanh", "sigmoid", None), strict=True)))
    assert not can_compile(three, half)
    assert can_compile(replace(run, layers=tuple(replace(layer, activation="tanh") for layer in run.layers)), half)
    assert not can_compile(replace(run, layers=tuple(replace(layer, activation="tanh") for layer in run.layers)), parse_arithmetic("binary32"))
    assert can_compile(run, half)


def test_a_wrong_variant_is_seen() -> None:
    """A negative control: another order, another derivative at 0 and another rounding differ somewhere."""
    run = square(5, 40)
    for text in ("binary16:bias-first", "binary16:pairwise", "binary16:fma", "binary16:flush", "binary16:wide(binary32)"):
        with pytest.raises(AssertionError):
            agree(compiled(run, parse_arithmetic("binary16")), states(run, parse_arithmetic(text), 10**18))
    zero = Run((Affine(((Q(1),),), (Q(0),), "relu"),), ((Q(0),),), ((Q(1),),), step=Q(1))
    other = in_formats(ATLAS["binary16"], ATLAS["binary16"], Semantics(Order.LEFT_TO_RIGHT, relu_slope=Q(1)))
    with pytest.raises(AssertionError):
        agree(compiled(zero, parse_arithmetic("binary16")), states(zero, other, 10**18))
