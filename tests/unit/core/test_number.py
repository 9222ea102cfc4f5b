"""The primitives on each carrier, and how a number leaves."""

from decimal import Decimal, Inexact, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from ringfence.core.number import (
    EXACT,
    LEDGER,
    is_array,
    larger,
    magnitude,
    positive_part,
    shown,
    smaller,
    step,
    total,
)

CARRIERS: dict[str, Any] = {"Decimal": Decimal, "Fraction": Fraction, "array": lambda x: np.array([float(x)])}

PRIMITIVES: dict[str, tuple[Any, tuple[int, ...], int]] = {
    "the positive part of a gain is the gain": (positive_part, (3,), 3),
    "the positive part of a loss is zero": (positive_part, (-3,), 0),
    "the positive part of zero is zero": (positive_part, (0,), 0),
    "a step above zero is taken": (step, (2,), 1),
    "a step at zero is not yet taken": (step, (0,), 0),
    "a step below zero is not taken": (step, (-2,), 0),
    "the larger of two": (larger, (2, 5), 5),
    "the larger of two, the other way round": (larger, (5, 2), 5),
    "the larger of equals": (larger, (4, 4), 4),
    "the larger of two losses is the smaller loss": (larger, (-2, -5), -2),
    "the smaller of two": (smaller, (2, 5), 2),
    "the smaller of two losses is the larger loss": (smaller, (-2, -5), -5),
    "the magnitude of a debt": (magnitude, (-7,), 7),
    "the magnitude of zero": (magnitude, (0,), 0),
}


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize(("primitive", "given", "expected"), PRIMITIVES.values(), ids=PRIMITIVES)
def test_a_primitive_reads_the_same_on_every_carrier(
    primitive: Any, given: tuple[int, ...], expected: int, carrier: Any
) -> None:
    found = primitive(*map(carrier, given))
    assert type(found) is type(carrier(0))
    assert found == carrier(expected)


def test_a_primitive_looks_at_each_element_of_an_array_alone() -> None:
    column = np.array([-1.0, 0.0, 2.5])
    assert positive_part(column).tolist() == [0.0, 0.0, 2.5]
    assert step(column).tolist() == [0.0, 0.0, 1.0]
    assert larger(column, np.array([0.0, 0.0, 4.0])).tolist() == [0.0, 0.0, 4.0]


def test_only_arrays_are_arrays() -> None:
    assert is_array(np.array([1.0]))
    assert not is_array(Decimal(1))
    assert not is_array(Fraction(1))


def test_the_larger_of_two_is_one_of_them_to_the_last_digit() -> None:
    long = Decimal("1.2345678901234567890123456789012345678901234567891")
    with localcontext(EXACT):
        assert larger(long, Decimal(1)) is long
        assert str(smaller(long, Decimal(2))) == str(long)


def test_a_total_of_nothing_is_the_zero_it_starts_from() -> None:
    assert total([], Fraction(0)) == 0
    assert total([Decimal("0.1"), Decimal("0.2")], Decimal(0)) == Decimal("0.3")


SHOWN = {
    "a whole number as it is": ("42", "42"),
    "trailing zeros are dropped": ("1.2300", "1.23"),
    "no exponent for money": ("5E+4", "50000"),
    "a negative zero is zero": ("-0.00", "0"),
    "28 digits, and no more": ("1.23456789012345678901234567890", "1.234567890123456789012345679"),
    "a small number keeps its digits": ("0.000000123", "1.23E-7"),
    "a number too long for money keeps its exponent": ("1E+40", "1E+40"),
}


@pytest.mark.parametrize(("number", "expected"), SHOWN.values(), ids=SHOWN)
def test_a_number_leaves_with_28_digits_and_no_ballast(number: str, expected: str) -> None:
    assert str(shown(Decimal(number))) == expected


def test_a_rational_leaves_as_a_decimal() -> None:
    with localcontext(EXACT):
        assert str(shown(Fraction(1, 3))) == "0.3333333333333333333333333333"


def test_the_ledger_does_not_round() -> None:
    with localcontext(LEDGER):
        assert Decimal("1e20") + Decimal("1e-20") == Decimal("100000000000000000000.00000000000000000001")
        with pytest.raises(Inexact):
            Decimal(1) / Decimal(3)
