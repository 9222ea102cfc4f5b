"""How collateral is divided where somebody has found how, and no rule says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Split:
    """A division of collateral that somebody found, in place of a cut by rule.

    name     as printed in every table
    shares   label of a position -> its claim on the collateral, in its settlement asset, >= 0; all is divided
    """

    name: str
    shares: Mapping[str, Decimal]

    def __str__(self) -> str:
        """Return its name."""
        return self.name
