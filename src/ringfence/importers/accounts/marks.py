"""Marks and contract sizes of a block: each symbol has one mark, and each position a size."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from ringfence.batch.columns import Numbers
from ringfence.core.errors import InputError
from ringfence.core.number import from_model
from ringfence.importers.accounts.place import first_of, said
from ringfence.importers.accounts.rows import Rows
from ringfence.importers.accounts.shared import Shared


def take_marks(rows: Rows, shared: Shared) -> None:
    """Take the marks that rows state, and see that every symbol of the block has one, and one only.

    Raises:
        BookError: a symbol has none, or two; or an option's mark or terms cannot be.

    """
    first_rows = _first_rows(rows, np.flatnonzero(rows.is_position))
    stated = rows.numbers.get("mark_price")
    if stated is not None:
        _take(rows, stated, shared)
    for code, row in first_rows.items():
        instrument = shared.instrument(code)
        if instrument.symbol not in shared.marks:
            quoted = ", or its volatility under [feeds.implied_volatility]" if instrument.is_option else ""
            raise rows.place.fault(
                row,
                "symbol",
                f"{instrument.symbol} has no mark price",
                f"Add it under [marks] of the market file, or a column mark_price{quoted}",
            )


def _first_rows(rows: Rows, among: Any) -> Mapping[int, int]:
    """Return symbol's code -> the first of some rows that holds it."""
    codes, places = np.unique(rows.symbol[among], return_index=True)
    return {int(code): int(among[place]) for code, place in zip(codes, places, strict=True)}


def _take(rows: Rows, stated: Numbers, shared: Shared) -> None:
    given = np.flatnonzero(~np.isnan(stated.values))
    known = np.full(len(shared.symbols) + 1, np.nan)
    for code, row in _first_rows(rows, given).items():
        symbol, price = shared.symbols[code], stated.exact(row)
        if price is not None and symbol not in shared.marks:
            try:
                shared.mark(code, price)
            except InputError as fault:
                raise rows.place.fault(row, "mark_price", fault.fault, fault.remedy) from None
        known[code] = float(shared.marks[symbol])
    other = first_of(stated.values[given] != known[rows.symbol[given]])
    differs = None if other is None else int(given[other])
    if differs is None:
        differs = _long_that_differs(rows, stated, given, shared)
    if differs is not None:
        symbol = shared.symbols[rows.symbol[differs]]
        raise rows.place.fault(
            differs,
            "mark_price",
            f"{said(stated.exact(differs))} differs from {shared.marks[symbol]}, the mark given elsewhere for {symbol}",
            "A symbol has one mark: keep one of the two",
        )


def _long_that_differs(rows: Rows, stated: Numbers, given: Any, shared: Shared) -> int | None:
    """Return the first row whose mark differs in digits that no float64 holds."""
    long = {
        code: mark
        for code, symbol in enumerate(shared.symbols)
        if (mark := shared.marks.get(symbol)) is not None and from_model(float(mark)) != mark
    }
    if not long and not stated.written:
        return None
    doubtful = given[np.isin(rows.symbol[given], list(long)) | np.isin(given, list(stated.written))]
    for row in doubtful:
        if stated.exact(int(row)) != shared.marks[shared.symbols[rows.symbol[row]]]:
            return int(row)
    return None


def sizes(rows: Rows, shared: Shared) -> Numbers:
    """Return every row's contract size: its own, or else its contract's.

    Raises:
        BookError: neither says.

    """
    own = rows.numbers.get("contract_size")
    usual = [shared.instrument(code).contract_size for code in range(len(shared.symbols))]
    known = np.array([np.nan if size is None else float(size) for size in usual] + [np.nan])
    values = known[rows.symbol]
    written: dict[int, Decimal] = {}
    for code, size in enumerate(usual):
        if size is not None and from_model(float(size)) != size:
            written |= dict.fromkeys(np.flatnonzero(rows.symbol == code).tolist(), size)
    if own is not None:
        given = ~np.isnan(own.values)
        values[given] = own.values[given]
        written = {row: size for row, size in written.items() if not given[row]} | dict(own.written)
    row = first_of(np.isnan(values) & rows.is_position)
    if row is not None:
        raise rows.place.fault(
            row,
            "",
            f"the contract size of {shared.symbols[rows.symbol[row]]} differs by symbol and is not in the pack",
            "Add contract_size to the row, or describe the contract as [[instrument]] in the market file",
        )
    return Numbers(values, written)
