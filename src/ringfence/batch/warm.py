"""Kernels compiled before they are needed: a made-up handful of accounts goes through all of them."""

from typing import Final

import numpy as np

from ringfence.batch.columns import Columns
from ringfence.batch.compiled import is_kept
from ringfence.batch.figures import FIGURES, LIQUIDATABLE, WORDS, Judged
from ringfence.batch.judge import judge_all, judge_pools
from ringfence.batch.majors import market_of
from ringfence.batch.nearest import nearest_moves
from ringfence.batch.population import Shape, populate
from ringfence.batch.prices import liquidation_prices
from ringfence.batch.ready import Ready, ready
from ringfence.batch.rows import fill_wallets
from ringfence.batch.running import Running
from ringfence.batch.setting import Setting

_VENUE: Final = "binance-usdm"
_NETTING: Final = ("okx", "paradex", "bybit")
"""Venues whose portfolio models use all kernels of ``netting`` between them."""


def is_warm() -> bool:
    """Return whether the kernels that judge pools are compiled, and kept on disk."""
    return is_kept(judge_pools) and is_kept(fill_wallets)


def warm_up() -> None:
    """Compile every kernel of the room, and keep them on disk. Where they are kept, load them: a second or two."""
    warm_up_judging()
    warm_up_search()


def warm_up_judging() -> None:
    """Compile what judges pools, and what keeps them judged: one half of the work."""
    setting, columns, made = _handful(market_of(_VENUE))
    judge_all(made)
    Running(columns, setting).warm_up()
    for venue in _NETTING:
        judge_all(_handful(market_of(venue, account_mode="portfolio"))[2])


def warm_up_search() -> None:
    """Compile what looks for prices and moves: the other half, which another process can do meanwhile.

    Nobody is judged for it: all pass for dead, and nothing is looked for.
    """
    setting, _, made = _handful(market_of(_VENUE))
    pools, rows = len(made.pools), len(made.rows)
    dead = Judged(
        np.zeros((pools, len(WORDS))), np.zeros((rows, FIGURES)), np.full(pools, LIQUIDATABLE, np.int8),
        np.ones(pools, np.bool_),
    )  # fmt: skip
    liquidation_prices(made, dead)
    nearest_moves(made, dead, setting)


def _handful(setting: Setting) -> tuple[Setting, Columns, Ready]:
    columns = populate(Shape(accounts=3), setting, seed=1)
    return setting, columns, ready(columns, setting)
