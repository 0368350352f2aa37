"""`fpproof stagnation`: which steps leave a weight of a format where it is, for every weight."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from fpproof.cli import HOLDS
from fpproof.cli.options import add_json

if TYPE_CHECKING:
    from fpproof.formats import Datum, Format

NAME = "stagnation"
HELP = "which steps u leave a weight w where it is, w (-) u = w, for all weights of a format"

SHOWN = 24


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", metavar="F", required=True, help="the format of weights and steps")
    parser.add_argument("--at", metavar="W", help="one weight instead of all: the exact interval of its steps")
    parser.add_argument("--all", action="store_true", help="all binades, where there are many")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the interval of a weight, or a row a binade; 0."""
    from fpproof.formats import parse_format

    F = parse_format(options.format)
    return _one(options, F) if options.at is not None else _all(options, F)


def _one(options: argparse.Namespace, F: "Format") -> int:
    from fpproof.formats.text import both, hexadecimal, read_float
    from fpproof.training.stagnation import unmoved

    w = read_float(F, options.at)
    if w[1] is None:
        from fpproof.errors import NumberError

        raise NumberError(f"--at: expected a finite weight, found {options.at[:40]!r}")
    steps = unmoved(F, w)
    least, greatest = steps.floats(F)
    ends = ["-inf" if steps.low is None else str(steps.low), "inf" if steps.high is None else str(steps.high)]
    if options.json:
        facts = {"format": F.name, "weight": hexadecimal(w), "low": ends[0], "high": ends[1], "closed": steps.closed}
        print(json.dumps(facts | {"least_float": hexadecimal(least), "greatest_float": hexadecimal(greatest)}, indent=2))
        return HOLDS
    brackets = "[]" if steps.closed else "()"
    print(f"weight    {both(F, w)} of {F.name}, significand {'even' if steps.closed else 'odd'}")
    print(f"unmoved   by w (-) u for u in {brackets[0]}{ends[0]}, {ends[1]}{brackets[1]}")
    print(f"floats u  {both(F, least)} to {both(F, greatest)}")
    return HOLDS


def _all(options: argparse.Namespace, F: "Format") -> int:
    from tabulate import tabulate

    from fpproof.formats.text import hexadecimal
    from fpproof.training.stagnation import binades

    rows = list(binades(F))

    def text(x: "Datum | None") -> str:
        return "" if x is None else hexadecimal(x)

    facts: list[dict[str, Any]] = [
        {
            "exponent": row.exponent,
            "power_inward": None if row.power is None else hexadecimal(row.power[0]),
            "power_outward": None if row.power is None else hexadecimal(row.power[1]),
            "even": None if row.even is None else hexadecimal(row.even),
            "odd": None if row.odd is None else hexadecimal(row.odd),
        }
        for row in rows
    ]
    if options.json:
        print(json.dumps({"format": F.name, "binades": facts}, indent=2))
        return HOLDS
    shown = rows if options.all or len(rows) <= SHOWN else [*rows[: SHOWN // 2], *rows[-SHOWN // 2 :]]
    table = [
        (
            f"2^{row.exponent}" if row.exponent >= F.emin else "subnormal",
            *(text(x) for x in (row.power or (None, None))),
            text(row.even),
            text(row.odd),
        )
        for row in shown
    ]
    print(f"greatest floats u of {F.name} with w (-) u = w; those of -w are the same, mirrored")
    headers = ("weights from", "at the power, inwards", "outwards", "even weights, either way", "odd weights")
    print(tabulate(table, headers, tablefmt="plain", disable_numparse=True))
    if len(shown) < len(rows):
        print(f"... {len(rows) - len(shown)} binades between the first and the last {SHOWN // 2} (--all shows them)")
    return HOLDS
