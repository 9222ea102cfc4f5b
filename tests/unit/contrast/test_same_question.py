"""What a contrast asks once: modes that cut alike are one answer, and legs are isolated once."""

from decimal import localcontext
from typing import Any

import ringfence
from ringfence.contrast import contagion
from ringfence.contrast.outcome import Found, Question, outcome_of
from ringfence.core.number import EXACT
from tests.unit.books import reference

OPTIONS: dict[str, Any] = {
    "venue": "deribit", "at": "2026-02-16T08:00:00Z", "account_mode": "portfolio", "collateral": {"USDC": "40000"},
    "indices": {"BTC": "70000"},
    "position": [
        {
            "symbol": f"BTC_USDC-27MAR26-{strike}-{right}", "side": side, "contracts": "1", "entry_price": "1500",
            "implied_volatility": "0.55", "underlying_price": "70400",
        }
        for strike, right, side in ((80_000, "C", "short"), (60_000, "P", "short"), (50_000, "P", "long"))
    ],
}  # fmt: skip


def test_a_mode_told_with_others_is_the_mode_told_alone() -> None:
    for book in (reference(), OPTIONS):
        snapshot = ringfence.read(book)
        together = {one.mode: one for one in ringfence.compare(snapshot).outcomes}
        for mode, told in together.items():
            (alone,) = ringfence.compare(snapshot, modes=(mode,)).outcomes
            assert told.contagion == alone.contagion
            assert (told.shocks, told.free_collateral, told.worst_loss) == (
                alone.shocks, alone.free_collateral, alone.worst_loss
            )  # fmt: skip
            assert [p.prices for one in told.health.pools for p in one.positions] == [
                p.prices for one in alone.health.pools for p in one.positions
            ]
            assert (told.mode, told.contagion.mode, told.health.partition.mode) == (mode, mode, mode)
            assert told.health.warnings == alone.health.warnings


def test_modes_that_cut_alike_share_one_answer_and_others_do_not() -> None:
    holding, found = ringfence.read(OPTIONS).only(), Found()
    with localcontext(EXACT):
        held, cross, standard = (
            outcome_of(holding, mode, Question(), found=found) for mode in ("as-held", "cross", "standard")
        )
    assert cross.health.pools is held.health.pools
    assert standard.health.pools is not held.health.pools
    assert standard.maintenance_requirement != held.maintenance_requirement


def test_the_legs_are_isolated_once_for_each_set_of_rules(monkeypatch: Any) -> None:
    asked: list[str] = []
    isolated = contagion._isolated  # noqa: SLF001 - what is counted

    def counted(*arguments: Any) -> Any:
        asked.append(arguments[1].rules.account_mode.id)
        return isolated(*arguments)

    monkeypatch.setattr(contagion, "_isolated", counted)
    ringfence.compare(ringfence.read(OPTIONS))
    assert len(asked) == len(set(asked))
