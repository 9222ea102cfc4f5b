"""Positions put into pools, with collateral behind each: the last step of a made-up population."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ringfence.batch.columns import CROSS, ISOLATED, Columns, Holdings, Numbers, Positions
from ringfence.batch.draws import Draws
from ringfence.batch.shape import Shape
from ringfence.batch.stand import Stand

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Bytes, Codes, Floats
    from ringfence.batch.columns import Rows as Places

    Flags = npt.NDArray[np.bool_]

_OVER_INITIAL: Final = 1.02
"""Equity of a shared pool over its initial requirement, at the least, but for those close to liquidation."""

_CLOSE: Final = 0.25
_LEFT: Final = 0.02
"""Part of the initial requirement that a wallet holds at the least, whatever its positions have gained."""

_MORE: Final = 0.5
_SECOND: Final = (0.1, 0.6)
_CAP: Final = 0.9


@dataclass(frozen=True)
class Rows:
    """Positions by account. Requirements and P&L, near enough, in the settlement asset.

    put_up   initial requirement at entry
    """

    account: "Places"
    symbol: "Places"
    sign: "Places"
    isolated: "Flags"
    contracts: "Floats"
    entry: "Floats"
    leverage: "Floats"
    initial: "Floats"
    maintenance: "Floats"
    put_up: "Floats"
    pnl: "Floats"


@dataclass(frozen=True)
class Block:
    """Some accounts, cut into pools: a part of ``Columns``. Accounts and rows are counted from the block's first."""

    accounts: int
    pool_account: "Codes"
    pool_kind: "Bytes"
    pool_unit: "Codes"
    positions: "Codes"
    holdings: "Codes"
    symbol: "Codes"
    sign: "Bytes"
    contracts: "Floats"
    entry: "Floats"
    leverage: "Floats"
    collateral: "Floats"
    asset: "Codes"
    amount: "Floats"


_JOINED: Final = tuple(one.name for one in fields(Block) if one.name != "accounts")


def assembled(rows: Rows, shape: Shape, stand: Stand, draws: Draws, closing: "Flags") -> Block:
    """Return positions in their pools, shared ones first, and what stands behind each.

    Args:
        rows: positions, sorted by account; every account has one.
        shape: what the population looks like.
        stand: what it is drawn in.
        draws: chance.
        closing: account -> whether its shared pools are close to liquidation.

    """
    count, wide = len(closing), len(stand.assets)
    settle = stand.settle[rows.symbol]
    keys, shared = _shared(rows, count, stand)
    wallet = _wallets(rows, keys, shared, shape, stand, draws, closing)
    owner = np.concatenate([shared // wide, rows.account[rows.isolated]])
    kind = np.repeat([CROSS, ISOLATED], [len(shared), len(owner) - len(shared)])
    own_unit = np.full(len(shared), -1) if stand.one_pool else shared % wide
    unit = np.concatenate([own_unit, settle[rows.isolated]])
    order = np.lexsort((np.arange(len(owner)), kind, owner))
    rank = np.argsort(order)
    pool = np.empty_like(settle)
    pool[~rows.isolated] = rank[np.searchsorted(shared, keys[~rows.isolated])]
    pool[rows.isolated] = rank[len(shared) :]
    by_pool = np.argsort(pool, kind="stable")
    asset, amount, of_shared = _holdings(wallet, shared, shape, stand, draws)
    holder = rank[of_shared]
    by_holder = np.argsort(holder, kind="stable")
    more = np.where(draws.flags(len(settle), 0.5), 1.0, 1.0 + _MORE * draws.uniform(len(settle)))
    own = np.where(rows.isolated, stand.money(settle, rows.put_up * more), np.nan)
    return Block(
        accounts=count,
        pool_account=owner[order].astype(np.int32),
        pool_kind=kind[order].astype(np.int8),
        pool_unit=unit[order].astype(np.int32),
        positions=np.bincount(pool, minlength=len(order)).astype(np.int32),
        holdings=np.bincount(holder, minlength=len(order)).astype(np.int32),
        symbol=rows.symbol[by_pool].astype(np.int32),
        sign=rows.sign[by_pool].astype(np.int8),
        contracts=rows.contracts[by_pool],
        entry=rows.entry[by_pool],
        leverage=rows.leverage[by_pool],
        collateral=own[by_pool],
        asset=asset[by_holder].astype(np.int32),
        amount=amount[by_holder],
    )


def _shared(rows: Rows, count: int, stand: Stand) -> tuple["Places", "Places"]:
    """Return account * assets + asset of the shared pool that each position could stand in, and of those there are.

    An account without shared positions has one all the same, in the settlement asset of its first.
    """
    settle = stand.settle[rows.symbol]
    purse = np.zeros_like(settle) if stand.one_pool else settle
    first = np.searchsorted(rows.account, np.arange(count))
    has_shared = np.bincount(rows.account[~rows.isolated], minlength=count) > 0
    place = np.where(rows.isolated, first[rows.account], np.arange(len(settle)))
    keys = rows.account * len(stand.assets) + purse[place]
    return keys, np.unique(keys[~rows.isolated | ~has_shared[rows.account]])


def _wallets(
    rows: Rows,
    keys: "Places",
    shared: "Places",
    shape: Shape,
    stand: Stand,
    draws: Draws,
    closing: "Flags",
) -> "Floats":
    """Return what shared pools hold, in their unit: so that equity is what the shape says it is.

    An account that isolates everything holds as if it had its positions here.
    """
    settle = stand.settle[rows.symbol]
    scale = stand.prices[settle] if stand.one_pool else np.ones(len(settle))
    every = np.searchsorted(shared, keys)
    known = shared[np.minimum(every, len(shared) - 1)] == keys
    cross = known & ~rows.isolated

    def summed(amounts: "Floats", among: "Flags") -> "Floats":
        return np.bincount(every[among], (amounts * scale)[among], len(shared)).astype(np.float64)

    initial, idle = summed(rows.initial, cross), summed(rows.initial, known & rows.isolated)
    owner = shared // len(stand.assets)
    covered = shape.covered * np.exp(shape.covered_spread * draws.normal(len(closing)))[owner]
    usual = initial * np.maximum(covered, _OVER_INITIAL)
    near = summed(rows.maintenance, cross) * (1 + _CLOSE * draws.uniform(len(shared)))
    equity = np.where(closing[owner], near, usual)
    wallet = np.maximum(equity - summed(rows.pnl, cross), _LEFT * initial)
    return np.where(initial > 0, wallet, idle * np.maximum(covered, _OVER_INITIAL))


def _holdings(
    wallet: "Floats", shared: "Places", shape: Shape, stand: Stand, draws: Draws
) -> tuple["Places", "Floats", "Places"]:
    """Return asset, amount and shared pool of every holding: one a pool, of mixed ones two."""
    everyone = np.arange(len(shared))
    if not stand.one_pool:
        asset = shared % len(stand.assets)
        return asset, stand.money(asset, wallet), everyone
    main = np.full(len(shared), stand.main)
    if not stand.spare:
        return main, stand.money(main, wallet / stand.counts), everyone
    mixed = draws.flags(len(shared), shape.mixed)
    which = np.minimum((draws.uniform(len(shared)) * len(stand.spare)).astype(np.int64), len(stand.spare) - 1)
    part = _SECOND[0] + _SECOND[1] * draws.uniform(len(shared))
    counts = np.array([one.counts for one in stand.spare])[which]
    most = np.array([one.most for one in stand.spare])[which]
    other = np.array([one.asset for one in stand.spare])[which]
    amount = np.where(mixed, np.minimum(part * wallet / counts, _CAP * most), 0.0)
    amount = np.where(mixed, stand.money(other, amount), 0.0)
    rest = stand.money(main, np.maximum(wallet - amount * counts, 0) / stand.counts)
    return (
        np.concatenate([main, other[mixed]]),
        np.concatenate([rest, amount[mixed]]),
        np.concatenate([everyone, everyone[mixed]]),
    )


def joined(blocks: list[Block], stand: Stand) -> Columns:
    """Return blocks as one population, accounts named in order. The list is emptied, so that nothing stands twice."""
    ends = np.cumsum([block.accounts for block in blocks])
    starts = np.concatenate([[0], ends[:-1]]).astype(np.int32)
    parts = {name: [getattr(block, name) for block in blocks] for name in _JOINED}
    parts["pool_account"] = [own + start for own, start in zip(parts["pool_account"], starts, strict=True)]
    blocks.clear()

    def whole(name: str) -> Any:  # noqa: ANN401 - codes or floats, as the column has it
        return np.concatenate(parts.pop(name))

    symbol = whole("symbol")
    sizes = np.array([one.per_contract for one in stand.terms])
    leverage, collateral = whole("leverage"), whole("collateral")
    return Columns(
        accounts=tuple(f"a{number:07d}" for number in range(1, int(ends[-1]) + 1)),
        symbols=stand.symbols,
        assets=stand.assets,
        pool_account=whole("pool_account"),
        pool_kind=whole("pool_kind"),
        pool_unit=whole("pool_unit"),
        first_position=_firsts(whole("positions")),
        first_holding=_firsts(whole("holdings")),
        positions=Positions(
            symbol=symbol,
            sign=whole("sign"),
            contracts=Numbers(whole("contracts")),
            contract_size=Numbers(sizes[symbol]),
            entry_price=Numbers(whole("entry")),
            leverage=None if np.isnan(leverage).all() else Numbers(leverage),
            collateral=None if np.isnan(collateral).all() else Numbers(collateral),
        ),
        holdings=Holdings(whole("asset"), Numbers(whole("amount"))),
        hedge_mode=stand.hedge_mode,
    )


def _firsts(counts: "Codes") -> "Places":
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
