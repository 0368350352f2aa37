"""The ledger on disk: SQLite with a write-ahead log, so that processes share it and a killed one leaves it whole.

Each verdict is one row and one transaction. What a row says is its canonical line; the columns beside it are for finding it.
Own and imported verdicts of one key are two rows. Nothing is deleted but on request: a statement that was edited has another
hash, and finds its old verdicts again when the edit is taken back.
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from fpproof.ledger.record import LedgerError, Record, canonical, parse_object
from fpproof.paths import cache_directory

VARIABLE = "FPPROOF_LEDGER"
IN_MEMORY = ":memory:"
APPLICATION, SCHEMA = 0x66705072, 1
"""SQLite's application_id ("fpPr") and user_version."""

_PATIENCE = 60.0
"""Seconds to wait for another process that writes."""
_MOVE_AWAY = "move the file away, what it holds can be decided again"

_TABLES = (
    """CREATE TABLE verdicts (
        key TEXT NOT NULL, imported INTEGER NOT NULL, subject TEXT NOT NULL, statement TEXT NOT NULL, lemma TEXT NOT NULL, path TEXT NOT NULL,
        line TEXT NOT NULL, PRIMARY KEY (key, imported))""",
    "CREATE INDEX verdicts_by_subject ON verdicts (subject)",
    "CREATE INDEX verdicts_by_lemma ON verdicts (lemma)",
    "CREATE TABLE attachments (digest TEXT PRIMARY KEY, content TEXT NOT NULL)",
    "CREATE TABLE chunks (run TEXT NOT NULL, chunk INTEGER NOT NULL, line TEXT NOT NULL, PRIMARY KEY (run, chunk))",
)
_LATER_TABLES = (
    "CREATE TABLE IF NOT EXISTS replays (counterexample TEXT PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS notes (question TEXT PRIMARY KEY, answer TEXT NOT NULL)",
)
"""Of later releases of the same version: files without them get them, and older releases do not look at them."""


def ledger_path() -> str:
    """The file of the ledger: FPPROOF_LEDGER, else ledger.sqlite in the cache directory; ":memory:" keeps nothing."""
    return os.environ.get(VARIABLE) or str(cache_directory() / "ledger.sqlite")


class Ledger:
    """An open ledger; a context manager. Every method is one transaction, durable when it returns; LedgerError names the file."""

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = str(path) if path is not None else ledger_path()
        with self._guarded():
            if self.path != IN_MEMORY:
                Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        try:
            with self._guarded():
                self._write_ahead()
                self._prepare()
        except LedgerError:
            self._connection.close()
            raise

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    # Opening

    def _write_ahead(self) -> None:
        """Turn the log on; SQLite does not wait for its lock here, so we do."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL").fetchone()
                self._connection.execute("PRAGMA synchronous = NORMAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _prepare(self) -> None:
        """Make the tables of a new file; a file of something else, or of another version, is an error."""
        with self._transaction():
            application, schema = self._pragma("application_id"), self._pragma("user_version")
            tables = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if not tables and not application and not schema:
                for table in _TABLES:
                    self._connection.execute(table)
                self._connection.execute(f"PRAGMA application_id = {APPLICATION}")
                self._connection.execute(f"PRAGMA user_version = {SCHEMA}")
            elif application != APPLICATION:
                raise LedgerError(f"ledger {self.path}: a database of another program", hint=f"{VARIABLE} names another file")
            elif schema != SCHEMA:
                raise LedgerError(f"ledger {self.path}: expected version {SCHEMA}, found {schema}", hint=f"{VARIABLE} names another file")
            for table in _LATER_TABLES:
                self._connection.execute(table)

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """SQLite's errors as the user's."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
            hint = f"{VARIABLE} names another, {VARIABLE}={IN_MEMORY} keeps nothing"
            raise LedgerError(f"ledger {self.path}: {reason}", hint=f"{_MOVE_AWAY}; {hint}" if damaged else hint) from None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One write: all of it or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    # Verdicts

    def add(self, records: Iterable[Record], path: str = "", run: str | None = None) -> None:
        """Keep verdicts, of the theory file `path`; one of the same key is replaced, one that could not be read again is left out.

        With `run`, that run's chunks have done their work.
        """
        kept = [record for record in records if record.storable]
        with self._guarded(), self._transaction() as connection:
            for record in kept:
                subject = record.subject
                row = (record.key, int(record.imported), subject.key, subject.statement, subject.lemma, path, record.line())
                connection.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?)", row)
                connection.executemany("INSERT OR IGNORE INTO attachments VALUES (?, ?)", record.attachments.items())
            if run is not None:
                connection.execute("DELETE FROM chunks WHERE run = ?", (run,))

    def of_subject(self, key: str) -> list[Record]:
        """All verdicts on a statement in formats, own ones first."""
        return [record for record, _ in self._select("WHERE subject = ? ORDER BY imported, rowid", (key,))]

    def of_lemma(self, name: str) -> list[tuple[Record, str]]:
        """All verdicts on lemmas of a name, also on what they said before they were edited, with the paths of their files."""
        return self._select("WHERE lemma = ? ORDER BY rowid", (name,))

    def all(self) -> list[tuple[Record, str]]:
        """All verdicts in order of their storing, with the paths of their files."""
        return self._select("ORDER BY rowid", ())

    def _select(self, condition: str, values: tuple[str, ...]) -> list[tuple[Record, str]]:
        with self._guarded():
            rows = self._connection.execute(f"SELECT line, imported, path FROM verdicts {condition}", values).fetchall()
        try:
            return [(Record.of_line(line, imported=bool(imported)), path) for line, imported, path in rows]
        except LedgerError as error:
            raise LedgerError(f"ledger {self.path}: {error.message}", hint=_MOVE_AWAY) from None

    def remove(self, records: Iterable[Record]) -> None:
        """Forget verdicts; what was noted of them is asked again."""
        with self._guarded(), self._transaction() as connection:
            connection.execute("DELETE FROM notes")
            connection.executemany("DELETE FROM verdicts WHERE key = ? AND imported = ?", [(r.key, int(r.imported)) for r in records])

    def attachment(self, digest: str) -> str | None:
        """The long text that stands behind a hash in evidence."""
        with self._guarded():
            row = self._connection.execute("SELECT content FROM attachments WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else str(row[0])

    # Imported counterexamples that were replayed here

    def was_replayed(self, counterexample: str) -> bool:
        """Whether the exact evaluator found a counterexample, by its hash, to be one; of one that it did not nothing is kept."""
        with self._guarded():
            return self._connection.execute("SELECT 1 FROM replays WHERE counterexample = ?", (counterexample,)).fetchone() is not None

    def add_replayed(self, counterexample: str) -> None:
        with self._guarded(), self._transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO replays VALUES (?)", (counterexample,))

    # What was found of questions that are no verdicts: whether a judge could decide, why none did

    def note(self, question: str, answer: str) -> None:
        """Keep the answer to a question, which names all that the answer depends on."""
        with self._guarded(), self._transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (question, answer))

    def noted(self, question: str) -> str | None:
        with self._guarded():
            row = self._connection.execute("SELECT answer FROM notes WHERE question = ?", (question,)).fetchone()
        return None if row is None else str(row[0])

    # Chunks of long runs

    def add_chunk(self, run: str, chunk: int, facts: Mapping[str, object]) -> None:
        with self._guarded(), self._transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO chunks VALUES (?, ?, ?)", (run, chunk, canonical(facts)))

    def chunks(self, run: str) -> dict[int, dict[str, object]]:
        """The chunks of a run that are done."""
        with self._guarded():
            rows = self._connection.execute("SELECT chunk, line FROM chunks WHERE run = ?", (run,)).fetchall()
        try:
            return {int(chunk): parse_object(line) for chunk, line in rows}
        except LedgerError as error:
            raise LedgerError(f"ledger {self.path}: {error.message}", hint=_MOVE_AWAY) from None
