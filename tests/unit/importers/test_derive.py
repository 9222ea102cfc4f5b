"""What Derive says of a subaccount becomes a book."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import ringfence
from ringfence.core.errors import BookError

PERPETUAL = {
    "instrument_type": "perp", "instrument_name": "ETH-PERP", "amount": "-3", "average_price": "2700",
    "mark_price": "2690", "index_price": "2688", "unrealized_pnl": "30", "net_settlements": "20",
    "pending_funding": "1",
}  # fmt: skip
OPTION = {
    "instrument_type": "option", "instrument_name": "ETH-20251226-3000-C", "amount": "5", "average_price": "150",
    "mark_price": "170", "index_price": "2688", "unrealized_pnl": "100", "net_settlements": "0", "pending_funding": "0",
}  # fmt: skip
ORDER = {
    "instrument_name": "ETH-PERP", "direction": "buy", "limit_price": "2500", "amount": "2", "filled_amount": "1",
}  # fmt: skip
TICKER = {
    "instrument_name": "ETH-20251226-3000-C", "mark_price": "170", "index_price": "2688", "timestamp": 1757000000000,
    "option_pricing": {"iv": "0.72", "forward_price": "2705"},
}  # fmt: skip


def cash(asset: str, amount: str, price: str) -> dict[str, str]:
    return {"asset_type": "erc20", "asset_name": asset, "amount": amount, "mark_price": price}


def subaccount(**more: Any) -> dict[str, Any]:
    return {
        "subaccount_id": 1, "currency": "ETH", "margin_type": "PM2", "subaccount_value": "15591",
        "open_orders": [ORDER],
        "initial_margin": "9000.845619500000083235136116854846477508544921875", "maintenance_margin": "10000",
        "positions": [PERPETUAL, OPTION], "collaterals": [cash("USDC", "15000", "1"), cash("weETH", "2", "2800")],
        **more,
    }  # fmt: skip


def read(tmp_path: Path, *answers: dict[str, Any]) -> Any:
    files = []
    for number, answer in enumerate(answers):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(json.dumps({"result": answer, "id": "1"}), encoding="utf-8")
    return ringfence.read(*files).only()


def test_a_portfolio_of_one_coin_with_its_option_chain(tmp_path: Path) -> None:
    holding = read(tmp_path, subaccount(), TICKER)
    book, market = holding.book, holding.market
    assert (book.venue, book.account_mode) == ("derive", "portfolio-eth")
    assert book.collateral == {"USDC": Decimal(15000 - 20 + 1), "WEETH": Decimal(2)}
    assert [(p.symbol, p.side, p.contracts) for p in book.positions] == [
        ("ETH/USDC:USDC", "short", 3), ("ETH/USDC:USDC-251226-3000-C", "long", 5),
    ]  # fmt: skip
    assert [(o.side, o.contracts, o.price) for o in book.orders] == [("buy", 1, 2500)]
    assert market.indices == {"ETH": 2688, "WEETH": 2800}
    assert market.implied_vols == {"ETH/USDC:USDC-251226-3000-C": Decimal("0.72")}
    assert market.forwards == {"ETH/USDC:USDC-251226-3000-C": 2705}


@pytest.mark.parametrize(
    ("manager", "currency", "mode"),
    [("SM", "all", "standard"), ("PM", "BTC", "legacy-portfolio-btc"), ("PM2", ["BTC"], "portfolio-btc")],
)
def test_a_manager_is_an_account_mode(tmp_path: Path, manager: str, currency: object, mode: str) -> None:
    plain = subaccount(margin_type=manager, currency=currency, positions=[], open_orders=[])
    assert read(tmp_path, plain).book.account_mode == mode


def test_an_unknown_manager_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="'PM3' is unknown here"):
        read(tmp_path, subaccount(margin_type="PM3"))
