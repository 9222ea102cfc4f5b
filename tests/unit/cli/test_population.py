"""``ringfence population``: a table of made-up accounts that carries its market, or one message."""

from pathlib import Path

import numpy as np
import pytest

from ringfence.batch.majors import market_of
from ringfence.batch.population import Shape, populate
from ringfence.importers.accounts import open_accounts
from ringfence.screen.exact import holding_of
from tests.unit.cli.terminal import Terminal

COMMAND = ["population", "--venue", "binance-usdm", "--accounts", "50"]


@pytest.mark.parametrize(
    ("venue", "mode"), [("binance-usdm", "single-asset"), ("okx", "multi-currency"), ("bitmex", None)]
)
def test_the_file_alone_gives_the_accounts_and_their_market_back(
    venue: str, mode: str | None, terminal: Terminal
) -> None:
    words = ["population", "--venue", venue, "--accounts", "200", "--seed", "4", "-o", "accounts.parquet"]
    answer = terminal.run([*words, *([] if mode is None else ["--mode", mode])])
    assert (answer.code, answer.err) == (0, "")
    setting = market_of(venue, seed=4, account_mode=mode)
    columns = populate(Shape(accounts=200), setting, 4)
    read = open_accounts(terminal.folder / "accounts.parquet")
    (block,) = read.blocks()
    assert len(block.columns.positions) == len(columns.positions)
    assert read.setting.market == setting.market
    for account in range(200):
        mine, theirs = (
            holding_of(columns, account, setting).book,
            holding_of(block.columns, account, read.setting).book,
        )
        assert mine.account == theirs.account
        assert (mine.positions, dict(mine.collateral)) == (theirs.positions, dict(theirs.collateral))


def test_the_answer_says_what_was_written(terminal: Terminal) -> None:
    answer = terminal.run([*COMMAND, "--seed", "2", "-o", "accounts.parquet"])
    assert answer.out.startswith("accounts.parquet: 50 made-up accounts with ")
    assert answer.out.endswith(" pools at binance-usdm, seed 2.\n")


def test_a_seed_gives_the_same_file_and_another_gives_another(terminal: Terminal) -> None:
    for name, seed in (("one", "1"), ("again", "1"), ("other", "2")):
        terminal.run([*COMMAND, "--seed", seed, "-o", f"{name}.parquet"])
    one, again, other = (
        (terminal.folder / f"{name}.parquet").read_bytes() for name in ("one", "again", "other")
    )
    assert one == again
    assert one != other


def test_contracts_and_their_number_can_be_chosen(terminal: Terminal) -> None:
    terminal.run([*COMMAND, "--symbols", "ETHUSDT,SOL/USDT:USDT", "--positions", "1", "-o", "few.parquet"])
    (block,) = open_accounts(terminal.folder / "few.parquet").blocks()
    assert set(block.columns.symbols) == {"ETH/USDT:USDT", "SOL/USDT:USDT"}
    assert np.bincount(block.columns.positions.symbol).sum() < 75


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--venue", "okx"], "-o: it is missing. Name the file to write: -o accounts.parquet."),
        (["--venue", "okx", "-o", "a.csv"], "-o a.csv: accounts are written as Parquet. Name it .parquet."),
        (["--venue", "okxx", "-o", "a.parquet"], "Did you mean 'okx'?"),
        (["--venue", "coinex", "-o", "a.parquet"], "coinex: its pack describes no perpetual of a known coin"),
        (["--venue", "okx", "--accounts", "0", "-o", "a.parquet"], "--accounts: 0 is not a whole number from 1"),
        (["--venue", "okx", "--positions", "nan", "-o", "a.parquet"], "--positions: nan is not from 1 to 1000"),
        (["--venue", "okx", "--seed", "-1", "-o", "a.parquet"], "--seed: -1 is below zero"),
        (["--venue", "okx", "--mode", "none", "-o", "a.parquet"], "okx, account_mode: 'none' is unknown"),
        (["--venue", "okx", "--on", "someday", "-o", "a.parquet"], "--on: 'someday' is not a day"),
        (["--venue", "okx", "--on", "2001-01-01", "-o", "a.parquet"], "the pack begins on 2021-01-01"),
        (["--venue", "okx", "--symbols", ",", "-o", "a.parquet"], "--symbols ',': a name is empty"),
        (["--venue", "okx", "--symbols", "WIF/USDT:USDT", "-o", "a.parquet"], "--symbols, WIF/USDT:USDT: no synthetic"),
        (["--venue", "okx", "-o", "missing/a.parquet"], "Name a file that can be written"),
        (["-o", "a.parquet"], "--venue"),
    ],
)  # fmt: skip
def test_a_population_of_nothing_is_refused_in_words(words: list[str], said: str, terminal: Terminal) -> None:
    message = terminal.refused(["population", *words])
    assert said in message
    assert "Traceback" not in message


def test_a_file_of_before_stays_where_the_new_one_is_refused(terminal: Terminal) -> None:
    target: Path = terminal.folder / "a.parquet"
    target.write_text("before", encoding="utf-8")
    terminal.refused(["population", "--venue", "coinex", "-o", "a.parquet"])
    assert target.read_text(encoding="utf-8") == "before"
