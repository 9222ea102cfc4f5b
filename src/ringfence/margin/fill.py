"""An order filled whole at its price: positions and the shared wallet change, nothing else."""

from dataclasses import replace
from decimal import Decimal

from ringfence.book import Book, Instrument, Order, Position
from ringfence.core.errors import BookError
from ringfence.core.number import positive_part
from ringfence.margin.assess import world_of
from ringfence.margin.pools import put_up_at_entry
from ringfence.margin.snapshot import Holding
from ringfence.margin.world import World
from ringfence.venue import RulePack, resolve_instrument


def named_contract(symbol: str, book: Book, rules: RulePack, where: str) -> Instrument:
    """Return the contract that a user names: by ccxt's or the venue's symbol, or by the coin where only one is held.

    Raises:
        BookError: no contract has that name, or several of the coin are held.

    """
    if symbol in book.instruments:
        return book.instruments[symbol]
    of_coin = [i for i in book.instruments.values() if i.underlying == symbol.upper()]
    try:
        return resolve_instrument(symbol, rules, where)
    except BookError:
        if not of_coin:
            raise
    if len(of_coin) > 1:
        names = ", ".join(i.symbol for i in of_coin)
        raise BookError(where, f"{symbol} could mean {names}", "Name one of them")
    return of_coin[0]


def are_siblings(one: Instrument, other: Instrument) -> bool:
    """Return whether two contracts are options of one family: on the same coin, paid in the same asset."""
    families = [(i.is_option, i.underlying, i.quote, i.settle) for i in (one, other)]
    return one.is_option and families[0] == families[1]


def forwards_with(instrument: Instrument, holding: Holding) -> dict[str, Decimal]:
    """Return the prices of options' underlyings; of an option not held that of its expiry, where one of it is."""
    forwards = dict(holding.market.forwards)
    for symbol, price in holding.market.forwards.items():
        known = holding.book.instruments.get(symbol)
        if known is not None and are_siblings(known, instrument) and known.expiry == instrument.expiry:
            forwards.setdefault(instrument.symbol, price)
    return forwards


def _with_contract(holding: Holding, order: Order, world: World) -> Holding:
    instrument = named_contract(order.symbol, holding.book, world.rules, order.symbol)
    book, market = holding.book, holding.market
    marks = dict(market.marks)
    marks.setdefault(order.symbol, order.price)
    return Holding(
        replace(book, instruments={**book.instruments, order.symbol: instrument}),
        replace(
            market,
            marks=marks,
            forwards=forwards_with(instrument, holding),
            underlyings={**market.underlyings, order.symbol: instrument.underlying},
        ),
    )


def _average(held: Position, order: Order, inverse: bool) -> Decimal:  # noqa: FBT001 - a fact about the contract
    size = held.contracts + order.contracts
    if inverse:
        return size / (held.contracts / held.entry_price + order.contracts / order.price)
    return (held.contracts * held.entry_price + order.contracts * order.price) / size


def _opened(order: Order, contracts: Decimal) -> Position:
    return Position(
        symbol=order.symbol,
        side="long" if order.sign > 0 else "short",
        contracts=contracts,
        contract_size=order.contract_size,
        entry_price=order.price,
        margin_mode=order.margin_mode,
        leverage=order.leverage,
    )


def taker_fee_of(order: Order, world: World) -> Decimal:
    """Return the taker fee of filling an order, in its settlement asset; zero where no rate is known."""
    filled = _opened(order, order.contracts)
    known = world.rules.fee("taker", world.facts(filled))
    return world.value(filled, "entry") * known[0] if known is not None else Decimal(0)


class _Fill:
    """One order filled at its price: positions and the shared wallet change, nothing else."""

    def __init__(self, holding: Holding, order: Order) -> None:
        self.order = order
        self.holding = _with_contract(holding, order, world_of(holding))
        self.world = world_of(self.holding)
        self.settle = self.world.instrument(order.symbol).settle
        self.positions = list(self.holding.book.positions)
        self.wallet = dict(self.holding.book.collateral)

    def _pay(self, amount: Decimal) -> None:
        self.wallet[self.settle] = self.wallet.get(self.settle, Decimal(0)) + amount

    def _against(self) -> Position | None:
        hedge = self.holding.book.position_mode == "hedge"
        for held in self.positions:
            if held.symbol == self.order.symbol and held.sign != self.order.sign:
                return held if not hedge or self.order.reduce_only else None
        return None

    def run(self) -> Holding:
        left = self.order.contracts
        against = self._against()
        if against is not None:
            left -= self._reduce(against, min(left, against.contracts))
        if left > 0 and not self.order.reduce_only:
            self._increase(left)
        self._pay(-taker_fee_of(self.order, self.world))
        book = replace(self.holding.book, positions=tuple(self.positions), collateral=self.wallet)
        return Holding(book, self.holding.market)

    def _reduce(self, held: Position, contracts: Decimal) -> Decimal:
        part = replace(held, contracts=contracts, cost=None)
        at_exit = self.world.value_at(part, self.order.price)
        if self.world.instrument(held.symbol).is_paid_for:
            realised = held.sign * at_exit
        else:
            realised = self.world.value_sign(held) * (at_exit - self.world.value(part, "entry"))
        rest = None if contracts == held.contracts else replace(held, contracts=held.contracts - contracts)
        if held.margin_mode == "isolated":
            wallet, share = self._wallet_of(held), contracts / held.contracts
            released = positive_part(wallet * share + realised)
            stays = wallet + realised - released
            rest = rest and replace(rest, collateral=stays, extra_collateral=Decimal(0))
            realised = released
        self._pay(realised)
        at = self.positions.index(held)
        self.positions[at : at + 1] = [rest] if rest else []
        return contracts

    def _wallet_of(self, held: Position) -> Decimal:
        own = held.collateral if held.collateral is not None else put_up_at_entry(held, self.world)
        return own + held.extra_collateral

    def _increase(self, contracts: Decimal) -> None:
        order = replace(self.order, contracts=contracts)
        fresh = _opened(order, contracts)
        if self.world.instrument(order.symbol).is_paid_for:
            self._pay(-order.sign * self.world.value(fresh, "entry"))
        side = [p for p in self.positions if p.symbol == order.symbol and p.sign == order.sign]
        if not side:
            if fresh.margin_mode == "isolated":
                put_up = put_up_at_entry(fresh, self.world)
                self._pay(-put_up)
                fresh = replace(fresh, collateral=put_up)
            self.positions.append(fresh)
            return
        held = side[0]
        grown = replace(
            held,
            contracts=held.contracts + contracts,
            entry_price=_average(held, order, self.world.is_inverse(held)),
            leverage=order.leverage or held.leverage,
            cost=None,
        )
        if held.margin_mode == "isolated":
            put_up = put_up_at_entry(replace(fresh, margin_mode="isolated"), self.world)
            self._pay(-put_up)
            grown = replace(grown, collateral=self._wallet_of(held) + put_up, extra_collateral=Decimal(0))
        self.positions[self.positions.index(held)] = grown


def fill(holding: Holding, order: Order) -> Holding:
    """Return a holding after an order is filled whole at its price, its taker fee paid from the shared wallet.

    Increasing averages the entry and, if isolated, moves the initial requirement into the position's
    wallet; reducing realises P&L and releases the wallet in proportion; what is left over flips. A loss
    beyond the released wallet stays with the isolated position: it never reaches the shared one. What is paid for
    outright is paid from the shared wallet, and what is sold brings its price there.
    """
    return _Fill(holding, order).run()
