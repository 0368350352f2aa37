"""`fpproof reach`: which floats one, two and three rounded multiplications carry to which."""

import argparse
import json
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

from fpproof.cli import HOLDS
from fpproof.cli.options import add_json
from fpproof.cli.progress import bar

if TYPE_CHECKING:
    from fpproof.constructions import Reachability, ToOne
    from fpproof.formats import Format

NAME = "reach"
HELP = "count the pairs of floats between which one, two and three multiplications lead, in formats of up to 16 bits"

Row = tuple[str, ...]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("formats", metavar="F,...", help="formats, such as 'F(2,4),E5M2,bfloat16'")
    parser.add_argument("--to-one", action="store_true", help="count just the floats that no two carry to 1, in formats of up to 32 bits")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    from fpproof.formats import parse_format, split_list

    rows: list[Row] = [_HEADS[options.to_one]]
    facts = []
    for F in [parse_format(text) for text in split_list(options.formats)]:
        row, found = (_to_one if options.to_one else _pairs)(F)
        rows.append(row)
        facts.append(found)
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        _print(rows)
    return HOLDS


_HEADS: dict[bool, Row] = {
    False: ("format", "pairs (h, g)", "not by 1", "not by 2", "not by 3", "h not to 1 by 2"),
    True: ("format", "floats h", "searched", "h not to 1 by 2", "the least"),
}


def _print(rows: Sequence[Row]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("   ".join([row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))]).rstrip())


def _pairs(F: "Format") -> tuple[Row, dict[str, Any]]:
    from fpproof.constructions import reachability
    from fpproof.formats.text import hexadecimal

    start = perf_counter()
    with bar("reach") as advance:
        r: Reachability = reachability(F, advance)
    facts = {
        "format": F.name,
        "pairs": r.pairs,
        "unreachable": list(r.unreachable),
        "examples": [None if pair is None else [hexadecimal(x) for x in pair] for pair in r.examples],
        "not_to_one_by_two": r.to_one,
        "seconds": round(perf_counter() - start, 3),
    }
    return (F.name, str(r.pairs), *map(str, r.unreachable), str(r.to_one)), facts


def _to_one(F: "Format") -> tuple[Row, dict[str, Any]]:
    from fpproof.constructions import to_one
    from fpproof.formats.text import hexadecimal

    start = perf_counter()
    with bar("reach", "floats") as advance:
        r: ToOne = to_one(F, advance)
    unreached = [hexadecimal(h) for h in r.unreached]
    facts = {
        "format": F.name,
        "floats": r.floats,
        "searched": r.searched,
        "not_to_one_by_two": unreached,
        "seconds": round(perf_counter() - start, 3),
    }
    return (F.name, str(r.floats), str(r.searched), str(len(unreached)), unreached[0] if unreached else "none"), facts
