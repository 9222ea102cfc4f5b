"""The book file: one account, or several, in TOML or JSON."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, cast

from ringfence.book import Book, Order, Overrides, Position, Rest
from ringfence.core.errors import BookError, InputError
from ringfence.core.exact import POSITIVE, SHARE, UNSIGNED, read_decimal
from ringfence.core.instants import read_day, read_instant
from ringfence.importers.company import check_company, check_rests
from ringfence.importers.contracts import Contracts
from ringfence.importers.fields import Fields
from ringfence.importers.options import Quoted, with_model_marks
from ringfence.importers.prices import read_market
from ringfence.importers.reported import read_reported
from ringfence.importers.tiers import plain_tier_rows
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.venue import find_pack, load, rules_of
from ringfence.venue.instruments import size_of
from ringfence.venue.loader import newest

_INHERITED = ("venue", "on", "at", "marks", "indices", "vols", "correlation", "feeds")
"""Keys that accounts of one file take from its top, unless they have their own."""

_AT_THE_TOP = """name venue on at account_mode position_mode collateral position order tier fee rules instrument
 rest settings marks indices vols correlation feeds reported"""

KEYS = frozenset(_AT_THE_TOP.split())
"""Every key that stands at the top of an account."""

ENTRY = "entry"
"""The word that says on purpose that no mark is known: the entry price stands in."""


def is_book(document: object) -> bool:
    """Return whether a document is a book file, or was meant to be one: it is no list of tables, nor an answer."""
    if isinstance(document, list | tuple):
        return bool(document) and not any(isinstance(row, Mapping | list) for row in document)
    if not isinstance(document, Mapping):
        return True
    if "account" in document and isinstance(document["account"], list | tuple):
        return all(is_book(row) for row in document["account"])
    return "position" in document or document.keys() <= KEYS


def snapshot_from(document: object, name: str) -> Snapshot:
    """Return the accounts of a book file that is already parsed.

    Args:
        document: its tables.
        name: how to call the file in a complaint.

    Raises:
        InputError: something in it is wrong.

    """
    try:
        top = Fields("", document)
        rows = top.tables("account")
        if not rows:
            top.raw("name")
            return Snapshot((account_of(top, "main")[0],))
        return Snapshot(_accounts(cast("Mapping[str, Any]", document), rows))
    except InputError as fault:
        raise fault.within(name) from None


def _accounts(shared: Mapping[str, Any], rows: list[tuple[str, Any]]) -> tuple[Holding, ...]:
    inherited = {key: shared[key] for key in _INHERITED if key in shared}
    for key in shared:
        if key not in {*_INHERITED, "account"}:
            raise BookError(
                key, "it stands beside [[account]] tables", "Move it into the account it belongs to"
            )
    names: list[str] = []
    holdings = []
    for where, row in rows:
        fields = Fields(where, row)
        account = fields.text("name", example="main")
        if account in names:
            raise BookError(
                fields.place("name"), f"{account!r} stands twice", "Give each account its own name"
            )
        names.append(account)
        own = Fields(where, {**inherited, **row})
        own.raw("name")
        holdings.append(account_of(own, account)[0])
    return tuple(holdings)


def _day(fields: Fields, venue: str) -> tuple[date, datetime]:
    """Return the day whose rules apply, and the instant."""
    on, at = fields.raw("on"), fields.raw("at")
    instant = None if at is None else read_instant(at, fields.place("at"))
    if on is not None:
        day = read_day(on, fields.place("on"))
    else:
        day = instant.date() if instant is not None else newest(find_pack(venue))
    if instant is not None and instant.date() != day:
        raise BookError(
            fields.place("at"),
            f"{instant:%Y-%m-%d %H:%M} UTC is not on {day}",
            "Mend `on` or `at`, or drop one",
        )
    return day, instant or datetime(day.year, day.month, day.day, tzinfo=UTC)


def account_of(fields: Fields, account: str) -> tuple[Holding, Contracts]:
    """Return one account of a book file, and the contracts it names: more may be looked up there.

    Raises:
        InputError: something in it is wrong.

    """
    pack = find_pack(fields.text("venue", example="binance-usdm"))
    day, at = _day(fields, pack.venue.id)
    rules = load(pack.venue.id, at, fields.text("account_mode", "") or None)
    contracts = Contracts(rules)
    for where, row in fields.tables("instrument"):
        contracts.describe(Fields(where, row))
    mode = cast("Literal['one-way', 'hedge']", fields.text("position_mode", "one-way", ("one-way", "hedge")))
    marks = fields.numbers("marks", POSITIVE, lambda s: contracts.find(s, fields.place("marks")).symbol)
    quotes = Quoted()
    positions = tuple(_position(Fields(*row), contracts, marks, quotes) for row in fields.tables("position"))
    held = {position.symbol: position for position in positions}
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
        orders=tuple(_order(Fields(*row), contracts, held) for row in fields.tables("order")),
        rests=tuple(_rest(Fields(*row)) for row in fields.tables("rest")),
        overrides=_overrides(fields, contracts),
    )
    check_company(fields.where, book, rules)
    check_rests(fields.where, book, rules)
    market = read_market(fields, contracts, marks, quotes.numbers)
    market = with_model_marks(market, book, rules)
    reported = read_reported(fields, contracts)
    fields.done()
    if book.overrides != Overrides():
        rules_of(book)  # a mistake in the book's own tables is found at the door, not in a result
    return Holding(book, market, reported), contracts


def _overrides(fields: Fields, contracts: Contracts) -> Overrides:
    rows = {key: tuple(_row(*row) for row in fields.tables(key)) for key in ("fee", "rules")}
    tiers = plain_tier_rows(fields.raw("tier"), fields.place("tier"))
    for number, row in enumerate(tiers, start=1):
        symbol = row["symbol"]
        where = f"{fields.place('tier')} {number}, symbol"
        if not isinstance(symbol, str):
            raise BookError(where, f"{symbol!r} is not a word", 'Write symbol = "BTC/USDT:USDT"')
        contracts.find(symbol, where)
    settings = _settings(fields.table("settings"), contracts)
    return Overrides(tiers=tiers, fees=rows["fee"], rules=rows["rules"], settings=settings)


def _settings(switches: Fields, contracts: Contracts) -> dict[str, object]:
    """Return the account switches, such as coins that are no collateral or that stand in their risk unit."""
    off = [contracts.rules.asset(coin) for coin in switches.words("collateral_off")]
    chosen = [contracts.rules.asset(coin) for coin in switches.words("spot_in_risk_unit")]
    top_up = switches.flag("auto_top_up")
    loans = switches.numbers("loans", UNSIGNED, contracts.rules.asset)
    leverage = switches.amount("loan_leverage", POSITIVE)
    unusual = switches.flag("unusual_quotes")
    switches.done()
    given = (
        ("collateral_off", off), ("auto_top_up", top_up), ("spot_in_risk_unit", chosen), ("loans", loans),
        ("loan_leverage", leverage), ("unusual_quotes", unusual),
    )  # fmt: skip
    return {name: value for name, value in given if value}


def _row(where: str, row: object) -> Mapping[str, object]:
    Fields(where, row)
    return cast("Mapping[str, object]", row)


def _position(fields: Fields, contracts: Contracts, marks: dict[str, Decimal], quotes: Quoted) -> Position:
    instrument = contracts.find(fields.text("symbol", example="BTC/USDT:USDT"), fields.place("symbol"))
    fields.where = f"{fields.where} ({instrument.symbol})"
    opened = fields.raw("opened")
    position = Position(
        symbol=instrument.symbol,
        side=cast("Literal['long', 'short']", fields.text("side", choices=("long", "short"))),
        contracts=fields.needed("contracts", POSITIVE, "The side carries the sign: contracts is positive"),
        contract_size=size_of(instrument, fields.amount("contract_size", POSITIVE), fields.where),
        entry_price=fields.needed("entry_price", POSITIVE),
        margin_mode=cast(
            "Literal['cross', 'isolated']", fields.text("margin_mode", "cross", ("cross", "isolated"))
        ),
        leverage=fields.amount("leverage", POSITIVE),
        collateral=fields.amount("collateral"),
        extra_collateral=fields.amount("extra_collateral") or Decimal(0),
        cost=fields.amount("cost"),
        opening_fee=fields.amount("opening_fee"),
        funding_reserve=fields.amount("funding_reserve"),
        opened=None if opened is None else read_instant(opened, fields.place("opened")),
        maintenance_rate=fields.amount("maintenance_rate", SHARE),
        deduction=fields.amount("deduction", UNSIGNED) or Decimal(0),
        tags=fields.words("tags"),
    )
    quotes.take(fields, instrument)
    _take_mark(fields, position, marks, is_option=instrument.is_option)
    fields.done()
    _check_wallet(fields, position)
    return position


def _check_wallet(fields: Fields, position: Position) -> None:
    """Complain about numbers of a position that nothing would use."""
    if position.margin_mode == "cross":
        for key, amount in (
            ("collateral", position.collateral),
            ("extra_collateral", position.extra_collateral),
        ):
            if amount:
                raise BookError(
                    fields.place(key),
                    "a cross position has no wallet of its own",
                    'Put the amount under [collateral], or write margin_mode = "isolated"',
                )
    if position.deduction and position.maintenance_rate is None:
        raise BookError(
            fields.place("deduction"),
            "it belongs to a maintenance_rate, and there is none",
            "Add maintenance_rate, or leave both to the tiers",
        )


def _take_mark(
    fields: Fields, position: Position, marks: dict[str, Decimal], *, is_option: bool = False
) -> None:
    given = fields.raw("mark_price")
    where = fields.place("mark_price")
    if given is None:
        if position.symbol not in marks and not is_option:
            raise BookError(
                fields.where,
                "it has no mark price",
                f'Add mark_price = "...", or {position.symbol!r} under [marks]; '
                'mark_price = "entry" says on purpose that none is known',
            )
        return
    mark = position.entry_price if given == ENTRY else read_decimal(given, where)
    if mark <= 0:
        raise BookError(
            where, f"{mark} is not {POSITIVE.text}", 'Write the mark, or "entry" if none is known'
        )
    if marks.setdefault(position.symbol, mark) != mark:
        raise BookError(
            where,
            f"{mark} differs from {marks[position.symbol]}, the mark given elsewhere for {position.symbol}",
            "A symbol has one mark: keep one of the two",
        )


def _order(fields: Fields, contracts: Contracts, positions: Mapping[str, Position]) -> Order:
    """Return a resting order; contract size, leverage and margin mode default to those of the position held."""
    instrument = contracts.find(fields.text("symbol", example="BTC/USDT:USDT"), fields.place("symbol"))
    fields.where = f"{fields.where} ({instrument.symbol})"
    held = positions.get(instrument.symbol)
    size = fields.amount("contract_size", POSITIVE) or (held.contract_size if held else None)
    mode = fields.text("margin_mode", held.margin_mode if held else "cross", ("cross", "isolated"))
    order = Order(
        symbol=instrument.symbol,
        side=cast("Literal['buy', 'sell']", fields.text("side", choices=("buy", "sell"))),
        contracts=fields.needed("contracts", POSITIVE, "The side carries the sign: contracts is positive"),
        price=fields.needed("price", POSITIVE),
        contract_size=size_of(instrument, size, fields.where),
        leverage=fields.amount("leverage", POSITIVE) or (held.leverage if held else None),
        margin_mode=cast("Literal['cross', 'isolated']", mode),
        reduce_only=fields.flag("reduce_only"),
    )
    fields.done()
    return order


def _rest(fields: Fields) -> Rest:
    zero = Decimal(0)
    rest = Rest(
        pool=fields.text("pool", example="cross:USDT"),
        equity=fields.amount("equity") or zero,
        initial_requirement=fields.amount("initial_requirement", UNSIGNED) or zero,
        maintenance_requirement=fields.amount("maintenance_requirement", UNSIGNED) or zero,
        closing_cost=fields.amount("closing_cost", UNSIGNED) or zero,
    )
    fields.done()
    return rest


def with_vols(holding: Holding, vols: Mapping[str, Decimal]) -> Holding:
    """Return a holding with volatilities from elsewhere in front of its own."""
    return replace(holding, market=replace(holding.market, vols={**holding.market.vols, **vols}))


def on_day(holding: Holding, day: date) -> Holding:
    """Return a holding under the rules of another day."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return replace(holding, book=replace(holding.book, on=day, at=at))
