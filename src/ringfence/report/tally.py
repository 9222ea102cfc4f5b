"""How the pools of many accounts stand, counted: what ``ringfence margin`` says of a table of accounts."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from ringfence.batch import figures
from ringfence.batch.columns import CROSS, ISOLATED
from ringfence.batch.setting import Setting
from ringfence.margin.assess import digest
from ringfence.report.grid import Grid
from ringfence.report.plain import code_version
from ringfence.screen.verdicts import Verdicts

SCHEMA: Final = "ringfence.accounts/1"
_MODES: Final[Mapping[str, int]] = {"cross": CROSS, "isolated": ISOLATED}
_SHOWN: Final = ("healthy", "below initial", "liquidatable", "bankrupt")


class Tally:
    """Counts that grow block by block.

    accounts   how many
    counts     margin mode -> pools by status, positions, pools that the exact engine decided
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.accounts = 0
        self.counts = {mode: dict.fromkeys((*figures.STATUSES, "positions", "exact"), 0) for mode in _MODES}

    def add(self, found: Verdicts) -> None:
        """Count a block."""
        columns, status = found.columns, found.judged.status
        self.accounts += len(columns.accounts)
        positions = np.diff(columns.first_position)
        for mode, kind in _MODES.items():
            of_mode, counts = columns.pool_kind == kind, self.counts[mode]
            for code, word in enumerate(figures.STATUSES):
                counts[word] += int(np.count_nonzero(of_mode & (status == code)))
            counts["positions"] += int(positions[of_mode].sum())
            counts["exact"] += int(np.count_nonzero(of_mode & found.exact))

    @property
    def pools(self) -> int:
        """Return how many pools there are."""
        return sum(counts[word] for counts in self.counts.values() for word in figures.STATUSES)


def tally_grid(tally: Tally) -> Grid:
    """Return the counts as a table: a row a margin mode, and one for all."""
    grid = Grid(
        f"{tally.accounts:,} accounts", ("margin mode", "pools", "positions", *_SHOWN, "decided exactly"),
        caption="Pools by status. Decided exactly: too near a line for the fast engine's bound on rounding.",
    )  # fmt: skip
    whole = {word: sum(c[word] for c in tally.counts.values()) for word in tally.counts["cross"]}
    for mode, counts in (*tally.counts.items(), ("all", whole)):
        by_status = [counts[word] for word in figures.STATUSES]
        cells = (sum(by_status), counts["positions"], *by_status, counts["exact"])
        grid.rows.append((mode, *(f"{cell:,}" for cell in cells)))
    return grid


def tally_dict(tally: Tally, setting: Setting) -> dict[str, Any]:
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
        "accounts": tally.accounts,
        "pools": tally.pools,
        "modes": tally.counts,
    }


def tally_notes(setting: Setting) -> list[str]:
    """Return what stands below the table: by whose rules, and what of them the market file says instead."""
    rules = setting.rules
    said = [
        f"rules of {rules.on} at {rules.venue.name} ({rules.account_mode.id}), digest {digest([rules.digest])}"
    ]
    return [*said, *(f"override: {override}" for override in rules.overrides)]
