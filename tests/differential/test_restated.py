"""The decimal engine and the same rules said a second time agree to 40 digits, and every kind of rule is said twice."""

from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.margin.judge import Judgement, judge
from ringfence.margin.node import Missing
from ringfence.margin.transfers import withdrawable
from ringfence.venue import kinds, offsets
from tests.differential.restated import means, needs, nets, tiers
from tests.differential.restated.held import NEEDS, VALUES, Held
from tests.laws.books import Account, accounts, decimals
from tests.laws.figures import size
from tests.laws.option_books import option_accounts, spread
from tests.laws.option_stages import on_option_stages
from tests.laws.stages import Stage, on_stages, tries

HAIR = Fraction(1, 10**40)
FLOAT = Fraction(1, 10**11)


@st.composite
def fed(draw: st.DrawFn, stage: Stage) -> Account:
    """Return an account in a market that also knows open interest and the coming funding."""
    account = draw(accounts(stage))
    symbols = list(account.book.instruments)
    return account.with_market(
        feeds={
            "funding_rate": {symbol: draw(decimals("-0.001", "0.001", 5)) for symbol in symbols},
            "open_interest": {symbol: draw(decimals("0", "9000000")) for symbol in symbols},
        }
    )


def agree(engine: Decimal, again: Fraction, judged: Judgement) -> bool:
    return abs(Fraction(engine) - again) <= HAIR * max(Fraction(size(judged)), abs(again))


@on_stages()
@tries(8)
@given(data=st.data())
def test_what_is_said_twice_is_the_same(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(fed(stage))
    for held in (Held(pool, account.world) for pool in account.pools):
        if not is_said(held):
            continue
        judged = judge(held.pool, account.world)
        assert not isinstance(judged.initial, Missing)
        assert agree(judged.equity.value, means.equity(held), judged)
        assert agree(judged.initial.value, needs.needed(held, "initial"), judged)
        assert agree(judged.maintenance.value, needs.needed(held, "maintenance"), judged)
        assert agree(judged.closing_cost.value, needs.closing_cost(held), judged)
        leaves, again = withdrawable(judged, account.world), means.withdrawable(held)
        assert (leaves is None) == (again is None)
        assert leaves is None or again is None or agree(leaves, again, judged)


@on_option_stages()
@tries(8)
@given(data=st.data())
def test_what_nets_is_said_twice_and_is_the_same(stage: Stage, data: st.DataObject) -> None:
    """With options, whose worth is a model's, sums of float64 may differ in their last digits."""
    account = data.draw(option_accounts(stage))
    for held in (Held(pool, account.world) for pool in account.pools):
        if not is_said(held):
            continue
        judged = judge(held.pool, account.world)
        hair = FLOAT * Fraction(spread(judged)) if has_options(held) else HAIR * Fraction(size(judged))
        assert abs(Fraction(judged.equity.value) - means.equity(held)) <= hair
        assert abs(Fraction(judged.maintenance.value) - needs.needed(held, "maintenance")) <= hair
        assert abs(Fraction(judged.closing_cost.value) - needs.closing_cost(held)) <= hair
        if not isinstance(judged.initial, Missing):
            assert abs(Fraction(judged.initial.value) - needs.needed(held, "initial")) <= hair


def has_options(held: Held) -> bool:
    return any(held.world.instruments[p.symbol].is_option for p in held.pool.positions)


def is_said(held: Held) -> bool:
    """Return whether every model of a pool is said twice."""
    return {type(held.rules.offset(held.facts(p))) for p in held.pool.positions} <= {*nets.NETS, type(None)}


ROWS: dict[str, tuple[Any, Any, str]] = {
    "closing cost": (needs.CLOSING, kinds.ClosingCost, "kind"),
    "where a closing cost counts": (needs.COUNTED, kinds.ClosingCost, "counted"),
    "hedge": (needs.HEDGES, kinds.Hedge, "kind"),
    "equity": (means.EARNINGS, kinds.Equity, "unrealized"),
    "collateral": (means.COLLATERALS, kinds.Collateral, "unit"),
    "withdrawal": (means.WITHDRAWALS, kinds.Withdrawal, "kind"),
    "removal": (means.REMOVALS, kinds.Isolated, "remove"),
    "rounding of values": (VALUES, kinds.Rounding, "value"),
    "rounding of requirements": (NEEDS, kinds.Rounding, "requirement"),
    "scope of tiers": (tiers.SCOPES, kinds.Tiered, "scope"),
    "method of tiers": (tiers.METHODS, kinds.Tiered, "method"),
    "unit of tiers": (tiers.UNITS, kinds.TierTable, "unit"),
}


@pytest.mark.parametrize(("rows", "kind", "field"), ROWS.values(), ids=ROWS)
def test_every_choice_that_a_pack_can_make_has_a_row(rows: Any, kind: Any, field: str) -> None:
    assert set(rows) == set(get_args(get_type_hints(kind)[field]))


def test_every_kind_of_requirement_has_a_row() -> None:
    assert set(needs.REQUIREMENTS) == set(get_args(kinds.RequirementRule))


def test_every_model_of_netting_has_a_row_or_a_reason() -> None:
    assert set(nets.NETS).isdisjoint(nets.GIVEN)
    assert {*nets.NETS, *nets.GIVEN} == set(get_args(offsets.OffsetRule))


def test_every_charge_has_a_row_or_a_reason() -> None:
    assert set(nets.CHARGES).isdisjoint(nets.GIVEN_CHARGES)
    assert {*nets.CHARGES, *nets.GIVEN_CHARGES} == set(get_args(offsets.ChargeRule))
