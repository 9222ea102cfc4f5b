"""Paths that are drawn for one pool alone, and added up until a chance is known well enough."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.threads import share
from ringfence.formula.model.looks import SHIFT
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import Law, Tilt
from ringfence.paths.lower import YEAR, between_jumps, lowered
from ringfence.paths.tables import PoolTable

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats
    from ringfence.paths.pack import Monitoring

_FIRST: Final = 16
"""Blocks that are drawn before it is known how many are needed."""
_AT_ONCE: Final = 4096
"""Steps of coins, of a block each, that a thread takes at once."""
_MORE: Final = 1.1


@dataclass(frozen=True, slots=True)
class Ways:
    """A pool, and how paths are drawn and looked at.

    bridged  whether a Brownian bridge stands between looks
    end      logarithm of the one price over today's at which a pool on one coin dies, for bridges of logarithms; else 0
    tilt     how rare paths are made to come often; None: they are not
    """

    table: PoolTable
    law: Law
    coins: Coins
    clock: Clock
    monitoring: "Monitoring"
    seed: int
    bridged: bool
    tilt: Tilt | None
    end: float = 0.0


@dataclass(frozen=True, slots=True)
class Tally:
    """What some paths add up to: how many, sums of what they add and of its square, the largest, how many add some."""

    paths: int
    total: float
    squares: float
    most: float
    hits: int

    def plus(self, other: "Tally") -> "Tally":
        """Return both together."""
        return Tally(
            self.paths + other.paths,
            self.total + other.total,
            self.squares + other.squares,
            max(self.most, other.most),
            self.hits + other.hits,
        )

    @property
    def chance(self) -> float:
        """Return the mean."""
        return self.total / self.paths

    @property
    def error(self) -> float:
        """Return its standard error; infinite where nothing was hit."""
        if self.hits == 0:
            return math.inf
        return math.sqrt(max(self.squares / self.paths - self.chance**2, 0.0) / self.paths)

    @property
    def effective(self) -> float:
        """Return how many hits of equal weight are as sure."""
        return self.total**2 / self.squares if self.squares > 0.0 else 0.0

    @property
    def largest(self) -> float:
        """Return the share of the path that adds most."""
        return self.most / self.total if self.total > 0.0 else 0.0


def sampled(ways: Ways, first: int, blocks: int) -> Tally:
    """Return what some blocks of paths add up to: the same for any number of threads.

    Args:
        ways: how they are drawn.
        first: the number of the first block.
        blocks: how many.

    """
    from ringfence.batch.walk import LANES  # noqa: PLC0415 - numba is imported by who walks
    from ringfence.batch.walk.hit import hit  # noqa: PLC0415 - as above

    record = lowered(ways.law, ways.coins, ways.clock, ways.tilt)
    pools, parts, pieces, reach, covariance = _packed(ways)
    found = np.empty((blocks, LANES))
    plain = 0.0 if ways.tilt is None else ways.tilt.plain
    group = max(1, _AT_ONCE // (ways.clock.steps * len(ways.coins)))

    def work(start: int) -> None:
        hit(
            record, ways.seed, first + start, ways.clock.steps, pools, parts, pieces, reach, covariance, ways.end,
            plain, found[start : start + group],
        )  # fmt: skip

    share(work, range(0, blocks, group))
    return Tally(
        found.size,
        float(found.sum()),
        float(np.square(found).sum()),
        float(found.max()),
        int(np.count_nonzero(found)),
    )


def tallied(ways: Ways, relative: float, most: int) -> Tally:
    """Return what as many paths add up to as make a relative standard error, or as there may be.

    Args:
        ways: how they are drawn.
        relative: standard error over chance.
        most: paths.

    """
    from ringfence.batch.walk import LANES  # noqa: PLC0415 - as above

    limit = max(1, most // LANES)
    done = min(_FIRST, limit)
    tally = sampled(ways, 0, done)
    while done < limit and not tally.error <= relative * tally.chance:
        spread = (tally.error / (relative * tally.chance)) ** 2 if tally.hits else 4.0
        # No leap is longer than eightfold: what few paths say of their own spread is too little to build on.
        more = min(math.ceil(done * min(_MORE * spread, 8.0)) - done, limit - done)
        tally = tally.plus(sampled(ways, done, max(more, 1)))
        done += max(more, 1)
    return tally


def plain_check(ways: Ways, paths: int) -> Tally | None:
    """Return what plain paths say under the same rule of looking; None: there are to be none.

    Args:
        ways: how the others were drawn.
        paths: how many.

    """
    from ringfence.batch.walk import LANES  # noqa: PLC0415 - as above

    if paths <= 0:
        return None
    return sampled(replace(ways, tilt=None, seed=ways.seed + 2), 0, -(-paths // LANES))


def _packed(ways: Ways) -> tuple["Floats", "Floats", "Floats", float, "Floats"]:
    """Return the pool in the shape that kernels read, its reach, and the covariance of a bridge."""
    from ringfence.batch.walk.tables import PART, PIECE, POOL  # noqa: PLC0415 - as above

    table, clock = ways.table, ways.clock
    calm = between_jumps(ways.law, ways.coins, clock)
    step = calm.vols * math.sqrt(clock.step / YEAR)
    covariance = calm.correlation * np.outer(step, step)
    bends = [bend for bend in table.buffer if bend.terms[:, 1:].any() or len(bend.edges) > 1]
    at_ends = len(bends) == 1 and bends[0].is_least_at_ends
    shifted = ways.monitoring == "continuous" and not ways.bridged
    line = table.line + (SHIFT * table.deviation(covariance) if shifted and not at_ends else 0.0)
    reach = math.exp(SHIFT * float(step[bends[0].coin])) if shifted and at_ends else 1.0
    parts: list[tuple[object, ...]] = []
    pieces: list[tuple[object, ...]] = []
    for bend in bends:
        start = len(pieces)
        pieces += [(edge, *term) for edge, term in zip(bend.edges, bend.terms, strict=True)]
        parts.append((bend.coin, start, len(pieces), bend.edges[0], bend.per_step))
    coin = bends[0].coin if bends else 0
    pool = (table.base, line, 0, len(parts), at_ends, table.at_zero and line == 0.0, coin, False)
    none = np.zeros((0, 0))
    return (
        np.array([pool], POOL),
        np.array(parts, PART),
        np.array(pieces, PIECE),
        reach,
        covariance if ways.bridged else none,
    )
