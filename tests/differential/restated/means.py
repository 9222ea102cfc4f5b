"""What a pool has and what may leave it, said a second time: a row for every kind of equity, collateral and limit."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

from msgspec import structs

from ringfence.formula import collateral as cut
from ringfence.formula import contract
from ringfence.formula import equity as formula
from ringfence.venue import kinds
from tests.differential.restated.held import NOTHING, Held, q, sum_of
from tests.differential.restated.needs import needed
from tests.differential.restated.owed import earned_by_asset

# --- collateral ----------------------------------------------------------------------------------


def _banded(size: Fraction, rule: kinds.Collateral) -> Fraction:
    worth, lower = NOTHING, NOTHING
    for band in rule.bands:
        upper = max(size, lower) if band.cap is None else q(band.cap)
        worth += cut.band_value(size, lower, upper, q(band.ratio))
        lower = upper
    return worth


COLLATERALS: Final[Mapping[str, Callable[[Held, str, Fraction, kinds.Collateral], Fraction]]] = {
    "coin": lambda held, asset, amount, rule: held.in_unit(_banded(amount, rule), asset),
    "value": lambda held, asset, amount, rule: _banded(held.in_unit(amount, asset), rule),
}


def _counted(held: Held, asset: str, amount: Fraction, *, borrowing: bool = False) -> Fraction:
    """Return what an amount counts for, in the pool's unit; a debt counts in full.

    With ``borrowing``, no part of it for more than may be borrowed against it.
    """
    debt = held.rules.debt(asset) if held.pool.kind == "cross" and held.rules.lists["debt"] else None
    if amount < 0 and debt is not None and debt.counted == "requirement":
        return NOTHING
    if not held.pool.ratios or amount <= 0:
        return held.in_unit(amount, asset)
    rule = held.rules.collateral(asset)
    if rule is not None and rule.borrow is not None and borrowing:
        most = rule.borrow
        bands = tuple(structs.replace(band, ratio=min(band.ratio, most)) for band in rule.bands)
        rule = structs.replace(rule, bands=bands)
    if rule is None:
        return NOTHING
    return cut.after_second_cut(COLLATERALS[rule.unit](held, asset, amount, rule), q(rule.second_cut))


def wallet(held: Held) -> Fraction:
    """Return what the collateral counts for, P&L that is cut with it included, in the pool's unit."""
    return sum_of(_counted(held, asset, amount) for asset, amount in _balances(held).items())


def _balances(held: Held) -> dict[str, Fraction]:
    balances = {asset: q(amount) for asset, amount in held.pool.collateral.items()}
    for asset, gain in earned_by_asset(held).items():
        if _cut_together(held, asset):
            balances[asset] = balances.get(asset, NOTHING) + gain
    return balances


def _cut_together(held: Held, asset: str) -> bool:
    """Return whether the ratio of an asset bites on balance and P&L together; unlisted: as that of the others."""
    if not held.pool.ratios:
        return False
    own = held.rules.collateral(asset)
    rows = (
        [own]
        if own is not None
        else [r for r in held.rules.lists["collateral"] if isinstance(r, kinds.Collateral)]
    )
    mode = held.rules.account_mode.id
    return any(r.pnl == "with_balance" and (not r.account_modes or mode in r.account_modes) for r in rows)


# --- profit and loss -----------------------------------------------------------------------------


def _loose(held: Held) -> Fraction:
    """Return the P&L that is not cut with a balance, in the pool's unit."""
    return sum_of(
        held.in_unit(gain, a) for a, gain in earned_by_asset(held).items() if not _cut_together(held, a)
    )


def _locked(held: Held, symbol: str) -> Fraction:
    """Return what matched legs have lost between their entries, where it stays reserved, in the pool's unit."""
    legs = {p.sign: p for p in held.pool.positions if p.symbol == symbol}
    rule = held.rules.hedge(held.facts(legs[1])) if set(legs) == {1, -1} else None
    if rule is None or rule.kind != "net_locked":
        return NOTHING
    matched = min(q(leg.contracts) for leg in legs.values())
    bought, sold = (held.value(legs[s], "entry") * matched / q(legs[s].contracts) for s in (1, -1))
    lost = max(-contract.unrealized_pnl(held.gain_sign(legs[1]), bought, sold), NOTHING)
    return held.in_unit(lost, held.settle(legs[1]))


def _paid_for(held: Held) -> Fraction:
    """Return what counts of options and spot, in the pool's unit: it is theirs, and no profit or loss."""
    members = [
        p for p in held.pool.positions if held.is_paid_for(p) and not _cut_together(held, held.settle(p))
    ]
    return sum_of(held.in_unit(held.earned(p), held.settle(p)) for p in members)


def _losses(held: Held) -> Fraction:
    symbols, owned = {p.symbol for p in held.pool.positions}, _paid_for(held)
    locked = sum_of(_locked(held, symbol) for symbol in symbols)
    return owned + formula.loss_counted(_loose(held) - owned, locked)


def _losses_by_symbol(held: Held) -> Fraction:
    counted = _paid_for(held)
    for symbol in {p.symbol for p in held.pool.positions if not held.is_paid_for(p)}:
        legs = [p for p in held.pool.positions if p.symbol == symbol]
        gain = sum_of(held.in_unit(held.earned(p), held.settle(p)) for p in legs)
        counted += formula.loss_counted(gain, _locked(held, symbol))
    return counted


EARNINGS: Final[Mapping[str, Callable[[Held], Fraction]]] = {
    "all": _loose,
    "losses": _losses,
    "losses_by_symbol": _losses_by_symbol,
}


def equity(held: Held) -> Fraction:
    """Return what a pool has, in its unit."""
    rule = held.rules.equity(held.facts(held.pool.positions[0])) if held.pool.positions else None
    return formula.wallet_with_pnl(wallet(held), EARNINGS[rule.unrealized if rule else "all"](held))


def usable(held: Held) -> Fraction:
    """Return the equity against which something may be opened or borrowed, in the pool's unit."""
    worth, balances = NOTHING, _balances(held)
    for asset in held.pool.collateral if held.pool.ratios else ():
        amount = balances[asset]
        worth += _counted(held, asset, amount, borrowing=True) - _counted(held, asset, amount)
    return equity(held) + worth


# --- what may leave ------------------------------------------------------------------------------


def _above_initial(held: Held) -> Fraction:
    return formula.buffer_above(usable(held), needed(held, "initial"))


def _free(held: Held) -> Fraction:
    return formula.free_above(usable(held), needed(held, "initial"))


def _notional_floor(held: Held) -> Fraction:
    rule = held.rules.withdrawal(held.facts(held.pool.positions[0]))
    share = q(rule.share) if rule is not None else NOTHING
    return formula.withdrawable_with_floor(usable(held), needed(held, "initial"), held.notional(), share)


WITHDRAWALS: Final[Mapping[str, Callable[[Held], Fraction]]] = {
    "free": _free,
    "notional_floor": _notional_floor,
    "wallet": lambda held: formula.withdrawable_from_wallet(
        wallet(held), needed(held, "maintenance"), _above_initial(held)
    ),
}

REMOVALS: Final[Mapping[str, Callable[[Held], Fraction]]] = {
    "none": lambda _held: NOTHING,
    "initial": lambda held: formula.isolated_removable(wallet(held), NOTHING, _above_initial(held)),
    "initial_and_maintenance": lambda held: formula.isolated_removable(
        wallet(held), needed(held, "maintenance"), _above_initial(held)
    ),
    "free": _free,
    "notional_floor": _notional_floor,
}


def withdrawable(held: Held) -> Fraction | None:
    """Return what may leave a pool, in its unit; None where the pack is silent about an isolated one."""
    if not held.pool.positions:
        return _free(held)
    facts = held.facts(held.pool.positions[0])
    if held.pool.kind == "isolated":
        own = held.rules.isolated(facts)
        return None if own is None else REMOVALS[own.remove](held)
    rule = held.rules.withdrawal(facts)
    return WITHDRAWALS[rule.kind if rule else "free"](held)
