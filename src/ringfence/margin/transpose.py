"""The same positions under another venue's rules."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from ringfence.book import Instrument, Overrides, Position
from ringfence.core.errors import RulePackError
from ringfence.margin.assess import world_of
from ringfence.margin.snapshot import Holding
from ringfence.margin.world import World
from ringfence.market.shock import STABLE
from ringfence.venue import RulePack, kinds, load
from ringfence.venue.instruments import families


def transpose(holding: Holding, venue: str) -> tuple[Holding, tuple[str, ...]]:
    """Return a holding as it would stand at another venue, and what had to be changed for it.

    Every position keeps its coin, payoff, size, entry, mark and leverage; symbol and settlement become
    the other venue's. Stablecoins in the wallet become the other venue's settlement coin, one for one.
    A premium in coin becomes one in money, or the other way round, at the price of the option's underlying.

    Raises:
        RulePackError: the venue has no such contract, or no rules on that day.

    """
    book, market = holding.book, holding.market
    rules = load(venue, book.at)
    renamed = {symbol: _counterpart(instrument, rules) for symbol, instrument in book.instruments.items()}
    settles = {book.instruments[symbol].settle: other.settle for symbol, other in renamed.items()}
    coins = {old: new for old, new in settles.items() if old != new and {old, new} <= STABLE}
    notes = tuple(f"{old} in the wallet is taken as {new}, one for one" for old, new in coins.items())
    world = world_of(holding)
    rates = {s: _premium_rate(book.instruments[s], other, world) for s, other in renamed.items()}
    if any(rate != 1 for rate in rates.values()):
        notes += ("premiums are converted at the price of each option's underlying",)
    moved = replace(
        book,
        venue=rules.venue.id,
        account_mode=rules.account_mode.id,
        collateral=_summed(book.collateral, coins),
        positions=tuple(_moved(position, renamed, rates) for position in book.positions),
        orders=tuple(
            replace(order, symbol=renamed[order.symbol].symbol, price=order.price * rates[order.symbol])
            for order in book.orders
        ),
        instruments={other.symbol: other for other in renamed.values()},
        rests=(),
        overrides=Overrides(settings=book.overrides.settings),
    )

    def name(symbol: str) -> str:
        return renamed[symbol].symbol if symbol in renamed else symbol

    there = replace(
        market,
        marks={name(s): mark * rates.get(s, Decimal(1)) for s, mark in market.marks.items()},
        implied_vols={name(s): vol for s, vol in market.implied_vols.items()},
        forwards={name(s): price for s, price in market.forwards.items()},
        underlyings={other.symbol: other.underlying for other in renamed.values()},
    )
    if any((book.overrides.tiers, book.overrides.fees, book.overrides.rules)):
        notes += (f"the book's own tiers, fees and rules speak of {book.venue}; they stay behind",)
    return Holding(moved, there), notes


def _summed(collateral: Mapping[str, Decimal], coins: Mapping[str, str]) -> dict[str, Decimal]:
    summed: dict[str, Decimal] = {}
    for asset, amount in collateral.items():
        name = coins.get(asset, asset)
        summed[name] = summed.get(name, Decimal(0)) + amount
    return summed


def _premium_rate(one: Instrument, other: Instrument, world: World) -> Decimal:
    """Return by what a premium is multiplied where it is paid in coin at one venue and in money at the other."""
    if not one.is_option or one.pays_in_coin == other.pays_in_coin:
        return Decimal(1)
    from ringfence.margin.options import forward_of  # noqa: PLC0415 - paid for by books with options

    forward = forward_of(one, world)
    return forward if one.pays_in_coin else 1 / forward


def _moved(position: Position, renamed: Mapping[str, Instrument], rates: Mapping[str, Decimal]) -> Position:
    return replace(
        position,
        symbol=renamed[position.symbol].symbol,
        entry_price=position.entry_price * rates[position.symbol],
        maintenance_rate=None,
        deduction=Decimal(0),
        cost=None,
    )


def _counterpart(instrument: Instrument, rules: RulePack) -> Instrument:
    for family in families(rules):
        same = family.kind_of_payoff == instrument.payoff
        if same and (not family.bases or instrument.underlying in family.bases):
            return _as(instrument, family)
    raise RulePackError(
        rules.venue.id,
        f"it has no {instrument.payoff} contract on {instrument.underlying}",
        "Leave the venue out, or the position",
    )


def _as(instrument: Instrument, family: kinds.Family) -> Instrument:
    quote = instrument.quote if instrument.quote in family.quote.split("|") else family.quote.split("|")[0]
    settle = family.settle.replace("{base}", instrument.underlying).replace("{quote}", quote)
    end = f"-{instrument.expiry:%y%m%d}" if instrument.expiry else ""
    if instrument.strike is not None and instrument.right is not None:
        end += f"-{instrument.strike.normalize():f}-{instrument.right[0].upper()}"
    return replace(
        instrument,
        symbol=f"{instrument.underlying}/{quote}:{settle}{end}",
        quote=quote,
        settle=settle,
        tick=family.tick,
        expiry_hour=family.expiry_hour,
    )
