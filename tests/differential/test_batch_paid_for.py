"""What the fast engine says of an option or of spot that stands alone is what the exact one says."""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from math import isnan

from ringfence.batch.netting.prices import Prices
from ringfence.batch.netting.units import ROUNDING
from ringfence.batch.paid_for import OPTION_STEPS, option_rate, option_terms, spot_rate
from ringfence.batch.records import Record
from ringfence.book import Position
from ringfence.core.number import EXACT
from ringfence.margin.paid_for import option_charge, spot_charge
from ringfence.margin.tiers import ladder_of
from ringfence.margin.world import World
from ringfence.venue import kinds
from ringfence.venue.entry import Measure
from tests.differential.populations import Population, population
from tests.laws.option_stages import option_stages, stands_alone
from tests.laws.stages import Stage

MEASURES: tuple[Measure, Measure] = ("initial", "maintenance")


def _factor(terms: Record, position: Position, world: World) -> float:
    if not isnan(terms["factor"]):
        return float(terms["factor"])
    ladder = ladder_of(position, world)
    rate = ladder.rungs[ladder.tier_of(position.contracts) - 1].maintenance_rate
    return 1.0 if rate is None else float(rate)


def _terms(position: Position, rule: kinds.OptionRate, many: Population) -> Record:
    one = many.world.instrument(position.symbol)
    found = option_terms(rule, one, Prices(many.setting), many.setting.at)
    assert found is not None
    return found


def _option(position: Position, measure: Measure, many: Population) -> tuple[Decimal, float, float]:
    """Return what both engines say of an option, and by how much they may differ."""
    world, facts = many.world, many.world.facts(position)
    rule, held = (world.rules.requirement(which, facts) for which in (measure, "maintenance"))
    assert isinstance(rule, kinds.OptionRate)
    assert isinstance(held, kinds.OptionRate)
    own, least = _terms(position, rule, many), _terms(position, held, many)
    coins, mark = float(position.contracts * position.contract_size), float(world.mark(position.symbol))
    entry = float(position.entry_price)
    factors = _factor(own, position, world), _factor(least, position, world)
    found = option_rate(float(position.sign), coins, mark, entry, own, least, *factors)
    exact = option_charge(position, world, rule).value
    unit = own["underlying"] if own["in_coin"] else 1.0
    size = coins * ((own["underlying"] + own["strike"]) / unit + mark + entry) * max(1.0, *factors)
    return exact, found, OPTION_STEPS * ROUNDING * size


def _alone(payoff: str) -> Iterator[tuple[Stage, Population, Position]]:
    """Yield positions of a payoff that stand on their own requirement, with their stage and population."""
    for stage in option_stages():
        instruments = [i for i in stage.instruments if i.payoff == payoff and stands_alone(stage, i)]
        if instruments:
            many = population(stage, 7, 25)
            held = {one.symbol for one in instruments}
            yield from ((stage, many, p) for pool in many.pools for p in pool.positions if p.symbol in held)


def test_an_option_needs_the_same_by_both_engines() -> None:
    tried = set()
    with localcontext(EXACT):
        for stage, many, position in _alone("option"):
            for measure in MEASURES:
                exact, found, slip = _option(position, measure, many)
                assert abs(exact - Decimal(found)) <= Decimal(slip), (stage, position)
            tried.add((stage.pack, position.sign))
    assert {pack for pack, _ in tried} >= {"deribit", "okx", "bybit", "binance-options", "paradex", "exampex"}
    assert {sign for _, sign in tried} == {1, -1}


def test_spot_needs_the_same_by_both_engines() -> None:
    tried = 0
    with localcontext(EXACT):
        for _, many, position in _alone("spot"):
            for measure in MEASURES:
                rule = many.world.rules.requirement(measure, many.world.facts(position))
                assert isinstance(rule, kinds.SpotRate)
                value = many.world.value(position)
                found = spot_rate(float(position.sign), float(value), float(rule.long), float(rule.short))
                exact = spot_charge(position, many.world, rule).value
                assert abs(exact - Decimal(found)) <= value * Decimal(4 * ROUNDING)
                tried += 1
    assert tried
