"""A plausible market for a bundled pack: well-known coins at made-up, round prices.

No price here was ever quoted: marks, indices and volatilities are synthetic, of the right magnitude and no more.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

import numpy as np

from ringfence.batch.draws import stream
from ringfence.batch.setting import Setting
from ringfence.batch.terms import fault_of
from ringfence.book import Instrument
from ringfence.core.errors import BookError, suggestion
from ringfence.core.number import from_model
from ringfence.market import Market
from ringfence.venue import RulePack, kinds, load, resolve_instrument
from ringfence.venue.instruments import families

COINS: Final[dict[str, tuple[float, float]]] = {
    "BTC": (100_000, 0.5), "ETH": (3_500, 0.7), "SOL": (170, 0.85), "XRP": (2.2, 0.9), "HYPE": (40, 1.0),
    "BNB": (850, 0.6), "DOGE": (0.2, 0.95), "ADA": (0.7, 0.9), "LINK": (16, 0.85), "AVAX": (25, 0.9),
    "LTC": (100, 0.75), "SUI": (3, 1.0), "BCH": (500, 0.75), "DOT": (4, 0.85), "AAVE": (250, 0.9),
    "UNI": (8, 0.95), "NEAR": (2.5, 0.95), "TRX": (0.3, 0.5), "ARB": (0.4, 1.0), "1000SHIB": (0.012, 0.95),
    "APT": (4.5, 0.95), "ATOM": (4, 0.85), "FIL": (2, 0.95), "ALGO": (0.2, 0.9), "APE": (0.5, 1.0),
    "CHZ": (0.04, 0.95), "OP": (0.6, 1.0), "INJ": (10, 1.0), "LDO": (0.9, 1.05), "CRV": (0.6, 1.05),
}  # fmt: skip
"""Coin -> (round price [USD], annual volatility), the most held first. Synthetic."""

_DOLLARS: Final = frozenset({"USD", "USDT", "USDC", "BUSD", "FDUSD"})
_DIGITS: Final = 4
_SPREAD: Final = 0.05
"""Standard deviation by which a seed moves the logarithm of a price."""

_BASIS: Final = 0.0005
"""Standard deviation of the logarithm of a mark over its index."""

_CORRELATION: Final = Decimal("0.7")


def market_of(
    venue: str,
    symbols: Sequence[str] | None = None,
    seed: int = 0,
    *,
    on: date | None = None,
    account_mode: str | None = None,
) -> Setting:
    """Return a synthetic market under a bundled pack's rules: the perpetuals of well-known coins.

    Args:
        venue: id or alias of a pack.
        symbols: contracts, in ccxt's or the venue's spelling; None: every one of a known coin that the pack describes
            so far that it can be held without further input.
        seed: moves prices by some percent; the same seed gives the same market.
        on: the day whose rules apply; None: the newest of the pack.
        account_mode: the pack's own word; None: its default.

    Raises:
        BookError: a symbol is unknown or cannot be held so, the pack has none that can, or the seed is below zero.
        RulePackError: unknown venue or mode.

    """
    rules = load(venue, on, account_mode)
    found = list(_known(rules)) if symbols is None else [_named(symbol, rules) for symbol in symbols]
    if not found:
        raise BookError(
            rules.venue.id,
            "its pack describes no perpetual of a known coin so far that it can be held without further input",
            "Choose another venue, or bring accounts and a market file of your own",
        )
    contracts = {instrument.symbol: instrument for instrument in found}
    at = datetime(rules.on.year, rules.on.month, rules.on.day, tzinfo=UTC)
    return Setting(rules, contracts, _prices(rules, found, seed), at)


def _known(rules: RulePack) -> Iterator[Instrument]:
    """Yield the contracts that can be held, the most held coin first."""
    for coin in COINS:
        for family in sorted(families(rules), key=lambda one: one.kind_of_payoff == "inverse"):
            if family.kind_of_payoff not in {"linear", "inverse"}:
                continue
            for quote in family.quote.split("|"):
                instrument = _made(coin, quote, family, rules)
                if instrument is not None and fault_of(instrument, rules) is None:
                    yield instrument


def _made(coin: str, quote: str, family: kinds.Family, rules: RulePack) -> Instrument | None:
    settle = family.settle.replace("{base}", coin).replace("{quote}", quote)
    if quote not in _DOLLARS or settle not in {*_DOLLARS, *COINS}:
        return None
    symbol = f"{coin}/{quote}:{settle}"
    try:
        return resolve_instrument(symbol, rules, symbol)
    except BookError:
        return None


def _named(symbol: str, rules: RulePack) -> Instrument:
    instrument = resolve_instrument(symbol, rules, "symbols")
    where = f"symbols, {instrument.symbol}"
    coin = instrument.underlying
    if coin not in COINS:
        raise BookError(where, f"no synthetic price of {coin} is kept", suggestion(coin, COINS))
    fault = fault_of(instrument, rules)
    if fault is not None:
        usable = ", ".join(dict.fromkeys(one.symbol for one in _known(rules)))
        raise BookError(where, fault, f"Leave it out. Usable here: {usable or 'none'}")
    return instrument


def _prices(rules: RulePack, found: Sequence[Instrument], seed: int) -> Market:
    """Return round prices of every coin that is known; every one is drawn, so that no choice moves another's."""
    draw = stream(seed, 1, 0)
    moves = draw.normal(0, _SPREAD, len(COINS))
    prices = {coin: _round(price * float(np.exp(move)))
              for (coin, (price, _)), move in zip(COINS.items(), moves, strict=True)}  # fmt: skip
    basis = stream(seed, 2, 0)
    times = np.exp(basis.normal(0, _BASIS, (len(COINS), len(_DOLLARS) + 1)))
    above = dict(zip(COINS, times.tolist(), strict=True))
    marks = {
        one.symbol: _round(float(prices[one.underlying]) * above[one.underlying][_place(one)], _DIGITS + 1)
        for one in found
    }
    held = {asset for one in found for asset in (one.underlying, one.settle)}
    named = {row.asset for row in rules.lists["collateral"] if isinstance(row, kinds.Collateral)}
    coins = [coin for coin in COINS if coin in held or coin in named]
    dollars = sorted((held | named) & (_DOLLARS - {"USD"}))
    return Market(
        marks=marks,
        indices={coin: prices[coin] for coin in coins} | dict.fromkeys(dollars, Decimal(1)),
        underlyings={one.symbol: one.underlying for one in found},
        vols={coin: from_model(COINS[coin][1]) for coin in coins},
        correlation_default=_CORRELATION,
    )


def _place(instrument: Instrument) -> int:
    """Return where the settlement asset stands among those that have a price of their own."""
    dollars = sorted(_DOLLARS)
    return dollars.index(instrument.settle) if instrument.settle in dollars else len(dollars)


def _round(price: float, digits: int = _DIGITS) -> Decimal:
    """Return a price with so many significant digits, written without an exponent."""
    return Decimal(f"{Decimal(f'{price:.{digits}g}'):f}")
