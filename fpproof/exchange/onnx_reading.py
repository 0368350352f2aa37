"""Reading ONNX: one chain of Gemm, MatMul, Add and activations from the graph's input to its output.

Everything else is refused with the node named: other operators, branches, data outside the file, attributes that change the meaning.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib import import_module
from typing import Any

import numpy as np

from fpproof.exchange.model import Affine, Codes, ExchangeError, Model, check_size, codes, tuple_of_integers
from fpproof.formats import Format, parse_format
from fpproof.networks import RELU

_TYPES = {1: "binary32", 10: "binary16", 11: "binary64", 16: "bfloat16"}
"""TensorProto.DataType -> format."""
_Allowed = dict[str, tuple[object, ...]]
"""Attribute -> the values it may have."""
_ACTIVATIONS: dict[str, tuple[str | None, _Allowed]] = {
    "Relu": (RELU, {}),
    "Sigmoid": ("sigmoid", {}),
    "Tanh": ("tanh", {}),
    "Elu": ("elu", {"alpha": (1.0,)}),
    "Softplus": ("softplus", {}),
    "Mish": ("mish", {}),
    "Sin": ("sin", {}),
    "Identity": (None, {}),
}
"""Operator -> our activation, and the attributes with which it is that."""
_GELU: _Allowed = {"approximate": ("none", "tanh")}
_GEMM: _Allowed = {"alpha": (1.0,), "beta": (1.0,), "transA": (0,), "transB": (0, 1)}


@dataclass(frozen=True, slots=True)
class _Tensor:
    format: Format
    codes: Codes


def load_onnx() -> Any:
    """The onnx package; raises ExchangeError with the extra that has it."""
    try:
        return import_module("onnx")
    except ImportError:
        raise ExchangeError("onnx is not installed", hint="pip install 'fpproof[machines]'") from None


def read_onnx(name: str, data: bytes) -> Model:
    """The model of an ONNX file; raises ExchangeError, which names the node or the tensor."""
    onnx = load_onnx()
    try:
        proto = onnx.load_model_from_string(data)
    except Exception:  # protobuf's DecodeError, under a name that depends on its version
        raise ExchangeError(f"{name}: no ONNX file: it is cut or is something else") from None
    if not proto.graph.node:
        raise ExchangeError(f"{name}: no ONNX file: no graph with nodes in it")
    if proto.functions or proto.graph.sparse_initializer:
        raise ExchangeError(f"{name}: functions and sparse initialisers are not read")
    return _Reader(name, proto.graph).model(sha256(data).hexdigest())


class _Reader:
    """The walk along the chain."""

    def __init__(self, name: str, graph: Any) -> None:
        self.name, self.graph = name, graph
        self.initialisers = {tensor.name: tensor for tensor in graph.initializer}
        self.formats: set[Format] = set()

    def fail(self, place: str, problem: str, hint: str | None = None) -> ExchangeError:
        return ExchangeError(f"{self.name}: {place[:80]}: {problem}", hint=hint)

    def model(self, digest: str) -> Model:
        layers: list[Affine] = []
        open_for_bias = open_for_activation = False
        for place, node, constant in self._chain():
            operator = node.op_type
            if operator in ("Gemm", "MatMul"):
                layers.append(self._affine(place, node))
                open_for_bias, open_for_activation = layers[-1].bias is None, True
            elif operator == "Add":
                if not open_for_bias:
                    raise self.fail(place, "an Add that adds no bias right after a MatMul or a Gemm without one")
                layers[-1] = self._with_bias(place, layers[-1], constant)
                open_for_bias = False
            else:
                sigma = self._activation(place, node)
                if sigma is None:
                    continue
                if not open_for_activation:
                    raise self.fail(place, "an activation that does not follow an affine layer")
                layers[-1] = replace(layers[-1], activation=sigma)
                open_for_bias = open_for_activation = False
        if not layers:
            raise ExchangeError(f"{self.name}: no Gemm or MatMul in the graph")
        if len(self.formats) != 1:
            raise ExchangeError(f"{self.name}: expected numbers of one type, found {', '.join(sorted(F.name for F in self.formats))}")
        return Model(self.name, self.formats.pop(), tuple(layers), digest)

    def _chain(self) -> Iterator[tuple[str, Any, str]]:
        """Place, node, and the name of its one constant operand (empty for Gemm, which has two), from input to output."""
        inputs = [value.name for value in self.graph.input if value.name not in self.initialisers]
        outputs = [value.name for value in self.graph.output]
        if len(inputs) != 1 or len(outputs) != 1:
            raise ExchangeError(f"{self.name}: expected one input and one output, found {len(inputs)} and {len(outputs)}")
        current = inputs[0]
        for number, node in enumerate(self.graph.node, 1):
            place = f"node {number} ({node.op_type[:30]}{' ' + repr(node.name[:40]) if node.name else ''})"
            constants, activation = self._check_operator(place, node)
            given = [operand for operand in node.input if operand]
            varying = [operand for operand in given if operand not in self.initialisers]
            if varying != [current] or len(node.output) != 1 or (activation and len(given) != 1) or len(given) > 1 + constants:
                raise self.fail(place, "expected one chain: each node takes what the one before gives, and constants", "branches are not read")
            if node.op_type in ("Gemm", "MatMul") and node.input[0] != current:
                raise self.fail(place, "expected the activations as first operand and the weights as second")
            yield place, node, next((operand for operand in given if operand != current), "")
            current = node.output[0]
        if current != outputs[0]:
            raise ExchangeError(f"{self.name}: the graph's output {outputs[0][:40]!r} is not what the last node gives")

    def _check_operator(self, place: str, node: Any) -> tuple[int, bool]:
        """How many constants the operator takes at most, and whether it is an activation."""
        if node.domain not in ("", "ai.onnx"):
            raise self.fail(place, f"operators of {node.domain[:40]!r} are not read")
        constants = {"Gemm": 2, "MatMul": 1, "Add": 1}.get(node.op_type)
        if constants is None and node.op_type not in (*_ACTIVATIONS, "Gelu"):
            known = ["Gemm", "MatMul", "Add", "Gelu", *_ACTIVATIONS]
            raise self.fail(place, "the operator is not read", f"operators {', '.join(known)} are")
        return constants or 0, constants is None

    def _attributes(self, place: str, node: Any, allowed: _Allowed) -> dict[str, object]:
        """The attributes of a node; raises for one that has another value or type than those allowed."""
        read: dict[int, Callable[[Any], object]] = {1: lambda a: a.f, 2: lambda a: a.i, 3: lambda a: a.s.decode("utf-8", "replace")}
        found = {}
        for attribute in node.attribute:
            value = read[attribute.type](attribute) if attribute.type in read else "of another type"
            if not any(type(value) is type(known) and value == known for known in allowed.get(attribute.name, ())):
                raise self.fail(place, f"attribute {attribute.name[:40]!r} = {str(value)[:40]} is not read")
            found[attribute.name] = value
        return found

    def _activation(self, place: str, node: Any) -> str | None:
        if node.op_type == "Gelu":
            return "gelu-tanh" if self._attributes(place, node, _GELU).get("approximate") == "tanh" else "gelu"
        sigma, allowed = _ACTIVATIONS[node.op_type]
        self._attributes(place, node, allowed)
        return sigma

    def _affine(self, place: str, node: Any) -> Affine:
        gemm = node.op_type == "Gemm"
        attributes = self._attributes(place, node, _GEMM if gemm else {})
        weight = self._tensor(place, node.input[1])
        if weight.ndim != 2:
            raise self.fail(place, f"expected weights of 2 dimensions, found {weight.ndim}")
        weight = weight if attributes.get("transB", 0) == 1 else weight.T
        layer = Affine(weight, None, None, node.input[1])
        return self._with_bias(place, layer, node.input[2]) if gemm and len(node.input) > 2 and node.input[2] else layer

    def _with_bias(self, place: str, layer: Affine, name: str) -> Affine:
        bias = self._tensor(place, name)
        neurons = layer.weights.shape[0]
        if bias.size not in (1, neurons) or (bias.ndim and bias.shape[-1] != bias.size):
            raise self.fail(place, f"expected {neurons} biases, found a tensor of shape {' x '.join(map(str, bias.shape))}")
        return replace(layer, bias=np.broadcast_to(bias.reshape(-1), (neurons,)), bias_name=name)

    def _tensor(self, place: str, name: str) -> Codes:
        if name not in self.initialisers:
            raise self.fail(place, f"{name[:40]!r} is no initialiser")
        tensor, place = self.initialisers[name], f"initialiser {name[:40]!r}"
        if tensor.data_location != 0 or tensor.external_data:
            raise self.fail(place, "its data are outside the file", "save the model with its weights inside")
        if tensor.data_type not in _TYPES:
            raise self.fail(place, f"data type {tensor.data_type} is not read", "float, float16, bfloat16 and double are")
        F = parse_format(_TYPES[tensor.data_type])
        self.formats.add(F)
        shape = tuple_of_integers(tensor.dims)
        count = check_size(f"{self.name}: {place}", shape)
        raw = self._raw(F, tensor)
        if len(raw) != count * F.width // 8:
            raise self.fail(place, f"expected {count} numbers for its shape, found {len(raw) * 8 // F.width}")
        return codes(F, raw, shape)

    def _raw(self, F: Format, tensor: Any) -> bytes:
        """The numbers as little-endian codes; 16-bit ones may stand in int32_data."""
        if tensor.HasField("raw_data"):
            return bytes(tensor.raw_data)
        if F.width == 16:
            return np.array(tensor.int32_data, np.int64).astype("<u2").tobytes()
        data = tensor.float_data if F.width == 32 else tensor.double_data
        return np.array(data, f"<f{F.width // 8}").tobytes()
