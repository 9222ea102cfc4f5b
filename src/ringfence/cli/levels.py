"""What the engine makes of a case: a book judged whole, a rule of a pack, a liquidation's steps, a model's formula."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any, Final, cast

from ringfence.cli.formulas import answer
from ringfence.core.errors import BookError, VectorError
from ringfence.core.exact import read_decimal
from ringfence.core.instants import read_day
from ringfence.core.number import EXACT, shown
from ringfence.importers import read
from ringfence.ledger import balances
from ringfence.liquidation import Fill, Fills, Outcome, Winner, liquidate
from ringfence.margin.assess import assess, assess_today, world_of
from ringfence.margin.pools import Cut, Pool, partition
from ringfence.margin.snapshot import Snapshot
from ringfence.margin.trade import what_if
from ringfence.market import read_shock
from ringfence.report import plain
from ringfence.venue.rule import rule

if TYPE_CHECKING:
    from ringfence.cli.cases import Case

TREES: Final = " trees"
"""Where the trees of a pool stand among what is found, for paths of names into them."""
_SEARCHED: Final = (
    "liquidat", "crossing", "bankruptcy", "recovery", "distance", "nearest", "warnings",
)  # fmt: skip
"""Words in the names of what is looked for along prices: no other figure depends on it, and most cases do not ask."""


def found_by(case: "Case", venue: str) -> dict[str, Any]:
    """Return what the engine finds, by field; under "" the whole of it, for paths into it; of a book its trees, too.

    Raises:
        InputError: the case is not one that the engine takes.

    """
    match case.level:
        case "book":
            return _book(case, venue)
        case "rule":
            return _rule(case, venue)
        case "step":
            return _step(case, venue)
        case "model":
            return answer(case.rule, case.inputs, case.each)


def _rule(case: "Case", venue: str) -> dict[str, Any]:
    for name in ("venue", "kind", "on", "account_mode"):
        if name in case.inputs:
            raise BookError(f"inputs, {name}", "it is no input of a rule", "Write it on the case itself")
    on = None if case.on is None else read_day(case.on, "on")
    return dict(rule(venue, case.rule, on=on, account_mode=case.account_mode, **case.inputs))


def _snapshot(case: "Case", venue: str) -> Snapshot:
    book = {"venue": venue, **case.book}
    if case.on is not None and "on" not in book and "at" not in book:
        book["on"] = case.on
    return read(book)


def _book(case: "Case", venue: str) -> dict[str, Any]:
    snapshot = _snapshot(case, venue)
    searched = any(word in name for name in case.expect for word in _SEARCHED)
    judged = assess if searched else assess_today
    data = plain.health(judged(snapshot, mode=case.mode, cut=cast("Cut", case.cut)))
    position, pool = _held(data, case.position)
    flat = {f"account.{key}": value for key, value in data["accounts"][0].items()}
    flat |= {f"pool.{key}": value for key, value in pool.items()}
    flat |= _buffers(pool)
    trees = {
        "initial": pool.get("initial"),
        "maintenance": pool.get("requirement"),
        "equity": pool.get("equity_tree"),
    }
    if case.order is not None:
        flat["allowed"] = what_if(snapshot, case.order, mode=case.mode, cut=cast("Cut", case.cut)).allowed
    return {**flat, **position, "": data, TREES: trees}


def _buffers(pool: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is left of a pool's equity above each requirement: venues that state margins signed state these."""
    equity, first = pool.get("equity"), pool.get("initial_requirement")
    if equity is None:
        return {}
    with localcontext(EXACT):
        left = None if first is None else shown(Decimal(equity) - Decimal(first))
    return {"buffer.maintenance": pool.get("buffer"), "buffer.initial": left}


def _held(data: Mapping[str, Any], wanted: str | None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the position a case speaks of, and the pool that holds it."""
    pools = data["pools"]
    rows = [(position, pool) for pool in pools for position in pool["positions"]]
    if wanted is None:
        return rows[0] if rows else ({}, pools[0] if pools else {})
    for position, pool in rows:
        if wanted in {position["symbol"], f"{position['symbol']}:{position['side']}"}:
            return position, pool
    raise VectorError(f"position {wanted!r}", "the book does not hold it", "Write SYMBOL or SYMBOL:long")


def _step(case: "Case", venue: str) -> dict[str, Any]:
    holding = _snapshot(case, venue).only()
    with localcontext(EXACT):
        world = world_of(holding)
        pools = partition(holding.book, world, "as-held", "at-leverage").pools
        if case.shock is not None:
            world = world.shocked(read_shock(case.shock))
        outcome = liquidate(
            _pool_of(pools, case.position),
            world,
            fills=Fills({symbol: _fill(symbol, row) for symbol, row in case.fills.items()}),
            insurance_fund=read_decimal(case.fund, "fund"),
            winners=tuple(_winner(row, case, venue) for row in case.winners),
        )
    found = _left_by(outcome)
    return {**found, "": found}


def _left_by(outcome: Outcome) -> dict[str, Any]:
    """Return events by name and fact, what each account has in the end, and what is left of the pool."""
    found: dict[str, Any] = {
        "events": [event.name for event in outcome.events],
        "event": [{**event.facts} for event in outcome.events],
        "bad_debt": outcome.bad_debt,
        "covered": outcome.covered,
        "fund": outcome.fund,
        "positions_left": len(outcome.pool_after.positions),
    }
    for position in outcome.pool_after.positions:
        found[f"contracts.{position.symbol}"] = position.contracts
    for account in {posting.account for event in outcome.events for posting in event.postings}:
        for asset, amount in balances(outcome.events, account).items():
            found[f"{account} {asset}"] = amount
    return found


def _pool_of(pools: Sequence[Pool], wanted: str | None) -> Pool:
    for pool in pools:
        if pool.positions and (wanted is None or wanted in {held.symbol for held in pool.positions}):
            return pool
    raise VectorError(
        f"position {wanted!r}", "no pool holds it", "Write the unified symbol of one that is held"
    )


def _fill(symbol: str, row: Mapping[str, Any]) -> Fill:
    amounts = {key: read_decimal(value, f"fills, {symbol}, {key}") for key, value in row.items()}
    if not {"price", "contracts"} <= set(amounts) <= {"price", "contracts", "lot"}:
        raise BookError(
            f"fills, {symbol}", "it is not price, contracts and perhaps lot", "Write all it needs"
        )
    return Fill(**amounts)


def _winner(row: Mapping[str, Any], case: "Case", venue: str) -> Winner:
    """Return a counterparty: account, equity, perhaps a rank, and a position in the keys of the book file."""
    own = {key: value for key, value in row.items() if key not in {"account", "equity", "rank"}}
    book = {"venue": venue, "on": case.on or case.book.get("on"), "position": [own]}
    (position,) = read({key: value for key, value in book.items() if value is not None}).only().book.positions
    rank: Decimal | None = None if "rank" not in row else read_decimal(row["rank"], "winners, rank")
    return Winner(
        str(row.get("account", "")), position, read_decimal(row.get("equity"), "winners, equity"), rank
    )
