"""A certificate judged by Rocq: exported, run, and the answer understood."""

from dataclasses import dataclass
from hashlib import sha256

from fpproof.certificates.certificate import Certificate
from fpproof.rocq.certificates import LEMMA_OF, Encoding, chosen, operations, theorem
from fpproof.rocq.coqc import CLOSED, LIMIT, Answer, RocqError, run

VERSION = 1
"""Of the theorems: raised when the library or the export could come to mean something else."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """Rocq's verdict on a certificate; `assumptions` is what `Print Assumptions` says of the theorem, empty if it is rejected."""

    accepted: bool
    encoding: Encoding
    operations: int
    assumptions: str
    version: str
    digest: str
    """SHA-256 of the file that coqc was given."""
    seconds: float


def opinion(certificate: Certificate, encoding: Encoding | None = None, limit: float = LIMIT) -> Opinion:
    """What Rocq's kernel says of a certificate; RocqError if it says neither yes nor no."""
    encoding = encoding or chosen(certificate)
    text = theorem(certificate, encoding)
    answer = run(text, limit)
    accepted = understood(answer, encoding)
    assumptions = answer.assumptions[0] if accepted else ""
    digest = sha256(text.encode()).hexdigest()
    return Opinion(accepted, encoding, operations(certificate), assumptions, answer.version, digest, answer.seconds)


def understood(answer: Answer, encoding: Encoding) -> bool:
    """Whether the theorem was accepted. False only if its computation gave another result; every other failure is an error, and so are
    assumptions that the encoding does not have."""
    if answer.accepted:
        if len(answer.assumptions) != 1 or not allowed(answer.assumptions[0], encoding):
            raise RocqError(f"coqc accepts the theorem with the wrong assumptions: {'; '.join(answer.assumptions)[:300]}")
        return True
    words = " ".join(answer.complaint.split())
    if f'"true = true" while it is expected to have type "{LEMMA_OF[encoding]}' in words:
        return False
    raise RocqError(f"coqc fails, and not because the claim is false: {words[:500]}")


def allowed(assumptions: str, encoding: Encoding) -> bool:
    """Nothing; in the fast encoding, the kernel's primitive integers."""
    return assumptions == CLOSED or (encoding is Encoding.FAST and all(name.startswith("PrimInt63.") for name in assumptions.split()))
