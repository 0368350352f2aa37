"""`fpproof refute`: networks on which the bound on expected pieces fails without one of its assumptions, exactly."""

import argparse
import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fpproof.cli import FAILS, HOLDS, OPEN
from fpproof.cli.options import add_json, count
from fpproof.cli.progress import bar
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.pieces.refutation import Found, Judged, Setting

NAME = "refute"
HELP = "find a network on which the bound on expected pieces fails without one of its assumptions"

NAMES = ("dead", "segment", "reciprocals", "slopes", "none")


def arguments(parser: argparse.ArgumentParser) -> None:
    help = "what is left out: S1-A's dead neurons (dead), or on the segment (segment), or its 1/|D| (reciprocals); S1-B (slopes); none, a control"
    parser.add_argument("assumption", choices=NAMES, help=help)
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="seed of the search (default: 1)")
    parser.add_argument("--draws", metavar="N", type=count, default=20_000, help="networks to draw (default: 20000)")
    parser.add_argument("--level", metavar="D", default="1", help="delta: the noise's size against the bias updates, an expression (default: 1)")
    parser.add_argument("--on", metavar="LO:HI", default="0:1", help="the segment, exact expressions (default: 0:1)")
    parser.add_argument("--constant", metavar="K", default="1", help="slopes: C_B = K; reciprocals: q = K N (default: 1)")
    help = "judge the first step of this run (TOML) instead of searching; 1 if it refutes nothing"
    parser.add_argument("--run", metavar="FILE", type=Path, dest="file", help=help)
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="write the small run as TOML")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Search, or judge one run; 0 if the statement without the assumption is refuted, 1 if a given run does not, 3 if nothing was found."""
    from fpproof.pieces.refutation import judge

    setting = _setting(options)
    if options.file is not None:
        from fpproof.training import read_run

        found = judge(read_run(options.file), setting)
        _print(options, setting, found, {"run": str(options.file)}, [f"run         {options.file}, its first step in exact arithmetic"])
        return HOLDS if found.refutes else FAILS
    searched = _search(options, setting)
    if searched is None:
        text = f"searched    {options.draws} networks, seed {options.seed}: none refutes the statement"
        print(json.dumps({"assumption": setting.assumption, "draws": options.draws, "seed": options.seed, "refuted": None}) if options.json else text)
        return OPEN
    _report(options, setting, searched)
    return HOLDS


def _setting(options: argparse.Namespace) -> "Setting":
    from fpproof.cli.pieces import interval
    from fpproof.formats.expressions import parse_expression
    from fpproof.pieces.refutation import Setting

    segment = interval(options.on)
    if segment.low is None or segment.high is None:
        raise FpproofError(f"--on: expected a finite interval, found {options.on[:40]!r}")
    return Setting(options.assumption, parse_expression(options.level), segment.low, segment.high, parse_expression(options.constant))


def _search(options: argparse.Namespace, setting: "Setting") -> "Found | None":
    from fpproof.pieces.refutation import refute

    with bar("search", "networks") as advance:
        for found in refute(setting, options.seed, options.draws):
            if not isinstance(found, int):
                return found
            advance(found, options.draws)
    return None


def _report(options: argparse.Namespace, setting: "Setting", found: "Found") -> None:
    from fpproof.paths import write_atomically
    from fpproof.training.writing import to_toml

    settings = f"--level {setting.level} --on {setting.low}:{setting.high} --constant {setting.constant}"
    again = f"fpproof refute {setting.assumption} --seed {options.seed} --draws {options.draws} {settings}"
    replay = again
    if options.output is not None:
        replay = f"fpproof refute {setting.assumption} --run {options.output} {settings}"
        write_atomically(options.output, to_toml(found.small.run, [f"found by {again}", f"judged by {replay}"]).encode())
    origin = {"draw": found.draw, "seed": options.seed, "numbers": found.small.size[0], "numbers_drawn": found.drawn.size[0]}
    origin |= {"toml": to_toml(found.small.run), "replay": replay}
    lines = [f"found       at draw {found.draw}, seed {options.seed}; made smaller: {found.small.size[0]} numbers of {found.drawn.size[0]}"]
    lines += _network_lines(found.small)
    _print(options, setting, found.small, origin, lines)
    if not options.json:
        print(f"replay      {replay}")


def _network_lines(found: "Judged") -> list[str]:
    """The run, a line a layer."""
    lines = []
    for number, layer in enumerate(found.run.layers, 1):
        rows = "; ".join(" ".join(map(_text, row)) for row in layer.weights)
        bias = " ".join(_text(b or Fraction(0)) for b in layer.bias)
        lines.append(f"  layer {number}   weights {rows}  bias {bias}  {layer.activation or ''}".rstrip())
    samples = "; ".join(f"{_text(x[0])} -> {_text(y[0])}" for x, y in zip(found.run.x, found.run.y, strict=True))
    return [*lines, f"  data      {samples}  {found.run.reduction} of squares, step {_text(found.run.step)}"]


def _print(options: argparse.Namespace, setting: "Setting", found: "Judged", origin: dict[str, Any], lines: list[str]) -> None:
    from fpproof.pieces.refutation import ASSUMPTIONS

    facts: dict[str, Any] = {
        "assumption": setting.assumption,
        "refuted": found.refutes,
        "updates": [list(map(str, row)) for row in found.updates],
        "C_B": str(found.slope),
        "mean_reciprocal": str(found.reciprocal),
        "bound": str(found.bound),
        "bound_with_zeros": str(found.with_zeros),
        "expected_low": str(found.expected.low),
        "expected_high": str(found.expected.high),
        "not_shown": list(found.broken),
    }
    if options.json:
        print(json.dumps(origin | facts, indent=2))
        return
    print("\n".join([f"left out    {ASSUMPTIONS[setting.assumption]}", *lines]))
    print(f"updates D   {'; '.join(' '.join(map(_text, row)) for row in found.updates)}")
    print(f"constants   C_B = {_text(found.slope)}, mean of 1/|D| = {_text(found.reciprocal)}, delta = {_text(setting.level)}")
    if found.broken:
        print(f"not shown   {'; '.join(found.broken)}")
    else:
        e = found.expected
        enclosed = f"= {_text(e.low)}" if e.exact else f"between {_text(e.low)} and {_text(e.high)}"
        print(f"E pieces    {enclosed}, exactly, over all noise")
        print(f"bound       {_text(found.bound)}; with the zeros of neurons without update {_text(found.with_zeros)}")
    print(f"verdict     {'refuted' if found.refutes else 'not refuted by this run'}: the statement without the assumption")


def _text(r: Fraction) -> str:
    """An exact rational; one with long parts by a decimal near it."""
    text = str(r)
    return text if len(text) <= 24 else f"about {float(r):.9g}"
