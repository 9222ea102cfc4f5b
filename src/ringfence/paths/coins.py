"""The coins that move: how wildly, and how much together."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.core.errors import BookError
from ringfence.formula.model.correlation import SLACK, least_eigenvalue, nearest_correlation, offenders

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]

_SHOWN: Final = 6
"""Pairs of a nearest correlation that a complaint prints."""
_CHANGED: Final = 5e-5


@dataclass(frozen=True, slots=True)
class Coins:
    """What moves. C coins.

    names        no two alike
    vols         (C,) annual volatility (365 days), fractions >= 0; zero stands still
    correlation  (C, C) of the normal drivers: symmetric, ones on the diagonal, positive semidefinite
    drift        (C,) [1/year] growth of the mean of the price, continuous; None: none, every price is a martingale
    """

    names: tuple[str, ...]
    vols: "Floats"
    correlation: "Floats"
    drift: "Floats | None" = None

    def __post_init__(self) -> None:
        """Refuse what is no set of coins.

        Raises:
            BookError: a name comes twice, a number is missing or none, or the correlation is that of nothing.

        """
        _check_numbers(self)
        _check_correlation(self.names, self.correlation)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.names)


def _check_numbers(coins: Coins) -> None:
    count = len(coins.names)
    if count == 0:
        raise BookError("coins", "there is none", "Name what moves, and its volatility")
    if len(set(coins.names)) < count:
        twice = next(name for name in coins.names if coins.names.count(name) > 1)
        raise BookError("coins", f"{twice} comes twice", "Name each coin once")
    for word, numbers in (("vols", coins.vols), ("drift", coins.drift)):
        if numbers is not None and numbers.shape != (count,):
            raise BookError(
                word, f"{count} coins, and numbers of shape {numbers.shape}", "Give one for each coin"
            )
    wrong = ~np.isfinite(coins.vols) | (coins.vols < 0.0)
    if wrong.any():
        name, vol = next((n, v) for n, v, w in zip(coins.names, coins.vols, wrong, strict=True) if w)
        raise BookError(f"vols, {name}", f"{vol} is no volatility", "Write a fraction a year, such as 0.6")
    if coins.drift is not None and not np.isfinite(coins.drift).all():
        raise BookError(
            "drift", "a number is missing", "Write a fraction a year, such as 0.05, for each coin"
        )


def _check_correlation(names: tuple[str, ...], matrix: "Floats") -> None:
    count = len(names)
    if matrix.shape != (count, count):
        raise BookError(
            "correlation",
            f"{count} coins, and a matrix of shape {matrix.shape}",
            "Give a row and a column for each",
        )
    for row, one in enumerate(names):
        for column, other in enumerate(names[: row + 1]):
            value = float(matrix[row, column])
            if value != matrix[column, row]:
                raise BookError(f"correlation, {one},{other}", "it has two values", "Write one for each pair")
            if (row == column and value != 1.0) or not abs(value) <= 1.0:
                raise BookError(
                    f"correlation, {one},{other}",
                    f"{value} is no correlation",
                    "Write -1 to 1; 1 with itself",
                )
    if least_eigenvalue(matrix) < -SLACK:
        raise _contradiction(names, matrix)


def _contradiction(names: tuple[str, ...], matrix: "Floats") -> BookError:
    """Return the complaint about correlations that cannot hold together: which they are, and the nearest that can."""
    rows = offenders(matrix)
    nearest = nearest_correlation(matrix)
    pairs = [(one, other) for one in range(len(names)) for other in range(one)]
    pairs.sort(key=lambda pair: -abs(float(nearest[pair] - matrix[pair])))
    changed = [pair for pair in pairs if abs(float(nearest[pair] - matrix[pair])) > _CHANGED]
    said = ", ".join(f'"{names[b]},{names[a]}" = {nearest[a, b]:.4f}' for a, b in changed[:_SHOWN])
    rest = f", and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
    return BookError(
        "correlation",
        f"the correlations of {', '.join(names[row] for row in rows)} contradict each other: their matrix is not"
        f" positive semidefinite, its least eigenvalue is {least_eigenvalue(matrix):.3g}",
        f"The nearest that can be: {said}{rest}" if said else "Move the correlations a little towards zero",
    )
