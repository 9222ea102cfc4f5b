"""The nearest joint move that liquidates each pool of a population: as the fast engine finds it, or the exact one."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import nan
from typing import TYPE_CHECKING, Final, get_args

import numpy as np

from ringfence.margin.nearest import NearestMove, Proof
from ringfence.margin.node import Missing

if TYPE_CHECKING:
    from ringfence.batch.columns import Bytes, Codes, Floats, Places
    from ringfence.batch.nearest import Nearest
    from ringfence.batch.ready import Ready

PROOFS: Final[tuple[Proof, ...]] = get_args(Proof)
"""What is proved of a move; a proof's code is its place here."""
UNKNOWN: Final = -1
"""Stands for the proof of a move that is not known."""


@dataclass(frozen=True, slots=True)
class Moves:
    """Nearest liquidating moves, pool by pool.

    coins      names, by code
    first      pool -> its first row in ``coin`` and ``move``, and one more: where the last one's end
    coin       row -> place in ``coins``
    move       row -> fraction of the coin's price
    distance   pool -> sqrt(r' S^-1 r) [daily sigma]; NaN: no move kills it, or none is known
    proof      pool -> place in ``PROOFS``; ``UNKNOWN`` where there is no move
    """

    coins: tuple[str, ...]
    first: "Places"
    coin: "Codes"
    move: "Floats"
    distance: "Floats"
    proof: "Bytes"


def no_moves(pools: int) -> Moves:
    """Return moves that are still to be found."""
    return Moves(
        (), np.zeros(pools + 1, np.int64), np.zeros(0, np.int32), np.zeros(0), np.full(pools, nan),
        np.full(pools, UNKNOWN, np.int8),
    )  # fmt: skip


def fast_moves(made: "Ready", found: "Nearest") -> Moves:
    """Return the moves that the fast engine found."""
    known = ~np.isnan(found.distance)
    rows = ~np.isnan(found.move)
    before = np.concatenate(([0], np.cumsum(rows)))
    proof = np.where(known, found.proof, UNKNOWN).astype(np.int8)
    return Moves(
        (*made.assets, *found.others), before[found.first], found.asset[rows], found.move[rows], found.distance, proof
    )  # fmt: skip


def with_exact(moves: Moves, found: Mapping[int, NearestMove | Missing]) -> Moves:
    """Return moves with what the exact engine found of some pools in their place."""
    if not found:
        return moves
    coins = list(dict.fromkeys([*moves.coins, *(c for one in found.values() for c in _moves_of(one))]))
    sizes = np.diff(moves.first)
    kept = np.ones(len(moves.move), np.bool_)
    distance, proof = moves.distance.copy(), moves.proof.copy()
    for pool, one in found.items():
        kept[moves.first[pool] : moves.first[pool + 1]] = False
        sizes[pool] = len(_moves_of(one))
        distance[pool] = nan if isinstance(one, Missing) else float(one.distance_sigmas)
        proof[pool] = UNKNOWN if isinstance(one, Missing) else PROOFS.index(one.proof)
    first = np.concatenate(([0], np.cumsum(sizes)))
    coin, move = np.zeros(first[-1], np.int32), np.zeros(first[-1])
    ours = np.repeat([number not in found for number in range(len(sizes))], sizes)
    coin[ours], move[ours] = moves.coin[kept], moves.move[kept]
    for pool, one in found.items():
        rows = slice(int(first[pool]), int(first[pool + 1]))
        coin[rows] = [coins.index(name) for name in _moves_of(one)]
        move[rows] = [float(amount) for amount in _moves_of(one).values()]
    return Moves(tuple(coins), first, coin, move, distance, proof)


def _moves_of(one: NearestMove | Missing) -> Mapping[str, Decimal]:
    return one.moves if isinstance(one, NearestMove) else {}
