"""Pools with other positions and other holdings than before: columns in, columns out."""

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ringfence.batch.columns import ISOLATED, NOT_OPENED, Columns, Holdings, Numbers, Positions

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Rows
    from ringfence.batch.shelf import Anything

NUMBERS: Final = tuple(one.name for one in fields(Positions) if one.name not in {"symbol", "sign", "opened"})
"""Columns of positions that are numbers."""


def numbers_of(columns: Columns, symbols: tuple[str, ...], pools: "npt.ArrayLike") -> "Rows":
    """Return under which numbers pools are put among those of a population.

    Raises:
        ValueError: the symbols are others, or a number is there twice or below zero.

    """
    places = np.asarray(pools, np.int64).ravel()
    if columns.symbols != symbols or len(places) != len(columns):
        raise ValueError("pools of other symbols, or not as many numbers as pools")
    if len(np.unique(places)) != len(places) or (len(places) and places.min() < 0):
        raise ValueError("a number twice, or below zero")
    return places


def with_added(columns: Columns, positions: Positions, pools: "Rows") -> Columns:
    """Return pools with more positions, each behind those that its pool holds."""
    both = _behind(columns.positions, positions)
    of = np.concatenate([_owners(columns.first_position), pools])
    return _with_positions(columns, both, of, np.argsort(of, kind="stable"))


def with_changed(columns: Columns, positions: Positions, pools: "Rows", places: "Rows") -> Columns:
    """Return pools with other positions in the place of some: those at ``places`` in their pools."""
    rows = _rows(columns, pools, places)
    order = np.arange(len(columns.positions))
    order[rows] = len(columns.positions) + np.arange(len(rows))
    return replace(columns, positions=_picked(_behind(columns.positions, positions), order))


def without(columns: Columns, pools: "Rows", places: "Rows") -> Columns:
    """Return pools without some of their positions: those at ``places`` in their pools."""
    stays = np.ones(len(columns.positions), np.bool_)
    stays[_rows(columns, pools, places)] = False
    return _with_positions(columns, columns.positions, _owners(columns.first_position), np.flatnonzero(stays))


def holding(columns: Columns, pools: "Rows", held: Holdings) -> Columns:
    """Return shared pools that hold other amounts: each in the place of the one in its asset, or behind the others.

    An amount that is not given (NaN) takes the holding out.
    """
    if (columns.pool_kind[pools] == ISOLATED).any():
        raise ValueError("an isolated pool holds nothing but its position's wallet")
    before, count = columns.holdings, len(columns.holdings)
    owner, wide = _owners(columns.first_holding), len(columns.assets)
    old, new = owner * wide + before.asset, pools * wide + held.asset
    if len(np.unique(new)) < len(new):
        raise ValueError("an asset twice in one pool")
    by_key = np.argsort(old, kind="stable")
    place = np.searchsorted(old[by_key], new)
    known = place < count
    known[known] = old[by_key[place[known]]] == new[known]
    rank = np.full(len(new), count)
    rank[known] = by_key[place[known]]
    stays = np.concatenate([~np.isin(old, new), ~np.isnan(held.amount.values)])
    of, asset = np.concatenate([owner, pools]), np.concatenate([before.asset, held.asset])
    rows = np.flatnonzero(stays)
    rows = rows[np.lexsort((np.concatenate([np.arange(count), rank])[rows], of[rows]))]
    amounts = _end_to_end(before.amount, held.amount, count, len(new)).rows(rows)
    return replace(
        columns,
        first_holding=_firsts(of[rows], len(columns)),
        holdings=Holdings(asset[rows].astype(np.int32), amounts),
    )


def _rows(columns: Columns, pools: "Rows", places: "Rows") -> "Rows":
    """Return the rows of positions by their places in their pools."""
    rows = columns.first_position[pools] + places
    if ((places < 0) | (rows >= columns.first_position[pools + 1])).any():
        raise ValueError("a place beyond the positions of its pool")
    if len(np.unique(rows)) < len(rows):
        raise ValueError("a place twice")
    return rows


def _owners(first: "Rows") -> "Rows":
    return np.repeat(np.arange(len(first) - 1), np.diff(first))


def _firsts(of: "Rows", pools: int) -> "Rows":
    return np.concatenate([[0], np.cumsum(np.bincount(of, minlength=pools))])


def _with_positions(columns: Columns, positions: Positions, of: "Rows", order: "Rows") -> Columns:
    """Return pools with the positions of rows; ``of``: whose they are."""
    first = _firsts(of[order], len(columns))
    if (np.diff(first)[columns.pool_kind == ISOLATED] != 1).any():
        raise ValueError("an isolated pool holds one position")
    return replace(columns, first_position=first, positions=_picked(positions, order))


def _picked(positions: Positions, rows: "Rows") -> Positions:
    """Return some positions, in the order in which they are asked for."""
    stated = {name: getattr(positions, name) for name in NUMBERS}
    parts: dict[str, Any] = {n: None if part is None else part.rows(rows) for n, part in stated.items()}
    opened = positions.opened
    return Positions(
        positions.symbol[rows],
        positions.sign[rows],
        **parts,
        opened=None if opened is None else opened[rows],
    )


def _behind(one: Positions, other: Positions) -> Positions:
    """Return positions behind others."""
    opened: Anything | None = None
    if one.opened is not None or other.opened is not None:
        opened = np.concatenate(
            [np.full(len(p), NOT_OPENED) if p.opened is None else p.opened for p in (one, other)]
        )
    parts: dict[str, Any] = {}
    for name in NUMBERS:
        mine, theirs = getattr(one, name), getattr(other, name)
        nobody = mine is None and theirs is None
        parts[name] = None if nobody else _end_to_end(mine, theirs, len(one), len(other))
    return Positions(
        np.concatenate([one.symbol, other.symbol]),
        np.concatenate([one.sign, other.sign]),
        **parts,
        opened=opened,
    )


def _end_to_end(one: Numbers | None, other: Numbers | None, count: int, more: int) -> Numbers:
    """Return a column of numbers behind another; of one that nobody states, nothing is given."""
    first = Numbers(np.full(count, np.nan)) if one is None else one
    last = Numbers(np.full(more, np.nan)) if other is None else other
    written = {**first.written, **{row + count: number for row, number in last.written.items()}}
    return Numbers(np.concatenate([first.values, last.values]), written)
