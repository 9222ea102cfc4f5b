"""Portfolio margin of stock options, risk arrays, sensitivities and histories: what vectors do not say."""

from decimal import Decimal

import numpy as np
import pytest

import ringfence
from ringfence.core.errors import BookError, MarketError, RulePackError
from ringfence.formula.model.history import ewma, rescaled, tail_count
from ringfence.margin.node import Missing, Node
from ringfence.venue import load, resolve_instrument


def initial(book: dict[str, object]) -> Node:
    found = ringfence.assess(ringfence.read(book)).accounts[0].pools[0].judged.initial
    assert not isinstance(found, Missing)
    return found


def held(symbol: str, number: int, price: str = "1", **more: object) -> dict[str, object]:
    return {
        "symbol": symbol, "side": "long" if number > 0 else "short", "contracts": str(abs(number)),
        "entry_price": price, "mark_price": price, **more,
    }  # fmt: skip


def us(*positions: dict[str, object], **more: object) -> dict[str, object]:
    return {
        "venue": "us-options", "account_mode": "portfolio", "at": "2026-05-15T20:00:00Z",
        "collateral": {"USD": "100000"}, "position": list(positions), **more,
    }  # fmt: skip


def plain(venue: str, *positions: dict[str, object], **more: object) -> dict[str, object]:
    return {
        "venue": venue, "at": "2024-09-01T20:00:00Z", "collateral": {"USD": "100000"},
        "position": list(positions), **more,
    }  # fmt: skip


# --- portfolio margin of stock options ------------------------------------------------------------


def test_different_stocks_never_offset_each_other() -> None:
    pair = initial(us(held("AAPL", 100, "200"), held("MSFT", -50, "400")))
    assert pair.value == 2 * Decimal("0.15") * 20_000


def test_an_index_and_the_fund_on_it_are_one_class() -> None:
    option = held("SPX/USD:USD-260619-5000-C", -1, "100")
    fund = held("SPY", 1000, "500")
    market = {"indices": {"SPX": "5000", "SPY": "500"}}
    both, alone = initial(us(option, fund, **market)), initial(us(option, **market))
    assert [part.name for part in both.parts] == ["SPX"]
    assert both.value < alone.value + Decimal("0.08") * 500_000


def test_a_stock_option_is_never_worth_less_than_exercising_it_pays() -> None:
    put = held("XYZ/USD:USD-270115-100-P", -1, "1.5")
    rates = {"interest_rate": {"USD": "0.08"}}
    need = initial(us(put, indices={"XYZ": "100"}, feeds=rates))
    assert float(need.value) == pytest.approx((15 - 1.5) * 100)
    european = initial(us(put, indices={"XYZ": "100"}, feeds=rates, rules=[_european()]))
    assert european.value < need.value


def _european() -> dict[str, object]:
    return {"kind": "scenarios", "sets": [{"name": "class", "moves": ["-0.15", "0.15"]}]}


def test_an_interest_rate_carries_the_index_and_discounts_the_premium() -> None:
    call, put = held("XYZ/USD:USD-270515-100-C", 1, "12"), held("XYZ/USD:USD-270515-100-P", 1, "7.12294")
    book = us(call, put, indices={"XYZ": "100"}, feeds={"interest_rate": {"USD": "0.05"}})
    notes = " ".join(ringfence.assess(ringfence.read(book)).accounts[0].warnings)
    vols = [part.split(" follows")[0] for part in notes.split("is not given: ")[1:]]
    assert vols[0] == vols[1]


def test_the_clearing_corporation_s_symbol_has_its_strike_in_thousandths() -> None:
    found = resolve_instrument("IBM   070616C00102500", load("us-options"), "here")
    assert (found.symbol, found.strike, found.right) == (
        "IBM/USD:USD-070616-102.5-C",
        Decimal("102.5"),
        "call",
    )


# --- risk arrays ------------------------------------------------------------------------------------


def test_a_contract_without_array_and_range_is_asked_for_one() -> None:
    with pytest.raises(MarketError, match="no risk array"):
        initial(plain("cme-span", held("ABC/USD:USD-241217", 1, "400", contract_size="500")))


def test_an_array_of_another_length_is_refused() -> None:
    rules = [{"kind": "arrays", "arrays": {"ABC/USD:USD-241217": ["1", "2"]}}]
    book = plain("cme-span", held("ABC/USD:USD-241217", 1, "400", contract_size="500"), rules=rules)
    with pytest.raises(RulePackError, match="2 scenarios; the model has 16"):
        initial(book)


def test_an_option_has_an_array_from_the_ranges_of_its_coin() -> None:
    rules = [{"kind": "arrays", "scan": {"ABC": "20"}, "vol_scan": {"ABC": "0.05"}}]
    option = held("ABC/USD:USD-241217-410-C", -1, "10", contract_size="500", underlying_price="400")
    found = initial(plain("cme-span", option, rules=rules, indices={"ABC": "400"})).parts[0]
    (scan,) = (part for part in found.parts if part.name == "scan risk")
    losses = [part.value for part in scan.parts]
    assert scan.inputs["scenario"] == "11: +1.00 range, vol up"
    assert losses[0] > 0 > losses[1]  # a sold option loses as volatility rises
    assert all(losses[n] > losses[n + 1] for n in range(0, 14, 2))


# --- sensitivities ----------------------------------------------------------------------------------


def test_a_share_says_in_which_bucket_it_stands() -> None:
    with pytest.raises(BookError, match="does not say in which bucket ACME stands"):
        initial(plain("isda-simm", held("ACME", 100)))
    with pytest.raises(BookError, match="no bucket"):
        initial(plain("isda-simm", held("ACME", 100, tags=["equity/15"])))


def test_a_correlation_that_the_pack_lacks_is_asked_for() -> None:
    rows = [held("ACME", 100, tags=["equity/1"]), held("BETA", 100, tags=["equity/2"])]
    with pytest.raises(RulePackError, match="no correlation of 1 and 2"):
        initial(plain("isda-simm", *rows))


def test_the_residual_offsets_nothing() -> None:
    one, other = held("ACME", 100, tags=["equity/residual"]), held("BETA", -100, tags=["equity/5"])
    apart = initial(plain("isda-simm", one)).value + initial(plain("isda-simm", other)).value
    assert initial(plain("isda-simm", one, other)).value == apart


# --- histories --------------------------------------------------------------------------------------


def test_a_coin_without_returns_is_asked_for_them() -> None:
    with pytest.raises(MarketError, match="its returns are not known"):
        initial(plain("historical", held("ACME", 100)))


def test_histories_of_different_length_are_refused() -> None:
    rules = [{"kind": "history", "returns": {"ACME": ["0.1", "-0.1"], "BETA": ["0.1"]}}]
    with pytest.raises(RulePackError, match="it has 1 and 2 returns"):
        initial(plain("historical", held("ACME", 100), held("BETA", 100), rules=rules))


def test_an_option_is_revalued_at_every_return() -> None:
    rules = [{
        "kind": "history", "returns": {"ACME": ["-0.2", "0.2"]}, "scaled": False, "tail": "1", "days": "1",
    }]  # fmt: skip
    option = held("ACME/USD:USD-241220-100-C", -1, "8")
    found = initial(plain("historical", option, rules=rules, indices={"ACME": "100"}))
    assert 12 < found.value < 20  # no more than the move, no less than what it pays beyond its premium


def test_volatility_before_each_return_and_after_the_last() -> None:
    found = ewma(np.array([0.01, -0.02]), 0.5)
    assert found**2 == pytest.approx([0.00025, 0.000175, 0.0002875])


def test_a_return_at_no_volatility_stays_as_it_is() -> None:
    found = rescaled(np.array([0.01, 0.02]), np.array([0.0, 0.01]), 0.02)
    assert found == pytest.approx([0.01, 0.04])


@pytest.mark.parametrize(
    ("number", "stated", "level", "tail"),
    [(500, None, 0.99, 5), (250, None, 0.99, 3), (10, None, 0.999, 1), (10, 2, 0.5, 2), (3, 9, 0.5, 3)],
)
def test_the_tail_of_a_history(number: int, stated: int | None, level: float, tail: int) -> None:
    assert tail_count(number, stated, level) == tail
