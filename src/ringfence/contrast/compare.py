"""One book, every mode: requirement, free collateral, liquidation prices, worst loss, loss after shocks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Final

from ringfence.contrast.cuts import CutOutcome, every_cut
from ringfence.contrast.efficiency import CHANCE, HORIZON_DAYS
from ringfence.contrast.outcome import Found, ModeOutcome, Question, outcome_of
from ringfence.contrast.stress import check_movers
from ringfence.core.errors import BookError, InputError
from ringfence.core.number import EXACT
from ringfence.margin.assess import assess_account, digests
from ringfence.margin.modes import check_modes, modes_of, stages_of
from ringfence.margin.pools import Cut
from ringfence.margin.reconcile import Reconciliation, reconcile_account
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.market import Shock, load_scenarios, read_shock
from ringfence.market.shock import STABLE

if TYPE_CHECKING:
    from ringfence.contrast.on_paths import PathContrast

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
class Contrast:
    """The same account under several modes.

    refused   (mode, venue) -> why it cannot be shown
    cuts      the book isolated by every cut, where that was asked
    reconciliation   our figures as held beside the venue's own, where the book carries those
    paths     the same modes on paths of chance, where that was asked; drawn by ``contrast.simulate``
    best      the book isolated as it costs least, beside the paths
    """

    account: str
    venue: str
    on: str
    outcomes: tuple[ModeOutcome, ...]
    refused: tuple[tuple[str, str, str], ...]
    digests: dict[str, str]
    warnings: tuple[str, ...]
    cuts: tuple[CutOutcome, ...] = ()
    reconciliation: Reconciliation | None = None
    paths: "PathContrast | None" = None
    best: tuple[ModeOutcome, ...] = ()

    def __repr__(self) -> str:
        """Return what it is; what it holds is for tables and figures."""
        shown = ", ".join(f"{one.mode} on {one.venue}" for one in self.outcomes)
        return f"<Contrast of {self.account}, rules of {self.on}: {shown}>"


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
    days: Decimal = HORIZON_DAYS,
    chance: Decimal = CHANCE,
    grid: tuple[str, str] | None = None,
    cuts: bool = False,
) -> Contrast:
    """Return one account under several modes, side by side.

    Args:
        snapshot: what ``ringfence.read`` returned; it holds one account.
        modes: which modes; none: isolated, as held, cross, and every other pooling of the venue.
        cut: how collateral is divided to show the book isolated.
        venues: other venues whose rules the same positions are put under, too.
        shocks: joint moves; None: the ladder and the named scenarios.
        days: the horizon of the first-order model of capital efficiency.
        chance: its limit for any liquidation, and for the expected share of liquidation costs.
        grid: two coins that move together from -50 % to +50 %.
        cuts: whether the book is shown isolated by every cut, too.

    Raises:
        InputError: mode, cut, venue or coin is unknown, or the book lacks what a rule needs.

    """
    holding = snapshot.only()
    asked = Question(cut, tuple(default_shocks() if shocks is None else shocks), days, chance, grid)
    _check_question(asked, snapshot)
    outcomes: list[ModeOutcome] = []
    refused: list[tuple[str, str, str]] = []
    with localcontext(EXACT):
        stages = stages_of(holding, venues, refused)
        check_modes(modes, stages)
        for stage in stages:
            here, found = stage.holding, Found()
            for mode in modes or modes_of(here):
                try:
                    outcomes.append(outcome_of(here, mode, asked, stage.notes, found))
                except InputError as fault:
                    if len(modes) == 1 and not venues:
                        raise
                    refused.append((mode, here.book.venue, str(fault)))
        if not outcomes:
            raise BookError(
                "contrast", "no mode can be shown", "; ".join(dict.fromkeys(why for _, _, why in refused))
            )
        warnings = dict.fromkeys(w for outcome in outcomes for w in outcome.health.warnings)
        warnings |= dict.fromkeys(_unmoved(holding, asked.shocks))
        warnings |= dict.fromkeys(_in_what_moves(outcomes, asked.shocks))
        reconciled = _reconciled(holding, outcomes)
        warnings |= dict.fromkeys(reconciled.warnings if reconciled else ())
        return Contrast(
            account=holding.book.account,
            venue=holding.book.venue,
            on=str(holding.book.on),
            outcomes=tuple(outcomes),
            refused=tuple(refused),
            digests=digests(snapshot, [outcome.health for outcome in outcomes]),
            warnings=tuple(warnings),
            cuts=tuple(one for stage in stages for one in every_cut(stage.holding, asked)) if cuts else (),
            reconciliation=reconciled,
        )


def _check_question(asked: Question, snapshot: Snapshot) -> None:
    """Complain about what no model can answer."""
    if asked.grid is not None:
        check_movers(asked.grid, sorted(snapshot.coins()))
    if asked.days <= 0:
        raise BookError("horizon", f"{asked.days} days is not a horizon", "Write a number of days above zero")
    if not 0 < asked.chance < 1:
        raise BookError(
            "chance", f"{asked.chance} is not a limit", "Write a fraction between 0 and 1: 1 % is 0.01"
        )


def _reconciled(holding: Holding, outcomes: Sequence[ModeOutcome]) -> Reconciliation | None:
    """Return our figures as held beside the venue's own; None where the book carries none."""
    if not holding.reported:
        return None
    venue = holding.book.venue
    held = [one.health for one in outcomes if one.mode == "as-held" and one.venue == venue]
    return reconcile_account(held[0] if held else assess_account(holding), holding.reported)


def _unmoved(holding: Holding, shocks: Sequence[Shock]) -> list[str]:
    """Return which coins of the book a named crash says nothing about: there they stand still."""
    coins = dict.fromkeys(holding.market.underlyings[p.symbol] for p in holding.book.positions)
    said = []
    for shock in shocks:
        still = [coin for coin in coins if coin not in shock.moves]
        if shock.name in load_scenarios() and shock.default == 0 and still:
            said.append(f"{shock.name}: no page states a move of {', '.join(still)}; held still")
    return said


def _in_what_moves(outcomes: Sequence[ModeOutcome], shocks: Sequence[Shock]) -> list[str]:
    """Return which losses are counted in a stablecoin that a shock itself moves: there it does not show."""
    units = dict.fromkeys(one.health.unit for one in outcomes)
    return [
        f"{shock.name}: losses counted in {unit} do not show what {unit} itself loses; a mode counted in USD does"
        for shock in shocks
        for unit in units
        if unit in STABLE and unit in shock.moves
    ]
