"""What is compiled beforehand is all that is compiled: in the very types in which it is called later."""

import sys
from typing import Any

from ringfence.batch.judge import judge_all
from ringfence.batch.kept import Kept
from ringfence.batch.majors import market_of
from ringfence.batch.nearest import nearest_moves
from ringfence.batch.population import Shape, populate
from ringfence.batch.prices import liquidation_prices
from ringfence.batch.ready import ready
from ringfence.batch.running import Running
from ringfence.batch.warm import is_warm, warm_up


def compiled() -> dict[str, list[Any]]:
    """Return in which types every kernel of the room is compiled on its own."""
    room = [module for name, module in sys.modules.items() if name.startswith("ringfence.batch")]
    found = [one for module in room for one in vars(module).values() if hasattr(one, "signatures")]
    return {f"{k.py_func.__module__}.{k.py_func.__qualname__}": list(k.signatures) for k in found}


def test_nothing_is_left_to_compile_once_all_is_warm() -> None:
    warm_up()
    before = compiled()
    assert is_warm()
    for venue, mode in (("binance-usdm", None), ("binance-coinm", None), ("okx", "portfolio")):
        setting = market_of(venue, account_mode=mode)
        columns = populate(Shape(accounts=20), setting, seed=5)
        made = ready(columns, setting)
        judged = judge_all(made)
        liquidation_prices(made, judged)
        nearest_moves(made, judged, setting)
        kept = Kept(columns, setting)
        symbol = columns.symbols[0]
        kept.tick({symbol: setting.market.marks[symbol] * 2})
        kept.put(kept.columns([0]), [0])
        running = Running(columns, setting)
        running.tick([0], running.marks[[0]] * 1.1)
        running.put(kept.columns([0]), [0])
    assert compiled() == before
