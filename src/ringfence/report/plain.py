"""Results as nested dicts of decimal strings: the JSON of the interface."""

from decimal import Decimal
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ringfence.core.number import shown
from ringfence.margin.assess import AccountHealth, Health, PoolHealth, PositionHealth
from ringfence.margin.crossings import Crossings, StateChange
from ringfence.margin.greeks import Greeks
from ringfence.margin.nearest import NearestMove
from ringfence.margin.node import Missing, Node


def number(value: Decimal | Fraction | int | None) -> str | None:
    """Return an amount as a decimal string of at most 28 digits; None stays None."""
    if value is None:
        return None
    exact = Decimal(value.numerator) / value.denominator if isinstance(value, Fraction) else Decimal(value)
    return format(shown(exact), "f")


def code_version() -> str:
    """Return the version of the installed package."""
    try:
        return version("ringfence")
    except PackageNotFoundError:
        return "unknown"


def node(one: Node) -> dict[str, Any]:
    """Return a node with its formula, inputs, source and parts."""
    return {
        "name": one.name,
        "value": number(one.value),
        "formula": one.formula,
        "inputs": {
            key: number(value) if isinstance(value, Decimal | int | Fraction) else str(value)
            for key, value in one.inputs.items()
            if value is not None
        },
        "source": one.source,
        "parts": [node(part) for part in one.parts],
    }


def _account_prefix(account: str, several: bool) -> str:  # noqa: FBT001 - a fact, not a switch
    return f"{account}/" if several else ""


def position(one: PositionHealth) -> dict[str, Any]:
    """Return a position's numbers, in its settlement asset."""
    charge, prices = one.charge, one.prices
    initial = None if isinstance(charge.initial, Missing) else charge.initial
    return {
        "symbol": one.position.symbol,
        "side": one.position.side,
        "contracts": number(one.position.contracts),
        "settle": one.settle,
        "mark_price": number(one.mark),
        "entry_price": number(one.position.entry_price),
        "notional": number(charge.value),
        "unrealized_pnl": number(charge.unrealized_pnl),
        "initial_requirement": number(initial.value) if initial else None,
        "maintenance_requirement": number(one.maintenance),
        "closing_cost": number(charge.closing_cost.value),
        "order_cost": number(one.order_cost),
        "liquidation_price": number(prices.liquidation),
        "displayed_liquidation_price": prices.displayed,
        "bankruptcy_price": number(prices.bankruptcy),
        "liquidation_prices": {"down": number(prices.down), "up": number(prices.up)},
        "crossing": prices.crossing,
        "never_liquidated": prices.never,
        "recovery_price": number(prices.recovery),
        "distance": number(one.distance),
        "distance_sigmas": number(one.distance_sigmas),
        "requirement": {
            "initial": node(initial) if initial else None,
            "maintenance": node(charge.maintenance),
            "closing_cost": node(charge.closing_cost),
        },
        **({} if one.crossings is None else {"crossings": crossings(one.crossings)}),
    }


def crossings(found: Crossings) -> dict[str, Any]:
    """Return every price at which a pool changes its state, on either side of today's, the nearest first."""
    return {
        side: [
            {
                "price": number(one.price),
                "distance": number(one.move),
                "crossing": one.kind,
                "then": state_beyond(one),
            }
            for one in changes
        ]
        for side, changes in (("down", found.down), ("up", found.up))
    }


def state_beyond(one: StateChange) -> str:
    """Return what a pool is beyond a change of its state."""
    return "liquidatable" if one.dies else "recovered"


def nearest(move: NearestMove | Missing) -> dict[str, Any] | None:
    """Return the nearest liquidating move, or None where it is not known."""
    if isinstance(move, Missing):
        return None
    return {
        "moves": {coin: number(amount) for coin, amount in move.moves.items()},
        "distance_sigmas": number(move.distance_sigmas),
        "shares": {label: number(share) for label, share in move.shares.items()},
        "proof": move.proof,
        "gap": number(move.gap),
    }


def pool(one: PoolHealth, account: str, prefix: str) -> dict[str, Any]:
    """Return a pool's numbers, in its unit."""
    judged = one.judged
    initial = None if isinstance(judged.initial, Missing) else judged.initial
    return {
        "pool": prefix + one.pool.id,
        "account": account,
        "unit": one.pool.unit,
        "equity": number(judged.equity.value),
        "collateral_value": number(judged.collateral.value),
        "unrealized_pnl": number(judged.unrealized.value),
        "initial_requirement": number(initial.value) if initial else None,
        "maintenance_requirement": number(judged.maintenance.value),
        "closing_cost": number(judged.closing_cost.value),
        "buffer": number(judged.buffer),
        "margin_ratio": number(one.margin_ratio),
        "displayed_margin_ratio": number(one.displayed_ratio),
        "status": one.status,
        "alerts": list(one.alerts),
        "available": number(one.available),
        "withdrawable": number(one.withdrawable),
        "addable": number(one.addable),
        "removable": number(one.removable),
        "requirement": node(one.requirement),
        "initial": node(initial) if initial else None,
        "equity_tree": node(judged.equity),
        "nearest_move": nearest(one.nearest),
        "positions": [position(p) for p in one.positions],
        **({"greeks": [greeks(row) for row in one.greeks]} if one.greeks else {}),
    }


def greeks(one: Greeks) -> dict[str, Any]:
    """Return the greeks of a coin's positions of one expiry."""
    return {
        "underlying": one.underlying,
        "expiry": None if one.expiry is None else str(one.expiry),
        "delta": number(one.delta),
        "gamma": number(one.gamma),
        "vega": number(one.vega),
        "theta": number(one.theta),
    }


def account_row(one: AccountHealth) -> dict[str, Any]:
    """Return an account's totals, in its unit."""
    return {
        "account": one.book.account,
        "unit": one.unit,
        "equity": number(one.equity),
        "available": number(one.available),
        "withdrawable": number(one.withdrawable),
        "effective_leverage": number(one.effective_leverage),
    }


def origin(schema: str, account: AccountHealth) -> dict[str, Any]:
    """Return the head of an answer: what it is, by which code, under whose rules of which day."""
    return {
        "schema": schema,
        "code": code_version(),
        "venue": account.book.venue,
        "on": str(account.book.on),
        "account_mode": account.rules.account_mode.id,
    }


def provenance(*results: Health) -> dict[str, Any]:
    """Return what an answer rests on: digests of book, market and rules, overrides, warnings, what is not opened.

    Args:
        results: the same book in the modes that were asked, or before and after; digests are of the first.

    """
    accounts = [account for result in results for account in result.accounts]
    said = [
        *(w for result in results for w in result.warnings),
        *(w for one in accounts for w in one.warnings),
    ]
    return {
        "digests": results[0].digests,
        "overrides": list(dict.fromkeys(item for one in accounts for item in one.rules.overrides)),
        "warnings": list(dict.fromkeys(said)),
        "unopened": list(dict.fromkeys(p.label for one in accounts for p in one.partition.unopened)),
    }


def health(result: Health) -> dict[str, Any]:
    """Return ``ringfence.margin/1``."""
    several = len(result.accounts) > 1
    return {
        **origin("ringfence.margin/1", result.accounts[0]),
        "mode": result.mode,
        "cut": result.cut,
        **provenance(result),
        "accounts": [account_row(account) for account in result.accounts],
        "pools": [
            pool(one, account.book.account, _account_prefix(account.book.account, several))
            for account in result.accounts
            for one in account.pools
        ],
    }
