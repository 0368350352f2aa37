"""`fpproof stalls`: where gradient descent in a format stands still, for all parameters."""

import argparse
import json
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
    parser.add_argument("--format", metavar="F", required=True, help="the format of the parameters and of every operation")
    parser.add_argument("--from", dest="low", metavar="X", help="the least value of every parameter (default: all floats)")
    parser.add_argument("--to", dest="high", metavar="X", help="the greatest value of every parameter (default: all floats)")
    parser.add_argument("--boxes", metavar="N", type=count, help="boxes of floats to look at (default: 200000)")
    parser.add_argument("--runs", metavar="N", type=count, default=SHOWN, help=f"boxes that stand still to show (default: {SHOWN}); --json has all")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    from fpproof.cli import dynamics
    from fpproof.dynamics.stall_boxes import MOST_BOXES, stall_set
    from fpproof.formats import parse_format, rational

    problem = dynamics.read(options)
    F, step = parse_format(options.format), dynamics.exact(options.step, "--step")
    most = rational(F.largest)
    low = -most if options.low is None else dynamics.number(options.low, "--from")
    high = most if options.high is None else dynamics.number(options.high, "--to")
    found = stall_set(problem, F, step, low, high, options.boxes or MOST_BOXES)
    if options.json:
        print(json.dumps(_facts(problem, F, found), indent=2))
    else:
        _print(problem, F, found, options)
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
        "boxes": [ends(box) for box in found.boxes],
    }


def _print(problem: "Problem", F: "Format", found: "StallSet", options: argparse.Namespace) -> None:
    from fpproof.formats.text import decimal, hexadecimal

    total = found.standing + found.moving + found.undecided
    print(f"stand still  {found.standing} of {total} points of {F.name}")
    if found.undecided:
        print(f"undecided    {found.undecided}: --boxes N looks at more, --from and --to at less")
    for box in found.boxes[: options.runs]:
        sides = []
        for name, (low, high) in zip(problem.names, box, strict=True):
            first, last = (f"{decimal(F, x)} ({hexadecimal(x)})" for x in (F.from_ordinal(low), F.from_ordinal(high)))
            sides.append(f"{name} = {first}" if low == high else f"{name} from {first} to {last} ({high - low + 1} floats)")
        print("  " + ", ".join(sides))
    if len(found.boxes) > options.runs:
        print(f"  ... {len(found.boxes) - options.runs} more (--runs N shows N)")
