"""A question to one rule of a pack: the inputs as exact decimals, and the pack that fills the gaps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from inspect import Parameter, signature
from typing import Any, Final, Literal, TypeAlias, TypeVar, cast, get_args, get_type_hints

import msgspec

from ringfence.core.errors import BookError, RulePackError, suggestion
from ringfence.core.exact import DIGITS_MAX, Bound, is_long, shortened
from ringfence.core.number import ONE
from ringfence.core.rounding import round_down, round_to_zero, round_up
from ringfence.formula.contract import inverse_value, linear_value
from ringfence.venue import kinds
from ringfence.venue.instruments import facts_of, resolve_instrument
from ringfence.venue.pack import Facts, RulePack
from ringfence.venue.tables import Ladder

Answer: TypeAlias = dict[str, Decimal | tuple[Decimal, ...] | str | None]
"""Named values, as they leave: decimals, rows of decimals, words; None where there is none."""

Kind: TypeAlias = Callable[..., Answer]
"""A kind of rule. Its keyword arguments are its inputs; one underscore at the end keeps a name free."""

T = TypeVar("T")
R = TypeVar("R", bound=kinds.Entry)

_PPM: Final = Decimal("0.000001")

Side = Literal["long", "short", "buy", "sell"]
Payoff = Literal["linear", "inverse"]


def sign_of(side: Side) -> Decimal:
    """Return +1 for what gains when the price rises, -1 for what loses."""
    return ONE if side in {"long", "buy"} else -ONE


@dataclass(frozen=True, slots=True)
class Ask:
    """The pack that is asked, the position it is asked about, and what a complaint says.

    where   venue, day and kind
    takes   the inputs of the kind, as a sentence
    """

    pack: RulePack
    facts: Facts
    where: str
    takes: str

    def fault(self, text: str) -> RulePackError:
        """Return the error that says what is wrong with the inputs."""
        return RulePackError(self.where, text, self.takes)

    def need(self, value: T | None, name: str) -> T:
        """Return an input that this branch of the rule cannot do without.

        Raises:
            RulePackError: it is not there.

        """
        if value is None:
            raise self.fault(f"{name} is not given, and the pack does not state it")
        return value

    def filled(self, value: Decimal | None, own: object | None, name: str) -> Decimal:
        """Return an input, or else the pack's own field of that name.

        Raises:
            RulePackError: neither gives it.

        """
        stated = cast("Decimal | None", getattr(own, name, None))
        return self.need(stated if value is None else value, name)

    def requirement_of(self, kind: type[R], measure: kinds.Measure) -> R | None:
        """Return the pack's requirement rule for the position, where it is of this kind."""
        try:
            found = self.pack.requirement(measure, self.facts)
        except RulePackError:
            return None
        return found if isinstance(found, kind) else None

    def ladder(self) -> Ladder | None:
        """Return the pack's tier table of the symbol; None without a symbol or a table."""
        return self.pack.ladder(self.facts) if self.facts.symbol else None

    def value(self, contracts: Decimal, contract_size: Decimal, price: Decimal) -> Decimal:
        """Return the value of so many contracts [settle]."""
        value = inverse_value if self.facts.payoff == "inverse" else linear_value
        return value(contracts, contract_size, price)

    def value_sign(self, side: Side) -> Decimal:
        """Return +1 where the position gains as its value rises, else -1: an inverse long loses."""
        return -sign_of(side) if self.facts.payoff == "inverse" else sign_of(side)

    def rounded_value(self, value: Decimal) -> Decimal:
        """Return a value as the venue keeps it."""
        rounding = self.pack.rounding(self.facts)
        return round_to_zero(value, rounding.quantum) if rounding and rounding.value == "to_zero" else value

    def rounded_requirement(self, amount: Decimal) -> Decimal:
        """Return a requirement as the venue keeps it."""
        rounding = self.pack.rounding(self.facts)
        return round_up(amount, rounding.quantum) if rounding and rounding.requirement == "up" else amount

    def rounded_down(self, amount: Decimal) -> Decimal:
        """Return an amount as a venue of integer units divides it."""
        rounding = self.pack.rounding(self.facts)
        return round_down(amount, rounding.quantum) if rounding else amount

    def rate_rounded_down(self, rate: Decimal) -> Decimal:
        """Return a rate as a venue of integer units keeps it: whole parts per million."""
        return round_down(rate, _PPM) if self.pack.rounding(self.facts) else rate


def _position(
    *,
    symbol: str | None = None,
    payoff: Payoff | None = None,
    settle: str | None = None,
    margin_mode: Literal["cross", "isolated"] = "cross",
) -> tuple[str | None, Payoff | None, str | None, str]:
    """Return what any kind may be told of the position: it decides which of the pack's entries fit."""
    return symbol, payoff, settle, margin_mode


def _facts(pack: RulePack, given: dict[str, Any], where: str) -> Facts:
    symbol, payoff, settle, margin_mode = _position(**given)
    if symbol is None:
        return Facts("", payoff or "linear", settle or "", margin_mode)
    try:
        known = facts_of(resolve_instrument(symbol, pack, where), margin_mode)
    except BookError as gap:
        raise RulePackError(gap.where, gap.fault, gap.remedy) from None
    return replace(known, payoff=payoff or known.payoff, settle=settle or known.settle)


@cache
def _declared(function: Callable[..., object]) -> dict[str, tuple[str, Any, bool]]:
    """Return a kind's inputs: name -> (name of the argument, type, whether it must be given)."""
    hints = get_type_hints(function, include_extras=True)
    return {
        name.rstrip("_"): (name, hints[name], parameter.default is Parameter.empty)
        for name, parameter in signature(function).parameters.items()
        if parameter.kind is Parameter.KEYWORD_ONLY
    }


def _takes(kind: str, function: Kind) -> str:
    declared = _declared(function)
    needed = ", ".join(name for name, (_, _, must) in declared.items() if must)
    optional = ", ".join(name for name, (_, _, must) in declared.items() if not must)
    about = ", ".join(_declared(_position))
    return (
        f"{kind} takes {needed or 'no input of necessity'}"
        f"{f'; it may take {optional}' if optional else ''}; and, of the position, {about}"
    )


def ask(
    pack: RulePack, kind: str, function: Kind, inputs: Mapping[str, object]
) -> tuple[Ask, dict[str, Any]]:
    """Return the question, and its inputs as the kind declares them.

    Args:
        pack: the rules.
        kind: the name of the kind.
        function: the kind.
        inputs: what was given, by name.

    Raises:
        RulePackError: an input is unknown, missing, or not what the kind takes.

    """
    where = f"{pack.venue.id} on {pack.on}, rule {kind}"
    takes = _takes(kind, function)
    own, about = _declared(function), _declared(_position)
    for name in inputs:
        if name not in own and name not in about:
            near = suggestion(name, (*own, *about)).partition("?")
            hint = f"{near[0]}? {takes}" if near[0].startswith("Did") else takes
            raise RulePackError(where, f"it has no input {name!r}", hint)
    missing = [name for name, (_, _, must) in own.items() if must and name not in inputs]
    if missing:
        raise RulePackError(where, f"{', '.join(missing)} must be given", takes)
    read = {
        name: _read(value, (own | about)[name][1], f"{where}, {name}", takes)
        for name, value in inputs.items()
    }
    facts = _facts(pack, {name: read[name] for name in about if name in read}, where)
    return Ask(pack, facts, where, takes), {own[name][0]: read[name] for name in own if name in read}


def _read(value: object, hint: Any, where: str, takes: str) -> object:
    """Return an input as its declared type; numbers as exact decimals."""
    try:
        read: object = msgspec.convert(_exact(value), hint)
    except msgspec.ValidationError as gap:
        raise RulePackError(where, f"{shortened(value)} does not fit: {gap}", takes) from None
    for number in _numbers(read):
        if not number.is_finite():
            raise RulePackError(where, f"{number} is not a number", takes)
        if is_long(number):
            raise RulePackError(
                where, f"a number needs more than {DIGITS_MAX} digits", "Round it to what is known"
            )
    for bound in _bounds(hint):
        if isinstance(read, Decimal) and not bound.holds(read):
            raise RulePackError(where, f"{read} is not {bound.text}", takes)
    return read


def _exact(value: object) -> object:
    """Return floats as the decimals they are written as, at any depth."""
    if isinstance(value, float):
        return Decimal(float.__repr__(value))
    if isinstance(value, Mapping):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item) for item in value]
    return value


def _numbers(read: object) -> list[Decimal]:
    if isinstance(read, Decimal):
        return [read]
    items = msgspec.structs.astuple(read) if isinstance(read, msgspec.Struct) else read
    return [number for item in items for number in _numbers(item)] if isinstance(items, tuple) else []


def _bounds(hint: Any) -> list[Bound]:
    parts = (hint, *get_args(hint))
    return [mark for part in parts for mark in getattr(part, "__metadata__", ()) if isinstance(mark, Bound)]
