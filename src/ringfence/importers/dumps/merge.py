"""Several payloads about one account, put together: positions that agree, and one shared wallet."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext

from ringfence.core.errors import BookError
from ringfence.core.exact import is_long
from ringfence.core.number import EXACT, shown
from ringfence.importers.dumps.names import Names
from ringfence.importers.dumps.part import Balance, BalanceKind, Held, Part
from ringfence.venue import find_pack

_MIXED = "They are of two accounts, or of two instants: name the dumps of one account, taken together"

_FIRST: tuple[BalanceKind, ...] = ("shared", "wallet", "equity", "ccxt")
"""Of several statements about one asset the one that says most holds."""


def one_of(words: Iterable[str], what: str) -> str:
    """Return the word that several payloads agree on; an empty one where none says any.

    Raises:
        BookError: they disagree.

    """
    said = sorted({word for word in words if word})
    if len(said) > 1:
        raise BookError("", f"the dumps state two of {what}: {' and '.join(said)}", _MIXED)
    return said[0] if said else ""


def united(parts: Sequence[Part], names: Names) -> list[Held]:
    """Return every position once, with all that the payloads know of it, in the order in which they came.

    Raises:
        BookError: two payloads differ about a position's size.

    """
    found: dict[tuple[str, str], Held] = {}
    everything = [one for part in parts for one in part.positions or []]
    for one in sorted(everything, key=lambda held: held.derived):
        key = names.unified(one.row["symbol"]), one.row["side"]
        first = found.setdefault(key, one)
        if first is not one:
            _fill(first, one)
    _check_one_list(parts, names)
    order = dict.fromkeys((names.unified(one.row["symbol"]), one.row["side"]) for one in everything)
    return [found[key] for key in order]


def _fill(first: Held, other: Held) -> None:
    """Add to a position what another payload knows of it."""
    if first.row["contracts"] != other.row["contracts"] and first.in_coins == other.in_coins:
        raise BookError(
            other.where,
            f"{other.row['contracts']} contracts here, {first.row['contracts']} at {first.where}",
            _MIXED,
        )
    for key, value in other.row.items():
        first.row.setdefault(key, value)
    first.wallet = first.wallet if first.wallet is not None else other.wallet
    first.contract_size = first.contract_size or other.contract_size
    first.max_leverage = first.max_leverage or other.max_leverage
    first.figures = first.figures.filled(other.figures)


def _check_one_list(parts: Sequence[Part], names: Names) -> None:
    """Complain about two lists of one shape that are not parts of one list.

    A venue asked for each currency, or page by page, gives several lists; two that pay in one asset are two accounts.
    """
    seen: dict[tuple[str, str, str], str] = {}
    paged = any(part.more for part in parts)
    for part in parts:
        for asset in {names.settle(one.row["symbol"]) for one in part.positions or []}:
            where = seen.setdefault((part.shape, part.exchange, asset), part.where)
            if where != part.where and not paged and part.shape:
                raise BookError(
                    part.where, f"it lists positions that pay in {asset}, and so does {where}", _MIXED
                )


def pooled(
    parts: Sequence[Part], held: Sequence[Held], names: Names, notes: list[str], *, known: bool
) -> dict[str, Decimal]:
    """Return the shared wallet by asset: without unrealised P&L and without the isolated wallets.

    Args:
        parts: what the payloads say.
        held: the positions, with margin modes and wallets.
        names: of assets and symbols.
        notes: takes what the user has to know.
        known: the user has stated the collateral beside the dumps.

    Raises:
        BookError: no payload holds a balance, or two differ about one.

    """
    stated = _stated(parts, names)
    if stated is None:
        if known:
            return {}
        if held and all(one.row["margin_mode"] == "isolated" and one.wallet is not None for one in held):
            notes.append(
                "a balance is not in these files: what is shared beside isolated wallets is taken as nothing"
            )
            return {}
        raise BookError(
            "", "a balance is not in these files, only positions", "Add what the venue says of the balance"
        )
    chosen: dict[str, Balance] = {}
    for balance in sorted(stated, key=lambda one: _FIRST.index(one.kind)):
        asset = names.asset(balance.asset)
        first = chosen.setdefault(asset, balance)
        if first.kind == balance.kind and first.amount != balance.amount:
            raise BookError(
                balance.where, f"{balance.amount} {asset} here, {first.amount} at {first.where}", _MIXED
            )
    wallet = {asset: _shared(balance, asset, held, names) for asset, balance in chosen.items()}
    for one in held:
        settle = names.settle(one.row["symbol"])
        if (
            one.row["margin_mode"] == "cross"
            and settle not in wallet
            and names.rules.account_mode.pooling == "settle"
        ):
            notes.append(
                f"{settle}, in which {one.row['symbol']} pays, is not in the balance: taken as nothing"
            )
    return {asset: amount for asset, amount in wallet.items() if amount != 0}


def _stated(parts: Sequence[Part], names: Names) -> list[Balance] | None:
    """Return the balances of all payloads; of a unified account the spot balances. None: there are none.

    Raises:
        BookError: which of the two stands behind the positions is not known.

    """
    found = [part.balances for part in parts if part.balances is not None]
    spot = [part.spot for part in parts if part.spot is not None]
    if spot and names.rules.account_mode.id in {"unified", "portfolio"}:
        found = spot
    elif any(spot) and not any(found) and not any(part.account_mode for part in parts):
        raise BookError(
            "",
            "whether the account is a unified one is not in these files",
            'Add what userAbstraction answers, or a file with account_mode = "unified"',
        )
    return [balance for balances in found for balance in balances] if found else None


def _shared(balance: Balance, asset: str, held: Sequence[Held], names: Names) -> Decimal:
    """Return what is left of a balance for the shared pool: to 28 digits where an inverse contract's P&L has no end."""
    kind = balance.kind
    if kind == "ccxt":
        kind = _meaning(names)
    amount = balance.amount
    with localcontext(EXACT):
        for one in held:
            if names.settle(one.row["symbol"]) != asset:
                continue
            if kind in {"wallet", "equity"} and one.row["margin_mode"] == "isolated":
                amount -= _wallet(one, balance)
            if kind == "equity" and not _is_paid_for(one, names):
                amount -= _profit(one, balance)
    return shown(amount) if is_long(amount) else amount


def _is_paid_for(one: Held, names: Names) -> bool:
    contract = names.contract(one.row["symbol"])
    return contract is not None and contract.is_paid_for


def _meaning(names: Names) -> BalanceKind:
    """Return what ccxt's total holds on a venue.

    Raises:
        BookError: the pack does not know.

    """
    meaning = find_pack(names.rules.venue.id).venue.ccxt_total
    if meaning is None:
        raise BookError(
            "balance, total",
            f"whether ccxt's total on {names.rules.venue.id} holds unrealised P&L is not known to the pack",
            "Keep `info` in the dump, or add a file with the wallet balance under [collateral]",
        )
    return meaning


def _wallet(one: Held, balance: Balance) -> Decimal:
    if one.wallet is None:
        raise BookError(
            one.where,
            f"its isolated wallet is not in these files, and it is part of the balance at {balance.where}",
            "Add the venue's own answer on positions (ccxt: keep `info`)",
        )
    return one.wallet


def _profit(one: Held, balance: Balance) -> Decimal:
    profit = one.figures.unrealized_pnl
    if profit is None:
        raise BookError(
            one.where,
            f"its unrealised P&L is not in these files, and it is part of the balance at {balance.where}",
            "Add the venue's own answer on positions (ccxt: keep `info`)",
        )
    return profit
