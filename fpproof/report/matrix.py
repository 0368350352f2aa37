"""The matrix: lemmas by formats, in Markdown."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from fpproof.judges.plan import LARGE, MEDIUM, SMALL
from fpproof.judges.verdict import Outcome
from fpproof.runs.task import Result, Standing, ambient_in

Place = tuple[str, str, str]
"""File, lemma and format."""

_USUAL = (*SMALL, *MEDIUM, *LARGE)
_RECOMPUTED = "(Rocq): computed again by coqc, without fpproof's evaluators."
_IMPORTED = "\\* imported, or rests on what is: decided elsewhere, with the evidence that the ledger holds."


def matrix(results: Sequence[Result], tied: Collection[Place] = (), recomputed: Collection[Place] = (), marked: bool = True) -> str:
    """A row a lemma, a column an ambient format; an empty cell was not asked for.

    `tied` has the places of what a theorem in Rocq proves, `recomputed` of what coqc computed again; `marked` says whether imported verdicts are
    to be told apart.
    A cell of several verdicts, in several formats G say, has each of them once.
    """
    lemmas = list(dict.fromkeys((r.task.path, r.task.lemma) for r in results))
    columns = _columns(results)
    cells: dict[tuple[str, str, str], dict[str, None]] = {}
    for r in results:
        place, exactly = (r.task.path, r.task.lemma, ambient_in(r.task.format)), (r.task.path, r.task.lemma, r.task.format)
        cells.setdefault(place, {})[cell(r, exactly in tied, exactly in recomputed, marked)] = None
    rows = [[lemma, *(", ".join(cells.get((path, lemma, column), ())) for column in columns)] for path, lemma in lemmas]
    lines = _table(["lemma", *columns], rows)
    notes = [_RECOMPUTED] * bool(recomputed) + [_IMPORTED] * (marked and any(r.imported or r.borrowed for r in results))
    if notes:
        lines += ["", *notes]
    return "\n".join(lines)


def overview(results: Sequence[Result]) -> str:
    """A row a file, a column an ambient format: of the lemmas that speak of the format, how many are as they state, and the others by verdict."""
    files = list(dict.fromkeys(r.task.path for r in results))
    columns = _columns(results)
    rows = []
    for file in files:
        row = [Path(file).stem]
        for column in columns:
            row.append(_counted(r for r in results if r.task.path == file and ambient_in(r.task.format) == column))
        rows.append(row)
    return "\n".join(_table(["file", *columns], rows))


def _counted(results: Iterable[Result]) -> str:
    """As "12, 1 open": verdicts that hold are one number."""
    found = [r for r in results if r.outcome is not Outcome.INAPPLICABLE]
    holding = sum(r.standing is Standing.HOLDS for r in found)
    others = [r.outcome.value for r in found if r.standing is not Standing.HOLDS]
    return ", ".join([str(holding), *(f"{others.count(name)} {name}" for name in dict.fromkeys(others))]) if found else ""


def _columns(results: Sequence[Result]) -> list[str]:
    found = list(dict.fromkeys(ambient_in(r.task.format) for r in results))
    return [f for f in _USUAL if f in found] + [f for f in found if f not in _USUAL]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def cell(result: Result, tied: bool = False, recomputed: bool = False, marked: bool = True) -> str:
    """The verdict; bold where it is not what the lemma states, and known. `Rocq`: a theorem proves it, and nothing here says otherwise;
    `(Rocq)`: coqc computed the verdict again."""
    if tied and result.outcome not in (Outcome.REFUTED, Outcome.VACUOUS, Outcome.INAPPLICABLE):
        return "Rocq"
    text = "n/a" if result.outcome is Outcome.INAPPLICABLE else result.outcome.value
    if result.standing is Standing.FAILS and result.outcome is not Outcome.OPEN:
        text = f"**{text}**"
    return text + " (Rocq)" * recomputed + ("\\*" if marked and (result.imported or result.borrowed) else "")
