"""Named crashes of the past: small tables of published peak-to-trough moves, with their pages."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from tomllib import loads

from ringfence.market.shock import Shock


@dataclass(frozen=True, slots=True)
class Scenario:
    """A shock that happened, as its pages state it.

    sources   coin -> address of the page that states its move
    """

    id: str
    title: str
    note: str
    shock: Shock
    sources: dict[str, str]


@cache
def load_scenarios() -> dict[str, Scenario]:
    """Return the scenarios that ship with the package, by id, oldest first."""
    text = (files("ringfence.market") / "data" / "scenarios.toml").read_text(encoding="utf-8")
    document = loads(text, parse_float=Decimal)
    pages = {key: str(source["url"]) for key, source in document["source"].items()}
    found = {}
    for entry in document["scenario"]:
        moves = {coin: Decimal(row["move"]) for coin, row in entry["moves"].items()}
        found[entry["id"]] = Scenario(
            id=entry["id"],
            title=entry["title"],
            note=entry.get("note", ""),
            shock=Shock(entry["id"], moves, moves.pop("default", Decimal(0))),
            sources={coin: pages[row["source"]] for coin, row in entry["moves"].items()},
        )
    return found
