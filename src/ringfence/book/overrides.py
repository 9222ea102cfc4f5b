"""What a book says instead of its venue's pack. Raw rows: the venue room gives them meaning."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Overrides:
    """Tables in the pack's own shape. Every result names those that were used."""

    tiers: tuple[Row, ...] = ()
    fees: tuple[Row, ...] = ()
    rules: tuple[Row, ...] = ()
    instruments: tuple[Row, ...] = ()
    settings: Row = field(default_factory=dict)
