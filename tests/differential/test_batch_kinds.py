"""No kind of rule is left out: each is tried on both engines, or decides nothing that the fast one says."""

from collections.abc import Iterator
from functools import cache
from typing import Final, get_args

import pytest

from ringfence.venue import kinds
from ringfence.venue.pack import LIST_NAMES
from tests.laws.stages import Stage, stages

STAND_ALONE: Final = {"OptionRate", "SpotRate"}
"""Rules of what is paid for; tests of options try them."""
LISTS_TRIED: Final = {
    "requirement", "tiers", "fee", "closing_cost", "hedge", "rounding", "collateral", "debt", "equity", "trigger",
}  # fmt: skip
LISTS_APART: Final = {
    "mode": "cuts an account into pools, before it is columns",
    "family": "names contracts, before they are columns",
    "offset": "portfolio models: their tests stand beside those of options",
    "order_cost": "columns hold no resting orders",
    "conversion": "an alert, and no status",
    "withdrawal": "what may leave a pool is the exact engine's to say",
    "isolated": "moves collateral, judges none",
    "funding": "moves collateral, judges none",
    "display": "what a venue prints is the exact engine's to say",
    "procedure": "begins where a verdict ends",
}


def test_every_list_of_a_pack_is_tried_or_decides_nothing_here() -> None:
    assert set(LIST_NAMES) == LISTS_TRIED | set(LISTS_APART)
    assert not LISTS_TRIED & set(LISTS_APART)


def _entries(stage: Stage) -> Iterator[kinds.Entry]:
    """Yield the entries by which the twins judge accounts of a stage."""
    rules = stage.rules
    for instrument in stage.instruments:
        for facts in stage.facts(instrument):
            if rules.offset(facts) is not None:
                continue
            found = (
                rules.requirement("maintenance", facts), rules.requirement("initial", facts),
                rules.closing_cost(facts), rules.hedge(facts), rules.rounding(facts), rules.equity(facts),
                rules.trigger(facts), rules.collateral(instrument.settle), rules.debt(instrument.settle),
            )  # fmt: skip
            yield from (entry for entry in found if entry is not None)


@cache
def _tried() -> frozenset[str]:
    return frozenset(type(entry).__name__ for stage in stages() for entry in _entries(stage))


@pytest.mark.parametrize("kind", get_args(kinds.RequirementRule), ids=lambda kind: kind.__name__)
def test_every_kind_of_requirement_is_tried_on_both_engines(kind: type) -> None:
    assert kind.__name__ in _tried() | STAND_ALONE


@pytest.mark.parametrize(
    "kind", [kinds.ClosingCost, kinds.Hedge, kinds.Rounding, kinds.Equity, kinds.Trigger, kinds.Collateral, kinds.Debt]
)  # fmt: skip
def test_every_kind_that_judges_a_pool_is_tried_on_both_engines(kind: type) -> None:
    assert kind.__name__ in _tried()


@cache
def _words(kind: str, name: str) -> frozenset[object]:
    return frozenset(
        getattr(entry, name)
        for stage in stages()
        for entry in _entries(stage)
        if type(entry).__name__ == kind
    )


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("Tiered", "method", {"marginal", "whole"}),
        ("Tiered", "scope", {"leg", "symbol", "larger_leg", "net", "underlying"}),
        ("FactorOnInitial", "scope", {"leg", "net_by_expiry"}),
        ("ClosingCost", "kind", {"taker", "liquidation_fee", "taker_at_bankruptcy", "held_back"}),
        ("ClosingCost", "counted", {"trigger", "maintenance", "requirements"}),
        ("ClosingCost", "basis", {"leverage", "wallet", "pool", "stated"}),
        ("ClosingCost", "side", {"own", "dearer"}),
        ("Hedge", "kind", {"sum_legs", "larger_leg", "net", "net_locked", "larger_side"}),
        ("Equity", "unrealized", {"all", "losses", "losses_by_symbol"}),
        ("Trigger", "compare", {"at_or_below", "below"}),
        ("Collateral", "pnl", {"in_full", "with_balance"}),
        ("Collateral", "unit", {"coin", "value"}),
    ],
)
def test_every_way_a_kind_may_be_written_is_tried(kind: str, name: str, words: set[str]) -> None:
    assert _words(kind, name) >= words
