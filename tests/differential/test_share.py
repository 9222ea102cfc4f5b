"""How seldom the exact engine has to decide on accounts as people hold them."""

import numpy as np
import pytest

from ringfence.batch.judge import judge_all
from ringfence.batch.majors import market_of
from ringfence.batch.population import Shape, populate
from ringfence.batch.ready import ready

VENUES = (
    "binance-coinm", "binance-pm", "binance-pm-pro", "binance-usdm", "bitget", "bitmex", "bybit", "deribit", "derive",
    "dydx", "gate", "htx", "hyperliquid", "kraken", "kucoin", "okx", "paradex",
)  # fmt: skip
SELDOM = 1e-3


@pytest.mark.parametrize("venue", VENUES)
def test_hardly_a_pool_of_realistic_accounts_needs_the_exact_engine(venue: str) -> None:
    setting = market_of(venue)
    columns = populate(Shape(accounts=3000), setting, seed=11)
    judged = judge_all(ready(columns, setting))
    unsure = int(np.count_nonzero(~judged.sure))
    assert len(columns) >= 3000
    assert unsure <= SELDOM * len(columns)
