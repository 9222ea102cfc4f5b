"""Sums without rounding."""

from fractions import Fraction
from math import fsum

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ringfence.screen.sums import exact_sum, exact_sums, read_sum

UNIT = 2**1200
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(FLOATS, max_size=30))
def test_a_sum_is_the_sum_of_the_fractions(terms: list[float]) -> None:
    assert Fraction(exact_sum(np.array(terms, np.float64)), UNIT) == sum(map(Fraction, terms))


@given(st.lists(st.tuples(FLOATS, st.integers(0, 4)), min_size=1, max_size=30), st.integers(0, 30))
def test_groups_and_blocks_lose_nothing(terms: list[tuple[float, int]], cut: int) -> None:
    values = np.array([value for value, _ in terms])
    groups = np.array([group for _, group in terms])
    whole = exact_sums(values, groups, 5)
    parts = zip(
        exact_sums(values[:cut], groups[:cut], 5), exact_sums(values[cut:], groups[cut:], 5), strict=True
    )
    assert [one + other for one, other in parts] == whole


def test_many_terms_of_many_sizes_are_added_as_fsum_adds_them() -> None:
    random = np.random.default_rng(1)
    values = random.normal(size=100_000) * 10.0 ** random.integers(-12, 15, 100_000)
    assert exact_sum(values) / UNIT == fsum(values)


def test_a_sum_is_read_with_twelve_digits() -> None:
    assert str(read_sum(exact_sum(np.array([0.1] * 3)))) == "0.300000000000"
    assert read_sum(0) == 0
