"""The kinds of rule that can be asked for one at a time: name -> function."""

from typing import Final

from ringfence.venue.rules import equity, liquidation, requirement
from ringfence.venue.rules.ask import Answer, Kind, ask

KINDS: Final[dict[str, Kind]] = {
    "adl": liquidation.adl,
    "adl_rank": liquidation.adl_rank,
    "bankruptcy_price": liquidation.bankruptcy_price,
    "bankruptcy_value": liquidation.bankruptcy_value,
    "collateral": equity.collateral,
    "deductions": requirement.deductions,
    "factor_on_initial": requirement.factor_on_initial,
    "fillable_price": liquidation.fillable_price,
    "fraction_of_initial": requirement.fraction_of_initial,
    "funding": equity.funding,
    "insurance_fee": liquidation.insurance_fee,
    "isolated_add": equity.isolated_add,
    "isolated_remove": equity.isolated_remove,
    "isolated_transfer": equity.isolated_transfer,
    "leverage": requirement.leverage,
    "liquidatable_notional": liquidation.liquidatable_notional,
    "open_interest": requirement.open_interest,
    "order_cost": requirement.order_cost,
    "pnl": equity.pnl,
    "size_curve": requirement.size_curve,
    "slope": requirement.slope,
    "sold_for_deficit": equity.sold_for_deficit,
    "step": requirement.step,
    "tiers": requirement.tiers,
    "withdrawable": equity.withdrawable,
}

__all__ = ["KINDS", "Answer", "Kind", "ask"]
