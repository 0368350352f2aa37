"""Verdicts as files: canonical JSON lines, which can be committed beside the theories.

The first line says what the file is; each other is one verdict, in an order that depends on nothing but the verdicts. Lines from
a file are marked as imported: somebody else's word, with the evidence.
"""

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from fpproof.errors import Place
from fpproof.ledger.record import LedgerError, Record, canonical, parse_object
from fpproof.paths import write_atomically

HEADER = {"fpproof-ledger": 1}
COMMITTED = "ledger.jsonl"
SUFFIX = ".verdicts.jsonl"
"""Exports that are read where they stand, in a tree of theories: files of this name, or whose names end so."""

LARGEST_FILE = 1 << 27
MOST_LINES = 1_000_000
MOST_FILES = 1000
"""Exports in one tree."""


def lines(records: Iterable[Record]) -> str:
    """The canonical text of verdicts, sorted by file, lemma and format."""
    by_key = {record.key: record for record in records}
    order = sorted(by_key.values(), key=lambda r: (r.subject.file, r.subject.lemma, r.subject.format, r.judge, r.key))
    return "".join(f"{line}\n" for line in (canonical(HEADER), *(record.line() for record in order)))


def write_lines(path: Path, records: Iterable[Record]) -> None:
    write_atomically(path, lines(records).encode())


def read_lines(path: Path) -> list[Record]:
    """The verdicts of a file, each key once, marked as imported; raises LedgerError with file and line, OSError if there is no file."""
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise LedgerError(f"a ledger export has at most {LARGEST_FILE} bytes", Place(str(path), 1))
    try:
        texts = data.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise LedgerError("canonical lines are ASCII", Place(str(path), data.count(b"\n", 0, error.start) + 1)) from None
    if len(texts) > MOST_LINES:
        raise LedgerError(f"a ledger export has at most {MOST_LINES} lines", Place(str(path), 1))
    if texts[0].strip() != canonical(HEADER):
        raise LedgerError(
            f"no ledger export: expected {canonical(HEADER)} in the first line", Place(str(path), 1), "'fpproof ledger export' writes one"
        )
    found: dict[str, Record] = {}
    for number, text in enumerate(texts[1:], 2):
        if text.strip():
            place = Place(str(path), number)
            record = Record.of_line(text, place, imported=True)
            if found.setdefault(record.key, record).outcome is not record.outcome:
                told = found[record.key].outcome.value
                raise LedgerError(f"no verdict: {record.outcome.value}, where a line before says {told} under the same key", place)
    return list(found.values())


def is_export(path: Path) -> bool:
    """Whether a file begins as an export does."""
    with path.open("rb") as file:
        try:
            return parse_object(file.readline(200).decode("ascii")) == HEADER
        except (UnicodeDecodeError, LedgerError):
            return False


def exports_in(root: Path, below: bool = False) -> list[Path]:
    """The exports in a directory, and with `below` in those under it, in the order of their names; hidden directories are left out."""
    found: list[Path] = []
    for parent, directories, files in os.walk(root):
        directories[:] = sorted(name for name in directories if not name.startswith((".", "__"))) if below else []
        found += [Path(parent, name) for name in sorted(files) if name == COMMITTED or name.endswith(SUFFIX)]
        if len(found) > MOST_FILES:
            raise LedgerError(f"{root}: more than {MOST_FILES} ledger exports are committed beside the theories")
    return found


def committed(root: Path, below: bool = False) -> dict[str, list[Record]]:
    """The verdicts committed in a tree of theories, by subject."""
    found: dict[str, list[Record]] = {}
    for path in exports_in(root, below):
        changed = path.stat()
        for key, records in _committed(path, changed.st_mtime_ns, changed.st_size).items():
            found.setdefault(key, []).extend(records)
    return found


@lru_cache(maxsize=MOST_FILES)
def _committed(path: Path, changed: int, size: int) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in read_lines(path):
        found.setdefault(record.subject.key, []).append(record)
    return found
