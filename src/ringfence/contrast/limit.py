"""How near is too near: one meaning of a distance, for a book as it stands and for one that is followed."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from ringfence.margin.assess import Health, sigma_daily
from ringfence.margin.nearest import NEVER, NearestMove
from ringfence.margin.node import Missing
from ringfence.margin.world import World

Unit = Literal["%", "sigma", "sigma-joint"]
UNITS: tuple[Unit, ...] = get_args(Unit)


@dataclass(frozen=True, slots=True)
class Limit:
    """The distance below which a position, or its pool, is too near to its end; ``unit`` says what moves.

    %             of the position's mark; its coin moves alone and all else is held
    sigma         daily volatilities of its coin, which moves alone
    sigma-joint   the nearest joint move that kills its pool: all coins at once, in sigmas of their daily volatilities
                  and correlation. It may be more than a coin's own sigmas: coins that move together rarely part.
    """

    amount: Decimal
    unit: Unit

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    @property
    def joint(self) -> bool:
        """Return whether it is about a pool and a move of all its coins, and not about a position and its own."""
        return self.unit == "sigma-joint"

    def is_passed(self, distance: Decimal | None, sigmas: Decimal | None, joint: Decimal | None) -> bool:
        """Return whether something is nearer to its end than this; None: it has none.

        Args:
            distance: the position's own move, a signed fraction of its mark.
            sigmas: the same in daily sigmas of its coin, unsigned.
            joint: the nearest joint move of its pool [sigma].

        """
        percent = None if distance is None else abs(distance) * 100
        by_unit: dict[Unit, Decimal | None] = {"%": percent, "sigma": sigmas, "sigma-joint": joint}
        found = by_unit[self.unit]
        return found is not None and found < self.amount


def joint_sigmas(move: NearestMove | Missing) -> Decimal | None:
    """Return how far the nearest joint move is [sigma]; None where there is none, or it is not known."""
    return None if isinstance(move, Missing) else move.distance_sigmas


def why_unknown(
    limit: Limit, held: Iterable[tuple[World, str]], moves: Iterable[NearestMove | Missing]
) -> str:
    """Return why distances cannot be told in the limit's unit; "" where they can.

    Args:
        limit: the limit.
        held: the world and the symbol of every position.
        moves: the nearest joint move of every pool that has positions.

    """
    if limit.unit == "sigma":
        coins = {
            world.instrument(symbol).underlying for world, symbol in held if not sigma_daily(world, symbol)
        }
        return f"the book has no volatility of {', '.join(sorted(coins))}" if coins else ""
    gaps = [one.reason for one in moves if isinstance(one, Missing) and one != NEVER]
    return gaps[0] if gaps and limit.joint else ""


def too_near(health: Health, limit: Limit) -> list[str]:
    """Return the pools that are nearer to their end than a limit, or that hold a position that is."""
    several = len(health.accounts) > 1
    near = [
        f"{account.book.account}/{pool.pool.id}" if several else pool.pool.id
        for account in health.accounts
        for pool in account.pools
        for held in pool.positions
        if limit.is_passed(held.distance, held.distance_sigmas, joint_sigmas(pool.nearest))
    ]
    return list(dict.fromkeys(near))
