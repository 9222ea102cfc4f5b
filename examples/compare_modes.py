"""One book in three modes, as a Markdown table: the first thing the README shows."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import ringfence
from ringfence.market import load_scenarios, read_shock

BOOK = Path(__file__).parent / "books" / "reference.toml"
CRASHES = [load_scenarios()[day].shock for day in ("2022-11-08", "2025-10-10")]
SHOCKS = [read_shock("all=-20%"), *CRASHES, read_shock("ETH=+60%")]


def death(held: dict[str, Any]) -> str:
    """Return where a position dies, and the move to it."""
    price, distance = held["liquidation_price"], held["distance"]
    return "never" if price is None else f"{Decimal(price):,.2f} ({Decimal(distance):+.1%})"


def fate(shock: dict[str, Any]) -> str:
    """Return what a shock costs, and what dies of it."""
    dead = ", ".join(pool.removeprefix("isolated:").partition("/")[0] for pool in shock["dead"])
    return f"{Decimal(shock['loss']):,.0f}; {f'dies: {dead}' if dead else 'nothing dies'}"


contrast = ringfence.compare(ringfence.read(BOOK), modes=("isolated", "as-held", "cross"), shocks=SHOCKS)
modes = ringfence.to_dict(contrast)["modes"]
names = [mode["mode"] + (f" (cut {mode['cut']})" if mode["mode"] == "isolated" else "") for mode in modes]
rows = [["USDT", *names], ["--", *["--:"] * 3]]
for label, key in (("needed to open", "initial_requirement"), ("at stake", "worst_loss")):
    rows.append([label, *(f"{Decimal(mode[key]):,.0f}" for mode in modes)])
for k, held in enumerate(modes[0]["positions"]):
    rows.append([f"{held['symbol'][:3]} {held['side']} dies at", *(death(m["positions"][k]) for m in modes)])
for k, shock in enumerate(SHOCKS):
    rows.append([f"loss after {shock.name}", *(fate(mode["shocks"][k]) for mode in modes)])
print("\n".join(f"| {' | '.join(row)} |" for row in rows))
