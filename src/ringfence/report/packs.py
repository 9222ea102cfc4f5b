"""The tables of ``ringfence venues``."""

from datetime import date
from typing import Any

import msgspec

from ringfence.report.grid import Grid
from ringfence.venue import find_pack, pack_ids
from ringfence.venue.kinds import Entry, PackFile, Tier
from ringfence.venue.loader import newest
from ringfence.venue.pack import LIST_NAMES

_CARRIED = set(Entry.__struct_fields__)


def packs_grid() -> Grid:
    """Return one row a pack."""
    grid = Grid(
        "Rule packs", ("id", "venue", "from", "newest rule", "account modes", "rules", "sources"), left=5
    )
    for name in pack_ids():
        pack = find_pack(name)
        rules = sum(len(getattr(pack, listed)) for listed in LIST_NAMES)
        grid.rows.append(
            (
                pack.venue.id, pack.venue.name, str(pack.venue.begins), str(newest(pack)),
                ", ".join(dict.fromkeys(mode.id for mode in pack.mode)), str(rules), str(len(pack.source)),
            )
        )  # fmt: skip
    return grid


def packs_dict() -> dict[str, Any]:
    """Return the packs as plain data."""
    grid = packs_grid()
    return {
        "schema": "ringfence.venues/1",
        "venues": [dict(zip(grid.columns, row, strict=True)) for row in grid.rows],
    }


def _entries(pack: PackFile, on: date | None) -> list[tuple[str, Entry]]:
    return [
        (name, entry)
        for name in LIST_NAMES
        for entry in getattr(pack, name)
        if on is None or (entry.in_force <= on and (entry.until is None or on < entry.until))
    ]


def _applies(entry: Entry) -> str:
    words = [
        *entry.symbols,
        *entry.underlyings,
        *entry.settles,
        entry.contract or "",
        entry.payoff or "",
        entry.margin_mode or "",
        *entry.account_modes,
    ]
    return " ".join(word for word in words if word) or "all"


def _says(record: msgspec.Struct) -> str:
    """Return what a rule says beyond its defaults, in the words of the pack."""
    tag = record.__struct_config__.tag
    words = [] if tag is None else [str(tag)]
    for field in msgspec.structs.fields(record):
        value = getattr(record, field.name)
        if field.name not in _CARRIED and value != field.default and value not in ((), {}):
            words.append(_word(field.name, value))
    return ", ".join(words)


def _within(record: msgspec.Struct) -> str:
    """Return what a part of a rule says; a part that its page does not give says so."""
    uncertain = getattr(record, "status", "") == "uncertain"
    return _says(record) + (" [uncertain]" if uncertain else "")


def _word(name: str, value: object) -> str:
    if name == "rows" and isinstance(value, tuple) and isinstance(last := value[-1], Tier):
        return f"{len(value)} tier{'s' * (len(value) > 1)} to {last.cap or 'any size'}"
    if isinstance(value, tuple) and all(isinstance(item, msgspec.Struct) for item in value):
        return "; ".join(_within(item) for item in value)
    if isinstance(value, msgspec.Struct):
        return f"{name} ({_within(value)})"
    if isinstance(value, tuple) and all(isinstance(item, tuple) for item in value):
        return f"{name} {' | '.join(_word('', item).strip() for item in value)}"
    if isinstance(value, dict):
        return " ".join([name, *(f"{key} {item}" for key, item in value.items())])
    if isinstance(value, tuple):
        return f"{name} {' '.join(map(str, value))}"
    return name if value is True else f"{name} {value}"


def _since(entry: Entry) -> str:
    return str(entry.in_force) + (f" {entry.hour:02}:00" if entry.hour else "")


def pack_grids(venue: str, on: date | None) -> list[Grid]:
    """Return the rules of a pack (those in force on a day, if one is given) and its sources."""
    pack = find_pack(venue)
    when = f" in force on {on}" if on else ""
    rules = Grid(
        f"{pack.venue.name}: rules{when}", ("list", "applies to", "says", "from", "status", "source"), left=6
    )
    for name, entry in _entries(pack, on):
        rules.rows.append((name, _applies(entry), _says(entry), _since(entry), entry.status, entry.source))
    sources = Grid("Sources", ("key", "title", "address", "read on"), left=4)
    for key, source in pack.source.items():
        sources.rows.append((key, source.title, source.url, str(source.read_on)))
    return [rules, sources]


def pack_dict(venue: str, on: date | None) -> dict[str, Any]:
    """Return the rules of a pack as plain data."""
    pack = find_pack(venue)
    return {
        "schema": "ringfence.venue/1",
        "venue": msgspec.to_builtins(pack.venue, str_keys=True),
        "rules": [{"list": name, **msgspec.to_builtins(entry)} for name, entry in _entries(pack, on)],
        "sources": msgspec.to_builtins(pack.source),
    }
