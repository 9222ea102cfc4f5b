"""One book in one mode: requirement, free collateral, liquidation prices, worst loss, loss after shocks."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from ringfence.contrast.contagion import ContagionMatrix, Fences, contagion_matrix, fence_of
from ringfence.contrast.efficiency import CHANCE, HORIZON_DAYS, CapitalEfficiency, efficiency_of
from ringfence.contrast.exposure import risks_of
from ringfence.contrast.mode_law import ModeLaw, mode_law
from ringfence.contrast.stress import StressGrid, stress_grid
from ringfence.liquidation import Stage, liquidate, net_worth, step
from ringfence.margin.assess import AccountHealth, PositionHealth, assess_partition, world_in
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.node import Missing
from ringfence.margin.pools import Division, Partition, Pool, partition
from ringfence.margin.snapshot import Holding
from ringfence.margin.world import World
from ringfence.market import Shock
from ringfence.venue import kinds


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
class Question:
    """What is asked of a book, the same in every mode.

    cut      how collateral is divided to show the book isolated, or to compare with isolation
    shocks   joint moves
    days     the horizon of the first-order model
    chance   its limit: of any liquidation, and of the expected share of liquidation costs
    grid     two coins that move together
    """

    cut: Division = "at-leverage"
    shocks: tuple[Shock, ...] = ()
    days: Decimal = HORIZON_DAYS
    chance: Decimal = CHANCE
    grid: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ModeOutcome:
    """One line of the contrast. Amounts in ``health.unit``; None where something is not known.

    least_buffer   of a pool with positions; None: no pool has any
    contagion    who dies by whose price
    efficiency   what pooling saves, by three criteria: first order; Missing says what it lacks
    law          which positions a shared pool would do better without: first order, a hint
    grid         the account while two coins move, where that was asked
    """

    mode: str
    cut: str
    venue: str
    health: AccountHealth
    initial_requirement: Decimal | None
    maintenance_requirement: Decimal | None
    free_collateral: Decimal | None
    least_buffer: Decimal | None
    worst_loss: Decimal | None
    bad_debt: Decimal
    shocks: tuple[ShockOutcome, ...]
    contagion: ContagionMatrix
    efficiency: CapitalEfficiency | Missing
    law: ModeLaw | Missing
    grid: StressGrid | None = None
    notes: tuple[str, ...] = ()

    @property
    def first_to_die(self) -> PositionHealth | None:
        """Return the position that its own coin's least move kills; None: no coin's move alone kills any."""
        held = [p for pool in self.health.pools for p in pool.positions if p.distance is not None]
        return min(held, key=lambda one: abs(one.distance or Decimal(0)), default=None)

    @property
    def joint_sigmas(self) -> Decimal | None:
        """Return how far the nearest joint move is that kills a pool [sigma]; None: none does, or it is not known."""
        moves = (one.nearest for one in self.health.pools if one.positions)
        return min((one.distance_sigmas for one in moves if not isinstance(one, Missing)), default=None)

    @property
    def needed_for_chance(self) -> Decimal | None:
        """Return the least collateral for the chance of any liquidation, to first order; None: not known."""
        if isinstance(self.efficiency, Missing):
            return None
        return next(one.pooled for one in self.efficiency.criteria if one.name == "any event")


@dataclass(frozen=True, slots=True)
class Found:
    """What is already known of one book: its outcomes in other modes, and its positions isolated."""

    outcomes: list[ModeOutcome] = field(default_factory=list)
    fences: Fences = field(default_factory=dict)

    def twin_of(self, world: World, cut_up: Partition) -> ModeOutcome | None:
        """Return the outcome of another mode that cuts the book into the same pools under the same rules."""
        for one in self.outcomes:
            known, rules = one.health.partition, one.health.rules
            same = (known.pools, known.unopened, known.notes) == (cut_up.pools, cut_up.unopened, cut_up.notes)
            if same and (rules.digest, rules.account_mode.id) == (
                world.rules.digest,
                world.rules.account_mode.id,
            ):
                return one
        return None


def outcome_of(
    holding: Holding,
    mode: str,
    asked: Question,
    notes: tuple[str, ...] = (),
    found: Found | None = None,
) -> ModeOutcome:
    """Return one book in one mode.

    Args:
        holding: the account and its market.
        mode: as-held, isolated, cross, or an account mode of the venue.
        asked: what is asked of it.
        notes: what was changed to put the book under these rules.
        found: what is known of it from other modes; the outcome is added.

    Raises:
        InputError: the mode cannot be shown.

    """
    world = world_in(holding, mode)
    cut_up = partition(holding.book, world, mode, asked.cut)
    if mode == "isolated" and not world.rules.account_mode.isolated:
        notes = (*notes, f"{holding.book.venue} offers no isolated margin here; shown as the cut would be")
    known = Found() if found is None else found
    twin = known.twin_of(world, cut_up)
    if twin is None:
        outcome = _outcome(holding, mode, asked, notes, (world, cut_up, known.fences))
    else:
        outcome = replace(
            twin,
            mode=mode,
            cut=cut_up.cut,
            notes=notes,
            health=replace(twin.health, partition=cut_up),
            contagion=replace(twin.contagion, mode=mode, cut=cut_up.cut),
        )
    known.outcomes.append(outcome)
    return outcome


def _outcome(
    holding: Holding,
    mode: str,
    asked: Question,
    notes: tuple[str, ...],
    held: tuple[World, Partition, Fences],
) -> ModeOutcome:
    """Return one book in one mode that no other mode has told of yet."""
    world, cut_up, fences = held
    health = assess_partition(holding.book, world, cut_up)
    if mode == "isolated":
        fences |= fence_of(health)
    risks = risks_of(health, world, asked.days)
    buffers = _buffers(health, world)
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
        least_buffer=min((buffers[one.pool.id] for one in health.pools if one.positions), default=None),
        worst_loss=_sum(
            health, [_at_stake(p.pool, world) if p.positions else Decimal(0) for p in health.pools], world
        ),
        bad_debt=sum(
            (_in_unit(max(-p.judged.equity.value, Decimal(0)), p.pool, health, world) for p in health.pools),
            Decimal(0),
        ),
        shocks=tuple(_after(shock, health, world) for shock in asked.shocks),
        contagion=contagion_matrix(holding.book, world, mode, health, asked.cut, fences),
        efficiency=risks
        if isinstance(risks, Missing)
        else efficiency_of(risks, health.unit, asked.days, asked.chance),
        law=risks if isinstance(risks, Missing) else mode_law(risks, buffers, health.unit),
        grid=None if asked.grid is None else stress_grid(health, world, asked.grid),
        notes=notes,
    )


def _buffers(health: AccountHealth, world: World) -> dict[str, Decimal]:
    return {one.pool.id: _in_unit(one.judged.buffer, one.pool, health, world) for one in health.pools}


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
            left = taken_over(pool, there)
            after = net_worth(left.pool, there)
            bad_debt += _in_unit(left.bad_debt, pool, health, there)
        else:
            survivors += [p.label for p in pool.positions]
        loss += _in_unit(before, pool, health, world) - _in_unit(after, pool, health, there)
    return ShockOutcome(shock.name, loss, bad_debt, tuple(dead), tuple(survivors))


def taken_over(pool: Pool, world: World) -> Stage:
    """Return what is left of a dead pool: nobody buys, and what stays open is taken over at its bankruptcy price."""
    outcome = liquidate(pool, world)
    stage = Stage(outcome.pool_after, bad_debt=outcome.bad_debt)
    _, stage = step(stage, world, kinds.TakeOver())
    return stage
