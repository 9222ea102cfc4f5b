"""What a venue does with a pool past its trigger: procedures as pure steps, the insurance fund, deleveraging."""

from ringfence.liquidation.adl import adl_queue, allocate
from ringfence.liquidation.bankruptcy import bankruptcy_prices, net_worth
from ringfence.liquidation.procedure import Outcome, liquidate
from ringfence.liquidation.stage import LOT, NO_FILLS, QUANTUM, Fill, Fills, Stage, Winner, fills_at_mark
from ringfence.liquidation.step import step

__all__ = [
    "LOT",
    "NO_FILLS",
    "QUANTUM",
    "Fill",
    "Fills",
    "Outcome",
    "Stage",
    "Winner",
    "adl_queue",
    "allocate",
    "bankruptcy_prices",
    "fills_at_mark",
    "liquidate",
    "net_worth",
    "step",
]
