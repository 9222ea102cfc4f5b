"""Kinds of rule about accounts whose positions net or owe: what a unit needs, debts, orders in options, the ratio."""

from dataclasses import replace
from decimal import Decimal
from itertools import zip_longest

from ringfence.core.exact import Amount, Positive, Share
from ringfence.core.number import ONE, ZERO, larger, positive_part, smaller, total
from ringfence.formula import collateral as cut
from ringfence.formula import netting as formula
from ringfence.formula.requirement import flat_charge
from ringfence.venue import kinds, offsets
from ringfence.venue.rules.ask import Answer, Ask, Side, sign_of


def unit_requirement(
    ask: Ask,
    *,
    candidates: tuple[Decimal, ...],
    added: tuple[Decimal, ...] = (),
    floors: tuple[Decimal, ...] = (),
    beside: Decimal = ZERO,
    initial_factor: Amount | None = None,
    maintenance_factor: Amount | None = None,
) -> Answer:
    """Return what a risk unit needs: the worst candidate and what is added, not below a floor, times a factor.

    Factors default to those of the pack's model of the position, or one.

    Units   [unit of the risk unit], factors [1] -> the same
    Source  OKX portfolio margin, max(max(MR1, MR2, MR6) + MR3 + MR4 + MR5, MR7)
    """
    found = ask.pack.offset(ask.facts)
    own = found if isinstance(found, offsets.Scenarios) else None
    first = own.initial_factor if own and initial_factor is None else initial_factor or ONE
    last = own.maintenance_factor if own and maintenance_factor is None else maintenance_factor or ONE
    worst = max(ZERO, *candidates) if candidates else ZERO
    core = formula.worst_with_charges(worst, total(added, ZERO), max((ZERO, *floors)))
    return {
        "worst": worst,
        "requirement": core,
        "maintenance": core * last + beside,
        "initial": core * first + beside,
    }


def charge_by_size(
    ask: Ask, *, charge: Amount, factors: tuple[offsets.SizeFactor, ...] | None = None
) -> Answer:
    """Return a charge of which each part counts at its own factor, by the size of the whole.

    The factors default to those of the pack's model of the position.

    Units   charge and floors [unit of account], factors [1] -> [unit of account]
    Source  OKX portfolio margin, adjusted minimum charge (MR7)
    """
    found = ask.pack.offset(ask.facts)
    if factors is None and isinstance(found, offsets.Scenarios):
        factors = next(
            (one.factors for one in found.charges if isinstance(one, offsets.DeltaCharge) and one.factors),
            None,
        )
    rows = ask.need(factors, "factors")
    scaled = ZERO
    for row, above in zip_longest(rows, rows[1:]):
        end = positive_part(charge - row.floor) if above is None else None
        part = formula.tier_part(charge, row.floor, above.floor) if end is None else end
        scaled += part * row.factor
    return {"charge": scaled}


def debt(
    ask: Ask,
    *,
    owed: Amount,
    asset: str = "*",
    price: Positive = ONE,
    leverage: Positive | None = None,
    maintenance_rate: Amount | None = None,
    initial_rate: Amount | None = None,
) -> Answer:
    """Return what a debt needs. Rates default to the pack's for the asset, at the leverage chosen for borrowing.

    Units   owed [coin], price [unit/coin], rates [1] -> [unit]; in_coin [coin]
    Source  Binance portfolio margin, sum of loan * MMR; OKX borrowing margin; Hyperliquid portfolio margin
    """
    own = ask.pack.debt(ask.pack.asset(asset))
    row = _row(ask, own, leverage)
    rate = ask.filled(maintenance_rate, row, "maintenance")
    first = initial_rate if initial_rate is not None else _initial_rate(row)
    fixed = own.fixed if own is not None else ZERO
    return {
        "maintenance": cut.debt_charge(owed * price, rate, fixed),
        "initial": None if first is None else cut.debt_charge(owed * price, first, fixed),
        "in_coin": owed * rate,
    }


def _row(ask: Ask, own: kinds.Debt | None, leverage: Decimal | None) -> kinds.DebtRate | None:
    if own is None:
        return None
    if leverage is None:
        return own.rates[0]
    row = next((one for one in own.rates if one.leverage in {None, leverage}), None)
    return ask.need(row, f"leverage of {leverage}")


def _initial_rate(row: kinds.DebtRate | None) -> Decimal | None:
    if row is None or row.initial is not None:
        return None if row is None else row.initial
    return None if row.leverage is None or row.leverage <= 1 else 1 / (row.leverage - 1)


def option_order(
    ask: Ask,
    *,
    side: Side,
    coins: Positive,
    price: Amount,
    underlying: Positive = ONE,
    requirement: Amount | None = None,
    taker: Share | None = None,
    cap: Share | None = None,
    least: Share | None = None,
) -> Answer:
    """Return what an order in an option sets aside, and its fee.

    A buyer pays the premium and the fee. A seller sets aside the requirement less the premium, and the fee, and not
    less than a share of the underlying. Where the option pays in its coin the underlying is one.

    Units   coins [coin], price, underlying and requirement [settle/coin], rates [1] -> [settle]
    Source  OKX, order margin of options; Bybit, initial margin of options
    """
    facts = replace(ask.facts, payoff="option")
    fees, rule = ask.pack.fee("taker", facts), ask.pack.order_cost(facts)
    bound = ask.pack.fee("cap", facts)
    rate = taker if taker is not None else fees[0] if fees else ZERO
    premium, fee = coins * price, flat_charge(coins * underlying, rate)
    most = cap if cap is not None else bound[0] if bound else None
    fee = fee if most is None else smaller(fee, most * premium)
    if sign_of(side) > 0:
        return {"premium": premium, "fee": fee, "order_cost": premium + fee}
    floor = least if least is not None else rule.least if rule else ZERO
    needed = coins * ask.need(requirement, "requirement") - premium + fee
    return {"premium": premium, "fee": fee, "order_cost": larger(needed, floor * underlying * coins)}


def account_ratio(
    ask: Ask, *, equity: Decimal, maintenance: Amount, initial: Amount = ZERO, closing_cost: Amount = ZERO
) -> Answer:
    """Return an account's ratios, and how it stands by the pack's trigger.

    Units   [unit] -> [1]; status, and the venue's words for the levels that are passed
    Source  Binance, uniMMR; the display and trigger of each pack
    """
    rule, need = ask.pack.trigger(ask.facts), maintenance + closing_cost
    buffer = equity - need * rule.times
    dead = buffer < 0 or (buffer == 0 and need > 0 and rule.compare == "at_or_below")
    passed = [name for name, ratio in rule.warnings.items() if need > 0 and need >= ratio * equity]
    state = "liquidatable" if dead else "below_initial" if equity < initial else "healthy"
    return {
        "margin_ratio": maintenance / equity if equity > 0 else None,
        "equity_over_maintenance": equity / need if need else None,
        "status": "bankrupt" if equity < 0 else state,
        "alerts": " ".join(passed),
    }
