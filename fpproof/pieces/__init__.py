"""Affine pieces of piecewise affine networks, exactly; and of the same networks as a format executes them."""

from fpproof.pieces.counting import Count, Neuron, count, expected_zeros, neurons
from fpproof.pieces.executed import Steps, executed_steps
from fpproof.pieces.geometry import PiecesError, Segment
from fpproof.pieces.reading import layers_from, over
from fpproof.pieces.sawtooth import bounded_sawtooth, closed_form, pieces_by_orbits, sawtooth

__all__ = [
    "Count",
    "Neuron",
    "PiecesError",
    "Segment",
    "Steps",
    "bounded_sawtooth",
    "closed_form",
    "count",
    "executed_steps",
    "expected_zeros",
    "layers_from",
    "neurons",
    "over",
    "pieces_by_orbits",
    "sawtooth",
]
