"""The judge of identities and polynomial inequalities over the reals."""

from fpproof.judges.algebra.judge import AlgebraJudge

__all__ = ["AlgebraJudge"]
