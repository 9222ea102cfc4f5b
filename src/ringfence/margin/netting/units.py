"""Risk units: the positions of a pool that net with each other under one model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ringfence.book import Instrument, Position
from ringfence.core.number import from_model
from ringfence.formula.netting import matched
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue import Facts
from ringfence.venue.offsets import CollateralCharge, OffsetRule, Scenarios

if TYPE_CHECKING:
    from ringfence.formula.model.quotes import Quotes


_WHOLE: Final = "all"
"""Name of the unit that is a whole pool."""


@dataclass(frozen=True)
class Unit:
    """Positions that net in full, in one currency.

    name       the coin, or what else brings them together
    coin       whose price moves
    currency   in which the unit counts: the asset all of it pays in, else the unit of the pool
    spot       [coin] collateral in the unit's own coin that stands in its scenarios
    collateral of the pool, where all of it is this unit
    """

    name: str
    rule: Scenarios
    positions: tuple[Position, ...]
    currency: str
    world: World
    coin: str
    spot: Decimal = Decimal(0)
    collateral: Mapping[str, Decimal] = field(default_factory=dict)

    @cached_property
    def options(self) -> tuple[Position, ...]:
        """Return the options."""
        return tuple(p for p in self.positions if self.instrument(p).is_option)

    @cached_property
    def others(self) -> tuple[Position, ...]:
        """Return what is no option: perpetuals, dated futures, spot."""
        return tuple(p for p in self.positions if not self.instrument(p).is_option)

    @cached_property
    def futures(self) -> tuple[Position, ...]:
        """Return perpetuals and dated futures."""
        return tuple(p for p in self.positions if not self.instrument(p).is_paid_for)

    @cached_property
    def quotes(self) -> "Quotes | None":
        """Return what the options are priced from; None without options."""
        if not self.options:
            return None
        return self.world.quotes([p.symbol for p in self.options])

    @cached_property
    def option_coins(self) -> tuple[Decimal, ...]:
        """Return the signed sizes of the options [coin]."""
        return tuple(self.coins(p) for p in self.options)

    def instrument(self, position: Position) -> Instrument:
        """Return the contract of a position."""
        return self.world.instrument(position.symbol)

    def coins(self, position: Position) -> Decimal:
        """Return the signed size of a position [coin]."""
        return position.sign * self.world.coins(position)

    @cached_property
    def index(self) -> Decimal:
        """Return the price of the unit's coin [unit of account]; where no index is known, the mark of a future.

        Raises:
            MarketError: neither is known.

        """
        return self.world.index(self.coin)

    @cached_property
    def per_coin(self) -> Decimal:
        """Return the price of the unit's coin in the currency of the unit."""
        return self.price_of(self.coin)

    def price_of(self, coin: str) -> Decimal:
        """Return the price of a coin in the currency of the unit; in a model at par, its index as it is."""
        if self.rule.at_par and coin != self.currency:
            return self.world.index(coin)
        return self.world.convert(Decimal(1), coin, self.currency)

    def delta(self, position: Position) -> Decimal:
        """Return what a position gains with its coin: the signed coins it stands for.

        Of an option this is its model's delta in the forward, times its coins.
        """
        if not self.instrument(position).is_option:
            return self.coins(position)
        return self._option_deltas[position.label]

    def delta_value(self, position: Position, price: str) -> Decimal:
        """Return what the delta of a position is worth in the unit's currency, signed: at the index, or as marked."""
        if price == "index" or self.instrument(position).is_option:
            return self.delta(position) * self.per_coin
        contract = self.instrument(position)
        money = contract.quote if self.world.is_inverse(position) else contract.settle
        return self.world.convert(
            self.coins(position) * self.world.mark(position.symbol), money, self.currency
        )

    @cached_property
    def _option_deltas(self) -> dict[str, Decimal]:
        from ringfence.formula.model.black import black_delta  # noqa: PLC0415 - paid for by books with options

        quotes = self.quotes
        if quotes is None:
            return {}
        deltas = black_delta(quotes.forward, quotes.strike, quotes.sigma, quotes.years, quotes.sign)
        return {
            p.label: coins * from_model(delta)
            for p, coins, delta in zip(self.options, self.option_coins, deltas.tolist(), strict=True)
        }


def model_of(position: Position, world: World) -> OffsetRule | None:
    """Return the model in which a position nets; None: it stands on its own requirement."""
    return world.rules.offset(world.facts(position))


def units_of(pool: Pool, world: World) -> tuple[Unit, ...]:
    """Return the risk units of a pool. A pool of several models has units of each."""
    groups: dict[tuple[int, str, str], list[Position]] = {}
    rules: dict[int, Scenarios] = {}
    for position in pool.positions:
        rule = model_of(position, world)
        if not isinstance(rule, Scenarios):
            continue
        rules[id(rule)] = rule
        groups.setdefault((id(rule), *_key(position, rule, world)), []).append(position)
    left, units = dict(pool.collateral), list[Unit]()
    for (model, name, _), members in groups.items():
        unit = _unit(name, rules[model], members, pool, world)
        unit = replace(unit, spot=_spot(unit, left.get(unit.coin, Decimal(0))))
        left[unit.coin] = left.get(unit.coin, Decimal(0)) - unit.spot
        units.append(unit)
    return _with_collateral(_with_equity(tuple(units), pool, world), pool, world)


def _with_collateral(units: tuple[Unit, ...], pool: Pool, world: World) -> tuple[Unit, ...]:
    """Return the units with the pool's collateral on the one that is all of it, if its model asks for any.

    Collateral without positions is such a unit, too.
    """
    rule = world.rules.pool_model()
    if rule is None or pool.kind != "cross" or not asks_for_collateral(rule, pool):
        return units
    held = dict(pool.collateral)
    for at, unit in enumerate(units):
        if unit.rule.unit == "pool":
            return (*units[:at], replace(unit, collateral=held), *units[at + 1 :])
    coin = rule.underlyings[0] if rule.underlyings else pool.unit
    return (*units, Unit(_WHOLE, rule, (), pool.unit, world, coin, collateral=held))


def asks_for_collateral(rule: Scenarios, pool: Pool) -> bool:
    """Return whether a model says something about an asset that a pool holds."""
    named = set(rule.moving)
    for charge in rule.charges:
        if isinstance(charge, CollateralCharge):
            named |= charge.rates.keys()
    return any(amount > 0 and asset in named for asset, amount in pool.collateral.items())


def _key(position: Position, rule: Scenarios, world: World) -> tuple[str, str]:
    contract = world.instrument(position.symbol)
    coin = rule.together.get(contract.underlying, contract.underlying)
    match rule.unit:
        case "coin":
            return coin, ""
        case "coin_and_settle":
            return coin if contract.settle == coin else f"{coin} in {contract.settle}", contract.settle
        case "pool":
            return _WHOLE, ""


def _unit(name: str, rule: Scenarios, members: Sequence[Position], pool: Pool, world: World) -> Unit:
    settles = {world.settle(p) for p in members}
    own = len(settles) == 1 and rule.currency == "settle"
    currency = next(iter(settles)) if own else pool.unit
    coin = world.instrument(members[0].symbol).underlying
    return Unit(name, rule, tuple(members), currency, world, coin)


def _with_equity(units: tuple[Unit, ...], pool: Pool, world: World) -> tuple[Unit, ...]:
    """Return the units with what the pool owns of their coins, where their model has it move along with them.

    A coin that is only owned makes a unit of its own: it can fall as well.
    """
    placed = list(units)
    for coin, (rule, owned) in _equity_in_coins(units, pool, world).items():
        same = [i for i, unit in enumerate(placed) if _moves_with(unit, coin)]
        paid_in_it = [i for i in same if placed[i].currency == coin]
        if same:
            at = (paid_in_it or same)[0]
            placed[at] = replace(placed[at], spot=owned)
        else:
            placed.append(Unit(coin, rule, (), coin, world, coin, owned))
    return tuple(placed)


def _moves_with(unit: Unit, coin: str) -> bool:
    return unit.rule.spot == "equity" and unit.rule.together.get(unit.coin, unit.coin) == coin


def _equity_in_coins(units: Sequence[Unit], pool: Pool, world: World) -> dict[str, tuple[Scenarios, Decimal]]:
    """Return what a pool owns of each coin that moves with it: collateral, and what contracts that pay in it bring."""
    if not any(unit.rule.spot == "equity" for unit in units):
        return {}
    owned = dict(pool.collateral)
    for position in pool.positions:
        settle = world.settle(position)
        owned[settle] = owned.get(settle, Decimal(0)) + world.claim(position)
    found: dict[str, tuple[Scenarios, Decimal]] = {}
    for asset, amount in owned.items():
        rule = _model_of_coin(asset, units, world)
        if asset == pool.unit or amount == 0 or rule is None:
            continue
        coin = rule.together.get(asset, asset)
        before = found[coin][1] if coin in found else Decimal(0)
        found[coin] = rule, before + world.convert(amount, asset, coin)
    return found


def _model_of_coin(asset: str, units: Sequence[Unit], world: World) -> Scenarios | None:
    """Return the model in which a coin that is owned moves, or None: it does not."""
    known = [unit.rule for unit in units if asset in {unit.coin, *unit.rule.together}]
    rule = known[0] if known else world.rules.offset(Facts(settle=asset, underlying=asset))
    return rule if isinstance(rule, Scenarios) and rule.spot == "equity" else None


def _spot(unit: Unit, held: Decimal) -> Decimal:
    """Return the part of a holding of the unit's coin that stands in its scenarios [coin]."""
    if unit.currency == unit.coin:
        return Decimal(0)
    match unit.rule.spot:
        case "never" | "equity":
            return Decimal(0)
        case "always":
            return held
        case "chosen":
            return held if _is_chosen(unit.coin, unit.world) else Decimal(0)
        case "hedging":
            return _hedging(held, unit)
        case "chosen_hedging":
            return _hedging(held, unit) if _is_chosen(unit.coin, unit.world) else Decimal(0)


def _is_chosen(coin: str, world: World) -> bool:
    chosen = world.rules.settings.get("spot_in_risk_unit", ())
    return isinstance(chosen, list | tuple) and coin in chosen


def _hedging(held: Decimal, unit: Unit) -> Decimal:
    """Return the part of a holding that makes the delta of a unit's contracts smaller, and does not turn it round."""
    return matched(held, sum((unit.delta(p) for p in unit.positions), Decimal(0)))
