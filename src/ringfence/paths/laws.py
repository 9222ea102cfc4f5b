"""Laws of prices: what moves the coins from step to step. A closed list of plain records; ``draw.py`` draws them.

Under every law each step multiplies a coin's price by a factor > 0 of mean exactly one, given all that came before,
times exp(drift dt) where ``Coins`` ask for a drift.
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Gbm:
    """Geometric Brownian motion: ln S moves by sigma_i sqrt(dt) (L z)_i - sigma_i^2 dt / 2, with L L' the correlation.

    Exact for any step.
    """


Law: TypeAlias = Gbm
"""One of them."""


def words(law: Law) -> str:
    """Return what a law is, in words for a report."""
    match law:
        case Gbm():
            return "geometric Brownian motion, correlated, of constant volatility"
