"""A market file holds what many accounts share: what is read back is the same market."""

from dataclasses import replace
from pathlib import Path

import pytest

import ringfence
from ringfence.batch.majors import market_of
from ringfence.book import Overrides
from ringfence.importers.write import market_text


@pytest.mark.parametrize("venue", ["binance-usdm", "bitmex", "hyperliquid", "okx"])
def test_a_market_file_gives_the_same_market_back(venue: str, tmp_path: Path) -> None:
    setting = market_of(venue, seed=3)
    (tmp_path / "market.toml").write_text(market_text(setting, comments=["Made up."]), encoding="utf-8")
    read = ringfence.read(tmp_path / "market.toml").only()
    assert read.market == setting.market
    assert dict(read.book.instruments) == dict(setting.instruments)
    assert (read.book.venue, read.book.on, read.book.at) == (venue, setting.rules.on, setting.at)
    assert (read.book.positions, read.book.collateral) == ((), {})


def test_a_market_file_says_what_the_book_says_instead_of_the_pack(tmp_path: Path) -> None:
    own = Overrides(settings={"collateral_off": ["BNB"]})
    setting = replace(market_of("binance-usdm", account_mode="multi-asset"), overrides=own)
    (tmp_path / "market.toml").write_text(market_text(setting, hedge_mode=True), encoding="utf-8")
    read = ringfence.read(tmp_path / "market.toml").only()
    assert read.book.overrides == own
    assert (read.book.account_mode, read.book.position_mode) == ("multi-asset", "hedge")
