"""What a pool is worth to its owner, and the prices at which its positions leave it with nothing."""

from decimal import Decimal

from ringfence.book import Position
from ringfence.core.number import ZERO
from ringfence.formula.liquidation import bankruptcy_value, inverse_price, linear_price, surrendered
from ringfence.margin.charge import Charge
from ringfence.margin.closing import taker_fee
from ringfence.margin.judge import Judgement, judge, maintenance_by_position
from ringfence.margin.pools import Pool
from ringfence.margin.world import World


def net_worth(pool: Pool, world: World) -> Decimal:
    """Return collateral at index prices without any cut, P&L at mark and what is known as the rest.

    What was paid for outright counts with all that it is worth.

    Units   -> [pool unit]
    Source  a ratio below one protects the venue from a falling price; it does not make collateral disappear.
            Where collateral is not cut, this is equity.
    """
    worth = ZERO
    for asset, amount in pool.collateral.items():
        worth += world.convert(amount, asset, pool.unit)
    for position in pool.positions:
        worth += world.convert(world.claim(position), world.settle(position), pool.unit)
    return worth + (pool.rest.equity if pool.rest is not None else ZERO)


def shares_of_equity(judged: Judgement, world: World) -> dict[str, Decimal]:
    """Return the part of the equity that goes with each position, by label: in proportion to maintenance.

    Where nothing needs maintenance it is in proportion to value, and so it is inside a portfolio model. What is known
    as the rest has its part, too, so the parts may add up to less than one.
    """
    pool = judged.pool
    weights = (
        maintenance_by_position(judged, world)
        if judged.maintenance.value > 0
        else {
            one.position.label: world.convert(one.value, world.settle(one.position), pool.unit)
            for one in judged.charges
        }
    )
    total = judged.maintenance.value if judged.maintenance.value > 0 else sum(weights.values(), ZERO)
    return {label: surrendered(Decimal(1), part, total) if total else ZERO for label, part in weights.items()}


def bankruptcy_prices(pool: Pool, world: World) -> dict[str, Decimal | None]:
    """Return the price at which each position leaves the pool when all of them leave it with exactly nothing.

    Each takes its share of the equity along (``shares_of_equity``); with one position this is the mark at
    which equity is zero, or enough for the fee to close there and no more, where the venue counts that. With
    negative equity the prices are better than the marks: somebody else pays.

    Returns:
        Label -> [quote]; None where no positive price does it.

    """
    judged = judge(pool, world)
    worth = net_worth(pool, world)
    shares = shares_of_equity(judged, world)
    return {
        one.position.label: _price(one, worth * shares[one.position.label], pool, world)
        for one in judged.charges
    }


def fee_to_close(position: Position, world: World) -> Decimal:
    """Return the rate that a pool pays to be rid of a position at its bankruptcy price; zero where none is counted."""
    cost = world.rules.closing_cost(world.facts(position))
    counted = cost is not None and cost.kind == "taker_at_bankruptcy"
    return taker_fee(position, world) if counted else ZERO


def _price(one: Charge, given_up: Decimal, pool: Pool, world: World) -> Decimal | None:
    position = one.position
    amount = world.convert(given_up, pool.unit, world.settle(position))
    fee = fee_to_close(position, world)
    value = bankruptcy_value(one.value, Decimal(world.value_sign(position)), amount, fee)
    if value <= 0:
        return None
    price = inverse_price if world.is_inverse(position) else linear_price
    return price(value, position.contracts, position.contract_size)
