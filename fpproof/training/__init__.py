"""Training runs: one description, several arithmetics."""

from fpproof.training.arithmetic import Arithmetic, in_formats, parse_arithmetic
from fpproof.training.description import Affine, DescriptionError, Run, cut
from fpproof.training.reading import parse_source, read_run, read_source, run_of
from fpproof.training.trajectory import Difference, State, Trajectory, distance, first_difference

__all__ = [
    "Affine",
    "Arithmetic",
    "DescriptionError",
    "Difference",
    "Run",
    "State",
    "Trajectory",
    "cut",
    "distance",
    "first_difference",
    "in_formats",
    "parse_arithmetic",
    "parse_source",
    "read_run",
    "read_source",
    "run_of",
]
