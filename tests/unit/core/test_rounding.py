"""Rounding on numbers, on fractions and on a moving price."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from ringfence.core.along import Along, Ray
from ringfence.core.number import EXACT
from ringfence.core.rounding import round_down, round_nearest, round_to_zero, round_up

Rounding = Callable[[Decimal, Decimal], Decimal]

CASES: dict[str, tuple[Rounding, str, str, str]] = {
    "up goes to the next step": (round_up, "1.21", "0.05", "1.25"),
    "up stays on a step": (round_up, "1.25", "0.05", "1.25"),
    "up is towards the gain, also for a loss": (round_up, "-1.21", "0.05", "-1.20"),
    "down goes to the step before": (round_down, "1.24", "0.05", "1.20"),
    "down is towards the loss, also for a loss": (round_down, "-1.21", "0.05", "-1.25"),
    "to zero cuts a gain": (round_to_zero, "1.24", "0.05", "1.20"),
    "to zero cuts a loss": (round_to_zero, "-1.24", "0.05", "-1.20"),
    "nearest goes up": (round_nearest, "1.23", "0.05", "1.25"),
    "nearest goes down": (round_nearest, "1.22", "0.05", "1.20"),
    "nearest of two that are as near is the even one": (round_nearest, "0.125", "0.05", "0.10"),
    "zero is a step": (round_up, "0", "0.01", "0"),
    "a quantum need not be a power of ten": (round_up, "7", "2.5", "7.5"),
    "a quantum may be larger than the number": (round_down, "7", "100", "0"),
    "a quantum may be tiny": (round_down, "0.1234567890123456789", "1e-18", "0.123456789012345678"),
}


@pytest.mark.parametrize(("rounding", "number", "quantum", "expected"), CASES.values(), ids=CASES)
def test_a_number_goes_to_a_step(rounding: Rounding, number: str, quantum: str, expected: str) -> None:
    assert rounding(Decimal(number), Decimal(quantum)) == Decimal(expected)


@pytest.mark.parametrize(("rounding", "number", "quantum", "expected"), CASES.values(), ids=CASES)
def test_a_fraction_goes_to_the_same_step(
    rounding: Callable[[Fraction, Decimal], Fraction], number: str, quantum: str, expected: str
) -> None:
    assert rounding(Fraction(number), Decimal(quantum)) == Fraction(expected)


def test_the_trace_of_a_quotient_takes_no_step() -> None:
    with localcontext(EXACT):
        third = Decimal(1) / 3
        assert round_up(third * 3, Decimal("0.1")) == 1
        assert round_up(1 - third - third, third) == third
        assert round_down(third * 3, Decimal(1)) == 1


def test_what_is_meant_takes_a_step_however_small() -> None:
    assert round_up(Decimal("1." + "0" * 38 + "1"), Decimal(1)) == 2


def test_a_moving_price_notes_that_the_venue_rounds_and_stays_smooth() -> None:
    ray = Ray(Decimal(5), 1)
    price = Along.price(ray)
    assert not ray.rounds
    assert round_up(price, Decimal("0.01")) is price
    assert ray.rounds
