"""A training step once more, number by number: with the exact evaluator in a format, and with Fractions. Shares no code with fpproof.training."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fpproof.formats import ZERO, Datum, Format, round_datum, round_rational
from fpproof.formats.arithmetic import add, flush_subnormal, multiply, negate
from fpproof.networks import Network, Semantics, dense, evaluate
from fpproof.networks.exact import Arithmetic, ordered_sum
from fpproof.training.description import Run

Matrix = list[list[Datum]]
Layers = list[tuple[Matrix, list[Datum] | None]]


@dataclass(frozen=True)
class Reference:
    """Passes in F under a semantics, parameters and steps in G."""

    run: Run
    F: Format
    G: Format
    semantics: Semantics

    def flushed(self, F: Format, x: Datum) -> Datum:
        return flush_subnormal(F, x) if self.semantics.flush else x

    def times(self, F: Format, x: Datum, y: Datum) -> Datum:
        return self.flushed(F, multiply(F, x, y))

    def plus(self, F: Format, x: Datum, y: Datum) -> Datum:
        return self.flushed(F, add(F, x, y))

    def read(self, F: Format, r: Fraction) -> Datum:
        return self.flushed(F, round_rational(F, r))

    def start(self) -> Layers:
        found: Layers = []
        for layer in self.run.layers:
            bias = None if layer.bias[0] is None else [self.read(self.G, b) for b in layer.bias if b is not None]
            found.append(([[self.read(self.G, w) for w in row] for row in layer.weights], bias))
        return found

    def gradients(self, layers: Layers, batch: Sequence[int]) -> list[list[Datum]]:
        """For each layer: the weights' gradients row by row, then the biases'."""
        F, run = self.F, self.run
        narrow = [([[round_datum(F, w) for w in row] for row in rows], bias and [round_datum(F, b) for b in bias]) for rows, bias in layers]
        network = Network(
            F, tuple(dense(rows, list(bias) if bias else None, layer.activation) for (rows, bias), layer in zip(narrow, run.layers, strict=True))
        )
        arithmetic = Arithmetic(F, self.semantics.wide or F, self.semantics.flush)
        slope = arithmetic.read(self.semantics.slope(F))
        inputs: list[list[tuple[Datum, ...]]] = []
        deltas: list[list[tuple[Datum, ...]]] = []
        for k in batch:
            x = tuple(self.read(F, r) for r in run.x[k])
            value = evaluate(network, x, (ZERO,) * network.outputs, self.semantics).value
            upstream = tuple(self.plus(F, f, negate(self.read(F, r))) for f, r in zip(value, run.y[k], strict=True))
            found = evaluate(network, x, upstream, self.semantics)
            inputs.append([x, *found.activations[:-1]])
            masked = []
            for number, layer in enumerate(run.layers):
                delta = found.adjoints[number + 1]
                if layer.activation == "relu":
                    slopes = [(1, 0) if z[0] > 0 else slope if z[0] == 0 else ZERO for z in found.pre_activations[number]]
                    delta = tuple(self.times(F, d, s) for d, s in zip(delta, slopes, strict=True))
                masked.append(delta)
            deltas.append(masked)
        mean = self.read(F, Fraction(1, len(batch)))

        def total(terms: list[tuple[int, Datum, Datum]]) -> Datum:
            s = ordered_sum(arithmetic, self.semantics, len(batch), terms, None)
            return self.times(F, s, mean) if run.reduction == "mean" else s

        result = []
        for number, (rows, bias) in enumerate(narrow):
            flat = [
                total([(k, deltas[k][number][i], inputs[k][number][j]) for k in range(len(batch))])
                for i in range(len(rows))
                for j in range(len(rows[0]))
            ]
            if bias is not None:
                flat += [total([(k, deltas[k][number][i], (1, 0)) for k in range(len(batch))]) for i in range(len(rows))]
            result.append(flat)
        return result

    def trajectory(self) -> list[list[list[Datum]]]:
        """The flat parameters of each layer, at the start and after every step; it ends where one is infinite or NaN in F."""
        G, run = self.G, self.run
        layers = self.start()
        momenta: list[list[Datum]] | None = None
        rate, decay = self.read(G, run.step), self.read(G, run.momentum)
        states = [[[w for row in rows for w in row] + (bias or []) for rows, bias in layers]]
        for step in range(run.steps):
            if any(round_datum(self.F, w)[1] is None for part in states[-1] for w in part):
                break
            direction = self.gradients(layers, run.batches[step % len(run.batches)])
            if run.momentum:
                momenta = momenta or [[ZERO] * len(flat) for flat in direction]
                momenta = [
                    [self.plus(G, self.times(G, decay, m), g) for m, g in zip(*pair, strict=True)] for pair in zip(momenta, direction, strict=True)
                ]
                direction = momenta
            flats = [
                [self.plus(G, theta, negate(self.times(G, rate, g))) for theta, g in zip(flat, moves, strict=True)]
                for flat, moves in zip(states[-1], direction, strict=True)
            ]
            states.append(flats)
            layers = []
            for flat, layer in zip(flats, run.layers, strict=True):
                n, d = layer.neurons, layer.inputs
                layers.append(([flat[i * d : (i + 1) * d] for i in range(n)], flat[n * d :] or None))
        return states


def rational_trajectory(run: Run) -> list[list[list[Fraction]]]:
    """The same over the rationals, with sums in no order."""
    weights = [[list(row) for row in layer.weights] for layer in run.layers]
    biases = [None if layer.bias[0] is None else [b or Fraction(0) for b in layer.bias] for layer in run.layers]
    momenta: list[list[Fraction]] | None = None

    def flat() -> list[list[Fraction]]:
        return [[w for row in rows for w in row] + (bias or []) for rows, bias in zip(weights, biases, strict=True)]

    states = [flat()]
    for step in range(run.steps):
        batch = run.batches[step % len(run.batches)]
        direction = [[Fraction(0)] * len(part) for part in states[-1]]
        for k in batch:
            a, inputs, masks = list(run.x[k]), [], []
            for rows, bias, layer in zip(weights, biases, run.layers, strict=True):
                inputs.append(a)
                z = [sum((w * v for w, v in zip(row, a, strict=True)), Fraction(0)) + (bias[i] if bias else 0) for i, row in enumerate(rows)]
                masks.append([layer.activation is None or v > 0 for v in z])
                a = [max(v, Fraction(0)) if layer.activation else v for v in z]
            delta = [f - y for f, y in zip(a, run.y[k], strict=True)]
            for number in reversed(range(len(weights))):
                delta = [d if on else Fraction(0) for d, on in zip(delta, masks[number], strict=True)]
                grads = [d * v for d in delta for v in inputs[number]] + (delta if biases[number] is not None else [])
                scale = Fraction(1, len(batch)) if run.reduction == "mean" else 1
                direction[number] = [s + g * scale for s, g in zip(direction[number], grads, strict=True)]
                delta = [
                    sum((d * row[j] for d, row in zip(delta, weights[number], strict=True)), Fraction(0)) for j in range(len(weights[number][0]))
                ]
        if run.momentum:
            momenta = momenta or [[Fraction(0)] * len(part) for part in direction]
            momenta = [[run.momentum * m + g for m, g in zip(*pair, strict=True)] for pair in zip(momenta, direction, strict=True)]
            direction = momenta
        flats = [[t - run.step * g for t, g in zip(*pair, strict=True)] for pair in zip(states[-1], direction, strict=True)]
        for number, layer in enumerate(run.layers):
            n, d, part = layer.neurons, layer.inputs, flats[number]
            weights[number] = [part[i * d : (i + 1) * d] for i in range(n)]
            biases[number] = part[n * d :] or None
        states.append(flats)
    return states
