"""Shapley values: of games of which they are known."""

import math
from collections.abc import Sequence
from itertools import permutations

import pytest

from ringfence.formula.model.shapley import shapley

GLOVES = {(0, 2): 1.0, (1, 2): 1.0, (0, 1, 2): 1.0}


def gloves(group: Sequence[int]) -> float:
    return GLOVES.get(tuple(group), 0.0)


def test_two_left_gloves_share_what_the_right_one_leaves_them() -> None:
    assert shapley(3, gloves) == pytest.approx([1 / 6, 1 / 6, 4 / 6])


def test_it_is_the_mean_over_all_orders() -> None:
    def worth(group: Sequence[int]) -> float:
        return math.sin(sum((k + 1) ** 2 for k in group)) if group else 0.0

    by_hand = [0.0] * 4
    for order in permutations(range(4)):
        for place, member in enumerate(order):
            before = sorted(order[:place])
            by_hand[member] += (worth(sorted([*before, member])) - worth(before)) / 24
    assert shapley(4, worth) == pytest.approx(by_hand)
    assert math.fsum(by_hand) == pytest.approx(worth([0, 1, 2, 3]))
