"""Vector files, run through the public engine: what ``ringfence check`` does with each case.

A case is a book (judged whole), a rule (one rule of a pack) or a step (a liquidation). What is expected
is compared field by field, and the error is kept, not only the verdict.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

from ringfence.core.errors import InputError, VectorError, suggestion
from ringfence.core.instants import read_day
from ringfence.core.number import EXACT
from ringfence.importers import read
from ringfence.ledger import balances
from ringfence.liquidation import Fill, Fills, Winner, liquidate
from ringfence.margin.assess import assess, world_of
from ringfence.margin.pools import Pool, partition
from ringfence.margin.snapshot import Snapshot
from ringfence.market import read_shock, shocked
from ringfence.report import plain
from ringfence.venue.rule import rule

_KEYS = {
    "id", "proves", "from", "source", "on", "level", "tolerance", "tolerance_of", "working", "disagrees", "expect",
    "book", "account_mode", "mode", "cut", "position", "rule", "inputs", "shock", "fills", "fund", "winners",
}  # fmt: skip
_ORIGINS = ("published", "recorded", "third-party", "derived")
_LEVELS = ("book", "rule", "step")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One expected field that came out otherwise."""

    field: str
    expected: object
    found: object


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of one case.

    agrees      every expected field is met within its tolerance
    error       largest relative error over the numeric fields
    reason      why the source's own figure is not met, where the file says so
    """

    venue: str
    id: str
    level: str
    agrees: bool
    error: Decimal
    reason: str = ""
    mismatches: tuple[Mismatch, ...] = field(default=())

    @property
    def passes(self) -> bool:
        """Return whether the case is as its file says: met, or not met for the stated reason."""
        return self.agrees != bool(self.reason)


def run_file(path: Path) -> Iterator[CaseResult]:
    """Yield the result of every case of a vector file.

    Raises:
        VectorError: the file is not a vector file.

    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as fault:
        raise VectorError(str(path), fault.strerror or str(fault), "Name a vector file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise VectorError(path.name, f"it is not valid TOML: {fault}", "Mend the place it names") from None
    cases = document.get("case")
    if not isinstance(cases, list) or not cases:
        raise VectorError(path.name, "it has no [[case]]", "Write vectors as the files in vectors/ do")
    venue = str(document.get("venue", path.stem))
    seen: set[str] = set()
    for number, case in enumerate(cases, start=1):
        where = f"{path.name} case {number} ({case.get('id', 'without id')})"
        _check_shape(case, where, seen)
        yield _run(case, venue, where)


def _check_shape(case: Mapping[str, Any], where: str, seen: set[str]) -> None:
    for key in case:
        if key not in _KEYS:
            raise VectorError(where, f"unknown key {key!r}", suggestion(key, _KEYS))
    for key in ("id", "proves", "from", "source", "level", "expect"):
        if key not in case:
            raise VectorError(where, f"{key} is missing", f"Add {key} = ...")
    for key, known in (("from", _ORIGINS), ("level", _LEVELS)):
        if case[key] not in known:
            raise VectorError(where, f"{key} = {case[key]!r} is unknown", suggestion(str(case[key]), known))
    if case["from"] == "derived" and not case.get("working"):
        raise VectorError(where, "a derived case shows no working", "Add working = ...")
    if not case["expect"]:
        raise VectorError(where, "it expects nothing", "Add the expected figures")
    if case["id"] in seen:
        raise VectorError(where, "the id stands twice", "Give each case its own id")
    seen.add(case["id"])


def _run(case: Mapping[str, Any], venue: str, where: str) -> CaseResult:
    try:
        found = {"book": _book, "rule": _rule, "step": _step}[case["level"]](case, venue)
    except InputError as fault:
        if case.get("disagrees"):
            return CaseResult(venue, case["id"], case["level"], False, Decimal(0), case["disagrees"])
        raise VectorError(where, str(fault), "Mend the case") from None
    mismatches, error = _compare(case, found, where)
    return CaseResult(
        venue, case["id"], case["level"], not mismatches, error, case.get("disagrees", ""), tuple(mismatches)
    )


def _snapshot(case: Mapping[str, Any], venue: str) -> Snapshot:
    book = {"venue": venue, **case["book"]}
    if "on" in case and "on" not in book and "at" not in book:
        book["on"] = case["on"]
    return read(book)


def _book(case: Mapping[str, Any], venue: str) -> dict[str, Any]:
    health = assess(
        _snapshot(case, venue), mode=case.get("mode", "as-held"), cut=case.get("cut", "at-leverage")
    )
    data = plain.health(health)
    position, pool = _held(data, case.get("position"))
    flat = {f"account.{key}": value for key, value in data["accounts"][0].items()}
    flat |= {f"pool.{key}": value for key, value in pool.items()}
    flat |= dict(position)
    return {**flat, "": data}


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


def _rule(case: Mapping[str, Any], venue: str) -> dict[str, Any]:
    on = read_day(case["on"], "on") if "on" in case else None
    return dict(
        rule(venue, case["rule"], on=on, account_mode=case.get("account_mode"), **case.get("inputs", {}))
    )


def _step(case: Mapping[str, Any], venue: str) -> dict[str, Any]:
    """Return what a liquidation leaves: events, what each account has in the end, contracts, bad debt."""
    holding = _snapshot(case, venue).only()
    with localcontext(EXACT):
        world = world_of(holding)
        pools = partition(holding.book, world, "as-held", "at-leverage").pools
        if "shock" in case:
            world = replace(world, market=shocked(world.market, read_shock(case["shock"])))
        outcome = liquidate(
            _pool_of(pools, case.get("position")),
            world,
            fills=Fills({symbol: Fill(**_decimals(row)) for symbol, row in case.get("fills", {}).items()}),
            insurance_fund=Decimal(case.get("fund", 0)),
            winners=tuple(_winner(row, case, venue) for row in case.get("winners", ())),
        )
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
    return {**found, "": found}


def _pool_of(pools: Sequence[Pool], wanted: str | None) -> Pool:
    for pool in pools:
        if pool.positions and (wanted is None or wanted in {held.symbol for held in pool.positions}):
            return pool
    raise VectorError(
        f"position {wanted!r}", "no pool holds it", "Write the unified symbol of one that is held"
    )


def _decimals(row: Mapping[str, Any]) -> dict[str, Decimal]:
    return {key: Decimal(value) for key, value in row.items()}


def _winner(row: Mapping[str, Any], case: Mapping[str, Any], venue: str) -> Winner:
    """Return a counterparty: account, equity, perhaps a rank, and a position in the keys of the book file."""
    own = {key: value for key, value in row.items() if key not in {"account", "equity", "rank"}}
    book = {"venue": venue, "on": case.get("on", case["book"].get("on")), "position": [own]}
    (position,) = read({key: value for key, value in book.items() if value is not None}).only().book.positions
    rank = None if "rank" not in row else Decimal(row["rank"])
    return Winner(str(row["account"]), position, Decimal(row["equity"]), rank)


def _lookup(found: Mapping[str, Any], name: str, where: str) -> object:
    if name in found:
        return found[name]
    node: Any = found.get("", found)
    for part in name.split("."):
        if isinstance(node, Mapping) and part in node:
            node = node[part]
        elif isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        else:
            known = [key for key in found if key]
            raise VectorError(where, f"the result has no field {name!r}", suggestion(name, known))
    return node


def _compare(case: Mapping[str, Any], found: Mapping[str, Any], where: str) -> tuple[list[Mismatch], Decimal]:
    mismatches: list[Mismatch] = []
    worst = Decimal(0)
    for name, expected in case["expect"].items():
        got = _lookup(found, name, where)
        tolerance = case.get("tolerance_of", {}).get(name, case.get("tolerance", {}))
        met, error = _meets(expected, got, tolerance)
        worst = max(worst, error)
        if not met:
            mismatches.append(Mismatch(name, expected, got))
    return mismatches, worst


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        return Decimal(value)
    except ArithmeticError:
        return None


def _meets(expected: object, got: object, tolerance: Mapping[str, Any]) -> tuple[bool, Decimal]:
    if expected == "none":
        return got is None, Decimal(0)
    if isinstance(expected, list):
        if not isinstance(got, Sequence) or isinstance(got, str) or len(got) != len(expected):
            return False, Decimal(0)
        verdicts = [_meets(e, g, tolerance) for e, g in zip(expected, got, strict=True)]
        return all(met for met, _ in verdicts), max((error for _, error in verdicts), default=Decimal(0))
    want, have = _number(expected), _number(got)
    if want is None or have is None:
        return expected == got, Decimal(0)
    difference = abs(have - want)
    error = difference / abs(want) if want else difference
    absolute, relative = Decimal(str(tolerance.get("abs", 0))), Decimal(str(tolerance.get("rel", 0)))
    return difference <= max(absolute, relative * abs(want)), error
