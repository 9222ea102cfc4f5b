"""Options and margin models of Deribit, from its own answers and from ccxt's, to a judged pool."""

import tomllib
from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.importers.write import book_text
from ringfence.margin.snapshot import Holding
from tests.importers import accounts

CALL = "BTC-25DEC26-120000-C"
OPTION = {
    "instrument_name": CALL, "kind": "option", "direction": "sell", "size": -2.0, "average_price": 0.03,
    "average_price_usd": 2700.0, "mark_price": 0.02, "index_price": 100000.0, "initial_margin": 0.24,
    "maintenance_margin": 0.19, "delta": -0.5, "gamma": 0.0, "theta": 1.0, "vega": -20.0,
    "floating_profit_loss": 0.02, "floating_profit_loss_usd": 2000.0,
}  # fmt: skip
TICKER = {
    "instrument_name": CALL, "mark_price": 0.02, "mark_iv": 55.5, "underlying_price": 101000.0, "open_interest": 12.5,
    "underlying_index": "BTC-25DEC26", "index_price": 100000.0, "greeks": {"delta": 0.2}, "stats": {},
}  # fmt: skip


def answer(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "result": list(rows), "usOut": 1795341600000546}


def held(*sources: Any) -> Holding:
    return ringfence.read(*sources).only()


def test_a_short_option_is_counted_in_coins_and_priced_in_its_coin() -> None:
    found = held(answer(OPTION), accounts.deribit_summary(options_value=-0.04, equity=0.46))
    (option,) = found.book.positions
    assert (option.symbol, option.side) == ("BTC/USD:BTC-261225-120000-C", "short")
    assert option.contracts == 2
    assert (option.entry_price, found.market.marks[option.symbol]) == (Decimal("0.03"), Decimal("0.02"))
    assert found.market.indices["BTC"] == 100000
    assert found.book.collateral == {"BTC": Decimal("0.5")}  # equity without what the options are worth


def test_its_requirement_under_standard_margin_is_the_venue_s() -> None:
    snapshot = ringfence.read(
        answer(
            OPTION,
        ),
        accounts.deribit_summary(),
        answer(TICKER),
    )
    (pool,) = ringfence.assess(snapshot).accounts[0].pools
    assert (pool.judged.initial.value, pool.judged.maintenance.value) == (  # type: ignore[union-attr]
        Decimal("0.24"), Decimal("0.19")
    )  # fmt: skip


def test_a_ticker_states_volatility_in_per_cent_and_the_price_of_the_underlying() -> None:
    found = held(answer(OPTION), accounts.deribit_summary(), answer(TICKER))
    symbol = found.book.positions[0].symbol
    assert found.market.implied_vols[symbol] == Decimal("0.555")
    assert found.market.forwards[symbol] == 101000


def test_a_book_summary_marks_an_option_that_its_position_does_not() -> None:
    unmarked = {key: value for key, value in OPTION.items() if key != "mark_price"}
    found = held(answer(unmarked), accounts.deribit_summary(), answer({**TICKER, "mark_price": 0.0}))
    (option,) = found.book.positions
    assert 0 < found.market.marks[option.symbol] < 1


@pytest.mark.parametrize(
    ("model", "mode", "pool"),
    [
        ("segregated_sm", "standard", "cross:BTC"),
        ("segregated_pm", "portfolio", "cross:BTC"),
        ("cross_sm", "cross-standard", "cross:*"),
        ("cross_pm", "cross-portfolio", "cross:*"),
    ],
)
def test_the_margin_model_is_the_account_mode(model: str, mode: str, pool: str) -> None:
    sources = (answer(OPTION), accounts.deribit_summary(margin_model=model), answer(TICKER))
    found = held(*sources)
    assert found.book.account_mode == mode
    (judged,) = ringfence.assess(ringfence.read(*sources)).accounts[0].pools
    assert judged.pool.id == pool
    assert judged.judged.maintenance.value > 0


def test_older_answers_say_it_by_two_switches() -> None:
    old = accounts.deribit_summary(
        margin_model=None, portfolio_margining_enabled=True, cross_collateral_enabled=False
    )
    assert held(answer(OPTION), old).book.account_mode == "portfolio"


def test_a_currency_beside_a_cross_account_does_not_make_it_segregated() -> None:
    btc = accounts.deribit_summary(
        margin_model="cross_pm", total_equity_usd=47500.0, total_maintenance_margin_usd=19000.0,
        total_initial_margin_usd=24000.0,
    )["result"]  # fmt: skip
    bnb = {**btc, "currency": "BNB", "equity": 0, "maintenance_margin": 0, "margin_model": "segregated_pm"}
    found = held(answer(OPTION), {"jsonrpc": "2.0", "result": {"summaries": [bnb, btc]}})
    assert found.book.account_mode == "cross-portfolio"
    assert found.reported is not None
    assert found.reported.account is not None
    assert found.reported.account.maintenance_requirement == 19000


def test_ccxts_positions_in_options_and_its_greeks() -> None:
    unified = {
        "symbol": "BTC/USD:BTC-261225-120000-C", "contracts": 2.0, "contractSize": 1.0, "side": "short",
        "entryPrice": 0.03, "markPrice": 0.02, "leverage": None, "marginMode": None, "info": OPTION,
    }  # fmt: skip
    greeks = {
        "symbol": "BTC/USD:BTC-261225-120000-C", "markImpliedVolatility": 55.5, "underlyingPrice": 101000.0,
        "markPrice": 0.02, "delta": 0.2, "info": TICKER,
    }  # fmt: skip
    found = held([unified], [greeks], accounts.deribit_summary(margin_model="segregated_pm"))
    (option,) = found.book.positions
    assert option.contracts == 2
    assert option.side == "short"
    assert found.market.implied_vols[option.symbol] == Decimal("0.555")


PERPETUAL = {
    "instrument_name": "BTC-PERPETUAL", "kind": "future", "direction": "buy", "size": 10000.0,
    "size_currency": 0.0990099, "average_price": 100000.0, "mark_price": 101000.0, "index_price": 100000.0,
    "leverage": 50, "floating_profit_loss": 0.0009901, "realized_profit_loss": 0.0, "total_profit_loss": 0.0009901,
}  # fmt: skip


def test_a_gain_without_an_end_leaves_a_wallet_of_28_digits_that_can_be_read_back() -> None:
    sources = answer(OPTION, PERPETUAL), accounts.deribit_summary(options_value=-0.04, equity=0.46)
    found = ringfence.read(*sources)
    (wallet,) = found.only().book.collateral.values()
    assert wallet == Decimal("0.4990099009900990099009900990")  # 0.5 - (1/10 - 10000/101000)
    again = ringfence.read(tomllib.loads(book_text(found, ("dump.json",)), parse_float=Decimal))
    assert again.only().book.collateral == found.only().book.collateral
    assert {p.label for p in again.only().book.positions} == {p.label for p in found.only().book.positions}


def test_options_of_which_no_file_says_when_count_from_a_day_that_is_named() -> None:
    dump = {key: value for key, value in answer(OPTION).items() if key != "usOut"}
    summary = {k: v for k, v in accounts.deribit_summary().items() if k not in {"usOut", "usIn", "usDiff"}}
    told = ringfence.read(dump, summary).warnings
    assert any("options count the time they have left" in one for one in told)
    dated = ringfence.read(answer(OPTION), accounts.deribit_summary()).warnings
    assert not any("options count" in one for one in dated)
