"""``ringfence margin`` of a table of accounts: a row a pool, a count on the screen, or one message and no file."""

import json
from collections.abc import Iterator
from decimal import Decimal, localcontext
from pathlib import Path

import polars as pl
import pytest

import ringfence
from ringfence.core.number import EXACT
from ringfence.importers.accounts import open_accounts
from ringfence.margin.assess import assess
from ringfence.margin.snapshot import Snapshot
from ringfence.screen.exact import holding_of
from tests.unit.cli.terminal import Terminal

MADE = ["population", "--venue", "okx", "--accounts", "60", "--seed", "3", "-o", "accounts.parquet"]
RELATIVE = 1e-12
WITHIN = 50
"""Daily sigmas from here on are no moves that anybody waits for."""


@pytest.fixture
def accounts(terminal: Terminal) -> Path:
    assert terminal.run(MADE).code == 0
    return terminal.folder / "accounts.parquet"


def pools_of(path: Path) -> Iterator[tuple[str, str, str, Decimal, Decimal]]:
    """Yield what the exact engine says of every pool of a table: account, pool, status, equity, need."""
    opened = open_accounts(path)
    for block in opened.blocks():
        for account, name in enumerate(block.columns.accounts):
            health = assess(Snapshot((holding_of(block.columns, account, opened.setting),)))
            for one in health.accounts[0].pools:
                yield name, one.pool.id, one.status, one.judged.equity.value, one.judged.maintenance.value


def test_a_row_is_a_pool_as_the_exact_engine_judges_it(accounts: Path, terminal: Terminal) -> None:
    answer = terminal.run(["margin", "accounts.parquet", "-o", "health.parquet"])
    assert (answer.code, answer.err) == (0, "")
    rows = pl.read_parquet(terminal.folder / "health.parquet").rows(named=True)
    with localcontext(EXACT):
        expected = list(pools_of(accounts))
    assert [(row["account"], row["pool"], row["status"]) for row in rows] == [row[:3] for row in expected]
    for row, (*_, equity, need) in zip(rows, expected, strict=True):
        assert row["equity_unit"] == pytest.approx(float(equity), rel=RELATIVE, abs=1e-9)
        assert row["maintenance_requirement_unit"] == pytest.approx(float(need), rel=RELATIVE, abs=1e-9)


def test_few_accounts_and_many_get_the_same_figures(
    accounts: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = ringfence.frame(ringfence.assess_many(accounts), "pools")
    monkeypatch.setattr("ringfence.screen.verdicts.FEW", 0)
    fast = ringfence.frame(ringfence.assess_many(accounts), "pools")
    assert set(exact["decided"]) == {"exact"}
    assert set(fast["decided"]) == {"fast"}
    assert fast["status"].to_list() == exact["status"].to_list()
    for name in ("equity_unit", "initial_requirement_unit", "maintenance_requirement_unit", "buffer_unit"):
        assert fast[name].to_list() == pytest.approx(exact[name].to_list(), rel=RELATIVE, abs=1e-9)
    assert terminal.folder.is_dir()


def test_a_row_a_position_on_demand(accounts: Path, terminal: Terminal) -> None:
    terminal.run(["margin", "accounts.parquet", "-o", "health.parquet", "--positions", "positions.parquet"])
    positions = pl.read_parquet(terminal.folder / "positions.parquet")
    (block,) = open_accounts(accounts).blocks()
    assert len(positions) == len(block.columns.positions)
    whole = positions.group_by("account", "pool").agg(pl.col("maintenance_requirement_settle").sum())
    pools = pl.read_parquet(terminal.folder / "health.parquet")
    joined = pools.join(whole, on=["account", "pool"], how="inner").filter(pl.col("unit") == "USDT")
    assert len(joined) > 30
    assert joined["maintenance_requirement_settle"].to_list() == pytest.approx(
        joined["maintenance_requirement_unit"].to_list()
    )


def test_a_position_dies_where_the_exact_engine_says(accounts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = ringfence.frame(ringfence.assess_many(accounts), "positions")
    monkeypatch.setattr("ringfence.screen.verdicts.FEW", 0)
    fast = ringfence.frame(ringfence.assess_many(accounts), "positions")
    assert fast["never_liquidated"].to_list() == exact["never_liquidated"].to_list()
    for name in ("liquidation_price", "liquidation_price_down", "liquidation_price_up"):
        pairs = list(zip(fast[name], exact[name], strict=True))
        assert all((one is None) == (other is None) for one, other in pairs)
        assert [one for one, _ in pairs if one] == pytest.approx([o for _, o in pairs if o], rel=1e-9)


def test_prices_that_nobody_wants_are_not_looked_for(accounts: Path) -> None:
    found = ringfence.frame(ringfence.assess_many(accounts, prices=False), "positions")
    assert found["liquidation_price"].null_count() == found["never_liquidated"].null_count() == len(found) > 0


def test_the_nearest_move_of_every_pool_on_demand(
    accounts: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = ringfence.frame(ringfence.assess_many(accounts, nearest=True), "pools")
    monkeypatch.setattr("ringfence.screen.verdicts.FEW", 0)
    answer = terminal.run(["margin", "accounts.parquet", "--nearest", "-o", "health.parquet"])
    assert answer.code == 0
    fast = pl.read_parquet(terminal.folder / "health.parquet")
    columns = (fast["nearest_move_sigmas"], exact["nearest_move_sigmas"], exact["nearest_move_proof"])
    rows = list(zip(*columns, strict=True))
    assert all((one is None) == (other is None) for one, other, _ in rows)
    proved = [(one, other) for one, other, proof in rows if proof == "exact"]
    assert len(proved) > 60
    assert all(one >= other * (1 - 1e-6) for one, other in proved)
    within = [(one, other) for one, other in proved if other < WITHIN]
    assert len(within) > 30
    assert [one for one, _ in within] == pytest.approx([other for _, other in within], rel=1e-6)
    coins = {coin for moves in fast["nearest_move"].to_list() if moves for coin in dict(moves)}
    assert coins == {"BTC", "ETH"}


def test_the_screen_counts_pools_by_status(accounts: Path, terminal: Terminal) -> None:
    table = terminal.run(["margin", "accounts.parquet"])
    data = json.loads(terminal.run(["margin", "accounts.parquet", "--format", "json"]).out)
    assert accounts.exists()
    assert table.out.startswith("60 accounts")
    assert data["schema"] == "ringfence.accounts/1"
    assert data["accounts"] == 60
    counts = [counts[word] for counts in data["modes"].values() for word in ("healthy", "below_initial")]
    assert f"{data['pools']:,}" in table.out
    assert 0 < sum(counts) <= data["pools"]


def test_a_market_file_says_what_accounts_share(accounts: Path, terminal: Terminal) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(accounts)
    (terminal.folder / "market.toml").write_bytes(table.schema.metadata[b"ringfence"])
    pq.write_table(table.replace_schema_metadata({}), terminal.folder / "bare.parquet")
    assert terminal.run(["margin", "bare.parquet"]).code == 2
    shared = terminal.run(["margin", "bare.parquet", "--market", "market.toml"])
    assert shared.out == terminal.run(["margin", "accounts.parquet"]).out


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_ladder_is_the_same_text_whoever_counts(form: str, accounts: Path, terminal: Terminal) -> None:
    words = ["margin", accounts.name, "--ladder=-30%,-10%,20%", "--format", form]
    alone = terminal.run(words)
    shared = terminal.run([*words, "--workers", "2", "--backend", "threading"])
    assert (alone.code, alone.err) == (0, "")
    assert (shared.code, shared.err, shared.out) == (0, "", alone.out)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--what-if", "buy 1 BTC"], "--what-if: a table of accounts is judged as it is held"),
        (["--mode", "isolated"], "--mode: a table of accounts is judged as it is held"),
        (["--format", "parquet"], "--format parquet: it needs a file"),
        (["-o", "a.parquet", "--positions", "a.parquet"], "--positions a.parquet: it is the file of -o"),
        (["-o", "nowhere/health.parquet"], "nowhere"),
        (["--ladder=-10%", "--nearest"], "--nearest: a summary along a ladder is one answer"),
        (["--ladder=-10%", "--workers", "0"], "workers: 0 is none"),
    ],
)
def test_what_a_table_does_not_answer_is_one_message(
    words: list[str], said: str, accounts: Path, terminal: Terminal
) -> None:
    answer = terminal.run(["margin", "accounts.parquet", *words])
    assert accounts.exists()
    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_an_account_that_cannot_be_judged_leaves_no_file(terminal: Terminal) -> None:
    table = pl.DataFrame(
        {
            "account": ["a", "a", "b", "b"],
            "symbol": ["BTC/USDT:USDT", None, "BTC/USDT:USDT", None],
            "side": ["long", None, "long", None],
            "contracts": [1.0, None, 1.0, None],
            "entry_price": [60000.0, None, 60000.0, None],
            "leverage": [10.0, None, None, None],
            "margin_mode": ["cross", None, "isolated", None],
            "asset": [None, "USDT", None, "USDT"],
            "amount": [None, 9000.0, None, 9000.0],
        }
    )
    table.write_parquet(terminal.folder / "two.parquet")
    (terminal.folder / "market.toml").write_text(
        'venue = "binance-usdm"\n[marks]\n"BTC/USDT:USDT" = 60000\n', encoding="utf-8"
    )
    answer = terminal.run(["margin", "two.parquet", "--market", "market.toml", "-o", "health.parquet"])
    assert answer.code == 2
    assert "account b" in answer.err
    assert "leverage" in answer.err
    assert sorted(path.name for path in terminal.folder.iterdir()) == ["market.toml", "two.parquet"]


def test_a_book_has_no_market_file_of_its_own(terminal: Terminal) -> None:
    terminal.run(["demo", "--book", "-o", "book.toml"])
    answer = terminal.run(["margin", "book.toml", "--market", "market.toml"])
    assert answer.code == 2
    assert "--market" in answer.err
