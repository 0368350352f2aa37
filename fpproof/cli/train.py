"""`fpproof train`: one description of a training run, computed in several arithmetics side by side."""

import argparse
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fpproof.cli import FAILS, HOLDS, OPEN
from fpproof.cli.options import add_jobs, add_json, count
from fpproof.cli.pieces import add_distribution
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.cli.train_table import Table
    from fpproof.pieces import Segment
    from fpproof.training import Run

NAME = "train"
HELP = "run a training run in several arithmetics, side by side"

def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", type=Path, help="TOML: layers, data, loss, step (docs/training.md)")
    parser.add_argument("--arithmetic", metavar="A[,A...]", help="exact, binary16, bfloat16/binary32, binary16:fma, ... (default: the spec's)")
    parser.add_argument("--steps", metavar="N", help="steps, instead of the spec's")
    parser.add_argument("--step", metavar="R", help="step size, instead of the spec's; an expression")
    parser.add_argument("--pieces", action="store_true", help="count the pieces and regions at every shown step")
    parser.add_argument("--on", metavar="LO:HI", help="the interval of --pieces, --audit and --noise (default: the least with 0, 1 and all x)")
    parser.add_argument("--audit", action="store_true", help="what S1-A and S1-B come to at every shown step; 1 if a neuron breaks S1-A")
    parser.add_argument("--noise", metavar="D", help="relative noise of level D on the bias updates of every shown step, against the bound")
    add_distribution(parser)
    parser.add_argument("--draws", metavar="N", type=count, default=100, help="draws of the noise (default: 100)")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="its seed (default: 1)")
    parser.add_argument("--every", metavar="N", type=count, default=1, help="show every N-th step, and the last (default: 1)")
    parser.add_argument("--bits", metavar="N", type=count, default=200_000, help="bits at which an exact run stops (default: 200000)")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="write the last parameters of every run as JSON, exactly")
    help = "keep where the runs stand in FILE, and go on from there if it is there; written every ten seconds, at the end, and when interrupted"
    parser.add_argument("--checkpoint", metavar="FILE", type=Path, help=help)
    add_jobs(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Run and print; 0, 1 where an audit finds S1-A broken, 3 where the noise was sampled."""
    from fpproof.cli.train_table import Settings, side_by_side
    from fpproof.training import parse_arithmetic

    described = _described(options)
    texts = _texts(options, described)
    for text in texts:
        parse_arithmetic(text)
    settings = Settings(described, _segment(options, described), options, _level(options))
    if not options.json:
        print(f"run       {options.spec}: {described.parameters} parameters, {len(described.x)} samples, {described.steps} steps of {described.step}")
    table = side_by_side(settings, texts)
    report = {"spec": str(options.spec), "parameters": described.parameters, "steps": table.facts, "runs": table.runs()}
    _conclude(options, table, report)
    return _code(options, report)


def _described(options: argparse.Namespace) -> "Run":
    from fpproof.formats.expressions import parse_expression
    from fpproof.training import read_run

    described = read_run(options.spec)
    changes: dict[str, Any] = {}
    if options.steps is not None:
        if not (options.steps.isascii() and options.steps.isdigit() and len(options.steps) < 9):
            raise FpproofError(f"--steps: expected a whole number, found {options.steps[:40]!r}")
        changes["steps"] = int(options.steps)
    if options.step is not None:
        changes["step"] = parse_expression(options.step)
    return replace(described, **changes)


def _texts(options: argparse.Namespace, described: "Run") -> list[str]:
    from fpproof.formats import split_list

    texts = split_list(options.arithmetic) if options.arithmetic else list(described.arithmetics)
    if not texts or len(set(texts)) < len(texts):
        raise FpproofError("--arithmetic: expected different arithmetics, separated by commas", hint="--arithmetic exact,binary16,bfloat16/binary32")
    return texts


def _segment(options: argparse.Namespace, described: "Run") -> "Segment":
    """--on, or the least interval with [0, 1] and all x."""
    from fpproof.cli.pieces import interval
    from fpproof.pieces import Segment

    if options.on is not None:
        return interval(options.on)
    if described.layers[0].inputs != 1 and (options.pieces or options.audit or options.noise is not None):
        raise FpproofError(f"--pieces, --audit, --noise: expected a network of one input, found {described.layers[0].inputs}")
    x = [row[0] for row in described.x]
    return Segment.interval(min(Fraction(0), *x), max(Fraction(1), *x))


def _level(options: argparse.Namespace) -> Fraction | None:
    from fpproof.formats.expressions import parse_expression

    level = None if options.noise is None else parse_expression(options.noise)
    if level is not None and level <= 0:
        raise FpproofError(f"--noise: expected a level above 0, found {options.noise[:40]!r}")
    return level


def _conclude(options: argparse.Namespace, table: "Table", report: dict[str, Any]) -> None:
    if not options.json:
        first = table.texts[0]
        for entry in report["runs"]:
            if entry["stopped"]:
                print(f"stopped   {entry['arithmetic']}: {entry['stopped']}")
            if entry["parts"]:
                p = entry["parts"]
                place = f"layer {p['layer']}, {p['kind']} {','.join(map(str, p['index']))}"
                print(f"parts     {entry['arithmetic']} from {first} at step {p['step']}: {place}")
            if entry["equal"]:
                print(f"equal     {entry['arithmetic']} and {', '.join(entry['equal'])} in every parameter of every step")
    if options.output is not None:
        _write(options.output, table)
    if options.json:
        print(json.dumps(report, indent=2))


def _write(path: Path, table: "Table") -> None:
    from fpproof.paths import write_atomically

    def texts(array: Any) -> Any:
        return None if array is None else array.astype(str).tolist()

    content = [
        {"arithmetic": text, "step": s.step, "weights": list(map(texts, s.exact.weights)), "biases": list(map(texts, s.exact.biases))}
        for text, s in zip(table.texts, table.lasts, strict=True)
        if s is not None
    ]
    write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())


def _code(options: argparse.Namespace, report: dict[str, Any]) -> int:
    audits = [facts["audit"] for facts in report["steps"] if "audit" in facts]
    noises = [facts["noise"] for facts in report["steps"] if "noise" in facts]
    if any(found["breaks"] for found in audits) or not all(found["holds"] for found in noises):
        return FAILS
    return OPEN if noises else HOLDS
