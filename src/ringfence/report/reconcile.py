"""Our figures beside the venue's own, as a table and as JSON."""

from collections.abc import Sequence
from typing import Any

from ringfence.margin.reconcile import Compared, Reconciliation
from ringfence.report.grid import NONE, Grid, money, price
from ringfence.report.plain import number


def reconciliation_grids(found: Sequence[Reconciliation]) -> list[Grid]:
    """Return one table an account: what agrees, and the likely cause of what does not."""
    return [_grid(one) for one in found if one.lines]


def _grid(one: Reconciliation) -> Grid:
    agreeing = sum(line.agrees for line in one.lines)
    grid = Grid(
        f"Ours beside the venue's ({one.account}): {agreeing} of {len(one.lines)} figures agree",
        ("what", "figure", "likely cause", "ours", "the venue's", "difference"),
        left=3,
        caption="agreement: within the last digit that the venue printed"
        + (f"; read from {', '.join(one.sources)}" if one.sources else ""),
    )
    for line in one.lines:
        cause = "agrees" if line.agrees else line.cause
        figure = line.figure.replace("_", " ") + (f" [{line.unit}]" if line.unit else "")
        grid.rows.append((_named(line.of), figure, cause, *_amounts(line)))
    return grid


def _named(of: str) -> str:
    """Return a position's symbol and side as two words; an asset, or the account, as it is."""
    symbol, _, side = of.rpartition(":")
    return f"{symbol} {side}" if side in {"long", "short"} else of


def _amounts(line: Compared) -> tuple[str, str, str]:
    shown = price if line.figure == "liquidation_price" else money
    difference = NONE if line.difference is None else money(line.difference)
    return shown(line.ours), shown(line.venue), "0" if line.agrees else difference


def reconciliation(one: Reconciliation) -> dict[str, Any]:
    """Return one account's figures beside its venue's."""
    return {
        "account": one.account,
        "sources": list(one.sources),
        "figures": [
            {
                "of": line.of,
                "figure": line.figure,
                "unit": line.unit or None,
                "ours": number(line.ours),
                "venue": number(line.venue),
                "difference": number(line.difference),
                "agrees": line.agrees,
                "likely_cause": line.cause or None,
            }
            for line in one.lines
        ],
        "warnings": list(one.warnings),
    }
