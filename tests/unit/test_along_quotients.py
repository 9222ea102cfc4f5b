"""A law of the price that divides by a sum of powers: one sum over another."""

from decimal import Decimal
from typing import cast

import pytest

from ringfence.core.along import Along, Direction, Law, first_crossing
from ringfence.core.errors import InvariantError

ONE = Decimal(1)


def crossing(law: Law, start: str, direction: Direction) -> Decimal | None:
    met = first_crossing(law, Decimal(start), direction)
    return None if met is None else met.price


def test_parts_of_a_whole_add_up_to_the_whole_along_a_price() -> None:
    def left(price: Decimal | Along) -> Decimal | Along:
        whole = 2 * price + 3
        return 5 * price - 20 - (2 * price / whole + 3 / whole) * 10

    assert crossing(left, "10", -1) == 6


def test_a_quotient_is_solved_at_the_root_of_its_upper_sum() -> None:
    assert crossing(lambda price: (price * price - 9) / (price + 1), "5", -1) == 3


def test_a_quotient_of_quotients_is_one_quotient() -> None:
    def law(price: Decimal | Along) -> Decimal | Along:
        return (1 - 4 / price) / (1 + 1 / price) / ((price + 2) / (price + 3))

    assert crossing(law, "9", -1) == 4


def test_a_sign_changes_where_the_lower_sum_has_a_root() -> None:
    met = first_crossing(lambda price: ONE / (price - 2), Decimal(3), -1)
    assert met is not None
    assert met.price == 2
    assert met.kind == "jump"


def test_a_quotient_reads_the_same_as_numbers() -> None:
    seen: list[Along] = []

    def law(price: Decimal | Along) -> Decimal | Along:
        value = (3 * price + 1) / (price + 7) - 2 / (price + 1) * price
        if isinstance(value, Along):
            seen.append(value)
        return value

    first_crossing(law, Decimal(4), 1)
    for price in (Decimal(4), Decimal("5.5")):
        assert abs(seen[0].at(price) - cast("Decimal", law(price))) < Decimal("1e-25")


def test_a_division_by_zero_is_a_fault_of_the_engine() -> None:
    with pytest.raises(InvariantError, match="divides by zero"):
        first_crossing(lambda price: 1 / (price - price), Decimal(1), 1)
