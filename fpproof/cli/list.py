"""`fpproof list`: what there is to name on a command line."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from fpproof.cli import BAD_INPUT, HOLDS
from fpproof.cli.options import add_json
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.theory import Lemma

NAME = "list"
HELP = "list what there is: lemmas, judges, formats, activations, machines"

KINDS = ("lemmas", "judges", "formats", "activations", "machines")

Row = dict[str, str]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", metavar="WHAT", nargs="*", help=f"{', '.join(KINDS)}, or paths whose lemmas to list (default: everything)")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    kinds = [kind for kind in KINDS if kind in options.what]
    paths = [Path(text) for text in options.what if text not in KINDS]
    if missing := [path for path in paths if not path.exists()]:
        raise FpproofError(f"{missing[0]} is no file", hint=f"there are {', '.join(KINDS)}")
    if paths and "lemmas" not in kinds:
        kinds = ["lemmas", *kinds]
    malformed: list[Exception] = []
    found = {kind: _rows(kind, paths, malformed) for kind in kinds or KINDS}
    code = BAD_INPUT if malformed else HOLDS
    if options.json:
        print(json.dumps(found, indent=2))
        return code
    sections = []
    for kind, rows in found.items():
        widths = {key: max(len(row[key]) for row in rows) for key in rows[0]} if rows else {}
        lines = ["  ".join(row[key].ljust(widths[key]) for key in row).rstrip() for row in rows] or ["none"]
        sections.append("\n".join([kind, *(f"  {line}" for line in lines)]))
    print("\n\n".join(sections))
    return code


def _rows(kind: str, paths: list[Path], malformed: list[Exception]) -> list[Row]:
    if kind == "lemmas":
        return _lemmas(paths, malformed)
    return {"judges": _judges, "formats": _formats, "activations": _activations, "machines": _machines}[kind]()


def _lemmas(paths: list[Path], malformed: list[Exception]) -> list[Row]:
    """What can be read; of files that cannot be, what is wrong with them is said, and added to `malformed`."""
    from fpproof.cli.main import complain
    from fpproof.runs.files import DEFAULT, theories_in, theory_of

    places = paths or ([DEFAULT] if DEFAULT.is_dir() else [])
    files = [file for path in places for file in (theories_in(path) if path.is_dir() else [path])]
    rows = []
    for file in files:
        try:
            rows += [_lemma(file, lemma) for lemma in theory_of(file).lemmas]
        except (FpproofError, OSError) as error:
            complain(error)
            malformed.append(error)
    return rows


def _lemma(file: Path, lemma: "Lemma") -> Row:
    return {"name": lemma.name, "place": f"{file}:{lemma.place.line}", "expect": lemma.expect, "text": lemma.text.partition("\n")[0]}


def _judges() -> list[Row]:
    from fpproof.judges.registry import OFFERS, available

    found = []
    for offer in OFFERS:
        judge = available(offer.name)
        found.append({"name": offer.name, "there": f"missing: {judge}" if isinstance(judge, str) else f"version {judge.version}", "does": offer.does})
    return found


def _formats() -> list[Row]:
    from fpproof.formats import ATLAS

    return [{"name": name, "definition": F.definition} for name, F in ATLAS.items()]


def _activations() -> list[Row]:
    from fpproof.activations.registry import activation, names

    return [{"name": name, "formula": activation(name).formula} for name in names()]


def _machines() -> list[Row]:
    from fpproof.machine.registry import installed, names

    return [{"name": name, "there": "installed" if name in installed() else "missing"} for name in names()]
