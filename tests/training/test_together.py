"""Runs side by side, on one process and on several, and runs that go on where they were stopped: the same bits."""

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fpproof.errors import FpproofError, NetworkError
from fpproof.formats.text import hexadecimal
from fpproof.training import Affine, DescriptionError, Run, State, Trajectory, parse_arithmetic, together, trajectory
from fpproof.training.checkpoint import identity, load, save
from fpproof.training.together import Step, Together
from tests.network_strategies import runs

Q = Fraction
TEXTS = ["exact", "binary16", "bfloat16/binary32", "binary16~3", "numpy:float32", "binary128", "E2M3"]


def run_of(steps: int) -> Run:
    layers = (Affine(((Q(1),), (Q(-3, 4),)), (Q(1, 8), Q(1, 2)), "relu"), Affine(((Q(1), Q(1, 3)),), (Q(0),)))
    x = tuple((Q(k, 3),) for k in range(4))
    return Run(layers, x, tuple((r[0] ** 2,) for r in x), step=Q(1, 16), momentum=Q(1, 2), batches=((0, 1), (2, 3)), steps=steps)


def measured(text: str, before: State | None, state: State) -> Any:
    """On other processes too: it must have a name."""
    return [text, None if before is None else before.step, state.step, state.stagnant]


def bits(state: State) -> list[Any]:
    parts = [state.parameters, *([] if state.momenta is None else [state.momenta])]
    return [state.step, state.stagnant, *([str(v) for v in array.flat] for part in parts for array in part)]


def shape(rows: Sequence[Sequence[Step | None]]) -> list[Any]:
    return [[None if step is None else [step.measured, *bits(step.state)] for step in row] for row in rows]


def test_several_processes_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Together(run_of(6), TEXTS, measured, 1, most_bits=400)
    expected = shape(list(alone.rows()))
    monkeypatch.setattr(together, "QUICK", 0.0)
    both = Together(run_of(6), TEXTS, measured, 2, most_bits=400)
    assert shape(list(both.rows())) == expected
    assert both.stopped == alone.stopped
    assert list(alone.stopped) == ["exact"]
    assert [row[0] is None for row in expected][-1]


def test_errors_of_a_process_are_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "QUICK", 0.0)
    run = replace(run_of(2), loss="logistic")
    with pytest.raises(NetworkError, match="irrational"):
        list(Together(run, ["binary16", "exact"], measured, 2).rows())


@settings(max_examples=30, deadline=None)
@given(runs(("relu", None), steps=4), st.sampled_from(TEXTS), st.booleans())
def test_a_run_goes_on_from_any_step(run: Run, text: str, compiled: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trajectory, "WORTH", 0 if compiled and text == "bfloat16/binary32" else 10**18)
        states = list(Trajectory(run, parse_arithmetic(text)).states())
        for k in range(len(states)):
            again = Trajectory(run, parse_arithmetic(text), begin=states[k].place)
            assert [bits(state)[2:] for state in again.states()] == [bits(state)[2:] for state in states[k:]]


def test_stopped_runs_stay_stopped() -> None:
    first = Trajectory(run_of(50), parse_arithmetic("exact"), 300)
    last = list(first.states())[-1]
    again = Trajectory(run_of(50), parse_arithmetic("exact"), 300, last.place)
    assert [state.step for state in again.states()] == [last.step]
    assert again.stopped == first.stopped is not None


@settings(max_examples=30, deadline=None)
@given(runs(("relu", None), steps=2), st.sampled_from(TEXTS))
def test_checkpoints_keep_every_bit(tmp_path_factory: pytest.TempPathFactory, run: Run, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "checkpoint"
    *_, last = Trajectory(run, parse_arithmetic(text)).states()
    save(path, "me", [text, "exact"], [last.place, None], {"any": ["thing", 1]})
    (place, none), extra = load(path, "me", run, [text, "exact"])
    assert (none, extra) == (None, {"any": ["thing", 1]})
    assert place is not None
    for kept, array in zip((place.parameters, place.momenta), (last.parameters, last.momenta), strict=True):
        assert (kept is None) == (array is None)
        if kept is not None and array is not None:
            pairs = zip(kept, array, strict=True)
            assert all(a.dtype == b.dtype and list(map(_text, a.flat)) == list(map(_text, b.flat)) for a, b in pairs)


def _text(v: Any) -> str:
    return hexadecimal(v) if isinstance(v, tuple) else str(v)


def test_infinities_and_signs_of_zero_are_kept(tmp_path: Path) -> None:
    run = replace(run_of(2), step=Q(2) ** 40)
    *_, last = Trajectory(run, parse_arithmetic("binary16")).states()
    assert any(np.isnan(array).any() or np.isinf(array).any() for array in last.parameters)
    save(tmp_path / "c", "me", ["binary16"], [last.place], None)
    ((place,), _) = load(tmp_path / "c", "me", run, ["binary16"])
    assert place is not None
    assert all(str(a.tolist()) == str(b.tolist()) for a, b in zip(place.parameters, last.parameters, strict=True))


def test_what_a_checkpoint_belongs_to() -> None:
    run = run_of(3)
    ours = identity(run, ["exact"], {})
    assert ours == identity(run_of(7), ["exact"], {})
    others = [(replace(run, step=Q(1, 8)), ["exact"], {}), (run, ["binary16"], {}), (run, ["exact"], {"every": 2})]
    assert ours not in {identity(*other) for other in others}


def wrong(content: Any) -> list[bytes]:
    """Files that are one change away from a checkpoint, and others."""
    def changed(f: Any) -> bytes:
        copy = json.loads(json.dumps(content))
        f(copy)
        return json.dumps(copy).encode()

    place = content["places"][0]
    return [
        b"",
        b"{",
        b"[]",
        b"null",
        b"[" * 100_000,
        b"\xff\xfe",
        changed(lambda c: c.update(kind="another")),
        changed(lambda c: c.pop("places")),
        changed(lambda c: c.update(places=[])),
        changed(lambda c: c["places"][0].update(step=-1)),
        changed(lambda c: c["places"][0].update(step="1")),
        changed(lambda c: c["places"][0].update(arrays=place["arrays"][:1])),
        changed(lambda c: c["places"][0]["arrays"][0].pop()),
        changed(lambda c: c["places"][0]["arrays"][0].append(["0x0p+0"])),
        changed(lambda c: c["places"][0]["arrays"][0][0].append("0x0p+0")),
        changed(lambda c: c["places"][0]["arrays"][0].__setitem__(0, ["0x1p-3", "0.1"])),
        changed(lambda c: c["places"][0]["arrays"][0].__setitem__(0, [1, 2])),
        changed(lambda c: c["places"][0]["arrays"][0].__setitem__(0, {"a": 1})),
    ]


def test_files_that_are_none(tmp_path: Path) -> None:
    run, path = run_of(1), tmp_path / "c"
    *_, last = Trajectory(run, parse_arithmetic("binary16")).states()
    save(path, "me", ["binary16"], [last.place], None)
    content = json.loads(path.read_bytes())
    assert load(path, "me", run, ["binary16"])
    for data in wrong(content):
        path.write_bytes(data)
        with pytest.raises(DescriptionError, match="no checkpoint"):
            load(path, "me", run, ["binary16"])
    save(path, "you", ["binary16"], [last.place], None)
    with pytest.raises(DescriptionError, match="another run"):
        load(path, "me", run, ["binary16"])
    with pytest.raises(OSError, match="No such file"):
        load(tmp_path / "nowhere", "me", run, ["binary16"])
    assert issubclass(DescriptionError, FpproofError)
