"""What a pool would have lost by the returns of the past, each made as wild as today."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from ringfence.book import Position
from ringfence.core.errors import MarketError, RulePackError
from ringfence.core.number import from_model, root
from ringfence.formula.model.history import ewma, rescaled, tail_count
from ringfence.margin.node import Node
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue.entry import Measure
from ringfence.venue.models import History

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def history_nodes(
    rule: History, positions: Sequence[Position], measure: Measure, pool: Pool, world: World
) -> tuple[Node, ...]:
    """Return what positions need by the returns of the past, as one node in the unit of the pool.

    Raises:
        MarketError: no returns of a coin are known.
        RulePackError: coins have histories of different length.

    """
    coins = dict.fromkeys(world.instrument(p.symbol).underlying for p in positions)
    source = world.rules.page(rule.source)
    filtered = _tail_node("history", scaled_returns(rule, coins, world), rule, positions, pool, world)
    parts, value = [filtered], filtered.value
    if rule.stress and rule.blend:
        stressed = _tail_node("stress", _stressed(rule, coins, world), rule, positions, pool, world)
        parts.append(stressed)
        value = (1 - rule.blend) * filtered.value + rule.blend * stressed.value
    times = rule.initial_factor if measure == "initial" else rule.maintenance_factor
    longer = root(rule.days / rule.horizon)
    inputs = {"factor": times, "days": rule.days, "horizon": rule.horizon, "blend": rule.blend}
    text = "factor * sqrt(days / horizon) * ((1 - blend) * history + blend * stress)"
    return (Node("history", value * longer * times, text, inputs, source, tuple(parts)),)


def scaled_returns(rule: History, coins: Mapping[str, None], world: World) -> dict[str, "Floats"]:
    """Return coin -> returns as they count: each times the volatility of today over that of its own time."""
    found = {}
    for coin in coins:
        if not rule.returns.get(coin):
            raise MarketError(
                coin,
                "its returns are not known",
                f'Add returns = {{ {coin} = [...] }} to [[rules]] kind = "history"',
            )
        returns = np.array([float(r) for r in rule.returns[coin]])
        if not rule.scaled:
            found[coin] = returns
            continue
        then = ewma(returns, float(rule.decay))
        at_time = then[:-1] if coin not in rule.vols else np.array([float(v) for v in rule.vols[coin]])
        now = float(rule.current[coin]) if coin in rule.current else float(then[-1])
        now = max(now, float(rule.floor_vol.get(coin, Decimal(0))))
        if len(at_time) != len(returns):
            raise _uneven(coin, len(at_time), len(returns), "volatilities and returns", world)
        found[coin] = rescaled(returns, at_time, now)
    return _of_one_length(found, world)


def _stressed(rule: History, coins: Mapping[str, None], world: World) -> dict[str, "Floats"]:
    missing = [coin for coin in coins if coin not in rule.stress]
    if missing:
        raise MarketError(missing[0], "its returns in stress are not known", "Add them under stress")
    return _of_one_length({coin: np.array([float(r) for r in rule.stress[coin]]) for coin in coins}, world)


def _of_one_length(found: dict[str, "Floats"], world: World) -> dict[str, "Floats"]:
    first = next(iter(found))
    for coin, returns in found.items():
        if len(returns) != len(found[first]):
            raise _uneven(coin, len(returns), len(found[first]), f"returns, and {first}", world)
    return found


def _uneven(coin: str, one: int, other: int, what: str, world: World) -> RulePackError:
    return RulePackError(
        f"{world.rules.venue.id}, history, {coin}", f"it has {one} and {other} {what}", "Give as many of each"
    )


def _tail_node(
    name: str,
    returns: Mapping[str, "Floats"],
    rule: History,
    positions: Sequence[Position],
    pool: Pool,
    world: World,
) -> Node:
    """Return the mean of the worst losses, or the least bad of them; its parts are the losses of the tail."""
    losses = -np.sum([_gains(position, returns, pool, world) for position in positions], axis=0)
    order = np.argsort(-losses, kind="stable")
    count = tail_count(len(losses), None if rule.tail is None else int(rule.tail), float(rule.level))
    worst = [(int(n) + 1, from_model(float(losses[n]))) for n in order[:count]]
    mean = sum((loss for _, loss in worst), Decimal(0)) / len(worst)
    value = mean if rule.measure == "mean" else worst[-1][1]
    parts = tuple(Node(f"return {number}", loss, "loss") for number, loss in worst)
    inputs = {"returns": len(losses), "tail": count, "worst": worst[0][1]}
    text = "mean of the worst losses" if rule.measure == "mean" else "least bad of the worst losses"
    return Node(name, max(value, Decimal(0)), text, inputs, world.rules.page(rule.source), parts)


def _gains(position: Position, returns: Mapping[str, "Floats"], pool: Pool, world: World) -> "Floats":
    """Return what a position gains by each return, in the unit of the pool."""
    contract = world.instrument(position.symbol)
    moves = returns[contract.underlying]
    if contract.is_option:
        from ringfence.margin.options import quotes_of  # noqa: PLC0415 - paid for by books with options

        quotes = quotes_of([position.symbol], world)
        there = quotes.price(forward=quotes.forward * (1.0 + moves[:, None]))[:, 0]
        gains = (there - quotes.price()[0]) * float(position.sign * world.coins(position))
    elif world.is_inverse(position):
        gains = float(position.sign * world.coins(position)) * (1.0 - 1.0 / (1.0 + moves))
    else:
        gains = float(position.sign * world.value(position)) * moves
    rate = float(world.convert(Decimal(1), world.settle(position), pool.unit))
    moving = (1.0 + moves) if contract.pays_in_coin and pool.unit != contract.settle else 1.0
    return np.asarray(gains * rate * moving)
