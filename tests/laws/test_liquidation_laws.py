"""What holds of every liquidation: money is moved and never made, no loss crosses a ring-fence, it ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from ringfence.book import Position
from ringfence.core.number import ZERO
from ringfence.ledger import Event
from ringfence.liquidation import Fill, Fills, Outcome, Winner, liquidate, net_worth, step
from ringfence.liquidation import Stage as LiquidationStage
from ringfence.liquidation.stage import FEES, INSURANCE, LOT, MARKET, QUANTUM, is_due
from ringfence.liquidation.take_over import DELEVERAGING, VAULT
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue import kinds
from tests.laws.books import Account, accounts, decimals, moved_by
from tests.laws.figures import HAIR
from tests.laws.option_books import option_accounts
from tests.laws.option_stages import nets, on_every_stage
from tests.laws.stages import Brief, Stage, tries

HOLDERS = {INSURANCE, VAULT, DELEVERAGING}


@dataclass(frozen=True, repr=False)
class Case(Brief):
    """A pool past its trigger, and what the venue finds when it liquidates."""

    account: Account
    pool: Pool
    fills: Fills
    fund: Decimal
    winners: tuple[Winner, ...]

    def __repr__(self) -> str:
        return f"{self.account!r}\n{self.pool.id} {dict(self.fills.offers)} fund {self.fund} {self.winners}"

    @property
    def world(self) -> World:
        """Return the world in which the pool is liquidated."""
        return self.account.world

    def run(self) -> Outcome:
        """Return what the venue's procedure makes of it."""
        return liquidate(
            self.pool, self.world, fills=self.fills, insurance_fund=self.fund, winners=self.winners
        )


@st.composite
def cases(draw: st.DrawFn, stage: Stage) -> Case:
    """Return an account in a market that has moved against one of its pools, far enough to kill it."""
    if any(nets(stage, one) or one.is_paid_for for one in stage.instruments):
        return draw(option_cases(stage))
    account = draw(accounts(stage))
    held = [pool for pool in account.pools if pool.positions]
    chosen = held[draw(st.integers(0, len(held) - 1))].id
    account = draw(moves_against(account, chosen))
    pool = next(pool for pool in account.pools if pool.id == chosen)
    assume(is_due(pool, account.world))
    worth = abs(net_worth(pool, account.world))
    fund = draw(st.sampled_from((ZERO, worth / 3, worth * 10)))
    return Case(account, pool, draw(fills(pool, account.world)), fund, draw(winners(pool, account.world)))


@st.composite
def option_cases(draw: st.DrawFn, stage: Stage) -> Case:
    """Return an account of options and futures of which some pool has less than it must."""
    account = draw(option_accounts(stage, most=3, wallet=("-0.8", "0.95")))
    due = [pool for pool in account.pools if pool.positions and is_due(pool, account.world)]
    assume(due)
    pool = due[draw(st.integers(0, len(due) - 1))]
    worth = abs(net_worth(pool, account.world))
    fund = draw(st.sampled_from((ZERO, worth / 3, worth * 10)))
    return Case(account, pool, draw(fills(pool, account.world)), fund, draw(winners(pool, account.world)))


@st.composite
def moves_against(draw: st.DrawFn, account: Account, pool_id: str) -> Account:
    """Return an account after every coin of a pool has moved against its first position in it."""
    (positions,) = (pool.positions for pool in account.pools if pool.id == pool_id)
    factors: dict[str, Decimal] = {}
    for position in positions:
        coin, move = account.world.instrument(position.symbol).underlying, draw(decimals("0.05", "0.9", 2))
        factors.setdefault(coin, 1 - move if position.sign > 0 else 1 + 2 * move)
    return moved_by(account, factors)


@st.composite
def fills(draw: st.DrawFn, pool: Pool, world: World) -> Fills:
    """Return what the market takes: of each symbol nothing, a part, or more than is held, near the mark."""
    offers = {}
    for position in pool.positions:
        contracts = (position.contracts * draw(decimals("0", "2", 2))).quantize(LOT)
        price = (world.mark(position.symbol) * draw(decimals("0.8", "1.2"))).normalize()
        offers[position.symbol] = Fill(price, contracts, LOT)
    return Fills(offers)


@st.composite
def winners(draw: st.DrawFn, pool: Pool, world: World) -> tuple[Winner, ...]:
    """Return counterparties of the pool's positions: none, too few, or more than enough."""
    found = []
    for number in range(draw(st.integers(0, 3))):
        loser = draw(st.sampled_from(pool.positions))
        held = replace(
            loser,
            side="short" if loser.side == "long" else "long",
            contracts=(loser.contracts * draw(decimals("0.1", "2", 1))).quantize(LOT) + LOT,
            entry_price=(world.mark(loser.symbol) * draw(decimals("0.8", "1.2"))).normalize(),
            collateral=None,
        )
        found.append(Winner(f"w{number}", held, world.value(held) * draw(decimals("0.1", "2", 1))))
    return tuple(found)


def earned(position: Position, contracts: Decimal, world: World) -> Decimal:
    """Return what contracts of a position bring at mark, whoever holds them: P&L, or all that was paid for is worth."""
    return world.claim(position) * contracts / position.contracts


def gains(events: Iterable[Event], pool: Pool, world: World) -> dict[str, Decimal]:
    """Return what each account has gained at mark, in the pool's unit: cash, and contracts at the pool's entry.

    Contracts keep the entry at which the pool held them, since P&L is paid when they change hands.
    """
    legs = {(p.symbol, p.sign): p for p in pool.positions}
    found: dict[str, Decimal] = {}
    for posting in (posting for event in events for posting in event.postings):
        side = (1 if posting.amount > 0 else -1) * (-1 if posting.account == pool.id else 1)
        leg = legs.get((posting.asset, side))
        if leg is None:
            gain = world.convert(posting.amount, posting.asset, pool.unit)
        else:
            gain = world.convert(earned(leg, posting.amount * side, world), world.settle(leg), pool.unit)
        found[posting.account] = found.get(posting.account, ZERO) + gain
    return found


def given_up(event: Event, case: Case) -> Decimal:
    """Return what a deleveraged winner loses against the mark, in the pool's unit."""
    settle = case.world.instrument(event.facts["symbol"]).settle
    return case.world.convert(Decimal(event.facts["given_up"]), settle, case.pool.unit)


def size(case: Case) -> Decimal:
    """Return the size of what a liquidation moves, in the pool's unit."""
    pool, world = case.pool, case.world
    values = (world.convert(world.value(p), world.settle(p), pool.unit) for p in pool.positions)
    return abs(net_worth(pool, world)) + sum(values, case.fund)


def crumbs(case: Case, events: Sequence[Event]) -> Decimal:
    """Return what a venue that counts in whole units may lose from sight: a unit a position and event.

    What a step works out in cash is posted in quanta: what options are worth has more digits than that.
    """
    rules, pool = case.world.rules, case.pool
    units = [rules.rounding(case.world.facts(position)) for position in pool.positions]
    dust = QUANTUM * sum(len(event.postings) for event in events) * _dearest(case)
    return sum((unit.quantum * (len(events) + 2) for unit in units if unit is not None), dust)


def _dearest(case: Case) -> Decimal:
    """Return the price of the dearest asset in which a pool is paid, in its unit."""
    settles = {case.world.settle(position) for position in case.pool.positions}
    return max(case.world.convert(Decimal(1), asset, case.pool.unit) for asset in settles)


@on_every_stage()
@tries(6)
@given(data=st.data())
def test_a_liquidation_neither_makes_nor_loses_money(stage: Stage, data: st.DataObject) -> None:
    case = data.draw(cases(stage))
    outcome, world = case.run(), case.world
    events = [event for event in outcome.events if event.name != "adl"]
    gained = gains(events, case.pool, world)
    lost = net_worth(case.pool, world) - net_worth(outcome.pool_after, world)
    slack = HAIR * size(case) + crumbs(case, events)
    assert abs(gained.get(case.pool.id, ZERO) + lost) <= slack
    venue = sum((gain for account, gain in gained.items() if account in HOLDERS), ZERO)
    beside = gained.get(MARKET, ZERO) + gained.get(FEES, ZERO)
    assert abs(venue + beside - lost) <= slack
    fund_bears = outcome.covered - paid_in_sales(events, case)
    assert abs(outcome.fund - case.fund + fund_bears - venue - outcome.bad_debt) <= slack


def paid_in_sales(events: Sequence[Event], case: Case) -> Decimal:
    """Return what the fund added to forced sales below the bankruptcy price."""
    added = (
        case.world.convert(-posting.amount, posting.asset, case.pool.unit)
        for event in events
        if event.name == "reduce"
        for posting in event.postings
        if posting.account == INSURANCE and posting.amount < 0
    )
    return sum(added, ZERO)


@on_every_stage()
@tries(6)
@given(data=st.data())
def test_no_loss_crosses_a_ring_fence(stage: Stage, data: st.DataObject) -> None:
    case = data.draw(cases(stage))
    touched = {posting.account for event in case.run().events for posting in event.postings}
    others = {pool.id for pool in case.account.pools} - {case.pool.id}
    assert not touched & others
    assert touched <= {case.pool.id, MARKET, FEES} | HOLDERS | {f"adl:{w.account}" for w in case.winners}


@on_every_stage()
@tries(5)
@given(data=st.data())
def test_a_closed_pool_never_costs_its_owner_more_than_was_assigned(
    stage: Stage, data: st.DataObject
) -> None:
    case = data.draw(cases(stage))
    outcome = case.run()
    last = step(LiquidationStage(outcome.pool_after), case.world, kinds.TakeOver())[1].pool
    if not last.positions:
        assert net_worth(last, case.world) >= -crumbs(case, outcome.events)
        if last.kind == "isolated":
            assert all(amount >= 0 for amount in last.collateral.values())


def _procedure(first: Position, world: World) -> kinds.Procedure:
    """Return the procedure of a pool, which its first position picks: another one may go further."""
    return world.rules.procedure(world.facts(first))


@on_every_stage()
@tries(6)
@given(data=st.data())
def test_a_procedure_ends_and_has_then_nothing_more_to_do(stage: Stage, data: st.DataObject) -> None:
    case = data.draw(cases(stage))
    outcome = case.run()
    left = outcome.pool_after.positions
    assume(not left or _procedure(left[0], case.world) == _procedure(case.pool.positions[0], case.world))
    again = liquidate(outcome.pool_after, case.world)
    assert again.pool_after.positions == outcome.pool_after.positions
    assert again.bad_debt == 0
    assert not [event.name for event in again.events if event.postings]


@on_every_stage()
@tries(6)
@given(data=st.data())
def test_winners_give_up_what_the_fund_could_not_pay_and_no_more(stage: Stage, data: st.DataObject) -> None:
    case = data.draw(cases(stage))
    outcome = case.run()
    deleveraged = [event for event in outcome.events if event.name == "adl"]
    given = sum((given_up(event, case) for event in deleveraged), ZERO)
    unpaid = outcome.bad_debt - outcome.covered + paid_in_sales(outcome.events, case)
    symbols = case.account.book.instruments
    taken = [
        abs(p.amount)
        for e in outcome.events
        if e.name == "take_over"
        for p in e.postings
        if p.asset in symbols
    ]
    # Contracts wait in whole lots, so a lot of each position may be given up beyond the debt.
    slack = LOT * sum((outcome.bad_debt / contracts for contracts in taken), ZERO) + crumbs(
        case, outcome.events
    )
    assert given <= unpaid + slack
    if deleveraged and not outcome.seized:
        assert given >= unpaid - slack
