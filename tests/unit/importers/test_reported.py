"""The rows of a book that say what the venue says: kept for comparison, and never part of a figure or a digest."""

from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.book import Figures
from ringfence.core.errors import BookError
from tests.unit.books import reference

ROWS: list[Any] = [
    {"source": ["binance.account"], "equity": "19700"},
    {"symbol": "BTCUSDT", "side": "long", "liquidation_price": "69336.55"},
    {"asset": "USDT", "maintenance_requirement": "429.6"},
]


def test_rows_speak_of_a_position_of_an_asset_or_of_the_account() -> None:
    found = ringfence.read(reference(reported=ROWS)).only().reported
    assert found is not None
    assert found.source == ("binance.account",)
    assert found.positions == {"BTC/USDT:USDT:long": Figures(liquidation_price=Decimal("69336.55"))}
    assert found.assets == {"USDT": Figures(maintenance_requirement=Decimal("429.6"))}
    assert found.account == Figures(equity=Decimal(19700))


def test_what_the_venue_says_changes_neither_the_account_nor_its_digest() -> None:
    bare, told = (ringfence.assess(ringfence.read(book)) for book in (reference(), reference(reported=ROWS)))
    assert bare.digests == told.digests
    assert ringfence.read(reference()).only().reported is None


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([*ROWS, ROWS[1]], "reported 4: BTC/USDT:USDT:long stands twice"),
        ([{"symbol": "BTCUSDT"}], "side is missing"),
        ([{"liquidation": "1"}], "reported 1, liquidation: unknown key. Did you mean 'liquidation_price'"),
        ([{"symbol": "NOPE", "side": "long"}], "has no contract 'NOPE'"),
    ],
)
def test_a_wrong_row_is_refused_in_words(rows: list[Any], message: str) -> None:
    with pytest.raises(BookError) as refused:
        ringfence.read(reference(reported=rows))
    assert message in str(refused.value)


def test_figures_are_filled_from_others_where_they_say_nothing() -> None:
    one = Figures(equity=Decimal(1), notional=Decimal(2)).filled(
        Figures(equity=Decimal(3), available=Decimal(4))
    )
    assert one.stated() == {"notional": Decimal(2), "equity": Decimal(1), "available": Decimal(4)}
