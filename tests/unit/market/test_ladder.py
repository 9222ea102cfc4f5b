"""Ladders of shocks, as they are written."""

from decimal import Decimal

import pytest

from ringfence.core.errors import BookError
from ringfence.market import read_shock
from ringfence.market.ladder import RUNGS_MAX, ladder_of


def test_a_range_has_both_its_ends_and_its_steps_are_exact() -> None:
    moves = [rung.default for rung in ladder_of("-50%..50%:5%")]
    assert moves == [Decimal(k) / 20 for k in range(-10, 11)]
    assert [rung.default for rung in ladder_of("0%..-25%:10%")] == [0, Decimal("-0.1"), Decimal("-0.2")]


def test_the_ladder_that_nobody_asks_for_goes_from_half_down_to_half_up() -> None:
    names = [rung.name for rung in ladder_of()]
    assert (len(names), names[0], names[10], names[-1]) == (21, "all=-50%", "all=0%", "all=+50%")


def test_a_list_is_taken_in_its_order_and_fractions_are_percentages() -> None:
    assert [rung.name for rung in ladder_of("-20%, -0.1")] == ["all=-20%", "all=-10%"]


def test_a_coin_before_a_colon_moves_alone() -> None:
    first, *others = ladder_of("btc:-10%,-20%; all:-10%; 1000PEPE:-30%..-10%:20%")
    assert (first.name, first.moves, first.default) == ("BTC=-10%", {"BTC": Decimal("-0.1")}, Decimal(0))
    assert [rung.name for rung in others] == ["BTC=-20%", "all=-10%", "1000PEPE=-30%", "1000PEPE=-10%"]


def test_a_rung_reads_back_as_the_shock_it_names() -> None:
    for rung in ladder_of("-50%..50%:12.5%;ETH:-0.123"):
        if rung.moves or rung.default:
            again = read_shock(rung.name)
            assert (again.moves, again.default) == (rung.moves, rung.default)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is no ladder"),
        ("BTC:", "'BTC:' is no ladder"),
        ("-10%,", "a rung is empty"),
        ("-10%..10%", "is not FROM..TO:STEP"),
        ("-10%..10%:0%", "the step 0% is not above zero"),
        ("-10%,-0.1", "all moves by -10% twice"),
        ("-100%,-10%", "all cannot fall by 100% or more"),
        ("10", "could mean 10% or 10 times"),
        ("BTC:fall", "BTC: 'fall' is not a number"),
        ("-50%..50%:0.01%", f"more than {RUNGS_MAX} rungs"),
    ],
)
def test_what_is_no_ladder_is_said_to_be_none(text: str, said: str) -> None:
    with pytest.raises(BookError, match=said) as caught:
        ladder_of(text)
    assert str(caught.value).startswith("ladder ")
