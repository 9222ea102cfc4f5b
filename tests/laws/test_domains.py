"""Where a law's domain ends: every predicate holds for some contract that ships, and a table says where it fails."""

from collections.abc import Mapping
from typing import Final

import pytest

from ringfence.venue import pack_ids
from ringfence.venue.loader import find_pack
from tests.laws import predicates
from tests.laws.stages import Predicate, stages, within

INVENTED: Final = "exampex"

FALSE: Final[Mapping[Predicate, Mapping[str, str]]] = {
    predicates.rounds_nothing: {
        "bitmex": "linear contracts: held-back fees go up to whole units of the settlement asset",
        "deribit": "portfolio: the worst case in nine decimals",
        "dydx": "values go towards zero and requirements up, in whole units",
        "exampex": "XRP: values and requirements in cents",
    },
    predicates.sum_of_powers: {
        "exampex": "sensitivity mode: roots of sums of squares; past mode: rows of a history",
    },
    predicates.nothing_nets: {
        "bybit": "portfolio mode: contracts net in joint scenarios",
        "deribit": "portfolio margin: contracts net in joint scenarios",
        "derive": "every manager nets contracts in joint scenarios, or by what they can lose",
        "exampex": "portfolio models, one a mode",
        "okx": "portfolio mode: contracts net in joint scenarios",
        "paradex": "portfolio margin: contracts net in joint scenarios",
    },
    predicates.no_fixed_charge: {
        "bitmex": "as rounds_nothing: a requirement goes up to a whole unit",
        "deribit": "as rounds_nothing: the worst case in nine decimals",
        "dydx": "as rounds_nothing: a requirement goes up to a whole unit",
        "exampex": "XRP: a requirement goes up to a whole cent",
    },
    predicates.same_price_basis: {
        "bitget": "initial at entry until 2025-11-10",
        "bitmex": "the coming funding is held back in maintenance, not in initial",
        "bybit": "unified, isolated, since 2025-09-02: initial at entry, maintenance at mark",
        "coinex": "initial at entry, maintenance at mark",
        "exampex": "inverse contracts: the coming funding is held back in maintenance",
        "gate": "isolated: initial at entry, maintenance at mark",
        "kraken": "initial at entry, maintenance at mark",
        "kucoin": "isolated: initial at entry, maintenance at mark",
        "okx": "isolated: initial at entry, maintenance at mark",
    },
    predicates.leverage_bounded: {
        "binance-coinm": "the recorded brackets hold maintenance rates only",
        "binance-pm": "as binance-usdm and binance-coinm, whose brackets it takes over",
        "binance-pm-pro": "as binance-pm",
        "binance-usdm": "the brackets recorded before 2024-10-24 hold maintenance rates only",
        "bybit": "some symbols are known by their maintenance rates only",
        "exampex": "FIL: a curve asks for maintenance, and nothing bounds the leverage",
        "gate": "the recorded rows hold maintenance rates only",
    },
    predicates.same_trigger_in_both_scopes: {
        "binance-pm": "one pool for the account, no isolated positions",
        "binance-pm-pro": "as binance-pm",
        "binance-usdm": "multi-asset mode has no isolated positions",
        "bitget": "the size that picks the tier: of both legs in cross, of the leg in isolated",
        "bitmex": "held-back fees: as stated in cross, found from the leverage in isolated",
        "bybit": "prices, profits or closing fees count otherwise in cross than in isolated",
        "deribit": "no isolated positions",
        "derive": "no isolated positions",
        "exampex": "unified mode has no isolated positions",
        "gate": "isolated: initial at entry, and the closing fee in it; cross: neither",
        "hyperliquid": "portfolio margin: collateral is cut, and only the cross pool borrows against it",
        "kraken": "single-collateral: no isolated positions; multi-collateral: collateral is cut",
        "kucoin": "isolated: initial at entry, and another fee in maintenance",
        "okx": "cross picks the tier by the whole underlying, isolated by the position",
        "paradex": "portfolio mode has no isolated positions",
    },
    predicates.additive_maintenance: {
        "bybit": "inverse contracts: the closing fee follows the wallet of the pool or the position",
        "deribit": "portfolio margin: contracts net in joint scenarios",
        "derive": "contracts net in joint scenarios, or by what they can lose",
        "exampex": "AVAX: the tier is picked by the net of the legs",
        "kraken": "the larger side of the perpetual and all expiries of a coin",
        "okx": "cross picks the tier by the whole underlying",
        "paradex": "portfolio margin: contracts net in joint scenarios",
    },
    predicates.legs_in_full: {
        "bitget": "cross: the larger leg",
        "bybit": "cross: the net position",
        "coinex": "both legs, at the tier of the larger",
        "deribit": "portfolio margin: contracts net in joint scenarios",
        "derive": "contracts net in joint scenarios, or by what they can lose",
        "exampex": "each way of netting legs, none of them in full at the tier of the leg",
        "gate": "the larger leg, and the net position before 2024-07-15",
        "kraken": "the larger side",
        "okx": "cross picks the tier by both legs together",
        "paradex": "portfolio margin: contracts net in joint scenarios",
    },
    predicates.linear_collateral: {
        "binance-pm": "coins are cut by their collateral rates",
        "bybit": "unified, BTC: profit and loss are cut with the balance",
        "exampex": "unified, coins: bands that end, cuts that multiply",
        "kraken": "multi-collateral: coins are cut, or state no ratio",
        "okx": "multi-currency: discount rates by bands",
        "binance-pm-pro": "a debt needs something of its own",
        "hyperliquid": "portfolio margin: a debt needs something of its own",
    },
    predicates.profit_counts: {
        "bybit": "classic, cross: a loss counts, no profit",
        "exampex": "unified: a loss counts, no profit",
        "gate": "before 2024-07-15: a loss counts, no profit",
    },
    predicates.hedge_mode: {
        "bitmex": "one position a contract",
        "deribit": "one position a contract",
        "derive": "one position a contract",
        "dydx": "one position a contract",
        "exampex": "portfolio models: one position a contract",
        "hyperliquid": "one position a contract",
        "kraken": "single-collateral: one position a contract",
        "paradex": "one position a contract",
    },
    predicates.judged_alone: {
        "derive": "portfolio managers: no position stands outside the model",
    },
}


def test_every_pack_is_a_stage_in_every_account_mode() -> None:
    modes = {(pack, mode.id) for pack in pack_ids() for mode in find_pack(pack).mode}
    assert {(stage.pack, stage.rules.account_mode.id) for stage in stages()} == modes


@pytest.mark.parametrize("predicate", FALSE, ids=lambda predicate: predicate.__name__)
def test_a_domain_is_not_empty(predicate: Predicate) -> None:
    shipped = [stage for stage in stages() if stage.pack != INVENTED]
    assert any(within(stage, predicate).instruments for stage in shipped)


@pytest.mark.parametrize("predicate", FALSE, ids=lambda predicate: predicate.__name__)
def test_the_table_names_every_pack_outside_a_domain(predicate: Predicate) -> None:
    outside = {stage.pack for stage in stages() if within(stage, predicate) != stage}
    assert outside == set(FALSE[predicate])


def test_every_predicate_stands_in_the_table() -> None:
    asked = {
        name
        for name, one in vars(predicates).items()
        if getattr(one, "__module__", "") == predicates.__name__
    }
    assert asked == {predicate.__name__ for predicate in FALSE} | {"leverage_admissible", "_least_rates"}
