"""The rungs of a ladder, each with the setting that a population stands in there; today is always one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from fractions import Fraction

from ringfence.batch.setting import Setting
from ringfence.core.errors import BookError, nearest
from ringfence.core.number import EXACT
from ringfence.margin.world import World
from ringfence.market import Shock
from ringfence.market.shock import STABLE

TODAY = "today"


@dataclass(frozen=True, slots=True)
class Rung:
    """A shock, and what a population stands in after it.

    name     of the shock; ``TODAY`` where nothing moves
    before   place in the ladder of the rung before it on its side, at last of today; None: it is today
    world    the shocked market, asked in the words of the rules
    """

    name: str
    shock: Shock
    before: int | None
    setting: Setting
    world: World
    _prices: dict[str, Decimal] = field(default_factory=dict, repr=False, compare=False)

    def price(self, asset: str) -> Decimal:
        """Return what one of an asset is worth there in the unit of account.

        Raises:
            MarketError: its index price is not known.

        """
        if asset not in self._prices:
            with localcontext(EXACT):
                unit = self.setting.rules.account_mode.unit
                self._prices[asset] = self.world.convert(Decimal(1), asset, unit)
        return self._prices[asset]


def rungs_of(setting: Setting, ladder: Sequence[Shock]) -> tuple[Rung, ...]:
    """Return a ladder's rungs in its order, with today in the place of a rung at which nothing moves.

    Without such a rung today stands where a ladder of one kind of move goes from falls to rises, else first. The
    rung before another is the next smaller move of the same kind and side: the same coins in the same proportion.

    Raises:
        BookError: a rung stands twice.

    """
    shocks = _with_today(ladder)
    today = next(k for k, shock in enumerate(shocks) if not _size(shock))
    world = World(setting.market, setting.instruments, setting.rules, at=setting.at)
    rungs = []
    for k, shock in enumerate(shocks):
        with localcontext(EXACT):
            there = world if k == today else world.shocked(shock)
        before = None if k == today else _before(k, shocks, today)
        name = TODAY if k == today else shock.name
        rungs.append(Rung(name, shock, before, replace(setting, market=there.market), there))
    return tuple(rungs)


def check_coins(setting: Setting, ladder: Sequence[Shock], held: Iterable[str]) -> None:
    """Complain about a rung that moves a coin which nothing here moves with.

    Args:
        setting: rules and prices.
        ladder: the shocks.
        held: coins and assets that a population holds.

    Raises:
        BookError: there is one.

    """
    contracts, venue = setting.instruments.values(), setting.rules.venue
    known = {one.underlying for one in contracts}.union(
        held, setting.market.indices, venue.follows, venue.follows.values(), venue.par, STABLE
    )
    for shock in ladder:
        for coin in shock.moves:
            if coin not in known:
                near = nearest(coin, known)
                remedy = f"Did you mean {near!r}?" if near else "Leave it out"
                raise BookError(f"ladder, {shock.name}", f"nothing here moves with {coin}", remedy)


def _with_today(ladder: Sequence[Shock]) -> list[Shock]:
    """Return the shocks of a ladder with one among them at which nothing moves."""
    shocks = list(ladder)
    seen: dict[tuple[object, ...], str] = {}
    for shock in shocks:
        key = (*_kind(shock), _size(shock))
        if key in seen:
            raise BookError("ladder", f"{seen[key]} and {shock.name} are one rung", "Keep one of the two")
        seen[key] = shock.name
    if any(not _size(shock) for shock in shocks):
        return shocks
    place = 0
    if len({_kind(shock) for shock in shocks}) == 1:
        sizes = [_size(shock) for shock in shocks]
        rises = next((k for k, size in enumerate(sizes) if size > 0), len(sizes))
        place = rises if sizes == sorted(sizes) else 0
    return [*shocks[:place], Shock(TODAY, {}), *shocks[place:]]


def _size(shock: Shock) -> Fraction:
    """Return by how much a shock moves what it moves: its default, or else the first coin that moves."""
    if shock.default:
        return Fraction(shock.default)
    return next((Fraction(move) for _, move in sorted(shock.moves.items()) if move), Fraction(0))


def _kind(shock: Shock) -> tuple[object, ...]:
    """Return what a shock moves and in which proportion, whatever its size and side."""
    size = _size(shock)
    if not size:
        return ()
    moves = [(coin, Fraction(move) / size) for coin, move in sorted(shock.moves.items())]
    return (
        bool(shock.default),
        *(one for one in moves if one[1] or shock.default),
    )


def _before(number: int, shocks: Sequence[Shock], today: int) -> int:
    """Return the place of the next smaller move of the same kind and side; today where there is none."""
    own = _size(shocks[number])
    smaller = [
        (abs(size), k)
        for k, shock in enumerate(shocks)
        for size in [_size(shock)]
        if _kind(shock) == _kind(shocks[number]) and size * own > 0 and abs(size) < abs(own)
    ]
    return max(smaller)[1] if smaller else today


def nearest_first(rungs: Sequence[Rung]) -> list[int]:
    """Return the places of the rungs, today first and every other one after the rung before it."""
    steps: dict[int, int] = {}
    for k, rung in enumerate(rungs):
        count, before = 0, rung.before
        while before is not None:
            count, before = count + 1, rungs[before].before
        steps[k] = count
    return sorted(steps, key=lambda k: (steps[k], k))
