"""What only books with options or portfolio models have: greeks, and the scenarios by which a model asks most."""

from ringfence.margin.assess import Health
from ringfence.margin.netting import worst_scenarios
from ringfence.report.grid import NONE, Grid, money


def option_grids(result: Health) -> list[Grid]:
    """Return the greeks by coin and expiry, and each pool's decisive scenarios; nothing where there are none."""
    return [grid for grid in (greek_grid(result), scenario_grid(result)) if grid.rows]


def greek_grid(result: Health) -> Grid:
    """Return one row a coin and expiry of every pool that holds options."""
    grid = Grid(
        "Greeks",
        (
            "pool",
            "coin",
            "expiry",
            "delta [coin]",
            "gamma [coin per 1 %]",
            "vega [per vol point]",
            "theta [a day]",
        ),
        left=3,
        caption="Black's model (1976) at the volatilities quoted; vega and theta in the quote currency, premium apart",
    )
    for account in result.accounts:
        for pool in account.pools:
            for one in pool.greeks:
                day = NONE if one.expiry is None else str(one.expiry)
                amounts = (one.delta, one.gamma, one.vega, one.theta)
                grid.rows.append((pool.pool.id, one.underlying, day, *map(money, amounts)))
    return grid


def scenario_grid(result: Health) -> Grid:
    """Return one row a pool under a portfolio model: the scenario by which each of its risk units asks most."""
    grid = Grid("Portfolio model: the scenarios that decide", ("pool", "unit", "scenario"), left=3)
    for account in result.accounts:
        for pool in account.pools:
            for named in worst_scenarios(pool.judged.maintenance):
                unit, _, scenario = named.partition(": ")
                grid.rows.append((pool.pool.id, unit, scenario))
    return grid
