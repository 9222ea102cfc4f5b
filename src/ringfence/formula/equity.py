"""What an account may still use, add or take out."""

from ringfence.core.number import N, larger, positive_part, smaller


def free_above(equity: N, requirement: N) -> N:
    """Return equity above a requirement, never below zero.

    Units   [unit] -> [unit]
    Source  what a venue calls available or free, e.g. Binance multi-assets mode: margin balance less initial
    """
    return positive_part(equity - requirement)


def withdrawable_with_floor(equity: N, initial: N, notional: N, share: N) -> N:
    """Return what may leave: equity above the larger of the initial requirement and a share of notional.

    Units   [unit], share [1] -> [unit]
    Source  Hyperliquid margining: max(initial margin, 10 % of notional)
    """
    return positive_part(equity - larger(initial, share * notional))


def withdrawable_from_wallet(wallet: N, maintenance: N, losses_charged: N) -> N:
    """Return what may leave a cross wallet: unrealised profit stays in, unrealised loss is charged.

        max(0, min(wallet - maintenance, wallet + unrealised P&L - initial requirement))

    ``losses_charged`` is the second term.

    Units   [settle] -> [settle]
    Source  Binance support 360038447311
    """
    return positive_part(smaller(wallet - maintenance, losses_charged))


def isolated_removable(wallet: N, maintenance: N, equity_above_initial: N) -> N:
    """Return what may be taken out of an isolated position's wallet.

        max(0, min(wallet - maintenance, wallet + unrealised P&L - initial requirement at mark))

    Units   [settle] -> [settle]
    Source  Binance support 360038447311 (the 2020 edition had no maintenance floor: pass zero)
    """
    return positive_part(smaller(wallet - maintenance, equity_above_initial))


def buffer_above(equity: N, requirement: N) -> N:
    """Return equity above a requirement, negative where it does not reach.

    Units   [unit] -> [unit]
    Source  the trigger of each pack compares the two
    """
    return equity - requirement


def wallet_with_pnl(wallet: N, unrealized_pnl: N) -> N:
    """Return equity: a wallet and the unrealised P&L of the positions it pays for.

    Units   [settle] -> [settle]
    Source  Binance faq b3c689c1f50a44cabb3a84e663b81d93: wallet balance and unrealised P&L against maintenance
    """
    return wallet + unrealized_pnl


def isolated_addable(wallet: N, order_initial: N, maintenance: N, available: N) -> N:
    """Return what may be put into an isolated position from the cross wallet.

        max(0, min(cross wallet - isolated orders' initial - cross maintenance, available))

    Units   [settle] -> [settle]
    Source  Binance support 360038447311
    """
    return positive_part(smaller(wallet - order_initial - maintenance, available))


def balance_before(after: N, change: N) -> N:
    """Return a balance or a size as it was before a change.

    Units   [unit] -> [unit]
    Source  dYdX v4 x/subaccounts: an isolated market takes over the balance from before the trade
    """
    return after - change


def loss_counted(pnl: N, locked: N) -> N:
    """Return the P&L that counts where a loss does and a profit does not.

        min(P&L + locked, 0) - locked

    ``locked`` is lost between the entries of a hedge's matched legs whatever the price; it is zero, or part of the P&L.

    Units   [unit] -> [unit], signed
    Source  Bybit USDT contract, hedging margin before and after the loss was reserved
    """
    return smaller(pnl + locked, pnl * 0) - locked


def base_without_marks(wallet: N, sign: N, value_at_entry: N) -> N:
    """Return what equity is before anything is worth anything: a wallet less what its position was entered at.

        base = wallet - sign * value at entry

    Of several positions one after the other, each on the base of those before it.

    Units   wallet [settle], sign +-1 (of an inverse contract the opposite side), value_at_entry [settle] -> [settle]
    Source  ``wallet_with_pnl`` of ``formula.contract.unrealized_pnl``, without what the mark decides
    """
    return wallet - sign * value_at_entry


def equity_on_base(base: N, signed_value: N) -> N:
    """Return equity: a base and what a position is worth at its mark, with its sign.

        equity = base + sign * value at mark

    Units   [settle] -> [settle]
    Source  ``wallet_with_pnl`` of ``formula.contract.unrealized_pnl``, in another order
    """
    return base + signed_value
