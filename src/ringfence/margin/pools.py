"""A margin mode is a partition: pools of collateral, and the positions each may pay for.

``pools`` is where a mode happens. Nothing else in the package knows what "isolated" or "cross" means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Decimal
from typing import Final, Literal

from ringfence.book import Book, Order, Position, Rest
from ringfence.core.errors import BookError, suggestion
from ringfence.core.rounding import round_up
from ringfence.margin.node import Missing
from ringfence.margin.requirement import initial
from ringfence.margin.split import Split
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.venue import RulePack

Cut = Literal["at-leverage", "initial", "equal-leverage", "risk", "as-held"]
CUTS: Final[tuple[Cut, ...]] = ("at-leverage", "initial", "equal-leverage", "risk", "as-held")
MODES: Final = ("as-held", "isolated", "cross")
Division = Cut | Split
"""How collateral is divided: by a rule, or as somebody found."""
_STEP_DIGITS: Final = 45
"""Shares are counted in steps of 1e-45 of what is divided: so they and what is left add up to it, to the digit."""
_CRUMB: Final = Decimal("1e-40")
"""Share of what is divided below which a rest is the trace of a quotient, and no idle collateral."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Collateral, and the positions it may pay for, and nothing else.

    id           cross:<asset>, cross:*, isolated:<symbol>[:side], idle
    unit         the asset in which the pool is counted
    ratios       whether its collateral is cut by the pack's collateral ratios
    collateral   asset -> amount, without unrealised P&L
    """

    id: str
    kind: Literal["cross", "isolated", "idle"]
    unit: str
    ratios: bool
    collateral: Mapping[str, Decimal]
    positions: tuple[Position, ...] = ()
    orders: tuple[Order, ...] = ()
    rest: Rest | None = None


@dataclass(frozen=True, slots=True)
class Partition:
    """A book, cut.

    cut        the division of collateral, as printed in every table
    unopened   positions for which the collateral did not reach
    """

    mode: str
    cut: str
    pools: tuple[Pool, ...]
    unopened: tuple[Position, ...] = ()
    notes: tuple[str, ...] = field(default=())


def isolated_wallet(position: Position, world: World) -> Decimal:
    """Return the wallet of an isolated position, in its settlement asset, without unrealised P&L.

    What the book states, or else the initial requirement at entry; with what was added by hand.

    Raises:
        BookError: neither the wallet nor the leverage is in the book.

    """
    if position.collateral is not None:
        return position.collateral + position.extra_collateral
    return put_up_at_entry(position, world) + position.extra_collateral


def put_up_at_entry(position: Position, world: World) -> Decimal:
    """Return the initial requirement of a position at its entry price, in its settlement asset.

    What stands on it today, or was added by hand, makes no difference to that.

    Raises:
        BookError: the position has no leverage, and its venue needs one.

    """
    bare = replace(position, collateral=None, extra_collateral=Decimal(0))
    needed = initial(bare, world, basis="entry")
    if isinstance(needed, Missing):
        raise BookError(
            position.label,
            "it has neither a leverage nor a wallet of its own",
            "Add leverage = ... or collateral = ...",
        )
    return needed.value


def _isolated_id(position: Position, book: Book) -> str:
    return f"isolated:{position.symbol}" + (f":{position.side}" if book.position_mode == "hedge" else "")


def _isolated(position: Position, book: Book, world: World) -> Pool:
    asset = world.settle(position)
    pool_id = _isolated_id(position, book)
    return Pool(
        id=pool_id,
        kind="isolated",
        unit=asset,
        ratios=False,
        collateral={asset: isolated_wallet(position, world)},
        positions=(position,),
        rest=_rest(book, pool_id),
    )


def _rest(book: Book, pool_id: str) -> Rest | None:
    return next((rest for rest in book.rests if rest.pool == pool_id), None)


def _shared(
    book: Book, world: World, positions: Sequence[Position], collateral: Mapping[str, Decimal]
) -> tuple[Pool, ...]:
    """Return the shared pools of an account, as its account mode cuts them."""
    mode = world.rules.account_mode
    if mode.pooling == "account":
        if (
            not positions
            and not any(collateral.values())
            and not book.orders
            and _rest(book, "cross:*") is None
        ):
            return ()
        return (
            Pool(
                "cross:*", "cross", mode.unit, mode.ratios, dict(collateral), tuple(positions), book.orders,
                _rest(book, "cross:*"),
            ),
        )  # fmt: skip
    ordered = [world.instrument(order.symbol).settle for order in book.orders]
    rested = [rest.pool.removeprefix("cross:") for rest in book.rests if rest.pool.startswith("cross:")]
    held = [asset for asset, amount in collateral.items() if amount != 0]
    assets = dict.fromkeys([*map(world.settle, positions), *held, *ordered, *rested])
    return tuple(
        Pool(
            id=f"cross:{asset}",
            kind="cross",
            unit=asset,
            ratios=mode.ratios,
            collateral={asset: collateral.get(asset, Decimal(0))},
            positions=tuple(p for p in positions if world.settle(p) == asset),
            orders=tuple(o for o in book.orders if world.instrument(o.symbol).settle == asset),
            rest=_rest(book, f"cross:{asset}"),
        )
        for asset in assets
    )


def _as_held(book: Book, world: World) -> Partition:
    isolated = [position for position in book.positions if position.margin_mode == "isolated"]
    cross = [position for position in book.positions if position.margin_mode == "cross"]
    shared = _shared(book, world, cross, book.collateral)
    return Partition("as-held", "as-held", (*shared, *(_isolated(p, book, world) for p in isolated)))


def pooled_collateral(book: Book, world: World) -> dict[str, Decimal]:
    """Return everything an account put up, by asset: the shared pool and every isolated wallet."""
    everything = dict(book.collateral)
    for position in book.positions:
        if position.margin_mode == "isolated":
            asset = world.settle(position)
            everything[asset] = everything.get(asset, Decimal(0)) + isolated_wallet(position, world)
    return everything


def _cross(book: Book, world: World) -> Partition:
    positions = [replace(position, margin_mode="cross") for position in book.positions]
    return Partition("cross", "none", _shared(book, world, positions, pooled_collateral(book, world)))


def _weights(positions: Sequence[Position], world: World, cut: Division) -> list[Decimal]:
    """Return each position's claim on the collateral, in its settlement asset."""
    match cut:
        case Split():
            return [cut.shares.get(position.label, Decimal(0)) for position in positions]
        case "at-leverage":
            return [put_up_at_entry(position, world) for position in positions]
        case "initial":
            return [_initial_now(position, world) for position in positions]
        case "equal-leverage":
            return [world.value(position) for position in positions]
        case "risk":
            return [world.value(position) * _sigma(position, world) for position in positions]
        case "as-held":
            raise BookError("cut", "as-held does not divide the shared pool", "Choose another cut")


def _initial_now(position: Position, world: World) -> Decimal:
    needed = initial(position, world)
    if isinstance(needed, Missing):
        raise BookError(position.label, needed.reason, "Add leverage = ... or choose the cut equal-leverage")
    return needed.value


def _sigma(position: Position, world: World) -> Decimal:
    underlying = world.instrument(position.symbol).underlying
    if underlying not in world.market.vols:
        raise BookError(
            f"[vols] {underlying}",
            "the cut by risk needs its annual volatility",
            f"Add {underlying} = 0.6 or the like",
        )
    return world.market.vols[underlying]


def _cut_to_pieces(book: Book, world: World, cut: Division) -> Partition:
    """Return every position alone, with its share of the collateral; the rest, if any, idle."""
    everything = pooled_collateral(book, world)
    positions = [replace(position, margin_mode="isolated") for position in book.positions]
    groups = _purses(positions, world, everything)
    pools: list[Pool] = []
    unopened: list[Position] = []
    idle: dict[str, Decimal] = {}
    for unit, members, purse in groups:
        shares = _shares(members, world, cut, unit, purse, unopened)
        left = _left(purse, [basket for _, basket in shares])
        pools += [_piece(p, book, world, unit, basket) for p, basket in shares]
        idle |= {asset: amount for asset, amount in left.items() if amount != 0}
    pools.sort(key=lambda pool: [p.label for p in positions].index(pool.positions[0].label))
    if idle:
        pools.append(Pool("idle", "idle", _idle_unit(idle, world), world.rules.account_mode.ratios, idle))
    return Partition("isolated", str(cut), tuple(pools), tuple(unopened))


def _idle_unit(idle: Mapping[str, Decimal], world: World) -> str:
    return next(iter(idle)) if len(idle) == 1 else world.rules.account_mode.unit


def _purses(
    positions: Sequence[Position], world: World, everything: Mapping[str, Decimal]
) -> list[tuple[str, list[Position], dict[str, Decimal]]]:
    """Return who may draw on which assets: all on all, or each on its settlement asset."""
    mode = world.rules.account_mode
    if mode.pooling == "account":
        return [(mode.unit, list(positions), dict(everything))]
    assets = dict.fromkeys([*map(world.settle, positions), *everything])
    return [
        (
            asset,
            [p for p in positions if world.settle(p) == asset],
            {asset: everything.get(asset, Decimal(0))},
        )
        for asset in assets
    ]


def _shares(
    members: Sequence[Position],
    world: World,
    cut: Division,
    unit: str,
    purse: Mapping[str, Decimal],
    unopened: list[Position],
) -> list[tuple[Position, dict[str, Decimal]]]:
    """Return each position's basket. Every asset is divided in the same proportions."""
    if not members:
        return []
    claims = [
        world.convert(weight, world.settle(p), unit)
        for p, weight in zip(members, _weights(members, world, cut), strict=True)
    ]
    if cut != "at-leverage":
        return list(zip(members, _wholly_divided(purse, claims), strict=True))
    worth = sum((world.convert(amount, asset, unit) for asset, amount in purse.items()), Decimal(0))
    opened, free = [], worth
    for position, claim in zip(members, claims, strict=True):
        if claim > free:
            unopened.append(position)
        else:
            free -= claim
            opened.append((position, claim))
    wanted = [claim for _, claim in opened]
    if set(purse) == {unit}:
        baskets = _put_up(purse[unit], wanted, unit)
    else:
        baskets = _portions(purse, [claim / worth if worth else worth for claim in wanted])
    return list(zip([position for position, _ in opened], _without_crumbs(purse, baskets), strict=True))


def _put_up(amount: Decimal, claims: Sequence[Decimal], unit: str) -> list[dict[str, Decimal]]:
    """Return what each claim asks of the only asset, up to whole steps: never less, or one times would die."""
    baskets: list[dict[str, Decimal]] = []
    step = Decimal(1).scaleb(amount.adjusted() - _STEP_DIGITS) if amount else amount
    for claim in claims:
        share = claim.quantize(step, ROUND_CEILING) if step else claim
        baskets.append({unit: min(share, _left({unit: amount}, baskets)[unit])})
    return baskets


def _without_crumbs(
    purse: Mapping[str, Decimal], baskets: list[dict[str, Decimal]]
) -> list[dict[str, Decimal]]:
    """Return the baskets; where all was given but the trace of a quotient, the last has it, too."""
    for asset, left in _left(purse, baskets).items():
        if baskets and abs(left) < abs(purse[asset]) * _CRUMB:
            baskets[-1][asset] += left
    return baskets


def _wholly_divided(purse: Mapping[str, Decimal], claims: Sequence[Decimal]) -> list[dict[str, Decimal]]:
    """Return what each claim gets of everything; the last gets what the others leave."""
    whole = sum(claims, Decimal(0))
    if whole == 0:
        return [dict.fromkeys(purse, whole) for _ in claims]
    baskets = _portions(purse, [claim / whole for claim in claims[:-1]])
    return [*baskets, _left(purse, baskets)]


def _portions(purse: Mapping[str, Decimal], parts: Sequence[Decimal]) -> list[dict[str, Decimal]]:
    """Return parts of every asset, counted up to whole steps and never more than is left."""
    baskets: list[dict[str, Decimal]] = []
    for part in parts:
        left = _left(purse, baskets)
        baskets.append({asset: _portion(amount, part, left[asset]) for asset, amount in purse.items()})
    return baskets


def _portion(amount: Decimal, part: Decimal, left: Decimal) -> Decimal:
    if amount == 0:
        return amount
    share = round_up(amount * part, Decimal(1).scaleb(amount.adjusted() - _STEP_DIGITS))
    return min(share, left) if amount > 0 else share


def _left(purse: Mapping[str, Decimal], baskets: Sequence[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    return {
        asset: amount - sum((basket[asset] for basket in baskets), Decimal(0))
        for asset, amount in purse.items()
    }


def _piece(position: Position, book: Book, world: World, unit: str, basket: Mapping[str, Decimal]) -> Pool:
    alone = basket.get(world.settle(position)) if set(basket) == {world.settle(position)} else None
    return Pool(
        id=_isolated_id(position, book),
        kind="isolated",
        unit=unit,
        ratios=world.rules.account_mode.ratios,
        collateral=basket,
        positions=(replace(position, collateral=alone, extra_collateral=Decimal(0)),),
    )


def partition(book: Book, world: World, mode: str, cut: Division) -> Partition:
    """Return the pools of a book under a mode.

    Args:
        book: the account.
        world: its prices and rules.
        mode: as-held, isolated, cross, or the rules' own account mode (all positions pooled its way).
        cut: how collateral is divided where a shared pool is taken apart: by a rule, or as given.

    Raises:
        BookError: unknown mode or cut, or a number the cut needs is missing.

    """
    if not isinstance(cut, Split) and cut not in CUTS:
        raise BookError("cut", f"{cut!r} is unknown", suggestion(cut, CUTS))
    if mode == "as-held" or (mode == "isolated" and cut == "as-held"):
        return _as_held(book, world)
    if mode == "isolated":
        return _cut_to_pieces(book, world, cut)
    if mode in {"cross", world.rules.account_mode.id}:
        return replace(_cross(book, world), mode=mode)
    raise BookError(
        "mode", f"{mode!r} is unknown", suggestion(mode, [*MODES, *(m.id for m in world.rules.modes())])
    )


def pools(book: Book, market: Market, rules: RulePack, mode: str, cut: Cut) -> tuple[Pool, ...]:
    """Return the pools of a book under a mode and a cut. See ``partition``."""
    return partition(book, World(market, book.instruments, rules, at=book.at), mode, cut).pools
