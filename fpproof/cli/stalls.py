"""`fpproof stalls`: where gradient descent in a format stands still, for all parameters."""

import argparse
import json
import time
from math import log2
from typing import TYPE_CHECKING, Any

from fpproof.cli import HOLDS, OPEN
from fpproof.cli.options import add_json, count

if TYPE_CHECKING:
    from fpproof.dynamics.problem import Problem
    from fpproof.dynamics.stall_boxes import StallSet
    from fpproof.formats import Format

NAME = "stalls"
HELP = "where gradient descent in a format stands still: all points at which a step changes nothing"

SHOWN = 12


def arguments(parser: argparse.ArgumentParser) -> None:
    from fpproof.cli.dynamics import add_problem

    add_problem(parser)
    parser.add_argument("--step", metavar="ETA", required=True, help="the step size, an exact number such as 1/64; rounded to the format")
    help = "the format of the parameters and of every operation; of a network also binary16:pairwise, bfloat16/binary32 (docs/training.md)"
    parser.add_argument("--format", metavar="F", required=True, help=help)
    parser.add_argument("--from", dest="low", metavar="X", help="the least value of every parameter (default: all floats)")
    parser.add_argument("--to", dest="high", metavar="X", help="the greatest value of every parameter (default: all floats)")
    parser.add_argument("--boxes", metavar="N", type=_boxes, help="boxes of floats to look at (default: 200000; of networks by their size)")
    parser.add_argument("--runs", metavar="N", type=count, default=SHOWN, help=f"boxes that stand still to show (default: {SHOWN}); --json has all")
    add_json(parser)


def _boxes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 10 and 1 <= int(text) <= 10**9):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 1000000000, found {text[:40]!r}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Print the boxes that stand still and how much is undecided; 0, or 3 if something is."""
    from fpproof.cli import dynamics
    from fpproof.cli.progress import bar
    from fpproof.dynamics.stall_boxes import stall_set
    from fpproof.dynamics.stalls import Meaning, format_of
    from fpproof.formats import parse_format, rational
    from fpproof.training import parse_arithmetic

    problem = dynamics.read(options)
    meaning: Meaning = parse_format(options.format) if problem.run is None else parse_arithmetic(options.format)
    F, step = format_of(meaning), dynamics.exact(options.step, "--step")
    most = rational(F.largest)
    low = -most if options.low is None else dynamics.number(options.low, "--from")
    high = most if options.high is None else dynamics.number(options.high, "--to")
    begun = time.monotonic()
    with bar("boxes", "boxes", not options.json) as advance:
        found = stall_set(problem, meaning, step, low, high, options.boxes, advance)
    if options.json:
        print(json.dumps(_facts(problem, F, found), indent=2))
    else:
        _print(problem, F, found, options, (time.monotonic() - begun) / found.looked)
    return HOLDS if not found.undecided else OPEN


def _facts(problem: "Problem", F: "Format", found: "StallSet") -> dict[str, Any]:
    from fpproof.formats import rational

    def ends(box: tuple[tuple[int, int], ...]) -> dict[str, list[str]]:
        return {name: [str(rational(F.from_ordinal(n))) for n in side] for name, side in zip(problem.names, box, strict=True)}

    return {
        "format": F.name,
        "standing": found.standing,
        "moving": found.moving,
        "undecided": found.undecided,
        "looked_at": found.looked,
        "replayed": found.replayed,
        "boxes": [ends(box) for box in found.boxes],
    }


def _print(problem: "Problem", F: "Format", found: "StallSet", options: argparse.Namespace, seconds: float) -> None:
    """`seconds`: of one box, for the forecast."""
    from fpproof.formats.text import decimal, hexadecimal

    print(f"stand still  {_number(found.standing)} of {_number(found.points)} points of {F.name}")
    if found.undecided:
        print(f"undecided    {_number(found.undecided)} after {found.looked} boxes: {_forecast(found.undecided, seconds)}")
        print("             --boxes N looks at more, --from and --to at less")
    if found.replayed:
        print(f"replayed     {found.replayed} points, by exact arithmetic")
    for box in found.boxes[: options.runs]:
        sides = []
        for name, (low, high) in zip(problem.names, box, strict=True):
            first, last = (f"{decimal(F, x)} ({hexadecimal(x)})" for x in (F.from_ordinal(low), F.from_ordinal(high)))
            sides.append(f"{name} = {first}" if low == high else f"{name} from {first} to {last} ({high - low + 1} floats)")
        print("  " + ", ".join(sides))
    if len(found.boxes) > options.runs:
        print(f"  ... {len(found.boxes) - options.runs} more (--runs N shows N)")


def _number(n: int) -> str:
    """A count, in powers of 2 where it has more than 24 digits."""
    return str(n) if n < 10**24 else f"about 2^{log2(n):.1f}"


def _forecast(points: int, seconds: float) -> str:
    """How long it takes at most to look at so many points, one by one."""
    needed = points * max(1, round(seconds * 2**40)) // 2**40
    for unit, size in (("years", 365 * 86400), ("days", 86400), ("hours", 3600), ("minutes", 60)):
        if needed >= 2 * size:
            return f"one by one they take {f'some {needed // size}' if needed < 10**6 * size else 'more than a million'} {unit}"
    return f"one by one they take some {max(1, needed)} seconds"
