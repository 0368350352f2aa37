"""Deep linear networks with matrix weights: what the flow conserves, balanced starts, and the flow of the product.

f(W_1, ..., W_n) = phi(W), W = W_n ... W_1, G = grad phi(W). Then W_j' = -W_(n:j+1)^T G W_(j-1:1)^T, so that

    W_(j+1)^T W_(j+1) - W_j W_j^T    is constant,
    W' = -sum_j W_(n:j+1) W_(n:j+1)^T  G  W_(j-1:1)^T W_(j-1:1).

Balanced weights, where these constants are 0, have W_(n:j+1) W_(n:j+1)^T = S^(n-j) and W_(j-1:1)^T W_(j-1:1) = R^(j-1) with S = W_n W_n^T and
R = W_1^T W_1, and S^n = W W^T, R^n = W^T W: the flow of W is closed, W' = -sum_j (W W^T)^((n-j)/n) G (W^T W)^((j-1)/n) (Arora, Cohen, Hazan 2018).
With one output that is w' = -rho^(2-2/n) (G + (n-1) (G.u) u), rho = |w|, u = w/rho.

Matrices are rows of numbers of any kind: rationals, balls, symbols.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from fpproof.dynamics.balls import Ball, magnitude, norm, upper
from fpproof.dynamics.flow import State
from fpproof.dynamics.graph import DynamicsError
from fpproof.dynamics.problem import Problem

Matrix = list[list[Any]]


def product(x: Matrix, y: Matrix) -> Matrix:
    columns = list(zip(*y, strict=True))
    return [[_dot(row, column) for column in columns] for row in x]


def _dot(row: Sequence[Any], column: Sequence[Any]) -> Any:
    total = row[0] * column[0]
    for a, b in zip(row[1:], column[1:], strict=True):
        total = total + a * b
    return total


def transpose(x: Matrix) -> Matrix:
    return [list(column) for column in zip(*x, strict=True)]


def minus(x: Matrix, y: Matrix) -> Matrix:
    return [[a - b for a, b in zip(r, s, strict=True)] for r, s in zip(x, y, strict=True)]


def power(x: Matrix, n: int) -> Matrix:
    """n >= 1."""
    result = x
    for _ in range(n - 1):
        result = product(result, x)
    return result


def matrices(problem: Problem, parameters: Sequence[Any]) -> list[Matrix]:
    """The parameters of a linear network as its matrices, the first layer first. DynamicsError for other networks."""
    run = problem.run
    if run is None or any(layer.activation is not None or any(b is not None for b in layer.bias) for layer in run.layers):
        raise DynamicsError("expected a network of layers without activation and without bias", hint="leave out `activation` and `bias`")
    values, found = iter(parameters), []
    for layer in run.layers:
        found.append([[next(values) for _ in row] for row in layer.weights])
    return found


def end_to_end(weights: Sequence[Matrix]) -> Matrix:
    """W_n ... W_1."""
    result = weights[0]
    for later in weights[1:]:
        result = product(later, result)
    return result


def unbalance(weights: Sequence[Matrix]) -> list[Matrix]:
    """W_(j+1)^T W_(j+1) - W_j W_j^T for every j: constant along the flow, 0 for balanced weights."""
    return [minus(product(transpose(b), b), product(a, transpose(a))) for a, b in pairwise(weights)]


def velocity(weights: Sequence[Matrix], gradient: Matrix) -> Matrix:
    """W' for the gradient G of phi at W, by the sum over layers."""
    n = len(weights)
    total: Matrix | None = None
    for j in range(n):
        term = gradient
        if j < n - 1:
            above = end_to_end(weights[j + 1 :])
            term = product(product(above, transpose(above)), term)
        if j > 0:
            below = end_to_end(weights[:j])
            term = product(term, product(transpose(below), below))
        total = term if total is None else [[a + b for a, b in zip(r, s, strict=True)] for r, s in zip(total, term, strict=True)]
    assert total is not None
    return [[-a for a in row] for row in total]


def layer_velocities(weights: Sequence[Matrix], gradient: Matrix) -> list[Matrix]:
    """W_j' = -W_(n:j+1)^T G W_(j-1:1)^T for every j."""
    found = []
    for j in range(len(weights)):
        term = gradient
        if j < len(weights) - 1:
            term = product(transpose(end_to_end(weights[j + 1 :])), term)
        if j > 0:
            term = product(term, transpose(end_to_end(weights[:j])))
        found.append([[-a for a in row] for row in term])
    return found


@dataclass(frozen=True)
class Audit:
    """The end-to-end matrix of a linear network at a time of its flow, and bounds of what must be 0."""

    end_to_end: Matrix
    unbalance: Ball
    """The largest Frobenius norm of W_(j+1)^T W_(j+1) - W_j W_j^T, at most."""
    conserved: Ball
    """How much these have changed since the start, at most: 0 lies in it."""
    power_law: Ball
    """|(W_n W_n^T)^n - W W^T|, at most; 0 for balanced weights."""


def audit(problem: Problem, start: State, state: State) -> Audit:
    """What the module's text says, on enclosures, at the working precision. DynamicsError if what is conserved has changed: a bug."""
    before, after = (matrices(problem, s.parameters) for s in (start, state))
    first, now = unbalance(before), unbalance(after)
    changes = [minus(a, b) for a, b in zip(now, first, strict=True)]
    if not all(entry.contains(0) for change in changes for row in change for entry in row):
        raise DynamicsError("what a gradient flow conserves has changed: this is a bug of fpproof")
    whole, last = end_to_end(after), after[-1]
    law = minus(power(product(last, transpose(last)), len(after)), product(whole, transpose(whole)))
    sizes = [max((upper(frobenius(m)) for m in group), key=float, default=upper(frobenius([[whole[0][0] * 0]]))) for group in (now, changes)]
    return Audit(whole, sizes[0], sizes[1], upper(frobenius(law)))


def frobenius(x: Matrix) -> Ball:
    return norm([magnitude(entry) for row in x for entry in row])


# Balanced starts


def orthogonal(skew: Matrix) -> list[list[Fraction]]:
    """Cayley's rational orthogonal matrix (I - K) (I + K)^-1 of a skew one."""
    n = len(skew)
    plus = [[Fraction(int(i == j)) + skew[i][j] for j in range(n)] for i in range(n)]
    less = [[Fraction(int(i == j)) - skew[i][j] for j in range(n)] for i in range(n)]
    return product(less, _inverse(plus))


def _inverse(matrix: Matrix) -> list[list[Fraction]]:
    """By Gauss and Jordan; I + K is never singular."""
    n = len(matrix)
    rows = [[*row, *(Fraction(int(i == j)) for j in range(n))] for i, row in enumerate(matrix)]
    for k in range(n):
        pivot = next(i for i in range(k, n) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for i in range(n):
            if i != k and rows[i][k]:
                factor = rows[i][k]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[n:] for row in rows]


def balanced_start(rotations: Sequence[Matrix], scales: Sequence[Fraction]) -> list[Matrix]:
    """W_j = Q_j diag(scales) Q_(j-1)^T for orthogonal Q_0, ..., Q_n of the layers' widths: balanced, and the product is Q_n diag(scales^n) Q_0^T."""
    if any(len(q) < len(scales) for q in rotations):
        raise DynamicsError(f"balanced start: {len(scales)} scales, more than the narrowest layer has neurons")
    columns = [[list(row[: len(scales)]) for row in q] for q in rotations]
    diagonal = [[s if i == j else Fraction(0) for j in range(len(scales))] for i, s in enumerate(scales)]
    return [product(product(b, diagonal), transpose(a)) for a, b in pairwise(columns)]
