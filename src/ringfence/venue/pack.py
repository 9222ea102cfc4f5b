"""A rule pack resolved to one day, one account mode and one book's overrides."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Final, TypeVar, cast

from ringfence.core.errors import RulePackError
from ringfence.venue import kinds
from ringfence.venue.offsets import OffsetRule, Scenarios
from ringfence.venue.tables import Ladder

E = TypeVar("E", bound=kinds.Entry)
A = TypeVar("A", kinds.Collateral, kinds.Debt)

BOOK: Final = "the book"
"""Source of a number that the user's own file states. It stands before every other."""

LIST_NAMES = (
    "mode", "family", "requirement", "tiers", "fee", "closing_cost", "order_cost", "offset", "hedge", "rounding",
    "collateral", "debt", "equity", "conversion", "trigger", "withdrawal", "isolated", "funding", "display",
    "procedure",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may ask of a position before it applies. ``opened`` None: since the newest rule."""

    symbol: str = ""
    payoff: str = ""
    settle: str = ""
    margin_mode: str = ""
    opened: datetime | None = None
    underlying: str = ""
    contract: str = ""
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note the hash: every rule is looked up by it, at every price of a walk."""
        told = self.symbol, self.payoff, self.settle, self.margin_mode, self.opened, self.underlying
        object.__setattr__(self, "_hash", hash((*told, self.contract)))

    def __hash__(self) -> int:
        """Return the hash of what is told."""
        return self._hash


def _fits(entry: kinds.Entry, facts: Facts, account_mode: str) -> bool:
    return (
        (not entry.symbols or facts.symbol in entry.symbols)
        and (not entry.underlyings or facts.underlying in entry.underlyings)
        and (entry.contract is None or entry.contract == facts.contract)
        and (entry.payoff is None or entry.payoff == facts.payoff)
        and (not entry.settles or facts.settle in entry.settles)
        and (entry.margin_mode is None or entry.margin_mode == facts.margin_mode)
        and (not entry.account_modes or account_mode in entry.account_modes)
        and (not entry.opened_since or facts.opened is None or facts.opened >= entry.since)
    )


_OF_A_CONTRACT = frozenset(
    {"requirement", "tiers", "fee", "closing_cost", "order_cost", "hedge", "rounding", "display"}
)
"""Lists whose rules for futures say nothing about options and spot: those have rules that name them, or none."""


def _is_meant(name: str, entry: kinds.Entry, facts: Facts) -> bool:
    return (
        facts.payoff not in {"option", "spot"}
        or name not in _OF_A_CONTRACT
        or entry.payoff == facts.payoff
        or bool(entry.symbols)
    )


def _specificity(entry: kinds.Entry) -> int:
    named = (entry.contract, entry.payoff, entry.settles or None, entry.margin_mode)
    coarse = sum(name is not None for name in named) + bool(entry.account_modes)
    return 16 * bool(entry.symbols) + 8 * bool(entry.underlyings) + coarse


@dataclass(frozen=True)
class RulePack:
    """The rules of one venue on one day for one account.

    lists       entries in force, by the name of their list
    ladders     ready tables, in the order of those in ``lists["tiers"]``
    overrides   what the book says instead, named for the reader
    """

    venue: kinds.Venue
    on: date
    account_mode: kinds.Mode
    sources: dict[str, kinds.Source]
    lists: dict[str, tuple[kinds.Entry, ...]]
    ladders: tuple[Ladder, ...]
    digest: str
    overrides: tuple[str, ...] = ()
    settings: dict[str, object] = field(default_factory=dict)
    _picked: dict[tuple[object, ...], kinds.Entry | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __getstate__(self) -> dict[str, object]:
        """Return what a copy is made from: what was found so far hangs on objects that only this one has."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.init} | {"_picked": {}}

    @cached_property
    def _ladder_of(self) -> dict[int, Ladder]:
        """Return the ready tables by the identity of their entries, which are looked up at every price of a walk."""
        return {id(table): ladder for table, ladder in zip(self._tables, self.ladders, strict=True)}

    @cached_property
    def asks_opening(self) -> bool:
        """Return whether some rule asks when a position was opened."""
        return any(entry.opened_since for rows in self.lists.values() for entry in rows)

    def _pick(self, name: str, kind: type[E], facts: Facts, measure: str | None = None) -> E | None:
        """Return the entry that holds for a position. Asked at every price of a walk, it is looked for once."""
        question = (name, facts, measure)
        if question not in self._picked:
            self._picked[question] = self._best(name, kind, facts, measure)
        return cast("E | None", self._picked[question])

    def _best(self, name: str, kind: type[E], facts: Facts, measure: str | None) -> E | None:
        fitting: list[tuple[tuple[bool, int, datetime], E]] = [
            ((entry.source == BOOK, _specificity(entry), entry.since), entry)
            for entry in self.lists[name]
            if isinstance(entry, kind)
            and (measure is None or getattr(entry, "measure", measure) == measure)
            and _fits(entry, facts, self.account_mode.id)
            and _is_meant(name, entry, facts)
        ]
        return max(fitting, key=lambda pair: pair[0])[1] if fitting else None

    def _need(self, found: E | None, what: str, facts: Facts) -> E:
        if found is None:
            subject = facts.symbol or self.account_mode.id
            raise RulePackError(
                f"{self.venue.id} on {self.on}",
                f"the pack has no {what} for {subject} ({facts.margin_mode or 'any'} margin)",
                "Choose another day or mode, or add the rule to the book as [[rules]]",
            )
        return found

    def requirement(self, measure: kinds.Measure, facts: Facts) -> kinds.RequirementRule:
        """Return the rule by which a position's initial or maintenance requirement is found.

        Raises:
            RulePackError: the pack has none.

        """
        found = self._pick("requirement", kinds.Entry, facts, measure)
        return self._need(found, f"{measure} requirement", facts)  # type: ignore[return-value]

    def ladder(self, facts: Facts) -> Ladder | None:
        """Return the tier table of a symbol, or None where there is none."""
        table = self._pick("tiers", kinds.TierTable, facts)
        return None if table is None else self._ladder_of[id(table)]

    def ladder_defaults(self, symbol: str) -> dict[str, object]:
        """Return what a book's own tier rows take over from the pack's tables: how maintenance follows."""
        shared: dict[str, object] = {}
        if self.maintenance_of_initial is not None:
            shared["maintenance_of_initial"] = self.maintenance_of_initial
        for table in self._tables:
            if table.open_interest is not None and symbol in table.symbols:
                shared["open_interest"] = table.open_interest
        return shared

    @property
    def _tables(self) -> Sequence[kinds.TierTable]:
        return [table for table in self.lists["tiers"] if isinstance(table, kinds.TierTable)]

    @property
    def maintenance_of_initial(self) -> Decimal | None:
        """Return the share of its initial rate that a row without a maintenance rate takes, where tables say so."""
        shares = [table.maintenance_of_initial for table in self._tables]
        return next((share for share in shares if share is not None), None)

    def fee(self, name: str, facts: Facts) -> tuple[Decimal, str] | None:
        """Return a fee rate (taker, maker, liquidation, cap) with its source, or None where it is not known."""
        rows = [
            ((row.source == BOOK, _specificity(row)), getattr(row, name), row.source)
            for row in self.lists["fee"]
            if isinstance(row, kinds.Fee)
            and _fits(row, facts, self.account_mode.id)
            and _is_meant("fee", row, facts)
            and getattr(row, name) is not None
        ]
        if not rows:
            return None
        _, rate, source = max(rows, key=lambda row: row[0])
        return rate, source

    def closing_cost(self, facts: Facts) -> kinds.ClosingCost | None:
        """Return what the venue counts for closing, or None where it counts nothing."""
        found = self._pick("closing_cost", kinds.ClosingCost, facts)
        return None if found is None or found.kind == "none" else found

    def order_cost(self, facts: Facts) -> kinds.OrderCost | None:
        """Return what a resting order sets aside; None: the loss on being filled is part of its cost."""
        return self._pick("order_cost", kinds.OrderCost, facts)

    def offset(self, facts: Facts) -> OffsetRule | None:
        """Return the model in which a position nets with others; None: it stands on its own requirement."""
        return cast("OffsetRule | None", self._pick("offset", kinds.Entry, facts))

    def pool_model(self) -> Scenarios | None:
        """Return the model of which a whole pool is one unit, in this account mode; None: there is none."""
        rows = [
            entry
            for entry in self.lists["offset"]
            if isinstance(entry, Scenarios)
            and entry.unit == "pool"
            and (not entry.account_modes or self.account_mode.id in entry.account_modes)
        ]
        return max(rows, key=lambda row: (row.source == BOOK, row.since), default=None)

    def offset_models(self, account_mode: str) -> tuple[int, ...]:
        """Return which portfolio models hold in an account mode, by their place in the pack; none: positions add up."""
        return tuple(
            number
            for number, entry in enumerate(self.lists["offset"])
            if not entry.account_modes or account_mode in entry.account_modes
        )

    def hedge(self, facts: Facts) -> kinds.Hedge | None:
        """Return how two legs of one symbol are margined; None: both in full."""
        return self._pick("hedge", kinds.Hedge, facts)

    def rounding(self, facts: Facts) -> kinds.Rounding | None:
        """Return the venue's integer units, or None where it rounds nothing."""
        return self._pick("rounding", kinds.Rounding, facts)

    def collateral(self, asset: str) -> kinds.Collateral | None:
        """Return how much of an asset counts; None: the pack does not say."""
        return self._of_asset("collateral", kinds.Collateral, asset)

    def debt(self, asset: str) -> kinds.Debt | None:
        """Return what a debt in an asset needs; None: nothing but to be covered."""
        return self._of_asset("debt", kinds.Debt, asset)

    def _of_asset(self, name: str, kind: type[A], asset: str) -> A | None:
        """Return the entry of an asset, or the one of every other; asked at every price of a walk, as above."""
        question = (name, asset)
        if question not in self._picked:
            rows = [row for row in self.lists[name] if isinstance(row, kind)]
            rows = [row for row in rows if _fits(row, Facts(), self.account_mode.id)]
            fitting = [row for row in rows if row.asset == asset] or [row for row in rows if row.asset == "*"]
            self._picked[question] = fitting[0] if fitting else None
        return cast("A | None", self._picked[question])

    def pnl_cut_with_balance(self, asset: str) -> bool:
        """Return whether an asset's ratio bites on balance and P&L together; of one not listed: as of the others."""
        own = self.collateral(asset)
        rows = [own] if own is not None else self.lists["collateral"]
        listed = [row for row in rows if isinstance(row, kinds.Collateral)]
        return any(row.pnl == "with_balance" and _fits(row, Facts(), self.account_mode.id) for row in listed)

    def conversion(self) -> kinds.Conversion | None:
        """Return when the venue sells collateral to pay a debt, or None where the pack is silent."""
        return self._pick("conversion", kinds.Conversion, Facts())

    def equity(self, facts: Facts) -> kinds.Equity | None:
        """Return which unrealised P&L counts; None: all of it."""
        return self._pick("equity", kinds.Equity, facts)

    def trigger(self, facts: Facts) -> kinds.Trigger:
        """Return when a pool may be liquidated."""
        return self._need(self._pick("trigger", kinds.Trigger, facts), "trigger", facts)

    def withdrawal(self, facts: Facts) -> kinds.Withdrawal | None:
        """Return what may leave a pool; None: what is free."""
        return self._pick("withdrawal", kinds.Withdrawal, facts)

    def isolated(self, facts: Facts) -> kinds.Isolated | None:
        """Return how collateral enters and leaves an isolated position, or None where the pack is silent."""
        return self._pick("isolated", kinds.Isolated, facts)

    def funding(self, facts: Facts) -> kinds.FundingPot | None:
        """Return who pays the funding of an isolated position."""
        return self._pick("funding", kinds.FundingPot, facts)

    def display(self, facts: Facts) -> kinds.Display | None:
        """Return how the venue prints a liquidation price, or None where the pack is silent."""
        return self._pick("display", kinds.Display, facts)

    def procedure(self, facts: Facts) -> kinds.Procedure:
        """Return the steps of a liquidation."""
        return self._need(self._pick("procedure", kinds.Procedure, facts), "liquidation procedure", facts)

    def modes(self) -> Sequence[kinds.Mode]:
        """Return the account modes that the venue offers on this day."""
        return [mode for mode in self.lists["mode"] if isinstance(mode, kinds.Mode)]

    def followers(self, coin: str) -> tuple[str, ...]:
        """Return the assets that are a coin in another form."""
        return tuple(asset for asset, followed in self.venue.follows.items() if followed == coin)

    def page(self, source: str) -> str:
        """Return the address of a source, or the source itself where it is the book."""
        return self.sources[source].url if source in self.sources else source

    def asset(self, name: str) -> str:
        """Return our name of an asset that the venue may call otherwise.

        A coin listed by a deployer, xyz:AAPL at the venue, is called XYZ-AAPL as in ccxt.
        """
        spelled = name.replace(":", "-").upper() if ":" in name else name
        return self.venue.asset_names.get(spelled, spelled)
