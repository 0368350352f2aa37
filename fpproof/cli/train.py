"""`fpproof train`: one description of a training run, computed in several arithmetics side by side."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fpproof.cli import FAILS, HOLDS, OPEN
from fpproof.cli.options import add_jobs, add_json, count
from fpproof.cli.pieces import add_distribution
from fpproof.cli.progress import bar
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.pieces import Segment
    from fpproof.pieces.audit import Audit
    from fpproof.training import Difference, Run, State, Trajectory

NAME = "train"
HELP = "run a training run in several arithmetics, side by side"

SHOWN_NEURONS = 4


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
    add_jobs(parser)
    add_json(parser)


@dataclass(frozen=True)
class Settings:
    """What is looked at in every shown state."""

    run: "Run"
    segment: "Segment"
    options: argparse.Namespace
    level: Fraction | None


def run(options: argparse.Namespace) -> int:
    """Run and print; 0, 1 where an audit finds S1-A broken, 3 where the noise was sampled."""
    from fpproof.training import Trajectory, parse_arithmetic

    described = _described(options)
    settings = Settings(described, _segment(options, described), options, _level(options))
    texts = _texts(options, described)
    trajectories = [Trajectory(described, parse_arithmetic(text), options.bits) for text in texts]
    report: dict[str, Any] = {"spec": str(options.spec), "parameters": described.parameters, "steps": [], "runs": []}
    if not options.json:
        print(f"run       {options.spec}: {described.parameters} parameters, {len(described.x)} samples, {described.steps} steps of {described.step}")
    rows = _side_by_side(settings, trajectories, report)
    _conclude(options, trajectories, rows, report)
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


def _side_by_side(settings: Settings, trajectories: "list[Trajectory]", report: dict[str, Any]) -> "list[State]":
    """The states of all runs together, step by step; the last state of each. Prints the shown ones."""
    options, steps = settings.options, settings.run.steps
    lasts: list[State] = []
    before: list[State | None] = [None] * len(trajectories)
    parted: dict[int, Difference] = {}
    width = max(len(t.arithmetic.text) for t in trajectories)
    with bar("train", "steps") as advance:
        for number, states in enumerate(_rows(trajectories)):
            advance(number, steps)
            _part(states, parted)
            shown = number % options.every == 0 or number == steps
            for k, state in enumerate(states):
                if state is None:
                    continue
                if shown:
                    facts = _facts(settings, trajectories[k], state, before[k], states[0])
                    report["steps"].append(facts)
                    if not options.json:
                        print("\n".join(_lines(facts, width)))
                before[k] = state
            lasts = [state or last for state, last in zip_longest(states, lasts) if state or last]
    for k, trajectory in enumerate(trajectories):
        report["runs"].append({"arithmetic": trajectory.arithmetic.text, "stopped": trajectory.stopped} | _parting(parted.get(k)))
    return lasts


def _rows(trajectories: "list[Trajectory]") -> "Iterator[list[State | None]]":
    for row in zip_longest(*(t.states() for t in trajectories)):
        yield list(row)


def _part(states: "list[State | None]", parted: "dict[int, Difference]") -> None:
    """Notes where a run parts from the first one."""
    from fpproof.training import first_difference

    for k, state in enumerate(states[1:], 1):
        if k not in parted and state is not None and states[0] is not None:
            found = first_difference([states[0]], [state])
            if found is not None:
                parted[k] = found


def _parting(found: "Difference | None") -> dict[str, Any]:
    if found is None:
        return {"parts": None}
    return {
        "parts": {
            "step": found.step,
            "layer": found.layer,
            "kind": found.kind,
            "index": list(found.index),
            "values": [None if v is None else str(v) for v in found.values],
        }
    }


def _facts(settings: Settings, trajectory: "Trajectory", state: "State", before: "State | None", first: "State | None") -> dict[str, Any]:
    """What is shown of one state."""
    from fpproof.training import distance
    from fpproof.training.trajectory import exact_loss

    facts: dict[str, Any] = {"step": state.step, "arithmetic": trajectory.arithmetic.text}
    layers = state.layers(settings.run)
    loss = exact_loss(settings.run, layers) if layers is not None else None
    facts["loss"] = None if loss is None else _number(loss)
    facts["finite"] = state.finite
    facts["stagnant"] = state.stagnant
    if trajectory.arithmetic.text == "exact":
        facts["bits"] = state.bits
    if first is not None and first is not state:
        apart = distance(first, state)
        facts["distance"] = None if apart is None else _number(apart)
    if settings.options.pieces and layers is not None:
        from fpproof.pieces import count as count_pieces

        found = count_pieces(layers, settings.segment)
        facts |= {"pieces": found.pieces, "regions": found.regions}
    if before is not None and layers is not None and (old := before.layers(settings.run)) is not None:
        _look(settings, state, old, layers, facts)
    return facts


def _look(settings: Settings, state: "State", old: Any, new: Any, facts: dict[str, Any]) -> None:
    """Audit and noise of the step."""
    from fpproof.pieces.audit import audit
    from fpproof.pieces.noise import DISTRIBUTIONS, draws, mean, relative

    options, level = settings.options, settings.level
    if options.audit:
        batch = settings.run.batch(state.step - 1)
        facts["audit"] = _audit_facts(audit(old, new, [settings.run.x[k] for k in batch], settings.segment))
    if level is not None:
        xi = DISTRIBUTIONS[options.distribution](options.seed)
        found = list(draws(new, relative(old, new, level), settings.segment, xi, options.draws, jobs=options.jobs))
        pieces, bound = mean([d.pieces for d in found]), mean([float(d.bound) for d in found])
        crossings = mean([1 + d.zeros for d in found])
        facts["noise"] = {
            "distribution": options.distribution,
            "level": str(level),
            "draws": len(found),
            "pieces": [pieces.value, pieces.radius],
            "crossings": [crossings.value, crossings.radius],
            "bound": [bound.value, bound.radius],
            "holds": pieces.value - pieces.radius <= bound.value + bound.radius,
        }


def _audit_facts(found: "Audit") -> dict[str, Any]:
    reciprocal, steepest = found.mean_reciprocal, found.steepest
    return {
        "neurons": len(found.neurons),
        "updated": found.updated,
        "mean_reciprocal": None if reciprocal is None else _number(reciprocal),
        "C_B": _number(steepest.slope),
        "C_B_at": [steepest.layer, steepest.number],
        "bound": _number(found.bound(Fraction(1))),
        "bound_by_variation": _number(found.bound_by_variation(Fraction(1))),
        "breaks": [{"layer": n.layer, "neuron": n.number, "how": n.breaks} for n in found.broken],
    }


def _number(r: Any) -> float:
    """Near an exact rational, for people; infinite beyond binary64."""
    from gmpy2 import mpfr, mpq

    return float(mpfr(mpq(r)))


def _lines(facts: dict[str, Any], width: int) -> Iterator[str]:
    parts = [f"step {facts['step']:<5} {facts['arithmetic']:<{width}}"]
    if not facts["finite"]:
        parts.append("infinite or NaN")
    if facts["loss"] is not None:
        parts.append(f"loss {facts['loss']:<12.6g}")
    if "pieces" in facts:
        parts.append(f"pieces {facts['pieces']:<6} regions {facts['regions']:<6}")
    if "distance" in facts and facts["distance"] is not None:
        parts.append(f"distance {facts['distance']:<11.5g}")
    if facts["step"]:
        parts.append(f"stagnant {facts['stagnant']}")
    if "bits" in facts:
        parts.append(f"bits {facts['bits']}")
    yield "  ".join(parts).rstrip()
    if "audit" in facts:
        yield from _audit_lines(facts["audit"])
    if "noise" in facts:
        n = facts["noise"]
        verdict = "supported" if n["holds"] else "NOT SUPPORTED"
        values = "  ".join(f"{name} {n[name][0]:.4g} +- {n[name][1]:.2g}" for name in ("pieces", "crossings", "bound"))
        yield f"    noise {n['level']}, {n['draws']} draws: {values}: {verdict}"


def _audit_lines(found: dict[str, Any]) -> Iterator[str]:
    reciprocal = "none" if found["mean_reciprocal"] is None else f"{found['mean_reciprocal']:.6g}"
    yield f"    S1-A  {found['updated']} of {found['neurons']} biases moved, mean of 1/|D| {reciprocal}; {len(found['breaks'])} neurons break it"
    for n in found["breaks"][:SHOWN_NEURONS]:
        yield f"          layer {n['layer']}, neuron {n['neuron']}: {n['how']}"
    if len(found["breaks"]) > SHOWN_NEURONS:
        yield f"          ... {len(found['breaks']) - SHOWN_NEURONS} more (--json lists all)"
    yield f"    S1-B  C_B = {found['C_B']:.6g} at layer {found['C_B_at'][0]}, neuron {found['C_B_at'][1]}"


def _conclude(options: argparse.Namespace, trajectories: "list[Trajectory]", lasts: "list[State]", report: dict[str, Any]) -> None:
    if not options.json:
        first = trajectories[0].arithmetic.text
        for entry in report["runs"]:
            if entry["stopped"]:
                print(f"stopped   {entry['arithmetic']}: {entry['stopped']}")
            if entry["parts"]:
                p = entry["parts"]
                place = f"layer {p['layer']}, {p['kind']} {','.join(map(str, p['index']))}"
                print(f"parts     {entry['arithmetic']} from {first} at step {p['step']}: {place}")
            elif entry["arithmetic"] != first:
                print(f"equal     {entry['arithmetic']} and {first} in every parameter of every step")
    if options.output is not None:
        _write(options.output, trajectories, lasts)
    if options.json:
        print(json.dumps(report, indent=2))


def _write(path: Path, trajectories: "list[Trajectory]", lasts: "list[State]") -> None:
    from fpproof.paths import write_atomically

    def texts(array: Any) -> Any:
        return None if array is None else array.astype(str).tolist()

    content = [
        {"arithmetic": t.arithmetic.text, "step": s.step, "weights": list(map(texts, s.exact.weights)), "biases": list(map(texts, s.exact.biases))}
        for t, s in zip(trajectories, lasts, strict=True)
    ]
    write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())


def _code(options: argparse.Namespace, report: dict[str, Any]) -> int:
    audits = [facts["audit"] for facts in report["steps"] if "audit" in facts]
    noises = [facts["noise"] for facts in report["steps"] if "noise" in facts]
    if any(found["breaks"] for found in audits) or not all(found["holds"] for found in noises):
        return FAILS
    return OPEN if noises else HOLDS
