"""Recorded prices, from CSV or Parquet: bars (open, high, low, close) or marks, by row or by column."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from ringfence.core.errors import BookError, suggestion
from ringfence.importers.history import CLOSES, NAMES, TIMES, instant_of, table_of
from ringfence.paths.recorded import Recorded

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Floats = npt.NDArray[np.float64]

Gaps = Literal["refuse", "hold", "drop"]
Kind = Literal["mark", "last"]
Prices = tuple[float, float, float, float]
_BAR: Final = ("open", "high", "low", "close")
_FORM: Final = "Write time,symbol,open,high,low,close or time,symbol,close in rows, or time,BTC,ETH"
_REGULAR: Final = 0.9
"""Share of steps of one length from which prices are regular, and a longer step is a gap."""
_FEW: Final = 20
"""Different words in a column up to which it may name a market, and holds no numbers."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the rows of a file are meant, and what is done where some are missing.

    kind         mark or last, where the file has both; None: mark
    only         column -> the value that is meant
    start, end   the first and the last instant; None: of the file
    gaps         refuse: complain; hold: the last price stands; drop: leave such an instant out
    """

    kind: Kind | None = None
    only: Mapping[str, str] = field(default_factory=dict)
    start: datetime | None = None
    end: datetime | None = None
    gaps: Gaps = "refuse"


_WHOLE: Final = Choice()


def read_bars(
    path: Path,
    coins: Collection[str],
    names: Mapping[str, str],
    choice: Choice = _WHOLE,
) -> Recorded:
    """Return the recorded prices of some coins, oldest first.

    Args:
        path: a CSV or a Parquet file.
        coins: which; others are passed over.
        names: how else the file may call a coin: name -> coin.
        choice: which rows are meant.

    Raises:
        BookError: the file is no such table, does not cover the coins or the time asked for, is out of order, states
            something twice, or a price is none.

    """
    import polars as pl

    if not coins:
        raise BookError(path.name, "no coin is to be moved by it", "Hold fewer coins still")
    numbered = table_of(path, _FORM).with_row_index("row", offset=1)
    table = _columns(_only(numbered, choice, path.name), path.name)
    long, kind, has_bars = _long(table, choice.kind, set(coins), names, path.name)
    rows = long.filter(pl.col("coin").is_in(sorted(coins)))
    found = _by_coin(rows, table, choice, path.name)
    _check_covered(found, coins, long["coin"].unique().to_list(), path.name)
    return _recorded(found, sorted(coins), choice, (kind, has_bars, path.name))


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _columns(table: "pl.DataFrame", where: str) -> "pl.DataFrame":
    """Return a table with its columns in lower case, times and names under one name each."""
    import polars as pl

    lower = {name: name.casefold() for name in table.columns}
    if len(set(lower.values())) == len(lower):
        coins = {name for name, word in lower.items() if word not in {*TIMES, *NAMES, *CLOSES, *_BAR}}
        table = table.rename({name: word for name, word in lower.items() if name not in coins})
    time = next((name for name in TIMES if name in table.columns), None)
    if time is None:
        raise BookError(where, "it has no column of times", f"{_FORM}; name it time")
    name = next((name for name in NAMES if name in table.columns), None)
    renamed: dict[str, str] = {time: "time"} | ({} if name is None else {name: "coin"})
    texts = [
        pl.col(column).cast(pl.String)
        for column, kind in table.schema.items()
        if isinstance(kind, pl.Categorical | pl.Enum) or column == name
    ]
    return table.with_columns(texts).rename(renamed)


def _only(table: "pl.DataFrame", choice: Choice, where: str) -> "pl.DataFrame":
    import polars as pl

    for column, value in choice.only.items():
        if column not in table.columns:
            known = set(table.columns) - {"row"}
            raise BookError(where, f"it has no column {column!r}", suggestion(column, known))
        words = table[column].cast(pl.String)
        if value not in set(words.to_list()):
            stated = {str(one) for one in words.unique().to_list()}
            raise BookError(where, f"no row has {column}={value}", suggestion(value, stated))
        table = table.filter(words == value)
    return table


def _long(
    table: "pl.DataFrame", kind: Kind | None, coins: set[str], names: Mapping[str, str], where: str
) -> "tuple[pl.DataFrame, str, bool]":
    """Return rows of (row, time, coin, open, high, low, close); what kind of price it is; whether there are bars."""
    import polars as pl

    held = set(table.columns)
    both = {"close_mark", "close_last"} & held
    if "coin" in held and both:
        kind = kind or ("mark" if "close_mark" in held else "last")
        bar = [f"{word}_{kind}" for word in _BAR]
        _check_has(bar, held, where)
        return _named(table, bar, names), kind, True
    if "coin" in held and {"price", "close"} <= held and table["price"].dtype == pl.String:
        table, kind = _of_kind(table, kind, where)
    close = next((word for word in CLOSES if word in held), None)
    if "coin" in held and close is not None:
        if {"high", "low"} <= held:
            bar = ["open" if "open" in held else close, "high", "low", close]
            return _named(table, bar, names), kind or "", True
        return _named(table, [close] * 4, names), kind or close.removesuffix("_price"), False
    wide = [column for column in table.columns if _coin(column, names) in coins]
    if not wide:
        raise BookError(where, _lack(held, coins), _FORM)
    melted = table.unpivot(wide, index=["row", "time"], variable_name="coin", value_name="close")
    return _named(melted.drop_nulls("close"), ["close"] * 4, names), kind or "", False


def _lack(held: set[str], coins: set[str]) -> str:
    """Return what a table lacks that has neither rows nor columns of the coins, with what it has."""
    named = ", ".join(sorted(held - {"row", "coin"}))
    if "coin" in held:
        return f"it has no column of prices among {named}"
    if held & {*_BAR, *CLOSES}:
        return f"it has no column that names coins among {named}"
    return f"it has no prices of {', '.join(sorted(coins))}"


def _check_has(columns: Sequence[str], held: set[str], where: str) -> None:
    lacking = [column for column in columns if column not in held]
    if lacking:
        raise BookError(where, f"it has no column {lacking[0]}", _FORM)


def _of_kind(table: "pl.DataFrame", kind: Kind | None, where: str) -> "tuple[pl.DataFrame, Kind | None]":
    """Return the rows of marks, or of last trades, of a file whose column ``price`` says which they are."""
    known = {str(value) for value in table["price"].unique().to_list()}
    if not known <= {"mark", "last"}:
        return table, kind
    wanted: Kind = kind or ("mark" if "mark" in known else "last")
    if wanted not in known:
        raise BookError(where, f"it has no {wanted} prices", f"It has {', '.join(sorted(known))}")
    return table.filter(table["price"] == wanted), wanted


def _named(table: "pl.DataFrame", bar: Sequence[str], names: Mapping[str, str]) -> "pl.DataFrame":
    import polars as pl

    spelled = {str(name): _coin(str(name), names) for name in table["coin"].unique().to_list()}
    return table.select(
        "row",
        "time",
        pl.col("coin").replace_strict(spelled, return_dtype=pl.String),
        *(pl.col(column).alias(word) for word, column in zip(_BAR, bar, strict=True)),
    )


def _coin(name: str, names: Mapping[str, str]) -> str:
    return names.get(name, names.get(name.upper(), name.upper()))


def _by_coin(
    rows: "pl.DataFrame", table: "pl.DataFrame", choice: Choice, where: str
) -> dict[str, dict[datetime, Prices]]:
    """Return what stands in the rows, coin by coin, in the order of time."""
    read: dict[Any, datetime] = {}
    found: dict[str, dict[datetime, Prices]] = {}
    last: dict[str, datetime] = {}
    for row, value, coin, *prices in rows.select("row", "time", "coin", *_BAR).iter_rows():
        place = f"{where}, row {row}"
        at = read.get(value) or read.setdefault(value, instant_of(value, place))
        if coin in last and at <= last[coin]:
            _complain_of_order(place, coin, at, last[coin], table)
        last[coin] = at
        if (choice.start and at < choice.start) or (choice.end and at > choice.end):
            continue
        found.setdefault(coin, {})[at] = _prices(prices, coin, place)
    if last and not found:
        raise BookError(
            where, "it has no row between --from and --to", f"It ends at {_shown(max(last.values()))}"
        )
    return found


def _complain_of_order(place: str, coin: str, at: datetime, before: datetime, table: "pl.DataFrame") -> None:
    """Complain about a row that stands at or before the one above it: out of order, or of another market."""
    import polars as pl

    texts = {
        column: sorted({str(value) for value in table[column].unique().to_list()})
        for column, kind in table.schema.items()
        if kind == pl.String and column not in {"time", "coin"}
    }
    parts = [
        f"--only {name}={values[0]} (or {', '.join(values[1:4])})"
        for name, values in texts.items()
        if 1 < len(values) <= _FEW
    ]
    fault = (
        f"{coin} has two rows at {_shown(at)}"
        if at == before
        else f"{coin} goes back in time, from {_shown(before)} to {_shown(at)}"
    )
    remedy = "Keep one of the rows" if at == before else "Sort the rows by time"
    raise BookError(place, fault, f"Say which rows are meant: {'; '.join(parts)}" if parts else remedy)


def _prices(given: Sequence[Any], coin: str, place: str) -> Prices:
    numbers = []
    for value in given:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = 0.0
        if not 0.0 < number < float("inf"):
            raise BookError(
                place, f"the price {value!r} of {coin} is not a number above zero", "Mend or drop the row"
            )
        numbers.append(number)
    first, high, low, close = numbers
    if low > min(first, close, high) or high < max(first, close):
        raise BookError(
            place,
            f"{coin}: a low of {low} and a high of {high} do not hold its open {first} and close {close}",
            "Mend or drop the row",
        )
    return first, high, low, close


def _check_covered(
    found: Mapping[str, Mapping[datetime, Prices]], coins: Collection[str], known: Collection[str], where: str
) -> None:
    lacking = sorted(set(coins) - set(found))
    if lacking:
        one, others = lacking[0], sorted(set(known) - set(lacking))
        moves = f"--stand-in {one}={others[0]} gives it the moves of {others[0]}, " if others else ""
        raise BookError(
            where,
            f"it has no prices of {', '.join(lacking)}",
            f"Add them, or say what {one} does: {moves}--still {one} none",
        )


def _recorded(
    found: Mapping[str, Mapping[datetime, Prices]],
    coins: Sequence[str],
    choice: Choice,
    what: tuple[str, bool, str],
) -> Recorded:
    import numpy as np

    kind, has_bars, where = what
    instants = sorted(set().union(*(found[coin] for coin in coins)))
    step, regular = _step(instants)
    _check_ends(instants, step, choice, where)
    notes = _gaps_in(found, coins, instants, step if regular else None, choice.gaps, where)
    if choice.gaps == "drop":
        instants = [at for at in instants if all(at in found[coin] for coin in coins)]
    rows: list[list[Prices]] = []
    for at in instants:
        before = rows[-1] if rows else None
        rows.append([found[coin].get(at) or _held(before, place) for place, coin in enumerate(coins)])
    table = np.array(rows, dtype=float)
    return Recorded(
        coins=tuple(coins),
        at=tuple(instants),
        length=step if has_bars else timedelta(0),
        open=table[:, :, 0],
        high=table[:, :, 1],
        low=table[:, :, 2],
        close=table[:, :, 3],
        kind=kind,
        source=where,
        notes=tuple(notes),
    )


def _held(before: Sequence[Prices] | None, place: int) -> Prices:
    """Return the bar of a coin that is not traded: it stays where it closed."""
    close = (before or ())[place][3]
    return close, close, close, close


def _step(instants: Sequence[datetime]) -> tuple[timedelta, bool]:
    """Return the usual time between two instants, and whether nearly all of them keep it."""
    if len(instants) < 2:  # noqa: PLR2004 - a step has two ends
        return timedelta(0), False
    ((step, times),) = Counter(after - before for before, after in pairwise(instants)).most_common(1)
    return step, times >= _REGULAR * (len(instants) - 1)


def _check_ends(instants: Sequence[datetime], step: timedelta, choice: Choice, where: str) -> None:
    """Complain about a time asked for that lies beyond the prices."""
    if choice.start is not None and instants[0] - choice.start > step:
        raise BookError(
            where, f"its prices begin at {_shown(instants[0])}", f"Begin there, not at {_shown(choice.start)}"
        )
    if choice.end is not None and choice.end - instants[-1] > step:
        raise BookError(
            where, f"its prices end at {_shown(instants[-1])}", f"End there, not at {_shown(choice.end)}"
        )


def _gaps_in(
    found: Mapping[str, Mapping[datetime, Prices]],
    coins: Sequence[str],
    instants: Sequence[datetime],
    step: timedelta | None,
    gaps: Gaps,
    where: str,
) -> list[str]:
    """Return what is said of the gaps.

    Raises:
        BookError: there are some, and nobody said what to do with them.

    """
    missing = [(at, coin) for coin in coins for at in instants if at not in found[coin]]
    leaps = [] if step is None else [pair for pair in pairwise(instants) if pair[1] - pair[0] > step]
    first = next((at for coin in coins if (at := instants[0]) not in found[coin]), None)
    if not missing and not leaps:
        return []
    if gaps == "refuse" or (gaps == "hold" and first is not None):
        if missing:
            at, coin = min(missing)
            fault = f"{coin} has no price at {_shown(at)}" + (
                f", nor at {len(missing) - 1} more" if missing[1:] else ""
            )
        else:
            (before, after), fault = leaps[0], ""
            fault = f"there is nothing between {_shown(before)} and {_shown(after)}"
            fault += f", nor in {len(leaps) - 1} more gaps" if leaps[1:] else ""
        raise BookError(
            where, fault, "Narrow --from and --to, or say --gaps hold (the last price stands) or --gaps drop"
        )
    rule = "the last price stands" if gaps == "hold" else "such instants are left out"
    said = [f"{len(missing)} prices are missing: {rule}"] if missing else []
    return said + ([f"{len(leaps)} gaps in time: prices leap over them"] if leaps else [])
