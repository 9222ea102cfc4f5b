"""What the positions of many pools need together, where their venue nets them: the twin of ``margin.netting``.

``terms`` lowers a setting to columns once; ``units`` and ``placing`` take pools apart; ``gains`` prices one coin of
every contract in every scenario, and ``scan`` multiplies; ``charges`` and its neighbours add what the venue adds;
``scenarios`` puts it together.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

import numpy as np

from ringfence.batch.columns import CROSS, ISOLATED
from ringfence.batch.lower import asks_alone
from ringfence.batch.netting.alone import alone_of
from ringfence.batch.netting.arrays import need_by_arrays
from ringfence.batch.netting.history import need_by_history
from ringfence.batch.netting.needs import Needs
from ringfence.batch.netting.placing import Units, held_by, units_of
from ringfence.batch.netting.scenarios import need_by_scenarios
from ringfence.batch.netting.sensitivities import need_by_sensitivities
from ringfence.batch.netting.strategies import need_by_strategies
from ringfence.batch.netting.terms import Terms
from ringfence.batch.netting.units import cut
from ringfence.batch.rows import rules_for
from ringfence.batch.threads import share
from ringfence.venue.models import Arrays, History, Sensitivities, Strategies
from ringfence.venue.offsets import Scenarios

if TYPE_CHECKING:
    from ringfence.batch.columns import Columns, Flags, Floats, Places
    from ringfence.batch.netting.alone import Alone
    from ringfence.batch.setting import Setting

BLOCK: Final = 1 << 16
"""Positions that a thread takes at once."""

__all__ = ["Netted", "Netting", "netted"]


@dataclass(frozen=True, slots=True)
class Netted:
    """What the positions of pools that net need together, one element a pool, in the pool's unit.

    bound     by what either requirement may be off from the exact engine's
    covered   False: the exact engine has to say; numbers mean nothing then
    """

    initial: "Floats"
    maintenance: "Floats"
    bound: "Floats"
    covered: "Flags"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A population that is asked about.

    holding   position -> what it is, as ``Terms`` have it
    alone     its positions under their own rules; None: no model asks for that
    """

    columns: "Columns"
    holding: "Places"
    alone: "Alone | None"


class Netting:
    """The portfolio models of a setting, lowered once for the symbols and assets of a population."""

    def __init__(self, setting: "Setting", columns: "Columns") -> None:
        """Take a setting, and a population for its symbols and assets alone."""
        self.terms = Terms(setting, columns.symbols, columns.assets)
        here = setting.rules.offset_models(setting.rules.account_mode.id)
        by_own = any(asks_alone(self.terms.models[place]) for place in here)
        self._rules = rules_for(columns, setting) if by_own else None

    def nets(self, columns: "Columns") -> "Flags":
        """Return which positions stand in a portfolio model, and so need nothing of their own."""
        return np.asarray(self.terms.key[self.terms.holdings(columns)] >= 0)

    def netted(self, columns: "Columns", pools: "Places | None" = None) -> Netted:
        """Return what the positions of pools need that net; nothing where none do.

        Args:
            columns: the population.
            pools: places of the pools that are asked about; None: all of them.

        """
        asked = np.arange(len(columns)) if pools is None else np.asarray(pools, dtype=np.int64)
        alone = None if self._rules is None else alone_of(columns, self._rules)
        held = _Asked(columns, self.terms.holdings(columns), alone)
        doubtful = np.zeros(len(asked), dtype=bool)
        nets = np.flatnonzero((columns.pool_kind[asked] == CROSS) | self._nets_alone(held, asked))
        initial, maintenance, bound = (np.zeros(len(asked)) for _ in range(3))
        rows = np.cumsum(np.diff(columns.first_position)[asked[nets]] + 1)
        marks = np.arange(0, rows[-1] if len(rows) else 0, BLOCK)
        edges = np.unique(np.append(np.searchsorted(rows, marks), len(nets))).tolist()

        def block(number: int) -> None:
            some = nets[edges[number] : edges[number + 1]]
            with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
                needs, lost = self._block(held, asked[some])
            initial[some], maintenance[some] = needs.value["initial"], needs.value["maintenance"]
            bound[some] = needs.slip
            doubtful[some] = lost | ~np.isfinite(needs.slip + initial[some] + maintenance[some])

        share(block, range(len(edges) - 1))
        return Netted(initial, maintenance, bound, ~doubtful)

    def _block(self, held: "_Asked", pools: "Places") -> tuple[Needs, "Flags"]:
        """Return what some pools need, and which of them are left: so few that their rows stay near the processor."""
        needs, columns = Needs(len(pools)), held.columns
        units = units_of(columns, pools, cut(columns, pools, held.holding, self.terms), self.terms)
        lost = units.doubtful.copy()
        need_by_scenarios(columns, pools, units, self.terms, held.alone, needs, lost)
        self._others(columns, pools, units, needs, lost)
        return needs, lost

    def _others(self, columns: "Columns", pools: "Places", units: Units, needs: Needs, lost: "Flags") -> None:
        """Add what pools need under models that are no scenarios."""
        for place, model in enumerate(self.terms.models):
            chosen = np.flatnonzero(units.model == place)
            if not len(chosen) or isinstance(model, Scenarios):
                continue
            held, pool = held_by(columns, pools, units, chosen, model, self.terms), units.pool[chosen]
            match model:
                case History():
                    need_by_history(model, held, pool, needs)
                case Sensitivities():
                    need_by_sensitivities(model, held, pool, needs, lost)
                case Arrays():
                    need_by_arrays(model, held, pool, needs, lost)
                case Strategies():
                    need_by_strategies(model, held, pool, needs)
                case other:
                    assert_never(other)

    def _nets_alone(self, held: "_Asked", pools: "Places") -> "Flags":
        """Return which pools are an isolated position under a model."""
        found, columns = np.zeros(len(pools), dtype=bool), held.columns
        alone = np.flatnonzero(columns.pool_kind[pools] == ISOLATED)
        row = columns.first_position[pools[alone]]
        found[alone] = self.terms.key[held.holding[row]] >= 0
        return found


def netted(columns: "Columns", setting: "Setting", pools: "Places | None" = None) -> Netted:
    """Return what the positions of pools need that net together.

    Who asks again and again lowers the setting once, with ``Netting``.

    Args:
        columns: the population.
        setting: rules, contracts and prices.
        pools: places of the pools that are asked about; None: all of them.

    """
    return Netting(setting, columns).netted(columns, pools)
