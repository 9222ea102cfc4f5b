"""Deleveraging: in which order winners give up contracts, how many, at which price, and what waits."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ringfence.core.errors import BookError
from ringfence.liquidation import Stage, Winner, adl_queue, allocate, step
from ringfence.liquidation.stage import Seized
from ringfence.venue import kinds
from tests.unit.liquidation.plainex import BTC, ETH, gains, pool, position, world

D = Decimal
RANKS = "return_times_leverage", "price_ratio_times_leverage", "deficit_order"


def winner(name: str, contracts: str, entry: str, equity: str, rank: str | None = None) -> Winner:
    """Return somebody short BTC, which has fallen to 90."""
    held = position(contracts, side="short", entry=entry)
    return Winner(name, held, D(equity), None if rank is None else D(rank))


WINNERS = (
    winner("old", "10", "120", "900"),  # return 300 / 1200, leverage 1; price ratio 120 / 90
    winner("bold", "10", "100", "100"),  # return 100 / 1000, leverage 9; price ratio 100 / 90
    winner("loser", "10", "80", "450"),  # return -100 / 800, leverage 2; price ratio 80 / 90
)

QUEUES: dict[str, tuple[str, tuple[Winner, ...], list[str]]] = {
    "by return times leverage; a loser's is divided": (RANKS[0], WINNERS, ["bold", "old", "loser"]),
    "by price ratio times leverage": (RANKS[1], WINNERS, ["bold", "loser", "old"]),  # 10, 1.78, 1.33
    "in the order in which they are given": (RANKS[2], WINNERS, ["old", "bold", "loser"]),
    "as the venue states it": (
        RANKS[0], (winner("a", "1", "100", "9", "1"), winner("b", "1", "100", "9", "3")), ["b", "a"],
    ),
    "equals keep the order given": (
        RANKS[0], (winner("a", "1", "100", "9"), winner("b", "1", "100", "9")), ["a", "b"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rank", "winners", "expected"), QUEUES.values(), ids=QUEUES)
def test_winners_queue(rank: Any, winners: tuple[Winner, ...], expected: list[str]) -> None:
    queue = adl_queue(winners, kinds.Deleverage(rank=rank), world())
    assert [one.account for one in queue] == expected


def test_a_winner_with_nothing_behind_it_has_no_leverage() -> None:
    with pytest.raises(BookError, match="its equity is not positive"):
        adl_queue([winner("a", "1", "100", "0")], kinds.Deleverage(rank="return_times_leverage"), world())


ALLOCATED: dict[str, tuple[str, tuple[str, ...], list[str]]] = {
    "the first has enough": ("3", ("5", "5"), ["3"]),
    "the first is closed, the second in part": ("7", ("5", "5"), ["5", "2"]),
    "all are closed and some is left": ("12", ("5", "5"), ["5", "5"]),
    "nobody is there": ("3", (), []),
    "nothing is wanted": ("0", ("5",), []),
}


@pytest.mark.parametrize(("contracts", "held", "given"), ALLOCATED.values(), ids=ALLOCATED)
def test_contracts_are_given_up_first_come_first_closed(
    contracts: str, held: tuple[str, ...], given: list[str]
) -> None:
    queue = [winner(str(number), size, "100", "100") for number, size in enumerate(held)]
    assert [part for _, part in allocate(D(contracts), queue)] == list(map(D, given))


def seized(contracts: str, price: str | None) -> Stage:
    """Return a stage at which the fund has taken BTC that it cannot pay for, in a market at 90."""
    waiting = Seized(position(contracts), "venue:insurance", None if price is None else D(price), D(1))
    return Stage(pool("0"), seized=(waiting,))


DELEVERAGE = kinds.Deleverage(rank="return_times_leverage")


def test_a_winner_is_closed_at_the_bankruptcy_price_and_gives_up_the_difference_to_the_mark() -> None:
    before = replace(seized("6", "91"), winners=(winner("w", "10", "120", "900"),))
    (event,), after = step(before, world(), DELEVERAGE)
    assert event.facts == {"symbol": BTC, "account": "w", "contracts": "6", "price": "91", "given_up": "6"}
    assert gains((event,)) == {
        "venue:insurance": {BTC: D(-6), "USDT": D(-54)},  # 6 * (91 - 100)
        "adl:w": {BTC: D(6), "USDT": D(174)},  # 6 * (120 - 91)
        "market": {"USDT": D(-120)},
    }
    assert after.seized == ()
    assert [w.position.contracts for w in after.winners] == [4]


def test_winners_are_exhausted_and_what_is_left_waits() -> None:
    before = replace(
        seized("6", "91"), winners=(winner("a", "1", "120", "90"), winner("b", "3", "120", "270"))
    )
    events, after = step(before, world(), DELEVERAGE)
    assert [(event.facts["account"], event.facts["contracts"]) for event in events] == [
        ("a", "1"),
        ("b", "3"),
    ]
    assert after.winners == ()
    assert [waiting.position.contracts for waiting in after.seized] == [2]


UNTOUCHED: dict[str, tuple[str | None, tuple[Winner, ...]]] = {
    "without winners everything waits": ("91", ()),
    "without a price everything waits": (None, (winner("w", "10", "120", "900"),)),
    "another contract's winners are left alone": (
        "91", (Winner("w", position("10", ETH, "short", "12"), D(90)),),
    ),
    "those on the same side are left alone": ("91", (Winner("w", position("10"), D(900)),)),
}  # fmt: skip


@pytest.mark.parametrize(("price", "winners"), UNTOUCHED.values(), ids=UNTOUCHED)
def test_nobody_is_deleveraged(price: str | None, winners: tuple[Winner, ...]) -> None:
    before = replace(seized("6", price), winners=winners)
    assert step(before, world(), DELEVERAGE) == ((), before)


def test_where_the_order_is_given_a_counterparty_that_would_fall_into_debt_is_passed_over() -> None:
    poor, rich = winner("poor", "10", "90", "5"), winner("rich", "10", "90", "50")
    before = replace(seized("6", "91"), winners=(poor, rich))  # ten contracts at 91 instead of 90 cost 10
    events, _ = step(before, world(), kinds.Deleverage(rank="deficit_order"))
    assert [event.facts["account"] for event in events] == ["rich"]
