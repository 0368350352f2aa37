"""`fpproof descend`: gradient descent in several arithmetics, and its distance to the flow."""

import argparse
import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fpproof.cli import HOLDS, OPEN
from fpproof.cli.options import add_json, count
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.dynamics.descent import Distances
    from fpproof.dynamics.problem import Problem

NAME = "descend"
HELP = "gradient descent in exact, enclosed or rounded arithmetic, and its distance to the flow"

SHOWN_PARAMETERS = 4


def arguments(parser: argparse.ArgumentParser) -> None:
    from fpproof.cli.dynamics import add_problem

    add_problem(parser)
    parser.add_argument("--step", metavar="ETA", required=True, help="the step size, an exact number such as 1/128")
    parser.add_argument("--steps", metavar="N", type=count, help="number of steps (default: up to --until)")
    parser.add_argument("--until", metavar="T", help="the time up to which steps are made (default: 1, if --steps is not given)")
    help = "exact, enclosed, formats (binary16, E4M3FN), numpy:float32, torch:float32; separated by commas (default: enclosed)"
    parser.add_argument("--arithmetic", metavar="A[,A...]", default="enclosed", help=help)
    parser.add_argument("--against-flow", action="store_true", help="enclose the flow, and the distance to it at every step")
    parser.add_argument("--precision", metavar="R", default="1e-9", help="radius of the flow's enclosure (default: 1e-9)")
    parser.add_argument("--parameters", metavar="N", type=count, default=SHOWN_PARAMETERS, help=f"parameters to show (default: {SHOWN_PARAMETERS})")
    parser.add_argument("--iterates", action="store_true", help="every iterate: with --json, exactly")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    from fpproof.cli import dynamics

    problem = dynamics.read(options)
    step = dynamics.exact(options.step, "--step")
    steps = _steps(options, step)
    names = [text.strip() for text in _split(options.arithmetic)]
    if options.against_flow:
        return _against_flow(problem, step, steps, names, options)
    return _alone(problem, step, steps, names, options)


def _split(text: str) -> list[str]:
    """At commas outside of brackets: F(3,4) is one name."""
    import re

    return re.split(r",(?![^()]*\))", text)


def _steps(options: argparse.Namespace, step: Fraction) -> int:
    from fpproof.cli import dynamics
    from fpproof.dynamics.descent import MOST_STEPS

    if options.steps is not None:
        if options.until is not None:
            raise FpproofError("--steps and --until exclude each other")
        return int(options.steps)
    steps = (dynamics.time(options.until, "--until") if options.until else Fraction(1)) // step
    if steps > MOST_STEPS:
        raise FpproofError(f"--until: {steps} steps of {step}; at most {MOST_STEPS} are made")
    return int(steps)


def _against_flow(problem: "Problem", step: Fraction, steps: int, names: list[str], options: argparse.Namespace) -> int:
    from tabulate import tabulate

    from fpproof.cli import dynamics
    from fpproof.cli.dynamics import interval, shown
    from fpproof.cli.progress import bar
    from fpproof.dynamics.balls import working
    from fpproof.dynamics.descent import Descent, against_flow
    from fpproof.dynamics.flow import flow

    until = step * steps
    with bar("flow", "time") as advance:
        found = flow(
            problem, until, dynamics.exact(options.precision, "--precision"), progress=lambda done, total: advance(round(done * 1000 / total), 1000)
        )
    results = [against_flow(Descent(problem, step, name, steps), found, options.iterates) for name in names]
    complete = found.reason is None and all(r.steps == steps for r in results)
    with working(found.bits):
        if options.json:
            print(json.dumps([_facts(problem, r, found.reason) for r in results], indent=2))
        else:
            rows = [(r.arithmetic, r.steps, shown(r.largest), r.at, shown(r.last), _remark(r, steps)) for r in results]
            headers = ("arithmetic", "steps", "largest distance", "at step", "last distance", "")
            print(tabulate(rows, headers, tablefmt="plain", disable_numparse=True))
            if found.reason:
                print(f"the flow is enclosed up to {float(found.end):.6g} only: {found.reason}")
            for r in results:
                for k, d in enumerate(r.all):
                    print(f"{r.arithmetic}  step {k}  {interval(d, 10)}")
    return HOLDS if complete else OPEN


def _remark(r: "Distances", steps: int) -> str:
    if r.stalled is not None:
        return f"stands still from step {r.stalled} on"
    return r.stopped or ("" if r.steps == steps else "ends with the flow")


def _facts(problem: "Problem", r: "Distances", reason: str | None) -> dict[str, Any]:
    from fpproof.cli.dynamics import interval

    facts: dict[str, Any] = {
        "arithmetic": r.arithmetic,
        "steps": r.steps,
        "largest_distance": interval(r.largest, 12),
        "at_step": r.at,
        "last_distance": interval(r.last, 12),
        "stalled_at": r.stalled,
        "stopped": r.stopped,
        "flow_stopped": reason,
        "parameters": dict(zip(problem.names, map(_number, r.final), strict=True)),
    }
    if r.all:
        facts["distances"] = [interval(d, 12) for d in r.all]
    return facts


def _number(x: Any) -> Any:
    """An exact text, or the bounds of a ball."""
    from fpproof.cli.dynamics import interval

    return interval(x, 20) if hasattr(x, "rad") else None if x is None else str(x)


def _alone(problem: "Problem", step: Fraction, steps: int, names: list[str], options: argparse.Namespace) -> int:
    import numpy as np

    from fpproof.dynamics.balls import working
    from fpproof.dynamics.descent import Descent

    facts = []
    complete = True
    for name in names:
        descent = Descent(problem, step, name, steps)
        with np.errstate(all="ignore"), working(256):
            points = list(descent.points()) if options.iterates else _last(descent)
        made = len(points) - 1 if options.iterates else points.pop()
        complete &= descent.stopped is None
        entry: dict[str, Any] = {"arithmetic": name, "steps": made, "stalled_at": descent.stalled, "stopped": descent.stopped}
        entry["parameters"] = dict(zip(problem.names, map(_number, points[-1]), strict=True))
        if options.iterates:
            entry["iterates"] = [list(map(_number, point)) for point in points]
        facts.append(entry)
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        for entry in facts:
            _print(entry, options)
    return HOLDS if complete else OPEN


def _last(descent: Any) -> list[Any]:
    """The last point, and how many steps led there."""
    last, made = None, -1
    for point in descent.points():
        last, made = point, made + 1
    return [last, made]


def _print(entry: dict[str, Any], options: argparse.Namespace) -> None:
    remark = entry["stopped"] or (f"stands still from step {entry['stalled_at']} on" if entry["stalled_at"] is not None else "")
    print(f"{entry['arithmetic']}  {entry['steps']} steps  {remark}".rstrip())
    rows = entry.get("iterates", [list(entry["parameters"].values())])
    names = list(entry["parameters"])[: options.parameters]
    for k, row in enumerate(rows):
        step = k if "iterates" in entry else entry["steps"]
        print(f"  step {step}  " + "  ".join(f"{name} = {_short(value)}" for name, value in zip(names, row, strict=False)))


def _short(value: Any) -> str:
    text = f"[{', '.join(value)}]" if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else f"{text[:36]}... ({len(text)} characters; --json shows all)"
