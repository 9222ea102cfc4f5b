"""What an account has above what it needs while two coins move together: a grid for a heat map."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ringfence.core.errors import BookError, suggestion
from ringfence.margin.assess import AccountHealth
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.moved import VOL, moved
from ringfence.margin.netting import worst_scenarios
from ringfence.margin.world import World

MOVES: Final = tuple(Decimal(step).scaleb(-1) for step in range(-5, 6))
"""From -50 % to +50 %, in steps of 10 %."""


@dataclass(frozen=True, slots=True)
class StressCell:
    """The account after one joint move.

    buffer   [unit] equity less maintenance requirement and closing cost, of all pools that hold positions; a dead
             pool's is counted as it stands there, below zero
    dead     ids of the pools that the venue may liquidate there
    worst    the scenarios by which portfolio models ask most there, in words; empty where none holds
    """

    buffer: Decimal
    dead: tuple[str, ...]
    worst: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StressGrid:
    """Two coins move, all else is held; each cell is judged by itself, with the tier that holds there.

    across, down   the two coins
    columns, rows  their moves, fractions of their prices
    cells          row by row
    """

    across: str
    down: str
    columns: tuple[Decimal, ...]
    rows: tuple[Decimal, ...]
    unit: str
    cells: tuple[tuple[StressCell, ...], ...]


def check_movers(movers: tuple[str, str], known: Sequence[str]) -> None:
    """Complain about two movers that are one, or that move nothing of the book.

    Raises:
        BookError: they cannot make a grid.

    """
    across, down = movers
    if across == down:
        raise BookError(f"grid {across},{down}", "it needs two different coins", 'Write it as "BTC,ETH"')
    for coin in movers:
        if coin not in known:
            fault = f"nothing here moves with {coin}"
            if coin.endswith(VOL):
                fault += f": the book holds no option on {coin.removesuffix(VOL)}"
            raise BookError(f"grid {across},{down}", fault, suggestion(coin, known))


def stress_grid(
    health: AccountHealth, world: World, movers: tuple[str, str], moves: Sequence[Decimal] = MOVES
) -> StressGrid:
    """Return an account in one mode under joint moves of two coins.

    Args:
        health: the account in the mode.
        world: its prices, and the rules of the mode.
        movers: the coin across and the coin down.
        moves: of either, fractions above -1.

    """
    across, down = movers
    return StressGrid(
        across,
        down,
        tuple(moves),
        tuple(moves),
        health.unit,
        tuple(tuple(_cell(health, moved(world, {across: 1 + x, down: 1 + y})) for x in moves) for y in moves),
    )


def _cell(health: AccountHealth, there: World) -> StressCell:
    judged = [judge(one.pool, there) for one in health.pools if one.pool.positions]
    buffers = [there.convert(one.buffer, one.pool.unit, health.unit) for one in judged]
    dead = [one.pool.id for one in judged if is_triggered(one, there)]
    worst = [name for one in judged for name in worst_scenarios(one.maintenance)]
    return StressCell(sum(buffers, Decimal(0)), tuple(dead), tuple(worst))
