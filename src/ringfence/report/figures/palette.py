"""Colours by role, on light and on dark ground.

The series are those of Okabe and Ito (jfly.uni-koeln.de/color), which readers with any of the common colour
deficiencies tell apart; no figure says anything by colour alone. Light first, dark second.
"""

from collections.abc import Iterable
from typing import Final

SERIES: Final = 8

COLOURS: Final[dict[str, tuple[str, str]]] = {
    "s1": ("#d55e00", "#ff8b3d"),
    "s2": ("#009e73", "#35cf9f"),
    "s3": ("#0072b2", "#52b1f2"),
    "s4": ("#b6538c", "#e39bc7"),
    "s5": ("#b98300", "#f0c14b"),
    "s6": ("#3a93c4", "#9adcff"),
    "s7": ("#7a5cc4", "#b9a3f5"),
    "s8": ("#7d7466", "#c2b8a6"),
    "gain": ("#0072b2", "#52b1f2"),
    "loss": ("#d55e00", "#ff8b3d"),
    "total": ("#5b6472", "#aab4c2"),
    "ink": ("#1d232c", "#e8ebf0"),
    "quiet": ("#5b6472", "#a3adba"),
    "line": ("#d9dde3", "#3a424e"),
    "paper": ("#ffffff", "#161b22"),
    "plain": ("#eef1f5", "#232a34"),
}


def series(names: Iterable[str]) -> dict[str, str]:
    """Return a role for each name, in order; more names than series begin anew."""
    return {name: f"s{k % SERIES + 1}" for k, name in enumerate(dict.fromkeys(names))}


def light(role: str) -> str:
    """Return a role's colour on light ground."""
    return COLOURS[role][0]


def faded(colour: str, depth: float) -> str:
    """Return a colour with some of the ground showing through, as rgba()."""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{depth:.2f})"
