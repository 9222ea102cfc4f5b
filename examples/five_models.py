"""One book of options and a perpetual under five margin models: what each asks, and where each lets the book die."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import ringfence

BOOK = Path(__file__).parent / "books" / "options_and_perp.toml"
MODELS = (("deribit", "standard"), ("deribit", "portfolio"), ("okx", "portfolio"), ("bybit", "portfolio"),
          ("paradex", "portfolio"))  # fmt: skip


def deaths(mode: dict[str, Any]) -> str:
    """Return the nearest prices of the coin, down and up, at which the pool of a mode dies."""
    perpetual = next(held for held in mode["positions"] if held["symbol"].count("-") == 0)
    found = (perpetual["liquidation_prices"][side] for side in ("down", "up"))
    return " / ".join("never" if price is None else f"{Decimal(price):,.0f}" for price in found)


venues = [venue for venue, _ in MODELS if venue != "deribit"]
result = ringfence.compare(ringfence.read(BOOK), modes=("standard", "portfolio"), venues=venues, shocks=())
found = {(mode["venue"], mode["mode"]): mode for mode in ringfence.to_dict(result)["modes"]}
most = Decimal(found["deribit", "standard"]["maintenance_requirement"])
rows = [
    ["model", "initial", "maintenance", "of the standard one", "dies below / above"],
    ["--", *["--:"] * 4],
]
for venue, name in MODELS:
    mode = found[venue, name]
    need = Decimal(mode["maintenance_requirement"])
    first = f"{Decimal(mode['initial_requirement']):,.0f}"
    rows.append([f"{venue}, {name}", first, f"{need:,.0f}", f"{need / most:.0%}", deaths(mode)])
print("\n".join(f"| {' | '.join(row)} |" for row in rows))
