"""Networks from files, at their exact weights."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from fpproof.certificates import read_certificate
from fpproof.exchange import read_model, to_network
from fpproof.formats import Format, rational, round_rational
from fpproof.networks import RELU, Layer, Network, dense
from fpproof.pieces.geometry import PiecesError
from fpproof.training.description import Affine
from fpproof.training.reading import read_layers, read_source

LARGEST = 4 * 10**6
"""Weights of a layer, the missing ones of a sparse layer too."""


def layers_from(path: str | Path, activations: Sequence[str | None] = ()) -> tuple[tuple[Affine, ...], Network | None]:
    """The layers of a certificate, an ONNX, safetensors or TOML file (the start of a run) over the rationals, and the network over its format.

    TOML files have no format: None. Raises the errors of the readers, and PiecesError for what has no pieces.
    """
    path = Path(path)
    if path.suffix == ".toml":
        return read_layers(read_source(path)), None
    if path.suffix in (".onnx", ".safetensors"):
        network = to_network(read_model(path, activations))
    else:
        network = read_certificate(path).network
        tables = list(network.activations)
        if tables:
            raise PiecesError(
                f"{path}: activation {tables[0]!r} is a table", hint="a table says nothing between its entries; ReLU networks have pieces"
            )
    return tuple(map(exact, network.layers)), network


def exact(layer: Layer) -> Affine:
    """A layer at its exact weights; missing ones are 0."""
    if layer.neurons * layer.inputs > LARGEST:
        raise PiecesError(f"a layer of {layer.neurons} neurons with {layer.inputs} inputs: at most {LARGEST} weights are read")
    zero = Fraction(0)
    rows = []
    for row in layer.weights:
        full = [zero] * layer.inputs
        for j, weight in row:
            full[j] = rational(weight)
        rows.append(tuple(full))
    return Affine(tuple(rows), tuple(None if b is None else rational(b) for b in layer.bias), layer.activation)


def over(F: Format, layers: Sequence[Affine], rounding: bool = False) -> Network:
    """The network over F; raises PiecesError for weights that are no floats of F, unless `rounding` rounds them to nearest-even."""
    rounded = []
    for number, layer in enumerate(layers, 1):
        numbers = {r for row in (*layer.weights, layer.bias) for r in row if r is not None}
        data = {r: round_rational(F, r) for r in numbers}
        for r, x in data.items():
            if x[1] is None or (not rounding and rational(x) != r):
                shown = str(r) if len(str(r)) < 60 else "a long fraction"
                raise PiecesError(f"layer {number}: {shown} is no float of {F.name}", hint="--round rounds weights to nearest-even")
        weights = [[data[r] for r in row] for row in layer.weights]
        rounded.append(dense(weights, [None if b is None else data[b] for b in layer.bias], layer.activation))
    if any(layer.activation not in (None, RELU) for layer in rounded):
        raise PiecesError("a network in a format: expected ReLU or no activation")
    return Network(F, tuple(rounded))
