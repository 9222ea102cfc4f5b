"""Ladders of shocks: the same move in steps, of everything or of one coin."""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import Final

from ringfence.core.errors import BookError
from ringfence.core.number import EXACT
from ringfence.market.shock import Shock, read_fraction

LADDER: Final = "-50%..50%:5%"
"""The ladder that nobody has to ask for: everything, from half its price down to half of it up."""

RUNGS_MAX: Final = 400
"""More rungs than this are a step that was meant larger."""

_EVERYTHING: Final = "all"
_HOW: Final = 'Write "-50%..50%:5%", "-10%,-20%", or "BTC:-10%,-20%" for one coin; ";" between ladders'


def ladder_of(text: str = LADDER) -> tuple[Shock, ...]:
    """Return the rungs that a text describes, in its order.

    ``-50%..50%:5%``     from, to and step; of everything that is no stablecoin
    ``-10%,-20%``        one by one
    ``BTC:-10%,-20%``    of one coin alone, one by one or as a range
    ``-20%;BTC:-20%``    several ladders

    Raises:
        BookError: it is no ladder, a rung stands twice, or there are too many.

    """
    rungs: dict[tuple[str, Decimal], Shock] = {}
    for part in (piece.strip() for piece in text.split(";")):
        coin, moves = _part(part, text)
        for move in moves:
            if (coin, move) in rungs:
                raise BookError(_where(text), f"{coin} moves by {percent(move)} twice", "Keep one of the two")
            if len(rungs) == RUNGS_MAX:
                raise BookError(_where(text), f"it has more than {RUNGS_MAX} rungs", "Take a larger step")
            name = f"{coin}={percent(move)}"
            rungs[coin, move] = (
                Shock(name, {}, move) if coin == _EVERYTHING else Shock(name, {coin: move}, Decimal(0))
            )
    return tuple(rungs.values())


def percent(move: Decimal) -> str:
    """Return a fraction as a percentage with its sign, as a shock is written."""
    with localcontext(EXACT):
        written = format((move * 100).normalize(), "f")
    return f"+{written}%" if move > 0 else f"{written}%"


def _where(text: str) -> str:
    return f"ladder {text!r}"


def _part(part: str, text: str) -> tuple[str, Iterator[Decimal]]:
    """Return what one ladder of a text moves, and its moves."""
    head, colon, tail = (piece.strip() for piece in part.partition(":"))
    named = bool(colon) and ".." not in head and "%" not in head
    coin, moves = (head, tail) if named else (_EVERYTHING, part)
    if not (coin and moves):
        raise BookError(_where(text), f"{part!r} is no ladder", _HOW)
    coin = coin.lower() if coin.lower() == _EVERYTHING else coin.upper()
    return coin, _moves(moves, coin, text)


def _moves(moves: str, coin: str, text: str) -> Iterator[Decimal]:
    """Yield the moves of one ladder."""
    low, dots, rest = (piece.strip() for piece in moves.partition(".."))
    if not dots:
        for amount in (piece.strip() for piece in moves.split(",")):
            if not amount:
                raise BookError(_where(text), "a rung is empty", _HOW)
            yield read_fraction(amount, coin, _where(text))
        return
    high, colon, step = (piece.strip() for piece in rest.partition(":"))
    if not (low and high and colon and step):
        raise BookError(_where(text), f"{moves!r} is not FROM..TO:STEP", _HOW)
    first, last, by = (read_fraction(amount, coin, _where(text)) for amount in (low, high, step))
    if by <= 0:
        raise BookError(_where(text), f"the step {step} is not above zero", "Write the step as 5%")
    way = 1 if last >= first else -1
    with localcontext(EXACT):
        count = int((last - first) * way / by)
        for k in range(count + 1):
            yield first + way * k * by
