"""safetensors files made by hand, good and bad; and certificates of what is in them."""

import json
import random
import struct
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from fpproof import checker
from fpproof.certificates import check, read_certificate
from fpproof.cli.main import main
from fpproof.errors import FpproofError
from fpproof.exchange import read_model, to_network
from fpproof.exchange.safetensors import read_safetensors
from fpproof.formats import parse_format, rational
from fpproof.networks import evaluate

Tensors = dict[str, np.ndarray]
_NAMES = {"float64": "F64", "float32": "F32", "float16": "F16", "uint16": "BF16"}


def packed(header: object, body: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def saved(tensors: Tensors) -> bytes:
    """The file of the tensors, in the given order."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, array in tensors.items():
        data = array.tobytes()
        header[name] = {"dtype": _NAMES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    return packed(header, body)


def small(dtype: str = "float16") -> Tensors:
    """Two inputs, three neurons, two outputs."""
    weights = np.array([[0.5, -1.25], [2, 0.125], [-0.75, 1]]).astype(dtype)
    return {"0.bias": np.array([0.5, 0, -1]).astype(dtype), "0.weight": weights, "2.weight": weights.T.copy()}


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    path.write_text("# three points\nx1,x2,upstream1,upstream2,value1\n0.5,0.25,1,0,9\n-1,2,0,1,9\n0.5,0.25,1,-0,9\n")
    return path


def test_layers_come_in_natural_order_and_weights_are_exact() -> None:
    model = read_safetensors("m", saved({f"layers.{k}.weight": np.array([[float(k)]], np.float32) for k in (10, 9, 2)}), ["tanh"])
    assert [layer.weight_name for layer in model.layers] == ["layers.2.weight", "layers.9.weight", "layers.10.weight"]
    network = to_network(model)
    assert [rational(layer.weights[0][0][1]) for layer in network.layers] == [2, 9, 10]
    assert [layer.activation for layer in network.layers] == ["tanh", "tanh", None]


def test_bfloat16_is_read_by_its_codes() -> None:
    model = read_safetensors("m", saved({"a.weight": np.array([[0x3F80, 0xC000]], np.uint16)}), [None])
    assert model.format == parse_format("bfloat16")
    assert [rational(w) for _, w in to_network(model).layers[0].weights[0]] == [1, -2]


@pytest.mark.parametrize("semantics", ["left-to-right", "pairwise+wide(binary32)+flush", "fma"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu,sigmoid", "relu,none"])
@pytest.mark.parametrize("F", ["binary16", "F(13,5)", "E5M2"])
def test_certify(F: str, activation: str, semantics: str, tmp_path: Path, points: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "m.safetensors", tmp_path / "c.json"
    source.write_bytes(saved(small()))
    words = ["certify", str(source), "--points", str(points), "-o", str(target), "--format", F, "--activation", activation]
    assert main([*words, "--semantics", semantics, "--round", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["points"] == 2  # the third is the first: -0 = 0
    certificate = read_certificate(target)
    assert check(certificate).accepted
    assert checker.main([str(target)]) == 0
    assert certificate.finite == ("activations", "adjoints", "pre-activations")
    for point in certificate.points:
        evaluation = evaluate(certificate.network, point.x, point.upstream, certificate.semantics)
        assert (evaluation.value, evaluation.gradient) == (point.value, point.gradient)


def test_a_table_has_just_the_entries_that_are_met(tmp_path: Path, points: Path) -> None:
    source, target = tmp_path / "m.safetensors", tmp_path / "c.json"
    source.write_bytes(saved(small()))
    assert main(["certify", str(source), "--points", str(points), "-o", str(target), "--activation", "tanh"]) == 0
    certificate = read_certificate(target)
    met = {z for p in certificate.points for z in evaluate(certificate.network, p.x, p.upstream, certificate.semantics).pre_activations[0]}
    assert {z if z[0] else (0, 0) for z in met} == set(certificate.network.activations["tanh"].entries)  # type: ignore[attr-defined]  # this one is a table


def test_formats_without_a_kernel_are_evaluated_exactly(tmp_path: Path, points: Path) -> None:
    source, target = tmp_path / "m.safetensors", tmp_path / "c.json"
    source.write_bytes(saved(small()))
    assert main(["certify", str(source), "--points", str(points), "-o", str(target), "--activation", "tanh", "--format", "binary128"]) == 0
    assert checker.main([str(target)]) == 0


def broken(**changes: object) -> bytes:
    entry: dict[str, object] = {"dtype": "F32", "shape": [1, 1], "data_offsets": [0, 4]}
    return packed({"a.weight": entry | changes}, bytes(4))


GOOD = saved(small())
MALFORMED = {
    "empty": b"",
    "cut in the length": GOOD[:5],
    "cut in the header": GOOD[:40],
    "cut in the numbers": GOOD[:-1],
    "too long": GOOD + b"\0",
    "header of 10^18 bytes": struct.pack("<Q", 10**18) + GOOD[8:],
    "header of all the file": struct.pack("<Q", len(GOOD)) + GOOD[8:],
    "no JSON": struct.pack("<Q", 4) + b"{]{]" + GOOD,
    "no UTF-8": struct.pack("<Q", 4) + b"\xff\xfe{}" + GOOD,
    "a list": packed([]),
    "nothing": packed({}),
    "deep": struct.pack("<Q", 200000) + b"[" * 100000 + b"]" * 100000,
    "deep and unclosed": struct.pack("<Q", 100000) + b"[" * 100000,
    "a name twice": struct.pack("<Q", 24) + b'{"a.weight":1,"a.weight":2}'[:24] + GOOD,
    "floats": packed({"a.weight": {"dtype": "F32", "shape": [1.0, 1], "data_offsets": [0, 4]}}, bytes(4)),
    "huge integer": struct.pack("<Q", 300) + b'{"a":' + b"9" * 294 + b"}",
    "NaN in the header": struct.pack("<Q", 9) + b'{"a":NaN}',
    "unknown type": broken(dtype="I64"),
    "type is a list": broken(dtype=["F32"]),
    "shape is a word": broken(shape="x"),
    "shape is true": broken(shape=[True, 1]),
    "shape is negative": broken(shape=[-1, -1]),
    "shape is empty": broken(shape=[0, 1]),
    "shape is huge": broken(shape=[10**15, 10**15]),
    "shape of many": broken(shape=[1] * 1000),
    "wrong dimension": broken(shape=[1]),
    "offsets are few": broken(data_offsets=[0]),
    "offsets backwards": broken(data_offsets=[4, 0]),
    "offsets outside": broken(data_offsets=[10**17, 10**17 + 4]),
    "offsets with a gap": packed({"a.weight": {"dtype": "F32", "shape": [1, 1], "data_offsets": [4, 8]}}, bytes(8)),
    "further members": broken(pickle="x"),
    "no tensor": packed({"a.weight": 3}),
    "another name": packed({"gamma": {"dtype": "F32", "shape": [1, 1], "data_offsets": [0, 4]}}, bytes(4)),
    "a bias alone": packed({"a.bias": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, bytes(4)),
    "two types": saved({"0.weight": np.ones((1, 1), np.float32), "1.weight": np.ones((1, 1), np.float16)}),
    "NaN": saved({"0.weight": np.array([[1, np.nan]], np.float32)}),
    "infinity": saved({"0.weight": np.ones((1, 1), np.float32), "0.bias": np.array([np.inf], np.float32)}),
    "layers that do not fit": saved({"0.weight": np.ones((2, 3), np.float32), "1.weight": np.ones((1, 3), np.float32)}),
    "a bias that does not fit": saved({"0.weight": np.ones((2, 3), np.float32), "0.bias": np.ones(3, np.float32)}),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_files_give_one_line_at_once(name: str, tmp_path: Path, points: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "m.safetensors"
    source.write_bytes(MALFORMED[name])
    start = time.process_time()
    assert main(["certify", str(source), "--points", str(points), "-o", str(tmp_path / "c.json"), "--activation", "relu"]) == 2
    assert time.process_time() - start < 1
    error = capsys.readouterr().err
    assert error.startswith("fpproof: error: ")
    assert error.count("\n") == 1
    assert not (tmp_path / "c.json").exists()


def test_random_and_mutated_bytes_never_crash() -> None:
    generator = random.Random(1)
    for _ in range(300):
        data = bytearray(GOOD)
        for _ in range(generator.randint(1, 4)):
            data[generator.randrange(len(data) if generator.random() < 0.3 else 250)] = generator.randrange(256)
        with suppress(FpproofError):
            to_network(read_safetensors("m", bytes(data), ["relu"]))
        with pytest.raises(FpproofError):
            read_safetensors("m", generator.randbytes(generator.randint(0, 100)), ["relu"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "do not say activations"),
        (["--activation", "rellu"], "unknown"),
        (["--activation", "relu,relu,relu"], "expected 1 activation or 2"),
        (["--activation", "relu", "--format", "E2M1"], "is no float of E2M1"),
        (["--activation", "relu", "--format", "E4M3"], "ambiguous"),
        (["--activation", "relu", "--semantics", "sideways"], "sideways"),
    ],
)
def test_wrong_options_are_said(options: list[str], message: str, tmp_path: Path, points: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "m.safetensors"
    source.write_bytes(saved(small()))
    assert main(["certify", str(source), "--points", str(points), "-o", str(tmp_path / "c.json"), *options]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "no rows"),
        ("x1,x2,upstream1,upstream2\n", "no rows"),
        ("x1,upstream1,upstream2\n1,1,1\n", "2 inputs and 2 outputs"),
        ("x1,x2,upstream1\n1,1,1\n", "2 inputs and 2 outputs"),
        ("x1,x2,upstream1,upstream2,y\n1,1,1,1,1\n", ":1:27: column 'y' is unknown"),
        ("x1,x2,upstream1,upstream2,x2\n1,1,1,1,1\n", ":1:27: column 'x2' stands twice"),
        ("x1,x2,upstream1,upstream2\n1,1,1\n", ":2: expected 4 fields, found 3"),
        ("x1,x2,upstream1,upstream2\n1,1,1,0.1\n", ":2:7: upstream2: "),
        ("x1,x2,upstream1,upstream2\n1,nan,1,1\n", ":2:3: x2 is nan"),
        ("x1,x2,upstream1,upstream2\n1,1,1,1\n60000,-60000,1,1\n", ":3: the network meets pre-activation infinity at layer 1, neuron 1"),
    ],
)
def test_wrong_points_are_said_with_their_line(table: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, points = tmp_path / "m.safetensors", tmp_path / "points.csv"
    source.write_bytes(saved(small()))
    points.write_text(table)
    assert main(["certify", str(source), "--points", str(points), "-o", str(tmp_path / "c.json"), "--activation", "relu"]) == 2
    assert message in capsys.readouterr().err


def test_pickles_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"\x80\x04.")
    with pytest.raises(FpproofError, match="may run code"):
        read_model(path, ["relu"])
