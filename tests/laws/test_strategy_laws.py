"""Strategy rules: what holds of every book of options and stock on one coin."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.book import Instrument, Position
from ringfence.core.number import EXACT
from ringfence.margin.netting import netted
from ringfence.margin.netting.requirement import Netting
from ringfence.margin.pools import Pool
from ringfence.margin.strategy.groups import Group, groups_of
from ringfence.margin.strategy.legs import legs_of
from ringfence.margin.strategy.match import least_division
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.venue import RulePack, load
from ringfence.venue.instruments import facts_of
from ringfence.venue.kinds import Strategies

AT = datetime(2026, 5, 15, 20, tzinfo=UTC)
SPOT = Decimal(100)
PRICES = {80: "0.5", 90: "1.5", 95: "2.5", 100: "4", 105: "6.5", 110: "11"}


@cache
def rules() -> RulePack:
    return load("us-options", AT, "reg-t")


def contract(days: int, strike: int, right: str) -> Instrument:
    day = (AT + timedelta(days=days)).date()
    return Instrument(
        symbol=f"XYZ/USD:USD-{day:%y%m%d}-{strike}-{right}", underlying="XYZ", quote="USD", settle="USD",
        payoff="option", contract_size=Decimal(100), expiry=day, expiry_hour=20, strike=Decimal(strike),
        right="call" if right == "C" else "put",
    )  # fmt: skip


SHARE = Instrument("XYZ/USD:USD", "XYZ", "USD", "USD", "spot", Decimal(1))
options = st.builds(
    contract, st.sampled_from((35, 63)), st.sampled_from(sorted(PRICES)), st.sampled_from("CP")
)
rows = st.lists(
    st.tuples(options, st.sampled_from(("long", "short")), st.integers(1, 6)),
    min_size=1, max_size=6, unique_by=lambda row: row[0].symbol,
)  # fmt: skip
shares = st.sampled_from((0, 100, -250, 400))
Row = tuple[Instrument, str, int]


def mark(one: Instrument) -> Decimal:
    """Return a price that falls with a call's strike and rises with a put's."""
    if one.strike is None:
        return SPOT
    strike = int(one.strike if one.right == "put" else 190 - one.strike)
    return Decimal(PRICES[min(PRICES, key=lambda known: abs(known - strike))])


def book(held: list[Row], stock: int, times: int = 1) -> tuple[Position, ...]:
    found = [
        Position(
            one.symbol,
            "long" if side == "long" else "short",
            Decimal(number * times),
            Decimal(100),
            mark(one),
        )
        for one, side, number in held
    ]
    if stock:
        side = "long" if stock > 0 else "short"
        found.append(
            Position(
                SHARE.symbol,
                "long" if side == "long" else "short",
                abs(Decimal(stock * times)),
                Decimal(1),
                SPOT,
            )
        )
    return tuple(found)


def needs(positions: tuple[Position, ...], held: list[Row]) -> Netting:
    symbols = {one.symbol: one for one, _, _ in held} | {SHARE.symbol: SHARE}
    market = Market(
        marks={symbol: mark(one) for symbol, one in symbols.items()},
        indices={"XYZ": SPOT},
        underlyings=dict.fromkeys(symbols, "XYZ"),
    )
    pool = Pool("cross:*", "cross", "USD", ratios=False, collateral={}, positions=positions)
    with localcontext(EXACT):
        return netted(pool, World(market, symbols, rules(), at=AT))


@settings(max_examples=60)
@given(rows, shares)
def test_a_match_never_needs_more_than_every_leg_alone(held: list[Row], stock: int) -> None:
    whole = needs(book(held, stock), held)
    apart = [needs((one,), held) for one in book(held, stock)]
    assert whole.initial.value <= sum(one.initial.value for one in apart)
    assert whole.maintenance.value <= sum(one.maintenance.value for one in apart)


@settings(max_examples=60)
@given(rows, shares, st.integers(2, 5))
def test_copies_of_a_book_never_need_more_than_as_many_times_one(
    held: list[Row], stock: int, times: int
) -> None:
    once, copies = needs(book(held, stock), held), needs(book(held, stock, times), held)
    assert copies.initial.value <= once.initial.value * times
    assert copies.maintenance.value <= once.maintenance.value * times


@settings(max_examples=60)
@given(rows, st.integers(2, 5))
def test_lots_of_one_strategy_need_as_many_times_one(held: list[Row], times: int) -> None:
    """Of books whose legs are all of one number, as strategies are traded, nothing is gained by size."""
    even = [(one, side, 1) for one, side, _ in held[:4]]
    once, copies = needs(book(even, 0), even), needs(book(even, 0, times), even)
    assert copies.initial.value >= once.initial.value * times


@settings(max_examples=60)
@given(rows, shares, options)
def test_a_bought_option_more_never_asks_for_more_than_its_premium(
    held: list[Row], stock: int, more: Instrument
) -> None:
    rest = [row for row in held if row[0].symbol != more.symbol]
    added: list[Row] = [*rest, (more, "long", 1)]
    before, after = (
        needs(book(rest, stock), rest) if rest or stock else None,
        needs(book(added, stock), added),
    )
    premium = mark(more) * 100
    for measure in ("initial", "maintenance"):
        had = getattr(before, measure).value if before is not None else Decimal(0)
        assert getattr(after, measure).value <= had + premium


@settings(max_examples=40)
@given(rows, shares)
def test_every_leg_is_in_a_group_and_in_no_two(held: list[Row], stock: int) -> None:
    positions = book(held, stock)
    found = needs(positions, held).initial
    used: dict[str, Decimal] = {}
    for part in found.parts[0].parts:
        for leg in str(part.inputs["legs"]).split(", "):
            number, symbol = leg.split(" ")
            used[symbol] = used.get(symbol, Decimal(0)) + Decimal(number)
    assert used == {one.symbol: one.sign * one.contracts for one in positions}


@settings(max_examples=40)
@given(rows, shares)
def test_the_order_of_a_book_does_not_matter(held: list[Row], stock: int) -> None:
    positions = book(held, stock)
    turned = tuple(replace(one) for one in reversed(positions))
    assert needs(positions, held).initial.value == needs(turned, held).initial.value


def tried_out(left: tuple[Decimal, ...], groups: list[Group], first: int = 0) -> Decimal:
    """Return the least that legs need, by trying every division."""
    if not any(left):
        return Decimal(0)
    best = Decimal("Infinity")
    for number in range(first, len(groups)):
        group = groups[number]
        rest = list(left)
        for leg, take in group.takes.items():
            rest[leg] -= take
        if min(rest) >= 0:
            best = min(best, group.gross + tried_out(tuple(rest), groups, number))
    return best


small = st.lists(
    st.tuples(options, st.sampled_from(("long", "short")), st.integers(1, 2)),
    min_size=2, max_size=4, unique_by=lambda row: row[0].symbol,
)  # fmt: skip


@settings(max_examples=40)
@given(small)
def test_no_division_of_the_legs_needs_less(held: list[Row]) -> None:
    positions = book(held, 0)
    rule = rules().offset(facts_of(held[0][0], "cross"))
    assert isinstance(rule, Strategies)
    symbols = {one.symbol: one for one, _, _ in held}
    market = Market({symbol: mark(one) for symbol, one in symbols.items()}, indices={"XYZ": SPOT})
    with localcontext(EXACT):
        legs = legs_of(positions, rule, "initial", World(market, symbols, rules(), at=AT))
        groups = groups_of(legs, rule, "initial")
        least = tried_out(tuple(leg.lots for leg in legs), groups)
        for named in (True, False):
            division = least_division(legs, groups, named=named)
            assert sum(group.gross * count for group, count in division) == least
