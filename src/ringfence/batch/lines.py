"""Rules that are the largest of straight lines in a position's value, and the tables they make.

A marginal tier table is one, and so is any flat rate; a fee on the same value raises every line. What a rule takes at
the entry price is lines, too: of a value that no mark moves, and so a constant of the position.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from ringfence.batch.setting import Setting
from ringfence.core.errors import RulePackError
from ringfence.formula.liquidation import gain_per_value
from ringfence.formula.requirement import bankruptcy_value_by_leverage
from ringfence.formula.tiers import next_deduction
from ringfence.venue import Ladder, kinds
from ringfence.venue.instruments import facts_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Floats


MODES: Final = ("cross", "isolated")
NO_TABLE: Final = -1
TABLES_MAX: Final = 1 << 16
"""Tables that a code of 16 bits tells apart."""
FIRST: Final = 4
"""Lines that every position looks at."""
_HEADROOM: Final = 1.5
"""Rise of a price up to which positions stay where the first lines are enough for them."""
_HAIR: Final = 1.0 - 1e-9
"""Nearer to a limit than this, all lines are looked at: so that it makes no difference on which side rounding falls."""

Line = tuple[Fraction, Fraction]
"""Rate [1] and deduction [settle]."""
_NOTHING: Final[tuple[Line, ...]] = ((Fraction(0), Fraction(0)),)


@dataclass(frozen=True, slots=True)
class Own:
    """What of a position its charge may depend on, beside its value. None: it has none, or nobody asks.

    sign   +1 where its value rises as it gains, -1 where it falls
    """

    sign: int = 0
    leverage: Decimal | None = None
    rate: Decimal | None = None
    deduction: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Charge:
    """What positions of one symbol and margin mode are charged.

    basis     price at which maintenance takes their value
    lines     of maintenance; none: it is a factor on value / leverage, or only known where a position has its own rate
    fee       for closing, at ``fee_basis``; bankrupt: on the value at which the leverage is used up
    times     how often the venue's trigger counts all that
    alone     whether it is only known of a position that stands in its pool alone
    """

    inverse: bool
    basis: Literal["mark", "entry"]
    lines: tuple[Line, ...]
    factor: Decimal | None
    fee: Decimal
    fee_basis: Literal["mark", "entry"]
    bankrupt: bool
    times: Decimal
    alone: bool

    @property
    def asks(self) -> bool:
        """Return whether it depends on leverage or side."""
        return self.bankrupt or self.factor is not None

    def at(self, basis: str, own: Own) -> tuple[Line, ...] | None:
        """Return the lines of what is taken at a price; None: they are not known of such a position."""
        lines = _NOTHING
        if basis == self.basis:
            lines = self.lines
            if own.rate is not None:
                lines = ((Fraction(own.rate), Fraction(own.deduction)),)
            elif self.factor is not None and own.leverage is not None:
                lines = ((Fraction(self.factor) / Fraction(own.leverage), Fraction(0)),)
        if not lines:
            return None
        rate = self._fee_rate(own) if basis == self.fee_basis else Fraction(0)
        times = Fraction(self.times)
        return tuple(((r + rate) * times, c * times) for r, c in lines)

    def _fee_rate(self, own: Own) -> Fraction:
        if not self.bankrupt or own.leverage is None:
            return Fraction(self.fee)
        value = bankruptcy_value_by_leverage(Fraction(1), Fraction(own.sign), Fraction(own.leverage))
        return value * Fraction(self.fee)


def charge_of(setting: Setting, symbol: str, mode: str) -> Charge | None:
    """Return what positions of a symbol are charged; None: not by lines, or not known."""
    contract, rules = setting.instruments.get(symbol), setting.rules
    if contract is None or contract.payoff not in {"linear", "inverse"} or symbol not in setting.market.marks:
        return None
    facts = facts_of(contract, mode)
    equity, hedge = rules.equity(facts), rules.hedge(facts)
    if rules.rounding(facts) is not None or rules.offset(facts) is not None or rules.pool_model() is not None:
        return None
    if equity is not None and equity.unrealized != "all":
        return None
    try:
        found, trigger = _maintenance(setting, symbol, mode), rules.trigger(facts)
    except RulePackError:
        return None
    fee = _closing(setting, symbol, mode)
    if found is None or fee is None:
        return None
    basis, lines, factor, alone = found
    return Charge(
        inverse=contract.payoff == "inverse", basis=basis, lines=lines, factor=factor, fee=fee[0],
        fee_basis=fee[1], bankrupt=fee[2], times=trigger.times,
        alone=alone or (hedge is not None and hedge.kind == "larger_side"),
    )  # fmt: skip


_Found = tuple[Literal["mark", "entry"], tuple[Line, ...], Decimal | None, bool]


def _maintenance(setting: Setting, symbol: str, mode: str) -> _Found | None:
    """Return basis, lines, factor on initial, and whether a position must stand alone."""
    contract, rules = setting.instruments[symbol], setting.rules
    facts = facts_of(contract, mode)
    rule, ladder = rules.requirement("maintenance", facts), rules.ladder(facts)
    if isinstance(rule, kinds.OptionRate | kinds.SpotRate) or rule.price == "index":
        return None
    lines: tuple[Line, ...] = ()
    factor, alone = None, False
    match rule:
        case kinds.Tiered():
            lines = () if ladder is None else _ladder_lines(ladder, rule.method, contract.payoff)
            alone = rule.scope in {"underlying", "net_by_expiry"}
        case kinds.FractionOfInitial():
            lines = () if ladder is None else _fraction_lines(ladder)
        case kinds.Slope() if rule.increase == 0:
            lines = ((Fraction(rule.base), Fraction(0)),)
        case kinds.FactorOnInitial() if not rule.factors:
            factor = rule.factor
        case _:
            pass
    return rule.price, lines, factor, alone


def _closing(
    setting: Setting, symbol: str, mode: str
) -> tuple[Decimal, Literal["mark", "entry"], bool] | None:
    """Return rate, basis, and whether it is on the bankruptcy value of the leverage; None: it is more than a rate."""
    facts = facts_of(setting.instruments[symbol], mode)
    cost = setting.rules.closing_cost(facts)
    if cost is None:
        return Decimal(0), "mark", False
    if cost.funding or cost.price == "index" or cost.kind == "held_back":
        return None
    bankrupt = cost.kind == "taker_at_bankruptcy"
    if bankrupt and (cost.basis == "pool" or (cost.basis == "wallet" and mode == "isolated")):
        return None
    known = setting.rules.fee("liquidation" if cost.kind == "liquidation_fee" else "taker", facts)
    return Decimal(0) if known is None else known[0], cost.price, bankrupt


def _ladder_lines(ladder: Ladder, method: str, payoff: str) -> tuple[Line, ...]:
    """Return the lines of a table; none: its rate holds for the whole value, or it counts in something else."""
    first = ladder.rungs[0]
    if first.maintenance_rate is None or (ladder.unit == "coin") != (payoff == "inverse"):
        return ()
    if (ladder.method or method) == "whole" and len(ladder.rungs) > 1:
        return ()
    lines = [(Fraction(first.maintenance_rate), Fraction(first.deduction))]
    for floor, rise in ladder.maintenance_rises if len(ladder.rungs) > 1 else ():
        if rise < 0:
            return ()
        rate, deduction = lines[-1]
        deduction = next_deduction(deduction, Fraction(floor), Fraction(rise))
        lines += [(rate + Fraction(rise), deduction)] if rise > 0 else []
    return tuple(lines)


def _fraction_lines(ladder: Ladder) -> tuple[Line, ...]:
    rung = ladder.rungs[0]
    fraction = None if rung.maintenance_fraction is None else Fraction(rung.maintenance_fraction)
    if fraction is None:
        if rung.maintenance_rate is None or rung.initial_rate == 0:
            return ()
        fraction = Fraction(rung.maintenance_rate) / Fraction(rung.initial_rate)
    return ((Fraction(rung.initial_rate) * fraction, Fraction(0)),)


@dataclass(slots=True)
class Tables:
    """All tables that positions are charged by, each once, by code.

    symbol    table -> place of the symbol in ``Columns.symbols``
    lines     table -> its lines, without the deduction of the first: that is a constant of the position
    first     table -> that deduction [settle]
    """

    symbol: list[int] = field(default_factory=list)
    inverse: list[bool] = field(default_factory=list)
    lines: list[tuple[Line, ...]] = field(default_factory=list)
    first: list[Fraction] = field(default_factory=list)
    _known: dict[tuple[int, bool, tuple[Line, ...]], int] = field(default_factory=dict)
    _setting: Setting | None = None
    _charges: dict[tuple[str, ...], list[Charge | None]] = field(default_factory=dict)
    _plain: dict[tuple[str, ...], "npt.NDArray[np.int32]"] = field(default_factory=dict)
    _numbers: "tuple[Floats, Floats, Floats] | None" = None

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.lines)

    def code(self, symbol: int, lines: tuple[Line, ...], *, inverse: bool) -> int:
        """Return the code of a table, new or known; -1: there are too many of them."""
        key = (symbol, inverse, lines)
        if key not in self._known:
            if len(self) == TABLES_MAX:
                return -1
            self._known[key] = len(self)
            first = lines[0][1]
            self.symbol.append(symbol)
            self.inverse.append(inverse)
            self.lines.append(tuple((rate, deduction - first) for rate, deduction in lines))
            self.first.append(first)
        return self._known[key]

    def charges(self, symbols: tuple[str, ...], setting: Setting) -> list[Charge | None]:
        """Return how each symbol is charged in each margin mode, in turns: looked up once for a setting."""
        if self._setting is not setting:
            self._setting = setting
            self._charges, self._plain = {}, {}
        if symbols not in self._charges:
            self._charges[symbols] = [charge_of(setting, s, mode) for s in symbols for mode in MODES]
        return self._charges[symbols]

    def pair(self, charge: Charge | None, own: Own, symbol: int) -> tuple[int, int]:
        """Return the codes of what is charged at the mark and at the entry; -1: it is not known of such a position."""
        if charge is None:
            return NO_TABLE, NO_TABLE
        at_mark, at_entry = charge.at("mark", own), charge.at("entry", own)
        if at_mark is None or at_entry is None:
            return NO_TABLE, NO_TABLE
        return self.code(symbol, at_mark, inverse=charge.inverse), self.code(
            NO_TABLE, at_entry, inverse=False
        )

    def plain(self, symbols: tuple[str, ...], setting: Setting) -> "npt.NDArray[np.int32]":
        """Return such a pair for each symbol and margin mode, of positions with nothing of their own."""
        charges = self.charges(symbols, setting)
        if symbols not in self._plain:
            pairs = [self.pair(charge, Own(), at // 2) for at, charge in enumerate(charges)]
            self._plain[symbols] = np.array(pairs or [(NO_TABLE, NO_TABLE)], np.int32)
        return self._plain[symbols]

    def numbers(self) -> "tuple[Floats, Floats, Floats]":
        """Return rates, deductions, and the first deductions, each number rounded once; not to be written to."""
        if self._numbers is None or len(self._numbers[2]) != len(self):
            made = self.arrays()
            self._numbers = made.rates, made.deductions, np.array([float(value) for value in self.first])
        return self._numbers

    def arrays(self) -> "Arrays":
        """Return all tables as arrays of floats, each number rounded once."""
        width = max([FIRST, *(len(lines) for lines in self.lines)])
        count = len(self)
        rates, deductions = np.empty((count, width)), np.empty((count, width))
        gains, limit = np.empty((2 * count, width)), np.full(count, np.inf)
        for at, lines in enumerate(self.lines):
            for k in range(width):
                rate, deduction = lines[min(k, len(lines) - 1)]
                rates[at, k], deductions[at, k] = float(rate), float(deduction)
                for side, sign in enumerate((1, -1)):
                    falls = sign * rate < 1
                    gains[2 * at + side, k] = float(gain_per_value(Fraction(sign), rate)) if falls else 0.0
            if len(lines) > FIRST:
                (rate, deduction), (after, more) = lines[FIRST - 1 : FIRST + 1]
                limit[at] = float((more - deduction) / (after - rate)) * _HAIR
        return Arrays(
            rates, deductions, gains, limit, np.array(self.symbol, np.int64), np.array(self.inverse)
        )


@dataclass(slots=True)
class Arrays:
    """Tables as ``passes`` reads them, at some marks.

    limit   [settle] value above which more than the first lines of a table are looked at
    cap     price up to which whoever stands below his limit today stays there
    """

    rates: "Floats"
    deductions: "Floats"
    gains: "Floats"
    limit: "Floats"
    symbol: "npt.NDArray[np.int64]"
    inverse: "npt.NDArray[np.bool_]"
    table: "Floats" = field(init=False)
    duals: "Floats" = field(init=False)
    top: "Floats" = field(init=False)
    marks: "Floats" = field(init=False)
    cap: "Floats" = field(init=False)

    def __post_init__(self) -> None:
        """Lay the first lines of every table side by side."""
        blank = np.full((len(self.limit), 1), np.nan)
        four, three = slice(0, FIRST), slice(1, FIRST)
        self.table = np.hstack([blank, self.rates[:, four], self.deductions[:, three]])
        twice = np.repeat(np.hstack([self.deductions[:, three], self.limit[:, None]]), 2, axis=0)
        self.duals = np.hstack([self.gains[:, four], twice])
        self.top = 1.0 + self.rates.max(axis=1, initial=0.0)
        self.marks = self.table[:, 0].copy()
        self.cap = self.marks.copy()

    @property
    def price(self) -> "Floats":
        """Return the price of each table: its mark, or one over it for an inverse contract."""
        return self.table[:, 0]

    def stand_at(self, marks: "Floats") -> None:
        """Take marks [quote], one a symbol."""
        self.marks = marks[self.symbol]
        self.table[:, 0] = np.where(self.inverse, 1.0 / self.marks, self.marks)

    def settle_at(self, marks: "Floats") -> None:
        """Take marks, and sort positions by them: up to a price half as high again."""
        self.stand_at(marks)
        self.cap = self.price * _HEADROOM

    def outgrown(self) -> "npt.NDArray[np.bool_]":
        """Return which tables' prices have risen above what their positions were sorted by."""
        return ~(self.price <= self.cap) & np.isfinite(self.limit)
