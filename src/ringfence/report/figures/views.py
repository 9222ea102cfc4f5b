"""A result as views: an account in one mode each, so that figures need not know whether there is one mode or many."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ringfence.book import Position
from ringfence.contrast import Contrast
from ringfence.margin.assess import AccountHealth, Health, PoolHealth, PositionHealth


@dataclass(frozen=True, slots=True)
class View:
    """One account in one mode.

    name      what tells it from the other views: the mode (and the venue), or the account
    cut       how its collateral was divided
    account   which book it is; views of one account show the same positions in the same order
    """

    name: str
    mode: str
    cut: str
    account: str
    health: AccountHealth

    def positions(self) -> Iterator[tuple[int, PoolHealth, PositionHealth]]:
        """Yield every position that is open, with its number in the book and its pool."""
        numbers = {position.label: k for k, position in enumerate(self.health.book.positions)}
        for pool in self.health.pools:
            for held in pool.positions:
                yield numbers[held.position.label], pool, held


def views(result: Health | Contrast) -> list[View]:
    """Return a result's views: the modes of a contrast, or the accounts of a health."""
    if isinstance(result, Health):
        several = len(result.accounts) > 1
        return [
            View(
                one.book.account if several else result.mode,
                result.mode,
                one.partition.cut,
                one.book.account,
                one,
            )
            for one in result.accounts
        ]
    return [
        View(
            one.mode if one.venue == result.venue else f"{one.mode} @ {one.venue}",
            one.mode,
            one.cut,
            result.account,
            one.health,
        )
        for one in result.outcomes
    ]


@dataclass(frozen=True, slots=True)
class Near:
    """A position that its own coin's move kills, and the pool that goes with it."""

    name: str
    pool: PoolHealth
    held: PositionHealth

    @property
    def move(self) -> Decimal:
        """Return the move of its coin, a signed fraction of the mark; 0: it is past its trigger."""
        return self.held.distance or Decimal(0)

    @property
    def moves(self) -> str:
        """Return the coin that moves."""
        return self.held.position.symbol.partition("/")[0]


def nearest_position(view: View) -> Near | None:
    """Return the position that its own coin's move kills first; None: no such move."""
    names = short_names(view.health)
    near = [
        Near(names[number], pool, held)
        for number, pool, held in view.positions()
        if held.distance is not None
    ]
    return min(near, key=lambda one: abs(one.move), default=None)


def main_views(result: Health | Contrast) -> list[View]:
    """Return the views that a first look needs: the accounts of a health, isolated, as held and cross of a contrast."""
    shown = views(result)
    if isinstance(result, Health):
        return shown
    return [view for view in shown if view.name in {"isolated", "as-held", "cross"}] or shown


def as_it_stands(shown: Sequence[View]) -> View:
    """Return the view of the account as it is held, or the first where that was not asked for."""
    return next((view for view in shown if view.name == "as-held"), shown[0])


def short_names(health: AccountHealth) -> list[str]:
    """Return a short name for each position of a book. See ``brief_names``."""
    return brief_names(health.book.positions)


def brief_names(held: Sequence[Position]) -> list[str]:
    """Return a short name for each position: coin, expiry and side; the symbol where that names two."""

    def brief(symbol: str) -> str:
        coin, _, rest = symbol.partition("/")
        return coin + "".join(f" {part}" for part in rest.partition(":")[2].split("-")[1:])

    times = Counter((brief(position.symbol), position.side) for position in held)
    return [f"{brief(p.symbol) if times[brief(p.symbol), p.side] == 1 else p.symbol} {p.side}" for p in held]


def pool_name(pool_id: str) -> str:
    """Return a pool's name for the eye: an isolated one is called by its coin."""
    kind, _, rest = pool_id.partition(":")
    if kind != "isolated":
        return "cross" if rest == "*" else f"{kind} {rest}".strip()
    coin, _, more = rest.partition("/")
    side = more.rpartition(":")[2]
    return f"{coin} {side} alone" if side in {"long", "short"} else f"{coin} alone"


def cuts(shown: Sequence[View]) -> str:
    """Return how collateral is divided in each view, for a caption."""
    made = dict.fromkeys(f"{view.name} {view.cut}" for view in shown if view.cut not in {"none", "as-held"})
    if not made:
        return "Cut: none, collateral stays as it is held."
    rest = len(made) < len({view.name for view in shown})
    return f"Cut of the collateral: {'; '.join(made)}{'; elsewhere none' if rest else ''}."
