"""The convolutional networks of Elkabetz and Cohen: descent with a step and with a part of it from one start, on synthetic images.

    python examples/convolutions.py -o results
    python examples/convolutions.py -o results --samples 1000 --epochs 10000 --step 1/1000 --ratios 2,5,10,20      hours

subsample   zero-pad 2, convolution 1 -> 6 (5 x 5, stride 2), ReLU, 6 -> 16 (5 x 5, stride 2), ReLU, 400-120-84-10; no biases
maxpool     zero-pad 2, convolution 1 -> 6 (5 x 5), ReLU, maximum of 2 x 2, 6 -> 16 (5 x 5), ReLU, maximum of 2 x 2, 400-120-84-10; biases

Full batches, cross-entropy, no momentum; images are a seeded Gaussian mixture of the shape of MNIST (28 x 28, ten classes). Kernels start uniform
within 1/sqrt(25 channels), as torch's do, other weights Xavier-uniform, biases at 0. Distances leave biases out, as those of the paper.
"""

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from flows import Curves, mixture, save, size, xavier

Array = Any
KERNEL, CHANNELS, DENSE = 5, (1, 6, 16), (400, 120, 84, 10)


@dataclass(frozen=True)
class Architecture:
    stride: int
    pool: bool
    bias: bool


ARCHITECTURES = {"subsample": Architecture(2, False, False), "maxpool": Architecture(1, True, True)}


def start_of(kind: Architecture, stream: np.random.Generator) -> list[Array]:
    """Kernels (outputs x inputs x 5 x 5) and matrices, each followed by its bias if there are any."""
    found = []
    for a, b in pairwise(CHANNELS):
        found.append(stream.uniform(-1, 1, (b, a, KERNEL, KERNEL)) / math.sqrt(a * KERNEL**2))
        found += [np.zeros(b)] * kind.bias
    return found + xavier(DENSE, stream, kind.bias)


def windows(x: Array, stride: int) -> Array:
    """samples x channels x rows x columns x 5 x 5."""
    return np.lib.stride_tricks.sliding_window_view(x, (KERNEL, KERNEL), axis=(2, 3))[:, :, ::stride, ::stride]


def convolved(x: Array, kernel: Array, stride: int) -> Array:
    return np.moveaxis(np.tensordot(windows(x, stride), kernel, ((1, 4, 5), (1, 2, 3))), 3, 1)


def convolution_adjoints(x: Array, kernel: Array, stride: int, adjoint: Array) -> tuple[Array, Array]:
    """The gradient by the kernel, and by x."""
    by_kernel = np.tensordot(adjoint, windows(x, stride), ((0, 2, 3), (0, 2, 3)))
    by_x = np.zeros_like(x)
    spread = np.moveaxis(np.tensordot(adjoint, kernel, ((1,), (0,))), (0, 3), (0, 1))  # samples x inputs x rows x columns x 5 x 5
    rows, columns = adjoint.shape[2:]
    for i in range(KERNEL):
        for j in range(KERNEL):
            by_x[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride] += spread[..., i, j]
    return by_kernel, by_x


def pooled(x: Array) -> tuple[Array, Array]:
    """The maxima of 2 x 2 squares, and where they stand (the first of equal ones), as ones and zeros of the shape of x."""
    n, c, h, w = x.shape
    squares = x.reshape(n, c, h // 2, 2, w // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, c, h // 2, w // 2, 4)
    mask = np.arange(4) == squares.argmax(-1)[..., None]
    return squares.max(-1), mask.reshape(n, c, h // 2, w // 2, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(x.shape)


def loss_and_gradient(theta: Sequence[Array], images: Array, labels: Array, kind: Architecture) -> tuple[float, list[Array]]:
    """The mean cross-entropy, and its gradient in the order of theta."""
    step = 1 + kind.bias
    x = np.pad(images, ((0, 0), (0, 0), (2, 2), (2, 2)))
    inputs, masks, pools = [], [], []
    for layer in (0, 1):
        inputs.append(x)
        z = convolved(x, theta[step * layer], kind.stride) + (theta[step * layer + 1][:, None, None] if kind.bias else 0)
        masks.append(z > 0)
        x = z * masks[-1]
        if kind.pool:
            x, mask = pooled(x)
            pools.append(mask)
    shape, x = x.shape, x.reshape(len(x), -1)
    depth = len(DENSE) - 1
    for layer in range(2, 2 + depth):
        inputs.append(x)
        z = x @ theta[step * layer] + (theta[step * layer + 1] if kind.bias else 0)
        masks.append(z > 0 if layer < 1 + depth else np.ones_like(z, bool))
        x = z * masks[-1]
    logs = x - x.max(1, keepdims=True)
    logs = logs - np.log(np.exp(logs).sum(1, keepdims=True))
    places = np.arange(len(x)), labels
    adjoint = np.exp(logs)
    adjoint[places] -= 1
    adjoint /= len(x)
    gradient: list[Array] = []
    for layer in range(1 + depth, -1, -1):
        if layer == 1:
            adjoint = adjoint.reshape(shape)
        if layer < 2 and kind.pool:
            adjoint = adjoint.repeat(2, 2).repeat(2, 3) * pools[layer]
        adjoint = adjoint * masks[layer]
        if kind.bias:
            gradient.append(adjoint.sum((0, 2, 3) if layer < 2 else 0))
        weights = theta[step * layer]
        if layer < 2:
            by_weights, adjoint = convolution_adjoints(inputs[layer], weights, kind.stride, adjoint)
        else:
            by_weights, adjoint = inputs[layer].T @ adjoint, adjoint @ weights.T
        gradient.append(by_weights)
    return -float(logs[places].mean()), gradient[::-1]


def way(
    start: Sequence[Array], images: Array, labels: Array, kind: Architecture, eta: float, steps: int, every: int
) -> Iterator[tuple[float, list[Array]]]:
    """Loss and weights (no biases) at the start and after every so many steps."""
    theta = [w.copy() for w in start]
    for k in range(steps + 1):
        loss, gradient = loss_and_gradient(theta, images, labels, kind)
        if k % every == 0:
            yield loss, [w.copy() for w in theta if w.ndim > 1]
        for w, g in zip(theta, gradient, strict=True):
            w -= w.dtype.type(eta) * g


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Convolutional networks: descent with a step and with parts of it.")
    parser.add_argument("-o", "--output", type=Path, default=Path("results"))
    parser.add_argument("--networks", default=",".join(ARCHITECTURES))
    parser.add_argument("--samples", type=int, default=30)
    parser.add_argument("--epochs", type=int, default=150)
    parser.add_argument("--step", default="1/100")
    parser.add_argument("--ratios", default="2")
    parser.add_argument("--stamps", type=int, default=10)
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    x, labels = mixture(options.samples, 784, 10, options.seed)
    images = x.reshape(-1, 1, 28, 28).astype(options.dtype)
    eta, every = float(Fraction(options.step)), max(1, options.epochs // options.stamps)
    rows, lines = [], Curves()
    for name in options.networks.split(","):
        kind = ARCHITECTURES[name]
        start = [w.astype(options.dtype) for w in start_of(kind, np.random.default_rng(options.seed))]
        base = list(way(start, images, labels, kind, eta, options.epochs, every))
        moved = [size([a - b for a, b in zip(theta, base[0][1], strict=True)]) for _, theta in base]
        for r in (int(text) for text in options.ratios.split(",")):
            finer = way(start, images, labels, kind, eta / r, r * options.epochs, r * every)
            apart = [size([a - b for a, b in zip(p, q, strict=True)]) for (_, p), (_, q) in zip(base, finer, strict=True)]
            rows += [[name, r, k * every, f"{base[k][0]:.6g}", f"{moved[k]:.6g}", f"{apart[k]:.6g}"] for k in range(len(base))]
            lines[f"{name}, eta against eta/{r}"] = ([k * every for k in range(1, len(base))], apart[1:])
            print(f"  {name:9} loss {base[0][0]:.3f} to {base[-1][0]:.3f}, moved {moved[-1]:.3f}, largest distance to eta/{r} {max(apart):.4f}")
        lines[f"{name}, the way from the start"] = ([k * every for k in range(1, len(base))], moved[1:])
    header = ["network", "ratio", "step", "loss", "moved", "distance"]
    save(options.output, "convolutions", header, rows, lines, xlabel="step", ylabel="distance", yscale="log")


if __name__ == "__main__":
    main()
