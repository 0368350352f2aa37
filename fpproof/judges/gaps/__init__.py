"""Claims on one real number, decided by judges that know floats only; see docs/reals.md, Real numbers that are rounded."""

from fpproof.judges.gaps.decide import by_gaps
from fpproof.judges.gaps.parts import Part, parts
from fpproof.judges.gaps.shapes import NotReducible

__all__ = ["NotReducible", "Part", "by_gaps", "parts"]
