"""The matrix: lemmas by formats, in Markdown."""

from collections.abc import Container, Sequence

from fpproof.judges.plan import LARGE, MEDIUM, SMALL
from fpproof.judges.verdict import Outcome
from fpproof.runs.task import Result, Standing

_USUAL = (*SMALL, *MEDIUM, *LARGE)


def matrix(results: Sequence[Result], tied: Container[tuple[str, str, str]] = ()) -> str:
    """A row a lemma, a column a format; an empty cell was not asked for. `tied` has file, lemma and format of what a theorem in Rocq proves."""
    lemmas = list(dict.fromkeys((r.task.path, r.task.lemma) for r in results))
    found = list(dict.fromkeys(r.task.format for r in results))
    formats = [f for f in _USUAL if f in found] + [f for f in found if f not in _USUAL]
    cells = {place: cell(r, place in tied) for r in results for place in [(r.task.path, r.task.lemma, r.task.format)]}
    rows = [["lemma", *formats], ["---"] * (len(formats) + 1)]
    rows += [[lemma, *(cells.get((path, lemma, f), "") for f in formats)] for path, lemma in lemmas]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if any(r.imported for r in results):
        lines += ["", "\\* imported: decided elsewhere, with the evidence that the ledger holds."]
    return "\n".join(lines)


def cell(result: Result, tied: bool = False) -> str:
    """The verdict; bold where it is not what the lemma states. `Rocq`: a theorem proves it, and nothing here says otherwise."""
    if tied and result.outcome not in (Outcome.REFUTED, Outcome.VACUOUS, Outcome.INAPPLICABLE):
        return "Rocq"
    text = "n/a" if result.outcome is Outcome.INAPPLICABLE else result.outcome.value
    if result.standing is Standing.FAILS:
        text = f"**{text}**"
    return text + ("\\*" if result.imported else "")
