"""Spreadsheets: comma-separated rows with a header, under any of the names that people give their columns."""

import csv
import re
from typing import Any

from ringfence.core.errors import BookError
from ringfence.importers.dumps.part import Balance, Held, Part, side_of, without
from ringfence.importers.dumps.row import Row
from ringfence.importers.dumps.shapes import shape_of

_SYNONYMS = {
    "symbol": "symbol instrument contract market pair ticker instrumentname instid coin",
    "quantity": "quantity qty size amount position positionsize positionamt pos netqty signedqty",
    "contracts": "contracts lots numberofcontracts",
    "contract_size": "contractsize multiplier contractvalue ctval",
    "side": "side direction positionside posside longshort",
    "entry_price": "entryprice entry avgprice averageprice avgentryprice avgentry openprice avgpx entrypx price",
    "mark_price": "markprice mark markpx currentprice",
    "margin_mode": "marginmode mode margintype mgnmode",
    "leverage": "leverage lever lev",
    "collateral": "collateral isolatedwallet isolatedmargin wallet positionmargin",
    "venue": "venue exchange",
    "account": "account subaccount accountname",
    "balance": "balance walletbalance cash",
    "asset": "asset currency ccy settle settlecoin margincoin",
}
"""Our word -> others for it, without capitals and signs."""

_SIDES = {"long": "long", "buy": "long", "short": "short", "sell": "short", "l": "long", "s": "short"}
_MODES = {"cross": "cross", "crossed": "cross", "isolated": "isolated", "iso": "isolated"}
_DECIMAL_COMMA = re.compile(r"-?\d{1,3}(?:[. ]\d{3})*,\d+|-?\d+,\d+")
_DELIMITERS = ",;\t|"


def rows_of(text: str, name: str) -> list[dict[str, Any]]:
    """Return the rows of a spreadsheet by the names in its header; ours for those that are known by another.

    Raises:
        BookError: it has no header or no rows, a row has more columns than the header, or its numbers have commas.

    """
    lines = text.lstrip("\ufeff").splitlines()
    delimiter = max(_DELIMITERS, key=lines[0].count)
    table = [row for row in csv.reader(lines, delimiter=delimiter) if any(cell.strip() for cell in row)]
    header = [cell.strip() for cell in table[0]]
    found = []
    for number, row in enumerate(table[1:], start=2):
        _check_cells(row, header, f"{name}, line {number}")
        found.append({key: cell.strip() for key, cell in zip(header, row, strict=False)})
    if shape_of(found) is not None:
        return found
    known = {synonym: ours for ours, words in _SYNONYMS.items() for synonym in [*words.split(), ours]}
    ours = {key: known.get(re.sub(r"[^a-z]", "", key.lower()), key) for key in header}
    renamed = [_complete({ours[key]: value for key, value in row.items()}) for row in found]
    if shape_of(renamed) is None:
        _check_columns(header, set(ours.values()), name)
    return renamed


def _complete(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with a quantity, where it counts contracts instead."""
    if "contracts" in row and "quantity" not in row:
        return {**row, "quantity": ""}
    return row


def _check_columns(header: list[str], known: set[str], name: str) -> None:
    """Complain about positions of which no column says how large they are."""
    if "symbol" in known and known & {"side", "entry_price"} and not known & {"quantity", "contracts"}:
        raise BookError(
            name,
            f"no column says how much is held: it has {', '.join(header)}",
            "Call the one that does quantity (of coin, signed or with a side) or contracts",
        )


def _check_cells(row: list[str], header: list[str], where: str) -> None:
    comma = next((cell for cell in row if _DECIMAL_COMMA.fullmatch(cell.strip())), None)
    if comma is not None:
        raise BookError(
            where,
            f"{comma.strip()!r} has a comma in it: a decimal comma, or one between thousands",
            "Write numbers with a decimal point and without separators: 1234.5",
        )
    if len(row) > len(header):
        raise BookError(
            where,
            f"it has {len(row)} columns and the header {len(header)}: its numbers may have a decimal comma",
            "Write numbers with a decimal point: 0.5",
        )


def positions(rows: list[Row]) -> Part:
    """Return positions. A quantity is signed, or a side says which; it counts coins unless contracts are given."""
    part = Part(positions=[])
    venues = {row.word("venue") for row in rows} - {""}
    if len(venues) > 1:
        what = ", ".join(sorted(venues))
        raise BookError(rows[0].where, f"its rows are of several venues: {what}", "Keep one venue in a file")
    part.venue, part.account = "".join(venues), rows[0].word("account")
    for row in rows:
        _add(part, row)
    return part


def _add(part: Part, row: Row) -> None:
    balance = row.number("balance")
    symbol, asset = row.word("symbol"), row.word("asset")
    if balance is not None and asset and not symbol:
        part.balances = [*(part.balances or []), Balance(asset, balance, "shared", row.where)]
        return
    quantity, contracts, size = row.number("quantity"), row.number("contracts"), row.price("contract_size")
    amount = contracts if contracts is not None else quantity
    if not amount or part.positions is None:
        return
    row.named("symbol")
    side, mode = row.word("side").lower(), row.word("margin_mode").lower()
    if side and side not in _SIDES:
        raise BookError(row.place("side"), f"{side!r} is not a side", "Write long or short")
    if mode and mode not in _MODES:
        raise BookError(row.place("margin_mode"), f"{mode!r} is unknown", "Write cross or isolated")
    plain = {
        "symbol": symbol,
        "side": _SIDES[side] if side else side_of(amount),
        "contracts": abs(amount),
        "contract_size": size,
        "entry_price": row.price("entry_price"),
        "mark_price": row.price("mark_price"),
        "margin_mode": _MODES.get(mode, ""),
        "leverage": row.price("leverage"),
    }
    held = Held(without(plain), f"{row.where} ({symbol})", row.number("collateral"))
    held.in_coins = contracts is None
    part.positions.append(held)


READERS = {"positions": (positions, "balance asset account venue"), "ledger": (positions, "")}
