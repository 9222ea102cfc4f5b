"""The kinds of rule that can be asked for one at a time: name -> function."""

from typing import Final

from ringfence.venue.rules import equity, liquidation, netting, portfolio, requirement
from ringfence.venue.rules.ask import Answer, Kind, ask

KINDS: Final[dict[str, Kind]] = {
    "account_ratio": portfolio.account_ratio,
    "adl": liquidation.adl,
    "adl_rank": liquidation.adl_rank,
    "bankruptcy_price": liquidation.bankruptcy_price,
    "bankruptcy_value": liquidation.bankruptcy_value,
    "charge_by_size": portfolio.charge_by_size,
    "collateral": equity.collateral,
    "debt": portfolio.debt,
    "deductions": requirement.deductions,
    "delta": netting.delta_charge,
    "delta_shock": netting.delta_shock,
    "extended": netting.extended,
    "factor_on_initial": requirement.factor_on_initial,
    "fillable_price": liquidation.fillable_price,
    "fraction_of_initial": requirement.fraction_of_initial,
    "funding": equity.funding,
    "futures": netting.futures_charge,
    "gains_counted": netting.gains_counted,
    "insurance_fee": liquidation.insurance_fee,
    "isolated_add": equity.isolated_add,
    "isolated_remove": equity.isolated_remove,
    "isolated_transfer": equity.isolated_transfer,
    "leverage": requirement.leverage,
    "liquidatable_notional": liquidation.liquidatable_notional,
    "net_and_hedged": netting.net_and_hedged,
    "open_interest": requirement.open_interest,
    "option": netting.option,
    "option_order": portfolio.option_order,
    "order_cost": requirement.order_cost,
    "pnl": equity.pnl,
    "scenario_gain": netting.scenario_gain,
    "short_options": netting.short_options,
    "size_curve": requirement.size_curve,
    "slope": requirement.slope,
    "sold_for_deficit": equity.sold_for_deficit,
    "step": requirement.step,
    "stress_range": netting.stress_range,
    "tiers": requirement.tiers,
    "unit_requirement": portfolio.unit_requirement,
    "vol_shock": netting.vol_shock,
    "withdrawable": equity.withdrawable,
}

__all__ = ["KINDS", "Answer", "Kind", "ask"]
