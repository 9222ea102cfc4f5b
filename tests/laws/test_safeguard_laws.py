"""Derive's managers: what holds of every book of options and a perpetual under each of them."""

from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import ringfence
from ringfence.core.number import EXACT
from ringfence.margin.assess import world_in
from ringfence.margin.judge import Judgement, judge
from ringfence.margin.node import Missing, Node
from ringfence.margin.pools import partition

AT = datetime(2025, 8, 1, 8, tzinfo=UTC)
HAIR = Decimal("1e-6")

legs = st.lists(
    st.tuples(
        st.sampled_from(("20250815", "20250926")),
        st.sampled_from((1500, 1900, 2000, 2200, 3000)),
        st.sampled_from(("C", "P")),
        st.integers(-20, 20).filter(bool),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda leg: leg[:3],
)
managers = st.sampled_from(("standard", "portfolio-eth", "legacy-portfolio-eth"))


def book(held: list[tuple[str, int, str, int]], manager: str, **more: Any) -> dict[str, Any]:
    return {
        "venue": "derive", "at": AT, "account_mode": manager, "collateral": {"USDC": "1000"},
        "indices": {"ETH": "2000"}, "feeds": {"rate": {"ETH": "0.05"}},
        "position": [
            {"symbol": f"ETH-{day}-{strike}-{right}", "side": "long" if size > 0 else "short",
             "contracts": str(abs(size)), "entry_price": "10", "implied_volatility": "0.6", "underlying_price": "2010"}
            for day, strike, right, size in held
        ], **more,
    }  # fmt: skip


def judged(document: dict[str, Any]) -> Judgement:
    with localcontext(EXACT):
        holding = ringfence.read(document).only()
        world = world_in(holding, "as-held")
        (pool,) = partition(holding.book, world, "as-held", "at-leverage").pools
        return judge(pool, world)


def initial(found: Judgement) -> Node:
    assert not isinstance(found.initial, Missing)
    return found.initial


@given(legs, managers)
def test_initial_is_no_less_than_maintenance(held: list[tuple[str, int, str, int]], manager: str) -> None:
    found = judged(book(held, manager))
    assert initial(found).value >= found.maintenance.value - HAIR


@given(legs)
def test_options_together_need_no_more_than_one_by_one(held: list[tuple[str, int, str, int]]) -> None:
    together = judged(book(held, "standard")).maintenance.value
    apart = sum(judged(book([leg], "standard")).maintenance.value for leg in held)
    assert together <= apart + HAIR


@given(legs.map(lambda held: [(day, strike, right, abs(size)) for day, strike, right, size in held]))
def test_bought_options_need_no_more_than_they_are_worth(held: list[tuple[str, int, str, int]]) -> None:
    found = judged(book(held, "standard"))
    assert 0 <= found.maintenance.value <= found.equity.value - 1000 + HAIR


@given(legs, managers, st.sampled_from(("0.1", "0.5", "0.9")))
def test_a_less_sure_oracle_never_lowers_initial_and_leaves_maintenance(
    held: list[tuple[str, int, str, int]], manager: str, confidence: str
) -> None:
    sure = judged(book(held, manager))
    feeds = {"rate": {"ETH": "0.05"}, "confidence": {"ETH": confidence}}
    unsure = judged(book(held, manager, feeds=feeds))
    assert initial(unsure).value >= initial(sure).value
    assert unsure.maintenance.value == sure.maintenance.value


@given(legs, st.integers(2, 5))
def test_so_many_books_in_one_need_as_much_as_that_many(
    held: list[tuple[str, int, str, int]], times: int
) -> None:
    many = [(day, strike, right, size * times) for day, strike, right, size in held]
    one = judged(book(held, "portfolio-eth")).maintenance.value
    assert abs(judged(book(many, "portfolio-eth")).maintenance.value - times * one) <= HAIR * max(
        Decimal(1), abs(one)
    )


@given(legs)
def test_a_skew_or_a_wing_is_never_a_gain(held: list[tuple[str, int, str, int]]) -> None:
    found = judged(book(held, "portfolio-eth"))
    (unit,) = found.maintenance.parts
    (worst,) = (part for part in unit.parts if part.name == "worst")
    (skews,) = (part for part in worst.parts if part.name == "skews")
    assert all(part.value >= -HAIR for part in skews.parts)
