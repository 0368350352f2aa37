"""What `fpproof train` measures and shows of every step, and its checkpoint."""

import argparse
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from multiprocessing import parent_process
from typing import TYPE_CHECKING, Any

from fpproof.cli.progress import bar
from fpproof.errors import FpproofError

if TYPE_CHECKING:
    from fpproof.pieces import Segment
    from fpproof.pieces.audit import Audit
    from fpproof.training import Difference, Run, State
    from fpproof.training.together import Step
    from fpproof.training.trajectory import Place

SHOWN_NEURONS = 4
SAVE_EVERY = 10.0
"""Seconds between checkpoints."""


@dataclass(frozen=True)
class Settings:
    """What is looked at in every shown state."""

    run: "Run"
    segment: "Segment"
    options: argparse.Namespace
    level: Fraction | None


class Table:
    """What was shown of the runs so far, the last state of each, where they parted from the first, and why they stopped."""

    def __init__(self, settings: Settings, texts: list[str]) -> None:
        self.settings, self.texts, self.width = settings, texts, max(map(len, texts))
        self.facts: list[dict[str, Any]] = []
        self.parts: dict[str, Any] = {}
        self.stopped: dict[str, str] = {}
        self.equal = [(j, k) for k in range(len(texts)) for j in range(k)]
        """The pairs of runs that have not parted."""
        self.lasts: list[State | None] = [None] * len(texts)
        self.done: tuple[int, list[State | None], dict[str, Any]] | None = None
        """The last whole row: its step, `lasts`, and what a checkpoint keeps of the rest; an interrupt may come anywhere."""

    def add(self, number: int, steps: "list[Step | None]") -> None:
        """Row `number` of steps: notes where runs part, and prints what is shown."""
        first = steps[0].state if steps[0] is not None else None
        for k, step in enumerate(steps):
            if step is None:
                continue
            self.lasts[k] = step.state
            if step.measured is not None:
                facts = step.measured | (_distance(first, step.state) if k and first is not None else {})
                self.facts.append(facts)
                self.show(facts)
        self._part([None if step is None else step.state for step in steps])
        self.done = number, list(self.lasts), self.kept()

    def kept(self) -> dict[str, Any]:
        """Copies for a checkpoint."""
        return {"facts": list(self.facts), "parts": dict(self.parts), "equal": list(self.equal)}

    def show(self, facts: dict[str, Any]) -> None:
        if not self.settings.options.json:
            print("\n".join(_lines(facts, self.width)))

    def _part(self, states: "list[State | None]") -> None:
        """Notes which pairs part, and where a run parts from the first."""
        from fpproof.training import first_difference

        for pair in list(self.equal):
            a, b = (states[k] for k in pair)
            if a is not None and b is not None and (found := first_difference([a], [b])) is not None:
                self.equal.remove(pair)
                if pair[0] == 0:
                    self.parts[self.texts[pair[1]]] = _parting(found)

    def runs(self) -> list[dict[str, Any]]:
        """A dictionary a run, for --json."""
        equals = [[self.texts[j] for j, i in self.equal if i == k] for k in range(len(self.texts))]
        rest = zip(self.texts, equals, strict=True)
        return [{"arithmetic": t, "stopped": self.stopped.get(t), "parts": self.parts.get(t), "equal": same} for t, same in rest]


def side_by_side(settings: Settings, texts: list[str]) -> Table:
    """All runs step by step, from the checkpoint if there is one; prints the shown ones."""
    from fpproof.training.together import Together

    options, table = settings.options, Table(settings, texts)
    begin = _resumed(table)
    whole = Together(settings.run, texts, partial(_measure, settings), options.jobs, options.bits, begin, table.stopped)
    first = 0 if table.done is None else table.done[0] + 1
    saved = time.monotonic()
    try:
        with bar("train", "steps") as advance, closing(whole.rows()) as rows:
            for number, row in enumerate(rows, first):
                advance(number, settings.run.steps)
                table.add(number, row)
                if time.monotonic() - saved > SAVE_EVERY:
                    _save(table)
                    saved = time.monotonic()
    finally:
        _save(table)
    return table


def _measure(settings: Settings, text: str, before: "State | None", state: "State") -> dict[str, Any] | None:
    """What is shown of a state, but its distance to another run; None if it is not shown."""
    shown = state.step % settings.options.every == 0 or state.step == settings.run.steps
    return _facts(settings, text, state, before) if shown else None


def _belongs(table: Table) -> str:
    from fpproof.training.checkpoint import identity

    names = ("pieces", "on", "audit", "noise", "distribution", "draws", "seed", "every", "bits")
    return identity(table.settings.run, table.texts, {name: getattr(table.settings.options, name) for name in names})


def _save(table: Table) -> None:
    """The checkpoint after the last whole row: the places of all runs, and what was shown."""
    from fpproof.training.checkpoint import save

    path = table.settings.options.checkpoint
    if path is None or table.done is None:
        return
    step, lasts, kept = table.done
    extra = {"step": step, "stopped": table.stopped} | kept
    save(path, _belongs(table), table.texts, [None if state is None else state.place for state in lasts], extra)


def _resumed(table: Table) -> "list[Place | None] | None":
    """The places of the runs that go on from a checkpoint, if there is one; shows again what was shown before."""
    from fpproof.training.checkpoint import load

    path, run = table.settings.options.checkpoint, table.settings.run
    if path is not None and not path.parent.is_dir():
        raise FpproofError(f"--checkpoint: {path.parent} is no directory")
    if path is None or not path.exists():
        return None
    places, extra = load(path, _belongs(table), run, table.texts)
    step = extra.get("step") if isinstance(extra, dict) else None
    if type(step) is int and step > run.steps:
        raise FpproofError(f"{path}: a checkpoint after step {step}, and the run has {run.steps}", hint=f"--steps {step}, or remove the file")
    try:
        if type(step) is not int or not any(place is not None and place.step == step for place in places):
            raise ValueError
        lines = _restored(table, extra, places)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise FpproofError(f"{path}: no checkpoint of fpproof train", hint="give another --checkpoint, or remove the file") from None
    table.done = step, list(table.lasts), table.kept()
    if not table.settings.options.json:
        print("\n".join(lines))
    return [place if place is not None and place.step == step else None for place in places]


def _restored(table: Table, extra: dict[str, Any], places: "list[Place | None]") -> list[str]:
    """The table as it was; the lines that it had shown. KeyError and the like for anything else than what `_save` writes."""
    from fpproof.training import parse_arithmetic
    from fpproof.training.trajectory import State

    table.facts, table.parts, table.stopped = extra["facts"], dict(extra["parts"]), dict(extra["stopped"])
    table.equal = [(j, k) for j, k in extra["equal"] if table.texts[j] != table.texts[k]]
    numbers = [parse_arithmetic(text).steps for text in table.texts]
    table.lasts = [None if p is None else State(p.step, p.parameters, n, momenta=p.momenta) for p, n in zip(places, numbers, strict=True)]
    return [line for facts in table.facts for line in _lines(facts, table.width)]


def _parting(found: "Difference") -> dict[str, Any]:
    values = [None if v is None else str(v) for v in found.values]
    return {"step": found.step, "layer": found.layer, "kind": found.kind, "index": list(found.index), "values": values}


def _distance(first: "State", state: "State") -> dict[str, Any]:
    from fpproof.training import distance

    apart = distance(first, state)
    return {"distance": None if apart is None else _number(apart)}


def _facts(settings: Settings, text: str, state: "State", before: "State | None") -> dict[str, Any]:
    from fpproof.training.trajectory import exact_loss

    facts: dict[str, Any] = {"step": state.step, "arithmetic": text}
    layers = state.layers(settings.run)
    loss = exact_loss(settings.run, layers) if layers is not None else None
    facts["loss"] = None if loss is None else _number(loss)
    facts["finite"] = state.finite
    facts["stagnant"] = state.stagnant
    if text == "exact":
        facts["bits"] = state.bits
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
        found = list(draws(new, relative(old, new, level), settings.segment, xi, options.draws, jobs=options.jobs if parent_process() is None else 1))
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
