"""Where laws of options and of portfolio models are tried: every pack with either, in every account mode."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import product

import pytest

from ringfence.book import Instrument
from ringfence.core.errors import InputError
from ringfence.margin.judge import judge
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.venue import RulePack, kinds, load, pack_ids, resolve_instrument
from ringfence.venue.instruments import facts_of
from ringfence.venue.loader import find_pack, newest
from ringfence.venue.models import Sensitivities
from ringfence.venue.offsets import Scenarios
from tests.laws.stages import REFERENCE, VENUES, Predicate, Stage, probe, reference_price, stages, within

DAYS = (7, 45)
"""Times to expiry of the contracts that are tried."""

_STRIKES = (Decimal("0.8"), Decimal(1), Decimal("1.25"))
_COINS = tuple(REFERENCE)[:2]
_VOL = Decimal("0.6")


def at_of(rules: RulePack) -> datetime:
    """Return the instant of a stage: eight in the morning of its day."""
    return datetime(rules.on.year, rules.on.month, rules.on.day, 8, tzinfo=UTC)


def option_market(instruments: tuple[Instrument, ...], prices: dict[str, Decimal], vol: Decimal) -> Market:
    """Return a market in which everything on a coin stands at its price, options without a mark of their own."""
    options = [i for i in instruments if i.is_option]
    return Market(
        marks={i.symbol: prices[i.underlying] for i in instruments if not i.is_option},
        indices=prices,
        underlyings={i.symbol: i.underlying for i in instruments},
        implied_vols={i.symbol: vol for i in options},
        forwards={i.symbol: prices[i.underlying] for i in options},
    )


def with_model_marks(world: World) -> World:
    """Return a world in which every option is marked at what its model says."""
    from ringfence.core.number import from_model
    from ringfence.margin.options import quotes_of

    symbols = [symbol for symbol, one in world.instruments.items() if one.is_option]
    if not symbols:
        return world
    prices = quotes_of(symbols, world).price().tolist()
    marks = {symbol: from_model(price) for symbol, price in zip(symbols, prices, strict=True)}
    return replace(world, market=replace(world.market, marks={**world.market.marks, **marks}))


def _dated(symbol: str, day: date) -> str:
    return f"{symbol}-{day:%y%m%d}"


def _symbols(rules: RulePack) -> Iterator[str]:
    """Yield unified symbols of every family: perpetuals, dated futures, and options around today's price."""
    for family in rules.lists["family"]:
        if not isinstance(family, kinds.Family):
            continue
        quote = family.quote.partition("|")[0]
        for base in family.bases[:2] or _COINS:
            settle = family.settle.replace("{base}", base).replace("{quote}", quote)
            symbol, days = f"{base}/{quote}:{settle}", [rules.on + timedelta(days=d) for d in DAYS]
            if family.kind_of_payoff == "option":
                price = reference_price(rules.asset(base))
                for day, strike, right in product(days, _STRIKES, "CP"):
                    yield f"{_dated(symbol, day)}-{(price * strike).normalize():f}-{right}"
            else:
                yield symbol
                if "expiry" in family.native:
                    yield _dated(symbol, days[0])


def _judged(instrument: Instrument, rules: RulePack) -> bool:
    """Return whether a pack judges a position in a contract to the end."""
    prices = {c: Decimal(1) for c in ("USDT", "USDC", "USD", instrument.settle, instrument.quote)}
    prices[instrument.underlying] = reference_price(instrument.underlying)
    market = option_market((instrument,), prices, _VOL)
    world = World(market, {instrument.symbol: instrument}, rules, at=at_of(rules))
    pool = Pool(
        "cross", "cross", instrument.settle, False, {instrument.settle: Decimal(1)}, (probe(instrument),)
    )
    try:
        world = with_model_marks(world)
        judge(pool, world)
        rules.trigger(world.facts(pool.positions[0]))
    except InputError:
        return False
    return True


def _contracts(rules: RulePack) -> Iterator[Instrument]:
    for symbol in dict.fromkeys(_symbols(rules)):
        try:
            one = resolve_instrument(symbol, rules, symbol)
        except InputError:
            continue
        size = Decimal(100) if one.payoff == "inverse" else Decimal("0.01")
        one = one if one.contract_size is not None else replace(one, contract_size=size)
        if _judged(one, rules):
            yield one


def _of_pack(pack_id: str) -> Iterator[Stage]:
    pack = find_pack(pack_id)
    day = newest(pack)
    for mode in dict.fromkeys(mode.id for mode in pack.mode if mode.in_force <= day):
        try:
            rules = load(pack_id, day, mode)
        except InputError:
            continue
        stage = Stage(pack_id, rules, tuple(_contracts(rules)))
        if any(one.is_option or nets(stage, one) for one in stage.instruments):
            yield stage


def nets(stage: Stage, instrument: Instrument) -> bool:
    """Return whether a contract stands in a portfolio model."""
    return stage.rules.offset(facts_of(instrument, "cross")) is not None


def by_scenarios(stage: Stage, instrument: Instrument) -> bool:
    """Return whether a contract stands in a model of joint scenarios."""
    return isinstance(stage.rules.offset(facts_of(instrument, "cross")), Scenarios)


def revalues(stage: Stage, instrument: Instrument) -> bool:
    """Return whether a model asks what a contract can lose, and not only what its delta does."""
    model = stage.rules.offset(facts_of(instrument, "cross"))
    return model is not None and not isinstance(model, Sensitivities)


def is_option(stage: Stage, instrument: Instrument) -> bool:  # noqa: ARG001 - as every predicate
    """Return whether a contract is an option."""
    return instrument.is_option


def stands_alone(stage: Stage, instrument: Instrument) -> bool:
    """Return whether a contract needs what its own rule asks."""
    return not nets(stage, instrument)


@cache
def option_stages() -> tuple[Stage, ...]:
    """Return every stage with options or a portfolio model, of packs that ship and of the invented venue."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGFENCE_PACKS", str(VENUES))
        return tuple(stage for pack_id in pack_ids() for stage in _of_pack(pack_id))


def on_option_stages(*domain: Predicate) -> pytest.MarkDecorator:
    """Return the mark that tries a law on every stage with options or netting, on the contracts of its domain."""
    narrowed = [within(stage, *domain) for stage in option_stages()]
    return pytest.mark.parametrize("stage", [stage for stage in narrowed if stage.instruments], ids=repr)


def on_every_stage() -> pytest.MarkDecorator:
    """Return the mark that tries a law on every stage: of futures, and of what else a pack has."""
    held = [
        *((stage, f"{stage}") for stage in stages()),
        *((stage, f"{stage}-options") for stage in option_stages()),
    ]
    held = [(stage, name) for stage, name in held if stage.instruments]
    return pytest.mark.parametrize("stage", [one for one, _ in held], ids=[name for _, name in held])
