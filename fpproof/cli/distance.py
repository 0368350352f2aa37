"""`fpproof distance`: the step size below which gradient descent stays near the flow, certified."""

import argparse
import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fpproof.cli import FAILS, HOLDS, OPEN
from fpproof.cli.options import add_json, count
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.dynamics.tube import Tube

NAME = "distance"
HELP = "the step size below which gradient descent stays in a tube around the flow, certified"

CELLS = 256


def arguments(parser: argparse.ArgumentParser) -> None:
    from fpproof.cli.dynamics import add_problem

    add_problem(parser)
    parser.add_argument("--until", metavar="T", default="1", help="the time up to which descent is compared (default: 1)")
    parser.add_argument("--tube", metavar="EPS", default="1/16", help="the distance that descent must keep (default: 1/16)")
    parser.add_argument("--step", metavar="ETA", help="ask whether this step size is certified")
    parser.add_argument("--format", metavar="F", help="the same for descent in a format: rounding errors bounded over the tube, and the best step")
    parser.add_argument("--cells", metavar="N", type=count, default=CELLS, help=f"cells of time: more are sharper (default: {CELLS})")
    parser.add_argument("-o", "--output", metavar="FILE", help="write a certificate, which --verify checks")
    parser.add_argument("--verify", action="store_true", help="SPEC is a certificate: check it instead")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    from fpproof.cli import dynamics
    from fpproof.cli.progress import bar
    from fpproof.dynamics.flow import flow
    from fpproof.dynamics.tube import tube

    if options.verify:
        return _verify(options)
    problem = dynamics.read(options)
    until, radius = dynamics.exact(options.until, "--until"), dynamics.exact(options.tube, "--tube")
    step = dynamics.exact(options.step, "--step") if options.step else None
    if until > dynamics.LATEST or radius > dynamics.LATEST:
        raise FpproofError(f"--until, --tube: expected numbers up to {dynamics.LATEST}")
    with bar("flow", "time") as advance:
        found = flow(problem, until, min(radius / 10**6, Fraction(1, 10**9)), progress=lambda done, total: advance(round(done * 1000 / total), 1000))
    if found.reason is not None:
        print(f"open  the flow is enclosed up to {float(found.end):.6g} only: {found.reason}")
        return OPEN
    with bar("tube", "cells") as advance:
        result = tube(found, radius, options.cells, advance)
    if options.output:
        from fpproof.dynamics.certificate import write_certificate

        write_certificate(result, options.output)
    facts = _facts(result, step)
    if options.format:
        facts["format"] = _in_format(result, options.format, step)
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        _print(facts, options)
    holds = facts["certified"] if not options.format or step is None else facts["format"]["certified"]
    return HOLDS if holds is not False else OPEN


def _facts(result: "Tube", step: Fraction | None) -> dict[str, Any]:
    from fpproof.cli.dynamics import interval
    from fpproof.dynamics.balls import working

    bound = result.step()
    with working(result.flow.bits):
        total, rise = result.growth()
        return {
            "until": str(result.until),
            "tube": str(result.radius),
            "beta": interval(result.beta, 10)[1],
            "gamma": interval(result.gamma, 10)[1],
            "largest_m": interval(max((cell.m for cell in result.cells), key=float), 10)[1],
            "integral": interval(total, 10)[1],
            "exponential": interval(rise, 10)[1],
            "cells": len(result.cells),
            "step_bound": str(bound),
            "step_bound_decimal": f"{float(bound):.8g}",
            "step": None if step is None else str(step),
            "certified": None if step is None else step < bound,
        }


def _in_format(result: "Tube", name: str, step: Fraction | None) -> dict[str, Any]:
    from fpproof.cli.dynamics import interval
    from fpproof.dynamics.balls import ball, working
    from fpproof.dynamics.roundoff import predict
    from fpproof.formats import parse_format

    F = parse_format(name)
    prediction = predict(result, F, step)
    with working(result.flow.bits):
        return {
            "format": F.name,
            "best_step": str(prediction.best),
            "steps": {str(eta): interval(d, 6)[1] for eta, d in prediction.distances.items()},
            "certified": None if step is None else bool(prediction.distances[step] < ball(result.radius)),
        }


def _print(facts: dict[str, Any], options: argparse.Namespace) -> None:
    print(f"tube         {facts['tube']} around the flow up to t = {facts['until']}, {facts['cells']} cells")
    print(f"beta         {facts['beta']}   the Hessian's spectral norm, at most")
    print(f"gamma        {facts['gamma']}   the gradient's norm, at most")
    print(f"m            {facts['largest_m']}   -lambda_min, at most")
    print(f"integral     {facts['integral']}   of exp(int m), at most")
    print(f"step         every eta < {facts['step_bound_decimal']} stays in the tube")
    if facts["certified"] is not None:
        print(f"eta          {facts['step']}: {'certified' if facts['certified'] else 'not certified'}")
    if "format" in facts:
        found = facts["format"]
        print(f"in {found['format']:9} the bound of the distance is least at eta = {found['best_step']}")
        for eta, d in found["steps"].items():
            print(f"  eta {eta:12} distance <= {d}")
        if found["certified"] is not None:
            print(f"  eta {facts['step']}: {'certified' if found['certified'] else 'not certified'}")
    if options.output:
        print(f"certificate  {options.output}")


def _verify(options: argparse.Namespace) -> int:
    from fpproof.cli.progress import bar
    from fpproof.dynamics.certificate import check_certificate, read_certificate

    certificate = read_certificate(options.problem)
    with bar("check", "claims") as advance:
        wrong = check_certificate(certificate, advance)
    verdict = "accepted" if wrong is None else "rejected"
    if options.json:
        claims = {"step": str(certificate.step), "tube": str(certificate.tube), "until": str(certificate.until)}
        print(json.dumps({"verdict": verdict, **claims, "wrong": wrong}))
    elif wrong is None:
        print(f"accepted  every eta < {float(certificate.step):.8g} stays within {certificate.tube} of the flow up to t = {certificate.until}")
    else:
        print(f"rejected  {wrong}")
    return HOLDS if wrong is None else FAILS
