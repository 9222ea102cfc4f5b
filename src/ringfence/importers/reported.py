"""The ``[[reported]]`` rows of a book file: what the venue itself said, so that it can be compared with ours."""

from collections.abc import Mapping
from typing import Any

from ringfence.book import Figures, Reported
from ringfence.core.errors import BookError
from ringfence.importers.contracts import Contracts
from ringfence.importers.fields import Fields

_NUMBERS = (
    "liquidation_price", "maintenance_requirement", "initial_requirement", "unrealized_pnl", "notional", "equity",
    "available", "margin_ratio",
)  # fmt: skip


def read_reported(fields: Fields, contracts: Contracts) -> Reported | None:
    """Return what the rows say: of a position (symbol, side), of an asset, or of the whole account. None: no rows.

    Raises:
        BookError: a row is wrong, or speaks of what another row speaks of.

    """
    positions: dict[str, Figures] = {}
    assets: dict[str, Figures] = {}
    whole: dict[str, Figures] = {}
    source: tuple[str, ...] = ()
    rows = fields.tables("reported")
    for where, table in rows:
        row = Fields(where, table)
        source = row.words("source") or source
        symbol, asset = row.text("symbol", ""), row.text("asset", "")
        figures = Figures(**{name: row.amount(name) for name in _NUMBERS})
        if symbol:
            known = contracts.find(symbol, row.place("symbol")).symbol
            name, into = f"{known}:{row.text('side', choices=('long', 'short'))}", positions
        else:
            name, into = (contracts.rules.asset(asset), assets) if asset else ("the account", whole)
        row.done()
        if name in into:
            raise BookError(where, f"{name} stands twice", "Keep one of the two")
        if figures.stated():
            into[name] = figures
    return Reported(source, positions, assets, whole.get("the account")) if rows else None


def reported_rows(reported: Reported) -> list[Mapping[str, Any]]:
    """Return the rows of what a venue said, as a book file writes them."""
    whole = reported.account.stated() if reported.account is not None else {}
    found: list[Mapping[str, Any]] = [{"source": list(reported.source), **whole}]
    for label, figures in reported.positions.items():
        symbol, _, side = label.rpartition(":")
        found.append({"symbol": symbol, "side": side, **figures.stated()})
    return found + [{"asset": asset, **figures.stated()} for asset, figures in reported.assets.items()]
