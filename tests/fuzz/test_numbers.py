"""Numbers of any size that a book may hold are judged, shocked and liquidated without a crash."""

from copy import deepcopy
from decimal import Decimal, localcontext
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence
from ringfence.core.number import EXACT
from ringfence.ledger import Event
from ringfence.liquidation.stage import moved
from ringfence.market import read_shock
from tests.fuzz.books import valid_books
from tests.fuzz.mutations import Path, at, places, put
from tests.fuzz.outcomes import complaint

BOOKS = tuple(book for book in valid_books() if "account" not in book and "positions" not in book)
SIZES = ("0", "1", "-1", "1e-40", "1e40", "-1e40", "1e-20", "0.99", "3." + "3" * 39, "9" * 40, "125", "1e12")
SHOCKS = ("all=-99.9%", "all=-20%", "all=900%", "all=1e-30", "all=1e40")


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return False
    try:
        Decimal(value)
    except ArithmeticError:
        return False
    return True


@st.composite
def resized(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a book in which up to three numbers have another size."""
    book: dict[str, Any] = deepcopy(draw(st.sampled_from(BOOKS)))
    numbers: list[Path] = [place for place in places(book) if _is_number(at(book, place))]
    for place in draw(st.lists(st.sampled_from(numbers), max_size=3)):
        put(book, place, draw(st.sampled_from(SIZES)))
    return book


@settings(max_examples=max(40, settings().max_examples))
@given(resized(), st.sampled_from(SHOCKS))
def test_a_book_of_any_numbers_is_contrasted_or_refused(book: dict[str, Any], shock: str) -> None:
    complaint(lambda: ringfence.to_dict(ringfence.compare(ringfence.read(book), shocks=[read_shock(shock)])))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=40, min_value=-(10**30), max_value=10**30))
def test_what_leaves_one_account_arrives_on_the_other_to_the_last_digit(amount: Decimal) -> None:
    with localcontext(EXACT):  # fewer digits than a wallet may have after a few fills
        Event("transfer", "pool", moved(amount, "USDT", "one", "other"))
