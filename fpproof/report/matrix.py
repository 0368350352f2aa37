"""The matrix: lemmas by formats, in Markdown."""

from collections.abc import Sequence

from fpproof.judges.plan import LARGE, MEDIUM, SMALL
from fpproof.judges.verdict import Outcome
from fpproof.runs.task import Result, Standing

_USUAL = (*SMALL, *MEDIUM, *LARGE)


def matrix(results: Sequence[Result]) -> str:
    """A row a lemma, a column a format; an empty cell was not asked for."""
    lemmas = list(dict.fromkeys((r.task.path, r.task.lemma) for r in results))
    found = list(dict.fromkeys(r.task.format for r in results))
    formats = [f for f in _USUAL if f in found] + [f for f in found if f not in _USUAL]
    cells = {(r.task.path, r.task.lemma, r.task.format): cell(r) for r in results}
    rows = [["lemma", *formats], ["---"] * (len(formats) + 1)]
    rows += [[lemma, *(cells.get((path, lemma, f), "") for f in formats)] for path, lemma in lemmas]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if any(r.imported for r in results):
        lines += ["", "\\* imported: decided elsewhere, with the evidence that the ledger holds."]
    return "\n".join(lines)


def cell(result: Result) -> str:
    """The verdict; bold where it is not what the lemma states."""
    text = "n/a" if result.outcome is Outcome.INAPPLICABLE else result.outcome.value
    if result.standing is Standing.FAILS:
        text = f"**{text}**"
    return text + ("\\*" if result.imported else "")
