"""Who dies by whose price, by hand: the reference account, and what a matrix cannot compare."""

from decimal import Decimal
from typing import Any

import ringfence
from ringfence.contrast import ContagionMatrix
from ringfence.contrast.contagion import Cell, Way
from ringfence.report.contagion import contagion_grid, in_one_sentence
from tests.unit.books import reference, with_position

BTC, ETH, SOL = "BTC/USDT:USDT:long", "ETH/USDT:USDT:short", "SOL/USDT:USDT:long"


def matrix(book: dict[str, Any], mode: str, **asked: Any) -> ContagionMatrix:
    result = ringfence.compare(ringfence.read(book), modes=[mode], shocks=[], **asked)
    return result.outcomes[0].contagion


def row(found: ContagionMatrix, coin: str, way: Way) -> dict[str, Cell]:
    (one,) = (r for r in found.rows if (r.moves, r.direction) == (coin, way))
    return {cell.position: cell for cell in one.cells}


def moves(cells: dict[str, Cell]) -> dict[str, str | None]:
    return {label: None if c.move is None else f"{c.move:+.4f}" for label, c in cells.items()}


def test_the_reference_account_as_held_dies_as_its_published_prices_say() -> None:
    held = matrix(reference(), "as-held")
    assert moves(row(held, "BTC", "down")) == {
        BTC: "-0.3135",
        ETH: "-0.3135",
        SOL: None,
    }  # 69,336.55 / 101,000
    assert moves(row(held, "ETH", "up")) == {BTC: "+0.4847", ETH: "+0.4847", SOL: None}  # 6,013.20 / 4,050
    assert moves(row(held, "SOL", "down")) == {BTC: None, ETH: None, SOL: "-0.1796"}  # 160.80 / 196


def test_a_hedge_that_dies_of_the_other_legs_price_loses_what_its_own_pool_would_hold() -> None:
    down = row(matrix(reference(), "as-held"), "BTC", "down")
    assert (down[ETH].contagion, down[ETH].loss) == (True, Decimal(2800))  # 3,200 put up, 400 lost so far
    assert (down[BTC].contagion, down[BTC].loss) == (False, Decimal(0))  # alone it would have died before
    assert (down[SOL].contagion, down[SOL].loss) == (False, Decimal(0))


def test_in_the_cross_pool_sol_is_a_victim_too() -> None:
    shared = matrix(reference(), "cross")
    assert {cell.position: cell.loss for cell in shared.infected} == {
        BTC: Decimal(5500), ETH: Decimal(2800), SOL: Decimal(3600),
    }  # fmt: skip
    assert shared.against == "at-leverage"


def test_isolated_by_another_cut_it_is_compared_with_that_cut() -> None:
    shared = matrix(reference(), "cross", cut="equal-leverage")
    loss = row(shared, "BTC", "down")[ETH].loss
    value, everything = Decimal(8 * 4050), Decimal(50500 + 32400 + 19600)
    assert shared.against == "equal-leverage"
    assert loss is not None
    assert abs(loss - (20000 * value / everything - 400)) < Decimal("1e-20")


def test_a_stablecoin_held_as_collateral_is_a_shock_like_any_other() -> None:
    book = with_position(2, margin_mode="cross", collateral=None)
    book |= {
        "account_mode": "multi-asset",
        "collateral": {"USDT": "-3000", "USDC": "19000"},
        "indices": {"USDC": "1"},
    }
    shared = matrix(book, "cross")
    fall = row(shared, "USDC", "down")
    assert len({cell.move for cell in fall.values()}) == 1
    assert -1 < (fall[BTC].move or 0) < 0
    assert "USDC" in {node.id for node in shared.graph.nodes if node.kind == "coin"}
    assert ("USDC", "cross:*") in {(edge.source, edge.target) for edge in shared.graph.edges}


def test_a_pool_past_its_trigger_is_closed_by_no_move_at_all() -> None:
    shared = matrix(reference(collateral={"USDT": "0"}), "as-held")
    down = row(shared, "BTC", "down")
    assert (down[BTC].move, down[ETH].move) == (Decimal(0), Decimal(0))


def test_without_a_leverage_there_is_no_isolation_to_compare_with_and_it_says_so() -> None:
    held = matrix(with_position(0, leverage=None), "as-held")
    cell = row(held, "BTC", "down")[ETH]
    assert cell.move is not None
    assert (cell.contagion, cell.loss) == (None, None)
    assert any(ETH in note and "leverage" in note for note in held.notes)
    assert "?" in contagion_grid(held, held.venue).rows[0][2]


def test_the_graph_names_who_brings_the_pool_down_and_who_falls_with_it() -> None:
    held = matrix(reference(), "as-held")
    edges = {(edge.source, edge.target): edge for edge in held.graph.edges}
    assert (edges[BTC, "cross:USDT"].moves, edges[BTC, "cross:USDT"].direction) == ("BTC", "down")
    assert edges["cross:USDT", ETH].contagion
    assert not edges["isolated:SOL/USDT:USDT", SOL].contagion
    assert (BTC, "isolated:SOL/USDT:USDT") not in edges


def test_the_table_leaves_out_what_closes_nothing_and_names_it_below() -> None:
    grid = contagion_grid(matrix(reference(), "as-held"), "binance-usdm")
    assert grid.columns == ("what moves", "closes BTC long", "closes ETH short", "closes SOL long")
    assert grid.rows == [
        ("BTC falls", "-31.3 %", "-31.3 % * 2,800", "never"),
        ("ETH rises", "+48.5 % * 5,500", "+48.5 %", "never"),
        ("SOL falls", "never", "never", "-18.0 %"),
    ]
    assert "BTC up, ETH down, SOL up, USDT" in grid.caption


def test_the_nearest_contagion_is_one_sentence() -> None:
    said = in_one_sentence(matrix(reference(), "cross"))
    assert said.startswith("If BTC alone falls by 38.3 %, the shared pool takes the ETH short with it")
    assert said.endswith("kept 2,800 USDT.")
    assert in_one_sentence(matrix(reference(), "isolated")) == ""


def test_each_venue_has_its_own_matrix() -> None:
    book = reference(on="2026-01-01")
    result = ringfence.compare(ringfence.read(book), modes=["cross"], venues=["hyperliquid"], shocks=[])
    assert [one.contagion.venue for one in result.outcomes] == ["binance-usdm", "hyperliquid"]
    assert all(one.contagion.infected for one in result.outcomes)


def test_the_json_has_one_matrix_a_mode_with_every_cell() -> None:
    data = ringfence.to_dict(ringfence.compare(ringfence.read(reference()), shocks=[]))
    assert [one["mode"] for one in data["contagion_matrix"]] == [one["mode"] for one in data["modes"]]
    held = data["contagion_matrix"][1]
    assert set(held) >= {"mode", "cut", "venue", "rows"}
    (down,) = (r for r in held["rows"] if (r["moves"], r["direction"]) == ("BTC", "down"))
    assert [cell["contagion"] for cell in down["cells"]] == [False, True, False]
    assert down["cells"][1]["loss"] == "2800"
    assert down["cells"][2]["move"] is None
