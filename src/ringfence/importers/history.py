"""Prices of the past, from CSV or Parquet: a row an instant and coin, or a row an instant and a column a coin."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ringfence.contrast.backtest import History
from ringfence.core.errors import BookError

if TYPE_CHECKING:
    import polars as pl

TIMES: Final = ("time", "ts", "timestamp", "datetime", "date", "open_time")
NAMES: Final = ("symbol", "coin", "asset", "base")
CLOSES: Final = ("close", "price", "mark", "mark_price")
_FORMS: Final = (
    "Write time,symbol,close with a row for each coin, or time,BTC,ETH with a row for each instant"
)
_MILLISECONDS: Final = 10**11
"""A larger number of seconds is a number of milliseconds."""


def read_history(path: Path, coins: set[str], symbols: dict[str, str]) -> History:
    """Return the prices of some coins at the instants at which all of them have one, oldest first.

    Args:
        path: a CSV or a Parquet file.
        coins: which; others are passed over.
        symbols: how else the file may call a coin: name -> coin.

    Raises:
        BookError: the file is no such table, a price is none, or a coin has two at one instant.

    """
    import polars as pl

    table = table_of(path)
    columns = {name.casefold(): name for name in table.columns}
    time = next((columns[name] for name in TIMES if name in columns), None)
    if time is None:
        raise BookError(path.name, "it has no column of times", f"{_FORMS}; name it time")
    name = next((columns[word] for word in NAMES if word in columns), None)
    price = next((columns[word] for word in CLOSES if word in columns), None)
    if name is not None and price is not None:
        long = table.select(time=pl.col(time), coin=pl.col(name).cast(pl.String), price=pl.col(price))
    else:
        wide = [column for column in table.columns if _coin(column, symbols) in coins]
        if not wide:
            raise BookError(path.name, f"it has no prices of {', '.join(sorted(coins))}", _FORMS)
        renamed = table.select(time=pl.col(time), **{column: pl.col(column) for column in wide})
        long = renamed.unpivot(index="time", variable_name="coin", value_name="price")
    return _history(path.name, long.drop_nulls(), coins, symbols)


def table_of(path: Path, form: str = _FORMS) -> "pl.DataFrame":
    """Return a CSV or a Parquet file as a table; a CSV's cells as they are written.

    Raises:
        BookError: it is neither.

    """
    import polars as pl

    try:
        if path.suffix.casefold() in {".parquet", ".pq"}:
            return pl.read_parquet(path)
        return pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as fault:
        reason = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        raise BookError(path.name, f"it cannot be read as a table: {reason}", form) from None


def _coin(name: str, symbols: dict[str, str]) -> str:
    return symbols.get(name, symbols.get(name.upper(), name.upper()))


def _history(where: str, long: "pl.DataFrame", coins: set[str], symbols: dict[str, str]) -> History:
    found: dict[datetime, dict[str, Decimal]] = {}
    for number, (at, name, price) in enumerate(long.iter_rows(), start=1):
        coin = _coin(name, symbols)
        if coin not in coins:
            continue
        place = f"{where}, row {number}"
        row = found.setdefault(instant_of(at, place), {})
        amount = _price(price, coin, place)
        if row.setdefault(coin, amount) != amount:
            raise BookError(place, f"{coin} has two prices at one instant", "Keep the rows of one market")
    held = sorted(coin for coin in coins if any(coin in row for row in found.values()))
    whole = {at: row for at, row in found.items() if len(row) == len(held)}
    instants = tuple(sorted(whole))
    return History(tuple(held), instants, tuple(tuple(whole[at][coin] for coin in held) for at in instants))


def instant_of(value: Any, place: str) -> datetime:
    """Return the instant that a cell states: a date, ISO text, or seconds or milliseconds since 1970.

    Raises:
        BookError: it states none.

    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        number = float(value)
        return datetime.fromtimestamp(number / 1000 if number > _MILLISECONDS else number, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    try:
        read = datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise BookError(
            place, f"{value!r} is no instant", "Write 2024-06-18T08:00:00Z or 2024-06-18"
        ) from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _price(value: Any, coin: str, place: str) -> Decimal:
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        amount = Decimal(0)
    if not amount.is_finite() or amount <= 0:
        raise BookError(
            place, f"the price {value!r} of {coin} is not a number above zero", "Mend or drop the row"
        )
    return amount
