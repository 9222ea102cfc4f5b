"""What a venue adds where its prices are unsure, a peg slips, collateral may fall, or an expiry leaves the others."""

from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never

from ringfence.book import Position
from ringfence.core.number import magnitude, positive_part
from ringfence.formula.netting import cut_of_collateral, peg_charge, unsure_charge
from ringfence.margin.netting.units import Unit
from ringfence.margin.node import Node, sum_node
from ringfence.venue import offsets

_ZERO = Decimal(0)
_SURE = Decimal(1)


def safeguard_node(
    rule: offsets.BasisCharge
    | offsets.ConfidenceCharge
    | offsets.CollateralCharge
    | offsets.PegCharge
    | offsets.MaxLossCharge,
    unit: Unit,
) -> Node:
    """Return one charge of a unit, in the unit's currency."""
    match rule:
        case offsets.BasisCharge():
            return _basis(rule, unit)
        case offsets.ConfidenceCharge():
            return _confidence(rule, unit)
        case offsets.CollateralCharge():
            return _collateral(rule, unit)
        case offsets.PegCharge():
            return _peg(rule, unit)
        case offsets.MaxLossCharge():
            from ringfence.margin.netting.max_loss import max_loss_node  # noqa: PLC0415 - paid for by such models

            return max_loss_node(rule, unit)
        case other:
            assert_never(other)


def _collateral(rule: offsets.CollateralCharge, unit: Unit) -> Node:
    """Return what collateral is cut by, in the unit's currency: a part for each asset that the rule names."""
    parts = []
    for asset, amount in unit.collateral.items():
        if amount <= 0 or asset not in rule.rates:
            continue
        worth = unit.world.convert(amount, asset, unit.currency)
        value = _cut(worth, amount * unit.world.index(asset), rule, rule.rates[asset])
        inputs = {"amount": amount, "worth": worth, "rate": rule.rates[asset]}
        parts.append(Node(asset, value, "cut of collateral", inputs))
    return sum_node("collateral", parts)


def _cut(worth: Decimal, at_index: Decimal, rule: offsets.CollateralCharge, rate: Decimal) -> Decimal:
    match rule.price:
        case "converted":
            return worth * rate
        case "index":
            return at_index * rate
        case "shortfall":
            return cut_of_collateral(worth, at_index, rate)


def _peg(rule: offsets.PegCharge, unit: Unit) -> Node:
    """Return the charge for a settlement asset below its peg, in the unit's currency."""
    price, parts = unit.world.index(rule.asset), []
    below = positive_part(rule.threshold - price)
    for coin, held in _by_coin(unit).items():
        sizes = (magnitude(unit.coins(p)) for p in held if not unit.instrument(p).is_option or p.sign < 0)
        size, index = sum(sizes, _ZERO), unit.price_of(coin)
        parts.append(
            Node(coin, peg_charge(below, rule.rate, size, index), "", {"size": size, "index": index})
        )
    text = "rate * (threshold - price)+ * index * size"
    inputs = {"threshold": rule.threshold, "price": price, "rate": rule.rate}
    return Node("peg", sum((part.value for part in parts), _ZERO), text, inputs, "", tuple(parts))


def _confidence(rule: offsets.ConfidenceCharge, unit: Unit) -> Node:
    """Return the charge for unsure oracles, in the unit's currency: a part for everything that is less than sure."""
    parts = []
    for name, sure, value in _judged(rule, unit):
        if sure >= rule.threshold:
            continue
        inputs = {"confidence": sure, "value": value, "rate": rule.rate, "threshold": rule.threshold}
        charged = unsure_charge(sure, rule.rate, value)
        parts.append(Node(name, charged, "(1 - confidence) * rate * value", inputs))
    return sum_node(f"confidence of {rule.of.replace('_', ' ')}", parts)


def _judged(rule: offsets.ConfidenceCharge, unit: Unit) -> list[tuple[str, Decimal, Decimal]]:
    """Return what a rule looks at: its name, how sure its prices are, and its value in the unit's currency."""
    if rule.of == "collateral":
        return [
            (asset, _of_asset(asset, rule, unit), _worth(asset, amount, rule, unit))
            for asset, amount in unit.collateral.items()
            if amount > 0 and asset != unit.currency
        ]
    found = []
    for coin, held in _by_coin(unit).items():
        futures = [p for p in held if not unit.instrument(p).is_paid_for]
        options = [p for p in held if unit.instrument(p).is_option]
        sure = _stated(unit, coin)
        with_futures = min([sure, *(_stated(unit, p.symbol) for p in futures)])
        if rule.of == "perpetuals":
            if futures:
                found.append((coin, with_futures, _size(futures, unit) * unit.price_of(coin)))
            continue
        least = with_futures if rule.with_futures else sure
        for name, members in _by_expiry(options, unit).items():
            counted = [p for p in members if rule.of == "options" or p.sign < 0]
            own = min([least, _stated(unit, name), *(_stated(unit, p.symbol) for p in members)])
            found.append((name, own, _size(counted, unit) * unit.price_of(coin)))
    return found


def _of_asset(asset: str, rule: offsets.ConfidenceCharge, unit: Unit) -> Decimal:
    others = [_stated(unit, unit.coin)] if rule.with_coin else []
    if rule.with_futures:
        others += [_stated(unit, p.symbol) for p in unit.futures]
    return min([_stated(unit, asset), *others])


def _worth(asset: str, amount: Decimal, rule: offsets.ConfidenceCharge, unit: Unit) -> Decimal:
    if rule.price == "index":
        return amount * unit.world.index(asset)
    return unit.world.convert(amount, asset, unit.currency)


def _stated(unit: Unit, name: str) -> Decimal:
    """Return how sure the oracle of an asset, a contract or an expiry is."""
    return unit.world.market.feeds.get("confidence", {}).get(name, _SURE)


def _size(positions: Sequence[Position], unit: Unit) -> Decimal:
    return sum((magnitude(unit.coins(p)) for p in positions), _ZERO)


def _by_coin(unit: Unit) -> dict[str, list[Position]]:
    found: dict[str, list[Position]] = {}
    for position in unit.positions:
        found.setdefault(unit.instrument(position).underlying, []).append(position)
    return found


def _by_expiry(options: Sequence[Position], unit: Unit) -> dict[str, list[Position]]:
    from ringfence.margin.options import expiry_name  # noqa: PLC0415 - paid for by books with options

    found: dict[str, list[Position]] = {}
    for position in options:
        found.setdefault(expiry_name(unit.instrument(position)), []).append(position)
    return found


def _basis(rule: offsets.BasisCharge, unit: Unit) -> Node:
    """Return what the expiries lose alone, each in the worse of two moves, times a factor by time."""
    if unit.quotes is None:
        return Node("basis", _ZERO, "no options")
    from ringfence.margin.netting.model_value import basis_losses  # noqa: PLC0415 - as above

    parts = []
    for name, years, loss in basis_losses(unit, float(rule.up), float(rule.down)):
        factor = rule.rate + rule.annual * Decimal(years)
        inputs = {"loss": Decimal(loss), "rate": rule.rate, "annual": rule.annual, "years": Decimal(years)}
        parts.append(Node(name, Decimal(loss) * factor, "loss * (rate + annual * years)", inputs))
    return sum_node("basis", parts)
