"""One block of accounts, counted: what stands in its pools at every rung of a ladder."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch import figures
from ringfence.batch.columns import ISOLATED, KINDS, Columns
from ringfence.batch.figures import BANKRUPT, LIQUIDATABLE, Judged
from ringfence.batch.setting import Setting
from ringfence.screen.rungs import Rung, nearest_first
from ringfence.screen.sums import exact_sums
from ringfence.screen.tally import Held, Large, Tally, first
from ringfence.screen.verdicts import verdicts

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Floats, Rows
    from ringfence.batch.figures import Flags

SIDES: Final = ("long", "short")
SUMMED: Final = {
    "collateral_value": figures.COLLATERAL,
    "equity": figures.EQUITY,
    "initial_requirement": figures.INITIAL,
    "maintenance_requirement": figures.MAINTENANCE,
    "closing_cost": figures.COST,
}
"""What is summed of every pool, by its word."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of accounts, laid out for counting.

    names    assets, by code, the unit of account among them
    coins    underlyings, by code
    unit     pool -> code of the asset it is counted in
    settle   position -> code of the asset it pays in
    coin     position -> code of the coin that moves it
    pool     position -> its pool
    """

    columns: Columns
    names: tuple[str, ...]
    coins: tuple[str, ...]
    unit: "Rows"
    settle: "Rows"
    coin: "Rows"
    pool: "Rows"

    def factors(self, rung: Rung) -> "Floats":
        """Return what one of each asset is worth at a rung; of what is not used, NaN."""
        used = np.union1d(self.unit, self.settle)
        found = np.full(len(self.names), np.nan)
        found[used] = [float(rung.price(self.names[code])) for code in used.tolist()]
        return found

    def by_account(self, amounts: "Floats") -> "Floats":
        """Return the sum of an amount of every pool by account."""
        return _added(self.columns.pool_account, amounts, len(self.columns.accounts))


@dataclass(frozen=True, slots=True)
class _Dead:
    """Which pools are liquidatable at a rung, bankrupt ones among them, and which of these are bankrupt."""

    liquidatable: "Flags"
    bankrupt: "Flags"


@dataclass(frozen=True, slots=True)
class _Stand:
    """How a block stands at one rung, in the unit of account.

    pools      pool x figure
    held       position -> notional
    notional   pool -> notional
    """

    pools: "Floats"
    held: "Floats"
    notional: "Floats"
    dead: _Dead


def tally_of(
    columns: Columns,
    rungs: Sequence[Rung],
    *,
    top: int = 20,
    threads: int | None = None,
    fast: bool | None = None,
) -> Tally:
    """Return what is counted of one block of accounts, every rung judged as the exact engine judges.

    Args:
        columns: the accounts, whole.
        rungs: the ladder.
        top: how many of the largest accounts are kept.
        threads: how many share the fast engine's work; None: as many as there are processors.
        fast: whether the fast engine judges first; None: if there are more than a few pools.

    Raises:
        InputError: an account cannot be judged, or a price is missing; the message names it.

    """
    block = _laid_out(columns, rungs[0].setting)
    tally = Tally(top, len(columns.accounts))
    dead: dict[int, _Dead] = {}
    today: _Stand | None = None
    for k in nearest_first(rungs):
        judged = verdicts(columns, rungs[k].setting, threads=threads, fast=fast).judged
        stand, before = _standing(block, judged, rungs[k]), rungs[k].before
        if today is None:
            today = stand
            _count_today(k, block, stand, judged, tally)
            _remember(block, rungs[k], tally)
        _count_modes(k, block, stand, None if before is None else dead[before], tally)
        _count_dead_coins(k, block, stand, tally)
        lost = block.by_account(np.where(stand.dead.bankrupt, -stand.pools[:, figures.EQUITY], 0.0))
        tally.losers[k] = _largest(block, lost, today, top)
        dead[k] = stand.dead
    return tally


def _laid_out(columns: Columns, setting: Setting) -> _Block:
    held = columns.positions.symbol
    contracts = {code: setting.instruments[columns.symbols[code]] for code in np.unique(held).tolist()}
    account = setting.rules.account_mode.unit
    names = tuple(dict.fromkeys([*columns.assets, *(one.settle for one in contracts.values()), account]))
    coins = tuple(dict.fromkeys(one.underlying for one in contracts.values()))
    settle, coin = np.zeros((2, len(columns.symbols)), np.int64)
    for code, one in contracts.items():
        settle[code], coin[code] = names.index(one.settle), coins.index(one.underlying)
    unit = np.where(columns.pool_unit < 0, names.index(account), columns.pool_unit).astype(np.int64)
    alone = columns.pool_kind == ISOLATED
    unit[alone] = settle[held[columns.first_position[:-1][alone]]]
    pool = np.repeat(np.arange(len(columns)), np.diff(columns.first_position))
    return _Block(columns, names, coins, unit, settle[held], coin[held], pool)


def _standing(block: _Block, judged: Judged, rung: Rung) -> _Stand:
    factors = block.factors(rung)
    held = judged.positions[:, figures.VALUE] * factors[block.settle]
    return _Stand(
        pools=judged.pools * factors[block.unit][:, np.newaxis],
        held=held,
        notional=_added(block.pool, held, len(block.columns)),
        dead=_Dead(judged.status >= LIQUIDATABLE, judged.status == BANKRUPT),
    )


def _count_modes(k: int, block: _Block, stand: _Stand, before: _Dead | None, tally: Tally) -> None:
    """Count what stands in pools of each margin mode, what of it is dead, and what has died since the rung before."""
    kind = block.columns.pool_kind.astype(np.int64)
    for word, column in SUMMED.items():
        amounts = stand.pools[:, column]
        known = ~np.isnan(amounts)
        _sum(k, "mode", KINDS, word, amounts[known], kind[known], tally)
        if not known.all():
            _count(k, "mode", KINDS, f"{word} unknown", kind[~known], tally)
    _sum(k, "mode", KINDS, "notional", stand.notional, kind, tally)
    dead = stand.dead
    chosen = {"liquidatable": dead.liquidatable, "bankrupt": dead.bankrupt}
    if before is not None:
        chosen["new_liquidatable"] = dead.liquidatable & ~before.liquidatable
        chosen["new_bankrupt"] = dead.bankrupt & ~before.bankrupt
    for word, some in chosen.items():
        _count(k, "mode", KINDS, f"{word}_pools", kind[some], tally)
        _sum(k, "mode", KINDS, f"{word}_notional", stand.notional[some], kind[some], tally)
    lost = -stand.pools[dead.bankrupt, figures.EQUITY]
    _sum(k, "mode", KINDS, "bad_debt", lost, kind[dead.bankrupt], tally)


def _count_heads(k: int, block: _Block, tally: Tally) -> None:
    """Count accounts with positions, pools and positions of each margin mode; they are the same at every rung."""
    kind = block.columns.pool_kind.astype(np.int64)
    _count(k, "mode", KINDS, "pools", kind, tally)
    _count(k, "mode", KINDS, "positions", kind[block.pool], tally)
    filled = np.diff(block.columns.first_position) > 0
    owners = block.columns.pool_account[filled].astype(np.int64)
    _count(k, "mode", KINDS, "accounts", np.unique(owners * len(KINDS) + kind[filled]) % len(KINDS), tally)
    tally.counts[k, "mode:all", "accounts"] += len(np.unique(owners))


def _count_today(k: int, block: _Block, stand: _Stand, judged: Judged, tally: Tally) -> None:
    """Count what is counted of today alone: accounts, notional by coin and side, collateral, the largest accounts."""
    _count_heads(k, block, tally)
    _sum(k, "coin", _sides(block), "notional", stand.held, _side(block), tally)
    _count_assets(k, block, judged, tally)
    owners = np.unique(block.columns.pool_account[block.pool])
    sizes = block.by_account(stand.notional)
    tally.notionals.append(sizes[owners])
    tally.largest += _largest(block, sizes, stand, tally.top)


def _remember(block: _Block, rung: Rung, tally: Tally) -> None:
    """Keep what a summary has to say of contracts and assets that are held."""
    setting = rung.setting
    for code in np.unique(block.columns.positions.symbol).tolist():
        symbol = block.columns.symbols[code]
        one = setting.instruments[symbol]
        tally.held[symbol] = Held(one.underlying, one.quote, setting.market.marks[symbol])
    assets = {of.removeprefix("asset:") for _, of, _ in tally.sums if of.startswith("asset:")}
    quotes = {
        one.quote for symbol, one in tally.held.items() if symbol in setting.market.feeds.get("depth", {})
    }
    for asset in sorted(assets | quotes):
        tally.prices[asset] = rung.price(asset)
    tally.notes.update(rung.world.notes)


def _count_dead_coins(k: int, block: _Block, stand: _Stand, tally: Tally) -> None:
    """Count the notional that is liquidatable by coin and side."""
    dead = stand.dead.liquidatable[block.pool]
    _sum(k, "coin", _sides(block), "liquidatable", stand.held[dead], _side(block)[dead], tally)


def _side(block: _Block) -> "Rows":
    """Return every position's place in ``_sides``."""
    return block.coin * len(SIDES) + (block.columns.positions.sign < 0)


def _sides(block: _Block) -> list[str]:
    """Return both sides of every coin."""
    return [f"{coin}, {side}" for coin in block.coins for side in SIDES]


def _count_assets(k: int, block: _Block, judged: Judged, tally: Tally) -> None:
    """Count collateral amounts [asset]: in shared pools, on isolated positions, and debts."""
    columns = block.columns
    asset, amount = columns.holdings.asset.astype(np.int64), columns.holdings.amount.values
    held, owed = amount > 0, amount < 0
    _sum(k, "asset", block.names, "shared", amount[held], asset[held], tally)
    _sum(k, "asset", block.names, "debt", -amount[owed], asset[owed], tally)
    alone = columns.pool_kind == ISOLATED
    wallets = judged.pools[alone, figures.COLLATERAL]
    _sum(k, "asset", block.names, "isolated", wallets, block.unit[alone], tally)


def _added(groups: "npt.NDArray[np.integer]", amounts: "Floats", count: int) -> "Floats":
    """Return the sums of groups, each added up in order."""
    return np.bincount(groups, amounts, count).astype(np.float64, copy=False)


def _sum(
    k: int, of: str, names: Sequence[str], word: str, values: "Floats", groups: "Rows", tally: Tally
) -> None:
    for name, amount in zip(names, exact_sums(values, groups, len(names)), strict=True):
        if amount:
            tally.sums[k, f"{of}:{name}", word] += amount


def _count(k: int, of: str, names: Sequence[str], word: str, groups: "Rows", tally: Tally) -> None:
    for name, number in zip(names, np.bincount(groups, minlength=len(names)).tolist(), strict=True):
        if number:
            tally.counts[k, f"{of}:{name}", word] += number


def _largest(block: _Block, amounts: "Floats", today: _Stand, top: int) -> list[Large]:
    """Return the accounts with the largest amounts above zero, as they stand today."""
    floor = np.partition(amounts, -top)[-top] if 0 < top < len(amounts) else 0.0
    chosen = np.flatnonzero((amounts >= floor) & (amounts > 0.0))
    notional, equity = block.by_account(today.notional), block.by_account(today.pools[:, figures.EQUITY])
    held = np.bincount(block.columns.pool_account[block.pool], minlength=len(amounts))
    return first(
        (
            Large(float(amounts[n]), block.columns.accounts[n], float(notional[n]), float(equity[n]), int(held[n]))
            for n in chosen.tolist()
        ),
        top,
    )  # fmt: skip
