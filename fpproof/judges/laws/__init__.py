"""Laws of rounding: claims decided over the reals, from what holds of rounding in every format; see docs/laws.md."""

from fpproof.judges.laws.judge import LawsJudge

__all__ = ["LawsJudge"]
