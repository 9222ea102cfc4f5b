"""Kinds of rule about what is owned: collateral, what may move, funding and P&L."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, assert_never

from ringfence.core.exact import Amount, Positive
from ringfence.core.number import ONE, ZERO
from ringfence.formula import collateral as cut
from ringfence.formula import equity as formula
from ringfence.formula.contract import funding_payment, unrealized_pnl
from ringfence.venue import kinds
from ringfence.venue.rules.ask import Answer, Ask, Side, sign_of

Withdrawing = Literal["free", "notional_floor", "wallet"]
Adding = Literal["free", "withdrawable", "wallet"]
Removing = Literal["none", "initial", "initial_and_maintenance", "free", "notional_floor"]


def collateral(
    ask: Ask,
    *,
    amount: Decimal,
    asset: str | None = None,
    price: Positive = ONE,
    bands: tuple[kinds.Band, ...] | None = None,
    unit: Literal["coin", "value"] | None = None,
    second_cut: Amount | None = None,
) -> Answer:
    """Return what an amount of an asset counts for, each band at its own ratio; a debt counts in full.

    Above the last cap nothing counts. Where less may be borrowed against it than counts, that is ``borrowable``.
    Bands, unit and second cut default to the pack's for the asset.

    Units   amount [coin], price [unit/coin], caps in coin or in the unit of account -> value [unit], ratio [1]
    Source  OKX discount rates, Bybit collateral value ratio, Kraken multi-collateral
    """
    full = cut.full_value(amount, price)
    if amount < 0:
        return {"value": full, "ratio": ONE}
    own = ask.pack.collateral(ask.pack.asset(asset)) if asset and bands is None else None
    rows = ask.need(own.bands if own else bands, f"bands{f' of {asset}' if asset else ''}")
    by_coin = (unit or (own.unit if own else "coin")) == "coin"
    counted = _banded(ask, amount if by_coin else full, rows)
    if second_cut is None:
        second_cut = own.second_cut if own else ZERO
    value = cut.after_second_cut(cut.full_value(counted, price) if by_coin else counted, second_cut)
    found: Answer = {"value": value, "ratio": cut.effective_ratio(value, full) if amount else None}
    if own is not None and own.borrow is not None:
        most = own.borrow
        lent = _banded(
            ask,
            amount if by_coin else full,
            [kinds.Band(cap=band.cap, ratio=min(band.ratio, most)) for band in rows],
        )
        found["borrowable"] = cut.full_value(lent, price) if by_coin else lent
    return found


def _banded(ask: Ask, size: Decimal, bands: Sequence[kinds.Band]) -> Decimal:
    worth, lower = ZERO, ZERO
    for band in bands:
        if band.cap is None:
            return worth + cut.top_band_value(size, lower, band.ratio)
        if band.cap <= lower:
            raise ask.fault(f"the cap {band.cap} of a band is not above {lower}")
        worth += cut.band_value(size, lower, band.cap, band.ratio)
        lower = band.cap
    return worth


def sold_for_deficit(ask: Ask, *, deficit: Amount, ratio: Positive) -> Answer:  # noqa: ARG001 - the pack has no say
    """Return the value of an asset sold to cover a deficit at its exchange ratio.

    Units   deficit [unit], ratio [1] -> [unit]
    Source  Binance multi-assets mode, auto-exchange
    """
    return {"value": cut.sold_for_deficit(deficit, ratio)}


def _equity_of(
    ask: Ask, equity: Decimal | None, wallet: Decimal | None, unrealized_pnl: Decimal | None
) -> Decimal:
    """Return the equity given, or else wallet and unrealised P&L together."""
    if equity is not None:
        return equity
    own = ask.need(wallet, "equity (or wallet and unrealized_pnl)")
    return formula.wallet_with_pnl(own, ask.need(unrealized_pnl, "equity (or unrealized_pnl)"))


def withdrawable(
    ask: Ask,
    *,
    initial: Amount,
    equity: Decimal | None = None,
    wallet: Decimal | None = None,
    unrealized_pnl: Decimal | None = None,
    maintenance: Amount | None = None,
    notional: Amount | None = None,
    share: Amount | None = None,
    by: Withdrawing | None = None,
) -> Answer:
    """Return what may leave a cross pool; ``by`` is the pack's rule unless given, free where it is silent.

    Units   all [unit], share [1] -> [unit]
    Source  Hyperliquid margining (notional_floor); Binance support 360038447311 (wallet)
    """
    rule = ask.pack.withdrawal(ask.facts)
    own = _equity_of(ask, equity, wallet, unrealized_pnl)
    how = by or (rule.kind if rule else "free")
    match how:
        case "free":
            amount = formula.free_above(own, initial)
        case "notional_floor":
            floor = ask.filled(share, rule if rule and rule.kind == how else None, "share")
            amount = formula.withdrawable_with_floor(own, initial, ask.need(notional, "notional"), floor)
        case "wallet":
            held, need = ask.need(wallet, "wallet"), ask.need(maintenance, "maintenance")
            amount = formula.withdrawable_from_wallet(held, need, formula.buffer_above(own, initial))
        case other:
            assert_never(other)
    return {"withdrawable": amount, "by": how}


def isolated_add(
    ask: Ask,
    *,
    available: Amount | None = None,
    equity: Decimal | None = None,
    initial: Amount | None = None,
    wallet: Decimal | None = None,
    maintenance: Amount | None = None,
    notional: Amount | None = None,
    order_initial: Amount = ZERO,
    by: Adding | None = None,
) -> Answer:
    """Return what may be put into an isolated position; ``by`` is the pack's rule unless given.

    free: what the cross pool has free; withdrawable: what may leave it; wallet: not more than the cross
    wallet has above the initial requirement of isolated orders and its own maintenance. ``available``
    follows from equity and initial, and from notional where the withdrawal rule looks at it.

    Units   all [unit], of the cross pool -> [unit]
    Source  Binance support 360038447311; Hyperliquid margining (withdrawable)
    """
    rule = ask.pack.isolated(ask.facts)
    how = by or ask.need(rule, "by").add
    free = available
    if free is None and how == "withdrawable":
        need = ask.need(initial, "available (or initial)")
        leaving = withdrawable(
            ask, initial=need, equity=equity, wallet=wallet, maintenance=maintenance, notional=notional
        )
        return {"addable": leaving["withdrawable"], "by": how}
    if free is None:
        free = formula.free_above(ask.need(equity, "available (or equity)"), ask.need(initial, "initial"))
    if how == "wallet":
        held, need = ask.need(wallet, "wallet"), ask.need(maintenance, "maintenance")
        free = formula.isolated_addable(held, order_initial, need, free)
    return {"addable": free, "by": how}


def isolated_remove(
    ask: Ask,
    *,
    initial: Amount,
    equity: Decimal | None = None,
    wallet: Decimal | None = None,
    unrealized_pnl: Decimal | None = None,
    maintenance: Amount | None = None,
    notional: Amount | None = None,
    share: Amount | None = None,
    by: Removing | None = None,
) -> Answer:
    """Return what may be taken out of an isolated position's wallet; ``by`` is the pack's rule unless given.

    Units   all [settle], initial at mark, share [1] -> [settle]
    Source  Binance support 360038447311; Hyperliquid margining (notional_floor)
    """
    rule = ask.pack.isolated(ask.facts)
    how = by or ask.need(rule, "by").remove
    if how == "none":
        return {"removable": ZERO, "by": how}
    own = _equity_of(ask, equity, wallet, unrealized_pnl)
    if how == "free":
        return {"removable": formula.free_above(own, initial), "by": how}
    if how == "notional_floor":
        floor = ask.filled(share, ask.pack.withdrawal(ask.facts), "share")
        worth = ask.need(notional, "notional")
        return {"removable": formula.withdrawable_with_floor(own, initial, worth, floor), "by": how}
    need = ask.need(maintenance, "maintenance") if how == "initial_and_maintenance" else ZERO
    held = ask.need(wallet, "wallet")
    return {
        "removable": formula.isolated_removable(held, need, formula.buffer_above(own, initial)),
        "by": how,
    }


def isolated_transfer(
    ask: Ask,  # noqa: ARG001 - the pack has no say
    *,
    balance_after: Decimal,
    balance_change: Decimal,
    size_after: Decimal,
    size_change: Decimal,
) -> Answer:
    """Return what a trade moves between the cross pool and an isolated market's own pool.

    Opening moves the whole balance from before the trade, closing moves everything back, resizing nothing.

    Units   balances [quote], sizes [coin], signed -> moved [quote]
    Source  dYdX v4 x/subaccounts, GetIsolatedPerpetualStateTransition
    """
    before = formula.balance_before(size_after, size_change)
    if before == 0 and size_after != 0:
        return {"transition": "opened", "moved": formula.balance_before(balance_after, balance_change)}
    if before != 0 and size_after == 0:
        return {"transition": "closed", "moved": balance_after}
    return {"transition": None, "moved": ZERO}


def funding(
    ask: Ask, *, side: Side, contracts: Amount, mark: Positive, rate: Decimal, contract_size: Positive = ONE
) -> Answer:
    """Return what a position pays at a funding time (negative: receives), and the value it is charged on.

    Units   contracts [contract], mark [quote/coin], rate [1] -> payment and value [settle]
    Source  BitMEX exchange guide: mark value * rate
    """
    value = ask.value(contracts, contract_size, mark)
    return {"payment": funding_payment(sign_of(side), value, rate), "value": value}


def pnl(
    ask: Ask,
    *,
    side: Side,
    contracts: Amount,
    entry: Positive,
    exit_: Positive,
    contract_size: Positive = ONE,
) -> Answer:
    """Return what a position has gained from its entry to its exit (or mark).

    Units   contracts [contract], prices [quote/coin] -> [settle]
    Source  BitMEX and Binance COIN-M contract guides (inverse: face * (1/entry - 1/exit))
    """
    bought, sold = ask.value(contracts, contract_size, entry), ask.value(contracts, contract_size, exit_)
    return {"pnl": unrealized_pnl(ask.value_sign(side), bought, sold)}
