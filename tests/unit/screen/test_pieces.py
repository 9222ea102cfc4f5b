"""Pools that net, or hold options: where they die and what liquidates them is what their account is told alone."""

from dataclasses import fields, replace
from decimal import Decimal

import numpy as np
import pytest

from ringfence.batch.columns import Columns, Numbers
from ringfence.batch.judge import judge_all
from ringfence.batch.majors import market_of
from ringfence.batch.population import Shape, populate
from ringfence.batch.prices import liquidation_prices
from ringfence.batch.ready import ready
from ringfence.batch.setting import Setting
from ringfence.margin.assess import PoolHealth, assess
from ringfence.margin.nearest import NearestMove
from ringfence.margin.node import Missing
from ringfence.margin.snapshot import Snapshot
from ringfence.report.accounts import pool_table, position_table
from ringfence.screen.exact import holding_of
from ringfence.screen.fan_out import spread
from ringfence.screen.pieces import accounts_of, pieces_of, searched
from ringfence.screen.verdicts import Verdicts
from tests.differential.populations import population
from tests.laws.option_stages import option_stages
from tests.laws.stages import Stage

MODES = {
    ("okx", "multi-currency"), ("okx", "portfolio"), ("deribit", "cross-standard"), ("deribit", "portfolio"),
    ("binance-options", "standard"),
}  # fmt: skip
STAGES = [one for one in option_stages() if (one.pack, one.rules.account_mode.id) in MODES]
VOLS = dict.fromkeys(("BTC", "ETH", "USDC", "STETH", "WSTETH"), Decimal("0.6"))


def some(stage: Stage, accounts: int) -> tuple[Columns, Setting]:
    """Return small accounts, and what they stand in, with volatilities."""
    many = population(stage, 8, accounts, most=3)
    market = replace(many.setting.market, vols=VOLS, correlation_default=Decimal("0.7"))
    return many.columns, replace(many.setting, market=market)


def told(columns: Columns, setting: Setting) -> list[PoolHealth]:
    """Return what ``ringfence margin`` says of every account by itself, pool by pool."""
    books = (holding_of(columns, account, setting) for account in range(len(columns.accounts)))
    return [pool for book in books for pool in assess(Snapshot((book,))).accounts[0].pools]


def number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def test_every_mode_that_is_tried_here_has_a_stage() -> None:
    assert {(one.pack, one.rules.account_mode.id) for one in STAGES} == MODES


@pytest.mark.parametrize("stage", STAGES, ids=repr)
@pytest.mark.parametrize("few", [0, 200], ids=["fast", "exact"])
def test_a_table_says_of_each_what_its_account_is_told_to_the_last_digit(
    stage: Stage, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.screen.verdicts.FEW", few)
    columns, setting = some(stage, 4)
    (found,) = spread([columns], setting, prices=True, nearest=True)
    pools, asked = told(columns, setting), searched(columns, setting)
    rows = position_table(found, setting).to_pylist()
    moves = pool_table(found, setting).to_pylist()
    assert asked.any()
    for place in np.flatnonzero(asked).tolist():
        own = rows[columns.first_position[place] : columns.first_position[place + 1]]
        for row, position in zip(own, pools[place].positions, strict=True):
            expected = position.prices
            assert row["liquidation_price"] == number(expected.liquidation)
            assert row["liquidation_price_down"] == number(expected.down)
            assert row["liquidation_price_up"] == number(expected.up)
            assert row["never_liquidated"] == expected.never
        distance, ways = found_move(pools[place].nearest)
        assert moves[place]["nearest_move_sigmas"] == distance
        assert dict(moves[place]["nearest_move"] or ()) == ways


def found_move(nearest: NearestMove | Missing) -> tuple[float | None, dict[str, float]]:
    if isinstance(nearest, Missing):
        return None, {}
    return float(nearest.distance_sigmas), {coin: float(move) for coin, move in nearest.moves.items()}


def test_other_figures_do_not_depend_on_what_is_asked_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.screen.verdicts.FEW", 0)
    columns, setting = some(STAGES[0], 4)
    (more,) = spread([columns], setting, prices=True, nearest=True)
    (less,) = spread([columns], setting)
    assert more.judged.pools.tobytes() == less.judged.pools.tobytes()
    assert more.judged.positions.tobytes() == less.judged.positions.tobytes()
    assert more.exact.tolist() == less.exact.tolist()


def bits(found: list[Verdicts]) -> list[tuple[object, ...]]:
    return [
        (*one.columns.accounts, one.judged.pools.tobytes(), prices.tobytes(), moves.distance.tobytes())
        for one in found
        if (prices := one.prices) is not None and (moves := one.nearest) is not None
    ]


def test_what_is_searched_is_shared_out_among_workers_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.screen.pieces.SEARCHED", 2)
    columns, setting = some(STAGES[-1], 8)
    alone = list(spread([columns], setting, prices=True, nearest=True))
    shared = list(spread([columns], setting, prices=True, nearest=True, workers=2))
    assert len(alone) >= 3
    assert bits(shared) == bits(alone)
    assert len(list(spread([columns], setting))) == 1


def test_pieces_together_are_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.screen.pieces.SEARCHED", 2)
    columns, setting = some(STAGES[-1], 12)
    parts = [piece.columns for piece in pieces_of(columns, setting, searching=True)]
    assert [name for part in parts for name in part.accounts] == list(columns.accounts)
    assert all(searched(part, setting).sum() <= 2 for part in parts)
    assert sum(len(part) for part in parts) == len(columns)
    for one in fields(columns.positions):
        whole = getattr(columns.positions, one.name)
        if whole is not None:
            values = [getattr(part.positions, one.name) for part in parts]
            assert joined(values) == joined([whole])
    assert joined([part.holdings.amount for part in parts]) == joined([columns.holdings.amount])


def joined(values: list[Numbers] | list[np.ndarray[tuple[int], np.dtype[np.int32]]]) -> list[object]:
    """Return a column in one piece, its numbers as they were written."""
    return [
        value.exact(row) if isinstance(value, Numbers) else value[row]
        for value in values
        for row in range(len(value))
    ]


def test_an_account_is_cut_out_with_all_that_is_its_own() -> None:
    setting = market_of("okx")
    columns = populate(Shape(accounts=9), setting, 1)
    part = accounts_of(columns, 4, 6)
    assert [holding_of(part, place, setting) for place in range(2)] == [
        holding_of(columns, place, setting) for place in (4, 5)
    ]


def test_accounts_in_which_nothing_is_searched_stay_in_one_block() -> None:
    setting = market_of("okx")
    columns = populate(Shape(accounts=9), setting, 1)
    (piece,) = pieces_of(columns, setting, searching=True)
    assert piece.columns is columns
    assert not piece.fast


@pytest.mark.parametrize("venue", ["dydx", "bitmex"])
def test_where_a_venue_rounds_nobody_has_to_search_for_a_price_that_is_not_there(venue: str) -> None:
    setting = market_of(venue)
    columns = populate(Shape(accounts=150), setting, 1)
    made = ready(columns, setting)
    found = liquidation_prices(made, judge_all(made))
    never = np.isnan(found.down) & np.isnan(found.up)
    assert never.sum() > 5
    assert found.sure[never].all()
