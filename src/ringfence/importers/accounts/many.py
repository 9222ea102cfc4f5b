"""Many accounts judged: a table in, a verdict on every pool out."""

from collections.abc import Iterator
from datetime import date

from ringfence.importers.accounts.open import Accounts, open_accounts
from ringfence.importers.accounts.shared import MarketSource
from ringfence.importers.accounts.table import Source
from ringfence.screen.fan_out import spread
from ringfence.screen.verdicts import Many, Verdicts


def assess_many(
    accounts: Source,
    market: MarketSource | None = None,
    *,
    venue: str | None = None,
    on: date | str | None = None,
    account_mode: str | None = None,
    prices: bool = True,
    nearest: bool = False,
    threads: int | None = None,
    workers: int | None = None,
    backend: str | None = None,
    address: str | None = None,
) -> Many:
    """Return how every pool of many accounts stands. What is near a line is decided by the exact engine.

        found = ringfence.assess_many("accounts.parquet")
        ringfence.frame(found, "pools")

    Args:
        accounts: path of a Parquet file; an Arrow table, batch or reader, a Polars frame, a DuckDB relation: a row a
            position or a holding.
        market: what they share, as a market file (a book file without an account) or its tables; None: what the
            table carries.
        venue: a pack instead of the market's.
        on: a day instead of the market's.
        account_mode: an account mode instead of the market's.
        prices: whether liquidation prices are wanted. Pools that net under a portfolio model or hold an option are
            searched for them one by one, in tenths of a second to seconds each.
        nearest: whether the nearest liquidating joint move of every pool is wanted, too; it needs [vols].
        threads: how many share the work; None: as many as there are processors.
        workers: processes, here or on other machines, that judge side by side; see ``screen.fan_out.spread``.
        backend: whose workers: loky (this machine), dask, ray, spark.
        address: of a Dask scheduler.

    Raises:
        InputError: the table or the market cannot be read, or something in it is wrong.
        WorkerError: workers are lost again and again, or there are none.

    """
    opened = open_accounts(accounts, market, venue=venue, on=on, account_mode=account_mode)
    found = judged(
        opened, prices=prices, nearest=nearest, threads=threads, workers=workers, backend=backend,
        address=address,
    )  # fmt: skip
    return Many(opened.setting, tuple(found))


def judged(
    opened: Accounts,
    *,
    prices: bool = True,
    nearest: bool = False,
    threads: int | None = None,
    workers: int | None = None,
    backend: str | None = None,
    address: str | None = None,
) -> Iterator[Verdicts]:
    """Yield the verdicts on a table of accounts, block by block and in order; held at once are a few blocks.

    Args:
        opened: the table.
        prices: whether liquidation prices are wanted, too.
        nearest: whether the nearest liquidating joint moves are.
        threads: of this process, where it judges alone.
        workers: how many judge side by side; see ``screen.fan_out.spread``.
        backend: whose workers.
        address: of a scheduler.

    Raises:
        InputError: an account cannot be judged.
        WorkerError: workers are lost again and again, or there are none.

    """
    return spread(
        (block.columns for block in opened.blocks()),
        opened.setting,
        prices=prices,
        nearest=nearest,
        threads=threads,
        workers=workers,
        backend=backend,
        address=address,
    )
