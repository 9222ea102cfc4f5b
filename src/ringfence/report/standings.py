"""How the pools of many accounts stand, as a table and as JSON: what ``margin`` says of a table of accounts."""

from typing import Any, Final

from ringfence.batch import figures
from ringfence.batch.setting import Setting
from ringfence.margin.assess import digest
from ringfence.report.grid import Grid
from ringfence.report.plain import code_version
from ringfence.screen.standings import Standings

SCHEMA: Final = "ringfence.accounts/1"
_SHOWN: Final = ("healthy", "below initial", "liquidatable", "bankrupt")


def standings_grid(standings: Standings) -> Grid:
    """Return the counts as a table: a row a margin mode, and one for all."""
    grid = Grid(
        f"{standings.accounts:,} accounts", ("margin mode", "pools", "positions", *_SHOWN, "decided exactly"),
        caption="Pools by status. Decided exactly: too near a line for the fast engine's bound on rounding.",
    )  # fmt: skip
    whole = {word: sum(c[word] for c in standings.counts.values()) for word in standings.counts["cross"]}
    for mode, counts in (*standings.counts.items(), ("all", whole)):
        by_status = [counts[word] for word in figures.STATUSES]
        cells = (sum(by_status), counts["positions"], *by_status, counts["exact"])
        grid.rows.append((mode, *(f"{cell:,}" for cell in cells)))
    return grid


def standings_dict(standings: Standings, setting: Setting) -> dict[str, Any]:
    """Return the counts as JSON holds them, with what they rest on."""
    rules = setting.rules
    return {
        "schema": SCHEMA,
        "code": code_version(),
        "venue": rules.venue.id,
        "on": rules.on.isoformat(),
        "account_mode": rules.account_mode.id,
        "digests": {"rules": digest([rules.digest])},
        "overrides": list(rules.overrides),
        "accounts": standings.accounts,
        "pools": standings.pools,
        "modes": standings.counts,
    }


def standings_notes(setting: Setting) -> list[str]:
    """Return what stands below the table: by whose rules, and what of them the market file says instead."""
    rules = setting.rules
    said = [
        f"rules of {rules.on} at {rules.venue.name} ({rules.account_mode.id}), digest {digest([rules.digest])}"
    ]
    return [*said, *(f"override: {override}" for override in rules.overrides)]
