"""An event is a set of postings that happen together or not at all, and that sum to zero in each asset."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from ringfence.core.errors import InvariantError
from ringfence.core.number import LEDGER, ZERO


@dataclass(frozen=True, slots=True)
class Posting:
    """A signed amount of one asset, put on one account. Contracts are assets too, named by their symbol.

    account   a pool id, or the other side: "market", "venue:fees", "venue:insurance", "adl:<account>"
    """

    account: str
    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Event:
    """Postings that cancel per asset. Facts that explain the event travel with it."""

    name: str
    pool: str
    postings: tuple[Posting, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that nothing is made or lost.

        Raises:
            InvariantError: an asset does not cancel.

        """
        for asset, left_over in _sums((p.asset, p.amount) for p in self.postings).items():
            if left_over != 0:
                raise InvariantError(f"{self.name}: {asset} does not cancel, {left_over} left over")


def _sums(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    with localcontext(LEDGER):
        for key, amount in amounts:
            sums[key] += amount
    return dict(sums)


def balances(events: Iterable[Event], account: str) -> dict[str, Decimal]:
    """Return what the events put on one account, by asset: a statement is this fold."""
    return _sums((p.asset, p.amount) for event in events for p in event.postings if p.account == account)
