"""A sign change closed in: near enough, on the right sides, and in few readings."""

import math
from collections.abc import Callable
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.core.bracket import closed_in
from ringfence.core.number import EXACT

SMOOTH: list[tuple[Callable[[float], float], float, float]] = [
    (lambda x: 2.0 - x * x, 1.0, 2.0),
    (math.cos, 1.0, 2.0),
    (lambda x: x - 1.5, 2.0, 1.0),
    (lambda x: math.exp(-3.0 * x) - 0.2, 0.0, 1.0),
]
WIDTH = 1e-15


def counted(reading: Callable[[float], float]) -> tuple[Callable[[float], float], list[float]]:
    asked: list[float] = []

    def read(x: float) -> float:
        asked.append(x)
        return reading(x)

    return read, asked


@pytest.mark.parametrize(("reading", "safe", "past"), SMOOTH)
def test_a_smooth_reading_takes_a_dozen(reading: Callable[[float], float], safe: float, past: float) -> None:
    read, asked = counted(reading)
    inner, outer = closed_in(read, safe, past, WIDTH)
    assert abs(inner - outer) <= WIDTH
    assert reading(inner) > 0 >= reading(outer)
    assert len(asked) <= 14


@given(at=st.floats(0.01, 0.99), before=st.floats(1e-6, 1e6), after=st.floats(0.0, 1e6))
def test_a_leap_takes_hardly_more_than_halving(at: float, before: float, after: float) -> None:
    read, asked = counted(lambda x: before if x < at else -after)
    inner, outer = closed_in(read, 0.0, 1.0, 1e-12)
    assert inner < at <= outer
    assert outer - inner <= 1e-12 * (1 + 1e-3)
    assert len(asked) <= math.ceil(math.log2(1e12)) + 3


def test_decimals_keep_their_digits() -> None:
    with localcontext(EXACT):
        inner, outer = closed_in(lambda x: 2 - x * x, Decimal(1), Decimal(2), Decimal("1e-40"))
        assert inner < Decimal(2).sqrt() <= outer
        assert outer - inner <= Decimal("1e-40")


def test_ends_that_are_near_enough_stay() -> None:
    assert closed_in(lambda x: 0.5 - x, 0.0, 1.0, 1.0) == (0.0, 1.0)
