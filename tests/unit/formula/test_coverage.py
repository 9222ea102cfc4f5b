"""Tests of coverage, against published figures and what they must do at their ends."""

import math

import pytest

from ringfence.formula.model.coverage import (
    chi_square_tail,
    independence,
    largest_rise,
    peak_to_trough,
    proportion_of_failures,
    traffic_light,
)


@pytest.mark.parametrize(
    ("x", "degrees", "tail"), [(3.841459, 1, 0.05), (6.634897, 1, 0.01), (5.991465, 2, 0.05)]
)
def test_the_tail_of_chi_square(x: float, degrees: int, tail: float) -> None:
    assert chi_square_tail(x, 1 if degrees == 1 else 2) == pytest.approx(tail, rel=1e-6)


@pytest.mark.parametrize(
    ("breaches", "zone"), [(0, "green"), (4, "green"), (5, "yellow"), (9, "yellow"), (10, "red"), (30, "red")]
)
def test_the_zones_of_basel_for_250_days_at_99_percent(breaches: int, zone: str) -> None:
    assert traffic_light(breaches, 250, 0.01) == zone


def test_as_many_breaches_as_expected_speak_for_the_model() -> None:
    assert proportion_of_failures(10, 1000, 0.01) == pytest.approx(0.0, abs=1e-12)


def test_the_acceptance_region_of_kupiec_for_a_year() -> None:
    """At 99 % and 255 days, fewer than seven breaches are not rejected at 5 %."""
    assert proportion_of_failures(6, 255, 0.01) < 3.841 < proportion_of_failures(7, 255, 0.01)


def test_no_breach_at_all() -> None:
    assert proportion_of_failures(0, 255, 0.01) == pytest.approx(-2 * 255 * math.log(0.99))


def test_breaches_in_a_row_are_not_independent() -> None:
    apart = [day % 50 == 0 for day in range(500)]
    together = [day < 10 for day in range(500)]
    assert independence(apart) < 3.841 < independence(together)
    assert independence([False] * 100) == 0.0


def test_how_far_a_requirement_swings() -> None:
    assert peak_to_trough([2.0, 5.0, 4.0]) == 2.5
    assert largest_rise([2.0, 3.0, 2.0, 8.0], 1) == 3.0
    assert largest_rise([2.0, 3.0, 2.0, 8.0], 2) == pytest.approx(8 / 3 - 1)
    assert largest_rise([2.0], 5) == 0.0
