"""Rocq, the proof assistant: certificates and enumerated lemmas as theorems that its kernel checks, and the theorems that lemmas are tied to.

The semantics in Rocq is the library in `theory/`, which shares nothing with the rest but docs/semantics.md.
"""

from fpproof.rocq.certificates import Encoding, theorem
from fpproof.rocq.coqc import Answer, RocqError, run
from fpproof.rocq.judging import Opinion, opinion

__all__ = ["Answer", "Encoding", "Opinion", "RocqError", "opinion", "run", "theorem"]
