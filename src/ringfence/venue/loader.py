"""From a venue file to the rules of one day. A mistake in a file is found here, not in a result."""

import hashlib
import os
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import cast

import msgspec
from msgspec import structs

from ringfence.core.errors import RulePackError, suggestion
from ringfence.core.exact import shortened
from ringfence.core.instants import read_instant
from ringfence.core.number import EXACT
from ringfence.venue import kinds
from ringfence.venue.pack import LIST_NAMES, RulePack
from ringfence.venue.shape import fitted
from ringfence.venue.tables import Ladder, make_ladder

PACKS_VARIABLE = "RINGFENCE_PACKS"
"""Environment variable naming folders with packs of one's own, separated as in PATH."""

_PACKS_KEPT = 256
_LADDERS_KEPT = 4096


@cache
def _pack_paths(folders: str) -> dict[str, Path]:
    shipped = Path(str(files("ringfence.venue") / "data"))
    found: dict[str, Path] = {}
    for folder in (shipped, *(Path(name) for name in folders.split(os.pathsep) if name)):
        found.update({path.stem: path for path in sorted(folder.glob("*.toml"))})
    return found


def pack_folders() -> str:
    """Return the folders of packs of one's own, as RINGFENCE_PACKS names them."""
    return os.environ.get(PACKS_VARIABLE, "")


def _paths() -> dict[str, Path]:
    return _pack_paths(pack_folders())


def pack_ids() -> list[str]:
    """Return the ids of all packs: those that ship, and those in the folders of RINGFENCE_PACKS."""
    return sorted(_paths())


def find_pack(venue: str) -> kinds.PackFile:
    """Return a venue file, checked, by its id or an alias.

    Raises:
        RulePackError: there is no such pack, or the file is wrong.

    """
    paths = _paths()
    if venue in paths:
        return _read_file(paths[venue])
    for path in paths.values():
        pack = _read_file(path)
        if venue in pack.venue.aliases:
            return pack
    raise RulePackError(
        f"venue {shortened(venue)}", "there is no such rule pack", f"{suggestion(venue, paths)}{_astray()}"
    )


def _astray() -> str:
    """Return a word about folders of RINGFENCE_PACKS that are not there."""
    named = filter(None, pack_folders().split(os.pathsep))
    missing = [name for name in named if not Path(name).is_dir()]
    return f". {PACKS_VARIABLE} names what is no folder: {', '.join(missing)}" if missing else ""


@cache
def _read_file(path: Path) -> kinds.PackFile:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as fault:
        raise RulePackError(
            path.name, fault.strerror or str(fault), "Make it a file that can be read"
        ) from None
    except (ValueError, RecursionError, ArithmeticError) as fault:
        raise RulePackError(path.name, f"it is not valid TOML: {fault}", "Mend the line it names") from None
    pack = fitted(document, kinds.PackFile, path.name, RulePackError)
    _check(pack, path.name)
    if pack.include:
        pack = _with_included(pack, path.name)
        _check_days(pack, path.name)
    if pack.venue.id != path.stem:
        raise RulePackError(
            f"{path.name}, venue, id", f"{pack.venue.id!r} is not the file's name", f"Call it {path.stem}"
        )
    return pack


def _with_included(pack: kinds.PackFile, file: str) -> kinds.PackFile:
    """Return a pack with the entries that it takes from others, under the pages that these name."""
    sources = dict(pack.source)
    lists = {name: list(getattr(pack, name)) for name in LIST_NAMES}
    for number, share in enumerate(pack.include, start=1):
        where = f"{file}, include {number}"
        if share.pack not in _paths() or share.pack == pack.venue.id:
            raise RulePackError(
                where, f"there is no other pack {share.pack}", suggestion(share.pack, _paths())
            )
        other = find_pack(share.pack)
        for name in share.lists:
            if name not in lists:
                raise RulePackError(where, f"packs have no list {name!r}", suggestion(name, lists))
            for entry in cast("tuple[kinds.Entry, ...]", getattr(other, name)):
                page = f"{share.pack}/{entry.source}"
                sources[page] = other.source[entry.source]
                payoff = entry.payoff or share.payoff
                lists[name].append(structs.replace(entry, source=page, payoff=payoff))
    return structs.replace(pack, source=sources, **{name: tuple(rows) for name, rows in lists.items()})


def _entries(pack: kinds.PackFile) -> Iterable[tuple[str, int, kinds.Entry]]:
    for name in LIST_NAMES:
        for number, entry in enumerate(cast("tuple[kinds.Entry, ...]", getattr(pack, name)), start=1):
            yield name, number, entry


def _check(pack: kinds.PackFile, file: str) -> None:
    used = set()
    for name, number, entry in _entries(pack):
        where = f"{file}, {name} {number}"
        used.add(entry.source)
        if entry.source not in pack.source:
            raise RulePackError(
                where, f"there is no [source.{entry.source}]", suggestion(entry.source, pack.source)
            )
        _check_entry(entry, where)
    idle = sorted(set(pack.source) - used)
    if idle:
        raise RulePackError(f"{file}, source {idle[0]}", "no rule names it", "Name it or delete it")
    _check_days(pack, file)
    if not any(mode.in_force <= pack.venue.begins for mode in pack.mode):
        raise RulePackError(
            f"{file}, mode", f"none is in force on {pack.venue.begins}, when the pack begins", "Mend a day"
        )


def _check_entry(entry: kinds.Entry, where: str) -> None:
    if entry.until is not None and entry.until <= entry.in_force:
        raise RulePackError(where, "`until` is not after `in_force`", "Mend one of the two days")
    if isinstance(entry, kinds.TierTable):
        with localcontext(EXACT):
            make_ladder(entry, where)
    if isinstance(entry, kinds.Family):
        _check_expression(entry, where)
    if isinstance(entry, kinds.Collateral):
        _check_bands(entry, where)
    if isinstance(entry, kinds.FactorOnInitial):
        _check_factors(entry, where)


def _check_bands(rule: kinds.Collateral, where: str) -> None:
    for before, band in pairwise(rule.bands):
        if before.cap is None or (band.cap is not None and band.cap <= before.cap):
            raise RulePackError(where, "a band does not end above the one before it", "Sort them by cap")


def _check_factors(rule: kinds.FactorOnInitial, where: str) -> None:
    if (rule.factor is None) == (not rule.factors):
        raise RulePackError(where, "it states neither factor nor factors, or both", "Keep one of the two")
    floors: dict[Decimal, Decimal] = {}
    for row in rule.factors:
        before = floors.get(row.leverage)
        rises = row.floor == 0 if before is None else row.floor > before
        if not rises:
            raise RulePackError(
                where, f"the floors at leverage {row.leverage} do not rise from 0", "Sort its rows by floor"
            )
        floors[row.leverage] = row.floor


def _check_expression(family: kinds.Family, where: str) -> None:
    try:
        expression = re.compile(family.native)
    except re.error as fault:
        raise RulePackError(where, f"`native` is not a regular expression: {fault}", "Mend it") from None
    if "base" not in expression.groupindex:
        raise RulePackError(where, "`native` has no group named base", "Write (?P<base>[A-Z0-9]+)")


def slot_of(name: str, entry: kinds.Entry) -> tuple[object, ...]:
    """Return what the entry answers. Two entries with one slot must not hold on the same day."""
    own = {
        kinds.Mode: ("id",), kinds.Collateral: ("asset",), kinds.Debt: ("asset",), kinds.Family: ("native", "bases"),
    }.get(type(entry), ())  # fmt: skip
    return (
        name, getattr(entry, "measure", None), entry.symbols, entry.underlyings, entry.contract, entry.payoff,
        entry.settles, entry.margin_mode, entry.account_modes, *(getattr(entry, field) for field in own),
    )  # fmt: skip


def _check_days(pack: kinds.PackFile, file: str) -> None:
    slots: dict[tuple[object, ...], list[tuple[int, kinds.Entry]]] = defaultdict(list)
    for name, number, entry in _entries(pack):
        slots[slot_of(name, entry)].append((number, entry))
    for slot, group in slots.items():
        group.sort(key=lambda pair: pair[1].since)
        for (_, before), (number, entry) in pairwise(group):
            where = f"{file}, {slot[0]} {number} in force {entry.in_force}"
            if entry.since == before.since:
                raise RulePackError(
                    where, "another entry begins that day for the same positions", "Keep one of them"
                )
            if before.until is not None and before.until > entry.in_force:
                raise RulePackError(
                    where, f"it overlaps the entry that lasts until {before.until}", "End it earlier"
                )
            if before.until is not None and before.until < entry.in_force:
                raise RulePackError(
                    where, f"a gap since {before.until}", "Let it begin where the last one ends"
                )


def _in_force(pack: kinds.PackFile, at: datetime) -> dict[str, tuple[kinds.Entry, ...]]:
    """Return what holds at an instant: of each slot the latest entry, and those that older positions keep."""
    chosen: dict[tuple[object, ...], list[tuple[str, kinds.Entry]]] = defaultdict(list)
    for name, _, entry in sorted(_entries(pack), key=lambda row: row[2].since):
        if entry.since <= at:
            slot = chosen[slot_of(name, entry)]
            slot[:] = [*(slot if entry.opened_since else ()), (name, entry)]
    held = [
        row for slot in chosen.values() for row in slot if row[1].until is None or at.date() < row[1].until
    ]
    return {name: tuple(entry for list_name, entry in held if list_name == name) for name in LIST_NAMES}


def newest(pack: kinds.PackFile) -> date:
    """Return the first day from whose beginning everything in the pack has changed that ever does."""
    return max(entry.in_force + timedelta(days=bool(entry.hour)) for _, _, entry in _entries(pack))


def load(
    venue: str,
    on: date | datetime | None = None,
    account_mode: str | None = None,
    overrides: Mapping[str, tuple[kinds.Entry, ...]] | None = None,
    settings: Mapping[str, object] | None = None,
) -> RulePack:
    """Return a venue's rules on one day.

    Args:
        venue: id or alias of a pack.
        on: the day, from 00:00 UTC, or the instant; None: the newest in the pack.
        account_mode: the pack's own word; None: the pack's default.
        overrides: entries of a book, by list, that stand before the pack's.
        settings: account switches of a book.

    Raises:
        RulePackError: unknown venue or mode, a day before the pack begins, or a faulty file.

    """
    hour = None if on is None else read_instant(on, "on").replace(minute=0, second=0, microsecond=0)
    plain = _plain(venue, hour, account_mode, pack_folders())
    if not overrides and not settings:
        return plain
    own = overrides or {}
    lists = {name: (*own.get(name, ()), *entries) for name, entries in plain.lists.items()}
    return replace(
        plain,
        lists=lists,
        ladders=_ladders(lists),
        digest=_digest(plain.venue, plain.account_mode, lists),
        overrides=tuple(f"{name}: {_named(entry)}" for name, rows in own.items() for entry in rows),
        settings=dict(settings or {}),
    )


@lru_cache(maxsize=_PACKS_KEPT)
def _plain(venue: str, hour: datetime | None, account_mode: str | None, _folders: str) -> RulePack:
    """Return a venue's own rules, kept for the next question under the same folders of packs."""
    pack = find_pack(venue)
    at = hour or read_instant(newest(pack), "on")
    day = at.date()
    if day < pack.venue.begins:
        raise RulePackError(
            f"{pack.venue.id} on {day}",
            f"the pack begins on {pack.venue.begins}",
            f"Choose that day or a later one: on = {pack.venue.begins}",
        )
    lists = _in_force(pack, at)
    modes = {mode.id: mode for mode in lists["mode"] if isinstance(mode, kinds.Mode)}
    usual = next((mode.id for mode in modes.values() if mode.default), next(iter(modes), ""))
    wanted = account_mode or usual
    if wanted not in modes:
        raise RulePackError(
            f"{pack.venue.id}, account_mode", f"{wanted!r} is unknown", suggestion(wanted, modes)
        )
    return RulePack(
        venue=pack.venue,
        on=day,
        account_mode=modes[wanted],
        sources=pack.source,
        lists=lists,
        ladders=_ladders(lists),
        digest=_digest(pack.venue, modes[wanted], lists),
    )


def _ladders(lists: Mapping[str, tuple[kinds.Entry, ...]]) -> tuple[Ladder, ...]:
    return tuple(_ladder(table) for table in lists["tiers"] if isinstance(table, kinds.TierTable))


@lru_cache(maxsize=_LADDERS_KEPT)
def _ladder(table: kinds.TierTable) -> Ladder:
    with localcontext(EXACT):
        return make_ladder(table, f"tiers of {' '.join(table.symbols)}")


def _named(entry: kinds.Entry) -> str:
    kind = getattr(getattr(entry, "__struct_config__", None), "tag", None) or type(entry).__name__
    return f"{kind} {' '.join(entry.symbols) or 'all symbols'}"


def _digest(venue: kinds.Venue, mode: kinds.Mode, lists: Mapping[str, tuple[kinds.Entry, ...]]) -> str:
    body = msgspec.json.encode([venue, mode, {name: list(rows) for name, rows in lists.items()}])
    return hashlib.sha256(body).hexdigest()
