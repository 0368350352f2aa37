"""`fpproof flow`: the gradient flow of a loss, enclosed."""

import argparse
import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fpproof.cli import HOLDS, OPEN
from fpproof.cli.options import add_json, count

if TYPE_CHECKING:
    from fpproof.dynamics.flow import Flow, State

NAME = "flow"
HELP = "enclose the gradient flow of a loss: parameters, loss, norm and gradient at given times"

SHOWN_PARAMETERS = 8


def arguments(parser: argparse.ArgumentParser) -> None:
    from fpproof.cli.dynamics import add_problem

    add_problem(parser)
    parser.add_argument("--until", metavar="T", help="the last time, an exact number (default: the last of --at, or 1)")
    parser.add_argument("--at", metavar="T[,T...]", help="times to show (default: eight equal steps)")
    parser.add_argument("--precision", metavar="R", default="1e-9", help="radius of the ball around all parameters (default: 1e-9)")
    parser.add_argument("--bound", metavar="R", default="1", help="stop when the radius would pass this (default: 1)")
    parser.add_argument("--curvature", action="store_true", help="also the smallest eigenvalue of the Hessian, and the length of the path")
    parser.add_argument("--end-to-end", action="store_true", help="of a linear network: the product of its matrices, and that balance is conserved")
    parser.add_argument("--audit", action="store_true", help="also |theta| |gradient|, and |theta - theta_0|/sqrt(t (f_0 - f)), at most 1")
    parser.add_argument("--parameters", metavar="N", type=count, default=SHOWN_PARAMETERS, help=f"parameters to show (default: {SHOWN_PARAMETERS})")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    from fpproof.cli import dynamics
    from fpproof.cli.progress import bar
    from fpproof.dynamics.flow import flow

    problem = dynamics.read(options)
    if options.end_to_end:
        from fpproof.dynamics.linear import matrices

        matrices(problem, problem.start)
    asked = dynamics.times(options.at) if options.at else None
    until = dynamics.time(options.until, "--until") if options.until else asked[-1] if asked else Fraction(1)
    shown = asked if asked is not None else [until * k / 8 for k in range(1, 9)]
    until = max(until, shown[-1])
    precision = dynamics.exact(options.precision, "--precision")
    with bar("flow", "time") as advance:
        bound = dynamics.exact(options.bound, "--bound")
        found = flow(problem, until, precision, bound, shown, lambda done, total: advance(round(done * 1000 / total), 1000))
    states = [found.at(t) for t in shown if t <= found.end]
    digits = max(12, _decades(precision) + 8)
    facts = [_facts(found, state, digits, options) for state in states]
    missing: list[dict[str, Any]] = [{"t": str(t), "reason": found.reason or "the precision was not reached"} for t in shown if t > found.end]
    sharp = all(float(state.radius) <= float(precision) for state in states)
    if options.json:
        print(json.dumps(facts + missing, indent=2))
    else:
        _print(found, states, options)
        for entry in missing:
            print(f"t = {entry['t']}: not enclosed; the flow is enclosed up to {float(found.end):.6g}: {entry['reason']}")
        if not sharp:
            print(f"radii are not all below {options.precision}")
    return HOLDS if sharp and not missing else OPEN


def _decades(precision: Fraction) -> int:
    return max(0, len(str(precision.denominator // precision.numerator)))


def _facts(found: "Flow", state: "State", digits: int, options: argparse.Namespace) -> dict[str, Any]:
    from fpproof.cli.dynamics import interval
    from fpproof.dynamics.balls import working

    with working(found.bits):
        facts: dict[str, Any] = {
            "t": str(state.t),
            "parameters": {name: interval(x, digits) for name, x in zip(found.problem.names, state.parameters, strict=True)},
            "loss": interval(state.loss, digits),
            "norm": interval(state.norm, digits),
            "gradient_norm": interval(state.gradient_norm, digits),
            "radius": interval(state.radius, 3)[1],
        }
        product, ratio = found.audit(state.t)
        facts["norm_times_gradient"] = interval(product, digits)
        facts["moved_by_bound"] = interval(ratio, digits) if ratio.is_finite() else None
        if options.curvature:
            facts["smallest_eigenvalue"] = interval(found.smallest_eigenvalue(state.t), digits)
            facts["length"] = interval(found.length(state.t), 6)
        if options.end_to_end:
            from fpproof.dynamics.linear import audit

            linear = audit(found.problem, found.at(Fraction(0)), state)
            facts["end_to_end"] = [[interval(x, digits) for x in row] for row in linear.end_to_end]
            for name in ("unbalance", "conserved", "power_law"):
                facts[name] = interval(getattr(linear, name), 3)[1]
    return facts


def _print(found: "Flow", states: "list[State]", options: argparse.Namespace) -> None:
    from tabulate import tabulate

    from fpproof.cli.dynamics import brief, shown
    from fpproof.dynamics.balls import working

    names = found.problem.names[: options.parameters]
    headers = ["t", *names, "loss", "norm", "|gradient|", "radius"]
    if options.curvature:
        headers += ["smallest eigenvalue", "length"]
    if options.audit:
        headers += ["|theta| |gradient|", "moved/bound"]
    with working(found.bits):
        rows = []
        for state in states:
            row = [str(state.t), *(shown(x) for x in state.parameters[: len(names)])]
            row += [shown(state.loss), shown(state.norm), shown(state.gradient_norm), brief(state.radius)]
            if options.curvature:
                row += [shown(found.smallest_eigenvalue(state.t)), shown(found.length(state.t))]
            if options.audit:
                row += map(shown, found.audit(state.t))
            rows.append(row)
    print(tabulate(rows, headers, tablefmt="plain", disable_numparse=True))
    hidden = found.problem.dimension - len(names)
    if hidden > 0:
        print(f"... {hidden} more parameters (--parameters N shows N)")
    if options.end_to_end:
        with working(found.bits):
            _print_linear(found, states)


def _print_linear(found: "Flow", states: "list[State]") -> None:
    from fpproof.cli.dynamics import brief, shown
    from fpproof.dynamics.linear import audit

    for state in states:
        linear = audit(found.problem, found.at(Fraction(0)), state)
        rows = "; ".join("  ".join(shown(x) for x in row) for row in linear.end_to_end)
        print(f"t = {state.t}  end to end {rows}")
        sizes = f"unbalance {brief(linear.unbalance)}, changed by {brief(linear.conserved)}, (W_n W_n')^n - W W' {brief(linear.power_law)}"
        print(f"  at most: {sizes}")
