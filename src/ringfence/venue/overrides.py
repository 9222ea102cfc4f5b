"""A book's own tables, read in the pack's shape, and the rules that result."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, Final, cast

import msgspec

from ringfence.book import Book
from ringfence.core.errors import BookError, RulePackError
from ringfence.core.exact import shortened
from ringfence.core.number import EXACT
from ringfence.venue import kinds
from ringfence.venue.instruments import facts_of, resolve_instrument
from ringfence.venue.loader import load, slot_of
from ringfence.venue.pack import BOOK, RulePack
from ringfence.venue.shape import fitted, tags_of
from ringfence.venue.tables import make_ladder

_ALWAYS = date(1, 1, 1)
_OVER_PACK: Final = "over_pack"
"""In a row of a book: what it does not say of a portfolio model is what the pack says, or a row above."""

_MODELS: Final = tags_of(kinds.OffsetRule)
_COMPLETED: Final = tags_of(kinds.Strategies | kinds.Arrays | kinds.Sensitivities | kinds.History)
"""Models of which a book may state a part: the rest is the pack's."""

_OF_THE_TABLE = ("unit", "method", "open_interest")
"""What a row of a symbol says for all of its table."""


def _exact(value: object) -> object:
    """Return numbers as decimals, so that a book may write 0.5 or "0.5". A float is taken as it is written."""
    if isinstance(value, float):
        return Decimal(float.__repr__(value))
    if isinstance(value, str):
        try:
            return Decimal(value)
        except ArithmeticError:
            return value
    if isinstance(value, Mapping):
        return {key: item if key in _WORDS else _exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item) for item in value]
    return value


_WORDS = (
    "kind",
    "measure",
    "name",
    "one",
    "other",
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
"""What is a word, also where it is spelled like a number."""


def _convert(row: Mapping[str, object], kind: Any, where: str, symbols: list[str]) -> Any:  # noqa: ANN401 - a kind or a union
    exact = cast("dict[str, object]", _exact(row))
    body = {key: value for key, value in exact.items() if key != "symbol"}
    body |= {"in_force": _ALWAYS, "source": BOOK, "status": "documented"}
    if symbols:
        body["symbols"] = symbols
    return fitted(body, kind, where, BookError)


def _symbol(row: Mapping[str, object], book: Book, rules: RulePack, where: str) -> str | None:
    """Return our spelling of the symbol that a row is for; None: for all."""
    given = row.get("symbol")
    if given is None:
        return None
    if not isinstance(given, str):
        raise BookError(
            f"{where}, symbol", f"{shortened(given)} is not a word", 'Write symbol = "BTC/USDT:USDT"'
        )
    known = book.instruments.get(given) or resolve_instrument(given, rules, f"{where}, symbol")
    return known.symbol


def _tables(book: Book, rules: RulePack) -> tuple[kinds.TierTable, ...]:
    rows_of: dict[str, list[Mapping[str, object]]] = {}
    for number, row in enumerate(book.overrides.tiers, start=1):
        symbol = _symbol(row, book, rules, f"tier {number}")
        if symbol is None:
            raise BookError(f"tier {number}", "it has no symbol", 'Add symbol = "BTC/USDT:USDT"')
        rows_of.setdefault(symbol, []).append(row)
    return tuple(_table(symbol, rows, book, rules) for symbol, rows in rows_of.items())


def _table(symbol: str, rows: Sequence[Mapping[str, object]], book: Book, rules: RulePack) -> kinds.TierTable:
    where = f"tiers of {symbol}"
    payoff = book.instruments[symbol].payoff if symbol in book.instruments else "linear"
    own = {key: value for key in _OF_THE_TABLE if (value := _said_of_all(rows, key, where)) is not None}
    body: dict[str, object] = {
        "unit": _unit(rules, payoff),
        "rows": [{k: v for k, v in row.items() if k not in {*_OF_THE_TABLE, "symbol"}} for row in rows],
    }
    table: kinds.TierTable = _convert(
        body | rules.ladder_defaults(symbol) | own, kinds.TierTable, where, [symbol]
    )
    try:
        with localcontext(EXACT):
            make_ladder(table, where)
    except RulePackError as fault:
        raise BookError(fault.where, fault.fault, fault.remedy) from None
    return table


def _said_of_all(rows: Sequence[Mapping[str, object]], key: str, where: str) -> object:
    """Return what the rows of a table say of all of it; each may repeat it, none may differ."""
    said = [(number, row[key]) for number, row in enumerate(rows, start=1) if key in row]
    for number, value in said[1:]:
        if value != said[0][1]:
            raise BookError(
                f"{where}, row {number}, {key}",
                f"{shortened(value)} differs from {shortened(said[0][1])}, said in row {said[0][0]}",
                "A symbol has one table: keep one of the two",
            )
    return said[0][1] if said else None


def _unit(rules: RulePack, payoff: str) -> str:
    """Return in what the venue's own tables count a size; without tables, what the payoff suggests."""
    units = [
        table.unit
        for table in rules.lists["tiers"]
        if isinstance(table, kinds.TierTable)
        and any((":USD" in s) != (payoff == "inverse") for s in table.symbols)
    ]
    return (
        max(dict.fromkeys(units), key=units.count) if units else ("coin" if payoff == "inverse" else "quote")
    )


def _requirements(book: Book, rules: RulePack) -> tuple[kinds.RequirementRule, ...]:
    entries: list[kinds.RequirementRule] = []
    seen: set[tuple[object, ...]] = set()
    for number, row in enumerate(book.overrides.rules, start=1):
        where = f"rules {number}"
        if row.get("kind") in _MODELS:
            continue
        symbol = _symbol(row, book, rules, where)
        for measure in [row["measure"]] if "measure" in row else _measures(row):
            body = dict(row) | (
                {} if row.get("kind") in {"factor_on_initial", "leverage"} else {"measure": measure}
            )
            body = _with_pack_values(body, str(measure), rules)
            entry = _convert(body, kinds.RequirementRule, where, [symbol] if symbol else [])
            if slot_of("requirement", entry) in seen:
                raise BookError(where, "a row above speaks of the same positions", "Keep one of the two")
            seen.add(slot_of("requirement", entry))
            entries.append(entry)
    return tuple(entries)


def _models(book: Book, rules: RulePack) -> tuple[kinds.OffsetRule, ...]:
    """Return the portfolio models that a book states instead of its pack's."""
    entries: list[kinds.OffsetRule] = []
    for number, row in enumerate(book.overrides.rules, start=1):
        if row.get("kind") not in _MODELS:
            continue
        where = f"rules {number}"
        symbol = _symbol(row, book, rules, where)
        if row.get(_OVER_PACK):
            changed = _over_pack(row, entries, rules, where)
            entry = _convert(changed, kinds.OffsetRule, where, list(changed.get("symbols", ())))
            entries = [other for other in entries if slot_of("offset", other) != slot_of("offset", entry)]
        else:
            entry = _convert(
                _on_the_pack(row, book, rules), kinds.OffsetRule, where, [symbol] if symbol else []
            )
        if any(slot_of("offset", entry) == slot_of("offset", other) for other in entries):
            raise BookError(where, "a row above speaks of the same positions", "Keep one of the two")
        entries.append(entry)
    return tuple(entries)


def _on_the_pack(row: Mapping[str, object], book: Book, rules: RulePack) -> Mapping[str, object]:
    """Return a row with what it leaves out as in the pack's model of its kind; scenarios state all they say."""
    if row.get("kind") not in _COMPLETED:
        return row
    for instrument in book.instruments.values():
        entry = rules.offset(facts_of(instrument, "cross"))
        if entry is not None and tags_of(type(entry)) == {row["kind"]}:
            own: dict[str, object] = msgspec.to_builtins(entry, builtin_types=(Decimal, date))
            return own | dict(row)
    return row


def _over_pack(
    row: Mapping[str, object], above: Sequence[kinds.OffsetRule], rules: RulePack, where: str
) -> dict[str, Any]:
    """Return a model of the pack, or of a row above, with what a row says instead.

    Raises:
        BookError: there is no such model.

    """
    mode, wanted = rules.account_mode.id, row.get("underlyings")
    for model in (*reversed(above), *reversed(rules.lists["offset"])):
        fits = not model.account_modes or mode in model.account_modes
        if fits and (wanted is None or list(model.underlyings) == wanted):
            stated = msgspec.to_builtins(model, builtin_types=(Decimal, date))
            plain = {key: value for key, value in stated.items() if value is not None}
            return cast(
                "dict[str, Any]", _laid_over(plain, {k: v for k, v in row.items() if k != _OVER_PACK})
            )
    raise BookError(
        where,
        f"{rules.venue.id} has no such model in the account mode {mode}",
        f"Leave out {_OVER_PACK}, and state the model whole",
    )


def _laid_over(below: object, above: object) -> object:
    """Return what lies above; tables key by key, and of lists of named tables each on the one of its name."""
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        return {**below, **{key: _laid_over(below.get(key), value) for key, value in above.items()}}
    if isinstance(below, list | tuple) and isinstance(above, list | tuple) and any(map(_name_of, above)):
        named = {_name_of(item): item for item in above}
        kept = [_laid_over(item, named.pop(_name_of(item), {})) for item in below]
        return [*kept, *named.values()]
    return above


def _name_of(item: object) -> str:
    return str(item.get("name", "")) if isinstance(item, Mapping) else ""


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
    entries: list[kinds.Fee] = []
    seen: set[tuple[str | None, str]] = set()
    for number, row in enumerate(book.overrides.fees, start=1):
        where = f"fee {number}"
        symbol = _symbol(row, book, rules, where)
        stated = {(symbol, key) for key in row if key != "symbol"}
        if stated & seen:
            raise BookError(where, "a row above states the same fee", "Keep one of the two")
        seen |= stated
        entries.append(_convert(row, kinds.Fee, where, [symbol] if symbol else []))
    return tuple(entries)


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
        return load(venue, book.at, account_mode)
    mode = account_mode or book.account_mode
    plain = load(book.venue, book.at, mode)
    own = {
        "tiers": _tables(book, plain),
        "fee": _fees(book, plain),
        "requirement": _requirements(book, plain),
        "offset": _models(book, plain),
    }
    given = {name: entries for name, entries in own.items() if entries}
    rules = load(book.venue, book.at, mode, given, book.overrides.settings)
    said = _own_numbers(book)
    return replace(rules, overrides=(*rules.overrides, *said)) if said else rules


def rules_apart(book: Book, rules: RulePack) -> RulePack:
    """Return the rules by which a book's positions stand each alone: those of a mode in which nothing nets.

    The rules themselves where nothing nets under them, or where the venue has no other; of several modes one that
    pools alike before others, in the pack's order.
    """
    if not rules.offset_models(rules.account_mode.id):
        return rules
    plain = [mode for mode in rules.modes() if not rules.offset_models(mode.id)]
    alike = [mode for mode in plain if mode.pooling == rules.account_mode.pooling]
    chosen = next(iter([*alike, *plain]), None)
    return rules if chosen is None else rules_of(book, account_mode=chosen.id)


def _own_numbers(book: Book) -> list[str]:
    """Return what positions say themselves instead of the pack, named for the reader."""
    said = [f"position: maintenance_rate {p.label}" for p in book.positions if p.maintenance_rate is not None]
    for position in book.positions:
        usual = book.instruments[position.symbol].contract_size
        if usual is not None and usual != position.contract_size:
            said.append(f"position: contract_size {position.label}")
    return said
