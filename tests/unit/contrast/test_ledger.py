"""The contagion ledger: paths made by hand, and identities on random books."""

import numpy as np
import pytest

from ringfence.contrast.chances import mode_on_paths
from ringfence.contrast.crossings import crossings_of, curve_of
from ringfence.contrast.estimates import Sample
from ringfence.contrast.frontier import Holding, frontier_of
from ringfence.contrast.ledger import ledger_of
from ringfence.paths.fates import NEVER, ModeFates
from ringfence.paths.simulate import simulate
from tests.unit.contrast.some_paths import fates, run
from tests.unit.paths.books import clock, random_snapshot, wild

# Four paths of two positions: the account takes P0 down (1), saves P1 (2), all die (3), all live (4).
ALONE = fates(
    "isolated",
    [[NEVER, 4], [NEVER, 6], [5, 2], [NEVER, NEVER]],
    [[20.0, -50.0], [10.0, -50.0], [-50.0, -50.0], [5.0, -5.0]],
    bad_debt=[0.0, 1.0, 0.0, 0.0],
)
SHARED = fates(
    "cross",
    [[8, 8], [NEVER, NEVER], [5, 5], [NEVER, NEVER]],
    [[15.0, -110.0], [10.0, -20.0], [-50.0, -55.0], [5.0, -5.0]],
    fees=[0.0, 0.0, 2.0, 0.0],
    bad_debt=[0.0, 0.0, 7.0, 0.0],
)


def test_who_dies_by_whom_is_counted_by_hand() -> None:
    found = ledger_of(run(ALONE, SHARED), SHARED, ALONE, Sample(4))
    first, second = found.positions
    assert (first.contagion, first.rescue) == (
        Sample(4).mean(np.array([1, 0, 0, 0])),
        Sample(4).mean(np.zeros(4)),
    )
    assert first.days_lost is not None
    assert first.days_lost.value == pytest.approx((10 - 8) / 4)
    assert second.contagion is not None
    assert second.rescue is not None
    assert (second.contagion.value, second.rescue.value) == (0.0, 0.25)
    assert second.days_lost is not None
    assert second.days_lost.value == pytest.approx(((4 - 8) + (6 - 10) + (2 - 5)) / 4)
    assert found.index is not None
    assert found.rescue_index is not None
    assert found.index.value == pytest.approx(1 / 4)
    assert found.rescue_index.value == pytest.approx(1 / 4)


def test_who_was_in_profit_and_whose_loss_it_was_is_counted_by_hand() -> None:
    first, second = ledger_of(run(ALONE, SHARED), SHARED, ALONE, Sample(4)).positions
    assert first.bystander is not None
    assert second.bystander is not None
    assert (first.bystander.value, second.bystander.value) == (0.5, 0.0)
    assert first.loss_share is not None
    assert second.loss_share is not None
    assert first.loss_share.value == pytest.approx((-15 + 50) / (-15 + 110 + 50 + 55))
    assert first.loss_share.value + second.loss_share.value == pytest.approx(1.0)


def test_the_identity_is_counted_by_hand() -> None:
    found = ledger_of(run(ALONE, SHARED), SHARED, ALONE, Sample(4)).identity
    assert found.contagion.value == pytest.approx(5 / 4)
    assert found.rescue.value == pytest.approx((-60 + 30 - 5) / 4)
    assert found.fees.value == pytest.approx(2 / 4)
    assert found.bad_debt.value == pytest.approx((7 - 1) / 4)
    assert found.residual <= 1e-15
    assert found.rates == 0.0


def test_an_identity_that_does_not_hold_shows_its_residual() -> None:
    wrong = fates("cross", [[8, 8]], [[1.0, 1.0]])
    wrong.wealth[0] += 3.0
    alone = fates("isolated", [[NEVER, NEVER]], [[1.0, 1.0]])
    assert ledger_of(run(alone, wrong), wrong, alone, Sample(1)).identity.residual == pytest.approx(0.03)


def test_the_venue_loses_by_isolation_what_the_owner_gains_but_for_costs() -> None:
    found = ledger_of(run(ALONE, SHARED), SHARED, ALONE, Sample(4)).who_pays
    assert found.bad_debt.value == pytest.approx((1 - 7) / 4)
    assert found.costs.value == pytest.approx(-2 / 4)
    assert found.owner.value == pytest.approx(float((ALONE.wealth - SHARED.wealth).mean()))


def test_a_position_that_is_not_open_alone_is_not_compared_and_the_identity_still_holds() -> None:
    alone = fates("isolated", [[NEVER, NEVER], [3, NEVER]], [[1.0, 0.0], [-2.0, 0.0]], pool_of=[0, -1])
    shared = fates("cross", [[NEVER, NEVER], [4, 4]], [[1.0, 4.0], [-3.0, 5.0]])
    found = ledger_of(run(alone, shared), shared, alone, Sample(2))
    assert found.positions[1].contagion is None
    assert found.notes == ("P1: not compared: it is not open in both",)
    assert found.identity.unopened.value == pytest.approx(4.5)
    assert found.identity.residual <= 1e-15


def test_a_mode_says_when_its_first_liquidation_comes() -> None:
    found = mode_on_paths(run(ALONE), ALONE, Sample(4))
    assert found.liquidation.value == 0.75
    assert found.mean_days is not None
    assert found.median_days is not None
    assert found.mean_days.value == pytest.approx((4 + 6 + 2) / 3)
    assert found.median_days.value == 4.0
    assert [one.chance.value for one in found.positions if one.chance] == [0.25, 0.75]
    assert found.worst_seen == 100.0


def test_weights_count_in_every_figure_of_a_ledger() -> None:
    rows = [0, 0, 1, 2, 3, 3, 3, 2]
    many = [_rows(one, rows) for one in (ALONE, SHARED)]
    weight = np.array([2.0, 1.0, 2.0, 3.0]) * 4 / 8
    plain = ledger_of(run(*many), many[1], many[0], Sample(8))
    weighted = ledger_of(run(ALONE, SHARED), SHARED, ALONE, Sample(4, weight))
    for one, other in zip(plain.positions, weighted.positions, strict=True):
        for name in ("contagion", "rescue", "days_lost", "bystander", "loss_share"):
            assert getattr(one, name).value == pytest.approx(getattr(other, name).value), name
    assert plain.identity.wealth.value == pytest.approx(weighted.identity.wealth.value)


def _rows(one: ModeFates, rows: list[int]) -> ModeFates:
    by_path = {
        n: getattr(one, n)[rows]
        for n in ("died", "left", "gain", "other", "wealth", "fees", "impact", "least")
    }
    fixed = {
        n: getattr(one, n)
        for n in ("mode", "cut", "venue", "pools", "positions", "pool_of", "posted", "notional")
    }
    return ModeFates(**fixed, **by_path, bad_debt=one.bad_debt[rows])


@pytest.mark.parametrize("seed", range(8))
def test_the_identities_hold_on_every_path_of_a_random_book(seed: int) -> None:
    snapshot = random_snapshot(seed)
    found = simulate(snapshot, coins=wild(snapshot), clock=clock(snapshot), seed=seed, paths=640)
    sample, alone = Sample(640), found.modes[0]
    assert alone.mode == "isolated"
    for mode in found.modes[1:]:
        ledger = ledger_of(found, mode, alone, sample)
        size = 1.0 + (alone.notional.sum() + mode.notional.sum()) / abs(alone.posted)
        assert ledger.identity.residual <= 1e-12 * size, mode.mode
        assert ledger.identity.rates <= 1e-15
        chances = mode_on_paths(found, mode, sample)
        assert chances.conservation.error is not None
        assert abs(chances.conservation.value) <= 4.5 * chances.conservation.error + 1e-9 * mode.posted


def test_curves_of_a_wide_loss_and_of_one_that_is_capped_cross_where_the_cap_is() -> None:
    drawn = np.random.default_rng(5).standard_normal(20_000)
    open_ended = fates("cross", [[NEVER]] * 20_000, (-10.0 * drawn)[:, None].tolist())
    capped = -np.minimum(12.0 * drawn, 15.0)
    alone = fates("isolated", [[NEVER]] * 20_000, capped[:, None].tolist())
    crossings = crossings_of(open_ended, alone, Sample(20_000))
    last = crossings[-1]
    assert last.better == "isolated"
    assert last.low <= last.tail <= last.high
    assert last.tail == pytest.approx(0.0668, abs=0.006)
    assert last.loss == pytest.approx(15.0, abs=0.4)


def test_curves_that_are_the_same_do_not_cross() -> None:
    drawn = np.random.default_rng(6).standard_normal((5000, 1))
    one, other = (fates(mode, [[NEVER]] * 5000, drawn.tolist()) for mode in ("isolated", "cross"))
    assert crossings_of(other, one, Sample(5000)) == ()


def test_a_curve_falls_in_chance_as_it_rises_in_loss() -> None:
    drawn = np.random.default_rng(7).standard_normal((5000, 1))
    curve = curve_of(fates("cross", [[NEVER]] * 5000, drawn.tolist()), Sample(5000))
    assert (np.diff(curve.tail) < 0.0).all()
    assert (np.diff(curve.loss) >= 0.0).all()
    assert curve.tail[-1] == pytest.approx(10 / 5000)


def test_with_the_capital_of_the_frontier_as_many_paths_die_as_it_says() -> None:
    rng = np.random.default_rng(8)
    least = rng.standard_normal((10_000, 3)) * [10.0, 30.0, 5.0] - 20.0
    mode = fates("isolated", [[3] * 3] * 10_000, np.zeros((10_000, 3)).tolist(), least=least.tolist())
    pools = {pool: Holding(20.0, 15.0) for pool in mode.pools}
    found = frontier_of(mode, Sample(10_000), pools)
    assert found.today == 60.0
    chances = [one.chance for one in found.points]
    assert chances[0] == 0.5
    assert chances[-1] == 0.001
    capitals = [one.capital.value for one in found.points]
    assert capitals == sorted(capitals)
    alike = np.linspace(0.0, 0.3, 3001)
    levels = np.quantile(-least, 1.0 - alike, axis=0)
    deaths = np.array([(least + level < 0.0).any(axis=1).mean() for level in levels])
    for point in found.points[1:]:
        by_hand = 60.0 + np.interp(point.chance, deaths, levels.sum(axis=1))
        assert point.capital.error is not None
        assert point.capital.value == pytest.approx(by_hand, abs=point.capital.error + 0.2)
        assert point.shortfall is not None


def test_one_pool_needs_what_the_quantile_of_its_least_buffer_lacks() -> None:
    least = np.random.default_rng(9).standard_normal((5000, 1)) * 10.0
    mode = fates("cross", [[3]] * 5000, np.zeros((5000, 1)).tolist(), least=least.tolist())
    for point in frontier_of(mode, Sample(5000)).points:
        more = point.capital.value - 100.0
        assert (least[:, 0] + more < 0.0).mean() == pytest.approx(point.chance, abs=1e-3)
        assert point.shortfall is None
