"""`fpproof divergence`: what the theorems about diverging gradient flows say of an activation, of data, of a loss, of a format."""

import argparse
import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from fpproof.cli import FAILS, HOLDS, OPEN
from fpproof.cli.options import add_json, count
from fpproof.errors import FpproofError

NAME = "divergence"
HELP = "theorems about diverging flows: the class SAD, data sizes, families, growth, critical values, minima of formats"

Facts = dict[str, Any]


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, help: str) -> argparse.ArgumentParser:
        found: argparse.ArgumentParser = actions.add_parser(name, help=help, description=help)
        add_json(found)
        return found

    found = action("class", "is a function sublinear, analytic and definable? with reasons")
    found.add_argument("functions", metavar="EXPRESSION", nargs="*", help="expressions in x (default: the activations of the paper, and controls)")

    found = action("data", "how many data force a positive loss for every network with one hidden layer")
    found.add_argument("--neurons", metavar="M", type=count, required=True)
    found.add_argument("--degree", metavar="Q", type=count, required=True, help="of the polynomial target: 2 or more")
    found.add_argument("--activation", metavar="A", required=True, help="logistic, tanh, swish or softplus")
    found.add_argument("--network", metavar="SPEC", help="a network with data: certify that its own loss is positive")

    found = action("family", "networks whose loss on x^2 tends to 0, with two-sided bounds")
    found.add_argument("--activation", metavar="A", required=True)
    found.add_argument("--at", metavar="B", help="a rational b with psi''(b) != 0, for two neurons (default: the zero of psi' below 0, for one)")
    found.add_argument("--size", metavar="H[,H...]", default="1,1/4,1/1024", help="members to enclose (default: 1,1/4,1/1024)")
    found.add_argument("--data", metavar="X[,X...]", help="data (default: k/4 for k from -4 to 4)")

    found = action("growth", "the growth law of the toy network, for all times after its flow entered a region that no flow leaves")
    found.add_argument("--start", metavar="W,C", default="1,5/2", help="where the flow starts (default: 1,5/2)")
    found.add_argument("--until", metavar="T", default="1", help="how long it is followed, to see it in the region (default: 1)")
    found.add_argument("--at", metavar="T[,T...]", default="1000,100000,10000000", help="later times to enclose (default: 10^3, 10^5, 10^7)")

    found = action("critical", "does a curve show an asymptotic critical value of a loss?")
    found.add_argument("problem", metavar="SPEC", help="TOML file with a loss")
    found.add_argument("--along", metavar="CURVE", required=True, help="the parameters for t -> 0 from the right: 'w = t, c = 2/t**2 + 65/51'")

    found = action("minimum", "the least loss of the toy network over all floats of a format, and where a naive loss freezes")
    found.add_argument("--format", metavar="F", required=True)

    found = action("reversal", "asymptotic over the reals, attained in floats: both halves, for the points of a certificate")
    found.add_argument("certificate", metavar="CERTIFICATE")
    found.add_argument("--target", metavar="P", default="x**2", help="the polynomial (default: x**2)")
    found.add_argument("--activation", metavar="A", default="softplus", help="of the real networks (default: softplus)")
    found.add_argument("--neurons", metavar="M", type=count, default=2, help="of the real networks (default: 2)")


def run(options: argparse.Namespace) -> int:
    actions: dict[str, Callable[[argparse.Namespace], tuple[int, Any, list[str]]]] = {
        "class": _class,
        "data": _data,
        "family": _family,
        "growth": _growth,
        "critical": _critical,
        "minimum": _minimum,
        "reversal": _reversal,
    }
    code, facts, lines = actions[options.action](options)
    print(json.dumps(facts, indent=2) if options.json else "\n".join(lines))
    return code


def _class(options: argparse.Namespace) -> tuple[int, Any, list[str]]:
    from fpproof.dynamics.sad import TABLE, classify

    facts: list[Facts] = []
    lines, code = [], HOLDS
    for text in options.functions or TABLE:
        found = classify(text)
        properties = {name: getattr(found, name) for name in ("sublinear", "analytic", "definable")}
        facts.append({"function": text, "sad": found.sad, **{n: {"holds": p.holds, "reason": p.reason} for n, p in properties.items()}})
        if options.functions:
            code = OPEN if found.sad is None or code == OPEN else FAILS if found.sad is False else code
        lines.append(f"{text:14} {_word(found.sad, 'SAD', 'not SAD')}")
        lines += [f"  {name:10} {_word(p.holds, 'yes', 'no'):5} {p.reason}" for name, p in properties.items()]
    return code, facts, lines


def _word(holds: bool | None, yes: str, no: str) -> str:
    return "open" if holds is None else yes if holds else no


def _data(options: argparse.Namespace) -> tuple[int, Any, list[str]]:
    from fpproof.cli.dynamics import interval
    from fpproof.dynamics.balls import ball, real_balls, working
    from fpproof.dynamics.problem import read_problem
    from fpproof.dynamics.zeros import data_size, most_zeros

    most = most_zeros(options.neurons, options.degree, options.activation)
    size = data_size(options.neurons, options.degree, options.activation)
    facts: Facts = {"most_zeros": most, "data_size": size}
    networks = f"every network of {options.neurons} {options.activation} neurons"
    lines = [f"zeros of N - p  at most {most}, for {networks} and every p of degree {options.degree}"]
    lines.append(f"data size       {size} different points: the loss is positive for every network")
    if options.network is None:
        return HOLDS, facts, lines
    problem = read_problem(options.network)
    with working(300):
        loss = problem.value.run(real_balls(), [ball(v) for v in problem.start])[0]
        positive = bool(loss > 0)
        facts |= {"loss": interval(loss, 12), "positive": positive}
        lines.append(f"network         loss {loss.str(12)}: {'certainly positive' if positive else 'not seen to be positive'}")
    return HOLDS if positive else OPEN, facts, lines


def _family(options: argparse.Namespace) -> tuple[int, Any, list[str]]:
    from fpproof.cli.dynamics import exact, interval, number
    from fpproof.dynamics.balls import working
    from fpproof.dynamics.families import family, member

    sizes = [exact(text, "--size") for text in options.size.split(",")]
    data = [number(text, "--data") for text in options.data.split(",")] if options.data else [Fraction(k, 4) for k in range(-4, 5)]
    reach = max(abs(x) for x in data)
    if not reach:
        raise FpproofError("--data: expected a number other than 0")
    found = family(options.activation, None if options.at is None else number(options.at, "--at"), max(sizes), reach)
    with working(300):
        low, high = interval(found.bound, 6)
        facts: Facts = {"neurons": found.neurons, "base": interval(found.base, 12), "bound": [low, high], "h_up_to": str(found.most), "members": []}
        power = "h^2 x^4" if found.neurons == 2 else "h x^3"
        lines = [f"N_h         {found.neurons} {options.activation} neuron{'s' * (found.neurons > 1)} at {found.base.str(8)}"]
        lines.append(f"for all     0 < h <= {found.most}, |x| <= {reach}: N_h(x) - x^2 is {power} times a number from {low} to {high}")
        lines.append(f"so          the loss is at most C h^{2 * found.order}, and tends to 0")
        for h in sizes:
            m = member(found, h, data)
            facts["members"].append({"h": str(h), "loss": interval(m.loss, 12), "bounded": interval(m.bounded, 6), "norm": interval(m.norm, 12)})
            bounds = interval(m.bounded, 4)
            lines.append(f"  h = {h!s:8} loss {m.loss.str(10, more=False)}, bounds {bounds[0]} to {bounds[1]}, norm {m.norm.str(10, more=False)}")
    return HOLDS, facts, lines


def _growth(options: argparse.Namespace) -> tuple[int, Any, list[str]]:
    from fpproof.cli.dynamics import interval, number, shown, time, times
    from fpproof.dynamics.balls import working
    from fpproof.dynamics.flow import flow
    from fpproof.dynamics.growth import TOY, entry, later, region
    from fpproof.dynamics.problem import problem

    start = options.start.split(",")
    if len(start) != 2:
        raise FpproofError(f"--start: expected two numbers, w and c, found {options.start[:40]!r}")
    at = times(options.at)
    proved = region()
    found = flow(problem(TOY, dict(zip("wc", (number(x, "--start") for x in start), strict=True))), time(options.until, "--until"))
    lines = [f"region      0 < w^2 <= {proved.reach}, near the slow curve: no flow leaves it ({proved.cells} cells)"]
    lines.append(f"law         w -> 0, c^4/t -> {proved.growth}, L/w^4 -> {proved.loss}, for every flow that enters it")
    facts: Facts = {"growth": str(proved.growth), "loss_over_w4": str(proved.loss), "cells": proved.cells}
    try:
        begins = entry(found, proved)
    except FpproofError as reason:
        return OPEN, {**facts, "entered": None, "reason": reason.message}, [*lines, f"open        {reason.message}"]
    lines.append(f"this flow   is in the region at t = {begins.t}")
    facts |= {"entered": str(begins.t), "later": []}
    with working(160):
        for state in later(begins, proved, at):
            names = ("w", "c", "loss", "growth")
            facts["later"].append({"t": str(state.t), **{name: interval(getattr(state, name), 12) for name in names}})
            lines.append(f"  t = {state.t!s:9} w = {shown(state.w)}  c = {shown(state.c)}  loss {shown(state.loss)}  c^4/t {shown(state.growth)}")
    return HOLDS, facts, lines


def _critical(options: argparse.Namespace) -> tuple[int, Any, list[str]]:
    from fpproof.cli.dynamics import interval, shown
    from fpproof.dynamics.balls import working
    from fpproof.dynamics.critical import along
    from fpproof.dynamics.problem import read_problem

    texts: dict[str, str] = {}
    for part in options.along.split(","):
        name, equals, text = part.partition("=")
        if not equals or name.strip() in texts:
            raise FpproofError(f"--along: expected NAME = EXPRESSION in t, each name once, found {part[:60]!r}")
        texts[name.strip()] = text.strip()
    found = along(read_problem(options.problem), texts)
    facts: Facts = {"norm": found.norm, "value": found.value, "product": found.product, "critical": found.critical, "at": []}
    lines = [f"t -> 0      |theta| -> {found.norm}, f -> {found.value}, |theta| |grad f| -> {found.product}  (limits: sympy)"]
    with working(4000):
        for t, size, value, product in found.at:
            facts["at"].append({"t": str(t), "norm": interval(size, 8), "value": interval(value, 8), "product": interval(product, 8)})
            lines.append(f"  t = {t!s:7} {shown(size)}  {shown(value)}  {shown(product)}  (balls)")
    if found.critical:
        lines.append(f"{found.value} is an asymptotic critical value")
    else:
        lines.append("this curve shows no asymptotic critical value")
    return HOLDS if found.critical else FAILS, facts, lines


def _minimum(options: argparse.Namespace) -> tuple[int, Any, list[str]]:
    from fpproof.dynamics.balls import working
    from fpproof.dynamics.finite import frozen_below, minimum
    from fpproof.formats import parse_format, rational

    F = parse_format(options.format)
    freeze = frozen_below(F)
    facts: Facts = {"format": F.name, "frozen_below": str(rational(freeze))}
    tail = f"frozen      log(cosh(z)) of {F.name} is 0 for 0 < z < {float(rational(freeze)):.8g}: a naive loss does not see such w"
    if F.width > 16:
        return HOLDS, facts, ["minimum     formats of up to 16 bits are searched", tail]
    best = minimum(F)
    with working(200):
        facts |= {"w": str(rational(best.w)), "c": str(rational(best.c)), "loss": best.loss.str(20), "next": best.next_best.str(20)}
        lines = [f"minimum     of {F.name} is attained at w = {rational(best.w)}, c = {rational(best.c)}: L = {best.loss.str(12, radius=False)}"]
        lines.append(f"compared    {best.compared} pairs, the best c for every w; the next has L = {best.next_best.str(12, radius=False)}")
    return HOLDS, facts, [*lines, tail]


def _reversal(options: argparse.Namespace) -> tuple[int, Any, list[str]]:
    from fpproof.certificates import read_certificate
    from fpproof.cli.dynamics import brief
    from fpproof.theory.reversal import coefficient, reversal

    found = reversal(read_certificate(options.certificate), options.target, options.activation, options.neurons)
    of = f"{options.neurons} {options.activation} neurons"
    infimum = "" if found.family is None else f"two neurons have L <= {brief(coefficient(found.family))} h^4 for all 0 < h <= {found.family.most}"
    rows = [
        ("reals", f"L > 0 for every network of {of} on these {found.points} points ({found.needed} suffice)", found.positive),
        ("reals", f"inf L = 0: {infimum}", found.infimum),
        ("floats", "L = 0 and gradient 0 at every point, by the certificate's network", found.attained),
    ]
    words = {"reals": "open", "floats": "fails"}
    lines = [f"{where:8} {words[where] if why else 'shown':6} {why or text}" for where, text, why in rows]
    if found.holds:
        lines.append("asymptotic over the reals, attained in floats")
    facts = {"points": found.points, "needed": found.needed, "positive": found.positive or True, "infimum": found.infimum or True}
    facts |= {"attained": found.attained or True, "holds": found.holds}
    return HOLDS if found.holds else FAILS if found.attained else OPEN, facts, lines
