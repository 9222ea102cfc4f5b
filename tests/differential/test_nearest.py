"""Nearest liquidating moves of the fast engine: never nearer than is proved, past the trigger, and mostly the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext

from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st

from ringfence.batch.nearest import ASK, FOUND, PROOFS, nearest_moves
from ringfence.batch.setting import Setting
from ringfence.core.errors import InputError
from ringfence.core.number import EXACT
from ringfence.margin.curved import is_curved
from ringfence.margin.judge import Judgement, is_triggered, judge
from ringfence.margin.moved import moved
from ringfence.margin.nearest import NearestMove, nearest_move
from ringfence.margin.node import Missing
from tests.differential.twins import Twins, both
from tests.laws.books import Account, accounts, decimals
from tests.laws.stages import Stage, on_stages, stages, tries

_ALIKE = 1e-6


@dataclass(frozen=True)
class _Pair:
    """What both engines say of a pool; no move: the fast one says that none is known, or asks the exact one."""

    judged: Judgement
    exact: NearestMove | Missing
    reason: int
    proof: str
    distance: float
    moves: dict[str, Decimal]


def _pairs(twins: Twins) -> Iterator[_Pair]:
    world = twins.world
    found = nearest_moves(
        twins.made, twins.judged, Setting(world.rules, world.instruments, world.market, world.at)
    )
    names = [*twins.made.assets, *found.others]
    for pool, judged in enumerate(twins.exact):
        reason = int(found.reason[pool])
        if is_curved(judged.pool, world) or reason == ASK:
            assert reason != FOUND
            continue
        rows = range(found.first[pool], found.first[pool + 1])
        moves = {names[found.asset[row]]: Decimal(float(found.move[row])) for row in rows}
        proof, distance = PROOFS[found.proof[pool]], float(found.distance[pool])
        yield _Pair(judged, nearest_move(judged.pool, judged, world), reason, proof, distance, moves)


def _with_vols(account: Account, data: st.DataObject) -> Account:
    vols = {coin: data.draw(decimals("0.3", "1.2", 2)) for coin in account.world.market.indices}
    return account.with_market(vols=vols, correlation_default=data.draw(decimals("-0.2", "0.9", 1)))


def _twins(account: Account) -> Twins:
    try:
        return both(account.holding(), account.world)
    except InputError:
        assume(False)
        raise


@on_stages()
@tries(6)
@given(data=st.data())
def test_a_move_is_no_nearer_than_is_proved_and_does_liquidate(stage: Stage, data: st.DataObject) -> None:
    twins = _twins(_with_vols(data.draw(accounts(stage, most=4)), data))
    for pair in _pairs(twins):
        if pair.reason != FOUND or not isinstance(pair.exact, NearestMove):
            continue
        proved = float(pair.exact.distance_sigmas - pair.exact.gap)
        assert pair.distance >= proved * (1.0 - 1e-9)
        if pair.proof == "exact":
            assert pair.distance <= float(pair.exact.distance_sigmas) * (1.0 + 1e-9)
        with localcontext(EXACT):
            there = moved(twins.world, {coin: 1 + move for coin, move in pair.moves.items()})
            assert is_triggered(judge(pair.judged.pool, there), there)


@on_stages()
@tries(3)
@given(data=st.data())
def test_what_is_missing_without_volatilities_or_correlation_is_missing_in_both(
    stage: Stage, data: st.DataObject
) -> None:
    account = data.draw(accounts(stage, most=3))
    vols = dict.fromkeys(account.world.market.indices, Decimal("0.6"))
    for market in ({}, {"vols": vols}):
        for pair in _pairs(_twins(account.with_market(**market))):
            assert (pair.reason == FOUND) == isinstance(pair.exact, NearestMove)


def test_most_nearest_moves_are_those_of_the_exact_engine() -> None:
    known, alike = [], []

    @seed(1)
    @settings(max_examples=200, database=None)
    @given(data=st.data())
    def look(data: st.DataObject) -> None:
        stage = data.draw(st.sampled_from([one for one in stages() if one.instruments]))
        for pair in _pairs(_twins(_with_vols(data.draw(accounts(stage, most=4)), data))):
            if isinstance(pair.exact, NearestMove):
                known.append(pair)
                least = float(pair.exact.distance_sigmas)
                alike.append(pair.reason == FOUND and pair.distance <= least * (1.0 + _ALIKE))

    look()
    assert len(known) > 100
    assert sum(alike) > 0.95 * len(alike)
