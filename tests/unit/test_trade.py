"""Orders that might be sent."""

from decimal import Decimal
from typing import Any

import pytest

import ringfence
from tests.unit.books import reference, with_position

NO_FEE = {"fee": [{"taker": "0"}]}


def after(order: str, **changes: Any) -> Any:
    return ringfence.what_if(ringfence.read(reference(**NO_FEE, **changes)), order)


def test_adding_to_a_position_averages_its_entry() -> None:
    result = after("buy 0.5 BTC/USDT:USDT @ 102000 x10")
    held = result.after.book.positions[0]
    assert (held.contracts, held.entry_price) == (Decimal(1), Decimal(101000))


def test_reducing_realises_profit_into_the_shared_wallet() -> None:
    result = after("sell 0.25 BTC/USDT:USDT @ 102000")
    assert result.after.book.positions[0].contracts == Decimal("0.25")
    assert result.after.book.collateral["USDT"] == Decimal(16500)  # 0.25 * 2,000


def test_selling_more_than_is_held_flips_the_side() -> None:
    held = after("sell 0.75 BTC/USDT:USDT @ 101000 x10").after.book.positions[-1]
    assert (held.side, held.contracts, held.entry_price) == ("short", Decimal("0.25"), Decimal(101000))


def test_reducing_an_isolated_position_releases_its_wallet_in_proportion() -> None:
    book = after("sell 50 SOL/USDT:USDT @ 196").after.book
    assert book.positions[2].collateral == Decimal(2000)
    assert book.collateral["USDT"] == Decimal(16000 + 2000 - 200)


def test_a_new_isolated_position_takes_its_initial_requirement_from_the_shared_wallet() -> None:
    result = after("buy 100 XRP/USDT:USDT @ 2 x10 isolated")
    assert result.after.book.positions[-1].collateral == Decimal(20)
    assert result.after.book.collateral["USDT"] == Decimal(15980)


def test_an_order_away_from_the_mark_sets_its_open_loss_aside() -> None:
    result = after("buy 1 BTC/USDT:USDT @ 102000 x10")
    assert sum(node.value for node in result.cost) == Decimal(10200 + 1000)


def test_a_symbol_has_one_margin_mode() -> None:
    with pytest.raises(ringfence.BookError, match="held cross"):
        after("buy 2 BTC/USDT:USDT @ 100000 x10 isolated")


def test_the_fee_is_paid_from_the_shared_wallet() -> None:
    book = reference(fee=[{"taker": "0.001"}])
    result = ringfence.what_if(ringfence.read(book), "buy 1 BTC/USDT:USDT @ 100000 x10")
    assert result.fee == Decimal(100)
    assert result.after.book.collateral["USDT"] == Decimal(15900)


@pytest.mark.parametrize(
    "text",
    ["", "buy", "hold 2 BTC/USDT:USDT", "buy -1 BTC/USDT:USDT", "buy 1 NOPE", "buy 1 BTC/USDT:USDT @ x"],
)
def test_what_is_not_an_order_is_refused(text: str) -> None:
    with pytest.raises(ringfence.InputError):
        after(text)


def test_the_largest_order_uses_up_the_free_collateral_and_one_more_does_not_fit() -> None:
    book = ringfence.read(reference(**NO_FEE))
    buy, _ = ringfence.max_size(book, "BTC/USDT:USDT")
    assert buy.allowed == pytest.approx(Decimal(7810) * 10 / 101000, rel=Decimal("1e-9"))
    more = buy.allowed * Decimal("1.000001")
    assert not ringfence.what_if(book, f"buy {more:f} BTC/USDT:USDT").allowed
    assert ringfence.what_if(book, f"buy {buy.allowed} BTC/USDT:USDT").allowed


def test_the_largest_order_that_survives_is_not_larger_than_the_largest_allowed() -> None:
    from ringfence.market import read_shock

    book = ringfence.read(reference(**NO_FEE))
    for size in ringfence.max_size(book, "BTC/USDT:USDT", read_shock("BTC=-5%,ETH=-5%")):
        assert size.survives is not None
        assert 0 < size.survives <= size.allowed


def test_the_collateral_to_survive_is_the_least_with_which_the_pool_lives() -> None:
    from ringfence.market import read_shock

    shock = read_shock("BTC=-40%")
    rows = ringfence.survive(ringfence.read(reference()), shock, [("as-held", "as-held")])
    need = next(row.must_have for _, _, row in rows if row.pool == "cross:USDT")
    for extra, lives in ((Decimal("-0.01"), False), (Decimal("0.01"), True)):
        book = ringfence.read(reference(collateral={"USDT": str(need + extra)}))
        again = ringfence.survive(book, shock, [("as-held", "as-held")])
        assert next(row.lives for _, _, row in again if row.pool == "cross:USDT") is lives


def test_an_isolated_position_without_wallet_or_leverage_cannot_be_judged() -> None:
    with pytest.raises(ringfence.BookError, match="neither a leverage nor a wallet"):
        ringfence.assess(ringfence.read(with_position(2, leverage=None, collateral=None)))


def options(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a book of OKX with one short call, of a size that its pack does not state."""
    call = {
        "symbol": "BTC-USD-260327-80000-C", "side": "short", "contracts": "200", "contract_size": "0.01",
        "entry_price": "0.02", "implied_volatility": "0.55", "underlying_price": "70400",
    }  # fmt: skip
    return {
        "venue": "okx", "at": "2026-02-16T08:00:00Z", "account_mode": "portfolio", "collateral": {"USDT": "60000"},
        "indices": {"BTC": "70000"}, "position": [call, *rows], **changes,
    }  # fmt: skip


def test_another_strike_has_the_size_and_the_underlying_of_its_family() -> None:
    result = ringfence.what_if(ringfence.read(options()), "buy 10 BTC-USD-260327-85000-C @ 0.01")
    bought = result.after.book.positions[-1]
    assert bought.contract_size == Decimal("0.01")
    assert result.after.world.market.forwards[bought.symbol] == Decimal(70400)
    assert not any("85000" in note and "index stands in" in note for note in result.after.warnings)


def test_another_expiry_has_the_size_of_its_family_and_not_the_underlying() -> None:
    result = ringfence.what_if(ringfence.read(options()), "buy 10 BTC-USD-260626-85000-C @ 0.03")
    bought = result.after.book.positions[-1]
    assert bought.contract_size == Decimal("0.01")
    assert bought.symbol not in result.after.world.market.forwards


@pytest.mark.parametrize(
    ("order", "fault"),
    [
        ("buy 10 ETH-USD-260327-3000-C @ 0.01", "contract size"),
        ("buy 10 BTC-USD-260327-85-C @ 0.01", "its strike 85 is not near"),
        ("buy 10 BTC-USD-260327-85000-C @ 900", "its price 900 is more than it can ever be worth"),
    ],
)
def test_an_order_in_an_option_in_another_unit_is_refused(order: str, fault: str) -> None:
    snapshot = ringfence.read(options(indices={"BTC": "70000", "ETH": "3000"}))
    with pytest.raises(ringfence.BookError, match=fault):
        ringfence.what_if(snapshot, order)


def test_a_price_that_is_meant_is_taken_as_it_stands() -> None:
    snapshot = ringfence.read(options(settings={"unusual_quotes": True}))
    order = "sell 1 BTC-USD-260327-85000-C @ 3"
    with pytest.raises(ringfence.InputError, match="implied_volatility"):
        ringfence.what_if(snapshot, order)
