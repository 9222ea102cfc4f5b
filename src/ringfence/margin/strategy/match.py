"""The division of all legs into groups that needs least: an integer programme, solved by HiGHS and counted exactly."""

from collections.abc import Sequence
from decimal import Decimal

from ringfence.core.errors import InvariantError
from ringfence.margin.strategy.groups import Group
from ringfence.margin.strategy.legs import Leg

_ZERO = Decimal(0)
_FEWER = 1e-9
"""Share of the dearest group by which one group more is dearer: what needs the same is in few groups."""


def least_division(
    legs: Sequence[Leg], groups: Sequence[Group], *, named: bool = True
) -> list[tuple[Group, Decimal]]:
    """Return the groups, and how many of each, that use up all legs at the least total.

    Contracts of options are matched whole, in steps of the finest that is held; shares of stock are what is left.

    Args:
        legs: what is held.
        groups: what may be formed of it, each leg alone first.
        named: whether groups that spare nothing are formed for their names; searches do without.

    Raises:
        InvariantError: the solver finds no division, though every leg may stand alone.

    """
    alone, joint = groups[: len(legs)], groups[len(legs) :]
    if not named:
        joint = [group for group in joint if _spared(group, alone) > 0]
    counts = _joint_counts(legs, alone, joint) if joint else []
    left = {leg.number: leg.lots for leg in legs}
    chosen = []
    for group, count in zip(joint, counts, strict=True):
        if count > 0:
            chosen.append((group, count))
            for number, take in group.takes.items():
                left[number] -= take * count
    if any(rest < 0 for rest in left.values()):
        raise InvariantError("a leg is matched more often than it is held")
    return chosen + [(alone[n], rest) for n, rest in left.items() if rest > 0]


def _joint_counts(legs: Sequence[Leg], alone: Sequence[Group], joint: Sequence[Group]) -> list[Decimal]:
    """Return how many of each joint group are formed: what they spare against single legs is the most it can be.

    maximise  sum of x * (needs of its legs alone - need of the group)
    subject to  sum of x * takes <= lots of every leg,  x whole steps
    """
    import numpy as np  # noqa: PLC0415 - paid for by books that have something to match
    from scipy.optimize import LinearConstraint, milp  # noqa: PLC0415 - as above

    grain = _grain(legs)
    takes = np.zeros((len(legs), len(joint)))
    for column, group in enumerate(joint):
        for number, take in group.takes.items():
            takes[number, column] = float(take)
    spared = np.array([float(_spared(group, alone)) for group in joint])
    dearest = max(1.0, float(max(abs(group.gross) for group in (*alone, *joint))))
    size = np.array([len(group.takes) for group in joint], dtype=float)
    lots = np.array([float(leg.lots / grain) for leg in legs])
    found = milp(
        c=-(spared + _FEWER * dearest * (size - 1)),
        constraints=LinearConstraint(takes, -np.inf, lots),
        integrality=np.ones(len(joint), dtype=np.int64),
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:
        raise InvariantError(f"no division of the legs was found: {found.message}")
    return [Decimal(round(float(x))) * grain for x in found.x]


def _spared(group: Group, alone: Sequence[Group]) -> Decimal:
    return sum((alone[number].gross * take for number, take in group.takes.items()), _ZERO) - group.gross


def _grain(legs: Sequence[Leg]) -> Decimal:
    """Return the step in which options are held: one contract, or the decimal fraction of one that all are whole in."""
    finest = 0
    for leg in legs:
        if leg.kind == "stock":
            continue
        exponent = leg.lots.normalize().as_tuple().exponent
        if isinstance(exponent, int):
            finest = min(finest, exponent)
    return Decimal(1).scaleb(finest)
