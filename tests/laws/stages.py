"""Where a law is tried: every pack, in every account mode, under each edition of its rules."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from ringfence.book import Book, Instrument, MarginMode, Overrides, Position
from ringfence.core.errors import InputError
from ringfence.core.number import EXACT
from ringfence.margin.judge import judge
from ringfence.margin.node import Missing
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.venue import Facts, RulePack, kinds, load, pack_ids, resolve_instrument, rules_of
from ringfence.venue.instruments import facts_of
from ringfence.venue.loader import find_pack, newest

VENUES = Path(__file__).parents[1] / "venues"
"""The invented venue, whose rules belong in no real pack, stands beside those that ship."""

REFERENCE = {
    "BTC": Decimal(60000), "ETH": Decimal(3000), "SOL": Decimal(150), "XRP": Decimal("0.5"), "DOGE": Decimal("0.1"),
    "ADA": Decimal("0.4"), "LTC": Decimal(80),
}  # fmt: skip
PRICE_ELSEWHERE = Decimal(20)
_INSTRUMENTS_MAX = 7
_EDITED = ("mode", "requirement", "closing_cost", "hedge", "rounding", "equity", "trigger", "procedure")
"""Lists whose changes make another edition: how a book is judged, not by which figures."""
_OWN_TIERS = (
    (Decimal(0), Decimal(100_000), "0.005", "100"),
    (Decimal(100_000), Decimal(1_000_000), "0.01", "50"),
    (Decimal(1_000_000), None, "0.05", "10"),
)
"""Floor and cap [quote], maintenance rate and maximum leverage."""
_COIN = Decimal(50_000)
"""[quote] What a coin is taken to be worth where these tiers count coins."""
_EXAMPLES = 60
"""Examples of the default profile, by which ``tries`` counts."""


class Brief:
    """What a counterexample shows by its own short text, not field by field."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002 - as Hypothesis calls it
        printer.text(repr(self))


@dataclass(frozen=True, repr=False)
class Stage(Brief):
    """A venue's rules of one day in one account mode, and contracts that they can judge.

    overrides   the tier tables that a book brings along where the pack has none
    """

    pack: str
    rules: RulePack
    instruments: tuple[Instrument, ...]
    overrides: Overrides = field(default_factory=Overrides)

    def __repr__(self) -> str:
        return f"{self.pack}-{self.rules.on}-{self.rules.account_mode.id}"

    @property
    def margin_modes(self) -> tuple[MarginMode, ...]:
        """Return the margin modes that the account mode offers."""
        return ("cross", "isolated") if self.rules.account_mode.isolated else ("cross",)

    def facts(self, instrument: Instrument) -> list[Facts]:
        """Return what rules may ask of a position in a contract, in every margin mode."""
        return [facts_of(instrument, mode) for mode in self.margin_modes]


def asking(rules: RulePack, measure: kinds.Measure, facts: Facts) -> kinds.RequirementRule | kinds.OffsetRule:
    """Return what asks for a requirement: a position's own rule, or the portfolio model in which it nets."""
    model = rules.offset(facts)
    return rules.requirement(measure, facts) if model is None else model


def reference_price(coin: str) -> Decimal:
    """Return a price of the right size for a coin."""
    return REFERENCE.get(coin, PRICE_ELSEWHERE)


def probe(instrument: Instrument, *, margin_mode: MarginMode = "cross") -> Position:
    """Return a small position in a contract."""
    return Position(
        symbol=instrument.symbol,
        side="long",
        contracts=Decimal(1),
        contract_size=instrument.contract_size or Decimal(1),
        entry_price=reference_price(instrument.underlying),
        margin_mode=margin_mode,
        leverage=Decimal(2),
    )


def world_for(rules: RulePack, instruments: tuple[Instrument, ...]) -> World:
    """Return a world in which every contract stands at its reference price."""
    marks = {i.symbol: reference_price(i.underlying) for i in instruments}
    return World(Market(marks), {i.symbol: i for i in instruments}, rules)


def _judged(instrument: Instrument, rules: RulePack) -> bool:
    """Return whether a pack judges a position in a contract to the end, in every margin mode it offers."""
    return all(_judged_in(mode, instrument, rules) for mode in Stage("", rules, ()).margin_modes)


def _judged_in(margin_mode: MarginMode, instrument: Instrument, rules: RulePack) -> bool:
    position, world = probe(instrument, margin_mode=margin_mode), world_for(rules, (instrument,))
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
            for base in family.bases or REFERENCE:
                quote = family.quote.partition("|")[0]
                settle = family.settle.replace("{base}", base).replace("{quote}", quote)
                named.append(f"{base}/{quote}:{settle}")
    rank = {coin: number for number, coin in enumerate(REFERENCE)}
    return sorted(dict.fromkeys(named), key=lambda s: rank.get(s.partition("/")[0], len(rank)))


def _contracts(rules: RulePack) -> Iterator[Instrument]:
    """Yield the contracts that the pack names, those of the great coins first; what is paid for has laws of its own."""
    seen = set()
    for symbol in _symbols(rules):
        try:
            instrument = resolve_instrument(symbol, rules, symbol)
        except InputError:
            continue
        if instrument.is_paid_for:
            continue
        if instrument.contract_size is None:
            size = Decimal(100) if instrument.payoff == "inverse" else Decimal("0.01")
            instrument = replace(instrument, contract_size=size)
        if instrument.symbol not in seen:
            seen.add(instrument.symbol)
            yield instrument


def _own_tables(rules: RulePack) -> Overrides:
    """Return tier tables as a book states them, for a pack that leaves them to its users."""
    rows: list[dict[str, object]] = []
    for instrument in islice(_contracts(rules), _INSTRUMENTS_MAX):
        coin = instrument.payoff == "inverse"
        for number, (floor, cap, rate, most) in enumerate(_OWN_TIERS):
            unit = {"unit": "coin" if coin else "quote"} if number == 0 else {}
            price = _COIN if coin else Decimal(1)
            caps = {} if cap is None else {"cap": cap / price}
            row = {"symbol": instrument.symbol, "floor": floor / price, **caps, **unit}
            rows.append({**row, "maintenance_rate": rate, "max_leverage": most})
    return Overrides(tiers=tuple(rows))


def _treatment(instrument: Instrument, rules: RulePack) -> tuple[object, ...]:
    """Return which kinds of rule a contract meets: two that meet the same teach the same."""
    facts = facts_of(instrument, "cross")
    ladder = rules.ladder(facts)
    return (
        instrument.payoff,
        *(asking(rules, measure, facts) for measure in ("initial", "maintenance")),
        rules.closing_cost(facts),
        rules.hedge(facts),
        rules.rounding(facts),
        ladder and (ladder.unit, ladder.method, len(ladder.rungs) > 1),
    )


def _instruments(rules: RulePack) -> tuple[Instrument, ...]:
    """Return one contract of each treatment, and a few more."""
    found = [instrument for instrument in _contracts(rules) if _judged(instrument, rules)]
    first: dict[str, Instrument] = {}
    for instrument in found:
        first.setdefault(repr(_treatment(instrument, rules)), instrument)
    different = list(first.values())
    others = [instrument for instrument in found if instrument not in different]
    return (*different, *others[: max(0, _INSTRUMENTS_MAX - len(different))])


def _days(pack: kinds.PackFile) -> list[date]:
    """Return the newest day, and the last day of every edition before."""
    changes = {entry.in_force for name in _EDITED for entry in getattr(pack, name)}
    before = [day - timedelta(days=1) for day in changes if day > pack.venue.begins]
    return sorted({newest(pack), *before}, reverse=True)


def _models(rules: RulePack) -> tuple[object, ...]:
    """Return how positions net in an account mode, apart from its figures; empty where nothing does."""
    numbers = rules.offset_models(rules.account_mode.id)
    held = [rules.lists["offset"][number] for number in numbers]
    return tuple(
        sorted(
            {(type(one).__name__, *(type(c).__name__ for c in getattr(one, "charges", ()))) for one in held}
        )
    )


def _stages_of(pack_id: str) -> Iterator[Stage]:
    """Yield the stages of a pack. Of days whose models differ in figures only the newest teaches all."""
    seen: set[tuple[object, ...]] = set()
    for stage in _every_stage_of(pack_id):
        models = _models(stage.rules)
        lesson = (stage.rules.account_mode.id, *models)
        if not models or lesson not in seen:
            seen.add(lesson)
            yield stage


def _every_stage_of(pack_id: str) -> Iterator[Stage]:
    pack = find_pack(pack_id)
    for day in _days(pack):
        for mode in dict.fromkeys(mode.id for mode in pack.mode if mode.in_force <= day):
            try:
                rules = load(pack_id, day, mode)
            except InputError:
                continue
            stage = Stage(pack_id, rules, _instruments(rules))
            yield stage if stage.instruments else _with_own_tables(stage)


def _with_own_tables(stage: Stage) -> Stage:
    """Return a stage on which every book brings its own tier tables along."""
    own, day = _own_tables(stage.rules), stage.rules.on
    book = Book(
        account="main",
        venue=stage.pack,
        on=day,
        at=datetime(day.year, day.month, day.day, tzinfo=UTC),
        account_mode=stage.rules.account_mode.id,
        position_mode="one-way",
        collateral={},
        positions=(),
        instruments={instrument.symbol: instrument for instrument in _contracts(stage.rules)},
        overrides=own,
    )
    rules = rules_of(book)
    return Stage(stage.pack, rules, _instruments(rules), own)


@cache
def stages() -> tuple[Stage, ...]:
    """Return every stage of every pack that ships, and of the invented venue."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGFENCE_PACKS", str(VENUES))
        return tuple(stage for pack_id in pack_ids() for stage in _stages_of(pack_id))


Predicate = Callable[[Stage, Instrument], bool]


def within(stage: Stage, *domain: Predicate) -> Stage:
    """Return a stage with those of its contracts for which every predicate holds."""
    fitting = (i for i in stage.instruments if all(holds(stage, i) for holds in domain))
    return replace(stage, instruments=tuple(fitting))


def on_stages(*domain: Predicate) -> pytest.MarkDecorator:
    """Return the mark that tries a law on every stage, on the contracts of its domain."""
    narrowed = [within(stage, *domain) for stage in stages()]
    return pytest.mark.parametrize("stage", [stage for stage in narrowed if stage.instruments], ids=repr)


def tries(per_stage: int) -> settings:
    """Return the settings that try a law so often on each stage, and in proportion under a longer profile."""
    return settings(max_examples=max(1, per_stage * settings().max_examples // _EXAMPLES))
