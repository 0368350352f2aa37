"""ONNX Runtime on the exported model, on the CPU: values only, it has no automatic differentiation."""

from importlib import import_module
from typing import Any

import numpy as np

from fpproof.errors import FpproofError
from fpproof.exchange.onnx_writing import to_onnx
from fpproof.formats import Format, parse_format
from fpproof.machine.machine import Floats, LayerNumbers, Rows, Run, Unable, dense_weights, require_dense
from fpproof.networks import Network

_TYPES = {"binary16": "float16", "binary32": "float32", "binary64": "float64"}
_SILENT = 4
"""Log level: fatal errors only."""


class OnnxRuntime:
    """ONNX Runtime with its default optimisations, all points as one batch."""

    name = "onnxruntime"
    note = "the exported model, dense, values only, all points in one batch"
    work = 10**10

    def __init__(self) -> None:
        self._runtime: Any = import_module("onnxruntime")

    @property
    def version(self) -> str:
        return str(self._runtime.__version__)

    def formats(self) -> tuple[Format, ...]:
        return tuple(map(parse_format, _TYPES))

    def multiplications(self, network: Network) -> int:
        return dense_weights(network)

    def run(self, network: Network, x: Floats, upstream: Floats, rows: Rows) -> Run:
        """The values of the model as it is exported; the layers by a second model that also gives what is between."""
        require_dense(self.name, network)
        dtype = next(name for text, name in _TYPES.items() if parse_format(text) == network.format)
        try:
            (values,) = self._outputs(to_onnx(network), x.astype(dtype)).values()
            between = self._outputs(to_onnx(network, every_layer=True), x.astype(dtype)) if len(rows) else {}
        except FpproofError as error:
            raise Unable(error.message) from None
        layers = []
        for number in range(1, len(network.layers) + 1 if between else 1):
            z = between[f"z{number}"][rows]
            layers.append(LayerNumbers(z, between[f"a{number}"][rows] if f"a{number}" in between else z))
        return Run(values, None, tuple(layers))

    def _outputs(self, model: bytes, x: Any) -> dict[str, Floats]:
        options = self._runtime.SessionOptions()
        options.log_severity_level = _SILENT
        try:
            session = self._runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            outputs = session.run(None, {session.get_inputs()[0].name: x})
            return {given.name: np.asarray(output, np.float64) for given, output in zip(session.get_outputs(), outputs, strict=True)}
        except Exception as error:  # its exceptions have no common base below Exception
            raise Unable(f"{self.name} does not run the model: {str(error).splitlines()[0][:200]}") from None

