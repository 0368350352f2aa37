"""ONNX in and out: round trips, what is refused and how, and ONNX Runtime on the exported model."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from fpproof import checker
from fpproof.certificates import check, read_certificate
from fpproof.cli.main import main
from fpproof.errors import FpproofError
from fpproof.exchange import to_network
from fpproof.exchange.onnx_reading import read_onnx
from fpproof.exchange.onnx_writing import to_onnx
from fpproof.exchange.rounded import CorrectlyRounded
from fpproof.formats import Format, parse_format, rational
from fpproof.machine import crosscheck, machine
from fpproof.networks import Layer, Network
from tests.machine_cases import certificate_of, random_network

FORMATS = [parse_format(name) for name in ("bfloat16", "binary16", "binary32", "binary64")]
ACTIVATIONS = ["relu", "sigmoid", "tanh", "elu", "gelu", "gelu-tanh", "softplus", "mish", "sin", None]


def chain(*nodes: Any, inputs: int = 2, outputs: int = 2, **constants: Any) -> Any:
    """A model of nodes from x to y with the constants as initialisers."""
    tensors = [numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in constants.items()]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, n]) for name, n in (("x", inputs), ("y", outputs)))
    graph = helper.make_graph(list(nodes), "g", [x], [y], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def node(operator: str, *operands: str, output: str = "y", **attributes: Any) -> Any:
    return helper.make_node(operator, list(operands), [output], **attributes)


W = [[1, 2], [3, 4]]


@pytest.mark.parametrize("F", FORMATS, ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_what_is_written_is_read_back(F: Format, activation: str | None) -> None:
    plain = random_network(F, [3, 5, 5, 2])
    layers = tuple(replace(layer, activation=activation) for layer in plain.layers[:-1])
    network = Network(F, (*layers, plain.layers[-1]), {activation: CorrectlyRounded(F, activation)} if activation not in (None, "relu") else {})
    data = to_onnx(network)
    assert data == to_onnx(network)
    back = to_network(read_onnx("m", data))
    assert back.format == F
    assert back.layers == network.layers


def test_missing_weights_and_biases_are_written_as_zeros() -> None:
    F = parse_format("binary32")
    sparse = Network(F, (Layer(3, (((1, F.one),), ()), (None, F.one), None),))
    back = to_network(read_onnx("m", to_onnx(sparse))).layers[0]
    assert back.weights == sparse.layers[0].densified().weights
    assert [rational(b) for b in back.bias if b is not None] == [0, 1]


@pytest.mark.parametrize("transposed", [0, 1])
def test_the_same_chain_as_gemm_and_as_matmul_and_add(transposed: int) -> None:
    matrix = np.array([[1, 2, 3], [4, 5, 6]], np.float32)  # inputs x outputs
    gemm = chain(node("Gemm", "x", "w", "b", transB=transposed), outputs=3, w=matrix.T if transposed else matrix, b=[7, 8, 9])
    added = chain(node("MatMul", "x", "w", output="z"), node("Add", "b", "z"), outputs=3, w=matrix, b=[[7, 8, 9]])
    networks = [to_network(read_onnx("m", model.SerializeToString())) for model in (gemm, added)]
    assert networks[0] == networks[1]
    assert [[rational(w) for _, w in row] for row in networks[0].layers[0].weights] == [[1, 4], [2, 5], [3, 6]]


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE])
def test_numbers_in_typed_fields_are_those_in_raw_data(kind: int) -> None:
    model = chain(node("Gemm", "x", "w"), w=W)
    found = []
    for raw in (False, True):
        del model.graph.initializer[:]
        values = np.array(W, np.float32).ravel()
        if raw and kind == TensorProto.BFLOAT16:
            tensor = TensorProto(name="w", data_type=kind, dims=[2, 2], raw_data=(values.view(np.uint32) >> 16).astype("<u2").tobytes())
        else:
            dtype = {TensorProto.FLOAT: np.float32, TensorProto.FLOAT16: np.float16, TensorProto.DOUBLE: np.float64}.get(kind, np.float32)
            tensor = helper.make_tensor("w", kind, [2, 2], values.astype(dtype).tobytes() if raw else values, raw=raw)
        model.graph.initializer.append(tensor)
        found.append(to_network(read_onnx("m", model.SerializeToString())))
    assert found[0] == found[1]
    assert [[rational(w) for _, w in row] for row in found[0].layers[0].weights] == [[1, 3], [2, 4]]


def changed(change: Callable[[Any], object]) -> bytes:
    model = chain(node("Gemm", "x", "w"), w=W)
    change(model)
    return bytes(model.SerializeToString())


def external(model: Any) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../../../etc/passwd")


def huge(model: Any) -> None:
    model.graph.initializer[0].dims[:] = [2**40, 2**40]


def nested(depth: int) -> Any:
    inner = node("Relu", "x")
    for _ in range(depth):
        graph = helper.make_graph([inner], "g", [], [])
        inner = helper.make_node("If", ["x"], ["y"], then_branch=graph, else_branch=graph) if depth < 8 else inner
        if depth >= 8:
            inner = helper.make_node("Loop", ["x"], ["y"], body=graph)
    return inner


GOOD = changed(lambda model: None)
MALFORMED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no ONNX file"),
    "cut": (GOOD[:-3], "no ONNX file"),
    "random": (random.Random(0).randbytes(5000), "no ONNX file"),
    "deep": (b"\x3a\x02" * 100000, "no ONNX file"),
    "external data": (changed(external), "initialiser 'w': its data are outside the file"),
    "huge shape": (changed(huge), "is larger than"),
    "negative shape": (changed(lambda m: m.graph.initializer[0].dims.__setitem__(0, -2)), "positive numbers"),
    "too few numbers": (changed(lambda m: m.graph.initializer[0].dims.__setitem__(0, 7)), "expected 14 numbers"),
    "integers": (changed(lambda m: setattr(m.graph.initializer[0], "data_type", TensorProto.INT64)), "data type 7"),
    "no type": (changed(lambda m: setattr(m.graph.initializer[0], "data_type", 0)), "data type 0"),
    "NaN": (chain(node("Gemm", "x", "w"), w=[[1, np.nan], [0, 0]]).SerializeToString(), "w[1,0]: expected a finite number"),
    "no weights": (changed(lambda m: m.graph.ClearField("initializer")), "node 1 (Gemm)"),
    "unknown operator": (chain(node("Conv", "x", "w"), w=W).SerializeToString(), "node 1 (Conv): the operator is not read"),
    "another domain": (chain(node("Gemm", "x", "w", domain="com.microsoft"), w=W).SerializeToString(), "com.microsoft"),
    "control flow": (chain(nested(4), w=W).SerializeToString(), "node 1 (If)"),
    "deep control flow": (chain(nested(20), w=W).SerializeToString(), "node 1 (Loop)"),
    "a branch": (
        chain(node("Gemm", "x", "w", output="z"), node("Relu", "z", output="a"), node("Add", "a", "z"), w=W).SerializeToString(),
        "node 3 (Add): expected one chain",
    ),
    "a product of the input": (chain(node("MatMul", "x", "x")).SerializeToString(), "expected one chain"),
    "weights first": (chain(node("MatMul", "w", "x"), w=W).SerializeToString(), "as first operand"),
    "alpha": (chain(node("Gemm", "x", "w", alpha=0.5), w=W).SerializeToString(), "attribute 'alpha' = 0.5"),
    "transA": (chain(node("Gemm", "x", "w", transA=1), w=W).SerializeToString(), "attribute 'transA'"),
    "alpha of Elu": (chain(node("Gemm", "x", "w", output="z"), node("Elu", "z", alpha=2.0), w=W).SerializeToString(), "attribute 'alpha'"),
    "a word for a number": (chain(node("Gemm", "x", "w", transB="1"), w=W).SerializeToString(), "transB"),
    "an activation first": (chain(node("Relu", "x")).SerializeToString(), "does not follow an affine layer"),
    "two activations": (
        chain(node("Gemm", "x", "w", output="z"), node("Relu", "z", output="a"), node("Tanh", "a"), w=W).SerializeToString(),
        "node 3 (Tanh)",
    ),
    "two biases": (chain(node("Gemm", "x", "w", "b", output="z"), node("Add", "z", "b"), w=W, b=[1, 2]).SerializeToString(), "node 2 (Add)"),
    "a bias of another size": (chain(node("Gemm", "x", "w", "b"), w=W, b=[1, 2, 3]).SerializeToString(), "expected 2 biases"),
    "another output": (chain(node("Gemm", "x", "w", output="q"), w=W).SerializeToString(), "is not what the last node gives"),
    "weights of three dimensions": (chain(node("MatMul", "x", "w"), w=[W]).SerializeToString(), "2 dimensions"),
    "layers that do not fit": (
        chain(node("Gemm", "x", "w", output="z"), node("Gemm", "z", "v"), w=W, v=[[1], [2], [3]]).SerializeToString(),
        "expected 2 inputs",
    ),
    "two inputs": (changed(lambda m: m.graph.input.append(helper.make_tensor_value_info("q", 1, [1]))), "one input and one output"),
    "no output": (changed(lambda m: m.graph.ClearField("output")), "one input and one output"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_files_give_one_line_at_once(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, message = MALFORMED[name]
    source, points = tmp_path / "m.onnx", tmp_path / "points.csv"
    source.write_bytes(data)
    points.write_text("x1,x2,upstream1,upstream2\n1,1,1,1\n")
    start = time.process_time()
    assert main(["certify", str(source), "--points", str(points), "-o", str(tmp_path / "c.json")]) == 2
    assert time.process_time() - start < 1
    error = capsys.readouterr().err
    assert error.startswith("fpproof: error: ")
    assert error.count("\n") == 1
    assert message in error
    assert not (tmp_path / "c.json").exists()


def test_mutated_bytes_never_crash() -> None:
    generator = random.Random(2)
    for _ in range(400):
        data = bytearray(GOOD)
        for _ in range(generator.randint(1, 4)):
            data[generator.randrange(len(data))] = generator.randrange(256)
        try:
            to_network(read_onnx("m", bytes(data)))
        except FpproofError:
            continue


def test_an_option_that_the_file_says_itself_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "m.onnx"
    source.write_bytes(GOOD)
    assert main(["certify", str(source), "--points", "p.csv", "-o", "c.json", "--activation", "relu"]) == 2
    assert "says its activations itself" in capsys.readouterr().err


def test_export_by_command_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    certificate = certificate_of(random_network(parse_format("binary16"), [2, 8, 1]), 5)
    source, model, points, again = (tmp_path / name for name in ("c.json", "m.onnx", "p.csv", "again.json"))
    certificate.write(source)
    assert main(["export", str(source), "--to", "onnx", "-o", str(model)]) == 0
    onnx.checker.check_model(onnx.load(str(model)), full_check=True)
    F = certificate.network.format
    rows = [",".join(f"bits({F.encode(v):#06x})" for v in (*p.x, *p.upstream)) for p in certificate.points]
    points.write_text("x1,x2,upstream\n" + "\n".join(rows) + "\n")
    assert main(["certify", str(model), "--points", str(points), "-o", str(again)]) == 0
    back = read_certificate(again)
    assert back.network == certificate.network
    assert [(p.value, p.gradient) for p in back.points] == [(p.value, p.gradient) for p in certificate.points]
    assert check(back).accepted
    assert checker.main([str(again)]) == 0


def test_what_onnx_lacks_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "c.json"
    certificate_of(random_network(parse_format("F(3,4)"), [2, 2, 1]), 2).write(source)
    assert main(["export", str(source), "--to", "onnx", "-o", str(tmp_path / "m.onnx")]) == 2
    assert "ONNX has no matrix products in F(3,4)" in capsys.readouterr().err
    assert main(["export", str(source), "--to", "pickle", "-o", str(tmp_path / "m")]) == 2


@pytest.mark.parametrize("F", machine("onnxruntime").formats(), ids=str)
def test_onnx_runtime_agrees_where_no_order_matters(F: Format) -> None:
    """One weight a neuron and no bias; binary16 in one layer, since the runtime keeps binary32 between layers."""
    widths = [1, 1] if F.width == 16 else [1, 1, 1]
    agreement = crosscheck(certificate_of(random_network(F, widths, seed=3, bias=False), 50), machine("onnxruntime"))
    assert (agreement.values, agreement.gradients, agreement.points) == (50, None, 50)


def test_onnx_runtime_in_binary16_rounds_only_at_the_end() -> None:
    """Between layers its numbers stay in binary32; only watching the layers makes it round them."""
    agreement = crosscheck(certificate_of(random_network(parse_format("binary16"), [4, 32, 32, 1]), 64), machine("onnxruntime"))
    assert agreement.values < 64
    found = agreement.explanation
    assert found.values is not None
    assert found.values.complete
    assert "binary32 throughout" in found.values.variant
    assert any("others when the layers are outputs too" in cause for cause in found.causes)


def test_onnx_runtime_has_no_bfloat16() -> None:
    agreement = crosscheck(certificate_of(random_network(parse_format("bfloat16"), [2, 2, 1]), 3), machine("onnxruntime"))
    assert agreement.unable == "onnxruntime has no bfloat16; it has binary16, binary32, binary64"
