"""A model as a file has it: matrices of floats of one stored format, and an activation's name a layer."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpproof.activations import activation
from fpproof.errors import FpproofError
from fpproof.exchange.rounded import CorrectlyRounded
from fpproof.formats import Datum, Format, round_datum
from fpproof.formats.text import both
from fpproof.networks import RELU, Layer, Network, dense

LARGEST_FILE = 128 * 2**20
LARGEST_MODEL = 10**7
"""Numbers in a model: a certificate of 64 MiB holds no more."""

Codes = NDArray[np.uint64]


class ExchangeError(FpproofError):
    """A model file that cannot be read, or a network that a format of models cannot hold."""


@dataclass(frozen=True, slots=True)
class Affine:
    """Weights (neurons x inputs) and biases as codes of the stored format, and the name of an activation, or None.

    `weight_name` and `bias_name` are the file's, for errors.
    """

    weights: Codes
    bias: Codes | None
    activation: str | None
    weight_name: str
    bias_name: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """Affine layers in sequence, whose numbers are floats of `format`; `digest` is the SHA-256 of the file."""

    name: str
    format: Format
    layers: tuple[Affine, ...]
    digest: str


def check_size(place: str, shape: tuple[int, ...]) -> int:
    """The number of entries of a tensor; raises ExchangeError for an empty or negative shape, or too many."""
    if any(n < 1 for n in shape):
        raise ExchangeError(f"{place}: expected a shape of positive numbers, found {_short(shape)}")
    if (count := prod(shape)) > LARGEST_MODEL:
        raise ExchangeError(f"{place}: a tensor of {_short(shape)} is larger than {LARGEST_MODEL} numbers")
    return count


def _short(shape: tuple[int, ...]) -> str:
    return " x ".join(str(n) if abs(n) < 10**12 else "a huge number" for n in shape[:8]) + (" x ..." if len(shape) > 8 else "")


def codes(F: Format, raw: bytes, shape: tuple[int, ...]) -> Codes:
    """Little-endian codes, as many as the shape says."""
    return np.frombuffer(raw, f"<u{F.width // 8}").reshape(shape).astype(np.uint64)


def to_network(model: Model, F: Format | None = None, rounding: bool = False) -> Network:
    """The network over F (by default the stored format), with correctly rounded activations.

    Raises ExchangeError, naming the tensor and the place, for infinities and NaN, and for a number that is no float of F unless
    `rounding` takes its nearest-even rounding.
    """
    F = F or model.format
    layers: list[Layer] = []
    for number, layer in enumerate(model.layers, 1):
        if layers and layer.weights.shape[1] != layers[-1].neurons:
            place = f"{model.name}: {layer.weight_name}"
            raise ExchangeError(f"{place}: expected {layers[-1].neurons} inputs, the neurons of layer {number - 1}, found {layer.weights.shape[1]}")
        known = _decoded(model, F, rounding, layer.weight_name, layer.weights)
        weights = [[known[code] for code in row] for row in layer.weights.tolist()]
        bias: list[Datum | None] | None = None
        if layer.bias is not None:
            known = _decoded(model, F, rounding, layer.bias_name, layer.bias)
            bias = [known[code] for code in layer.bias.tolist()]
        layers.append(dense(weights, bias, layer.activation))
    named = {layer.activation for layer in layers if layer.activation not in (None, RELU)}
    return Network(F, tuple(layers), {name: CorrectlyRounded(F, name) for name in sorted(filter(None, named))})


def _decoded(model: Model, F: Format, rounding: bool, name: str, array: Codes) -> dict[int, Datum]:
    """Every code that occurs, as a datum of F."""
    known: dict[int, Datum] = {}
    for code in np.unique(array).tolist():
        x = model.format.decode(code)
        y = round_datum(F, x)
        if y[1] is None or not (rounding or _same_number(x, y)):
            where = ",".join(map(str, np.argwhere(array == code)[0].tolist()))
            place = f"{model.name}: {name}[{where}]"
            if x[1] is None:
                raise ExchangeError(f"{place}: expected a finite number, found {both(model.format, x)}")
            what = "is too large for" if y[1] is None else "is no float of"
            hint = f"--round rounds to {F.name}" if y[1] is not None else "choose a format with larger exponents"
            raise ExchangeError(f"{place}: {both(model.format, x)} {what} {F.name}", hint=hint)
        known[code] = y
    return known


def _same_number(x: Datum, y: Datum) -> bool:
    """Whether two finite data of different formats are one number, the sign of zero included."""
    (m, e), (n, f) = x, y
    if m == 0 or n == 0 or e is None or f is None:
        return x == y
    return (m << max(0, e - f)) == (n << max(0, f - e))


def check_activations(chosen: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """Names of activations in their canonical spelling, identity as None; raises ActivationError for an unknown one."""
    canonical = [None if name is None else activation(name).name for name in chosen]
    return tuple(None if name == "identity" else name for name in canonical)


def tuple_of_integers(values: Any) -> tuple[int, ...]:
    return tuple(int(n) for n in values)
