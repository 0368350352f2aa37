"""`fpproof frontier`: for which depths and widths there is a network."""

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fpproof.cli import HOLDS, OPEN
from fpproof.cli.options import add_json
from fpproof.cli.progress import bar
from fpproof.cli.search import add_search, limits_of, read
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fpproof.search import Spec
    from fpproof.search.frontier import Cell, Entry

NAME = "frontier"
HELP = "for which depths and widths there is a network with given values and gradients"
_WORDS = {"found": "yes", "impossible": "no", "open": "open"}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", type=Path, help="TOML file, as for search; its hidden layers give way to those of the table")
    parser.add_argument("--depth", metavar="A:B", default="1:3", help="numbers of layers (default: 1:3)")
    parser.add_argument("--width", metavar="A:B", default="1:2", help="neurons of a hidden layer (default: 1:2)")
    parser.add_argument("--picture", metavar="FILE", type=Path, help="draw the table there (.svg, .png, .pdf); needs matplotlib")
    add_search(parser)
    add_json(parser)


def _range(name: str, text: str) -> range:
    found = re.fullmatch(r"(\d{1,3})(?::(\d{1,3}))?", text, re.ASCII)
    if found is None:
        raise FpproofError(f"--{name}: expected a range such as 1:4, found {text[:40]!r}")
    low, high = int(found[1]), int(found[2] or found[1])
    if not 1 <= low <= high <= 64:
        raise FpproofError(f"--{name}: expected numbers from 1 to 64 in order, found {text}")
    return range(low, high + 1)


def run(options: argparse.Namespace) -> int:
    from fpproof.ledger import Ledger
    from fpproof.search import Proofs, search
    from fpproof.search.frontier import concluded, frontier

    depths, widths = _range("depth", options.depth), _range("width", options.width)
    spec = read(options)
    limits, proofs = limits_of(options), None if options.no_proofs else Proofs(options.evidence)
    known: dict[Cell, Entry] = {}
    with bar("frontier", "cells") as advance, Ledger() as ledger:
        for cell, entry in frontier(spec, depths, widths, lambda one: search(one, limits, options.jobs, proofs, kept=ledger)):
            known[cell] = entry
            advance(len(known), len(depths) * len(widths))
    table = concluded(spec, known)
    if options.picture is not None:
        _draw(spec, table, options.picture)
    if options.json:
        print(json.dumps([_facts(spec, cell, entry) for cell, entry in sorted(table.items())], indent=2))
    else:
        _print(spec, table, depths, widths)
    return OPEN if any(_word(entry) == "open" for entry in table.values()) else HOLDS


def _word(entry: "Entry") -> str:
    return _WORDS[entry.answer.outcome.value]


def _facts(spec: "Spec", cell: "Cell", entry: "Entry") -> dict[str, Any]:
    answer = entry.answer
    return {
        "spec": spec.file,
        "format": spec.format.name,
        "depth": cell[0],
        "width": cell[1],
        "verdict": answer.outcome.value,
        "by": answer.by,
        "proof": answer.proof or None,
        "reason": answer.reason or None,
        "evidence": dict(answer.evidence),
        "follows_from": None if entry.follows_from is None else list(entry.follows_from),
    }


def _print(spec: "Spec", table: "Mapping[Cell, Entry]", depths: range, widths: range) -> None:
    """The table, and below it what stands behind each cell that was searched."""
    from tabulate import tabulate

    print(f"{spec.file} in {spec.format.name}, {len(spec.points)} points")
    rows = [[depth, *(_word(table[depth, width]) for width in widths)] for depth in depths]
    print(tabulate(rows, headers=["depth", *(f"width {width}" for width in widths)], tablefmt="simple"))
    for (depth, width), entry in sorted(table.items()):
        answer = entry.answer
        if entry.follows_from is not None:
            why = f"follows from depth {entry.follows_from[0]}, width {entry.follows_from[1]}"
        else:
            why = answer.by + (f" ({answer.proof})" if answer.proof not in ("", answer.by) else "") + (f": {answer.reason}" if answer.reason else "")
        print(f"  depth {depth}, width {width}: {_word(entry):<4}  {why}")


def _draw(spec: "Spec", table: "Mapping[Cell, Entry]", path: Path) -> None:
    """One square a cell: filled for yes, hatched for no, white for open."""
    if path.suffix not in (".svg", ".png", ".pdf"):
        raise FpproofError(f"--picture: expected a file called .svg, .png or .pdf, found {path.name!r}")
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.patches import Rectangle
    except ImportError:
        raise FpproofError("--picture needs matplotlib", hint="pip install 'fpproof[plots]'") from None

    figure = Figure(figsize=(1.5 + 0.9 * len({w for _, w in table}), 1.2 + 0.9 * len({d for d, _ in table})))
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    faces, hatches = {"yes": "#3a7d44", "no": "#dddddd", "open": "white"}, {"yes": None, "no": "//", "open": None}
    for (depth, width), entry in table.items():
        word = _word(entry)
        axes.add_patch(Rectangle((width - 0.5, depth - 0.5), 1, 1, edgecolor="black", facecolor=faces[word], hatch=hatches[word]))
        axes.text(width, depth, word, ha="center", va="center", color="white" if word == "yes" else "black")
    axes.set_xlim(min(w for _, w in table) - 0.5, max(w for _, w in table) + 0.5)
    axes.set_ylim(max(d for d, _ in table) + 0.5, min(d for d, _ in table) - 0.5)
    axes.set_xticks(sorted({w for _, w in table}))
    axes.set_yticks(sorted({d for d, _ in table}))
    axes.set_xlabel("width")
    axes.set_ylabel("depth")
    axes.set_title(f"{Path(spec.file).name} in {spec.format.name}")
    axes.set_aspect("equal")
    figure.tight_layout()
    figure.savefig(path)
