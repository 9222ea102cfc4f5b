"""Colours by role, on light and on dark ground.

The series start from those of Okabe and Ito (jfly.uni-koeln.de/color) and were moved until readers with any of the
common colour deficiencies tell every two of them apart on either ground, which tests measure; no figure says anything
by colour alone. Light first, dark second.
"""

from collections.abc import Iterable
from typing import Final

SERIES: Final = 8
DEEPEST: Final = 0.5
"""The strongest colour in which a text stands: its contrast is at least 4.5 on either ground."""

COLOURS: Final[dict[str, tuple[str, str]]] = {
    "s1": ("#e25e00", "#ff8042"),
    "s2": ("#00a57e", "#5df6cc"),
    "s3": ("#3b6c93", "#14acf1"),
    "s4": ("#912e5a", "#bf929b"),
    "s5": ("#a47b55", "#ffe656"),
    "s6": ("#5989ff", "#bad8e2"),
    "s7": ("#5222a1", "#8762ec"),
    "s8": ("#6f5235", "#c0b295"),
    "gain": ("#0072b2", "#52b1f2"),
    "loss": ("#d55e00", "#ff8b3d"),
    "total": ("#5b6472", "#bcc4cf"),
    "dies": ("#eb9f68", "#9a4f1c"),
    "stake": ("#fbe5d6", "#4b3122"),
    "kept": ("#bcdcf0", "#1f5478"),
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
