"""Random trained networks: the bound holds on them, and not without the zeros of neurons that did not move."""

from fractions import Fraction

from fpproof.pieces import count
from fpproof.pieces.experiments import UNIT, random_network, trial, trials


def test_trials_support_the_bound() -> None:
    found = list(trials([(seed, 2 + seed % 3, 1 + seed % 3) for seed in range(12)], number=6))
    assert all(t.supports for t in found)
    assert sum(t.exceeded for t in found) == 0
    assert all(abs(t.excess.value) <= 3 * t.excess.radius + 1e-9 for t in found)


def test_a_network_that_refutes_the_bound_without_the_dead() -> None:
    """No bias moves, so there is no noise, every draw has the same pieces, and the bound without their zeros is 1."""
    found = [t for t in trials([(seed, 3, 1) for seed in range(20)], number=2) if t.updated == 0 and t.pieces.value > 1]
    assert found
    for t in found:
        assert (t.pieces.radius, t.without_dead.value) == (0, 1)
        assert t.pieces.value <= t.bound.value


def test_a_trial_follows_from_its_seed() -> None:
    assert trial(3, 3, 2, number=3) == trial(3, 3, 2, number=3) != trial(4, 3, 2, number=3)


def test_networks_have_their_shape() -> None:
    layers = random_network(4, 3, 1)
    assert [(layer.inputs, layer.neurons, layer.activation) for layer in layers] == [(1, 4, "relu"), (4, 4, "relu"), (4, 4, "relu"), (4, 1, None)]
    assert all((w * 64 * 2).denominator == 1 for layer in layers for row in layer.weights for w in row)
    assert count(layers, UNIT).pieces >= 1
    assert random_network(4, 3, 1) == layers != random_network(4, 3, 2)
    assert isinstance(layers[0].weights[0][0], Fraction)
