"""One book, every mode: requirement, free collateral, liquidation prices, worst loss, loss after shocks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Final

from ringfence.contrast.transpose import transpose
from ringfence.core.errors import BookError, InputError, suggestion
from ringfence.core.number import EXACT
from ringfence.liquidation import Stage, liquidate, net_worth, step
from ringfence.margin.assess import AccountHealth, assess_partition, digests, world_of
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.node import Missing
from ringfence.margin.pools import MODES, Cut, Pool, partition
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.margin.world import World
from ringfence.market import Shock, load_scenarios, read_shock
from ringfence.venue import find_pack, kinds

LADDER: Final = (
    "-2.5%",
    "-5%",
    "-7.5%",
    "-10%",
    "-15%",
    "-20%",
    "-30%",
    "-50%",
    "+5%",
    "+10%",
    "+20%",
    "+50%",
)
"""Moves of everything that is not a stablecoin."""


@dataclass(frozen=True, slots=True)
class ShockOutcome:
    """What a joint move leaves of the book.

    loss       what the owner has less than before, in the account's unit; never more than was put up
    bad_debt   what dead pools could not pay: the venue's loss, not the owner's
    dead       ids of the pools that die
    survivors  labels of the positions that live
    """

    name: str
    loss: Decimal
    bad_debt: Decimal
    dead: tuple[str, ...]
    survivors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModeOutcome:
    """One line of the contrast. Amounts in ``health.unit``; None where something is not known."""

    mode: str
    cut: str
    venue: str
    health: AccountHealth
    initial_requirement: Decimal | None
    maintenance_requirement: Decimal | None
    free_collateral: Decimal | None
    worst_loss: Decimal | None
    bad_debt: Decimal
    shocks: tuple[ShockOutcome, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contrast:
    """The same account under several modes.

    refused   (mode, venue) -> why it cannot be shown
    """

    account: str
    venue: str
    on: str
    outcomes: tuple[ModeOutcome, ...]
    refused: tuple[tuple[str, str, str], ...]
    digests: dict[str, str]
    warnings: tuple[str, ...]


def ladder() -> list[Shock]:
    """Return the shocks of the ladder: everything moves by the same fraction."""
    return [replace(read_shock(f"all={move}"), name=f"all {move}") for move in LADDER]


def default_shocks() -> list[Shock]:
    """Return the ladder, then the named scenarios that ship with the package."""
    return [*ladder(), *(scenario.shock for scenario in load_scenarios().values())]


def compare(
    snapshot: Snapshot,
    *,
    modes: Sequence[str] = (),
    cut: Cut = "at-leverage",
    venues: Sequence[str] = (),
    shocks: Sequence[Shock] | None = None,
) -> Contrast:
    """Return one account under several modes, side by side.

    Args:
        snapshot: what ``ringfence.read`` returned; it holds one account.
        modes: which modes; none: isolated, as held, cross, and every other pooling of the venue.
        cut: how collateral is divided to show the book isolated.
        venues: other venues whose rules the same positions are put under, too.
        shocks: joint moves; None: the ladder and the named scenarios.

    Raises:
        InputError: mode, cut or venue is unknown, or the book lacks what a rule needs.

    """
    holding = snapshot.only()
    wanted = default_shocks() if shocks is None else list(shocks)
    outcomes: list[ModeOutcome] = []
    refused: list[tuple[str, str, str]] = []
    with localcontext(EXACT):
        stages = _stages(holding, venues, refused)
        _check_modes(modes, [here for here, _ in stages])
        for here, notes in stages:
            for mode in modes or _modes_of(here):
                try:
                    outcomes.append(_outcome(here, mode, cut, wanted, notes))
                except InputError as fault:
                    if len(modes) == 1 and not venues:
                        raise
                    refused.append((mode, here.book.venue, str(fault)))
        if not outcomes:
            raise BookError("contrast", "no mode can be shown", "; ".join(why for _, _, why in refused))
        warnings = dict.fromkeys(w for outcome in outcomes for w in outcome.health.warnings)
        warnings |= dict.fromkeys(_unmoved(holding, wanted))
        return Contrast(
            account=holding.book.account,
            venue=holding.book.venue,
            on=str(holding.book.on),
            outcomes=tuple(outcomes),
            refused=tuple(refused),
            digests=digests(snapshot, [outcome.health for outcome in outcomes]),
            warnings=tuple(warnings),
        )


def _unmoved(holding: Holding, shocks: Sequence[Shock]) -> list[str]:
    """Return which coins of the book a named crash says nothing about: there they stand still."""
    coins = dict.fromkeys(holding.market.underlyings[p.symbol] for p in holding.book.positions)
    said = []
    for shock in shocks:
        still = [coin for coin in coins if coin not in shock.moves]
        if shock.name in load_scenarios() and shock.default == 0 and still:
            said.append(f"{shock.name}: no page states a move of {', '.join(still)}; held still")
    return said


def _stages(
    holding: Holding, venues: Sequence[str], refused: list[tuple[str, str, str]]
) -> list[tuple[Holding, tuple[str, ...]]]:
    stages: list[tuple[Holding, tuple[str, ...]]] = [(holding, ())]
    for venue in venues:
        if find_pack(venue).venue.id == holding.book.venue:
            continue
        try:
            stages.append(transpose(holding, venue))
        except InputError as fault:
            refused.append(("all", venue, str(fault)))
    return stages


def _check_modes(modes: Sequence[str], holdings: Sequence[Holding]) -> None:
    """Complain about a mode that none of the venues has."""
    known = [*MODES, *(mode.id for holding in holdings for mode in world_of(holding).rules.modes())]
    for mode in modes:
        if mode not in known:
            raise BookError("mode", f"{mode!r} is unknown", suggestion(mode, set(known)))


def _modes_of(holding: Holding) -> list[str]:
    """Return isolated, as-held and cross, then the other account modes that pool otherwise."""
    rules = world_of(holding).rules
    own = rules.account_mode
    others = [mode.id for mode in rules.modes() if mode.id != own.id and mode.pooling != own.pooling]
    return ["isolated", "as-held", "cross", *others]


def _outcome(
    holding: Holding, mode: str, cut: Cut, shocks: Sequence[Shock], notes: tuple[str, ...]
) -> ModeOutcome:
    world = world_of(holding, account_mode=None if mode in MODES else mode)
    cut_up = partition(holding.book, world, mode, cut)
    health = assess_partition(holding.book, world, cut_up)
    if mode == "isolated" and not world.rules.account_mode.isolated:
        notes = (*notes, f"{holding.book.venue} offers no isolated margin here; shown as the cut would be")
    initial = [p.judged.initial for p in health.pools]
    known = None if any(isinstance(node, Missing) for node in initial) else initial
    return ModeOutcome(
        mode=mode,
        cut=cut_up.cut,
        venue=holding.book.venue,
        health=health,
        initial_requirement=None
        if known is None
        else _sum(health, [n.value for n in known if not isinstance(n, Missing)], world),
        maintenance_requirement=_sum(health, [p.judged.maintenance.value for p in health.pools], world),
        free_collateral=health.available,
        worst_loss=_sum(
            health, [_at_stake(p.pool, world) if p.positions else Decimal(0) for p in health.pools], world
        ),
        bad_debt=sum(
            (_in_unit(max(-p.judged.equity.value, Decimal(0)), p.pool, health, world) for p in health.pools),
            Decimal(0),
        ),
        shocks=tuple(_after(shock, health, world) for shock in shocks),
        notes=notes,
    )


def _sum(health: AccountHealth, amounts: Sequence[Decimal], world: World) -> Decimal:
    return sum(
        (_in_unit(amount, p.pool, health, world) for amount, p in zip(amounts, health.pools, strict=True)),
        Decimal(0),
    )


def _in_unit(amount: Decimal, pool: Pool, health: AccountHealth, world: World) -> Decimal:
    return world.convert(amount, pool.unit, health.unit)


def _at_stake(pool: Pool, world: World) -> Decimal:
    return max(net_worth(pool, world), Decimal(0))


def _owned(pool: Pool, world: World) -> Decimal:
    """Return what the owner has in a pool: what positions lost beyond it is the venue's already."""
    return _at_stake(pool, world) if pool.positions else net_worth(pool, world)


def _after(shock: Shock, health: AccountHealth, world: World) -> ShockOutcome:
    there = world.shocked(shock)
    loss = bad_debt = Decimal(0)
    dead: list[str] = []
    survivors: list[str] = []
    for pool in (p.pool for p in health.pools):
        before, after = _owned(pool, world), net_worth(pool, there)
        if pool.positions and is_triggered(judge(pool, there), there):
            dead.append(pool.id)
            after, debt = _liquidated(pool, there)
            bad_debt += _in_unit(debt, pool, health, there)
        else:
            survivors += [p.label for p in pool.positions]
        loss += _in_unit(before, pool, health, world) - _in_unit(after, pool, health, there)
    return ShockOutcome(shock.name, loss, bad_debt, tuple(dead), tuple(survivors))


def _liquidated(pool: Pool, world: World) -> tuple[Decimal, Decimal]:
    """Return what a dead pool leaves its owner, and its bad debt: nobody buys, and what stays open is taken over."""
    outcome = liquidate(pool, world)
    stage = Stage(outcome.pool_after, bad_debt=outcome.bad_debt)
    _, stage = step(stage, world, kinds.TakeOver())
    return net_worth(stage.pool, world), stage.bad_debt
