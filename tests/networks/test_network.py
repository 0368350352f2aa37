"""Networks as data: what fits together, what is refused, and the dense form of a sparse layer."""

import pickle
from fractions import Fraction

import pytest

from fpproof.errors import NetworkError
from fpproof.formats import ATLAS, INFINITY, NAN, NEGATIVE_ZERO, ZERO, Datum, Format, ieee_like
from fpproof.networks import RELU, Layer, Network, TableActivation, dense
from fpproof.networks.network import Row, is_float
from tests.formats.reference import is_datum_of

F = ieee_like(2, 3)
ONE = F.one
CUT = Format("cut", 3, -6, 8, Fraction(448), "nan", "nan")


def test_counts() -> None:
    layers = (Layer(2, (((0, ONE),), (), ((0, ONE), (1, ONE))), (None, ONE, None)), dense([[ONE, ONE, ZERO]], activation=None))
    network = Network(F, layers)
    assert (network.inputs, network.outputs, network.hidden_neurons, network.weight_count, network.sparse) == (2, 1, 3, 6, True)
    assert not network.densified().sparse
    assert network.densified().weight_count == 9


def test_dense_form() -> None:
    layer = Layer(3, (((1, ONE),), ()), (None, ONE), RELU)
    assert layer.densified() == Layer(3, (((0, ZERO), (1, ONE), (2, ZERO)), ((0, ZERO), (1, ZERO), (2, ZERO))), (None, ONE), RELU, sparse=False)
    assert layer.densified().densified() is layer.densified() or layer.densified().densified() == layer.densified()
    assert dense([[ONE, ZERO]]) == Layer(2, (((0, ONE), (1, ZERO)),), (None,), RELU, sparse=False)


@pytest.mark.parametrize(
    ("inputs", "weights", "bias", "sparse", "said"),
    [
        (0, ((),), (None,), True, "at least one input"),
        (-1, ((),), (None,), True, "at least one input"),
        (1, (), (), True, "one neuron"),
        (1, ((),), (), True, "a bias or None a neuron, found 1 inputs, 1 neurons, 0 biases"),
        (2, (((2, ONE),),), (None,), True, "neuron 0: expected increasing inputs below 2, found 2"),
        (2, (((-1, ONE),),), (None,), True, "found -1"),
        (2, (((0, ONE),), ((1, ONE), (0, ONE))), (None, None), True, "neuron 1: expected increasing inputs below 2, found 0 after 1"),
        (2, (((0, ONE), (0, ONE)),), (None,), True, "found 0 after 0"),
        (2, (((0, ONE),),), (None,), False, "neuron 0 of a dense layer: expected 2 weights, found 1"),
    ],
)
def test_bad_layers(inputs: int, weights: tuple[Row, ...], bias: tuple[Datum | None, ...], sparse: bool, said: str) -> None:
    with pytest.raises(NetworkError, match=said):
        Layer(inputs, weights, bias, RELU, sparse)


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ((), "at least one layer"),
        ((dense([[ONE]]), dense([[ONE, ONE]])), "layer 2: expected 1 inputs, the neurons of the layer before, found 2"),
        ((dense([[ONE]], activation="tanh"),), "layer 1: activation 'tanh' is unknown"),
        ((dense([[INFINITY]]),), r"layer 1: weight or bias inf is no finite float of F\(2,3\)"),
        ((dense([[ONE]]), dense([[ONE]], [NAN])), "layer 2: weight or bias nan"),
        ((dense([[(1, 0)]]),), r"weight or bias 1 \* 2\^0 is no finite float"),  # 1 in no normal form
        ((dense([[(9, -3)]]),), "no finite float"),
        ((dense([[ONE]], [(7, 2)]),), "no finite float"),
    ],
)
def test_bad_networks(layers: tuple[Layer, ...], said: str) -> None:
    with pytest.raises(NetworkError, match=said):
        Network(F, layers)


@pytest.mark.parametrize("G", [F, CUT, ATLAS["E2M1"], ATLAS["E3M2"]], ids=str)
def test_is_float(G: Format) -> None:
    """All pairs of small integers, and the zeros, against the definition of a datum."""
    found = {(m, e) for m in range(-40, 41) for e in range(G.emin - G.p - 2, G.emax - G.p + 3) if m and is_float(G, (m, e))}
    assert found == {(m, e) for m in range(-40, 41) for e in range(G.emin - G.p - 2, G.emax - G.p + 3) if m and is_datum_of(G, (m, e))}
    assert len(found) == 2 * G.largest_ordinal
    assert is_float(G, ZERO)
    assert is_float(G, NEGATIVE_ZERO)
    assert not is_float(G, (0, 1))


def test_tables() -> None:
    table = TableActivation("t", {ZERO: (ONE, ZERO), ONE: (ZERO, ONE)})
    assert (table.value(NEGATIVE_ZERO), table.derivative(ONE), table.value(NAN), table.derivative(NAN)) == (ONE, ONE, NAN, NAN)
    with pytest.raises(NetworkError, match="table t: no entry for the pre-activation 4"):
        table.value((4, 0))


def test_pickles() -> None:
    """Networks go to other processes."""
    network = Network(F, (dense([[ONE]], activation="t"),), {"t": TableActivation("t", {ONE: (ONE, ZERO)})})
    assert pickle.loads(pickle.dumps(network)) == network
