"""From what several payloads say to the tables of one account, with what is missing named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from typing import Any

from ringfence.book import Figures, Instrument
from ringfence.core.errors import BookError, InputError, RulePackError
from ringfence.core.number import EXACT
from ringfence.importers.dumps.merge import one_of, pooled, united
from ringfence.importers.dumps.names import Names
from ringfence.importers.dumps.part import Held, Part, without
from ringfence.venue import RulePack, find_pack, load

_PORTFOLIO = "portfolio"
"""The account mode that says more than those it comes with: a balance alone cannot tell it from them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user adds to the dumps on the command line."""

    venue: str | None = None
    margin_mode: str | None = None


@dataclass(slots=True)
class Draft:
    """The tables of a book, what the venue says of each position in them, and what the user has to know."""

    tables: dict[str, Any]
    figures: list[Figures]
    sources: tuple[str, ...] = ()
    assets: dict[str, Figures] = field(default_factory=dict)
    whole: Figures = field(default_factory=Figures)
    notes: list[str] = field(default_factory=list)


def drafted(parts: Sequence[Part], own: Mapping[str, Any], asked: Asked) -> Draft:
    """Return the account that some parts make together.

    Args:
        parts: what the payloads say.
        own: keys of the book file that stand beside them; they come first.
        asked: what the command line adds.

    Raises:
        BookError: the parts contradict each other, or something is missing that nothing may stand in for.

    """
    notes = list(dict.fromkeys(note for part in parts for note in part.notes))
    venue = _venue(parts, own, asked)
    mode = _account_mode(parts, own, notes)
    moment = _moment(parts, own, venue, notes)
    rules = _rules(venue, own, moment, mode)
    tables: dict[str, Any] = {"venue": rules.venue.id}
    if moment is not None:
        tables |= {"on": moment.date(), "at": moment}
    tables |= {"account_mode": mode} if mode else {}
    hedge = one_of((part.position_mode for part in parts), "position mode")
    names = Names(rules, [row for part in parts for row in part.instruments])
    held = united(parts, names)
    legs = [names.unified(one.row["symbol"]) for one in held]
    hedge = hedge or ("hedge" if len(set(legs)) < len(legs) else "")
    tables |= {"position_mode": hedge} if hedge else {}
    _settle_modes(held, parts, names, asked)
    for one in held:
        _add_mark(one, names, parts, own)
        _complete(one, names, notes)
    _note_without_moment(held, names, notes, known=moment is not None or "on" in own or "at" in own)
    tables["position"] = [one.row for one in held]
    tables["collateral"] = pooled(parts, held, names, notes, known=bool(own.get("collateral")))
    tables |= _extras(parts, held, names, notes)
    _check_positions_are_there(parts, own, notes)
    assets = {asset: figures for part in parts for asset, figures in part.assets.items() if figures.stated()}
    whole = next((part.figures for part in parts if part.figures.stated()), Figures())
    sources = tuple(dict.fromkeys(part.shape for part in parts if part.shape))
    return Draft({**tables, **own}, [one.figures for one in held], sources, assets, whole, notes)


def _venue(parts: Sequence[Part], own: Mapping[str, Any], asked: Asked) -> str:
    """Return the pack of the dumps: the one that they name themselves, or else the one that the user names."""
    named: dict[str, str] = {}
    for word in (part.venue for part in parts if part.venue):
        try:
            named[find_pack(word).venue.id] = word
        except RulePackError:
            raise BookError(
                "",
                f"the dump is of {word}, and there is no rule pack for it",
                "See the packs: ringfence venues",
            ) from None
    for inner in [share.pack for word in [*named] for share in find_pack(word).include]:
        named.pop(inner, None)
    if len(named) > 1:
        raise BookError(
            "",
            f"the dumps are of several venues: {' and '.join(sorted(named))}",
            "Read each account by itself",
        )
    given = own.get("venue", asked.venue)
    if named:
        found = next(iter(named))
        if "venue" in own and isinstance(given, str) and find_pack(given).venue.id != found:
            raise BookError("venue", f"the dumps are of {found}, not of {given}", "Mend or drop `venue`")
        return found
    if not isinstance(given, str):
        raise BookError("", "the dump does not name its venue", "Add --venue ID (ringfence venues)")
    return given


def _account_mode(parts: Sequence[Part], own: Mapping[str, Any], notes: list[str]) -> str:
    """Return the account mode that the dumps state or let presume; one that cannot be judged is refused.

    Raises:
        BookError: the mode is not judged yet, and the user has not named another one to judge it in.

    """
    stated = own.get("account_mode")
    refused = next((part.refused for part in parts if part.refused), "")
    if refused and stated is None:
        raise BookError(
            "",
            refused,
            "To judge it in another mode, add a file with account_mode = ... (ringfence venues ID)",
        )
    if refused:
        notes.append(f"{refused}: judged as {stated}")
    if isinstance(stated, str):
        return stated
    said = {part.account_mode for part in parts}
    found = _PORTFOLIO if _PORTFOLIO in said else one_of(said, "account mode")
    for mode, words in (part.presumed for part in parts):
        if mode and not found:
            notes.append(f"{words}: {mode} is taken (account_mode = ... says otherwise)")
            return mode
    return found


def _moment(parts: Sequence[Part], own: Mapping[str, Any], venue: str, notes: list[str]) -> datetime | None:
    """Return when the venue answered, where it says so and no day is given beside the dumps."""
    known = [part.at for part in parts if part.at is not None]
    if not known or "on" in own or "at" in own:
        return None
    latest, begins = max(known), find_pack(venue).venue.begins
    if latest.date() < begins:
        notes.append(f"the dump is of {latest.date()}, before the pack begins: its newest rules are taken")
        return None
    return latest


def _note_without_moment(held: Sequence[Held], names: Names, notes: list[str], *, known: bool) -> None:
    """Say from when options count the time they have left, where no file says when it was made."""
    contracts = [names.contract(names.unified(one.row["symbol"])) for one in held]
    if not known and any(one is not None and one.is_option for one in contracts):
        notes.append(
            "when these files were made is not in them: options count the time they have left from the first day of "
            "the newest rules; add at = ... to the book"
        )


def _rules(venue: str, own: Mapping[str, Any], moment: datetime | None, mode: str) -> RulePack:
    """Return the rules by whose names symbols are read; the book's own day and mode are checked when it is read."""
    day = own.get("at", own.get("on", moment))
    when = day if isinstance(day, date) else moment
    if isinstance(when, date) and not isinstance(when, datetime):
        when = datetime(when.year, when.month, when.day, tzinfo=UTC)
    try:
        return load(venue, when, mode or None)
    except InputError:
        return load(venue)


def _settle_modes(held: Sequence[Held], parts: Sequence[Part], names: Names, asked: Asked) -> None:
    """Give every position its margin mode: its own, its symbol's, its account's, or the one the user says.

    Raises:
        BookError: none of them is known.

    """
    whole = one_of((part.margin_mode for part in parts), "margin mode")
    by_symbol = {names.unified(s): row for part in parts for s, row in part.by_symbol.items()}
    legs = [names.unified(one.row["symbol"]) for one in held]
    for one in held:
        known = by_symbol.get(names.unified(one.row["symbol"]), {})
        mode = one.row.get("margin_mode") or known.get("margin_mode") or whole or asked.margin_mode
        if mode is None:
            raise BookError(
                one.where,
                "margin mode is not in this file",
                "Add --margin-mode cross or isolated, or the account info",
            )
        one.row["margin_mode"] = mode
        if "leverage" in known:
            one.row.setdefault("leverage", known["leverage"])
        if one.wallet is None and legs.count(names.unified(one.row["symbol"])) == 1:
            one.wallet = known.get("wallet")


def _complete(one: Held, names: Names, notes: list[str]) -> None:
    """Add what other payloads know of a position: contract size and wallet; and name what none does."""
    row, symbol = one.row, one.row["symbol"]
    known = names.contract(symbol)
    if row["margin_mode"] == "isolated":
        if one.wallet is not None:
            row["collateral"] = one.wallet
        else:
            notes.append(
                f"{symbol}: its isolated wallet is not in these files; its initial requirement stands in"
            )
    if known is not None and known.contract_size is None and "contract_size" not in row:
        listed = names.listed.get(known.symbol, {}).get("contract_size")
        if listed is None and one.contract_size is not None:
            notes.append(f"{symbol}: contract size {one.contract_size} worked out from its value")
        size = listed or one.contract_size
        row |= {"contract_size": size} if size is not None else {}
    if one.in_coins:
        _count_contracts(one, known)
    if "leverage" not in row and not (known is not None and known.is_paid_for):
        notes.append(f"{symbol}: its leverage is not in these files")


def _count_contracts(one: Held, known: Instrument | None) -> None:
    """Turn a quantity in coins into contracts."""
    size = one.row.get("contract_size") or (known.contract_size if known is not None else None)
    if known is not None and known.payoff == "inverse":
        raise BookError(one.where, "an inverse contract is not counted in coins", "Give a column contracts")
    if size is not None:
        with localcontext(EXACT):
            one.row["contracts"] /= Decimal(size)


def _add_mark(one: Held, names: Names, parts: Sequence[Part], own: Mapping[str, Any]) -> None:
    """Add a position's mark, and the venue's liquidation price where a bot has moved it.

    Raises:
        BookError: entry or mark is nowhere.

    """
    row, symbol = one.row, names.unified(one.row["symbol"])
    marks = {names.unified(name): mark for part in parts for name, mark in part.marks.items()}
    if symbol in marks:
        row.setdefault("mark_price", marks[symbol])
    for part in parts:
        for name, quote in part.quotes.items():
            if names.unified(name) == symbol:
                one.row = {**quote, **one.row}
    row = one.row
    if "entry_price" not in row:
        raise BookError(
            one.where, "its entry price is not in these files", "Add the answer on positions itself"
        )
    given = own.get("marks")
    stated = {names.unified(str(name)) for name in given} if isinstance(given, Mapping) else set()
    priced = "mark_price" in row or "implied_volatility" in row
    if not priced and symbol not in stated:
        raise BookError(
            one.where,
            "its mark price is not in these files",
            f'Add a file with [marks] and "{symbol}" = "...", or what ccxt\'s fetch_tickers() returns',
        )
    buffer = next((part.buffer for part in parts if part.buffer is not None), None)
    if one.buffered is not None and buffer is not None:
        entry = row["entry_price"]
        with localcontext(EXACT):
            one.figures = Figures(liquidation_price=(one.buffered - buffer * entry) / (1 - buffer))


def _extras(parts: Sequence[Part], held: Sequence[Held], names: Names, notes: list[str]) -> dict[str, Any]:
    """Return tiers of what is held, contracts that the pack lacks, orders, indices and switches."""
    symbols = {names.unified(one.row["symbol"]): one for one in held}
    for order in (order for part in parts for order in part.orders or []):
        symbols.setdefault(names.unified(order["symbol"]), Held({}, ""))
    tiers = [row for part in parts for row in part.tiers if names.unified(str(row["symbol"])) in symbols]
    tiers += _first_tiers(parts, held, names, {names.unified(str(row["symbol"])) for row in tiers}, notes)
    lacking = [names.listed[s] for s in symbols if names.contract(s) is None and s in names.listed]
    orders = [order for part in parts for order in part.orders or []]
    if all(part.orders is None for part in parts) and held:
        notes.append("resting orders are not in these files: what they hold back is not counted")
    off = [asset for part in parts for asset in part.collateral_off]
    loans = {names.asset(asset): amount for part in parts for asset, amount in part.loans.items()}
    par = {*names.rules.venue.par}
    indices = {a: price for part in parts for a, price in part.indices.items() if names.asset(a) not in par}
    return without(
        {
            "tier": tiers or None,
            "instrument": lacking or None,
            "order": orders or None,
            "indices": indices or None,
            "settings": without({"collateral_off": off or None, "loans": loans or None}) or None,
        }
    )


def _first_tiers(
    parts: Sequence[Part], held: Sequence[Held], names: Names, stated: set[str], notes: list[str]
) -> list[dict[str, Any]]:
    """Return tiers of what the pack has no table for: those the venue lists, or else the first alone."""
    listed = {names.unified(s): rows for part in parts for s, rows in part.listed.items()}
    found: list[dict[str, Any]] = []
    for one in held:
        symbol = names.unified(one.row["symbol"])
        if symbol in stated or names.has_tiers(symbol):
            continue
        if symbol in listed:
            found += listed[symbol]
        elif one.max_leverage is not None:
            found.append({"symbol": symbol, "floor": "0", "max_leverage": one.max_leverage})
            notes.append(
                f"{symbol}: only its first tier is known, by the maximum leverage beside the position"
            )
    return found


def _check_positions_are_there(parts: Sequence[Part], own: Mapping[str, Any], notes: list[str]) -> None:
    if all(part.positions is None for part in parts):
        if all(part.balances is None and part.spot is None for part in parts) and "collateral" not in own:
            raise BookError(
                "", "neither positions nor a balance are in these files", "Add the answer on positions"
            )
        notes.append("positions are not in these files: the account is taken to have none")
