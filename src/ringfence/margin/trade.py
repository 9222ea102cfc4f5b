"""An order that might be sent: parsed, filled, and the account judged before and after."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from ringfence.book import Book, Instrument, Order, Position
from ringfence.core.errors import BookError
from ringfence.core.exact import read_decimal
from ringfence.core.number import EXACT
from ringfence.margin.assess import AccountHealth, assess_account, world_of
from ringfence.margin.fill import are_siblings, fill, forwards_with, named_contract, taker_fee_of
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.netting.units import model_of
from ringfence.margin.node import Missing, Node
from ringfence.margin.orders import order_cost
from ringfence.margin.pools import Cut, partition
from ringfence.margin.quoted import check_order, taken_as_meant
from ringfence.margin.requirement import initial
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.margin.world import World
from ringfence.market import Shock
from ringfence.venue.instruments import facts_of, size_of

_TERMS = (
    r"(?P<symbol>\S+)(?:\s*@\s*(?P<price>\S+))?(?:\s+x(?P<leverage>\S+))?(?:\s+(?P<mode>isolated|cross))?"
)
_ORDER = re.compile(
    rf"(?P<side>buy|sell)\s+(?P<contracts>\S+)\s+{_TERMS}(?:\s+(?P<reduce>reduce-only))?", re.IGNORECASE
)
_SIZE = re.compile(_TERMS, re.IGNORECASE)
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_EXAMPLE = 'Write it as "buy 2 BTC/USDT:USDT @ 100000 x10 isolated"'
_SIZE_EXAMPLE = 'Write it as "BTC/USDT:USDT @ 100000 x10 isolated"'
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the user wrote, for complaints: its name with its words, and an example of it done right."""

    name: str
    example: str

    def positive(self, text: str | None, what: str) -> Decimal | None:
        """Return a number above zero; None stays None."""
        if text is None:
            return None
        plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
        try:
            number = read_decimal(plain, what)
        except BookError:
            number = Decimal(0)
        if number <= 0:
            raise BookError(self.name, f"the {what} {text!r} is not a positive number", self.example)
        return number


def read_order(text: str, holding: Holding) -> Order:
    """Return the order that ``"buy 2 BTC/USDT:USDT @ 100000 x10 isolated"`` describes.

    The price defaults to the mark, leverage and margin mode to those of the position held.

    Raises:
        BookError: the text is not an order, or price or leverage is missing and nothing stands in.

    """
    asked = _Asked(f"order {text!r}", _EXAMPLE)
    match = _ORDER.fullmatch(text.strip())
    if match is None:
        raise BookError(asked.name, "it is not SIDE CONTRACTS SYMBOL @ PRICE xLEVERAGE MODE", asked.example)
    reduces = match["reduce"] is not None
    order = _on_terms(match, holding, asked, reduces=reduces)
    return replace(
        order,
        side="buy" if match["side"].lower() == "buy" else "sell",
        contracts=asked.positive(match["contracts"], "size") or Decimal(0),
        reduce_only=reduces,
    )


def _on_terms(match: re.Match[str], holding: Holding, asked: _Asked, *, reduces: bool = False) -> Order:
    """Return an order to buy one contract on the terms that were written, or on those of the position held."""
    world = world_of(holding)
    instrument = named_contract(match["symbol"], holding.book, world.rules, asked.name)
    held = next((p for p in holding.book.positions if p.symbol == instrument.symbol), None)
    price = asked.positive(match["price"], "price") or holding.market.marks.get(instrument.symbol)
    if price is None:
        raise BookError(
            asked.name, f"{instrument.symbol} has no mark, and none is written as @ PRICE", asked.example
        )
    if instrument.is_option and not taken_as_meant(holding.book):
        _check_option(instrument, price, holding)
    mode = (match["mode"] or (held.margin_mode if held else "cross")).lower()
    if held is not None and mode != held.margin_mode and not reduces:
        raise BookError(
            asked.name,
            f"{held.symbol} is held {held.margin_mode}, and a symbol has one margin mode",
            f"Write {held.margin_mode} instead of {mode}, or close the position first",
        )
    return Order(
        symbol=instrument.symbol,
        side="buy",
        contracts=Decimal(1),
        price=price,
        contract_size=size_of(
            instrument,
            held.contract_size if held else _size_of_siblings(instrument, holding.book),
            asked.name,
            "Describe it as [[instrument]] with its contract_size",
        ),
        leverage=asked.positive(match["leverage"], "leverage") or (held.leverage if held else None),
        margin_mode="isolated" if mode == "isolated" else "cross",
        reduce_only=False,
    )


def _check_option(option: Instrument, price: Decimal, holding: Holding) -> None:
    """Complain about a strike or a price of an order that must be in another unit."""
    from ringfence.margin.options import forward_of  # noqa: PLC0415 - paid for by books with options

    market = replace(holding.market, forwards=forwards_with(option, holding))
    world = replace(world_of(holding), market=market, notes={})
    check_order(option, forward_of(option, world), price)


def _size_of_siblings(instrument: Instrument, book: Book) -> Decimal | None:
    """Return the size of the held options of a family, which another strike of it has too; None: none is held."""
    sizes = {p.contract_size for p in book.positions if are_siblings(book.instruments[p.symbol], instrument)}
    return sizes.pop() if instrument.contract_size is None and len(sizes) == 1 else None


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
    asked = _Asked(f"max size {text!r}", _SIZE_EXAMPLE)
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise BookError(asked.name, "it is not SYMBOL @ PRICE xLEVERAGE MODE", asked.example)
    with localcontext(EXACT):
        order = _on_terms(match, holding, asked)
        return _largest(holding, order, shock), _largest(holding, replace(order, side="sell"), shock)


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
    world = world_of(after)
    rule = world.rules.order_cost(facts_of(world.instrument(order.symbol), order.margin_mode))
    if rule is not None and rule.accept == "resting":
        return _may_rest(before, after, order) and _leverage_admissible(after, order, world)
    if _only_reduces(before.book, order):
        return True
    equity, needed = _shared_need(after.book, order, world)
    return equity >= needed and _leverage_admissible(after, order, world)


def _shared_need(book: Book, order: Order, world: World) -> tuple[Decimal, Decimal]:
    """Return equity and initial requirement of the shared pool that pays for an order; nothing where none does."""
    settle = world.instrument(order.symbol).settle
    for pool in partition(book, world, "as-held", "at-leverage").pools:
        if pool.kind == "cross" and pool.id in {"cross:*", f"cross:{settle}"}:
            judged = judge(pool, world)
            if isinstance(judged.initial, Missing):
                raise BookError(
                    order.symbol, judged.initial.reason, "Add leverage = ..., or x10 to the order"
                )
            return judged.equity.value, judged.initial.value
    return Decimal(0), Decimal(0)


def _may_rest(before: Holding, after: Holding, order: Order) -> bool:
    """Return whether an account with an order resting meets its initial requirement, or needs no more by it."""
    book = replace(before.book, instruments=after.book.instruments)
    world = world_of(replace(after, book=book))
    _, needed = _shared_need(book, order, world)
    equity, then = _shared_need(replace(book, orders=(*book.orders, order)), order, world)
    return equity >= then or then <= needed


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
        nets = model_of(held, world) is not None
        if held.symbol == order.symbol and held.leverage is not None and not nets:
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
