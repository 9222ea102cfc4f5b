"""Fills, from which positions are rebuilt by netting: hummingbot's and those that Hyperliquid's page exports.

A file of fills knows neither marks, nor margin mode, nor balance, nor what was held before it begins.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Any

from ringfence.core.errors import BookError
from ringfence.core.number import EXACT
from ringfence.importers.dumps.part import Held, Part, side_of, without
from ringfence.importers.dumps.row import Row

_SCALE = Decimal(1_000_000)
"""Hummingbot's column type keeps decimals as whole millionths, in its database only."""

_BEGINNING = "positions are netted from fills: what was held before the first of them is not in these files"
_TIME = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: -)? +(\d{1,2}:\d{2}:\d{2})")


@dataclass(slots=True)
class _Net:
    """A position while it is rebuilt. quantity is signed; entry is the average price at which it was built up."""

    quantity: Decimal = Decimal(0)
    entry: Decimal = Decimal(0)

    def fill(self, quantity: Decimal, price: Decimal) -> None:
        """Take one fill: what adds moves the average, what reduces does not, what turns begins anew."""
        with localcontext(EXACT):
            total = self.quantity + quantity
            if self.quantity * quantity >= 0 and total:
                self.entry = (self.quantity * self.entry + quantity * price) / total
            elif total * self.quantity <= 0:
                self.entry = price
            self.quantity = total


def _netted(fills: Sequence[tuple[str, Decimal, Decimal, dict[str, Any]]], where: str) -> Part:
    """Return the positions that fills (symbol, signed quantity, price, what else is known) leave."""
    nets: dict[str, tuple[_Net, dict[str, Any]]] = {}
    for symbol, quantity, price, known in fills:
        net, _ = nets.get(symbol, (_Net(), {}))
        net.fill(quantity, price)
        nets[symbol] = (net, known)
    part = Part(positions=[], notes=[_BEGINNING])
    for symbol, (net, known) in nets.items():
        if net.quantity and part.positions is not None:
            plain = {
                "symbol": symbol,
                "side": side_of(net.quantity),
                "contracts": abs(net.quantity),
                "entry_price": net.entry,
                **known,
            }
            part.positions.append(Held(without(plain), f"{where} ({symbol})"))
    return part


def hummingbot(rows: list[Row]) -> Part:
    """Return the positions that hummingbot's fills leave. From a database its numbers are whole millionths."""
    fills = []
    markets = {row.word("market") for row in rows}
    if len(markets) > 1:
        raise BookError(
            rows[0].where,
            f"the fills are of several markets: {', '.join(sorted(markets))}",
            "Keep those of one",
        )
    for row in sorted(rows, key=lambda one: one.number("timestamp") or 0):
        scale = _SCALE if row.truth("scaled") else Decimal(1)
        sign = 1 if row.word("trade_type") == "BUY" else -1
        base, _, quote = row.named("symbol").partition("-")
        quantity, price = sign * row.must("amount") / scale, row.must("price") / scale
        known = without({"leverage": row.price("leverage")})
        fills.append((f"{base}/{quote}:{quote}", quantity, price, known))
    part = _netted(fills, rows[0].where)
    part.venue = re.sub(r"_perpetual(_testnet)?$", "", markets.pop())
    return part


def hyperliquid(rows: list[Row]) -> Part:
    """Return the positions that an export of trades leaves. Spot trades, named with a slash or @, are left out."""
    held = [row for row in rows if not re.search(r"[/@]", row.word("coin"))]
    times = _times([row.word("time") for row in held], rows[0].where)
    fills: list[tuple[str, Decimal, Decimal, dict[str, Any]]] = []
    for _, row in sorted(zip(times, held, strict=True), key=lambda pair: pair[0]):
        quantity, price, way = row.must("sz"), row.must("px"), row.word("dir")
        sign = 1 if way in {"Open Long", "Close Short", "Buy", "Short > Long"} else -1
        fills.append((row.named("coin"), sign * quantity, price, {}))
    return _netted(fills, rows[0].where)


def _times(texts: Sequence[str], where: str) -> list[datetime]:
    """Return instants whose day and month stand in the order of somebody's browser.

    The order is that in which every date exists, and in which the file runs one way through time.

    Raises:
        BookError: both orders are possible, or neither is.

    """
    if all("-" in text[:8] for text in texts):
        return [datetime.fromisoformat(text) for text in texts]
    readings = [
        found for found in (_read(texts, _day_first), _read(texts, _month_first)) if found is not None
    ]
    if not readings:
        raise BookError(where, "the dates in its column time cannot be read", "Export it again")
    running = [found for found in readings if found in (sorted(found), sorted(found, reverse=True))]
    best = running or readings
    if len(best) > 1 and best[0] != best[1]:
        raise BookError(
            where,
            f"its dates can be read in two ways ({texts[0]}: day or month first?)",
            "Write the column time as 2026-11-22T09:14:03, or export more days",
        )
    return best[0]


def _day_first(first: str, second: str) -> tuple[int, int]:
    return int(second), int(first)


def _month_first(first: str, second: str) -> tuple[int, int]:
    return int(first), int(second)


def _read(texts: Sequence[str], order: Callable[[str, str], tuple[int, int]]) -> list[datetime] | None:
    found = []
    for text in texts:
        parts = _TIME.fullmatch(text.replace(",", "").strip())
        if parts is None:
            return None
        month, day = order(parts[1], parts[2])
        try:
            found.append(datetime.fromisoformat(f"{parts[3]}-{month:02}-{day:02}T{parts[4]:0>8}"))
        except ValueError:
            return None
    return found


_HUMMINGBOT = """config_file_path strategy base_asset quote_asset order_id order_type trade_fee trade_fee_in_quote
 exchange_trade_id position"""

READERS = {
    "hummingbot": (hummingbot, _HUMMINGBOT),
    "hyperliquid": (hyperliquid, "time ntl fee closedPnl feeToken hash"),
}
