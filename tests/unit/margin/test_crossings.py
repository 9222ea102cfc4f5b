"""Every price at which a pool dies or recovers: in its order, complete, and true a tick on either side."""

import json
from decimal import Decimal, localcontext
from typing import Any

import pytest
from typer.testing import CliRunner

import ringfence
from ringfence.cli.app import app
from ringfence.core.number import EXACT
from ringfence.margin.assess import AccountHealth, PoolHealth
from ringfence.margin.crossings import StateChange
from ringfence.margin.curved import walk_along
from ringfence.margin.judge import is_dead
from ringfence.margin.moved import moved
from tests.unit.books import reference

TICK = Decimal("0.1")
"""[USD] What is a tick of a Bitcoin option's underlying and of a perpetual."""


def option(strike: int, right: str, side: str, contracts: int, **changes: Any) -> dict[str, Any]:
    return {
        "symbol": f"BTC_USDC-27MAR26-{strike}-{right}", "side": side, "contracts": str(contracts),
        "entry_price": "1000", "implied_volatility": "0.55", "underlying_price": "70000", **changes,
    }  # fmt: skip


def book(*positions: dict[str, Any], cash: str, mode: str = "portfolio") -> dict[str, Any]:
    return {
        "venue": "deribit", "at": "2026-02-16T08:00:00Z", "account_mode": mode, "collateral": {"USDC": cash},
        "indices": {"BTC": "70000"}, "position": list(positions),
    }  # fmt: skip


LADDER = (
    option(75_000, "C", "short", 12), option(85_000, "C", "long", 18),
    option(130_000, "C", "short", 9, implied_volatility="0.72"), option(60_000, "P", "short", 2),
)  # fmt: skip
"""Dies between its short and its long calls, recovers above them, and dies again beyond its far short calls."""
CONDOR = (
    option(75_000, "C", "short", 4), option(90_000, "C", "long", 7),
    option(65_000, "P", "short", 4), option(50_000, "P", "long", 7),
)  # fmt: skip
"""Dies between what it sold and what it bought, and recovers beyond."""
BOOKS = {
    "a ladder of calls": (book(*LADDER, cash="46000"), "D", "DRD"),
    "a ladder of calls that recovers for less than a step": (book(*LADDER, cash="48000"), "D", "DRDRDRD"),
    "a ladder of calls that is past its trigger": (book(*LADDER, cash="40000"), "RD", "RD"),
    "a condor with more wings than body": (book(*CONDOR, cash="27000"), "DR", ""),
    "a condor that is past its trigger": (book(*CONDOR, cash="20000"), "R", "R"),
    "a short strangle": (book(*CONDOR[::2], cash="60000"), "D", "D"),
    "a short strangle whose legs each stand alone": (book(*CONDOR[::2], cash="90000", mode="standard"), "D", "D"),
    "options that are paid for": (book(*CONDOR[1::2], cash="1000"), "", ""),
}  # fmt: skip


def judged(held: dict[str, Any]) -> tuple[AccountHealth, PoolHealth]:
    account = ringfence.assess(ringfence.read(held), all_crossings=True).accounts[0]
    return account, account.pools[0]


def word(changes: tuple[StateChange, ...]) -> str:
    return "".join("D" if one.dies else "R" for one in changes)


@pytest.mark.parametrize(("held", "down", "up"), BOOKS.values(), ids=BOOKS)
def test_every_crossing_is_where_the_engine_changes_its_verdict(
    held: dict[str, Any], down: str, up: str
) -> None:
    account, health = judged(held)
    for one in health.positions:
        found = one.crossings
        assert found is not None
        base = one.prices.base or one.mark
        with localcontext(EXACT):
            for changes, side in ((found.down, -1), (found.up, 1)):
                for change in changes:
                    before, beyond = (
                        is_dead(
                            health.pool, moved(account.world, {"BTC": (change.price + side * step) / base})
                        )
                        for step in (-TICK, TICK)
                    )
                    assert (before, beyond) == (not change.dies, change.dies)
        assert (word(found.down), word(found.up)) == (down, up)


@pytest.mark.parametrize(("held", "_", "__"), BOOKS.values(), ids=BOOKS)
def test_between_two_crossings_the_verdict_stays(held: dict[str, Any], _: str, __: str) -> None:
    account, health = judged(held)
    found = health.positions[0].crossings
    assert found is not None
    base = health.positions[0].prices.base or health.positions[0].mark
    dead_today = health.status in {"liquidatable", "bankrupt"}
    turns = sorted((*found.down, *found.up), key=lambda one: one.price)
    with localcontext(EXACT):
        for step in range(4, 160, 2):
            price = base * step / 40
            if any(abs(price - one.price) <= TICK for one in turns):
                continue
            passed = sum(1 for one in turns if (one.price - base) * (one.price - price) < 0)
            assert is_dead(health.pool, moved(account.world, {"BTC": price / base})) == (
                dead_today ^ (passed % 2 == 1)
            )


@pytest.mark.parametrize(("held", "_", "__"), BOOKS.values(), ids=BOOKS)
def test_the_nearest_crossings_are_the_liquidation_prices(held: dict[str, Any], _: str, __: str) -> None:
    _account, health = judged(held)
    for one in health.positions:
        assert one.crossings is not None
        if health.status == "liquidatable":
            recoveries = [c for side in (one.crossings.down, one.crossings.up) for c in side[:1]]
            nearest = min(recoveries, key=lambda c: abs(c.move))
            assert one.prices.recovery == nearest.price
        else:
            first = [side[0].price if side else None for side in (one.crossings.down, one.crossings.up)]
            assert first == [one.prices.down, one.prices.up]


def test_a_death_narrower_than_a_step_is_found_and_is_the_liquidation_price_too() -> None:
    """The collateral is chosen so that the pool is short by a dollar where it is worth least."""
    account, health = judged(book(*LADDER, cash="48000"))
    walk = walk_along(health.pool, account.world, "BTC")
    with localcontext(EXACT):
        least = min(walk.buffer(Decimal(11000 + step) / 10000) for step in range(0, 3600, 20))
    cash = 48000 - round(least) - 1
    _, health = judged(book(*LADDER, cash=str(cash)))
    found = health.positions[0].crossings
    assert found is not None
    assert word(found.up) == "DRD"
    assert found.up[1].move - found.up[0].move < Decimal("0.005")
    assert health.positions[0].prices.up == found.up[0].price


def test_futures_have_the_crossings_of_their_law() -> None:
    health = ringfence.assess(ringfence.read(reference()), all_crossings=True)
    rows = {p.position.symbol: p for pool in health.accounts[0].pools for p in pool.positions}
    for one in rows.values():
        assert one.crossings is not None
        first = [side[0].price if side else None for side in (one.crossings.down, one.crossings.up)]
        assert first == [one.prices.down, one.prices.up]
        assert all(change.dies for side in (one.crossings.down, one.crossings.up) for change in side)


def test_they_stand_in_json_where_they_are_asked_for_and_only_there() -> None:
    snapshot = ringfence.read(BOOKS["a ladder of calls"][0])
    (pool,) = ringfence.to_dict(ringfence.assess(snapshot))["pools"]
    assert "crossings" not in pool["positions"][0]
    (pool,) = ringfence.to_dict(ringfence.assess(snapshot, all_crossings=True))["pools"]
    row = pool["positions"][0]
    assert [one["then"] for one in row["crossings"]["up"]] == ["liquidatable", "recovered", "liquidatable"]
    assert row["crossings"]["down"][0]["price"] == row["liquidation_prices"]["down"]
    assert set(row["crossings"]["up"][0]) == {"price", "distance", "crossing", "then"}


def test_a_frame_has_a_row_a_crossing() -> None:
    health = ringfence.assess(ringfence.read(BOOKS["a ladder of calls"][0]), all_crossings=True)
    frame = ringfence.frame(health, "crossings")
    assert frame.height == len(LADDER) * 4
    assert frame["then"].to_list()[:4] == ["liquidatable", "liquidatable", "recovered", "liquidatable"]
    assert frame["distance_fraction"].is_not_null().all()


def test_the_command_prints_them_as_a_table_of_their_own(tmp_path: Any) -> None:
    path = tmp_path / "book.json"
    path.write_text(json.dumps(BOOKS["a ladder of calls"][0]))
    plain = CliRunner().invoke(app, ["margin", str(path)])
    asked = CliRunner().invoke(app, ["margin", str(path), "--all-crossings"])
    assert plain.exit_code == asked.exit_code == 0
    assert "Every crossing" not in plain.stdout
    table = asked.stdout.partition("Every crossing")[2].partition("one price moves")[0]
    assert table.count("recovered") == len(LADDER)
    assert table.count("liquidatable") == 3 * len(LADDER)
