"""What may stand beside what in one account."""

import re

from ringfence.book import Book, Position
from ringfence.core.errors import BookError, suggestion
from ringfence.venue import RulePack
from ringfence.venue.instruments import deployer_of, facts_of

_SHARED_POOL = re.compile(r"cross:[A-Z0-9.]+")


def check_company(where: str, book: Book, rules: RulePack) -> None:
    """Complain about positions and orders that cannot stand in this account.

    Raises:
        BookError: one is held twice, faces its opposite, is ring-fenced where nothing may be, or is not where
            it has to be.

    """
    prefix = f"{where}, " if where else ""
    seen: list[Position] = []
    for number, position in enumerate(book.positions, start=1):
        here = f"{prefix}position {number} ({position.symbol})"
        _check_legs(here, position, seen, book, rules)
        _check_isolated(here, position.margin_mode, rules)
        if position.margin_mode == "cross":
            _check_cross(here, position, seen, book, rules)
        seen.append(position)
    for number, order in enumerate(book.orders, start=1):
        _check_isolated(f"{prefix}order {number} ({order.symbol})", order.margin_mode, rules)


def _check_legs(here: str, position: Position, seen: list[Position], book: Book, rules: RulePack) -> None:
    for held in seen:
        if held.symbol != position.symbol:
            continue
        if held.side == position.side:
            raise BookError(
                here, f"{position.side} {position.symbol} stands twice", "Add the two up, or mend a side"
            )
        if not rules.account_mode.hedge:
            raise BookError(
                here,
                f"long and short of one symbol cannot coexist: {rules.venue.name} keeps one position a symbol",
                "Net the two into one position",
            )
        if book.position_mode == "one-way":
            raise BookError(
                here,
                "long and short of one symbol cannot coexist in one-way mode",
                'Add position_mode = "hedge"',
            )


def _check_isolated(here: str, margin_mode: str, rules: RulePack) -> None:
    if margin_mode != "isolated" or rules.account_mode.isolated:
        return
    others = [f'account_mode = "{mode.id}"' for mode in rules.modes() if mode.isolated]
    choices = ['margin_mode = "cross"', *others]
    raise BookError(
        here,
        f"{rules.venue.id} has no isolated positions in the account mode {rules.account_mode.id}",
        f"Write {', or '.join(choices)}",
    )


def _check_cross(here: str, position: Position, seen: list[Position], book: Book, rules: RulePack) -> None:
    rule = rules.isolated(facts_of(book.instruments[position.symbol], "isolated", position.opened))
    if rule is not None and rule.only:
        raise BookError(
            here,
            f"{rules.venue.id} allows {position.symbol} in isolated margin only",
            'Write margin_mode = "isolated"',
        )
    own = deployer_of(position.symbol)
    others = [p.symbol for p in seen if p.margin_mode == "cross" and deployer_of(p.symbol) != own]
    if others and rules.account_mode.deployers == "apart":
        raise BookError(
            here,
            f"it shares no collateral with {others[0]} in the account mode {rules.account_mode.id}",
            "Put each exchange with its own collateral into an [[account]] of its own",
        )


def check_rests(where: str, book: Book, rules: RulePack) -> None:
    """Complain about a ``[[rest]]`` that belongs to no pool, or to one that already has a rest.

    Raises:
        BookError: there is one.

    """
    prefix = f"{where}, " if where else ""
    isolated = {p.label if book.position_mode == "hedge" else p.symbol for p in book.positions
                if p.margin_mode == "isolated"}  # fmt: skip
    known = {f"isolated:{name}" for name in isolated}
    if rules.account_mode.pooling == "account":
        known.add("cross:*")
    else:
        known |= {f"cross:{asset}" for asset in book.collateral}
    seen: set[str] = set()
    for number, rest in enumerate(book.rests, start=1):
        here = f"{prefix}rest {number}, pool"
        shared = rules.account_mode.pooling == "settle" and _SHARED_POOL.fullmatch(rest.pool)
        if rest.pool not in known and not shared:
            raise BookError(here, f"the account has no pool {rest.pool!r}", suggestion(rest.pool, known))
        if rest.pool in seen:
            raise BookError(here, f"{rest.pool} has a rest already", "Add the two up")
        seen.add(rest.pool)
