"""The scenarios of stated arrays: what each commodity loses in the worst, what months and commodities offset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ringfence.book import Position
from ringfence.core.errors import MarketError, RulePackError
from ringfence.core.number import from_model, positive_part
from ringfence.formula.netting import worst_with_charges
from ringfence.margin.node import Node, sum_node
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue.entry import Measure
from ringfence.venue.models import Arrays, CommodityCredit, Months

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Commodity:
    """Contracts of one commodity that pay in one asset.

    delta   net, in contracts of the future
    """

    name: str
    settle: str
    positions: tuple[Position, ...]
    scan: Node
    delta: Decimal


def array_nodes(
    rule: Arrays, positions: Sequence[Position], measure: Measure, pool: Pool, world: World
) -> tuple[Node, ...]:
    """Return what positions need by their arrays: one node for each commodity, in the unit of the pool.

    Raises:
        MarketError: a contract has no array, and no scan range from which it would have one.
        RulePackError: an array has another number of scenarios than the model.

    """
    groups: dict[tuple[str, str], list[Position]] = {}
    for position in positions:
        coin = world.instrument(position.symbol).underlying
        groups.setdefault((rule.together.get(coin, coin), world.settle(position)), []).append(position)
    held = [_commodity(name, settle, members, rule, world) for (name, settle), members in groups.items()]
    credits_ = _credits(held, rule)
    return tuple(_node(one, credits_.get(one.name, _ZERO), rule, measure, pool, world) for one in held)


def _node(one: Commodity, credit: Decimal, rule: Arrays, measure: Measure, pool: Pool, world: World) -> Node:
    months = _month_charges(one, rule, world)
    floor = _short_options(one, rule, world)
    times = rule.initial_factor if measure == "initial" else rule.maintenance_factor
    saved = Node("credit between commodities", -credit, "- share * scan risk of the matched deltas")
    need = worst_with_charges(one.scan.value, months.value - credit, floor.value)
    parts = [one.scan, *(node for node in (months, saved, floor) if node.value)]
    value = world.convert(positive_part(need) * times, one.settle, pool.unit)
    text = "factor * max(scan risk + months - credits, floor)"
    inputs = {"factor": times, "delta": one.delta}
    return Node(one.name, value, text, inputs, world.rules.page(rule.source), tuple(parts))


def _commodity(name: str, settle: str, members: Sequence[Position], rule: Arrays, world: World) -> Commodity:
    columns = {p.label: [p.sign * p.contracts * gain for gain in _array(p, rule, world)] for p in members}
    totals = [sum(gains, _ZERO) for gains in zip(*columns.values(), strict=True)]
    worst = max(range(len(totals)), key=lambda n: -totals[n])
    rows = []
    for number, total in enumerate(totals):
        by_position = columns.items() if number == worst else ()
        parts = tuple(Node(label, -gains[number], "loss") for label, gains in by_position)
        rows.append(Node(_named(number, rule), -total, "loss", {}, "", parts))
    scan = Node(
        "scan risk", positive_part(-totals[worst]), "worst loss", {"scenario": _named(worst, rule)},
        world.rules.page(rule.source), tuple(rows),
    )  # fmt: skip
    delta = sum((_delta(p, rule, world) for p in members), _ZERO)
    return Commodity(name, settle, tuple(members), scan, delta)


def _named(number: int, rule: Arrays) -> str:
    row = rule.rows[number]
    part = f"{row.move:+.2f} range" if row.move else "no move"
    word = "" if row.vol == "same" else f", vol {row.vol}"
    return f"{number + 1}: {part}{word}"


def _array(position: Position, rule: Arrays, world: World) -> Sequence[Decimal]:
    """Return what one long contract gains in each scenario [settle]."""
    stated = rule.arrays.get(position.symbol)
    if stated is None:
        return _found(position, rule, world)
    if len(stated) != len(rule.rows):
        raise RulePackError(
            f"{world.rules.venue.id}, arrays, {position.symbol}",
            f"it has {len(stated)} scenarios; the model has {len(rule.rows)}",
            "State one gain for each",
        )
    return stated


def _found(position: Position, rule: Arrays, world: World) -> Sequence[Decimal]:
    """Return the array that follows from the scan ranges of its coin."""
    contract = world.instrument(position.symbol)
    scan = rule.scan.get(contract.underlying)
    if scan is None:
        raise MarketError(
            position.symbol,
            "it has no risk array, and its coin no price scan range",
            f'Add arrays = {{ "{position.symbol}" = [...] }} to [[rules]] kind = "arrays"',
        )
    size = position.contract_size
    if contract.is_option:
        return [from_model(gain) * size for gain in _option_gains(position, scan, rule, world)]
    return [row.move * row.share * scan * size for row in rule.rows]


def _option_gains(position: Position, scan: Decimal, rule: Arrays, world: World) -> list[float]:
    import numpy as np  # noqa: PLC0415 - paid for by books with options

    from ringfence.margin.options import quotes_of  # noqa: PLC0415 - as above

    quotes = quotes_of([position.symbol], world)
    swing = float(rule.vol_scan.get(world.instrument(position.symbol).underlying, _ZERO))
    signs = {"up": 1.0, "same": 0.0, "down": -1.0}
    moves = np.array([[float(row.move * scan)] for row in rule.rows])
    sigmas = np.maximum(quotes.sigma + np.array([[signs[row.vol] * swing] for row in rule.rows]), 0.0)
    years = np.maximum(quotes.years - float(rule.days) / 365, 0.0)
    there = quotes.price(forward=np.maximum(quotes.forward + moves, 1e-12), sigma=sigmas, years=years)
    shares = np.array([float(row.share) for row in rule.rows])
    return [float(gain) for gain in (there[:, 0] - quotes.price()[0]) * shares]


def _delta(position: Position, rule: Arrays, world: World) -> Decimal:
    stated = rule.deltas.get(position.symbol)
    signed = position.sign * position.contracts
    if stated is not None:
        return signed * stated
    contract = world.instrument(position.symbol)
    if not contract.is_option:
        return signed
    from ringfence.margin.options import delta_of  # noqa: PLC0415 - paid for by books with options

    return signed * from_model(delta_of(contract, world))


def _month_charges(one: Commodity, rule: Arrays, world: World) -> Node:
    months = rule.months.get(one.name)
    if months is None:
        return sum_node("months", ())
    left = _by_tier(one, months, rule, world)
    parts = []
    for charge in months.charges:
        if charge.one == charge.other:
            spreads = _match(left[charge.one], left[charge.one])
        else:
            one_way = _match(left[charge.one], left[charge.other])
            spreads = one_way + _match(left[charge.other], left[charge.one])
        if spreads:
            inputs = {"spreads": spreads, "amount": charge.amount}
            name = f"{charge.one} against {charge.other}"
            parts.append(Node(name, spreads * charge.amount, "spreads * amount", inputs))
    return sum_node("months", parts)


def _by_tier(one: Commodity, months: Months, rule: Arrays, world: World) -> dict[str, dict[object, Decimal]]:
    """Return tier -> expiry -> net delta."""
    found: dict[str, dict[object, Decimal]] = {tier.name: {} for tier in months.tiers}
    for position in one.positions:
        expiry = world.instrument(position.symbol).expiry
        tier = next((t for t in months.tiers if expiry is not None and t.first <= expiry <= t.last), None)
        if tier is None:
            raise RulePackError(
                f"{world.rules.venue.id}, arrays, months of {one.name}",
                f"no tier holds {position.symbol}",
                "Add one",
            )
        deltas = found[tier.name]
        deltas[expiry] = deltas.get(expiry, _ZERO) + _delta(position, rule, world)
    return found


def _match(longs: dict[object, Decimal], shorts: dict[object, Decimal]) -> Decimal:
    """Return how many bought deltas of some months offset sold ones of others, and take them away."""
    bought = sum((positive_part(delta) for delta in longs.values()), _ZERO)
    sold = sum((positive_part(-delta) for delta in shorts.values()), _ZERO)
    matched = min(bought, sold)
    _take(longs, matched, 1)
    _take(shorts, matched, -1)
    return matched


def _take(deltas: dict[object, Decimal], amount: Decimal, sign: int) -> None:
    for month, delta in deltas.items():
        taken = min(positive_part(sign * delta), amount)
        deltas[month] = delta - sign * taken
        amount -= taken


def _credits(held: Sequence[Commodity], rule: Arrays) -> dict[str, Decimal]:
    """Return what each commodity is spared by the others, credit after credit, until no deltas are left."""
    by_name = {one.name: one for one in held}
    left = {one.name: one.delta for one in held}
    saved: dict[str, Decimal] = {}
    for credit in rule.credits:
        spreads = _spreads(credit, left)
        for coin, ratio in credit.ratios.items() if spreads else ():
            one = by_name[coin]
            matched = spreads * abs(ratio)
            left[coin] -= matched.copy_sign(left[coin])
            saved[coin] = saved.get(coin, _ZERO) + credit.share * one.scan.value * matched / abs(one.delta)
    return saved


def _spreads(credit: CommodityCredit, left: Mapping[str, Decimal]) -> Decimal:
    """Return how many spreads of a credit are held: its coins on the sides that their ratios say, or on the others."""
    counts = [left.get(coin, _ZERO) / ratio for coin, ratio in credit.ratios.items()]
    if all(count > 0 for count in counts) or all(count < 0 for count in counts):
        return min(abs(count) for count in counts)
    return _ZERO


def _short_options(one: Commodity, rule: Arrays, world: World) -> Node:
    least = rule.least_short.get(one.name, _ZERO)
    members = (p for p in one.positions if p.sign < 0 and world.instrument(p.symbol).is_option)
    number = sum((p.contracts for p in members), _ZERO)
    inputs = {"short_options": number, "least": least}
    return Node("short option minimum", number * least, "short options * least", inputs)
