"""One rule of a pack on its own: the formula that the engine calls, on inputs of one's own."""

from datetime import date
from decimal import Decimal, localcontext

from ringfence.core.errors import RulePackError, suggestion
from ringfence.core.instants import read_day
from ringfence.core.number import EXACT, shown
from ringfence.venue.loader import load
from ringfence.venue.rules import KINDS, Answer, ask


def rule(
    venue: str,
    kind: str,
    *,
    on: date | str | None = None,
    account_mode: str | None = None,
    **inputs: object,
) -> Answer:
    """Return what one rule of a venue makes of some inputs.

        ringfence.rule("deribit", "slope", size=25, value=2_500_000, base="0.01", increase="0.00005")
        {"rate": Decimal("0.01125"), "requirement": Decimal("28125")}

    Every kind also takes ``symbol``, ``payoff`` (default: the symbol's, or linear), ``settle`` and
    ``margin_mode`` (default: cross), by which the pack's own entry is found where an input is left out.

    Args:
        venue: id or alias of a pack.
        kind: the kind of rule, a name of ``ringfence.venue.rules.KINDS``.
        on: the day whose rules apply, or the ISO string of one; None: the newest in the pack.
        account_mode: the pack's own word; None: the pack's default.
        **inputs: decimals, whole numbers, decimal strings or floats (taken as they are written); rates
            are fractions. Units stand with each kind.

    Returns:
        Named values, at 28 significant digits; None where a value does not exist.

    Raises:
        InputError: ``on`` is not a day.
        RulePackError: no such venue, day or kind; an input is unknown, missing or not a number; or the
            inputs have no answer, such as a division by zero.

    """
    if kind not in KINDS:
        raise RulePackError(f"rule {kind!r}", "there is no such kind of rule", suggestion(kind, KINDS))
    day = None if on is None else read_day(on, "on")
    pack = load(venue, day, account_mode)
    with localcontext(EXACT):
        question, given = ask(pack, kind, KINDS[kind], inputs)
        try:
            answer = KINDS[kind](question, **given)
        except ArithmeticError:
            raise question.fault("these inputs divide by zero") from None
        left = {name: _leaving(value) for name, value in answer.items()}
    if any(value.is_infinite() for value in left.values() if isinstance(value, Decimal)):
        raise question.fault("these inputs divide by zero")
    return left


def _leaving(value: Decimal | tuple[Decimal, ...] | str | None) -> Decimal | tuple[Decimal, ...] | str | None:
    if isinstance(value, Decimal):
        return shown(value)
    return tuple(shown(item) for item in value) if isinstance(value, tuple) else value
