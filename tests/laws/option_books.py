"""Random books of options and futures that a stage can judge."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from ringfence.book import Book, Instrument, Position
from ringfence.margin.judge import Judgement, judge
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.market.shock import STABLE
from tests.laws.books import Account, decimals
from tests.laws.option_stages import at_of, option_market, with_model_marks
from tests.laws.stages import Stage, reference_price


def prices_for(draw: st.DrawFn, stage: Stage) -> dict[str, Decimal]:
    """Return a price for every coin of a stage; what is stable is worth one."""
    coins = {i.underlying for i in stage.instruments} | {i.settle for i in stage.instruments}
    return {
        coin: Decimal(1)
        if coin in STABLE
        else (reference_price(coin) * draw(decimals("0.8", "1.25"))).normalize()
        for coin in sorted(coins)
    }


def option_world(draw: st.DrawFn, stage: Stage, held: list[Instrument]) -> World:
    """Return a world in which options have volatilities of their own, and are marked at what these make of them."""
    market = option_market(tuple(held), prices_for(draw, stage), Decimal("0.6"))
    vols = {symbol: draw(decimals("0.3", "1.5", 2)) for symbol in market.implied_vols}
    market = replace(market, implied_vols=vols)
    return with_model_marks(World(market, {i.symbol: i for i in held}, stage.rules, at=at_of(stage.rules)))


@st.composite
def holdings(draw: st.DrawFn, instrument: Instrument, world: World) -> Position:
    """Return a position that stands for 0.1 to 100 coins, bought or sold near its mark."""
    coins = draw(decimals("0.1", "9.9", 1)) * Decimal(10) ** draw(st.integers(0, 1))
    size = instrument.contract_size or Decimal(1)
    each = size / world.index(instrument.underlying) if instrument.payoff == "inverse" else size
    mark = world.mark(instrument.symbol)
    return Position(
        symbol=instrument.symbol,
        side=draw(st.sampled_from(("long", "short"))),
        contracts=max((coins / each).quantize(Decimal("0.01")), Decimal("0.01")),
        contract_size=size,
        entry_price=(mark * draw(decimals("0.8", "1.25", 2))).normalize(),
        margin_mode="cross",
        leverage=None if instrument.is_paid_for else Decimal(2),
    )


@st.composite
def option_accounts(
    draw: st.DrawFn, stage: Stage, *, most: int = 4, wallet: tuple[str, str] = ("0.5", "3")
) -> Account:
    """Return an account of one to ``most`` contracts.

    Args:
        draw: given by Hypothesis.
        stage: whose rules judge it.
        most: how many contracts at most.
        wallet: between which two shares of what it must have the collateral of a pool lies.

    """
    held = draw(st.lists(st.sampled_from(stage.instruments), min_size=1, max_size=most, unique=True))
    world = option_world(draw, stage, held)
    owned = tuple(draw(holdings(one, world)) for one in held)
    book = Book(
        account="main",
        venue=stage.pack,
        on=stage.rules.on,
        at=world.at,
        account_mode=stage.rules.account_mode.id,
        position_mode="one-way",
        collateral={world.settle(p): Decimal(0) for p in owned},
        positions=owned,
        instruments=world.instruments,
    )
    account = Account(stage, book, world)
    share = draw(decimals(*wallet, 2))
    return account.with_book(collateral=_collateral(account, share))


def _collateral(account: Account, share: Decimal) -> dict[str, Decimal]:
    """Return a wallet of a share of what every pool must have, in what its first position pays."""
    wallet = dict(account.book.collateral)
    for pool in account.pools:
        if pool.positions:
            asset, judged = account.world.settle(pool.positions[0]), judge(pool, account.world)
            missing = judged.need * share - judged.equity.value
            amount = account.world.convert(missing, pool.unit, asset)
            wallet[asset] += amount.quantize(Decimal("1e-8"))
    return wallet


def spread(judged: Judgement) -> Decimal:
    """Return the size of what a pool with options is made of: values and requirements, in its unit."""
    values = sum((one.value for one in judged.charges), Decimal(0))
    return abs(judged.equity.value) + abs(judged.collateral.value) + judged.need + values


def only(pool: Pool, *labels: str) -> Pool:
    """Return a pool with some of its positions and no collateral."""
    positions = tuple(p for p in pool.positions if p.label in labels)
    return replace(pool, positions=positions, collateral={})
