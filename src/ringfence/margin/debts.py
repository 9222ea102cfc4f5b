"""What the debts of a pool need: loans, and balances below zero, where the venue asks something for them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from ringfence.core.errors import BookError
from ringfence.core.exact import read_decimal
from ringfence.core.number import larger, positive_part
from ringfence.formula.collateral import debt_charge
from ringfence.margin.node import Node
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue import kinds

Asked = Literal["initial", "maintenance", "closing"]
"""What is asked of a debt: one of the requirements, or what repaying it costs."""


def loans(world: World) -> Mapping[str, Decimal]:
    """Return what the book says is borrowed, by asset [coin]; balances are net of it."""
    stated = world.rules.settings.get("loans", {})
    return {} if not isinstance(stated, Mapping) else dict(stated)


def debt_nodes(
    pool: Pool, pnl: Mapping[str, Decimal], world: World, asked: Asked, *, fixed: bool = True
) -> list[Node]:
    """Return what each debt of a pool needs, in the pool's unit.

    Args:
        pool: the pool; only a shared one may owe.
        pnl: unrealised P&L by asset, which is borrowed where the venue says so.
        world: prices and rules.
        asked: which requirement, or what repaying it costs.
        fixed: with what is asked once for having a debt at all.

    """
    if pool.kind != "cross" or not world.rules.lists["debt"]:
        return []
    stated, found = loans(world), []
    for asset in dict.fromkeys([*pool.collateral, *stated, *pnl]):
        rule = world.rules.debt(asset)
        if rule is None or (asked == "closing" and rule.closing == 0):
            continue
        balance = pool.collateral.get(asset, Decimal(0))
        if rule.pnl == "with_balance":
            balance = balance + pnl.get(asset, Decimal(0))
        owed = larger(positive_part(-balance), stated.get(asset, Decimal(0)))
        if owed > 0:
            found.append(
                _node(
                    asset,
                    world.convert(owed, asset, pool.unit),
                    rule,
                    pool,
                    world,
                    asked,
                    fixed=fixed and asked != "closing",
                )
            )
    return found


def _node(
    asset: str,
    value: Decimal,
    rule: kinds.Debt,
    pool: Pool,
    world: World,
    asked: Asked,
    *,
    fixed: bool,
) -> Node:
    row = _row(rule, asset, world)
    rates = {"maintenance": row.maintenance, "initial": _initial_rate(row), "closing": rule.closing}
    rate, name = rates[asked], f"repaying {asset}" if asked == "closing" else f"debt {asset}"
    once = world.convert(rule.fixed if fixed else Decimal(0), world.rules.account_mode.unit, pool.unit)
    inputs: dict[str, object] = {"value": value, "rate": rate, "fixed": once}
    if rule.status == "uncertain":
        inputs["status"] = "uncertain: a parameter of this pack"
        why = f" ({rule.note})" if rule.note else ""
        world.notes[f"{world.rules.venue.id}: what a debt in {asset} needs is uncertain{why}"] = None
    page = world.rules.page(rule.source)
    return Node(name, debt_charge(value, rate, once), "value * rate + fixed", inputs, page)


def _initial_rate(row: kinds.DebtRate) -> Decimal:
    """Return the share of a debt put up when it is taken: as stated, or 1 / (leverage - 1)."""
    if row.initial is not None:
        return row.initial
    return Decimal(0) if row.leverage is None or row.leverage <= 1 else 1 / (row.leverage - 1)


def _row(rule: kinds.Debt, asset: str, world: World) -> kinds.DebtRate:
    """Return the rates of the leverage that the holder chose for borrowing; the first row, where none is stated."""
    stated = world.rules.settings.get("loan_leverage")
    if stated is None or rule.rates[0].leverage is None:
        if len(rule.rates) > 1:
            world.notes[
                f"settings, loan_leverage is not given: a debt in {asset} is taken at {rule.rates[0].leverage} times"
            ] = None
        return rule.rates[0]
    chosen = read_decimal(stated, "settings, loan_leverage")
    row = next((row for row in rule.rates if row.leverage == chosen), None)
    if row is None:
        known = ", ".join(str(row.leverage) for row in rule.rates)
        raise BookError("settings, loan_leverage", f"{chosen} is not offered", f"Write one of {known}")
    return row
