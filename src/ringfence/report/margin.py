"""The tables of ``ringfence margin``."""

from ringfence.margin.assess import AccountHealth, Health, PoolHealth, PositionHealth
from ringfence.margin.node import Missing, Node
from ringfence.report.grid import NONE, Grid, money, percent, price, share
from ringfence.report.option_grids import option_grids
from ringfence.report.plain import number, provenance, state_beyond


def account_grid(result: Health) -> Grid:
    """Return one row an account."""
    grid = Grid(
        f"Accounts: mode {result.mode}, cut {result.cut}",
        ("account", "venue", "rules of", "unit", "equity", "available", "withdrawable", "effective leverage"),
        left=4,
    )
    for one in result.accounts:
        grid.rows.append(
            (
                one.book.account, one.book.venue, str(one.book.on), one.unit, money(one.equity), money(one.available),
                money(one.withdrawable), NONE if one.effective_leverage is None else f"{one.effective_leverage:.2f}x",
            )
        )  # fmt: skip
    return grid


def pool_grid(result: Health) -> Grid:
    """Return one row a pool."""
    grid = Grid(
        "Pools",
        ("pool", "status", "unit", "equity", "initial", "maintenance", "closing cost", "buffer", "margin ratio",
         "nearest move"),
        left=3,
        caption="buffer = equity - maintenance - closing cost; margin ratio = maintenance / equity",
    )  # fmt: skip
    for account in result.accounts:
        for one in account.pools:
            grid.rows.append((_prefix(account, result) + one.pool.id, *_pool_row(one)))
    return grid


def _prefix(account: AccountHealth, result: Health) -> str:
    return f"{account.book.account}/" if len(result.accounts) > 1 else ""


def _pool_row(one: PoolHealth) -> tuple[str, ...]:
    judged = one.judged
    initial = None if isinstance(judged.initial, Missing) else judged.initial.value
    return (
        one.status, one.pool.unit, money(judged.equity.value), money(initial),
        money(judged.maintenance.value), money(judged.closing_cost.value), money(judged.buffer),
        share(one.margin_ratio), _nearest(one),
    )  # fmt: skip


def _nearest(one: PoolHealth) -> str:
    if isinstance(one.nearest, Missing) or not one.positions:
        return NONE
    moves = " ".join(f"{coin} {percent(move)}" for coin, move in one.nearest.moves.items())
    gap = f"{one.nearest.gap:.0e}" if one.nearest.gap else "0"
    told = "local" if one.nearest.proof == "local" else f"{one.nearest.proof}, gap {gap}"
    return f"{moves} ({one.nearest.distance_sigmas:.2f}σ, {told})"


def position_grid(result: Health) -> Grid:
    """Return one row a position."""
    grid = Grid(
        "Positions",
        ("position", "pool", "contracts", "notional", "P&L", "initial", "maintenance", "liquidation", "venue shows",
         "bankruptcy", "distance", "daily σ"),
        left=2,
    )  # fmt: skip
    for account in result.accounts:
        for pool in account.pools:
            for one in pool.positions:
                grid.rows.append(_position_row(one, pool.pool.id))
    return grid


def _position_row(one: PositionHealth, pool_id: str) -> tuple[str, ...]:
    charge, prices = one.charge, one.prices
    initial = None if isinstance(charge.initial, Missing) else charge.initial.value
    met = prices.liquidation
    if met is None and not prices.never:
        other = prices.up if prices.down is None else prices.down
        shown = f"{price(other)} (other side)"
    else:
        shown = price(met) + (" (jump)" if prices.crossing == "jump" else "")
    return (
        one.position.label, pool_id.partition(":")[0] if pool_id.startswith("isolated") else pool_id,
        str(one.position.contracts), money(charge.value), money(charge.unrealized_pnl), money(initial),
        money(one.maintenance), shown, prices.displayed or NONE,
        NONE if prices.bankruptcy is None else price(prices.bankruptcy), percent(one.distance),
        NONE if one.distance_sigmas is None else f"{one.distance_sigmas:.1f}",
    )  # fmt: skip


def crossing_grids(result: Health) -> list[Grid]:
    """Return one row a change of state along the price of each position; nothing where they were not asked for."""
    grid = Grid(
        "Every crossing",
        ("position", "pool", "side", "then", "price", "distance"),
        left=4,
        caption="one price moves, all else is held; of an option, its underlying's; jump: equity leaps over its need",
    )
    asked = False
    for account in result.accounts:
        for pool in account.pools:
            for one in pool.positions:
                if one.crossings is not None:
                    asked = True
                    grid.rows += _crossing_rows(one, _prefix(account, result) + pool.pool.id)
    return [grid] if asked else []


def _crossing_rows(one: PositionHealth, pool_id: str) -> list[tuple[str, ...]]:
    found, label = one.crossings, one.position.label
    rows: list[tuple[str, ...]] = [
        (label, pool_id, side, state_beyond(change),
         price(change.price) + (" (jump)" if change.kind == "jump" else ""), percent(change.move))
        for side, changes in (() if found is None else (("down", found.down), ("up", found.up)))
        for change in changes
    ]  # fmt: skip
    return rows or [(label, pool_id, NONE, "never changes", NONE, NONE)]


def health_grids(result: Health) -> list[Grid]:
    """Return the tables of a health: accounts, pools, positions, and of option books greeks and worst scenarios."""
    rows = [account_grid(result), pool_grid(result), position_grid(result), *crossing_grids(result)]
    return [*rows, *option_grids(result)]


def health_notes(*results: Health) -> list[str]:
    """Return what a reader must know beside the tables: positions left out, overrides, assumptions, digests.

    Args:
        results: what was answered from: one, or the same book in several modes.

    """
    found = provenance(*results)
    lines = [
        f"unopened{f' ({result.mode})' if len(results) > 1 else ''}: {p.label}: the collateral does not reach"
        for result in results
        for account in result.accounts
        for p in account.partition.unopened
    ]
    lines += [f"override: {item}" for item in found["overrides"]]
    lines += [f"note: {item}" for item in found["warnings"]]
    digests = ", ".join(f"{name} {digest}" for name, digest in found["digests"].items())
    return [*lines, f"digests: {digests}"]


def explanation(result: Health, symbol: str | None) -> str:
    """Return every figure's formula with its numbers and the page of its rule, as an indented text.

    Args:
        result: the health.
        symbol: only what concerns this position; None: everything.

    """
    lines: list[str] = []
    for account in result.accounts:
        for pool in account.pools:
            held = [p for p in pool.positions if symbol in {None, p.position.symbol, p.position.label}]
            if symbol is not None and not held:
                continue
            lines.append(f"{pool.pool.id} [{pool.pool.unit}]")
            lines += _tree(pool.judged.equity, 1)
            lines += _tree(pool.requirement, 1)
            for one in held:
                lines += _position_lines(one)
    return "\n".join(lines) + "\n"


def _position_lines(one: PositionHealth) -> list[str]:
    charge, prices = one.charge, one.prices
    lines = [f"  {one.position.label} [{one.settle}]"]
    lines += (
        [f"    initial: null, {charge.initial.reason}"]
        if isinstance(charge.initial, Missing)
        else _tree(charge.initial, 2)
    )
    lines += _tree(charge.maintenance, 2) + _tree(charge.closing_cost, 2)
    lines.append(
        f"    liquidation price = {number(prices.liquidation) or 'never'}"
        "   where equity(P) = maintenance(P) + closing cost(P), with the tier that holds at P"
    )
    if prices.displayed is not None:
        lines.append(f"    the venue displays {prices.displayed}")
    lines.append(f"    bankruptcy price = {number(prices.bankruptcy) or 'none'}   where equity(P) = 0")
    return lines


def _tree(one: Node, depth: int) -> list[str]:
    inputs = ", ".join(
        f"{key} = {number(value) if hasattr(value, 'as_tuple') or isinstance(value, int) else value}"  # type: ignore[arg-type]
        for key, value in one.inputs.items()
        if value is not None
    )
    formula = f"   = {one.formula}" if one.formula else ""
    line = f"{'  ' * depth}{one.name} = {number(one.value)}{formula}" + (f"   [{inputs}]" if inputs else "")
    if one.source:
        line += f"   <{one.source}>"
    return [line, *(text for part in one.parts for text in _tree(part, depth + 1))]
