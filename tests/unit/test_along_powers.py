"""A law of the price with powers that are fractions: a rate that rises with a root of the size."""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest

from ringfence.core.along import Along, Direction, Law, Ray, first_crossing
from ringfence.core.errors import InvariantError
from ringfence.core.number import EXACT
from ringfence.core.number import power as power_of_a_number

HALF = Decimal("0.5")
FOUR_FIFTHS = Decimal("0.8")


@pytest.fixture(autouse=True)
def _fifty_digits() -> Iterator[None]:
    with localcontext(EXACT):
        yield


def power(x: Decimal | Along, exponent: Decimal) -> Any:
    return power_of_a_number(x, exponent)  # type: ignore[type-var]


def crossing(law: Law, start: str, direction: Direction) -> Decimal | None:
    met = first_crossing(law, Decimal(start), direction)
    return None if met is None else met.price


def test_a_square_root_is_solved_through_the_root_of_the_price() -> None:
    met = crossing(lambda price: 6 - power(price, HALF) - price, "2", 1)
    assert met is not None
    assert abs(met - 4) < Decimal("1e-40")


def test_a_rate_that_rises_with_the_size_to_four_fifths() -> None:
    met = crossing(lambda price: 40 - price - price * power(price, FOUR_FIFTHS) / 64, "3", 1)
    assert met is not None
    assert abs(met - 32) < Decimal("1e-40")


def test_an_inverse_contract_has_a_root_of_the_inverse_price() -> None:
    met = crossing(lambda price: HALF - power(1 / price, HALF), "9", -1)
    assert met is not None
    assert abs(met - 4) < Decimal("1e-40")


def test_the_same_root_is_not_met_again_from_where_it_lies() -> None:
    start = Decimal(2)
    assert crossing(lambda price: power(price, HALF) - power(start, HALF), "2", 1) is None


def test_the_slope_of_a_root() -> None:
    root = power(Along.price(Ray(Decimal(4), 1)), HALF)
    assert root.slope() == Decimal("0.25")
    assert (1 / (root + 2)).slope() == -Decimal(1) / 64


def test_a_whole_power_is_whole_again() -> None:
    price = Along.price(Ray(Decimal(4), 1))
    squared = power(power(price, HALF), Decimal(4))
    assert squared.terms == {2: Decimal(1)}


def test_a_power_of_a_sum_has_no_closed_form() -> None:
    price = Along.price(Ray(Decimal(4), 1))
    with pytest.raises(InvariantError, match="no closed form"):
        power(price + 1, HALF)


def test_a_power_of_a_fraction_holds_twice_the_digits() -> None:
    root = power_of_a_number(Fraction(2), HALF)
    assert abs(root * root - 2) < Fraction(1, 10**95)
    assert power_of_a_number(Fraction(0), HALF) == 0
    assert power_of_a_number(Decimal(0), FOUR_FIFTHS) == 0
