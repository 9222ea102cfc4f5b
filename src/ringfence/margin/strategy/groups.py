"""What may stand together, and what one of each group needs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations

from ringfence.formula.strategy import at_expiry, hedged_stock, straddle
from ringfence.margin.strategy.legs import Leg
from ringfence.venue.entry import Measure
from ringfence.venue.models import Strategies

_ZERO = Decimal(0)
_ONE = Decimal(1)


@dataclass(frozen=True)
class Group:
    """Some of the legs, in fixed numbers, under one name.

    takes      number of a leg -> contracts of it in one group
    gross      [quote] what one group needs, with premiums and proceeds in it
    received   [quote] what was received for its short legs
    is_spread  whether what was received pays for its long legs, as the manual prints it
    """

    name: str
    takes: Mapping[int, Decimal]
    gross: Decimal
    received: Decimal
    formula: str
    is_spread: bool = False
    inputs: Mapping[str, object] = field(default_factory=dict)

    @property
    def net(self) -> Decimal:
        """Return what one group needs beside what was received for it."""
        return self.gross - self.received


def groups_of(legs: Sequence[Leg], rule: Strategies, measure: Measure) -> list[Group]:
    """Return every group that may be formed of some legs."""
    found = [_single(leg) for leg in legs]
    options = [leg for leg in legs if leg.kind != "stock"]
    spreads = list(_spreads(options))
    found += spreads
    found += _pairs_of_both_rights(options)
    if len(options) <= rule.sought:
        found += _of_four(spreads, {leg.number: leg for leg in options})
    for stock in legs:
        if stock.kind == "stock":
            found += _with_stock(stock, options, rule, measure)
    return found


def _single(leg: Leg) -> Group:
    side = "long" if leg.sign > 0 else "short" if leg.kind == "stock" else "naked short"
    return Group(f"{side} {leg.kind}", {leg.number: _ONE}, leg.alone, leg.received, leg.rule)


def _spreads(options: Sequence[Leg]) -> Iterator[Group]:
    """Yield every bought option with every sold one that it covers: the same right, and no less time."""
    for bought in (leg for leg in options if leg.sign > 0):
        for sold in (leg for leg in options if leg.sign < 0):
            if sold.kind != bought.kind or sold.size != bought.size or sold.underlying != bought.underlying:
                continue
            assert sold.expiry is not None and bought.expiry is not None  # noqa: S101, PT018 - options expire
            if bought.expiry < sold.expiry:
                continue
            loss = max(sold.right * (bought.strike - sold.strike), _ZERO) * sold.size
            yield _spread(_two_legged(bought, sold), ((bought, _ONE), (sold, _ONE)), loss)


def _two_legged(bought: Leg, sold: Leg) -> str:
    if bought.expiry == sold.expiry:
        return f"{sold.kind} vertical"
    return f"{sold.kind} calendar" if bought.strike == sold.strike else f"{sold.kind} diagonal"


def _spread(name: str, members: Sequence[tuple[Leg, Decimal]], loss: Decimal) -> Group:
    """Return a group that can lose so much: what its short options need alone, if that is less."""
    bought = sum((leg.premium * count for leg, count in members if leg.sign > 0), _ZERO)
    naked = sum((leg.alone * count for leg, count in members if leg.sign < 0), _ZERO)
    received = sum((leg.received * count for leg, count in members if leg.sign < 0), _ZERO)
    return Group(
        name=name,
        takes={leg.number: count for leg, count in members},
        gross=min(loss, naked) + bought,
        received=received,
        formula="min(loss at the strikes, short options alone) + premiums paid",
        is_spread=True,
        inputs={"loss": loss, "short_alone": naked, "paid": bought},
    )


def _pairs_of_both_rights(options: Sequence[Leg]) -> Iterator[Group]:
    """Yield every call with every put on the same side."""
    calls, puts = ([leg for leg in options if leg.kind == kind] for kind in ("call", "put"))
    for call in calls:
        for put in puts:
            if call.sign != put.sign or call.size != put.size or call.underlying != put.underlying:
                continue
            same = call.strike == put.strike and call.expiry == put.expiry
            name = f"{'long' if call.sign > 0 else 'short'} {'straddle' if same else 'strangle'}"
            takes = {call.number: _ONE, put.number: _ONE}
            if call.sign > 0:
                yield Group(name, takes, call.alone + put.alone, _ZERO, "both premiums")
                continue
            gross = straddle(call.alone, call.premium, put.alone, put.premium)
            text, inputs = (
                "the larger side + the premium of the other",
                {"call_alone": call.alone, "put_alone": put.alone},
            )
            yield Group(name, takes, gross, call.received + put.received, text, inputs=inputs)


def _of_four(spreads: Sequence[Group], by_number: Mapping[int, Leg]) -> Iterator[Group]:
    """Yield two spreads of one expiry that lose less together than apart."""
    same_day = [one for one in spreads if len({by_number[n].expiry for n in one.takes}) == 1]
    for one, other in combinations(same_day, 2):
        members = _joined(one, other, by_number)
        first = members[0][0]
        if any(
            (leg.expiry, leg.underlying, leg.size) != (first.expiry, first.underlying, first.size)
            for leg, _ in members
        ):
            continue
        loss = _worst_at_strikes(members)
        group = _spread(_four_legged(members), members, loss)
        if group.gross < one.gross + other.gross:
            yield group


def _joined(one: Group, other: Group, by_number: Mapping[int, Leg]) -> list[tuple[Leg, Decimal]]:
    takes = dict(one.takes)
    for number, count in other.takes.items():
        takes[number] = takes.get(number, _ZERO) + count
    return [(by_number[number], count) for number, count in takes.items()]


def _worst_at_strikes(members: Sequence[tuple[Leg, Decimal]]) -> Decimal:
    """Return the most that a group of one expiry can lose at expiry, premiums apart: at zero or at a strike.

    Beyond the highest strike nothing changes, as every call that is sold is covered.
    """
    prices = [_ZERO, *(leg.strike for leg, _ in members)]
    worst = _ZERO
    for price in prices:
        worth = sum(
            (
                leg.sign * count * leg.size * at_expiry(Decimal(leg.right), leg.strike, price)
                for leg, count in members
            ),
            _ZERO,
        )
        worst = max(worst, -worth)
    return worst


def _four_legged(members: Sequence[tuple[Leg, Decimal]]) -> str:
    rights = {leg.kind for leg, _ in members}
    sold = [leg for leg, _ in members if leg.sign < 0]
    bought = [leg for leg, _ in members if leg.sign > 0]
    strikes = sorted({leg.strike for leg, _ in members})
    if len(rights) == 1:
        kind = sold[0].kind
        outer = {strikes[0], strikes[-1]}
        if len(members) == 3:  # noqa: PLR2004 - a butterfly has three
            return f"{kind} butterfly"
        if {leg.strike for leg in bought} == outer or {leg.strike for leg in sold} == outer:
            return f"{kind} condor"
        return f"two {kind} verticals"
    if len(strikes) == 2 and len({leg.strike for leg in sold}) == 2:  # noqa: PLR2004 - a box has two
        return "box"
    if len({leg.strike for leg in sold}) == 1:
        return "iron butterfly"
    return "iron condor"


def _with_stock(stock: Leg, options: Sequence[Leg], rule: Strategies, measure: Measure) -> Iterator[Group]:
    """Yield stock with the options that it covers, or that cover it."""
    for option in options:
        shares = _cover(stock, option, rule)
        if shares is None:
            continue
        if option.sign < 0 and option.right == stock.sign:
            yield _covered(stock, shares, option, measure)
        if option.sign > 0 and option.right == -stock.sign:
            yield _protected(stock, shares, option, rule, measure)
            for sold in options:
                if sold.sign < 0 and sold.right == stock.sign and _cover(stock, sold, rule) == shares:
                    yield _between(stock, shares, option, sold, rule, measure)


def _cover(stock: Leg, option: Leg, rule: Strategies) -> Decimal | None:
    """Return the contracts of stock that stand for one option; None: it is on something else."""
    if stock.underlying == option.underlying:
        return option.size / stock.size
    per_unit = rule.covers.get(option.underlying, {}).get(stock.underlying)
    return None if per_unit is None else option.size * per_unit / stock.size


def _in_the_money(option: Leg) -> Decimal:
    return at_expiry(Decimal(option.right), option.strike, option.spot) * option.size


def _covered(stock: Leg, shares: Decimal, option: Leg, measure: Measure) -> Group:
    """Return stock with the option sold against it: for maintenance, the stock counts no more than the strike."""
    given_up, charge = _ZERO, _charge(stock) * shares
    if measure == "maintenance":
        given_up, charge = _in_the_money(option), charge * _kept_below(option, stock)
    return Group(
        name=f"covered {option.kind}",
        takes={stock.number: shares, option.number: _ONE},
        gross=charge + stock.received * shares + given_up,
        received=stock.received * shares + option.received,
        formula="stock alone + in the money" if measure == "maintenance" else "stock alone",
        inputs={"stock": charge, "in_the_money": given_up},
    )


def _kept_below(sold: Leg, stock: Leg) -> Decimal:
    """Return the share of its price that owned stock counts for under a sold call: no more than the strike."""
    return min(_ONE, sold.strike / sold.spot) if stock.sign > 0 else _ONE


def _charge(stock: Leg) -> Decimal:
    """Return what a share needs beside its sale proceeds, or of its own value [quote/contract]."""
    return stock.alone - stock.received


def _protected(stock: Leg, shares: Decimal, option: Leg, rule: Strategies, measure: Measure) -> Group:
    """Return stock with an option bought against its fall or rise."""
    charge, text = _charge(stock) * shares, "stock alone + premium"
    if measure == "maintenance":
        charge = hedged_stock(option.strike * option.size, option.distance * option.size, rule.hedged, charge)
        text = "min(hedged * K + out of the money, stock alone) + premium"
    return Group(
        name=f"protective {option.kind}",
        takes={stock.number: shares, option.number: _ONE},
        gross=charge + stock.received * shares + option.alone,
        received=stock.received * shares,
        formula=text,
        inputs={"stock": charge, "premium": option.alone},
    )


def _between(
    stock: Leg, shares: Decimal, bought: Leg, sold: Leg, rule: Strategies, measure: Measure
) -> Group:
    """Return stock between an option bought and one sold: a collar, a conversion, or its reverse."""
    matched = bought.strike == sold.strike and bought.expiry == sold.expiry
    name = ("conversion" if stock.sign > 0 else "reverse conversion") if matched else "collar"
    charge, given_up, text = _charge(stock) * shares, _ZERO, "stock alone + premium"
    if measure == "maintenance":
        given_up, size = _in_the_money(sold), bought.size
        distance = _ZERO if matched else bought.distance * size
        charge = charge * _kept_below(sold, stock)
        charge = hedged_stock(bought.strike * size, distance, rule.hedged, charge)
        text = "min(hedged * K + out of the money, stock alone) + in the money + premium"
    return Group(
        name=name,
        takes={stock.number: shares, bought.number: _ONE, sold.number: _ONE},
        gross=charge + given_up + stock.received * shares + bought.alone,
        received=stock.received * shares + sold.received,
        formula=text,
        inputs={"stock": charge, "in_the_money": given_up, "premium": bought.alone},
    )
