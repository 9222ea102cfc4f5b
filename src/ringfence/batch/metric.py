"""How far a joint move is: sqrt(r' S^-1 r) with the daily covariance S, in daily sigmas. Kernels on small matrices."""

from math import sqrt
from typing import Final

import numpy as np

from ringfence.batch.compiled import compiled
from ringfence.batch.records import Column

_NOT_ONE: Final = 1e-9
_NEARLY_SINGULAR: Final = 1e-10


@compiled
def factored(matrix: Column, aside: float, root: Column) -> bool:
    """Write the lower root of a matrix moved aside from singular ones; return whether it has one (Cholesky)."""
    count = len(matrix)
    for i in range(count):
        for j in range(i + 1):
            left = matrix[i, j] + (aside if i == j else 0.0)
            for k in range(j):
                left -= root[i, k] * root[j, k]
            if i > j:
                root[i, j] = left / root[j, j]
            elif left > _NEARLY_SINGULAR / 2.0:
                root[i, i] = sqrt(left)
            else:
                return False
    return True


@compiled
def root_of(matrix: Column, root: Column) -> tuple[bool, bool]:
    """Write the lower root of a correlation matrix; return whether it is one, and whether it had to be moved aside."""
    if factored(matrix, 0.0, root):
        return True, False
    return factored(matrix, _NOT_ONE, root), True


@compiled
def length(x: Column, root: Column) -> float:
    """Return the distance [sigma] of a joint move [sigma a coin]."""
    squared, y = 0.0, np.empty(len(x))
    for i in range(len(x)):
        left = x[i]
        for k in range(i):
            left -= root[i, k] * y[k]
        y[i] = left / root[i, i]
        squared += y[i] * y[i]
    return sqrt(squared)


@compiled
def foot_on(height: float, slopes: Column, matrix: Column, foot: Column) -> bool:
    """Write the nearest point of the plane height + slopes.x = 0; return whether there is one."""
    fall = 0.0
    for i in range(len(slopes)):
        steepest = 0.0
        for k in range(len(slopes)):
            steepest += matrix[i, k] * slopes[k]
        foot[i] = steepest
        fall += slopes[i] * steepest
    if not fall > 0.0:
        return False
    for i in range(len(slopes)):
        foot[i] *= -height / fall
    return True
