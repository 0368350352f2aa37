"""What can go wrong in encodings: a formula that would be too large, a solver that is missing, a bug of ours."""

from fpproof.errors import FpproofError


class EncodingError(FpproofError):
    """An operation that has no encoding of a sensible size, or a solver that is not there."""


class ContradictionError(AssertionError):
    """Two answers to one query that cannot both be right: a bug in an encoding or a solver, never an error of the user."""
