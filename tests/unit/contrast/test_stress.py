"""Two coins moving together, and the book isolated by every cut."""

from decimal import Decimal

import pytest

import ringfence
from ringfence.contrast.stress import MOVES, StressCell, StressGrid
from ringfence.market import read_shock
from tests.unit.books import reference, with_position


def grid(mode: str, movers: tuple[str, str] = ("BTC", "ETH")) -> StressGrid:
    result = ringfence.compare(ringfence.read(reference()), modes=[mode], shocks=[], grid=movers)
    found = result.outcomes[0].grid
    assert found is not None
    return found


def cell(found: StressGrid, across: str, down: str) -> StressCell:
    return found.cells[found.rows.index(Decimal(down))][found.columns.index(Decimal(across))]


def test_the_middle_of_the_grid_is_today() -> None:
    held = cell(grid("as-held"), "0", "0")
    # equity 16,100 and 3,600; maintenance 0.4 % of 50,500 and 32,400, 0.5 % of 19,600
    assert held.buffer == Decimal(16100) - Decimal("331.6") + Decimal(3600) - Decimal(98)
    assert held.dead == ()


def test_a_cell_is_judged_with_both_coins_moved() -> None:
    held = cell(grid("as-held"), "-0.2", "0.3")
    lost = Decimal("0.5") * 20200 + Decimal(8) * 1215
    need = Decimal("0.004") * (Decimal("0.5") * 80800 + Decimal(8) * 5265)
    assert held.buffer == Decimal(16100) - lost - need + Decimal(3600) - Decimal(98)
    assert held.dead == ("cross:USDT",)
    assert cell(grid("as-held"), "-0.2", "0").dead == ()
    assert cell(grid("as-held"), "0", "0.3").dead == ()


def test_isolated_each_coin_kills_its_own() -> None:
    alone = grid("isolated")
    assert cell(alone, "-0.5", "0").dead == ("isolated:BTC/USDT:USDT",)
    assert cell(alone, "-0.5", "0.5").dead == ("isolated:BTC/USDT:USDT", "isolated:ETH/USDT:USDT")


def test_who_dies_in_a_cell_is_who_dies_of_that_shock() -> None:
    result = ringfence.compare(
        ringfence.read(reference()),
        modes=["cross"],
        shocks=[read_shock("BTC=-40%,ETH=50%")],
        grid=("BTC", "ETH"),
    )
    (one,) = result.outcomes
    assert one.grid is not None
    assert cell(one.grid, "-0.4", "0.5").dead == one.shocks[0].dead == ("cross:USDT",)


def test_the_default_grid_goes_from_half_to_one_and_a_half() -> None:
    assert (MOVES[0], MOVES[-1], len(MOVES)) == (Decimal("-0.5"), Decimal("0.5"), 11)


@pytest.mark.parametrize(("movers", "word"), [(("BTC", "BTC"), "different"), (("BTC", "ETC"), "ETH")])
def test_what_makes_no_grid_is_refused(movers: tuple[str, str], word: str) -> None:
    with pytest.raises(ringfence.BookError, match=word):
        grid("cross", movers)


def test_every_cut_stands_beside_the_others_or_says_why_not() -> None:
    result = ringfence.compare(
        ringfence.read(reference()), modes=["cross"], shocks=[read_shock("BTC=-15%")], cuts=True
    )
    found = {one.cut: one for one in result.cuts}
    assert list(found) == ["at-leverage", "initial", "equal-leverage", "risk", "as-held"]
    thrifty, whole = found["at-leverage"].outcome, found["equal-leverage"].outcome
    assert thrifty is not None
    assert whole is not None
    assert (thrifty.worst_loss, whole.worst_loss) == (Decimal(11900), Decimal(19700))
    assert (thrifty.shocks[0].dead, whole.shocks[0].dead) == (("isolated:BTC/USDT:USDT",), ())
    assert "vols" in found["risk"].why_not
    assert "BTC/USDT:USDT:long" in found["as-held"].why_not


def test_what_is_isolated_already_can_be_cut_as_held() -> None:
    book = with_position(0, margin_mode="isolated")
    book["position"] = [book["position"][0], book["position"][2]]
    result = ringfence.compare(ringfence.read(book), modes=["cross"], shocks=[], cuts=True)
    held = result.cuts[-1].outcome
    assert held is not None
    assert {pool.pool.id for pool in held.health.pools if pool.positions} == {
        "isolated:BTC/USDT:USDT", "isolated:SOL/USDT:USDT",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "word"), [({"days": Decimal(0)}, "horizon"), ({"chance": Decimal(1)}, "chance")]
)
def test_a_horizon_or_a_limit_that_is_none_is_refused(asked: dict[str, Decimal], word: str) -> None:
    with pytest.raises(ringfence.BookError, match=word):
        ringfence.compare(ringfence.read(reference()), modes=["cross"], shocks=[], **asked)  # type: ignore[arg-type]
