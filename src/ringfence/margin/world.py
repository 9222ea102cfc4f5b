"""One account's market, asked in the words of its rules. What had to be assumed is noted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from ringfence.book import Instrument, Position
from ringfence.core.along import is_moving
from ringfence.core.errors import MarketError
from ringfence.core.number import from_model
from ringfence.core.rounding import round_to_zero
from ringfence.formula.contract import inverse_value, linear_value, unrealized_pnl
from ringfence.market import Market, Shock, shocked
from ringfence.venue import Facts, RulePack
from ringfence.venue.instruments import facts_of
from ringfence.venue.kinds import Basis
from ringfence.venue.standing import standing

if TYPE_CHECKING:
    from ringfence.formula.model.quotes import Quotes
    from ringfence.margin.curved import Walk


@dataclass(frozen=True)
class World:
    """Prices, contracts and rules together.

    notes         assumptions that a result must state; shared by every copy of this world
    pool_wallet   [settle] the wallet behind a pool's only position, for fees found from a pool's bankruptcy
    at            the instant, from which options count the time they have left
    walks         what has been found along prices from here, by the pool's identity and the coin; a walk keeps its pool
    """

    market: Market
    instruments: Mapping[str, Instrument]
    rules: RulePack
    notes: dict[str, None] = field(default_factory=dict)
    pool_wallet: Decimal | None = None
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    _facts: dict[tuple[str, str, datetime | None], tuple[Instrument, Facts]] = field(
        default_factory=dict, repr=False, compare=False
    )
    walks: dict[tuple[int, str], "Walk"] = field(default_factory=dict, init=False, repr=False, compare=False)
    _quotes: dict[tuple[str, ...], "Quotes"] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def instrument(self, symbol: str) -> Instrument:
        """Return the contract of a symbol."""
        return self.instruments[symbol]

    def facts(self, position: Position) -> Facts:
        """Return what rules may ask about a position."""
        if position.opened is None and self.rules.asks_opening:
            self.notes[
                f"{position.label}: the day it was opened is not given; the newest rules are taken"
            ] = None
        contract, asked = self.instruments[position.symbol], (position.margin_mode, position.opened)
        known, facts = self._facts.get((position.symbol, *asked), (None, None))
        if facts is None or known is not contract:
            facts = facts_of(contract, *asked)
            self._facts[(position.symbol, *asked)] = contract, facts
        return facts

    def mark(self, symbol: str) -> Decimal:
        """Return the mark price of a symbol.

        Raises:
            MarketError: there is none.

        """
        try:
            return self.market.marks[symbol]
        except KeyError:
            raise MarketError(
                symbol,
                "it has no mark price",
                'Add it under [marks] or as mark_price; mark_price = "entry" says on purpose that none is known',
            ) from None

    def index(self, asset: str) -> Decimal:
        """Return the price of an asset in the unit of account (USD).

        Raises:
            MarketError: neither an index nor a mark of the coin is known, and it is not taken at par.

        """
        price, assumed = self._standing(asset)
        if price is None:
            raise MarketError(asset, "its index price is not known", f"Add {asset} = ... under [indices]")
        if assumed:
            self.notes[f"index of {asset} is not given: {assumed}"] = None
        return price

    def _standing(self, asset: str) -> tuple[Decimal | None, str]:
        """Return the index of an asset, or what stands in for it, with a word about that; None: nothing does."""
        return standing(asset, self.market, self.instruments, self.rules)

    def price(self, position: Position, basis: Basis) -> Decimal:
        """Return the price at which a rule wants a position valued."""
        match basis:
            case "mark":
                return self.mark(position.symbol)
            case "entry":
                return position.entry_price
            case "index":
                return self.index(self.instruments[position.symbol].underlying)

    def value(self, position: Position, basis: Basis = "mark") -> Decimal:
        """Return the unsigned value of a position in its settlement asset."""
        if basis == "entry" and position.cost is not None:
            return abs(position.cost)
        return self.value_at(position, self.price(position, basis))

    def value_at(self, position: Position, price: Decimal) -> Decimal:
        """Return the unsigned value of a position at a price, in its settlement asset."""
        worth = inverse_value if self.is_inverse(position) else linear_value
        return worth(position.contracts, position.contract_size, price)

    def kept(self, value: Decimal, position: Position) -> Decimal:
        """Return a value as the venue keeps it: cut to whole quanta, towards zero, where it counts in them."""
        rounding = self.rules.rounding(self.facts(position))
        cuts = rounding is not None and rounding.value == "to_zero"
        return round_to_zero(value, rounding.quantum) if rounding is not None and cuts else value

    def coins(self, position: Position, basis: Basis = "mark") -> Decimal:
        """Return the size of a position in coin."""
        if self.is_inverse(position):
            return self.value(position, basis)
        return position.contracts * position.contract_size

    def is_inverse(self, position: Position) -> bool:
        """Return whether a position pays face value over price."""
        return self.instruments[position.symbol].payoff == "inverse"

    def value_sign(self, position: Position) -> int:
        """Return +1 where the position's value rises as it gains, -1 where it falls."""
        return -position.sign if self.is_inverse(position) else position.sign

    def unrealized_pnl(self, position: Position) -> Decimal:
        """Return unrealised P&L in the settlement asset, at mark.

        The value at mark is as the venue keeps it. Along a moving price it is smooth: a crossing that a
        requirement makes exact is judged again at numbers.
        """
        sign, at_mark = Decimal(self.value_sign(position)), self.value(position)
        at_mark = at_mark if is_moving(at_mark) else self.kept(at_mark, position)
        return unrealized_pnl(sign, self.value(position, "entry"), at_mark)

    def claim(self, position: Position) -> Decimal:
        """Return what leaving a position at its mark brings into the wallet, in its settlement asset.

        Of a future that is its P&L; what was paid for brings all that it is worth, or takes it.
        """
        if self.instruments[position.symbol].is_paid_for:
            return position.sign * self.value(position)
        return self.unrealized_pnl(position)

    def settle(self, position: Position) -> str:
        """Return the asset in which a position pays."""
        return self.instruments[position.symbol].settle

    def convert(self, amount: Decimal, asset: str, unit: str) -> Decimal:
        """Return an amount of an asset in another unit, at index prices."""
        if asset == unit or (not is_moving(amount) and amount == 0):
            return amount
        return amount * self.index(asset) / self.index(unit)

    def moved(self, symbol: str, price: Decimal) -> "World":
        """Return the world with one mark elsewhere; the coin's index moves along, all else is held."""
        underlying = self.instruments[symbol].underlying
        marks = dict(self.market.marks) | {symbol: price}
        indices = dict(self.market.indices)
        now, _ = self._standing(underlying)
        if now is not None:
            along = price * (now / self.mark(symbol))
            followers = [asset for asset in self.rules.followers(underlying) if asset in indices]
            indices |= {asset: along * (indices[asset] / now) for asset in followers}
            indices[underlying] = along
        return replace(self, market=replace(self.market, marks=marks, indices=indices))

    def marked(self, symbol: str, price: Decimal) -> "World":
        """Return the world with one mark elsewhere and nothing else: not even the index of its coin."""
        coin = self.instruments[symbol].underlying
        now, _ = self._standing(coin)
        indices = dict(self.market.indices) | ({} if now is None else {coin: now})
        marks = dict(self.market.marks) | {symbol: price}
        return replace(self, market=replace(self.market, marks=marks, indices=indices))

    def shocked(self, shock: Shock) -> "World":
        """Return the world after a joint move; what is taken at par moves from there."""
        follows = self.rules.venue.follows
        along = {asset: shock.move_of(coin) for asset, coin in follows.items() if asset not in shock.moves}
        shock = replace(shock, moves={**shock.moves, **along})
        at_par = {asset: self.index(asset) for asset in shock.moves if asset in self.rules.venue.par}
        market = replace(self.market, indices=at_par | dict(self.market.indices))
        start = replace(self, market=market).pinned()
        return start.revalued(shocked(start.market, shock))

    def pinned(self) -> "World":
        """Return the world with the volatility of every marked option stated: before anything moves."""
        if all(s in self.market.implied_vols for s in self._options()):
            return self
        from ringfence.margin.options import vol_of  # noqa: PLC0415 - paid for by books with options

        vols = {s: from_model(vol_of(self.instruments[s], self)) for s in self._options()}
        return replace(self, market=replace(self.market, implied_vols=vols))

    def revalued(self, market: Market) -> "World":
        """Return a pinned world with another market, in which options are worth what their model says there.

        Along a moving price they are left out: no pool that is judged so holds any.
        """
        if not self._options() or any(map(is_moving, market.marks.values())):
            return replace(self, market=market)
        from ringfence.margin.options import marks_there  # noqa: PLC0415 - paid for by books with options

        return replace(self, market=replace(market, marks=marks_there(self, market)))

    def without_options_but(self, held: Collection[str]) -> "World":
        """Return the world without options that are not held: each would be marked anew wherever prices move.

        One stays where no index of its coin is known, for which a mark may have to stand in.
        """
        market = self.market
        idle = {
            s for s in self._options() if s not in held and self.instruments[s].underlying in market.indices
        }
        if not idle:
            return self
        marks, vols, forwards = (
            {symbol: value for symbol, value in rows.items() if symbol not in idle}
            for rows in (market.marks, market.implied_vols, market.forwards)
        )
        return replace(self, market=replace(market, marks=marks, implied_vols=vols, forwards=forwards))

    def _options(self) -> list[str]:
        known = self.instruments
        return [s for s in self.market.marks if (one := known.get(s)) is not None and one.is_option]

    def quotes(self, symbols: Sequence[str]) -> "Quotes":
        """Return options as columns, what each is priced from here: looked up once.

        Raises:
            MarketError: one has expired, or something it is priced from is not known.

        """
        asked = tuple(symbols)
        if asked not in self._quotes:
            from ringfence.margin.options import quotes_of  # noqa: PLC0415 - paid for by books with options

            self._quotes[asked] = quotes_of(asked, self)
        return self._quotes[asked]
