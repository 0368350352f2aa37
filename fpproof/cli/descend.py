"""`fpproof descend`: gradient descent in several arithmetics, and its distance to the flow."""

import argparse
import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fpproof.cli import HOLDS, OPEN
from fpproof.cli.options import add_json, count
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.dynamics.descent import Descent, Distances
    from fpproof.dynamics.problem import Problem

NAME = "descend"
HELP = "gradient descent in exact, enclosed or rounded arithmetic, and its distance to the flow"

SHOWN_PARAMETERS = 4


def arguments(parser: argparse.ArgumentParser) -> None:
    from fpproof.cli.dynamics import add_problem

    add_problem(parser)
    help = "the step size, an exact number such as 1/128; or several, separated by commas"
    parser.add_argument("--step", metavar="ETA[,ETA...]", required=True, help=help)
    parser.add_argument("--steps", metavar="N", type=count, help="number of steps (default: up to --until)")
    parser.add_argument("--until", metavar="T", help="the time up to which steps are made (default: 1, if --steps is not given)")
    help = "exact, enclosed, formats (binary16, E4M3FN), numpy:float32, torch:float32; separated by commas (default: enclosed)"
    parser.add_argument("--arithmetic", metavar="A[,A...]", default="enclosed", help=help)
    parser.add_argument("--against-flow", action="store_true", help="enclose the flow, and the distance to it at every step")
    help = "loss, |gradient|, |theta|, their product, and |theta - theta_0|/sqrt(t (f_0 - f)), after 0, 1, 2, 4, ... steps"
    parser.add_argument("--audit", action="store_true", help=help)
    parser.add_argument("--precision", metavar="R", default="1e-9", help="radius of the flow's enclosure (default: 1e-9)")
    parser.add_argument("--parameters", metavar="N", type=count, default=SHOWN_PARAMETERS, help=f"parameters to show (default: {SHOWN_PARAMETERS})")
    parser.add_argument("--iterates", action="store_true", help="every iterate: with --json, exactly")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    from fpproof.cli import dynamics
    from fpproof.dynamics.descent import Descent
    from fpproof.formats import split_list

    problem = dynamics.read(options)
    sizes = [dynamics.exact(text, "--step") for text in options.step.split(",")]
    names = split_list(options.arithmetic)
    if not names:
        raise FpproofError("--arithmetic names none")
    precision = dynamics.exact(options.precision, "--precision")
    runs = [Descent(problem, step, name, _steps(options, step)) for step in sizes for name in names]
    if options.audit:
        return _audit(runs, options)
    return _against_flow(problem, runs, precision, options) if options.against_flow else _alone(problem, runs, options)


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


def _against_flow(problem: "Problem", runs: "list[Descent]", precision: Fraction, options: argparse.Namespace) -> int:
    from tabulate import tabulate

    from fpproof.cli.dynamics import interval, shown
    from fpproof.cli.progress import bar
    from fpproof.dynamics.balls import working
    from fpproof.dynamics.descent import against_flow
    from fpproof.dynamics.flow import flow

    until = max(run.step * run.steps for run in runs)
    with bar("flow", "time") as advance:
        found = flow(problem, until, precision, progress=lambda done, total: advance(round(done * 1000 / total), 1000))
    results = [against_flow(run, found, options.iterates) for run in runs]
    complete = found.reason is None and all(r.steps == run.steps for run, r in zip(runs, results, strict=True))
    several = len({run.step for run in runs}) > 1
    with working(found.bits):
        if options.json:
            print(json.dumps([_facts(problem, run, r, found.reason) for run, r in zip(runs, results, strict=True)], indent=2))
        else:
            rows = [
                (*([str(run.step)] if several else []), r.arithmetic, r.steps, shown(r.largest), r.at, shown(r.last), _remark(r, run.steps))
                for run, r in zip(runs, results, strict=True)
            ]
            headers = (*(["eta"] if several else []), "arithmetic", "steps", "largest distance", "at step", "last distance", "")
            print(tabulate(rows, headers, tablefmt="plain", disable_numparse=True))
            if found.reason:
                print(f"the flow is enclosed up to {float(found.end):.6g} only: {found.reason}")
            for r in results:
                for k, d in enumerate(r.all):
                    print(f"{r.arithmetic}  step {k}  {interval(d, 10)}")
    return HOLDS if complete else OPEN


def _audit(runs: "list[Descent]", options: argparse.Namespace) -> int:
    import numpy as np
    from tabulate import tabulate

    from fpproof.cli.dynamics import interval, shown
    from fpproof.dynamics.audit import audit
    from fpproof.dynamics.balls import working

    columns = ("loss", "gradient", "norm", "product", "ratio")
    facts, complete = [], True
    for run in runs:
        with np.errstate(all="ignore"), working(256):
            rows = list(audit(run))
            complete &= run.stopped is None
            if options.json:
                values = [{name: _bounds(getattr(row, name), interval) for name in columns} for row in rows]
                entries = [{"step": row.step, **value} for row, value in zip(rows, values, strict=True)]
                about = {"arithmetic": run.arithmetic, "step": str(run.step), "stalled_at": run.stalled, "stopped": run.stopped}
                facts.append({**about, "rows": entries})
                continue
            print(f"{run.arithmetic}, eta = {run.step}  {_ended(run.stopped, run.stalled)}".rstrip())
            table = [(row.step, *(shown(getattr(row, name)) if getattr(row, name).is_finite() else "-" for name in columns)) for row in rows]
            headers = ("step", "loss", "|gradient|", "|theta|", "|theta| |gradient|", "moved/bound")
            print(tabulate(table, headers, tablefmt="plain", disable_numparse=True))
    if options.json:
        print(json.dumps(facts, indent=2))
    return HOLDS if complete else OPEN


def _bounds(x: Any, interval: Any) -> list[str] | None:
    return interval(x, 12) if x.is_finite() else None


def _ended(stopped: str | None, stalled: int | None) -> str:
    return stopped or (f"stands still from step {stalled} on" if stalled is not None else "")


def _remark(r: "Distances", steps: int) -> str:
    if r.stalled is not None:
        return _ended(None, r.stalled)
    return r.stopped or ("" if r.steps == steps else "ends with the flow")


def _facts(problem: "Problem", run: "Descent", r: "Distances", reason: str | None) -> dict[str, Any]:
    from fpproof.cli.dynamics import interval

    facts: dict[str, Any] = {
        "arithmetic": r.arithmetic,
        "step": str(run.step),
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


def _alone(problem: "Problem", runs: "list[Descent]", options: argparse.Namespace) -> int:
    import numpy as np

    from fpproof.dynamics.balls import working

    facts = []
    complete = True
    for descent in runs:
        with np.errstate(all="ignore"), working(256):
            points = list(descent.points()) if options.iterates else _last(descent)
        made = len(points) - 1 if options.iterates else points.pop()
        complete &= descent.stopped is None
        about = {"arithmetic": descent.arithmetic, "step": str(descent.step)}
        entry: dict[str, Any] = {**about, "steps": made, "stalled_at": descent.stalled, "stopped": descent.stopped}
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
    size = f" of {entry['step']}" if "," in options.step else ""
    print(f"{entry['arithmetic']}  {entry['steps']} steps{size}  {_ended(entry['stopped'], entry['stalled_at'])}".rstrip())
    rows = entry.get("iterates", [list(entry["parameters"].values())])
    names = list(entry["parameters"])[: options.parameters]
    for k, row in enumerate(rows):
        step = k if "iterates" in entry else entry["steps"]
        print(f"  step {step}  " + "  ".join(f"{name} = {_short(value)}" for name, value in zip(names, row, strict=False)))


def _short(value: Any) -> str:
    text = "infinite or NaN" if value is None else f"[{', '.join(value)}]" if isinstance(value, list) else str(value)
    return text if len(text) <= 80 else f"{text[:36]}... ({len(text)} characters; --json shows all)"
