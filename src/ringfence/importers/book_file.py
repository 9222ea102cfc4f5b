"""The book file: one account, or several, in TOML or JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, cast

from ringfence.book import Book, Instrument, Order, Overrides, Position, Rest
from ringfence.core.errors import BookError, InputError
from ringfence.core.instants import read_day, read_instant
from ringfence.importers.fields import Fields, decimal
from ringfence.importers.tiers import plain_tier_rows
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.market import Market
from ringfence.venue import RulePack, find_pack, load, resolve_instrument
from ringfence.venue.instruments import size_of
from ringfence.venue.loader import newest

_INHERITED = ("venue", "on", "at", "marks", "indices", "vols", "correlation", "feeds")
"""Keys that accounts of one file take from its top, unless they have their own."""

_FEEDS = ("open_interest", "funding_rate", "oracle", "twap", "confidence", "age", "borrow_index")
"""What a book may know of a market beside its prices, by symbol or asset."""

ENTRY = "entry"
"""The word that says on purpose that no mark is known: the entry price stands in."""


@dataclass
class _Contracts:
    """The contracts of one account, found by any spelling of their symbol."""

    rules: RulePack
    own: dict[str, Instrument] = field(default_factory=dict)
    found: dict[str, Instrument] = field(default_factory=dict)

    def find(self, symbol: str, where: str) -> Instrument:
        known = self.own.get(symbol) or self.found.get(symbol)
        if known is None:
            known = resolve_instrument(symbol, self.rules, where)
        self.found[known.symbol] = known
        return known


def snapshot_from(document: object, name: str) -> Snapshot:
    """Return the accounts of a book file that is already parsed.

    Args:
        document: its tables.
        name: how to call the file in a complaint.

    Raises:
        InputError: something in it is wrong.

    """
    top = Fields("", document)
    rows = top.tables("account")
    shared = cast("Mapping[str, Any]", document)
    try:
        if not rows:
            return Snapshot((_holding(Fields("", shared), "main"),))
        inherited = {key: shared[key] for key in _INHERITED if key in shared}
        unknown = {key: value for key, value in shared.items() if key not in {*_INHERITED, "account"}}
        if unknown:
            key = next(iter(unknown))
            raise BookError(
                key, "it stands beside [[account]] tables", "Move it into the account it belongs to"
            )
        names: list[str] = []
        holdings = []
        for where, row in rows:
            fields = Fields(where, row)
            account = fields.text("name")
            if account in names:
                raise BookError(
                    fields.place("name"), f"{account!r} stands twice", "Give each account its own name"
                )
            names.append(account)
            holdings.append(_holding(Fields(where, {**inherited, **row}), account))
        return Snapshot(tuple(holdings))
    except InputError as fault:
        raise type(fault)(
            f"{name}: {fault.where}" if fault.where else name, fault.fault, fault.remedy
        ) from None


def _day(fields: Fields, venue: str) -> tuple[date, datetime]:
    at = fields.raw("at")
    on = fields.raw("on")
    if on is None and at is None:
        day = newest(find_pack(venue))
    else:
        day = read_day(on if on is not None else at, fields.place("on"))
    instant = read_instant(at, fields.place("at")) if at is not None else None
    return day, instant or datetime(day.year, day.month, day.day, tzinfo=UTC)


def _holding(fields: Fields, account: str) -> Holding:
    fields.raw("name")
    pack = find_pack(fields.text("venue"))
    day, at = _day(fields, pack.venue.id)
    rules = load(pack.venue.id, day, fields.text("account_mode", "") or None)
    contracts = _Contracts(rules)
    for where, row in fields.tables("instrument"):
        _own_instrument(Fields(where, row), contracts)
    mode = cast("Literal['one-way', 'hedge']", fields.text("position_mode", "one-way", ("one-way", "hedge")))
    marks = fields.numbers(
        "marks", positive=True, name=lambda s: contracts.find(s, fields.place("marks")).symbol
    )
    positions = tuple(_position(Fields(*row), contracts, marks) for row in fields.tables("position"))
    _check_company(fields.where, positions, mode, rules)
    orders = tuple(_order(Fields(*row), contracts) for row in fields.tables("order"))
    fields.raw("tier")
    book = Book(
        account=account,
        venue=pack.venue.id,
        on=day,
        at=at,
        account_mode=rules.account_mode.id,
        position_mode=mode,
        collateral=fields.numbers("collateral", name=rules.asset),
        positions=positions,
        instruments=contracts.found,
        orders=orders,
        rests=tuple(_rest(Fields(*row)) for row in fields.tables("rest")),
        overrides=_overrides(fields, contracts),
    )
    market = _market(fields, contracts, marks)
    fields.done()
    return Holding(book, market)


def _overrides(fields: Fields, contracts: _Contracts) -> Overrides:
    rows = {key: tuple(_row(*row) for row in fields.tables(key)) for key in ("fee", "rules")}
    tiers = plain_tier_rows(fields.raw("tier"), fields.place("tier"))
    for row in tiers:
        contracts.find(str(row.get("symbol", "")), f"{fields.place('tier')}, symbol")
    return Overrides(tiers=tiers, fees=rows["fee"], rules=rows["rules"], settings=_settings(fields))


def _settings(fields: Fields) -> dict[str, object]:
    """Return the account switches: coins whose use as collateral is off, and automatic top-up."""
    switches = Fields(fields.place("settings"), fields.raw("settings") or {})
    off = switches.raw("collateral_off")
    if off is not None and not (isinstance(off, list) and all(isinstance(asset, str) for asset in off)):
        raise BookError(switches.place("collateral_off"), "it is not a list of coins", 'Write ["ETH", "SOL"]')
    top_up = switches.flag("auto_top_up")
    switches.done()
    return {name: value for name, value in (("collateral_off", off), ("auto_top_up", top_up)) if value}


def _row(where: str, row: object) -> Mapping[str, object]:
    if not isinstance(row, Mapping):
        raise BookError(where, "it is not a table", "Write its keys below its [[...]] line")
    return row


def _own_instrument(fields: Fields, contracts: _Contracts) -> None:
    symbol = fields.text("symbol")
    payoff = fields.text("payoff", choices=("linear", "inverse"))
    settle = fields.text("settle")
    underlying = fields.text("underlying", symbol.split("/", maxsplit=1)[0].split("-", maxsplit=1)[0])
    expiry = fields.raw("expiry")
    instrument = Instrument(
        symbol=symbol,
        underlying=underlying,
        quote=fields.text("quote", settle if payoff == "linear" else "USD"),
        settle=settle,
        payoff=cast("Literal['linear', 'inverse']", payoff),
        contract_size=fields.amount("contract_size", positive=True),
        tick=fields.amount("tick", positive=True),
        expiry=None if expiry is None else read_day(expiry, fields.place("expiry")),
    )
    fields.done()
    contracts.own[symbol] = instrument


def _position(fields: Fields, contracts: _Contracts, marks: dict[str, Decimal]) -> Position:
    instrument = contracts.find(fields.text("symbol"), fields.place("symbol"))
    fields.where = f"{fields.where} ({instrument.symbol})"
    opened = fields.raw("opened")
    tags = fields.raw("tags") or ()
    position = Position(
        symbol=instrument.symbol,
        side=cast("Literal['long', 'short']", fields.text("side", choices=("long", "short"))),
        contracts=fields.needed(
            "contracts", positive=True, hint="The side carries the sign: contracts is positive"
        ),
        contract_size=size_of(instrument, fields.amount("contract_size", positive=True), fields.where),
        entry_price=fields.needed("entry_price", positive=True),
        margin_mode=cast(
            "Literal['cross', 'isolated']", fields.text("margin_mode", "cross", ("cross", "isolated"))
        ),
        leverage=fields.amount("leverage", positive=True),
        collateral=fields.amount("collateral"),
        extra_collateral=fields.amount("extra_collateral") or Decimal(0),
        cost=fields.amount("cost"),
        opening_fee=fields.amount("opening_fee"),
        funding_reserve=fields.amount("funding_reserve"),
        opened=None if opened is None else read_day(opened, fields.place("opened")),
        maintenance_rate=fields.amount("maintenance_rate"),
        deduction=fields.amount("deduction") or Decimal(0),
        tags=tuple(str(tag) for tag in tags) if isinstance(tags, list | tuple) else (str(tags),),
    )
    _take_mark(fields, position, marks)
    fields.done()
    if position.collateral is not None and position.margin_mode == "cross":
        raise BookError(
            fields.place("collateral"),
            "a cross position has no wallet of its own",
            'Put the amount under [collateral], or write margin_mode = "isolated"',
        )
    return position


def _take_mark(fields: Fields, position: Position, marks: dict[str, Decimal]) -> None:
    given = fields.raw("mark_price")
    if given is None:
        if position.symbol not in marks:
            raise BookError(
                fields.where,
                "it has no mark price",
                f'Add mark_price = "...", or {position.symbol!r} under [marks]; '
                'mark_price = "entry" says on purpose that none is known',
            )
        return
    mark = position.entry_price if given == ENTRY else decimal(given, fields.place("mark_price"))
    if mark <= 0:
        raise BookError(
            fields.place("mark_price"), f"{mark} is not greater than zero", "Write a positive price"
        )
    if marks.setdefault(position.symbol, mark) != mark:
        raise BookError(
            fields.place("mark_price"),
            f"{mark} differs from {marks[position.symbol]}, the mark given elsewhere for {position.symbol}",
            "A symbol has one mark: keep one of the two",
        )


def _check_company(where: str, positions: tuple[Position, ...], mode: str, rules: RulePack) -> None:
    """Complain about positions that cannot stand beside each other in one account."""
    seen: dict[str, Position] = {}
    for number, position in enumerate(positions, start=1):
        here = f"{where}, position {number}" if where else f"position {number}"
        here = f"{here} ({position.symbol})"
        if position.label in seen:
            raise BookError(
                here, f"{position.side} {position.symbol} stands twice", "Add the two up, or mend a side"
            )
        if mode == "one-way" and any(held.symbol == position.symbol for held in seen.values()):
            raise BookError(
                here,
                "long and short of one symbol cannot coexist in one-way mode",
                'Add position_mode = "hedge"',
            )
        if position.margin_mode == "isolated" and not rules.account_mode.isolated:
            raise BookError(
                here,
                f"{rules.venue.id} has no isolated positions in the account mode {rules.account_mode.id}",
                'Write margin_mode = "cross", or choose another account_mode',
            )
        seen[position.label] = position


def _order(fields: Fields, contracts: _Contracts) -> Order:
    instrument = contracts.find(fields.text("symbol"), fields.place("symbol"))
    order = Order(
        symbol=instrument.symbol,
        side=cast("Literal['buy', 'sell']", fields.text("side", choices=("buy", "sell"))),
        contracts=fields.needed("contracts", positive=True),
        price=fields.needed("price", positive=True),
        contract_size=size_of(instrument, fields.amount("contract_size", positive=True), fields.where),
        leverage=fields.amount("leverage", positive=True),
        margin_mode=cast(
            "Literal['cross', 'isolated']", fields.text("margin_mode", "cross", ("cross", "isolated"))
        ),
        reduce_only=fields.flag("reduce_only"),
    )
    fields.done()
    return order


def _rest(fields: Fields) -> Rest:
    zero = Decimal(0)
    rest = Rest(
        pool=fields.text("pool"),
        equity=fields.amount("equity") or zero,
        initial_requirement=fields.amount("initial_requirement") or zero,
        maintenance_requirement=fields.amount("maintenance_requirement") or zero,
        closing_cost=fields.amount("closing_cost") or zero,
    )
    fields.done()
    return rest


def _market(fields: Fields, contracts: _Contracts, marks: dict[str, Decimal]) -> Market:
    default, pairs = _correlation(Fields(fields.place("correlation"), fields.raw("correlation") or {}))
    feeds = Fields(fields.place("feeds"), fields.raw("feeds") or {})

    def canonical(name: str) -> str:
        try:
            return contracts.find(name, feeds.where).symbol
        except BookError:
            return name

    found = {name: feeds.numbers(name, name=canonical) for name in _FEEDS}
    feeds.done()
    return Market(
        marks=marks,
        indices=fields.numbers("indices", positive=True, name=contracts.rules.asset),
        underlyings={symbol: instrument.underlying for symbol, instrument in contracts.found.items()},
        vols=fields.numbers("vols", positive=True, name=contracts.rules.asset),
        correlation=pairs,
        correlation_default=default,
        feeds={name: values for name, values in found.items() if values},
    )


def _correlation(fields: Fields) -> tuple[Decimal | None, dict[tuple[str, str], Decimal]]:
    default = fields.amount("default")
    pairs: dict[tuple[str, str], Decimal] = {}
    for key in list(fields._table):  # noqa: SLF001 - the names of the pairs are the data
        if key == "default":
            continue
        coins = sorted(part.strip() for part in key.split(","))
        if len(coins) != 2 or not all(coins):  # noqa: PLR2004 - a pair
            raise BookError(fields.place(key), "it does not name two coins", 'Write "BTC,ETH" = 0.8')
        number = fields.needed(key)
        pairs[coins[0], coins[1]] = number
    for number in [*pairs.values(), *([default] if default is not None else [])]:
        if abs(number) > 1:
            raise BookError(
                fields.where, f"{number} is not between -1 and 1", "Write a correlation, e.g. 0.6"
            )
    return default, pairs


def with_vols(holding: Holding, vols: Mapping[str, Decimal]) -> Holding:
    """Return a holding with volatilities from elsewhere in front of its own."""
    return replace(holding, market=replace(holding.market, vols={**holding.market.vols, **vols}))


def on_day(holding: Holding, day: date) -> Holding:
    """Return a holding under the rules of another day."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return replace(holding, book=replace(holding.book, on=day, at=at))
