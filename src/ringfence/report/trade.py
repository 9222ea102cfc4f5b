"""The tables of the questions about an account: what if, how much to survive, how large at most."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ringfence.margin.assess import AccountHealth, Health
from ringfence.margin.node import Missing
from ringfence.margin.survive import Survival
from ringfence.margin.trade import MaxSize, WhatIf
from ringfence.report.grid import NONE, Grid, money, price
from ringfence.report.plain import account_row, node, number, origin, pool, provenance


def _total(account: AccountHealth, name: str) -> Decimal | None:
    values = []
    for one in account.pools:
        value = getattr(one.judged, name)
        if isinstance(value, Missing):
            return None
        values.append(value.value)
    return sum(values, Decimal(0))


def _figures(account: AccountHealth) -> dict[str, Decimal | None]:
    single = len({p.pool.unit for p in account.pools}) <= 1
    return {
        "equity": account.equity,
        "initial requirement": _total(account, "initial") if single else None,
        "maintenance requirement": _total(account, "maintenance") if single else None,
        "available": account.available,
        "withdrawable": account.withdrawable,
        "effective leverage": account.effective_leverage,
    }


def _difference(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    return None if before is None or after is None else after - before


def what_if_grids(result: WhatIf) -> list[Grid]:
    """Return before, after and difference, and the liquidation prices of every position."""
    order = result.order
    title = f"{order.side} {order.contracts} {order.symbol} @ {order.price} ({order.margin_mode})"
    grid = Grid(f"What if: {title}", ("figure", "before", "after", "difference"))
    before, after = _figures(result.before), _figures(result.after)
    for name, was in before.items():
        grid.rows.append((name, money(was), money(after[name]), money(_difference(was, after[name]))))
    cost = None if isinstance(result.cost, Missing) else sum((n.value for n in result.cost), Decimal(0))
    grid.rows.append((f"order cost [{result.settle}]", NONE, money(cost), NONE))
    grid.rows.append((f"taker fee [{result.settle}]", NONE, money(result.fee), NONE))
    grid.rows.append(("the rules allow it", NONE, "yes" if result.allowed else "no", NONE))
    prices = Grid("Liquidation prices", ("position", "before", "after"))
    was_at, is_at = _prices(result.before), _prices(result.after)
    for label in dict.fromkeys([*was_at, *is_at]):
        prices.rows.append((label, was_at.get(label, NONE), is_at.get(label, NONE)))
    return [grid, prices]


def _prices(account: AccountHealth) -> dict[str, str]:
    return {p.position.label: price(p.prices.liquidation) for pool in account.pools for p in pool.positions}


def what_if_dict(result: WhatIf, today: Health) -> dict[str, Any]:
    """Return before, after and difference as decimal strings.

    Args:
        result: the account before and after.
        today: its health before, for what the answer rests on.

    """
    before, after = _figures(result.before), _figures(result.after)
    order = result.order
    found = provenance(today)
    return {
        **origin("ringfence.what-if/1", result.before),
        "mode": today.mode,
        "cut": today.cut,
        **found,
        "warnings": list(dict.fromkeys([*found["warnings"], *result.after.warnings])),
        "order": {
            "symbol": order.symbol, "side": order.side, "contracts": number(order.contracts),
            "price": number(order.price), "leverage": number(order.leverage), "margin_mode": order.margin_mode,
        },
        "order_cost": None if isinstance(result.cost, Missing) else {
            "value": number(sum((n.value for n in result.cost), Decimal(0))),
            "parts": [node(n) for n in result.cost],
        },
        "fee": number(result.fee),
        "settle": result.settle,
        "allowed": result.allowed,
        "before": _side(result.before),
        "after": _side(result.after),
        "difference": {
            name.replace(" ", "_"): number(_difference(was, after[name])) for name, was in before.items()
        },
    }  # fmt: skip


def _side(account: AccountHealth) -> dict[str, Any]:
    figures = {name.replace(" ", "_"): number(value) for name, value in _figures(account).items()}
    return {
        **account_row(account),
        **figures,
        "pools": [pool(p, account.book.account, "") for p in account.pools],
    }


def survival_grid(shock: str, rows: Sequence[tuple[str, str, Survival]]) -> Grid:
    """Return one row a pool: what it has, and what it must have."""
    grid = Grid(
        f"Collateral to live through {shock}",
        ("mode", "cut", "pool", "unit", "has", "must have more than", "to add", "lives"),
        left=4,
        caption="collateral value without unrealised P&L, at today's prices of the collateral",
    )
    for mode, cut, one in rows:
        more = max(one.must_have - one.has, Decimal(0))
        row = (
            mode,
            cut,
            one.pool,
            one.unit,
            money(one.has),
            money(max(one.must_have, Decimal(0))),
            money(more),
        )
        grid.rows.append((*row, "yes" if one.lives else "no"))
    return grid


def survival_dict(
    shock: str, rows: Sequence[tuple[str, str, Survival]], today: Sequence[Health]
) -> dict[str, Any]:
    """Return the same as decimal strings, with what the answer rests on: the book today in each of the modes."""
    return {
        **origin("ringfence.survive/1", today[0].accounts[0]),
        **provenance(*today),
        "shock": shock,
        "pools": [
            {
                "mode": mode, "cut": cut, "pool": one.pool, "unit": one.unit, "has": number(one.has),
                "must_have": number(one.must_have), "lives": one.lives,
            }
            for mode, cut, one in rows
        ],
    }  # fmt: skip


def size_grid(sizes: Sequence[MaxSize], shock: str | None) -> Grid:
    """Return the largest order of each side, and with a shock the largest that lives through it."""
    grid = Grid(
        f"Largest order of {sizes[0].symbol} at {sizes[0].price}",
        (
            "side",
            "margin mode",
            "leverage",
            "contracts allowed",
            *(() if shock is None else (f"that live through {shock}",)),
        ),
        left=2,
    )
    for one in sizes:
        lives = () if shock is None else (number(one.survives) or NONE,)
        grid.rows.append(
            (one.side, one.margin_mode, str(one.leverage or NONE), str(number(one.allowed)), *lives)
        )
    return grid


def size_dict(sizes: Sequence[MaxSize], shock: str | None, today: Health) -> dict[str, Any]:
    """Return the same as decimal strings, with what the answer rests on: the book as it is held."""
    return {
        **origin("ringfence.max-size/1", today.accounts[0]),
        **provenance(today),
        "symbol": sizes[0].symbol,
        "price": number(sizes[0].price),
        "shock": shock,
        "sizes": [
            {"side": one.side, "margin_mode": one.margin_mode, "leverage": number(one.leverage),
             "allowed": number(one.allowed), "survives": number(one.survives)}
            for one in sizes
        ],
    }  # fmt: skip
