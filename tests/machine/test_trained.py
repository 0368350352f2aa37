"""A network that torch trained on a data set of scikit-learn goes through import, certify and crosscheck."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file
from sklearn.datasets import load_iris

from fpproof import checker
from fpproof.certificates import check, read_certificate
from fpproof.cli.main import main
from fpproof.formats import parse_format
from fpproof.machine.machine import numbers


@pytest.fixture(scope="module")
def trained() -> tuple[torch.nn.Sequential, np.ndarray]:
    """Four inputs, two hidden layers of 16 with tanh and ReLU, three classes; and the normalised flowers."""
    flowers, classes = load_iris(return_X_y=True)
    x = torch.tensor((flowers - flowers.mean(axis=0)) / flowers.std(axis=0), dtype=torch.float32)
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(4, 16), torch.nn.Tanh(), torch.nn.Linear(16, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3)
    )
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(100):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), torch.tensor(classes))
        loss.backward()
        optimiser.step()
    accuracy = (model(x).argmax(dim=1).numpy() == classes).mean()
    assert accuracy > 0.95
    return model, x.numpy()


def saved_onnx(model: torch.nn.Sequential, path: Path) -> None:
    """The model as Gemm, Tanh and Relu nodes."""
    nodes, tensors, current = [], [], "x"
    for number, module in enumerate(model):
        output = f"t{number}"
        if isinstance(module, torch.nn.Linear):
            tensors += [numpy_helper.from_array(p.detach().numpy(), f"{number}.{name}") for name, p in module.named_parameters()]
            nodes.append(helper.make_node("Gemm", [current, f"{number}.weight", f"{number}.bias"], [output], transB=1))
        else:
            nodes.append(helper.make_node({"Tanh": "Tanh", "ReLU": "Relu"}[type(module).__name__], [current], [output]))
        current = output
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, n]) for name, n in (("x", 4), (current, 3))]
    graph = helper.make_graph(nodes, "iris", values[:1], values[1:], tensors)
    path.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString())


def saved_points(x: np.ndarray, path: Path) -> None:
    """Every tenth flower, with the upstream of one class each."""
    lines = ["x1,x2,x3,x4,upstream1,upstream2,upstream3"]
    for number, row in enumerate(x[::10]):
        lines.append(",".join([*(float(v).hex() for v in row), *("1" if number % 3 == k else "0" for k in range(3))]))
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("ending", ["onnx", "safetensors"])
def test_a_trained_network_is_certified(
    ending: str, trained: tuple[torch.nn.Sequential, np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, x = trained
    source, points, target = tmp_path / f"iris.{ending}", tmp_path / "points.csv", tmp_path / "iris.cert.json"
    if ending == "onnx":
        saved_onnx(model, source)
    else:
        save_file(model.state_dict(), source)
    saved_points(x, points)
    options = ["--activation", "tanh,relu,none"] if ending == "safetensors" else []
    assert main(["certify", str(source), "--points", str(points), "-o", str(target), *options]) == 0
    certificate = read_certificate(target)
    assert check(certificate).accepted
    assert checker.main([str(target)]) == 0
    assert certificate.network.format == parse_format("binary32")
    assert len(certificate.points) == 15

    # What is certified is what torch means, up to its roundings.
    values = numbers((p.value for p in certificate.points), 3)
    with torch.no_grad():
        assert np.allclose(values, model(torch.from_numpy(x[::10])).numpy(), rtol=0, atol=1e-5)

    capsys.readouterr()
    code = main(["crosscheck", str(target), "--on", "numpy,torch,onnxruntime", "--json"])
    facts = {machine["machine"]: machine for machine in json.loads(capsys.readouterr().out)["machines"]}
    assert (facts["numpy"]["values-agree"], facts["numpy"]["gradients-agree"]) == (15, 15)
    assert facts["onnxruntime"]["gradients-agree"] is None
    assert code == (0 if all(m["values-agree"] == 15 and m["gradients-agree"] in (15, None) for m in facts.values()) else 1)
    assert facts["torch"]["points"] == facts["onnxruntime"]["points"] == 15


def test_the_same_network_in_bfloat16(trained: tuple[torch.nn.Sequential, np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Narrower than it is stored: refused, unless rounding is asked for."""
    model, x = trained
    source, points, target = tmp_path / "iris.onnx", tmp_path / "points.csv", tmp_path / "iris.cert.json"
    saved_onnx(model, source)
    saved_points(x, points)
    words = ["certify", str(source), "--points", str(points), "-o", str(target), "--format", "bfloat16"]
    assert main(words) == 2
    assert "is no float of bfloat16; --round rounds to bfloat16" in capsys.readouterr().err
    assert main([*words, "--round", "--semantics", "wide(binary32)"]) == 0
    assert checker.main([str(target)]) == 0
