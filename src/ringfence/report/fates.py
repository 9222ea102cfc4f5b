"""Who dies, and what it costs, for the eye."""

from collections.abc import Sequence

from ringfence.contrast import ModeOutcome, ShockOutcome
from ringfence.report.grid import money
from ringfence.report.names import brief_symbol


def mode_name(one: ModeOutcome, home: str) -> str:
    """Return a mode's name, with its venue where that is not the book's own."""
    return one.mode if one.venue == home else f"{one.mode} @ {one.venue}"


def cut_name(one: ModeOutcome) -> str:
    """Return the cut in brackets, where one was made."""
    return "" if one.cut in {"none", one.mode} else f" (cut {one.cut})"


def pool_name(pool_id: str) -> str:
    """Return the coin of an isolated pool, or a shared pool's id."""
    kind, _, rest = pool_id.partition(":")
    return brief_symbol(rest) if kind == "isolated" else pool_id


def dead_names(dead: Sequence[str]) -> str:
    """Return a dagger and a name for each pool that dies; such a pair is not broken over lines."""
    return "".join(f" †\u00a0{pool_name(pool)}" for pool in dead)


def fate(after: ShockOutcome) -> str:
    """Return what a shock costs the owner, what it costs the venue, and which pools it kills."""
    debt = "" if after.bad_debt == 0 else f" (debt\u00a0{money(after.bad_debt, 0)})"
    return f"{money(after.loss + 0, 0)}{debt}{dead_names(after.dead)}"
