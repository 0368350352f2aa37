"""Networks from files at their exact weights, and the steps of a network in a format against the exact evaluator."""

import json
import struct
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from fpproof.errors import FpproofError
from fpproof.formats import ATLAS, ieee_like, rational
from fpproof.networks import LEFT_TO_RIGHT, Order, Semantics, value
from fpproof.pieces import PiecesError, Segment, count, executed_steps, layers_from, over, sawtooth
from fpproof.training import Affine
from tests.network_strategies import networks

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
Q = Fraction


def safetensors(path: Path) -> str:
    """|x| - 2 max(x - 1/8, 0) in binary32."""
    arrays = {
        "0.weight": np.array([[1], [-1], [1]], np.float32),
        "0.bias": np.array([0, 0, -0.125], np.float32),
        "1.weight": np.array([[1, 1, -2]], np.float32),
    }
    header, body = {}, b""
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [len(body), len(body) + array.nbytes]}
        body += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return str(path)


def test_safetensors_at_exact_weights(tmp_path: Path) -> None:
    layers, network = layers_from(safetensors(tmp_path / "net.safetensors"), ["relu"])
    assert network is not None
    assert network.format == ATLAS["binary32"]
    found = count(layers, Segment.interval(None, None))
    assert (found.breakpoints, found.slopes()) == ([0, Q(1, 8)], [-1, 1, -1])


def test_the_start_of_a_run() -> None:
    layers, network = layers_from(EXAMPLES / "sawtooth6.toml")
    assert network is None
    assert layers == sawtooth(6)


def test_files_that_are_none(tmp_path: Path) -> None:
    for name, data in (("a.toml", b"x = ["), ("a.safetensors", b"\x00" * 8), ("a.cert.json", b"{}"), ("a.txt", b"")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(FpproofError):
            layers_from(tmp_path / name, ["relu"] if name.endswith("safetensors") else [])


def test_weights_that_are_no_floats() -> None:
    F = ieee_like(3, 4)
    layers = sawtooth(2, 2 - Q(1, 64))
    with pytest.raises(PiecesError, match="layer 2: 127/64 is no float of"):
        over(F, layers)
    rounded = over(F, layers, rounding=True)
    assert {rational(w) for _, w in rounded.layers[1].weights[0]} == {Q(2), Q(-4)}
    with pytest.raises(PiecesError, match="is no float"):
        over(F, (Affine(((Q(10**6),),), (None,)),), rounding=True)


@settings(max_examples=25, deadline=None)
@given(st.data(), st.sampled_from([ieee_like(2, 3), ATLAS["E4M3FN"], ATLAS["E3M2"]]))
def test_steps_against_the_exact_evaluator(data: DataObject, F: object) -> None:
    assert not isinstance(F, str)
    network = data.draw(networks(F).filter(lambda n: n.inputs == 1))  # type: ignore[arg-type]  # a format
    chosen = data.draw(st.sampled_from([LEFT_TO_RIGHT, Semantics(Order.PAIRWISE)]))
    low, high = Q(-2), Q(3)
    steps = executed_steps(network, chosen, low, high)
    F_ = network.format
    places = [x for x in F_.finite() if low <= rational(x) <= high and x != (0, -1)]
    outputs = [
        [None if y[1] is None and y[0] == 0 else (y[0] * Q(1) if y[1] is None else rational(y), y[1] is None) for y in v]
        for v in (value(network, (x,), chosen) for x in places)
    ]
    assert steps.floats == len(places)
    assert steps.steps == 1 + sum(a != b for a, b in pairwise(outputs))
    assert steps.values == len({str(v) for v in outputs})
    assert steps.non_finite == sum(any(y is None or y[1] for y in v) for v in outputs)


def test_formats_that_are_too_wide() -> None:
    with pytest.raises(PiecesError, match="up to 16 bits"):
        executed_steps(over(ATLAS["binary32"], sawtooth(1)), LEFT_TO_RIGHT, Q(0), Q(1))
    with pytest.raises(PiecesError, match="no float of it"):
        executed_steps(over(ATLAS["E2M1"], sawtooth(1)), LEFT_TO_RIGHT, Q(7), None)
