"""How figures of 50 digits are compared: what is equal agrees to 40 digits of what was added up."""

from decimal import Decimal
from typing import Final

from ringfence.margin.judge import Judgement

HAIR: Final = Decimal("1e-40")


def need(judged: Judgement) -> Decimal:
    """Return a pool's maintenance requirement and closing cost together."""
    return judged.maintenance.value + judged.closing_cost.value


def size(judged: Judgement) -> Decimal:
    """Return the size of what a pool's buffer is the difference of."""
    parts = [*judged.collateral.parts, *judged.maintenance.parts, *judged.closing_cost.parts]
    return sum((abs(part.value) for part in parts), abs(judged.unrealized.value)) + sum(
        (one.value for one in judged.charges), Decimal(0)
    )


def same(one: Decimal, other: Decimal, of: Decimal | None = None) -> bool:
    """Return whether two figures agree to 40 digits of the size of what they were made of."""
    return abs(one - other) <= HAIR * (max(abs(one), abs(other)) if of is None else abs(of))


def no_less(one: Decimal, other: Decimal, of: Decimal | None = None) -> bool:
    """Return whether a figure is at least another, to 40 digits."""
    return one >= other or same(one, other, of)
