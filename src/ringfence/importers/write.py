"""A snapshot as a book file, and a market as a market file: what is read back is the same."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ringfence.batch.setting import Setting
from ringfence.book import Book, Instrument, Position
from ringfence.core.errors import BookError
from ringfence.core.exact import is_long
from ringfence.core.number import shown
from ringfence.importers.reported import reported_rows
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.venue import load, resolve_instrument

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_COMMENTS = {
    "collateral": "the shared pool: wallet balance without unrealised P&L, isolated wallets not counted",
    "position": "collateral: the isolated position's own wallet, without unrealised P&L",
    "tier": "the symbol's own tiers, in front of the pack's",
    "indices": "asset -> price, as the dump gives it",
    "reported": "what the venue says itself, for comparison; no figure is computed from it",
}


def book_text(snapshot: Snapshot, sources: Sequence[str]) -> str:
    """Return the book file of a snapshot, in TOML.

    Args:
        snapshot: the accounts.
        sources: names of the files it came from, for the reader.

    """
    lines = [f"# Imported from {', '.join(sources)}.", *_missing(snapshot), ""]
    several = len(snapshot.holdings) > 1
    for holding in snapshot.holdings:
        prefix = "account." if several else ""
        if several:
            lines += ["[[account]]", f"name = {_value(holding.book.account)}"]
        lines += _account(holding, prefix)
    return "\n".join(lines).rstrip() + "\n"


def market_text(setting: Setting, *, hedge_mode: bool = False, comments: Sequence[str] = ()) -> str:
    """Return a market file in TOML: what many accounts share, and nothing that one of them holds.

    Args:
        setting: rules, contracts and prices.
        hedge_mode: whether accounts may hold both legs of a symbol.
        comments: lines for the reader, in front.

    """
    book = Book(
        account="main",
        venue=setting.rules.venue.id,
        on=setting.rules.on,
        at=setting.at,
        account_mode=setting.rules.account_mode.id,
        position_mode="hedge" if hedge_mode else "one-way",
        collateral={},
        positions=(),
        instruments=setting.instruments,
        overrides=setting.overrides,
    )
    own = [line for line in _account(Holding(book, setting.market), "") if not line.startswith("# ")]
    return "\n".join([*(f"# {comment}" for comment in comments), *own]).rstrip() + "\n"


def _missing(snapshot: Snapshot) -> Iterator[str]:
    """Yield what the user has to know, as comments."""
    if snapshot.warnings:
        yield "#"
        yield "# What these files do not say, and what was done about it:"
        yield from (f"#   {' '.join(warning.split())}" for warning in snapshot.warnings)


def _account(holding: Holding, prefix: str) -> Iterator[str]:
    book, market = holding.book, holding.market
    yield f"venue = {_value(book.venue)}"
    yield f"on = {book.on}"
    if book.at != datetime(book.on.year, book.on.month, book.on.day, tzinfo=UTC):
        yield f"at = {_value(book.at)}"
    yield f"account_mode = {_value(book.account_mode)}"
    yield f"position_mode = {_value(book.position_mode)}"
    yield from _table(f"{prefix}collateral", book.collateral)
    yield from _rows(f"{prefix}position", [_position(one, market.marks) for one in book.positions])
    yield from _rows(f"{prefix}order", [_stated(one) for one in book.orders])
    yield from _rows(f"{prefix}instrument", _own_instruments(book))
    yield from _rows(f"{prefix}rest", [_stated(rest) for rest in book.rests])
    overrides = book.overrides
    for name, rows in (("tier", overrides.tiers), ("fee", overrides.fees), ("rules", overrides.rules)):
        yield from _rows(f"{prefix}{name}", rows, plain=True)
    yield from _table(f"{prefix}settings", overrides.settings)
    held = {position.symbol for position in book.positions}
    yield from _table(f"{prefix}marks", {s: mark for s, mark in market.marks.items() if s not in held})
    yield from _table(f"{prefix}indices", market.indices)
    yield from _table(f"{prefix}vols", market.vols)
    default = {} if market.correlation_default is None else {"default": market.correlation_default}
    pairs = {",".join(pair): number for pair, number in market.correlation.items()}
    yield from _table(f"{prefix}correlation", default | pairs)
    quotes = {"implied_volatility": market.implied_vols, "underlying_price": market.forwards}
    for feed, values in {**market.feeds, **quotes}.items():
        yield from _table(f"{prefix}feeds.{feed}", values)
    if holding.reported is not None:
        yield from _rows(f"{prefix}reported", reported_rows(holding.reported))


def _position(position: Position, marks: Mapping[str, Decimal]) -> dict[str, Any]:
    row = _stated(position)
    if not position.tags:
        row.pop("tags", None)
    if position.maintenance_rate is None:
        row.pop("deduction", None)
    if not position.extra_collateral:
        row.pop("extra_collateral", None)
    return row | {"mark_price": marks[position.symbol]}


def _stated(record: object) -> dict[str, Any]:
    """Return the fields of a record that hold something, by name; a book file has the same names."""
    slots: Mapping[str, Any] = type(record).__dict__["__dataclass_fields__"]
    return {name: value for name in slots if (value := getattr(record, name)) is not None}


def _own_instruments(book: Book) -> list[dict[str, Any]]:
    """Return the contracts that the pack does not describe as the book does."""
    rules = load(book.venue, book.at, book.account_mode)
    found = []
    for symbol, instrument in book.instruments.items():
        try:
            known: Instrument | None = resolve_instrument(symbol, rules, symbol)
        except BookError:
            known = None
        if known != instrument:
            found.append(_described(instrument))
    return found


def _described(instrument: Instrument) -> dict[str, Any]:
    """Return a contract in the words of the book file: its expiry is an instant, its right is its option."""
    row = _stated(instrument)
    row.pop("expiry_hour", None)
    row.pop("expiry_minute", None)
    if instrument.expires_at is not None:
        row["expiry"] = instrument.expires_at
    if "right" in row:
        row["option"] = row.pop("right")
    return row


def _table(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    if table:
        yield from _heading(name, f"[{name}]")
        yield from (f"{_key(key)} = {_value(value)}" for key, value in table.items())


def _rows(name: str, rows: Sequence[Mapping[str, Any]], *, plain: bool = False) -> Iterator[str]:
    """Yield tables of one list. plain: numbers stand unquoted, as a book's own rules keep their types."""
    for number, row in enumerate(rows):
        yield from _heading("" if number else name, f"[[{name}]]")
        yield from (f"{_key(key)} = {_value(value, plain=plain)}" for key, value in row.items())


def _heading(name: str, heading: str) -> Iterator[str]:
    yield ""
    comment = _COMMENTS.get(name.rpartition("account.")[2])
    if comment:
        yield f"# {comment}"
    yield heading


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    signs = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(signs.get(sign, sign) for sign in text) + '"'


def _value(value: object, *, plain: bool = False) -> str:
    """Return a value as TOML writes it; an amount as a decimal string, to 28 digits where it has no end."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            text = format(shown(value) if is_long(value) else value, "f")
            return text if plain else _quoted(text)
        case int():
            return str(value)
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case list() | tuple():
            return f"[{', '.join(_value(item, plain=plain) for item in value)}]"
        case Mapping():
            inner = ", ".join(
                f"{_key(str(key))} = {_value(item, plain=plain)}" for key, item in value.items()
            )
            return f"{{ {inner} }}"
        case _:
            return _quoted(str(value))
