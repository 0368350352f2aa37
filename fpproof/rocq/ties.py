"""Ties that hold, remembered in the ledger."""

import hashlib

from fpproof.formats import Format
from fpproof.judges.verdict import Budget, Outcome
from fpproof.ledger import Ledger, Record
from fpproof.ledger.record import Subject, canonical, statement_hash
from fpproof.rocq.library import MODULES, source
from fpproof.rocq.links import Tie
from fpproof.theory import Lemma

VERSION = 1
"""Of the translation of lemmas."""


def subject(lemma: Lemma) -> Subject:
    """What the tie says: the lemma, the theorem's name, and the library that it stands in. No file: it is no verdict of a judge."""
    library = hashlib.sha256("".join(map(source, MODULES)).encode()).hexdigest()
    statement = canonical([VERSION, statement_hash(lemma), lemma.rocq, library])
    return Subject(hashlib.sha256(statement.encode()).hexdigest(), (), lemma.name, "", "")


def remember(ledger: Ledger, lemma: Lemma, found: Tie) -> None:
    """Keeps what Rocq said of a tie."""
    record = Record(
        subject=subject(lemma),
        judge="rocq",
        version=VERSION,
        budget=Budget(),
        outcome=Outcome.PROVED if found.proves else Outcome.OPEN,
        scope="every precision and every exponent range",
        reason=found.reason,
        evidence={"theorem": found.theorem, "assumptions": found.assumptions, "coqc": found.version},
        seconds=round(found.seconds, 3),
    )
    ledger.add([record])


def remembered(ledger: Ledger, lemma: Lemma) -> Record | None:
    """The last word on a lemma's tie, if Rocq was asked about it as it reads now."""
    if not lemma.rocq:
        return None
    return next((record for record in ledger.of_subject(subject(lemma).key) if not record.imported), None)


def covered(F: Format) -> bool:
    """Whether a tied theorem speaks of a format: the IEEE-like ones of precision 2 and more below their greatest exponent."""
    full = F.largest[0] == (2 << F.p) - 1
    return F.emin == 1 - F.emax and full and (F.specials, F.overflow) == ("ieee", "infinity") and F.precision < F.emax + 1
