"""The smallest eigenvalue of symmetric matrices, bounded from below for all matrices in balls.

Let A = C + E with the midpoints C, |E| <= R entry by entry, and Q any invertible matrix, here approximate eigenvectors. With x = Q y,

    x'A x >= y'(Q'C Q) y - ||R|| |x|^2,     |x|^2 = y'(Q'Q) y,

and Gershgorin's discs bound both quadratic forms: y'(Q'C Q) y >= g |y|^2, and a |y|^2 <= |x|^2 <= b |y|^2 with a > 0. So x'A x is at least (g/b
or g/a) |x|^2
(the smaller one) less ||R||, and ||R|| <= the largest sum of a row, since R is symmetric. Every quotient and sum is a ball.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from fpproof.dynamics.balls import Ball, flint, magnitude, norm, upper

Matrix = Sequence[Sequence[Ball]]


def symmetric(triangle: Sequence[Ball], n: int) -> list[list[Ball]]:
    """The matrix of a lower triangle, row by row."""
    rows: list[list[Ball]] = [[None] * n for _ in range(n)]
    place = 0
    for i in range(n):
        for j in range(i + 1):
            rows[i][j] = rows[j][i] = triangle[place]
            place += 1
    return rows


def smallest_eigenvalue(matrix: Matrix) -> Ball:
    """A lower bound, exact, of the eigenvalues of all symmetric matrices in the balls."""
    return _lower(matrix)


def least_eigenvalue(matrix: Matrix) -> Ball:
    """A ball that holds lambda_min of every symmetric matrix in the balls: above, it is at most any Rayleigh quotient."""
    low = smallest_eigenvalue(matrix)
    vector = [flint().arb(float(v)) for v in _eigenvectors([[entry.mid() for entry in row] for row in matrix])[:, 0]]
    quotient = _form(matrix, vector) / sum((v * v for v in vector), flint().arb(0))
    return flint().arb(low).union(quotient.upper())


def _form(matrix: Matrix, vector: Sequence[Ball]) -> Ball:
    arb = flint().arb
    return sum((v * sum((entry * w for entry, w in zip(row, vector, strict=True)), arb(0)) for v, row in zip(vector, matrix, strict=True)), arb(0))


def largest_eigenvalue(matrix: Matrix) -> Ball:
    """An upper bound, exact, of the eigenvalues of all symmetric matrices in the balls."""
    return -_lower([[-entry for entry in row] for row in matrix])


def _lower(matrix: Matrix) -> Ball:
    arb, arb_mat = flint().arb, flint().arb_mat
    n = len(matrix)
    if n == 1:
        return arb(matrix[0][0].lower())
    spread = arb(0)
    for row in matrix:
        total = upper(sum((arb(entry.rad()) for entry in row), arb(0)))
        spread = total if total > spread else spread
    center = [[arb(entry.mid()) for entry in row] for row in matrix]
    vectors = _eigenvectors(center)
    Q = arb_mat([[arb(float(v)) for v in row] for row in vectors])
    transposed = Q.transpose()
    form = (transposed * (arb_mat(center) * Q)).tolist()
    gram = (transposed * Q).tolist()
    g = _least(form)
    a = _least(gram)
    b = -_least([[-entry for entry in row] for row in gram])
    if not a > 0:
        return _least(center) - spread
    low = g / b if g > 0 else g / a
    return arb((low - spread).lower())


def _eigenvectors(center: Matrix) -> Any:
    values = np.array([[float(entry) for entry in row] for row in center])
    if not np.isfinite(values).all():
        return np.eye(len(center))
    try:
        return np.linalg.eigh((values + values.T) / 2)[1]
    except np.linalg.LinAlgError:
        return np.eye(len(center))


def _least(matrix: Matrix) -> Ball:
    """Gershgorin's lower bound for a symmetric matrix."""
    arb = flint().arb
    least = None
    for i, row in enumerate(matrix):
        low = arb((row[i] - sum((magnitude(entry) for j, entry in enumerate(row) if j != i), arb(0))).lower())
        least = low if least is None or low < least else least
    return least


def spectral_norm(matrix: Matrix) -> Ball:
    """An upper bound of the spectral norm of all symmetric matrices in the balls: the better of eigenvalue bounds and Frobenius norm."""
    low, high = smallest_eigenvalue(matrix), largest_eigenvalue(matrix)
    size = magnitude(low)
    size = magnitude(high) if magnitude(high) > size else size
    frobenius = upper(norm([entry for row in matrix for entry in row]))
    return frobenius if frobenius < size else size
