"""Debts: when there is one, and what it needs where its venue asks for something."""

from decimal import Decimal

import pytest

import ringfence
from ringfence.core.errors import BookError
from ringfence.margin.judge import Judgement


def judged(**more: object) -> Judgement:
    book = {"venue": "binance-pm", "on": "2025-09-01", "indices": {"SUI": "3", "BTC": "40000"}, **more}
    return ringfence.assess(ringfence.read(book)).accounts[0].pools[0].judged


def debts(**more: object) -> dict[str, Decimal]:
    return {n.name: n.value for n in judged(**more).maintenance.parts if n.name.startswith("debt")}


def test_a_balance_below_zero_is_a_debt() -> None:
    assert debts(collateral={"SUI": "-100", "USDT": "1000"}) == {"debt SUI": Decimal(30)}


def test_a_loan_that_the_balance_covers_is_one_too() -> None:
    assert debts(collateral={"SUI": "50"}, settings={"loans": {"SUI": "100"}}) == {"debt SUI": Decimal(30)}


def test_the_larger_of_loan_and_shortfall_counts() -> None:
    found = debts(collateral={"SUI": "-100", "USDT": "1000"}, settings={"loans": {"SUI": "90"}})
    assert found == {"debt SUI": Decimal(30)}


def test_nothing_owed_needs_nothing() -> None:
    assert debts(collateral={"SUI": "100"}) == {}


def test_the_chosen_leverage_picks_the_rate() -> None:
    assert debts(collateral={"SUI": "-100", "USDT": "1000"}, settings={"loan_leverage": "10"}) == {
        "debt SUI": Decimal(15)
    }


def test_a_leverage_that_is_not_offered_is_refused() -> None:
    with pytest.raises(BookError, match="loan_leverage: 4 is not offered"):
        judged(collateral={"SUI": "-1"}, settings={"loan_leverage": "4"})


def test_without_a_leverage_the_result_says_which_was_taken() -> None:
    book = {
        "venue": "binance-pm",
        "on": "2025-09-01",
        "collateral": {"SUI": "-1", "USDT": "9"},
        "indices": {"SUI": "3"},
    }
    (account,) = ringfence.assess(ringfence.read(book)).accounts
    assert any("taken at 3 times" in warning for warning in account.warnings)


def test_loans_and_leverage_survive_being_written() -> None:
    book = ringfence.read(
        {
            "venue": "binance-pm",
            "collateral": {"SUI": "1"},
            "settings": {"loans": {"SUI": "2"}, "loan_leverage": "5"},
        }
    )
    assert book.only().book.overrides.settings == {"loans": {"SUI": Decimal(2)}, "loan_leverage": Decimal(5)}
