"""Which modes a book is shown in, and under which venues' rules: the same list wherever modes stand side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.core.errors import BookError, InputError, suggestion
from ringfence.margin.assess import world_of
from ringfence.margin.pools import MODES
from ringfence.margin.snapshot import Holding
from ringfence.margin.transpose import transpose
from ringfence.venue import find_pack


@dataclass(frozen=True, slots=True)
class Stage:
    """A book at a venue, and what had to be changed to put it there."""

    holding: Holding
    notes: tuple[str, ...] = ()


def stages_of(holding: Holding, venues: Sequence[str], refused: list[tuple[str, str, str]]) -> list[Stage]:
    """Return a book where it stands, and under other venues' rules.

    Args:
        holding: the account.
        venues: other venues; its own is passed over.
        refused: takes (mode, venue, why) of each venue whose rules it cannot be put under.

    Raises:
        InputError: there is no such venue.

    """
    stages = [Stage(holding)]
    for venue in venues:
        if find_pack(venue).venue.id == holding.book.venue:
            continue
        try:
            stages.append(Stage(*transpose(holding, venue)))
        except InputError as fault:
            refused.append(("all", venue, str(fault)))
    return stages


def check_modes(modes: Sequence[str], stages: Sequence[Stage]) -> None:
    """Complain about a mode that none of the venues has.

    Raises:
        BookError: a mode is unknown.

    """
    known = [*MODES, *(mode.id for stage in stages for mode in world_of(stage.holding).rules.modes())]
    for mode in modes:
        if mode not in known:
            raise BookError("mode", f"{mode!r} is unknown", suggestion(mode, set(known)))


def modes_of(holding: Holding) -> list[str]:
    """Return isolated, as-held and cross, then the other account modes that pool or net otherwise."""
    rules = world_of(holding).rules
    seen = {(rules.account_mode.pooling, rules.offset_models(rules.account_mode.id))}
    others = []
    for mode in rules.modes():
        kind = mode.pooling, rules.offset_models(mode.id)
        if kind not in seen:
            seen.add(kind)
            others.append(mode.id)
    return ["isolated", "as-held", "cross", *others]
