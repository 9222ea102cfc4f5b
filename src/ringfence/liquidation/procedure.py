"""A venue's whole procedure on one pool past its trigger."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ringfence.core.number import ZERO
from ringfence.ledger import Event
from ringfence.liquidation.stage import NO_FILLS, Fills, Seized, Stage, Winner, is_due
from ringfence.liquidation.step import step
from ringfence.liquidation.take_over import write_off
from ringfence.margin.pools import Pool
from ringfence.margin.world import World


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a liquidation leaves.

    events      in order; each one's postings cancel per asset
    pool_after  what is left of the pool
    bad_debt    [pool unit] what the pool could not pay: the venue's loss, never another pool's
    covered     [pool unit] what the insurance fund paid
    fund        [pool unit] what the fund has afterwards
    seized      positions that nobody has taken yet, with their bankruptcy prices
    """

    events: tuple[Event, ...]
    pool_after: Pool
    bad_debt: Decimal
    covered: Decimal
    fund: Decimal
    seized: tuple[Seized, ...]


def liquidate(
    pool: Pool,
    world: World,
    *,
    fills: Fills = NO_FILLS,
    insurance_fund: Decimal = ZERO,
    winners: Sequence[Winner] = (),
) -> Outcome:
    """Return what the venue's procedure makes of a pool; nothing, where the pool is not past its trigger.

    Args:
        pool: the pool.
        world: prices and rules.
        fills: what the market takes of forced orders; none: nobody buys.
        insurance_fund: [pool unit] what the fund has.
        winners: counterparties that can be deleveraged.

    Raises:
        RulePackError: the pack has no procedure for the pool.

    """
    stage = Stage(pool, fills=fills, fund=insurance_fund, winners=tuple(winners))
    events: list[Event] = []
    if pool.positions and is_due(pool, world):
        for rule in world.rules.procedure(world.facts(pool.positions[0])).steps:
            if not stage.seized and not (stage.pool.positions and is_due(stage.pool, world)):
                break
            done, stage = step(stage, world, rule)
            events += done
        done, stage = write_off(stage, world)
        events += done
    return Outcome(tuple(events), stage.pool, stage.bad_debt, stage.covered, stage.fund, stage.seized)
