"""Training runs: one description, several arithmetics."""

from fpproof.training.description import Affine, DescriptionError, Run, cut
from fpproof.training.reading import parse_source, read_run, read_source, run_of

__all__ = ["Affine", "DescriptionError", "Run", "cut", "parse_source", "read_run", "read_source", "run_of"]
