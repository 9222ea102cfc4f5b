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
from ringfence.book import Book
from ringfence.core.errors import InputError
from ringfence.core.number import EXACT
from ringfence.margin.assess import status_of
from ringfence.margin.charge import Charge
from ringfence.margin.curved_prices import deaths_of
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
    nearest  the nearest liquidating joint move of every pool; None: not asked for
    """

    columns: Columns
    judged: Judged
    exact: "Flags"
    prices: "Floats | None" = None
    nearest: Moves | None = None


@dataclass(frozen=True, slots=True)
class _Left:
    """What the fast engine leaves to the exact one, by pool: the verdict, where positions die, nearest moves."""

    verdict: "Flags"
    prices: "Flags"
    nearest: "Flags"


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
    fast: bool | None = None,
) -> Verdicts:
    """Return how every pool of a population stands: always as the exact engine says.

    Args:
        columns: the accounts.
        setting: the rules and prices they share.
        prices: whether liquidation prices are wanted, too.
        nearest: whether the nearest liquidating joint moves are.
        threads: how many share the fast engine's work; None: as many as there are processors.
        fast: whether the fast engine judges first; None: if there are more than a few pools.

    Raises:
        InputError: a pool holds one side of a symbol twice, or the exact engine cannot judge an account; the message
            names it.

    """
    columns.refuse_twins()
    if is_many(columns) if fast is None else fast:
        decided, left = _fast(columns, setting, prices=prices, nearest=nearest, threads=threads)
    else:
        decided = _blank(columns, prices=prices, nearest=nearest)
        left = _Left(decided.exact, decided.exact, decided.exact)
    moves: dict[int, NearestMove | Missing] = {}
    asked = left.verdict | left.prices | left.nearest
    world = World(setting.market, setting.instruments, setting.rules, at=setting.at)
    with localcontext(EXACT):
        for account in dict.fromkeys(columns.pool_account[asked].tolist()):
            _decide(account, decided, left, setting, world, moves)
    decided.judged.sure[:] = True
    return (
        decided if decided.nearest is None else replace(decided, nearest=with_exact(decided.nearest, moves))
    )


def is_many(columns: Columns) -> bool:
    """Return whether there are so many pools that the fast engine judges first."""
    return len(columns) > FEW


def _fast(
    columns: Columns, setting: Setting, *, prices: bool, nearest: bool, threads: int | None
) -> tuple[Verdicts, _Left]:
    """Return what the fast engine says, and what it leaves to the exact one."""
    from ringfence.batch.judge import judge_all  # noqa: PLC0415 - few accounts do not pay for numba
    from ringfence.batch.ready import ready  # noqa: PLC0415

    made = ready(columns, setting)
    judged = judge_all(made, threads=threads)
    found = Verdicts(columns, judged, ~judged.sure)
    left = _Left(found.exact, found.exact.copy(), found.exact.copy())
    if prices:
        from ringfence.batch.prices import liquidation_prices  # noqa: PLC0415

        ends = liquidation_prices(made, judged, threads=threads)
        three = np.column_stack([ends.liquidation, ends.down, ends.up])
        found = replace(found, prices=three)
        pool = np.repeat(np.arange(len(columns)), np.diff(columns.first_position))
        left.prices[pool[~ends.sure & np.isnan(three).all(axis=1)]] = True
    if nearest:
        from ringfence.batch.nearest import ASK, nearest_moves  # noqa: PLC0415

        moves = nearest_moves(made, judged, setting, threads=threads)
        found = replace(found, nearest=fast_moves(made, moves))
        left.nearest[moves.reason == ASK] = True
    return found, left


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
        nearest=no_moves(pools) if nearest else None,
    )


def _decide(
    account: int,
    decided: Verdicts,
    left: _Left,
    setting: Setting,
    world: World,
    moves: dict[int, NearestMove | Missing],
) -> None:
    """Write what the exact engine says of those pools of an account that the fast one leaves to it."""
    columns, judged = decided.columns, decided.judged
    holding = holding_of(columns, account, setting)
    there = _narrowed(world, holding.book)
    try:
        pools = {pool.id: pool for pool in partition(holding.book, there, "as-held", "at-leverage").pools}
        for number in columns.pools_of(account):
            if not (left.verdict[number] or left.prices[number] or left.nearest[number]):
                continue
            pool = pools[columns.pool_id(number)]
            found = judge(pool, there)
            if left.verdict[number]:
                _write(number, found, judged, columns)
                judged.status[number] = figures.STATUSES.index(status_of(found, there))
            if decided.prices is not None and left.prices[number]:
                _write_prices(number, pool, found, there, decided)
            if decided.nearest is not None and left.nearest[number]:
                moves[number] = nearest_move(pool, found, there)
    except InputError as fault:
        raise fault.within(f"account {columns.accounts[account]}") from None


def _narrowed(world: World, book: Book) -> World:
    """Return a world for one account: what is found in it goes with it, and options that others hold do not slow it."""
    narrow = world.without_options_but({position.symbol for position in book.positions})
    return replace(narrow, market=narrow.market)


def _write_prices(number: int, pool: Pool, found: Judgement, world: World, decided: Verdicts) -> None:
    """Write where the positions of a pool die, as the exact engine finds it."""
    assert decided.prices is not None  # noqa: S101 - the caller has asked
    by_label = deaths_of(pool, found, world)
    first = int(decided.columns.first_position[number])
    for row, position in enumerate(pool.positions, start=first):
        decided.prices[row] = _floats(by_label[position.label])


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
