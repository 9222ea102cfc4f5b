"""What chance decides about a block of made-up accounts: a stream of its own for every block of every seed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.shape import Shape
from ringfence.core.errors import BookError

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Floats, Rows

    Flags = npt.NDArray[np.bool_]


def stream(*numbers: int) -> np.random.Generator:
    """Return a stream of chance of its own for a seed and what follows it.

    Raises:
        BookError: the seed is below zero.

    """
    if numbers[0] < 0:
        raise BookError("seed", f"{numbers[0]} is below zero", "Write a whole number, zero or above")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(numbers)))


class Draws:
    """Chance, in the order in which it is asked: the same seed and block give the same answers."""

    def __init__(self, seed: int, block: int) -> None:
        """Begin the stream of one block of one seed."""
        self._source = stream(seed, block)

    def flags(self, count: int, share: float) -> "Flags":
        """Return yes for a share of them."""
        return self._source.random(count) < share

    def uniform(self, count: int) -> "Floats":
        """Return numbers from 0 to 1."""
        return self._source.random(count)

    def normal(self, count: int) -> "Floats":
        """Return standard normal numbers."""
        return self._source.standard_normal(count)

    def exponential(self, count: int) -> "Floats":
        """Return exponential numbers of mean 1."""
        return self._source.standard_exponential(count)

    def chosen(self, count: int, mix: Mapping[float, float]) -> "Floats":
        """Return keys of a mix, each as often as its weight says."""
        steps = np.cumsum(np.array(list(mix.values()), dtype=np.float64))
        place = np.searchsorted(steps, self._source.random(count) * steps[-1], side="right")
        keys: Floats = np.array(list(mix), dtype=np.float64)[np.minimum(place, len(mix) - 1)]
        return keys

    def geometric(self, count: int, mean: float) -> "Rows":
        """Return whole numbers from 1 on, each less often than the one before it by the same factor."""
        if mean <= 1:
            return np.ones(count, dtype=np.int64)
        return self._source.geometric(1 / mean, count)

    def notional(self, count: int, shape: Shape) -> "Floats":
        """Return gross notionals [USD]: lognormal, and a share by a power law that ends."""
        many = shape.middle * np.exp(shape.spread * self.normal(count))
        low, high = shape.tail_from**-shape.exponent, shape.tail_to**-shape.exponent
        few = (low - self.uniform(count) * (low - high)) ** (-1 / shape.exponent)
        return np.where(self.flags(count, shape.tail), few, np.minimum(many, shape.tail_to))

    def held(self, counts: "Rows", weights: "Floats") -> tuple["Rows", "Rows"]:
        """Return account and symbol of every row: so many different symbols an account, by weight.

        Each symbol waits for an exponential time, a heavy one shorter; the first to come are held.
        """
        waits = self._source.standard_exponential((len(counts), len(weights)), dtype=np.float32)
        waits /= weights.astype(np.float32)
        order = np.argsort(waits, axis=1, kind="stable")
        taken = np.arange(len(weights)) < counts[:, None]
        return np.repeat(np.arange(len(counts)), counts), order[taken]
