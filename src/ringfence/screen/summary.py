"""The risk summary of a venue: what stands in its accounts, and what of it could be liquidated along a ladder.

    summary = summarize(blocks, setting, ladder_of("-50%..50%:5%"))

Many workers: each tallies its own blocks (``tallies``), tallies add up (``+``), and ``summary_of`` reads the sum.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from math import ceil
from typing import Final

import numpy as np

from ringfence.batch.columns import KINDS, Columns
from ringfence.batch.setting import Setting
from ringfence.core.errors import MarketError
from ringfence.core.number import EXACT
from ringfence.margin.assess import digest, plain
from ringfence.market import Market, Shock
from ringfence.screen.count import SIDES
from ringfence.screen.fan_out import shared_out
from ringfence.screen.jobs import Counting
from ringfence.screen.rungs import Rung, check_coins, rungs_of
from ringfence.screen.summary_rows import (
    MODES,
    AccountRow,
    AssetRow,
    CoinAtRung,
    CoinRow,
    Mode,
    ModeRow,
    RungRow,
    ShareRow,
    Summary,
)
from ringfence.screen.sums import SHOWN, exact_sum, read_sum
from ringfence.screen.tally import Key, Large, Tally

SHARES: Final = (Decimal("0.01"), Decimal("0.001"))
"""Of the accounts that hold positions: how much the largest ones hold is told for each."""
_NO_DEPTH: Final = "no depth is given: add it by symbol under [feeds.depth]"


def summarize(
    blocks: Iterable[Columns],
    setting: Setting,
    ladder: Sequence[Shock],
    *,
    top: int = 20,
    threads: int | None = None,
    workers: int | None = None,
    backend: str | None = None,
    address: str | None = None,
) -> Summary:
    """Return the risk summary of a population. Every pool is judged at every rung as the exact engine judges it.

    Args:
        blocks: the accounts, each whole in one block; one block is in memory at a time, or a few a worker.
        setting: the rules and prices they share.
        ladder: joint moves, see ``market.ladder``; today is added where it is not among them.
        top: how many of the largest accounts are named.
        threads: how many share the fast engine's work; None: as many as there are processors.
        workers: how many count side by side; see ``fan_out.shared_out``.
        backend: whose workers.
        address: of a Dask scheduler.

    Raises:
        InputError: an account cannot be judged, a price is missing, or a rung moves what nobody knows.
        WorkerError: a backend or an address is of no use, or workers die again and again over a block.

    """
    found = Tally(top)
    for _, one in tallies(
        blocks, setting, ladder, top=top, threads=threads, workers=workers, backend=backend, address=address
    ):
        found.add(one)
    return summary_of(found, setting, ladder)


def tallies(
    blocks: Iterable[Columns],
    setting: Setting,
    ladder: Sequence[Shock],
    *,
    top: int = 20,
    threads: int | None = None,
    workers: int | None = None,
    backend: str | None = None,
    address: str | None = None,
) -> Iterator[tuple[Columns, Tally]]:
    """Yield what is counted of a population, part by part and in order, each with the accounts that it is of.

    See ``summarize``. Added up they are the same whoever counts.
    """
    _check_depth(setting)
    job = Counting(tuple(ladder), top)
    job.begin(setting)
    return shared_out(
        blocks, setting, job, threads=threads, workers=workers, backend=backend, address=address
    )


def tally(
    blocks: Iterable[Columns],
    setting: Setting,
    ladder: Sequence[Shock],
    *,
    top: int = 20,
    threads: int | None = None,
) -> Tally:
    """Return what is counted of some blocks of a population: one worker's part. See ``summarize``."""
    found = Tally(top)
    for _, one in tallies(blocks, setting, ladder, top=top, threads=threads):
        found.add(one)
    return found


def summary_of(found: Tally, setting: Setting, ladder: Sequence[Shock]) -> Summary:
    """Return the summary of what was counted under a setting along a ladder.

    Raises:
        InputError: a depth is not above zero, or a price is missing.

    """
    check_coins(setting, ladder, [*found.prices, *(one.coin for one in found.held.values())])
    rungs = rungs_of(setting, ladder)
    _check_depth(setting)
    today = next(k for k, rung in enumerate(rungs) if rung.before is None)
    whole = _Read(found, rungs, today)
    coins = whole.coins()
    rows = tuple(whole.rung(k, coins) for k in range(len(rungs)))
    worst = max(range(len(rows)), key=lambda k: (rows[k].all.bad_debt, -k))
    due = rows[worst].all.bad_debt > 0
    return Summary(
        venue=setting.rules.venue.id,
        on=str(setting.rules.on),
        account_mode=setting.rules.account_mode.id,
        unit=whole.unit,
        accounts=found.accounts,
        rungs=rows,
        assets=whole.assets(),
        coins=coins,
        largest=tuple(whole.account(one) for one in found.largest),
        shares=whole.shares(),
        worst=rows[worst].name if due else None,
        losers=tuple(whole.account(one, owes=True) for one in found.losers.get(worst, ())) if due else (),
        digests={"market": digest([plain(_market(found, setting))]), "rules": digest([setting.rules.digest])},
        overrides=tuple(setting.rules.overrides),
        warnings=tuple(sorted(found.notes)),
    )


def _market(found: Tally, setting: Setting) -> Market:
    """Return the market with the marks that came with the accounts, whoever read them."""
    marks = {symbol: one.mark for symbol, one in found.held.items()}
    coins = {symbol: one.coin for symbol, one in found.held.items()}
    market = setting.market
    return replace(market, marks={**market.marks, **marks}, underlyings={**market.underlyings, **coins})


def _check_depth(setting: Setting) -> None:
    for symbol, depth in setting.market.feeds.get("depth", {}).items():
        if depth <= 0:
            raise MarketError(
                f"[feeds.depth], {symbol}",
                f"{depth} is not above zero",
                "Write how much of quote can be closed within 1 % of the mark, or leave it out",
            )


@dataclass(frozen=True, slots=True)
class _Read:
    """A tally being read; ``start``: the place of today among the rungs."""

    found: Tally
    rungs: Sequence[Rung]
    start: int

    @property
    def unit(self) -> str:
        """Return the unit of account."""
        return self.rungs[self.start].setting.rules.account_mode.unit

    def rung(self, k: int, coins: Sequence[CoinRow]) -> RungRow:
        """Return a rung's row."""
        one = self.rungs[k]
        return RungRow(
            name=one.name,
            shock=None if one.before is None else one.shock,
            before=None if one.before is None else self.rungs[one.before].name,
            modes=tuple(self._mode(k, mode) for mode in MODES),
            coins=tuple(self._coin(k, coin) for coin in coins),
        )

    def _mode(self, k: int, mode: Mode) -> ModeRow:
        kinds = [f"mode:{kind}" for kind in (KINDS if mode == "all" else (mode,))]
        sums, counts = self.found.sums, self.found.counts

        def total(word: str) -> Decimal:
            return read_sum(sum(sums[k, kind, word] for kind in kinds))

        def count(word: str, at: int = k) -> int:
            return sum(counts[at, kind, word] for kind in kinds)

        unknown = count("initial_requirement unknown")
        fresh = k != self.start
        accounts = counts[self.start, "mode:all", "accounts"]
        return ModeRow(
            mode=mode,
            accounts=accounts if mode == "all" else count("accounts", self.start),
            pools=count("pools", self.start),
            positions=count("positions", self.start),
            notional=total("notional"),
            collateral_value=total("collateral_value"),
            equity=total("equity"),
            initial_requirement=None if unknown else total("initial_requirement"),
            initial_unknown=unknown,
            maintenance_requirement=total("maintenance_requirement"),
            closing_cost=total("closing_cost"),
            liquidatable_pools=count("liquidatable_pools"),
            liquidatable_notional=total("liquidatable_notional"),
            bankrupt_pools=count("bankrupt_pools"),
            bankrupt_notional=total("bankrupt_notional"),
            new_liquidatable_pools=count("new_liquidatable_pools") if fresh else None,
            new_liquidatable_notional=total("new_liquidatable_notional") if fresh else None,
            new_bankrupt_pools=count("new_bankrupt_pools") if fresh else None,
            new_bankrupt_notional=total("new_bankrupt_notional") if fresh else None,
            bad_debt=total("bad_debt"),
        )

    def _coin(self, k: int, row: CoinRow) -> CoinAtRung:
        longs, shorts = (self._amount((k, f"coin:{row.coin}, {side}", "liquidatable")) for side in SIDES)
        over = [None if row.depth is None else SHOWN.divide(side, row.depth) for side in (longs, shorts)]
        return CoinAtRung(row.coin, longs, shorts, *over)

    def _amount(self, key: Key) -> Decimal:
        return read_sum(self.found.sums[key])

    def coins(self) -> tuple[CoinRow, ...]:
        """Return the coins that somebody holds, the one with most notional first."""
        held: dict[str, list[str]] = {}
        for symbol, one in sorted(self.found.held.items()):
            held.setdefault(one.coin, []).append(symbol)
        rows = []
        for coin, symbols in held.items():
            long, short = (self._amount((self.start, f"coin:{coin}, {side}", "notional")) for side in SIDES)
            depth, why = self._depth(symbols)
            rows.append(CoinRow(coin, long, short, SHOWN.subtract(long, short), depth, why))
        return tuple(sorted(rows, key=lambda row: (-(row.long + row.short), row.coin)))

    def _depth(self, symbols: Sequence[str]) -> tuple[Decimal | None, str]:
        """Return the depth of some symbols together, or why it is not known."""
        feed = self.rungs[self.start].setting.market.feeds.get("depth", {})
        if not feed:
            return None, _NO_DEPTH
        missing = [symbol for symbol in symbols if symbol not in feed]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            return None, f"[feeds.depth] has no {missing[0]}{more}"
        with localcontext(EXACT):
            amounts = [feed[symbol] * self.found.prices[self.found.held[symbol].quote] for symbol in symbols]
            return SHOWN.plus(sum(amounts, Decimal(0))), ""

    def assets(self) -> tuple[AssetRow, ...]:
        """Return the collateral by asset, the one with most value first."""
        names = {of.removeprefix("asset:") for k, of, _ in self.found.sums if of.startswith("asset:")}
        rows = []
        for asset in sorted(names):
            shared, isolated, debt = (
                self._amount((self.start, f"asset:{asset}", word)) for word in ("shared", "isolated", "debt")
            )
            price = self.found.prices[asset]
            with localcontext(EXACT):
                value = SHOWN.plus((shared + isolated - debt) * price)
            rows.append(AssetRow(asset, shared, isolated, debt, SHOWN.plus(price), value))
        return tuple(sorted(rows, key=lambda row: (-row.value, row.asset)))

    def account(self, one: Large, *, owes: bool = False) -> AccountRow:
        """Return an account's row."""
        notional, equity = _decimal(one.notional), _decimal(one.equity)
        whole = read_sum(sum(self.found.sums[self.start, f"mode:{kind}", "notional"] for kind in KINDS))
        return AccountRow(
            account=one.account,
            notional=notional,
            share=SHOWN.divide(notional, whole) if whole else None,
            equity=equity,
            leverage=SHOWN.divide(notional, equity) if equity > 0 else None,
            positions=one.positions,
            bad_debt=_decimal(one.amount) if owes else None,
        )

    def shares(self) -> tuple[ShareRow, ...]:
        """Return how much the largest accounts hold."""
        sizes = np.sort(np.concatenate([*self.found.notionals, np.zeros(0)]))[::-1]
        whole = read_sum(exact_sum(sizes))
        rows = []
        for part in SHARES:
            count = ceil(part * len(sizes))
            held = read_sum(exact_sum(sizes[:count]))
            rows.append(ShareRow(part, count, SHOWN.divide(held, whole) if whole else None))
        return tuple(rows)


def _decimal(value: float) -> Decimal:
    return SHOWN.plus(Decimal(repr(value)))
