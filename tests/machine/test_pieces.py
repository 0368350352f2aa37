"""`fpproof pieces` on ONNX files: the same counts as on the certificate's and the reference's layers."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fpproof.cli.main import main
from fpproof.exchange.onnx_writing import to_onnx
from fpproof.formats import parse_format
from fpproof.pieces import Segment, count, layers_from, sawtooth
from fpproof.pieces.reading import exact, over
from tests.machine_cases import certificate_of, random_network


def facts(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(["pieces", *arguments, "--json", "--list"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", ["bfloat16", "binary16", "binary32", "binary64"])
def test_the_sawtooth_as_onnx(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sawtooth.onnx"
    path.write_bytes(to_onnx(over(parse_format(name), sawtooth(5))))
    found = facts(capsys, str(path), "--on", "0:1")
    assert (found["pieces"], found["regions"]) == (32, 32)
    assert found["breakpoints"] == facts(capsys, "--sawtooth", "5")["breakpoints"]


@pytest.mark.parametrize("seed", range(3))
def test_onnx_and_certificate_agree(seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A random network of two inputs, along a segment, from either file and without a file."""
    network = random_network(parse_format("binary32"), [2, 6, 5, 1], seed)
    model, certificate = tmp_path / "net.onnx", tmp_path / "net.cert.json"
    model.write_bytes(to_onnx(network))
    certificate_of(network, 2).write(certificate)
    found, other = (facts(capsys, str(path), "--from", "-2,1", "--to", "3/2,-1/3") for path in (model, certificate))
    for name in ("pieces", "regions", "breakpoints", "slopes"):
        assert found[name] == other[name]
    layers = tuple(map(exact, network.layers))
    assert layers_from(model)[0] == layers
    start, end = (Fraction(-2), Fraction(1)), (Fraction(3, 2), Fraction(-1, 3))
    assert count(layers, Segment.between(start, end)).pieces == found["pieces"]


def test_onnx_that_has_no_pieces(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.onnx"
    for data in (b"", b"\xff" * 40, b"{}"):
        path.write_bytes(data)
        assert main(["pieces", str(path), "--on", "0:1"]) == 2
        assert capsys.readouterr().err.startswith("fpproof: error: ")
