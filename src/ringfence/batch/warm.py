"""Kernels compiled before they are needed: a made-up handful of accounts goes through all of them."""

from typing import Final

from ringfence.batch.compiled import are_kept
from ringfence.batch.judge import judge_all
from ringfence.batch.majors import market_of
from ringfence.batch.nearest import nearest_moves
from ringfence.batch.population import Shape, populate
from ringfence.batch.prices import liquidation_prices
from ringfence.batch.ready import ready
from ringfence.batch.running import Running

_VENUE: Final = "binance-usdm"


def is_warm() -> bool:
    """Return whether the kernels that judge pools are compiled, and kept on disk."""
    return are_kept("ringfence.batch.judge") and are_kept("ringfence.batch.ready")


def warm_up() -> None:
    """Compile every kernel of the room, and keep them on disk. Where they are kept, load them: a second or two."""
    setting = market_of(_VENUE)
    columns = populate(Shape(accounts=3), setting, seed=1)
    made = ready(columns, setting)
    judged = judge_all(made)
    liquidation_prices(made, judged)
    nearest_moves(made, judged, setting)
    running = Running(columns, setting)
    running.warm_up()
