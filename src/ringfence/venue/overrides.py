"""A book's own tables, read in the pack's shape, and the rules that result."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from ringfence.book import Book
from ringfence.core.errors import BookError
from ringfence.venue import kinds
from ringfence.venue.instruments import resolve_instrument
from ringfence.venue.loader import load
from ringfence.venue.pack import RulePack

BOOK: str = "the book"
"""Source of a number that the user's own file states."""
_ALWAYS = date(1, 1, 1)
_OF_THE_TABLE = frozenset(["symbol", "unit", "method", "open_interest"])
"""What the first row of a symbol says for all of its table."""


def _exact(value: object) -> object:
    """Return decimal strings as decimals, so that a book may write 0.5 or "0.5"."""
    if isinstance(value, str):
        try:
            return Decimal(value)
        except ArithmeticError:
            return value
    if isinstance(value, Mapping):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item) for item in value]
    return value


_WORDS = (
    "kind",
    "measure",
    "price",
    "method",
    "scope",
    "unit",
    "basis",
    "counted",
    "asset",
    "do",
    "source",
    "note",
)


def _convert(row: Mapping[str, object], kind: Any, where: str, symbols: list[str]) -> Any:  # noqa: ANN401 - a kind or a union
    body = {key: value if key in _WORDS else _exact(value) for key, value in row.items() if key != "symbol"}
    body |= {"in_force": _ALWAYS, "source": BOOK, "status": "documented"}
    if symbols:
        body["symbols"] = symbols
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as fault:
        message, _, place = str(fault).partition(" - at ")
        raise BookError(
            f"{where} {place.strip('`$.')}".strip(), message, "Write it as the pack does"
        ) from None


def _symbols(row: Mapping[str, object], rules: RulePack, where: str) -> list[str]:
    symbol = row.get("symbol")
    return [resolve_instrument(str(symbol), rules, where).symbol] if symbol else []


def _tables(book: Book, rules: RulePack) -> tuple[kinds.TierTable, ...]:
    rows_of: dict[str, list[Mapping[str, object]]] = {}
    for number, row in enumerate(book.overrides.tiers, start=1):
        where = f"tier {number}"
        if "symbol" not in row:
            raise BookError(where, "it has no symbol", 'Add symbol = "BTC/USDT:USDT"')
        symbol = str(row["symbol"])
        known = book.instruments.get(symbol) or next(
            (i for i in book.instruments.values() if i.symbol == symbol), None
        )
        symbol = known.symbol if known else resolve_instrument(symbol, rules, where).symbol
        rows_of.setdefault(symbol, []).append(row)
    tables = []
    for symbol, rows in rows_of.items():
        payoff = book.instruments[symbol].payoff if symbol in book.instruments else "linear"
        body: dict[str, object] = {
            "unit": rows[0].get("unit", _unit(rules, payoff)),
            "rows": [{k: v for k, v in row.items() if k not in _OF_THE_TABLE} for row in rows],
        }
        own = {key: rows[0][key] for key in ("method", "open_interest") if key in rows[0]}
        defaults = rules.ladder_defaults(symbol)
        tables.append(_convert(body | defaults | own, kinds.TierTable, f"tiers of {symbol}", [symbol]))
    return tuple(tables)


def _unit(rules: RulePack, payoff: str) -> str:
    """Return in what the venue's own tables count a size; without tables, what the payoff suggests."""
    units = [
        table.unit
        for table in rules.lists["tiers"]
        if isinstance(table, kinds.TierTable)
        and any((":USD" in s) != (payoff == "inverse") for s in table.symbols)
    ]
    return max(set(units), key=units.count) if units else ("coin" if payoff == "inverse" else "quote")


def _requirements(book: Book, rules: RulePack) -> tuple[kinds.RequirementRule, ...]:
    entries: list[kinds.RequirementRule] = []
    for number, row in enumerate(book.overrides.rules, start=1):
        where = f"rules {number}"
        symbols = _symbols(row, rules, where)
        measures = [row["measure"]] if "measure" in row else _measures(row)
        for measure in measures:
            body = dict(row) | (
                {} if row.get("kind") in {"factor_on_initial", "leverage"} else {"measure": measure}
            )
            body = _with_pack_values(body, str(measure), rules)
            entries.append(_convert(body, kinds.RequirementRule, where, symbols))
    return tuple(entries)


def _measures(row: Mapping[str, object]) -> list[object]:
    return ["initial", "maintenance"] if row.get("kind") == "step" else ["maintenance"]


def _with_pack_values(row: dict[str, object], measure: str, rules: RulePack) -> dict[str, object]:
    """Return a step row with the pack's own base rate where the book gives only the steps."""
    row = dict(row)
    if row.get("kind") != "step":
        return row
    own = row.pop(f"{measure}_rate", None)
    row.pop("maintenance_rate", None), row.pop("initial_rate", None)
    if own is not None:
        row["base"] = own
    if "base" not in row:
        for entry in rules.lists["requirement"]:
            if isinstance(entry, kinds.Step) and entry.measure == measure:
                row["base"] = entry.base
    return row


def _fees(book: Book, rules: RulePack) -> tuple[kinds.Fee, ...]:
    return tuple(
        _convert(row, kinds.Fee, f"fee {number}", _symbols(row, rules, f"fee {number}"))
        for number, row in enumerate(book.overrides.fees, start=1)
    )


def rules_of(book: Book, venue: str | None = None, account_mode: str | None = None) -> RulePack:
    """Return the rules that judge a book: its venue's on its day, with what the book says instead.

    Args:
        book: the account.
        venue: another venue, whose rules are wanted on the same day; the book's tables then stay behind.
        account_mode: another account mode of the venue.

    Raises:
        RulePackError: no such venue, mode or day.
        BookError: a table of the book is wrong.

    """
    if venue is not None and venue != book.venue:
        return load(venue, book.on, account_mode)
    mode = account_mode or book.account_mode
    plain = load(book.venue, book.on, mode)
    own = {
        "tiers": _tables(book, plain),
        "fee": _fees(book, plain),
        "requirement": _requirements(book, plain),
    }
    given = {name: entries for name, entries in own.items() if entries}
    return load(book.venue, book.on, mode, given, book.overrides.settings)
