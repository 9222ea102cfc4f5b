"""Where a law is tried: every pack, in every account mode, under the newest rules and those before."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from functools import cache
from pathlib import Path

import pytest

from ringfence.book import Instrument, MarginMode, Position
from ringfence.core.errors import InputError
from ringfence.core.number import EXACT
from ringfence.margin.judge import judge
from ringfence.margin.node import Missing
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.venue import RulePack, kinds, load, pack_ids, resolve_instrument
from ringfence.venue.loader import find_pack, newest

VENUES = Path(__file__).parents[1] / "venues"
"""The invented venue, whose rules belong in no real pack, stands beside those that ship."""

REFERENCE = {"BTC": Decimal(60000), "ETH": Decimal(3000), "SOL": Decimal(150), "XRP": Decimal("0.5")}
PRICE_ELSEWHERE = Decimal(20)
_COINS = ("BTC", "ETH", "SOL", "XRP", "DOGE", "ADA", "LTC")
_INSTRUMENTS_MAX = 7


@dataclass(frozen=True)
class Stage:
    """A venue's rules of one day in one account mode, and contracts that they can judge."""

    pack: str
    rules: RulePack
    instruments: tuple[Instrument, ...]

    def __str__(self) -> str:
        return f"{self.pack}-{self.rules.on}-{self.rules.account_mode.id}"

    @property
    def margin_modes(self) -> tuple[MarginMode, ...]:
        """Return the margin modes that the account mode offers."""
        return ("cross", "isolated") if self.rules.account_mode.isolated else ("cross",)


def reference_price(coin: str) -> Decimal:
    """Return a price of the right size for a coin."""
    return REFERENCE.get(coin, PRICE_ELSEWHERE)


def probe(instrument: Instrument, *, margin_mode: str = "cross") -> Position:
    """Return a small position in a contract."""
    return Position(
        symbol=instrument.symbol,
        side="long",
        contracts=Decimal(1),
        contract_size=instrument.contract_size or Decimal(1),
        entry_price=reference_price(instrument.underlying),
        margin_mode="isolated" if margin_mode == "isolated" else "cross",
        leverage=Decimal(2),
    )


def world_for(rules: RulePack, instruments: tuple[Instrument, ...]) -> World:
    """Return a world in which every contract stands at its reference price."""
    marks = {i.symbol: reference_price(i.underlying) for i in instruments}
    return World(Market(marks), {i.symbol: i for i in instruments}, rules)


def _judged(instrument: Instrument, rules: RulePack) -> bool:
    position, world = probe(instrument), world_for(rules, (instrument,))
    pool = Pool("cross", "cross", instrument.settle, False, {instrument.settle: Decimal(1)}, (position,))
    try:
        with localcontext(EXACT):
            judged = judge(pool, world)
            rules.trigger(world.facts(position))
    except InputError:
        return False
    return not isinstance(judged.initial, Missing)


def _symbols(rules: RulePack) -> list[str]:
    named = [symbol for rows in rules.lists.values() for entry in rows for symbol in entry.symbols]
    for family in rules.lists["family"]:
        if isinstance(family, kinds.Family):
            for base in family.bases or _COINS:
                quote = family.quote.partition("|")[0]
                settle = family.settle.replace("{base}", base).replace("{quote}", quote)
                named.append(f"{base}/{quote}:{settle}")
    rank = {coin: number for number, coin in enumerate(_COINS)}
    return sorted(dict.fromkeys(named), key=lambda s: rank.get(s.partition("/")[0], len(rank)))


def _instruments(rules: RulePack) -> tuple[Instrument, ...]:
    found: dict[str, Instrument] = {}
    for symbol in _symbols(rules):
        try:
            instrument = resolve_instrument(symbol, rules, symbol)
        except InputError:
            continue
        if instrument.contract_size is None:
            size = Decimal(100) if instrument.payoff == "inverse" else Decimal("0.01")
            instrument = replace(instrument, contract_size=size)
        if instrument.symbol not in found and _judged(instrument, rules):
            found[instrument.symbol] = instrument
        if len(found) == _INSTRUMENTS_MAX:
            break
    return tuple(found.values())


def _days(pack: kinds.PackFile) -> list[date]:
    """Return the newest day, and the last day before the newest change of a requirement."""
    last = newest(pack)
    changes = {entry.in_force for entry in (*pack.requirement, *pack.closing_cost)} - {pack.venue.begins}
    before = max(changes, default=last) - timedelta(days=1)
    return [last] if before <= pack.venue.begins else [last, before]


def _stages_of(pack_id: str) -> Iterator[Stage]:
    pack = find_pack(pack_id)
    for day in _days(pack):
        for mode in dict.fromkeys(mode.id for mode in pack.mode if mode.in_force <= day):
            try:
                rules = load(pack_id, day, mode)
            except InputError:
                continue
            instruments = _instruments(rules)
            if instruments:
                yield Stage(pack_id, rules, instruments)


@cache
def stages() -> tuple[Stage, ...]:
    """Return every stage of every pack that ships, and of the invented venue."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGFENCE_PACKS", str(VENUES))
        return tuple(stage for pack_id in pack_ids() for stage in _stages_of(pack_id))
