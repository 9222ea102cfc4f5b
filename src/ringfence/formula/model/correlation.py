"""Correlation matrices: what makes one, the nearest one, and its root. Arrays of float64."""

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

SLACK: Final = 1e-10
"""By how much the least eigenvalue may fall below zero: what rounding of a singular matrix leaves, times a thousand."""
_ROUNDS: Final = 1000
_CLOSE: Final = 1e-12
_PIVOT: Final = 1e-12


def least_eigenvalue(matrix: "Floats") -> float:
    """Return the least eigenvalue of a symmetric matrix: below zero, it is the correlation of nothing.

    Units   [1] -> [1]
    Source  LAPACK syevd
    """
    return float(np.linalg.eigvalsh(matrix)[0])


def offenders(matrix: "Floats") -> list[int]:
    """Return the fewest rows found whose own correlations contradict each other; none where the matrix is one.

    They are looked for where the eigenvector of the least eigenvalue is largest; then those go that are not needed.

    Units   [1] -> places of rows, in order
    Source  a principal submatrix of a positive semidefinite matrix is one
    """
    values, vectors = np.linalg.eigh(matrix)
    if values[0] >= -SLACK:
        return []
    chosen = [int(row) for row in np.argsort(-np.abs(vectors[:, 0]), kind="stable")]
    for row in reversed(tuple(chosen)):
        fewer = [other for other in chosen if other != row]
        if fewer and least_eigenvalue(matrix[np.ix_(fewer, fewer)]) < -SLACK:
            chosen = fewer
    return sorted(chosen)


def nearest_correlation(matrix: "Floats") -> "Floats":
    """Return the correlation matrix that is nearest in the Frobenius norm: projections in turn, Dykstra's correction.

    What comes out has a diagonal of ones and is positive semidefinite to the last digits.

    Units   [1] symmetric -> [1]
    Source  Higham (2002): Computing the nearest correlation matrix - a problem from finance, algorithm 3.3
    """
    near = (matrix + matrix.T) / 2.0
    correction = np.zeros_like(near)
    for _ in range(_ROUNDS):
        before = near
        raised = _raised(near - correction)
        correction = raised - (near - correction)
        near = raised.copy()
        np.fill_diagonal(near, 1.0)
        if np.abs(near - before).max() <= _CLOSE:
            break
    return _scaled(_raised(near))


def _raised(matrix: "Floats") -> "Floats":
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)


def _scaled(matrix: "Floats") -> "Floats":
    """Return a matrix with ones on its diagonal, and nothing beyond."""
    root = np.sqrt(np.diag(matrix))
    scaled = np.clip(matrix / np.outer(root, root), -1.0, 1.0)
    scaled = (scaled + scaled.T) / 2.0
    np.fill_diagonal(scaled, 1.0)
    return np.asarray(scaled)


def root_of(matrix: "Floats") -> "Floats":
    """Return a lower triangular L with L L' the matrix, also where it is singular: the same bits on any machine.

    Units   [1] positive semidefinite -> [1]
    Source  Cholesky, row by row; a pivot that is rounding leaves its column zero
    """
    rows: list[list[float]] = []
    for number, given in enumerate(matrix.tolist()):
        row: list[float] = []
        for column in range(number):
            above = rows[column]
            rest = given[column] - math.fsum(x * y for x, y in zip(row, above, strict=False))
            row.append(rest / above[column] if above[column] > 0.0 else 0.0)
        pivot = given[number] - math.fsum(x * x for x in row)
        rows.append([*row, math.sqrt(pivot) if pivot > _PIVOT else 0.0])
    root = np.zeros(matrix.shape)
    for number, found in enumerate(rows):
        root[number, : number + 1] = found
    return root
