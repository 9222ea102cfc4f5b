"""An order that might be sent: parsed, filled, and the account judged before and after."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from ringfence.book import Book, Instrument, Order, Position
from ringfence.core.errors import BookError
from ringfence.core.exact import read_decimal
from ringfence.core.number import EXACT, positive_part
from ringfence.margin.assess import AccountHealth, assess_account, world_of
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.node import Missing, Node
from ringfence.margin.orders import order_cost
from ringfence.margin.pools import Cut, partition, put_up_at_entry
from ringfence.margin.requirement import initial
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.margin.world import World
from ringfence.market import Shock
from ringfence.venue import RulePack, resolve_instrument
from ringfence.venue.instruments import size_of

_ORDER = re.compile(
    r"(?P<side>buy|sell)\s+(?P<contracts>\S+)\s+(?P<symbol>\S+)(?:\s*@\s*(?P<price>\S+))?"
    r"(?:\s+x(?P<leverage>\S+))?(?:\s+(?P<mode>isolated|cross))?(?:\s+(?P<reduce>reduce-only))?",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_EXAMPLE = 'Write it as "buy 2 BTC/USDT:USDT @ 100000 x10 isolated"'
_SIZE_DIGITS = 12
_SIZE_EXPONENT_MAX = 60


@dataclass(frozen=True, slots=True)
class WhatIf:
    """An account before and after a fill, and what the order itself sets aside [settle].

    allowed   whether the rules let the order in: enough free collateral, leverage admissible at its tier
    """

    order: Order
    settle: str
    cost: tuple[Node, ...] | Missing
    fee: Decimal
    allowed: bool
    before: AccountHealth
    after: AccountHealth


@dataclass(frozen=True, slots=True)
class MaxSize:
    """The largest order of one side, in contracts, at mark.

    allowed    what the rules let in: enough free collateral, leverage admissible at its tier
    survives   what then still lives through the shock; None without a shock
    """

    symbol: str
    side: str
    price: Decimal
    leverage: Decimal | None
    margin_mode: str
    allowed: Decimal
    survives: Decimal | None


def _positive(text: str | None, what: str, order: str) -> Decimal | None:
    if text is None:
        return None
    plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    try:
        number = read_decimal(plain, what)
    except BookError:
        number = Decimal(0)
    if number <= 0:
        raise BookError(f"order {order!r}", f"the {what} {text!r} is not a positive number", _EXAMPLE)
    return number


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


def read_order(text: str, holding: Holding) -> Order:
    """Return the order that ``"buy 2 BTC/USDT:USDT @ 100000 x10 isolated"`` describes.

    The price defaults to the mark, leverage and margin mode to those of the position held.

    Raises:
        BookError: the text is not an order, or price or leverage is missing and nothing stands in.

    """
    match = _ORDER.fullmatch(text.strip())
    if match is None:
        raise BookError(f"order {text!r}", "it is not SIDE CONTRACTS SYMBOL @ PRICE xLEVERAGE MODE", _EXAMPLE)
    world = world_of(holding)
    instrument = named_contract(match["symbol"], holding.book, world.rules, f"order {text!r}")
    held = next((p for p in holding.book.positions if p.symbol == instrument.symbol), None)
    price = _positive(match["price"], "price", text) or holding.market.marks.get(instrument.symbol)
    if price is None:
        raise BookError(
            f"order {text!r}", f"{instrument.symbol} has no mark, and the order no price", _EXAMPLE
        )
    mode = (match["mode"] or (held.margin_mode if held else "cross")).lower()
    if held is not None and mode != held.margin_mode and match["reduce"] is None:
        raise BookError(
            f"order {text!r}",
            f"{held.symbol} is held {held.margin_mode}, and a symbol has one margin mode",
            f"Write {held.margin_mode} instead of {mode}, or close the position first",
        )
    return Order(
        symbol=instrument.symbol,
        side="buy" if match["side"].lower() == "buy" else "sell",
        contracts=_positive(match["contracts"], "size", text) or Decimal(0),
        price=price,
        contract_size=size_of(instrument, held.contract_size if held else None, f"order {text!r}"),
        leverage=_positive(match["leverage"], "leverage", text) or (held.leverage if held else None),
        margin_mode="isolated" if mode == "isolated" else "cross",
        reduce_only=match["reduce"] is not None,
    )


def _with_contract(holding: Holding, order: Order, world: World) -> Holding:
    instrument = named_contract(order.symbol, holding.book, world.rules, order.symbol)
    book, market = holding.book, holding.market
    marks = dict(market.marks)
    marks.setdefault(order.symbol, order.price)
    return Holding(
        replace(book, instruments={**book.instruments, order.symbol: instrument}),
        replace(market, marks=marks, underlyings={**market.underlyings, order.symbol: instrument.underlying}),
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
    beyond the released wallet stays with the isolated position: it never reaches the shared one.
    """
    return _Fill(holding, order).run()


def what_if(snapshot: Snapshot, text: str, *, mode: str = "as-held", cut: Cut = "at-leverage") -> WhatIf:
    """Return an account before and after an order.

    Args:
        snapshot: one account.
        text: the order, e.g. ``buy 2 BTC/USDT:USDT @ 100000 x10 isolated``.
        mode: as ``assess`` takes it; whether the order is allowed is judged on the account as held.
        cut: as ``assess`` takes it.

    Raises:
        InputError: the text is not an order, or a rule lacks what it needs.

    """
    holding = snapshot.only()
    with localcontext(EXACT):
        order = read_order(text, holding)
        after = fill(holding, order)
        world = world_of(after)
        return WhatIf(
            order=order,
            settle=world.instrument(order.symbol).settle,
            cost=order_cost(order, world),
            fee=taker_fee_of(order, world),
            allowed=_admissible(holding, after, order),
            before=assess_account(holding, mode, cut),
            after=assess_account(after, mode, cut),
        )


def max_size(snapshot: Snapshot, text: str, shock: Shock | None = None) -> tuple[MaxSize, MaxSize]:
    """Return the largest buy and the largest sell of a symbol.

    Args:
        snapshot: one account.
        text: ``SYMBOL [@ PRICE] [xLEVERAGE] [isolated|cross]``.
        shock: a joint move that the account has to live through.

    Raises:
        InputError: the text names no contract, or leverage or price is missing.

    """
    holding = snapshot.only()
    with localcontext(EXACT):
        buy = _largest(holding, read_order(f"buy 1 {text}", holding), shock)
        sell = _largest(holding, read_order(f"sell 1 {text}", holding), shock)
    return buy, sell


def _largest(holding: Holding, order: Order, shock: Shock | None) -> MaxSize:
    def allowed(contracts: Decimal) -> bool:
        filled = replace(order, contracts=contracts)
        return _admissible(holding, fill(holding, filled), filled)

    def survives(contracts: Decimal) -> bool:
        filled = replace(order, contracts=contracts)
        after = fill(holding, filled)
        return shock is not None and _admissible(holding, after, filled) and _lives(after, shock)

    return MaxSize(
        symbol=order.symbol,
        side=order.side,
        price=order.price,
        leverage=order.leverage,
        margin_mode=order.margin_mode,
        allowed=_greatest(allowed),
        survives=None if shock is None else _greatest(survives),
    )


def _admissible(before: Holding, after: Holding, order: Order) -> bool:
    """Return whether the rules allow the account that an order leads to.

    What only reduces a position always is: an account below its initial requirement gets back by it. Anything
    else needs the initial requirement of the shared pool that pays for it; the others are not asked.
    """
    if _only_reduces(before.book, order):
        return True
    world = world_of(after)
    settle = world.instrument(order.symbol).settle
    for pool in partition(after.book, world, "as-held", "at-leverage").pools:
        if pool.kind != "cross" or pool.id not in {"cross:*", f"cross:{settle}"}:
            continue
        judged = judge(pool, world)
        if isinstance(judged.initial, Missing):
            raise BookError(order.symbol, judged.initial.reason, "Add leverage = ..., or x10 to the order")
        if judged.equity.value < judged.initial.value:
            return False
    return _leverage_admissible(after, order, world)


def _only_reduces(book: Book, order: Order) -> bool:
    """Return whether an order does nothing but take away from the position it is against."""
    if order.reduce_only:
        return True
    against = [p for p in book.positions if p.symbol == order.symbol and p.sign != order.sign]
    one_way = book.position_mode == "one-way"
    return one_way and any(order.contracts <= held.contracts for held in against)


def _leverage_admissible(after: Holding, order: Order, world: World) -> bool:
    """Return whether the tier of the resulting position still allows its leverage."""
    for held in after.book.positions:
        if held.symbol == order.symbol and held.leverage is not None:
            needed = initial(held, world, peers=_company(held, after.book.positions))
            nodes = () if isinstance(needed, Missing) else (needed, *needed.parts)
            for least in (node.inputs.get("least_rate") for node in nodes):
                if isinstance(least, Decimal) and least * held.leverage > 1:
                    return False
    return True


def _company(held: Position, positions: Sequence[Position]) -> list[Position]:
    """Return the positions that may pick a tier together with one: those of the cross pool, or it alone."""
    return [p for p in positions if p.margin_mode == "cross"] if held.margin_mode == "cross" else [held]


def _lives(holding: Holding, shock: Shock) -> bool:
    world = world_of(holding)
    there = world.shocked(shock)
    return not any(
        is_triggered(judge(pool, there), there)
        for pool in partition(holding.book, world, "as-held", "at-leverage").pools
    )


def _greatest(holds: Callable[[Decimal], bool]) -> Decimal:
    """Return the greatest size, to twelve digits and rounded down, for which a falling condition holds."""
    exponent = -_SIZE_DIGITS
    if not holds(Decimal(1).scaleb(exponent)):
        return Decimal(0)
    while exponent < _SIZE_EXPONENT_MAX and holds(Decimal(1).scaleb(exponent + 1)):
        exponent += 1
    size = Decimal(0)
    for digit_at in range(exponent, exponent - _SIZE_DIGITS, -1):
        for digit in range(9, 0, -1):
            tried = size + Decimal(digit).scaleb(digit_at)
            if holds(tried):
                size = tried
                break
    return size
