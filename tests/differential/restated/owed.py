"""What a pool owes, said a second time: what its debts need, and what repaying them costs."""

from fractions import Fraction
from typing import Literal

from ringfence.venue import kinds
from tests.differential.restated.held import NOTHING, Held, q, sum_of


def earned_by_asset(held: Held) -> dict[str, Fraction]:
    """Return the P&L of a pool, and what counts of what was paid for, by the asset in which it is paid."""
    found: dict[str, Fraction] = {}
    for position in held.pool.positions:
        asset = held.settle(position)
        found[asset] = found.get(asset, NOTHING) + held.earned(position)
    return found


def owed_need(held: Held, asked: Literal["initial", "maintenance", "closing"]) -> Fraction:
    """Return what the debts of a shared pool need, in its unit."""
    if held.pool.kind != "cross" or not held.rules.lists["debt"]:
        return NOTHING
    earned = earned_by_asset(held)
    assets = {*held.pool.collateral, *earned}
    return sum_of(_of_asset(held, asset, earned.get(asset, NOTHING), asked) for asset in assets)


def _of_asset(held: Held, asset: str, earned: Fraction, asked: str) -> Fraction:
    rule = held.rules.debt(asset)
    if rule is None:
        return NOTHING
    balance = q(held.pool.collateral.get(asset)) + (earned if rule.pnl == "with_balance" else NOTHING)
    if balance >= 0:
        return NOTHING
    value = held.in_unit(-balance, asset)
    if asked == "closing":
        return value * q(rule.closing)
    row = rule.rates[0]
    rates = {"initial": _initial(row), "maintenance": q(row.maintenance)}
    once = q(rule.fixed) * held.index(held.rules.account_mode.unit) / held.index(held.pool.unit)
    return value * rates[asked] + once


def _initial(row: kinds.DebtRate) -> Fraction:
    if row.initial is not None:
        return q(row.initial)
    return NOTHING if row.leverage is None or row.leverage <= 1 else 1 / (q(row.leverage) - 1)
