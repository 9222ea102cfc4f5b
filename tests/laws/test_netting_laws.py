"""Portfolio models: what holds of every book of futures and options that net."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from functools import cache

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ringfence.book import Instrument, Position
from ringfence.core.number import EXACT
from ringfence.margin.judge import is_dead, is_triggered, judge
from ringfence.margin.netting import maintenance_alone, netted
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.venue import RulePack, load
from ringfence.venue.offsets import Scenarios, ScenarioSet

AT = datetime(2024, 7, 1, 8, tzinfo=UTC)
INDEX = Decimal(60000)
HAIR = Decimal("1e-9")


@cache
def rules() -> RulePack:
    return load("deribit", AT, "portfolio")


@cache
def plain() -> RulePack:
    """Return the same rules without charges: scenarios alone."""
    lists = dict(rules().lists)
    lists["offset"] = tuple(
        structs.replace(one, charges=(), worst_digits=None) if isinstance(one, Scenarios) else one
        for one in lists["offset"]
    )
    return replace(rules(), lists=lists)


def contract(days: int | None, strike: int | None, right: str | None) -> Instrument:
    day = None if days is None else (AT + timedelta(days=days)).date()
    end = "" if day is None else f"-{day:%y%m%d}"
    end += "" if strike is None else f"-{strike}-{'C' if right == 'call' else 'P'}"
    return Instrument(
        symbol=f"BTC/USD:BTC{end}",
        underlying="BTC",
        quote="USD",
        settle="BTC",
        payoff="inverse" if strike is None else "option",
        contract_size=Decimal(1),
        expiry=day,
        strike=None if strike is None else Decimal(strike),
        right=None if right is None else ("call" if right == "call" else "put"),
    )


options = st.builds(
    contract,
    st.sampled_from((1, 7, 30, 90, 360)),
    st.sampled_from((30_000, 55_000, 60_000, 70_000, 120_000)),
    st.sampled_from(("call", "put")),
)
futures = st.builds(contract, st.sampled_from((None, 30, 90)), st.none(), st.none())
sides = st.sampled_from(("long", "short"))
lots = st.integers(1, 50)


def world(held: list[Instrument], pack: RulePack, vol: str = "0.6") -> World:
    symbols = {one.symbol: one for one in held}
    marks = {s: INDEX for s, one in symbols.items() if not one.is_option}
    quoted = [s for s, one in symbols.items() if one.is_option]
    market = Market(
        marks=marks | dict.fromkeys(quoted, Decimal("0.05")),
        indices={"BTC": INDEX},
        underlyings=dict.fromkeys(symbols, "BTC"),
        implied_vols=dict.fromkeys(quoted, Decimal(vol)),
        forwards=dict.fromkeys(quoted, INDEX),
    )
    return World(market, symbols, pack, at=AT)


def position(one: Instrument, side: str, number: int) -> Position:
    size = Decimal(number) if one.is_option else Decimal(number) * 1000
    entry = Decimal("0.05") if one.is_option else INDEX
    return Position(one.symbol, "long" if side == "long" else "short", size, Decimal(1), entry)


def pool(held: tuple[Position, ...]) -> Pool:
    return Pool("cross:BTC", "cross", "BTC", ratios=False, collateral={"BTC": Decimal(3)}, positions=held)


held = st.lists(
    st.tuples(st.one_of(options, futures), sides, lots),
    min_size=1,
    max_size=5,
    unique_by=lambda row: row[0].symbol,
)


def needs(positions: tuple[Position, ...], there: World) -> Decimal:
    with localcontext(EXACT):
        return netted(pool(positions), there).maintenance.value


@given(held)
def test_a_joint_worst_scenario_is_no_worse_than_the_separate_ones(
    rows: list[tuple[Instrument, str, int]],
) -> None:
    there = world([one for one, _, _ in rows], plain())
    positions = tuple(position(*row) for row in rows)
    apart = sum(needs((one,), there) for one in positions)
    assert needs(positions, there) <= apart + HAIR


@given(held, st.sampled_from([Decimal("-0.4"), Decimal("0.07"), Decimal("0.9")]))
def test_one_more_scenario_never_lowers_a_requirement(
    rows: list[tuple[Instrument, str, int]], move: Decimal
) -> None:
    there = world([one for one, _, _ in rows], rules())
    more = ScenarioSet(name="more", moves=(move,), vols=("up", "down"))
    lists = dict(rules().lists)
    lists["offset"] = tuple(
        structs.replace(one, sets=(*one.sets, more)) if isinstance(one, Scenarios) else one
        for one in lists["offset"]
    )
    positions = tuple(position(*row) for row in rows)
    assert needs(positions, replace(there, rules=replace(rules(), lists=lists))) >= needs(positions, there)


@given(options, lots)
def test_a_bought_option_needs_no_more_than_it_is_worth(one: Instrument, number: int) -> None:
    there = world([one], plain())
    from ringfence.margin.options import quotes_of

    worth = Decimal(float(quotes_of([one.symbol], there).price()[0])) * number
    assert needs((position(one, "long", number),), there) <= worth + HAIR


@given(st.sampled_from((7, 30, 90)), st.sampled_from((50_000, 60_000, 80_000)), lots)
def test_put_call_parity_needs_nothing_from_volatility(days: int, strike: int, number: int) -> None:
    """A bought call and a sold put are a future at the strike: volatility does not matter to them."""
    call, put = contract(days, strike, "call"), contract(days, strike, "put")
    positions = (position(call, "long", number), position(put, "short", number))
    calm, wild = (needs(positions, world([call, put], plain(), vol)) for vol in ("0.3", "1.2"))
    assert abs(calm - wild) <= HAIR * number


@given(held)
def test_order_does_not_matter(rows: list[tuple[Instrument, str, int]]) -> None:
    there = world([one for one, _, _ in rows], rules())
    positions = tuple(position(*row) for row in rows)
    assert abs(needs(positions, there) - needs(positions[::-1], there)) <= HAIR


@given(held, st.integers(2, 7))
def test_copies_of_a_book_need_at_least_as_many_times_one(
    rows: list[tuple[Instrument, str, int]], times: int
) -> None:
    there = world([one for one, _, _ in rows], rules())
    once = tuple(position(*row) for row in rows)
    copies = tuple(replace(one, contracts=one.contracts * times) for one in once)
    assert needs(copies, there) >= needs(once, there) * times - HAIR * times


@given(held)
def test_what_is_searched_with_is_what_is_shown(rows: list[tuple[Instrument, str, int]]) -> None:
    """The short way to a verdict agrees with the tree, but for the order in which options are added up."""
    there = world([one for one, _, _ in rows], rules())
    whole = pool(tuple(position(*row) for row in rows))
    with localcontext(EXACT):
        assert abs(maintenance_alone(whole, there) - netted(whole, there).maintenance.value) <= HAIR
        judged = judge(whole, there)
        if abs(judged.buffer) > HAIR:
            assert is_dead(whole, there) == is_triggered(judged, there)
