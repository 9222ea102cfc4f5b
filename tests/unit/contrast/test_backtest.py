"""A margin model on the past: breaches that can be counted by hand, and histories in every form."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import ringfence
from ringfence.contrast.backtest import WARM_UP, History, backtest_model
from ringfence.core.errors import BookError
from ringfence.importers.history import read_history
from tests.unit.margin.test_netting import book, option

START = datetime(2024, 1, 1, tzinfo=UTC)
BOOK = {
    "venue": "binance-usdm",
    "on": "2024-10-24",
    "collateral": {"USDT": "10000"},
    "position": [
        {
            "symbol": "BTC/USDT:USDT", "side": "long", "contracts": "1", "entry_price": "100000",
            "mark_price": "100000", "leverage": "20", "maintenance_rate": "0.01",
        }
    ],
}  # fmt: skip


def history(moves: list[str]) -> History:
    prices = [Decimal(100)]
    for move in moves:
        prices.append(prices[-1] * (1 + Decimal(move)))
    instants = tuple(START + timedelta(days=day) for day in range(len(prices)))
    return History(("BTC",), instants, tuple((price,) for price in prices))


def test_a_day_that_costs_more_than_was_asked_for_is_a_breach() -> None:
    moves = ["0.001"] * WARM_UP + ["-0.02" if day in {10, 60} else "0.001" for day in range(99)]
    result = backtest_model(ringfence.read(BOOK), history(moves))
    assert len(result.steps) == 99
    assert [step.at for step in result.breaches] == [
        START + timedelta(days=WARM_UP + day) for day in (10, 60)
    ]
    assert {step.requirement for step in result.steps} == {Decimal(1000)}
    assert [float(step.loss) for step in result.breaches] == pytest.approx([2000.0] * 2, rel=1e-15)
    assert (result.zone, result.peak_to_trough) == ("green", 1.0)


def test_losses_within_what_was_asked_for_are_covered() -> None:
    result = backtest_model(ringfence.read(BOOK), history(["-0.0099"] * (WARM_UP + 60)))
    assert not result.breaches


def test_steps_of_several_rows_do_not_overlap() -> None:
    result = backtest_model(ringfence.read(BOOK), history(["-0.004"] * (WARM_UP + 300)), horizon=3)
    assert len(result.steps) == 100
    assert len(result.breaches) == 100
    assert result.zone == "red"


def test_the_requirement_of_options_follows_volatility() -> None:
    calm = ["0.001", "-0.001"] * 60
    wild = ["0.08", "-0.07"] * 20
    sold = ringfence.read(book(option("BTC-28JUN24-66000-C"), option("BTC-28JUN24-66000-P")))
    result = backtest_model(sold, history(calm + wild + calm))
    assert result.peak_to_trough > 1.2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"coverage": Decimal(99)}, "99 is no share"),
        ({"horizon": 0}, "0 rows are no step"),
    ],
)
def test_a_question_without_an_answer(asked: dict[str, object], said: str) -> None:
    with pytest.raises(BookError, match=said):
        backtest_model(ringfence.read(BOOK), history(["0.01"] * 100), **asked)  # type: ignore[arg-type]


def test_too_short_a_history() -> None:
    with pytest.raises(BookError, match="it holds 10 steps after 30 to warm up"):
        backtest_model(ringfence.read(BOOK), history(["0.01"] * 40))


def test_a_coin_without_prices() -> None:
    other = History(("ETH",), (START,), ((Decimal(1),),))
    with pytest.raises(BookError, match="it has no prices of BTC"):
        backtest_model(ringfence.read(BOOK), other)


LONG = "ts,symbol,open,close\n2024-01-01,BTC,1,10\n2024-01-01,ETH,1,20\n2024-01-02,BTC,1,11\n"
WIDE = "date,btc,eth\n2024-01-01,10,20\n2024-01-02,11,\n"


@pytest.mark.parametrize("text", [LONG, WIDE], ids=["a row a coin", "a column a coin"])
def test_both_forms_of_a_table(tmp_path: Path, text: str) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(text)
    assert read_history(path, {"BTC"}, {}).prices == ((Decimal(10),), (Decimal(11),))
    both = read_history(path, {"BTC", "ETH"}, {})
    assert (both.coins, both.instants, both.prices) == (
        ("BTC", "ETH"),
        (START,),
        ((Decimal(10), Decimal(20)),),
    )


def test_parquet_and_the_book_s_own_symbols(tmp_path: Path) -> None:
    path = tmp_path / "prices.parquet"
    pl.DataFrame({"ts": [START], "symbol": ["BTCUSDT"], "close": [10.5]}).write_parquet(path)
    assert read_history(path, {"BTC"}, {"BTCUSDT": "BTC"}).prices == ((Decimal("10.5"),),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("close,symbol\n1,BTC\n", "it has no column of times"),
        ("time,open\n2024-01-01,1\n", "it has no prices of BTC"),
        ("time,symbol,close\nsoon,BTC,1\n", "'soon' is no instant"),
        ("time,symbol,close\n2024-01-01,BTC,none\n", "the price 'none' of BTC is not a number above zero"),
        ("time,symbol,close\n2024-01-01,BTC,1\n2024-01-01,BTC,2\n", "BTC has two prices at one instant"),
        ("", "it cannot be read as a table"),
    ],
)
def test_a_table_that_is_none(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(text)
    with pytest.raises(BookError, match=said):
        read_history(path, {"BTC"}, {})
