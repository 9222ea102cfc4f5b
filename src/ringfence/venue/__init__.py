"""Rule packs: what a venue demands, as dated and sourced data."""

from ringfence.venue.instruments import resolve_instrument
from ringfence.venue.loader import find_pack, load, pack_ids
from ringfence.venue.overrides import rules_apart, rules_of
from ringfence.venue.pack import Facts, RulePack
from ringfence.venue.tables import Ladder

__all__ = [
    "Facts",
    "Ladder",
    "RulePack",
    "find_pack",
    "load",
    "pack_ids",
    "resolve_instrument",
    "rules_apart",
    "rules_of",
]
