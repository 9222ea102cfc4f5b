"""The identities of a run, on made-up books; and that a run which breaks them is found out."""

from dataclasses import replace

import pytest

from ringfence.contrast.audit import Truth, audit
from ringfence.paths.fates import Simulation
from ringfence.paths.laws import DoubleExponentialJumps, Jumps
from ringfence.paths.simulate import simulate
from tests.unit.paths.books import clock, random_snapshot, wild

JUMPS = Jumps(DoubleExponentialJumps(rate=150.0, up=0.3, mean_up=0.02, mean_down=0.03))


def run(seed: int, law: Jumps | None = None) -> Simulation:
    snapshot = random_snapshot(seed, "binance-usdm")
    return simulate(
        snapshot,
        law,
        clock=clock(snapshot),
        paths=2560,
        seed=seed,
        coins=wild(snapshot),
        cut="equal-leverage",
    )


def broken(truths: tuple[Truth, ...]) -> set[str]:
    return {one.name for one in truths if not one.holds}


@pytest.mark.parametrize("law", [None, JUMPS], ids=["gbm", "jumps"])
@pytest.mark.parametrize("seed", range(6))
def test_every_identity_holds_on_made_up_books(seed: int, law: Jumps | None) -> None:
    truths = audit(run(seed, law))
    assert broken(truths) == set()
    assert {one.name for one in truths} >= {"accounts", "conservation", "contrast identity", "rates identity"}


def test_wealth_that_comes_from_nowhere_is_found_by_accounts_and_on_average() -> None:
    simulation = run(1)
    first = simulation.modes[0]
    richer = replace(first, wealth=first.wealth + 0.2 * first.posted)
    found = broken(audit(replace(simulation, modes=(richer, *simulation.modes[1:]))))
    assert {"accounts", "conservation"} <= found


def test_bad_debt_that_nobody_bears_is_found_by_the_contrast_identity() -> None:
    simulation = run(2, JUMPS)
    modes = tuple(
        replace(mode, bad_debt=mode.bad_debt + 1.0) if mode.mode == "cross" else mode
        for mode in simulation.modes
    )
    assert "contrast identity" in broken(audit(replace(simulation, modes=modes)))


def test_a_market_that_is_not_fair_is_not_asked_for_conservation() -> None:
    assert "conservation" not in {one.name for one in audit(run(1), fair=False)}
