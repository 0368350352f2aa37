"""Variants of the construction that look right and are wrong, each shown to fail for its own reason (named in the docstrings).

They are made from the right network for one point by changing the layers 5 to 7. With value and gradient, layer 6 is A, A', u.
"""

from collections.abc import Sequence
from dataclasses import replace

from fpproof.constructions import Point, build
from fpproof.formats import INFINITY, NAN, NEGATIVE_INFINITY, ZERO, Datum, ieee_like
from fpproof.formats.arithmetic import negate
from fpproof.networks import Evaluation, Layer, Network, NonFinite, evaluate
from fpproof.networks.network import Row

F = ieee_like(2, 4)  # omega 2^-8, Omega 224
ONE, OMEGA, TOP = F.one, F.smallest, F.largest
Z, OTHER = F.from_ordinal(20), F.from_ordinal(25)


def right(value: Datum, upstream: Datum = ONE, gradient: Datum = ZERO) -> Network:
    return build(F, [Point((Z,), value, upstream, (gradient,))])


def changed(network: Network, **layers: Layer) -> Network:
    """The network with some layers (layer6=...) replaced."""
    return Network(F, tuple(layers.get(f"layer{number}", layer) for number, layer in enumerate(network.layers, 1)))


def with_row(layer: Layer, neuron: int, row: Row, bias: Datum | None) -> Layer:
    rows, biases = list(layer.weights), list(layer.bias)
    rows[neuron], biases[neuron] = row, bias
    return replace(layer, weights=tuple(rows), bias=tuple(biases))


def at(network: Network, x: Datum, upstream: Datum) -> Evaluation:
    return evaluate(network, [x], [upstream])


def numbers(evaluation: Evaluation) -> tuple[Datum, Datum]:
    """Value and gradient, without the signs of zeros."""
    value, gradient = (ZERO if v == (0, -1) else v for v in (*evaluation.value, *evaluation.gradient))
    return value, gradient


def upstreams() -> Sequence[Datum]:
    return [h for h in F.finite() if h[0]]


def test_the_right_ones_are_right() -> None:
    """The networks that the variants below are made from."""
    for h in upstreams():
        assert numbers(at(right(TOP), Z, h)) == (TOP, ZERO)
        assert numbers(at(right(TOP, OMEGA, TOP), OTHER, h)) == (ZERO, ZERO)
    assert numbers(at(right(TOP, OMEGA, TOP), Z, OMEGA)) == (TOP, TOP)


def test_value_as_an_output_weight() -> None:
    """v [x = z] with output weight v: the adjoint h v overflows, and 0 * infinity is NaN at the masked neuron, for every x != z."""
    network = right(ONE)  # its u is [x = z]
    wrong = changed(network, layer7=Layer(1, (((0, TOP),),), (None,), None))
    assert at(wrong, Z, ONE).value == at(right(TOP), Z, ONE).value == (TOP,)
    evaluation = at(wrong, OTHER, TOP)
    assert evaluation.value == (ZERO,)
    assert evaluation.first_non_finite == NonFinite("adjoint", 6, 1, INFINITY)
    assert evaluation.adjoints[5] == (NAN,)
    assert evaluation.gradient == (NAN,)


def test_the_value_gate_without_a_neuron_of_its_own() -> None:
    """u = ReLU(|v| - S s1): the adjoint -h S of s1 overflows at x = z, where u is active."""
    network = right(TOP)
    identity = Layer(1, (((0, ONE),),), (None,))
    wrong = changed(network, layer5=identity, layer6=Layer(1, (((0, negate(TOP)),),), (TOP,)))
    assert [numbers(at(wrong, x, ONE)) for x in (Z, OTHER)] == [(TOP, ZERO), (ZERO, ZERO)]
    evaluation = at(wrong, Z, TOP)
    assert evaluation.value == (TOP,)
    assert evaluation.first_non_finite == NonFinite("adjoint", 5, 1, NEGATIVE_INFINITY)
    assert evaluation.adjoints[4] == (NAN,)
    assert evaluation.gradient == (NAN,)


def test_a_chain_that_is_not_gated_at_its_top() -> None:
    """A without - s is active everywhere: at x != z a large upstream overflows on its way down, and a mask below makes it NaN."""
    network = right(ZERO, OMEGA, TOP)
    A = network.layers[5].weights[0]
    gate = next(j for j, w in A if w == negate(ONE) and network.layers[5].weights[1] == ((j, w),))
    wrong = changed(network, layer6=with_row(network.layers[5], 0, tuple(pair for pair in A if pair[0] != gate), OMEGA))
    assert numbers(at(wrong, Z, OMEGA)) == (ZERO, TOP)
    evaluation = at(wrong, OTHER, TOP)
    first = evaluation.first_non_finite
    assert first is not None
    assert (first.kind, abs(first.found[0]), first.found[1]) == ("adjoint", 1, None)
    assert 3 <= first.layer <= 5
    assert evaluation.gradient == (NAN,)
    assert numbers(at(network, OTHER, TOP)) == (ZERO, ZERO)


def test_the_value_of_the_gradient_branch_killed_by_underflow() -> None:
    """omega / 2 is a tie and rounds to 0, so A needs no A'; but the upstream omega / 2 is 0 as well, and the gradient with it."""
    halved = Layer(1, (((0, (1 << F.p, -1 - F.p)),),), (None,), None)

    def wrong(upstream: Datum, gradient: Datum) -> Network:
        network = right(ZERO, upstream, gradient)
        ((j, w6),) = [pair for pair in network.layers[5].weights[0] if pair[1] not in (negate(ONE),)][-1:]
        assert w6[1] is not None
        doubled = {w6: (w6[0], w6[1] + 1), negate(w6): (-w6[0], w6[1] + 1)}
        row = tuple((i, doubled.get(w, w)) if i in (0, j) else (i, w) for i, w in network.layers[5].weights[0])
        return changed(network, layer6=Layer(network.layers[5].inputs, (row,), (OMEGA,)), layer7=halved)

    for h in (OMEGA, negate(OMEGA)):
        for g in (ONE, TOP):
            evaluation = at(wrong(ONE, g), Z, h)
            assert evaluation.value == (ZERO,)
            assert evaluation.adjoints[6][0][0] == 0
            assert numbers(evaluation) == (ZERO, ZERO)
            assert numbers(at(right(ZERO, h, g), Z, h)) == (ZERO, g)
    three = (6, -1)
    assert numbers(at(wrong(ONE, three), Z, ONE)) == (ZERO, three)  # other upstreams keep their gradient


def test_values_before_cancelling_pairs() -> None:
    """v + omega - omega is v plus two omega for an odd v in the second normal binade: pairs cancel only before the values."""
    v: Datum = (5, F.emin + 1 - F.p)
    network = right(v, ONE, ONE)
    A, companion, u = range(3)
    order = (u, A, companion)
    six, seven = network.layers[5:]
    reordered = replace(six, weights=tuple(six.weights[i] for i in order), bias=tuple(six.bias[i] for i in order))
    (output,) = seven.weights
    moved = replace(seven, weights=(tuple((j, output[i][1]) for j, i in enumerate(order)),))
    evaluation = at(changed(network, layer6=reordered, layer7=moved), Z, ONE)
    assert evaluation.first_non_finite is None
    assert evaluation.value == ((6, v[1]),)
    assert evaluation.activations[5] == (v, OMEGA, OMEGA)
    assert numbers(at(network, Z, ONE)) == (v, ONE)
