"""A population kept judged while prices tick and pools change: both cost what they touch, and come out as a full pass.

Of every rule and every shape of pool; ``running`` does the same at the speed of memory for the shape that dominates.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch import changes
from ringfence.batch.columns import Columns, Holdings, Positions
from ringfence.batch.figures import Judged
from ringfence.batch.judge import judge_some
from ringfence.batch.leaning import Leaning
from ringfence.batch.netting import Netting
from ringfence.batch.populace import Populace
from ringfence.batch.quoted import Quoted
from ringfence.batch.setting import Setting
from ringfence.batch.touched import Index

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Rows

_FULL_PASS_FROM: Final = 0.5
"""Share of the pools from which a full pass, which looks nothing up, is not slower."""


class Kept:
    """A population and how it stands at the latest prices.

    Pools have numbers: at first their places in the columns, and those under which others are put in. All figures are
    those of ``judge_all`` over the population as it is now, to the bit.
    """

    def __init__(self, columns: Columns, setting: Setting, *, threads: int | None = None) -> None:
        """Judge a population for the first time."""
        self.setting, self._threads = setting, threads
        self._held = Populace(columns, setting)
        self._leaning = Leaning(self._held, setting)
        self._index = Index(self._leaning.pairs(self.pools))
        self._quoted = Quoted(self._held.made, columns.symbols, setting)
        self._judge(self.pools)

    @property
    def pools(self) -> "Rows":
        """Return the numbers of all pools, ascending."""
        return np.flatnonzero(self._held.there)

    @property
    def judged(self) -> Judged:
        """Return figures and status by number of pool, and figures of positions by row; see ``rows_of``.

        A number that nobody has is healthy and has zeros; a row that is nobody's means nothing.
        """
        return self._held.judged

    def rows_of(self, pool: int) -> slice:
        """Return the rows of a pool's positions in ``judged.positions``, in the order in which it holds them."""
        return self._held.rows_of(pool)

    def columns(self, pools: "npt.ArrayLike | None" = None) -> Columns:
        """Return pools as they are now, in the order in which they are asked for; None: all of them.

        Neighbours of one account stand together under its name.
        """
        return self._held.columns(self.pools if pools is None else np.asarray(pools, np.int64).ravel())

    def figures(self, pools: "npt.ArrayLike | None" = None) -> Judged:
        """Return what is known of the same pools, and of their positions, in the same order."""
        return self._held.figures(self.pools if pools is None else np.asarray(pools, np.int64).ravel())

    def tick(self, marks: Mapping[str, Decimal], indices: Mapping[str, Decimal] | None = None) -> "Rows":
        """Take new prices, and judge again what they touch.

        Args:
            marks: symbol -> mark price [quote].
            indices: asset -> index price [unit of account], of those that the setting states.

        Returns:
            the pools that were judged again, in order.

        """
        held = self._held
        self.setting, symbols, assets = self._quoted.tick(self.setting, marks, indices or {})
        touched = self._index.of(self._leaning.things(symbols, assets))
        if self._leaning.on_prices:
            others = self._index.of(self._leaning.on_rules(held.rules.lower_again(self.setting)))
            held.fill_again(others, self.setting)
            touched = np.union1d(touched, others)
        if held.made.netting is not None:
            held.made = replace(held.made, netting=Netting(self.setting, held.made.columns))
        if len(touched) > _FULL_PASS_FROM * held.many:
            touched = self.pools
        self._judge(touched)
        return touched

    def put(self, columns: Columns, pools: "npt.ArrayLike") -> None:
        """Put pools in, or in the place of those that were there before, and judge them.

        Args:
            columns: the new pools, of the same symbols and assets.
            pools: under which numbers they are known from now on, each once, in the order of ``columns``.

        Raises:
            ValueError: symbols or assets are others, or a number is there twice.

        """
        held = self._held
        places = changes.numbers_of(columns, held.symbols, pools)
        if columns.assets != held.assets:
            raise ValueError("pools of other assets")
        before = self._leaning.pairs(places[held.knows(places)])
        held.put(columns, places, self.setting)
        self._index.change(before, self._leaning.pairs(places))
        self._judge(places)

    def remove(self, pools: "npt.ArrayLike") -> None:
        """Take pools out; their numbers are free for others."""
        places = self._asked(pools)
        self._index.change(self._leaning.pairs(places), np.zeros(0, np.int64))
        self._held.remove(places)

    def add(self, positions: Positions, pools: "npt.ArrayLike") -> None:
        """Add positions, each to the shared pool of its number, behind those that it holds.

        Raises:
            ValueError: there is no such pool, or it is isolated.

        """
        listed, which = np.unique(self._asked(pools), return_inverse=True)
        self.put(changes.with_added(self.columns(listed), positions, which), listed)

    def change(self, positions: Positions, pools: "npt.ArrayLike", places: "npt.ArrayLike") -> None:
        """Put positions in the place of others, the first of a pool being at 0.

        Raises:
            ValueError: there is no such pool or place, or a place is there twice.

        """
        listed, which = np.unique(self._asked(pools), return_inverse=True)
        at = np.asarray(places, np.int64).ravel()
        self.put(changes.with_changed(self.columns(listed), positions, which, at), listed)

    def drop(self, pools: "npt.ArrayLike", places: "npt.ArrayLike") -> None:
        """Take positions out of shared pools, the first of a pool being at 0; those behind them close up.

        Raises:
            ValueError: there is no such pool or place, a place is there twice, or a pool is isolated.

        """
        listed, which = np.unique(self._asked(pools), return_inverse=True)
        at = np.asarray(places, np.int64).ravel()
        self.put(changes.without(self.columns(listed), which, at), listed)

    def hold(self, holdings: Holdings, pools: "npt.ArrayLike") -> None:
        """Have shared pools hold other amounts of assets; what is not given (NaN) is held no longer.

        Raises:
            ValueError: there is no such pool, it is isolated, or an asset is there twice in one.

        """
        listed, which = np.unique(self._asked(pools), return_inverse=True)
        self.put(changes.holding(self.columns(listed), which, holdings), listed)

    def _asked(self, pools: "npt.ArrayLike") -> "Rows":
        asked = np.asarray(pools, np.int64).ravel()
        if not self._held.knows(asked).all():
            raise ValueError("no pool has such a number")
        return asked

    def _judge(self, pools: "Rows") -> None:
        judge_some(self._held.made, pools, self.judged, self._held.columns, threads=self._threads)
