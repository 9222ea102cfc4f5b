"""What paths leave of one mode, added up pool by pool.

Two ways lead to what an owner has at the end, and neither is computed from the other: the balances that are left, and
what was put up with everything that was gained, paid and borne since.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ringfence.paths.by_venue import Carried
from ringfence.paths.owned import Held, Instant, Owned, claim_at, fees_at, worth_of

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats
    from ringfence.paths.owned import Rows

Cost = Callable[[Held, Instant], "Floats"]
"""What closing a position at once costs against the mark [settle]."""


@dataclass(slots=True)
class Tally:
    """P paths, N positions; in the account's unit. See ``ModeFates``."""

    gain: "Floats"
    other: "Floats"
    wealth: "Floats"
    fees: "Floats"
    impact: "Floats"
    bad_debt: "Floats"

    @classmethod
    def empty(cls, paths: int, positions: int) -> "Tally":
        """Return one with nothing in it; gains are by position, then by path."""
        other, wealth, fees, impact, bad_debt = (np.zeros(paths) for _ in range(5))
        return cls(np.zeros((positions, paths)), other, wealth, fees, impact, bad_debt)

    @classmethod
    def joined(cls, parts: Sequence["Tally"]) -> "Tally":
        """Return parts put together, in order."""
        names = ("other", "wealth", "fees", "impact", "bad_debt")
        rest = (np.concatenate([getattr(part, name) for part in parts]) for name in names)
        return cls(np.concatenate([part.gain for part in parts], axis=1), *rest)

    def part(self, rows: slice) -> "Tally":
        """Return some of the paths; what is added there is added here."""
        return Tally(
            self.gain[:, rows], self.other[rows], self.wealth[rows], self.fees[rows], self.impact[rows],
            self.bad_debt[rows],
        )  # fmt: skip


class End:
    """Paths at their end: what every position brings there is found once, whatever modes hold it."""

    def __init__(self, when: Instant, count: int) -> None:
        """Take the paths, and how many of them count."""
        self.when, self.count = when, count
        self._worth: dict[tuple[int, float, float, int], Floats] = {}

    def worth(self, one: Held) -> "Floats":
        """Return what leaving a position brings [unit]."""
        asked = id(one.claim), one.flow, one.rate.today, one.rate.coin
        if asked not in self._worth:
            self._worth[asked] = (claim_at(one, self.when) * one.rate.at(self.when))[: self.count]
        return self._worth[asked]

    def rate(self, owned_rate: "Floats | float") -> "Floats | float":
        """Return a rate on the paths that count."""
        return owned_rate if isinstance(owned_rate, float) else owned_rate[: self.count]


def add_living(owned: Owned, end: End, tally: Tally) -> None:
    """Add a pool as if it lived to the end on every path."""
    wealth: Floats = np.full(end.count, owned.rest)
    for amount, rate in owned.balances:
        worth = amount * end.rate(rate.at(end.when))
        wealth += worth
        if rate.coin >= 0:
            tally.other += worth - amount * rate.today
    for one in owned.held:
        worth = end.worth(one)
        wealth += worth
        tally.gain[one.place] += worth - worth_of(one)
    tally.wealth += wealth


def add_dead(
    owned: Owned,
    then: Instant,
    end: End,
    rows: "Rows",
    tally: Tally,
    cash: "Floats",
    cost: Cost | None = None,
) -> None:
    """Put right the paths on which a pool dies: nobody buys, and the venue takes it over at its bankruptcy price.

    Args:
        owned: the pool.
        then: the paths where it died.
        end: the paths at their end.
        rows: the paths on which it died.
        tally: holds the pool as if it lived; takes what differs.
        cash: [unit] what was added to the pool on the way.
        cost: of closing a position; None: the venue closes at the mark.

    """
    there, here = then.of(rows), end.when.of(rows)
    claims = [claim_at(one, there) for one in owned.held]
    worth: Floats = owned.rest + cash
    lived: Floats = owned.rest + cash
    left: Floats = owned.rest + cash
    impact: Floats = np.zeros(len(rows))
    other: Floats = np.zeros(len(rows))
    for amount, rate in owned.balances:
        stays, goes = amount * rate.at(there), amount * rate.at(here)
        worth += stays
        lived += goes
        left += goes
        if rate.coin >= 0:
            other += goes - stays
    realised: Floats = np.zeros(len(rows))
    for one, claim in zip(owned.held, claims, strict=True):
        value, at_end = claim * one.rate.at(there), end.worth(one)[rows]
        worth += value
        lived += at_end
        tally.gain[one.place, rows] += value - at_end
        left += claim * one.rate.at(here)
        realised += claim * one.rate.at(here) - value
        if cost is not None:
            impact += cost(one, there) * one.rate.at(there)
    net = worth - impact
    kept = (net > 0.0) if owned.to_owner else np.zeros(len(rows), bool)
    fee = fees_at(owned, there, worth)
    tally.impact[rows] += impact
    tally.fees[rows] += np.where(kept, 0.0, np.maximum(net, fee))
    tally.bad_debt[rows] += np.where(kept, 0.0, np.maximum(fee - net, 0.0))
    tally.other[rows] += np.where(kept, realised, -other)
    tally.wealth[rows] += np.where(kept, left - impact, 0.0) - lived


def add_carried(owned: Owned, end: End, row: int, tally: Tally, carried: Carried) -> None:
    """Put right a path on which a pool went by its venue's steps. See ``add_dead``."""
    lived = owned.rest
    for amount, rate in owned.balances:
        worth = amount * float(np.broadcast_to(end.rate(rate.at(end.when)), end.count)[row])
        lived += worth
        tally.other[row] -= worth - amount * rate.today
    for one in owned.held:
        at_end = float(end.worth(one)[row])
        lived += at_end
        tally.gain[one.place, row] += carried.gains[one.place] - (at_end - worth_of(one))
    tally.other[row] += carried.other
    tally.wealth[row] += carried.wealth - lived
    tally.fees[row] += carried.fees
    tally.impact[row] += carried.impact
    tally.bad_debt[row] += carried.bad_debt
