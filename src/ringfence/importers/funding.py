"""Recorded funding rates, from CSV or Parquet: a row an instant and coin."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from ringfence.core.errors import BookError
from ringfence.core.exact import read_decimal
from ringfence.importers.history import NAMES, TIMES, instant_of, table_of

_FORM: Final = "Write time,symbol,funding_rate with a row for each coin and instant; rates are fractions"
_RATES: Final = ("funding_rate", "rate", "fundingrate")
Rates = dict[str, dict[datetime, Decimal]]


def read_funding(path: Path, coins: Collection[str], names: Mapping[str, str]) -> Rates:
    """Return the funding rates of some coins, by instant.

    Args:
        path: a CSV or a Parquet file.
        coins: which; others are passed over.
        names: how else the file may call a coin: name -> coin.

    Raises:
        BookError: the file is no such table, states a coin's rate twice for one instant, or has none of the coins.

    """
    table = table_of(path, _FORM)
    columns = {name.casefold(): name for name in table.columns}
    found = [next((columns[w] for w in words if w in columns), None) for words in (TIMES, NAMES, _RATES)]
    if None in found:
        lacking = ("times", "coins", "rates")[found.index(None)]
        raise BookError(path.name, f"it has no column of {lacking}", _FORM)
    rates: Rates = {}
    for row, (at, name, rate) in enumerate(table.select([c for c in found if c]).iter_rows(), start=1):
        coin = names.get(str(name), names.get(str(name).upper(), str(name).upper()))
        if coin not in coins:
            continue
        place = f"{path.name}, row {row}"
        by, instant = rates.setdefault(coin, {}), instant_of(at, place)
        if instant in by:
            raise BookError(place, f"{coin} has two rates at {instant}", "Keep the rows of one market")
        by[instant] = read_decimal(str(rate), place)
    if not rates:
        raise BookError(path.name, f"it has no rates of {', '.join(sorted(coins))}", _FORM)
    return rates


def every(hours: int, rates: Mapping[str, Decimal], start: datetime, end: datetime) -> Rates:
    """Return constant rates that fall due every so many hours, counted from midnight UTC.

    Args:
        hours: between two payments.
        rates: coin -> rate [1].
        start: the first instant of interest.
        end: the last.

    """
    midnight, step = start.replace(hour=0, minute=0, second=0, microsecond=0), timedelta(hours=hours)
    count = int((end - midnight) / step) + 1
    due = [at for number in range(count + 1) if start <= (at := midnight + number * step) <= end]
    return {coin: dict.fromkeys(due, rate) for coin, rate in rates.items()}
