"""What is known of one lemma, without deciding anything."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fpproof.judges.plan import LARGE, MEDIUM, SMALL
from fpproof.ledger import Ledger, Record
from fpproof.ledger.record import statement_hash
from fpproof.runs.check import Run, Wish
from fpproof.runs.files import name_of
from fpproof.runs.task import Result
from fpproof.theory import EVERY, Lemma
from fpproof.theory.source import read_source


@dataclass(frozen=True)
class Known:
    """A lemma's text, the results that the ledger gives, and the verdicts that were stored of the lemma before it was edited.

    `chain` has, for each result, those on all that the lemma rests on, premises first.
    """

    path: Path
    lemma: Lemma
    text: str
    results: tuple[Result, ...]
    obsolete: tuple[Record, ...]
    chain: tuple[tuple[Result, ...], ...] = ()


def known_paths(ledger: Ledger, name: str) -> list[Path]:
    """Files of which the ledger has verdicts on a lemma of a name."""
    if ":" in name:
        return []
    return list(dict.fromkeys(Path(path) for _, path in ledger.of_lemma(name) if path))


def known_of(ledger: Ledger, path: Path, lemma: Lemma, formats: Sequence[str], own: bool = False) -> Known:
    """What is known of a lemma in the formats asked for, else in all that there are verdicts of."""
    run = Run(ledger, Wish(tuple(formats), own=own))
    if formats:
        tasks = run.tasks(path, lemma)
    else:
        stored = [r.subject.format for r, _ in ledger.of_lemma(lemma.name) if r.subject.statement == statement_hash(lemma)]
        usual: tuple[str, ...] = (*SMALL, *MEDIUM, *LARGE) if len(lemma.format_parameters) == 1 else ()
        if not lemma.speaks_of_formats:
            usual = (EVERY,)
        texts = dict.fromkeys([*(lemma.formats or usual), *stored])
        tasks = [run.task(path, lemma, text) for text in texts]
    results = [result for task in tasks if (result := run.stored(task)) is not None]
    stale = [r for r, _ in ledger.of_lemma(lemma.name) if r.subject.file == name_of(path) and r.subject.statement != statement_hash(lemma)]
    chain = tuple(run.resting(result.task) for result in results)
    return Known(path, lemma, source_text(path, lemma), tuple(results), tuple(stale), chain)


def source_text(path: Path, lemma: Lemma) -> str:
    """The lines of the file that say the lemma, decorators included."""
    lines = read_source(path).text.split("\n")
    for node in ast.parse("\n".join(lines)).body:
        if isinstance(node, ast.FunctionDef) and node.name == lemma.name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            return "\n".join(lines[first - 1 : node.end_lineno])
    return ""
