"""`fpproof reach`: which floats one, two and three rounded multiplications carry to which."""

import argparse
import json
from time import perf_counter
from typing import TYPE_CHECKING, Any

from fpproof.cli import HOLDS
from fpproof.cli.options import add_json
from fpproof.cli.progress import bar

if TYPE_CHECKING:
    from fpproof.constructions.reachability import Reachability

NAME = "reach"
HELP = "count the pairs of floats between which one, two and three multiplications lead, in formats of up to 16 bits"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("formats", metavar="F,...", help="formats, such as 'F(2,4),E5M2,bfloat16'")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    from fpproof.constructions.reachability import reachability
    from fpproof.formats import parse_format, split_list

    formats = [parse_format(text) for text in split_list(options.formats)]
    found = []
    for F in formats:
        start = perf_counter()
        with bar("reach") as advance:
            found.append((reachability(F, advance), perf_counter() - start))
    if options.json:
        print(json.dumps([_facts(r, seconds) for r, seconds in found], indent=2))
        return HOLDS
    rows: list[tuple[str, ...]] = [("format", "pairs (h, g)", "not by 1", "not by 2", "not by 3", "h not to 1 by 2")]
    rows += [(r.format.name, str(r.pairs), *map(str, r.unreachable), str(r.to_one)) for r, _ in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("   ".join([row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))]))
    return HOLDS


def _facts(r: "Reachability", seconds: float) -> dict[str, Any]:
    from fpproof.formats.text import hexadecimal

    examples = [None if pair is None else [hexadecimal(x) for x in pair] for pair in r.examples]
    return {
        "format": r.format.name,
        "pairs": r.pairs,
        "unreachable": list(r.unreachable),
        "examples": examples,
        "not_to_one_by_two": r.to_one,
        "seconds": round(seconds, 3),
    }
