"""A population whose pools come and go: columns, records and figures, row by row on the same shelves."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ringfence.batch.changes import NUMBERS
from ringfence.batch.columns import KINDS, NOT_OPENED, Columns, Holdings, Numbers, Positions
from ringfence.batch.figures import FIGURES, HEALTHY, WORDS, Judged
from ringfence.batch.netting import Netting
from ringfence.batch.ready import Ready, records_of
from ringfence.batch.rows import rules_for
from ringfence.batch.setting import Setting
from ringfence.batch.shelf import Shelf, longer

if TYPE_CHECKING:
    from ringfence.batch.columns import Flags, Rows
    from ringfence.batch.records import Records
    from ringfence.batch.shelf import Anything

_IDLE: Final = KINDS.index("idle")


class Populace:
    """Pools by number, and what they hold.

    count      numbers given so far; many: pools that are there
    positions  rows of pools: their columns, ``record`` and ``figures``; holdings: their columns; wallets: ``record``
    made       the population ready for kernels; its ``columns`` are those of the beginning
    judged     what is known of it; zeros, and healthy, where a number is nobody's
    """

    def __init__(self, columns: Columns, setting: Setting) -> None:
        """Make a population ready; none of it is judged yet."""
        self.symbols, self.assets, self._hedge_mode = columns.symbols, columns.assets, columns.hedge_mode
        self.rules, count = rules_for(columns, setting), len(columns)
        pools, holdings, rows = records_of(columns, setting, self.rules)
        figures = np.zeros((len(rows), FIGURES))
        held = _columns_of(columns.positions)
        self.positions = Shelf(columns.first_position, held, record=rows, figures=figures)
        own: dict[str, Any] = {"asset": columns.holdings.asset, "amount": columns.holdings.amount}
        self.holdings = Shelf(columns.first_holding, own)
        self.wallets = Shelf(np.append(pools["first_holding"], len(holdings)), {}, record=holdings)
        self._by_number: dict[str, Anything] = {
            "record": pools, "figures": np.zeros((count, len(WORDS))), "status": np.zeros(count, np.int8),
            "sure": np.ones(count, np.bool_), "there": np.ones(count, np.bool_), **_heads(columns),
        }  # fmt: skip
        self.count = self.many = count
        tables, netting = self.rules.tables, _netting(columns, setting)
        index = np.ascontiguousarray(tables.assets["index"])
        self.made = Ready(columns, self.rules.assets, tables, pools, holdings, rows, index, netting)
        self.judged = self._judged()

    @property
    def there(self) -> "Flags":
        """Return number -> whether there is such a pool."""
        return self._by_number["there"][: self.count]

    def knows(self, pools: "Rows") -> "Flags":
        """Return whether there are such pools."""
        within = (pools >= 0) & (pools < self.count)
        return within & self._by_number["there"][np.where(within, pools, 0)] if self.count else within

    def rows_of(self, pool: int) -> slice:
        """Return the rows of a pool's positions."""
        return slice(int(self.positions.first[pool]), int(self.positions.end[pool]))

    def put(self, columns: Columns, pools: "Rows", setting: Setting) -> None:
        """Put pools in, or in the place of others; none of them is judged yet."""
        records, holdings, rows = records_of(columns, setting, self.rules)
        self._grow(int(pools.max(initial=-1)) + 1)
        places = self.positions.make_room(pools, np.diff(columns.first_position))
        stated = _columns_of(columns.positions)
        for name in (set(self.positions.columns) | set(stated)) - {"record", "figures"}:
            nothing = NOT_OPENED if name == "opened" else np.nan
            self.positions.write(name, places, stated.get(name, nothing), nothing)
        self.positions.write("record", places, rows)
        places = self.holdings.make_room(pools, np.diff(columns.first_holding))
        self.holdings.write("asset", places, columns.holdings.asset)
        self.holdings.write("amount", places, columns.holdings.amount)
        places = self.wallets.make_room(pools, records["end_holding"] - records["first_holding"])
        self.wallets.write("record", places, holdings)
        self.many += int((~self._by_number["there"][pools]).sum())
        for name, heads in {**_heads(columns), "record": records, "there": True}.items():
            self._by_number[name][pools] = heads
        self._settle(pools)

    def remove(self, pools: "Rows") -> None:
        """Take pools out."""
        nothing = np.zeros(len(pools), np.int64)
        self.many -= len(pools)
        for shelf in (self.positions, self.holdings, self.wallets):
            shelf.make_room(pools, nothing)
        blank = {
            "kind": _IDLE,
            "account": "",
            "there": False,
            "figures": 0.0,
            "status": HEALTHY,
            "sure": True,
        }
        for name, value in blank.items():
            self._by_number[name][pools] = value
        self._by_number["record"]["shared"][pools] = False
        self._settle(pools)

    def fill_again(self, pools: "Rows", setting: Setting) -> None:
        """Write the records of pools anew, whose rules are others now."""
        _, holdings, rows = records_of(self.columns(pools), setting, self.rules)
        self.positions.write("record", self.positions.rows(pools), rows)
        self.wallets.write("record", self.wallets.rows(pools), holdings)
        self._settle(pools)

    def columns(self, pools: "Rows") -> Columns:
        """Return some pools as columns; neighbours of one account under its name."""
        by, held, own = self._by_number, self.positions, self.holdings
        rows, amounts, names = held.rows(pools), own.rows(pools), by["account"][pools]
        begins = np.append(True, names[1:] != names[:-1])[: len(names)]
        numbers: dict[str, Any] = {name: held.numbers(name, rows) for name in NUMBERS}
        opened = held.columns.get("opened")
        amount = own.numbers("amount", amounts)
        return Columns(
            accounts=tuple(names[begins].tolist()),
            symbols=self.symbols,
            assets=self.assets,
            pool_account=(np.cumsum(begins) - 1).astype(np.int32),
            pool_kind=by["kind"][pools],
            pool_unit=by["unit"][pools],
            first_position=_firsts(held, pools),
            first_holding=_firsts(own, pools),
            positions=Positions(
                held.columns["symbol"][rows],
                held.columns["sign"][rows],
                **numbers,
                opened=None if opened is None else opened[rows],
            ),
            holdings=Holdings(own.columns["asset"][amounts], amount or Numbers(np.zeros(0))),
            hedge_mode=self._hedge_mode,
        )

    def figures(self, pools: "Rows") -> Judged:
        """Return what is known of some pools, and of their positions, one behind the other."""
        by, rows = self._by_number, self.positions.rows(pools)
        found = self.positions.columns["figures"][rows]
        return Judged(by["figures"][pools], found, by["status"][pools], by["sure"][pools])

    def _judged(self) -> Judged:
        by, count = self._by_number, self.count
        found = self.positions.columns["figures"]
        return Judged(by["figures"][:count], found, by["status"][:count], by["sure"][:count])

    def _grow(self, count: int) -> None:
        before = len(self._by_number["sure"])
        for name, column in self._by_number.items():
            self._by_number[name] = longer(column, count)
        self._by_number["sure"][before:] = True
        self._by_number["account"][before:] = ""
        self._by_number["kind"][before:] = _IDLE
        self.count = max(self.count, count)

    def _settle(self, pools: "Rows") -> None:
        """Have records and results say where everything stands now; close up where too much room is nobody's."""
        records: Records = self._by_number["record"]
        sides = ((self.positions, "first", "end"), (self.wallets, "first_holding", "end_holding"))
        for shelf, first, end in sides:
            moved = pools
            if shelf.is_sparse:
                shelf.close_up(self.count)
                moved = np.arange(self.count)
            records[first][moved], records[end][moved] = shelf.first[moved], shelf.end[moved]
        if self.holdings.is_sparse:
            self.holdings.close_up(self.count)
        self.made = replace(
            self.made,
            tables=self.rules.tables,
            pools=records,
            holdings=self.wallets.columns["record"],
            rows=self.positions.columns["record"],
        )
        self.judged = self._judged()


def _columns_of(positions: Positions) -> dict[str, Any]:
    """Return the columns of positions that somebody states."""
    stated = {name: getattr(positions, name) for name in ("symbol", "sign", *NUMBERS, "opened")}
    return {name: column for name, column in stated.items() if column is not None}


def _heads(columns: Columns) -> dict[str, Any]:
    """Return kind, unit and account of pools."""
    names = np.array([*columns.accounts, ""], np.object_)[columns.pool_account]
    return {"kind": columns.pool_kind.copy(), "unit": columns.pool_unit.copy(), "account": names}


def _netting(columns: Columns, setting: Setting) -> Netting | None:
    models = setting.rules.offset_models(setting.rules.account_mode.id)
    return Netting(setting, columns) if models else None


def _firsts(shelf: Shelf, pools: "Rows") -> "Rows":
    return np.concatenate([[0], np.cumsum(shelf.end[pools] - shelf.first[pools])])
