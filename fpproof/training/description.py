"""What a training run is, over the rationals: a network as the start, data, a loss and how to step."""

from dataclasses import dataclass
from fractions import Fraction

from fpproof.errors import FpproofError

MOST_STEPS = 10**7

LOSSES = ("squared", "logistic", "cross-entropy")
REDUCTIONS = ("mean", "sum")

Numbers = tuple[Fraction, ...]


class DescriptionError(FpproofError):
    """A description of a run that cannot be read, or that describes none."""


@dataclass(frozen=True, slots=True)
class Affine:
    """Weights (neurons x inputs), a bias or None a neuron, and the name of an activation or None."""

    weights: tuple[Numbers, ...]
    bias: tuple[Fraction | None, ...]
    activation: str | None = None

    @property
    def inputs(self) -> int:
        return len(self.weights[0])

    @property
    def neurons(self) -> int:
        return len(self.weights)


@dataclass(frozen=True, slots=True)
class Run:
    """A training run over the rationals: what every arithmetic computes in its own way.

    `batches` lists the samples of each step's batch, taken in turn; samples count from 0. `arithmetics` are texts that
    `fpproof.training.arithmetic` reads.
    """

    layers: tuple[Affine, ...]
    x: tuple[Numbers, ...]
    y: tuple[Numbers, ...]
    loss: str = "squared"
    reduction: str = "mean"
    step: Fraction = Fraction(1, 64)
    momentum: Fraction = Fraction(0)
    batches: tuple[tuple[int, ...], ...] = ()
    steps: int = 1
    arithmetics: tuple[str, ...] = ("exact",)

    def __post_init__(self) -> None:
        if not self.layers or not self.x:
            raise DescriptionError("run: expected at least one layer and one sample")
        width = self.layers[0].inputs
        for number, layer in enumerate(self.layers, 1):
            if layer.inputs != width:
                raise DescriptionError(f"layer {number}: expected {width} weights a neuron, as many as there are inputs, found {layer.inputs}")
            width = layer.neurons
        for name, rows, length, what in (("x", self.x, self.layers[0].inputs, "inputs"), ("y", self.y, width, "outputs")):
            for number, row in enumerate(rows):
                if len(row) != length:
                    raise DescriptionError(f"data.{name}[{number}]: expected {length} numbers, the network's {what}, found {len(row)}")
        if len(self.x) != len(self.y):
            raise DescriptionError(f"data: expected as many rows of y as of x, found {len(self.y)} and {len(self.x)}")
        if self.loss not in LOSSES or self.reduction not in REDUCTIONS:
            raise DescriptionError(f"run: loss {self.loss!r} or reduction {self.reduction!r} is unknown", hint=f"losses are {', '.join(LOSSES)}")
        if not 0 <= self.steps <= MOST_STEPS:
            raise DescriptionError(f"run: expected from 0 to {MOST_STEPS} steps, found {self.steps}")
        if not self.batches:
            object.__setattr__(self, "batches", (tuple(range(len(self.x))),))
        for batch in self.batches:
            if not batch or not all(0 <= sample < len(self.x) for sample in batch):
                raise DescriptionError(f"batches: expected lists of samples from 0 to {len(self.x) - 1}, found {list(batch)[:8]}")

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return sum(layer.neurons * layer.inputs + sum(b is not None for b in layer.bias) for layer in self.layers)

    def batch(self, step: int) -> tuple[int, ...]:
        """The samples of step 0, 1, ..."""
        return self.batches[step % len(self.batches)]


def cut(samples: int, size: int) -> tuple[tuple[int, ...], ...]:
    """Batches of `size` samples in order; the last may be shorter."""
    return tuple(tuple(range(start, min(start + size, samples))) for start in range(0, samples, size))
