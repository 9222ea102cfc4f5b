"""The verdict on every pool: by the fast engine where its bound allows one, else by the exact engine."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from math import nan
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch import figures
from ringfence.batch.columns import Columns
from ringfence.batch.figures import Judged
from ringfence.batch.setting import Setting
from ringfence.core.errors import InputError
from ringfence.core.number import EXACT
from ringfence.margin.assess import status_of
from ringfence.margin.charge import Charge
from ringfence.margin.curved_prices import prices_of
from ringfence.margin.judge import Judgement, judge
from ringfence.margin.nearest import NearestMove, nearest_move
from ringfence.margin.node import Missing
from ringfence.margin.pools import Pool, partition
from ringfence.margin.world import World
from ringfence.screen.exact import holding_of
from ringfence.screen.moves import Moves, fast_moves, no_moves, with_exact

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats
    from ringfence.batch.figures import Flags

FEW: Final = 200
"""Pools up to which the exact engine judges all: it is done before a compiled kernel would be loaded."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How every pool of a population stands, and its figures.

    judged   float64; of pools that the exact engine decided, its figures rounded to that, with a bound of zero
    exact    pool -> whether the exact engine decided
    prices   position -> the mark at which it dies, and the nearest below and above; NaN: never. None: not asked for
    known    position -> whether its prices are: those of pools that net, or hold options, are asked of one account
    nearest  the nearest liquidating joint move of every pool; None: not asked for
    """

    columns: Columns
    judged: Judged
    exact: "Flags"
    prices: "Floats | None" = None
    known: "Flags | None" = None
    nearest: Moves | None = None


@dataclass(frozen=True, slots=True)
class Many:
    """Accounts that were judged together, block by block, in the order of their table."""

    setting: Setting
    blocks: tuple[Verdicts, ...]

    def __repr__(self) -> str:
        """Return what it is; what it holds is for tables."""
        pools = sum(len(block.columns) for block in self.blocks)
        return f"<Verdicts on {pools:,} pools at {self.setting.rules.venue.id}>"


def verdicts(
    columns: Columns,
    setting: Setting,
    *,
    prices: bool = False,
    nearest: bool = False,
    threads: int | None = None,
) -> Verdicts:
    """Return how every pool of a population stands: always as the exact engine says.

    Args:
        columns: the accounts.
        setting: the rules and prices they share.
        prices: whether liquidation prices are wanted, too.
        nearest: whether the nearest liquidating joint moves are.
        threads: how many share the fast engine's work; None: as many as there are processors.

    Raises:
        InputError: the exact engine cannot judge an account; the message names it.

    """
    if len(columns) <= FEW:
        decided = _blank(columns, prices=prices, nearest=nearest)
    else:
        decided = _fast(columns, setting, prices=prices, nearest=nearest, threads=threads)
    world = World(setting.market, setting.instruments, setting.rules, at=setting.at)
    moves: dict[int, NearestMove | Missing] = {}
    with localcontext(EXACT):
        for account in dict.fromkeys(columns.pool_account[decided.exact].tolist()):
            _decide(account, decided, setting, world, moves)
    decided.judged.sure[:] = True
    return (
        decided if decided.nearest is None else replace(decided, nearest=with_exact(decided.nearest, moves))
    )


def _fast(
    columns: Columns, setting: Setting, *, prices: bool, nearest: bool, threads: int | None
) -> Verdicts:
    """Return what the fast engine says; what it is not sure of is marked for the exact one."""
    from ringfence.batch.judge import judge_all  # noqa: PLC0415 - few accounts do not pay for numba
    from ringfence.batch.ready import ready  # noqa: PLC0415

    made = ready(columns, setting)
    judged = judge_all(made, threads=threads)
    found = Verdicts(columns, judged, ~judged.sure)
    if prices:
        from ringfence.batch.prices import liquidation_prices  # noqa: PLC0415

        ends = liquidation_prices(made, judged, threads=threads)
        three = np.column_stack([ends.liquidation, ends.down, ends.up])
        found = replace(found, prices=three, known=ends.sure | np.isfinite(three).any(axis=1))
    if nearest:
        from ringfence.batch.nearest import nearest_moves  # noqa: PLC0415

        moves = nearest_moves(made, judged, setting, threads=threads)
        found = replace(found, nearest=fast_moves(made, moves))
    return found


def _blank(columns: Columns, *, prices: bool, nearest: bool) -> Verdicts:
    """Return verdicts that are all still to be given."""
    pools, positions = len(columns), len(columns.positions)
    judged = Judged(
        np.full((pools, len(figures.WORDS)), nan),
        np.full((positions, figures.FIGURES), nan),
        np.zeros(pools, np.int8),
        np.zeros(pools, np.bool_),
    )
    return Verdicts(
        columns,
        judged,
        np.ones(pools, np.bool_),
        prices=np.full((positions, 3), nan) if prices else None,
        known=np.zeros(positions, np.bool_) if prices else None,
        nearest=no_moves(pools) if nearest else None,
    )


def _decide(
    account: int,
    decided: Verdicts,
    setting: Setting,
    world: World,
    moves: dict[int, NearestMove | Missing],
) -> None:
    """Write the exact engine's figures of those pools of an account of which the fast one is not sure."""
    columns, judged = decided.columns, decided.judged
    holding = holding_of(columns, account, setting)
    try:
        pools = {pool.id: pool for pool in partition(holding.book, world, "as-held", "at-leverage").pools}
        for number in columns.pools_of(account):
            if decided.exact[number]:
                pool = pools[columns.pool_id(number)]
                found = judge(pool, world)
                _write(number, found, judged, columns)
                judged.status[number] = figures.STATUSES.index(status_of(found, world))
                if decided.prices is not None:
                    _write_prices(number, pool, found, world, decided)
                if decided.nearest is not None:
                    moves[number] = nearest_move(pool, found, world)
    except InputError as fault:
        raise fault.within(f"account {columns.accounts[account]}") from None


def _write_prices(number: int, pool: Pool, found: Judgement, world: World, decided: Verdicts) -> None:
    """Write where the positions of a pool die, as the exact engine finds it."""
    assert decided.prices is not None  # noqa: S101 - the caller has asked
    assert decided.known is not None  # noqa: S101 - one comes with the other
    by_label = prices_of(pool, found, world)
    first = int(decided.columns.first_position[number])
    for row, position in enumerate(pool.positions, start=first):
        one = by_label[position.label]
        decided.prices[row] = _floats((one.liquidation, one.down, one.up))
        decided.known[row] = True


def _write(number: int, found: Judgement, judged: Judged, columns: Columns) -> None:
    initial = None if isinstance(found.initial, Missing) else found.initial.value
    numbers = (
        found.collateral.value, found.unrealized.value, found.equity.value, initial, found.maintenance.value,
        found.closing_cost.value, found.buffer, Decimal(0), Decimal(0),
    )  # fmt: skip
    judged.pools[number] = _floats(numbers)
    first = int(columns.first_position[number])
    for row, charge in enumerate(found.charges, start=first):
        judged.positions[row] = _floats(_of_position(charge))


def _of_position(charge: Charge) -> tuple[Decimal | None, ...]:
    """Return a position's figures, in the order of ``batch.figures``; None: a portfolio model asks with others."""
    alone = not charge.netted
    initial = None if isinstance(charge.initial, Missing) else charge.initial.value
    need = charge.maintenance.value if alone else None
    closing = charge.closing_cost.value if alone else None
    nothing, pnl = Decimal(0), charge.unrealized_pnl
    return charge.value, pnl, initial, need, closing, nothing, nothing, nothing, None


def _floats(numbers: Sequence[Decimal | None]) -> list[float]:
    return [nan if number is None else float(number) for number in numbers]
