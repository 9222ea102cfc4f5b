"""What may leave a pool, move into an isolated position, or out of it; and the levels below the trigger."""

from decimal import Decimal
from typing import Any

import ringfence
from tests.unit.books import reference, with_position


def pools(book: dict[str, Any]) -> dict[str, dict[str, Any]]:
    data = ringfence.to_dict(ringfence.assess(ringfence.read(book)))
    return {pool["pool"]: pool for pool in data["pools"]}


def test_what_the_cross_pool_has_free_may_be_added() -> None:
    # min(16,000 - 331.6, 16,100 - 8,290): the free collateral is the smaller.
    assert pools(reference())["isolated:SOL/USDT:USDT"]["addable"] == "7810"


def test_not_more_than_the_cross_wallet_above_its_maintenance_may_be_added() -> None:
    # A profit of 4,500 on BTC lifts the free collateral to min(...) = 4,000 - 333.6 of wallet.
    book = reference(collateral={"USDT": "4000"})
    book["position"][0] |= {"entry_price": "80000", "mark_price": "102000", "leverage": "50"}
    book["position"][1] |= {"leverage": "50"}
    pool = pools(book)
    assert pool["isolated:SOL/USDT:USDT"]["addable"] == str(4000 - 204 - Decimal("129.6"))


def test_what_an_isolated_wallet_holds_above_the_initial_requirement_may_be_removed() -> None:
    # wallet 5,000 - 400 of loss - 3,920 initial at mark
    assert pools(with_position(2, collateral="5000"))["isolated:SOL/USDT:USDT"]["removable"] == "680"


def test_a_wallet_is_not_removed_below_its_maintenance() -> None:
    # A profit of 30,000 may not be removed with the wallet: 4,000 - 245 of maintenance.
    assert (
        pools(with_position(2, mark_price="490", leverage="20"))["isolated:SOL/USDT:USDT"]["removable"]
        == "3755"
    )


def test_unrealised_profit_does_not_leave_the_cross_wallet() -> None:
    book = with_position(0, entry_price="80000", leverage="50")
    # min(16,000 - 331.6, 16,000 + 10,500 - 400 - 1,010 - 3,240) = the wallet above maintenance
    assert pools(book)["cross:USDT"]["withdrawable"] == "15668.4"


def test_a_pool_says_which_levels_below_the_trigger_it_has_passed() -> None:
    okx = {
        "venue": "okx", "on": "2024-06-01", "collateral": {"USDT": "120"},
        "position": [{"symbol": "BTC-USDT-SWAP", "side": "long", "contracts": "10", "entry_price": "100000",
                      "mark_price": "100000", "leverage": "100", "maintenance_rate": "0.004"}],
    }  # fmt: skip
    # 10,000 of value needs 40 and a fee of 5: a ratio of 267 %, below the alert at 300 %.
    assert pools(okx)["cross:USDT"]["alerts"] == ["alert"]
    assert pools({**okx, "collateral": {"USDT": "140"}})["cross:USDT"]["alerts"] == []


def test_automatic_top_up_is_named_where_it_would_change_the_answer() -> None:
    book = reference(settings={"auto_top_up": True})
    data = ringfence.to_dict(ringfence.assess(ringfence.read(book)))
    assert any("auto_top_up is on" in warning for warning in data["warnings"])
