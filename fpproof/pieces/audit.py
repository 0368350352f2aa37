"""What the assumptions of the expectation bound come to on one step of a run, neuron by neuron.

S1-A  the mean of 1/|D| over the bias updates D that are not zero is small (a polynomial in the width), and a neuron without update is dead
      and stays dead. Dead on the samples is not enough: a neuron may cross zero between them. What counts is the segment.
S1-B  every pre-activation has slopes of magnitude at most C_B along the segment.

Then, for noise of density at most kappa in b' = b + D (1 + delta xi) (docs/pieces.md):

    E pieces <= 1 + (kappa (beta - alpha) C_B / delta) sum_(D != 0) 1/|D|  +  zeros of the neurons with D = 0

where the last term is 0 under S1-A. TV_(j,i) in place of (beta - alpha) C_B gives the sharper bound that `Bound.by_variation` is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from gmpy2 import mpq

from fpproof.pieces.counting import total_variation
from fpproof.pieces.geometry import MOST_REGIONS, PiecesError, Segment, layers_along, pre_activations
from fpproof.training.description import Affine

KAPPA_UNIFORM = mpq(1, 2)
"""The greatest density of a uniform variable in [-1, 1]."""


@dataclass(frozen=True, slots=True)
class Audited:
    """A neuron with an activation over one step: its bias update, and how its pre-activation is along the segment after the step.

    `dead_before` and `dead_after`: z <= 0 on the whole segment; `dead_on_samples`: z <= 0 at all samples before the step.
    """

    layer: int
    number: int
    update: mpq
    zeros: int
    variation: mpq
    slope: mpq
    dead_on_samples: bool
    dead_before: bool
    dead_after: bool

    @property
    def breaks(self) -> str | None:
        """How the neuron breaks S1-A; None if it does not."""
        if self.update == 0 and not self.dead_after:
            kind = "dead on the samples, alive on the segment" if self.dead_on_samples else "alive"
            return f"no bias update, {kind}, {self.zeros} zeros"
        if self.dead_before and not self.dead_after:
            return f"dead before the step, not after, {self.zeros} zeros"
        return None


@dataclass(frozen=True)
class Audit:
    """All neurons of one step."""

    neurons: tuple[Audited, ...]
    length: mpq

    @property
    def updated(self) -> int:
        """Neurons whose bias moved."""
        return sum(n.update != 0 for n in self.neurons)

    @property
    def mean_reciprocal(self) -> mpq | None:
        """The mean of 1/|D| over the updates that are not zero; None if all are."""
        parts = [1 / abs(n.update) for n in self.neurons if n.update]
        return sum(parts, mpq(0)) / len(parts) if parts else None

    @property
    def steepest(self) -> Audited:
        """The neuron of greatest |slope|, which is C_B."""
        return max(self.neurons, key=lambda n: n.slope)

    @property
    def broken(self) -> tuple[Audited, ...]:
        """The neurons that break S1-A."""
        return tuple(n for n in self.neurons if n.breaks is not None)

    def bound(self, level: mpq, kappa: mpq = KAPPA_UNIFORM, dead: bool = True) -> mpq:
        """The bound by C_B for this step; with `dead` the zeros of neurons without update are added."""
        reciprocals = sum((1 / abs(n.update) for n in self.neurons if n.update), mpq(0))
        return 1 + kappa * self.length * self.steepest.slope / level * reciprocals + (self._dead_zeros if dead else 0)

    def bound_by_variation(self, level: mpq, kappa: mpq = KAPPA_UNIFORM) -> mpq:
        """The bound by the total variations, never above `bound`."""
        return 1 + kappa / level * sum((n.variation / abs(n.update) for n in self.neurons if n.update), mpq(0)) + self._dead_zeros

    @property
    def _dead_zeros(self) -> int:
        return sum(n.zeros for n in self.neurons if not n.update)


def audit(
    before: Sequence[Affine], after: Sequence[Affine], samples: Sequence[Sequence[Fraction]], segment: Segment, most: int = MOST_REGIONS
) -> Audit:
    """The step from one network to another of the same shape, along a finite segment of a network of one input, exactly."""
    low, high = segment.low, segment.high
    if low is None or high is None or not segment.plain:
        raise PiecesError("audit: expected a network of one input and a finite interval", hint="--on 0:1")
    found: list[Audited] = []
    pairs = zip(layers_along(before, segment, most), layers_along(after, segment, most), before, after, strict=True)
    dead_on_samples = _dead_on(before, samples)
    for old, new, old_layer, new_layer in pairs:
        if new.activation is None:
            continue
        for i in range(new.cells.functions):
            update = mpq((new_layer.bias[i] or 0) - (old_layer.bias[i] or 0))
            found.append(
                Audited(
                    layer=new.number,
                    number=i + 1,
                    update=update,
                    zeros=new.cells.zeros(i),
                    variation=total_variation(new.cells, i),
                    slope=max(map(abs, new.cells.slopes(i))),
                    dead_on_samples=dead_on_samples[new.number - 1][i],
                    dead_before=not (old.cells.columns[2 + i] > 0).any(),
                    dead_after=not (new.cells.columns[2 + i] > 0).any(),
                )
            )
    return Audit(tuple(found), mpq(high - low))


def _dead_on(layers: Sequence[Affine], samples: Sequence[Sequence[Fraction]]) -> list[list[bool]]:
    """For every layer and neuron: z <= 0 at all samples."""
    points = np.array([[mpq(r) for r in row] for row in samples], object)
    return [(~np.asarray((z > 0).any(axis=0), np.bool_)).tolist() for z in pre_activations(layers, points)]
