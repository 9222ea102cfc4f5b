"""Many accounts judged: a table in, a verdict on every pool out."""

from collections.abc import Iterator
from datetime import date

from ringfence.importers.accounts.open import Accounts, open_accounts
from ringfence.importers.accounts.shared import MarketSource
from ringfence.importers.accounts.table import Source
from ringfence.screen.verdicts import Many, Verdicts, verdicts


def assess_many(
    accounts: Source,
    market: MarketSource | None = None,
    *,
    venue: str | None = None,
    on: date | str | None = None,
    account_mode: str | None = None,
    threads: int | None = None,
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
        threads: how many share the work; None: as many as there are processors.

    Raises:
        InputError: the table or the market cannot be read, or something in it is wrong.

    """
    opened = open_accounts(accounts, market, venue=venue, on=on, account_mode=account_mode)
    found = tuple(judged(opened, threads=threads))
    return Many(opened.setting, found)


def judged(opened: Accounts, *, threads: int | None = None) -> Iterator[Verdicts]:
    """Yield the verdicts on a table of accounts, block by block; held at once is one block."""
    for block in opened.blocks():
        yield verdicts(block.columns, opened.setting, prices=True, threads=threads)
