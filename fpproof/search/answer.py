"""What a search found: a network with its certificate, a proof that there is none, or how far it came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from fpproof.certificates import Certificate


class Outcome(StrEnum):
    FOUND = "found"
    IMPOSSIBLE = "impossible"
    OPEN = "open"


@dataclass(frozen=True)
class Answer:
    """`by` is the method that answered, `reason` says why there is none or why it is open.

    `proof` says what stands behind IMPOSSIBLE: "argument", "enumeration", "unsat, proof checked" or "unsat, proof unchecked".
    `optimal` is None without an objective, else whether nothing better exists (False: not known).
    """

    outcome: Outcome
    by: str
    reason: str = ""
    proof: str = ""
    certificate: Certificate | None = None
    evidence: Mapping[str, str | int] = field(default_factory=dict)
    optimal: bool | None = None
    objective: int | None = None

    @property
    def proved(self) -> bool:
        """Whether the answer needs nobody's word: a network that was evaluated, or a refutation that was checked."""
        return self.outcome is Outcome.FOUND or self.proof in ("argument", "enumeration", "unsat, proof checked")
