"""What befalls a book beside prices: a venue out of reach, an owner who sends more, orders that cost."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from ringfence.core.errors import BookError
from ringfence.formula.model.impact import impact_cost
from ringfence.margin.snapshot import Snapshot
from ringfence.paths.draw import prices
from ringfence.paths.fates import NEVER, Simulation
from ringfence.paths.features import Blackout, Features, Impact, looks_of, plan_of
from ringfence.paths.funding import Funding
from ringfence.paths.laws import Gbm
from ringfence.paths.shown import shown_in
from ringfence.paths.simulate import simulate
from ringfence.paths.top_up import TopUp
from tests.unit.paths.books import clock, random_snapshot, wild

HOUR = 3600.0
POLICY = TopUp(Decimal("0.5"), Decimal("0.3"), timedelta(hours=5), Decimal(20_000))
VOLUMES = {"BTC": 1e6, "ETH": 5e5, "SOL": 1e5, "XRP": 1e5}


def run(snapshot: Snapshot, paths: int = 640, **asked: object) -> Simulation:
    given = {"coins": wild(snapshot), "clock": clock(snapshot), "seed": 4, **asked}
    return simulate(snapshot, paths=paths, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(6))
def test_with_every_feature_at_once_all_adds_up_and_nothing_is_made_or_lost(seed: int) -> None:
    features = Features(
        blackouts=(Blackout(10 * HOUR, 30 * HOUR),), top_up=POLICY, impact=Impact(VOLUMES, 0.001, 0.02)
    )
    funding = Funding({"BTC": 2e-4, "ETH": -1e-4, "SOL": 5e-4})
    found = run(random_snapshot(seed), paths=12_800, features=features, funding=funding)
    for mode in found.modes:
        parts = mode.posted + mode.gain.sum(axis=1) + mode.other - mode.fees - mode.impact + mode.bad_debt
        assert np.abs(mode.wealth - parts).max() <= 1e-12 * (mode.posted + mode.notional.sum())
        paid = mode.wealth + mode.fees + mode.impact - mode.bad_debt - mode.posted
        # Funding is drawn from prices that are martingales, so on average it is what is paid at today's prices.
        assert np.isfinite(paid).all()
        assert (mode.impact >= 0).all()
        assert (mode.impact[mode.first_death == NEVER] == 0).all()


def test_a_blackout_has_no_look_and_what_happened_in_it_is_found_after_it() -> None:
    snapshot = random_snapshot(3)
    dark = Features(blackouts=(Blackout(9.0 * 2 * HOUR, 30.0 * 2 * HOUR),))
    before, after = run(snapshot), run(snapshot, features=dark)
    for seen, unseen in zip(before.modes, after.modes, strict=True):
        assert not ((unseen.died > 9) & (unseen.died < 30)).any()
        early = seen.died <= 9
        assert np.array_equal(seen.died[early], unseen.died[early])
        assert (unseen.died >= seen.died).all()
        assert (unseen.least >= seen.least).all()
    assert any("out of reach" in note for note in after.notes)


def test_stretches_break_at_blackouts_and_at_instants_of_funding() -> None:
    when = clock(random_snapshot(3), steps=10, days=10 / 24)
    looked = looks_of(when, (Blackout(2 * HOUR, 5 * HOUR),))
    assert looked.tolist() == [1, 1, 0, 0, 1, 1, 1, 1, 1, 1]
    assert plan_of(when, looked, 4, 3).tolist() == [
        [2, 1, 0], [2, 0, 1], [3, 1, 0], [1, 1, 1], [2, 1, 0],
    ]  # fmt: skip


def test_a_blackout_that_leaves_no_look_is_refused() -> None:
    when = clock(random_snapshot(3))
    with pytest.raises(BookError, match="no look is left"):
        looks_of(when, (Blackout(0.0, 1e9),))
    with pytest.raises(BookError, match="no stretch of time"):
        looks_of(when, (Blackout(2.0, 1.0),))


def test_a_top_up_is_what_a_loop_over_the_path_makes_of_it() -> None:
    snapshot = random_snapshot(5)
    coins, when = wild(snapshot), clock(snapshot)
    found = run(snapshot, paths=40, modes=["isolated"], features=Features(top_up=POLICY)).modes[0]
    drawn = prices(Gbm(), coins, when, 4, range(40))
    shown = shown_in(
        snapshot.only(),
        coins.names,
        modes=["isolated"],
        cut="at-leverage",
        venues=(),
        funding=lambda _w, _s: 0.0,
    ).shown[0]
    assert found.added is not None
    assert found.added.any()
    delay = int(np.ceil(5 * HOUR / when.step))
    for number, table in enumerate(shown.tables):
        buffers, equities = table.buffer_at(drawn), table.equity_at(drawn)
        for path in range(40):
            cash = sent = 0.0
            coming: tuple[int, float] | None = None
            died, least = NEVER, table.base
            for step in range(1, when.steps + 1):
                if coming is not None and coming[0] <= step:
                    cash, coming = cash + coming[1], None
                buffer, equity = buffers[path, step] + cash, equities[path, step] + cash
                least = min(least, buffer)
                if buffer < 0:
                    died = step
                    break
                need = equity - buffer
                lacks = min(need / 0.3 - equity, 20_000 - sent)
                if need > 0.5 * equity and lacks > 0 and coming is None:
                    sent, coming = sent + lacks, (step + delay, lacks)
            assert found.died[path, number] == died
            assert found.added[path, number] == pytest.approx(cash)
            if died == NEVER:
                assert found.least[path, number] == pytest.approx(least)


def test_what_an_owner_adds_saves_pools_and_never_kills_one() -> None:
    snapshot = random_snapshot(5)
    alone, helped = run(snapshot), run(snapshot, features=Features(top_up=POLICY))
    for one, other in zip(alone.modes, helped.modes, strict=True):
        assert (other.died >= one.died).all()
        assert one.added is None
    assert any((b.died > a.died).any() for a, b in zip(alone.modes, helped.modes, strict=True))


def test_the_impact_of_closing_is_what_the_fund_does_not_get_and_the_owner_does_not_notice() -> None:
    snapshot = random_snapshot(3)
    free = run(snapshot, modes=["isolated"]).modes[0]
    dear = run(snapshot, modes=["isolated"], features=Features(impact=Impact(VOLUMES, root=0.05))).modes[0]
    assert np.allclose(free.wealth, dear.wealth)
    assert (dear.fees <= free.fees).all()
    assert (dear.bad_debt >= free.bad_debt).all()
    assert dear.impact.sum() > 0
    assert np.allclose(free.fees - free.bad_debt, dear.fees + dear.impact - dear.bad_debt)


def test_a_coin_without_a_daily_volume_is_named() -> None:
    snapshot = random_snapshot(3)
    with pytest.raises(BookError, match="daily volume of"):
        run(snapshot, features=Features(impact=Impact({}, linear=0.1)))


def test_impact_grows_with_size_and_never_exceeds_what_is_closed() -> None:
    assert impact_cost(1e4, 1e6, 0.1, 0.0) == pytest.approx(1e4 * 0.001)
    assert impact_cost(1e4, 1e6, 0.0, 0.1) == pytest.approx(1e4 * 0.01)
    assert impact_cost(1e9, 1e6, 0.1, 0.1) == pytest.approx(1e9)
