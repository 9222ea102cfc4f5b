"""What may stand beside what in the accounts of a block: the rules of a book's company, on all rows at once."""

from typing import Any, Final

import numpy as np

from ringfence.core.errors import BookError, InputError, suggestion
from ringfence.importers.accounts.place import Mask, first_of
from ringfence.importers.accounts.rows import Rows
from ringfence.importers.accounts.shared import Shared

_SIDES: Final = {1: "long", -1: "short"}


def check_company(rows: Rows, shared: Shared) -> None:
    """Complain about rows that cannot stand in their account.

    Raises:
        BookError: one is held twice, faces its opposite, is ring-fenced where nothing may be, is not where it has
            to be, names a pool that does not exist, or carries a number that nothing would use.

    """
    _check_wallets(rows)
    _check_isolated(rows, shared)
    _check_twins(rows, shared)
    _check_legs(rows, shared)
    _check_deployers(rows, shared)
    if rows.pools:
        _check_pools(rows, shared)


def _check_wallets(rows: Rows) -> None:
    for column in ("collateral", "extra_collateral"):
        if column in rows.numbers:
            given = np.nan_to_num(rows.stated(column)) != 0
            rows.place.refuse(
                rows.is_position & ~rows.isolated & given,
                column,
                "a cross position has no wallet of its own",
                'Put the amount into a holding, or write margin_mode = "isolated"',
            )
    if "deduction" in rows.numbers:
        alone = (np.nan_to_num(rows.stated("deduction")) != 0) & np.isnan(rows.stated("maintenance_rate"))
        rows.place.refuse(
            alone,
            "deduction",
            "it belongs to a maintenance_rate, and there is none",
            "Add maintenance_rate, or leave both to the tiers",
        )


def _check_isolated(rows: Rows, shared: Shared) -> None:
    mode = shared.rules.account_mode
    if not mode.isolated:
        others = [f'account_mode = "{other.id}"' for other in shared.rules.modes() if other.isolated]
        choices = ", or ".join(['margin_mode = "cross"', *others])
        rows.place.refuse(
            rows.isolated,
            "margin_mode",
            f"{shared.rules.venue.id} has no isolated positions in the account mode {mode.id}",
            f"Write {choices}",
        )
    only = np.array([*map(shared.isolated_only, range(len(shared.symbols))), False], dtype=np.bool_)
    cross = first_of(only[rows.symbol] & ~rows.isolated)
    if cross is not None:
        symbol = shared.symbols[rows.symbol[cross]]
        fault = f"{shared.rules.venue.id} allows {symbol} in isolated margin only"
        raise rows.place.fault(cross, "margin_mode", fault, 'Write margin_mode = "isolated"')


def _again(key: Any) -> int | None:
    """Return the second of the first two places that hold the same number; None: all differ."""
    ordered = np.sort(key)
    if not (ordered[1:] == ordered[:-1]).any():
        return None
    _, first, codes = np.unique(key, return_index=True, return_inverse=True)
    return first_of(first[codes] != np.arange(len(key)))


def _check_twins(rows: Rows, shared: Shared) -> None:
    held = np.flatnonzero(rows.is_position)
    key = (rows.account[held] * (len(shared.symbols) + 1) + rows.symbol[held]) * 2 + (rows.sign[held] > 0)
    twin = _again(key)
    if twin is not None:
        row, first = int(held[twin]), int(held[np.argmax(key == key[twin])])
        fault = f"{_SIDES[int(rows.sign[row])]} {shared.symbols[rows.symbol[row]]} stands twice: in row"
        raise rows.place.fault(
            row, "", f"{fault} {rows.place.number(first)}, too", "Add the two up, or mend a side"
        )
    held = np.flatnonzero(~rows.is_position)
    twin = _again(rows.account[held] * (len(shared.assets) + 1) + rows.asset[held])
    if twin is not None:
        row = int(held[twin])
        same = (rows.account == rows.account[row]) & (rows.asset == rows.asset[row]) & ~rows.is_position
        fault = f"a holding of {shared.assets[rows.asset[row]]} stands twice: in row"
        raise rows.place.fault(
            row, "", f"{fault} {rows.place.number(int(np.argmax(same)))}, too", "Add the two up"
        )


def _check_legs(rows: Rows, shared: Shared) -> None:
    """Complain about long and short of one symbol in one account, where they cannot coexist."""
    allowed = shared.rules.account_mode.hedge
    if allowed and shared.hedge_mode:
        return
    held = np.flatnonzero(rows.is_position)
    leg = _again(rows.account[held] * (len(shared.symbols) + 1) + rows.symbol[held])
    if leg is None:
        return
    row = int(held[leg])
    fault = f"long and short of {shared.symbols[rows.symbol[row]]} cannot coexist"
    if allowed:
        raise rows.place.fault(
            row, "", f"{fault} in one-way mode", 'Add position_mode = "hedge" to the market file'
        )
    name = shared.rules.venue.name
    raise rows.place.fault(
        row, "", f"{fault}: {name} keeps one position a symbol", "Net the two into one position"
    )


def _check_deployers(rows: Rows, shared: Shared) -> None:
    """Complain about an account whose cross positions are of exchanges that share no collateral."""
    names = [shared.deployer(code) for code in range(len(shared.symbols))]
    if len(set(names)) < 2:  # noqa: PLR2004 - one exchange has nobody to stand apart from
        return
    kinds = {name: code for code, name in enumerate(dict.fromkeys(names))}
    of_symbol = np.array([kinds[name] for name in names], dtype=np.int64)
    held = np.flatnonzero(rows.is_position & ~rows.isolated)
    account, kind = rows.account[held], of_symbol[rows.symbol[held]]
    other = first_of((account[1:] == account[:-1]) & (kind[1:] != kind[:-1]))
    if other is not None:
        row, first = int(held[other + 1]), shared.symbols[rows.symbol[held[other]]]
        raise rows.place.fault(
            row,
            "",
            f"it shares no collateral with {first} in the account mode {shared.rules.account_mode.id}",
            "Give each exchange with its own collateral an account of its own",
        )


# --- pools that rows state ---------------------------------------------------------------------------


def _check_pools(rows: Rows, shared: Shared) -> None:
    """Complain about a stated pool that is not the one its row stands in, or that holds nothing."""
    by_account = shared.rules.account_mode.pooling == "account"
    for code, stated in enumerate(rows.pools):
        named = rows.pool == code
        if stated == "cross:*" and by_account:
            fits = ~rows.isolated
        elif stated.startswith("cross:") and not by_account:
            asset = shared.rules.asset(stated.removeprefix("cross:"))
            fits = ~rows.isolated & (rows.asset == _code(asset, shared.assets))
        elif stated.startswith("isolated:"):
            fits = rows.isolated & _is_isolated_as(stated, rows, shared)
        else:
            fits = np.zeros(len(rows), dtype=np.bool_)
        row = first_of(named & ~fits)
        if row is not None:
            raise _elsewhere(rows, row, stated, shared)
    _check_held(rows, shared, by_account=by_account)


def _code(name: str, names: list[str]) -> int:
    return names.index(name) if name in names else -2


def _is_isolated_as(stated: str, rows: Rows, shared: Shared) -> Mask:
    """Return which rows are of the symbol, and in hedge mode of the side, that an isolated pool is named by."""
    name = stated.removeprefix("isolated:")
    sign = 0
    if shared.hedge_mode:
        name, _, side = name.rpartition(":")
        sign = {"long": 1, "short": -1}.get(side, 2)
    try:
        symbol = shared.contracts.find(name, "pool").symbol
    except InputError:
        return np.zeros(len(rows), dtype=np.bool_)
    of_symbol: Mask = rows.symbol == _code(symbol, shared.symbols)
    return of_symbol & (rows.sign == sign) if sign else of_symbol


def _pool_of(rows: Rows, row: int, shared: Shared) -> str:
    if rows.isolated[row]:
        side = f":{_SIDES[int(rows.sign[row])]}" if shared.hedge_mode else ""
        return f"isolated:{shared.symbols[rows.symbol[row]]}{side}"
    by_account = shared.rules.account_mode.pooling == "account"
    return "cross:*" if by_account else f"cross:{shared.assets[rows.asset[row]]}"


def _elsewhere(rows: Rows, row: int, stated: str, shared: Shared) -> BookError:
    stands = _pool_of(rows, row, shared)
    mode = f"{shared.rules.venue.id}, account mode {shared.rules.account_mode.id}"
    if not rows.is_position[row] and stated.startswith("isolated:"):
        return rows.place.fault(
            row, "pool", "an isolated pool has no holdings", "Put the amount on its position, as collateral"
        )
    if not stated.startswith(("cross:", "isolated:")):
        known = suggestion(stated, [stands])
        return rows.place.fault(
            row, "pool", f"there is no pool {stated!r} among accounts as they are held", known
        )
    return rows.place.fault(
        row,
        "pool",
        f"the row does not stand in {stated!r}, but in {stands} ({mode})",
        f'Write pool = "{stands}", or leave it null; or mend what the row says',
    )


def _check_held(rows: Rows, shared: Shared, *, by_account: bool) -> None:
    """Complain about a position in a stated shared pool of an account that holds nothing there."""
    width = 1 if by_account else len(shared.assets) + 1
    key = rows.account * width + (0 if by_account else rows.asset)
    holding = np.zeros(len(rows.accounts) * width, dtype=np.bool_)
    holding[key[~rows.is_position]] = True
    row = first_of(rows.is_position & ~rows.isolated & (rows.pool >= 0) & ~holding[key])
    if row is not None:
        stated = rows.pools[rows.pool[row]]
        raise rows.place.fault(
            row,
            "pool",
            f"its account has no pool {stated!r}: nothing is held there",
            "Add the holding, be it zero, or leave the pool null",
        )
