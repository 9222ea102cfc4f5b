"""What a pool holds, said a second time on fractions: prices, values and sizes.

``rational`` runs the engine itself without rounding, so it shares the engine's wiring. In this folder every kind of
rule has a row of its own, written from ``kinds`` and as plainly as possible: a tier is looked up and charged as venues
print it, steps are counted by dividing. The formulas are the package's; what is done with them is said again. Orders,
and what a book knows only as a total, are left to the engine.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from ringfence.book import Position
from ringfence.core.rounding import round_to_zero, round_up
from ringfence.formula import contract
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue import Facts, RulePack, kinds

NOTHING: Final = Fraction(0)

Rounding = Callable[[Fraction, Decimal], Fraction]

VALUES: Final[Mapping[str, Rounding]] = {"none": lambda value, _quantum: value, "to_zero": round_to_zero}
NEEDS: Final[Mapping[str, Rounding]] = {"none": lambda amount, _quantum: amount, "up": round_up}


def q(number: Decimal | int | None) -> Fraction:
    """Return a number as a fraction; one that is not there as zero."""
    return NOTHING if number is None else Fraction(number)


def sum_of(amounts: Iterable[Fraction]) -> Fraction:
    """Return a sum of fractions, also of none."""
    return sum(amounts, NOTHING)


@dataclass(frozen=True)
class Held:
    """A pool in its world."""

    pool: Pool
    world: World

    @property
    def rules(self) -> RulePack:
        """Return the rules that judge it."""
        return self.world.rules

    def facts(self, position: Position) -> Facts:
        """Return what rules may ask of a position."""
        return self.world.facts(position)

    def feed(self, name: str, symbol: str) -> Decimal | None:
        """Return what the market says of a symbol, if it does."""
        return self.world.market.feeds.get(name, {}).get(symbol)

    def index(self, asset: str) -> Fraction:
        """Return the price of an asset in the unit of account."""
        known = self.world.market.indices.get(asset)
        return Fraction(1) if known is None else q(known)

    def in_unit(self, amount: Fraction, asset: str) -> Fraction:
        """Return an amount in the pool's unit."""
        return amount if asset == self.pool.unit else amount * self.index(asset) / self.index(self.pool.unit)

    def settle(self, position: Position) -> str:
        """Return the asset in which a position pays."""
        return self.world.instruments[position.symbol].settle

    def underlying(self, position: Position) -> str:
        """Return the coin that moves a position."""
        return self.world.instruments[position.symbol].underlying

    def inverse(self, position: Position) -> bool:
        """Return whether a position pays face value over price."""
        return self.world.instruments[position.symbol].payoff == "inverse"

    def price(self, position: Position, basis: kinds.Basis) -> Fraction:
        """Return the price that a rule names."""
        return {
            "mark": lambda: q(self.world.market.marks[position.symbol]),
            "entry": lambda: q(position.entry_price),
            "index": lambda: self.index(self.underlying(position)),
        }[basis]()

    def value(self, position: Position, basis: kinds.Basis = "mark") -> Fraction:
        """Return the value of a position in its settlement asset."""
        worth = contract.inverse_value if self.inverse(position) else contract.linear_value
        return worth(q(position.contracts), q(position.contract_size), self.price(position, basis))

    def kept(self, value: Fraction, position: Position) -> Fraction:
        """Return a value as the venue keeps it."""
        rule = self.rules.rounding(self.facts(position))
        return VALUES[rule.value](value, rule.quantum) if rule else value

    def asked(self, amount: Fraction, position: Position) -> Fraction:
        """Return a requirement as the venue asks it."""
        rule = self.rules.rounding(self.facts(position))
        return NEEDS[rule.requirement](amount, rule.quantum) if rule else amount

    def gain_sign(self, position: Position) -> Fraction:
        """Return +1 where a position gains as its value rises, else -1."""
        return Fraction(-position.sign if self.inverse(position) else position.sign)

    def earned(self, position: Position) -> Fraction:
        """Return unrealised P&L in the settlement asset; of what was paid for, all that equity counts of it."""
        if self.is_paid_for(position):
            return self.worth(position, self.world.instruments[position.symbol].payoff)
        at_mark = self.kept(self.value(position), position)
        return contract.unrealized_pnl(self.gain_sign(position), self.value(position, "entry"), at_mark)

    def is_paid_for(self, position: Position) -> bool:
        """Return whether a position is an option or spot."""
        return self.world.instruments[position.symbol].payoff in {"option", "spot"}

    def worth(self, position: Position, payoff: str) -> Fraction:
        """Return what something that was paid for is worth, where equity counts it."""
        rule = self.rules.equity(self.facts(position))
        counts = "worth" if rule is None else {"option": rule.options, "spot": rule.spot}[payoff]
        return position.sign * self.value(position) if counts == "worth" else NOTHING

    def notional(self) -> Fraction:
        """Return the value of all positions, in the pool's unit."""
        return sum_of(self.in_unit(self.value(p), self.settle(p)) for p in self.pool.positions)
