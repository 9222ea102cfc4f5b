"""What a population of accounts stands in: one venue's rules of one day, its contracts, and prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ringfence.book import Instrument
from ringfence.market import Market
from ringfence.venue import RulePack


@dataclass(frozen=True, slots=True)
class Setting:
    """Rules, contracts and prices that many accounts share.

    instruments   symbol -> contract, for every symbol that somebody holds
    at            the instant, from which options count the time they have left
    """

    rules: RulePack
    instruments: Mapping[str, Instrument]
    market: Market
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
