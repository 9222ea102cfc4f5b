"""Rows of accounts for frames: a position, a pool, an account. What a column counts stands in ``frames``."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from ringfence.margin.assess import PoolHealth, PositionHealth
from ringfence.margin.node import Missing
from ringfence.report.figures.views import View
from ringfence.report.plain import state_beyond

Row = Mapping[str, str | float | bool | None]


def as_float(value: Decimal | None) -> float | None:
    """Return an amount as a float; None stays None."""
    return None if value is None else float(value) + 0.0  # minus zero is zero


_WHOSE: Final = ("account", "mode", "cut", "venue")


def _whose(view: View) -> dict[str, str]:
    return dict(zip(_WHOSE, (view.account, view.mode, view.cut, view.health.book.venue), strict=True))


POSITIONS: Final = (
    *_WHOSE, "pool", "symbol", "side", "contracts", "settle", "entry_price", "mark_price", "notional_settle",
    "unrealized_pnl_settle", "initial_requirement_settle", "maintenance_requirement_settle", "closing_cost_settle",
    "liquidation_price", "displayed_liquidation_price", "bankruptcy_price", "liquidation_price_down",
    "liquidation_price_up", "crossing", "never_liquidated", "distance_fraction", "distance_daily_sigmas",
)  # fmt: skip


def positions(view: View) -> Iterator[Row]:
    """Yield a row a position."""
    for _, inside, held in view.positions():
        yield {**_whose(view), "pool": inside.pool.id, **_position(held)}


def _position(held: PositionHealth) -> Row:
    position, charge, prices = held.position, held.charge, held.prices
    return {
        "symbol": position.symbol,
        "side": position.side,
        "contracts": float(position.contracts),
        "settle": held.settle,
        "entry_price": float(position.entry_price),
        "mark_price": float(held.mark),
        "notional_settle": float(charge.value),
        "unrealized_pnl_settle": float(charge.unrealized_pnl),
        "initial_requirement_settle": None
        if isinstance(charge.initial, Missing)
        else float(charge.initial.value),
        "maintenance_requirement_settle": as_float(held.maintenance),
        "closing_cost_settle": float(charge.closing_cost.value),
        "liquidation_price": as_float(prices.liquidation),
        "displayed_liquidation_price": prices.displayed,
        "bankruptcy_price": as_float(prices.bankruptcy),
        "liquidation_price_down": as_float(prices.down),
        "liquidation_price_up": as_float(prices.up),
        "crossing": prices.crossing,
        "never_liquidated": prices.never,
        "distance_fraction": as_float(held.distance),
        "distance_daily_sigmas": as_float(held.distance_sigmas),
    }


CROSSINGS: Final = (
    *_WHOSE, "pool", "symbol", "side", "direction", "then", "crossing", "price", "distance_fraction",
)  # fmt: skip


def crossings(view: View) -> Iterator[Row]:
    """Yield a row a change of state along the price of a position."""
    for _, inside, held in view.positions():
        found = held.crossings
        for direction, changes in () if found is None else (("down", found.down), ("up", found.up)):
            for one in changes:
                yield {
                    **_whose(view), "pool": inside.pool.id, "symbol": held.position.symbol,
                    "side": held.position.side, "direction": direction, "then": state_beyond(one),
                    "crossing": one.kind, "price": float(one.price), "distance_fraction": float(one.move),
                }  # fmt: skip


POOLS: Final = (
    *_WHOSE, "pool", "unit", "status", "positions", "equity_unit", "collateral_value_unit", "unrealized_pnl_unit",
    "initial_requirement_unit", "maintenance_requirement_unit", "closing_cost_unit", "buffer_unit",
    "margin_ratio_fraction", "available_unit", "withdrawable_unit", "nearest_move_sigmas", "nearest_move_proof",
)  # fmt: skip


def pool(view: View, one: PoolHealth) -> Row:
    """Return a pool's row."""
    judged = one.judged
    near = None if isinstance(one.nearest, Missing) else one.nearest
    return {
        **_whose(view),
        "pool": one.pool.id,
        "unit": one.pool.unit,
        "status": one.status,
        "positions": len(one.positions),
        "equity_unit": float(judged.equity.value),
        "collateral_value_unit": float(judged.collateral.value),
        "unrealized_pnl_unit": float(judged.unrealized.value),
        "initial_requirement_unit": None
        if isinstance(judged.initial, Missing)
        else float(judged.initial.value),
        "maintenance_requirement_unit": float(judged.maintenance.value),
        "closing_cost_unit": float(judged.closing_cost.value),
        "buffer_unit": float(judged.buffer),
        "margin_ratio_fraction": as_float(one.margin_ratio),
        "available_unit": as_float(one.available),
        "withdrawable_unit": as_float(one.withdrawable),
        "nearest_move_sigmas": None if near is None else float(near.distance_sigmas),
        "nearest_move_proof": None if near is None else near.proof,
    }


ACCOUNTS: Final = (
    *_WHOSE,
    "unit",
    "equity_unit",
    "available_unit",
    "withdrawable_unit",
    "effective_leverage",
)


def account(view: View) -> Row:
    """Return an account's row."""
    health = view.health
    return {
        **_whose(view),
        "unit": health.unit,
        "equity_unit": as_float(health.equity),
        "available_unit": as_float(health.available),
        "withdrawable_unit": as_float(health.withdrawable),
        "effective_leverage": as_float(health.effective_leverage),
    }
