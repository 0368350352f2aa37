"""Layers put together from named neurons.

A neuron is named by what it computes, so that points which need the same neuron share it; its rank places it in the
layer. The order of neurons is the order of sums in the next layer, and so part of a construction.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from fpproof.formats import Datum
from fpproof.networks import RELU, Layer

Name = Hashable
Rank = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Neuron:
    """Weights by the names of the neurons below, and a bias or None."""

    rank: Rank
    weights: Mapping[Name, Datum]
    bias: Datum | None


@dataclass(slots=True)
class Assembly:
    """One layer while it is put together."""

    neurons: dict[Name, Neuron] = field(default_factory=dict)

    def add(self, name: Name, rank: Rank, weights: Mapping[Name, Datum], bias: Datum | None = None) -> Name:
        """Adds a neuron unless one of that name is there, which then must be the same; returns the name."""
        neuron = Neuron(rank, weights, bias)
        known = self.neurons.setdefault(name, neuron)
        assert known == neuron, f"two different neurons are named {name}"
        return name

    def order(self) -> dict[Name, int]:
        """The places of the neurons, by rank."""
        ranked = sorted(self.neurons, key=lambda name: self.neurons[name].rank)
        return {name: place for place, name in enumerate(ranked)}

    def layer(self, below: Mapping[Name, int], activation: str | None = RELU) -> Layer:
        """The sparse layer over the neurons below."""
        names = list(self.order())
        rows = tuple(tuple(sorted((below[source], w) for source, w in self.neurons[name].weights.items())) for name in names)
        return Layer(len(below), rows, tuple(self.neurons[name].bias for name in names), activation)
