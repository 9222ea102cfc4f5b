"""Kinds of rule about a liquidation: its prices, its limits, who pays and who is deleveraged."""

from contextlib import suppress
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from ringfence.core.errors import RulePackError
from ringfence.core.exact import Amount, Positive
from ringfence.core.number import ONE, ZERO, larger, magnitude, smaller
from ringfence.formula import liquidation as formula
from ringfence.venue import kinds
from ringfence.venue.rules.ask import Answer, Ask, Side, sign_of

Ranking = Literal["return_times_leverage", "price_ratio_times_leverage"]


def bankruptcy_price(ask: Ask, *, side: Side, entry: Positive, leverage: Positive) -> Answer:
    """Return the price at which an isolated position has used up its initial requirement; None: there is none.

    Units   entry [quote/coin], leverage [1] -> [quote/coin]
    Source  Bybit and KuCoin help centres
    """
    sign = sign_of(side)
    if ask.facts.payoff == "inverse":
        if sign < 0 and leverage <= 1:
            return {"price": None}
        return {"price": formula.inverse_bankruptcy_price_by_leverage(entry, sign, leverage)}
    price = formula.bankruptcy_price_by_leverage(entry, sign, leverage)
    return {"price": price if price >= 0 else None}


def bankruptcy_value(
    ask: Ask,
    *,
    equity: Decimal,
    value_change: Decimal,
    maintenance_change: Decimal,
    maintenance_total: Positive,
) -> Answer:
    """Return the quote at which a change of a position leaves its pool its share of the equity short.

        -(change of net value) - down(equity * |change of maintenance| / maintenance)

    Units   all [quote]; value_change is signed, negative for a sale -> value [quote], positive: received
    Source  dYdX v4 GetBankruptcyPriceInQuoteQuantums
    """
    given_up = ask.rounded_down(formula.surrendered(equity, magnitude(maintenance_change), maintenance_total))
    return {"value": formula.bankruptcy_value_of_change(value_change, given_up), "given_up": given_up}


def fillable_price(
    ask: Ask,
    *,
    equity: Decimal,
    maintenance_total: Positive,
    value: Decimal,
    size: Decimal,
    maintenance: Amount,
    adjustment: Amount,
    spread: Amount,
) -> Answer:
    """Return the worst price at which a liquidation order may fill, and how near its pool is to bankruptcy.

    Units   equity and maintenance_total of the pool, value (signed) and maintenance of the position [quote],
            size [coin], signed, adjustment and spread [1] -> price [quote/coin], rating [1]
    Source  dYdX v4 GetFillablePrice
    """
    if size == 0:
        raise ask.fault("size is zero: there is nothing to fill")
    rating = formula.bankruptcy_rating(adjustment, equity, maintenance_total)
    return {"price": formula.fillable_price(value, rating, spread, maintenance, size), "rating": rating}


def insurance_fee(
    ask: Ask, *, fill_value: Decimal, bankruptcy_value: Decimal, fee_max: Amount | None = None
) -> Answer:
    """Return what the insurance fund gains (positive) or pays (negative) on a liquidation fill.

    ``fee_max`` defaults to the pack's liquidation fee.

    Units   values [quote], signed: positive is received for a sale; fee_max [1] -> [quote]
    Source  dYdX v4 GetLiquidationInsuranceFundDelta
    """
    own = ask.pack.fee("liquidation", ask.facts)
    rate = ask.need(own[0] if own and fee_max is None else fee_max, "fee_max")
    surplus = formula.fill_surplus(fill_value, bankruptcy_value)
    return {"fee": ask.rounded_down(formula.insurance_fee(surplus, fill_value, rate)), "surplus": surplus}


def liquidatable_notional(
    ask: Ask,
    *,
    value: Decimal | None = None,
    minimum: Amount = ZERO,
    portion: Amount = ONE,
    notional_limit: Amount | None = None,
    notional_used: Amount = ZERO,
    loss_limit: Amount | None = None,
    loss_used: Amount = ZERO,
) -> Answer:
    """Return how much one block may close of a position, and what is left of its account's own limits.

    Units   values, limits and what is used of them [quote], portion [1] -> [quote]
    Source  dYdX v4 GetMaxAndMinPositionNotionalLiquidatable, GetSubaccountMaxNotionalLiquidatable
    """
    if value is None and notional_limit is None and loss_limit is None:
        raise ask.fault("none of value, notional_limit and loss_limit is given")
    least = most = None
    if value is not None:
        least = formula.least_liquidatable(value, minimum)
        most = larger(least, ask.rounded_down(formula.portion_of(value, portion)))
    return {
        "minimum": least,
        "maximum": most,
        "remaining_notional": None
        if notional_limit is None
        else formula.left_of_limit(notional_limit, notional_used),
        "remaining_loss": None if loss_limit is None else formula.left_of_limit(loss_limit, loss_used),
    }


class Winner(Struct, frozen=True, forbid_unknown_fields=True):
    """A counterparty in the queue of those who may be deleveraged."""

    account: str | int
    quantity: Decimal
    score: Decimal


def adl(ask: Ask, *, quantity: Amount, queue: tuple[Winner, ...]) -> Answer:
    """Return how much of each counterparty is closed, highest score first; equal scores in the order given.

    Accounts that are not reached are left out; ``unallocated`` is what the whole queue does not cover.

    Units   quantities in one unit, scores [1] -> same unit, by account in order of rank
    Source  BitMEX auto-deleveraging
    """
    names = [str(winner.account) for winner in queue]
    if len(set(names)) < len(names) or "unallocated" in names:
        raise ask.fault("the accounts of the queue do not each have a name of their own")
    closed: Answer = {}
    left = quantity
    for winner in sorted(queue, key=lambda one: -one.score):
        if winner.quantity < 0:
            raise ask.fault(f"account {winner.account} has a quantity below zero")
        part = smaller(left, winner.quantity)
        if part > 0:
            closed[str(winner.account)] = part
            left -= part
    return closed | {"unallocated": left}


def adl_rank(
    ask: Ask,
    *,
    pnl_rate: Decimal | None = None,
    effective_leverage: Positive | None = None,
    value_at_mark: Decimal | None = None,
    value_at_bankruptcy: Decimal | None = None,
    price_ratio: Positive | None = None,
    notional: Amount | None = None,
    account_value: Positive | None = None,
    by: Ranking | None = None,
) -> Answer:
    """Return the score by which a counterparty is deleveraged, the highest first.

    return_times_leverage: pnl_rate and effective_leverage, or the values at mark and bankruptcy it follows
    from. price_ratio_times_leverage: price_ratio, notional, account_value. ``by`` is the pack's unless given;
    where the pack is silent, the one that the inputs are for.

    Units   rates, ratio and leverage [1], values [quote] -> [1]
    Source  BitMEX and Hyperliquid auto-deleveraging
    """
    how = (
        by
        or _ranking(ask)
        or ("return_times_leverage" if price_ratio is None else "price_ratio_times_leverage")
    )
    if how == "price_ratio_times_leverage":
        inputs = ask.need(price_ratio, "price_ratio"), ask.need(notional, "notional")
        worth = ask.need(account_value, "account_value")
        return {"score": formula.adl_price_ratio_times_leverage(*inputs, worth), "by": how}
    rate = ask.need(pnl_rate, "pnl_rate")
    if effective_leverage is None:
        mark = ask.need(value_at_mark, "effective_leverage (or value_at_mark and value_at_bankruptcy)")
        end = ask.need(value_at_bankruptcy, "value_at_bankruptcy")
        effective_leverage = formula.effective_leverage_to_bankruptcy(mark, end)
    rank = formula.adl_loss_over_leverage if rate < 0 else formula.adl_return_times_leverage
    return {"score": rank(rate, effective_leverage), "by": how, "effective_leverage": effective_leverage}


def _ranking(ask: Ask) -> Ranking | None:
    """Return the pack's way of ranking winners, where it is one that gives a score."""
    with suppress(RulePackError):
        for step in ask.pack.procedure(ask.facts).steps:
            match step:
                case kinds.Deleverage(rank="return_times_leverage" | "price_ratio_times_leverage" as how):
                    return how
                case _:
                    continue
    return None
