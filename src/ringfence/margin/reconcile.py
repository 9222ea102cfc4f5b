"""Our figures beside those that the venue printed: the difference, and its likely cause in words.

A cause is read off the other figures of the same position: where its value differs, the mark moved; where the value
agrees and the maintenance requirement does not, the tiers did. It is a likely cause and no proof.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal, localcontext
from typing import Final

from ringfence.book import Figures, Reported
from ringfence.core.errors import MarketError
from ringfence.core.number import EXACT
from ringfence.margin.assess import AccountHealth, Health, PoolHealth, PositionHealth
from ringfence.margin.node import Missing, Node
from ringfence.margin.snapshot import Snapshot

_ROUNDING: Final = Decimal("1e-9")
_COARSE: Final = Decimal("1e-3")
"""A venue's last digit is its rounding, as long as it is no more than this part of the figure."""
_NEAR: Final = Decimal("1e-3")
"""A relative difference below which a fee or a rounding on the way is the likely cause."""
_FOUR: Final = Context(prec=4)
ACCOUNT: Final = "the account"


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure, ours beside the venue's.

    of           label of a position, an asset, or the account
    figure       what is compared, by the name it has in results
    difference   ours less the venue's; None where we have none
    agrees       within the venue's own rounding
    cause        the likely cause of a difference, in words
    """

    of: str
    figure: str
    unit: str
    ours: Decimal | None
    venue: Decimal
    difference: Decimal | None
    agrees: bool
    cause: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One account. ``warnings`` say where our pack seems out of date."""

    account: str
    sources: tuple[str, ...]
    lines: tuple[Compared, ...]
    warnings: tuple[str, ...]


def reconcile(snapshot: Snapshot, health: Health) -> tuple[Reconciliation, ...]:
    """Return our figures beside the venue's, account by account; nothing for accounts whose venue said nothing.

    Args:
        snapshot: the accounts, with what the venue says of them.
        health: their health as they are held.

    """
    pairs = zip(snapshot.holdings, health.accounts, strict=True)
    with localcontext(EXACT):
        return tuple(reconcile_account(one, holding.reported) for holding, one in pairs if holding.reported)


def reconcile_account(health: AccountHealth, reported: Reported) -> Reconciliation:
    """Return one account's figures beside the venue's."""
    held = {p.position.label: p for pool in health.pools for p in pool.positions}
    lines: list[Compared] = []
    stale: list[str] = []
    for label, figures in reported.positions.items():
        if label in held:
            one = held[label]
            lines += _of_position(one, figures, alone=_alone(one, health))
            stale += _stale(one, figures)
    totals = [
        line for asset, figures in reported.assets.items() for line in _of_asset(asset, figures, health)
    ]
    if reported.account is not None:
        totals += _of_account(reported.account, health)
    lines += [_carried(total, lines) for total in totals]
    return Reconciliation(health.book.account, reported.source, tuple(lines), _warnings(stale, health))


def _carried(total: Compared, positions: Sequence[Compared]) -> Compared:
    """Return a total whose cause is that of its positions, where they differ together by as much."""
    figure = "unrealized_pnl" if total.figure == "equity" else total.figure
    apart = [line.difference for line in positions if (line.figure, line.unit) == (figure, total.unit)]
    if total.cause != _MISSING or total.difference is None:
        return total
    together = sum((difference or Decimal(0) for difference in apart), Decimal(0))
    if abs(together - total.difference) > abs(total.difference) * _COARSE:
        return total
    return replace(total, cause=_CARRIED)


def _alone(one: PositionHealth, health: AccountHealth) -> bool:
    """Return whether a position has a pool to itself."""
    return any(p is one and len(pool.positions) == 1 for pool in health.pools for p in pool.positions)


def agree(ours: Decimal, venue: Decimal, tick: Decimal | None = None) -> bool:
    """Return whether two figures are one, as far as the venue's rounding tells: its last digit, or a tick."""
    exponent = venue.as_tuple().exponent
    digit = Decimal(1).scaleb(exponent) if isinstance(exponent, int) else Decimal(0)
    size = abs(venue)
    return abs(ours - venue) <= max(min(digit, size * _COARSE), size * _ROUNDING, tick or Decimal(0))


def _line(of: str, figure: str, unit: str, ours: Decimal | None, venue: Decimal, cause: str) -> Compared:
    same = ours is not None and agree(ours, venue)
    difference = None if ours is None else ours - venue
    return Compared(of, figure, unit, ours, venue, difference, same, "" if same else cause)


def _of_position(one: PositionHealth, figures: Figures, *, alone: bool) -> Iterator[Compared]:
    label, settle, charge = one.position.label, one.settle, one.charge
    first = None if isinstance(charge.initial, Missing) else charge.initial.value
    ours = {
        "notional": charge.value,
        "unrealized_pnl": charge.unrealized_pnl,
        "initial_requirement": first,
        "maintenance_requirement": charge.maintenance.value,
    }
    for name, venue in figures.stated().items():
        if name in ours:
            yield _line(label, name, settle, ours[name], venue, _cause(name, one, figures))
    if figures.liquidation_price is not None:
        found = _printed_price(one)
        cause = _cause_of_price(found, one, figures, alone=alone)
        yield _line(label, "liquidation_price", "", found, figures.liquidation_price, cause)


def _printed_price(one: PositionHealth) -> Decimal | None:
    """Return the liquidation price as the venue would print it; None: never, whatever it prints for that."""
    prices = one.prices
    return (
        prices.liquidation
        if None in {prices.liquidation, prices.displayed}
        else Decimal(str(prices.displayed))
    )


def _moved(one: PositionHealth, figures: Figures) -> str | None:
    """Return that the mark is another one than in the dump, where value or P&L say so."""
    value, profit = figures.notional, figures.unrealized_pnl
    if value is not None and not agree(one.charge.value, value):
        return f"its value differs: the mark {one.mark.normalize():f} is not the one of the venue's figures"
    if value is None and profit is not None and not agree(one.charge.unrealized_pnl, profit):
        return f"its P&L differs: the mark {one.mark.normalize():f} is not the one of the venue's figures"
    return None


def _rates(one: PositionHealth, figures: Figures) -> tuple[Decimal, Decimal] | None:
    """Return our maintenance rate and the venue's, where they differ and no fee explains it."""
    stated = figures.maintenance_requirement
    value = figures.notional or one.charge.value
    if stated is None or not value or not one.charge.value:
        return None
    ours, fee = one.charge.maintenance.value, one.charge.closing_cost.value
    if agree(ours, stated) or (fee and agree(ours + fee, stated)):
        return None
    rates = ours / one.charge.value, stated / value
    return None if abs(rates[0] - rates[1]) <= _NEAR * max(rates) else rates


def _cause(figure: str, one: PositionHealth, figures: Figures) -> str:
    if figure == "maintenance_requirement":
        fee, stated = one.charge.closing_cost.value, figures.maintenance_requirement
        if stated is not None and fee and agree(one.charge.maintenance.value + fee, stated):
            return "the venue counts the fee to close inside it"
        rates = _rates(one, figures)
        if rates is not None:
            return f"the tiers differ: {_percent(rates[0])} here, {_percent(rates[1])} at the venue"
    if figure == "initial_requirement" and isinstance(one.charge.initial, Missing):
        return f"ours is not known: {one.charge.initial.reason}"
    if (moved := _moved(one, figures)) is not None:
        return moved
    if figure == "initial_requirement":
        return "another leverage, price or order cost than the book says"
    return "rounding, or a price of another instant"


def _cause_of_price(found: Decimal | None, one: PositionHealth, figures: Figures, *, alone: bool) -> str:
    if found is None:
        return "by what the book holds no price liquidates it: collateral or positions may be missing or too many"
    rates = _rates(one, figures)
    if rates is not None:
        return f"the tiers differ: {_percent(rates[0])} here, {_percent(rates[1])} at the venue"
    if (moved := _moved(one, figures)) is not None:
        return moved
    venue = figures.liquidation_price
    if venue and abs(found - venue) <= _NEAR * venue:
        return "rounding or a tick, or a fee that the venue counts on the way"
    if alone:
        return "another wallet: fees, funding or collateral added since, or not in the book"
    return "other positions, orders or collateral of its pool are missing from the book, or their marks moved"


def _percent(rate: Decimal) -> str:
    return f"{_FOUR.plus(rate * 100).normalize():f} %"


def _stale(one: PositionHealth, figures: Figures) -> list[str]:
    """Return what says that our tiers are not the venue's: a rate of its own the book has would be the book's."""
    rates = _rates(one, figures)
    if rates is None or one.position.maintenance_rate is not None:
        return []
    return [f"{one.position.label} {_percent(rates[1])} against {_percent(rates[0])}"]


def _warnings(stale: Sequence[str], health: AccountHealth) -> tuple[str, ...]:
    if not stale:
        return ()
    said = (
        f"the pack of {health.rules.venue.id} (rules of {health.rules.on}) seems out of date: the venue's maintenance "
        f"rates are others: {', '.join(stale)}; name the day with --on, or add the venue's own tiers to the book"
    )
    return (said,)


_MISSING: Final = "positions, orders or balances are missing from the book, or marks and index prices moved"
_CARRIED: Final = "its positions differ by as much: see their lines"
Totals = dict[str, Decimal | None]


def _of_asset(asset: str, figures: Figures, health: AccountHealth) -> Iterator[Compared]:
    whole, shared = (_asset_totals(asset, pools) for pools in (health.pools, _shared(health)))
    yield from _by_scope(asset, asset, figures, whole, shared, health)


def _shared(health: AccountHealth) -> tuple[PoolHealth, ...]:
    """Return the pools that are nobody's own: several venues count only them in what they say of an account."""
    return tuple(pool for pool in health.pools if pool.pool.kind != "isolated")


def _by_scope(
    name: str, unit: str, figures: Figures, whole: Totals, shared: Totals, health: AccountHealth
) -> Iterator[Compared]:
    """Yield a venue's totals beside ours: of all pools, or of the shared ones alone where only those agree."""
    for figure, venue in figures.stated().items():
        if figure not in whole:
            continue
        ours, of_shared = whole[figure], shared[figure]
        cause = _MISSING if ours is not None else _unknown(health)
        if ours is not None and of_shared is not None and not agree(ours, venue) and agree(of_shared, venue):
            yield _line(f"{name}, isolated positions apart", figure, unit, of_shared, venue, cause)
        else:
            yield _line(name, figure, unit, ours, venue, cause)


def _unknown(health: AccountHealth) -> str:
    reasons = [p.charge.initial for pool in health.pools for p in pool.positions]
    said = [part.reason for part in reasons if isinstance(part, Missing)]
    return f"ours is not known: {said[0]}" if said else "ours is not known"


def _asset_totals(asset: str, pools: Sequence[PoolHealth]) -> Totals:
    held = [p for pool in pools for p in pool.positions if p.settle == asset]
    amounts = [pool.pool.collateral.get(asset, Decimal(0)) for pool in pools]
    earned = sum((p.charge.unrealized_pnl for p in held), Decimal(0))
    return {
        "equity": sum(amounts, Decimal(0)) + earned,
        "unrealized_pnl": earned,
        "maintenance_requirement": sum((p.charge.maintenance.value for p in held), Decimal(0)),
        "initial_requirement": _known_sum([p.charge.initial for p in held]),
    }


def _known_sum(parts: Sequence[Node | Missing]) -> Decimal | None:
    known = [part.value for part in parts if not isinstance(part, Missing)]
    return sum(known, Decimal(0)) if len(known) == len(parts) else None


def _of_account(figures: Figures, health: AccountHealth) -> Iterator[Compared]:
    whole, shared = (_account_totals(health, pools) for pools in (health.pools, _shared(health)))
    yield from _by_scope(ACCOUNT, health.unit, figures, whole, shared, health)


def _account_totals(health: AccountHealth, pools: Sequence[PoolHealth]) -> Totals:
    def together(parts: Sequence[Node | Missing]) -> Decimal | None:
        amounts = []
        for part, pool in zip(parts, pools, strict=True):
            if isinstance(part, Missing):
                return None
            amounts.append(_converted(part.value, pool, health))
        return None if None in amounts else sum((amount or Decimal(0) for amount in amounts), Decimal(0))

    return {
        "equity": together([pool.judged.equity for pool in pools]),
        "available": health.available,
        "unrealized_pnl": together([pool.judged.unrealized for pool in pools]),
        "maintenance_requirement": together([pool.judged.maintenance for pool in pools]),
        "initial_requirement": together([pool.judged.initial for pool in pools]),
    }


def _converted(amount: Decimal, pool: PoolHealth, health: AccountHealth) -> Decimal | None:
    try:
        return health.world.convert(amount, pool.pool.unit, health.unit)
    except MarketError:
        return None
