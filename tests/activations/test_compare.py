"""Comparing libraries: the counts are counts, and what a library lacks is said."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fpproof.activations import ActivationError, activation
from fpproof.activations import compare as module
from fpproof.activations.compare import Unavailable, compare, inputs
from fpproof.formats import ATLAS

F16, F32 = ATLAS["binary16"], ATLAS["binary32"]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FPPROOF_CACHE", str(tmp_path))


def test_numpy_relu_is_correct() -> None:
    found = compare(F16, activation("relu"), "numpy")
    assert (found.inputs, found.sampled, found.differences, found.worst, found.depends_on_position) == (63490, False, 0, None, 0)


def test_wrong_results_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A relu that is 3 ulps off at 1, infinite at 2, and has 1 for 0.5 when it is called alone."""

    def wrong(codes: NDArray[np.uint16]) -> NDArray[np.uint16]:
        y = np.maximum(codes.view(np.float16), 0)
        y[codes == 0x3C00] = 1 + 3 * 2.0**-10
        y[codes == 0x4000] = np.inf
        if len(codes) == 1:
            y[codes == 0x3800] = 1
        return y.view(np.uint16)

    monkeypatch.setattr(module, "_function", lambda *_: ("1.0", wrong))
    found = compare(F16, activation("relu"), "numpy")
    assert (found.differences, found.not_finite, found.depends_on_position) == (2, 1, 1)
    assert found.worst is not None
    assert found.worst.x == F16.one
    assert found.worst.ulps == 3
    assert {difference.x for difference in found.first} == {F16.one, F16.power_of_two(1)}


def test_samples_are_distinct_and_seeded() -> None:
    first, second, other = inputs(F32, 1000, 1), inputs(F32, 1000, 1), inputs(F32, 1000, 2)
    assert first.tolist() == second.tolist() != other.tolist()
    assert len(set(first.tolist())) == len(first) > 990
    assert {0, 0x80000000, 0x7F800000, 0xFF800000} <= set(first.tolist())


def test_what_a_library_lacks() -> None:
    with pytest.raises(Unavailable, match="numpy has no function gelu; it has tanh, sin"):
        compare(F16, activation("gelu"), "numpy")
    with pytest.raises(Unavailable, match="numpy has no functions in bfloat16"):
        compare(ATLAS["bfloat16"], activation("tanh"), "numpy")
    with pytest.raises(ActivationError, match="library 'jax' is unknown; there are numpy, torch"):
        compare(F16, activation("tanh"), "jax")


def test_torch_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ActivationError, match=r"torch is not installed; pip install 'fpproof\[machines\]'"):
        compare(F16, activation("tanh"), "torch")
