"""Writing ONNX: a chain of Gemm nodes and activations. The model computes the network in an order of its runtime's choice."""

from typing import Any

import numpy as np

from fpproof.exchange.model import ExchangeError
from fpproof.exchange.onnx_reading import load_onnx
from fpproof.formats import ZERO, Datum, Format, parse_format
from fpproof.networks import Layer, Network

_TYPES = {"binary32": 1, "binary16": 10, "binary64": 11, "bfloat16": 16}
_OPERATORS: dict[str, tuple[str, dict[str, Any], int]] = {
    "relu": ("Relu", {}, 14),
    "sigmoid": ("Sigmoid", {}, 13),
    "tanh": ("Tanh", {}, 13),
    "elu": ("Elu", {"alpha": 1.0}, 6),
    "softplus": ("Softplus", {}, 1),
    "mish": ("Mish", {}, 18),
    "sin": ("Sin", {}, 7),
    "gelu": ("Gelu", {}, 20),
    "gelu-tanh": ("Gelu", {"approximate": "tanh"}, 20),
}
"""Activation -> operator, attributes, and the operator set that has it."""
_OPERATOR_SET, _IR_VERSION = 18, 9
LARGEST_DENSE = 5 * 10**7


def to_onnx(network: Network, every_layer: bool = False) -> bytes:
    """The network as an ONNX model, weights exact, missing weights 0; the same network gives the same bytes.

    `every_layer` makes all pre-activations z1, z2, ... and activations a1, a2, ... outputs. Raises ExchangeError for a format that ONNX lacks
    and for an activation that is none of its operators.
    """
    onnx = load_onnx()
    F = network.format
    kind = next((code for name, code in _TYPES.items() if parse_format(name) == F), None)
    if kind is None:
        raise ExchangeError(f"ONNX has no matrix products in {F.name}", hint=f"it has them in {', '.join(_TYPES)}")
    if (count := sum(layer.inputs * layer.neurons for layer in network.layers)) > LARGEST_DENSE:
        raise ExchangeError(f"ONNX has dense matrices: {count} weights are more than {LARGEST_DENSE}")
    nodes: list[Any] = []
    tensors: list[Any] = []
    between: list[tuple[str, int]] = []
    current, operator_set = "x", _OPERATOR_SET
    for number, layer in enumerate(network.layers, 1):
        operands = [current, f"weight{number}"]
        tensors.append(_tensor(onnx, kind, F, f"weight{number}", (layer.neurons, layer.inputs), _weights(F, layer)))
        if any(b is not None for b in layer.bias):
            operands.append(f"bias{number}")
            biases = np.array([F.encode(b or ZERO) for b in layer.bias], np.uint64)
            tensors.append(_tensor(onnx, kind, F, f"bias{number}", (layer.neurons,), biases))
        current = f"z{number}"
        nodes.append(onnx.helper.make_node("Gemm", operands, [current], name=f"affine{number}", transB=1))
        between.append((current, layer.neurons))
        if layer.activation is not None:
            operator, attributes, needed = _operator(layer.activation)
            operator_set = max(operator_set, needed)
            nodes.append(onnx.helper.make_node(operator, [current], [f"a{number}"], name=f"activation{number}", **attributes))
            current = f"a{number}"
            between.append((current, layer.neurons))
    outputs = between if every_layer else [(current, network.outputs)]
    graph = onnx.helper.make_graph(nodes, "fpproof", [_value(onnx, kind, "x", network.inputs)], [_value(onnx, kind, *o) for o in outputs], tensors)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", operator_set)], ir_version=_IR_VERSION, producer_name="fpproof")
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


def _operator(name: str) -> tuple[str, dict[str, Any], int]:
    if name not in _OPERATORS:
        raise ExchangeError(f"activation {name[:40]!r} is no operator of ONNX", hint=f"{', '.join(_OPERATORS)} are")
    return _OPERATORS[name]


def _value(onnx: Any, kind: int, name: str, width: int) -> Any:
    return onnx.helper.make_tensor_value_info(name, kind, ["points", width])


def _weights(F: Format, layer: Layer) -> Any:
    """Codes, missing weights +0."""
    codes = np.zeros((layer.neurons, layer.inputs), np.uint64)
    known: dict[Datum, int] = {}
    for i, row in enumerate(layer.weights):
        row_codes = [known[w] if w in known else known.setdefault(w, F.encode(w)) for _, w in row]
        codes[i, [j for j, _ in row]] = np.array(row_codes, np.uint64)
    return codes


def _tensor(onnx: Any, kind: int, F: Format, name: str, shape: tuple[int, ...], codes: Any) -> Any:
    return onnx.TensorProto(name=name, data_type=kind, dims=shape, raw_data=codes.astype(f"<u{F.width // 8}").tobytes())
