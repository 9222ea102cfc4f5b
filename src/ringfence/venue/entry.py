"""What every entry of a pack carries: where it stands, from when it holds, and what it is for."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Literal

from msgspec import Meta, Struct

Measure = Literal["initial", "maintenance"]


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """A page on which a number of the pack stands."""

    title: str
    url: str
    read_on: date


class Entry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every rule carries: its page, its days, the positions it is for.

    in_force        first day
    hour            hour of that day, UTC, from which it holds
    until           first day on which it no longer holds; left out: until a later entry
    opened_since    only positions opened since then; older ones keep the entry before it
    status          verified (reproduces a recorded number), documented, or uncertain
    symbols         for these symbols only; left out: for all
    underlyings     for contracts on these coins only, whatever their expiry
    contract        for perpetuals only, or for dated futures only
    payoff          for contracts that pay so only; what an option needs is never taken from a rule for others
    account_modes   for these account modes only
    """

    source: str
    in_force: date
    hour: Annotated[int, Meta(ge=0, le=23)] = 0
    until: date | None = None
    opened_since: bool = False
    status: Literal["verified", "documented", "uncertain"] = "documented"
    note: str = ""
    symbols: tuple[str, ...] = ()
    underlyings: tuple[str, ...] = ()
    contract: Literal["perpetual", "dated"] | None = None
    payoff: Literal["linear", "inverse", "option", "spot"] | None = None
    settles: tuple[str, ...] = ()
    margin_mode: Literal["cross", "isolated"] | None = None
    account_modes: tuple[str, ...] = ()

    @property
    def since(self) -> datetime:
        """Return the instant from which the entry holds."""
        return datetime.combine(self.in_force, time(self.hour), UTC)
