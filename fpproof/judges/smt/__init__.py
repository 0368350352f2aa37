"""SMT: claims of any format as bit-vectors, decided by a portfolio of solvers; see docs/smt.md."""

from fpproof.judges.smt.judge import SmtJudge

__all__ = ["SmtJudge"]
