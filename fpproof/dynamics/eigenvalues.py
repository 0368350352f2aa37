"""Eigenvalues of symmetric matrices, bounded for all matrices in balls.

Let Q be any invertible matrix, here approximate eigenvectors of the midpoints. With x = Q y,

    x'A x = y'(Q'A Q) y,     |x|^2 = y'(Q'Q) y,

and a |y|^2 <= |x|^2 <= b |y|^2 with a > 0 by Gershgorin's discs, for Q'Q is nearly 1. If all eigenvalues of F = Q'A Q are at least g, those of A are
at least g/b or g/a, the smaller one. For g there are two bounds, each for every A = C + E with |E| <= R entry by entry:

- Gershgorin's for the balls of Q'A Q: for any d > 0 the eigenvalues of F, which D^-1 F D has too, are at least min_i F_ii - sum_j |F_ij| d_j/d_i.
  With d = 1 where F_ii is least and d_j = |F_ij|/(F_jj - F_ii) elsewhere, an entry in the row of the least counts by its square over the gap only;
- Gershgorin's for Q'C Q alone, less ||R||, which is at most the largest sum of a row.

Every quotient and sum is a ball.
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
    return -_lower(negated(matrix))


def basis(matrix: Matrix) -> Any:
    """Approximate eigenvectors of the midpoints, as the columns of an exact matrix."""
    return flint().arb_mat([[flint().arb(float(v)) for v in row] for row in _eigenvectors([[entry.mid() for entry in row] for row in matrix])])


def in_basis(matrix: Matrix, Q: Any) -> list[list[Ball]]:
    """Q'A Q for all matrices in the balls."""
    found: list[list[Ball]] = (Q.transpose() * (flint().arb_mat([list(row) for row in matrix]) * Q)).tolist()
    return found


def least_of_form(form: Matrix, Q: Any) -> Ball | None:
    """A lower bound of the eigenvalues of all symmetric A with Q'A Q in the balls; None if Q is not seen to be invertible."""
    gram = (Q.transpose() * Q).tolist()
    a, b = _least(gram), -_least(negated(gram))
    if not a > 0:
        return None
    g = _least_scaled(form)
    return flint().arb((g / b if g > 0 else g / a).lower())


def negated(matrix: Matrix) -> list[list[Ball]]:
    return [[-entry for entry in row] for row in matrix]


def _lower(matrix: Matrix) -> Ball:
    arb = flint().arb
    if len(matrix) == 1:
        return arb(matrix[0][0].lower())
    spread = arb(0)
    for row in matrix:
        total = upper(sum((arb(entry.rad()) for entry in row), arb(0)))
        spread = total if total > spread else spread
    center = [[arb(entry.mid()) for entry in row] for row in matrix]
    Q = basis(matrix)
    found = least_of_form(in_basis(center, Q), Q)
    low = arb(((_least(center) if found is None else found) - spread).lower())
    entrywise = least_of_form(in_basis(matrix, Q), Q) if spread > 0 else None
    return entrywise if entrywise is not None and entrywise > low else low


def _eigenvectors(center: Matrix) -> Any:
    values = np.array([[float(entry) for entry in row] for row in center])
    if not np.isfinite(values).all():
        return np.eye(len(center))
    try:
        return np.linalg.eigh((values + values.T) / 2)[1]
    except np.linalg.LinAlgError:
        return np.eye(len(center))


def _least_scaled(matrix: Matrix) -> Ball:
    """Gershgorin's lower bound, the better one of d = 1 and the d above."""
    arb = flint().arb
    plain = _least(matrix)
    diagonal = [float(row[i]) for i, row in enumerate(matrix)]
    if not np.isfinite(diagonal).all():
        return plain
    place = int(np.argmin(diagonal))
    sizes = [float(magnitude(entry)) for entry in matrix[place]]
    gaps = [max(value - diagonal[place], 1e-300) for value in diagonal]
    scales = [arb(1.0 if i == place else min(1.0, max(size / gap, 2.0**-20))) for i, (size, gap) in enumerate(zip(sizes, gaps, strict=True))]
    scaled = _least([[entry * scales[j] / scales[i] for j, entry in enumerate(row)] for i, row in enumerate(matrix)])
    return scaled if scaled > plain else plain


def _least(matrix: Matrix) -> Ball:
    """Gershgorin's lower bound, by rows."""
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
