"""`fpproof ledger`: stored verdicts to a file and back, and out of the way."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fpproof.cli import HOLDS
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.ledger import Ledger, Record

NAME = "ledger"
HELP = "export, import or prune stored verdicts"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("export", "import", "prune"), help="prune removes what is obsolete or has no file any more")
    parser.add_argument("file", metavar="FILE", nargs="?", help="JSON lines; '-' is standard output (export)")
    parser.add_argument("theories", metavar="THEORY", nargs="*", help="export only verdicts on these theory files or directories, as they are now")


def run(options: argparse.Namespace) -> int:
    from fpproof.ledger import Ledger

    if options.action == "prune":
        if options.file is not None:
            raise FpproofError("prune takes no file")
        with Ledger() as ledger:
            return _prune(ledger)
    if options.file is None:
        raise FpproofError(f"{options.action}: FILE is missing")
    if options.action == "import" and options.theories:
        raise FpproofError("import takes one file")
    with Ledger() as ledger:
        return _export(ledger, options.file, options.theories) if options.action == "export" else _import(ledger, Path(options.file))


def _export(ledger: "Ledger", file: str, theories: list[str]) -> int:
    """Own verdicts that are decided; those on given theories only if the lemma still says what they are about."""
    from fpproof.ledger import write_lines
    from fpproof.ledger.exchange import lines

    records = [record for record, _ in ledger.all() if record.decided and not record.imported]
    if theories:
        current = _statements(theories)
        records = [record for record in records if record.subject.statement in current]
    if file == "-":
        print(lines(records), end="")
    else:
        write_lines(Path(file), records)
        print(f"{len({r.key for r in records})} verdicts written to {file}")
    return HOLDS


def _statements(theories: list[str]) -> set[str]:
    """What the theories say now: two lemmas that say the same share their verdicts, whatever they are called."""
    from fpproof.ledger.record import statement_hash
    from fpproof.runs.files import theories_in, theory_of

    paths = [file for path in map(Path, theories) for file in (theories_in(path) if path.is_dir() else [path])]
    return {statement_hash(lemma) for path in paths for lemma in theory_of(path).lemmas}


def _import(ledger: "Ledger", path: Path) -> int:
    from fpproof.ledger import read_lines

    records = read_lines(path)
    ledger.add(records)
    print(f"{len(records)} verdicts imported: they count where no judge here decides, and 'fpproof replay {path}' decides them again")
    return HOLDS


def _prune(ledger: "Ledger") -> int:
    from fpproof.ledger.record import statement_hash
    from fpproof.runs.files import theory_of

    def stale(record: "Record", path: str) -> bool:
        if not path:
            return False
        try:
            lemmas = theory_of(Path(path)).lemmas
        except FileNotFoundError:
            return True
        except (FpproofError, OSError) as error:
            print(f"kept: verdicts on {path}, which cannot be read now: {error}", file=sys.stderr)
            return False
        return all(lemma.name != record.subject.lemma or statement_hash(lemma) != record.subject.statement for lemma in lemmas)

    found = [record for record, path in ledger.all() if stale(record, path)]
    ledger.remove(found)
    print(f"{len(found)} verdicts removed")
    return HOLDS
