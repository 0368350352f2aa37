"""Networks for the order bias-first: sums that start with the bias made sums that end with it.

In a sum of pairs t, -t and a bias, the pairs cancel only while the sum before them is 0. Where the bias comes first they absorb it. So each
bias of a neuron with two or more inputs becomes the value of a constant neuron of its own in the layer below, the last of the sum. A sum of one
product and a bias is the same in both orders. Backward sums have no biases, and a constant neuron, which has no inputs, passes nothing on.
"""

from collections.abc import Sequence

from fpproof.errors import ConstructionError
from fpproof.formats import Datum
from fpproof.formats.arithmetic import absolute
from fpproof.networks import RELU, Layer, Network
from fpproof.networks.network import Row


def with_last_biases(network: Network) -> Network:
    """The network whose bias-first meaning is the left-to-right meaning of the one given; both are sparse ReLU networks."""
    layers = list(network.layers)
    one = network.format.power_of_two(0)
    for number in range(len(layers) - 1, 0, -1):
        layer, below = layers[number], layers[number - 1]
        moved = [i for i, (row, bias) in enumerate(zip(layer.weights, layer.bias, strict=True)) if len(row) > 1 and bias is not None and bias[0]]
        places = {i: below.neurons + n for n, i in enumerate(moved)}
        layers[number] = _without_biases(layer, places, one)
        layers[number - 1] = _with_constants(below, [layer.bias[i] for i in moved])
    if any(len(row) > 1 and bias is not None for row, bias in zip(layers[0].weights, layers[0].bias, strict=True)):
        raise ConstructionError("bias-first: a neuron of the first layer has several inputs and a bias, which cannot come last")
    return Network(network.format, tuple(layers), network.activations)


def _without_biases(layer: Layer, places: dict[int, int], one: Datum) -> Layer:
    """The layer whose neurons take their biases from constant neurons at some places below."""
    rows: list[Row] = []
    for i, row in enumerate(layer.weights):
        bias = layer.bias[i]
        rows.append((*row, (places[i], one if bias is not None and bias[0] > 0 else (-one[0], one[1]))) if i in places else row)
    biases = tuple(None if i in places else bias for i, bias in enumerate(layer.bias))
    return Layer(layer.inputs + len(places), tuple(rows), biases, layer.activation)


def _with_constants(layer: Layer, values: Sequence[Datum | None]) -> Layer:
    """The layer with neurons that have no inputs and the values' magnitudes as biases."""
    if not values:
        return layer
    assert layer.activation == RELU, "ReLU keeps a positive bias"
    constants = tuple(absolute(v) for v in values if v is not None)
    return Layer(layer.inputs, layer.weights + ((),) * len(constants), layer.bias + constants, layer.activation)
