"""Rows cut into pools as they are held: shared pools first, then every isolated position in its own."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ringfence.batch.columns import CROSS, ISOLATED, NOT_OPENED, Columns, Holdings, Numbers, Positions
from ringfence.importers.accounts.place import Ints
from ringfence.importers.accounts.rows import Rows
from ringfence.importers.accounts.shared import Shared

_OPTIONAL: Final = (
    "leverage", "collateral", "extra_collateral", "cost", "opening_fee", "funding_reserve", "maintenance_rate",
    "deduction",
)  # fmt: skip
_NOWHERE: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class _Pools:
    """Pools in order, and row -> its pool; -1: a holding of nothing, which alone makes no pool."""

    account: Ints
    unit: Ints
    isolated: Any
    of_row: Ints


def columns_of(rows: Rows, size: Numbers, shared: Shared) -> tuple[Columns, Ints]:
    """Return the accounts of a block, and each position's row in it.

    Args:
        rows: the block, checked.
        size: each row's contract size.
        shared: what its codes stand for.

    """
    by_account = shared.rules.account_mode.pooling == "account"
    pools = _pools(rows, len(shared.assets) + 1, by_account=by_account)
    count = len(pools.account)
    held, first_position = _sorted(np.flatnonzero(rows.is_position), pools.of_row, count)
    owned, first_holding = _sorted(
        np.flatnonzero(~rows.is_position & (pools.of_row >= 0)), pools.of_row, count
    )
    columns = Columns(
        accounts=rows.accounts,
        symbols=tuple(shared.symbols),
        assets=tuple(shared.assets),
        pool_account=pools.account.astype(np.int32),
        pool_kind=np.where(pools.isolated, ISOLATED, CROSS).astype(np.int8),
        pool_unit=pools.unit.astype(np.int32),
        first_position=first_position,
        first_holding=first_holding,
        positions=_positions(rows, size, held),
        holdings=Holdings(rows.asset[owned], _amounts(rows, owned)),
        hedge_mode=shared.hedge_mode,
    )
    return columns, held


def _pools(rows: Rows, assets: int, *, by_account: bool) -> _Pools:
    """Return the pools, those of an account in the order of the exact engine.

    That is: settlement assets of cross positions in their order, then assets held, then isolated positions.
    """
    count, row_numbers = len(rows), np.arange(len(rows), dtype=np.int64)
    amount = np.nan_to_num(rows.stated("amount"))
    rank = np.where(rows.is_position, row_numbers, np.where(amount != 0, count + row_numbers, _NOWHERE))
    shared, alone = np.flatnonzero(~rows.isolated), np.flatnonzero(rows.isolated)
    key = rows.account[shared] if by_account else rows.account[shared] * assets + rows.asset[shared]
    order = np.argsort(key, kind="stable")
    shared, key = shared[order], key[order]
    begins = np.r_[True, key[1:] != key[:-1]] if len(key) else np.zeros(0, dtype=np.bool_)
    starts = np.flatnonzero(begins)
    ranks = np.minimum.reduceat(rank[shared], starts) if len(starts) else rank[:0]
    real = ranks != _NOWHERE
    heads = np.concatenate([shared[starts][real], alone])
    account = rows.account[heads]
    place = account * (3 * count + 1) + np.concatenate([ranks[real], 2 * count + alone])
    order = np.argsort(place, kind="stable")
    number = np.empty(len(heads), dtype=np.int64)
    number[order] = np.arange(len(heads))
    of_group = np.full(len(starts), -1, dtype=np.int64)
    of_group[real] = number[: int(real.sum())]
    of_row = np.empty(count, dtype=np.int64)
    of_row[shared] = of_group[np.cumsum(begins) - 1]
    of_row[alone] = number[int(real.sum()) :]
    isolated = rows.isolated[heads][order]
    unit = rows.asset[heads][order].astype(np.int64)
    return _Pools(account[order], np.where(isolated, unit, -1) if by_account else unit, isolated, of_row)


def _sorted(rows: Ints, of_row: Ints, count: int) -> tuple[Ints, Ints]:
    """Return rows sorted by pool, and where each pool's begin."""
    pool = of_row[rows]
    first = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(pool, minlength=count), out=first[1:])
    return rows[np.argsort(pool, kind="stable")], first


def _amounts(rows: Rows, owned: Ints) -> Numbers:
    given = rows.numbers.get("amount")
    return Numbers(np.zeros(0)) if given is None else given.rows(owned)


def _positions(rows: Rows, size: Numbers, held: Ints) -> Positions:
    optional = {}
    for name in _OPTIONAL:
        given = rows.numbers.get(name)
        column = None if given is None else given.rows(held)
        optional[name] = None if column is None or np.isnan(column.values).all() else column
    opened = None if rows.opened is None else rows.opened[held]
    nobody = Numbers(np.zeros(0))
    return Positions(
        symbol=rows.symbol[held],
        sign=rows.sign[held],
        contracts=rows.numbers.get("contracts", nobody).rows(held),
        contract_size=size.rows(held),
        entry_price=rows.numbers.get("entry_price", nobody).rows(held),
        opened=None if opened is None or (opened == NOT_OPENED).all() else opened,
        **optional,
    )
