"""A certificate against a machine: how many points agree, where the numbers part first, and what explains the machine's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fpproof.activations import ActivationError, activation
from fpproof.activations.tables import WIDEST, table
from fpproof.certificates import Certificate
from fpproof.errors import FpproofError
from fpproof.formats import Format
from fpproof.formats.arithmetic import equal, multiply
from fpproof.machine.machine import Booleans, Floats, Lookup, Machine, Rows, Run, Unable, numbers
from fpproof.machine.variants import FINALISTS, Candidate, Named, Reproduction, Step, explain_sums, rank, reproduce, same
from fpproof.networks import RELU, Network, Semantics, TableActivation, evaluate
from fpproof.networks.kernel import from_float64, to_float64

BATCH = 1024
"""Points that a machine gets at once: results of a matrix product may depend on it."""
EXPLAINED_ROWS = 64
EXPLAINED_WORK = 2 * 10**9
"""Multiplications that all variants together may take."""
LARGEST_REPLAY = 10**6
"""Weights of a network whose first difference is looked up by the exact evaluator."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the numbers part: in which point, layer and neuron (all from 1; layer 0: an input), and the two numbers."""

    point: int
    kind: str
    layer: int
    neuron: int
    machine: float
    certificate: float

    def __str__(self) -> str:
        where = f"input {self.neuron}" if self.layer == 0 else f"layer {self.layer}, neuron {self.neuron}"
        return f"point {self.point}, {where}: {self.kind} {self.machine.hex()}, by the certificate's semantics {self.certificate.hex()}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What reproduces the machine: whole networks under a variant; its sums alone, each from its own operands; and other causes."""

    values: Reproduction | None = None
    gradients: Reproduction | None = None
    sums_forward: Reproduction | None = None
    sums_backward: Reproduction | None = None
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """A machine's run of a certificate. `unable` says why there was none. `gradients` is None on a machine without.

    `points` were run, of `claimed` that the certificate lists; `first_point` is the first that differs, from 1.
    """

    machine: str
    version: str
    note: str
    claimed: int
    points: int = 0
    values: int = 0
    gradients: int | None = None
    unable: str | None = None
    first_point: int | None = None
    place: Place | None = None
    explanation: Explanation = field(default_factory=Explanation)

    @property
    def agrees(self) -> bool:
        """Whether every point that was run agrees; true if none was."""
        return self.values == self.points and self.gradients in (None, self.points)


def crosscheck(
    certificate: Certificate,
    machine: Machine,
    explain: bool = True,
    every_point: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], object] | None = None,
) -> Agreement:
    """Runs the certificate's network on the machine at its listed points and compares numbers (-0 = 0) with the claims.

    Where the work is too much for the machine, at as many points as it can do, evenly chosen, unless `every_point` is asked for.
    """
    network = widened(certificate.network)
    plain = Agreement(machine.name, machine.version, machine.note, len(certificate.points))
    F = network.format
    if F not in machine.formats():
        has = ", ".join(G.name for G in machine.formats())
        return replace(plain, unable=f"{machine.name} has no {F.name}; it has {has}")
    affordable = machine.work // max(1, machine.multiplications(network))
    chosen = _chosen(len(certificate.points), len(certificate.points) if every_point else affordable)
    if not len(chosen):
        why = "one point is more work than the machine is given" if certificate.points else "the certificate lists no points"
        return replace(plain, unable=why)
    points = [certificate.points[i] for i in chosen]
    x, upstream = numbers((p.x for p in points), network.inputs), numbers((p.upstream for p in points), network.outputs)
    values, gradients = numbers((p.value for p in points), network.outputs), numbers((p.gradient for p in points), network.inputs)
    try:
        run = _run(machine, network, x, upstream, progress)
    except Unable as error:
        return replace(plain, unable=error.message)
    right_values = (run.values == values).all(axis=1)
    right_gradients = None if run.gradients is None else (run.gradients == gradients).all(axis=1)
    agreement = replace(
        plain,
        points=len(points),
        values=int(right_values.sum()),
        gradients=None if right_gradients is None else int(right_gradients.sum()),
    )
    wrong = ~right_values if right_gradients is None else ~(right_values & right_gradients)
    if not wrong.any():
        return agreement
    agreement = replace(agreement, first_point=int(chosen[np.argmax(wrong)]) + 1)
    if not explain:
        return agreement
    diagnosis = _Diagnosis(machine, network, certificate.semantics, x, upstream, run, wrong, jobs)
    return replace(agreement, place=diagnosis.place(int(chosen[np.argmax(wrong)]) + 1), explanation=diagnosis.explanation())


def _chosen(count: int, affordable: int) -> Rows:
    """Indices of points: all, or as many as are affordable, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, affordable)).astype(np.int64)) if count and affordable else np.empty(0, np.int64)


def _run(machine: Machine, network: Network, x: Floats, upstream: Floats, progress: Callable[[int, int], object] | None) -> Run:
    """All points, in batches."""
    runs = []
    for start in range(0, len(x), BATCH):
        part = slice(start, start + BATCH)
        runs.append(machine.run(network, x[part], upstream[part], np.empty(0, np.int64)))
        if progress is not None:
            progress(min(start + BATCH, len(x)), len(x))
    gradients = [run.gradients for run in runs if run.gradients is not None]
    return Run(np.concatenate([run.values for run in runs]), np.concatenate(gradients) if gradients else None)


def widened(network: Network) -> Network:
    """The network with whole tables for the activations that fpproof knows by name, in formats of 16 bits and less.

    A certificate holds the entries that its own semantics meets; a machine meets others.
    """
    F = network.format
    if F.width > WIDEST or not network.activations:
        return network
    whole = {name: _whole(F, name, sigma) if isinstance(sigma, TableActivation) else sigma for name, sigma in network.activations.items()}
    return Network(F, network.layers, whole)


def _whole(F: Format, name: str, known: TableActivation) -> TableActivation:
    """The correctly rounded table, if it agrees with all known entries."""
    try:
        columns = table(F, activation(name))
    except ActivationError:
        return known
    entries = {z: (F.decode(int(columns[0][c])), F.decode(int(columns[1][c]))) for z in F.data() if z[1] is not None or z[0] for c in [F.encode(z)]}
    entries.pop((0, -1), None)
    agrees = all(z in entries and all(map(equal, entries[z], entry)) for z, entry in known.entries.items())
    return TableActivation(name, entries) if agrees else known


class _Diagnosis:
    """What a machine computed at the points that differ, step by step."""

    def __init__(
        self, machine: Machine, network: Network, semantics: Semantics, x: Floats, upstream: Floats, run: Run, wrong: Booleans, jobs: int
    ) -> None:
        self.network, self.semantics, self.jobs = network, semantics, jobs
        self.x, self.upstream, self.whole = x, upstream, run
        self.row = int(np.argmax(wrong))
        batch = slice(self.row - self.row % BATCH, self.row - self.row % BATCH + BATCH)
        local = np.flatnonzero(wrong[batch])[:EXPLAINED_ROWS]
        self.rows = local + batch.start
        self.run = machine.run(network, x[batch], upstream[batch], local)

    def place(self, point: int) -> Place | None:
        """The first number, in the order of the computation, that is not the certificate's."""
        if self.network.weight_count > LARGEST_REPLAY:
            return None
        F = self.network.format
        x, upstream = (tuple(from_float64(F, v) for v in vector[self.row].tolist()) for vector in (self.x, self.upstream))
        try:
            evaluation = evaluate(self.network, x, upstream, self.semantics)
        except FpproofError:
            return None
        exact = [np.array([[to_float64(v) for v in vector]]) for vector in (*evaluation.pre_activations, *evaluation.activations)]
        depth = len(self.network.layers)
        for number, layer in enumerate(self.run.layers, 1):
            for kind, machine, right in (
                ("pre-activation", layer.pre_activations, exact[number - 1]),
                ("activation", layer.activations, exact[depth + number - 1]),
            ):
                if place := _first(point, kind, number, machine[:1], right):
                    return place
        for number in range(depth - 1, -1, -1):
            adjoints = self._gradient() if number == 0 else self.run.layers[number - 1].adjoints
            right = np.array([[to_float64(v) for v in evaluation.adjoints[number]]])
            if adjoints is not None and (place := _first(point, "adjoint", number, adjoints[:1], right)):
                return place
        return None

    def _gradient(self) -> Floats | None:
        return None if self.whole.gradients is None else self.whole.gradients[self.rows]

    def explanation(self) -> Explanation:
        """Sums first, each from the machine's own operands; the orders that explain them best are then tried on the whole network."""
        affordable = EXPLAINED_WORK // (2 * (2 * FINALISTS + 4) * max(1, self.network.weight_count))
        if affordable < len(self.rows):
            return Explanation(causes=(*self._causes(), "the network is too large to try the variants"))
        steps, F = self._steps(), self.network.format
        forward, backward = rank(self.network, self.semantics, steps)
        gradients = self.whole.gradients
        sums = explain_sums(F, forward, steps, 0), None if gradients is None else explain_sums(F, backward, steps, 1)
        best = _best_named(forward) + ([] if gradients is None else _best_named(backward))
        variants = dict.fromkeys(candidate.semantics for candidate in best)
        rows = slice(0, affordable)
        given = self.x[rows], self.upstream[rows], self.whole.values[rows], None if gradients is None else gradients[rows]
        return Explanation(*reproduce(self.network, list(variants), *given, self.jobs), *sums, self._causes())

    def _steps(self) -> list[Step]:
        """The sums of every layer with the machine's own operands."""
        steps, operands, below = [], self.x[self.rows], self._gradient()
        for layer, found in zip(self.network.layers, self.run.layers, strict=True):
            steps.append(Step(layer, operands, found.pre_activations, found.masked, below))
            operands, below = found.activations, found.adjoints
        return steps

    def _causes(self) -> tuple[str, ...]:
        """Activations and masks that are not what their operands say; and results that change when the layers are watched."""
        causes = []
        watched: Booleans = np.all(same(self.run.layers[-1].activations, self.whole.values[self.rows]), axis=1, keepdims=True)
        if not watched.all():
            causes.append(f"{int((~watched).sum())} of {len(watched)} values are others when the layers are outputs too: sums below are of that run")
        for number, (layer, found) in enumerate(zip(self.network.layers, self.run.layers, strict=True), 1):
            if layer.activation is None:
                continue
            z = found.pre_activations
            values, slopes = self._activated(layer.activation, z)
            if count := int((~same(values, found.activations)).sum()):
                i, j = np.argwhere(~same(values, found.activations))[0]
                example = f"at {float(z[i, j]).hex()} {float(found.activations[i, j]).hex()}, correct {float(values[i, j]).hex()}"
                causes.append(f"layer {number}: {count} of {z.size} values of {layer.activation} are not correctly rounded ({example})")
            if found.masked is not None and found.adjoints is not None:
                causes += self._mask_causes(number, layer.activation, z, found.adjoints, found.masked, slopes)
        return tuple(causes)

    def _mask_causes(self, number: int, name: str, z: Floats, adjoints: Floats, masked: Floats, slopes: Floats) -> list[str]:
        F = self.network.format
        wrong = ~same(_products(F, adjoints, slopes), masked)
        if not wrong.any():
            return []
        at_zero = int((wrong & (z == 0)).sum())
        if at_zero == int(wrong.sum()):
            return [f"layer {number}: the derivative of {name} at 0 is another one ({at_zero} masks)"]
        return [f"layer {number}: {int(wrong.sum())} of {z.size} products with the derivative of {name} are not correctly rounded"]

    def _activated(self, name: str, z: Floats) -> tuple[Floats, Floats]:
        """sigma and sigma' at the machine's pre-activations."""
        if name == RELU:
            slope = to_float64(self.semantics.slope(self.network.format))
            nan = np.where(np.isnan(z), np.nan, 0.0)
            return np.where(z > 0, z, nan), np.where(z > 0, 1.0, np.where(z == 0, slope, nan))
        known = Lookup.of(self.network, name)
        return known(z, known.values), known(z, known.derivatives)


def _best_named(ranked: Sequence[Candidate]) -> list[Named]:
    return [candidate for candidate in ranked if isinstance(candidate, Named)][:FINALISTS]


def _products(F: Format, x: Floats, y: Floats) -> Floats:
    """x (*) y, entry by entry, exactly."""
    return np.array([to_float64(multiply(F, from_float64(F, u), from_float64(F, v))) for u, v in zip(x.flat, y.flat, strict=True)]).reshape(x.shape)


def _first(point: int, kind: str, layer: int, machine: Floats, right: Floats) -> Place | None:
    different = np.flatnonzero(~same(machine[0], right[0]))
    if not len(different):
        return None
    i = int(different[0])
    return Place(point, kind, layer, i + 1, float(machine[0][i]), float(right[0][i]))
