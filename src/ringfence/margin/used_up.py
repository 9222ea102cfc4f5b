"""Who used up a pool's buffer on the way to where it died."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from ringfence.margin.judge import Judgement
from ringfence.margin.pools import Pool
from ringfence.margin.world import World

_EVEN: Final = Decimal("1e-12")
_UNCOUNTED: Final = "P&L not counted"
_TOGETHER: Final = "portfolio requirement"


def used_up(
    pool: Pool, judged: Judgement, after: Judgement, world: World, there: World
) -> dict[str, Decimal]:
    """Return who used up the buffer: positions by P&L, requirement and closing cost, coins by collateral value.

    Args:
        pool: the pool.
        judged: its numbers today.
        after: its numbers after a move.
        world: today's prices and rules.
        there: those after the move.

    Returns:
        Position label, coin of collateral, or what else it was -> its share of what the buffer lost; they sum to one.

    """
    lost = after.buffer - judged.buffer
    changes: dict[str, Decimal] = {}
    earned: dict[str, Decimal] = {}
    for old, new in zip(judged.charges, after.charges, strict=True):
        settle, unit = world.settle(new.position), pool.unit
        pnl = there.convert(new.unrealized_pnl, settle, unit) - world.convert(
            old.unrealized_pnl, settle, unit
        )
        need = there.convert(new.maintenance.value + new.closing_cost.value, settle, unit)
        needed = world.convert(old.maintenance.value + old.closing_cost.value, settle, unit)
        changes[new.position.label] = pnl - (need - needed)
        earned[settle] = earned.get(settle, Decimal(0)) + pnl
    before = {part.name: part.value for part in judged.collateral.parts}
    for part in after.collateral.parts:
        rule = world.rules.collateral(part.name) if pool.ratios else None
        inside = earned.get(part.name, Decimal(0)) if rule is not None and rule.pnl == "with_balance" else 0
        changes[part.name] = part.value - before.get(part.name, Decimal(0)) - inside
    if any(one.netted for one in after.charges):
        changes[_TOGETHER] = _alone(judged) - _alone(after)
    changes[_UNCOUNTED] = lost - sum(changes.values())
    return _even(
        {name: change / lost for name, change in changes.items()}, {c.position.label for c in after.charges}
    )


def _alone(judged: Judgement) -> Decimal:
    """Return what the portfolio model asks: the requirement beyond what positions need on their own."""
    labels = {one.position.label for one in judged.charges}
    return sum((part.value for part in judged.maintenance.parts if part.name not in labels), Decimal(0))


def _even(shares: Mapping[str, Decimal], labels: set[str]) -> dict[str, Decimal]:
    """Return shares to 12 decimals that sum to one; what is neither a position nor a share is left out."""
    even = {name: share.quantize(_EVEN) for name, share in shares.items()}
    even = {name: share for name, share in even.items() if name in labels or share != 0}
    largest = max(even, key=lambda name: abs(even[name]))
    even[largest] += 1 - sum(even.values())
    return even
