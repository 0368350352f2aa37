"""The judge of inequalities between real terms: interval arithmetic, derivatives, branch and bound over boxes."""

from fpproof.judges.enclosure.judge import EnclosureJudge

__all__ = ["EnclosureJudge"]
