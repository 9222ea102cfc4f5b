"""A quantity along one moving price: its branches, and where it first stops being positive."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import pytest

from ringfence.core.along import (
    Along,
    Direction,
    Law,
    Ray,
    crossings,
    first_crossing,
    is_moving,
    stretches,
    vanishes,
)
from ringfence.core.errors import InvariantError
from ringfence.core.number import EXACT, larger, magnitude, positive_part, smaller, step
from ringfence.core.rounding import round_down, round_up


def tiered(price: Any) -> Any:
    """Return the requirement of one coin: 1 % of its value, 5 % of what is above 150."""
    return price / 100 + positive_part(price - 150) * 4 / 100


def whole(price: Any) -> Any:
    """Return the requirement of one coin: 1 % of its value, 10 % of all of it above 150."""
    return price * (step(price - 150) * 9 + 1) / 100


CROSSINGS: dict[str, tuple[Callable[[Any], Any], str, Direction, str | None, str | None]] = {
    "a long position dies where the price has fallen by its wallet": (
        lambda p: 10 + (p - 100), "100", -1, "90", "root",
    ),
    "a long position never dies of a rise": (lambda p: 10 + (p - 100), "100", 1, None, None),
    "a short position dies of a rise": (lambda p: 10 - (p - 100), "100", 1, "110", "root"),
    "a wallet above the value never dies": (lambda p: 110 + (p - 100), "100", -1, None, None),
    "the requirement falls with the price": (lambda p: 10 + (p - 100) - p / 100, "100", -1, "90.909090909", "root"),
    "an inverse long dies where its coin is gone": (
        lambda p: Decimal("0.001") + (Decimal("0.01") - 1 / p), "100", -1, "90.909090909", "root",
    ),
    "an inverse long in its own coin has a square root": (
        lambda p: p / 100 - 50 / p, "100", -1, "70.710678119", "root",
    ),
    "the tier that holds there decides": (lambda p: 100 - (p - 100) - tiered(p), "100", 1, "196.19047619", "root"),
    "a tier that charges the whole leaps over the equity": (
        lambda p: 60 - (p - 100) - whole(p), "100", 1, "150", "jump",
    ),
    "before the leap the price is a root": (lambda p: 45 - (p - 100) - whole(p), "100", 1, "143.564356436", "root"),
    "equal legs never die": (lambda p: 5 + (p - 100) - (p - 100), "100", -1, None, None),
    "what rests at zero and then falls dies at once": (lambda p: p - 100, "100", -1, "100", "root"),
    "what rests at zero and then rises lives": (lambda p: p - 100, "100", 1, None, None),
    "losses only": (lambda p: 10 + smaller(p - 90, p * 0), "100", -1, "80", "root"),
    "the larger of two requirements": (lambda p: 30 - larger(p / 10, 2 * p - 200), "100", 1, "115", "root"),
    "a distance from a price": (lambda p: 7 - magnitude(p - 120), "120", -1, "113", "root"),
}  # fmt: skip


@pytest.mark.parametrize(("law", "start", "direction", "price", "kind"), CROSSINGS.values(), ids=CROSSINGS)
def test_the_first_crossing(
    law: Law, start: str, direction: Direction, price: str | None, kind: str | None
) -> None:
    with localcontext(EXACT):
        met = first_crossing(law, Decimal(start), direction)
    assert (None if met is None else f"{round(met.price, 9).normalize():f}") == price
    assert (None if met is None else met.kind) == kind


ROUNDED: dict[str, tuple[Callable[[Any], Any], bool, str]] = {
    "a value that the venue cuts uses up the wallet a little early": (
        lambda p: round_down(p, Decimal(1)) - 90, True, "91",
    ),
    "a trigger that spares zero waits until the next unit is cut": (
        lambda p: round_down(p, Decimal(1)) - 90, False, "90",
    ),
    "a requirement that the venue rounds up": (lambda p: p - 90 - round_up(p / 100, Decimal(1)), True, "91"),
}  # fmt: skip


@pytest.mark.parametrize(("law", "at_zero", "price"), ROUNDED.values(), ids=ROUNDED)
def test_where_the_venue_rounds_the_crossing_is_that_of_the_rounded_law(
    law: Law, at_zero: bool, price: str
) -> None:
    with localcontext(EXACT):
        met = first_crossing(law, Decimal(100), -1, at_zero=at_zero)
        assert met is not None
        assert abs(met.price - Decimal(price)) < Decimal("1e-20")
        assert met.kind == "jump"


def test_a_stretch_ends_where_a_formula_takes_another_branch() -> None:
    rays = []
    for ray, law in stretches(tiered, Decimal(100), 1):
        assert isinstance(law, Along)
        rays.append(ray)
    assert [ray.point for ray in rays] == [100, 150]
    assert [ray.reach for ray in rays] == [150, None]


def test_a_law_knows_its_value_at_any_price_of_its_stretch() -> None:
    (_, before), (_, after) = stretches(tiered, Decimal(100), 1)
    assert isinstance(before, Along)
    assert isinstance(after, Along)
    assert before.at(Decimal(120)) == Decimal("1.2")
    assert after.at(Decimal(200)) == 4


COMPARISONS: dict[str, tuple[Callable[[Along], bool], bool]] = {
    "above a price that it has not reached": (lambda p: p > 120, False),
    "below a price that it has not reached": (lambda p: p < 120, True),
    "just ahead of where it stands, going up": (lambda p: p > 100, True),
    "and not at or below": (lambda p: p <= 100, False),
    "at or above itself": (lambda p: p >= p * 1, True),
}


@pytest.mark.parametrize(("asked", "expected"), COMPARISONS.values(), ids=COMPARISONS)
def test_a_comparison_speaks_of_the_stretch_ahead(asked: Callable[[Along], bool], expected: bool) -> None:
    assert asked(Along.price(Ray(Decimal(100), 1))) is expected


def test_a_comparison_notes_where_its_answer_changes() -> None:
    ray = Ray(Decimal(100), 1)
    assert Along.price(ray) < 130
    assert Along.price(ray) < 120
    assert ray.reach == 120


def test_whole_numbers_beside_the_price_divide_as_decimals() -> None:
    law = (Along.price(Ray(Decimal(4), 1)) + 1) / 4 + 1
    assert law.at(Decimal(11)) == 4
    assert all(isinstance(coefficient, Decimal) for coefficient in law.coefficients())


def test_powers_cancel() -> None:
    price = Along.price(Ray(Decimal(4), 1))
    assert (price * price / price - price).coefficients() == []
    assert vanishes(1 / price - 1 / price)
    assert not vanishes(price - 4)
    assert vanishes(Decimal(0))


def test_only_a_law_moves() -> None:
    assert is_moving(Along.price(Ray(Decimal(4), 1)))
    assert not is_moving(Decimal(4))


def test_a_law_of_a_number_is_never_crossed() -> None:
    assert first_crossing(lambda _: Decimal(-1), Decimal(4), 1) is None


def test_a_walk_without_end_is_a_broken_promise() -> None:
    def restless(price: Any) -> Any:
        if isinstance(price, Along):
            price.ray.narrow(price.ray.point + 1)
        return price

    with pytest.raises(InvariantError, match="stretches"):
        list(stretches(restless, Decimal(1), 1))


EVERY: dict[str, tuple[Callable[[Any], Any], str, Direction, str]] = {
    "a line has one": (lambda p: 10 + (p - 100), "100", -1, "root 90"),
    "nothing that never dies has any": (lambda p: p, "100", 1, ""),
    "it dies, recovers and dies again": (
        lambda p: (p - 80) * (p - 60) * (p - 30), "100", -1, "root 80, root 60, root 30",
    ),
    "a short and the longs above it": (
        lambda p: 20 - positive_part(p - 100) + 2 * positive_part(p - 140), "100", 1, "root 120, root 160",
    ),
    "a leap down, and a root back up": (
        lambda p: 10 - 50 * step(p - 120) + positive_part(p - 120), "100", 1, "jump 120, root 160",
    ),
    "a leap down and a leap back": (
        lambda p: 10 - 50 * step(p - 120) + 50 * step(p - 130), "100", 1, "jump 120, jump 130",
    ),
    "where it only touches zero is none": (lambda p: (p - 120) * (p - 120), "100", 1, ""),
}  # fmt: skip


@pytest.mark.parametrize(("law", "start", "direction", "found"), EVERY.values(), ids=EVERY)
def test_every_crossing_in_its_order(law: Law, start: str, direction: Direction, found: str) -> None:
    with localcontext(EXACT):
        met = list(crossings(law, Decimal(start), direction))
        below = list(crossings(lambda p: -law(p), Decimal(start), direction, positive=False))
    assert ", ".join(f"{one.kind} {round(one.price, 9).normalize():f}" for one in met) == found
    assert below == met


@pytest.mark.parametrize(
    ("law", "start", "direction"), [case[:3] for case in CROSSINGS.values()], ids=CROSSINGS
)
def test_the_first_of_all_crossings_is_the_first_crossing(law: Law, start: str, direction: Direction) -> None:
    with localcontext(EXACT):
        assert next(crossings(law, Decimal(start), direction), None) == first_crossing(
            law, Decimal(start), direction
        )


def test_a_law_that_the_venue_rounds_crosses_once_where_it_trembles_by_a_few_units() -> None:
    unit = Decimal("0.01")

    def law(price: Any) -> Any:
        return (
            20 - round_up(positive_part(price - 100), unit) + 2 * round_down(positive_part(price - 140), unit)
        )

    with localcontext(EXACT):
        met = list(crossings(law, Decimal(100), 1, at_zero=False))
        assert [one.kind for one in met] == ["jump", "jump"]
        for one, dies in zip(met, (True, False), strict=True):
            assert (law(one.price - 10 * unit) < 0, law(one.price + 10 * unit) < 0) == (not dies, dies)
