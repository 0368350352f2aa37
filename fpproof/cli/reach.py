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
HELP = "count the pairs of floats between which one, two and three multiplications lead, in formats of up to 16 bits; or of significands"

Row = tuple[str, ...]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("formats", metavar="F,...", nargs="?", help="formats, such as 'F(2,4),E5M2,bfloat16'")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--to-one", action="store_true", help="count just the floats that no two carry to 1, in formats of up to 32 bits")
    kind.add_argument("--significands", metavar="P:P", help="count pairs of significands instead, for fraction bits such as 1:10, of at most 12")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    from fpproof.errors import FpproofError
    from fpproof.formats import parse_format, split_list

    if (options.formats is None) == (options.significands is None):
        raise FpproofError("expected formats, or --significands and no format", hint="fpproof reach 'F(2,4),E5M2', fpproof reach --significands 1:10")
    if options.significands is not None:
        return _by_significands(options.significands, options.json)
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


def _by_significands(text: str, as_json: bool) -> int:
    """One row for each number of fraction bits."""
    from fpproof.constructions import significand_pairs
    from fpproof.errors import FpproofError

    first, _, last = text.partition(":")
    if not (first.isdecimal() and (last or first).isdecimal() and len(text) < 10 and 1 <= int(first) <= int(last or first) <= 12):
        raise FpproofError(f"--significands: expected a number of fraction bits from 1 to 12, or two with a colon, such as 1:10; found {text[:20]!r}")
    counts = {p: significand_pairs(p) for p in range(int(first), int(last or first) + 1)}
    if as_json:
        print(json.dumps([{"p": p, "pairs": pairs, "not_by_1": missed} for p, (missed, pairs) in counts.items()], indent=2))
    else:
        _print([("p", "pairs", "not by 1", "share"), *((str(p), str(n), str(m), f"{100 * m / n:.1f} %") for p, (m, n) in counts.items())])
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
