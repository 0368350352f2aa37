"""Lemmas S3-L1 and S3-L2: how negative the Hessian of a deep network with homogeneous activations can be, and exact decisions at rational points.

For f(theta) = (1/|S|) sum_i l(h(x_i), y_i), h = W_n s(W_(n-1) ... s(W_1 x)) without biases and s linear, ReLU or leaky ReLU, at points where no
hidden pre-activation is 0,

    lambda_min(hess f) >= -(n - 1) (1/|S|) sum_i |grad l| |x_i| max(|a|, |abar|)^(n-1) max_J prod_{j in J} |W_j|_s,    |J| = n - 2.

The bound is computed from above in rationals (norms by squares, Frobenius for spectral), and decided exactly: hess f + bound I is positive
semidefinite iff
every pivot of its rational LDL' is positive (or its row is 0). At a zero pre-activation there is no Hessian: the lemma is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isqrt

from gmpy2 import mpq

from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.problem import Problem
from fpproof.dynamics.rounded import exactly
from fpproof.training import Run

Matrix = list[list[mpq]]
SLOPES = {None: mpq(1), "relu": mpq(1), "leaky-relu": mpq(1)}
"""max(|a|, |abar|)."""
ALONG = "fpproof flow SPEC --curvature encloses the smallest eigenvalue of any loss along its flow"


@dataclass(frozen=True)
class CurvatureBound:
    """The lemma at the start of a problem: the Hessian, the bound's size, and whether hess f + size I is positive semidefinite."""

    hessian: Matrix
    size: mpq
    holds: bool


def curvature_lemma(problem: Problem, factor: mpq = SLOPES[None]) -> CurvatureBound:
    """Lemma S3-L2 at the start, exactly; with `factor` below 1 a stronger claim, which may fail. DynamicsError where the lemma does not apply."""
    run = problem.run
    if run is None or run.loss != "squared":
        raise DynamicsError("curvature lemma: expected a network with the squared loss", hint=ALONG)
    slopes = []
    for number, layer in enumerate(run.layers, 1):
        if any(b is not None for b in layer.bias) or layer.activation not in SLOPES or (number == len(run.layers) and layer.activation):
            raise DynamicsError(f"curvature lemma: layer {number}: expected no bias, and ReLU, leaky ReLU or none before the last layer", hint=ALONG)
        slopes.append(SLOPES[layer.activation])
    residuals = _residuals(run)
    size = factor * (len(run.layers) - 1) * sum(residuals, mpq(0)) * _products(run)
    size = size / len(run.x) if run.reduction == "mean" else size
    entries = problem.hessian.run(exactly(), [mpq(v.numerator, v.denominator) for v in problem.start])
    hessian = _square(entries, problem.dimension)
    shifted = [[entry + (size if i == j else 0) for j, entry in enumerate(row)] for i, row in enumerate(hessian)]
    return CurvatureBound(hessian, size, positive_semidefinite(shifted))


def _residuals(run: Run) -> list[mpq]:
    """|h(x) - y| |x| of every sample, rounded up; refuses a hidden pre-activation that is 0."""
    found = []
    for number, (x, y) in enumerate(zip(run.x, run.y, strict=True)):
        values = [mpq(v.numerator, v.denominator) for v in x]
        for depth, layer in enumerate(run.layers, 1):
            z = [sum((mpq(w.numerator, w.denominator) * v for w, v in zip(row, values, strict=True)), mpq(0)) for row in layer.weights]
            if layer.activation is not None and any(v == 0 for v in z):
                raise DynamicsError(
                    f"curvature lemma: sample {number} has a pre-activation 0 in layer {depth}, where there is no Hessian",
                    hint="the lemma holds at points where no hidden pre-activation is 0",
                )
            low = {"relu": mpq(0), "leaky-relu": mpq(1, 100)}.get(layer.activation or "", mpq(1))
            values = [v if v > 0 else low * v for v in z]
        gap = sum(((v - mpq(t.numerator, t.denominator)) ** 2 for v, t in zip(values, y, strict=True)), mpq(0))
        found.append(root_above(gap * sum((mpq(v.numerator, v.denominator) ** 2 for v in x), mpq(0))))
    return found


def _products(run: Run) -> mpq:
    """max over J with |J| = n - 2 of the products of Frobenius norms, rounded up."""
    squares = [sum((mpq(w.numerator, w.denominator) ** 2 for row in layer.weights for w in row), mpq(0)) for layer in run.layers]
    n = len(squares)
    most = mpq(0)
    for chosen in combinations(squares, n - 2) if n > 1 else [()]:
        product = mpq(1)
        for square in chosen:
            product *= square
        most = max(most, product)
    return root_above(most)


def root_above(value: mpq, bits: int = 200) -> mpq:
    """A rational that is not below the square root, and exact for squares of short rationals."""
    if value == 0:
        return mpq(0)
    scaled = value.numerator * value.denominator << (2 * bits)
    root = isqrt(int(scaled))
    root += root * root != scaled
    return mpq(root, value.denominator << bits)


def _square(entries: Sequence[mpq], n: int) -> Matrix:
    rows = [[mpq(0)] * n for _ in range(n)]
    place = 0
    for i in range(n):
        for j in range(i + 1):
            rows[i][j] = rows[j][i] = entries[place]
            place += 1
    return rows


def positive_semidefinite(matrix: Sequence[Sequence[mpq]]) -> bool:
    """Whether a symmetric rational matrix is positive semidefinite, by elimination."""
    rows = [list(row) for row in matrix]
    n = len(rows)
    for k in range(n):
        pivot = rows[k][k]
        if pivot < 0 or (pivot == 0 and any(rows[k][j] for j in range(k + 1, n))):
            return False
        if pivot == 0:
            continue
        for i in range(k + 1, n):
            factor = rows[i][k] / pivot
            if factor:
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return True
