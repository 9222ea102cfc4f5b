"""How a made-up population of accounts looks: every share and size that ``populate`` draws by."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Final

from ringfence.core.errors import BookError

_MIX: Final[Mapping[float, float]] = MappingProxyType(
    {1: 0.05, 2: 0.08, 3: 0.12, 5: 0.2, 10: 0.25, 20: 0.2, 25: 0.03, 50: 0.05, 100: 0.02}
)
_SHARES: Final = (
    "tail", "isolated_accounts", "isolated_positions", "hedged", "two_legged", "long", "close", "mixed",
)  # fmt: skip
_ABOVE_ZERO: Final = ("middle", "spread", "exponent", "least", "covered", "size_step", "money_step")
_UNSIGNED: Final = ("concentration", "depth", "moved", "covered_spread")
_SIZES_MAX: Final = 1e9
_DIGITS: Final = (2, 7)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a population looks like. The numbers are ours, chosen to come near what is public; each is named here.

    Public figures are Hyperliquid's. (A): 18,926 accounts that were auto-deleveraged on 2025-10-10, had equity left and
    leverage below 40, as ConejoCapital/HyperMultiAssetedADL publishes them; gross notional is what was closed and what
    was left. (B): the two account states in the tests of its Python SDK and in its API documentation, 13 positions.
    Winners of one crash are not everybody, and two accounts are few: the defaults are of the same magnitude as these
    figures, and no more is claimed.

    accounts              how many
    positions             mean number of symbols an account holds, at least 1, falling geometrically and cut off at the
                          number of symbols of the setting. 6.5: the mean of 12 and 1 (B)
    middle                [USD] median gross notional of the many. 450: with the tail, near the median 884 of all (A)
    spread                standard deviation of the logarithm of theirs. 2.2: with the tail, near 2.7 of all (A)
    tail                  share of accounts whose gross notional follows a power law instead: P(above x) ~ x^-exponent
    exponent              of the law. 0.75, with a tail of 0.2: near the 86 % of notional that the top 1 % hold (A)
    tail_from, tail_to    [USD] where the law begins and ends. 8e8: the largest account, 777 million (A)
    least                 [USD] least notional of a position. 10: the venue's least order
    leverage              mix of the leverages that accounts choose: leverage -> weight. An account has one, as in (B)
                          where all are at 20; a position gets it as far as its tier and its venue admit
    isolated_accounts     share of accounts that isolate at all. 0.25; one of two does (B)
    isolated_positions    share of those accounts' positions that are isolated. 0.3: with 0.25 near 1 of 13 (B)
    hedged                share of accounts that are long some coins and short others for the same amount. 0.15; ours
    two_legged            share of accounts that hold both legs of a symbol, where the venue lets them: not 0 puts the
                          whole population into hedge mode. 0: both states are one-way (B)
    long                  share of long positions of all others. 0.62: 8 of 13 (B)
    concentration         Zipf exponent of how often the k-th symbol is held. 1.2: deleveraged users of the first twenty
                          coins of that day
    depth                 exponent by which what is held often is held in size, too: 0 not at all, 1 in proportion.
                          0.45: the first coin has near 0.32 of all notional, as BTC had of what was liquidated that day
    moved                 standard deviation of ln(mark / entry), in daily volatilities of the coin. 2; ours
    covered               median of equity over initial requirement in a shared pool. 7: 6.9 in the account of 12 (B)
    covered_spread        standard deviation of its logarithm. 1.2: with the leverages, effective leverage has a median
                          near 1.0 and a 95th percentile near 10.9 (A)
    close                 share of accounts whose shared pools have lost so much that equity is 1 to 1.25 times
                          maintenance, closing costs not counted. 0.02; ours
    mixed                 share of accounts with a second asset of collateral, where one pool takes several. 0.3; ours
    price_digits          significant digits of prices, from the mark's first. 5: the venue's rule
    size_step             [USD] about the worth of the least step of a size. 1: 0.00001 BTC at 70,000
    money_step            [USD] about the worth of the least step of an amount of collateral. 0.01; ours
    """

    accounts: int = 1000
    positions: float = 6.5
    middle: float = 450.0
    spread: float = 2.2
    tail: float = 0.2
    exponent: float = 0.75
    tail_from: float = 20_000.0
    tail_to: float = 800_000_000.0
    least: float = 10.0
    leverage: Mapping[float, float] = field(default_factory=lambda: _MIX)
    isolated_accounts: float = 0.25
    isolated_positions: float = 0.3
    hedged: float = 0.15
    two_legged: float = 0.0
    long: float = 0.62
    concentration: float = 1.2
    depth: float = 0.45
    moved: float = 2.0
    covered: float = 7.0
    covered_spread: float = 1.2
    close: float = 0.02
    mixed: float = 0.3
    price_digits: int = 5
    size_step: float = 1.0
    money_step: float = 0.01

    def __post_init__(self) -> None:
        """Complain about a number that describes no population.

        Raises:
            BookError: there is one.

        """
        for name in _SHARES:
            self._need(name, "a share from 0 to 1", holds=0 <= getattr(self, name) <= 1)
        for name in _ABOVE_ZERO:
            self._need(name, "above zero", holds=0 < getattr(self, name) <= _SIZES_MAX)
        for name in _UNSIGNED:
            self._need(name, "from 0 to 10", holds=0 <= getattr(self, name) <= 10)  # noqa: PLR2004
        self._need("accounts", "a whole number from 1 to 100 million", holds=1 <= self.accounts <= 10**8)
        self._need("positions", "from 1 to 1000", holds=1 <= self.positions <= 1000)  # noqa: PLR2004
        self._need("tail_from", "above zero and below tail_to", holds=0 < self.tail_from < self.tail_to)
        self._need("tail_to", "at most a billion", holds=self.tail_to <= _SIZES_MAX)
        self._need("price_digits", "from 2 to 7", holds=_DIGITS[0] <= self.price_digits <= _DIGITS[1])
        mix = self.leverage
        fits = bool(mix) and all(1 <= rate <= 1000 and weight > 0 for rate, weight in mix.items())  # noqa: PLR2004
        self._need("leverage", "a mix of leverages from 1 to 1000, each with a weight above zero", holds=fits)

    def _need(self, name: str, what: str, *, holds: bool) -> None:
        if not holds:
            known = next(one for one in fields(self) if one.name == name)
            usual = "" if known.name == "leverage" else f", such as {known.default}"
            raise BookError(f"shape, {name}", f"{getattr(self, name)!r} is not {what}", f"Write one{usual}")
