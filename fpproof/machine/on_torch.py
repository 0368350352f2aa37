"""torch: its own Linear layers, its own activations, its own automatic differentiation, on the CPU.

A layer whose activation torch has by name uses torch's function; another table becomes a lookup. Sparse layers are dense matrices.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from fpproof.formats import Format, parse_format
from fpproof.machine.machine import Floats, LayerNumbers, Lookup, Rows, Run, biases, dense_weights, matrix, require_dense
from fpproof.networks import RELU, Network

_TYPES = {"bfloat16": "bfloat16", "binary16": "float16", "binary32": "float32", "binary64": "float64"}


class Torch:
    """torch on the CPU, all points as one batch."""

    name = "torch"
    note = "torch.nn.Linear on dense matrices, its own activations and autograd, all points in one batch"
    work = 4 * 10**9

    def __init__(self) -> None:
        self._torch: Any = import_module("torch")

    @property
    def version(self) -> str:
        return str(self._torch.__version__)

    def formats(self) -> tuple[Format, ...]:
        return tuple(map(parse_format, _TYPES))

    def multiplications(self, network: Network) -> int:
        return 2 * dense_weights(network)

    def run(self, network: Network, x: Floats, upstream: Floats, rows: Rows) -> Run:
        """Forward, then `backward` with the upstreams; every tensor between keeps its gradient."""
        require_dense(self.name, network)
        dtype = next(getattr(self._torch, name) for text, name in _TYPES.items() if parse_format(text) == network.format)
        a = start = self._torch.from_numpy(x).to(dtype).requires_grad_()
        kept = []
        for linear, sigma in self._modules(network, dtype):
            z = linear(a)
            a = sigma(z) if sigma is not None else z
            z.retain_grad()
            a.retain_grad()
            kept.append((z, a))
        a.backward(self._torch.from_numpy(upstream).to(dtype))
        layers = tuple(LayerNumbers(*(_float64(t)[rows] for t in (z, a, a.grad, z.grad))) for z, a in kept)
        return Run(_float64(a), _float64(start.grad), layers)

    def _modules(self, network: Network, dtype: Any) -> list[tuple[Any, Any]]:
        torch = self._torch
        modules = []
        for layer in network.layers:
            bias = biases(layer, np.float64)
            linear = torch.nn.Linear(layer.inputs, layer.neurons, bias=bias is not None, dtype=dtype)
            linear.requires_grad_(False)
            linear.weight.copy_(torch.from_numpy(matrix(layer, np.float64)))
            if bias is not None:
                linear.bias.copy_(torch.from_numpy(bias))
            modules.append((linear, None if layer.activation is None else self._activation(network, layer.activation)))
        return modules

    def _activation(self, network: Network, name: str) -> Callable[[Any], Any]:
        functional = self._torch.nn.functional
        functions: dict[str, Callable[[Any], Any]] = {
            RELU: self._torch.relu,
            "leaky-relu": functional.leaky_relu,
            "elu": functional.elu,
            "selu": functional.selu,
            "sigmoid": self._torch.sigmoid,
            "tanh": self._torch.tanh,
            "softplus": functional.softplus,
            "gelu": functional.gelu,
            "gelu-tanh": partial(functional.gelu, approximate="tanh"),
            "swish": functional.silu,
            "mish": functional.mish,
            "sin": self._torch.sin,
        }
        return functions[name] if name in functions else self._table(Lookup.of(network, name))

    def _table(self, table: Lookup) -> Callable[[Any], Any]:
        """A table as a function with a derivative."""
        torch = self._torch

        def at(z: Any, column: Floats) -> Any:
            return torch.from_numpy(table(_float64(z), column)).to(z.dtype)

        class Table(torch.autograd.Function):  # type: ignore[misc, name-defined]  # torch is known at run time only
            @staticmethod
            def forward(ctx: Any, z: Any) -> Any:
                ctx.save_for_backward(z)
                return at(z, table.values)

            @staticmethod
            def backward(ctx: Any, gradient: Any) -> Any:
                (z,) = ctx.saved_tensors
                return gradient * at(z, table.derivatives)

        return Table.apply  # type: ignore[no-any-return]  # torch types its functions as Any


def _float64(tensor: Any) -> Floats:
    """A copy in binary64."""
    return np.array(tensor.detach().double().numpy())
