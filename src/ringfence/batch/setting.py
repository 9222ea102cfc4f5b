"""What a population of accounts stands in: one venue's rules of one day, its contracts, and prices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ringfence.book import Instrument, Overrides
from ringfence.market import Market
from ringfence.venue import RulePack


@dataclass(frozen=True, slots=True)
class Setting:
    """Rules, contracts and prices that many accounts share.

    instruments   symbol -> contract, for every symbol that somebody holds
    at            the instant, from which options count the time they have left
    overrides     what the market file says instead of the pack: already in the rules, kept for the exact engine
    """

    rules: RulePack
    instruments: Mapping[str, Instrument]
    market: Market
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    overrides: Overrides = field(default_factory=Overrides)
