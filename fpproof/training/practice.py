"""Passes as people write them: matrix products of numpy, autograd of torch. In which order these add is theirs to know."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fpproof.errors import NetworkError
from fpproof.training.descent import Parameters, Pass
from fpproof.training.description import Run
from fpproof.training.numbers import Array, Numbers

Passes = Callable[[Parameters, Sequence[int]], Pass]


def practised(run: Run, library: str, numbers: Numbers) -> Passes:
    """The pass of a library ("matmul" or "torch"), in the machine format of the numbers. ReLU networks with squared loss."""
    if run.loss != "squared" or any(layer.activation not in (None, "relu") for layer in run.layers):
        raise NetworkError(f"{library}: expected ReLU and squared loss", hint="numpy:float32 has correctly rounded activations and losses")
    x, y = numbers.read(run.x), numbers.read(run.y)
    return (_matmul if library == "matmul" else _torch)(run, x, y)


def _matmul(run: Run, x: Array, y: Array) -> Passes:
    def passes(parameters: Parameters, batch: Sequence[int]) -> Pass:
        rows = list(batch)
        a, activations, masks = x[rows], [x[rows]], []
        for layer, weights, bias in zip(run.layers, parameters.weights, parameters.biases, strict=True):
            z = a @ weights.T if bias is None else a @ weights.T + bias
            masks.append(z > 0 if layer.activation else np.ones_like(z, np.bool_))
            a = np.maximum(z, z.dtype.type(0)) if layer.activation else z
            activations.append(a)
        delta = upstreams = a - y[rows]
        scale = a.dtype.type(1 / len(rows) if run.reduction == "mean" else 1)
        weights_back: list[Array] = []
        biases_back: list[Array | None] = []
        for number in reversed(range(len(run.layers))):
            delta = delta * masks[number]
            weights_back.append((delta.T @ activations[number]) * scale)
            biases_back.append(None if parameters.biases[number] is None else delta.sum(axis=0) * scale)
            delta = delta @ parameters.weights[number]
        return Pass(a, upstreams, Parameters(tuple(reversed(weights_back)), tuple(reversed(biases_back))))

    return passes


def _torch(run: Run, x: Array, y: Array) -> Passes:
    try:
        import torch
    except ImportError:
        raise NetworkError("torch is missing", hint="pip install fpproof[machines]") from None

    inputs, targets = torch.from_numpy(x), torch.from_numpy(y)

    def passes(parameters: Parameters, batch: Sequence[int]) -> Pass:
        rows = list(batch)
        tensors: list[tuple[Any, Any]] = []
        a = inputs[rows]
        for layer, weights, bias in zip(run.layers, parameters.weights, parameters.biases, strict=True):
            pair = tuple(None if v is None else torch.from_numpy(v.copy()).requires_grad_() for v in (weights, bias))
            tensors.append((pair[0], pair[1]))
            a = torch.nn.functional.linear(a, *pair)
            a = torch.relu(a) if layer.activation else a
        errors = a - targets[rows]
        loss = (errors * errors).sum() / 2
        (loss / len(rows) if run.reduction == "mean" else loss).backward()
        weights_back = tuple(weights.grad.numpy() for weights, _ in tensors)
        biases_back = tuple(None if bias is None else bias.grad.numpy() for _, bias in tensors)
        return Pass(a.detach().numpy(), errors.detach().numpy(), Parameters(weights_back, biases_back))

    return passes
