"""The same question over the reals: where a local search may begin. Nothing here is exact, and nothing is trusted.

From random networks, whose first layer bends between the x of points, damped least squares (Levenberg 1944, Marquardt 1963), many at once.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fpproof.activations.enclosure import InFormat
from fpproof.activations.registry import activation
from fpproof.formats import parse_format, rational
from fpproof.formats.arithmetic import divide
from fpproof.networks import RELU
from fpproof.search.spec import Kind, Point, Spec, Wanted

Floats = NDArray[np.float64]

ITERATIONS = 25
MOST_POINTS = 24
MOST_WEIGHTS = 64
LEAST_DAMPING = 1e-12
"""More than roundings make of a pivot, for so many weights."""


class Relaxation:
    """A spec over the reals, for many networks at once; arrays have a row a network."""

    def __init__(self, spec: Spec, points: Sequence[Point], variable_of: NDArray[np.int64]) -> None:
        self.spec, self.variable_of = spec, variable_of
        self.variables = int(variable_of.max()) + 1
        self.x = np.array([[float(rational(v)) for v in p.x] for p in points])
        self.h = np.array([[float(rational(v)) for v in p.upstream] for p in points])
        wishes = [[*p.value, *(p.gradient or (Wanted(),) * spec.inputs)] for p in points]
        bounds = np.array([[_interval(w) for w in row] for row in wishes])
        self.low, self.high = bounds[:, :, 0], bounds[:, :, 1]
        finite = np.abs(self.low[np.isfinite(self.low)])
        self.typical = float(np.exp(np.log(finite[finite > 0]).mean())) if (finite > 0).any() else 1.0
        self.scale = np.where(np.isfinite(self.low) & (self.low != 0), np.abs(self.low), self.typical)

    @property
    def smooth(self) -> bool:
        """Whether least squares are tried: few points and weights."""
        return len(self.x) <= MOST_POINTS and self.variables <= MOST_WEIGHTS

    def guesses(self, count: int, rng: np.random.Generator) -> Floats:
        """Random networks: weights about 1 or a power of two, or a number that the spec has; neurons of the first layer bend near an x."""
        V = self.variables
        numbers = rng.choice((-1.0, 1.0), (count, V)) * np.exp2(rng.normal(0, 2, (count, V)))
        whole = rng.random((count, V)) < 0.3
        numbers[whole] = np.copysign(np.exp2(np.rint(np.log2(np.abs(numbers[whole])))), numbers[whole])
        seen = np.concatenate([self.x.ravel(), self.low[np.isfinite(self.low)].ravel(), [0.0]])
        taken = rng.random((count, V)) < 0.15
        numbers[taken] = rng.choice(seen, int(taken.sum()))
        if self.spec.inputs == 1 and self.spec.layers[0].bias:
            for neuron in range(self.spec.layers[0].width):
                w, b = self.variable_of[2 * neuron], self.variable_of[2 * neuron + 1]
                numbers[:, b] = np.where(rng.random(count) < 0.8, self._biases(numbers[:, w], rng), numbers[:, b])
        return numbers

    def _biases(self, w: Floats, rng: np.random.Generator) -> Floats:
        """Biases with which neurons bend between two x, or so large that w x is nearly lost: then values and gradient part."""
        xs = np.unique(self.x)
        ends = np.concatenate([[xs[0] - 1 - abs(xs[0])], xs, [xs[-1] + 1 + abs(xs[-1])]])
        k = rng.integers(0, len(ends) - 1, len(w))
        bends = ends[k] + rng.random(len(w)) * (ends[k + 1] - ends[k])
        lost = np.abs(ends[k]) * np.exp2(self.spec.format.p + rng.integers(-2, 3, len(w)))
        biases: Floats = np.where(rng.random(len(w)) < 0.25, np.abs(w) * lost, -w * bends)
        return biases

    def solutions(self, count: int, rng: np.random.Generator) -> Floats:
        """The best of more guesses after least squares, nearest first."""
        theta = self.guesses(4 * count, rng)
        damping = np.full(len(theta), 1e-2)
        with np.errstate(all="ignore"):
            r = self.residuals(theta)
            size = _size(r)
            for _ in range(ITERATIONS):
                step = _damped_step(self._jacobian(theta, r), r, damping)
                tried = theta - step
                r_tried = self.residuals(tried)
                better = _size(r_tried) < size
                theta, r = np.where(better[:, None], tried, theta), np.where(better[:, None], r_tried, r)
                size = _size(r)
                damping = np.where(better, np.maximum(damping * 0.2, LEAST_DAMPING), np.minimum(damping * 8, 1e8))
        best: Floats = theta[np.argsort(size, kind="stable")[:count]]
        return best

    def residuals(self, theta: Floats) -> Floats:
        """How far outputs and gradients are from what is asked, relative to it."""
        found = self._outputs(theta[:, self.variable_of])
        r: Floats = (np.maximum(found - self.high, 0) + np.minimum(found - self.low, 0)) / self.scale
        return r.reshape(len(theta), -1)

    def _jacobian(self, theta: Floats, r: Floats) -> Floats:
        """By differences; between kinks everything is a polynomial."""
        B, V = theta.shape
        delta = 1e-7 * np.maximum(np.abs(theta), 1e-6)
        moved = np.repeat(theta[:, None, :], V, axis=1)
        moved[:, np.arange(V), np.arange(V)] += delta
        differences = self.residuals(moved.reshape(B * V, V)).reshape(B, V, -1) - r[:, None, :]
        jacobian: Floats = np.nan_to_num(np.swapaxes(differences / delta[..., None], 1, 2))
        return jacobian

    def _outputs(self, weights: Floats) -> Floats:
        """Values and gradients at all points."""
        a = np.broadcast_to(self.x, (len(weights), *self.x.shape))
        at, inputs = 0, self.spec.inputs
        matrices, slopes = [], []
        for layer in self.spec.layers:
            rows = weights[:, at : at + layer.width * (inputs + layer.bias)].reshape(-1, layer.width, inputs + layer.bias)
            at += layer.width * (inputs + layer.bias)
            W = rows[:, :, :inputs]
            z = np.matmul(a, np.swapaxes(W, 1, 2)) + (rows[:, None, :, inputs] if layer.bias else 0)
            a, slope = _activated(layer.activation, z)
            slopes.append(slope)
            matrices.append(W)
            inputs = layer.width
        delta = np.broadcast_to(self.h, (len(weights), *self.h.shape))
        for W, slope in zip(reversed(matrices), reversed(slopes), strict=True):
            delta = np.matmul(delta * slope, W)
        return np.concatenate([a, delta], axis=2)


def _activated(sigma: str | None, z: Floats) -> tuple[Floats, Floats]:
    """Activations and derivatives; those that are no lines between their nodes are so here, and beyond."""
    if sigma is None:
        return z, np.ones_like(z)
    if sigma == RELU:
        return np.maximum(z, 0), (z > 0).astype(np.float64)
    nodes, values, slopes = _nodes(sigma)
    within = np.clip(z, nodes[0], nodes[-1])
    slope: Floats = np.interp(within, nodes, slopes)
    return np.interp(within, nodes, values) + (z - within) * slope, slope


@lru_cache(None)
def _nodes(sigma: str) -> tuple[Floats, Floats, Floats]:
    """An activation and its derivative from -20 to 20, in steps of 1/32."""
    F = parse_format("binary32")
    exact = InFormat(F, activation(sigma))
    data = [divide(F, (k, 0), (32, 0)) for k in range(-640, 641)]
    values, slopes = ([float(rational(f(x))) for x in data] for f in (exact.value, exact.derivative))
    return np.arange(-640, 641) / 32, np.array(values), np.array(slopes)


def _damped_step(J: Floats, r: Floats, damping: Floats) -> Floats:
    """(J^T J + damping D) step = J^T r, with D the diagonal of J^T J, in units in which D is 1.

    No pivot comes to 0 then, however far magnitudes are apart.
    """
    A, b = np.einsum("bmv,bmw->bvw", J, J), np.nan_to_num(np.einsum("bmv,bm->bv", J, r))
    A[~np.isfinite(A).all(axis=(1, 2))] = np.eye(A.shape[1])
    unit = np.sqrt(np.einsum("bvv->bv", A))
    unit[unit == 0] = 1
    A = A / unit[:, :, None] / unit[:, None, :] + damping[:, None, None] * np.eye(A.shape[1])
    step: Floats = np.linalg.solve(A, (b / unit)[..., None])[..., 0] / unit
    return step


def _interval(wanted: Wanted) -> tuple[float, float]:
    """Where a number is to be; what it is not to be is left out."""
    match wanted.kind:
        case Kind.IS:
            return float(rational(wanted.low)), float(rational(wanted.low))
        case Kind.BETWEEN:
            return float(rational(wanted.low)), float(rational(wanted.high))
        case _:
            return -np.inf, np.inf


def _size(r: Floats) -> Floats:
    size: Floats = np.nan_to_num((r * r).sum(axis=1), nan=np.inf)
    return size
